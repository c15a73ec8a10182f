CREATE TABLE services (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    kind text NOT NULL CHECK (kind IN ('internet', 'television', 'telephone', 'mobile', 'hosting')),
    -- The commitment, in months from the start; 0 for none.
    commitment_months smallint NOT NULL DEFAULT 0,
    -- The service address, sealed under the customer's key, and the index of its postal code under key_id.
    address {bytes},
    postal_index {bytes},
    key_id integer NOT NULL,
    created_at {moment} NOT NULL
);
CREATE INDEX services_by_account ON services (account_id);
CREATE INDEX services_by_postal_code ON services (postal_index);
CREATE INDEX services_by_key ON services (key_id);

-- The timeline: what is true of an account's services from a day on. Facts are added, never changed.
CREATE TABLE service_facts (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- The account's version: what a bill knew is all facts up to one number.
    version bigint NOT NULL,
    -- Null for a fact about the whole account.
    service_id {uuid} REFERENCES services (id),
    kind text NOT NULL,
    effective_on date NOT NULL,
    -- The plan, add-on, region or tax that it is about.
    item text,
    price bigint,
    price_until date,
    withdraws bigint,
    -- Certificate or order that it rests on.
    reference text,
    author text NOT NULL,
    recorded_at {moment} NOT NULL,
    PRIMARY KEY (account_id, version)
) {clustered};
--{sqlite}
CREATE TRIGGER service_facts_keep BEFORE UPDATE ON service_facts BEGIN SELECT RAISE(ABORT, 'guichet: service_facts is append-only'); END;
CREATE TRIGGER service_facts_stay BEFORE DELETE ON service_facts BEGIN SELECT RAISE(ABORT, 'guichet: service_facts is append-only'); END;
--{postgres}
CREATE TRIGGER service_facts_keep BEFORE UPDATE OR DELETE ON service_facts FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
