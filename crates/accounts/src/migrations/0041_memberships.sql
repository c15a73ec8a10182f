-- A membership has an id of its own, which the grants name; it is what it was made, and ends once.
ALTER TABLE memberships ADD COLUMN id {uuid};
--{sqlite}
UPDATE memberships SET id = randomblob(16);
--{postgres}
UPDATE memberships SET id = gen_random_uuid();
--{both}
CREATE UNIQUE INDEX memberships_by_id ON memberships (id);
-- A login has one role on an account at a time: nobody is a user of an account that they hold.
CREATE UNIQUE INDEX memberships_one_role ON memberships (login_id, account_id) WHERE ended_at IS NULL;

-- How a membership came to be, in one word of ours: 'claim', 'activation', 'invitation'. Which words there are the code knows.
ALTER TABLE memberships ADD COLUMN came_by text NOT NULL DEFAULT 'claim' CHECK (came_by <> '');
UPDATE memberships SET came_by = origin;
ALTER TABLE memberships DROP COLUMN origin;
ALTER TABLE memberships RENAME COLUMN came_by TO origin;

--{sqlite}
CREATE TRIGGER memberships_begin BEFORE INSERT ON memberships WHEN NEW.id IS NULL OR NEW.ended_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM memberships WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'guichet: a membership begins once, with an id, and has not ended'); END;
CREATE TRIGGER memberships_keep BEFORE UPDATE ON memberships WHEN NEW.id IS NOT OLD.id OR NEW.login_id IS NOT OLD.login_id
    OR NEW.account_id IS NOT OLD.account_id OR NEW.role IS NOT OLD.role OR NEW.begun_at IS NOT OLD.begun_at
    OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at
    BEGIN SELECT RAISE(ABORT, 'guichet: a membership does not change, and ends once'); END;
CREATE TRIGGER memberships_stay BEFORE DELETE ON memberships BEGIN SELECT RAISE(ABORT, 'guichet: memberships are not deleted'); END;
--{postgres}
CREATE FUNCTION guichet_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.id IS NULL OR NEW.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'guichet: a membership begins once, with an id, and has not ended' USING ERRCODE = 'GU001';
        END IF;
    ELSIF (NEW.id, NEW.login_id, NEW.account_id, NEW.role, NEW.begun_at)
            IS DISTINCT FROM (OLD.id, OLD.login_id, OLD.account_id, OLD.role, OLD.begun_at)
        OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at THEN
        RAISE EXCEPTION 'guichet: a membership does not change, and ends once' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER memberships_begin BEFORE INSERT ON memberships FOR EACH ROW EXECUTE FUNCTION guichet_memberships();
CREATE TRIGGER memberships_keep BEFORE UPDATE ON memberships FOR EACH ROW EXECUTE FUNCTION guichet_memberships();
CREATE TRIGGER memberships_stay BEFORE DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
