-- When the customer's telephones were last changed: a code of a fresh proof goes to none that is new.
ALTER TABLE customers ADD COLUMN telephones_changed_at {moment};
-- PRO-1: the name as the provider last set it, sealed; kept from the first correction on, for every one is compared with it.
ALTER TABLE customers ADD COLUMN provider_name {bytes};
