-- Which keys this database was written with: a check value of each, from which the key cannot be had.
CREATE TABLE vault_keys (
    name text NOT NULL PRIMARY KEY,
    check_value {bytes} NOT NULL,
    seen_at {moment} NOT NULL
);
