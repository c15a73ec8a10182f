//! What a holder does with the users of the account (USR-1 to USR-4). All of it through a grant of [`Right::ManageUsers`], which only a
//! holder whose claim is confirmed has, and which names the session that it was asked in.

use std::collections::BTreeMap;

use audit::{Author, Chain, Event};
use db::{Db, DbErr, DbFault, Engine, Fault, FromQueryResult, Tx};
use identity::LOGIN_HAS_STEP;
use kernel::{AccountId, LoginId, MembershipId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use vault::{Vault, VaultError};

use super::fact::{Between, FACT_COLUMNS, Folded, RightFact, fold};
use super::held::{Held, Placed, RightsWanted};
use crate::membership::Giver;
use crate::{By, Grant, Right, Segment, confirm};

/// How many users an account may have besides its holder, by segment (USR-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserLimits {
    pub residential: u16,
    pub business: u16,
    pub hosting: u16,
}

impl Default for UserLimits {
    fn default() -> Self {
        Self { residential: 5, business: 5, hosting: 5 }
    }
}

impl UserLimits {
    pub const fn of(&self, segment: Segment) -> u16 {
        match segment {
            Segment::Residential => self.residential,
            Segment::Business => self.business,
            Segment::Hosting => self.hosting,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RightsError {
    /// Whoever asks does not hold the account, or not any more.
    #[error("only the holder of the account gives rights")]
    NotHolder,
    /// Such a user is not there, or not any more.
    #[error("there is no such user of the account")]
    NoUser,
    /// It has as many users as it may; the number.
    #[error("the account has {0} users already")]
    TooMany(u16),
    /// The login is a user of the account, or its holder, already.
    #[error("the login has a role on the account already")]
    IsThere,
    /// The database refused: a service of another account, or something that changed meanwhile.
    #[error("the database refuses to give that")]
    Refused,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for RightsError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Vault(error) => error.db_err(),
            _ => None,
        }
    }
}

/// A user of an account who is not its holder, as the holder sees them.
#[derive(Clone, Debug)]
pub struct User {
    pub membership: MembershipId,
    pub login: LoginId,
    pub since: Moment,
    pub held: Held,
    /// Where nothing is held from the present holder: what the holder before had given last, to be given again with one button.
    pub earlier: Held,
}

#[derive(FromQueryResult)]
struct UserRow {
    id: MembershipId,
    login_id: LoginId,
    begun_at: Moment,
}

/// The holder's part of a grant.
fn giver(grant: &Grant) -> Result<Giver, RightsError> {
    grant.giver().filter(|_| grant.right() == Right::ManageUsers).ok_or(RightsError::NotHolder)
}

/// The users of the account, the oldest first.
///
/// # Errors
/// [`RightsError::NotHolder`], and when the database cannot be read.
pub async fn users_of(on: &impl ConnectionTrait, vault: &Vault, grant: &Grant) -> Result<Vec<User>, RightsError> {
    let giver = giver(grant)?;
    let sql = "SELECT id, login_id, begun_at FROM memberships WHERE account_id = $1 AND role = 'secondary'
                   AND ended_at IS NULL ORDER BY begun_at, id";
    let rows: Vec<UserRow> = db::query(on, sql, [grant.account().into()]).await?;
    let facts = facts_of(on, grant.account()).await?;
    let users = rows.into_iter().map(|row| {
        let folded = fold(vault, row.id, Some(giver.membership), facts.get(&row.id).into_iter().flatten());
        user(row, folded, giver.membership)
    });
    Ok(users.collect())
}

/// The facts about whoever is or was a user of an account, each one's in their order.
async fn facts_of(
    on: &impl ConnectionTrait,
    account: AccountId,
) -> Result<BTreeMap<MembershipId, Vec<RightFact>>, DbErr> {
    let sql = format!("SELECT {FACT_COLUMNS} FROM grants g WHERE g.account_id = $1 ORDER BY g.membership_id, g.seq");
    let mut facts: BTreeMap<MembershipId, Vec<RightFact>> = BTreeMap::new();
    for fact in db::query::<RightFact>(on, &sql, [account.into()]).await? {
        let (_, membership) = fact.place();
        facts.entry(membership).or_default().push(fact);
    }
    Ok(facts)
}

fn user(row: UserRow, folded: Folded, holder: MembershipId) -> User {
    let is_of_another = folded.last_giver.is_some_and(|last| last != holder);
    let earlier = if is_of_another { folded.of_last_giver } else { Held::default() };
    User { membership: row.id, login: row.login_id, since: row.begun_at, held: folded.held, earlier }
}

/// One of the users of the account.
///
/// # Errors
/// As [`users_of`].
pub async fn find_user(
    on: &impl ConnectionTrait,
    vault: &Vault,
    grant: &Grant,
    membership: MembershipId,
) -> Result<Option<User>, RightsError> {
    Ok(users_of(on, vault, grant).await?.into_iter().find(|user| user.membership == membership))
}

/// The holder's membership as it is now, held until the transaction ends.
pub(crate) async fn hold_giver(db: &Db, tx: &Tx, grant: &Grant) -> Result<Giver, RightsError> {
    #[derive(FromQueryResult)]
    struct Row {
        login_id: LoginId,
        confirmed_at: Option<Moment>,
    }
    let giver = giver(grant)?;
    let sql = format!(
        "SELECT login_id, confirmed_at FROM memberships WHERE id = $1 AND account_id = $2 AND role = 'holder'
             AND ended_at IS NULL{}",
        Engine::of(tx).for_update()
    );
    let row: Option<Row> = db::query_one(tx, &sql, [giver.membership.into(), grant.account().into()]).await?;
    let row = row.ok_or(RightsError::NotHolder)?;
    if row.confirmed_at.is_none() {
        if !giver.claims_open_all {
            return Err(RightsError::NotHolder);
        }
        // Where the provider lets nothing wait for a confirmation, the first right that is given is one: the database itself
        // wants to see it.
        confirm(db, tx, (grant.account(), row.login_id), By::CONFIGURATION).await?;
    }
    Ok(giver)
}

/// What [`give_rights`] changed; nothing where the user held just that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub given: Vec<Placed>,
    pub withdrawn: Vec<Placed>,
}

