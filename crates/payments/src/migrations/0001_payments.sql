-- An account's customer at a payment gateway, to keep cards under (PAY-1).
CREATE TABLE payment_customers (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- Kind and mode of the gateway, as stripe-live.
    gateway text NOT NULL,
    -- The gateway's id.
    reference text NOT NULL,
    made_at {moment} NOT NULL,
    PRIMARY KEY (account_id, gateway),
    UNIQUE (gateway, reference)
);

-- Cards that their customers let the gateway keep. What can be shown of a card, and nothing else of it.
CREATE TABLE payment_cards (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    gateway text NOT NULL,
    -- The gateway's payment method; and what the gateway knows the keeping of it by.
    reference text NOT NULL,
    setup text,
    state text NOT NULL CHECK (state IN ('pending', 'kept', 'refused', 'removing', 'removed')),
    step_url text,
    failure text,
    brand text,
    last4 text,
    exp_month smallint,
    exp_year smallint,
    is_default smallint NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    added_at {moment} NOT NULL,
    removed_at {moment},
    CHECK (is_default = 0 OR state = 'kept'),
    CHECK (state <> 'kept' OR last4 IS NOT NULL),
    UNIQUE (gateway, reference)
);
CREATE INDEX payment_cards_by_account ON payment_cards (account_id, added_at);
CREATE INDEX payment_cards_by_setup ON payment_cards (gateway, setup);
CREATE UNIQUE INDEX payment_cards_one_default ON payment_cards (account_id) WHERE is_default = 1;

-- Payments by card. What was agreed on never changes, and what was charged stays charged.
CREATE TABLE payments (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- The form's: submitted twice it is the same payment.
    key text NOT NULL,
    gateway text NOT NULL,
    -- Cents.
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    -- The numbers of the bills that it was made for, as JSON.
    bills text NOT NULL,
    -- The gateway's payment method.
    method text NOT NULL,
    keeps_card smallint NOT NULL CHECK (keeps_card IN (0, 1)),
    -- Who paid; null for the provider's own people.
    login_id {uuid},
    state text NOT NULL CHECK (state IN ('begun', 'created', 'confirming', 'requires-action', 'processing', 'succeeded', 'failed', 'canceled')),
    -- The gateway's id of it.
    intent text,
    step_url text,
    failure text,
    brand text,
    last4 text,
    exp_month smallint,
    exp_year smallint,
    begun_at {moment} NOT NULL,
    confirmed_at {moment},
    settled_at {moment},
    -- Cents given back, or on their way back.
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0 AND refunded <= amount),
    entry_id {uuid} UNIQUE,
    CHECK ((state = 'succeeded') = (entry_id IS NOT NULL)),
    CHECK (state IN ('begun', 'failed', 'canceled') OR intent IS NOT NULL),
    CHECK (refunded = 0 OR state = 'succeeded'),
    UNIQUE (account_id, key),
    UNIQUE (gateway, intent)
);
CREATE INDEX payments_by_account ON payments (account_id, begun_at);

-- Money given back of a payment (PAY-5).
CREATE TABLE payment_refunds (
    id {uuid} NOT NULL PRIMARY KEY,
    payment_id {uuid} NOT NULL REFERENCES payments (id),
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    key text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    author text NOT NULL,
    login_id {uuid},
    state text NOT NULL CHECK (state IN ('begun', 'sending', 'pending', 'succeeded', 'failed')),
    -- The gateway's id of it.
    reference text,
    begun_at {moment} NOT NULL,
    sent_at {moment},
    settled_at {moment},
    entry_id {uuid} UNIQUE,
    CHECK ((state = 'succeeded') = (entry_id IS NOT NULL)),
    UNIQUE (payment_id, key)
);
CREATE INDEX payment_refunds_by_account ON payment_refunds (account_id, begun_at);
CREATE INDEX payment_refunds_by_reference ON payment_refunds (reference);
--{sqlite}
CREATE TRIGGER payments_keep BEFORE UPDATE ON payments WHEN OLD.entry_id IS NOT NULL AND (NEW.entry_id IS NOT OLD.entry_id OR NEW.state IS NOT OLD.state)
    OR OLD.intent IS NOT NULL AND NEW.intent IS NOT OLD.intent
    OR NEW.id IS NOT OLD.id OR NEW.account_id IS NOT OLD.account_id OR NEW.key IS NOT OLD.key OR NEW.gateway IS NOT OLD.gateway
    OR NEW.amount IS NOT OLD.amount OR NEW.currency IS NOT OLD.currency OR NEW.bills IS NOT OLD.bills OR NEW.method IS NOT OLD.method
    OR NEW.login_id IS NOT OLD.login_id OR NEW.begun_at IS NOT OLD.begun_at
    BEGIN SELECT RAISE(ABORT, 'guichet: what was agreed on in payments does not change'); END;
CREATE TRIGGER payments_stay BEFORE DELETE ON payments BEGIN SELECT RAISE(ABORT, 'guichet: payments are not deleted'); END;
CREATE TRIGGER payment_refunds_keep BEFORE UPDATE ON payment_refunds WHEN OLD.entry_id IS NOT NULL
    OR NEW.id IS NOT OLD.id OR NEW.payment_id IS NOT OLD.payment_id OR NEW.account_id IS NOT OLD.account_id OR NEW.key IS NOT OLD.key
    OR NEW.amount IS NOT OLD.amount OR NEW.reason IS NOT OLD.reason OR NEW.author IS NOT OLD.author OR NEW.begun_at IS NOT OLD.begun_at
    BEGIN SELECT RAISE(ABORT, 'guichet: what was agreed on in payment_refunds does not change'); END;
CREATE TRIGGER payment_refunds_stay BEFORE DELETE ON payment_refunds BEGIN SELECT RAISE(ABORT, 'guichet: payment_refunds are not deleted'); END;
--{postgres}
CREATE TRIGGER payments_keep BEFORE UPDATE ON payments FOR EACH ROW WHEN (OLD.entry_id IS NOT NULL AND (NEW.entry_id IS DISTINCT FROM OLD.entry_id OR NEW.state IS DISTINCT FROM OLD.state)
    OR OLD.intent IS NOT NULL AND NEW.intent IS DISTINCT FROM OLD.intent
    OR (NEW.id, NEW.account_id, NEW.key, NEW.gateway, NEW.amount, NEW.currency, NEW.bills, NEW.method, NEW.login_id, NEW.begun_at)
        IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.key, OLD.gateway, OLD.amount, OLD.currency, OLD.bills, OLD.method, OLD.login_id, OLD.begun_at))
    EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER payments_stay BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER payment_refunds_keep BEFORE UPDATE ON payment_refunds FOR EACH ROW WHEN (OLD.entry_id IS NOT NULL
    OR (NEW.id, NEW.payment_id, NEW.account_id, NEW.key, NEW.amount, NEW.reason, NEW.author, NEW.begun_at)
        IS DISTINCT FROM (OLD.id, OLD.payment_id, OLD.account_id, OLD.key, OLD.amount, OLD.reason, OLD.author, OLD.begun_at))
    EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER payment_refunds_stay BEFORE DELETE ON payment_refunds FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
