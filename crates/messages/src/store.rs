use db::jobs::{self, JobData};
use db::{Db, DbErr, FromQueryResult, Rows, Tx};
use jiff::SignedDuration;
use kernel::{AccountId, Language, MessageId, Moment};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use vault::{Place, Vault, Wrapped};

use crate::email::{Content, Email, Sender};
use crate::{Channel, MessageError, Text, mime};

/// The queue of e-mails to be sent.
pub(crate) const QUEUE: &str = "messages";
/// The queue of text messages.
pub(crate) const TEXT_QUEUE: &str = "texts";
/// A text message that is not needed at a certain time is given up after so long.
const TEXT_PATIENCE: SignedDuration = SignedDuration::from_hours(24);

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
    /// The mail server or the gateway accepted it, or it lies in the folder.
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
    pub channel: Channel,
    /// An address, or a telephone number.
    pub to: String,
    /// Empty of a text message.
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
    /// Empty of a text message.
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
    pub(crate) channel: String,
    pub(crate) useful_until: Option<Moment>,
}

const COLUMNS: &str =
    "id, message_id, kind, language, data_key, key_id, sealed, state, created_at, last_error, channel,
    useful_until";

impl Row {
    pub(crate) fn content(&self, vault: &Vault) -> Result<Content, MessageError> {
        let wrapped = Wrapped { key_id: self.key_id, bytes: self.data_key.clone() };
        let key = vault.open_data_key(self.id, &wrapped)?;
        let text = vault.open(&key, place(self.id), &self.sealed)?;
        // The parser's message would show a part of the text.
        serde_json::from_str(&text).map_err(|_| MessageError::Content(format!("message {}", self.id)))
    }

    fn channel(&self) -> Result<Channel, DbErr> {
        let unknown = || DbErr::Type(format!("“{}” is nothing that messages leave by", self.channel));
        Channel::from_code(&self.channel).ok_or_else(unknown)
    }

    fn found(self, vault: &Vault) -> Result<Found, MessageError> {
        let content = self.content(vault)?;
        let channel = self.channel()?;
        let unknown = || DbErr::Type(format!("“{}” is no state of a message", self.state));
        let state = State::from_code(&self.state).ok_or_else(unknown)?;
        let shown = Shown {
            id: self.id,
            channel,
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

/// Writes text messages as [`enqueue`] writes e-mails, for numbers that were checked ([`crate::TextRules`]) and counted before.
///
/// # Errors
/// When the database cannot be written.
pub async fn enqueue_texts(db: &Db, vault: &Vault, tx: &Tx, texts: &[Text]) -> Result<Vec<MessageId>, MessageError> {
    let now = db.world().now();
    let columns: &[&str] = &[
        "id",
        "message_id",
        "kind",
        "account_id",
        "language",
        "data_key",
        "key_id",
        "sealed",
        "state",
        "created_at",
        "channel",
        "useful_until",
    ];
    let mut rows = Rows::new("messages", columns);
    let (mut ids, mut deliveries) = (Vec::with_capacity(texts.len()), Vec::with_capacity(texts.len()));
    for text in texts {
        let id: MessageId = db.world().id();
        let (key, wrapped) = vault.new_data_key(id)?;
        let content =
            Content { to: text.to.clone(), subject: String::new(), text: text.text.clone(), html: String::new() };
        rows.push([
            id.into(),
            id.to_string().into(),
            text.kind.into(),
            text.account.map(AccountId::uuid).into(),
            text.language.into(),
            wrapped.bytes.into(),
            wrapped.key_id.into(),
            vault.seal(&key, place(id), &as_json(&content)?)?.into(),
            "waiting".into(),
            now.into(),
            Channel::Text.code().into(),
            text.useful_until.unwrap_or_else(|| now.plus(TEXT_PATIENCE)).into(),
        ]);
        ids.push(id);
        deliveries.push(Deliver { message: id });
    }
    rows.insert(tx).await?;
    jobs::enqueue(db, tx, TEXT_QUEUE, &deliveries).await?;
    Ok(ids)
}

fn as_json(content: &Content) -> Result<String, MessageError> {
    serde_json::to_string(content).map_err(|error| MessageError::Content(error.to_string()))
}

fn sealed_text(email: &Email) -> Result<String, MessageError> {
    let Email { to, subject, text, html, .. } = email.clone();
    as_json(&Content { to, subject, text, html })
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

/// An e-mail as it travels (RFC 5322), for a file of type `message/rfc822`; none of a text message.
///
/// # Errors
/// As [`list`]; and when the message can be none, for its recipient is no address.
pub async fn eml(db: &Db, vault: &Vault, sender: &Sender, id: MessageId) -> Result<Option<Vec<u8>>, MessageError> {
    let Some(row) = row(db.reader(), id).await? else { return Ok(None) };
    if row.channel()? != Channel::Email {
        return Ok(None);
    }
    let mail = mime::mail_of(sender, &row, &row.content(vault)?).map_err(MessageError::Content)?;
    Ok(Some(mail.bytes))
}

/// Enqueues a dead message once more, in the caller's transaction, with the same Message-ID. `false`: there is no dead
/// message of that id. A text message that is of no use any more dies again.
///
/// # Errors
/// When the database cannot be written.
pub async fn send_again(db: &Db, tx: &Tx, id: MessageId) -> Result<bool, DbErr> {
    let sql = "UPDATE messages SET state = 'waiting', attempts = 0 WHERE id = $1 AND state = 'dead'";
    if db::execute(tx, sql, [id.into()]).await? == 0 {
        return Ok(false);
    }
    let channel: Option<String> = db::scalar(tx, "SELECT channel FROM messages WHERE id = $1", [id.into()]).await?;
    let queue = if channel.as_deref() == Some(Channel::Text.code()) { TEXT_QUEUE } else { QUEUE };
    jobs::enqueue(db, tx, queue, &[Deliver { message: id }]).await?;
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
    let places = db::places(1, ids.len());
    let sql = format!("SELECT id, sent_at AS accepted_at, bounced_at FROM messages WHERE id IN ({places})");
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

/// Notes that a message was accepted, and what the gateway calls it.
pub(crate) async fn mark_sent(
    db: &Db,
    tx: &Tx,
    id: MessageId,
    attempts: i32,
    gateway_id: Option<&str>,
) -> Result<(), DbErr> {
    let sql = "UPDATE messages SET state = 'sent', sent_at = $1, attempts = $2, last_error = NULL, gateway_id = $3
               WHERE id = $4";
    let values = [db.world().now().into(), attempts.into(), gateway_id.into(), id.into()];
    db::execute(tx, sql, values).await.map(|_| ())
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
