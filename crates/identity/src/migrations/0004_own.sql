-- SEC-9: from which kind of browser and system a session was begun, as two words of ours; none where it was not recognized.
ALTER TABLE sessions ADD COLUMN device text;
-- SEC-8: since when a login is deleted; its row stays, without personal data, for what the log says of it.
ALTER TABLE logins ADD COLUMN deleted_at {moment};
