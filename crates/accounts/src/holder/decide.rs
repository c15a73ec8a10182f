//! What becomes of a change of holder: the holder's answer, and the decision of another of the staff.

use db::{Db, DbErr, FromQueryResult, Tx};
use identity::{Role, Staff, token_hash};
use jiff::SignedDuration;
use kernel::{AccountId, HolderChangeId, LoginId};
use serde_json::json;
use vault::{DataKey, Indexed, Place, Vault, VaultError};

use super::{HolderChange, find_holder_change, hold_change, note};
use crate::activation::draw_activation;
use crate::contacts::end_contacts;
use crate::representative::end_representatives;
use crate::store::{address_text, hold_key};
use crate::{
    ActivationBy, ActivationWish, Address, ContactsGone, DrawnActivation, Grant, Representative, RepresentativeFacts,
    Right, account_view,
};

/// What the holder's answer came to.
#[derive(Clone, Debug)]
pub enum AnsweredChange {
    /// It is noted; the change as it is now.
    Noted(Box<HolderChange>),
    /// It was decided meanwhile, or this was answered so before: nothing changed.
    Same,
}

/// The change of a link, held.
async fn of_link(tx: &Tx, secret: &str) -> Result<Option<HolderChange>, DbErr> {
    let sql = "SELECT change_id FROM holder_change_links WHERE token_hash = $1";
    match db::scalar::<HolderChangeId>(tx, sql, [token_hash(secret).into()]).await? {
        Some(id) => hold_change(tx, id).await,
        None => Ok(None),
    }
}

async fn answer(
    db: &Db,
    tx: &Tx,
    change: HolderChange,
    (column, kind): (&str, &'static str),
) -> Result<AnsweredChange, DbErr> {
    let sql = format!("UPDATE holder_changes SET {column} = $1 WHERE id = $2");
    db::execute(tx, &sql, [db.world().now().into(), change.id.into()]).await?;
    note(db, tx, (change.account, None), kind, json!({ "change": change.id })).await?;
    let after = find_holder_change(tx, change.id).await?.unwrap_or(change);
    Ok(AnsweredChange::Noted(Box::new(after)))
}

/// The holder agrees, by a link: the second member of the staff need not wait any more. In the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn agree_to_holder_change(db: &Db, tx: &Tx, secret: &str) -> Result<AnsweredChange, DbErr> {
    match of_link(tx, secret).await? {
        // Whoever reads one of the addresses objected: no other takes that back.
        Some(change) if change.outcome.is_none() && change.objected_at.is_none() && change.agreed_at.is_none() => {
            answer(db, tx, change, ("agreed_at", "holder-change.agreed")).await
        }
        _ => Ok(AnsweredChange::Same),
    }
}

/// The holder objects, by a link: from here on it takes a supervisor. In the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn object_to_holder_change(db: &Db, tx: &Tx, secret: &str) -> Result<AnsweredChange, DbErr> {
    match of_link(tx, secret).await? {
        Some(change) if change.outcome.is_none() && change.objected_at.is_none() => {
            answer(db, tx, change, ("objected_at", "holder-change.objected")).await
        }
        _ => Ok(AnsweredChange::Same),
    }
}

/// What one of the staff decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeDecision {
    Accept,
    Refuse,
}

/// What a change did, for what follows it in the same transaction.
pub struct HolderChangeDone {
    pub change: HolderChange,
    /// Under which data of the account was sealed, and is from now on.
    pub old_key: Option<DataKey>,
    pub new_key: DataKey,
    /// Whose logins reach the account no more; the holder's first.
    pub ended: Vec<LoginId>,
    /// Contacts and requests about them that ended with the former holder (PRO-2).
    pub gone: ContactsGone,
    /// Who represented the former holder, and does no more.
    pub represented: Vec<(Representative, RepresentativeFacts)>,
    /// To be sent to the new holder's address on file; none where the account cannot be signed up to.
    pub activation: Option<DrawnActivation>,
}

