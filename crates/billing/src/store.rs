//! All queries on bills and runs.

use db::{Db, DbErr, Rows, Tx};
use kernel::{AccountId, Amount, Currency, Day, Moment, Month, RunId, Span};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;

use crate::bill::{Draft, Previous, Reference};
use crate::line::{Content, Line, SCHEMA};
use crate::rules::Figures;

/// An issued bill as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, Serialize)]
pub struct StoredBill {
    pub account_id: AccountId,
    /// Not in the digest: the audit event names it beside, so that everything else is ready before it is taken.
    #[serde(skip)]
    pub number: i64,
    pub kind: String,
    pub month: Day,
    pub period_from: Day,
    pub period_until: Day,
    pub issued_on: Day,
    pub due_on: Day,
    pub currency: Currency,
    pub service_charges: Amount,
    pub add_ons: Amount,
    pub gst: Amount,
    pub hst: Amount,
    pub qst: Amount,
    pub pst: Amount,
    pub vat: Amount,
    pub fees: Amount,
    pub previous_balance: Amount,
    pub payments: Amount,
    pub current_charges: Amount,
    pub total_due: Amount,
    pub cutoff: i64,
    pub catalogue_version: i32,
    pub taxes_version: i32,
    pub rules_version: i32,
    pub schema: i16,
    /// Apart from the rest in the digest and in comparisons, for it is long.
    #[serde(skip)]
    pub content: String,
    pub issued_at: Moment,
}

db::row!(StoredBill {
    account_id,
    number,
    kind,
    month,
    period_from,
    period_until,
    issued_on,
    due_on,
    currency,
    service_charges,
    add_ons,
    gst,
    hst,
    qst,
    pst,
    vat,
    fees,
    previous_balance,
    payments,
    current_charges,
    total_due,
    cutoff,
    catalogue_version,
    taxes_version,
    rules_version,
    schema,
    content,
    issued_at
});

pub(crate) const BILL_COLUMNS: &str =
    "account_id, number, kind, month, period_from, period_until, issued_on, due_on, currency,
    service_charges, add_ons, gst, hst, qst, pst, vat, fees, previous_balance, payments, current_charges, total_due,
    cutoff, catalogue_version, taxes_version, rules_version, schema, content, issued_at";

impl StoredBill {
    /// A draft with its number, as it will be kept.
    pub(crate) fn of(
        (account_id, currency): (AccountId, Currency),
        number: i64,
        month: Month,
        cutoff: i64,
        (draft, issued_at): (&Draft, Moment),
        reference: &Reference,
    ) -> Self {
        let Figures {
            service_charges,
            add_ons,
            gst,
            hst,
            qst,
            pst,
            vat,
            fees,
            previous_balance,
            payments,
            current_charges,
            total_due,
        } = draft.figures;
        Self {
            account_id,
            number,
            kind: "monthly".to_owned(),
            month: month.first_day(),
            period_from: draft.period.from,
            period_until: draft.period.until,
            issued_on: draft.issued_on,
            due_on: draft.due_on,
            currency,
            service_charges,
            add_ons,
            gst,
            hst,
            qst,
            pst,
            vat,
            fees,
            previous_balance,
            payments,
            current_charges,
            total_due,
            cutoff,
            catalogue_version: reference.catalogue_version,
            taxes_version: reference.taxes_version,
            rules_version: reference.rules_version,
            schema: SCHEMA,
            content: serde_json::to_string(&draft.content).unwrap_or_default(),
            issued_at,
        }
    }

    /// What the bill says line by line; `None` when it is not of a schema that this program knows.
    pub fn content(&self) -> Option<Content> {
        if self.schema == SCHEMA { serde_json::from_str(&self.content).ok() } else { None }
    }

    pub fn as_previous(&self) -> Previous {
        Previous {
            number: self.number,
            month: self.month.month(),
            total_due: self.total_due,
            cutoff: self.cutoff,
            period: Span { from: self.period_from, until: self.period_until },
        }
    }

    /// What the audit log keeps of a bill, so that a changed one is found.
    pub fn digest(&self) -> String {
        crate::digest_with(self, &self.content)
    }
}

/// Bills to be inserted together.
#[derive(Clone)]
pub(crate) struct BillRows(Rows);

impl Default for BillRows {
    fn default() -> Self {
        let columns = &[
            "account_id",
            "number",
            "kind",
            "month",
            "period_from",
            "period_until",
            "issued_on",
            "due_on",
            "currency",
            "service_charges",
            "add_ons",
            "gst",
            "hst",
            "qst",
            "pst",
            "vat",
            "fees",
            "previous_balance",
            "payments",
            "current_charges",
            "total_due",
            "cutoff",
            "catalogue_version",
            "taxes_version",
            "rules_version",
            "schema",
            "content",
            "issued_at",
        ];
        Self(Rows::new("bills", columns))
    }
}

