-- Rights that a holder gave to a user of the account, and withdrew (USR-3, USR-4): facts, added and never changed.
CREATE TABLE grants (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- Of the user who receives.
    membership_id {uuid} NOT NULL REFERENCES memberships (id),
    -- 1, 2, 3… for each membership.
    seq bigint NOT NULL,
    what text NOT NULL CHECK (what IN ('bills.see', 'bills.pay', 'cards.manage', 'service.see', 'service.change',
        'service.usage', 'service.mailboxes', 'service.support')),
    -- Null for every service, and for what is about the whole account.
    service_id {uuid} CHECK (service_id IS NULL OR what LIKE 'service.%'),
    act text NOT NULL CHECK (act IN ('given', 'withdrawn')),
    -- Of the holder who gives, and the session in which it was done. Sessions are deleted when they end.
    giver_id {uuid} NOT NULL REFERENCES memberships (id),
    session_id {uuid} NOT NULL,
    at {moment} NOT NULL,
    -- Why, in a word of ours, or the request that it answers.
    reason text NOT NULL,
    -- The MAC of the fact before it; empty for the first.
    previous {bytes} NOT NULL,
    -- Over all of the above, under a key that is not here.
    mac {bytes} NOT NULL,
    UNIQUE (membership_id, seq)
);
CREATE INDEX grants_by_account ON grants (account_id, membership_id);

-- Facts that are not as somebody gave them, noticed when they were read, once each.
CREATE TABLE grant_alarms (
    fact_id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL,
    membership_id {uuid} NOT NULL,
    kind text NOT NULL CHECK (kind IN ('forged', 'missing')),
    noticed_at {moment} NOT NULL
);

--{sqlite}
-- Before INSERT also because INSERT OR REPLACE deletes without asking the trigger below.
CREATE TRIGGER grants_begin BEFORE INSERT ON grants WHEN EXISTS (SELECT 1 FROM grants WHERE id = NEW.id)
    OR NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM grants WHERE membership_id = NEW.membership_id)
    OR EXISTS (SELECT 1 FROM grants WHERE membership_id = NEW.membership_id AND at > NEW.at)
    BEGIN SELECT RAISE(ABORT, 'guichet: grants are added at the end'); END;
CREATE TRIGGER grants_giver BEFORE INSERT ON grants WHEN NOT EXISTS (SELECT 1 FROM memberships h JOIN sessions s ON s.login_id = h.login_id
        WHERE h.id = NEW.giver_id AND h.account_id = NEW.account_id AND h.role = 'holder' AND h.ended_at IS NULL
            AND h.confirmed_at IS NOT NULL AND h.begun_at <= NEW.at AND s.id = NEW.session_id)
    BEGIN SELECT RAISE(ABORT, 'guichet: only the holder gives and withdraws rights, in a session of theirs'); END;
CREATE TRIGGER grants_receiver BEFORE INSERT ON grants WHEN NEW.giver_id = NEW.membership_id OR NOT EXISTS (SELECT 1 FROM memberships m
        WHERE m.id = NEW.membership_id AND m.account_id = NEW.account_id AND m.role = 'secondary' AND m.ended_at IS NULL
            AND m.login_id <> (SELECT h.login_id FROM memberships h WHERE h.id = NEW.giver_id))
    BEGIN SELECT RAISE(ABORT, 'guichet: rights are given to users of the account'); END;
CREATE TRIGGER grants_keep BEFORE UPDATE ON grants BEGIN SELECT RAISE(ABORT, 'guichet: grants is append-only'); END;
CREATE TRIGGER grants_stay BEFORE DELETE ON grants BEGIN SELECT RAISE(ABORT, 'guichet: grants is append-only'); END;
CREATE TRIGGER grant_alarms_keep BEFORE UPDATE ON grant_alarms BEGIN SELECT RAISE(ABORT, 'guichet: grant_alarms is append-only'); END;
CREATE TRIGGER grant_alarms_stay BEFORE DELETE ON grant_alarms BEGIN SELECT RAISE(ABORT, 'guichet: grant_alarms is append-only'); END;
--{postgres}
CREATE FUNCTION guichet_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM grants WHERE membership_id = NEW.membership_id)
        OR EXISTS (SELECT 1 FROM grants WHERE membership_id = NEW.membership_id AND at > NEW.at) THEN
        RAISE EXCEPTION 'guichet: grants are added at the end' USING ERRCODE = 'GU001';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM memberships h JOIN sessions s ON s.login_id = h.login_id
            WHERE h.id = NEW.giver_id AND h.account_id = NEW.account_id AND h.role = 'holder' AND h.ended_at IS NULL
                AND h.confirmed_at IS NOT NULL AND h.begun_at <= NEW.at AND s.id = NEW.session_id) THEN
        RAISE EXCEPTION 'guichet: only the holder gives and withdraws rights, in a session of theirs' USING ERRCODE = 'GU001';
    END IF;
    IF NEW.giver_id = NEW.membership_id OR NOT EXISTS (SELECT 1 FROM memberships m
            WHERE m.id = NEW.membership_id AND m.account_id = NEW.account_id AND m.role = 'secondary' AND m.ended_at IS NULL
                AND m.login_id <> (SELECT h.login_id FROM memberships h WHERE h.id = NEW.giver_id)) THEN
        RAISE EXCEPTION 'guichet: rights are given to users of the account' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grants_begin BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION guichet_grants();
CREATE TRIGGER grants_keep BEFORE UPDATE OR DELETE ON grants FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER grants_stay BEFORE TRUNCATE ON grants FOR EACH STATEMENT EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER grant_alarms_keep BEFORE UPDATE OR DELETE ON grant_alarms FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
