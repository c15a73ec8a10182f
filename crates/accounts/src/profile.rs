//! What the holder sees and changes of the customer: name, address, telephones, preferences (PRO-1). All of it is read and
//! written through a grant of [`Right::ChangeContactData`], which waits for the confirmation of the claim (SGN-2).

use audit::{Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx, Value};
use kernel::{Language, LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{DataKey, Indexed, Place, Vault, VaultError, Wrapped};

use crate::countries::country;
use crate::store::{address_text, hold_key, open_field};
use crate::view::{SealedView, VIEW_COLUMNS};
use crate::{AccountView, Address, Grant, Right, Telephone};

/// Whether the customer agrees to offers, and since when; earlier ones stand in the audit log, as proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    pub agreed_at: Option<Moment>,
    pub withdrawn_at: Option<Moment>,
}

impl Consent {
    pub fn is_given(&self) -> bool {
        self.agreed_at.is_some_and(|agreed| self.withdrawn_at.is_none_or(|withdrawn| withdrawn < agreed))
    }
}

/// What the holder may see and change.
#[derive(Clone, Debug)]
pub struct Profile {
    pub view: AccountView,
    /// As kept: E.164 with `;ext=…`, or as it was imported.
    pub telephone: Option<String>,
    pub other_telephone: Option<String>,
    pub alerts_by_email: bool,
    pub alerts_by_sms: bool,
    pub offers: Consent,
}

/// A part that is changed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Name,
    Address,
    Telephones,
    Preferences,
}

impl Section {
    /// Its name in addresses and texts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Telephones => "telephones",
            Self::Preferences => "preferences",
        }
    }

    pub(crate) const fn event(self) -> &'static str {
        match self {
            Self::Name => "profile.name-changed",
            Self::Address => "profile.address-changed",
            Self::Telephones => "profile.telephones-changed",
            Self::Preferences => "profile.preferences-changed",
        }
    }

    /// The fields of its form.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["name"],
            Self::Address => &["street", "city", "country", "region", "postal_code"],
            Self::Telephones => &["telephone", "other_telephone"],
            Self::Preferences => &["language", "bills", "alerts_email", "alerts_sms", "offers"],
        }
    }
}

/// How bills and messages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    pub language: Language,
    pub on_paper: bool,
    pub alerts_by_email: bool,
    /// Wants a telephone on file.
    pub alerts_by_sms: bool,
    /// Agrees to offers.
    pub offers: bool,
}

/// What is to be as it was typed; checked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Name(String),
    Address(Address),
    Telephones(Option<Telephone>, Option<Telephone>),
    Preferences(Preferences),
}

impl Change {
    pub const fn section(&self) -> Section {
        match self {
            Self::Name(_) => Section::Name,
            Self::Address(_) => Section::Address,
            Self::Telephones(..) => Section::Telephones,
            Self::Preferences(_) => Section::Preferences,
        }
    }

    /// The values that it makes, in the order of [`Section::fields`].
    fn values(&self) -> Vec<String> {
        let number = |telephone: &Option<Telephone>| telephone.as_ref().map(ToString::to_string).unwrap_or_default();
        match self {
            Self::Name(name) => vec![name.clone()],
            Self::Address(address) => address_values(address),
            Self::Telephones(first, other) => vec![number(first), number(other)],
            Self::Preferences(wished) => wished.values(),
        }
    }
}

/// A box that is ticked, or not.
fn ticked(is: bool) -> String {
    if is { "yes".to_owned() } else { String::new() }
}

impl Preferences {
    fn values(self) -> Vec<String> {
        vec![
            self.language.code().to_owned(),
            if self.on_paper { "paper" } else { "electronic" }.to_owned(),
            ticked(self.alerts_by_email),
            ticked(self.alerts_by_sms),
            ticked(self.offers),
        ]
    }
}

fn address_values(address: &Address) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let listed = address.country.as_deref().and_then(country).filter(|country| !country.areas.is_empty());
    // As the form's list has it.
    let region = match (&address.area, listed) {
        (Some(area), Some(country)) => format!("{}-{area}", country.code),
        (area, _) => text(area),
    };
    vec![text(&address.street), text(&address.city), text(&address.country), region, text(&address.postal_code)]
}

/// A telephone as it would be kept now if it is understood, else as it was imported.
fn plain_number(kept: &Option<String>) -> String {
    let kept = kept.as_deref().unwrap_or_default();
    Telephone::of_file(kept).map_or_else(|| kept.to_owned(), |number| number.to_string())
}

impl Profile {
    pub fn preferences(&self) -> Preferences {
        Preferences {
            language: self.view.language,
            on_paper: self.view.on_paper,
            alerts_by_email: self.alerts_by_email,
            alerts_by_sms: self.alerts_by_sms,
            offers: self.offers.is_given(),
        }
    }

