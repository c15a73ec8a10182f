//! Rotation of keys (PRV-1): the indexes over service addresses are made anew.

use accounts::Address;
use db::{Db, DbErr};
use kernel::{CustomerId, ServiceId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use vault::{Indexed, Place, Vault, VaultError, Wrapped};

const BATCH: i64 = 200;

#[derive(FromQueryResult)]
struct Row {
    id: ServiceId,
    customer_id: CustomerId,
    data_key: Option<Vec<u8>>,
    customer_key: i32,
    address: Option<Vec<u8>>,
}

/// As [`accounts::rotate_customers`], for services.
///
/// # Errors
/// When a value cannot be opened, or the database cannot be written.
pub async fn rotate_services(db: &Db, vault: &Vault, progress: impl FnMut(u64)) -> Result<u64, VaultError> {
    db.write_batches(async |tx| rotate_batch(tx, vault).await, progress).await
}

async fn rotate_batch(tx: &db::Tx, vault: &Vault) -> Result<u64, VaultError> {
    let sql = format!(
        "SELECT s.id, a.customer_id, c.data_key, c.key_id AS customer_key, s.address
         FROM services s JOIN accounts a ON a.id = s.account_id JOIN customers c ON c.id = a.customer_id
         WHERE s.key_id <> $1 ORDER BY s.id LIMIT {BATCH}"
    );
    let rows: Vec<Row> = db::query(tx, &sql, [vault.current_key().into()]).await?;
    let count = rows.len() as u64;
    for row in rows {
        let address = match (row.data_key, row.address) {
            (Some(bytes), Some(sealed)) => {
                let key = vault.open_data_key(row.customer_id, &Wrapped { key_id: row.customer_key, bytes })?;
                let place = Place { column: "services.address", row: row.id.uuid() };
                serde_json::from_str::<Address>(&vault.open(&key, place, &sealed)?).ok()
            }
            _ => None,
        };
        let index = address.and_then(|a| a.postal_code).map(|code| vault.index(Indexed::PostalCode, &code));
        let sql = "UPDATE services SET postal_index = $1, key_id = $2 WHERE id = $3";
        db::execute(tx, sql, [index.into(), vault.current_key().into(), row.id.into()]).await?;
    }
    Ok(count)
}

/// How many services are under another key than that.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_under_other_keys(on: &impl ConnectionTrait, key: i32) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) FROM services WHERE key_id <> $1";
    Ok(db::scalar(on, sql, [key.into()]).await?.unwrap_or(0))
}