/// What a decision came to.
pub enum ChangeDecided {
    Done(Box<HolderChangeDone>),
    Refused(Box<HolderChange>),
    /// It is decided already.
    Over,
    /// Whoever asked for it does not decide on it as well.
    SamePerson,
    /// The holder still has time to object.
    TooEarly,
    /// After an objection a supervisor decides.
    NeedsSupervisor,
    /// The customer of either side was erased, or the account went elsewhere meanwhile.
    Gone,
}

/// Decides on a change of holder, in the caller's transaction. Done, the account is the new customer's from this moment:
/// all memberships end, and with them whatever they were given; contact data, address and open links are the new holder's;
/// bills and payments from before are shown to nobody who signs in (`accounts.held_since`), and number and postal code, which
/// stand on the former holder's bills, open the account no more: the activation e-mail does. Services and balance stay.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn decide_holder_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (id, staff, decision): (HolderChangeId, &Staff, ChangeDecision),
    lasts: SignedDuration,
) -> Result<ChangeDecided, VaultError> {
    let Some(change) = hold_change(tx, id).await?.filter(|change| change.outcome.is_none()) else {
        return Ok(ChangeDecided::Over);
    };
    if decision == ChangeDecision::Refuse {
        return refuse(db, tx, change, staff).await;
    }
    if change.asked_by == staff.id {
        return Ok(ChangeDecided::SamePerson);
    }
    if !change.may_be_decided(db.world().now()) {
        return Ok(ChangeDecided::TooEarly);
    }
    if change.objected_at.is_some() && staff.role != Role::Supervisor {
        return Ok(ChangeDecided::NeedsSupervisor);
    }
    carry_out((db, vault), tx, (change, staff), lasts).await
}

async fn end(db: &Db, tx: &Tx, change: &HolderChange, (staff, outcome): (&Staff, &str)) -> Result<(), DbErr> {
    let sql = "UPDATE holder_changes SET outcome = $1, decided_at = $2, decided_by = $3 WHERE id = $4";
    db::execute(tx, sql, [outcome.into(), db.world().now().into(), staff.id.into(), change.id.into()]).await?;
    let kind = if outcome == "done" { "holder-change.done" } else { "holder-change.refused" };
    let details = json!({ "change": change.id, "staff": staff.id, "account": change.account, "to": change.to });
    note(db, tx, (change.account, Some(staff.id)), kind, details).await
}

/// It comes to nothing: what was typed for it alone is erased with its customer's key.
async fn refuse(db: &Db, tx: &Tx, change: HolderChange, staff: &Staff) -> Result<ChangeDecided, VaultError> {
    end(db, tx, &change, (staff, "refused")).await?;
    let sql = "UPDATE holder_changes SET proof = NULL, address = NULL WHERE id = $1";
    db::execute(tx, sql, [change.id.into()]).await?;
    let sql = "SELECT count(*) FROM accounts WHERE customer_id = $1";
    if change.is_new_customer && db::scalar::<i64>(tx, sql, [change.to.into()]).await? == Some(0) {
        let sql =
            "UPDATE customers SET data_key = NULL, name = NULL, email = NULL, telephone = NULL, email_index = NULL,
                       telephone_index = NULL, provider_name = NULL WHERE id = $1";
        db::execute(tx, sql, [change.to.into()]).await?;
    }
    Ok(ChangeDecided::Refused(Box::new(change)))
}

