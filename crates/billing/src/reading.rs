//! Issued bills as their people read them: lists and one bill, each with how it stands (`standing.rs`).

use accounts::Grant;
use db::{Db, DbErr, FromQueryResult};
use kernel::{Amount, Currency, Day, EntryId, Moment, Month, Span};
use sea_orm::ConnectionTrait;
use services::PriceEnd;

use crate::ledger::BALANCE;
use crate::standing::{Posted, Reckoning, Remainder, Standing};
use crate::store::{BILL_COLUMNS, StoredBill};
use crate::writing::price_rises;

/// A bill in a list.
#[derive(Clone, Debug)]
pub struct BillRow {
    pub number: i64,
    pub period_from: Day,
    pub period_until: Day,
    pub issued_on: Day,
    pub due_on: Day,
    pub currency: Currency,
    pub previous_balance: Amount,
    pub payments: Amount,
    pub current_charges: Amount,
    pub total_due: Amount,
}

impl BillRow {
    pub fn period(&self) -> Span {
        Span { from: self.period_from, until: self.period_until }
    }
}

/// The bills that a grant's reader may see, newest first, and how they stand.
#[derive(Clone, Debug, Default)]
pub struct Billed {
    pub bills: Vec<BillRow>,
    pub reckoning: Reckoning,
    posted: Vec<Posted>,
    since: Option<Moment>,
}

impl Billed {
    fn of(rows: Vec<LedgerRow>, since: Moment) -> Self {
        let mut bills: Vec<BillRow> =
            rows.iter().filter(|row| row.recorded_at >= since).filter_map(LedgerRow::bill).collect();
        bills.sort_by_key(|bill| std::cmp::Reverse(bill.number));
        let posted: Vec<Posted> = rows.into_iter().map(LedgerRow::posted).collect();
        Self { bills, reckoning: Reckoning::of(&posted, since), posted, since: Some(since) }
    }

    /// Where it is known of which entries some took back: each of them, with that entry.
    #[must_use]
    pub fn linked(mut self, links: &[(EntryId, EntryId)]) -> Self {
        for posted in &mut self.posted {
            posted.of = links.iter().find(|(back, _)| *back == posted.entry).map(|(_, of)| *of);
        }
        self.reckoning = Reckoning::of(&self.posted, self.since());
        self
    }

    /// As it was just after an entry: what was recorded later is not there.
    pub fn after(&self, entry: EntryId) -> Reckoning {
        let last = self.posted.iter().find(|posted| posted.entry == entry).map_or(i64::MAX, |posted| posted.version);
        // A bill bears the version of what it knew, and comes after it.
        let is_known = |posted: &&Posted| posted.version < last || posted.version == last && posted.bill.is_none();
        let known: Vec<Posted> = self.posted.iter().filter(is_known).cloned().collect();
        Reckoning::of(&known, self.since())
    }

    fn since(&self) -> Moment {
        self.since.unwrap_or(Moment::BEGINNING)
    }

    /// How a bill of them stands.
    pub fn standing(&self, bill: &BillRow, today: Day) -> Standing {
        self.reckoning.bill(bill.number).map_or(Standing::Nothing, |left| left.standing(bill.due_on, today))
    }

    /// What is left of a bill of them.
    pub fn left(&self, bill: &BillRow) -> Amount {
        self.reckoning.bill(bill.number).map_or(Amount::ZERO, |bill| bill.left)
    }

    /// The bills of which something is left, oldest first: what settles is for them in this order.
    pub fn open(&self) -> impl Iterator<Item = &BillRow> {
        self.bills.iter().rev().filter(|bill| self.left(bill) > Amount::ZERO)
    }

    /// Those of them that are late, oldest first.
    pub fn late(&self, today: Day) -> impl Iterator<Item = &BillRow> {
        self.open().filter(move |bill| bill.due_on < today)
    }

    /// What is left of those that are late.
    pub fn late_amount(&self, today: Day) -> Amount {
        self.late(today).map(|bill| self.left(bill)).sum()
    }

    /// How the whole account stands: by what is late, else by what is to be paid first, else by what it has.
    pub fn account_standing(&self, today: Day) -> Standing {
        let first = self.late(today).chain(self.open()).next();
        match (first, self.bills.first()) {
            (Some(bill), _) => self.standing(bill, today),
            (None, _) if self.reckoning.balance.is_negative() => Standing::InFavour,
            // A credit that was paid out since is none any more.
            (None, Some(newest)) if self.standing(newest, today) == Standing::Paid => Standing::Paid,
            (None, _) => Standing::Nothing,
        }
    }
}

