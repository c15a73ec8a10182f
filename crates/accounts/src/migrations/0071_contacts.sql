-- Changes of contact (PRO-2): a request that the holder and the person who is to be the contact both accept.
CREATE TABLE contact_changes (
    id {uuid} NOT NULL PRIMARY KEY,
    -- As R7K4-9QXM-2TLC: told to both sides.
    reference text NOT NULL UNIQUE,
    -- SHA-256 of the form's own key: the same form posted twice is one request.
    once {bytes} NOT NULL UNIQUE,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- Null for the account itself. Which services there are another crate knows.
    service_id {uuid},
    kind text NOT NULL CHECK (kind IN ('administrative', 'technical', 'billing')),
    -- The holder's login that asked.
    asked_by {uuid} NOT NULL REFERENCES logins (id),
    -- The account's customer, under whose key the content is sealed.
    customer_id {uuid} NOT NULL REFERENCES customers (id),
    -- The customer who is proposed by client identifier, if there is one: whoever asks does not learn it.
    to_customer {uuid} REFERENCES customers (id),
    -- Who is proposed: JSON, sealed; none once it is over.
    proposed {bytes},
    asked_at {moment} NOT NULL,
    -- Of the links that are good now.
    expires_at {moment} NOT NULL,
    holder_accepted_at {moment},
    person_accepted_at {moment},
    outcome text CHECK (outcome IN ('done', 'refused', 'withdrawn', 'expired', 'ended')),
    decided_at {moment},
    -- Both sides, always.
    CHECK (outcome IS NULL OR outcome <> 'done' OR (holder_accepted_at IS NOT NULL AND person_accepted_at IS NOT NULL)),
    CHECK ((outcome IS NULL) = (decided_at IS NULL)),
    CHECK (outcome IS NULL OR proposed IS NULL)
);
-- One open request for a place.
CREATE UNIQUE INDEX contact_changes_open_account ON contact_changes (account_id, kind)
    WHERE outcome IS NULL AND service_id IS NULL;
CREATE UNIQUE INDEX contact_changes_open_service ON contact_changes (account_id, service_id, kind)
    WHERE outcome IS NULL AND service_id IS NOT NULL;
CREATE INDEX contact_changes_due ON contact_changes (expires_at) WHERE outcome IS NULL;

-- Links that were e-mailed to the two sides, each good for one answer.
CREATE TABLE contact_change_links (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    change_id {uuid} NOT NULL REFERENCES contact_changes (id),
    side text NOT NULL CHECK (side IN ('holder', 'person')),
    used_at {moment},
    -- A newer one was sent in its place.
    replaced_at {moment}
);
CREATE INDEX contact_change_links_by_change ON contact_change_links (change_id);

-- Who is a contact, from when to when. Without one a service has the account's, and the account its holder.
CREATE TABLE contacts (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    service_id {uuid},
    kind text NOT NULL CHECK (kind IN ('administrative', 'technical', 'billing')),
    -- The request that both sides accepted.
    change_id {uuid} NOT NULL UNIQUE REFERENCES contact_changes (id),
    -- A customer, reached by what is on their own file…
    contact_customer {uuid} REFERENCES customers (id),
    -- …and who it is: JSON, sealed under the key of the account's customer; none once it ended.
    named {bytes},
    begun_at {moment} NOT NULL,
    ended_at {moment},
    CHECK ((ended_at IS NULL) = (named IS NOT NULL))
);
CREATE UNIQUE INDEX contacts_of_account ON contacts (account_id, kind) WHERE ended_at IS NULL AND service_id IS NULL;
CREATE UNIQUE INDEX contacts_of_service ON contacts (account_id, service_id, kind)
    WHERE ended_at IS NULL AND service_id IS NOT NULL;

-- A contact begins because both sides of a request for that place accepted; it does not change, and ends once. A request that is
-- over stays so.
--{sqlite}
CREATE TRIGGER contacts_begin BEFORE INSERT ON contacts WHEN NEW.ended_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM contact_changes c
        WHERE c.id = NEW.change_id AND c.account_id = NEW.account_id AND c.service_id IS NEW.service_id AND c.kind = NEW.kind
            AND c.holder_accepted_at IS NOT NULL AND c.person_accepted_at IS NOT NULL)
    BEGIN SELECT RAISE(ABORT, 'guichet: both sides accept a contact'); END;
CREATE TRIGGER contacts_keep BEFORE UPDATE ON contacts WHEN OLD.ended_at IS NOT NULL OR NEW.id IS NOT OLD.id
    OR NEW.account_id IS NOT OLD.account_id OR NEW.service_id IS NOT OLD.service_id OR NEW.kind IS NOT OLD.kind
    OR NEW.change_id IS NOT OLD.change_id OR NEW.contact_customer IS NOT OLD.contact_customer OR NEW.begun_at IS NOT OLD.begun_at
    BEGIN SELECT RAISE(ABORT, 'guichet: a contact does not change, and ends once'); END;
CREATE TRIGGER contacts_stay BEFORE DELETE ON contacts BEGIN SELECT RAISE(ABORT, 'guichet: contacts are not deleted'); END;
CREATE TRIGGER contact_changes_keep BEFORE UPDATE ON contact_changes WHEN OLD.outcome IS NOT NULL OR NEW.id IS NOT OLD.id
    OR NEW.account_id IS NOT OLD.account_id OR NEW.service_id IS NOT OLD.service_id OR NEW.kind IS NOT OLD.kind
    OR NEW.asked_by IS NOT OLD.asked_by OR NEW.customer_id IS NOT OLD.customer_id
    BEGIN SELECT RAISE(ABORT, 'guichet: a change of contact is decided once'); END;
CREATE TRIGGER contact_changes_stay BEFORE DELETE ON contact_changes
    BEGIN SELECT RAISE(ABORT, 'guichet: changes of contact are not deleted'); END;
--{postgres}
CREATE FUNCTION guichet_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM contact_changes c
                WHERE c.id = NEW.change_id AND c.account_id = NEW.account_id AND c.service_id IS NOT DISTINCT FROM NEW.service_id
                    AND c.kind = NEW.kind AND c.holder_accepted_at IS NOT NULL AND c.person_accepted_at IS NOT NULL) THEN
            RAISE EXCEPTION 'guichet: both sides accept a contact' USING ERRCODE = 'GU001';
        END IF;
    ELSIF OLD.ended_at IS NOT NULL
        OR (NEW.id, NEW.account_id, NEW.service_id, NEW.kind, NEW.change_id, NEW.contact_customer, NEW.begun_at)
            IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.service_id, OLD.kind, OLD.change_id, OLD.contact_customer, OLD.begun_at) THEN
        RAISE EXCEPTION 'guichet: a contact does not change, and ends once' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contacts_begin BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION guichet_contacts();
CREATE TRIGGER contacts_keep BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION guichet_contacts();
CREATE TRIGGER contacts_stay BEFORE DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
CREATE FUNCTION guichet_contact_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome IS NOT NULL OR (NEW.id, NEW.account_id, NEW.service_id, NEW.kind, NEW.asked_by, NEW.customer_id)
            IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.service_id, OLD.kind, OLD.asked_by, OLD.customer_id) THEN
        RAISE EXCEPTION 'guichet: a change of contact is decided once' USING ERRCODE = 'GU001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contact_changes_keep BEFORE UPDATE ON contact_changes FOR EACH ROW EXECUTE FUNCTION guichet_contact_changes();
CREATE TRIGGER contact_changes_stay BEFORE DELETE ON contact_changes FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
