-- How the claim of an account is being confirmed, and how it can be stopped (SGN-2): one row for each claim.
CREATE TABLE claim_checks (
    account_id {uuid} NOT NULL,
    login_id {uuid} NOT NULL,
    begun_at {moment} NOT NULL,
    -- SHA-256 of the secret in the link that stops the claim.
    stop_hash {bytes} NOT NULL UNIQUE,
    -- A MAC of the newest code, under a key that is not here; and of the address that it went to.
    code_mark {bytes},
    code_sent_at {moment},
    sent_to {bytes},
    -- Wrong codes since the newest one was sent.
    tries integer NOT NULL DEFAULT 0,
    stopped_at {moment},
    PRIMARY KEY (account_id, login_id, begun_at),
    FOREIGN KEY (login_id, account_id, begun_at) REFERENCES memberships (login_id, account_id, begun_at)
);