/// An entry of an account's ledger, with the bill that it posts.
#[derive(FromQueryResult)]
struct LedgerRow {
    entry: EntryId,
    version: i64,
    kind: String,
    effective_on: Day,
    recorded_at: Moment,
    amount: Amount,
    number: Option<i64>,
    period_from: Option<Day>,
    period_until: Option<Day>,
    due_on: Option<Day>,
    currency: Option<Currency>,
    previous_balance: Option<Amount>,
    payments: Option<Amount>,
    current_charges: Option<Amount>,
    total_due: Option<Amount>,
}

db::row!(LedgerRow {
    entry,
    version,
    kind,
    effective_on,
    recorded_at,
    amount,
    number,
    period_from,
    period_until,
    due_on,
    currency,
    previous_balance,
    payments,
    current_charges,
    total_due
});

impl LedgerRow {
    fn bill(&self) -> Option<BillRow> {
        Some(BillRow {
            number: self.number?,
            period_from: self.period_from?,
            period_until: self.period_until?,
            issued_on: self.effective_on,
            due_on: self.due_on?,
            currency: self.currency?,
            previous_balance: self.previous_balance?,
            payments: self.payments?,
            current_charges: self.current_charges?,
            total_due: self.total_due?,
        })
    }

    fn posted(self) -> Posted {
        Posted {
            entry: self.entry,
            version: self.version,
            kind: self.kind,
            bill: self.number,
            on: self.effective_on,
            recorded_at: self.recorded_at,
            amount: self.amount,
            of: None,
        }
    }
}

/// One statement for all that a page says of an account, so that its figures are of one moment. An account has some twenty-five
/// entries a year. Of a bill only columns that stand before its long content are read.
fn ledger_sql() -> String {
    format!(
        "SELECT e.id AS entry, e.version, e.kind, e.effective_on, e.recorded_at,
             (SELECT {BALANCE} FROM ledger_postings p WHERE p.account_id = e.account_id AND p.entry_id = e.id) AS amount,
             b.number, b.period_from, b.period_until, b.due_on, b.currency, b.previous_balance, b.payments,
             b.current_charges, b.total_due
         FROM ledger_entries e LEFT JOIN bills b ON b.account_id = e.account_id AND b.number = e.bill
         WHERE e.account_id = $1"
    )
}

/// The bills of an account, newest first, and what it owes. As everywhere here, those that a former holder was sent are not
/// among them ([`Grant::since`], PRO-1).
///
/// # Errors
/// When the database cannot be read.
pub async fn list_bills(db: &Db, grant: &Grant) -> Result<Billed, DbErr> {
    Ok(Billed::of(db.keyed(&ledger_sql(), &[grant.account().into()]).await?, grant.since()))
}

/// As [`list_bills`], as a transaction sees them.
///
/// # Errors
/// When the database cannot be read.
pub async fn list_bills_in(on: &impl ConnectionTrait, grant: &Grant) -> Result<Billed, DbErr> {
    Ok(Billed::of(db::query(on, &ledger_sql(), [grant.account().into()]).await?, grant.since()))
}

/// A bill among its neighbours.
#[derive(Clone, Debug)]
pub struct FoundBill {
    pub bill: StoredBill,
    pub previous: Option<StoredBill>,
    /// All bills and how they stand.
    pub billed: Billed,
}

impl FoundBill {
    /// How the bill stands.
    pub fn standing(&self, today: Day) -> Standing {
        self.remainder().map_or(Standing::Nothing, |left| left.standing(self.bill.due_on, today))
    }

    /// What is left of it.
    pub fn remainder(&self) -> Option<&Remainder> {
        self.billed.reckoning.bill(self.bill.number)
    }

    /// The bill just after it.
    pub fn next(&self) -> Option<&BillRow> {
        self.billed.bills.iter().rfind(|bill| bill.number > self.bill.number)
    }
}

