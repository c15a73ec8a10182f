-- Users who are invited to an account (USR-2). Their membership, and the rights that the holder gives it, are there from the
-- invitation on, under a login that nobody has: without username and password. Whoever accepts chooses these, or puts the login that
-- they have in its place.
CREATE TABLE user_details (
    membership_id {uuid} NOT NULL PRIMARY KEY REFERENCES memberships (id),
    -- SHA-256 of the form's own key: the same form posted twice is one user.
    once {bytes} NOT NULL UNIQUE,
    -- What the holder calls them, and where they were invited: sealed under the customer's key.
    name {bytes} NOT NULL,
    email {bytes} NOT NULL
);

CREATE TABLE invitations (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    membership_id {uuid} NOT NULL REFERENCES memberships (id),
    -- The holder's.
    inviter_id {uuid} NOT NULL REFERENCES memberships (id),
    sent_at {moment} NOT NULL,
    expires_at {moment} NOT NULL,
    used_at {moment},
    -- A newer one was sent.
    replaced_at {moment},
    CHECK (used_at IS NULL OR replaced_at IS NULL)
);
CREATE UNIQUE INDEX invitations_open ON invitations (membership_id) WHERE used_at IS NULL AND replaced_at IS NULL;

--{sqlite}
CREATE TRIGGER invitations_begin BEFORE INSERT ON invitations WHEN NEW.used_at IS NOT NULL OR NEW.replaced_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM invitations WHERE token_hash = NEW.token_hash
        OR membership_id = NEW.membership_id AND used_at IS NULL AND replaced_at IS NULL)
    OR NOT EXISTS (SELECT 1 FROM memberships m JOIN logins l ON l.id = m.login_id JOIN memberships h ON h.account_id = m.account_id
        WHERE m.id = NEW.membership_id AND m.role = 'secondary' AND m.ended_at IS NULL AND l.username = '' AND l.deleted_at IS NULL
            AND h.id = NEW.inviter_id AND h.role = 'holder' AND h.ended_at IS NULL AND h.confirmed_at IS NOT NULL)
    BEGIN SELECT RAISE(ABORT, 'guichet: the holder invites to a place that nobody has, once at a time'); END;
CREATE TRIGGER invitations_keep BEFORE UPDATE ON invitations WHEN NEW.token_hash IS NOT OLD.token_hash
    OR NEW.membership_id IS NOT OLD.membership_id OR NEW.inviter_id IS NOT OLD.inviter_id OR NEW.sent_at IS NOT OLD.sent_at
    OR NEW.expires_at IS NOT OLD.expires_at OR OLD.used_at IS NOT NULL OR OLD.replaced_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'guichet: an invitation does not change, and ends once'); END;
CREATE TRIGGER invitations_stay BEFORE DELETE ON invitations BEGIN SELECT RAISE(ABORT, 'guichet: invitations are not deleted'); END;

-- As before, but that the membership of somebody invited, whose login nobody has, takes the login with which they accept.
DROP TRIGGER memberships_keep;
CREATE TRIGGER memberships_keep BEFORE UPDATE ON memberships WHEN NEW.id IS NOT OLD.id OR NEW.account_id IS NOT OLD.account_id
    OR NEW.role IS NOT OLD.role OR NEW.begun_at IS NOT OLD.begun_at OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at
    OR NEW.login_id IS NOT OLD.login_id AND (OLD.role <> 'secondary' OR OLD.ended_at IS NOT NULL OR NEW.ended_at IS NOT NULL
        OR NOT EXISTS (SELECT 1 FROM invitations i JOIN memberships h ON h.id = i.inviter_id JOIN logins l ON l.id = OLD.login_id
            WHERE i.membership_id = OLD.id AND i.used_at IS NULL AND i.replaced_at IS NULL AND h.ended_at IS NULL
                AND l.username = '' AND l.password_hash = '' AND l.deleted_at IS NULL)
        OR NOT EXISTS (SELECT 1 FROM logins WHERE id = NEW.login_id AND username <> '' AND deleted_at IS NULL))
    BEGIN SELECT RAISE(ABORT, 'guichet: a membership does not change, and ends once'); END;
--{postgres}
CREATE FUNCTION guichet_invitations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.used_at IS NOT NULL OR NEW.replaced_at IS NOT NULL OR NOT EXISTS (
                SELECT 1 FROM memberships m JOIN logins l ON l.id = m.login_id JOIN memberships h ON h.account_id = m.account_id
                WHERE m.id = NEW.membership_id AND m.role = 'secondary' AND m.ended_at IS NULL AND l.username = ''
                    AND l.deleted_at IS NULL AND h.id = NEW.inviter_id AND h.role = 'holder' AND h.ended_at IS NULL
                    AND h.confirmed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'guichet: the holder invites to a place that nobody has, once at a time' USING ERRCODE = 'GU001';
        END IF;
    ELSIF (NEW.token_hash, NEW.membership_id, NEW.inviter_id, NEW.sent_at, NEW.expires_at)
            IS DISTINCT FROM (OLD.token_hash, OLD.membership_id, OLD.inviter_id, OLD.sent_at, OLD.expires_at)
        OR OLD.used_at IS NOT NULL OR OLD.replaced_at IS NOT NULL THEN
        RAISE EXCEPTION 'guichet: an invitation does not change, and ends once' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invitations_begin BEFORE INSERT OR UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION guichet_invitations();
CREATE TRIGGER invitations_stay BEFORE DELETE ON invitations FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER invitations_whole BEFORE TRUNCATE ON invitations FOR EACH STATEMENT EXECUTE FUNCTION guichet_append_only();

-- As before, but that the membership of somebody invited, whose login nobody has, takes the login with which they accept.
CREATE OR REPLACE FUNCTION guichet_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.id IS NULL OR NEW.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'guichet: a membership begins once, with an id, and has not ended' USING ERRCODE = 'GU001';
        END IF;
    ELSIF (NEW.id, NEW.account_id, NEW.role, NEW.begun_at) IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.role, OLD.begun_at)
        OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at
        OR NEW.login_id IS DISTINCT FROM OLD.login_id AND (OLD.role <> 'secondary' OR OLD.ended_at IS NOT NULL
            OR NEW.ended_at IS NOT NULL
            OR NOT EXISTS (SELECT 1 FROM invitations i JOIN memberships h ON h.id = i.inviter_id JOIN logins l ON l.id = OLD.login_id
                WHERE i.membership_id = OLD.id AND i.used_at IS NULL AND i.replaced_at IS NULL AND h.ended_at IS NULL
                    AND l.username = '' AND l.password_hash = '' AND l.deleted_at IS NULL)
            OR NOT EXISTS (SELECT 1 FROM logins WHERE id = NEW.login_id AND username <> '' AND deleted_at IS NULL)) THEN
        RAISE EXCEPTION 'guichet: a membership does not change, and ends once' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
--{both}
