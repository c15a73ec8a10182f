//! The simulated gateway's own tables.

use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{Amount, Moment};
use sea_orm::ConnectionTrait;

use super::{Behaviour, Trouble, refused};
use crate::gateway::{CardFacts, Decline, NewIntent, NewRefund, NewSetup};

pub(super) const PAYMENT: &str = "payment";
pub(super) const REQUIRES_METHOD: &str = "requires_method";
pub(super) const REQUIRES_CONFIRMATION: &str = "requires_confirmation";
pub(super) const REQUIRES_ACTION: &str = "requires_action";
pub(super) const PROCESSING: &str = "processing";
pub(super) const SUCCEEDED: &str = "succeeded";
pub(super) const CANCELED: &str = "canceled";

#[derive(Clone, FromQueryResult)]
pub(super) struct IntentRow {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) amount: Amount,
    pub(super) currency: String,
    pub(super) customer: String,
    pub(super) method: String,
    pub(super) keeps_card: i16,
    pub(super) metadata: String,
    pub(super) status: String,
    pub(super) failure: Option<String>,
    pub(super) return_url: Option<String>,
    pub(super) succeeds_at: Option<Moment>,
}

const INTENT: &str =
    "id, kind, amount, currency, customer, method, keeps_card, metadata, status, failure, return_url, succeeds_at";

impl IntentRow {
    pub(super) fn payment(id: &str, new: &NewIntent) -> Self {
        Self {
            id: id.to_owned(),
            kind: PAYMENT.to_owned(),
            amount: new.amount,
            currency: new.currency.code().to_owned(),
            customer: new.customer.clone(),
            method: new.method.clone(),
            keeps_card: i16::from(new.keeps_card),
            metadata: new.payment.to_string(),
            status: REQUIRES_CONFIRMATION.to_owned(),
            failure: None,
            return_url: None,
            succeeds_at: None,
        }
    }

    pub(super) fn setup(id: &str, new: &NewSetup) -> Self {
        Self {
            id: id.to_owned(),
            kind: "setup".to_owned(),
            amount: Amount::ZERO,
            currency: String::new(),
            customer: new.customer.clone(),
            method: new.method.clone(),
            keeps_card: 1,
            metadata: new.card.to_string(),
            status: REQUIRES_CONFIRMATION.to_owned(),
            failure: None,
            return_url: Some(new.return_url.clone()),
            succeeds_at: None,
        }
    }

    /// What is processed has succeeded once its time has come.
    pub(super) fn status_at(&self, now: Moment) -> &str {
        let is_done = self.status == PROCESSING && self.succeeds_at.is_some_and(|at| at <= now);
        if is_done { SUCCEEDED } else { &self.status }
    }

    pub(super) fn decline(&mut self, decline: Decline) {
        REQUIRES_METHOD.clone_into(&mut self.status);
        self.failure = Some(decline.code().to_owned());
    }

    pub(super) async fn insert(&self, tx: &Tx, now: Moment) -> Result<(), DbErr> {
        let row = self.clone();
        let sql = format!(
            "INSERT INTO simulated_intents ({INTENT}, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        );
        let values = [
            row.id.into(),
            row.kind.into(),
            row.amount.into(),
            row.currency.into(),
            row.customer.into(),
            row.method.into(),
            row.keeps_card.into(),
            row.metadata.into(),
            row.status.into(),
            row.failure.into(),
            row.return_url.into(),
            row.succeeds_at.into(),
            now.into(),
        ];
        db::execute(tx, &sql, values).await.map(|_| ())
    }

    pub(super) async fn update(&self, tx: &Tx) -> Result<(), DbErr> {
        let row = self.clone();
        let sql = "UPDATE simulated_intents SET status = $1, failure = $2, return_url = $3, succeeds_at = $4
                   WHERE id = $5";
        let values =
            [row.status.into(), row.failure.into(), row.return_url.into(), row.succeeds_at.into(), row.id.into()];
        db::execute(tx, sql, values).await.map(|_| ())
    }
}

#[derive(Clone, FromQueryResult)]
pub(super) struct MethodRow {
    pub(super) id: String,
    pub(super) customer: Option<String>,
    pub(super) brand: String,
    pub(super) last4: String,
    pub(super) exp_month: i16,
    pub(super) exp_year: i16,
    behaviour: String,
    fingerprint: Option<String>,
}

impl MethodRow {
    pub(super) fn new(id: &str, facts: &CardFacts, behaviour: Behaviour) -> Self {
        Self {
            id: id.to_owned(),
            customer: None,
            brand: facts.brand.clone(),
            last4: facts.last4.clone(),
            exp_month: facts.exp_month,
            exp_year: facts.exp_year,
            behaviour: behaviour.code().to_owned(),
            fingerprint: facts.fingerprint.clone(),
        }
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        Behaviour::from_code(&self.behaviour)
    }

