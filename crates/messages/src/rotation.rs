//! Rotation of keys (PRV-1): the messages' data keys are wrapped anew.

use db::{Db, DbErr, FromQueryResult};
use kernel::MessageId;
use sea_orm::ConnectionTrait;
use vault::{Vault, VaultError, Wrapped};

const BATCH: i64 = 200;

#[derive(FromQueryResult)]
struct Row {
    id: MessageId,
    data_key: Vec<u8>,
    key_id: i32,
}

/// Brings messages that are under an older key under the current one, a batch at a time, and says how many are done.
/// Stopped anywhere, it goes on where it was.
///
/// # Errors
/// When a key cannot be opened, or the database cannot be written.
pub async fn rotate_messages(db: &Db, vault: &Vault, progress: impl FnMut(u64)) -> Result<u64, VaultError> {
    db.write_batches(async |tx| rotate_batch(db, tx, vault).await, progress).await
}

async fn rotate_batch(db: &Db, tx: &db::Tx, vault: &Vault) -> Result<u64, VaultError> {
    let sql = format!(
        "SELECT id, data_key, key_id FROM messages WHERE key_id <> $1 ORDER BY id LIMIT {BATCH}{}",
        db.engine().for_update_skip_locked()
    );
    let rows: Vec<Row> = db::query(tx, &sql, [vault.current_key().into()]).await?;
    let count = rows.len() as u64;
    for row in rows {
        let key = vault.open_data_key(row.id, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
        let wrapped = vault.wrap(row.id, &key)?;
        let sql = "UPDATE messages SET data_key = $1, key_id = $2 WHERE id = $3";
        db::execute(tx, sql, [wrapped.bytes.into(), wrapped.key_id.into(), row.id.into()]).await?;
    }
    Ok(count)
}

/// How many messages are under another key than that.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_under_other_keys(on: &impl ConnectionTrait, key: i32) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) FROM messages WHERE key_id <> $1";
    Ok(db::scalar(on, sql, [key.into()]).await?.unwrap_or(0))
}
