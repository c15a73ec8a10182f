-- SGN-5: whether a password is too short for who has no second step; it ends with the last of them.
ALTER TABLE logins ADD COLUMN password_needs_step boolean NOT NULL DEFAULT false;