impl BillRows {
    pub(crate) fn add(&mut self, bill: StoredBill) {
        self.0.push([
            bill.account_id.into(),
            bill.number.into(),
            bill.kind.into(),
            bill.month.into(),
            bill.period_from.into(),
            bill.period_until.into(),
            bill.issued_on.into(),
            bill.due_on.into(),
            bill.currency.into(),
            bill.service_charges.into(),
            bill.add_ons.into(),
            bill.gst.into(),
            bill.hst.into(),
            bill.qst.into(),
            bill.pst.into(),
            bill.vat.into(),
            bill.fees.into(),
            bill.previous_balance.into(),
            bill.payments.into(),
            bill.current_charges.into(),
            bill.total_due.into(),
            bill.cutoff.into(),
            bill.catalogue_version.into(),
            bill.taxes_version.into(),
            bill.rules_version.into(),
            bill.schema.into(),
            bill.content.into(),
            bill.issued_at.into(),
        ]);
    }

    /// Numbers the bills in the order in which they were added.
    pub(crate) fn number(&mut self, first: i64) {
        for (row, number) in (0..self.0.len()).zip(first..) {
            self.0.set(row, "number", number.into());
        }
    }

    pub(crate) async fn insert(self, tx: &Tx) -> Result<(), DbErr> {
        self.0.insert(tx).await
    }
}

/// All bills of the accounts from `after` (excluded) to `to`, by account and number.
///
/// # Errors
/// When the database cannot be read.
pub async fn bills_of_range(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
) -> Result<Vec<StoredBill>, DbErr> {
    let sql = format!(
        "SELECT {BILL_COLUMNS} FROM bills WHERE account_id > $1 AND account_id <= $2 ORDER BY account_id, number"
    );
    db::query(on, &sql, [after.into(), to.into()]).await
}

#[derive(FromQueryResult)]
struct PreviousRow {
    account_id: AccountId,
    number: i64,
    month: Day,
    total_due: Amount,
    cutoff: i64,
    period_from: Day,
    period_until: Day,
}

/// The last bill of each account from `after` (excluded) to `to` that has one, by account.
pub(crate) async fn previous_of_range(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
) -> Result<Vec<(AccountId, Previous)>, DbErr> {
    let sql = "SELECT b.account_id, b.number, b.month, b.total_due, b.cutoff, b.period_from, b.period_until
               FROM accounts a CROSS JOIN bills b
               WHERE a.id > $1 AND a.id <= $2 AND b.account_id = a.id
                   AND b.number = (SELECT max(number) FROM bills last WHERE last.account_id = a.id)
               ORDER BY a.id";
    let rows: Vec<PreviousRow> = db::query(on, sql, [after.into(), to.into()]).await?;
    let read = rows.into_iter().map(|row| {
        let period = Span { from: row.period_from, until: row.period_until };
        let month = row.month.month();
        let previous = Previous { number: row.number, month, total_due: row.total_due, cutoff: row.cutoff, period };
        (row.account_id, previous)
    });
    Ok(read.collect())
}

/// The lines of an account's bills that may be about days from `from` on. A bill's lines are about its own period or
/// earlier days, so a bill whose period ended before cannot have any.
pub(crate) async fn lines_since(on: &impl ConnectionTrait, account: AccountId, from: Day) -> Result<Vec<Line>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        number: i64,
        content: String,
    }
    let sql = "SELECT number, content FROM bills WHERE account_id = $1 AND period_until > $2 ORDER BY number";
    let mut lines = Vec::new();
    for row in db::query::<Row>(on, sql, [account.into(), from.into()]).await? {
        let content: Content = serde_json::from_str(&row.content)
            .map_err(|error| DbErr::Type(format!("the lines of bill {}: {error}", row.number)))?;
        lines.extend(content.lines);
    }
    Ok(lines)
}

/// The day up to which (excluded) some account is billed; none before the first bill.
///
/// # Errors
/// When the database cannot be read.
pub async fn billed_until(on: &impl ConnectionTrait) -> Result<Option<Day>, DbErr> {
    // The month of the last run that issued anything: all its periods end in the month after it, on its latest cycle day.
    let sql = "SELECT max(period_until) FROM bills WHERE month = (SELECT max(month) FROM bill_runs WHERE issued > 0)";
    Ok(db::scalar::<Option<Day>>(on, sql, []).await?.flatten())
}

/// Takes `count` bill numbers and gives the first; nobody else takes numbers until this transaction ends.
pub(crate) async fn take_numbers(tx: &Tx, count: i64) -> Result<i64, DbErr> {
    let sql = "UPDATE counters SET value = value + $1 WHERE name = 'bill' RETURNING value";
    let last: Option<i64> = db::scalar(tx, sql, [count.into()]).await?;
    let no_counter = || DbErr::RecordNotFound("the counter of bill numbers".to_owned());
    Ok(last.ok_or_else(no_counter)? - count + 1)
}

/// A run of a month.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct RunRow {
    pub(crate) id: RunId,
    pub(crate) state: String,
    pub(crate) accounts: i64,
    pub(crate) done: i64,
    pub(crate) issued: i64,
    pub(crate) charged: Amount,
}

