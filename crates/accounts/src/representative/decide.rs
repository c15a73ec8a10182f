//! What becomes of a representative: the holder's objection, the decision of another of the staff, and the end.

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx};
use identity::{Role, Staff, token_hash};
use kernel::{AccountId, Day, FileId, RepresentativeId, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Vault, VaultError};

use super::{Representative, RepresentativeFacts, RepresentativeState, content_place, find_representative, hold, note};
use crate::store::hold_key;

/// What one of the staff does with a representative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepresentativeAct {
    Confirm,
    Refuse,
    /// One is enough: nobody gets anything by it.
    End,
}

/// What it came to.
#[derive(Debug)]
pub enum RepresentativeDecided {
    /// The representative as they are now, and who it was.
    Done(Box<Representative>, Option<RepresentativeFacts>),
    /// Somebody was faster.
    Over,
    /// Whoever recorded it does not confirm it as well.
    SamePerson,
    /// The holder still has time to object.
    TooEarly,
    /// After an objection a supervisor confirms.
    NeedsSupervisor,
    /// The customer's data was erased.
    Gone,
}

/// The holder objects, by a link, in the caller's transaction: from here on it takes a supervisor. None where it is decided, or
/// they had objected: nothing changed.
///
/// # Errors
/// When the database cannot be written.
pub async fn object_to_representative(db: &Db, tx: &Tx, secret: &str) -> Result<Option<Representative>, DbErr> {
    let sql = "SELECT representative_id FROM representative_links WHERE token_hash = $1";
    let Some(id) = db::scalar::<RepresentativeId>(tx, sql, [token_hash(secret).into()]).await? else {
        return Ok(None);
    };
    let found = hold(tx, id).await?;
    let is_open = |one: &Representative| one.state == RepresentativeState::Open && one.objected_at.is_none();
    let Some(found) = found.filter(is_open) else { return Ok(None) };
    let sql = "UPDATE representatives SET objected_at = $1 WHERE id = $2";
    db::execute(tx, sql, [db.world().now().into(), id.into()]).await?;
    let details = json!({ "representative": id });
    note(db, tx, (found.account, None, Author::Customer), ("representative.objected", details)).await?;
    find_representative(tx, id).await
}

/// One of the staff confirms, refuses or ends, in the caller's transaction. Refused, what was recorded is erased; ended, the
/// documents are, and who it was stays for whoever looks later.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn act_on_representative(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (id, staff, act): (RepresentativeId, &Staff, RepresentativeAct),
) -> Result<RepresentativeDecided, VaultError> {
    let wanted = if act == RepresentativeAct::End { RepresentativeState::Confirmed } else { RepresentativeState::Open };
    let Some(found) = hold(tx, id).await?.filter(|found| found.state == wanted) else {
        return Ok(RepresentativeDecided::Over);
    };
    let facts = found.facts(tx, vault).await?;
    match act {
        RepresentativeAct::Confirm if found.asked_by == staff.id => return Ok(RepresentativeDecided::SamePerson),
        RepresentativeAct::Confirm if !found.may_be_confirmed(db.world().now()) => {
            return Ok(RepresentativeDecided::TooEarly);
        }
        RepresentativeAct::Confirm if found.objected_at.is_some() && staff.role != Role::Supervisor => {
            return Ok(RepresentativeDecided::NeedsSupervisor);
        }
        RepresentativeAct::Confirm if facts.is_none() => return Ok(RepresentativeDecided::Gone),
        RepresentativeAct::Confirm => decide(db, tx, (&found, staff.id), "confirmed").await?,
        RepresentativeAct::Refuse => {
            decide(db, tx, (&found, staff.id), "refused").await?;
            drop_documents((db, vault), tx, &found, None).await?;
        }
        RepresentativeAct::End => {
            end((db, vault), tx, (&found, facts.as_ref()), (RepresentativeState::Ended, Some(staff.id))).await?;
        }
    }
    let after = find_representative(tx, id).await?.unwrap_or(found);
    Ok(RepresentativeDecided::Done(Box::new(after), facts))
}

async fn decide(
    db: &Db,
    tx: &Tx,
    (found, staff): (&Representative, StaffId),
    state: &'static str,
) -> Result<(), DbErr> {
    let sql = "UPDATE representatives SET state = $1, decided_at = $2, decided_by = $3 WHERE id = $4";
    db::execute(tx, sql, [state.into(), db.world().now().into(), staff.into(), found.id.into()]).await?;
    let kind = if state == "confirmed" { "representative.confirmed" } else { "representative.refused" };
    let details = json!({ "representative": found.id, "staff": staff, "account": found.account });
    note(db, tx, (found.account, Some(staff), Author::Staff), (kind, details)).await
}

