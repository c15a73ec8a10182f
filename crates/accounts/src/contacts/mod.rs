//! Contacts (PRO-2): whom the provider reaches about an account, or about one of its services. Without one a service has the
//! account's contact, and the account its holder. A contact is changed by a request that both sides accept ([`change`]), each by
//! a link that is good once ([`answer`]). A contact needs no login, and has no right on the account.

mod answer;
mod change;
mod ending;
mod kept;

pub use answer::{ContactAnswered, ContactDone, ContactLink, answer_contact_change, find_contact_link};
pub use change::{
    ContactWish, NewContactChange, begin_contact_change, contact_changes_to_expire, expire_contact_change,
    make_contact_link, renew_contact_change, withdraw_contact_change,
};
pub use ending::{ContactsGone, billing_contact, use_default_contact};
pub(crate) use ending::{end_contact_changes, end_contacts, end_contacts_since};
pub use kept::{
    ContactChange, ContactOutcome, ContactSide, EndedContactChange, Proposal, contact_changes_of, find_contact_change,
    open_contact_changes, proposal_of,
};

use db::{Db, DbErr, FromQueryResult, Migration, Tx};
use kernel::{AccountId, ContactId, CustomerId, Language, LoginId, Moment, ServiceId};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use vault::{DataKey, Place, Vault, VaultError, Wrapped};

use crate::{Grant, contact_of};

pub(crate) const MIGRATION: Migration = Migration {
    name: "m0371_contacts",
    what: "contacts of accounts and services",
    sql: include_str!("../migrations/0071_contacts.sql"),
};

/// What a contact is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactKind {
    Administrative,
    Technical,
    Billing,
}

impl ContactKind {
    /// In the order in which pages list them.
    pub const ALL: [Self; 3] = [Self::Administrative, Self::Technical, Self::Billing];

    /// As it is kept, and named in addresses and texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Administrative => "administrative",
            Self::Technical => "technical",
            Self::Billing => "billing",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where somebody is a contact: for the account itself, or for one of its services; and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactPlace {
    /// None for the account itself.
    pub service: Option<ServiceId>,
    pub kind: ContactKind,
}

/// A person as the holder, or their own file, says who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPerson {
    pub name: String,
    pub email: String,
    pub language: Language,
    /// As E.164.
    pub telephone: Option<String>,
}

/// Who a contact is, as the holder named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proposed {
    Person(ContactPerson),
    /// A customer, by their client identifier: reached by what is on their own file.
    Customer(String),
}

/// A contact as it is now.
#[derive(Clone, Debug)]
pub struct AccountContact {
    pub id: ContactId,
    pub place: ContactPlace,
    pub named: Proposed,
    /// Who it is and how they are reached; none where a customer's data was erased, or has no e-mail.
    pub person: Option<ContactPerson>,
    pub begun_at: Moment,
}

/// The contact of a place among those of an account: its own, or for a service without one the account's. None: the holder.
pub fn effective_contact(contacts: &[AccountContact], place: ContactPlace) -> Option<&AccountContact> {
    let of = |service| contacts.iter().find(|one| one.place == ContactPlace { service, kind: place.kind });
    of(place.service).or_else(|| of(None))
}

/// A client identifier in the form in which it is kept, as people type it: two small letters, digits, and the provider's suffix
/// in capitals. None for what can be none.
pub fn typed_identifier(typed: &str) -> Option<String> {
    let folded = identity::fold(typed.trim());
    let is_plain = folded.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let (letters, rest) = folded.split_at_checked(2)?;
    let (digits, suffix) = rest.split_once('-')?;
    let fits = letters.bytes().all(|byte| byte.is_ascii_lowercase())
        && (4..=20).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (2..=12).contains(&suffix.len());
    (is_plain && fits).then(|| format!("{letters}{}", rest.to_uppercase()))
}

/// The customer of an account with their key; none where there is no such account, or the customer's data was erased.
async fn owner_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    account: AccountId,
) -> Result<Option<(CustomerId, DataKey)>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        customer_id: CustomerId,
        data_key: Option<Vec<u8>>,
        key_id: i32,
    }
    let sql = "SELECT a.customer_id, c.data_key, c.key_id FROM accounts a JOIN customers c ON c.id = a.customer_id
               WHERE a.id = $1";
    let Some(row) = db::query_one::<Row>(on, sql, [account.into()]).await? else { return Ok(None) };
    let Some(bytes) = row.data_key else { return Ok(None) };
    let key = vault.open_data_key(row.customer_id, &Wrapped { key_id: row.key_id, bytes })?;
    Ok(Some((row.customer_id, key)))
}

fn named_place(id: ContactId) -> Place {
    Place { column: "contacts.named", row: id.uuid() }
}

/// Who is meant, as it is sealed.
fn proposed_text(proposed: &Proposed) -> String {
    serde_json::to_string(proposed).unwrap_or_default()
}

