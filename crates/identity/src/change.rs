//! Change of the contact e-mail (SEC-6). A code goes to the address on file, a link to the new one; when the code was typed in
//! and the link's button pressed, the address is changed. Where nobody answers for a while, counted from the mail server's
//! acceptance of the code, the new address's confirmation is enough; the address on file can refuse before, and put itself back
//! for a month after.

use audit::Author;
use db::{Db, DbErr, Engine, FromQueryResult, Tx, Value};
use jiff::SignedDuration;
use kernel::{ChangeId, LoginId, MessageId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Place, Vault, VaultError};

use crate::backup::key_of;
use crate::code::{CodeState, Judged, SentCode, draw_digits};
use crate::contact_email::put_email;
use crate::link::{end_everything, shut};
use crate::sign_in::note;
use crate::token_hash;

/// How long a code of a change is good.
pub const CHANGE_CODE_LASTS: SignedDuration = SignedDuration::from_hours(5 * 24);
/// A change that is not done by then has expired.
pub const CHANGE_LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long the address on file can put itself back.
pub const REVERT_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What has become of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// The code from the address on file is not there yet; nor, perhaps, the new address's confirmation.
    WaitsForCode,
    WaitsForNew,
    Accepted,
    AcceptedBySilence,
    Refused,
    Cancelled,
    Expired,
    Reverted,
}

/// A change of a login's contact e-mail.
#[derive(Clone, Debug)]
pub struct EmailChange {
    pub id: ChangeId,
    pub login: LoginId,
    pub old_email: String,
    pub new_email: String,
    pub begun_at: Moment,
    pub new_confirmed_at: Option<Moment>,
    /// When it was accepted, or ended otherwise.
    pub ended_at: Option<Moment>,
    pub reverted_at: Option<Moment>,
    pub code: SentCode,
    pub code_right_at: Option<Moment>,
    pub new_sent_at: Moment,
    state: String,
    accepted_by: Option<String>,
}

impl EmailChange {
    pub fn state(&self, now: Moment) -> ChangeState {
        match self.state.as_str() {
            "open" if self.begun_at.plus(CHANGE_LASTS) <= now => ChangeState::Expired,
            "open" if self.code_right_at.is_some() => ChangeState::WaitsForNew,
            "open" => ChangeState::WaitsForCode,
            "accepted" if self.accepted_by.as_deref() == Some("silence") => ChangeState::AcceptedBySilence,
            "accepted" => ChangeState::Accepted,
            "refused" => ChangeState::Refused,
            "cancelled" => ChangeState::Cancelled,
            "reverted" => ChangeState::Reverted,
            _ => ChangeState::Expired,
        }
    }

    pub fn is_open(&self, now: Moment) -> bool {
        matches!(self.state(now), ChangeState::WaitsForCode | ChangeState::WaitsForNew)
    }

    /// How the newest code stands.
    pub fn code_state(&self, now: Moment) -> CodeState {
        self.code.state(now)
    }

    /// Whether the address on file can still put itself back.
    pub fn can_be_reverted(&self, now: Moment) -> bool {
        self.state == "accepted" && self.ended_at.is_some_and(|at| at.plus(REVERT_LASTS) > now)
    }
}

/// What is to be sent for a change. Neither is kept.
pub struct ChangeSecrets {
    pub code: String,
    pub confirm: String,
    pub refuse: String,
}

/// Which link of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeLink {
    /// To the new address: confirms it.
    Confirm,
    /// To the address on file and the backup e-mail: refuses the change.
    Refuse,
    /// To the address that was on file: puts it back.
    Revert,
}

impl ChangeLink {
    const fn column(self) -> &'static str {
        match self {
            Self::Confirm => "confirm_hash",
            Self::Refuse => "refuse_hash",
            Self::Revert => "revert_hash",
        }
    }
}

