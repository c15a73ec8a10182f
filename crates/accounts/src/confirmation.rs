//! Confirmation of a claim (SGN-2). Number and postal code stand on any discarded bill, so they open an account for seeing
//! and paying alone. The rest waits for a code from the address on file, typed in by whoever made the claim, or for a check
//! by the provider's people. A link that confirmed by itself would let a holder confirm a stranger's claim unknowingly;
//! the link in the message does the opposite, it stops the claim.

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, Engine, FromQueryResult, Tx, Value};
use identity::{CodeState, Judged, SentCode, draw_digits, token_hash};
use jiff::SignedDuration;
use kernel::{AccountId, LoginId, Moment, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::Vault;

use crate::Grant;

/// How long a code confirms.
pub const CODE_LASTS: SignedDuration = SignedDuration::from_hours(5 * 24);
/// How long the link stops a claim that is not confirmed.
pub const STOP_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// For so long after a claim was stopped nobody claims the account with number and postal code.
pub const STOPPED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Who confirms or stops a claim, and what makes them sure; for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    author: Author,
    how: &'static str,
    staff: Option<StaffId>,
}

impl By {
    /// A code that was sent to the address on file.
    const CODE: Self = Self { author: Author::Customer, how: "code", staff: None };
    /// The link in a message to the address on file.
    pub const ADDRESS_ON_FILE: Self = Self { author: Author::Customer, how: "address-on-file", staff: None };
    /// The provider's configuration, where nothing waits for a confirmation.
    pub(crate) const CONFIGURATION: Self = Self { author: Author::Customer, how: "configuration", staff: None };
    /// A login that the demonstration made, for people who do not exist.
    pub const DEMONSTRATION: Self = Self { author: Author::Operator, how: "demonstration", staff: None };

    /// Somebody at the command line; how they made sure, as one word.
    pub const fn operator(how: &'static str) -> Self {
        Self { author: Author::Operator, how, staff: None }
    }

    /// One of the provider's people; how they made sure, as one word.
    pub const fn staff(staff: StaffId, how: &'static str) -> Self {
        Self { author: Author::Staff, how, staff: Some(staff) }
    }
}

/// A code to be sent, and the secret of the link that stops the claim. Neither is kept.
pub struct Drawn {
    /// Eight digits.
    pub code: String,
    pub stop_secret: String,
    pub until: Moment,
}

/// What became of a wish for another code.
pub enum Another {
    Drawn(Drawn),
    /// One was sent a moment ago: the button was pressed twice.
    JustSent,
    /// The claim is confirmed, or has ended.
    NotNeeded,
}

/// What became of a code that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The claim is confirmed, and so is the login's contact e-mail where the code went there.
    Confirmed,
    /// It was before.
    Already,
    /// So many tries are left.
    Wrong(i32),
    TriedTooOften,
    Expired,
    /// None was sent.
    NotSent,
}

/// A holder's claim on an account, as far as its confirmation goes.
#[derive(Clone, Debug, FromQueryResult)]
struct Check {
    account_id: AccountId,
    login_id: LoginId,
    begun_at: Moment,
    confirmed_at: Option<Moment>,
    code_mark: Option<Vec<u8>>,
    code_sent_at: Option<Moment>,
    sent_to: Option<Vec<u8>>,
    tries: Option<i32>,
}

impl Check {
    async fn find(on: &impl ConnectionTrait, account: AccountId, login: LoginId) -> Result<Option<Self>, DbErr> {
        let sql = "SELECT m.account_id, m.login_id, m.begun_at, m.confirmed_at, c.code_mark, c.code_sent_at, c.sent_to, c.tries
                   FROM memberships m LEFT JOIN claim_checks c ON c.account_id = m.account_id
                       AND c.login_id = m.login_id AND c.begun_at = m.begun_at
                   WHERE m.account_id = $1 AND m.login_id = $2 AND m.role = 'holder' AND m.ended_at IS NULL";
        db::query_one(on, sql, [account.into(), login.into()]).await
    }

    /// The same, held until the transaction ends: tries at once are counted one after the other, and of a confirmation and
    /// a stop at once one finds the other done.
    async fn hold(tx: &Tx, account: AccountId, login: LoginId) -> Result<Option<Self>, DbErr> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT login_id FROM memberships WHERE account_id = $1 AND login_id = $2
                 AND ended_at IS NULL{}) AS held",
            Engine::of(tx).for_update()
        );
        db::scalar::<i64>(tx, &sql, [account.into(), login.into()]).await?;
        Self::find(tx, account, login).await
    }

    fn code(&self) -> SentCode {
        let (mark, sent_at) = (self.code_mark.clone(), self.code_sent_at);
        SentCode { mark, sent_at, tries: self.tries.unwrap_or(0), lasts: CODE_LASTS }
    }

    /// The same for every message about this claim, so that each of their links stops it; known to nobody without our keys.
    fn stop_secret(&self, vault: &Vault) -> String {
        let claim = format!("{}\0{}\0{}", self.account_id, self.login_id, self.begun_at.microseconds());
        data_encoding::BASE64URL_NOPAD.encode(&vault.mark("guichet claim stop", claim.as_bytes()))
    }

    /// A code is short: its plain hash would be found by trying all.
    fn code_mark(&self, vault: &Vault, code: &str) -> Vec<u8> {
        let claim = format!("{}\0{}\0{code}", self.account_id, self.login_id);
        vault.mark("guichet claim code", claim.as_bytes())
    }

    fn key(&self) -> [Value; 3] {
        [self.account_id.into(), self.login_id.into(), self.begun_at.into()]
    }
}

