-- Customers who are not there yet (ACC-4): what somebody typed who wants an account, until their e-mail is confirmed and their
-- login is made.
CREATE TABLE drafts (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    -- Drawn in advance, so that what was typed is sealed under a key that is theirs alone.
    customer_id {uuid} NOT NULL,
    data_key {bytes},
    key_id integer NOT NULL,
    -- What was typed, sealed. Nothing where no link was sent, and once the draft is over.
    content {bytes},
    -- MACs under a key that is not here: of the e-mail, of which one draft at a time is open; and of all that was typed.
    email_mark {bytes} NOT NULL,
    content_mark {bytes} NOT NULL,
    sent_at {moment} NOT NULL,
    expires_at {moment} NOT NULL,
    -- A newer one was sent.
    replaced_at {moment},
    -- The account that the link made; its login is still to be chosen.
    account_id {uuid} REFERENCES accounts (id)
);
CREATE UNIQUE INDEX drafts_open ON drafts (email_mark) WHERE replaced_at IS NULL;
CREATE INDEX drafts_by_end ON drafts (expires_at);
CREATE INDEX drafts_by_account ON drafts (account_id);