/// The secret of a link: the same in every letter about the change, known to nobody without our keys.
pub fn change_secret(vault: &Vault, change: ChangeId, link: ChangeLink) -> String {
    let what = format!("{}\0{change}", link.column());
    data_encoding::BASE64URL_NOPAD.encode(&vault.mark("guichet e-mail change", what.as_bytes()))
}

fn code_mark(vault: &Vault, change: ChangeId, code: &str) -> Vec<u8> {
    vault.mark("guichet e-mail change code", format!("{change}\0{code}").as_bytes())
}

#[derive(FromQueryResult)]
struct Row {
    id: ChangeId,
    login_id: LoginId,
    state: String,
    old_email: Vec<u8>,
    new_email: Vec<u8>,
    begun_at: Moment,
    code_mark: Option<Vec<u8>>,
    code_sent_at: Option<Moment>,
    tries: i32,
    code_right_at: Option<Moment>,
    new_sent_at: Moment,
    new_confirmed_at: Option<Moment>,
    ended_at: Option<Moment>,
    accepted_by: Option<String>,
    reverted_at: Option<Moment>,
}

fn place(column: &'static str, change: ChangeId) -> Place {
    Place { column, row: change.uuid() }
}

const OLD: &str = "email_changes.old_email";
const NEW: &str = "email_changes.new_email";

/// The changes that a condition names, newest first.
pub(crate) async fn find(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (condition, value): (&str, Value),
) -> Result<Vec<EmailChange>, VaultError> {
    let sql = format!(
        "SELECT id, login_id, state, old_email, new_email, begun_at, code_mark, code_sent_at, tries, code_right_at,
             new_sent_at, new_confirmed_at, ended_at, accepted_by, reverted_at
         FROM email_changes WHERE {condition} ORDER BY begun_at DESC, id DESC LIMIT 50"
    );
    let rows: Vec<Row> = db::query(on, &sql, [value]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(key) = key_of(on, vault, row.login_id).await? else { continue };
        found.push(EmailChange {
            old_email: vault.open(&key, place(OLD, row.id), &row.old_email)?,
            new_email: vault.open(&key, place(NEW, row.id), &row.new_email)?,
            id: row.id,
            login: row.login_id,
            begun_at: row.begun_at,
            new_confirmed_at: row.new_confirmed_at,
            ended_at: row.ended_at,
            reverted_at: row.reverted_at,
            code: SentCode {
                mark: row.code_mark,
                sent_at: row.code_sent_at,
                tries: row.tries,
                lasts: CHANGE_CODE_LASTS,
            },
            code_right_at: row.code_right_at,
            new_sent_at: row.new_sent_at,
            state: row.state,
            accepted_by: row.accepted_by,
        });
    }
    Ok(found)
}

/// A login's changes, newest first; fifty at most.
///
/// # Errors
/// When the database cannot be read, or the login's data cannot be opened.
pub async fn changes_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    login: LoginId,
) -> Result<Vec<EmailChange>, VaultError> {
    find(on, vault, ("login_id = $1", login.into())).await
}

/// The change of a login that is open, if any.
///
/// # Errors
/// As [`changes_of`].
pub async fn open_change(
    db: &Db,
    on: &impl ConnectionTrait,
    vault: &Vault,
    login: LoginId,
) -> Result<Option<EmailChange>, VaultError> {
    let found = find(on, vault, ("login_id = $1 AND state = 'open'", login.into())).await?.pop();
    Ok(found.filter(|change| change.is_open(db.world().now())))
}

/// The change of a link's secret.
///
/// # Errors
/// As [`changes_of`].
pub async fn find_change(
    on: &impl ConnectionTrait,
    vault: &Vault,
    (secret, link): (&str, ChangeLink),
) -> Result<Option<EmailChange>, VaultError> {
    let condition = format!("{} = $1", link.column());
    Ok(find(on, vault, (&condition, token_hash(secret).into())).await?.pop())
}

