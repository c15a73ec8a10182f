//! Tells holders that their bills are ready, once each (BIL-1). It goes over the bills after a number a batch at a time; stopped
//! anywhere, it goes on where it was, for who was told is written with the letters. An account's billing contact gets a copy (PRO-2).

use accounts::{Grant, Right};
use db::{Db, DbErr, FromQueryResult};
use jiff::tz::TimeZone;
use kernel::{AccountId, LoginId, Moment};
use messages::Sender;
use vault::Vault;
use web::Texts;

use crate::Provider;
use crate::letters::{Desk, LetterError, ReadyBill};

const BATCH: i64 = 100;

#[derive(Clone, FromQueryResult)]
struct Untold {
    account_id: AccountId,
    number: String,
    login_id: LoginId,
    bill: i64,
    /// Whether the account has a billing contact of its own (PRO-2).
    contacts: i64,
    held_since: Option<Moment>,
}

/// What letters are written with, where no site is served.
pub struct Told<'a> {
    pub texts: &'a Texts,
    pub sender: &'a Sender,
    pub provider: &'a Provider,
    pub public_url: &'a str,
    pub zone: &'a TimeZone,
    /// Whether a claim waits for its confirmation (SGN-2).
    pub claims_wait: bool,
}

/// Tells of the bills with numbers above `after`; gives how many letters were written.
///
/// # Errors
/// When the database cannot be used, or something sealed cannot be opened.
pub async fn tell_of_bills(
    db: &Db,
    vault: &Vault,
    with: &Told<'_>,
    mut after: i64,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let desk = Desk::with(db, vault, with);
    let mut told = 0;
    loop {
        let batch = untold(db, after).await?;
        let Some(last) = batch.last() else { return Ok(told) };
        after = last.bill;
        let mut ready = Vec::with_capacity(batch.len());
        for one in &batch {
            ready.extend(ready_bill(db, vault, one).await?);
        }
        told += write(db, &desk, &ready).await?;
    }
}

async fn untold(db: &Db, after: i64) -> Result<Vec<Untold>, DbErr> {
    let sql = "SELECT b.account_id, a.number, m.login_id, b.number AS bill, a.held_since,
                   (SELECT count(*) FROM contacts c WHERE c.account_id = b.account_id AND c.kind = 'billing'
                        AND c.service_id IS NULL AND c.ended_at IS NULL) AS contacts
               FROM bills b CROSS JOIN memberships m CROSS JOIN accounts a
               WHERE b.number > $1 AND m.account_id = b.account_id AND a.id = b.account_id AND m.role = 'holder' AND m.ended_at IS NULL
                   AND NOT EXISTS (SELECT 1 FROM bill_notices n WHERE n.account_id = b.account_id AND n.bill = b.number)
               ORDER BY b.number LIMIT $2";
    db::query(db.reader(), sql, [after.into(), BATCH.into()]).await
}

async fn ready_bill(db: &Db, vault: &Vault, one: &Untold) -> Result<Option<ReadyBill>, vault::VaultError> {
    // A former holder's bill is none of who holds the account now (PRO-1).
    let grant = Grant::of_the_provider(one.account_id, &one.number, Right::SeeBills).as_held(one.held_since);
    let view = accounts::account_view(db.reader(), vault, &grant).await?;
    let login = identity::find_login(db.reader(), vault, one.login_id).await?;
    let billed = billing::list_bills(db, &grant).await?;
    let bill = billed.bills.iter().find(|bill| bill.number == one.bill).cloned();
    Ok(match (view, login, bill) {
        (Some(mut view), Some(login), Some(bill)) => {
            // The address may be a stranger's until somebody has confirmed it.
            view.name = view.name.filter(|_| login.email_confirmed);
            let (left, balance) = (billed.left(&bill), billed.reckoning.balance);
            let copy = match one.contacts {
                0 => None,
                _ => accounts::billing_contact(db.reader(), vault, &grant).await?,
            };
            Some(ReadyBill { to: login.email, language: login.language, view, bill, left, balance, copy })
        }
        _ => None,
    })
}

async fn write(db: &Db, desk: &Desk<'_>, ready: &[ReadyBill]) -> Result<u64, LetterError> {
    db.write(async |tx| {
        let mut first = Vec::new();
        for bill in ready {
            let sql = "INSERT INTO bill_notices (account_id, bill, told_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            let values = [bill.view.id.into(), bill.bill.number.into(), db.world().now().into()];
            if db::execute(tx, sql, values).await? == 1 {
                first.push(bill);
            }
        }
        let count = first.len() as u64;
        desk.bills_ready(tx, &first).await?;
        Ok::<_, LetterError>(count)
    })
    .await
}
