-- SEC-6: wishes for another contact e-mail, and what became of them.
CREATE TABLE email_changes (
    id {uuid} NOT NULL PRIMARY KEY,
    login_id {uuid} NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('open', 'accepted', 'refused', 'cancelled', 'expired', 'reverted')),
    -- Sealed under the login's key.
    old_email {bytes} NOT NULL,
    new_email {bytes} NOT NULL,
    begun_at {moment} NOT NULL,
    -- The newest code to the address on file, as a MAC under a key outside the database.
    code_mark {bytes},
    code_sent_at {moment},
    tries integer NOT NULL DEFAULT 0,
    code_right_at {moment},
    new_sent_at {moment} NOT NULL,
    new_confirmed_at {moment},
    -- When it was accepted, refused, cancelled or found expired; and how it was accepted.
    ended_at {moment},
    accepted_by text CHECK (accepted_by IN ('code', 'silence')),
    reverted_at {moment},
    -- SHA-256 of the secrets of its links.
    confirm_hash {bytes} NOT NULL UNIQUE,
    refuse_hash {bytes} NOT NULL UNIQUE,
    revert_hash {bytes} NOT NULL UNIQUE
);
CREATE INDEX email_changes_by_login ON email_changes (login_id, begun_at);
-- One at a time.
CREATE UNIQUE INDEX email_changes_open ON email_changes (login_id) WHERE state = 'open';

-- The messages with its codes: silence is counted from the mail server's acceptance of the newest, and never after one bounced.
CREATE TABLE email_change_letters (
    message_id {uuid} NOT NULL PRIMARY KEY,
    change_id {uuid} NOT NULL REFERENCES email_changes (id) ON DELETE CASCADE,
    sent_at {moment} NOT NULL
);
CREATE INDEX email_change_letters_by_change ON email_change_letters (change_id);
