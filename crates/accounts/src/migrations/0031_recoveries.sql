-- Requests for a way back in by identity documents (SEC-5), for who reads neither the contact e-mail nor the backup e-mail.
CREATE TABLE recoveries (
    id {uuid} NOT NULL PRIMARY KEY,
    -- As R7K4-9QXM-2TLC: told to who asks.
    reference text NOT NULL UNIQUE,
    -- SHA-256 of the form's own key: the same form posted twice is one request.
    once {bytes} NOT NULL UNIQUE,
    -- What was lost.
    kind text NOT NULL CHECK (kind IN ('email', 'second-step')),
    -- None where the name that was typed is nobody's.
    login_id {uuid} REFERENCES logins (id),
    language text NOT NULL,
    -- The request's own key, and what was typed under it; none once they were erased.
    data_key {bytes},
    key_id integer NOT NULL,
    sealed {bytes},
    state text NOT NULL CHECK (state IN ('open', 'accepted', 'sent', 'done', 'refused', 'expired')),
    asked_at {moment} NOT NULL,
    answer_by {moment} NOT NULL,
    -- Until when the addresses that were told may object before one of the staff is enough.
    object_until {moment} NOT NULL,
    objected_at {moment},
    -- Why it was refused, as one word.
    reason text,
    decided_at {moment},
    decided_by {uuid} REFERENCES staff (id),
    -- When the next thing happens by itself; none when nothing does.
    due_at {moment},
    erased_at {moment}
);
CREATE INDEX recoveries_due ON recoveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX recoveries_open ON recoveries (answer_by) WHERE state IN ('open', 'accepted');
CREATE INDEX recoveries_of_login ON recoveries (login_id);

-- The documents of a request, in their order.
CREATE TABLE recovery_files (
    file_id {uuid} NOT NULL PRIMARY KEY REFERENCES files (id),
    recovery_id {uuid} NOT NULL REFERENCES recoveries (id),
    position integer NOT NULL,
    UNIQUE (recovery_id, position)
);

-- Who of the staff would let the person in. An objection takes them away; the audit log keeps them.
CREATE TABLE recovery_approvals (
    recovery_id {uuid} NOT NULL REFERENCES recoveries (id),
    staff_id {uuid} NOT NULL REFERENCES staff (id),
    is_supervisor boolean NOT NULL,
    given_at {moment} NOT NULL,
    PRIMARY KEY (recovery_id, staff_id)
);

-- Links that were e-mailed about a request: to object, and to renew the login.
CREATE TABLE recovery_links (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    recovery_id {uuid} NOT NULL REFERENCES recoveries (id),
    purpose text NOT NULL CHECK (purpose IN ('object', 'renew')),
    made_at {moment} NOT NULL,
    used_at {moment},
    -- It opens nothing any more: there was an objection, or the login was renewed by another request.
    ended_at {moment}
);
CREATE INDEX recovery_links_of ON recovery_links (recovery_id);
