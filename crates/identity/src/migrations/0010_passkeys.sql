-- SEC-3: whose passkeys. The handle is what a device keeps and hands back: drawn by chance, so that it tells nothing of whose it is.
CREATE TABLE passkey_users (
    handle {uuid} NOT NULL PRIMARY KEY,
    owner_kind text NOT NULL CHECK (owner_kind IN ('login', 'staff')),
    owner_id {uuid} NOT NULL,
    UNIQUE (owner_kind, owner_id)
);

CREATE TABLE passkeys (
    id {uuid} NOT NULL PRIMARY KEY,
    handle {uuid} NOT NULL REFERENCES passkey_users (handle) ON DELETE CASCADE,
    -- As the device names it; never of two owners.
    credential_id {bytes} NOT NULL UNIQUE,
    -- The public key with its counter and flags, as JSON of webauthn-rs. Nothing in it is secret: it only recognises.
    credential text NOT NULL,
    -- What its owner calls it, sealed under the owner's key.
    name {bytes} NOT NULL,
    created_at {moment} NOT NULL,
    used_at {moment},
    -- Whether the device keeps a copy elsewhere, as it said when it was last used.
    is_backed_up boolean NOT NULL,
    -- SEC-4: since when it opens nothing by itself, for its owner said that somebody else had got in a while after it was added.
    -- After the password it is a second step all the same, so that no recovery skips one.
    doubted_at {moment}
);
CREATE INDEX passkeys_by_handle ON passkeys (handle);

-- What a passkey is to sign: good once, for five minutes, on whichever node, and in the browser alone that asked for it.
CREATE TABLE passkey_challenges (
    -- SHA-256 of what the page hands back with the answer.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('add', 'sign-in', 'step', 'proof')),
    -- SHA-256 of the session, of the sign-in that waits, or of the browser's secret.
    bound_to {bytes} NOT NULL,
    -- The challenge and what was asked for, as JSON of webauthn-rs.
    state text NOT NULL,
    made_at {moment} NOT NULL
);
CREATE INDEX passkey_challenges_by_age ON passkey_challenges (made_at);
