//! A password is tried (SEC-1, SEC-2). What was typed and where decides what counts; nothing of the answer, nor of the work,
//! tells whether there is such a login.
//!
//! Two things are counted on devices that a login does not know: failures by the name that was typed, which the answer may
//! tell of, and failures by login whichever of its names was typed, which lock it and which the answer never tells of. So ten
//! failures lock a login, and whoever tries its names in turn does not learn from the answers that they belong together. A
//! device that the login knows is counted by itself and waits for a quarter of an hour at a time: a stranger with a printed
//! identifier keeps nobody out of their own computer.

use std::net::IpAddr;

use audit::{Author, Chain, Event};
use db::{Db, DbErr, DbFault, FromQueryResult, Tx, Value};
use jiff::SignedDuration;
use kernel::{LoginId, Moment, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Indexed, Vault, VaultError};

use crate::device::is_known;
use crate::limits::Try;
use crate::username::fold;
use crate::{HashError, Hasher, Limit, LimitKind, Password, Tries};

/// What passwords are tried with. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    pub hasher: Hasher,
    pub tries: Tries,
    /// Failures in a row after which a login opens on no device that it does not know.
    pub failures: i32,
}

/// Who wants to sign in: what was typed, and the login that a client identifier names, which the caller looked up.
pub struct Who<'a> {
    pub typed: &'a str,
    pub by_identifier: Option<LoginId>,
    pub from: IpAddr,
    /// The secret of the device's cookie.
    pub device: Option<&'a str>,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown or wrong: the same to whoever asks. With it the login that is to be locked, [`lock`], beside the answer.
    #[error("no such login with that password")]
    Refused { lock: Option<LoginId> },
    /// Too many failures in a row for that name, whether it is a login's or not.
    #[error("too many failures in a row for that name")]
    Locked,
    #[error("too many failures; wait")]
    Wait(SignedDuration),
    #[error("too many passwords are being tried")]
    Busy,
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl From<VaultError> for SignInError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Db(error) => Self::Db(error),
            other => Self::Db(DbErr::Custom(other.to_string())),
        }
    }
}

impl From<HashError> for SignInError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Failed => Self::Refused { lock: None },
        }
    }
}

impl DbFault for SignInError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

#[derive(FromQueryResult)]
struct Credentials {
    id: LoginId,
    password_hash: String,
    locked_at: Option<Moment>,
    password_ended_at: Option<Moment>,
}

const CREDENTIALS: &str = "SELECT id, password_hash, locked_at, password_ended_at FROM logins";

/// A password that was right. It counts as under way until this is dropped: keep it until the session has begun.
pub struct Right {
    pub login: LoginId,
    /// Whether the login knows the device.
    pub known: bool,
    password_hash: String,
    attempt: Try,
}

/// Tries a password with username, client identifier or confirmed e-mail (SGN-4, SEC-1, SEC-2). Nothing is written where it
/// is right.
///
/// # Errors
/// [`SignInError::Refused`] after one and the same work, whatever was wrong.
pub async fn try_password(
    db: &Db,
    vault: &Vault,
    door: &Door,
    who: &Who<'_>,
    password: &Password,
) -> Result<Right, SignInError> {
    let found = credentials(db, vault, who).await?;
    let known = is_known(db, found.as_ref().map(|found| found.id), who.device).await?;
    let attempt = door.tries.begin(db, limits(vault, door, who, (found.as_ref(), known))).await?;
    if attempt.wait(LimitKind::SignInName).is_some() {
        return Err(SignInError::Locked);
    }
    if let Some(wait) = attempt.wait(LimitKind::SignInDevice).or(attempt.wait(LimitKind::SignInAddress)) {
        return Err(SignInError::Wait(wait));
    }
    let opens = found.as_ref().is_some_and(|found| {
        let locked = found.locked_at.is_some() || attempt.wait(LimitKind::SignInLogin).is_some();
        found.password_ended_at.is_none() && (known || !locked)
    });
    let hash = found.as_ref().map(|found| found.password_hash.as_str());
    let right = door.hasher.is_right(password, hash).await?;
    match found {
        Some(found) if right && opens => {
            Ok(Right { login: found.id, known, password_hash: found.password_hash, attempt })
        }
        found => {
            let full = attempt.failed(db, LimitKind::SignInLogin).await?;
            let lock = found.filter(|found| full && found.locked_at.is_none()).map(|found| found.id);
            Err(SignInError::Refused { lock })
        }
    }
}

/// What a failure counts for. Without such a login the name stands in for it, so that as much is read and written.
fn limits(vault: &Vault, door: &Door, who: &Who<'_>, (found, known): (Option<&Credentials>, bool)) -> Vec<Limit> {
    let from = Limit::of_address(vault, LimitKind::SignInAddress, who.from);
    let name = fold(who.typed);
    let of_login = found.map_or_else(|| name.clone(), |found| found.id.to_string());
    if known {
        let device = format!("{of_login}\0{}", who.device.unwrap_or_default());
        return vec![Limit::of(vault, LimitKind::SignInDevice, &device), from];
    }
    vec![
        Limit::of(vault, LimitKind::SignInName, &name).at_most(door.failures),
        Limit::of(vault, LimitKind::SignInLogin, &of_login).at_most(door.failures),
        from,
    ]
}

