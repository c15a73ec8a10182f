//! The backup e-mail of a login: where its owner is reached when the contact e-mail is lost (SEC-5), and told of what is
//! asked about it (SEC-6). It never signs anybody in.

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Indexed, Place, Vault, VaultError, Wrapped};

use crate::sign_in::note;

/// A backup e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub email: String,
    /// Its owner opened the link that was sent there; nothing is recovered through it before.
    pub is_confirmed: bool,
}

pub(crate) fn place(login: LoginId) -> Place {
    Place { column: "logins.backup_email", row: login.uuid() }
}

/// # Errors
/// When the database cannot be read, or the login's data cannot be opened.
pub async fn find_backup(
    on: &impl ConnectionTrait,
    vault: &Vault,
    login: LoginId,
) -> Result<Option<Backup>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        data_key: Vec<u8>,
        key_id: i32,
        backup_email: Option<Vec<u8>>,
        backup_confirmed_at: Option<Moment>,
    }
    let sql = "SELECT data_key, key_id, backup_email, backup_confirmed_at FROM logins
               WHERE id = $1 AND deleted_at IS NULL";
    let Some(row) = db::query_one::<Row>(on, sql, [login.into()]).await? else { return Ok(None) };
    let Some(sealed) = row.backup_email else { return Ok(None) };
    let key = vault.open_data_key(login, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
    let email = vault.open(&key, place(login), &sealed)?;
    Ok(Some(Backup { email, is_confirmed: row.backup_confirmed_at.is_some() }))
}

/// Sets the backup e-mail, not confirmed yet, or takes it away, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn set_backup(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    login: LoginId,
    email: Option<&str>,
) -> Result<(), VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        data_key: Vec<u8>,
        key_id: i32,
    }
    let sql = "SELECT data_key, key_id FROM logins WHERE id = $1 AND deleted_at IS NULL";
    let Some(row) = db::query_one::<Row>(tx, sql, [login.into()]).await? else { return Ok(()) };
    let key = vault.open_data_key(login, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
    let sealed = email.map(|email| vault.seal(&key, place(login), email)).transpose()?;
    let index = email.map(|email| vault.index(Indexed::Email, email));
    let sql = "UPDATE logins SET backup_email = $1, backup_index = $2, backup_confirmed_at = NULL WHERE id = $3";
    db::execute(tx, sql, [sealed.into(), index.into(), login.into()]).await?;
    let kind = if email.is_some() { "login.backup-set" } else { "login.backup-removed" };
    Ok(note(db, tx, login, (kind, Author::Customer), json!({})).await?)
}

/// Notes that the backup e-mail was confirmed, in the caller's transaction. Says whether it was there and was not before.
///
/// # Errors
/// When the database cannot be written.
pub async fn confirm_backup(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    let sql = "UPDATE logins SET backup_confirmed_at = $1
               WHERE id = $2 AND backup_email IS NOT NULL AND backup_confirmed_at IS NULL";
    let is_new = db::execute(tx, sql, [db.world().now().into(), login.into()]).await? == 1;
    if is_new {
        note(db, tx, login, ("login.backup-confirmed", Author::Customer), json!({})).await?;
    }
    Ok(is_new)
}
