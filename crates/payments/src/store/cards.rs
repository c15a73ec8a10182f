use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{AccountId, CardId, LoginId, Moment};
use sea_orm::ConnectionTrait;

use super::{facts, unknown};
use crate::gateway::{CardFacts, Decline};
use crate::payment::{Card, CardState};

#[derive(FromQueryResult)]
struct Row {
    id: CardId,
    account_id: AccountId,
    gateway: String,
    reference: String,
    setup: Option<String>,
    state: String,
    step_url: Option<String>,
    failure: Option<String>,
    brand: Option<String>,
    last4: Option<String>,
    exp_month: Option<i16>,
    exp_year: Option<i16>,
    fingerprint: Option<String>,
    name: Option<Vec<u8>>,
    is_default: i16,
    added_at: Moment,
    added_by: Option<LoginId>,
}

const COLUMNS: &str = "id, account_id, gateway, reference, setup, state, step_url, failure, brand, last4, exp_month,
    exp_year, fingerprint, name, is_default, added_at, added_by";

impl Row {
    fn card(self) -> Result<Card, DbErr> {
        Ok(Card {
            id: self.id,
            account: self.account_id,
            gateway: self.gateway,
            reference: self.reference,
            setup: self.setup,
            state: CardState::from_code(&self.state).ok_or_else(|| unknown("state of a card", &self.state))?,
            step_url: self.step_url,
            failure: self.failure.as_deref().map(Decline::from_code),
            facts: facts((self.brand, self.last4), (self.exp_month, self.exp_year))
                .map(|facts| CardFacts { fingerprint: self.fingerprint, ..facts }),
            name: self.name,
            is_default: self.is_default != 0,
            added_at: self.added_at,
            added_by: self.added_by,
        })
    }
}

fn one(row: Option<Row>) -> Result<Option<Card>, DbErr> {
    row.map(Row::card).transpose()
}

pub(crate) async fn card(on: &impl ConnectionTrait, id: CardId) -> Result<Option<Card>, DbErr> {
    one(db::query_one(on, &format!("SELECT {COLUMNS} FROM payment_cards WHERE id = $1"), [id.into()]).await?)
}

/// Cards of an account, begun since then, that are not kept: refused, or open still.
pub(crate) async fn vain_cards_since(
    on: &impl ConnectionTrait,
    account: AccountId,
    since: Moment,
) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) FROM payment_cards
               WHERE account_id = $1 AND state IN ('pending', 'refused') AND added_at > $2";
    Ok(db::scalar(on, sql, [account.into(), since.into()]).await?.unwrap_or(0))
}

pub(crate) async fn card_of_account(
    on: &impl ConnectionTrait,
    account: AccountId,
    id: CardId,
) -> Result<Option<Card>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payment_cards WHERE id = $1 AND account_id = $2");
    one(db::query_one(on, &sql, [id.into(), account.into()]).await?)
}

/// The card that a payment method of a gateway is, whoever's.
pub(crate) async fn card_of_reference(
    on: &impl ConnectionTrait,
    gateway: &str,
    reference: &str,
) -> Result<Option<Card>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM payment_cards WHERE gateway = $1 AND reference = $2");
    one(db::query_one(on, &sql, [gateway.into(), reference.into()]).await?)
}

pub(crate) async fn card_of_setup(
    on: &impl ConnectionTrait,
    gateway: &str,
    setup: &str,
) -> Result<Option<CardId>, DbErr> {
    let sql = "SELECT id FROM payment_cards WHERE gateway = $1 AND setup = $2";
    db::scalar(on, sql, [gateway.into(), setup.into()]).await
}

/// The cards that are kept for an account at a gateway: the default first, then the newest.
pub(crate) async fn kept_cards(
    on: &impl ConnectionTrait,
    account: AccountId,
    gateway: &str,
) -> Result<Vec<Card>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payment_cards WHERE account_id = $1 AND gateway = $2 AND state = 'kept'
         ORDER BY is_default DESC, added_at DESC, id DESC"
    );
    let rows: Vec<Row> = db::query(on, &sql, [account.into(), gateway.into()]).await?;
    rows.into_iter().map(Row::card).collect()
}

