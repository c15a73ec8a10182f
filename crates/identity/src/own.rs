//! What the owner of a login does with it: another password, the end of sessions, its deletion (SEC-7 to SEC-9).

use audit::{Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Isolation, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment, SessionId};
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use vault::Vault;

use crate::steps::{end_password_without_step, forget_waiting_steps};
use crate::{
    ChosenPassword, HashError, Hasher, LONGEST, Limit, LimitKind, Password, Sightings, StepOwner, Token, begin_session,
    end_sessions_of, forget_devices_of, forget_remembered_steps,
};

/// Somebody signed in who has just shown that they know the password: what a stolen session cannot do asks for one.
pub struct Proven {
    login: LoginId,
    /// The hash that was compared; where it is another by then, nothing is done.
    hash: String,
}

impl Proven {
    pub(crate) fn new(login: LoginId, hash: String) -> Self {
        Self { login, hash }
    }

    pub fn login(&self) -> LoginId {
        self.login
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("that is not the password")]
    Wrong,
    #[error("too many wrong passwords; wait")]
    Wait(SignedDuration),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Compares the password of somebody signed in. Five wrong ones in 15 minutes: wait, so that a stolen session does not guess.
///
/// # Errors
/// [`ProofError::Wrong`], [`ProofError::Wait`], or when the database cannot be used.
pub async fn prove_password(
    db: &Db,
    vault: &Vault,
    hasher: &Hasher,
    login: LoginId,
    password: &Password,
) -> Result<Proven, ProofError> {
    let limit = Limit::of(vault, LimitKind::OwnPassword, &login.to_string());
    if let Some(wait) = limit.take(db).await? {
        return Err(ProofError::Wait(wait));
    }
    let sql = "SELECT password_hash FROM logins WHERE id = $1 AND deleted_at IS NULL";
    let hash: Option<String> = db::scalar(db.reader(), sql, [login.into()]).await?;
    let right = hasher.is_right(password, hash.as_deref()).await?;
    let hash = hash.filter(|_| right).ok_or(ProofError::Wrong)?;
    db.write_with(Isolation::Locked, async |tx| limit.forget(tx).await).await?;
    Ok(Proven { login, hash })
}

/// Changes the password in the caller's transaction: all sessions end, and the one that asks goes on under a new secret, which
/// is given (SEC-7). Nothing where the password was changed since it was proven.
///
/// # Errors
/// When the database cannot be written.
pub async fn change_password(
    db: &Db,
    tx: &Tx,
    (proven, session): (&Proven, SessionId),
    new: &ChosenPassword,
) -> Result<Option<Token>, DbErr> {
    let sql = "UPDATE logins SET password_hash = $1, password_set_at = $2, password_needs_step = $5
               WHERE id = $3 AND password_hash = $4";
    let (hash, was) = (new.hash.as_str(), proven.hash.as_str());
    let values = [hash.into(), db.world().now().into(), proven.login.into(), was.into(), new.needs_step.into()];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(None);
    }
    let device: Option<Option<String>> =
        db::scalar(tx, "SELECT device FROM sessions WHERE id = $1", [session.into()]).await?;
    end_sessions_of(tx, proven.login).await?;
    // Whoever knew the password before may have had a device excused from the second step.
    forget_remembered_steps(tx, proven.login).await?;
    forget_waiting_steps(tx, StepOwner::Login(proven.login)).await?;
    end_password_without_step(db, tx, proven.login).await?;
    let token = begin_session(db, tx, proven.login, device.flatten().as_deref()).await?;
    note(db, tx, proven.login, "login.password-changed", json!({})).await?;
    Ok(Some(token))
}

/// When a login's password was chosen.
///
/// # Errors
/// When the database cannot be read.
pub async fn password_set_at(on: &impl ConnectionTrait, login: LoginId) -> Result<Option<Moment>, DbErr> {
    db::scalar(on, "SELECT password_set_at FROM logins WHERE id = $1", [login.into()]).await
}

/// Whether a login's password is too short for who has no second step (SGN-5): it would end with the last step.
///
/// # Errors
/// When the database cannot be read.
pub async fn password_needs_step(on: &impl ConnectionTrait, login: LoginId) -> Result<bool, DbErr> {
    let found: Option<bool> =
        db::scalar(on, "SELECT password_needs_step FROM logins WHERE id = $1", [login.into()]).await?;
    Ok(found.unwrap_or(false))
}

