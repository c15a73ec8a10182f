-- Fresh proof (the words in REQUIREMENTS): what somebody signed in has shown a moment ago, bound to the session.
CREATE TABLE session_proofs (
    session_id {uuid} NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    -- When the password was right.
    password_at {moment},
    -- The code that went to the backup e-mail then, as a MAC under a key outside the database; used once.
    code_mark {bytes},
    code_sent_at {moment},
    tries integer NOT NULL DEFAULT 0,
    -- When all that is asked for was there.
    proven_at {moment},
    -- What was typed on the page that asked for it, sealed under the login's key, so that it is not typed again.
    kept {bytes}
);

-- Links that confirm a backup e-mail, each good once; of a login's, the newest alone.
CREATE TABLE backup_links (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    login_id {uuid} NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    made_at {moment} NOT NULL,
    used_at {moment},
    replaced_at {moment}
);
CREATE INDEX backup_links_by_login ON backup_links (login_id);

-- SEC-5: where a link to a new password went. Following one confirms the contact e-mail only if it went there.
ALTER TABLE login_links ADD COLUMN went_to text NOT NULL DEFAULT 'contact' CHECK (went_to IN ('contact', 'backup'));
