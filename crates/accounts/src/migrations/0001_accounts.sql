CREATE TABLE customers (
    id {uuid} NOT NULL PRIMARY KEY,
    -- ACC-1: never changed, never reused; the row stays when personal data is erased.
    client_identifier text NOT NULL UNIQUE,
    -- The provider's own key, as imported.
    external_id text UNIQUE,
    kind text NOT NULL CHECK (kind IN ('person', 'organisation')),
    language text NOT NULL CHECK (language IN ('fr', 'en')),
    -- The customer's key, wrapped under the keyring's sealing key key_id; the indexes below are under the same.
    data_key {bytes},
    key_id integer NOT NULL,
    name {bytes},
    email {bytes},
    telephone {bytes},
    email_index {bytes},
    telephone_index {bytes},
    created_at {moment} NOT NULL
);
CREATE INDEX customers_by_email ON customers (email_index);
CREATE INDEX customers_by_telephone ON customers (telephone_index);
CREATE INDEX customers_by_key ON customers (key_id);

CREATE TABLE accounts (
    id {uuid} NOT NULL PRIMARY KEY,
    customer_id {uuid} NOT NULL REFERENCES customers (id),
    number text NOT NULL UNIQUE,
    external_id text UNIQUE,
    segment text NOT NULL CHECK (segment IN ('residential', 'business', 'hosting')),
    currency text NOT NULL,
    cycle_day smallint NOT NULL CHECK (cycle_day BETWEEN 1 AND 28),
    -- The first day that Guichet bills; earlier days were billed by the provider's previous system.
    billed_from date NOT NULL,
    bill_format text NOT NULL CHECK (bill_format IN ('electronic', 'paper')),
    -- How the customer has been paying, as imported: a habit, not a mandate.
    pays_by text,
    -- What the previous system charged since the start, in cents, as imported.
    charged_before bigint,
    -- The postal address of the account, sealed under the customer's key, and the index of its postal code.
    address {bytes},
    postal_index {bytes},
    -- Grows by one with each fact or ledger entry of the account; what a bill knew is one number.
    version bigint NOT NULL DEFAULT 0,
    -- A MAC over what the import understood of the row, to tell the same row from a changed one.
    import_mark {bytes},
    created_at {moment} NOT NULL
);
CREATE INDEX accounts_by_customer ON accounts (customer_id);
CREATE INDEX accounts_by_postal_code ON accounts (postal_index);
