//! Who left and is owed something (BIL-1): a list for the provider, who pays it back.

use db::{Db, DbErr, FromQueryResult};
use kernel::{AccountId, Amount, Day};
use sea_orm::ConnectionTrait;
use services::{Fact, Recorded, Timeline};

use crate::ledger::BALANCE;

const PAGE: i64 = 500;

/// An account without services that is in credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundDue {
    pub number: String,
    pub external_id: Option<String>,
    /// What it is owed today.
    pub amount: Amount,
    /// The bill that shows it, and its date.
    pub bill: i64,
    pub issued_on: Day,
}

#[derive(FromQueryResult)]
struct InFavour {
    account_id: AccountId,
    number: String,
    external_id: Option<String>,
    bill: i64,
    issued_on: Day,
    balance: Amount,
}

/// The accounts that have no service on a day or later, and whose newest bill, with a number above `after`, is in their favour, as
/// far as they still are.
///
/// # Errors
/// When the database cannot be read.
pub async fn refunds_due(db: &Db, day: Day, after: i64) -> Result<Vec<RefundDue>, DbErr> {
    let mut due = Vec::new();
    let mut last = AccountId::FIRST;
    loop {
        let page = in_favour(db.reader(), last, after).await?;
        let Some(end) = page.last() else { return Ok(due) };
        last = end.account_id;
        let owed: Vec<&InFavour> = page.iter().filter(|row| row.balance.is_negative()).collect();
        if owed.is_empty() {
            continue;
        }
        let ids: Vec<AccountId> = owed.iter().map(|row| row.account_id).collect();
        let mut facts = services::facts_of(db.reader(), &ids).await?.into_iter().peekable();
        for row in owed {
            let mut own = Vec::new();
            while let Some((_, fact)) = facts.next_if(|(account, _)| *account == row.account_id) {
                own.push(fact);
            }
            if !is_served(&own, day) {
                let InFavour { number, external_id, bill, issued_on, balance, .. } = row;
                let (number, external_id) = (number.clone(), external_id.clone());
                due.push(RefundDue { number, external_id, amount: -*balance, bill: *bill, issued_on: *issued_on });
            }
        }
    }
}

async fn in_favour(on: &impl ConnectionTrait, after: AccountId, number: i64) -> Result<Vec<InFavour>, DbErr> {
    let sql = format!(
        "SELECT b.account_id, a.number, a.external_id, b.number AS bill, b.issued_on,
             (SELECT {BALANCE} FROM ledger_postings p WHERE p.account_id = b.account_id) AS balance
         FROM bills b JOIN accounts a ON a.id = b.account_id
         WHERE b.total_due < 0 AND b.account_id > $1 AND b.number > $2
             AND NOT EXISTS (SELECT 1 FROM bills l WHERE l.account_id = b.account_id AND l.number > b.number)
         ORDER BY b.account_id LIMIT {PAGE}"
    );
    db::query(on, &sql, [after.into(), number.into()]).await
}

/// Whether there is a plan on a day or later.
fn is_served(facts: &[Recorded], day: Day) -> bool {
    let timeline = Timeline::new(facts, i64::MAX);
    let starts = facts.iter().filter(|recorded| matches!(recorded.fact, Fact::PlanStarted { .. }));
    let days: Vec<Day> = starts.map(|recorded| recorded.effective_on.max(day)).chain([day]).collect();
    timeline.services().iter().any(|service| days.iter().any(|day| service.plan(*day).is_some()))
}
