//! Use cases on the timeline.

use audit::{Author, Chain, Event};
use db::{Db, DbErr, DbFault, Tx};
use kernel::{AccountId, Day, ServiceId};
use serde_json::json;

use crate::store::{FactRows, load_catalogue, services_of_range};
use crate::{Catalogue, Fact, Recorded, Role};

/// A fact to be recorded: about which service, from which day on, what, resting on what.
#[derive(Clone, Debug)]
pub struct NewFact {
    pub service: Option<ServiceId>,
    pub effective_on: Day,
    pub fact: Fact,
    pub reference: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("there is no account {0}")]
    NoAccount(AccountId),
    #[error("the account has no service {0}")]
    NoService(ServiceId),
    #[error("the catalogue has no {role} “{code}” for this kind of service")]
    NoItem { role: &'static str, code: String },
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for RecordError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// Records facts about an account, all or none, and gives their versions. What they change of billed days is credited or
/// charged on the next bill.
///
/// # Errors
/// When the account, a service or an item does not exist; nothing is recorded then.
pub async fn record(db: &Db, account: AccountId, author: Author, facts: Vec<NewFact>) -> Result<Vec<i64>, RecordError> {
    let catalogue = load_catalogue(db, None).await?.map(|(_, catalogue)| catalogue);
    let before = AccountId::from(uuid::Uuid::from_u128(account.uuid().as_u128().saturating_sub(1)));
    let services = services_of_range(db.reader(), (before, account)).await?;
    for new in &facts {
        if let Some(id) = new.service {
            let service = services.iter().find(|service| service.id == id).ok_or(RecordError::NoService(id))?;
            check_item(catalogue.as_ref(), service.kind, &new.fact)?;
        }
    }
    db.write(async |tx| record_in(db, tx, (account, author), &facts).await).await
}

/// As [`record`], in the caller's transaction, which knows that the services and items are there.
///
/// # Errors
/// When there is no such account, or the database cannot be written.
pub async fn record_in(
    db: &Db,
    tx: &Tx,
    (account, author): (AccountId, Author),
    facts: &[NewFact],
) -> Result<Vec<i64>, RecordError> {
    let now = db.world().now();
    let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
    let first = accounts::next_version(tx, account, count).await?.ok_or(RecordError::NoAccount(account))?;
    let mut rows = FactRows::default();
    let mut versions = Vec::new();
    for (new, version) in facts.iter().zip(first..) {
        let NewFact { service, effective_on, fact, reference } = new.clone();
        let recorded = Recorded { version, service, effective_on, recorded_at: now, fact };
        rows.add(account, &recorded, author, reference.as_deref());
        versions.push(version);
    }
    rows.insert(tx).await?;
    let kinds: Vec<_> = facts.iter().map(|new| new.fact.columns().kind).collect();
    let details = json!({ "versions": versions, "facts": kinds });
    let event = Event { chain: Chain::Account(account), kind: "services.recorded", author, details, sealed: None };
    event.append(db, tx).await?;
    Ok(versions)
}

fn check_item(catalogue: Option<&Catalogue>, kind: crate::ServiceKind, fact: &Fact) -> Result<(), RecordError> {
    let (role, code) = match fact {
        Fact::PlanStarted { plan, .. } => (Role::Plan, plan),
        Fact::AddOnAdded { add_on, .. } => (Role::AddOn, add_on),
        _ => return Ok(()),
    };
    let item = catalogue.and_then(|catalogue| catalogue.item(code));
    if item.is_some_and(|item| item.role == role && item.kinds.contains(&kind)) {
        return Ok(());
    }
    let role = if role == Role::Plan { "plan" } else { "add-on" };
    Err(RecordError::NoItem { role, code: code.clone() })
}
