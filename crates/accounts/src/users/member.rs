//! The users of an account as their holder sees and changes them (USR-2, SEC-3).

use audit::{Chain, StoredEvent};
use db::{Db, DbErr, FromQueryResult, Tx};
use identity::LOGIN_HAS_STEP;
use kernel::{AccountId, Language, LoginId, MembershipId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError};

use crate::rights::{Ended, RightsError, User, end_member, end_secondary, hold_giver, note, users_of};
use crate::store::hold_key;
use crate::way_back::may_get_back;
use crate::{Asker, Grant};

/// So many of an account's events are looked through for what one user did.
const LOOKED_THROUGH: u16 = 500;

/// A user of the account, or somebody invited who has not come yet.
#[derive(Clone, Debug)]
pub struct Member {
    pub user: User,
    /// None while nobody has accepted.
    pub username: Option<String>,
    /// As the holder calls them; none for who came without an invitation of this kind.
    pub name: Option<String>,
    /// Where they were invited. What their login's address is now is theirs alone.
    pub email: Option<String>,
    pub language: Language,
    /// Until when the link that was sent last can be used.
    pub invited_until: Option<Moment>,
    pub is_locked: bool,
    /// Whether their login reaches no other account: what is done to it touches nothing else.
    pub is_only_here: bool,
    pub requires_step: bool,
    /// A second step is wanted of them that they do not have.
    pub lacks_step: bool,
}

impl Member {
    /// Whether they are still to come.
    pub fn is_invited(&self) -> bool {
        self.username.is_none()
    }

