//! An account passes to another holder (PRO-1): whatever the former one paid with is theirs, and goes with them.

use accounts::Grant;
use audit::{Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx, jobs};
use kernel::CardId;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::Decline;
use crate::follower::{FollowCard, QUEUE};
use crate::store;

/// Whether a payment of a grant's account is not over yet: until then nobody can say what the account owes.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_under_way(on: &impl ConnectionTrait, grant: &Grant) -> Result<bool, DbErr> {
    Ok(store::newest_under_way(on, grant.account()).await?.is_some())
}

/// Takes all cards from a grant's account, in the caller's transaction: at once here, and at the gateway soon. Those that were
/// to be kept are not.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_cards(db: &Db, tx: &Tx, grant: &Grant) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Held {
        id: CardId,
        state: String,
    }
    let account = grant.account();
    let sql = "SELECT id, state FROM payment_cards WHERE account_id = $1 AND state IN ('kept', 'pending') ORDER BY id";
    let held: Vec<Held> = db::query(tx, sql, [account.into()]).await?;
    let now = db.world().now();
    for card in &held {
        if card.state == "pending" {
            store::refuse_card(tx, card.id, Decline::AuthenticationFailed).await?;
        } else if store::begin_removal(tx, account, card.id, now).await? {
            jobs::enqueue(db, tx, QUEUE, &[FollowCard { card: card.id }]).await?;
        }
    }
    if held.is_empty() {
        return Ok(());
    }
    let ids: Vec<CardId> = held.iter().map(|card| card.id).collect();
    let (chain, details) = (Chain::Account(account), json!({ "cards": ids, "by": "change of holder" }));
    Event { chain, kind: "cards.ended", author: Author::Staff, details, sealed: None }.append(db, tx).await
}
