-- PRO-1: a second telephone, found as the first one is; and since when the customer agrees to offers, or no more.
ALTER TABLE customers ADD COLUMN other_telephone {bytes};
ALTER TABLE customers ADD COLUMN other_telephone_index {bytes};
ALTER TABLE customers ADD COLUMN offers_agreed_at {moment};
ALTER TABLE customers ADD COLUMN offers_withdrawn_at {moment};
CREATE INDEX customers_by_other_telephone ON customers (other_telephone_index);
-- By which ways the account's alerts come.
ALTER TABLE accounts ADD COLUMN alerts_by_email smallint NOT NULL DEFAULT 1 CHECK (alerts_by_email IN (0, 1));
ALTER TABLE accounts ADD COLUMN alerts_by_sms smallint NOT NULL DEFAULT 0 CHECK (alerts_by_sms IN (0, 1));
