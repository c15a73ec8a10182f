//! A fresh proof of a login that nothing reaches but its contact e-mail: the password, a code to that address, and three days in
//! which whoever reads it can stop it. After them the password alone is asked for, once, in whatever session. A new password, by
//! whatever way, ends the wait: whoever began it may have known the one before.

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment, SessionId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;
use vault::{Place, Vault, VaultError};

use super::{keep_typed, kept_typed};
use crate::backup::key_of;
use crate::sign_in::note;
use crate::{Token, token_hash};

/// How long the contact e-mail can stop a proof.
pub const PROOF_WAITS: SignedDuration = SignedDuration::from_hours(72);
/// For so long after that it can be used.
pub const PROOF_WAITED_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How a wait stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitState {
    /// It can be stopped until then.
    Waits,
    /// The password is all that is asked for.
    Good,
    Over,
    Stopped,
}

/// A proof that waits.
#[derive(Clone, Debug)]
pub struct ProofWait {
    pub login: LoginId,
    pub good_from: Moment,
    /// What was to be done, as the page named it.
    pub need: String,
    pub state: WaitState,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    login_id: LoginId,
    asked_at: Moment,
    good_from: Moment,
    need: String,
    kept: Option<Vec<u8>>,
    outcome: Option<String>,
    password_set_at: Option<Moment>,
}

const SELECT: &str = "SELECT w.id, w.login_id, w.asked_at, w.good_from, w.need, w.kept, w.outcome, l.password_set_at
    FROM waiting_proofs w JOIN logins l ON l.id = w.login_id AND l.deleted_at IS NULL";

impl Row {
    async fn open(on: &impl ConnectionTrait, login: LoginId) -> Result<Option<Self>, DbErr> {
        let sql = format!("{SELECT} WHERE w.login_id = $1 AND w.ended_at IS NULL");
        db::query_one(on, &sql, [login.into()]).await
    }

    fn state(&self, now: Moment) -> WaitState {
        let is_older_than_password = self.password_set_at.is_some_and(|set| set >= self.asked_at);
        match self.outcome.as_deref() {
            Some("stopped") => WaitState::Stopped,
            Some(_) => WaitState::Over,
            None if is_older_than_password || self.good_from.plus(PROOF_WAITED_LASTS) <= now => WaitState::Over,
            None if self.good_from <= now => WaitState::Good,
            None => WaitState::Waits,
        }
    }

    fn told(&self, now: Moment) -> ProofWait {
        let (login, good_from, need) = (self.login_id, self.good_from, self.need.clone());
        ProofWait { login, good_from, need, state: self.state(now) }
    }
}

fn kept_place(id: Uuid) -> Place {
    Place { column: "waiting_proofs.kept", row: id }
}

/// The wait of a login, while it is of use.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_wait(db: &Db, on: &impl ConnectionTrait, login: LoginId) -> Result<Option<ProofWait>, DbErr> {
    let wait = Row::open(on, login).await?.map(|row| row.told(db.world().now()));
    Ok(wait.filter(|wait| matches!(wait.state, WaitState::Waits | WaitState::Good)))
}

/// The wait that the link of a secret stops. None for a link that is none of ours.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_wait_link(db: &Db, on: &impl ConnectionTrait, secret: &str) -> Result<Option<ProofWait>, DbErr> {
    let sql = format!("{SELECT} WHERE w.stop_hash = $1");
    let row: Option<Row> = db::query_one(on, &sql, [token_hash(secret).into()]).await?;
    Ok(row.map(|row| row.told(db.world().now())))
}

async fn end(db: &Db, tx: &Tx, id: Uuid, outcome: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE waiting_proofs SET ended_at = $1, outcome = $2, kept = NULL WHERE id = $3 AND ended_at IS NULL";
    Ok(db::execute(tx, sql, [db.world().now().into(), outcome.into(), id.into()]).await? == 1)
}

/// Begins the wait, in the caller's transaction, after the code to the contact e-mail was right ([`super::try_proof_code`]); what was
/// typed in the session is kept with it. Gives from when on it is good, and the secret of the link that stops it. None where one
/// waits already: asking again makes it no longer.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn begin_wait(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, session): (LoginId, SessionId),
    need: &str,
) -> Result<Option<(Moment, String)>, VaultError> {
    let now = db.world().now();
    if let Some(before) = Row::open(tx, login).await? {
        match before.state(now) {
            WaitState::Waits | WaitState::Good => return Ok(None),
            WaitState::Over | WaitState::Stopped => end(db, tx, before.id, "expired").await?,
        };
    }
    let old = now.plus(-(PROOF_WAITED_LASTS * 8));
    db::execute(tx, "DELETE FROM waiting_proofs WHERE login_id = $1 AND asked_at < $2", [login.into(), old.into()])
        .await?;
    let (id, token, good_from) = (db.world().uuid(), Token::draw(db), now.plus(PROOF_WAITS));
    let typed = kept_typed(tx, vault, (login, session)).await?;
    let kept = match (typed, key_of(tx, vault, login).await?) {
        (Some(typed), Some(key)) => Some(vault.seal(&key, kept_place(id), &typed)?),
        _ => None,
    };
    let sql = "INSERT INTO waiting_proofs (id, login_id, asked_at, good_from, need, kept, stop_hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let hash = token_hash(token.secret());
    let values = [id.into(), login.into(), now.into(), good_from.into(), need.into(), kept.into(), hash.into()];
    // In two sessions at once, one of them begins it.
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(None);
    }
    note(db, tx, login, ("login.proof-waits", Author::Customer), json!({ "for": need })).await?;
    Ok(Some((good_from, token.secret().to_owned())))
}

/// Uses a wait that is good, in the caller's transaction; what was typed when it began is kept for the session. Says whether there was one.
pub(super) async fn use_wait(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, session): (LoginId, SessionId),
) -> Result<bool, VaultError> {
    let Some(row) = Row::open(tx, login).await? else { return Ok(false) };
    if row.state(db.world().now()) != WaitState::Good || !end(db, tx, row.id, "used").await? {
        return Ok(false);
    }
    if let Some(kept) = &row.kept
        && let Some(key) = key_of(tx, vault, login).await?
    {
        let typed = vault.open(&key, kept_place(row.id), kept)?;
        keep_typed(vault, tx, (login, session), &typed).await?;
    }
    Ok(true)
}

/// A second step is asked for from now on, or no more: what was shown without it counts no longer.
pub(crate) async fn forget_waits(db: &Db, tx: &Tx, login: LoginId) -> Result<(), DbErr> {
    db::execute(tx, "DELETE FROM checked_callers WHERE login_id = $1", [login.into()]).await?;
    let sql = "UPDATE waiting_proofs SET ended_at = $1, outcome = 'expired', kept = NULL WHERE login_id = $2 AND ended_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), login.into()]).await.map(|_| ())
}

/// Stops the wait of a login, in the caller's transaction. Says whether there was one to stop.
///
/// # Errors
/// When the database cannot be written.
pub async fn stop_wait(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    let Some(row) = Row::open(tx, login).await? else { return Ok(false) };
    let is_of_use = matches!(row.state(db.world().now()), WaitState::Waits | WaitState::Good);
    let stopped = end(db, tx, row.id, if is_of_use { "stopped" } else { "expired" }).await?;
    if stopped && is_of_use {
        note(db, tx, login, ("login.proof-stopped", Author::Customer), json!({})).await?;
    }
    Ok(stopped && is_of_use)
}
