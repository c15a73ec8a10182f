-- What a customer was called and where an account's letters went until a moment: what was issued before bears it (BIL-1).
-- Sealed as it was on file, under the customer's key, and gone with it. Of several changes at one moment the first is kept.
CREATE TABLE former_names (
    customer_id {uuid} NOT NULL REFERENCES customers (id),
    until {moment} NOT NULL,
    name {bytes},
    PRIMARY KEY (customer_id, until)
){clustered};

-- While that customer held it: what a former holder left is in former_holders.
CREATE TABLE former_addresses (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    until {moment} NOT NULL,
    customer_id {uuid} NOT NULL REFERENCES customers (id),
    address {bytes},
    PRIMARY KEY (account_id, until)
){clustered};
--{sqlite}
CREATE TRIGGER former_names_keep BEFORE UPDATE ON former_names BEGIN SELECT RAISE(ABORT, 'guichet: former_names is append-only'); END;
CREATE TRIGGER former_names_stay BEFORE DELETE ON former_names BEGIN SELECT RAISE(ABORT, 'guichet: former_names is append-only'); END;
CREATE TRIGGER former_addresses_keep BEFORE UPDATE ON former_addresses BEGIN SELECT RAISE(ABORT, 'guichet: former_addresses is append-only'); END;
CREATE TRIGGER former_addresses_stay BEFORE DELETE ON former_addresses BEGIN SELECT RAISE(ABORT, 'guichet: former_addresses is append-only'); END;
--{postgres}
CREATE TRIGGER former_names_keep BEFORE UPDATE OR DELETE ON former_names FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER former_addresses_keep BEFORE UPDATE OR DELETE ON former_addresses FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
