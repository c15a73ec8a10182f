-- Accounts that came to a login which was there already (ONE-1): one row for each.
CREATE TABLE account_links (
    id {uuid} NOT NULL PRIMARY KEY,
    -- What was linked at once has one.
    deed_id {uuid} NOT NULL,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    login_id {uuid} NOT NULL REFERENCES logins (id),
    -- The membership that the link made.
    membership_id {uuid} NOT NULL UNIQUE REFERENCES memberships (id),
    -- What proved that the person holds it: a code to the e-mail on file, the login that held it, or an activation e-mail.
    way text NOT NULL CHECK (way IN ('code', 'login', 'activation')),
    -- The login that held it before; it goes back there when the link is undone.
    other_login_id {uuid} REFERENCES logins (id),
    linked_at {moment} NOT NULL,
    undone_at {moment},
    CHECK ((way = 'login') = (other_login_id IS NOT NULL)),
    CHECK (other_login_id IS NULL OR other_login_id <> login_id)
);
CREATE INDEX account_links_of_login ON account_links (login_id);
CREATE INDEX account_links_of_deed ON account_links (deed_id);

-- Links that were e-mailed about it: “this was not me”.
CREATE TABLE account_link_undos (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    deed_id {uuid} NOT NULL
);

-- What a login asked for with account number and postal code: the newest alone.
CREATE TABLE account_link_asks (
    login_id {uuid} NOT NULL PRIMARY KEY REFERENCES logins (id),
    -- None where what was typed links nothing, which nobody is told.
    account_id {uuid} REFERENCES accounts (id),
    -- MACs under a key that is not here: of what was typed, and of the code.
    typed_mark {bytes} NOT NULL,
    code_mark {bytes} NOT NULL,
    code_sent_at {moment} NOT NULL,
    tries integer NOT NULL DEFAULT 0
);

--{sqlite}
CREATE TRIGGER account_links_keep BEFORE UPDATE ON account_links WHEN NEW.id IS NOT OLD.id OR NEW.deed_id IS NOT OLD.deed_id
    OR NEW.account_id IS NOT OLD.account_id OR NEW.login_id IS NOT OLD.login_id OR NEW.membership_id IS NOT OLD.membership_id
    OR NEW.way IS NOT OLD.way OR NEW.other_login_id IS NOT OLD.other_login_id OR NEW.linked_at IS NOT OLD.linked_at
    OR OLD.undone_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'guichet: a link does not change, and is undone once'); END;
CREATE TRIGGER account_links_stay BEFORE DELETE ON account_links BEGIN SELECT RAISE(ABORT, 'guichet: links are not deleted'); END;
--{postgres}
CREATE FUNCTION guichet_account_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.deed_id, NEW.account_id, NEW.login_id, NEW.membership_id, NEW.way, NEW.other_login_id, NEW.linked_at)
            IS DISTINCT FROM (OLD.id, OLD.deed_id, OLD.account_id, OLD.login_id, OLD.membership_id, OLD.way,
                OLD.other_login_id, OLD.linked_at)
        OR OLD.undone_at IS NOT NULL THEN
        RAISE EXCEPTION 'guichet: a link does not change, and is undone once' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_links_keep BEFORE UPDATE ON account_links FOR EACH ROW EXECUTE FUNCTION guichet_account_links();
CREATE TRIGGER account_links_stay BEFORE DELETE ON account_links FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