async fn credentials(db: &Db, vault: &Vault, who: &Who<'_>) -> Result<Option<Credentials>, DbErr> {
    let sql = format!("{CREDENTIALS} WHERE username_key = $1");
    let by_name = db::query_one(db.reader(), &sql, [fold(who.typed).into()]).await?;
    if by_name.is_some() {
        return Ok(by_name);
    }
    if let Some(id) = who.by_identifier {
        return db::query_one(db.reader(), &format!("{CREDENTIALS} WHERE id = $1"), [id.into()]).await;
    }
    if !who.typed.contains('@') {
        return Ok(None);
    }
    // It signs in only where one login alone has confirmed it.
    let candidates = vault.index_candidates(Indexed::Email, who.typed);
    let places = db::places(1, candidates.len());
    let sql = format!("{CREDENTIALS} WHERE email_index IN ({places}) AND email_confirmed_at IS NOT NULL LIMIT 2");
    let mut found: Vec<Credentials> = db::query(db.reader(), &sql, candidates.into_iter().map(Value::from)).await?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

impl Right {
    /// Whether it still opens the login, in the transaction that begins the session: the password may have changed, or the
    /// login been locked, since it was compared.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn still_opens(&self, tx: &Tx) -> Result<bool, DbErr> {
        let sql = "SELECT count(*) FROM logins WHERE id = $1 AND password_hash = $2 AND password_ended_at IS NULL
                       AND (locked_at IS NULL OR $3)";
        let values = [self.login.into(), self.password_hash.as_str().into(), self.known.into()];
        Ok(db::scalar::<i64>(tx, sql, values).await? == Some(1))
    }

    /// Whether failures came before it, which its success ends: see [`forget_failures`].
    pub fn ends_failures(&self) -> bool {
        self.attempt.had_failures()
    }
}

/// Ends the row of failures of a login and of these names, in the caller's transaction; not where it is locked, which a
/// right password on a known device does not undo.
///
/// # Errors
/// When the database cannot be written.
pub async fn forget_failures(vault: &Vault, tx: &Tx, login: LoginId, names: &[&str]) -> Result<(), DbErr> {
    if is_locked(tx, login).await? {
        return Ok(());
    }
    clear(vault, tx, login, names).await.map(|_| ())
}

async fn clear(vault: &Vault, tx: &Tx, login: LoginId, names: &[&str]) -> Result<bool, DbErr> {
    let mut had = Limit::of(vault, LimitKind::SignInLogin, &login.to_string()).forget(tx).await?;
    for name in names {
        had |= Limit::of(vault, LimitKind::SignInName, &fold(name)).forget(tx).await?;
    }
    Ok(had)
}

/// Whether a login opens on devices that it knows alone (SEC-2).
///
/// # Errors
/// When the database cannot be read.
pub async fn is_locked(on: &impl ConnectionTrait, login: LoginId) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM logins WHERE id = $1 AND locked_at IS NOT NULL";
    Ok(db::scalar::<i64>(on, sql, [login.into()]).await? == Some(1))
}

/// Locks a login for devices that it does not know, in the caller's transaction. Says whether it was open. A failure that
/// finds the limit reached asks for it again, so one that is lost with a node comes with the next.
///
/// # Errors
/// When the database cannot be written.
pub async fn lock(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    let sql = "UPDATE logins SET locked_at = $1 WHERE id = $2 AND locked_at IS NULL";
    if db::execute(tx, sql, [db.world().now().into(), login.into()]).await? == 0 {
        return Ok(false);
    }
    note(db, tx, login, ("login.locked", Author::Customer), json!({})).await?;
    Ok(true)
}

/// Who lifts a lock, and what makes them sure; for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlockedBy {
    /// Whoever chose a new password with a link that was sent to the contact e-mail.
    Recovery,
    /// One of the provider's people; how they made sure, as one word.
    Staff(StaffId, &'static str),
    /// The holder of the one account that the login is a user of (USR-2).
    Holder,
}

/// Lifts a lock in the caller's transaction, and forgets the failures of the login and of its names. Says whether there
/// was anything to lift.
///
/// # Errors
/// When the database cannot be written.
pub async fn unlock(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    login: LoginId,
    (names, by): (&[&str], UnlockedBy),
) -> Result<bool, DbErr> {
    let sql = "UPDATE logins SET locked_at = NULL WHERE id = $1 AND locked_at IS NOT NULL";
    let was_locked = db::execute(tx, sql, [login.into()]).await? > 0;
    clear(vault, tx, login, names).await?;
    if !was_locked {
        return Ok(false);
    }
    match by {
        UnlockedBy::Recovery => {
            note(db, tx, login, ("login.unlocked", Author::Customer), json!({ "by": "recovery" })).await?;
        }
        UnlockedBy::Holder => {
            note(db, tx, login, ("login.unlocked", Author::Customer), json!({ "by": "holder" })).await?;
        }
        UnlockedBy::Staff(staff, how) => {
            let details = json!({ "by": how, "staff": staff, "login": login });
            note(db, tx, login, ("login.unlocked", Author::Staff), details.clone()).await?;
            let chain = Chain::Staff(staff);
            Event { chain, kind: "login.unlocked", author: Author::Staff, details, sealed: None }
                .append(db, tx)
                .await?;
        }
    }
    Ok(true)
}

/// Notes something in a login's own chain of the log.
pub(crate) async fn note(
    db: &Db,
    tx: &Tx,
    login: LoginId,
    (kind, author): (&'static str, Author),
    details: serde_json::Value,
) -> Result<(), DbErr> {
    Event { chain: Chain::Login(login), kind, author, details, sealed: None }.append(db, tx).await
}
