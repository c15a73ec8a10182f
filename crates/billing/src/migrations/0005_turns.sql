-- When each account is billed next: the day on which its first cycle begins that no run has billed, or found nothing to bill
-- for. BIL-3: what is due are the turns up to a day; an account that was set aside keeps its turn.
CREATE TABLE bill_turns (
    account_id {uuid} NOT NULL PRIMARY KEY REFERENCES accounts (id),
    next_on date NOT NULL
){clustered};

-- Each run, from its start until all that it found due is done. bill_runs counts what was issued for each month.
CREATE TABLE bill_rounds (
    id {uuid} NOT NULL PRIMARY KEY,
    -- The first day of the month that alone is billed; null for all that is due.
    month date,
    -- Turns up to this day are due.
    until date NOT NULL,
    -- The provider's day on which it began.
    today date NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'finished')),
    accounts bigint NOT NULL,
    done bigint NOT NULL,
    issued bigint NOT NULL,
    charged bigint NOT NULL,
    -- Bills up to this number were there before.
    after_number bigint NOT NULL,
    started_at {moment} NOT NULL,
    finished_at {moment},
    -- When holders were told of its bills.
    told_at {moment}
);
CREATE UNIQUE INDEX bill_rounds_one ON bill_rounds (state) WHERE state = 'running';

-- Bills in the customer's favour, of which some are to be paid back (BIL-1).
CREATE INDEX bills_in_favour ON bills (account_id, number) WHERE total_due < 0;

-- What was billed before there were turns: a month that was run is not run again, and a run that was cut off goes on with the
-- accounts that have no bill of its month yet. A cycle begins after what was billed, and not before billed_from.
INSERT INTO bill_turns (account_id, next_on)
--{sqlite}
SELECT a.id, max(
    CASE WHEN CAST(strftime('%d', a.billed_from) AS integer) <= a.cycle_day
        THEN date(a.billed_from, 'start of month', '+' || (a.cycle_day - 1) || ' days')
        ELSE date(a.billed_from, 'start of month', '+1 month', '+' || (a.cycle_day - 1) || ' days') END,
    coalesce((SELECT date(max(f.month), '+' || (a.cycle_day - 1) || ' days') FROM bill_faults f WHERE f.account_id = a.id
            AND f.month > coalesce((SELECT max(b.month) FROM bills b WHERE b.account_id = a.id), '')),
        date(max(coalesce((SELECT max(b.month) FROM bills b WHERE b.account_id = a.id), ''),
                coalesce((SELECT max(r.month) FROM bill_runs r WHERE r.state = 'finished'), '')),
            '+1 month', '+' || (a.cycle_day - 1) || ' days'),
        ''))
FROM accounts a;
CREATE TRIGGER accounts_turn AFTER INSERT ON accounts BEGIN
    INSERT INTO bill_turns (account_id, next_on) VALUES (NEW.id,
        CASE WHEN CAST(strftime('%d', NEW.billed_from) AS integer) <= NEW.cycle_day
            THEN date(NEW.billed_from, 'start of month', '+' || (NEW.cycle_day - 1) || ' days')
            ELSE date(NEW.billed_from, 'start of month', '+1 month', '+' || (NEW.cycle_day - 1) || ' days') END);
END;
--{postgres}
SELECT a.id, greatest(
    CASE WHEN extract(day FROM a.billed_from) <= a.cycle_day
        THEN (date_trunc('month', a.billed_from) + (a.cycle_day - 1) * interval '1 day')::date
        ELSE (date_trunc('month', a.billed_from) + interval '1 month' + (a.cycle_day - 1) * interval '1 day')::date END,
    coalesce((SELECT max(f.month) + (a.cycle_day - 1) FROM bill_faults f WHERE f.account_id = a.id
            AND f.month > coalesce((SELECT max(b.month) FROM bills b WHERE b.account_id = a.id), '-infinity'::date)),
        (greatest((SELECT max(b.month) FROM bills b WHERE b.account_id = a.id),
                (SELECT max(r.month) FROM bill_runs r WHERE r.state = 'finished'))
            + interval '1 month' + (a.cycle_day - 1) * interval '1 day')::date))
FROM accounts a;
CREATE FUNCTION guichet_accounts_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bill_turns (account_id, next_on) VALUES (NEW.id,
        CASE WHEN extract(day FROM NEW.billed_from) <= NEW.cycle_day
            THEN (date_trunc('month', NEW.billed_from) + (NEW.cycle_day - 1) * interval '1 day')::date
            ELSE (date_trunc('month', NEW.billed_from) + interval '1 month' + (NEW.cycle_day - 1) * interval '1 day')::date END);
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_turn AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION guichet_accounts_turn();
--{both}
DELETE FROM bill_faults WHERE month <= (SELECT max(b.month) FROM bills b WHERE b.account_id = bill_faults.account_id);
UPDATE bill_runs SET state = 'finished', finished_at = coalesce(finished_at, started_at);
DELETE FROM jobs WHERE kind = 'bill-batch';