    /// The values of a section, in the order of [`Section::fields`].
    pub fn values(&self, section: Section) -> Vec<String> {
        match section {
            Section::Name => vec![self.view.name.clone().unwrap_or_default()],
            Section::Address => address_values(&self.view.address),
            Section::Telephones => vec![plain_number(&self.telephone), plain_number(&self.other_telephone)],
            Section::Preferences => self.preferences().values(),
        }
    }

    /// What a form carries of the values that it was made from: a short MAC of each, so that a later change is seen and the
    /// values need not be trusted to the browser.
    pub fn marks(&self, vault: &Vault, section: Section) -> String {
        let marks = section.fields().iter().zip(self.values(section)).map(|(field, value)| {
            let content = format!("{}\0{field}\0{value}", self.view.id);
            data_encoding::HEXLOWER.encode(&vault.mark("guichet profile form", content.as_bytes())[..6])
        });
        marks.collect::<Vec<_>>().join(".")
    }

    /// The fields that changed since a form was made; all of them when it does not say from what.
    fn changed_since(&self, vault: &Vault, section: Section, seen: &str) -> Vec<&'static str> {
        let marks = self.marks(vault, section);
        let mut seen = seen.split('.');
        let pairs = section.fields().iter().zip(marks.split('.'));
        pairs.filter(|(_, now)| seen.next() != Some(now)).map(|(field, _)| *field).collect()
    }
}

#[derive(FromQueryResult)]
struct Sealed {
    #[sea_orm(nested)]
    view: SealedView,
    telephone: Option<Vec<u8>>,
    other_telephone: Option<Vec<u8>>,
    alerts_by_email: i16,
    alerts_by_sms: i16,
    offers_agreed_at: Option<Moment>,
    offers_withdrawn_at: Option<Moment>,
}

