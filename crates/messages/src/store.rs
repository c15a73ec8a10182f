use db::jobs::{self, JobData};
use db::{Db, DbErr, FromQueryResult, Rows, Tx};
use kernel::{AccountId, Language, MessageId, Moment};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use vault::{Place, Vault, Wrapped};

use crate::email::{Content, Email, Sender};
use crate::{MessageError, mime};

/// The queue of messages to be sent.
pub(crate) const QUEUE: &str = "messages";

/// The job that sends a message.
#[derive(Serialize, Deserialize)]
pub(crate) struct Deliver {
    pub(crate) message: MessageId,
}

impl JobData for Deliver {
    const KIND: &'static str = "deliver-message";
}

/// What has become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Still to be sent, perhaps after failures.
    Waiting,
    /// The mail server accepted it, or it lies in the folder.
    Sent,
    /// Refused for good, or given up; somebody has to look.
    Dead,
}

impl State {
    fn from_code(code: &str) -> Option<Self> {
        match code {
            "waiting" => Some(Self::Waiting),
            "sent" => Some(Self::Sent),
            "dead" => Some(Self::Dead),
            _ => None,
        }
    }
}

/// A message as lists show it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub id: MessageId,
    pub to: String,
    pub subject: String,
    /// When it was enqueued.
    pub at: Moment,
    pub state: State,
    pub kind: String,
    /// Why it was not sent the last time; without addresses.
    pub last_error: Option<String>,
}

/// A whole message.
#[derive(Clone, Debug)]
pub struct Found {
    pub shown: Shown,
    pub message_id: String,
    pub language: Language,
    pub text: String,
    pub html: String,
}

#[derive(FromQueryResult)]
pub(crate) struct Row {
    pub(crate) id: MessageId,
    pub(crate) message_id: String,
    pub(crate) kind: String,
    pub(crate) language: Language,
    pub(crate) data_key: Vec<u8>,
    pub(crate) key_id: i32,
    pub(crate) sealed: Vec<u8>,
    pub(crate) state: String,
    pub(crate) created_at: Moment,
    pub(crate) last_error: Option<String>,
}

const COLUMNS: &str = "id, message_id, kind, language, data_key, key_id, sealed, state, created_at, last_error";

impl Row {
    pub(crate) fn content(&self, vault: &Vault) -> Result<Content, MessageError> {
        let wrapped = Wrapped { key_id: self.key_id, bytes: self.data_key.clone() };
        let key = vault.open_data_key(self.id, &wrapped)?;
        let text = vault.open(&key, place(self.id), &self.sealed)?;
        // The parser's message would show a part of the text.
        serde_json::from_str(&text).map_err(|_| MessageError::Content(format!("message {}", self.id)))
    }

    fn found(self, vault: &Vault) -> Result<Found, MessageError> {
        let content = self.content(vault)?;
        let unknown = || DbErr::Type(format!("“{}” is no state of a message", self.state));
        let state = State::from_code(&self.state).ok_or_else(unknown)?;
        let shown = Shown {
            id: self.id,
            to: content.to,
            subject: content.subject,
            at: self.created_at,
            state,
            kind: self.kind,
            last_error: self.last_error,
        };
        Ok(Found {
            shown,
            message_id: self.message_id,
            language: self.language,
            text: content.text,
            html: content.html,
        })
    }
}

fn place(id: MessageId) -> Place {
    Place { column: "messages.sealed", row: id.uuid() }
}

/// Writes messages and the jobs that send them in the caller's transaction (house rule 5). Nudge the [`crate::Postman`]
/// after the commit, or it looks by itself within a second.
///
/// # Errors
/// When the database cannot be written. A recipient that is no address is found when it is to be sent, so that one of
/// them does not stop thousands.
pub async fn enqueue(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    sender: &Sender,
    emails: &[Email],
) -> Result<Vec<MessageId>, MessageError> {
    let now = db.world().now();
    let columns: &[&str] =
        &["id", "message_id", "kind", "account_id", "language", "data_key", "key_id", "sealed", "state", "created_at"];
    let mut rows = Rows::new("messages", columns);
    let (mut ids, mut deliveries) = (Vec::with_capacity(emails.len()), Vec::with_capacity(emails.len()));
    for email in emails {
        let id: MessageId = db.world().id();
        let (key, wrapped) = vault.new_data_key(id)?;
        rows.push([
            id.into(),
            format!("{id}@{}", sender.domain()).into(),
            email.kind.into(),
            email.account.map(AccountId::uuid).into(),
            email.language.into(),
            wrapped.bytes.into(),
            wrapped.key_id.into(),
            vault.seal(&key, place(id), &sealed_text(email)?)?.into(),
            "waiting".into(),
            now.into(),
        ]);
        ids.push(id);
        deliveries.push(Deliver { message: id });
    }
    rows.insert(tx).await?;
    jobs::enqueue(db, tx, QUEUE, &deliveries).await?;
    Ok(ids)
}

