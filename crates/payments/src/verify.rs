//! The proof that payments, refunds and the ledger say the same (BIL-6, PAY-5): each payment that charged has one entry of
//! its amount, each refund that was given one, and nothing else was ever posted to the cards' cash account.

use billing::Doubts;
use db::{Db, DbErr, FromQueryResult};
use kernel::{Amount, EntryId};
use uuid::Uuid;

use crate::CASH;

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Payments that charged.
    pub payments: u64,
    /// Refunds that were given.
    pub refunds: u64,
}

/// Rows of one kind, and how each is posted.
struct Kind {
    table: &'static str,
    /// As it is called in doubts, and in the ledger.
    name: &'static str,
    debit: &'static str,
    credit: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind { table: "payments", name: "payment", debit: CASH, credit: billing::RECEIVABLE },
    Kind { table: "payment_refunds", name: "refund", debit: billing::RECEIVABLE, credit: CASH },
];

/// Compares all payments and refunds with the ledger, and notes what differs.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify(db: &Db, doubts: &mut Doubts) -> Result<Compared, DbErr> {
    for kind in &KINDS {
        verify_rows(db, kind, doubts).await?;
    }
    verify_entries(db, doubts).await?;
    verify_given_back(db, doubts).await?;
    let mut counted = [0; 2];
    for (count, kind) in counted.iter_mut().zip(&KINDS) {
        let sql = format!("SELECT count(*) FROM {} WHERE state = 'succeeded'", kind.table);
        let found: i64 = db::scalar(db.reader(), &sql, []).await?.unwrap_or(0);
        *count = found.unsigned_abs();
    }
    let [payments, refunds] = counted;
    Ok(Compared { payments, refunds })
}

/// Each row that is over has one entry with one posting of its amount, on its own account.
async fn verify_rows(db: &Db, kind: &Kind, doubts: &mut Doubts) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        number: String,
        id: Uuid,
        amount: Amount,
        named: Option<EntryId>,
        found: Option<EntryId>,
    }
    let Kind { table, name, debit, credit } = kind;
    let sql = format!(
        "SELECT a.number, p.id, p.amount, p.entry_id AS named, e.id AS found
         FROM {table} p JOIN accounts a ON a.id = p.account_id
         LEFT JOIN ledger_entries e ON e.account_id = p.account_id AND e.id = p.entry_id
         WHERE (p.entry_id IS NOT NULL OR p.state = 'succeeded') AND (e.id IS NULL OR p.state <> 'succeeded' OR e.kind <> '{name}'
             OR NOT EXISTS (SELECT 1 FROM ledger_postings t WHERE t.account_id = e.account_id AND t.entry_id = e.id
                 AND t.debit = '{debit}' AND t.credit = '{credit}' AND t.amount = p.amount)
             OR 1 < (SELECT count(*) FROM ledger_postings t WHERE t.account_id = e.account_id AND t.entry_id = e.id))
         ORDER BY p.id"
    );
    for Row { number, id, amount, named, found } in db::query::<Row>(db.reader(), &sql, []).await? {
        let what = match (named, found) {
            (Some(entry), Some(_)) => format!("{name} {id} of {amount} is not what its ledger entry {entry} posts"),
            (Some(entry), None) => {
                format!("{name} {id} of {amount} names ledger entry {entry}, which the account has not")
            }
            (None, _) => format!("{name} {id} of {amount} has no ledger entry"),
        };
        doubts.note(&number, None, what);
    }
    Ok(())
}

/// Each entry on the cards' cash account is a payment's or a refund's.
async fn verify_entries(db: &Db, doubts: &mut Doubts) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        number: Option<String>,
        entry_id: EntryId,
    }
    let sql = "SELECT DISTINCT a.number, t.entry_id FROM ledger_postings t LEFT JOIN accounts a ON a.id = t.account_id
               WHERE (t.debit = $1 OR t.credit = $1)
                   AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.entry_id = t.entry_id AND p.account_id = t.account_id)
                   AND NOT EXISTS (SELECT 1 FROM payment_refunds r WHERE r.entry_id = t.entry_id AND r.account_id = t.account_id)
               ORDER BY t.entry_id";
    for Row { number, entry_id } in db::query::<Row>(db.reader(), sql, [CASH.into()]).await? {
        let what = format!("ledger entry {entry_id} posts to {CASH} and is no payment's and no refund's");
        doubts.note(number.as_deref().unwrap_or_default(), None, what);
    }
    Ok(())
}

/// What a payment says was given back of it is what its refunds say, and they are of its account.
async fn verify_given_back(db: &Db, doubts: &mut Doubts) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        number: String,
        id: Uuid,
        refunded: Amount,
        summed: Amount,
    }
    let of_payment =
        "FROM payment_refunds r WHERE r.payment_id = p.id AND r.account_id = p.account_id AND r.state <> 'failed'";
    let sql = format!(
        "SELECT a.number, p.id, p.refunded, (SELECT CAST(coalesce(sum(r.amount), 0) AS bigint) {of_payment}) AS summed
         FROM payments p JOIN accounts a ON a.id = p.account_id
         WHERE p.refunded <> (SELECT coalesce(sum(r.amount), 0) {of_payment})
             OR EXISTS (SELECT 1 FROM payment_refunds r WHERE r.payment_id = p.id AND r.account_id <> p.account_id)
         ORDER BY p.id"
    );
    for Row { number, id, refunded, summed } in db::query::<Row>(db.reader(), &sql, []).await? {
        doubts.note(
            &number,
            None,
            format!("of payment {id} {refunded} were given back, and its refunds are of {summed}"),
        );
    }
    Ok(())
}
