-- SEC-2: since when the login opens on no device that it does not know. SEC-4: since when its password opens nothing at all.
ALTER TABLE logins ADD COLUMN locked_at {moment};
ALTER TABLE logins ADD COLUMN password_ended_at {moment};

-- Devices on which a login has signed in (SEC-4), known by a cookie; several logins may know the same one.
CREATE TABLE devices (
    -- SHA-256 of the cookie's secret.
    token_hash {bytes} NOT NULL,
    login_id {uuid} NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    created_at {moment} NOT NULL,
    seen_at {moment} NOT NULL,
    PRIMARY KEY (token_hash, login_id)
);
CREATE INDEX devices_by_login ON devices (login_id);

-- Links that were e-mailed about a login, each good once (SEC-4, SEC-5).
CREATE TABLE login_links (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    login_id {uuid} NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('not-me', 'new-password')),
    made_at {moment} NOT NULL,
    used_at {moment},
    -- A newer one was made, or it became pointless.
    replaced_at {moment}
);
CREATE INDEX login_links_by_login ON login_links (login_id);

-- Sign-ins whose password was right and whose code is still to be typed (SGN-5). They open nothing.
CREATE TABLE pending_sign_ins (
    -- SHA-256 of the secret of a cookie of its own.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    login_id {uuid} NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    begun_at {moment} NOT NULL,
    -- A MAC under a key outside the database: a code is short.
    code_mark {bytes} NOT NULL,
    code_sent_at {moment} NOT NULL,
    tries integer NOT NULL
);
CREATE INDEX pending_sign_ins_by_login ON pending_sign_ins (login_id);
CREATE INDEX pending_sign_ins_by_age ON pending_sign_ins (begun_at);