/// Ends one that was confirmed; its documents are erased.
async fn end(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (found, facts): (&Representative, Option<&RepresentativeFacts>),
    (state, staff): (RepresentativeState, Option<StaffId>),
) -> Result<(), VaultError> {
    let sql = "UPDATE representatives SET state = $1, ended_at = $2, ended_by = $3 WHERE id = $4";
    db::execute(tx, sql, [state.code().into(), db.world().now().into(), staff.into(), found.id.into()]).await?;
    drop_documents((db, vault), tx, found, facts).await?;
    let kind = if state == RepresentativeState::Expired { "representative.expired" } else { "representative.ended" };
    let details = json!({ "representative": found.id, "staff": staff, "account": found.account });
    Ok(note(db, tx, (found.account, staff, Author::Staff), (kind, details)).await?)
}

/// Erases the documents, and keeps who it was where that is given.
async fn drop_documents(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    found: &Representative,
    facts: Option<&RepresentativeFacts>,
) -> Result<(), VaultError> {
    #[derive(FromQueryResult)]
    struct File {
        file_id: FileId,
    }
    let sql = "SELECT file_id FROM representative_files WHERE representative_id = $1";
    let files: Vec<File> = db::query(tx, sql, [found.id.into()]).await?;
    db::execute(tx, "DELETE FROM representative_files WHERE representative_id = $1", [found.id.into()]).await?;
    for file in files {
        vault::drop_file(db, tx, file.file_id).await?;
    }
    let content = match (facts, hold_key(tx, vault, found.customer).await?) {
        (Some(facts), Some(key)) => {
            let kept = RepresentativeFacts { files: Vec::new(), ..facts.clone() };
            let text = serde_json::to_string(&kept).map_err(|error| DbErr::Json(error.to_string()))?;
            Some(vault.seal(&key, content_place(found.id), &text)?)
        }
        _ => None,
    };
    let sql = "UPDATE representatives SET content = $1 WHERE id = $2";
    db::execute(tx, sql, [content.into(), found.id.into()]).await?;
    Ok(())
}

/// Those whose last day is over; a hundred at most.
///
/// # Errors
/// When the database cannot be read.
pub async fn representatives_to_expire(on: &impl ConnectionTrait, today: Day) -> Result<Vec<RepresentativeId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Due {
        id: RepresentativeId,
    }
    let sql =
        "SELECT id FROM representatives WHERE state = 'confirmed' AND valid_until < $1 ORDER BY valid_until LIMIT 100";
    let due: Vec<Due> = db::query(on, sql, [today.into()]).await?;
    Ok(due.into_iter().map(|due| due.id).collect())
}

/// Ends one whose last day is over, in the caller's transaction. Of several who do it, one.
///
/// # Errors
/// When the database cannot be written, or something sealed cannot be opened.
pub async fn expire_representative(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (id, today): (RepresentativeId, Day),
) -> Result<Option<(Representative, Option<RepresentativeFacts>)>, VaultError> {
    let is_due = |one: &Representative| {
        one.state == RepresentativeState::Confirmed && one.valid_until.is_some_and(|last| last < today)
    };
    let Some(found) = hold(tx, id).await?.filter(is_due) else { return Ok(None) };
    let facts = found.facts(tx, vault).await?;
    end((db, vault), tx, (&found, facts.as_ref()), (RepresentativeState::Expired, None)).await?;
    Ok(Some((found, facts)))
}

/// Whoever represented a former holder does not represent the next (PRO-1): all end, and what is not decided yet is refused, in
/// the caller's transaction, by the member of staff who let the account pass. Gives those who did represent.
pub(crate) async fn end_representatives(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (account, staff): (AccountId, StaffId),
) -> Result<Vec<(Representative, RepresentativeFacts)>, VaultError> {
    #[derive(FromQueryResult)]
    struct Of {
        id: RepresentativeId,
    }
    let sql = "SELECT id FROM representatives WHERE account_id = $1 AND state IN ('open', 'confirmed') ORDER BY id";
    let all: Vec<Of> = db::query(tx, sql, [account.into()]).await?;
    let mut gone = Vec::new();
    for one in all {
        let Some(found) = hold(tx, one.id).await? else { continue };
        if found.state == RepresentativeState::Open {
            decide(db, tx, (&found, staff), "refused").await?;
            drop_documents((db, vault), tx, &found, None).await?;
        } else {
            let facts = found.facts(tx, vault).await?;
            end((db, vault), tx, (&found, facts.as_ref()), (RepresentativeState::Ended, Some(staff))).await?;
            gone.extend(facts.map(|facts| (found, facts)));
        }
    }
    Ok(gone)
}