/// The same opened again; none for what we did not write.
fn proposed_from(text: &str) -> Option<Proposed> {
    serde_json::from_str(text).ok()
}

/// A customer as a contact: by what is on their own file. None where that names nobody who can be written to.
async fn person_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    customer: CustomerId,
) -> Result<Option<ContactPerson>, VaultError> {
    let found = contact_of(on, vault, customer).await?;
    Ok(found.and_then(|found| {
        let (email, name) = (found.email?, found.name.unwrap_or(found.identifier));
        Some(ContactPerson { name, email, language: found.language, telephone: found.telephone })
    }))
}

#[derive(FromQueryResult)]
struct Row {
    id: ContactId,
    service_id: Option<ServiceId>,
    kind: String,
    contact_customer: Option<CustomerId>,
    named: Option<Vec<u8>>,
    begun_at: Moment,
}

/// The contacts that the account of a grant and its services have of their own, in no order.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn contacts_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    grant: &Grant,
) -> Result<Vec<AccountContact>, VaultError> {
    let owner = owner_of(on, vault, grant.account()).await?;
    let Some((_, key)) = owner else { return Ok(Vec::new()) };
    read_contacts(on, (vault, &key), grant.account()).await
}

/// The same under a key that is known.
async fn read_contacts(
    on: &impl ConnectionTrait,
    (vault, key): (&Vault, &DataKey),
    account: AccountId,
) -> Result<Vec<AccountContact>, VaultError> {
    let sql = "SELECT id, service_id, kind, contact_customer, named, begun_at FROM contacts
               WHERE account_id = $1 AND ended_at IS NULL";
    let rows: Vec<Row> = db::query(on, sql, [account.into()]).await?;
    let mut contacts = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(kind), Some(named)) = (ContactKind::from_code(&row.kind), &row.named) else { continue };
        let Some(named) = proposed_from(&vault.open(key, named_place(row.id), named)?) else { continue };
        let person = match (&named, row.contact_customer) {
            (Proposed::Person(person), _) => Some(person.clone()),
            (Proposed::Customer(_), Some(customer)) => person_of(on, vault, customer).await?,
            (Proposed::Customer(_), None) => None,
        };
        let place = ContactPlace { service: row.service_id, kind };
        contacts.push(AccountContact { id: row.id, place, named, person, begun_at: row.begun_at });
    }
    Ok(contacts)
}

/// Who did something to contacts, and where: for the account's chain.
#[derive(Clone, Copy)]
struct Noted {
    account: AccountId,
    place: ContactPlace,
    /// None for who answers by a link, and for what time does.
    login: Option<LoginId>,
    author: audit::Author,
}

/// Notes something in the account's chain; who it is about is sealed under the customer's key.
async fn note(
    db: &Db,
    tx: &Tx,
    noted: Noted,
    (kind, about): (&'static str, serde_json::Value),
    sealed: Option<Vec<u8>>,
) -> Result<(), DbErr> {
    let details = serde_json::json!({
        "about": about, "service": noted.place.service, "kind": noted.place.kind.code(), "login": noted.login,
    });
    let chain = audit::Chain::Account(noted.account);
    audit::Event { chain, kind, author: noted.author, details, sealed }.append(db, tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pro_2_a_client_identifier_is_understood_as_people_type_it() {
        for (typed, kept) in [
            ("dm429850-BOREAL", Some("dm429850-BOREAL")),
            (" DM429850-boreal ", Some("dm429850-BOREAL")),
            ("dm429850", None),
            ("d4429850-BOREAL", None),
            ("dm42 9850-BOREAL", None),
            ("dm429850-É", None),
            ("", None),
        ] {
            assert_eq!(typed_identifier(typed).as_deref(), kept, "{typed}");
        }
    }

    #[test]
    fn pro_2_a_service_without_a_contact_has_the_accounts_and_the_account_its_holder() {
        let world = kernel::World::real();
        let (one, other): (ServiceId, ServiceId) = (world.id(), world.id());
        let contact = |service, kind| AccountContact {
            id: world.id(),
            place: ContactPlace { service, kind },
            named: Proposed::Customer(String::new()),
            person: None,
            begun_at: world.now(),
        };
        let contacts = [contact(None, ContactKind::Billing), contact(Some(one), ContactKind::Billing)];
        let of = |service, kind| effective_contact(&contacts, ContactPlace { service, kind }).map(|found| found.id);
        assert_eq!(of(Some(one), ContactKind::Billing), Some(contacts[1].id));
        assert_eq!(of(Some(other), ContactKind::Billing), Some(contacts[0].id));
        assert_eq!(of(None, ContactKind::Billing), Some(contacts[0].id));
        assert_eq!(of(Some(one), ContactKind::Technical), None);
    }
}