impl Given {
    pub fn is_nothing(&self) -> bool {
        self.given.is_empty() && self.withdrawn.is_empty()
    }
}

/// Gives a user of the account the rights that are wanted, and withdraws all others, in the caller's transaction: what differs is
/// added as facts. `why` is a word of ours, or names the request that it answers.
///
/// # Errors
/// [`RightsError::NotHolder`], [`RightsError::NoUser`], [`RightsError::Refused`] for a service of another account.
pub async fn give_rights(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    grant: &Grant,
    (membership, wanted): (MembershipId, &RightsWanted),
    why: &str,
) -> Result<Given, RightsError> {
    let giver = hold_giver(db, tx, grant).await?;
    let sql = format!(
        "SELECT id, login_id, begun_at FROM memberships WHERE id = $1 AND account_id = $2 AND role = 'secondary'
             AND ended_at IS NULL{}",
        Engine::of(tx).for_update()
    );
    let row: Option<UserRow> = db::query_one(tx, &sql, [membership.into(), grant.account().into()]).await?;
    let row = row.ok_or(RightsError::NoUser)?;
    let sql = format!("SELECT {FACT_COLUMNS} FROM grants g WHERE g.membership_id = $1 ORDER BY g.seq");
    let facts: Vec<RightFact> = db::query(tx, &sql, [membership.into()]).await?;
    let mut folded = fold(vault, membership, Some(giver.membership), &facts);
    let mut changed = Given::default();
    let mut noted = Vec::new();
    // Clocks of two nodes may differ; facts stand in their order all the same.
    let last_at = facts.last().map(|fact| fact.fact_at);
    let at = last_at.map_or(db.world().now(), |last| last.max(db.world().now()));
    let between = Between { account: grant.account(), membership, giver: giver.membership, session: giver.session, at };
    for (placed, is_given) in wanted.difference(&folded.held) {
        let fact = RightFact::after(vault, folded.end, db.world().id(), between, (placed, is_given, why));
        insert(tx, &fact).await?;
        noted.push(fact.noted());
        folded.end = Some((fact.fact_seq, fact.fact_mac));
        if is_given { changed.given.push(placed) } else { changed.withdrawn.push(placed) }
    }
    if !changed.is_nothing() {
        let details = json!({
            "login": row.login_id, "membership": membership, "holder": giver.membership, "session": giver.session,
            "reason": why, "given": words(&changed.given), "withdrawn": words(&changed.withdrawn), "facts": noted,
        });
        note(db, tx, grant.account(), ("rights.changed", details)).await?;
    }
    Ok(changed)
}

