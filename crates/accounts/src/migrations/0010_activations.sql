-- Activation e-mails (SGN-1): a link sent to the address on file, with which the holder signs up.
CREATE TABLE activations (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    sent_at {moment} NOT NULL,
    expires_at {moment} NOT NULL,
    -- A MAC of the address that it went to, under a key that is not here.
    sent_to {bytes} NOT NULL,
    used_at {moment},
    -- A newer one was sent.
    replaced_at {moment}
);
-- One at a time opens an account.
CREATE UNIQUE INDEX activations_open ON activations (account_id) WHERE used_at IS NULL AND replaced_at IS NULL;
CREATE INDEX activations_by_account ON activations (account_id, sent_at);

-- The activation that a claim came by; none where number and postal code were given.
ALTER TABLE claims ADD COLUMN activation_hash {bytes};

-- How a membership came to be: by account number and postal code ('claim'), or by an activation e-mail ('activation').
ALTER TABLE memberships ADD COLUMN came_by text NOT NULL DEFAULT 'claim' CHECK (came_by IN ('claim', 'activation'));
ALTER TABLE memberships DROP COLUMN origin;
ALTER TABLE memberships RENAME COLUMN came_by TO origin;
