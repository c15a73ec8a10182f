//! Devices that a login knows (SEC-4): a cookie's secret that lasts a year, bound to a login once a sign-in succeeded.

use audit::Author;
use db::{Db, DbErr, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::sign_in::note;
use crate::{Token, token_hash};

/// A device that nobody signed in on for so long is new again; its cookie lasts as long.
pub const DEVICE_LASTS: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Being used is written at most so often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whether a login knows a device by its cookie's secret. Asked also for no login, so that it takes as long.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn is_known(db: &Db, login: Option<LoginId>, secret: Option<&str>) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM devices WHERE token_hash = $1 AND login_id = $2 AND seen_at > $3";
    let since = db.world().now().plus(-DEVICE_LASTS);
    let values = [token_hash(secret.unwrap_or_default()).into(), login.unwrap_or(LoginId::FIRST).into(), since.into()];
    let found = db::scalar::<i64>(db.reader(), sql, values).await?;
    Ok(found == Some(1) && login.is_some() && secret.is_some())
}

/// Whether a login knows a device, in the transaction that begins its session.
///
/// # Errors
/// When the database cannot be read.
pub async fn knows_device(db: &Db, tx: &Tx, login: LoginId, secret: Option<&str>) -> Result<bool, DbErr> {
    let Some(secret) = secret else { return Ok(false) };
    let sql = "SELECT count(*) FROM devices WHERE token_hash = $1 AND login_id = $2 AND seen_at > $3";
    let since = db.world().now().plus(-DEVICE_LASTS);
    Ok(db::scalar::<i64>(tx, sql, [token_hash(secret).into(), login.into(), since.into()]).await? == Some(1))
}

/// Makes a login know a device from now on, in the caller's transaction; gives the secret for its cookie. It is always a new
/// one: a secret that somebody planted before is worth nothing, and what else was known by it moves along.
///
/// # Errors
/// When the database cannot be written.
pub async fn bind_device(db: &Db, tx: &Tx, login: LoginId, before: Option<&str>) -> Result<Token, DbErr> {
    let token = Token::draw(db);
    let now = db.world().now();
    if let Some(before) = before {
        let sql = "UPDATE devices SET token_hash = $1 WHERE token_hash = $2";
        db::execute(tx, sql, [token_hash(token.secret()).into(), token_hash(before).into()]).await?;
    }
    let sql = "INSERT INTO devices (token_hash, login_id, created_at, seen_at) VALUES ($1, $2, $3, $3)
               ON CONFLICT (token_hash, login_id) DO UPDATE SET seen_at = excluded.seen_at";
    db::execute(tx, sql, [token_hash(token.secret()).into(), login.into(), now.into()]).await?;
    let sql = "DELETE FROM devices WHERE login_id = $1 AND seen_at < $2";
    db::execute(tx, sql, [login.into(), now.plus(-DEVICE_LASTS).into()]).await?;
    note(db, tx, login, ("login.new-device", Author::Customer), json!({})).await?;
    Ok(token)
}

/// Notes that somebody signed in on a device that is known, once a week at most. Says whether its cookie is to be sent again,
/// so that it lasts from now on.
///
/// # Errors
/// When the database cannot be written.
pub async fn use_device(db: &Db, tx: &Tx, login: LoginId, secret: &str) -> Result<bool, DbErr> {
    let now = db.world().now();
    let sql = "SELECT count(*) FROM devices WHERE token_hash = $1 AND login_id = $2 AND seen_at < $3";
    let old = now.plus(-SEEN_EVERY);
    let values = || [token_hash(secret).into(), login.into(), old.into()];
    if db::scalar::<i64>(tx, sql, values()).await? != Some(1) {
        return Ok(false);
    }
    let sql = "UPDATE devices SET seen_at = $1 WHERE token_hash = $2 AND login_id = $3";
    db::execute(tx, sql, [now.into(), token_hash(secret).into(), login.into()]).await?;
    Ok(true)
}

/// Makes a login know no device any more, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn forget_devices_of(tx: &Tx, login: LoginId) -> Result<u64, DbErr> {
    db::execute(tx, "DELETE FROM devices WHERE login_id = $1", [login.into()]).await
}

/// Excuses a login from its second step on a device that it knows, up to a moment (SEC-3), in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn remember_step(tx: &Tx, login: LoginId, secret: &str, until: Moment) -> Result<(), DbErr> {
    let sql = "UPDATE devices SET step_until = $1 WHERE token_hash = $2 AND login_id = $3";
    db::execute(tx, sql, [until.into(), token_hash(secret).into(), login.into()]).await.map(|_| ())
}

/// Whether a login is excused from its second step on a device, by its cookie's secret.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_step_remembered(
    db: &Db,
    on: &impl ConnectionTrait,
    login: LoginId,
    secret: &str,
) -> Result<bool, DbErr> {
    let now = db.world().now();
    let sql =
        "SELECT count(*) FROM devices WHERE token_hash = $1 AND login_id = $2 AND seen_at > $3 AND step_until > $4";
    let values = [token_hash(secret).into(), login.into(), now.plus(-DEVICE_LASTS).into(), now.into()];
    Ok(db::scalar::<i64>(on, sql, values).await? == Some(1))
}

/// Excuses a login from its second step on no device any more, in the caller's transaction. Gives on how many it was.
///
/// # Errors
/// When the database cannot be written.
pub async fn forget_remembered_steps(tx: &Tx, login: LoginId) -> Result<u64, DbErr> {
    let sql = "UPDATE devices SET step_until = NULL WHERE login_id = $1 AND step_until IS NOT NULL";
    db::execute(tx, sql, [login.into()]).await
}
