//! The contact e-mail of a login becomes another one.

use audit::Author;
use db::{Db, FromQueryResult, Tx};
use kernel::LoginId;
use serde_json::json;
use vault::{Indexed, Place, Vault, VaultError, Wrapped};

use crate::sign_in::note;

/// Sets the contact e-mail of a login in the caller's transaction, confirmed: its owner opened a link that went there. Says
/// whether there was such a login.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn set_contact_email(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    login: LoginId,
    email: &str,
) -> Result<bool, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        data_key: Vec<u8>,
        key_id: i32,
    }
    let sql = "SELECT data_key, key_id FROM logins WHERE id = $1 AND deleted_at IS NULL";
    let Some(row) = db::query_one::<Row>(tx, sql, [login.into()]).await? else { return Ok(false) };
    let key = vault.open_data_key(login, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
    let sealed = vault.seal(&key, Place { column: "logins.email", row: login.uuid() }, email)?;
    let sql = "UPDATE logins SET email = $1, email_index = $2, email_confirmed_at = $3 WHERE id = $4";
    let index = vault.index(Indexed::Email, email);
    db::execute(tx, sql, [sealed.into(), index.into(), db.world().now().into(), login.into()]).await?;
    note(db, tx, login, ("login.email-changed", Author::Customer), json!({})).await?;
    Ok(true)
}
