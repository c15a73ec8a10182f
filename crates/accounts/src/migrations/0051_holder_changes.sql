-- Changes of holder (PRO-1): an account passes to another customer, by proof and two of the staff.
CREATE TABLE holder_changes (
    id {uuid} NOT NULL PRIMARY KEY,
    -- As R7K4-9QXM-2TLC: told to both sides.
    reference text NOT NULL UNIQUE,
    -- SHA-256 of the form's own key: the same form posted twice is one change.
    once {bytes} NOT NULL UNIQUE,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    from_customer {uuid} NOT NULL REFERENCES customers (id),
    -- Registered with the request; erased again where it comes to nothing and this was only for it.
    to_customer {uuid} NOT NULL REFERENCES customers (id),
    is_new_customer boolean NOT NULL,
    reason text NOT NULL CHECK (reason IN ('agreed', 'death', 'separation', 'company', 'other')),
    -- Whether the new holder takes over what is owed, as the proof says.
    takes_over boolean NOT NULL,
    -- Which proof was seen and where it is kept, and the account's new address: sealed under the new customer's key; none once
    -- it came to nothing.
    proof {bytes},
    address {bytes},
    asked_at {moment} NOT NULL,
    asked_by {uuid} NOT NULL REFERENCES staff (id),
    -- Until when the holder may object before a second member of the staff may decide alone.
    object_until {moment} NOT NULL,
    agreed_at {moment},
    objected_at {moment},
    outcome text CHECK (outcome IN ('done', 'refused')),
    decided_at {moment},
    decided_by {uuid} REFERENCES staff (id),
    -- Two of the staff, always.
    CHECK (outcome IS NULL OR outcome <> 'done' OR decided_by <> asked_by)
);
-- One at a time for an account.
CREATE UNIQUE INDEX holder_changes_open ON holder_changes (account_id) WHERE outcome IS NULL;

-- Links that were e-mailed to the holder's addresses: to agree, or to object.
CREATE TABLE holder_change_links (
    -- SHA-256 of the secret in the link.
    token_hash {bytes} NOT NULL PRIMARY KEY,
    change_id {uuid} NOT NULL REFERENCES holder_changes (id)
);

-- Who held an account before, until when; with the address that it had, sealed under that customer's key.
CREATE TABLE former_holders (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    until {moment} NOT NULL,
    customer_id {uuid} NOT NULL REFERENCES customers (id),
    address {bytes},
    PRIMARY KEY (account_id, until)
);

-- Since when its customer has it: bills and payments from before are the former holder's. None: since the beginning.
ALTER TABLE accounts ADD COLUMN held_since {moment};
