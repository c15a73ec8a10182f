//! All queries on services and their facts.

use accounts::Address;
use db::{Db, DbErr, DocumentKind, Rows, Tx};
use kernel::{AccountId, Amount, Day, Moment, ServiceId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use vault::{DataKey, Indexed, Place, Vault, VaultError};

use crate::{AgreedPrice, Catalogue, Fact, Recorded, ServiceKind};

/// A service to be opened.
#[derive(Clone, Debug)]
pub struct NewService {
    pub id: ServiceId,
    pub account: AccountId,
    pub kind: ServiceKind,
    pub commitment_months: u8,
    pub address: Address,
}

/// Services to be inserted together.
pub struct ServiceRows(Rows);

impl Default for ServiceRows {
    fn default() -> Self {
        let columns =
            &["id", "account_id", "kind", "commitment_months", "address", "postal_index", "key_id", "created_at"];
        Self(Rows::new("services", columns))
    }
}

impl ServiceRows {
    /// Adds a service, its address sealed under the customer's key.
    ///
    /// # Errors
    /// When the cipher refuses.
    pub fn add(&mut self, vault: &Vault, key: &DataKey, service: &NewService, now: Moment) -> Result<(), VaultError> {
        let place = Place { column: "services.address", row: service.id.uuid() };
        let text = serde_json::to_string(&service.address).ok().filter(|_| !service.address.is_empty());
        let address = text.map(|text| vault.seal(key, place, &text)).transpose()?;
        let postal_code = service.address.postal_code.as_deref();
        self.0.push([
            service.id.into(),
            service.account.into(),
            service.kind.code().into(),
            i16::from(service.commitment_months).into(),
            address.into(),
            postal_code.map(|code| vault.index(Indexed::PostalCode, code)).into(),
            vault.current_key().into(),
            now.into(),
        ]);
        Ok(())
    }

    /// # Errors
    /// What the database says.
    pub async fn insert(self, tx: &Tx) -> Result<(), DbErr> {
        self.0.insert(tx).await
    }
}

/// Facts to be inserted together.
pub struct FactRows(Rows);

impl Default for FactRows {
    fn default() -> Self {
        let columns = &[
            "account_id",
            "version",
            "service_id",
            "kind",
            "effective_on",
            "item",
            "price",
            "price_until",
            "withdraws",
            "reference",
            "author",
            "recorded_at",
        ];
        Self(Rows::new("service_facts", columns))
    }
}

impl FactRows {
    pub fn add(&mut self, account: AccountId, recorded: &Recorded, author: audit::Author, reference: Option<&str>) {
        let columns = recorded.fact.columns();
        self.0.push([
            account.into(),
            recorded.version.into(),
            recorded.service.into(),
            columns.kind.into(),
            recorded.effective_on.into(),
            columns.item.into(),
            columns.price.map(|price| price.amount).into(),
            columns.price.and_then(|price| price.until).into(),
            columns.withdraws.into(),
            reference.map(str::to_owned).into(),
            author.code().into(),
            recorded.recorded_at.into(),
        ]);
    }

    /// # Errors
    /// What the database says.
    pub async fn insert(self, tx: &Tx) -> Result<(), DbErr> {
        self.0.insert(tx).await
    }
}

/// A service as the bill function needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRow {
    pub account: AccountId,
    pub id: ServiceId,
    pub kind: ServiceKind,
}

#[derive(FromQueryResult)]
struct ServiceColumns {
    account_id: AccountId,
    id: ServiceId,
    kind: String,
}

/// The services of the accounts from `after` (excluded) to `to`, by account.
///
/// # Errors
/// When the database cannot be read, or holds a kind of service that this program does not know.
pub async fn services_of_range(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
) -> Result<Vec<ServiceRow>, DbErr> {
    services_where(on, "account_id > $1 AND account_id <= $2", [after.into(), to.into()]).await
}

/// The services of these accounts, by account.
///
/// # Errors
/// As [`services_of_range`].
pub async fn services_of(on: &impl ConnectionTrait, accounts: &[AccountId]) -> Result<Vec<ServiceRow>, DbErr> {
    services_where(on, &db::among("account_id", accounts.len()), in_order(accounts)).await
}

