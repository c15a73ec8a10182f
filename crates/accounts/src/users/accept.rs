//! An invitation is accepted (USR-2): its place on the account becomes somebody's. Rights are not given here: they were, by the holder.

use db::{Db, DbErr, DbFault, Engine, Fault, FromQueryResult, Tx};
use identity::{LoginError, Username, token_hash};
use kernel::{AccountId, Language, LoginId, MembershipId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::Vault;

use crate::rights::{FACT_COLUMNS, Held, RightFact, RightsError, fold, note};

/// What an invitation's link can still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    Open,
    Used,
    /// The holder took it back, or the account has another holder.
    Withdrawn,
    /// A newer one was sent, or is to be: the account came to another login of its holder.
    Replaced,
    /// Who sent it holds the account no more.
    HolderGone,
    Expired,
}

/// An invitation, by its link.
#[derive(Clone, Debug)]
pub struct UserInvitation {
    pub membership: MembershipId,
    pub account: AccountId,
    pub number: String,
    pub state: InvitationState,
    pub until: Moment,
    /// The login that nobody has yet.
    pub login: LoginId,
    pub language: Language,
    /// What whoever accepts will hold.
    pub held: Held,
}

#[derive(FromQueryResult)]
struct Row {
    membership_id: MembershipId,
    account_id: AccountId,
    number: String,
    login_id: LoginId,
    language: Language,
    inviter_id: MembershipId,
    expires_at: Moment,
    used_at: Option<Moment>,
    replaced_at: Option<Moment>,
    ended_at: Option<Moment>,
    inviter_ended_at: Option<Moment>,
}

impl Row {
    fn state(&self, now: Moment) -> InvitationState {
        match self {
            Self { used_at: Some(_), .. } => InvitationState::Used,
            Self { ended_at: Some(_), .. } => InvitationState::Withdrawn,
            Self { replaced_at: Some(_), .. } => InvitationState::Replaced,
            Self { inviter_ended_at: Some(_), .. } => InvitationState::HolderGone,
            row if row.expires_at <= now => InvitationState::Expired,
            _ => InvitationState::Open,
        }
    }
}

/// The invitation of a link's secret; none for a link that is none of ours.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_user_invitation(
    (db, vault): (&Db, &Vault),
    on: &impl ConnectionTrait,
    secret: &str,
) -> Result<Option<UserInvitation>, DbErr> {
    let sql =
        "SELECT i.membership_id, m.account_id, a.number, m.login_id, l.language, i.inviter_id, i.expires_at, i.used_at,
                   i.replaced_at, m.ended_at, h.ended_at AS inviter_ended_at
               FROM invitations i JOIN memberships m ON m.id = i.membership_id JOIN memberships h ON h.id = i.inviter_id
               JOIN accounts a ON a.id = m.account_id JOIN logins l ON l.id = m.login_id WHERE i.token_hash = $1";
    let row: Option<Row> = db::query_one(on, sql, [token_hash(secret).into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let sql = format!("SELECT {FACT_COLUMNS} FROM grants g WHERE g.membership_id = $1 ORDER BY g.seq");
    let facts: Vec<RightFact> = db::query(on, &sql, [row.membership_id.into()]).await?;
    Ok(Some(UserInvitation {
        state: row.state(db.world().now()),
        held: fold(vault, row.membership_id, Some(row.inviter_id), &facts).held,
        membership: row.membership_id,
        account: row.account_id,
        number: row.number,
        until: row.expires_at,
        login: row.login_id,
        language: row.language,
    }))
}

/// What accepting came to.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// Whose place it is now.
    By(LoginId, Box<UserInvitation>),
    /// The link opens nothing, or not any more.
    Over,
    /// The login holds that account: it needs no invitation.
    IsHolder,
    /// The login is a user of it already.
    IsUser,
}

/// The invitation while it is open; its place is held until the transaction ends, so that of two at once the second finds it used.
async fn hold_open((db, vault): (&Db, &Vault), tx: &Tx, secret: &str) -> Result<Option<UserInvitation>, DbErr> {
    let lock = Engine::of(tx).for_update();
    let sql = format!("SELECT count(*) FROM (SELECT token_hash FROM invitations WHERE token_hash = $1{lock}) AS held");
    db::scalar::<i64>(tx, &sql, [token_hash(secret).into()]).await?;
    let found = find_user_invitation((db, vault), tx, secret).await?;
    Ok(found.filter(|found| found.state == InvitationState::Open))
}

async fn use_up(db: &Db, tx: &Tx, secret: &str) -> Result<(), DbErr> {
    let sql = "UPDATE invitations SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND replaced_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), token_hash(secret).into()]).await.map(|_| ())
}

async fn note_accepted(db: &Db, tx: &Tx, found: &UserInvitation, login: LoginId) -> Result<(), DbErr> {
    let details = json!({ "login": login, "membership": found.membership });
    note(db, tx, found.account, ("user.accepted", details)).await
}

/// Accepts with a username and a password that were chosen now, in the caller's transaction.
///
/// # Errors
/// [`LoginError::UsernameTaken`], or when the database cannot be written.
pub async fn accept_as_new(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    secret: &str,
    new: (&Username, &str, Language),
) -> Result<Accepted, LoginError> {
    let Some(found) = hold_open((db, vault), tx, secret).await? else { return Ok(Accepted::Over) };
    if !identity::name_login((db, vault), tx, found.login, new).await? {
        return Ok(Accepted::Over);
    }
    use_up(db, tx, secret).await?;
    note_accepted(db, tx, &found, found.login).await?;
    Ok(Accepted::By(found.login, Box::new(found)))
}

/// Accepts with a login that somebody has, in the caller's transaction: it takes the place of the one that nobody has.
///
/// # Errors
/// [`RightsError::IsThere`] where it became a user of the account at the same moment; [`RightsError::Refused`] where
/// the database knows that somebody has the place.
pub async fn accept_as(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    secret: &str,
    login: LoginId,
) -> Result<Accepted, RightsError> {
    let Some(found) = hold_open((db, vault), tx, secret).await? else { return Ok(Accepted::Over) };
    let sql = "SELECT role FROM memberships WHERE login_id = $1 AND account_id = $2 AND ended_at IS NULL";
    let role: Option<String> = db::scalar(tx, sql, [login.into(), found.account.into()]).await?;
    match role.as_deref() {
        Some("holder") => return Ok(Accepted::IsHolder),
        Some(_) => return Ok(Accepted::IsUser),
        None => {}
    }
    // Before the link is used up: the database lets a place be taken with an open one alone.
    let sql = "UPDATE memberships SET login_id = $1 WHERE id = $2 AND login_id = $3";
    match db::execute(tx, sql, [login.into(), found.membership.into(), found.login.into()]).await {
        Ok(1) => {}
        Ok(_) => return Ok(Accepted::Over),
        Err(error) if error.fault() == Fault::Duplicate => return Err(RightsError::IsThere),
        // Somebody has the place: the database says so, whatever the link's row says.
        Err(error) if error.fault() == Fault::Refused => return Err(RightsError::Refused),
        Err(error) => return Err(error.into()),
    }
    use_up(db, tx, secret).await?;
    super::remove_unnamed(db, tx, found.login).await?;
    note_accepted(db, tx, &found, login).await?;
    Ok(Accepted::By(login, Box::new(found)))
}