/// The users of an account who hold something from one membership; without places that nobody has taken yet.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn who_holds(
    vault: &Vault,
    on: &impl ConnectionTrait,
    account: AccountId,
    from: MembershipId,
) -> Result<Vec<LoginId>, DbErr> {
    let sql = "SELECT m.id, m.login_id, m.begun_at FROM memberships m JOIN logins l ON l.id = m.login_id
               WHERE m.account_id = $1 AND m.role = 'secondary' AND m.ended_at IS NULL AND l.username <> '' ORDER BY m.id";
    let users: Vec<UserRow> = db::query(on, sql, [account.into()]).await?;
    let facts = facts_of(on, account).await?;
    let holds =
        |user: &UserRow| !fold(vault, user.id, Some(from), facts.get(&user.id).into_iter().flatten()).held.is_empty();
    Ok(users.into_iter().filter(holds).map(|user| user.login_id).collect())
}

/// What the users of an account hold from one membership is given again by another one of the same person, in a session of theirs,
/// in the caller's transaction: as facts of its own, for the first one holds the account no more (ONE-1).
///
/// # Errors
/// [`RightsError::Refused`] where the new membership does not hold the account, or the session has ended.
pub(crate) async fn carry_rights(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    account: AccountId,
    (from, giver, session): (MembershipId, MembershipId, kernel::SessionId),
) -> Result<(), RightsError> {
    let sql = "SELECT id, login_id, begun_at FROM memberships WHERE account_id = $1 AND role = 'secondary'
                   AND ended_at IS NULL ORDER BY id";
    let users: Vec<UserRow> = db::query(tx, sql, [account.into()]).await?;
    for user in users {
        let sql = format!("SELECT {FACT_COLUMNS} FROM grants g WHERE g.membership_id = $1 ORDER BY g.seq");
        let facts: Vec<RightFact> = db::query(tx, &sql, [user.id.into()]).await?;
        let mut folded = fold(vault, user.id, Some(from), &facts);
        let last_at = facts.last().map(|fact| fact.fact_at);
        let at = last_at.map_or(db.world().now(), |last| last.max(db.world().now()));
        let between = Between { account, membership: user.id, giver, session, at };
        let (mut given, mut noted) = (Vec::new(), Vec::new());
        for placed in folded.held.iter() {
            let fact = RightFact::after(vault, folded.end.take(), db.world().id(), between, (placed, true, "link"));
            insert(tx, &fact).await?;
            given.push(placed);
            noted.push(fact.noted());
            folded.end = Some((fact.fact_seq, fact.fact_mac));
        }
        if !given.is_empty() {
            let details = json!({
                "login": user.login_id, "membership": user.id, "holder": giver, "session": session, "reason": "link",
                "given": words(&given), "withdrawn": [], "facts": noted,
            });
            note(db, tx, account, ("rights.changed", details)).await?;
        }
    }
    Ok(())
}

/// As the log says it: `bills.see`, `service.usage 0192…`.
fn words(placed: &[Placed]) -> Vec<String> {
    let word = |(what, service): &Placed| match service {
        Some(service) => format!("{} {service}", what.code()),
        None => what.code().to_owned(),
    };
    placed.iter().map(word).collect()
}

async fn insert(tx: &Tx, fact: &RightFact) -> Result<(), RightsError> {
    let sql = "INSERT INTO grants (id, account_id, membership_id, seq, what, service_id, act, giver_id, session_id, at, reason,
                   previous, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    match db::execute(tx, sql, fact.values()).await {
        Ok(_) => Ok(()),
        Err(error) if error.fault() == Fault::Refused => Err(RightsError::Refused),
        Err(error) => Err(error.into()),
    }
}