pub(crate) fn address_mark(vault: &Vault, address: &str) -> Vec<u8> {
    vault.mark("guichet claim address", address.trim().to_lowercase().as_bytes())
}

/// How the code of a holder's claim stands; nothing for somebody whose claim is confirmed, or who holds nothing there.
///
/// # Errors
/// When the database cannot be read.
pub async fn code_state(db: &Db, grant: &Grant, login: LoginId) -> Result<Option<CodeState>, DbErr> {
    let check = Check::find(db.reader(), grant.account(), login).await?;
    let now = db.world().now();
    Ok(check.filter(|check| check.confirmed_at.is_none()).map(|check| check.code().state(now)))
}

/// Draws a code for the claim, to be sent to `address` in the same transaction; the code before it confirms no more.
///
/// # Errors
/// When the database cannot be written.
pub async fn draw_code(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    (account, login): (AccountId, LoginId),
    address: &str,
) -> Result<Another, DbErr> {
    let now = db.world().now();
    let Some(check) = Check::hold(tx, account, login).await?.filter(|check| check.confirmed_at.is_none()) else {
        return Ok(Another::NotNeeded);
    };
    if check.code().was_just_sent(now) {
        return Ok(Another::JustSent);
    }
    let code = draw_digits(db);
    let stop_secret = check.stop_secret(vault);
    let sql = "INSERT INTO claim_checks (account_id, login_id, begun_at, stop_hash, code_mark, code_sent_at, sent_to)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, login_id, begun_at) DO UPDATE SET
                   code_mark = excluded.code_mark, code_sent_at = excluded.code_sent_at, sent_to = excluded.sent_to,
                   tries = 0";
    let [account, login, begun] = check.key();
    let values = [
        account,
        login,
        begun,
        token_hash(&stop_secret).into(),
        check.code_mark(vault, &code).into(),
        now.into(),
        address_mark(vault, address).into(),
    ];
    db::execute(tx, sql, values).await?;
    note(db, tx, &check, "claim.code-sent", By::CODE).await?;
    Ok(Another::Drawn(Drawn { code, stop_secret, until: now.plus(CODE_LASTS) }))
}

/// Tries a code, in the caller's transaction. `contact` is the login's contact e-mail: where the code went there, it is
/// confirmed too.
///
/// # Errors
/// When the database cannot be written.
pub async fn try_code(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    (account, login): (AccountId, LoginId),
    (code, contact): (&str, &str),
) -> Result<Tried, DbErr> {
    let Some(check) = Check::hold(tx, account, login).await? else { return Ok(Tried::NotSent) };
    if check.confirmed_at.is_some() {
        return Ok(Tried::Already);
    }
    let left = match check.code().judge(&check.code_mark(vault, code), db.world().now()) {
        Judged::Right => None,
        Judged::Wrong(left) => Some(left),
        Judged::NotSent => return Ok(Tried::NotSent),
        Judged::Expired => return Ok(Tried::Expired),
        Judged::TriedTooOften => return Ok(Tried::TriedTooOften),
    };
    if let Some(left) = left {
        let sql = "UPDATE claim_checks SET tries = tries + 1 WHERE account_id = $1 AND login_id = $2 AND begun_at = $3";
        db::execute(tx, sql, check.key()).await?;
        if left == 0 {
            note(db, tx, &check, "claim.code-tried-too-often", By::CODE).await?;
        }
        return Ok(if left > 0 { Tried::Wrong(left) } else { Tried::TriedTooOften });
    }
    confirm(db, tx, (account, login), By::CODE).await?;
    if check.sent_to.as_ref() == Some(&address_mark(vault, contact)) {
        identity::confirm_email(db, tx, login).await?;
    }
    Ok(Tried::Confirmed)
}

/// Confirms the claim of an account, in the caller's transaction: what waited for that is open from now on. Says whether
/// it was not confirmed before.
///
/// # Errors
/// When the database cannot be written.
pub async fn confirm(db: &Db, tx: &Tx, (account, login): (AccountId, LoginId), by: By) -> Result<bool, DbErr> {
    let Some(check) = Check::hold(tx, account, login).await?.filter(|check| check.confirmed_at.is_none()) else {
        return Ok(false);
    };
    let sql = "UPDATE memberships SET confirmed_at = $4 WHERE account_id = $1 AND login_id = $2 AND begun_at = $3
                   AND ended_at IS NULL AND confirmed_at IS NULL";
    let [account, login, begun] = check.key();
    if db::execute(tx, sql, [account, login, begun, db.world().now().into()]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE claim_checks SET code_mark = NULL WHERE account_id = $1 AND login_id = $2 AND begun_at = $3";
    db::execute(tx, sql, check.key()).await?;
    note(db, tx, &check, "holder.confirmed", by).await?;
    Ok(true)
}

/// A claim that somebody may want to stop.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Stoppable {
    pub account_id: AccountId,
    pub login_id: LoginId,
    pub number: String,
    begun_at: Moment,
    confirmed_at: Option<Moment>,
    ended_at: Option<Moment>,
    stopped_at: Option<Moment>,
}

