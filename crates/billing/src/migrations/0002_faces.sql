-- BIL-4: the face that a bill was given when it was first asked for as PDF: what was written, sealed under the customer's
-- key, the version of its drawing, and SHA-256 of the bytes, which are the same for ever.
CREATE TABLE bill_faces (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    bill bigint NOT NULL,
    language text NOT NULL CHECK (language IN ('fr', 'en')),
    large_print smallint NOT NULL CHECK (large_print IN (0, 1)),
    template_version integer NOT NULL,
    written {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    made_at {moment} NOT NULL,
    PRIMARY KEY (account_id, bill, language, large_print)
){clustered};

-- Who was told that a bill is ready, once.
CREATE TABLE bill_notices (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    bill bigint NOT NULL,
    told_at {moment} NOT NULL,
    PRIMARY KEY (account_id, bill)
){clustered};
--{sqlite}
CREATE TRIGGER bill_faces_keep BEFORE UPDATE ON bill_faces BEGIN SELECT RAISE(ABORT, 'guichet: bill_faces is append-only'); END;
CREATE TRIGGER bill_faces_stay BEFORE DELETE ON bill_faces BEGIN SELECT RAISE(ABORT, 'guichet: bill_faces is append-only'); END;
--{postgres}
CREATE TRIGGER bill_faces_keep BEFORE UPDATE OR DELETE ON bill_faces FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
