-- Since when the holder wants a user of the account to sign in with a second step (SEC-3): until they have one, they do not reach it.
ALTER TABLE memberships ADD COLUMN step_required_at {moment};