/// Notes something that a person did on the account's chain.
pub(crate) async fn note(
    db: &Db,
    tx: &Tx,
    account: AccountId,
    (kind, details): (&'static str, Json),
) -> Result<(), DbErr> {
    let chain = Chain::Account(account);
    Event { chain, kind, author: Author::Customer, details, sealed: None }.append(db, tx).await
}

/// Makes a login a user of the account, who begins with nothing, in the caller's transaction.
///
/// # Errors
/// [`RightsError::TooMany`], [`RightsError::IsThere`], [`RightsError::NotHolder`].
pub async fn add_secondary(
    db: &Db,
    tx: &Tx,
    grant: &Grant,
    (login, limits): (LoginId, &UserLimits),
) -> Result<MembershipId, RightsError> {
    let giver = hold_giver(db, tx, grant).await?;
    // Who counts holds the holder's row: of two at once the second counts the first.
    let sql = "SELECT segment FROM accounts WHERE id = $1";
    let segment: Option<String> = db::scalar(tx, sql, [grant.account().into()]).await?;
    let segment = segment.and_then(|code| Segment::from_code(&code)).ok_or(RightsError::NotHolder)?;
    let most = limits.of(segment);
    let sql = "SELECT count(*) FROM memberships WHERE account_id = $1 AND role = 'secondary' AND ended_at IS NULL";
    let count: i64 = db::scalar(tx, sql, [grant.account().into()]).await?.unwrap_or(0);
    if count >= i64::from(most) {
        return Err(RightsError::TooMany(most));
    }
    let sql = "SELECT count(*) FROM memberships WHERE account_id = $1 AND login_id = $2 AND ended_at IS NULL";
    if db::scalar::<i64>(tx, sql, [grant.account().into(), login.into()]).await? != Some(0) {
        return Err(RightsError::IsThere);
    }
    let id: MembershipId = db.world().id();
    let sql = "INSERT INTO memberships (id, login_id, account_id, role, origin, begun_at)
               VALUES ($1, $2, $3, 'secondary', 'invitation', $4)";
    let values = [id.into(), login.into(), grant.account().into(), db.world().now().into()];
    match db::execute(tx, sql, values).await {
        Err(error) if error.fault() == Fault::Duplicate => return Err(RightsError::IsThere),
        other => other?,
    };
    let details = json!({ "login": login, "membership": id, "holder": giver.membership, "session": giver.session });
    note(db, tx, grant.account(), ("user.added", details)).await?;
    Ok(id)
}

/// A user who is one no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub login: LoginId,
    /// The login reaches no account any more; its sessions have ended too.
    pub was_last: bool,
}

/// Ends a user's membership, in the caller's transaction: at the next request they reach the account no more. Other memberships of
/// the login are not touched.
///
/// # Errors
/// [`RightsError::NoUser`] also for the holder's own membership; [`RightsError::NotHolder`].
pub async fn end_secondary(db: &Db, tx: &Tx, grant: &Grant, membership: MembershipId) -> Result<Ended, RightsError> {
    let giver = hold_giver(db, tx, grant).await?;
    let sql = format!(
        "SELECT id, login_id, begun_at FROM memberships WHERE id = $1 AND account_id = $2 AND role = 'secondary'
             AND ended_at IS NULL{}",
        Engine::of(tx).for_update()
    );
    let row: Option<UserRow> = db::query_one(tx, &sql, [membership.into(), grant.account().into()]).await?;
    let row = row.ok_or(RightsError::NoUser)?;
    let details = json!({
        "login": row.login_id, "membership": membership, "holder": giver.membership, "session": giver.session,
    });
    let was_last = end_member(db, tx, (grant.account(), membership, row.login_id), details).await?;
    Ok(Ended { login: row.login_id, was_last })
}