/// A change held until the transaction ends: whatever happens to a login's changes at once happens one after the other.
pub(crate) async fn hold(tx: &Tx, vault: &Vault, change: ChangeId) -> Result<Option<EmailChange>, VaultError> {
    let sql = "SELECT login_id FROM email_changes WHERE id = $1";
    let Some(login) = db::scalar::<LoginId>(tx, sql, [change.into()]).await? else { return Ok(None) };
    hold_login(tx, login).await?;
    Ok(find(tx, vault, ("id = $1", change.into())).await?.pop())
}

async fn hold_login(tx: &Tx, login: LoginId) -> Result<(), DbErr> {
    let sql =
        format!("SELECT count(*) FROM (SELECT id FROM logins WHERE id = $1{}) AS held", Engine::of(tx).for_update());
    db::scalar::<i64>(tx, &sql, [login.into()]).await.map(|_| ())
}

/// Begins a change in the caller's transaction, and gives what is to be sent. None where one is open.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn begin_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    login: LoginId,
    (old, new): (&str, &str),
) -> Result<Option<(ChangeId, ChangeSecrets)>, VaultError> {
    let now = db.world().now();
    hold_login(tx, login).await?;
    let sql = "UPDATE email_changes SET state = 'expired', ended_at = $1 WHERE login_id = $2 AND state = 'open'
                   AND begun_at <= $3";
    db::execute(tx, sql, [now.into(), login.into(), now.plus(-CHANGE_LASTS).into()]).await?;
    if find(tx, vault, ("login_id = $1 AND state = 'open'", login.into())).await?.pop().is_some() {
        return Ok(None);
    }
    let Some(key) = key_of(tx, vault, login).await? else { return Ok(None) };
    let id: ChangeId = db.world().id();
    let secret = |link| change_secret(vault, id, link);
    let secrets = ChangeSecrets {
        code: draw_digits(db),
        confirm: secret(ChangeLink::Confirm),
        refuse: secret(ChangeLink::Refuse),
    };
    let sql = "INSERT INTO email_changes (id, login_id, state, old_email, new_email, begun_at, code_mark, code_sent_at,
                   new_sent_at, confirm_hash, refuse_hash, revert_hash)
               VALUES ($1, $2, 'open', $3, $4, $5, $6, $5, $5, $7, $8, $9)";
    let values = [
        id.into(),
        login.into(),
        vault.seal(&key, place(OLD, id), old)?.into(),
        vault.seal(&key, place(NEW, id), new)?.into(),
        now.into(),
        code_mark(vault, id, &secrets.code).into(),
        token_hash(&secrets.confirm).into(),
        token_hash(&secrets.refuse).into(),
        token_hash(&secret(ChangeLink::Revert)).into(),
    ];
    db::execute(tx, sql, values).await?;
    record(db, tx, (login, id), ("login.email-change-asked", Author::Customer)).await?;
    Ok(Some((id, secrets)))
}

async fn record(
    db: &Db,
    tx: &Tx,
    (login, change): (LoginId, ChangeId),
    what: (&'static str, Author),
) -> Result<(), DbErr> {
    note(db, tx, login, what, json!({ "change": change })).await
}

/// Notes which message brought the newest code.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_code_letter(db: &Db, tx: &Tx, change: ChangeId, message: MessageId) -> Result<(), DbErr> {
    let sql = "INSERT INTO email_change_letters (message_id, change_id, sent_at) VALUES ($1, $2, $3)";
    db::execute(tx, sql, [message.into(), change.into(), db.world().now().into()]).await.map(|_| ())
}

