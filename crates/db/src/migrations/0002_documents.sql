-- Versions of what the bill function reads besides an account's own facts. A version never changes once kept.
CREATE TABLE documents (
    kind text NOT NULL,
    version integer NOT NULL,
    digest {bytes} NOT NULL,
    content text NOT NULL,
    kept_at {moment} NOT NULL,
    PRIMARY KEY (kind, version)
);
--{sqlite}
CREATE TRIGGER documents_keep BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'guichet: documents is append-only'); END;
CREATE TRIGGER documents_stay BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'guichet: documents is append-only'); END;
--{postgres}
CREATE FUNCTION guichet_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'guichet: % is append-only', TG_TABLE_NAME USING ERRCODE = 'GU001';
END $$;
CREATE TRIGGER documents_keep BEFORE UPDATE OR DELETE ON documents FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