    /// What they are called on pages: as the holder says, else by their username.
    pub fn called(&self) -> &str {
        self.name.as_deref().or(self.username.as_deref()).unwrap_or_default()
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: MembershipId,
    username: String,
    language: Language,
    locked_at: Option<Moment>,
    step_required_at: Option<Moment>,
    has_step: i32,
    name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
    expires_at: Option<Moment>,
    memberships: i64,
}

impl Row {
    fn open(self, vault: &Vault, key: Option<&DataKey>, user: User) -> Result<Member, VaultError> {
        let open = |column, sealed: Option<Vec<u8>>| match (key, sealed) {
            (Some(key), Some(sealed)) => vault.open(key, Place { column, row: self.id.uuid() }, &sealed).map(Some),
            _ => Ok(None),
        };
        Ok(Member {
            name: open("user_details.name", self.name)?,
            email: open("user_details.email", self.email)?,
            user,
            username: Some(self.username).filter(|name| !name.is_empty()),
            language: self.language,
            invited_until: self.expires_at,
            is_locked: self.locked_at.is_some(),
            is_only_here: self.memberships == 1,
            requires_step: self.step_required_at.is_some(),
            lacks_step: self.step_required_at.is_some() && self.has_step == 0,
        })
    }
}

/// The users of the account and those who are invited, the oldest first.
///
/// # Errors
/// [`RightsError::NotHolder`], and when the database cannot be read.
pub async fn members_of(on: &impl ConnectionTrait, vault: &Vault, grant: &Grant) -> Result<Vec<Member>, RightsError> {
    let users = users_of(on, vault, grant).await?;
    let key = super::key_of(on, vault, grant.account()).await?;
    let sql = format!(
        "SELECT m.id, l.username, l.language, l.locked_at, m.step_required_at,
             CASE WHEN {LOGIN_HAS_STEP} THEN 1 ELSE 0 END AS has_step, d.name, d.email, i.expires_at,
             (SELECT count(*) FROM memberships o WHERE o.login_id = m.login_id AND o.ended_at IS NULL) AS memberships
         FROM memberships m JOIN logins l ON l.id = m.login_id LEFT JOIN user_details d ON d.membership_id = m.id
         LEFT JOIN invitations i ON i.membership_id = m.id AND i.used_at IS NULL AND i.replaced_at IS NULL
         WHERE m.account_id = $1 AND m.role = 'secondary' AND m.ended_at IS NULL"
    );
    let mut rows: Vec<Row> = db::query(on, &sql, [grant.account().into()]).await?;
    let mut members = Vec::with_capacity(users.len());
    for user in users {
        if let Some(place) = rows.iter().position(|row| row.id == user.membership) {
            members.push(rows.swap_remove(place).open(vault, key.as_ref(), user)?);
        }
    }
    Ok(members)
}

/// One of them.
///
/// # Errors
/// As [`members_of`].
pub async fn find_member(
    on: &impl ConnectionTrait,
    vault: &Vault,
    grant: &Grant,
    membership: MembershipId,
) -> Result<Option<Member>, RightsError> {
    Ok(members_of(on, vault, grant).await?.into_iter().find(|member| member.user.membership == membership))
}

/// As the holder calls the user who asks; none where they have no name there.
///
/// # Errors
/// When the database cannot be read, or the name cannot be opened.
pub async fn user_name(on: &impl ConnectionTrait, vault: &Vault, asker: &Asker) -> Result<Option<String>, VaultError> {
    let sql = "SELECT name FROM user_details WHERE membership_id = $1";
    let sealed: Option<Vec<u8>> = db::scalar(on, sql, [asker.membership.into()]).await?;
    let (Some(sealed), Some(key)) = (sealed, super::key_of(on, vault, asker.account).await?) else { return Ok(None) };
    vault.open(&key, Place { column: "user_details.name", row: asker.membership.uuid() }, &sealed).map(Some)
}

/// What a user did on the account lately, the newest first.
///
/// # Errors
/// [`RightsError::NotHolder`], and when the database cannot be read.
pub async fn acts_of(
    on: &impl ConnectionTrait,
    grant: &Grant,
    login: LoginId,
) -> Result<Vec<StoredEvent>, RightsError> {
    grant.giver().ok_or(RightsError::NotHolder)?;
    // What the holder did about a user names that user too.
    let own = ["user.accepted", "rights.asked", "rights.taken-back", "rights.refused"];
    let is_own = |event: &StoredEvent| {
        let is_kind =
            own.contains(&event.kind.as_str()) || ["payment.", "card."].iter().any(|of| event.kind.starts_with(of));
        // As a user of another holder's they did other things.
        is_kind && event.at >= grant.since() && event.details()["login"] == json!(login)
    };
    let events = audit::last_events(on, Chain::Account(grant.account()), LOOKED_THROUGH).await?;
    Ok(events.into_iter().filter(is_own).collect())
}

/// Calls a user otherwise from now on, in the caller's transaction.
///
/// # Errors
/// [`RightsError::NotHolder`], [`RightsError::NoUser`] also for who has no name there.
pub async fn rename_user(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    grant: &Grant,
    (membership, name): (MembershipId, &str),
) -> Result<(), RightsError> {
    let giver = hold_giver(db, tx, grant).await?;
    let customer = super::customer_of(tx, grant.account()).await?.ok_or(RightsError::NotHolder)?;
    let key = hold_key(tx, vault, customer).await?.ok_or(RightsError::NotHolder)?;
    let sealed = vault.seal(&key, Place { column: "user_details.name", row: membership.uuid() }, name)?;
    let sql = "UPDATE user_details SET name = $1 WHERE membership_id = $2 AND EXISTS (SELECT 1 FROM memberships m
                   WHERE m.id = $2 AND m.account_id = $3 AND m.role = 'secondary' AND m.ended_at IS NULL)";
    if db::execute(tx, sql, [sealed.into(), membership.into(), grant.account().into()]).await? == 0 {
        return Err(RightsError::NoUser);
    }
    let details = json!({ "membership": membership, "holder": giver.membership, "session": giver.session });
    Ok(note(db, tx, grant.account(), ("user.renamed", details)).await?)
}

