//! A change of contact: asked for by the holder, sent again, withdrawn, expired.

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx, Value};
use identity::{Token, token_hash};
use kernel::{ContactChangeId, CustomerId, LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{DataKey, Vault, VaultError};

use super::kept::{
    ContactChange, ContactOutcome, ContactSide, EndedContactChange, find_contact_change, hold_change,
    open_contact_changes, proposal_of, proposed_place,
};
use super::{ContactPlace, Noted, Proposed, effective_contact, note, proposed_text, read_contacts};
use crate::recovery::draw_reference;
use crate::store::hold_key;
use crate::{AccountView, Grant, account_view};

/// What the holder asks for.
pub struct NewContactChange<'a> {
    pub place: ContactPlace,
    pub proposed: &'a Proposed,
    pub login: LoginId,
    /// The login's contact e-mail: the holder's own.
    pub own_email: &'a str,
    /// The form's own key.
    pub once: &'a str,
    pub expires_at: Moment,
}

/// What became of the wish.
#[derive(Debug)]
pub enum ContactWish {
    /// Both sides are to be written to in the same transaction; and about one before it, which had expired.
    Begun(Box<ContactChange>, Option<Box<EndedContactChange>>),
    /// The same form was posted before.
    Again,
    /// One is open already for that place.
    UnderWay,
    /// They are the contact already.
    Same,
    /// There is no such account, or the customer's data was erased.
    Gone,
}

/// The one of a place.
async fn undecided(tx: &Tx, grant: &Grant, place: ContactPlace) -> Result<Option<ContactChange>, DbErr> {
    let found = open_contact_changes(tx, grant).await?;
    Ok(found.into_iter().find(|change| change.place == place))
}

/// Whether somebody is the contact of a place already. Like is compared with like: what is on another customer's file is not
/// found out by asking.
fn is_contact_already(
    current: Option<&Proposed>,
    (view, own_email): (&AccountView, &str),
    proposed: &Proposed,
) -> bool {
    match (current, proposed) {
        (Some(Proposed::Person(now)), Proposed::Person(wished)) => {
            let same = kernel::mailbox(&now.email) == kernel::mailbox(&wished.email);
            same && (&now.name, now.language, &now.telephone) == (&wished.name, wished.language, &wished.telephone)
        }
        (Some(Proposed::Customer(now)), Proposed::Customer(wished)) => now == wished,
        // The holder is.
        (None, Proposed::Person(wished)) => {
            let own = [Some(own_email), view.email.as_deref()];
            own.into_iter().flatten().any(|own| kernel::mailbox(own) == kernel::mailbox(&wished.email))
        }
        (None, Proposed::Customer(wished)) => *wished == view.identifier,
        _ => false,
    }
}

/// The customer that a client identifier names.
async fn customer_named(on: &impl ConnectionTrait, proposed: &Proposed) -> Result<Option<CustomerId>, DbErr> {
    let sql = "SELECT id FROM customers WHERE client_identifier = $1";
    let identifier = match proposed {
        Proposed::Customer(identifier) => identifier.as_str(),
        // Nobody's: the same is looked up whoever is proposed.
        Proposed::Person(_) => "",
    };
    db::scalar(on, sql, [identifier.into()]).await
}

/// Asks for a change of contact, in the caller's transaction. Whether a client identifier names a customer makes no difference.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn begin_contact_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    grant: &Grant,
    new: &NewContactChange<'_>,
) -> Result<ContactWish, VaultError> {
    let sql = "SELECT count(*) FROM contact_changes WHERE once = $1";
    if db::scalar::<i64>(tx, sql, [token_hash(new.once).into()]).await?.unwrap_or(0) > 0 {
        return Ok(ContactWish::Again);
    }
    let Some(view) = account_view(tx, vault, grant).await? else { return Ok(ContactWish::Gone) };
    let Some(key) = hold_key(tx, vault, view.customer).await? else { return Ok(ContactWish::Gone) };
    let mut over = None;
    if let Some(before) = undecided(tx, grant, new.place).await? {
        if before.is_open(db.world().now()) {
            return Ok(ContactWish::UnderWay);
        }
        over = end_change((db, vault), tx, before, (ContactOutcome::Expired, None)).await?.map(Box::new);
    }
    let contacts = read_contacts(tx, (vault, &key), grant.account()).await?;
    let current = effective_contact(&contacts, new.place).map(|contact| &contact.named);
    if is_contact_already(current, (&view, new.own_email), new.proposed) {
        return Ok(ContactWish::Same);
    }
    let change = insert((db, vault), tx, (&view, &key), new).await?;
    let noted = Noted { account: view.id, place: new.place, login: Some(new.login), author: Author::Customer };
    note(db, tx, noted, ("contact-change.asked", json!(change)), None).await?;
    let change = find_contact_change(tx, change).await?;
    Ok(change.map_or(ContactWish::Gone, |change| ContactWish::Begun(Box::new(change), over)))
}

