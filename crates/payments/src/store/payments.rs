use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{AccountId, Amount, Currency, EntryId, LoginId, Moment, PaymentId};
use sea_orm::ConnectionTrait;

use super::{facts, unknown};
use crate::gateway::{CardFacts, Decline, Intent, Status};
use crate::model::State;
use crate::payment::Payment;

#[derive(FromQueryResult)]
struct Row {
    id: PaymentId,
    account_id: AccountId,
    gateway: String,
    amount: Amount,
    currency: Currency,
    bills: String,
    method: String,
    keeps_card: i16,
    login_id: Option<LoginId>,
    state: String,
    intent: Option<String>,
    step_url: Option<String>,
    failure: Option<String>,
    brand: Option<String>,
    last4: Option<String>,
    exp_month: Option<i16>,
    exp_year: Option<i16>,
    begun_at: Moment,
    confirmed_at: Option<Moment>,
    settled_at: Option<Moment>,
    refunded: Amount,
    entry_id: Option<EntryId>,
}

db::row!(Row {
    id,
    account_id,
    gateway,
    amount,
    currency,
    bills,
    method,
    keeps_card,
    login_id,
    state,
    intent,
    step_url,
    failure,
    brand,
    last4,
    exp_month,
    exp_year,
    begun_at,
    confirmed_at,
    settled_at,
    refunded,
    entry_id
});

#[derive(FromQueryResult)]
struct Numbered {
    account_number: String,
    #[sea_orm(nested)]
    payment: Row,
}

const COLUMNS: &str = "id, account_id, gateway, amount, currency, bills, method, keeps_card, login_id, state, intent,
    step_url, failure, brand, last4, exp_month, exp_year, begun_at, confirmed_at, settled_at, refunded, entry_id";

/// That a payment is not over.
const OPEN: &str = "state IN ('begun', 'created', 'confirming', 'requires-action', 'processing')";

impl Row {
    fn payment(self) -> Result<Payment, DbErr> {
        Ok(Payment {
            id: self.id,
            account: self.account_id,
            gateway: self.gateway,
            amount: self.amount,
            currency: self.currency,
            bills: serde_json::from_str(&self.bills).map_err(|error| DbErr::Json(error.to_string()))?,
            method: self.method,
            keeps_card: self.keeps_card != 0,
            login: self.login_id,
            state: State::from_code(&self.state).ok_or_else(|| unknown("state of a payment", &self.state))?,
            intent: self.intent,
            step_url: self.step_url,
            failure: self.failure.as_deref().map(Decline::from_code),
            card: facts((self.brand, self.last4), (self.exp_month, self.exp_year)),
            begun_at: self.begun_at,
            confirmed_at: self.confirmed_at,
            settled_at: self.settled_at,
            refunded: self.refunded,
            entry: self.entry_id,
        })
    }
}

/// Inserts a payment that has just begun, unless its account has one of that key.
pub(crate) async fn insert_payment(tx: &Tx, payment: &Payment, key: &str) -> Result<(), DbErr> {
    let sql =
        "INSERT INTO payments (id, account_id, key, gateway, amount, currency, bills, method, keeps_card, login_id,
                   state, begun_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (account_id, key) DO NOTHING";
    let bills = serde_json::to_string(&payment.bills).map_err(|error| DbErr::Json(error.to_string()))?;
    let values = [
        payment.id.into(),
        payment.account.into(),
        key.into(),
        payment.gateway.as_str().into(),
        payment.amount.into(),
        payment.currency.into(),
        bills.into(),
        payment.method.as_str().into(),
        i16::from(payment.keeps_card).into(),
        payment.login.into(),
        payment.state.code().into(),
        payment.begun_at.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

pub(crate) async fn payment_of_key(
    on: &impl ConnectionTrait,
    account: AccountId,
    key: &str,
) -> Result<Option<Payment>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE account_id = $1 AND key = $2");
    one(db::query_one(on, &sql, [account.into(), key.into()]).await?)
}

fn one(row: Option<Row>) -> Result<Option<Payment>, DbErr> {
    row.map(Row::payment).transpose()
}

pub(crate) async fn payment(on: &impl ConnectionTrait, id: PaymentId) -> Result<Option<Payment>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE id = $1");
    one(db::query_one(on, &sql, [id.into()]).await?)
}

