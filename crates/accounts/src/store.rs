//! All queries on customers and accounts.

use db::{DbErr, Engine, Tx};
use kernel::{AccountId, Currency, CustomerId, Day, Language};
use sea_orm::{ConnectionTrait, FromQueryResult};
use vault::{DataKey, Place, Vault, VaultError, Wrapped};

use crate::Address;

/// What the bill function needs to know of an account.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AccountTerms {
    pub id: AccountId,
    pub number: String,
    pub external_id: Option<String>,
    pub currency: Currency,
    pub cycle_day: i16,
    pub billed_from: Day,
    pub version: i64,
}

/// The accounts from `after` (excluded) to `to`, in the order of their ids.
///
/// # Errors
/// When the database cannot be read.
pub async fn terms_of_range(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
) -> Result<Vec<AccountTerms>, DbErr> {
    let sql = "SELECT id, number, external_id, currency, cycle_day, billed_from, version FROM accounts
               WHERE id > $1 AND id <= $2 ORDER BY id";
    db::query(on, sql, [after.into(), to.into()]).await
}

/// Holds the rows of the accounts from `after` (excluded) to `to` until the transaction ends, so that nobody takes a
/// version of any of them meanwhile.
///
/// # Errors
/// When the database cannot be read.
pub async fn hold_range(tx: &Tx, (after, to): (AccountId, AccountId)) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT id FROM accounts WHERE id > $1 AND id <= $2 ORDER BY id{}) AS held",
        Engine::of(tx).for_update()
    );
    db::scalar::<i64>(tx, &sql, [after.into(), to.into()]).await.map(|_| ())
}

/// Takes `count` version numbers of an account, in the transaction that writes what bears them, and gives the first. The
/// account's row is held until then, so that no two writes share a number and none is seen before an earlier one.
///
/// # Errors
/// When the database cannot be written; `None` for no such account.
pub async fn next_version(tx: &Tx, account: AccountId, count: i64) -> Result<Option<i64>, DbErr> {
    let sql = "UPDATE accounts SET version = version + $1 WHERE id = $2 RETURNING version";
    let last: Option<i64> = db::scalar(tx, sql, [count.into(), account.into()]).await?;
    Ok(last.map(|last| last - count + 1))
}

/// A row that an import brought, and the MAC over what it understood of it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ImportedMark {
    pub external_id: String,
    pub import_mark: Option<Vec<u8>>,
}

/// Which of these keys of the provider's are accounts already.
///
/// # Errors
/// When the database cannot be read.
pub async fn imported_marks(
    on: &impl ConnectionTrait,
    external_ids: impl ExactSizeIterator<Item = &str>,
) -> Result<Vec<ImportedMark>, DbErr> {
    let places = db::places(1, external_ids.len());
    let sql = format!("SELECT external_id, import_mark FROM accounts WHERE external_id IN ({places})");
    db::query(on, &sql, external_ids.map(db::Value::from)).await
}

/// What an account and its customer are known by.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AccountIdentity {
    pub id: AccountId,
    pub customer_id: CustomerId,
    /// The provider's own key.
    pub external_id: String,
    pub number: String,
    pub client_identifier: String,
}

/// The accounts that have these keys of the provider's, in no order.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_by_external_ids(
    on: &impl ConnectionTrait,
    external_ids: impl ExactSizeIterator<Item = &str>,
) -> Result<Vec<AccountIdentity>, DbErr> {
    let places = db::places(1, external_ids.len());
    let sql = format!(
        "SELECT a.id, a.customer_id, a.external_id, a.number, c.client_identifier
         FROM accounts a JOIN customers c ON c.id = a.customer_id WHERE a.external_id IN ({places})"
    );
    db::query(on, &sql, external_ids.map(db::Value::from)).await
}

/// A customer as the provider may reach them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: CustomerId,
    pub identifier: String,
    pub language: Language,
    pub name: Option<String>,
    pub email: Option<String>,
    pub telephone: Option<String>,
}

#[derive(FromQueryResult)]
struct ContactRow {
    id: CustomerId,
    client_identifier: String,
    language: Language,
    data_key: Option<Vec<u8>>,
    key_id: i32,
    name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
    telephone: Option<Vec<u8>>,
}

const CONTACT_COLUMNS: &str = "id, client_identifier, language, data_key, key_id, name, email, telephone";

impl ContactRow {
    fn open(self, vault: &Vault) -> Result<Contact, VaultError> {
        let (id, identifier, language) = (self.id, self.client_identifier, self.language);
        let mut contact = Contact { id, identifier, language, name: None, email: None, telephone: None };
        // Without a key the customer's data was erased.
        if let Some(bytes) = self.data_key {
            let key = vault.open_data_key(id, &Wrapped { key_id: self.key_id, bytes })?;
            let open = |column, sealed: Option<Vec<u8>>| {
                open_field(vault, &key, Place { column, row: id.uuid() }, sealed.as_deref())
            };
            contact.name = open("customers.name", self.name)?;
            contact.email = open("customers.email", self.email)?;
            contact.telephone = open("customers.telephone", self.telephone)?;
        }
        Ok(contact)
    }
}

/// The customer who bears a client identifier.
///
/// # Errors
/// When the database cannot be read, or a value cannot be opened.
pub async fn find_contact_by_identifier(
    on: &impl ConnectionTrait,
    vault: &Vault,
    identifier: &str,
) -> Result<Option<Contact>, VaultError> {
    let sql = format!("SELECT {CONTACT_COLUMNS} FROM customers WHERE client_identifier = $1");
    let row: Option<ContactRow> = db::query_one(on, &sql, [identifier.into()]).await?;
    row.map(|row| row.open(vault)).transpose()
}

/// A customer as the provider may reach them.
///
/// # Errors
/// As [`find_contact_by_identifier`].
pub async fn contact_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    customer: CustomerId,
) -> Result<Option<Contact>, VaultError> {
    let sql = format!("SELECT {CONTACT_COLUMNS} FROM customers WHERE id = $1");
    let row: Option<ContactRow> = db::query_one(on, &sql, [customer.into()]).await?;
    row.map(|row| row.open(vault)).transpose()
}

/// Opens a customer's key, to seal more of theirs under it, and holds their row until the transaction ends, so that a
/// rotation waits. None when there is no such customer, or their personal data was erased.
///
/// # Errors
/// When the database cannot be read, or the key cannot be opened.
pub async fn hold_key(tx: &Tx, vault: &Vault, customer: CustomerId) -> Result<Option<DataKey>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        data_key: Option<Vec<u8>>,
        key_id: i32,
    }
    let sql = format!("SELECT data_key, key_id FROM customers WHERE id = $1{}", Engine::of(tx).for_update());
    let row: Option<Row> = db::query_one(tx, &sql, [customer.into()]).await?;
    let wrapped = row.and_then(|row| row.data_key.map(|bytes| Wrapped { key_id: row.key_id, bytes }));
    wrapped.map(|wrapped| vault.open_data_key(customer, &wrapped)).transpose()
}

pub(crate) fn open_field(
    vault: &Vault,
    key: &DataKey,
    place: Place,
    sealed: Option<&[u8]>,
) -> Result<Option<String>, VaultError> {
    sealed.map(|sealed| vault.open(key, place, sealed)).transpose()
}

/// An address as it is sealed; nothing for an empty one.
pub(crate) fn address_text(address: &Address) -> Option<String> {
    if address.is_empty() { None } else { serde_json::to_string(address).ok() }
}
