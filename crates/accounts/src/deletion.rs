//! The end of a login, asked for by its owner (SEC-8): it holds nothing any more; accounts and services stay as they are, and the
//! holder may claim them again. Who was a user of an account that the login held waits, without rights, until there is a holder
//! who gives them some.

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx};
use identity::Proven;
use kernel::{AccountId, LoginId, MembershipId};
use serde_json::json;
use vault::Vault;

use crate::rights::who_holds;

/// Who held something on an account from a holder that is none any more.
#[derive(Clone, Debug)]
pub struct Suspended {
    /// Of the account.
    pub number: String,
    pub login: LoginId,
}

/// Deletes a login and ends its memberships, in the caller's transaction. Gives who held something from it; none where the login was not
/// there any more, with the password that was proven.
///
/// # Errors
/// When the database cannot be written.
pub async fn delete_login(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    proven: &Proven,
) -> Result<Option<Vec<Suspended>>, DbErr> {
    #[derive(FromQueryResult)]
    struct Held {
        id: MembershipId,
        account_id: AccountId,
        number: String,
        role: String,
    }
    // First, so that of two at once the second finds nothing to do.
    if !identity::erase_login(db, tx, proven).await? {
        return Ok(None);
    }
    let login = proven.login();
    let sql = "SELECT m.id, m.account_id, a.number, m.role FROM memberships m JOIN accounts a ON a.id = m.account_id
               WHERE m.login_id = $1 AND m.ended_at IS NULL ORDER BY m.account_id";
    let held: Vec<Held> = db::query(tx, sql, [login.into()]).await?;
    let mut suspended = Vec::new();
    for account in held.iter().filter(|held| held.role == "holder") {
        let users = who_holds(vault, tx, account.account_id, account.id).await?;
        suspended.extend(users.into_iter().map(|login| Suspended { number: account.number.clone(), login }));
    }
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
    appender.write(tx).await.map(|()| Some(suspended))
}
