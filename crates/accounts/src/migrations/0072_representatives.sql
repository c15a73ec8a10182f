-- Representatives (PRO-2): who may speak for an account's customer at the telephone, by power of attorney, estate or guardianship.
CREATE TABLE representatives (
    id {uuid} NOT NULL PRIMARY KEY,
    -- As R7K4-9QXM-2TLC: told to the holder.
    reference text NOT NULL UNIQUE,
    -- SHA-256 of the form's own key: the same form posted twice is one record.
    once {bytes} NOT NULL UNIQUE,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- The account's customer, under whose key content and documents are sealed.
    customer_id {uuid} NOT NULL REFERENCES customers (id),
    kind text NOT NULL CHECK (kind IN ('power-of-attorney', 'estate', 'guardianship')),
    -- Who it is, which documents were seen, and the files: JSON, sealed; none once it was refused.
    content {bytes},
    valid_from date NOT NULL,
    -- The last day; none where the documents name none.
    valid_until date,
    asked_at {moment} NOT NULL,
    asked_by {uuid} NOT NULL REFERENCES staff (id),
    -- Until when the holder may object before a second member of the staff may confirm alone.
    object_until {moment} NOT NULL,
    objected_at {moment},
    state text NOT NULL CHECK (state IN ('open', 'confirmed', 'refused', 'ended', 'expired')),
    decided_at {moment},
    decided_by {uuid} REFERENCES staff (id),
    ended_at {moment},
    ended_by {uuid} REFERENCES staff (id),
    CHECK (valid_until IS NULL OR valid_until >= valid_from),
    -- Two of the staff, always.
    CHECK (state IN ('open', 'refused') OR (decided_by IS NOT NULL AND decided_by <> asked_by)),
    CHECK (state = 'open' OR decided_at IS NOT NULL)
);
CREATE INDEX representatives_of_account ON representatives (account_id);
CREATE INDEX representatives_open ON representatives (asked_at) WHERE state = 'open';
CREATE INDEX representatives_due ON representatives (valid_until) WHERE state = 'confirmed';

-- The documents, in their order.
CREATE TABLE representative_files (
    file_id {uuid} NOT NULL PRIMARY KEY REFERENCES files (id),
    representative_id {uuid} NOT NULL REFERENCES representatives (id),
    position integer NOT NULL,
    UNIQUE (representative_id, position)
);

-- Links that were e-mailed to the holder's addresses, to object.
CREATE TABLE representative_links (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    representative_id {uuid} NOT NULL REFERENCES representatives (id)
);

-- What is over stays over, and says of whom it was.
--{sqlite}
CREATE TRIGGER representatives_keep BEFORE UPDATE ON representatives WHEN OLD.state IN ('refused', 'ended', 'expired')
        AND NEW.state IS NOT OLD.state OR NEW.id IS NOT OLD.id OR NEW.account_id IS NOT OLD.account_id
        OR NEW.customer_id IS NOT OLD.customer_id OR NEW.asked_by IS NOT OLD.asked_by
        OR OLD.decided_by IS NOT NULL AND NEW.decided_by IS NOT OLD.decided_by
    BEGIN SELECT RAISE(ABORT, 'guichet: a representative is decided on once, and ends once'); END;
CREATE TRIGGER representatives_begin BEFORE INSERT ON representatives WHEN NEW.state <> 'open'
    BEGIN SELECT RAISE(ABORT, 'guichet: two of the staff make a representative'); END;
CREATE TRIGGER representatives_stay BEFORE DELETE ON representatives
    BEGIN SELECT RAISE(ABORT, 'guichet: representatives are not deleted'); END;
--{postgres}
CREATE FUNCTION guichet_representatives() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'guichet: two of the staff make a representative' USING ERRCODE = 'GU001';
        END IF;
    ELSIF OLD.state IN ('refused', 'ended', 'expired') AND NEW.state IS DISTINCT FROM OLD.state
        OR (NEW.id, NEW.account_id, NEW.customer_id, NEW.asked_by)
            IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.customer_id, OLD.asked_by)
        OR OLD.decided_by IS NOT NULL AND NEW.decided_by IS DISTINCT FROM OLD.decided_by THEN
        RAISE EXCEPTION 'guichet: a representative is decided on once, and ends once' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER representatives_begin BEFORE INSERT ON representatives FOR EACH ROW EXECUTE FUNCTION guichet_representatives();
CREATE TRIGGER representatives_keep BEFORE UPDATE ON representatives FOR EACH ROW EXECUTE FUNCTION guichet_representatives();
CREATE TRIGGER representatives_stay BEFORE DELETE ON representatives FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