async fn insert(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (view, key): (&AccountView, &DataKey),
    new: &NewContactChange<'_>,
) -> Result<ContactChangeId, VaultError> {
    let id: ContactChangeId = db.world().id();
    let sql = "INSERT INTO contact_changes (id, reference, once, account_id, service_id, kind, asked_by, customer_id,
                   to_customer, proposed, asked_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values: [Value; 12] = [
        id.into(),
        draw_reference(db).into(),
        token_hash(new.once).into(),
        view.id.into(),
        new.place.service.into(),
        new.place.kind.code().into(),
        new.login.into(),
        view.customer.into(),
        customer_named(tx, new.proposed).await?.into(),
        vault.seal(key, proposed_place(id), &proposed_text(new.proposed))?.into(),
        db.world().now().into(),
        new.expires_at.into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(id)
}

/// Makes a link for one side, in the caller's transaction, and gives its secret.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_contact_link(db: &Db, tx: &Tx, id: ContactChangeId, side: ContactSide) -> Result<String, DbErr> {
    let token = Token::draw(db);
    let sql = "INSERT INTO contact_change_links (token_hash, change_id, side) VALUES ($1, $2, $3)";
    db::execute(tx, sql, [token_hash(token.secret()).into(), id.into(), side.code().into()]).await?;
    Ok(token.secret().to_owned())
}

/// The links of a request that nobody used are good no more.
async fn replace_links(db: &Db, tx: &Tx, id: ContactChangeId) -> Result<(), DbErr> {
    let sql = "UPDATE contact_change_links SET replaced_at = $1
               WHERE change_id = $2 AND used_at IS NULL AND replaced_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), id.into()]).await.map(|_| ())
}

/// Sends a request again, in the caller's transaction: links from before are dead, and whoever has not accepted yet is to be
/// written to anew. None where none is open for the place, or another login asked, whose link and word it is.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn renew_contact_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (grant, login): (&Grant, LoginId),
    (place, expires_at): (ContactPlace, Moment),
) -> Result<Option<ContactChange>, VaultError> {
    let Some(found) = undecided(tx, grant, place).await? else { return Ok(None) };
    let (held, now) = (hold_change(tx, found.id).await?, db.world().now());
    let Some(change) = held.filter(|change| change.asked_by == login && change.is_open(now)) else { return Ok(None) };
    let Some(proposal) = proposal_of(tx, vault, &change).await? else { return Ok(None) };
    replace_links(db, tx, change.id).await?;
    // Somebody may have become a customer meanwhile.
    let customer = customer_named(tx, &proposal.named).await?;
    let sql = "UPDATE contact_changes SET expires_at = $1, to_customer = $2 WHERE id = $3";
    db::execute(tx, sql, [expires_at.into(), customer.into(), change.id.into()]).await?;
    let noted = Noted { account: change.account, place, login: Some(login), author: Author::Customer };
    note(db, tx, noted, ("contact-change.sent-again", json!(change.id)), None).await?;
    Ok(find_contact_change(tx, change.id).await?)
}

/// The holder withdraws a request, in the caller's transaction. None where none is open for the place.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn withdraw_contact_change(
    with: (&Db, &Vault),
    tx: &Tx,
    (grant, login): (&Grant, LoginId),
    place: ContactPlace,
) -> Result<Option<EndedContactChange>, VaultError> {
    let Some(found) = undecided(tx, grant, place).await? else { return Ok(None) };
    let Some(change) = hold_change(tx, found.id).await? else { return Ok(None) };
    end_change(with, tx, change, (ContactOutcome::Withdrawn, Some(login))).await
}

/// The requests whose time is over; a hundred at most.
///
/// # Errors
/// When the database cannot be read.
pub async fn contact_changes_to_expire(db: &Db, on: &impl ConnectionTrait) -> Result<Vec<ContactChangeId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Due {
        id: ContactChangeId,
    }
    let sql = "SELECT id FROM contact_changes WHERE outcome IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT 100";
    let due: Vec<Due> = db::query(on, sql, [db.world().now().into()]).await?;
    Ok(due.into_iter().map(|due| due.id).collect())
}

/// Ends a request whose time is over, in the caller's transaction: the contact from before stays. Of several who do it, one.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn expire_contact_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    id: ContactChangeId,
) -> Result<Option<EndedContactChange>, VaultError> {
    match hold_change(tx, id).await? {
        Some(change) if !change.is_open(db.world().now()) => {
            end_change((db, vault), tx, change, (ContactOutcome::Expired, None)).await
        }
        _ => Ok(None),
    }
}

/// Ends a request that was held, with its links, and erases who was proposed. None where it was decided before.
pub(super) async fn end_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    change: ContactChange,
    (outcome, login): (ContactOutcome, Option<LoginId>),
) -> Result<Option<EndedContactChange>, VaultError> {
    let proposal = proposal_of(tx, vault, &change).await?;
    let sql =
        "UPDATE contact_changes SET outcome = $1, decided_at = $2, proposed = NULL WHERE id = $3 AND outcome IS NULL";
    let values = [outcome.code().into(), db.world().now().into(), change.id.into()];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(None);
    }
    replace_links(db, tx, change.id).await?;
    // What time does is nobody's act.
    let author = if outcome == ContactOutcome::Expired { Author::Staff } else { Author::Customer };
    let noted = Noted { account: change.account, place: change.place, login, author };
    note(db, tx, noted, (outcome.event(), json!(change.id)), None).await?;
    Ok(Some(EndedContactChange { change, outcome, proposal }))
}
