//! Fresh proof: somebody signed in shows once more that it is them, before what a stolen session must not do (SEC-6, SEC-8).
//! The second step where the login has one (SEC-3); else the password, and a code to the backup e-mail or the telephone on file.
//! Where there is neither, a code to the contact e-mail and three days (`waiting.rs`), or an agent's check (`checked.rs`). It is bound to
//! the session, good for a quarter of an hour, and kept in the database, so that every node knows of it.

mod checked;
mod waiting;

pub use checked::{CHECK_LASTS, check_caller, prove_by_check};
pub(crate) use waiting::forget_waits;
pub use waiting::{
    PROOF_WAITED_LASTS, PROOF_WAITS, ProofWait, WaitState, begin_wait, find_wait, find_wait_link, stop_wait,
};

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
/// For so long after a login was made its password is enough, where nothing else reaches its owner: what protects it from now on is
/// about to be set up, and there was no time for anybody to have found it out.
const YOUNG: SignedDuration = SignedDuration::from_hours(1);

/// Where a code of a proof goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofTo {
    Backup,
    /// The telephone on file of an account that the login holds.
    Telephone,
    /// The contact e-mail: what it proves counts after three days.
    Contact,
}

impl ProofTo {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Telephone => "telephone",
            Self::Contact => "contact",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "telephone" => Self::Telephone,
            "contact" => Self::Contact,
            _ => Self::Backup,
        }
    }
}

/// What reaches the owner of a login besides its own addresses, for the crate above to say, and what they chose of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProofReach<'a> {
    /// The telephone on file, as E.164, where it counts and text messages are sent.
    pub telephone: Option<&'a str>,
    /// What was chosen where there are several.
    pub wanted: Option<ProofTo>,
}

/// What a session has shown, and is asked for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofStep {
    /// The second step, in one of the ways that the login has.
    Second,
    Password,
    /// The code that went there.
    Code(CodeState, ProofTo),
    Proven,
}

/// What follows a right password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofBegun {
    /// Nothing more is asked for.
    Proven,
    /// This code is to be sent to this address or telephone, in the same transaction.
    Code { code: String, to: String, way: ProofTo },
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
    went_to: String,
    contact_at: Option<Moment>,
}

impl Row {
    async fn find(on: &impl ConnectionTrait, session: SessionId) -> Result<Option<Self>, DbErr> {
        let sql =
            "SELECT password_at, code_mark, code_sent_at, tries, proven_at, went_to, contact_at FROM session_proofs
                   WHERE session_id = $1";
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
        if is_fresh(self.proven_at, now) {
            ProofStep::Proven
        } else if self.code_sent_at.is_some() && is_fresh(self.password_at, now) {
            ProofStep::Code(self.code().state(now), ProofTo::from_name(&self.went_to))
        } else {
            ProofStep::Password
        }
    }
}