/// Wants a second step of a user from now on, or wants none any more (SEC-3), in the caller's transaction. Says whether it was otherwise.
///
/// # Errors
/// [`RightsError::NotHolder`], [`RightsError::NoUser`].
pub async fn require_step(
    db: &Db,
    tx: &Tx,
    grant: &Grant,
    (membership, is_required): (MembershipId, bool),
) -> Result<bool, RightsError> {
    let giver = hold_giver(db, tx, grant).await?;
    let sql = "SELECT count(*) FROM memberships WHERE id = $1 AND account_id = $2 AND role = 'secondary' AND ended_at IS NULL";
    if db::scalar::<i64>(tx, sql, [membership.into(), grant.account().into()]).await? != Some(1) {
        return Err(RightsError::NoUser);
    }
    let (now, was) = (is_required.then(|| db.world().now()), if is_required { "IS NULL" } else { "IS NOT NULL" });
    let sql = format!("UPDATE memberships SET step_required_at = $1 WHERE id = $2 AND step_required_at {was}");
    if db::execute(tx, &sql, [now.into(), membership.into()]).await? == 0 {
        return Ok(false);
    }
    let details = json!({
        "membership": membership, "holder": giver.membership, "session": giver.session, "required": is_required,
    });
    note(db, tx, grant.account(), ("user.step-required", details)).await?;
    Ok(true)
}

/// Notes what the holder did about a user beside their rights, in the caller's transaction.
///
/// # Errors
/// [`RightsError::NotHolder`], and when the database cannot be written.
pub async fn note_user_act(
    db: &Db,
    tx: &Tx,
    grant: &Grant,
    (membership, kind): (MembershipId, &'static str),
) -> Result<(), RightsError> {
    let giver = hold_giver(db, tx, grant).await?;
    let details = json!({ "membership": membership, "holder": giver.membership, "session": giver.session });
    Ok(note(db, tx, grant.account(), (kind, details)).await?)
}

/// What users were called, and where they were invited, is of no use once they are none any more: of the memberships whose column is
/// this.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn forget_names(tx: &Tx, (column, is): (&'static str, uuid::Uuid)) -> Result<(), DbErr> {
    let sql = format!(
        "UPDATE user_details SET name = $1, email = $1 WHERE membership_id IN (SELECT id FROM memberships WHERE {column} = $2)"
    );
    db::execute(tx, &sql, [Vec::<u8>::new().into(), is.into()]).await.map(|_| ())
}

/// Removes a user, or takes an invitation back, in the caller's transaction: the membership ends, and the login with it where it was its
/// last (USR-2), unless a letter may still bring an account back to it (ONE-1). At the next request they reach the account no more.
///
/// # Errors
/// [`RightsError::NotHolder`], [`RightsError::NoUser`].
pub async fn remove_user(db: &Db, tx: &Tx, grant: &Grant, membership: MembershipId) -> Result<Ended, RightsError> {
    let ended = end_secondary(db, tx, grant, membership).await?;
    forget_names(tx, ("id", membership.uuid())).await?;
    if ended.was_last && !may_get_back(db, tx, ended.login).await? {
        identity::remove_login(db, tx, ended.login).await?;
    }
    Ok(ended)
}

/// Removes whoever became a user of an account since a moment, and takes invitations from since then back, in the caller's
/// transaction: who let them in was not the holder. Gives the logins that somebody has; they stay, for their owners did no wrong.
pub(crate) async fn remove_users_since(
    db: &Db,
    tx: &Tx,
    account: AccountId,
    since: Moment,
) -> Result<Vec<LoginId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Came {
        id: MembershipId,
        login_id: LoginId,
    }
    let sql = "SELECT id, login_id FROM memberships WHERE account_id = $1 AND role = 'secondary' AND ended_at IS NULL
                   AND begun_at >= $2 ORDER BY id";
    let came: Vec<Came> = db::query(tx, sql, [account.into(), since.into()]).await?;
    let mut removed = Vec::new();
    for Came { id, login_id } in came {
        let details = json!({ "login": login_id, "membership": id, "by": "letter" });
        end_member(db, tx, (account, id, login_id), details).await?;
        forget_names(tx, ("id", id.uuid())).await?;
        if !super::remove_unnamed(db, tx, login_id).await? {
            removed.push(login_id);
        }
    }
    Ok(removed)
}
