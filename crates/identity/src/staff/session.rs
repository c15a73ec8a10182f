//! How the provider's people come in (SEC-1): e-mail address and password, a session on the server, which opens nothing before the
//! second step (`step.rs`).

use std::net::IpAddr;

use db::{Db, DbErr, FromQueryResult, Isolation, Tx, Value};
use jiff::SignedDuration;
use kernel::{Moment, StaffId};
use vault::{Indexed, Vault, VaultError};

use super::Staff;
use super::store::{STAFF_COLUMNS, StaffRow};
use crate::{
    Door, IDLE, LONGEST, Limit, LimitKind, Password, SignInError, StepOwner, Token, begin_totp, steps_of, token_hash,
};

/// Being seen is written at most so often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

#[derive(FromQueryResult)]
struct Credentials {
    id: StaffId,
    password_hash: Option<String>,
}

/// Compares e-mail address and password; the session that it begins reaches nothing but the second step (SEC-3). One who has none
/// yet finds the secret of an authenticator app there, drawn here.
///
/// # Errors
/// [`SignInError::Refused`] after one and the same work, whatever was wrong: no such member, no password chosen yet,
/// disabled, another password.
pub async fn staff_sign_in(
    db: &Db,
    vault: &Vault,
    door: &Door,
    (email, from): (&str, IpAddr),
    password: &Password,
) -> Result<(StaffId, Token), SignInError> {
    let name = email.trim().to_lowercase();
    let limits = vec![
        Limit::of(vault, LimitKind::StaffSignInName, &name),
        Limit::of_address(vault, LimitKind::StaffSignInAddress, from),
    ];
    let attempt = door.tries.begin(db, limits).await?;
    if let Some(wait) = attempt.any_wait() {
        return Err(SignInError::Wait(wait));
    }
    let candidates = vault.index_candidates(Indexed::Email, email);
    let places = db::places(1, candidates.len());
    let sql = format!("SELECT id, password_hash FROM staff WHERE email_index IN ({places}) AND disabled_at IS NULL");
    let found: Option<Credentials> = db::query_one(db.reader(), &sql, candidates.into_iter().map(Value::from)).await?;
    let hash = found.as_ref().and_then(|found| found.password_hash.as_deref());
    let right = door.hasher.is_right(password, hash).await?;
    let Some(found) = found.filter(|_| right) else {
        attempt.failed(db, LimitKind::StaffSignInName).await?;
        return Err(SignInError::Refused { lock: None });
    };
    let begun = db.write(async |tx| {
        let owner = StepOwner::Staff(found.id);
        let Some(token) = begin_staff_session(db, tx, found.id).await? else { return Ok(None) };
        if !steps_of(tx, owner).await?.is_on() {
            begin_totp((db, vault), tx, (owner, token.secret())).await?;
        }
        Ok::<_, VaultError>(Some(token))
    });
    let token = begun.await?;
    Ok((found.id, token.ok_or(SignInError::Refused { lock: None })?))
}

/// Begins a session that has shown the password alone, always under a new secret. None for who was disabled meanwhile.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_staff_session(db: &Db, tx: &Tx, staff: StaffId) -> Result<Option<Token>, DbErr> {
    let now = db.world().now();
    let sql = "SELECT count(*) FROM staff WHERE id = $1 AND disabled_at IS NULL";
    if db::scalar::<i64>(tx, sql, [staff.into()]).await? != Some(1) {
        return Ok(None);
    }
    let token = Token::draw(db);
    let sql = "INSERT INTO staff_sessions (token_hash, staff_id, created_at, seen_at) VALUES ($1, $2, $3, $3)";
    db::execute(tx, sql, [token_hash(token.secret()).into(), staff.into(), now.into()]).await?;
    // Those that ended by themselves.
    let sql = "DELETE FROM staff_sessions WHERE staff_id = $1 AND (seen_at < $2 OR created_at < $3)";
    db::execute(tx, sql, [staff.into(), now.plus(-IDLE).into(), now.plus(-LONGEST).into()]).await?;
    Ok(Some(token))
}

/// Who is signed in with a session's secret: with both steps. One that has shown the password alone is nobody's here.
///
/// # Errors
/// When the database cannot be used, or the member's data cannot be opened.
pub async fn staff_signed_in(db: &Db, vault: &Vault, secret: &str) -> Result<Option<Staff>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        began_at: Moment,
        seen_at: Moment,
        #[sea_orm(nested)]
        staff: StaffRow,
    }
    let sql = format!(
        "SELECT s.created_at AS began_at, s.seen_at, {STAFF_COLUMNS} FROM staff_sessions s
         JOIN staff p ON p.id = s.staff_id WHERE s.token_hash = $1 AND s.step_at IS NOT NULL
             AND p.disabled_at IS NULL"
    );
    let hash = token_hash(secret);
    let Some(row) = db::query_one::<Row>(db.reader(), &sql, [hash.clone().into()]).await? else { return Ok(None) };
    let now = db.world().now();
    if row.seen_at.plus(IDLE) <= now || row.began_at.plus(LONGEST) <= now {
        return Ok(None);
    }
    if row.seen_at.plus(SEEN_EVERY) <= now {
        db.write_with(Isolation::Locked, async |tx| {
            let sql = "UPDATE staff_sessions SET seen_at = $1 WHERE token_hash = $2 AND seen_at < $1";
            db::execute(tx, sql, [now.into(), hash.clone().into()]).await.map(|_| ())
        })
        .await?;
    }
    row.staff.open(vault).map(Some)
}

/// Ends a session.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_staff_session(db: &Db, secret: &str) -> Result<(), DbErr> {
    let hash = token_hash(secret);
    db.write_with(Isolation::Locked, async |tx| {
        db::execute(tx, "DELETE FROM staff_sessions WHERE token_hash = $1", [hash.clone().into()]).await.map(|_| ())
    })
    .await
}