/// Draws another code, to be sent in the same transaction. None where none is needed, or one was sent a moment ago.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn another_change_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    change: ChangeId,
) -> Result<Option<(EmailChange, String)>, VaultError> {
    let now = db.world().now();
    let Some(found) = hold(tx, vault, change).await? else { return Ok(None) };
    // Also of one that was tried too often: whoever guesses must not have many of them.
    let just = found.code.sent_at.is_some_and(|sent| sent.plus(crate::AGAIN_AFTER) > now);
    if found.state(now) != ChangeState::WaitsForCode || just {
        return Ok(None);
    }
    let code = draw_digits(db);
    let sql = "UPDATE email_changes SET code_mark = $1, code_sent_at = $2, tries = 0 WHERE id = $3";
    db::execute(tx, sql, [code_mark(vault, change, &code).into(), now.into(), change.into()]).await?;
    Ok(Some((found, code)))
}

/// Notes that the link to the new address is sent again, in the same transaction. Says whether it is to be.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn another_new_link(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    change: ChangeId,
) -> Result<Option<EmailChange>, VaultError> {
    let now = db.world().now();
    let found = hold(tx, vault, change).await?;
    let waits = |change: &EmailChange| {
        change.is_open(now) && change.new_confirmed_at.is_none() && change.new_sent_at.plus(crate::AGAIN_AFTER) <= now
    };
    let Some(found) = found.filter(waits) else { return Ok(None) };
    let sql = "UPDATE email_changes SET new_sent_at = $1 WHERE id = $2";
    db::execute(tx, sql, [now.into(), change.into()]).await?;
    Ok(Some(found))
}

/// Tries a code, in the caller's transaction, to be run with [`db::Isolation::Locked`].
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn try_change_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    change: ChangeId,
    code: &str,
) -> Result<Judged, VaultError> {
    let now = db.world().now();
    let Some(found) = hold(tx, vault, change).await? else { return Ok(Judged::NotSent) };
    match found.state(now) {
        ChangeState::WaitsForCode => {}
        ChangeState::WaitsForNew => return Ok(Judged::Right),
        _ => return Ok(Judged::NotSent),
    }
    let judged = found.code.judge(&code_mark(vault, change, code), now);
    match judged {
        Judged::Right => {
            let sql = "UPDATE email_changes SET code_right_at = $1, code_mark = NULL WHERE id = $2";
            db::execute(tx, sql, [now.into(), change.into()]).await?;
            crate::confirm_email(db, tx, found.login).await?;
            record(db, tx, (found.login, change), ("login.email-change-code", Author::Customer)).await?;
        }
        Judged::Wrong(left) => {
            let sql = "UPDATE email_changes SET tries = tries + 1 WHERE id = $1";
            db::execute(tx, sql, [change.into()]).await?;
            if left == 0 {
                record(db, tx, (found.login, change), ("login.code-tried-too-often", Author::Customer)).await?;
            }
        }
        _ => {}
    }
    Ok(judged)
}

/// Notes that the new address was confirmed, in the caller's transaction. Says whether it was not before.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn confirm_new_email(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    secret: &str,
) -> Result<Option<ChangeId>, VaultError> {
    let now = db.world().now();
    let Some(found) = find_change(tx, vault, (secret, ChangeLink::Confirm)).await? else { return Ok(None) };
    let found = hold(tx, vault, found.id).await?;
    let waits = |change: &EmailChange| change.is_open(now) && change.new_confirmed_at.is_none();
    let Some(found) = found.filter(waits) else { return Ok(None) };
    let sql = "UPDATE email_changes SET new_confirmed_at = $1 WHERE id = $2";
    db::execute(tx, sql, [now.into(), found.id.into()]).await?;
    record(db, tx, (found.login, found.id), ("login.email-change-new", Author::Customer)).await?;
    Ok(Some(found.id))
}

/// Refuses a change with the link that the address on file or the backup e-mail got, in the caller's transaction. Gives it
/// where it was open.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn refuse_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    secret: &str,
) -> Result<Option<EmailChange>, VaultError> {
    let Some(found) = find_change(tx, vault, (secret, ChangeLink::Refuse)).await? else { return Ok(None) };
    end_open((db, vault), tx, found.id, ("refused", "login.email-change-refused")).await
}

