//! Logins: credentials, sessions, sign-in. Knows no accounts.