fn is_fresh(at: Option<Moment>, now: Moment) -> bool {
    at.is_some_and(|at| at.plus(PROOF_LASTS) > now)
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

/// Whether a session may choose a new password: with a fresh proof; or with the password and a code to the contact e-mail, where
/// nothing else reaches its owner, for whoever reads that address is given a new password by recovery as well (SEC-5).
///
/// # Errors
/// When the database cannot be read.
pub async fn may_choose_password(db: &Db, session: SessionId) -> Result<bool, DbErr> {
    if proof_step(db, db.reader(), session).await? == ProofStep::Proven {
        return Ok(true);
    }
    let row = Row::find(db.reader(), session).await?;
    let login: Option<LoginId> =
        db::scalar(db.reader(), "SELECT login_id FROM sessions WHERE id = $1", [session.into()]).await?;
    let Some(login) = login else { return Ok(false) };
    let is_there = row.is_some_and(|row| is_fresh(row.contact_at, db.world().now()));
    Ok(is_there && !has_second(db.reader(), login).await?)
}

fn code_mark(vault: &Vault, session: SessionId, code: &str) -> Vec<u8> {
    vault.mark("guichet proof code", format!("{session}\0{code}").as_bytes())
}

/// Where codes for a login may go, the one that is taken first at the beginning. None where nothing reaches its owner but the
/// contact e-mail.
///
/// # Errors
/// When the database cannot be read, or the login's data cannot be opened.
pub async fn proof_to(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (login, reach): (LoginId, ProofReach<'_>),
) -> Result<Vec<(ProofTo, String)>, VaultError> {
    let backup = find_backup(on, vault, login).await?.filter(|backup| backup.is_confirmed);
    let backup = backup.map(|backup| (ProofTo::Backup, backup.email));
    let telephone = reach.telephone.map(|number| (ProofTo::Telephone, number.to_owned()));
    let mut ways: Vec<_> = backup.into_iter().chain(telephone).collect();
    ways.sort_by_key(|(way, _)| Some(*way) != reach.wanted);
    Ok(ways)
}

#[derive(FromQueryResult)]
struct MadeAt {
    created_at: Moment,
}

async fn is_young(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    let sql = "SELECT created_at FROM logins WHERE id = $1";
    let made: Option<MadeAt> = db::query_one(tx, sql, [login.into()]).await?;
    Ok(made.is_some_and(|made| made.created_at.plus(YOUNG) > db.world().now()))
}

/// Notes that a session has shown all that is asked for.
async fn note_proven(db: &Db, tx: &Tx, (login, session): (LoginId, SessionId), by: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO session_proofs (session_id, password_at, proven_at) VALUES ($1, $2, $2)
               ON CONFLICT (session_id) DO UPDATE SET password_at = excluded.password_at, proven_at = excluded.proven_at,
                   code_mark = NULL, code_sent_at = NULL, tries = 0";
    db::execute(tx, sql, [session.into(), db.world().now().into()]).await?;
    note(db, tx, login, ("login.proven", Author::Customer), json!({ "by": by })).await
}

/// Notes that the password was right, in the caller's transaction, to be run with [`db::Isolation::Locked`].
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn begin_proof(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (proven, session): (&Proven, SessionId),
    reach: ProofReach<'_>,
) -> Result<ProofBegun, VaultError> {
    let (now, login) = (db.world().now(), proven.login());
    let before = Row::hold(tx, session).await?;
    if has_second(tx, login).await? {
        return Ok(ProofBegun::Second);
    }
    let first = proof_to(tx, vault, (login, reach)).await?.into_iter().next();
    if first.is_none() && is_young(db, tx, login).await? {
        note_proven(db, tx, (login, session), "password").await?;
        return Ok(ProofBegun::Proven);
    }
    if first.is_none() && waiting::use_wait((db, vault), tx, (login, session)).await? {
        note_proven(db, tx, (login, session), "password, code to the contact e-mail, and three days").await?;
        return Ok(ProofBegun::Proven);
    }
    let (way, to) = match first {
        Some(first) => first,
        None => {
            let found = crate::find_login(tx, vault, login).await?;
            let Some(found) = found else { return Ok(ProofBegun::JustSent) };
            (ProofTo::Contact, found.email)
        }
    };
    if before.is_some_and(|row| row.went_to == way.name() && row.code().was_just_sent(now)) {
        let sql = "UPDATE session_proofs SET password_at = $1 WHERE session_id = $2";
        db::execute(tx, sql, [now.into(), session.into()]).await?;
        return Ok(ProofBegun::JustSent);
    }
    let code = draw_digits(db);
    let sql = "INSERT INTO session_proofs (session_id, password_at, code_mark, code_sent_at, tries, went_to)
               VALUES ($1, $2, $3, $2, 0, $4)
               ON CONFLICT (session_id) DO UPDATE SET password_at = excluded.password_at, proven_at = NULL,
                   code_mark = excluded.code_mark, code_sent_at = excluded.code_sent_at, tries = 0,
                   went_to = excluded.went_to";
    let mark = code_mark(vault, session, &code);
    db::execute(tx, sql, [session.into(), now.into(), mark.into(), way.name().into()]).await?;
    Ok(ProofBegun::Code { code, to, way })
}

/// Draws another code, to be sent in the same transaction; where there are several ways, to the one that is wanted. None where no
/// code is asked for, or one was sent there a moment ago.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn another_proof_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, session): (LoginId, SessionId),
    reach: ProofReach<'_>,
) -> Result<Option<(String, String, ProofTo)>, VaultError> {
    let now = db.world().now();
    let Some(row) = Row::hold(tx, session).await? else { return Ok(None) };
    let ProofStep::Code(_, before) = row.step(now) else { return Ok(None) };
    if has_second(tx, login).await? {
        return Ok(None);
    }
    let reach = ProofReach { wanted: reach.wanted.or(Some(before)), ..reach };
    let (way, to) = match proof_to(tx, vault, (login, reach)).await?.into_iter().next() {
        Some(first) => first,
        None => match crate::find_login(tx, vault, login).await? {
            Some(found) => (ProofTo::Contact, found.email),
            None => return Ok(None),
        },
    };
    if way == before && row.code().was_just_sent(now) {
        return Ok(None);
    }
    let code = draw_digits(db);
    let sql =
        "UPDATE session_proofs SET code_mark = $1, code_sent_at = $2, tries = 0, went_to = $3 WHERE session_id = $4";
    let mark = code_mark(vault, session, &code);
    db::execute(tx, sql, [mark.into(), now.into(), way.name().into(), session.into()]).await?;
    Ok(Some((code, to, way)))
}

/// Tries a code, in the caller's transaction, to be run with [`db::Isolation::Locked`]. The right one is used up; says where it had
/// gone, for what the contact e-mail shows is not enough by itself.
///
/// # Errors
/// When the database cannot be written.
pub async fn try_proof_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, session): (LoginId, SessionId),
    code: &str,
) -> Result<(Judged, ProofTo), DbErr> {
    let now = db.world().now();
    let Some(row) = Row::hold(tx, session).await? else { return Ok((Judged::NotSent, ProofTo::Backup)) };
    let way = match row.step(now) {
        ProofStep::Proven => return Ok((Judged::Right, ProofTo::Backup)),
        ProofStep::Code(_, way) if !has_second(tx, login).await? => way,
        _ => return Ok((Judged::NotSent, ProofTo::Backup)),
    };
    let judged = row.code().judge(&code_mark(vault, session, code), now);
    match judged {
        Judged::Right => take_right(db, tx, (login, session), way).await?,
        Judged::Wrong(left) => {
            let sql = "UPDATE session_proofs SET tries = tries + 1 WHERE session_id = $1";
            db::execute(tx, sql, [session.into()]).await?;
            if left == 0 {
                note(db, tx, login, ("login.code-tried-too-often", Author::Customer), json!({})).await?;
            }
        }
        _ => {}
    }
    Ok((judged, way))
}

async fn take_right(db: &Db, tx: &Tx, (login, session): (LoginId, SessionId), way: ProofTo) -> Result<(), DbErr> {
    let column = if way == ProofTo::Contact { "contact_at" } else { "proven_at" };
    let sql = format!(
        "UPDATE session_proofs SET {column} = $1, code_mark = NULL, code_sent_at = NULL, tries = 0 WHERE session_id = $2"
    );
    db::execute(tx, &sql, [db.world().now().into(), session.into()]).await?;
    match way {
        ProofTo::Contact => Ok(()),
        ProofTo::Telephone => {
            let how = json!({ "by": "password, code to the telephone on file" });
            note(db, tx, login, ("login.proven", Author::Customer), how).await
        }
        ProofTo::Backup => {
            let how = json!({ "by": "password, code to the backup e-mail" });
            note(db, tx, login, ("login.proven", Author::Customer), how).await
        }
    }
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
