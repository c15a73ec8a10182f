//! How contacts end without another in their place: the holder's own wish, or a change of holder; and who gets a copy of what is
//! written about bills.

use audit::Author;
use db::{Db, Tx};
use kernel::{AccountId, LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError};

use super::change::end_change;
use super::{
    AccountContact, ContactKind, ContactOutcome, ContactPerson, ContactPlace, EndedContactChange, Noted, contacts_of,
    note, open_contact_changes, owner_of, read_contacts,
};
use crate::store::hold_key;
use crate::{Grant, Right, account_view};

/// A service has the account's contact again, or the account its holder, in the caller's transaction: nobody new is given
/// anything, so that nobody has to accept. Gives who was the contact; none where the place had none of its own.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn use_default_contact(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (grant, login): (&Grant, LoginId),
    place: ContactPlace,
) -> Result<Option<AccountContact>, VaultError> {
    let Some(view) = account_view(tx, vault, grant).await? else { return Ok(None) };
    let Some(key) = hold_key(tx, vault, view.customer).await? else { return Ok(None) };
    let contacts = read_contacts(tx, (vault, &key), grant.account()).await?;
    let Some(own) = contacts.into_iter().find(|contact| contact.place == place) else { return Ok(None) };
    let noted = Noted { account: grant.account(), place, login: Some(login), author: Author::Customer };
    end((db, vault), tx, (&own, noted), &key).await?;
    Ok(Some(own))
}

/// Ends a contact, and notes who it was.
async fn end(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (contact, noted): (&AccountContact, Noted),
    key: &DataKey,
) -> Result<(), VaultError> {
    let sql = "UPDATE contacts SET ended_at = $1, named = NULL WHERE id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), contact.id.into()]).await?;
    let content = json!({ "before": contact.named }).to_string();
    let place = Place { column: "audit_events.contact", row: noted.account.uuid() };
    let sealed = Some(vault.seal(key, place, &content)?);
    Ok(note(db, tx, noted, ("contact.ended", json!(contact.id)), sealed).await?)
}

/// Contacts and requests that ended with their holder, or with their holder's login, for the letters about them.
#[derive(Debug, Default)]
pub struct ContactsGone {
    pub contacts: Vec<AccountContact>,
    pub changes: Vec<EndedContactChange>,
}

/// Ends all contacts of an account that passes to another holder, and all requests (PRO-1), in the caller's transaction; under
/// the former customer's key, if that is there still.
pub(crate) async fn end_contacts(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (account, number): (AccountId, &str),
    key: Option<&DataKey>,
) -> Result<ContactsGone, VaultError> {
    let changes = end_contact_changes((db, vault), tx, (account, number)).await?;
    let mut gone = ContactsGone { contacts: Vec::new(), changes };
    if let Some(key) = key {
        gone.contacts = read_contacts(tx, (vault, key), account).await?;
        for contact in &gone.contacts {
            let noted = Noted { account, place: contact.place, login: None, author: Author::Staff };
            end((db, vault), tx, (contact, noted), key).await?;
        }
    }
    // What could not be opened ends too.
    let sql = "UPDATE contacts SET ended_at = $1, named = NULL WHERE account_id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), account.into()]).await?;
    Ok(gone)
}

/// Ends all open requests about the contacts of an account, in the caller's transaction: the login that asked is to hold it no more.
pub(crate) async fn end_contact_changes(
    with: (&Db, &Vault),
    tx: &Tx,
    (account, number): (AccountId, &str),
) -> Result<Vec<EndedContactChange>, VaultError> {
    let grant = Grant::of_the_provider(account, number, Right::ChangeContactData);
    let mut ended = Vec::new();
    for change in open_contact_changes(tx, &grant).await? {
        ended.extend(end_change(with, tx, change, (ContactOutcome::Ended, None)).await?);
    }
    Ok(ended)
}

/// Ends the contacts of an account who came since a moment, in the caller's transaction: their places are the account's, or the
/// holder's, again.
pub(crate) async fn end_contacts_since(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    account: AccountId,
    since: Moment,
) -> Result<Vec<AccountContact>, VaultError> {
    let Some((customer, _)) = owner_of(tx, vault, account).await? else { return Ok(Vec::new()) };
    let Some(key) = hold_key(tx, vault, customer).await? else { return Ok(Vec::new()) };
    let mut contacts = read_contacts(tx, (vault, &key), account).await?;
    contacts.retain(|contact| contact.begun_at >= since);
    for contact in &contacts {
        let noted = Noted { account, place: contact.place, login: None, author: Author::Customer };
        end((db, vault), tx, (contact, noted), &key).await?;
    }
    Ok(contacts)
}

/// Who gets a copy of what is written about the bills of a grant's account, besides its holder.
///
/// # Errors
/// When the database cannot be read, or something sealed cannot be opened.
pub async fn billing_contact(
    on: &impl ConnectionTrait,
    vault: &Vault,
    grant: &Grant,
) -> Result<Option<ContactPerson>, VaultError> {
    let place = ContactPlace { service: None, kind: ContactKind::Billing };
    let contacts = contacts_of(on, vault, grant).await?;
    Ok(contacts.into_iter().find(|contact| contact.place == place).and_then(|contact| contact.person))
}
