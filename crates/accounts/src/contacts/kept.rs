//! A change of contact as it is kept, and who is proposed.

use db::{DbErr, Engine, FromQueryResult, Tx};
use kernel::{AccountId, ContactChangeId, CustomerId, LoginId, Moment, ServiceId};
use sea_orm::ConnectionTrait;
use vault::{Place, Vault, VaultError};

use super::{ContactKind, ContactPerson, ContactPlace, Proposed, person_of, proposed_from};
use crate::{Grant, customer_key};

/// One of the two who accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactSide {
    Holder,
    /// Who is to be the contact.
    Person,
}

impl ContactSide {
    /// As it is kept, and named in texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Person => "person",
        }
    }

    pub(super) fn from_code(code: &str) -> Self {
        if code == "holder" { Self::Holder } else { Self::Person }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactOutcome {
    Done,
    Refused,
    Withdrawn,
    Expired,
    /// What it was about is no more: the service ended, or the account is not that holder's.
    Ended,
}

impl ContactOutcome {
    const ALL: [Self; 5] = [Self::Done, Self::Refused, Self::Withdrawn, Self::Expired, Self::Ended];

    /// As it is kept, and named in texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Ended => "ended",
        }
    }

    pub(super) const fn event(self) -> &'static str {
        match self {
            Self::Done => "contact-change.done",
            Self::Refused => "contact-change.refused",
            Self::Withdrawn => "contact-change.withdrawn",
            Self::Expired => "contact-change.expired",
            Self::Ended => "contact-change.ended",
        }
    }
}

/// A request as it is kept.
#[derive(Clone, Debug)]
pub struct ContactChange {
    pub id: ContactChangeId,
    pub reference: String,
    pub account: AccountId,
    pub number: String,
    pub place: ContactPlace,
    /// The holder's login that asked.
    pub asked_by: LoginId,
    pub asked_at: Moment,
    pub expires_at: Moment,
    pub holder_accepted_at: Option<Moment>,
    pub person_accepted_at: Option<Moment>,
    pub outcome: Option<ContactOutcome>,
    pub(super) customer: CustomerId,
    pub(super) to_customer: Option<CustomerId>,
    proposed: Option<Vec<u8>>,
}

impl ContactChange {
    /// Whether it can still be answered.
    pub fn is_open(&self, now: Moment) -> bool {
        self.outcome.is_none() && self.expires_at > now
    }

    /// When a side accepted it.
    pub fn accepted_at(&self, side: ContactSide) -> Option<Moment> {
        match side {
            ContactSide::Holder => self.holder_accepted_at,
            ContactSide::Person => self.person_accepted_at,
        }
    }
}

/// Who is proposed.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub named: Proposed,
    /// How they are reached. None where a client identifier names nobody who can be written to, which whoever asked does not
    /// learn.
    pub person: Option<ContactPerson>,
}

/// A request that came to an end, with who was proposed, for the letters about it; after it that is erased.
#[derive(Clone, Debug)]
pub struct EndedContactChange {
    pub change: ContactChange,
    pub outcome: ContactOutcome,
    pub proposal: Option<Proposal>,
}

#[derive(FromQueryResult)]
struct Row {
    id: ContactChangeId,
    reference: String,
    account_id: AccountId,
    number: String,
    service_id: Option<ServiceId>,
    kind: String,
    asked_by: LoginId,
    customer_id: CustomerId,
    to_customer: Option<CustomerId>,
    proposed: Option<Vec<u8>>,
    asked_at: Moment,
    expires_at: Moment,
    holder_accepted_at: Option<Moment>,
    person_accepted_at: Option<Moment>,
    outcome: Option<String>,
}

const SELECT: &str =
    "SELECT h.id, h.reference, h.account_id, a.number, h.service_id, h.kind, h.asked_by, h.customer_id,
    h.to_customer, h.proposed, h.asked_at, h.expires_at, h.holder_accepted_at, h.person_accepted_at, h.outcome
    FROM contact_changes h JOIN accounts a ON a.id = h.account_id";

impl From<Row> for ContactChange {
    fn from(row: Row) -> Self {
        let outcome = row.outcome.as_deref();
        let kind = ContactKind::from_code(&row.kind).unwrap_or(ContactKind::Administrative);
        Self {
            id: row.id,
            reference: row.reference,
            account: row.account_id,
            number: row.number,
            place: ContactPlace { service: row.service_id, kind },
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            expires_at: row.expires_at,
            holder_accepted_at: row.holder_accepted_at,
            person_accepted_at: row.person_accepted_at,
            outcome: ContactOutcome::ALL.into_iter().find(|one| Some(one.code()) == outcome),
            customer: row.customer_id,
            to_customer: row.to_customer,
            proposed: row.proposed,
        }
    }
}

/// A request by its id.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_contact_change(
    on: &impl ConnectionTrait,
    id: ContactChangeId,
) -> Result<Option<ContactChange>, DbErr> {
    let sql = format!("{SELECT} WHERE h.id = $1");
    Ok(db::query_one::<Row>(on, &sql, [id.into()]).await?.map(ContactChange::from))
}

/// The same, held until the transaction ends: of two who answer at once, the second finds the first's answer.
pub(super) async fn hold_change(tx: &Tx, id: ContactChangeId) -> Result<Option<ContactChange>, DbErr> {
    let lock = Engine::of(tx).for_update();
    let sql = format!("SELECT count(*) FROM (SELECT id FROM contact_changes WHERE id = $1{lock}) AS held");
    db::scalar::<i64>(tx, &sql, [id.into()]).await?;
    find_contact_change(tx, id).await
}

/// The requests about a grant's account and its services that nobody has decided yet, also those whose time is over.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_contact_changes(on: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<ContactChange>, DbErr> {
    let sql = format!("{SELECT} WHERE h.account_id = $1 AND h.outcome IS NULL ORDER BY h.asked_at, h.id");
    let rows: Vec<Row> = db::query(on, &sql, [grant.account().into()]).await?;
    Ok(rows.into_iter().map(ContactChange::from).collect())
}

/// The requests about a grant's account, as its holder sees them: the newest twenty, decided or not.
///
/// # Errors
/// When the database cannot be read.
pub async fn contact_changes_of(on: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<ContactChange>, DbErr> {
    let sql =
        format!("{SELECT} WHERE h.account_id = $1 AND h.asked_at >= $2 ORDER BY h.asked_at DESC, h.id DESC LIMIT 20");
    let rows: Vec<Row> = db::query(on, &sql, [grant.account().into(), grant.since().into()]).await?;
    Ok(rows.into_iter().map(ContactChange::from).collect())
}

/// Who is proposed; none once it is over, or where the account's customer was erased.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn proposal_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    change: &ContactChange,
) -> Result<Option<Proposal>, VaultError> {
    let (Some(sealed), Some(key)) = (&change.proposed, customer_key(on, vault, change.customer).await?) else {
        return Ok(None);
    };
    let Some(named) = proposed_from(&vault.open(&key, proposed_place(change.id), sealed)?) else { return Ok(None) };
    let person = match (&named, change.to_customer) {
        (Proposed::Person(person), _) => Some(person.clone()),
        (Proposed::Customer(_), Some(customer)) => person_of(on, vault, customer).await?,
        (Proposed::Customer(_), None) => None,
    };
    Ok(Some(Proposal { named, person }))
}

pub(super) fn proposed_place(id: ContactChangeId) -> Place {
    Place { column: "contact_changes.proposed", row: id.uuid() }
}