async fn carry_out(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (change, staff): (HolderChange, &Staff),
    lasts: SignedDuration,
) -> Result<ChangeDecided, VaultError> {
    // In one order, whoever else holds both.
    let mut held = [change.from, change.to];
    held.sort();
    let first = hold_key(tx, vault, held[0]).await?;
    let second = hold_key(tx, vault, held[1]).await?;
    let (old_key, new_key) = if held[0] == change.from { (first, second) } else { (second, first) };
    let Some(new_key) = new_key else { return Ok(ChangeDecided::Gone) };
    let Some((_, address)) = change.open(vault, &new_key)? else { return Ok(ChangeDecided::Gone) };
    if !move_account((db, vault), tx, &change, (&new_key, &address)).await? {
        return Ok(ChangeDecided::Gone);
    }
    let gone = end_contacts((db, vault), tx, (change.account, &change.number), old_key.as_ref()).await?;
    let represented = end_representatives((db, vault), tx, (change.account, staff.id)).await?;
    let ended = end_memberships(db, tx, change.account).await?;
    end(db, tx, &change, (staff, "done")).await?;
    let grant = Grant::of_the_provider(change.account, &change.number, Right::SeeBills);
    let view = account_view(tx, vault, &grant).await?;
    let activation = match view.and_then(|view| view.email) {
        Some(email) => {
            let by = ActivationBy::Staff(staff.id);
            draw_activation(db, vault, tx, (change.account, &email), (by, lasts)).await?
        }
        None => ActivationWish::Expired,
    };
    let activation = match activation {
        ActivationWish::Drawn(drawn) => Some(drawn),
        _ => None,
    };
    Ok(ChangeDecided::Done(Box::new(HolderChangeDone {
        change,
        old_key,
        new_key,
        ended,
        gone,
        represented,
        activation,
    })))
}

/// Says whether the account was still the customer's that the change was asked for.
async fn move_account(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    change: &HolderChange,
    (new_key, address): (&DataKey, &Address),
) -> Result<bool, VaultError> {
    let now = db.world().now();
    let sql = "INSERT INTO former_holders (account_id, until, customer_id, address)
               SELECT id, $1, customer_id, address FROM accounts WHERE id = $2 AND customer_id = $3";
    if db::execute(tx, sql, [now.into(), change.account.into(), change.from.into()]).await? == 0 {
        return Ok(false);
    }
    let place = Place { column: "accounts.address", row: change.account.uuid() };
    let sealed = address_text(address).map(|text| vault.seal(new_key, place, &text)).transpose()?;
    let index = address.postal_code.as_deref().map(|code| vault.index(Indexed::PostalCode, code));
    // How the former holder paid and wished to be told is theirs.
    let sql = "UPDATE accounts SET customer_id = $1, held_since = $2, address = $3, postal_index = $4, pays_by = NULL,
                   alerts_by_email = 1, alerts_by_sms = 0 WHERE id = $5";
    let values = [change.to.into(), now.into(), sealed.into(), index.into(), change.account.into()];
    db::execute(tx, sql, values).await?;
    Ok(true)
}

/// Ends whatever opens the account, and gives the logins that reached it, the holder's first.
async fn end_memberships(db: &Db, tx: &Tx, account: AccountId) -> Result<Vec<LoginId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Member {
        login_id: LoginId,
    }
    let now = db.world().now();
    let sql = "SELECT login_id FROM memberships WHERE account_id = $1 AND ended_at IS NULL
               ORDER BY CASE role WHEN 'holder' THEN 0 ELSE 1 END, begun_at";
    let members: Vec<Member> = db::query(tx, sql, [account.into()]).await?;
    let sql = "UPDATE claim_checks SET code_mark = NULL, sent_to = NULL WHERE account_id = $1";
    db::execute(tx, sql, [account.into()]).await?;
    let sql = "UPDATE memberships SET ended_at = $1 WHERE account_id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [now.into(), account.into()]).await?;
    let sql = "UPDATE activations SET replaced_at = $1
               WHERE account_id = $2 AND used_at IS NULL AND replaced_at IS NULL";
    db::execute(tx, sql, [now.into(), account.into()]).await?;
    db::execute(tx, "DELETE FROM claims WHERE account_id = $1", [account.into()]).await?;
    // A code that links it went to the former holder.
    db::execute(tx, "DELETE FROM account_link_asks WHERE account_id = $1", [account.into()]).await?;
    crate::users::forget_names(tx, ("account_id", account.uuid())).await?;
    let mut ended = Vec::with_capacity(members.len());
    for member in members {
        // Who was invited and never came had no access that ends.
        if !crate::users::remove_unnamed(db, tx, member.login_id).await? {
            ended.push(member.login_id);
        }
    }
    Ok(ended)
}
