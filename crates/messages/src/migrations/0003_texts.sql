-- OPS-3: text messages beside e-mails. Their recipient is a telephone number; subject and HTML are empty.
ALTER TABLE messages ADD COLUMN channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'text'));
-- A text message that did not leave by then is of no use any more, as a code that has expired.
ALTER TABLE messages ADD COLUMN useful_until {moment};
-- What the gateway calls it.
ALTER TABLE messages ADD COLUMN gateway_id text;