/// What a link that stops a claim can still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopState {
    Open,
    Stopped,
    /// The claim was confirmed before.
    Confirmed,
    /// The claim ended otherwise, or the link is too old.
    Over,
}

impl Stoppable {
    pub fn state(&self, now: Moment) -> StopState {
        if self.stopped_at.is_some() {
            StopState::Stopped
        } else if self.ended_at.is_some() {
            StopState::Over
        } else if self.confirmed_at.is_some() {
            StopState::Confirmed
        } else if self.begun_at.plus(STOP_LASTS) <= now {
            StopState::Over
        } else {
            StopState::Open
        }
    }
}

/// The claim that a link's secret stops.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_stoppable(on: &impl ConnectionTrait, secret: &str) -> Result<Option<Stoppable>, DbErr> {
    let sql = "SELECT c.account_id, c.login_id, a.number, c.begun_at, m.confirmed_at, m.ended_at, c.stopped_at
               FROM claim_checks c JOIN accounts a ON a.id = c.account_id JOIN memberships m
                   ON m.account_id = c.account_id AND m.login_id = c.login_id AND m.begun_at = c.begun_at
               WHERE c.stop_hash = $1";
    db::query_one(on, sql, [token_hash(secret).into()]).await
}

/// The claim of an account that is not confirmed, for the provider's people.
///
/// # Errors
/// When the database cannot be read.
pub async fn unconfirmed_claim(on: &impl ConnectionTrait, number: &str) -> Result<Option<Stoppable>, DbErr> {
    let sql = "SELECT m.account_id, m.login_id, a.number, m.begun_at, m.confirmed_at, m.ended_at, c.stopped_at
               FROM accounts a JOIN memberships m ON m.account_id = a.id AND m.role = 'holder' AND m.ended_at IS NULL
               LEFT JOIN claim_checks c ON c.account_id = m.account_id AND c.login_id = m.login_id AND c.begun_at = m.begun_at
               WHERE a.number = $1 AND m.confirmed_at IS NULL";
    db::query_one(on, sql, [number.into()]).await
}

/// Stops a claim that is not confirmed, in the caller's transaction: the login reaches the account no more, and its
/// sessions end. Says whether it did.
///
/// # Errors
/// When the database cannot be written.
pub async fn stop_claim(db: &Db, vault: &Vault, tx: &Tx, claim: &Stoppable, by: By) -> Result<bool, DbErr> {
    let now = db.world().now();
    let found = Check::hold(tx, claim.account_id, claim.login_id).await?;
    let Some(check) = found.filter(|check| check.begun_at == claim.begun_at && check.confirmed_at.is_none()) else {
        return Ok(false);
    };
    let sql = "UPDATE memberships SET ended_at = $4 WHERE account_id = $1 AND login_id = $2 AND begun_at = $3
                   AND ended_at IS NULL AND confirmed_at IS NULL";
    let [account, login, begun] = check.key();
    if db::execute(tx, sql, [account, login, begun, now.into()]).await? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO claim_checks (account_id, login_id, begun_at, stop_hash, stopped_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (account_id, login_id, begun_at) DO UPDATE SET stopped_at = excluded.stopped_at, code_mark = NULL";
    let [account, login, begun] = check.key();
    let stop_hash = token_hash(&check.stop_secret(vault));
    db::execute(tx, sql, [account, login, begun, stop_hash.into(), now.into()]).await?;
    identity::end_sessions_of(tx, check.login_id).await?;
    note(db, tx, &check, "claim.stopped", by).await?;
    Ok(true)
}

/// The moment since which an account counts as stopped: claims that were stopped after it bar new ones.
pub(crate) fn barred_since(now: Moment) -> Moment {
    now.plus(-STOPPED_FOR)
}

/// Notes it in the account's chain, and in that of the member of staff who did it.
async fn note(db: &Db, tx: &Tx, check: &Check, kind: &'static str, by: By) -> Result<(), DbErr> {
    let mut details = json!({ "login": check.login_id, "by": by.how });
    let mut chains = vec![Chain::Account(check.account_id)];
    if let Some(staff) = by.staff {
        details["staff"] = json!(staff);
        details["account"] = json!(check.account_id);
        chains.push(Chain::Staff(staff));
    }
    let mut appender = Appender::read(db, tx, &chains).await?;
    for chain in chains {
        appender.add(Event { chain, kind, author: by.author, details: details.clone(), sealed: None });
    }
    appender.write(tx).await
}
