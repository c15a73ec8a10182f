//! How the two sides answer a change of contact, each by a link that is good once; and the change itself.

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx};
use identity::token_hash;
use kernel::{ContactChangeId, ContactId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError};

use super::change::end_change;
use super::kept::hold_change;
use super::{
    AccountContact, ContactChange, ContactOutcome, ContactSide, EndedContactChange, Noted, Proposal, effective_contact,
    find_contact_change, named_place, note, proposal_of, proposed_text, read_contacts,
};
use crate::is_held_by;
use crate::store::hold_key;

/// A link as it is kept.
#[derive(Clone, Debug)]
pub struct ContactLink {
    pub change: ContactChange,
    pub side: ContactSide,
    /// It brought its answer.
    pub is_used: bool,
    /// A newer one was sent in its place, or the request is over.
    pub is_replaced: bool,
}

impl ContactLink {
    /// Whether it can be answered with.
    pub fn is_open(&self, now: Moment) -> bool {
        !self.is_used && !self.is_replaced && self.change.is_open(now)
    }
}

#[derive(FromQueryResult)]
struct Row {
    change_id: ContactChangeId,
    side: String,
    used_at: Option<Moment>,
    replaced_at: Option<Moment>,
}

async fn row_of(on: &impl ConnectionTrait, secret: &str) -> Result<Option<Row>, DbErr> {
    let sql = "SELECT change_id, side, used_at, replaced_at FROM contact_change_links WHERE token_hash = $1";
    db::query_one(on, sql, [token_hash(secret).into()]).await
}

fn link_of(row: &Row, change: ContactChange) -> ContactLink {
    let (is_used, is_replaced) = (row.used_at.is_some(), row.replaced_at.is_some());
    ContactLink { change, side: ContactSide::from_code(&row.side), is_used, is_replaced }
}

/// The link of a secret. None for one that is none of ours.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_contact_link(on: &impl ConnectionTrait, secret: &str) -> Result<Option<ContactLink>, DbErr> {
    let Some(row) = row_of(on, secret).await? else { return Ok(None) };
    let change = find_contact_change(on, row.change_id).await?;
    Ok(change.map(|change| link_of(&row, change)))
}

/// A change of contact that both sides accepted, for the letters about it.
#[derive(Debug)]
pub struct ContactDone {
    pub change: ContactChange,
    pub proposal: Proposal,
    /// Who was the contact of the place; none for the holder.
    pub previous: Option<AccountContact>,
}

/// What an answer came to.
#[derive(Debug)]
pub enum ContactAnswered {
    /// Noted: the other side has not answered yet.
    Accepted,
    Done(Box<ContactDone>),
    /// It is over without effect: refused, or what it was about is no more.
    Ended(Box<EndedContactChange>),
    /// The link is not good any more: nothing changed.
    Same,
}

/// A side answers by its link, in the caller's transaction; of two with one link, the first. With the second acceptance the
/// contact changes. `is_there` says whether what it is about, a service, is there still.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn answer_contact_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (secret, accepts, is_there): (&str, bool, bool),
) -> Result<ContactAnswered, VaultError> {
    let Some(row) = row_of(tx, secret).await? else { return Ok(ContactAnswered::Same) };
    let Some(change) = hold_change(tx, row.change_id).await? else { return Ok(ContactAnswered::Same) };
    // Read again: whoever held the request before may have used the link.
    let Some(row) = row_of(tx, secret).await? else { return Ok(ContactAnswered::Same) };
    let link = link_of(&row, change);
    if !link.is_open(db.world().now()) {
        return Ok(ContactAnswered::Same);
    }
    let ContactLink { change, side, .. } = link;
    let sql = "UPDATE contact_change_links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND replaced_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), token_hash(secret).into()]).await?;
    // Whoever asked has to hold the account still.
    if !is_there || !is_held_by(db, tx, change.account, change.asked_by).await? {
        return ended((db, vault), tx, change, ContactOutcome::Ended).await;
    }
    if !accepts {
        return ended((db, vault), tx, change, ContactOutcome::Refused).await;
    }
    accept((db, vault), tx, (change, side)).await
}

async fn ended(
    with: (&Db, &Vault),
    tx: &Tx,
    change: ContactChange,
    outcome: ContactOutcome,
) -> Result<ContactAnswered, VaultError> {
    let ended = end_change(with, tx, change, (outcome, None)).await?;
    Ok(ended.map_or(ContactAnswered::Same, |ended| ContactAnswered::Ended(Box::new(ended))))
}

async fn accept(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (change, side): (ContactChange, ContactSide),
) -> Result<ContactAnswered, VaultError> {
    let column = if side == ContactSide::Holder { "holder_accepted_at" } else { "person_accepted_at" };
    let sql = format!("UPDATE contact_changes SET {column} = $1 WHERE id = $2");
    db::execute(tx, &sql, [db.world().now().into(), change.id.into()]).await?;
    let noted = Noted { account: change.account, place: change.place, login: None, author: Author::Customer };
    let about = json!({ "change": change.id, "side": side.code() });
    note(db, tx, noted, ("contact-change.accepted", about), None).await?;
    let other = if side == ContactSide::Holder { ContactSide::Person } else { ContactSide::Holder };
    if change.accepted_at(other).is_none() {
        return Ok(ContactAnswered::Accepted);
    }
    let key = hold_key(tx, vault, change.customer).await?;
    let proposal = proposal_of(tx, vault, &change).await?.filter(|proposal| proposal.person.is_some());
    // Erased meanwhile, on either side.
    let (Some(key), Some(proposal)) = (key, proposal) else {
        return ended((db, vault), tx, change, ContactOutcome::Ended).await;
    };
    let previous = replace((db, vault), tx, (&change, &proposal), &key).await?;
    end_change((db, vault), tx, change.clone(), (ContactOutcome::Done, None)).await?;
    Ok(ContactAnswered::Done(Box::new(ContactDone { change, proposal, previous })))
}

/// Puts a contact in the place of the one before, and gives who that was for the place; none for the holder.
async fn replace(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (change, proposal): (&ContactChange, &Proposal),
    key: &DataKey,
) -> Result<Option<AccountContact>, VaultError> {
    let now = db.world().now();
    let contacts = read_contacts(tx, (vault, key), change.account).await?;
    let previous = effective_contact(&contacts, change.place).cloned();
    if let Some(own) = previous.as_ref().filter(|contact| contact.place == change.place) {
        let sql = "UPDATE contacts SET ended_at = $1, named = NULL WHERE id = $2";
        db::execute(tx, sql, [now.into(), own.id.into()]).await?;
    }
    let id: ContactId = db.world().id();
    let text = proposed_text(&proposal.named);
    let sql = "INSERT INTO contacts (id, account_id, service_id, kind, change_id, contact_customer, named, begun_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        id.into(),
        change.account.into(),
        change.place.service.into(),
        change.place.kind.code().into(),
        change.id.into(),
        change.to_customer.into(),
        vault.seal(key, named_place(id), &text)?.into(),
        now.into(),
    ];
    db::execute(tx, sql, values).await?;
    // Who it was and who it is, for whoever may read the customer's data; gone with the customer's key.
    let before = previous.as_ref().map(|contact| &contact.named);
    let content = json!({ "before": before, "after": proposal.named }).to_string();
    let place = Place { column: "audit_events.contact", row: change.account.uuid() };
    let sealed = Some(vault.seal(key, place, &content)?);
    let noted = Noted { account: change.account, place: change.place, login: None, author: Author::Customer };
    note(db, tx, noted, ("contact.changed", json!(id)), sealed).await?;
    Ok(previous)
}