/// A bill of the grant's account with the ones just before and after it; none for another's, as for a number that no bill
/// bears.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_bill(db: &Db, grant: &Grant, number: i64) -> Result<Option<FoundBill>, DbErr> {
    let billed = list_bills(db, grant).await?;
    let Some(place) = billed.bills.iter().position(|bill| bill.number == number) else { return Ok(None) };
    let previous = billed.bills.get(place + 1).map_or(number, |bill| bill.number);
    let sql = format!(
        "SELECT {BILL_COLUMNS} FROM bills WHERE account_id = $1 AND number >= $2 AND number <= $3 ORDER BY number DESC"
    );
    let rows = db.keyed::<StoredBill>(&sql, &[grant.account().into(), previous.into(), number.into()]).await?;
    let mut rows = rows.into_iter();
    let Some(bill) = rows.next() else { return Ok(None) };
    Ok(Some(FoundBill { bill, previous: rows.next(), billed }))
}

/// How an entry that is no bill came about.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Way {
    pub entry: EntryId,
    /// The ledger account at the other side, as `cash:cheque`.
    pub account: String,
    pub reason: Option<String>,
}

db::row!(Way { entry, account, reason });

/// How the entries of an account that are no bills came about, since its reader holds it.
///
/// # Errors
/// When the database cannot be read.
pub async fn ways(db: &Db, grant: &Grant) -> Result<Vec<Way>, DbErr> {
    let sql =
        "SELECT e.id AS entry, CASE WHEN p.debit = 'receivable' THEN p.credit ELSE p.debit END AS account, e.reason
               FROM ledger_entries e CROSS JOIN ledger_postings p
               WHERE e.account_id = $1 AND e.bill IS NULL AND e.recorded_at >= $2
                   AND p.account_id = e.account_id AND p.entry_id = e.id AND p.place = 1";
    db.keyed(sql, &[grant.account().into(), grant.since().into()]).await
}

/// Whether a bill, as far as the account has it, is one that the grant's reader may see.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_theirs(db: &Db, grant: &Grant, number: i64) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM bills WHERE account_id = $1 AND number = $2 AND issued_at >= $3";
    // Where nobody held the account before, whatever bears the number is theirs, or is nothing.
    if grant.since() == Moment::BEGINNING {
        return Ok(true);
    }
    let values = [grant.account().into(), number.into(), grant.since().into()];
    Ok(db::scalar::<i64>(db.reader(), sql, values).await?.unwrap_or(0) > 0)
}

/// The ends of agreed prices that a bill's charges rose by; looked for only where some price rose.
///
/// # Errors
/// When the database cannot be read.
pub async fn price_ends(
    on: &impl ConnectionTrait,
    bill: &StoredBill,
    previous: Option<&StoredBill>,
) -> Result<Vec<PriceEnd>, DbErr> {
    // Where the charges are the same there is nothing to explain.
    let Some(previous) = previous.filter(|previous| previous.current_charges != bill.current_charges) else {
        return Ok(Vec::new());
    };
    let (Some(before), Some(now)) = (previous.content(), bill.content()) else { return Ok(Vec::new()) };
    let rises = price_rises(&before, &now);
    if rises.is_empty() {
        return Ok(Vec::new());
    }
    let span = (previous.period_from, bill.period_until);
    let mut ends = services::price_ends(on, bill.account_id, span, bill.cutoff).await?;
    ends.retain(|end| rises.contains(end));
    Ok(ends)
}

/// The bill of the grant's account for a month.
///
/// # Errors
/// When the database cannot be read.
pub async fn bill_of_month(
    on: &impl ConnectionTrait,
    grant: &Grant,
    month: Month,
) -> Result<Option<StoredBill>, DbErr> {
    let sql = format!(
        "SELECT {BILL_COLUMNS} FROM bills WHERE account_id = $1 AND month = $2 AND kind = 'monthly'
             AND issued_at >= $3"
    );
    db::query_one(on, &sql, [grant.account().into(), month.first_day().into(), grant.since().into()]).await
}

/// The bill of the same account just before one.
///
/// # Errors
/// When the database cannot be read.
pub async fn bill_before(on: &impl ConnectionTrait, grant: &Grant, number: i64) -> Result<Option<StoredBill>, DbErr> {
    let sql = format!(
        "SELECT {BILL_COLUMNS} FROM bills WHERE account_id = $1 AND number < $2 AND issued_at >= $3 ORDER BY number DESC LIMIT 1"
    );
    db::query_one(on, &sql, [grant.account().into(), number.into(), grant.since().into()]).await
}
