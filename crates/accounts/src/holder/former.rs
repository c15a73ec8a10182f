//! Who held an account at an earlier moment: a bill bears the name and the address of who it was made out to.

use db::{Db, FromQueryResult};
use kernel::{CustomerId, Moment};
use sea_orm::ConnectionTrait;
use vault::{Place, Vault, VaultError, Wrapped};

use crate::store::open_field;
use crate::{AccountView, Grant, account_view};

#[derive(FromQueryResult)]
struct Former {
    customer_id: CustomerId,
    client_identifier: String,
    language: kernel::Language,
    data_key: Option<Vec<u8>>,
    key_id: i32,
    name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
}

#[derive(FromQueryResult)]
struct Since {
    is_changed: bool,
}

db::row!(Since { is_changed });

/// As [`account_view_when`], for a page that has the account as it is today: mostly nothing of it has changed since.
///
/// # Errors
/// As [`account_view_when`].
pub async fn view_when(
    db: &Db,
    vault: &Vault,
    (view, grant): (AccountView, &Grant),
    at: Moment,
) -> Result<Option<AccountView>, VaultError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM former_holders WHERE account_id = $1 AND until > $2)
                   OR EXISTS (SELECT 1 FROM former_names WHERE customer_id = $3 AND until > $2)
                   OR EXISTS (SELECT 1 FROM former_addresses WHERE account_id = $1 AND until > $2) AS is_changed";
    let values = [grant.account().into(), at.into(), view.customer.into()];
    let since: Vec<Since> = db.keyed(sql, &values).await?;
    if since.iter().any(|since| since.is_changed) {
        return account_view_when(db.reader(), vault, (grant, at)).await;
    }
    Ok(Some(view))
}

/// The account of a grant with the customer who held it at a moment, and the name and the postal address that were on file
/// then.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn account_view_when(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (grant, at): (&Grant, Moment),
) -> Result<Option<AccountView>, VaultError> {
    let Some(view) = account_view(on, vault, grant).await? else { return Ok(None) };
    let sql = "SELECT f.customer_id, c.client_identifier, c.language, c.data_key, c.key_id, c.name, c.email, f.address
               FROM former_holders f JOIN customers c ON c.id = f.customer_id
               WHERE f.account_id = $1 AND f.until > $2 ORDER BY f.until LIMIT 1";
    let former: Option<Former> = db::query_one(on, sql, [grant.account().into(), at.into()]).await?;
    let Some(former) = former else { return crate::former::as_of(on, vault, view, at).await.map(Some) };
    let mut view = AccountView {
        customer: former.customer_id,
        identifier: former.client_identifier,
        language: former.language,
        name: None,
        email: None,
        address: crate::Address::default(),
        ..view
    };
    if let Some(bytes) = former.data_key {
        let key = vault.open_data_key(former.customer_id, &Wrapped { key_id: former.key_id, bytes })?;
        let of_customer = |column| Place { column, row: former.customer_id.uuid() };
        view.name = open_field(vault, &key, of_customer("customers.name"), former.name.as_deref())?;
        view.email = open_field(vault, &key, of_customer("customers.email"), former.email.as_deref())?;
        let place = Place { column: "accounts.address", row: view.id.uuid() };
        let address = open_field(vault, &key, place, former.address.as_deref())?;
        view.address = address.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    }
    crate::former::as_of(on, vault, view, at).await.map(Some)
}
