-- Issued documents. A row never changes; a correction is a new document.
CREATE TABLE bills (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    -- Without gaps over all accounts.
    number bigint NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('monthly')),
    -- The first day of the billing month.
    month date NOT NULL,
    period_from date NOT NULL,
    period_until date NOT NULL,
    issued_on date NOT NULL,
    due_on date NOT NULL,
    currency text NOT NULL,
    -- Cents; see billing::Figures.
    service_charges bigint NOT NULL,
    add_ons bigint NOT NULL,
    gst bigint NOT NULL,
    hst bigint NOT NULL,
    qst bigint NOT NULL,
    pst bigint NOT NULL,
    vat bigint NOT NULL,
    fees bigint NOT NULL,
    previous_balance bigint NOT NULL,
    payments bigint NOT NULL,
    current_charges bigint NOT NULL,
    total_due bigint NOT NULL,
    -- What it knew: the account's version, and the versions of what it was computed with.
    cutoff bigint NOT NULL,
    catalogue_version integer NOT NULL,
    taxes_version integer NOT NULL,
    rules_version integer NOT NULL,
    -- Its lines, as JSON of this schema.
    schema smallint NOT NULL,
    content text NOT NULL,
    issued_at {moment} NOT NULL,
    PRIMARY KEY (account_id, number)
);
-- Once a month and account, whoever runs it. By month first: a run appends to its end.
CREATE UNIQUE INDEX bills_once_a_month ON bills (month, account_id) WHERE kind = 'monthly';

CREATE TABLE ledger_entries (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    id {uuid} NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    bill bigint,
    effective_on date NOT NULL,
    reason text,
    author text NOT NULL,
    recorded_at {moment} NOT NULL,
    PRIMARY KEY (account_id, id)
) {clustered};

CREATE TABLE ledger_postings (
    account_id {uuid} NOT NULL,
    entry_id {uuid} NOT NULL,
    place smallint NOT NULL,
    debit text NOT NULL,
    credit text NOT NULL,
    region text,
    amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (account_id, entry_id, place),
    CHECK (debit <> credit)
) {clustered};

CREATE TABLE bill_runs (
    month date NOT NULL PRIMARY KEY,
    id {uuid} NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'finished')),
    accounts bigint NOT NULL,
    done bigint NOT NULL,
    issued bigint NOT NULL,
    charged bigint NOT NULL,
    started_at {moment} NOT NULL,
    finished_at {moment}
);

-- Accounts that could not be billed, each with the reason, until they are.
CREATE TABLE bill_faults (
    account_id {uuid} NOT NULL REFERENCES accounts (id),
    month date NOT NULL,
    reason text NOT NULL,
    found_at {moment} NOT NULL,
    PRIMARY KEY (account_id, month)
);
CREATE INDEX bill_faults_by_month ON bill_faults (month, account_id);

-- Numbers without gaps: taken and used in one transaction.
CREATE TABLE counters (
    name text NOT NULL PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO counters (name, value) VALUES ('bill', 0);
--{sqlite}
CREATE TRIGGER bills_keep BEFORE UPDATE ON bills BEGIN SELECT RAISE(ABORT, 'guichet: bills is append-only'); END;
CREATE TRIGGER bills_stay BEFORE DELETE ON bills BEGIN SELECT RAISE(ABORT, 'guichet: bills is append-only'); END;
CREATE TRIGGER ledger_entries_keep BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'guichet: ledger_entries is append-only'); END;
CREATE TRIGGER ledger_entries_stay BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'guichet: ledger_entries is append-only'); END;
CREATE TRIGGER ledger_postings_keep BEFORE UPDATE ON ledger_postings BEGIN SELECT RAISE(ABORT, 'guichet: ledger_postings is append-only'); END;
CREATE TRIGGER ledger_postings_stay BEFORE DELETE ON ledger_postings BEGIN SELECT RAISE(ABORT, 'guichet: ledger_postings is append-only'); END;
--{postgres}
CREATE TRIGGER bills_keep BEFORE UPDATE OR DELETE ON bills FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER ledger_entries_keep BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
CREATE TRIGGER ledger_postings_keep BEFORE UPDATE OR DELETE ON ledger_postings FOR EACH ROW EXECUTE FUNCTION guichet_append_only();
--{both}
