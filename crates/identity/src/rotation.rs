//! Rotation of keys (PRV-1): logins' data keys are wrapped anew, and the indexes of their e-mails made anew.

use db::{Db, DbErr, FromQueryResult};
use kernel::LoginId;
use sea_orm::ConnectionTrait;
use vault::{Indexed, Place, Vault, VaultError, Wrapped};

const BATCH: i64 = 200;

#[derive(FromQueryResult)]
struct LoginRow {
    id: LoginId,
    data_key: Vec<u8>,
    key_id: i32,
    username: String,
    email: Vec<u8>,
    backup_email: Option<Vec<u8>>,
}

/// Brings logins that are under an older key under the current one, a batch at a time, and says how many are done.
/// Stopped anywhere, it goes on where it was.
///
/// # Errors
/// When a value cannot be opened, or the database cannot be written.
pub async fn rotate_logins(db: &Db, vault: &Vault, progress: impl FnMut(u64)) -> Result<u64, VaultError> {
    db.write_batches(async |tx| rotate_batch(db, tx, vault).await, progress).await
}

async fn rotate_batch(db: &Db, tx: &db::Tx, vault: &Vault) -> Result<u64, VaultError> {
    let sql = format!(
        "SELECT id, data_key, key_id, username, email, backup_email FROM logins WHERE key_id <> $1 ORDER BY id LIMIT {BATCH}{}",
        db.engine().for_update_skip_locked()
    );
    let rows: Vec<LoginRow> = db::query(tx, &sql, [vault.current_key().into()]).await?;
    let count = rows.len() as u64;
    for row in rows {
        rotate_one(tx, vault, row).await?;
    }
    Ok(count)
}

async fn rotate_one(tx: &db::Tx, vault: &Vault, row: LoginRow) -> Result<(), VaultError> {
    if row.data_key.is_empty() {
        // Deleted: nothing left to wrap or to find.
        let sql = "UPDATE logins SET key_id = $1 WHERE id = $2";
        db::execute(tx, sql, [vault.current_key().into(), row.id.into()]).await?;
        return Ok(());
    }
    let key = vault.open_data_key(row.id, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
    let wrapped = vault.wrap(row.id, &key)?;
    let email = vault.open(&key, Place { column: "logins.email", row: row.id.uuid() }, &row.email)?;
    let backup = row.backup_email.map(|sealed| vault.open(&key, crate::backup::place(row.id), &sealed)).transpose()?;
    let sql = "UPDATE logins SET data_key = $1, key_id = $2, email_index = $3, backup_index = $4 WHERE id = $5";
    // A login that nobody has yet is found by no address.
    let index = if row.username.is_empty() { Vec::new() } else { vault.index(Indexed::Email, &email) };
    let backup_index = backup.map(|email| vault.index(Indexed::Email, &email));
    let (bytes, key_id) = (wrapped.bytes, wrapped.key_id);
    db::execute(tx, sql, [bytes.into(), key_id.into(), index.into(), backup_index.into(), row.id.into()]).await?;
    Ok(())
}

/// How many logins are under another key than that.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_under_other_keys(on: &impl ConnectionTrait, key: i32) -> Result<i64, DbErr> {
    Ok(db::scalar(on, "SELECT count(*) FROM logins WHERE key_id <> $1", [key.into()]).await?.unwrap_or(0))
}
