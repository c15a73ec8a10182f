//! Codes by SMS: of eight digits, to a telephone that was confirmed with one. Whoever sends one has taken leave to
//! ([`crate::take_text`]); what is typed counts against the owner as every code does, and against the code itself.

use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{Moment, SessionId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Vault, VaultError};

use super::tries::forget_step_tries;
use super::{StepOwner, StepWay, Steps, steps_changed};
use crate::code::{AGAIN_AFTER, CodeState, Judged, SentCode, draw_digits, typed_digits};

/// How long a code is good.
pub const SMS_CODE_LASTS: SignedDuration = SignedDuration::from_mins(10);
/// How long a number waits for its first code.
const SETUP_LASTS: SignedDuration = SignedDuration::from_hours(1);

const NUMBER: &str = "step_numbers.number";

#[derive(FromQueryResult)]
struct Row {
    number: Vec<u8>,
    since: Moment,
    code_mark: Option<Vec<u8>>,
    code_sent_at: Option<Moment>,
    tries: i32,
}

impl Row {
    /// The number that is on, or the one that waits for its first code.
    async fn find(on: &impl ConnectionTrait, owner: StepOwner, is_on: bool) -> Result<Option<Self>, DbErr> {
        let sql = "SELECT number, since, code_mark, code_sent_at, tries FROM step_numbers
                   WHERE owner_kind = $1 AND owner_id = $2 AND is_on = $3";
        let [kind, id] = owner.values();
        db::query_one(on, sql, [kind, id, is_on.into()]).await
    }

    async fn setup(db: &Db, on: &impl ConnectionTrait, owner: StepOwner) -> Result<Option<Self>, DbErr> {
        let since = db.world().now().plus(-SETUP_LASTS);
        Ok(Self::find(on, owner, false).await?.filter(|row| row.since > since))
    }

    fn code(&self) -> SentCode {
        SentCode { mark: self.code_mark.clone(), sent_at: self.code_sent_at, tries: self.tries, lasts: SMS_CODE_LASTS }
    }

    async fn open(
        &self,
        on: &impl ConnectionTrait,
        vault: &Vault,
        owner: StepOwner,
    ) -> Result<Option<String>, VaultError> {
        let Some(key) = owner.key(on, vault).await? else { return Ok(None) };
        vault.open(&key, owner.place(NUMBER), &self.number).map(Some)
    }
}

/// A telephone of an owner, and how its code stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepNumber {
    /// E.164.
    pub number: String,
    pub code: CodeState,
}

impl StepNumber {
    /// Whether a code was sent a moment ago.
    pub fn was_just_sent(&self, now: Moment) -> bool {
        matches!(self.code, CodeState::Sent(until) if until.plus(AGAIN_AFTER).plus(-SMS_CODE_LASTS) > now)
    }
}

/// The telephone that is on.
///
/// # Errors
/// When the database cannot be read, or the owner's data cannot be opened.
pub async fn step_number(
    (db, vault): (&Db, &Vault),
    on: &impl ConnectionTrait,
    owner: StepOwner,
) -> Result<Option<StepNumber>, VaultError> {
    let Some(row) = Row::find(on, owner, true).await? else { return Ok(None) };
    let number = row.open(on, vault, owner).await?;
    Ok(number.map(|number| StepNumber { number, code: row.code().state(db.world().now()) }))
}

/// The telephone that waits for its first code.
///
/// # Errors
/// As [`step_number`].
pub async fn step_number_setup(
    (db, vault): (&Db, &Vault),
    on: &impl ConnectionTrait,
    owner: StepOwner,
) -> Result<Option<StepNumber>, VaultError> {
    let Some(row) = Row::setup(db, on, owner).await? else { return Ok(None) };
    let number = row.open(on, vault, owner).await?;
    Ok(number.map(|number| StepNumber { number, code: row.code().state(db.world().now()) }))
}

/// A code knows its owner, its telephone's state and nothing else: one of the set-up opens no door.
fn mark(vault: &Vault, (owner, is_on): (StepOwner, bool), code: &str) -> Vec<u8> {
    vault.mark("guichet step code", format!("{}\0{is_on}\0{code}", owner.text()).as_bytes())
}

/// Notes a number that waits for its first code, and draws that, in the caller's transaction, to be sent in the same. It does
/// nothing before [`confirm_step_number`]. None where the owner is gone.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn begin_step_number(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (owner, number): (StepOwner, &str),
) -> Result<Option<String>, VaultError> {
    let Some(key) = owner.key(tx, vault).await? else { return Ok(None) };
    let code = draw_digits(db);
    let sealed = vault.seal(&key, owner.place(NUMBER), number)?;
    let sql = "INSERT INTO step_numbers (owner_kind, owner_id, is_on, number, since, code_mark, code_sent_at, tries)
               VALUES ($1, $2, $3, $4, $5, $6, $5, 0)
               ON CONFLICT (owner_kind, owner_id, is_on) DO UPDATE SET number = excluded.number, since = excluded.since,
                   code_mark = excluded.code_mark, code_sent_at = excluded.code_sent_at, tries = 0";
    let [kind, id] = owner.values();
    let mark = mark(vault, (owner, false), &code);
    let values = [kind, id, false.into(), sealed.into(), db.world().now().into(), mark.into()];
    db::execute(tx, sql, values).await?;
    Ok(Some(code))
}

