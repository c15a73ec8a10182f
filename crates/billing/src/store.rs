//! All queries on bills; those on runs are in `turns.rs`.

use std::collections::HashMap;

use db::{DbErr, Rows, Tx};
use kernel::{AccountId, Amount, Currency, Day, Moment, Month, Span};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;

use crate::bill::{Draft, PastBill, Previous, Reference};
use crate::line::{Content, SCHEMA};
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

/// The last bill of each of these accounts that has one.
pub(crate) async fn previous_of(
    on: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Previous>, DbErr> {
    let places: Vec<String> = (1..=accounts.len()).map(|number| format!("(${number})")).collect();
    // CROSS JOIN: SQLite then looks each wanted account up.
    let sql = format!(
        "WITH wanted(id) AS (VALUES {})
         SELECT b.account_id, b.number, b.month, b.total_due, b.cutoff, b.period_from, b.period_until
         FROM wanted CROSS JOIN bills b WHERE b.account_id = wanted.id
             AND b.number = (SELECT max(number) FROM bills last WHERE last.account_id = wanted.id)",
        places.join(",")
    );
    let rows: Vec<PreviousRow> = db::query(on, &sql, accounts.iter().map(|account| (*account).into())).await?;
    let read = rows.into_iter().map(|row| {
        let period = Span { from: row.period_from, until: row.period_until };
        let month = row.month.month();
        let previous = Previous { number: row.number, month, total_due: row.total_due, cutoff: row.cutoff, period };
        (row.account_id, previous)
    });
    Ok(read.collect())
}

/// An account's bills that may be about days from `from` on. A bill's lines are about its own period or earlier days, so a
/// bill whose period ended before cannot have any.
pub(crate) async fn bills_since(
    on: &impl ConnectionTrait,
    account: AccountId,
    from: Day,
) -> Result<Vec<PastBill>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        number: i64,
        content: String,
    }
    let sql = "SELECT number, content FROM bills WHERE account_id = $1 AND period_until > $2 ORDER BY number";
    let mut bills = Vec::new();
    for row in db::query::<Row>(on, sql, [account.into(), from.into()]).await? {
        let content: Content = serde_json::from_str(&row.content)
            .map_err(|error| DbErr::Type(format!("the lines of bill {}: {error}", row.number)))?;
        bills.push(PastBill { number: row.number, content });
    }
    Ok(bills)
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

/// The latest date of a bill, or a later day on which some were issued; none before the first bill.
///
/// # Errors
/// When the database cannot be read.
pub async fn issued_until(on: &impl ConnectionTrait) -> Result<Option<Day>, DbErr> {
    // A bill is dated the day of its run, or the first of its cycle where that comes later: such cycles begin in the month of
    // the last run or after it. Runs from before there were turns are known by their moment, which may be a day off.
    let rounds = "SELECT max(today) FROM bill_rounds WHERE issued > 0";
    let months = "SELECT max(started_at) FROM bill_runs WHERE issued > 0";
    let ran = match db::scalar::<Option<Day>>(on, rounds, []).await?.flatten() {
        Some(day) => day,
        None => match db::scalar::<Option<Moment>>(on, months, []).await?.flatten() {
            Some(moment) => Day::of_moment(moment),
            None => return Ok(None),
        },
    };
    let sql = "SELECT max(issued_on) FROM bills WHERE month >= $1";
    let dated = db::scalar::<Option<Day>>(on, sql, [ran.month().first_day().into()]).await?.flatten();
    Ok(Some(dated.map_or(ran, |dated| dated.max(ran))))
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
