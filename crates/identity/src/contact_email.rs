//! The contact e-mail of a login becomes another one.

use audit::Author;
use db::{Db, Tx};
use kernel::LoginId;
use serde_json::json;
use vault::{Indexed, Place, Vault, VaultError};

use crate::backup::{find_backup, key_of, set_backup};
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
    if !put_email((db, vault), tx, login, email).await? {
        return Ok(false);
    }
    note(db, tx, login, ("login.email-changed", Author::Customer), json!({})).await?;
    Ok(true)
}

/// Puts the confirmed contact e-mail of a login in the place of the one before. Says whether there was such a login.
pub(crate) async fn put_email(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    login: LoginId,
    email: &str,
) -> Result<bool, VaultError> {
    let Some(key) = key_of(tx, vault, login).await? else { return Ok(false) };
    let sealed = vault.seal(&key, Place { column: "logins.email", row: login.uuid() }, email)?;
    let sql = "UPDATE logins SET email = $1, email_index = $2, email_confirmed_at = $3 WHERE id = $4";
    let index = vault.index(Indexed::Email, email);
    db::execute(tx, sql, [sealed.into(), index.into(), db.world().now().into(), login.into()]).await?;
    // A backup e-mail is another address than the contact e-mail.
    let backup = find_backup(tx, vault, login).await?;
    if backup.is_some_and(|backup| kernel::mailbox(&backup.email) == kernel::mailbox(email)) {
        set_backup((db, vault), tx, login, None).await?;
    }
    Ok(true)
}
