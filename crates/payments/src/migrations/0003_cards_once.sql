-- What the gateway knows a card's number by, so that a card is kept once (PAY-1); none of cards kept before.
ALTER TABLE payment_cards ADD COLUMN fingerprint text;
-- What its people call it, sealed under the customer's key (PRV-1).
ALTER TABLE payment_cards ADD COLUMN name {bytes};
ALTER TABLE simulated_methods ADD COLUMN fingerprint text;
