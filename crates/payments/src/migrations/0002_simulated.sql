-- The simulated gateway's own books, for demonstrations: another house, which shares nothing with the tables of
-- payments but the database that it is in.
CREATE TABLE simulated_customers (
    id text NOT NULL PRIMARY KEY,
    made_at {moment} NOT NULL
);
CREATE TABLE simulated_methods (
    id text NOT NULL PRIMARY KEY,
    customer text,
    brand text NOT NULL,
    last4 text NOT NULL,
    exp_month smallint NOT NULL,
    exp_year smallint NOT NULL,
    -- What happens when it is charged. The number itself is kept nowhere.
    behaviour text NOT NULL,
    made_at {moment} NOT NULL
);
CREATE TABLE simulated_intents (
    id text NOT NULL PRIMARY KEY,
    -- 'payment', or 'setup' for a card that is kept without one.
    kind text NOT NULL CHECK (kind IN ('payment', 'setup')),
    amount bigint NOT NULL,
    currency text NOT NULL,
    customer text NOT NULL,
    method text NOT NULL REFERENCES simulated_methods (id),
    keeps_card smallint NOT NULL,
    -- What the shop calls it.
    metadata text NOT NULL,
    status text NOT NULL,
    failure text,
    return_url text,
    -- When what is processing will have succeeded.
    succeeds_at {moment},
    made_at {moment} NOT NULL
);
CREATE INDEX simulated_intents_by_metadata ON simulated_intents (metadata);
CREATE TABLE simulated_refunds (
    id text NOT NULL PRIMARY KEY,
    intent text NOT NULL REFERENCES simulated_intents (id),
    amount bigint NOT NULL CHECK (amount > 0),
    metadata text NOT NULL,
    made_at {moment} NOT NULL
);
CREATE INDEX simulated_refunds_by_intent ON simulated_refunds (intent);
