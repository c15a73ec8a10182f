//! More rights that users ask their account's holder for (USR-5). Asking gives nothing; the holder's answer is an act of theirs.

use db::{Db, DbErr, DbFault, Engine, Fault, FromQueryResult, Tx};
use kernel::{AccountId, MembershipId, Moment, RightsRequestId, ServiceId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::Vault;

use crate::rights::{
    Given, Held, RightsError, RightsWanted, find_user, give_rights, hold_giver, note, rights_from_codes,
    rights_to_codes,
};
use crate::{Asker, Grant};

/// What a user asks for.
#[derive(Clone, Debug)]
pub struct RightsRequest {
    pub id: RightsRequestId,
    pub membership: MembershipId,
    /// Beside what they hold.
    pub wanted: RightsWanted,
    pub asked_at: Moment,
    /// None while it is open; else whether it was accepted.
    pub accepted: Option<bool>,
}

#[derive(FromQueryResult)]
struct Row {
    id: RightsRequestId,
    membership_id: MembershipId,
    wanted: String,
    asked_at: Moment,
    outcome: Option<String>,
}

impl From<Row> for RightsRequest {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            membership: row.membership_id,
            // A line that somebody else wrote asks for nothing.
            wanted: rights_from_codes(&row.wanted).unwrap_or_default(),
            asked_at: row.asked_at,
            accepted: row.outcome.map(|outcome| outcome == "accepted"),
        }
    }
}

const COLUMNS: &str = "r.id, r.membership_id, r.wanted, r.asked_at, r.outcome";

/// Asks for rights beside those that are held, in the caller's transaction. None where the user asked before and has no answer yet, or
/// where they hold all of it.
///
/// # Errors
/// [`RightsError::NoUser`] for who is none any more; [`RightsError::IsThere`] where they asked at the same moment.
pub async fn ask_for_rights(
    db: &Db,
    tx: &Tx,
    asker: &Asker,
    wanted: &RightsWanted,
) -> Result<Option<RightsRequestId>, RightsError> {
    let (new, _) = wanted.clone().with_all(&asker.held).changes(&asker.held);
    let new: Held = new
        .iter()
        .fold(RightsWanted::default(), |wanted, (what, service)| match service {
            Some(service) => wanted.on(*what, *service),
            None => wanted.everywhere(*what),
        })
        .held();
    if new.is_empty() || open_request(tx, asker).await?.is_some() {
        return Ok(None);
    }
    let id: RightsRequestId = db.world().id();
    let sql =
        "INSERT INTO right_requests (id, account_id, membership_id, wanted, asked_at) VALUES ($1, $2, $3, $4, $5)";
    let values = [
        id.into(),
        asker.account.into(),
        asker.membership.into(),
        rights_to_codes(&new).into(),
        db.world().now().into(),
    ];
    match db::execute(tx, sql, values).await {
        Ok(_) => {}
        Err(error) if error.fault() == Fault::Duplicate => return Err(RightsError::IsThere),
        Err(error) if error.fault() == Fault::Refused => return Err(RightsError::NoUser),
        Err(error) => return Err(error.into()),
    }
    let details = json!({ "login": asker.login, "membership": asker.membership, "request": id });
    note(db, tx, asker.account, ("rights.asked", details)).await?;
    Ok(Some(id))
}

/// The request of a user that has no answer yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_request(on: &impl ConnectionTrait, asker: &Asker) -> Result<Option<RightsRequest>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM right_requests r WHERE r.membership_id = $1 AND r.outcome IS NULL");
    Ok(db::query_one::<Row>(on, &sql, [asker.membership.into()]).await?.map(RightsRequest::from))
}

/// Gives rights by hand, as [`give_rights`], in the caller's transaction: with that an open request of the user is answered of which all
/// is held that can be had still, as `can_be_had` says of services.
///
/// # Errors
/// As [`give_rights`].
pub async fn give_by_hand(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    grant: &Grant,
    (membership, wanted): (MembershipId, &RightsWanted),
    can_be_had: impl Fn(ServiceId) -> bool,
) -> Result<Given, RightsError> {
    // Before the log, as everywhere.
    let lock = Engine::of(tx).for_update();
    let sql = format!(
        "SELECT count(*) FROM (SELECT id FROM right_requests WHERE membership_id = $1 AND outcome IS NULL{lock}) AS held"
    );
    db::scalar::<i64>(tx, &sql, [membership.into()]).await?;
    let given = give_rights((db, vault), tx, grant, (membership, wanted), "user management").await?;
    let requests = open_requests(tx, grant).await?;
    let Some(request) = requests.into_iter().find(|request| request.membership == membership) else { return Ok(given) };
    let held = wanted.held();
    let asked = request.wanted.only_on(|one| can_be_had(one) || held.iter().any(|(_, service)| service == Some(one)));
    let (missing, _) = asked.clone().with_all(&held).changes(&held);
    if !asked.held().is_empty() && missing.is_empty() {
        answer_request((db, vault), tx, grant, (request.id, Some(&asked))).await?;
    }
    Ok(given)
}

