-- SEC-3: telephones that get codes by SMS as a second step; and those that wait for their first code, which do nothing.
CREATE TABLE step_numbers (
    owner_kind text NOT NULL CHECK (owner_kind IN ('login', 'staff')),
    owner_id {uuid} NOT NULL,
    is_on boolean NOT NULL,
    -- E.164, sealed under the owner's key.
    number {bytes} NOT NULL,
    -- When it was typed, or confirmed.
    since {moment} NOT NULL,
    -- A MAC under a key outside the database: a code is short.
    code_mark {bytes},
    code_sent_at {moment},
    tries integer NOT NULL DEFAULT 0,
    PRIMARY KEY (owner_kind, owner_id, is_on)
);
