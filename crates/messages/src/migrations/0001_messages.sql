-- The outbox (OPS-3): a row for each message, kept after it was sent. That it is still to be sent is a job of the queue.
CREATE TABLE messages (
    id {uuid} NOT NULL PRIMARY KEY,
    -- RFC 5322, without angle brackets; the same each time that the message is sent.
    message_id text NOT NULL UNIQUE,
    -- What it is about, as bill-ready.
    kind text NOT NULL,
    account_id {uuid},
    language text NOT NULL CHECK (language IN ('fr', 'en')),
    -- The message's own key, wrapped under the keyring's sealing key key_id.
    data_key {bytes} NOT NULL,
    key_id integer NOT NULL,
    -- Recipient, subject and both texts, as JSON.
    sealed {bytes} NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    created_at {moment} NOT NULL,
    sent_at {moment},
    -- Without addresses.
    last_error text
);
CREATE INDEX messages_by_time ON messages (created_at);
CREATE INDEX messages_by_account ON messages (account_id, created_at);
CREATE INDEX messages_by_key ON messages (key_id);
