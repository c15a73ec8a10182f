//! Accounts as their people's pages show them.

use db::{DbErr, FromQueryResult};
use kernel::{AccountId, Currency, CustomerId, Day, Language};
use sea_orm::ConnectionTrait;
use vault::{Place, Vault, VaultError, Wrapped};

use crate::store::open_field;
use crate::{Address, Grant};

/// An account and the customer it belongs to.
#[derive(Clone, Debug)]
pub struct AccountView {
    pub id: AccountId,
    pub customer: CustomerId,
    pub number: String,
    pub segment: String,
    pub currency: Currency,
    pub cycle_day: i16,
    pub billed_from: Day,
    pub version: i64,
    pub identifier: String,
    pub language: Language,
    pub on_paper: bool,
    pub name: Option<String>,
    /// The e-mail on file.
    pub email: Option<String>,
    pub address: Address,
}

#[derive(FromQueryResult)]
struct Row {
    id: AccountId,
    customer_id: CustomerId,
    number: String,
    segment: String,
    currency: Currency,
    cycle_day: i16,
    billed_from: Day,
    version: i64,
    bill_format: String,
    address: Option<Vec<u8>>,
    client_identifier: String,
    language: Language,
    data_key: Option<Vec<u8>>,
    key_id: i32,
    name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
}

/// The account of a grant.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn account_view(
    on: &impl ConnectionTrait,
    vault: &Vault,
    grant: &Grant,
) -> Result<Option<AccountView>, VaultError> {
    let sql = "SELECT a.id, a.customer_id, a.number, a.segment, a.currency, a.cycle_day, a.billed_from, a.version,
                   a.bill_format, a.address, c.client_identifier, c.language, c.data_key, c.key_id, c.name, c.email
               FROM accounts a JOIN customers c ON c.id = a.customer_id WHERE a.id = $1";
    let Some(row) = db::query_one::<Row>(on, sql, [grant.account().into()]).await? else { return Ok(None) };
    let mut view = AccountView {
        id: row.id,
        customer: row.customer_id,
        number: row.number,
        segment: row.segment,
        currency: row.currency,
        cycle_day: row.cycle_day,
        billed_from: row.billed_from,
        version: row.version,
        identifier: row.client_identifier,
        language: row.language,
        on_paper: row.bill_format == "paper",
        name: None,
        email: None,
        address: Address::default(),
    };
    // Without a key the customer's data was erased.
    if let Some(bytes) = row.data_key {
        let key = vault.open_data_key(row.customer_id, &Wrapped { key_id: row.key_id, bytes })?;
        let of_customer = |column| Place { column, row: row.customer_id.uuid() };
        view.name = open_field(vault, &key, of_customer("customers.name"), row.name)?;
        view.email = open_field(vault, &key, of_customer("customers.email"), row.email)?;
        let place = Place { column: "accounts.address", row: row.id.uuid() };
        let address = open_field(vault, &key, place, row.address)?;
        view.address = address.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    }
    Ok(Some(view))
}

/// The data key of an account's customer, for what else is sealed under it.
///
/// # Errors
/// As [`account_view`].
pub async fn customer_key(
    on: &impl ConnectionTrait,
    vault: &Vault,
    customer: CustomerId,
) -> Result<Option<vault::DataKey>, VaultError> {
    #[derive(FromQueryResult)]
    struct Key {
        data_key: Option<Vec<u8>>,
        key_id: i32,
    }
    let sql = "SELECT data_key, key_id FROM customers WHERE id = $1";
    let row: Option<Key> = db::query_one(on, sql, [customer.into()]).await?;
    let Some(Key { data_key: Some(bytes), key_id }) = row else { return Ok(None) };
    vault.open_data_key(customer, &Wrapped { key_id, bytes }).map(Some)
}

/// The numbers of all accounts, by number, a page at a time.
///
/// # Errors
/// When the database cannot be read.
pub async fn numbers_after(
    on: &impl ConnectionTrait,
    after: AccountId,
    most: i64,
) -> Result<Vec<(AccountId, String)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Numbered {
        id: AccountId,
        number: String,
    }
    let sql = "SELECT id, number FROM accounts WHERE id > $1 ORDER BY id LIMIT $2";
    let rows: Vec<Numbered> = db::query(on, sql, [after.into(), most.into()]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.number)).collect())
}
