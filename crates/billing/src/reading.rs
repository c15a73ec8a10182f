//! Issued bills as their people read them: lists, one bill, and how each stands.

use accounts::Grant;
use db::{Db, DbErr, FromQueryResult};
use kernel::{Amount, Currency, Day, Month, Span};
use sea_orm::ConnectionTrait;

use crate::ledger::BALANCE;
use crate::store::{BILL_COLUMNS, StoredBill};

/// A bill in a list.
#[derive(Clone, Debug, FromQueryResult)]
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

/// How a bill stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Paid,
    /// Nothing was to pay: its total was nothing or a credit.
    Nothing,
    Due,
    Overdue,
    /// What was not paid of it stands on the next bill.
    Carried,
}

/// The bills of an account, newest first, and what it owes. As everywhere here, those that a former holder was sent are not
/// among them ([`Grant::since`], PRO-1). An account has some twelve a year, so all of them are one
/// page's reading.
///
/// # Errors
/// When the database cannot be read.
pub async fn list_bills(on: &impl ConnectionTrait, grant: &Grant) -> Result<(Vec<BillRow>, Amount), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        balance: Amount,
        #[sea_orm(nested)]
        bill: Option<BillRow>,
    }
    // A row without a bill where there are none, for the balance.
    let sql = format!(
        "SELECT owed.balance, number, period_from, period_until, issued_on, due_on, currency, previous_balance, payments,
             current_charges, total_due
         FROM (SELECT {BALANCE} AS balance FROM ledger_postings WHERE account_id = $1) owed
         LEFT JOIN bills ON account_id = $1 AND issued_at >= $2 ORDER BY number DESC"
    );
    let rows: Vec<Row> = db::query(on, &sql, [grant.account().into(), grant.since().into()]).await?;
    let balance = rows.first().map(|row| row.balance).unwrap_or_default();
    Ok((rows.into_iter().filter_map(|row| row.bill).collect(), balance))
}

/// A bill among its neighbours.
#[derive(Clone, Debug)]
pub struct FoundBill {
    pub bill: StoredBill,
    pub previous: Option<StoredBill>,
    pub next: Option<StoredBill>,
    /// What the account owes today.
    balance: Amount,
    /// What of that is on newer bills.
    newer_charges: Amount,
}

impl FoundBill {
    /// How the bill stands, as [`standings`] says it.
    pub fn standing(&self, today: Day) -> Standing {
        let carried = self.next.as_ref().map(|next| next.previous_balance + next.payments);
        let owed = Owed { left: carried.unwrap_or(self.balance), late: self.balance - self.newer_charges };
        standing((self.bill.total_due, self.bill.due_on), &owed, carried.is_some(), today)
    }
}

/// A bill of the grant's account with the ones just before and after it; none for another's, as for a number that no bill
/// bears.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_bill(db: &Db, grant: &Grant, number: i64) -> Result<Option<FoundBill>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        balance: Amount,
        newer_charges: Amount,
        #[sea_orm(nested)]
        bill: StoredBill,
    }
    db::row!(Row { balance, newer_charges; bill });
    // One statement, however many bills there are. A newest bill that is a credit is not late by it (late_amount).
    let sql = format!(
        "SELECT {BILL_COLUMNS},
             (SELECT {BALANCE} FROM ledger_postings WHERE account_id = $1) AS balance,
             (SELECT CAST(coalesce(sum(CASE WHEN current_charges < 0 AND NOT EXISTS (
                      SELECT 1 FROM bills later WHERE later.account_id = $1 AND later.number > newer.number)
                  THEN 0 ELSE current_charges END), 0) AS bigint)
              FROM bills newer WHERE account_id = $1 AND number > $2) AS newer_charges
         FROM bills WHERE account_id = $1 AND issued_at >= $3
             AND number <= coalesce((SELECT min(number) FROM bills WHERE account_id = $1 AND number > $2), $2)
         ORDER BY number DESC LIMIT 3"
    );
    let mut rows = db
        .keyed::<Row>(&sql, &[grant.account().into(), number.into(), grant.since().into()])
        .await?
        .into_iter()
        .peekable();
    let next = rows.next_if(|row| row.bill.number > number).map(|row| row.bill);
    let Some(found) = rows.next_if(|row| row.bill.number == number) else { return Ok(None) };
    let previous = rows.next().map(|row| row.bill);
    let (balance, newer_charges) = (found.balance, found.newer_charges);
    Ok(Some(FoundBill { bill: found.bill, previous, next, balance, newer_charges }))
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