pub(crate) async fn find_run(on: &impl ConnectionTrait, month: Month) -> Result<Option<RunRow>, DbErr> {
    let sql = "SELECT id, state, accounts, done, issued, charged FROM bill_runs WHERE month = $1";
    db::query_one(on, sql, [month.first_day().into()]).await
}

/// Another month whose run is under way.
pub(crate) async fn other_running(tx: &Tx, month: Month) -> Result<Option<Month>, DbErr> {
    let sql = "SELECT month FROM bill_runs WHERE state = 'running' AND month <> $1 ORDER BY month LIMIT 1";
    Ok(db::scalar::<Day>(tx, sql, [month.first_day().into()]).await?.map(Day::month))
}

/// Begins a run, or begins a finished one again; `false` when it is under way already.
pub(crate) async fn begin_run(db: &Db, tx: &Tx, month: Month, accounts: i64) -> Result<Option<RunId>, DbErr> {
    let (id, now): (RunId, Moment) = (db.world().id(), db.world().now());
    let sql = "INSERT INTO bill_runs (month, id, state, accounts, done, issued, charged, started_at)
               VALUES ($1, $2, 'running', $3, 0, 0, 0, $4)
               ON CONFLICT (month) DO UPDATE SET state = 'running', id = $2, accounts = $3, done = 0, finished_at = NULL
                   WHERE bill_runs.state = 'finished'";
    let begun = db::execute(tx, sql, [month.first_day().into(), id.into(), accounts.into(), now.into()]).await?;
    Ok((begun == 1).then_some(id))
}

/// Notes what a batch did.
pub(crate) async fn count_batch(
    tx: &Tx,
    month: Month,
    accounts: i64,
    issued: i64,
    charged: Amount,
) -> Result<(), DbErr> {
    let sql = "UPDATE bill_runs SET done = done + $1, issued = issued + $2, charged = charged + $3 WHERE month = $4";
    db::execute(tx, sql, [accounts.into(), issued.into(), charged.into(), month.first_day().into()]).await.map(|_| ())
}

pub(crate) async fn finish_run(db: &Db, tx: &Tx, month: Month) -> Result<bool, DbErr> {
    let sql = "UPDATE bill_runs SET state = 'finished', finished_at = $1 WHERE month = $2 AND state = 'running'";
    Ok(db::execute(tx, sql, [db.world().now().into(), month.first_day().into()]).await? == 1)
}

/// How many accounts there are, and where batches of `size` of them end: found batch by batch, so that neither engine sorts
/// or keeps all of them.
pub(crate) async fn batch_ends(on: &impl ConnectionTrait, size: i64) -> Result<(i64, Vec<AccountId>), DbErr> {
    let count: i64 = db::scalar(on, "SELECT count(*) FROM accounts", []).await?.unwrap_or(0);
    let mut ends = Vec::new();
    let mut after = AccountId::FIRST;
    while let Some(end) = end_of_batch(on, after, size).await? {
        ends.push(end);
        after = end;
    }
    // The last batch has no end: it goes on to whatever account comes next.
    ends.pop();
    Ok((count, ends))
}

/// The first day that Guichet bills for any account.
pub(crate) async fn first_billed_day(on: &impl ConnectionTrait) -> Result<Option<Day>, DbErr> {
    Ok(db::scalar::<Option<Day>>(on, "SELECT min(billed_from) FROM accounts", []).await?.flatten())
}

/// Replaces what is noted of faulty accounts in a range for a month.
pub(crate) async fn note_faults(
    db: &Db,
    tx: &Tx,
    month: Month,
    (after, to): (AccountId, AccountId),
    faults: &[(AccountId, String)],
) -> Result<(), DbErr> {
    let sql = "DELETE FROM bill_faults WHERE month = $1 AND account_id > $2 AND account_id <= $3";
    db::execute(tx, sql, [month.first_day().into(), after.into(), to.into()]).await?;
    let mut rows = Rows::new("bill_faults", &["account_id", "month", "reason", "found_at"]);
    for (account, reason) in faults {
        rows.push([(*account).into(), month.first_day().into(), reason.as_str().into(), db.world().now().into()]);
    }
    rows.insert(tx).await
}

/// An account that could not be billed.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct FaultyAccount {
    pub number: String,
    pub external_id: Option<String>,
    pub reason: String,
}

/// The accounts set aside in a month's run, at most `most` of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn faults_of_month(on: &impl ConnectionTrait, month: Month, most: i64) -> Result<Vec<FaultyAccount>, DbErr> {
    let sql = "SELECT a.number, a.external_id, f.reason FROM bill_faults f JOIN accounts a ON a.id = f.account_id
               WHERE f.month = $1 ORDER BY f.account_id LIMIT $2";
    db::query(on, sql, [month.first_day().into(), most.into()]).await
}

/// Where the next batch of accounts after one ends; none when no account comes after.
pub(crate) async fn end_of_batch(
    on: &impl ConnectionTrait,
    after: AccountId,
    size: i64,
) -> Result<Option<AccountId>, DbErr> {
    let sql = "SELECT max_id.id FROM (SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2) AS max_id ORDER BY id DESC LIMIT 1";
    db::scalar(on, sql, [after.into(), size.into()]).await
}
