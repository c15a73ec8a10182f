//! Fresh proof: somebody signed in shows once more that it is them, before what a stolen session must not do (SEC-6, SEC-8).
//! The second step where the login has one (SEC-3); else the password, and a code to the backup e-mail where one is confirmed. It
//! is bound to the session, good for a quarter of an hour, and kept in the database, so that every node knows of it.

use audit::Author;
use db::{Db, DbErr, Engine, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment, SessionId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Place, Vault, VaultError};

use crate::backup::{find_backup, key_of};
use crate::code::{CodeState, Judged, SentCode, draw_digits};
use crate::own::Proven;
use crate::sign_in::note;
use crate::steps::{StepOwner, StepTried, StepWay, steps_of, try_step};

/// How long a proof is good, and its code.
pub const PROOF_LASTS: SignedDuration = SignedDuration::from_mins(15);

/// What a session has shown, and is asked for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofStep {
    /// The second step, in one of the ways that the login has.
    Second,
    Password,
    /// The code that went to the backup e-mail.
    Code(CodeState),
    Proven,
}

/// What follows a right password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofBegun {
    /// Nothing more is asked for.
    Proven,
    /// This code is to be sent to this backup e-mail, in the same transaction.
    Code { code: String, to: String },
    /// One was sent a moment ago.
    JustSent,
    /// The login has a second step: that is asked for, and the password proves nothing.
    Second,
}

#[derive(FromQueryResult)]
struct Row {
    password_at: Option<Moment>,
    code_mark: Option<Vec<u8>>,
    code_sent_at: Option<Moment>,
    tries: i32,
    proven_at: Option<Moment>,
}

impl Row {
    async fn find(on: &impl ConnectionTrait, session: SessionId) -> Result<Option<Self>, DbErr> {
        let sql =
            "SELECT password_at, code_mark, code_sent_at, tries, proven_at FROM session_proofs WHERE session_id = $1";
        db::query_one(on, sql, [session.into()]).await
    }

    /// The same, held until the transaction ends: tries at once are counted one after the other.
    async fn hold(tx: &Tx, session: SessionId) -> Result<Option<Self>, DbErr> {
        let lock = Engine::of(tx).for_update();
        let sql = format!("SELECT count(*) FROM (SELECT id FROM sessions WHERE id = $1{lock}) AS held");
        db::scalar::<i64>(tx, &sql, [session.into()]).await?;
        Self::find(tx, session).await
    }

    fn code(&self) -> SentCode {
        SentCode { mark: self.code_mark.clone(), sent_at: self.code_sent_at, tries: self.tries, lasts: PROOF_LASTS }
    }

    fn step(&self, now: Moment) -> ProofStep {
        let is_fresh = |at: Option<Moment>| at.is_some_and(|at| at.plus(PROOF_LASTS) > now);
        if is_fresh(self.proven_at) {
            ProofStep::Proven
        } else if self.code_sent_at.is_some() && is_fresh(self.password_at) {
            ProofStep::Code(self.code().state(now))
        } else {
            ProofStep::Password
        }
    }
}

/// What a session is asked for next.
///
/// # Errors
/// When the database cannot be read.
pub async fn proof_step(db: &Db, on: &impl ConnectionTrait, session: SessionId) -> Result<ProofStep, DbErr> {
    let row = Row::find(on, session).await?;
    let step = row.map_or(ProofStep::Password, |row| row.step(db.world().now()));
    if step == ProofStep::Proven {
        return Ok(step);
    }
    let login: Option<LoginId> =
        db::scalar(on, "SELECT login_id FROM sessions WHERE id = $1", [session.into()]).await?;
    let Some(login) = login else { return Ok(step) };
    Ok(if has_second(on, login).await? { ProofStep::Second } else { step })
}

async fn has_second(on: &impl ConnectionTrait, login: LoginId) -> Result<bool, DbErr> {
    Ok(steps_of(on, StepOwner::Login(login)).await?.is_on())
}

