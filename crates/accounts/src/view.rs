//! Accounts as their people's pages show them.

use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{AccountId, Currency, CustomerId, Day, Language, Moment};
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

/// An account and its customer as they are kept, personal data still sealed.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct SealedView {
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
    held_since: Option<Moment>,
}

db::row!(SealedView {
    id,
    customer_id,
    number,
    segment,
    currency,
    cycle_day,
    billed_from,
    version,
    bill_format,
    address,
    client_identifier,
    language,
    data_key,
    key_id,
    name,
    email,
    held_since
});

/// What a [`SealedView`] is read from: accounts as `a`, customers as `c`.
pub(crate) const VIEW_COLUMNS: &str =
    "a.id, a.customer_id, a.number, a.segment, a.currency, a.cycle_day, a.billed_from,
    a.version, a.bill_format, a.address, c.client_identifier, c.language, c.data_key, c.key_id, c.name, c.email,
    a.held_since";

impl SealedView {
    /// Since when its customer has the account; none since the beginning (PRO-1).
    pub(crate) fn held_since(&self) -> Option<Moment> {
        self.held_since
    }

    pub(crate) fn customer(&self) -> CustomerId {
        self.customer_id
    }

    /// The customer and their wrapped key; none where their data was erased.
    pub(crate) fn wrapped(&self) -> Option<(CustomerId, i32, Vec<u8>)> {
        self.data_key.clone().map(|bytes| (self.customer_id, self.key_id, bytes))
    }

    pub(crate) fn open(&self, vault: &Vault) -> Result<AccountView, VaultError> {
        let mut view = AccountView {
            id: self.id,
            customer: self.customer_id,
            number: self.number.clone(),
            segment: self.segment.clone(),
            currency: self.currency,
            cycle_day: self.cycle_day,
            billed_from: self.billed_from,
            version: self.version,
            identifier: self.client_identifier.clone(),
            language: self.language,
            on_paper: self.bill_format == "paper",
            name: None,
            email: None,
            address: Address::default(),
        };
        // Without a key the customer's data was erased.
        if let Some(bytes) = &self.data_key {
            let key = vault.open_data_key(self.customer_id, &Wrapped { key_id: self.key_id, bytes: bytes.clone() })?;
            let of_customer = |column| Place { column, row: self.customer_id.uuid() };
            view.name = open_field(vault, &key, of_customer("customers.name"), self.name.as_deref())?;
            view.email = open_field(vault, &key, of_customer("customers.email"), self.email.as_deref())?;
            let place = Place { column: "accounts.address", row: self.id.uuid() };
            let address = open_field(vault, &key, place, self.address.as_deref())?;
            view.address = address.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        }
        Ok(view)
    }
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
    let sql = format!("SELECT {VIEW_COLUMNS} FROM accounts a JOIN customers c ON c.id = a.customer_id WHERE a.id = $1");
    let row: Option<SealedView> = db::query_one(on, &sql, [grant.account().into()]).await?;
    row.map(|row| row.open(vault)).transpose()
}

/// As [`account_view`], within a write that has not changed it.
///
/// # Errors
/// As [`account_view`].
pub async fn account_view_in(
    db: &Db,
    tx: &Tx,
    vault: &Vault,
    grant: &Grant,
) -> Result<Option<AccountView>, VaultError> {
    let sql = format!("SELECT {VIEW_COLUMNS} FROM accounts a JOIN customers c ON c.id = a.customer_id WHERE a.id = $1");
    let row = db.read_unchanged::<SealedView>(tx, &sql, &[grant.account().into()]).await?.pop();
    row.map(|row| row.open(vault)).transpose()
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

/// These accounts with their customers, in no order.
///
/// # Errors
/// As [`account_view`].
pub async fn views_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    accounts: &[AccountId],
) -> Result<Vec<AccountView>, VaultError> {
    let places = db::places(1, accounts.len());
    let sql = format!(
        "SELECT {VIEW_COLUMNS} FROM accounts a JOIN customers c ON c.id = a.customer_id WHERE a.id IN ({places})"
    );
    let rows: Vec<SealedView> = db::query(on, &sql, accounts.iter().map(|account| (*account).into())).await?;
    rows.iter().map(|row| row.open(vault)).collect()
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
