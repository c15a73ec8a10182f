use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{AccountId, Amount, EntryId, LoginId, Moment, PaymentId, RefundId};
use sea_orm::ConnectionTrait;

use super::unknown;
use crate::model::RefundState;
use crate::payment::{Refund, author_of};

#[derive(FromQueryResult)]
struct Row {
    id: RefundId,
    payment_id: PaymentId,
    account_id: AccountId,
    amount: Amount,
    reason: String,
    login_id: Option<LoginId>,
    state: String,
    reference: Option<String>,
    begun_at: Moment,
    sent_at: Option<Moment>,
    settled_at: Option<Moment>,
    entry_id: Option<EntryId>,
}

const COLUMNS: &str = "id, payment_id, account_id, amount, reason, login_id, state, reference, begun_at, sent_at,
    settled_at, entry_id";

impl Row {
    fn refund(self) -> Result<Refund, DbErr> {
        Ok(Refund {
            id: self.id,
            payment: self.payment_id,
            account: self.account_id,
            amount: self.amount,
            reason: self.reason,
            login: self.login_id,
            state: RefundState::from_code(&self.state).ok_or_else(|| unknown("state of a refund", &self.state))?,
            reference: self.reference,
            begun_at: self.begun_at,
            sent_at: self.sent_at,
            settled_at: self.settled_at,
            entry: self.entry_id,
        })
    }
}

/// Sets an amount of a payment aside to be given back. `false`: so much is not left of it.
pub(crate) async fn reserve(tx: &Tx, payment: PaymentId, amount: Amount) -> Result<bool, DbErr> {
    let sql = "UPDATE payments SET refunded = refunded + $1
               WHERE id = $2 AND state = 'succeeded' AND refunded + $1 <= amount";
    Ok(db::execute(tx, sql, [amount.into(), payment.into()]).await? == 1)
}

/// Undoes [`reserve`] for money that did not go back.
pub(crate) async fn unreserve(tx: &Tx, payment: PaymentId, amount: Amount) -> Result<(), DbErr> {
    let sql = "UPDATE payments SET refunded = refunded - $1 WHERE id = $2";
    db::execute(tx, sql, [amount.into(), payment.into()]).await.map(|_| ())
}

pub(crate) async fn insert_refund(tx: &Tx, refund: &Refund, key: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO payment_refunds (id, payment_id, account_id, key, amount, reason, author, login_id, state,
                   begun_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = [
        refund.id.into(),
        refund.payment.into(),
        refund.account.into(),
        key.into(),
        refund.amount.into(),
        refund.reason.as_str().into(),
        author_of(refund.login).code().into(),
        refund.login.into(),
        refund.state.code().into(),
        refund.begun_at.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

fn one(row: Option<Row>) -> Result<Option<Refund>, DbErr> {
    row.map(Row::refund).transpose()
}

pub(crate) async fn refund(on: &impl ConnectionTrait, id: RefundId) -> Result<Option<Refund>, DbErr> {
    one(db::query_one(on, &format!("SELECT {COLUMNS} FROM payment_refunds WHERE id = $1"), [id.into()]).await?)
}

/// As [`refund`]; nobody else changes it until the transaction ends.
pub(crate) async fn hold_refund(db: &Db, tx: &Tx, id: RefundId) -> Result<Option<Refund>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payment_refunds WHERE id = $1{}", db.engine().for_update());
    one(db::query_one(tx, &sql, [id.into()]).await?)
}

pub(crate) async fn refund_of_key(
    on: &impl ConnectionTrait,
    payment: PaymentId,
    key: &str,
) -> Result<Option<Refund>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payment_refunds WHERE payment_id = $1 AND key = $2");
    one(db::query_one(on, &sql, [payment.into(), key.into()]).await?)
}

pub(crate) async fn refund_of_reference(
    on: &impl ConnectionTrait,
    gateway: &str,
    reference: &str,
) -> Result<Option<RefundId>, DbErr> {
    let sql = "SELECT r.id FROM payment_refunds r JOIN payments p ON p.id = r.payment_id
               WHERE r.reference = $1 AND p.gateway = $2";
    db::scalar(on, sql, [reference.into(), gateway.into()]).await
}

/// The refunds of an account's payments, newest first, `most` of them at most; of one payment where it is given.
pub(crate) async fn refunds_of_account(
    on: &impl ConnectionTrait,
    account: AccountId,
    payment: Option<PaymentId>,
    most: u32,
) -> Result<Vec<Refund>, DbErr> {
    let filter = if payment.is_some() { "AND payment_id = $2" } else { "AND payment_id <> $2" };
    let sql = format!(
        "SELECT {COLUMNS} FROM payment_refunds WHERE account_id = $1 {filter} ORDER BY begun_at DESC, id DESC LIMIT $3"
    );
    let values = [account.into(), payment.unwrap_or(PaymentId::FIRST).into(), i64::from(most).into()];
    db::query::<Row>(on, &sql, values).await?.into_iter().map(Row::refund).collect()
}

/// The refunds of an account that the ledger has: each entry, and that of the payment of which money went back.
pub(crate) async fn refund_links(
    on: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<(EntryId, EntryId)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Link {
        refund: EntryId,
        payment: EntryId,
    }
    let sql = "SELECT r.entry_id AS refund, p.entry_id AS payment FROM payment_refunds r JOIN payments p ON p.id = r.payment_id
               WHERE r.account_id = $1 AND r.entry_id IS NOT NULL AND p.entry_id IS NOT NULL";
    let links: Vec<Link> = db::query(on, sql, [account.into()]).await?;
    Ok(links.into_iter().map(|link| (link.refund, link.payment)).collect())
}

/// Takes it upon the caller to send a refund that was last sent at `sent_at`. `false`: somebody else has.
pub(crate) async fn claim_sending(tx: &Tx, id: RefundId, sent_at: Option<Moment>, now: Moment) -> Result<bool, DbErr> {
    let changed = match sent_at {
        None => {
            let sql = "UPDATE payment_refunds SET state = 'sending', sent_at = $1 WHERE id = $2 AND state = 'begun'";
            db::execute(tx, sql, [now.into(), id.into()]).await?
        }
        Some(before) => {
            let sql = "UPDATE payment_refunds SET sent_at = $1 WHERE id = $2 AND state = 'sending' AND sent_at = $3";
            db::execute(tx, sql, [now.into(), id.into(), before.into()]).await?
        }
    };
    Ok(changed == 1)
}

/// Keeps what a refund has become.
pub(crate) async fn move_refund(
    tx: &Tx,
    id: RefundId,
    state: RefundState,
    reference: Option<&str>,
    (entry, now): (Option<EntryId>, Moment),
) -> Result<(), DbErr> {
    let sql =
        "UPDATE payment_refunds SET state = $1, reference = coalesce($2, reference), settled_at = $3, entry_id = $4
               WHERE id = $5";
    let settled_at = state.is_final().then_some(now);
    let values = [state.code().into(), reference.into(), settled_at.into(), entry.into(), id.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}