/// As [`payment`]; nobody else changes it until the transaction ends.
pub(crate) async fn hold_payment(db: &Db, tx: &Tx, id: PaymentId) -> Result<Option<Payment>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE id = $1{}", db.engine().for_update());
    one(db.read_unchanged::<Row>(tx, &sql, &[id.into()]).await?.pop())
}

pub(crate) async fn payment_of_account(
    on: &impl ConnectionTrait,
    account: AccountId,
    id: PaymentId,
) -> Result<Option<Payment>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE id = $1 AND account_id = $2");
    one(db::query_one(on, &sql, [id.into(), account.into()]).await?)
}

pub(crate) async fn payment_of_intent(
    on: &impl ConnectionTrait,
    gateway: &str,
    intent: &str,
) -> Result<Option<Payment>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE gateway = $1 AND intent = $2");
    one(db::query_one(on, &sql, [gateway.into(), intent.into()]).await?)
}

/// The payments of an account that the ledger does not have, newest first: open ones, and those that charged nothing.
pub(crate) async fn unposted_of_account(
    on: &impl ConnectionTrait,
    (account, since): (AccountId, Moment),
    most: u32,
) -> Result<Vec<Payment>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payments WHERE account_id = $1 AND begun_at >= $2 AND entry_id IS NULL
         ORDER BY begun_at DESC, id DESC LIMIT $3"
    );
    let rows: Vec<Row> = db::query(on, &sql, [account.into(), since.into(), i64::from(most).into()]).await?;
    rows.into_iter().map(Row::payment).collect()
}

/// The payments of an account that entries of the ledger are of.
pub(crate) async fn payments_of_entries(
    on: &impl ConnectionTrait,
    (account, since): (AccountId, Moment),
    entries: &[EntryId],
) -> Result<Vec<Payment>, DbErr> {
    let places = db::places(3, entries.len());
    let sql =
        format!("SELECT {COLUMNS} FROM payments WHERE account_id = $1 AND begun_at >= $2 AND entry_id IN ({places})");
    let mut values: Vec<sea_orm::Value> = vec![account.into(), since.into()];
    values.extend(entries.iter().map(|entry| sea_orm::Value::from(*entry)));
    let rows: Vec<Row> = if entries.is_empty() { Vec::new() } else { db::query(on, &sql, values).await? };
    rows.into_iter().map(Row::payment).collect()
}

/// Payments of an account since then that charged nothing: declined, given up, or open still.
pub(crate) async fn vain_since(on: &impl ConnectionTrait, account: AccountId, since: Moment) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) FROM payments WHERE account_id = $1 AND state <> 'succeeded' AND begun_at > $2";
    Ok(db::scalar(on, sql, [account.into(), since.into()]).await?.unwrap_or(0))
}

/// The newest payments, of one account where it is given, with the numbers of their accounts.
pub(crate) async fn newest_payments(
    on: &impl ConnectionTrait,
    account: Option<&str>,
    most: u32,
) -> Result<Vec<(String, Payment)>, DbErr> {
    let columns: Vec<String> = COLUMNS.split(',').map(|column| format!("p.{}", column.trim())).collect();
    let (of, values) = match account {
        Some(number) => (" WHERE a.number = $2", vec![i64::from(most).into(), number.into()]),
        None => ("", vec![i64::from(most).into()]),
    };
    let sql = format!(
        "SELECT a.number AS account_number, {} FROM payments p JOIN accounts a ON a.id = p.account_id{of}
         ORDER BY p.begun_at DESC, p.id DESC LIMIT $1",
        columns.join(", ")
    );
    let rows: Vec<Numbered> = db::query(on, &sql, values).await?;
    rows.into_iter().map(|row| Ok((row.account_number, row.payment.payment()?))).collect()
}

/// What is on its way to be paid.
pub(crate) async fn amount_under_way(on: &impl ConnectionTrait, account: AccountId) -> Result<Amount, DbErr> {
    let sql = format!("SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM payments WHERE account_id = $1 AND {OPEN}");
    Ok(db::scalar(on, &sql, [account.into()]).await?.unwrap_or_default())
}

