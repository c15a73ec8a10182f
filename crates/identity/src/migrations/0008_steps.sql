-- Second steps (SEC-3) of customers' logins and of the provider's people: whose, by kind and number.
CREATE TABLE step_totps (
    owner_kind text NOT NULL CHECK (owner_kind IN ('login', 'staff')),
    owner_id {uuid} NOT NULL,
    -- The secret shared with the app, sealed under the owner's key.
    secret {bytes} NOT NULL,
    confirmed_at {moment} NOT NULL,
    -- The 30 seconds of the code that was accepted last: no code of then or before is accepted again.
    last_counter bigint NOT NULL,
    PRIMARY KEY (owner_kind, owner_id)
);

-- A secret that was shown and of which no right code was typed yet: it does nothing.
CREATE TABLE step_totp_setups (
    owner_kind text NOT NULL CHECK (owner_kind IN ('login', 'staff')),
    owner_id {uuid} NOT NULL,
    -- SHA-256 of what names the session that it was shown in: who looked in another one knows nothing of it.
    bound_to {bytes} NOT NULL,
    secret {bytes} NOT NULL,
    begun_at {moment} NOT NULL,
    PRIMARY KEY (owner_kind, owner_id, bound_to)
);

CREATE TABLE step_recovery_codes (
    owner_kind text NOT NULL CHECK (owner_kind IN ('login', 'staff')),
    owner_id {uuid} NOT NULL,
    -- A MAC under a key outside the database: a code is short.
    mark {bytes} NOT NULL,
    -- The same for all codes of a set.
    made_at {moment} NOT NULL,
    used_at {moment},
    PRIMARY KEY (owner_kind, owner_id, mark)
);

-- Sign-ins whose password was right and whose second step is still to be shown. They open nothing.
CREATE TABLE step_sign_ins (
    -- SHA-256 of the secret of a cookie of its own.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    owner_kind text NOT NULL CHECK (owner_kind IN ('login', 'staff')),
    owner_id {uuid} NOT NULL,
    begun_at {moment} NOT NULL,
    -- SHA-256 of the password's hash as it was: another password since, and this is over.
    password_was {bytes} NOT NULL,
    -- Whether the owner knew the device.
    is_known boolean NOT NULL
);
CREATE INDEX step_sign_ins_by_owner ON step_sign_ins (owner_kind, owner_id);
CREATE INDEX step_sign_ins_by_age ON step_sign_ins (begun_at);

-- Until when a login's second step is not asked for on a device that it knows.
ALTER TABLE devices ADD COLUMN step_until {moment};
