-- A login's role on an account. An account has one holder's login at a time (SGN-3).
CREATE TABLE memberships (
    login_id {uuid} NOT NULL REFERENCES logins (id),
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    role text NOT NULL CHECK (role IN ('holder', 'secondary')),
    -- How it came to be: by account number and postal code ('claim').
    origin text NOT NULL CHECK (origin IN ('claim')),
    -- SGN-2: until confirmed, a claim opens the account for seeing and paying only.
    confirmed_at {moment},
    begun_at {moment} NOT NULL,
    ended_at {moment},
    PRIMARY KEY (login_id, account_id, begun_at)
);
CREATE UNIQUE INDEX memberships_one_holder ON memberships (account_id) WHERE role = 'holder' AND ended_at IS NULL;
CREATE INDEX memberships_by_account ON memberships (account_id);

-- Somebody who knew number and postal code and has not chosen a username yet; and, once done, the way to stop it.
CREATE TABLE claims (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    began_at {moment} NOT NULL
);
CREATE INDEX claims_by_age ON claims (began_at);