/// What the holder of a grant may see and change; nothing where the grant is for something else.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn find_profile(
    on: &impl ConnectionTrait,
    vault: &Vault,
    grant: &Grant,
) -> Result<Option<Profile>, VaultError> {
    if grant.right() != Right::ChangeContactData {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {VIEW_COLUMNS}, c.telephone, c.other_telephone, a.alerts_by_email, a.alerts_by_sms, c.offers_agreed_at,
             c.offers_withdrawn_at FROM accounts a JOIN customers c ON c.id = a.customer_id WHERE a.id = $1"
    );
    let Some(row) = db::query_one::<Sealed>(on, &sql, [grant.account().into()]).await? else { return Ok(None) };
    let view = row.view.open(vault)?;
    let wrapped = row.view.wrapped();
    let key = wrapped.map(|(customer, key_id, bytes)| vault.open_data_key(customer, &Wrapped { key_id, bytes }));
    let key = key.transpose()?;
    let open = |column, sealed: Option<Vec<u8>>| match &key {
        Some(key) => open_field(vault, key, Place { column, row: view.customer.uuid() }, sealed.as_deref()),
        None => Ok(None),
    };
    Ok(Some(Profile {
        telephone: open("customers.telephone", row.telephone)?,
        other_telephone: open("customers.other_telephone", row.other_telephone)?,
        alerts_by_email: row.alerts_by_email != 0,
        alerts_by_sms: row.alerts_by_sms != 0,
        offers: Consent { agreed_at: row.offers_agreed_at, withdrawn_at: row.offers_withdrawn_at },
        view,
    }))
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Changed {
    /// These fields are as they were wished; the profile after it.
    Done(Box<Profile>, Vec<&'static str>),
    /// All was so already: sent twice, or nothing was changed.
    Same,
    /// Somebody changed these fields since the form was made; the profile as it is.
    Stale(Box<Profile>, Vec<&'static str>),
}

/// Changes a section, in the caller's transaction, for the login that asks; `seen` is what the form carried
/// ([`Profile::marks`]). None when there is no such account, or the customer's data was erased.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn change_profile(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (grant, login): (&Grant, LoginId),
    seen: &str,
    change: &Change,
) -> Result<Option<Changed>, VaultError> {
    let Some(found) = find_profile(tx, vault, grant).await? else { return Ok(None) };
    // Held from here on: of two changes at once the second finds the first.
    let Some(key) = hold_key(tx, vault, found.view.customer).await? else { return Ok(None) };
    let Some(before) = find_profile(tx, vault, grant).await? else { return Ok(None) };
    let section = change.section();
    let (old, new) = (before.values(section), change.values());
    if old == new {
        return Ok(Some(Changed::Same));
    }
    let stale = before.changed_since(vault, section, seen);
    if !stale.is_empty() {
        return Ok(Some(Changed::Stale(Box::new(before), stale)));
    }
    if let Change::Name(name) = change {
        keep_provider_name(vault, tx, (&before, &key), name).await?;
    }
    write(db, vault, tx, (&before, &key), change).await?;
    let fields: Vec<&'static str> = section
        .fields()
        .iter()
        .zip(old.iter().zip(&new))
        .filter(|(_, (old, new))| old != new)
        .map(|(field, _)| *field)
        .collect();
    // What it was and what it is, for whoever may read the customer's data; gone with the customer's key.
    let content = json!({ "before": old, "after": new }).to_string();
    let place = Place { column: "audit_events.profile", row: before.view.id.uuid() };
    let sealed = Some(vault.seal(&key, place, &content)?);
    let details = json!({ "login": login, "fields": fields });
    let (chain, author) = (Chain::Account(before.view.id), Author::Customer);
    Event { chain, kind: section.event(), author, details, sealed }.append(db, tx).await?;
    let after = find_profile(tx, vault, grant).await?;
    Ok(after.map(|after| Changed::Done(Box::new(after), fields)))
}

/// Before the customer's first correction: what they all are compared with stays as it was. Where there was no name, the first that
/// is given is that.
async fn keep_provider_name(
    vault: &Vault,
    tx: &Tx,
    (before, key): (&Profile, &DataKey),
    first: &str,
) -> Result<(), VaultError> {
    let customer = before.view.customer;
    let name = crate::on_file::name_by_provider(tx, vault, before).await?.filter(|name| !name.is_empty());
    let place = Place { column: "customers.provider_name", row: customer.uuid() };
    let sealed = vault.seal(key, place, name.as_deref().unwrap_or(first))?;
    let sql = "UPDATE customers SET provider_name = $1 WHERE id = $2 AND provider_name IS NULL";
    db::execute(tx, sql, [sealed.into(), customer.into()]).await.map(|_| ())?;
    Ok(())
}

async fn write(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    (before, key): (&Profile, &DataKey),
    change: &Change,
) -> Result<(), VaultError> {
    let customer = before.view.customer;
    let seal = |column, value: &str| vault.seal(key, Place { column, row: customer.uuid() }, value);
    match change {
        Change::Name(name) => {
            crate::former::keep_name(db, tx, customer).await?;
            let values: [Value; 2] = [seal("customers.name", name)?.into(), customer.into()];
            db::execute(tx, "UPDATE customers SET name = $1 WHERE id = $2", values).await?;
        }
        Change::Address(address) => {
            crate::former::keep_address(db, tx, before.view.id).await?;
            let place = Place { column: "accounts.address", row: before.view.id.uuid() };
            let sealed = address_text(address).map(|text| vault.seal(key, place, &text)).transpose()?;
            let index = address.postal_code.as_deref().map(|code| vault.index(Indexed::PostalCode, code));
            let sql = "UPDATE accounts SET address = $1, postal_index = $2 WHERE id = $3";
            db::execute(tx, sql, [sealed.into(), index.into(), before.view.id.into()]).await?;
        }
        Change::Telephones(first, other) => {
            let sealed = |column, number: &Option<Telephone>| {
                number.as_ref().map(|number| seal(column, &number.to_string())).transpose()
            };
            let index = |number: &Option<Telephone>| {
                number.as_ref().map(|number| vault.index(Indexed::Telephone, number.number()))
            };
            let sql = "UPDATE customers SET telephone = $1, telephone_index = $2, other_telephone = $3,
                           other_telephone_index = $4, telephones_changed_at = $6 WHERE id = $5";
            let values = [
                sealed("customers.telephone", first)?.into(),
                index(first).into(),
                sealed("customers.other_telephone", other)?.into(),
                index(other).into(),
                customer.into(),
                db.world().now().into(),
            ];
            db::execute(tx, sql, values).await?;
            if first.is_none() && other.is_none() {
                // There is no telephone that they could go to, for any account of the customer's.
                let sql = "UPDATE accounts SET alerts_by_sms = 0 WHERE customer_id = $1";
                db::execute(tx, sql, [customer.into()]).await?;
            }
        }
        Change::Preferences(wished) => write_preferences(db, tx, before, *wished).await?,
    }
    Ok(())
}

async fn write_preferences(db: &Db, tx: &Tx, before: &Profile, wished: Preferences) -> Result<(), DbErr> {
    let format = if wished.on_paper { crate::BillFormat::Paper } else { crate::BillFormat::Electronic };
    let sql = "UPDATE accounts SET bill_format = $1, alerts_by_email = $2, alerts_by_sms = $3 WHERE id = $4";
    let (email, sms) = (i16::from(wished.alerts_by_email), i16::from(wished.alerts_by_sms));
    db::execute(tx, sql, [format.code().into(), email.into(), sms.into(), before.view.id.into()]).await?;
    let customer = before.view.customer;
    let sql = "UPDATE customers SET language = $1 WHERE id = $2";
    db::execute(tx, sql, [wished.language.into(), customer.into()]).await?;
    let sql = match (before.offers.is_given(), wished.offers) {
        (false, true) => "UPDATE customers SET offers_agreed_at = $1, offers_withdrawn_at = NULL WHERE id = $2",
        (true, false) => "UPDATE customers SET offers_withdrawn_at = $1 WHERE id = $2",
        _ => return Ok(()),
    };
    db::execute(tx, sql, [db.world().now().into(), customer.into()]).await.map(|_| ())
}