fn is_owed(amount: Amount) -> bool {
    !amount.is_negative() && !amount.is_zero()
}

/// What is owed where a bill stands in the row of bills.
struct Owed {
    /// What the next bill brought forward; for the newest, the balance.
    left: Amount,
    /// The balance less what is on newer bills: payments pay the oldest first.
    late: Amount,
}

fn standing((total, due_on): (Amount, Day), owed: &Owed, has_next: bool, today: Day) -> Standing {
    let is_past = due_on < today;
    if !is_owed(total) {
        Standing::Nothing
    } else if !is_owed(owed.left) {
        Standing::Paid
    } else if !has_next {
        if is_past { Standing::Overdue } else { Standing::Due }
    } else if is_past && is_owed(owed.late) {
        Standing::Overdue
    } else {
        Standing::Carried
    }
}

/// How the bills of [`list_bills`] stand, when the account owes `balance`.
pub fn standings(bills: &[BillRow], balance: Amount, today: Day) -> Vec<Standing> {
    let late = late_by_bill(bills, balance);
    let of = |(place, bill): (usize, &BillRow)| {
        let next = place.checked_sub(1).map(|next| &bills[next]);
        let left = next.map_or(balance, |next| next.previous_balance + next.payments);
        standing((bill.total_due, bill.due_on), &Owed { left, late: late[place] }, next.is_some(), today)
    };
    bills.iter().enumerate().map(of).collect()
}

/// The balance less what is on newer bills, for each bill. A newest bill that is a credit takes nothing off.
fn late_by_bill(bills: &[BillRow], balance: Amount) -> Vec<Amount> {
    let mut left = balance;
    let mut late = Vec::with_capacity(bills.len());
    for (place, bill) in bills.iter().enumerate() {
        late.push(left);
        let is_credit = place == 0 && bill.current_charges.is_negative();
        left -= if is_credit { Amount::ZERO } else { bill.current_charges };
    }
    late
}

/// What an account that owes `balance` owes by each bill and those before it, as payments pay the oldest first.
pub fn owed_up_to(bills: &[BillRow], balance: Amount) -> Vec<Amount> {
    late_by_bill(bills, balance).into_iter().map(|owed| owed.max(Amount::ZERO)).collect()
}

/// What of the balance is on bills older than the newest, and so past its day while the newest is not.
pub fn late_amount(bills: &[BillRow], balance: Amount) -> Amount {
    let late = late_by_bill(bills, balance).get(1).copied().unwrap_or_default();
    if late.is_negative() { Amount::ZERO } else { late }
}

/// The places of the older bills that the late part of the balance is on: payments pay the oldest first.
pub fn late_bills(bills: &[BillRow], balance: Amount, today: Day) -> Vec<usize> {
    let late = late_by_bill(bills, balance);
    let is_late = |place: &usize| bills[*place].due_on < today && is_owed(late[*place]);
    (1..bills.len()).filter(is_late).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: i64, (previous, payments, total): (i64, i64, i64)) -> BillRow {
        let day = Day::constant(2026, 12, 1);
        BillRow {
            number,
            period_from: day,
            period_until: Day::constant(2027, 1, 1),
            issued_on: day,
            due_on: Day::constant(2026, 12, 22),
            currency: Currency::Cad,
            previous_balance: Amount::cents(previous),
            payments: Amount::cents(payments),
            current_charges: Amount::cents(total - previous - payments),
            total_due: Amount::cents(total),
        }
    }

    #[test]
    fn bil_4_a_bill_says_how_it_stands() {
        let bills =
            [row(4, (5000, 0, 10_000)), row(3, (5000, -5000, 5000)), row(2, (-200, 0, 5000)), row(1, (0, 0, -200))];
        let at = |balance, day| standings(&bills, Amount::cents(balance), day);
        use Standing::{Carried, Due, Nothing, Overdue, Paid};
        assert_eq!(at(10_000, Day::constant(2026, 12, 22)), [Due, Carried, Paid, Nothing], "all on the same day");
        assert_eq!(
            at(10_000, Day::constant(2026, 12, 23)),
            [Overdue, Overdue, Paid, Nothing],
            "half of it is on the bill before"
        );
        assert_eq!(
            at(5_000, Day::constant(2026, 12, 23)),
            [Overdue, Carried, Paid, Nothing],
            "the oldest was paid first"
        );
        assert_eq!(at(1, Day::constant(2026, 12, 23)), [Overdue, Carried, Paid, Nothing]);
        assert_eq!(at(0, Day::constant(2026, 12, 23)), [Paid, Carried, Paid, Nothing]);
    }
}