async fn services_where(
    on: &impl ConnectionTrait,
    filter: &str,
    values: impl IntoIterator<Item = db::Value>,
) -> Result<Vec<ServiceRow>, DbErr> {
    let sql = format!("SELECT account_id, id, kind FROM services WHERE {filter} ORDER BY account_id, id");
    let rows: Vec<ServiceColumns> = db::query(on, &sql, values).await?;
    let read = rows.into_iter().map(|row| {
        let unknown = || DbErr::Type(format!("service {} is of the unknown kind {}", row.id, row.kind));
        let kind = ServiceKind::from_code(&row.kind).ok_or_else(unknown)?;
        Ok(ServiceRow { account: row.account_id, id: row.id, kind })
    });
    read.collect()
}

fn in_order(accounts: &[AccountId]) -> impl Iterator<Item = db::Value> {
    let mut accounts = accounts.to_vec();
    accounts.sort_unstable();
    accounts.into_iter().map(Into::into)
}

#[derive(FromQueryResult)]
struct FactRow {
    account_id: AccountId,
    version: i64,
    service_id: Option<ServiceId>,
    kind: String,
    effective_on: Day,
    item: Option<String>,
    price: Option<Amount>,
    price_until: Option<Day>,
    withdraws: Option<i64>,
    recorded_at: Moment,
}

/// The facts of the accounts from `after` (excluded) to `to`, by account and version.
///
/// # Errors
/// When the database cannot be read, or a row is no fact.
pub async fn facts_of_range(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
) -> Result<Vec<(AccountId, Recorded)>, DbErr> {
    facts_where(on, "account_id > $1 AND account_id <= $2", [after.into(), to.into()]).await
}

/// The facts of these accounts, by account and version.
///
/// # Errors
/// As [`facts_of_range`].
pub async fn facts_of(on: &impl ConnectionTrait, accounts: &[AccountId]) -> Result<Vec<(AccountId, Recorded)>, DbErr> {
    facts_where(on, &db::among("account_id", accounts.len()), in_order(accounts)).await
}

async fn facts_where(
    on: &impl ConnectionTrait,
    filter: &str,
    values: impl IntoIterator<Item = db::Value>,
) -> Result<Vec<(AccountId, Recorded)>, DbErr> {
    let sql = format!(
        "SELECT account_id, version, service_id, kind, effective_on, item, price, price_until, withdraws, recorded_at
         FROM service_facts WHERE {filter} ORDER BY account_id, version"
    );
    let rows: Vec<FactRow> = db::query(on, &sql, values).await?;
    let read = rows.into_iter().map(|row| {
        let price = row.price.map(|amount| AgreedPrice { amount, until: row.price_until });
        let no_fact = || DbErr::Type(format!("fact {} of account {} is none", row.version, row.account_id));
        let fact = Fact::from_columns(&row.kind, row.item, price, row.withdraws).ok_or_else(no_fact)?;
        let recorded = Recorded {
            version: row.version,
            service: row.service_id,
            effective_on: row.effective_on,
            recorded_at: row.recorded_at,
            fact,
        };
        Ok((row.account_id, recorded))
    });
    read.collect()
}

/// The end of a price that was agreed until a day.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PriceEnd {
    pub service: ServiceId,
    pub item: String,
    /// The first day of the catalogue's price.
    pub on: Day,
}

/// The agreed prices of an account that end after one day and before another, as they were known to a version of it. Whether a
/// later fact took their place first is not said.
///
/// # Errors
/// When the database cannot be read.
pub async fn price_ends(
    on: &impl ConnectionTrait,
    account: AccountId,
    (after, before): (Day, Day),
    known: i64,
) -> Result<Vec<PriceEnd>, DbErr> {
    let sql = "SELECT service_id AS service, item, price_until AS \"on\" FROM service_facts f
               WHERE account_id = $1 AND price_until > $2 AND price_until < $3 AND version <= $4 AND NOT EXISTS (
                   SELECT 1 FROM service_facts w WHERE w.account_id = f.account_id AND w.withdraws = f.version AND w.version <= $4)
               ORDER BY version";
    db::query(on, sql, [account.into(), after.into(), before.into(), known.into()]).await
}

/// A version of the catalogue, or the one in force.
///
/// # Errors
/// When the database cannot be read, or what was kept is no catalogue.
pub async fn load_catalogue(db: &Db, version: Option<i32>) -> Result<Option<(i32, Catalogue)>, DbErr> {
    let document = match version {
        Some(version) => db::find_document(db.reader(), DocumentKind::Catalogue, version).await?,
        None => db::latest_document(db.reader(), DocumentKind::Catalogue).await?,
    };
    let Some(document) = document else { return Ok(None) };
    let catalogue = Catalogue::parse(&document.content)
        .map_err(|error| DbErr::Type(format!("catalogue version {}: {error}", document.version)))?;
    Ok(Some((document.version, catalogue)))
}
