-- SEC-6: since when a message is known to have come back: refused for good, given up, or reported by the operator.
ALTER TABLE messages ADD COLUMN bounced_at {moment};
UPDATE messages SET bounced_at = created_at WHERE state = 'dead';
