//! Services as their people's pages show them (SVC-2).

use std::collections::BTreeMap;

use accounts::{Address, Grant, ServicePlaces};
use db::{Db, DbErr, FromQueryResult};
use kernel::{AccountId, Amount, CustomerId, Day, ServiceId};
use sea_orm::ConnectionTrait;
use vault::{DataKey, Place, Vault, VaultError, Wrapped};

use crate::store::{facts_of_range, services_of_range};
use crate::{Catalogue, Recorded, ServiceKind, Timeline};

/// A service on a day.
#[derive(Clone, Debug)]
pub struct ServiceView {
    pub id: ServiceId,
    pub kind: ServiceKind,
    /// The plan's code; none before it began and after it ended.
    pub plan: Option<String>,
    pub add_ons: Vec<String>,
    /// A month of plan and add-ons, before tax.
    pub price: Amount,
    pub address: Address,
}

#[derive(FromQueryResult)]
struct Sealed {
    id: ServiceId,
    address: Option<Vec<u8>>,
}

/// The services that a grant is about, on a day: for a secondary user those that the holder gave them a right on (USR-3).
///
/// # Errors
/// When the database cannot be read, or an address cannot be opened.
pub async fn services_on(
    db: &Db,
    (vault, key): (&Vault, Option<&DataKey>),
    grant: &Grant,
    catalogue: &Catalogue,
    day: Day,
) -> Result<Vec<ServiceView>, VaultError> {
    let range = (just_before(grant.account()), grant.account());
    let mut services = services_of_range(db.reader(), range).await?;
    services.retain(|service| grant.services().contains(service.id));
    let facts: Vec<_> = facts_of_range(db.reader(), range).await?.into_iter().map(|(_, fact)| fact).collect();
    let sql = "SELECT id, address FROM services WHERE account_id = $1";
    let sealed: Vec<Sealed> = db::query(db.reader(), sql, [grant.account().into()]).await?;
    let timeline = Timeline::new(&facts, i64::MAX);
    let since = Day::of_moment(grant.since());
    let mut views = Vec::with_capacity(services.len());
    for service in services {
        let found = timeline.services().iter().find(|other| other.id == service.id);
        // What had ended before this holder came is a former one's (PRO-1).
        let goes_on = |fact: &Recorded| fact.service == Some(service.id) && fact.effective_on >= since;
        if found.is_none_or(|found| found.plan(since).is_none()) && !facts.iter().any(goes_on) {
            continue;
        }
        let plan = found.and_then(|found| found.plan(day)).map(str::to_owned);
        let add_ons: Vec<String> = found.iter().flat_map(|found| found.add_ons(day)).map(str::to_owned).collect();
        let price = |code: &String| {
            let agreed = found.and_then(|found| found.agreed_price(code, day));
            agreed.or_else(|| catalogue.item(code)?.price(day)).unwrap_or_default()
        };
        let price = plan.iter().chain(&add_ons).map(price).sum();
        let address = sealed.iter().find(|row| row.id == service.id).and_then(|row| row.address.as_deref());
        let place = Place { column: "services.address", row: service.id.uuid() };
        let address = match (key, address) {
            (Some(key), Some(sealed)) => serde_json::from_str(&vault.open(key, place, sealed)?).unwrap_or_default(),
            _ => Address::default(),
        };
        views.push(ServiceView { id: service.id, kind: service.kind, plan, add_ons, price, address });
    }
    Ok(views)
}

/// Where the services of a grant's account are, as far as it is known: for its bills.
///
/// # Errors
/// When the database cannot be read, or an address cannot be opened.
pub async fn places_of(db: &Db, vault: &Vault, grant: &Grant) -> Result<BTreeMap<ServiceId, Address>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: ServiceId,
        address: Vec<u8>,
        customer_id: CustomerId,
        data_key: Vec<u8>,
        key_id: i32,
    }
    db::row!(Row { id, address, customer_id, data_key, key_id });
    // Under the key of whoever holds the account now: a change of holder seals them anew.
    let sql = "SELECT s.id, s.address, a.customer_id, c.data_key, c.key_id
               FROM services s JOIN accounts a ON a.id = s.account_id JOIN customers c ON c.id = a.customer_id
               WHERE s.account_id = $1 AND s.address IS NOT NULL AND c.data_key IS NOT NULL";
    let rows: Vec<Row> = db.keyed(sql, &[grant.account().into()]).await?;
    let Some(first) = rows.first() else { return Ok(BTreeMap::new()) };
    let wrapped = Wrapped { key_id: first.key_id, bytes: first.data_key.clone() };
    let key = vault.open_data_key(first.customer_id, &wrapped)?;
    let open = |row: &Row| {
        let place = Place { column: "services.address", row: row.id.uuid() };
        let text = vault.open(&key, place, &row.address)?;
        Ok((row.id, serde_json::from_str(&text).unwrap_or_default()))
    };
    rows.iter().map(open).collect()
}

/// What a service of a grant's account is, within what the grant is about; none where there is no such service.
///
/// # Errors
/// When the database cannot be read.
pub async fn kind_of(
    on: &impl ConnectionTrait,
    grant: &Grant,
    service: ServiceId,
) -> Result<Option<ServiceKind>, DbErr> {
    if !grant.services().contains(service) {
        return Ok(None);
    }
    let sql = "SELECT kind FROM services WHERE id = $1 AND account_id = $2";
    let kind: Option<String> = db::scalar(on, sql, [service.into(), grant.account().into()]).await?;
    Ok(kind.and_then(|kind| ServiceKind::from_code(&kind)))
}

/// The id just below, for a range of one account.
fn just_before(id: AccountId) -> AccountId {
    AccountId::from(uuid::Uuid::from_u128(id.uuid().as_u128().saturating_sub(1)))
}

/// The postal codes of services, for sign-up (SGN-2).
pub struct Places<'a>(pub &'a Db);

impl ServicePlaces for Places<'_> {
    async fn is_at(&self, account: AccountId, postal_codes: &[Vec<u8>]) -> Result<bool, DbErr> {
        #[derive(FromQueryResult)]
        struct At {
            postal_index: Option<Vec<u8>>,
        }
        let sql = "SELECT postal_index FROM services WHERE account_id = $1";
        let services: Vec<At> = db::query(self.0.reader(), sql, [account.into()]).await?;
        Ok(services.iter().any(|at| at.postal_index.as_ref().is_some_and(|index| postal_codes.contains(index))))
    }
}
