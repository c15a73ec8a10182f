//! The end of a login, asked for by its owner (SEC-8): it holds nothing any more; accounts and services stay as they are, and the
//! holder may claim them again. Who was a user of an account that the login held waits, without rights, until there is a holder
//! who gives them some.

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx};
use identity::Proven;
use kernel::AccountId;
use serde_json::json;

/// Deletes a login and ends its memberships, in the caller's transaction. Says whether the login was there, with the
/// password that was proven.
///
/// # Errors
/// When the database cannot be written.
pub async fn delete_login(db: &Db, tx: &Tx, proven: &Proven) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Held {
        account_id: AccountId,
        role: String,
    }
    // First, so that of two at once the second finds nothing to do.
    if !identity::erase_login(db, tx, proven).await? {
        return Ok(false);
    }
    let login = proven.login();
    let sql = "SELECT account_id, role FROM memberships WHERE login_id = $1 AND ended_at IS NULL ORDER BY account_id";
    let held: Vec<Held> = db::query(tx, sql, [login.into()]).await?;
    let sql = "UPDATE claim_checks SET code_mark = NULL, sent_to = NULL WHERE login_id = $1";
    db::execute(tx, sql, [login.into()]).await?;
    let sql = "UPDATE memberships SET ended_at = $1 WHERE login_id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), login.into()]).await?;
    crate::users::forget_names(tx, ("login_id", login.uuid())).await?;
    let chains: Vec<Chain> = held.iter().map(|held| Chain::Account(held.account_id)).collect();
    let mut appender = Appender::read(db, tx, &chains).await?;
    for (chain, held) in chains.into_iter().zip(&held) {
        let (author, details) = (Author::Customer, json!({ "login": login }));
        let kind = if held.role == "holder" { "holder.login-deleted" } else { "user.login-deleted" };
        appender.add(Event { chain, kind, author, details, sealed: None });
    }
    appender.write(tx).await.map(|()| true)
}
