-- More rights that users ask their account's holder for (USR-5). A request gives nothing: the holder's answer is facts of its own.
CREATE TABLE right_requests (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- Of the user who asks.
    membership_id {uuid} NOT NULL REFERENCES memberships (id),
    -- What is asked for beside what is held: codes of rights, each with its service after a colon where it is about one.
    wanted text NOT NULL CHECK (wanted <> ''),
    asked_at {moment} NOT NULL,
    outcome text CHECK (outcome IN ('accepted', 'refused', 'taken-back')),
    answered_at {moment},
    -- The holder's membership; none where the user took it back.
    answered_by {uuid} REFERENCES memberships (id),
    CHECK ((outcome IS NULL) = (answered_at IS NULL)),
    CHECK (outcome IS NULL OR (outcome = 'taken-back') = (answered_by IS NULL))
);
-- One at a time for each user.
CREATE UNIQUE INDEX right_requests_open ON right_requests (membership_id) WHERE outcome IS NULL;
CREATE INDEX right_requests_by_account ON right_requests (account_id, asked_at);

--{sqlite}
CREATE TRIGGER right_requests_begin BEFORE INSERT ON right_requests WHEN NEW.outcome IS NOT NULL
    OR EXISTS (SELECT 1 FROM right_requests WHERE id = NEW.id OR membership_id = NEW.membership_id AND outcome IS NULL)
    OR NOT EXISTS (SELECT 1 FROM memberships WHERE id = NEW.membership_id AND account_id = NEW.account_id AND role = 'secondary'
        AND ended_at IS NULL)
    BEGIN SELECT RAISE(ABORT, 'guichet: users of the account ask, one thing at a time'); END;
CREATE TRIGGER right_requests_keep BEFORE UPDATE ON right_requests WHEN NEW.id IS NOT OLD.id OR NEW.account_id IS NOT OLD.account_id
    OR NEW.membership_id IS NOT OLD.membership_id OR NEW.wanted IS NOT OLD.wanted OR NEW.asked_at IS NOT OLD.asked_at
    OR OLD.outcome IS NOT NULL OR NEW.answered_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM memberships
        WHERE id = NEW.answered_by AND account_id = OLD.account_id AND role = 'holder' AND ended_at IS NULL)
    BEGIN SELECT RAISE(ABORT, 'guichet: a request is answered once, by the holder'); END;
CREATE TRIGGER right_requests_stay BEFORE DELETE ON right_requests
    BEGIN SELECT RAISE(ABORT, 'guichet: requests are not deleted'); END;
--{postgres}
CREATE FUNCTION guichet_right_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.outcome IS NOT NULL OR NOT EXISTS (SELECT 1 FROM memberships WHERE id = NEW.membership_id
                AND account_id = NEW.account_id AND role = 'secondary' AND ended_at IS NULL) THEN
            RAISE EXCEPTION 'guichet: users of the account ask, one thing at a time' USING ERRCODE = 'GU001';
        END IF;
    ELSIF (NEW.id, NEW.account_id, NEW.membership_id, NEW.wanted, NEW.asked_at)
            IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.membership_id, OLD.wanted, OLD.asked_at)
        OR OLD.outcome IS NOT NULL OR NEW.answered_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM memberships
            WHERE id = NEW.answered_by AND account_id = OLD.account_id AND role = 'holder' AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'guichet: a request is answered once, by the holder' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER right_requests_keep BEFORE INSERT OR UPDATE ON right_requests FOR EACH ROW EXECUTE FUNCTION guichet_right_requests();
CREATE TRIGGER right_requests_stay BEFORE DELETE ON right_requests FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