/// Takes the second step as the proof, in the caller's transaction, after [`crate::take_step_try`]. A right code is used up.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn prove_by_step(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, session): (LoginId, SessionId),
    (way, typed): (StepWay, &str),
) -> Result<StepTried, VaultError> {
    Row::hold(tx, session).await?;
    let tried = try_step((db, vault), tx, StepOwner::Login(login), (way, typed)).await?;
    if tried == StepTried::Right {
        note_step_proof(db, tx, (login, session), way).await?;
    }
    Ok(tried)
}

/// Notes that the second step was shown, in the caller's transaction: the session is proven.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_step_proof(
    db: &Db,
    tx: &Tx,
    (login, session): (LoginId, SessionId),
    way: StepWay,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO session_proofs (session_id, proven_at) VALUES ($1, $2)
               ON CONFLICT (session_id) DO UPDATE SET proven_at = excluded.proven_at, code_mark = NULL,
                   code_sent_at = NULL, tries = 0";
    db::execute(tx, sql, [session.into(), db.world().now().into()]).await?;
    note(db, tx, login, ("login.proven", Author::Customer), json!({ "by": way.name() })).await
}

/// The proof of a session, for what asks for the password as it is now; none where it is no longer fresh.
///
/// # Errors
/// When the database cannot be read.
pub async fn proven_session(db: &Db, (login, session): (LoginId, SessionId)) -> Result<Option<Proven>, DbErr> {
    if proof_step(db, db.reader(), session).await? != ProofStep::Proven {
        return Ok(None);
    }
    let sql = "SELECT password_hash FROM logins WHERE id = $1 AND deleted_at IS NULL";
    let hash: Option<String> = db::scalar(db.reader(), sql, [login.into()]).await?;
    Ok(hash.map(|hash| Proven::new(login, hash)))
}

fn code_mark(vault: &Vault, session: SessionId, code: &str) -> Vec<u8> {
    vault.mark("guichet proof code", format!("{session}\0{code}").as_bytes())
}

/// Notes that the password was right, in the caller's transaction, to be run with [`db::Isolation::Locked`].
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn begin_proof(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (proven, session): (&Proven, SessionId),
) -> Result<ProofBegun, VaultError> {
    let now = db.world().now();
    let before = Row::hold(tx, session).await?;
    if has_second(tx, proven.login()).await? {
        return Ok(ProofBegun::Second);
    }
    let backup = find_backup(tx, vault, proven.login()).await?.filter(|backup| backup.is_confirmed);
    let Some(backup) = backup else {
        let sql = "INSERT INTO session_proofs (session_id, password_at, proven_at) VALUES ($1, $2, $2)
                   ON CONFLICT (session_id) DO UPDATE SET password_at = excluded.password_at, proven_at = excluded.proven_at,
                       code_mark = NULL, code_sent_at = NULL, tries = 0";
        db::execute(tx, sql, [session.into(), now.into()]).await?;
        note(db, tx, proven.login(), ("login.proven", Author::Customer), json!({ "by": "password" })).await?;
        return Ok(ProofBegun::Proven);
    };
    if before.is_some_and(|row| row.code().was_just_sent(now)) {
        let sql = "UPDATE session_proofs SET password_at = $1 WHERE session_id = $2";
        db::execute(tx, sql, [now.into(), session.into()]).await?;
        return Ok(ProofBegun::JustSent);
    }
    let code = draw_digits(db);
    let sql = "INSERT INTO session_proofs (session_id, password_at, code_mark, code_sent_at, tries) VALUES ($1, $2, $3, $2, 0)
               ON CONFLICT (session_id) DO UPDATE SET password_at = excluded.password_at, proven_at = NULL,
                   code_mark = excluded.code_mark, code_sent_at = excluded.code_sent_at, tries = 0";
    db::execute(tx, sql, [session.into(), now.into(), code_mark(vault, session, &code).into()]).await?;
    Ok(ProofBegun::Code { code, to: backup.email })
}

