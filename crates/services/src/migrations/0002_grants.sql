-- A right on a service is given on a service of the same account (USR-4). The grants are the accounts' table; only here are services
-- known.
--{sqlite}
CREATE TRIGGER grants_service BEFORE INSERT ON grants WHEN NEW.service_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM services WHERE id = NEW.service_id AND account_id = NEW.account_id)
    BEGIN SELECT RAISE(ABORT, 'guichet: rights are given on services of the account'); END;
--{postgres}
CREATE FUNCTION guichet_grants_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM services WHERE id = NEW.service_id AND account_id = NEW.account_id) THEN
        RAISE EXCEPTION 'guichet: rights are given on services of the account' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grants_service BEFORE INSERT ON grants FOR EACH ROW WHEN (NEW.service_id IS NOT NULL) EXECUTE FUNCTION guichet_grants_service();
--{both}
