-- The provider's people (AGT-2): apart from customers' logins, with sessions of their own.
CREATE TABLE staff (
    id {uuid} NOT NULL PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('agent', 'technical-support', 'billing-specialist', 'supervisor', 'administrator')),
    language text NOT NULL CHECK (language IN ('fr', 'en')),
    -- SEC-1: Argon2id in PHC form; none until it is chosen.
    password_hash text,
    -- The member's own key, wrapped under the keyring's sealing key key_id; the index below is under the same.
    data_key {bytes} NOT NULL,
    key_id integer NOT NULL,
    name {bytes} NOT NULL,
    email {bytes} NOT NULL,
    email_index {bytes} NOT NULL,
    created_at {moment} NOT NULL,
    disabled_at {moment}
);
CREATE UNIQUE INDEX staff_by_email ON staff (email_index) WHERE disabled_at IS NULL;
CREATE INDEX staff_by_key ON staff (key_id);

CREATE TABLE staff_sessions (
    -- SHA-256 of the cookie's secret: the table alone opens no session.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    staff_id {uuid} NOT NULL REFERENCES staff (id),
    created_at {moment} NOT NULL,
    seen_at {moment} NOT NULL
);
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id);

-- Links with which a member chooses a password.
CREATE TABLE staff_invitations (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    staff_id {uuid} NOT NULL REFERENCES staff (id),
    made_at {moment} NOT NULL,
    used_at {moment},
    -- A newer one was made.
    replaced_at {moment}
);
CREATE INDEX staff_invitations_by_staff ON staff_invitations (staff_id);
