CREATE TABLE logins (
    id {uuid} NOT NULL PRIMARY KEY,
    -- SGN-4: as it was typed, and the folded form in which two equal usernames are equal.
    username text NOT NULL,
    username_key text NOT NULL UNIQUE,
    -- SEC-1: Argon2id in PHC form.
    password_hash text NOT NULL,
    password_set_at {moment} NOT NULL,
    language text NOT NULL CHECK (language IN ('fr', 'en')),
    -- The login's own key, wrapped under the keyring's sealing key key_id; the index below is under the same.
    data_key {bytes} NOT NULL,
    key_id integer NOT NULL,
    email {bytes} NOT NULL,
    email_index {bytes} NOT NULL,
    email_confirmed_at {moment},
    created_at {moment} NOT NULL
);
CREATE INDEX logins_by_email ON logins (email_index);
CREATE INDEX logins_by_key ON logins (key_id);

-- Usernames that were ever taken: none is given to somebody else, also when its login is gone.
CREATE TABLE usernames (
    username_key text NOT NULL PRIMARY KEY,
    taken_at {moment} NOT NULL
);

CREATE TABLE sessions (
    id {uuid} NOT NULL PRIMARY KEY,
    -- SHA-256 of the cookie's secret: the table alone opens no session.
    token_hash {bytes} NOT NULL UNIQUE,
    login_id {uuid} NOT NULL REFERENCES logins (id),
    created_at {moment} NOT NULL,
    seen_at {moment} NOT NULL
);
CREATE INDEX sessions_by_login ON sessions (login_id);

-- Failures counted by what is limited (a MAC of purpose and address or login), for a while from the first one on.
CREATE TABLE limits (
    limited {bytes} NOT NULL PRIMARY KEY,
    since {moment} NOT NULL,
    failures integer NOT NULL
);
CREATE INDEX limits_by_age ON limits (since);
