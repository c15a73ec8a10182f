-- BIL-4: as bill_faces, from the second version of the drawing on. What was kept there stays, and is what the face here is
-- drawn from, once. Fonts: a JSON list of the faces of other scripts that names were set in, each with the SHA-256 of its file.
CREATE TABLE bill_drawings (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    bill bigint NOT NULL,
    language text NOT NULL CHECK (language IN ('fr', 'en')),
    large_print smallint NOT NULL CHECK (large_print IN (0, 1)),
    template_version integer NOT NULL,
    fonts text NOT NULL,
    written {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    made_at {moment} NOT NULL,
    PRIMARY KEY (account_id, bill, language, large_print)
){clustered};
--{sqlite}
CREATE TRIGGER bill_drawings_keep BEFORE UPDATE ON bill_drawings BEGIN SELECT RAISE(ABORT, 'guichet: bill_drawings is append-only'); END;
CREATE TRIGGER bill_drawings_stay BEFORE DELETE ON bill_drawings BEGIN SELECT RAISE(ABORT, 'guichet: bill_drawings is append-only'); END;
--{postgres}
CREATE TRIGGER bill_drawings_keep BEFORE UPDATE OR DELETE ON bill_drawings FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