/// Takes a request back that has no answer yet, in the caller's transaction. Says whether there was one.
///
/// # Errors
/// When the database cannot be written.
pub async fn take_request_back(db: &Db, tx: &Tx, asker: &Asker) -> Result<bool, DbErr> {
    let sql = "UPDATE right_requests SET outcome = 'taken-back', answered_at = $1 WHERE membership_id = $2 AND outcome IS NULL";
    if db::execute(tx, sql, [db.world().now().into(), asker.membership.into()]).await? == 0 {
        return Ok(false);
    }
    let details = json!({ "login": asker.login, "membership": asker.membership });
    note(db, tx, asker.account, ("rights.taken-back", details)).await?;
    Ok(true)
}

/// The requests of the account's users that have no answer yet, the oldest first.
///
/// # Errors
/// [`RightsError::NotHolder`], and when the database cannot be read.
pub async fn open_requests(on: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<RightsRequest>, RightsError> {
    grant.giver().ok_or(RightsError::NotHolder)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM right_requests r JOIN memberships m ON m.id = r.membership_id
         WHERE r.account_id = $1 AND r.outcome IS NULL AND m.ended_at IS NULL ORDER BY r.asked_at, r.id"
    );
    let rows: Vec<Row> = db::query(on, &sql, [grant.account().into()]).await?;
    Ok(rows.into_iter().map(RightsRequest::from).collect())
}

/// One of the account's requests, answered or not.
///
/// # Errors
/// As [`open_requests`].
pub async fn find_request(
    on: &impl ConnectionTrait,
    grant: &Grant,
    id: RightsRequestId,
) -> Result<Option<RightsRequest>, RightsError> {
    grant.giver().ok_or(RightsError::NotHolder)?;
    find(on, (grant.account(), id)).await
}

async fn find(
    on: &impl ConnectionTrait,
    (account, id): (AccountId, RightsRequestId),
) -> Result<Option<RightsRequest>, RightsError> {
    let sql = format!("SELECT {COLUMNS} FROM right_requests r WHERE r.id = $1 AND r.account_id = $2");
    Ok(db::query_one::<Row>(on, &sql, [id.into(), account.into()]).await?.map(RightsRequest::from))
}

/// What the holder's answer came to.
#[derive(Clone, Debug)]
pub enum Answered {
    /// It is noted; what it changed.
    Noted(RightsRequest, Given),
    /// It has an answer already, was taken back, or its user is none any more: nothing changed.
    Over,
}

/// Answers a request, in the caller's transaction: the first answer counts. `allowed` are the rights of the request that are still to be
/// had, none for no.
///
/// # Errors
/// [`RightsError::NotHolder`], [`RightsError::Refused`].
pub async fn answer_request(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    grant: &Grant,
    (id, allowed): (RightsRequestId, Option<&RightsWanted>),
) -> Result<Answered, RightsError> {
    let giver = hold_giver(db, tx, grant).await?;
    let lock = Engine::of(tx).for_update();
    let sql = format!("SELECT count(*) FROM (SELECT id FROM right_requests WHERE id = $1{lock}) AS held");
    db::scalar::<i64>(tx, &sql, [id.into()]).await?;
    let found = find(tx, (grant.account(), id)).await?.filter(|request| request.accepted.is_none());
    let Some(request) = found else { return Ok(Answered::Over) };
    let Some(user) = find_user(tx, vault, grant, request.membership).await? else { return Ok(Answered::Over) };
    let mut given = Given::default();
    if let Some(allowed) = allowed {
        let wanted = allowed.clone().with_all(&user.held);
        given = give_rights((db, vault), tx, grant, (user.membership, &wanted), &format!("request {id}")).await?;
    }
    let outcome = if allowed.is_some() { "accepted" } else { "refused" };
    let sql = "UPDATE right_requests SET outcome = $1, answered_at = $2, answered_by = $3 WHERE id = $4";
    db::execute(tx, sql, [outcome.into(), db.world().now().into(), giver.membership.into(), id.into()]).await?;
    let details = json!({
        "membership": user.membership, "holder": giver.membership, "session": giver.session, "request": id, "answer": outcome,
    });
    note(db, tx, grant.account(), ("rights.answered", details)).await?;
    Ok(Answered::Noted(request, given))
}