    pub(super) fn facts(&self) -> CardFacts {
        CardFacts {
            brand: self.brand.clone(),
            last4: self.last4.clone(),
            exp_month: self.exp_month,
            exp_year: self.exp_year,
            fingerprint: self.fingerprint.clone(),
        }
    }

    pub(super) async fn insert(&self, tx: &Tx, now: Moment) -> Result<(), DbErr> {
        let row = self.clone();
        let sql = "INSERT INTO simulated_methods (id, brand, last4, exp_month, exp_year, behaviour, made_at,
                       fingerprint)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = [
            row.id.into(),
            row.brand.into(),
            row.last4.into(),
            row.exp_month.into(),
            row.exp_year.into(),
            row.behaviour.into(),
            now.into(),
            row.fingerprint.into(),
        ];
        db::execute(tx, sql, values).await.map(|_| ())
    }

    pub(super) async fn attach(&self, tx: &Tx, customer: &str) -> Result<(), DbErr> {
        let sql = "UPDATE simulated_methods SET customer = $1 WHERE id = $2";
        db::execute(tx, sql, [customer.into(), self.id.as_str().into()]).await.map(|_| ())
    }
}

pub(super) async fn method(on: &impl ConnectionTrait, id: &str) -> Result<Option<MethodRow>, DbErr> {
    let sql = "SELECT id, customer, brand, last4, exp_month, exp_year, behaviour, fingerprint FROM simulated_methods
               WHERE id = $1";
    db::query_one(on, sql, [id.into()]).await
}

pub(super) async fn detach(tx: &Tx, id: &str) -> Result<(), DbErr> {
    db::execute(tx, "UPDATE simulated_methods SET customer = NULL WHERE id = $1", [id.into()]).await.map(|_| ())
}

pub(super) async fn insert_customer(tx: &Tx, id: &str, now: Moment) -> Result<(), DbErr> {
    let sql = "INSERT INTO simulated_customers (id, made_at) VALUES ($1, $2)";
    db::execute(tx, sql, [id.into(), now.into()]).await.map(|_| ())
}

/// An intent or setup with its payment method.
pub(super) async fn find(on: &impl ConnectionTrait, id: &str) -> Result<Option<(IntentRow, MethodRow)>, DbErr> {
    let sql = format!("SELECT {INTENT} FROM simulated_intents WHERE id = $1");
    with_method(on, db::query_one(on, &sql, [id.into()]).await?).await
}

/// As [`find`], nobody else changes it until the transaction ends.
pub(super) async fn hold(db: &Db, tx: &Tx, id: &str) -> Result<Option<(IntentRow, MethodRow)>, DbErr> {
    let sql = format!("SELECT {INTENT} FROM simulated_intents WHERE id = $1{}", db.engine().for_update());
    with_method(tx, db::query_one(tx, &sql, [id.into()]).await?).await
}

/// As [`hold`], refused for none.
pub(super) async fn held(db: &Db, tx: &Tx, id: &str) -> Result<(IntentRow, MethodRow), Trouble> {
    hold(db, tx, id).await?.ok_or_else(|| refused("resource_missing"))
}

async fn with_method(
    on: &impl ConnectionTrait,
    row: Option<IntentRow>,
) -> Result<Option<(IntentRow, MethodRow)>, DbErr> {
    let Some(row) = row else { return Ok(None) };
    let method = method(on, &row.method).await?;
    Ok(method.map(|method| (row, method)))
}

#[derive(FromQueryResult)]
pub(super) struct RefundRow {
    pub(super) id: String,
    pub(super) amount: Amount,
    pub(super) metadata: String,
}

pub(super) async fn refunds(on: &impl ConnectionTrait, intent: &str) -> Result<Vec<RefundRow>, DbErr> {
    let sql = "SELECT id, amount, metadata FROM simulated_refunds WHERE intent = $1 ORDER BY made_at, id";
    db::query(on, sql, [intent.into()]).await
}

pub(super) async fn insert_refund(tx: &Tx, (id, new): (&str, &NewRefund), now: Moment) -> Result<(), DbErr> {
    let sql = "INSERT INTO simulated_refunds (id, intent, amount, metadata, made_at) VALUES ($1, $2, $3, $4, $5)";
    let values = [id.into(), new.intent.as_str().into(), new.amount.into(), new.refund.to_string().into(), now.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}
