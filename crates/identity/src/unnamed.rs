//! Logins that nobody has yet (USR-2): whoever is invited to an account chooses username and password for one. Until then it has
//! neither, opens nothing, and is found by no name and no address.

use db::{Db, Tx, Value};
use kernel::{Language, LoginId};
use vault::{Indexed, Place, Vault, VaultError};

use crate::{LoginError, Username, find_login};

/// Makes a login for somebody who is to be written to at `email`, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn create_unnamed_login(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    (language, email): (Language, &str),
) -> Result<LoginId, VaultError> {
    let id: LoginId = db.world().id();
    let (key, wrapped) = vault.new_data_key(id)?;
    let email = vault.seal(&key, Place { column: "logins.email", row: id.uuid() }, email)?;
    let sql =
        "INSERT INTO logins (id, username, username_key, password_hash, password_set_at, language, data_key, key_id,
                   email, email_index, created_at) VALUES ($1, '', $2, '', $3, $4, $5, $6, $7, $8, $3)";
    let values: [Value; 8] = [
        id.into(),
        // A key with a space is nobody's username.
        format!("unnamed {id}").into(),
        db.world().now().into(),
        language.into(),
        wrapped.bytes.into(),
        wrapped.key_id.into(),
        email.into(),
        Vec::<u8>::new().into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(id)
}

/// Makes such a login somebody's, in the caller's transaction: with a username and the hash of a password. Its e-mail is confirmed, for
/// the link went there. Says whether it was still nobody's.
///
/// # Errors
/// [`LoginError::UsernameTaken`], also when somebody took it a moment ago.
pub async fn name_login(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    login: LoginId,
    (username, password_hash, language): (&Username, &str, Language),
) -> Result<bool, LoginError> {
    let Some(found) = find_login(tx, vault, login).await?.filter(|found| found.username.is_empty()) else {
        return Ok(false);
    };
    let now = db.world().now();
    let sql = "INSERT INTO usernames (username_key, taken_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    if db::execute(tx, sql, [username.key().into(), now.into()]).await? == 0 {
        return Err(LoginError::UsernameTaken);
    }
    let sql =
        "UPDATE logins SET username = $1, username_key = $2, password_hash = $3, password_set_at = $4, language = $5,
                   email_index = $6, email_confirmed_at = $4, created_at = $4 WHERE id = $7 AND username = ''";
    let values: [Value; 7] = [
        username.as_str().into(),
        username.key().into(),
        password_hash.into(),
        now.into(),
        language.into(),
        vault.index(Indexed::Email, &found.email).into(),
        login.into(),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}