/// Draws another code, to be sent in the same transaction: code and backup e-mail. None where no code is asked for, or one
/// was sent a moment ago.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn another_proof_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, session): (LoginId, SessionId),
) -> Result<Option<(String, String)>, VaultError> {
    let now = db.world().now();
    let Some(row) = Row::hold(tx, session).await? else { return Ok(None) };
    let is_asked = matches!(row.step(now), ProofStep::Code(_)) && !has_second(tx, login).await?;
    if !is_asked || row.code().was_just_sent(now) {
        return Ok(None);
    }
    let backup = find_backup(tx, vault, login).await?.filter(|backup| backup.is_confirmed);
    let Some(backup) = backup else { return Ok(None) };
    let code = draw_digits(db);
    let sql = "UPDATE session_proofs SET code_mark = $1, code_sent_at = $2, tries = 0 WHERE session_id = $3";
    db::execute(tx, sql, [code_mark(vault, session, &code).into(), now.into(), session.into()]).await?;
    Ok(Some((code, backup.email)))
}

/// Tries a code, in the caller's transaction, to be run with [`db::Isolation::Locked`]. The right one is used up.
///
/// # Errors
/// When the database cannot be written.
pub async fn try_proof_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, session): (LoginId, SessionId),
    code: &str,
) -> Result<Judged, DbErr> {
    let now = db.world().now();
    let Some(row) = Row::hold(tx, session).await? else { return Ok(Judged::NotSent) };
    match row.step(now) {
        ProofStep::Proven => return Ok(Judged::Right),
        ProofStep::Code(_) if !has_second(tx, login).await? => {}
        _ => return Ok(Judged::NotSent),
    }
    let judged = row.code().judge(&code_mark(vault, session, code), now);
    match judged {
        Judged::Right => {
            let sql = "UPDATE session_proofs SET proven_at = $1, code_mark = NULL, code_sent_at = NULL, tries = 0
                       WHERE session_id = $2";
            db::execute(tx, sql, [now.into(), session.into()]).await?;
            let how = json!({ "by": "password, code to the backup e-mail" });
            note(db, tx, login, ("login.proven", Author::Customer), how).await?;
        }
        Judged::Wrong(left) => {
            let sql = "UPDATE session_proofs SET tries = tries + 1 WHERE session_id = $1";
            db::execute(tx, sql, [session.into()]).await?;
            if left == 0 {
                note(db, tx, login, ("login.code-tried-too-often", Author::Customer), json!({})).await?;
            }
        }
        _ => {}
    }
    Ok(judged)
}

fn kept_place(session: SessionId) -> Place {
    Place { column: "session_proofs.kept", row: session.uuid() }
}

/// Keeps what was typed while a proof is asked for, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn keep_typed(
    vault: &Vault,
    tx: &Tx,
    (login, session): (LoginId, SessionId),
    typed: &str,
) -> Result<(), VaultError> {
    let Some(key) = key_of(tx, vault, login).await? else { return Ok(()) };
    let sealed = vault.seal(&key, kept_place(session), typed)?;
    let sql = "INSERT INTO session_proofs (session_id, kept) VALUES ($1, $2)
               ON CONFLICT (session_id) DO UPDATE SET kept = excluded.kept";
    db::execute(tx, sql, [session.into(), sealed.into()]).await?;
    Ok(())
}

/// What was kept for a session.
///
/// # Errors
/// When the database cannot be read, or the login's data cannot be opened.
pub async fn kept_typed(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (login, session): (LoginId, SessionId),
) -> Result<Option<String>, VaultError> {
    let sql = "SELECT kept FROM session_proofs WHERE session_id = $1 AND kept IS NOT NULL";
    let Some(kept) = db::scalar::<Vec<u8>>(on, sql, [session.into()]).await? else { return Ok(None) };
    let Some(key) = key_of(on, vault, login).await? else { return Ok(None) };
    vault.open(&key, kept_place(session), &kept).map(Some)
}

/// Forgets what was kept, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn forget_typed(tx: &Tx, session: SessionId) -> Result<(), DbErr> {
    db::execute(tx, "UPDATE session_proofs SET kept = NULL WHERE session_id = $1", [session.into()]).await.map(|_| ())
}
