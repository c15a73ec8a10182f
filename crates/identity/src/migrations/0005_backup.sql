-- SEC-5, SEC-6: where a login's owner is reached when the contact e-mail is lost: sealed and found as the contact e-mail is.
ALTER TABLE logins ADD COLUMN backup_email {bytes};
ALTER TABLE logins ADD COLUMN backup_index {bytes};
ALTER TABLE logins ADD COLUMN backup_confirmed_at {moment};
-- SEC-6: when a password was last chosen by recovery; silence confirms nothing for a while after it.
ALTER TABLE logins ADD COLUMN recovered_at {moment};
CREATE INDEX logins_by_backup ON logins (backup_index);
