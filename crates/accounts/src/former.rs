//! What was on file before: a bill bears the name and the address of the day on which it was issued, whenever it is first
//! looked at (BIL-1). Whoever changes one of them keeps it first, in the same transaction.

use db::{Db, DbErr, FromQueryResult, Migration, Tx};
use kernel::{AccountId, CustomerId, Moment};
use sea_orm::ConnectionTrait;
use vault::{Place, Vault, VaultError};

use crate::store::open_field;
use crate::{AccountView, customer_key};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0395_former",
    what: "names and addresses that bills were made out to",
    sql: include_str!("migrations/0095_former.sql"),
};

/// Keeps a customer's name as it is until now, before it is changed.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn keep_name(db: &Db, tx: &Tx, customer: CustomerId) -> Result<(), DbErr> {
    let sql = "INSERT INTO former_names (customer_id, until, name) SELECT id, $1, name FROM customers WHERE id = $2
               ON CONFLICT DO NOTHING";
    db::execute(tx, sql, [db.world().now().into(), customer.into()]).await.map(|_| ())
}

/// Keeps an account's postal address as it is until now, before it is changed.
///
/// # Errors
/// As [`keep_name`].
pub(crate) async fn keep_address(db: &Db, tx: &Tx, account: AccountId) -> Result<(), DbErr> {
    let sql = "INSERT INTO former_addresses (account_id, until, customer_id, address)
               SELECT id, $1, customer_id, address FROM accounts WHERE id = $2 ON CONFLICT DO NOTHING";
    db::execute(tx, sql, [db.world().now().into(), account.into()]).await.map(|_| ())
}

#[derive(FromQueryResult)]
struct Former {
    value: Option<Vec<u8>>,
}

/// The name and the address of a view as they were at a moment.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub(crate) async fn as_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    mut view: AccountView,
    at: Moment,
) -> Result<AccountView, VaultError> {
    let sql = "SELECT name AS value FROM former_names WHERE customer_id = $1 AND until > $2 ORDER BY until LIMIT 1";
    let name: Option<Former> = db::query_one(on, sql, [view.customer.into(), at.into()]).await?;
    let sql = "SELECT address AS value FROM former_addresses
               WHERE account_id = $1 AND customer_id = $2 AND until > $3 ORDER BY until LIMIT 1";
    let address: Option<Former> = db::query_one(on, sql, [view.id.into(), view.customer.into(), at.into()]).await?;
    if name.is_none() && address.is_none() {
        return Ok(view);
    }
    // Without a key the customer's data was erased, and what was on file before with it.
    let Some(key) = customer_key(on, vault, view.customer).await? else { return Ok(view) };
    if let Some(Former { value }) = name {
        let place = Place { column: "customers.name", row: view.customer.uuid() };
        view.name = open_field(vault, &key, place, value.as_deref())?;
    }
    if let Some(Former { value }) = address {
        let place = Place { column: "accounts.address", row: view.id.uuid() };
        let text = open_field(vault, &key, place, value.as_deref())?;
        view.address = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    }
    Ok(view)
}