/// Deletes a login in the caller's transaction (SEC-8): its sessions end, its devices are forgotten, links sent open nothing, and its personal data and its password are gone; the
/// username stays taken, and the log stays. What it reached is for the crate above to end. Says whether it was there, with
/// the password that was proven.
///
/// # Errors
/// When the database cannot be written.
pub async fn erase_login(db: &Db, tx: &Tx, proven: &Proven) -> Result<bool, DbErr> {
    erase(db, tx, proven.login, Some(&proven.hash)).await
}

/// As [`erase_login`], for a login that reached one account alone and was removed there (USR-2), or that nobody ever had.
///
/// # Errors
/// When the database cannot be written.
pub async fn remove_login(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    erase(db, tx, login, None).await
}

/// With a hash only where the password is still that one.
async fn erase(db: &Db, tx: &Tx, login: LoginId, hash: Option<&str>) -> Result<bool, DbErr> {
    // A key with a space is nobody's username.
    let sql = "UPDATE logins SET username = '', username_key = $1, password_hash = '', email = $2, email_index = $2,
                   data_key = $2, email_confirmed_at = NULL, backup_email = NULL, backup_index = NULL,
                   backup_confirmed_at = NULL, deleted_at = $3
               WHERE id = $4 AND ($5 = '' OR password_hash = $5) AND deleted_at IS NULL";
    let values = [
        format!("deleted {login}").into(),
        Vec::<u8>::new().into(),
        db.world().now().into(),
        login.into(),
        hash.unwrap_or_default().into(),
    ];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(false);
    }
    end_sessions_of(tx, login).await?;
    forget_devices_of(tx, login).await?;
    for table in ["login_links", "pending_sign_ins", "backup_links", "email_changes"] {
        db::execute(tx, &format!("DELETE FROM {table} WHERE login_id = $1"), [login.into()]).await?;
    }
    crate::steps::erase_steps(tx, crate::StepOwner::Login(login)).await?;
    note(db, tx, login, "login.deleted", json!({})).await?;
    Ok(true)
}

/// A session that is open, as its owner sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OpenSession {
    pub id: SessionId,
    pub created_at: Moment,
    pub seen_at: Moment,
    /// As [`begin_session`] was told.
    pub device: Option<String>,
}

/// The open sessions of a login, the one used last first.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_sessions(db: &Db, sightings: &Sightings, login: LoginId) -> Result<Vec<OpenSession>, DbErr> {
    let sql = "SELECT id, created_at, seen_at, device FROM sessions WHERE login_id = $1";
    let mut sessions: Vec<OpenSession> = db::query(db.reader(), sql, [login.into()]).await?;
    let now = db.world().now();
    for session in &mut sessions {
        session.seen_at = sightings.last(session.id, session.seen_at);
    }
    let is_open =
        |session: &OpenSession| session.seen_at.plus(sightings.idle()) > now && session.created_at.plus(LONGEST) > now;
    sessions.retain(is_open);
    sessions.sort_by_key(|session| std::cmp::Reverse((session.seen_at, session.id)));
    Ok(sessions)
}

/// Ends one of a login's sessions, in the caller's transaction. Says whether it was open.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_own_session(db: &Db, tx: &Tx, login: LoginId, session: SessionId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM sessions WHERE id = $1 AND login_id = $2";
    let ended = db::execute(tx, sql, [session.into(), login.into()]).await? == 1;
    if ended {
        note(db, tx, login, "login.session-ended", json!({ "session": session })).await?;
    }
    Ok(ended)
}

/// Ends all sessions of a login but one, in the caller's transaction; gives how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_other_sessions(db: &Db, tx: &Tx, login: LoginId, but: SessionId) -> Result<u64, DbErr> {
    let ended =
        db::execute(tx, "DELETE FROM sessions WHERE login_id = $1 AND id <> $2", [login.into(), but.into()]).await?;
    if ended > 0 {
        note(db, tx, login, "login.sessions-ended", json!({ "count": ended })).await?;
    }
    Ok(ended)
}

async fn note(db: &Db, tx: &Tx, login: LoginId, kind: &'static str, details: Json) -> Result<(), DbErr> {
    let (chain, author) = (Chain::Login(login), Author::Customer);
    Event { chain, kind, author, details, sealed: None }.append(db, tx).await
}
