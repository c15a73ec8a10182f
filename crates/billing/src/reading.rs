//! Issued bills as their people read them: lists, one bill, and how each stands.

use accounts::Grant;
use db::{DbErr, FromQueryResult};
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

/// The bills of an account, newest first, and what it owes. An account has some twelve a year, so all of them are one
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
         LEFT JOIN bills ON account_id = $1 ORDER BY number DESC"
    );
    let rows: Vec<Row> = db::query(on, &sql, [grant.account().into()]).await?;
    let balance = rows.first().map(|row| row.balance).unwrap_or_default();
    Ok((rows.into_iter().filter_map(|row| row.bill).collect(), balance))
}

/// A bill of the grant's account with the one just before it; none for another's, as for a number that no bill bears.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_bill(
    on: &impl ConnectionTrait,
    grant: &Grant,
    number: i64,
) -> Result<Option<(StoredBill, Option<StoredBill>)>, DbErr> {
    let sql =
        format!("SELECT {BILL_COLUMNS} FROM bills WHERE account_id = $1 AND number <= $2 ORDER BY number DESC LIMIT 2");
    let mut found = db::query::<StoredBill>(on, &sql, [grant.account().into(), number.into()]).await?.into_iter();
    let bill = found.next().filter(|bill| bill.number == number);
    Ok(bill.map(|bill| (bill, found.next())))
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
    let sql = format!("SELECT {BILL_COLUMNS} FROM bills WHERE account_id = $1 AND month = $2 AND kind = 'monthly'");
    db::query_one(on, &sql, [grant.account().into(), month.first_day().into()]).await
}

/// The bill of the same account just before one.
///
/// # Errors
/// When the database cannot be read.
pub async fn bill_before(on: &impl ConnectionTrait, grant: &Grant, number: i64) -> Result<Option<StoredBill>, DbErr> {
    let sql =
        format!("SELECT {BILL_COLUMNS} FROM bills WHERE account_id = $1 AND number < $2 ORDER BY number DESC LIMIT 1");
    db::query_one(on, &sql, [grant.account().into(), number.into()]).await
}

/// How the bills of [`list_bills`] stand, when the account owes `balance`.
pub fn standings(bills: &[BillRow], balance: Amount, today: Day) -> Vec<Standing> {
    let mut standings = Vec::with_capacity(bills.len());
    for (place, bill) in bills.iter().enumerate() {
        let left = match place.checked_sub(1).map(|newer| &bills[newer]) {
            // What the next bill brought forward.
            Some(newer) => newer.previous_balance + newer.payments,
            None => balance,
        };
        let owed = |amount: Amount| !amount.is_negative() && !amount.is_zero();
        standings.push(if !owed(bill.total_due) {
            Standing::Nothing
        } else if !owed(left) {
            Standing::Paid
        } else if place > 0 {
            Standing::Carried
        } else if bill.due_on < today {
            Standing::Overdue
        } else {
            Standing::Due
        });
    }
    for place in late_bills(bills, balance, today) {
        if standings[place] == Standing::Carried {
            standings[place] = Standing::Overdue;
        }
    }
    standings
}

/// What of the balance is on bills older than the newest, and so past its day while the newest is not.
pub fn late_amount(bills: &[BillRow], balance: Amount) -> Amount {
    let Some(newest) = bills.first().filter(|_| bills.len() > 1) else { return Amount::ZERO };
    let new = if newest.current_charges.is_negative() { Amount::ZERO } else { newest.current_charges };
    let late = balance - new;
    if late.is_negative() { Amount::ZERO } else { late }
}

/// The places of the older bills that the late part of the balance is on: payments pay the oldest first.
pub fn late_bills(bills: &[BillRow], balance: Amount, today: Day) -> Vec<usize> {
    let mut left = late_amount(bills, balance);
    let mut places = Vec::new();
    for (place, bill) in bills.iter().enumerate().skip(1) {
        if left.is_negative() || left.is_zero() {
            break;
        }
        if bill.due_on < today {
            places.push(place);
        }
        left -= bill.current_charges;
    }
    places
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