/// Draws a code for the telephone that is on, in the caller's transaction, to be sent in the same: code and number. None where no
/// telephone is on, or one was sent a moment ago.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn draw_step_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    owner: StepOwner,
) -> Result<Option<(String, String)>, VaultError> {
    let now = db.world().now();
    let Some(row) = Row::find(tx, owner, true).await? else { return Ok(None) };
    if row.code().was_just_sent(now) {
        return Ok(None);
    }
    let Some(number) = row.open(tx, vault, owner).await? else { return Ok(None) };
    let code = draw_digits(db);
    let sql = "UPDATE step_numbers SET code_mark = $4, code_sent_at = $5, tries = 0
               WHERE owner_kind = $1 AND owner_id = $2 AND is_on = $3";
    let [kind, id] = owner.values();
    db::execute(tx, sql, [kind, id, true.into(), mark(vault, (owner, true), &code).into(), now.into()]).await?;
    Ok(Some((code, number)))
}

/// Judges a code and uses it up where it is right: of two at once, one.
async fn judge(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (owner, is_on): (StepOwner, bool),
    typed: &str,
) -> Result<Judged, DbErr> {
    let row = if is_on { Row::find(tx, owner, true).await? } else { Row::setup(db, tx, owner).await? };
    let (Some(row), Some(code)) = (row, typed_digits(typed)) else { return Ok(Judged::NotSent) };
    let now = db.world().now();
    let typed = mark(vault, (owner, is_on), &code);
    let judged = row.code().judge(&typed, now);
    let [kind, id] = owner.values();
    match judged {
        Judged::Right => {
            let sql = "UPDATE step_numbers SET code_mark = NULL, code_sent_at = NULL, tries = 0
                       WHERE owner_kind = $1 AND owner_id = $2 AND is_on = $3 AND code_mark = $4";
            if db::execute(tx, sql, [kind, id, is_on.into(), typed.into()]).await? == 0 {
                return Ok(Judged::NotSent);
            }
        }
        Judged::Wrong(_) => {
            let sql =
                "UPDATE step_numbers SET tries = tries + 1 WHERE owner_kind = $1 AND owner_id = $2 AND is_on = $3";
            db::execute(tx, sql, [kind, id, is_on.into()]).await?;
        }
        _ => {}
    }
    Ok(judged)
}

/// What became of a number's first code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberConfirmed {
    /// Codes by SMS are a second step from now on; these are the steps that there are.
    On(Steps),
    Not(Judged),
}

/// Turns codes by SMS on with the first code, in the caller's transaction; the number takes the place of one that was on. `but`
/// is the session that asks.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn confirm_step_number(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (owner, but): (StepOwner, Option<SessionId>),
    typed: &str,
) -> Result<NumberConfirmed, VaultError> {
    let judged = judge((db, vault), tx, (owner, false), typed).await?;
    if judged != Judged::Right {
        return Ok(NumberConfirmed::Not(judged));
    }
    let sql = "DELETE FROM step_numbers WHERE owner_kind = $1 AND owner_id = $2 AND is_on = $3";
    let [kind, id] = owner.values();
    db::execute(tx, sql, [kind, id, true.into()]).await?;
    let sql = "UPDATE step_numbers SET is_on = $3, since = $4 WHERE owner_kind = $1 AND owner_id = $2 AND is_on = $5";
    let [kind, id] = owner.values();
    db::execute(tx, sql, [kind, id, true.into(), db.world().now().into(), false.into()]).await?;
    forget_step_tries(vault, tx, owner, StepWay::Sms).await?;
    owner.note(db, tx, "step.on", json!({ "step": "sms" })).await?;
    Ok(NumberConfirmed::On(steps_changed(db, tx, owner, but).await?))
}

/// Takes a code of the telephone that is on, in the caller's transaction.
pub(super) async fn take(ours: (&Db, &Vault), tx: &Tx, owner: StepOwner, typed: &str) -> Result<bool, DbErr> {
    Ok(judge(ours, tx, (owner, true), typed).await? == Judged::Right)
}

/// Takes the telephone away, and one that waits. Says whether it was on.
pub(super) async fn remove(tx: &Tx, owner: StepOwner) -> Result<bool, DbErr> {
    let was_on = Row::find(tx, owner, true).await?.is_some();
    let sql = "DELETE FROM step_numbers WHERE owner_kind = $1 AND owner_id = $2";
    db::execute(tx, sql, owner.values()).await?;
    Ok(was_on)
}
