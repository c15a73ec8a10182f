-- Fresh proof: where the code went, and when password and code to the contact e-mail were right, which is enough for a new
-- password alone.
ALTER TABLE session_proofs ADD COLUMN went_to text NOT NULL DEFAULT 'backup'
    CHECK (went_to IN ('backup', 'telephone', 'contact'));
ALTER TABLE session_proofs ADD COLUMN contact_at {moment};

-- Logins that have neither second step, telephone nor backup e-mail: what they show counts after three days in which the contact
-- e-mail can stop it. Of a login's, one is open.
CREATE TABLE waiting_proofs (
    id {uuid} NOT NULL PRIMARY KEY,
    login_id {uuid} NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    asked_at {moment} NOT NULL,
    good_from {moment} NOT NULL,
    -- What was to be done, and what was typed for it, sealed under the login's key.
    need text NOT NULL,
    kept {bytes},
    -- Of the link that stops it.
    stop_hash {bytes} NOT NULL,
    ended_at {moment},
    outcome text CHECK (outcome IN ('stopped', 'used', 'expired'))
);
CREATE UNIQUE INDEX waiting_proofs_open ON waiting_proofs (login_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX waiting_proofs_by_stop ON waiting_proofs (stop_hash);

-- An agent made sure who a caller is and read this code out; used once, with the password. Of a login's, the newest alone.
CREATE TABLE checked_callers (
    login_id {uuid} NOT NULL PRIMARY KEY REFERENCES logins (id) ON DELETE CASCADE,
    code_mark {bytes} NOT NULL,
    made_at {moment} NOT NULL,
    tries integer NOT NULL DEFAULT 0
);
