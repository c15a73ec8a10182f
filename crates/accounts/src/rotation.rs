//! Rotation of keys (PRV-1): customers' data keys are wrapped anew, and the indexes over their data made anew.

use db::{Db, DbErr};
use kernel::CustomerId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use vault::{Indexed, Place, Vault, VaultError, Wrapped};

use crate::{Address, store::open_field};

const BATCH: i64 = 200;

#[derive(Clone, FromQueryResult)]
struct CustomerRow {
    id: CustomerId,
    data_key: Option<Vec<u8>>,
    key_id: i32,
    email: Option<Vec<u8>>,
    telephone: Option<Vec<u8>>,
    other_telephone: Option<Vec<u8>>,
}

#[derive(FromQueryResult)]
struct AccountRow {
    id: kernel::AccountId,
    address: Option<Vec<u8>>,
}

/// Brings customers that are under an older key under the current one, a batch at a time, and says how many are done.
/// Stopped anywhere, it goes on where it was: what is done is no longer under an older key.
///
/// # Errors
/// When a value cannot be opened, or the database cannot be written.
pub async fn rotate_customers(db: &Db, vault: &Vault, progress: impl FnMut(u64)) -> Result<u64, VaultError> {
    db.write_batches(async |tx| rotate_batch(db, tx, vault).await, progress).await
}

async fn rotate_batch(db: &Db, tx: &db::Tx, vault: &Vault) -> Result<u64, VaultError> {
    let sql = format!(
        "SELECT id, data_key, key_id, email, telephone, other_telephone FROM customers WHERE key_id <> $1
             ORDER BY id LIMIT {BATCH}{}",
        db.engine().for_update_skip_locked()
    );
    let rows: Vec<CustomerRow> = db::query(tx, &sql, [vault.current_key().into()]).await?;
    let count = rows.len() as u64;
    for row in rows {
        rotate_one(tx, vault, row).await?;
    }
    Ok(count + crate::draft::rotate_drafts(tx, vault, BATCH).await?)
}

async fn rotate_one(tx: &db::Tx, vault: &Vault, row: CustomerRow) -> Result<(), VaultError> {
    let Some(bytes) = row.data_key else {
        // Erased: nothing left to wrap or to find.
        db::execute(tx, "UPDATE customers SET key_id = $1 WHERE id = $2", [vault.current_key().into(), row.id.into()])
            .await?;
        return Ok(());
    };
    let key = vault.open_data_key(row.id, &Wrapped { key_id: row.key_id, bytes })?;
    let wrapped = vault.wrap(row.id, &key)?;
    let index = |column, field, sealed: Option<Vec<u8>>| {
        let value = open_field(vault, &key, Place { column, row: row.id.uuid() }, sealed.as_deref())?;
        Ok::<_, VaultError>(value.map(|value| vault.index(field, &value)))
    };
    let email = index("customers.email", Indexed::Email, row.email)?;
    let telephone = index("customers.telephone", Indexed::Telephone, row.telephone)?;
    let other = index("customers.other_telephone", Indexed::Telephone, row.other_telephone)?;
    let sql = "UPDATE customers SET data_key = $1, key_id = $2, email_index = $3, telephone_index = $4,
                   other_telephone_index = $5 WHERE id = $6";
    let values =
        [wrapped.bytes.into(), wrapped.key_id.into(), email.into(), telephone.into(), other.into(), row.id.into()];
    db::execute(tx, sql, values).await?;

    let sql = "SELECT id, address FROM accounts WHERE customer_id = $1";
    for account in db::query::<AccountRow>(tx, sql, [row.id.into()]).await? {
        let place = Place { column: "accounts.address", row: account.id.uuid() };
        let text = open_field(vault, &key, place, account.address.as_deref())?;
        let address: Option<Address> = text.and_then(|text| serde_json::from_str(&text).ok());
        let index = address.and_then(|a| a.postal_code).map(|code| vault.index(Indexed::PostalCode, &code));
        let sql = "UPDATE accounts SET postal_index = $1 WHERE id = $2";
        db::execute(tx, sql, [index.into(), account.id.into()]).await?;
    }
    Ok(())
}

/// How many customers are under another key than that.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_under_other_keys(on: &impl ConnectionTrait, key: i32) -> Result<i64, DbErr> {
    let sql = "SELECT (SELECT count(*) FROM customers WHERE key_id <> $1)
                   + (SELECT count(*) FROM drafts WHERE key_id <> $1 AND data_key IS NOT NULL)";
    Ok(db::scalar(on, sql, [key.into()]).await?.unwrap_or(0))
}
