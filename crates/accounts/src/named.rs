//! What a login is known by at the provider, for letters to it and for finding it.

use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{AccountId, LoginId, Moment};
use sea_orm::ConnectionTrait;
use vault::{Vault, VaultError};

use crate::{AccountView, Grant, Right, account_view};

/// The account that a login held first; its letters greet by that customer's name. None for who is a secondary user alone: the
/// customer is somebody else.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn first_account_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    login: LoginId,
) -> Result<Option<AccountView>, VaultError> {
    let sql = "SELECT a.id FROM memberships m JOIN accounts a ON a.id = m.account_id
               WHERE m.login_id = $1 AND m.role = 'holder' AND m.ended_at IS NULL ORDER BY m.begun_at, a.number LIMIT 1";
    let Some(account) = db::scalar::<AccountId>(on, sql, [login.into()]).await? else { return Ok(None) };
    account_view(on, vault, &Grant::of_the_provider(account, "", Right::SeeBills)).await
}

/// Whether a login holds an account, within a write that has not changed it; a secondary user does not.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_held_by(db: &Db, tx: &Tx, account: AccountId, login: LoginId) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Holder {
        login_id: LoginId,
    }
    db::row!(Holder { login_id });
    let sql = "SELECT login_id FROM memberships WHERE account_id = $1 AND role = 'holder' AND ended_at IS NULL";
    let holder = db.read_unchanged::<Holder>(tx, sql, &[account.into()]).await?.pop();
    Ok(holder.is_some_and(|holder| holder.login_id == login))
}

/// The client identifiers that name a login: those of the customers whose accounts it holds.
///
/// # Errors
/// When the database cannot be read.
pub async fn identifiers_of(on: &impl ConnectionTrait, login: LoginId) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        client_identifier: String,
    }
    let sql = "SELECT DISTINCT c.client_identifier FROM memberships m JOIN accounts a ON a.id = m.account_id
               JOIN customers c ON c.id = a.customer_id
               WHERE m.login_id = $1 AND m.role = 'holder' AND m.ended_at IS NULL ORDER BY c.client_identifier";
    let rows: Vec<Row> = db::query(on, sql, [login.into()]).await?;
    Ok(rows.into_iter().map(|row| row.client_identifier).collect())
}

/// The login that holds the account of a number.
///
/// # Errors
/// When the database cannot be read.
pub async fn holder_of(on: &impl ConnectionTrait, number: &str) -> Result<Option<LoginId>, DbErr> {
    let sql = "SELECT m.login_id FROM memberships m JOIN accounts a ON a.id = m.account_id
               WHERE a.number = $1 AND m.role = 'holder' AND m.ended_at IS NULL";
    db::scalar(on, sql, [number.into()]).await
}

/// The login that held an account at a moment.
///
/// # Errors
/// When the database cannot be read.
pub async fn holder_when(on: &impl ConnectionTrait, account: AccountId, at: Moment) -> Result<Option<LoginId>, DbErr> {
    let sql = "SELECT login_id FROM memberships WHERE account_id = $1 AND role = 'holder' AND begun_at <= $2
                   AND (ended_at IS NULL OR ended_at > $2)";
    db::scalar(on, sql, [account.into(), at.into()]).await
}
