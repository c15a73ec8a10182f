-- The login that asked for a card to be kept, for the customer's history (PRO-3); none of cards from before.
ALTER TABLE payment_cards ADD COLUMN added_by {uuid};