fn sealed_text(email: &Email) -> Result<String, MessageError> {
    let Email { to, subject, text, html, .. } = email.clone();
    serde_json::to_string(&Content { to, subject, text, html })
        .map_err(|error| MessageError::Content(error.to_string()))
}

/// The newest messages, newest first, at most so many.
///
/// # Errors
/// When the database cannot be read, or a message cannot be opened.
pub async fn list(db: &Db, vault: &Vault, most: u32) -> Result<Vec<Shown>, MessageError> {
    let sql = format!("SELECT {COLUMNS} FROM messages ORDER BY created_at DESC, id DESC LIMIT $1");
    let rows: Vec<Row> = db::query(db.reader(), &sql, [i64::from(most).into()]).await?;
    rows.into_iter().map(|row| Ok(row.found(vault)?.shown)).collect()
}

/// A message with its texts.
///
/// # Errors
/// As [`list`].
pub async fn find(db: &Db, vault: &Vault, id: MessageId) -> Result<Option<Found>, MessageError> {
    row(db.reader(), id).await?.map(|row| row.found(vault)).transpose()
}

/// A message as it travels (RFC 5322), for a file of type `message/rfc822`.
///
/// # Errors
/// As [`list`]; and when the message can be none, for its recipient is no address.
pub async fn eml(db: &Db, vault: &Vault, sender: &Sender, id: MessageId) -> Result<Option<Vec<u8>>, MessageError> {
    let Some(row) = row(db.reader(), id).await? else { return Ok(None) };
    let mail = mime::mail_of(sender, &row, &row.content(vault)?).map_err(MessageError::Content)?;
    Ok(Some(mail.bytes))
}

/// Enqueues a dead message once more, in the caller's transaction, with the same Message-ID. `false`: there is no dead
/// message of that id.
///
/// # Errors
/// When the database cannot be written.
pub async fn send_again(db: &Db, tx: &Tx, id: MessageId) -> Result<bool, DbErr> {
    let sql = "UPDATE messages SET state = 'waiting', attempts = 0 WHERE id = $1 AND state = 'dead'";
    if db::execute(tx, sql, [id.into()]).await? == 0 {
        return Ok(false);
    }
    jobs::enqueue(db, tx, QUEUE, &[Deliver { message: id }]).await?;
    Ok(true)
}

pub(crate) async fn row(on: &impl ConnectionTrait, id: MessageId) -> Result<Option<Row>, DbErr> {
    db::query_one(on, &format!("SELECT {COLUMNS} FROM messages WHERE id = $1"), [id.into()]).await
}

/// When a message left, and when it came back.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Delivery {
    pub id: MessageId,
    /// When the mail server accepted it.
    pub accepted_at: Option<Moment>,
    /// When it was refused for good or given up, or a bounce of it was reported; sent again later, it stays so.
    pub bounced_at: Option<Moment>,
}

/// How messages went.
///
/// # Errors
/// When the database cannot be read.
pub async fn deliveries(on: &impl ConnectionTrait, ids: &[MessageId]) -> Result<Vec<Delivery>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let sql = format!("SELECT id, sent_at AS accepted_at, bounced_at FROM messages WHERE id IN ({})", places.join(","));
    db::query(on, &sql, ids.iter().map(|id| (*id).into())).await
}

/// Notes that a message came back, as the operator's bounce processing read it from its Message-ID, with or without angle
/// brackets; in the caller's transaction. Says whether there is such a message.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_bounce(db: &Db, tx: &Tx, message_id: &str) -> Result<bool, DbErr> {
    let message_id = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    let sql = "UPDATE messages SET bounced_at = coalesce(bounced_at, $1) WHERE message_id = $2";
    Ok(db::execute(tx, sql, [db.world().now().into(), message_id.into()]).await? == 1)
}

pub(crate) async fn mark_sent(db: &Db, tx: &Tx, id: MessageId, attempts: i32) -> Result<(), DbErr> {
    let sql = "UPDATE messages SET state = 'sent', sent_at = $1, attempts = $2, last_error = NULL WHERE id = $3";
    db::execute(tx, sql, [db.world().now().into(), attempts.into(), id.into()]).await.map(|_| ())
}

/// Notes a failure, after which the message still waits or is dead.
pub(crate) async fn mark_failed(
    db: &Db,
    tx: &Tx,
    id: MessageId,
    attempts: i32,
    is_dead: bool,
    reason: &str,
) -> Result<(), DbErr> {
    let state = if is_dead { "dead" } else { "waiting" };
    let bounced = is_dead.then(|| db.world().now());
    let sql = "UPDATE messages SET state = $1, attempts = $2, last_error = $3, bounced_at = coalesce(bounced_at, $4)
               WHERE id = $5";
    let values = [state.into(), attempts.into(), reason.into(), bounced.into(), id.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}