/// Ends a user's membership that was found, and notes it. Says whether it was the last of the login, whose sessions then end too.
pub(crate) async fn end_member(
    db: &Db,
    tx: &Tx,
    (account, membership, login): (AccountId, MembershipId, LoginId),
    details: Json,
) -> Result<bool, DbErr> {
    let sql = "UPDATE memberships SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), membership.into()]).await?;
    let sql = "SELECT count(*) FROM memberships WHERE login_id = $1 AND ended_at IS NULL";
    let was_last = db::scalar::<i64>(tx, sql, [login.into()]).await? == Some(0);
    if was_last {
        identity::end_sessions_of(tx, login).await?;
    }
    note(db, tx, account, ("user.removed", details)).await?;
    Ok(was_last)
}

/// Whether a login may do something on an account now, for what ends long after it was asked for. `opens_all`: a claim waits for nothing.
///
/// # Errors
/// When the database cannot be read.
pub async fn may_still(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (account, login): (AccountId, LoginId),
    (right, opens_all): (Right, bool),
) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: MembershipId,
        holder_id: Option<MembershipId>,
        confirmed_at: Option<Moment>,
        lacks_step: i32,
    }
    let sql = format!(
        "SELECT m.id, h.id AS holder_id, m.confirmed_at,
             CASE WHEN m.step_required_at IS NULL OR {LOGIN_HAS_STEP} THEN 0 ELSE 1 END AS lacks_step
         FROM memberships m JOIN logins l ON l.id = m.login_id LEFT JOIN memberships h
             ON h.account_id = m.account_id AND h.role = 'holder' AND h.ended_at IS NULL
         WHERE m.account_id = $1 AND m.login_id = $2 AND m.ended_at IS NULL"
    );
    let row: Option<Row> = db::query_one(on, &sql, [account.into(), login.into()]).await?;
    let Some(row) = row else { return Ok(false) };
    if row.holder_id == Some(row.id) {
        let is_sure = row.confirmed_at.is_some() || opens_all || !right.needs_confirmation();
        return Ok(is_sure && !right.is_the_providers());
    }
    if row.lacks_step != 0 {
        return Ok(false);
    }
    let sql = format!("SELECT {FACT_COLUMNS} FROM grants g WHERE g.membership_id = $1 ORDER BY g.seq");
    let facts: Vec<RightFact> = db::query(on, &sql, [row.id.into()]).await?;
    Ok(fold(vault, row.id, row.holder_id, &facts).held.answer(right).is_some())
}

/// What a user of the grant's account held at a moment, whoever was its holder then; for the history.
///
/// # Errors
/// When the database cannot be read.
pub async fn held_at(
    on: &impl ConnectionTrait,
    vault: &Vault,
    grant: &Grant,
    (membership, moment): (MembershipId, Moment),
) -> Result<Held, RightsError> {
    giver(grant)?;
    let sql = "SELECT h.id FROM memberships h JOIN memberships m ON m.account_id = h.account_id
               WHERE m.id = $1 AND m.account_id = $2 AND m.role = 'secondary' AND m.begun_at <= $3
                   AND (m.ended_at IS NULL OR m.ended_at > $3) AND h.role = 'holder' AND h.begun_at <= $3
                   AND (h.ended_at IS NULL OR h.ended_at > $3)";
    let values = [membership.into(), grant.account().into(), moment.into()];
    let holder: Option<MembershipId> = db::scalar(on, sql, values).await?;
    let sql = format!("SELECT {FACT_COLUMNS} FROM grants g WHERE g.membership_id = $1 AND g.at <= $2 ORDER BY g.seq");
    let facts: Vec<RightFact> = db::query(on, &sql, [membership.into(), moment.into()]).await?;
    Ok(fold(vault, membership, holder, &facts).held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usr_4_what_the_database_says_is_told_from_what_was_refused_for_it_may_be_tried_again() {
        let fails = || DbErr::Custom("in the way".to_owned());
        assert!(RightsError::Db(fails()).db_err().is_some());
        assert!(RightsError::Vault(VaultError::Db(fails())).db_err().is_some());
        for refused in [RightsError::NotHolder, RightsError::NoUser, RightsError::IsThere, RightsError::Refused] {
            assert!(refused.db_err().is_none(), "{refused:?}");
        }
    }
}
