-- SEC-3: when a session of the provider's people has shown the second step. Without, it reaches nothing but where that is
-- shown; sessions from before have to show it too.
ALTER TABLE staff_sessions ADD COLUMN step_at {moment};