/// The payment that was begun last of those that are not over.
pub(crate) async fn newest_under_way(
    on: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<PaymentId>, DbErr> {
    let sql =
        format!("SELECT id FROM payments WHERE account_id = $1 AND {OPEN} ORDER BY begun_at DESC, id DESC LIMIT 1");
    db::scalar(on, &sql, [account.into()]).await
}

/// Notes the gateway's intent. `false`: somebody else went on with the payment meanwhile.
pub(crate) async fn note_intent(tx: &Tx, id: PaymentId, intent: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE payments SET intent = $1, state = 'created' WHERE id = $2 AND state = 'begun'";
    Ok(db::execute(tx, sql, [intent.into(), id.into()]).await? == 1)
}

/// Takes it upon the caller to confirm, once and for all. `false`: somebody else has, or the payment is over.
pub(crate) async fn claim_confirmation(tx: &Tx, id: PaymentId, now: Moment) -> Result<bool, DbErr> {
    let sql = "UPDATE payments SET state = 'confirming', confirmed_at = $1 WHERE id = $2 AND state = 'created'";
    Ok(db::execute(tx, sql, [now.into(), id.into()]).await? == 1)
}

/// Ends a payment that the gateway knows nothing of. `false`: it does, meanwhile.
pub(crate) async fn end_unknown(
    tx: &Tx,
    id: PaymentId,
    (state, failure): (State, Option<Decline>),
    now: Moment,
) -> Result<bool, DbErr> {
    let sql = "UPDATE payments SET state = $1, failure = $2, settled_at = $3 WHERE id = $4 AND state = 'begun'";
    let values = [state.code().into(), failure.map(Decline::code).into(), now.into(), id.into()];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Keeps what a payment has become.
pub(crate) async fn move_payment(
    tx: &Tx,
    id: PaymentId,
    state: State,
    intent: &Intent,
    (entry, now): (Option<EntryId>, Moment),
) -> Result<Option<Payment>, DbErr> {
    let url = match &intent.status {
        Status::RequiresAction { url } => url.clone(),
        _ => None,
    };
    let failure = (state == State::Failed).then(|| intent.failure.unwrap_or(Decline::Declined));
    let settled_at = state.is_final().then_some(now);
    let card = intent.card.clone();
    let numbers = |of: fn(&CardFacts) -> i16| card.as_ref().map(of);
    let sql = format!(
        "UPDATE payments SET state = $1, step_url = $2, failure = $3, settled_at = $4, entry_id = $5,
                   brand = coalesce($6, brand), last4 = coalesce($7, last4), exp_month = coalesce($8, exp_month),
                   exp_year = coalesce($9, exp_year)
               WHERE id = $10 RETURNING {COLUMNS}"
    );
    let values = [
        state.code().into(),
        url.into(),
        failure.map(Decline::code).into(),
        settled_at.into(),
        entry.into(),
        card.as_ref().map(|card| card.brand.clone()).into(),
        card.as_ref().map(|card| card.last4.clone()).into(),
        numbers(|card| card.exp_month).into(),
        numbers(|card| card.exp_year).into(),
        id.into(),
    ];
    one(db::query_one(tx, &sql, values).await?)
}

/// The gateway's customer of an account.
pub(crate) async fn customer(
    on: &impl ConnectionTrait,
    account: AccountId,
    gateway: &str,
) -> Result<Option<String>, DbErr> {
    let sql = "SELECT reference FROM payment_customers WHERE account_id = $1 AND gateway = $2";
    db::scalar(on, sql, [account.into(), gateway.into()]).await
}

/// Keeps the gateway's customer of an account, unless somebody else has made one meanwhile.
pub(crate) async fn insert_customer(
    tx: &Tx,
    (account, gateway): (AccountId, &str),
    reference: &str,
    now: Moment,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO payment_customers (account_id, gateway, reference, made_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (account_id, gateway) DO NOTHING";
    db::execute(tx, sql, [account.into(), gateway.into(), reference.into(), now.into()]).await.map(|_| ())
}