/// Cancels a change, as its owner wishes, in the caller's transaction. Says whether it was open.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn cancel_change((db, vault): (&Db, &Vault), tx: &Tx, change: ChangeId) -> Result<bool, VaultError> {
    let ended = end_open((db, vault), tx, change, ("cancelled", "login.email-change-cancelled")).await?;
    Ok(ended.is_some())
}

async fn end_open(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    change: ChangeId,
    (state, kind): (&str, &'static str),
) -> Result<Option<EmailChange>, VaultError> {
    let now = db.world().now();
    let Some(found) = hold(tx, vault, change).await?.filter(|change| change.is_open(now)) else { return Ok(None) };
    let sql = "UPDATE email_changes SET state = $1, ended_at = $2, code_mark = NULL WHERE id = $3 AND state = 'open'";
    if db::execute(tx, sql, [state.into(), now.into(), change.into()]).await? == 0 {
        return Ok(None);
    }
    record(db, tx, (found.login, change), (kind, Author::Customer)).await?;
    Ok(Some(found))
}

/// Ends the change of a login that is open, in the caller's transaction, because its owner shut the login or recovered it:
/// whoever was in before may have begun it.
pub(crate) async fn refuse_open(db: &Db, tx: &Tx, login: LoginId) -> Result<(), DbErr> {
    let sql = "UPDATE email_changes SET state = 'refused', ended_at = $1, code_mark = NULL
               WHERE login_id = $2 AND state = 'open'";
    if db::execute(tx, sql, [db.world().now().into(), login.into()]).await? > 0 {
        note(db, tx, login, ("login.email-change-refused", Author::Customer), json!({ "by": "owner" })).await?;
    }
    Ok(())
}

/// Puts the old address back with the link that it got, in the caller's transaction: the login is shut until a new password is
/// chosen through that address. Gives the change where that was still possible.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn revert_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    secret: &str,
) -> Result<Option<EmailChange>, VaultError> {
    let now = db.world().now();
    let Some(found) = find_change(tx, vault, (secret, ChangeLink::Revert)).await? else { return Ok(None) };
    let found = hold(tx, vault, found.id).await?.filter(|change| change.can_be_reverted(now));
    let Some(found) = found else { return Ok(None) };
    undo(db, vault, tx, &found).await?;
    shut(db, tx, found.login).await?;
    Ok(Some(found))
}

/// Puts back the address that a change replaced, and ends what later changes could still do: of several addresses that were
/// replaced one after the other, the oldest decides.
async fn undo(db: &Db, vault: &Vault, tx: &Tx, change: &EmailChange) -> Result<(), VaultError> {
    let sql = "UPDATE email_changes SET state = 'reverted', reverted_at = $1
               WHERE login_id = $2 AND state = 'accepted' AND ended_at >= $3";
    let since = change.ended_at.unwrap_or(change.begun_at);
    db::execute(tx, sql, [db.world().now().into(), change.login.into(), since.into()]).await?;
    put_email((db, vault), tx, change.login, &change.old_email).await?;
    end_everything(tx, change.login).await?;
    record(db, tx, (change.login, change.id), ("login.email-reverted", Author::Customer)).await?;
    Ok(())
}

/// Puts back the address that was the contact e-mail at a moment, in the caller's transaction, where it can be put back: a
/// letter that was sent there then says that the login is not in its owner's hands.
pub(crate) async fn undo_changes_since(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    login: LoginId,
    since: Moment,
) -> Result<(), VaultError> {
    let now = db.world().now();
    let accepted = find(tx, vault, ("login_id = $1 AND state = 'accepted'", login.into())).await?;
    let after = accepted.into_iter().filter(|change| change.can_be_reverted(now));
    let after = after.filter(|change| change.ended_at.is_some_and(|at| at > since));
    match after.min_by_key(|change| change.ended_at) {
        Some(first) => undo(db, vault, tx, &first).await,
        None => Ok(()),
    }
}