/// Inserts a card that is still to be kept, unless its payment method is there already.
pub(crate) async fn insert_card(tx: &Tx, card: &Card) -> Result<(), DbErr> {
    let sql = "INSERT INTO payment_cards (id, account_id, gateway, reference, state, added_at, added_by)
               VALUES ($1, $2, $3, $4, 'pending', $5, $6) ON CONFLICT (gateway, reference) DO NOTHING";
    let values = [
        card.id.into(),
        card.account.into(),
        card.gateway.as_str().into(),
        card.reference.as_str().into(),
        card.added_at.into(),
        card.added_by.into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Notes by what the gateway knows the keeping of a card, and where its second step is. `false`: it is pending no more.
pub(crate) async fn note_setup(tx: &Tx, id: CardId, setup: &str, url: Option<&str>) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_cards SET setup = $1, step_url = $2 WHERE id = $3 AND state = 'pending'";
    Ok(db::execute(tx, sql, [setup.into(), url.into(), id.into()]).await? == 1)
}

/// The gateway keeps a card. An account's first is its default. `false`: it was pending no more.
pub(crate) async fn keep_card(tx: &Tx, id: CardId, facts: &CardFacts) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_cards SET state = 'kept', step_url = NULL, brand = $1, last4 = $2, exp_month = $3,
                   exp_year = $4, fingerprint = $6,
                   is_default = CASE WHEN EXISTS (SELECT 1 FROM payment_cards d
                       WHERE d.account_id = payment_cards.account_id AND d.is_default = 1) THEN 0 ELSE 1 END
               WHERE id = $5 AND state = 'pending'";
    let facts = facts.clone();
    let values = [
        facts.brand.into(),
        facts.last4.into(),
        facts.exp_month.into(),
        facts.exp_year.into(),
        id.into(),
        facts.fingerprint.into(),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// A card that is kept already: the gateway is to forget what it made of it this time. `false`: it was pending no more.
pub(crate) async fn drop_twin(tx: &Tx, id: CardId, now: Moment) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_cards SET state = 'removing', step_url = NULL, removed_at = $1
               WHERE id = $2 AND state = 'pending'";
    Ok(db::execute(tx, sql, [now.into(), id.into()]).await? == 1)
}

/// Names a kept card; none takes its name away. `false`: the account has no such card.
pub(crate) async fn name_card(tx: &Tx, account: AccountId, id: CardId, sealed: Option<Vec<u8>>) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_cards SET name = $1 WHERE account_id = $2 AND id = $3 AND state = 'kept'";
    Ok(db::execute(tx, sql, [sealed.into(), account.into(), id.into()]).await? == 1)
}

/// Nobody else keeps a card of this account until the transaction ends.
pub(crate) async fn hold_keeping(db: &Db, tx: &Tx, account: AccountId, gateway: &str) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT reference FROM payment_customers WHERE account_id = $1 AND gateway = $2{}",
        db.engine().for_update()
    );
    let _held: Option<String> = db::scalar(tx, &sql, [account.into(), gateway.into()]).await?;
    Ok(())
}

/// The gateway does not keep a card, or the customer gave it up.
pub(crate) async fn refuse_card(tx: &Tx, id: CardId, why: Decline) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_cards SET state = 'refused', step_url = NULL, failure = $1
               WHERE id = $2 AND state = 'pending'";
    Ok(db::execute(tx, sql, [why.code().into(), id.into()]).await? == 1)
}

/// Makes a kept card the default one. `false`: the account has no such card.
pub(crate) async fn set_default(tx: &Tx, account: AccountId, id: CardId) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_cards SET is_default = 0 WHERE account_id = $1 AND is_default = 1 AND id <> $2";
    db::execute(tx, sql, [account.into(), id.into()]).await?;
    let sql = "UPDATE payment_cards SET is_default = 1 WHERE account_id = $1 AND id = $2 AND state = 'kept'";
    Ok(db::execute(tx, sql, [account.into(), id.into()]).await? == 1)
}

/// Takes a card from its customer. `false`: the account has no such card.
pub(crate) async fn begin_removal(tx: &Tx, account: AccountId, id: CardId, now: Moment) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_cards SET state = 'removing', is_default = 0, removed_at = $1
               WHERE account_id = $2 AND id = $3 AND state = 'kept'";
    Ok(db::execute(tx, sql, [now.into(), account.into(), id.into()]).await? == 1)
}

/// The gateway has forgotten a card. What could be shown of it is forgotten too.
pub(crate) async fn end_removal(tx: &Tx, id: CardId) -> Result<(), DbErr> {
    let sql = "UPDATE payment_cards SET state = 'removed', brand = NULL, last4 = NULL, exp_month = NULL,
                   exp_year = NULL, fingerprint = NULL, name = NULL
               WHERE id = $1 AND state = 'removing'";
    db::execute(tx, sql, [id.into()]).await.map(|_| ())
}
