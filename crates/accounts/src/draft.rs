//! New customers (ACC-4): what somebody typed is kept as a draft until they follow the link that was sent to their e-mail. Then
//! they are a customer with an account, and choose their login as those do who come by an activation e-mail (SGN-1).

use audit::{Author, Chain, Event};
use db::{Db, DbErr, Engine, FromQueryResult, Isolation, Tx, Value};
use identity::{AGAIN_AFTER, Token, token_hash};
use jiff::SignedDuration;
use kernel::{AccountId, Currency, CustomerId, Day, Language, Moment};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vault::{DataKey, Place, Vault, VaultError, Wrapped};

use crate::confirmation::address_mark;
use crate::sign_up::Claim;
use crate::{
    Address, BillFormat, CustomerKind, NewAccount, NewCustomer, RegisterError, Segment, Suffix, begin_activated_claim,
    register,
};

/// How long the link of a draft is good.
pub const DRAFT_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// For so long a link that is over can still say so; of what was typed nothing is left by then.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What somebody typed who wants to be a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftContent {
    pub kind: CustomerKind,
    pub name: String,
    pub language: Language,
    pub email: String,
    pub backup_email: String,
    pub telephone: Option<String>,
    pub address: Address,
}

/// A link to be sent. Its secret is not kept.
pub struct DrawnDraft {
    pub secret: String,
    pub until: Moment,
}

/// What became of a form.
pub enum DraftWish {
    /// A link is to be sent to the e-mail.
    Drawn(DrawnDraft),
    /// The e-mail has its account, whose login is still to be chosen: a new link to go on with, and the account.
    GoOn(DrawnDraft, AccountId),
    /// The e-mail is that of a login: it is told so instead.
    Known,
    /// The same was sent a moment ago: the button was pressed twice.
    JustSent,
}

/// What a draft's link can still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    Open,
    /// The account is there; its login is not.
    Registered,
    Expired,
    /// A newer one was sent.
    Replaced,
}

#[derive(FromQueryResult)]
struct Row {
    token_hash: Vec<u8>,
    customer_id: CustomerId,
    data_key: Option<Vec<u8>>,
    key_id: i32,
    content: Option<Vec<u8>>,
    content_mark: Vec<u8>,
    sent_at: Moment,
    expires_at: Moment,
    replaced_at: Option<Moment>,
    account_id: Option<AccountId>,
}

const COLUMNS: &str =
    "token_hash, customer_id, data_key, key_id, content, content_mark, sent_at, expires_at, replaced_at,
    account_id";

fn place(customer: CustomerId) -> Place {
    Place { column: "drafts.content", row: customer.uuid() }
}

impl Row {
    fn state(&self, now: Moment) -> DraftState {
        if self.replaced_at.is_some() {
            DraftState::Replaced
        } else if self.expires_at <= now || self.content.is_none() {
            DraftState::Expired
        } else if self.account_id.is_some() {
            DraftState::Registered
        } else {
            DraftState::Open
        }
    }

    fn open(&self, vault: &Vault) -> Result<Option<DraftContent>, VaultError> {
        let (Some(key), Some(content)) = (&self.data_key, &self.content) else { return Ok(None) };
        let wrapped = Wrapped { key_id: self.key_id, bytes: key.clone() };
        let key = vault.open_data_key(self.customer_id, &wrapped)?;
        let text = vault.open(&key, place(self.customer_id), content)?;
        Ok(serde_json::from_str(&text).ok())
    }
}

/// Keeps what was typed, for a link that is sent in the same transaction. `is_known`: the e-mail is that of a login; then a row
/// is kept all the same, without what was typed, so that the work and what follows are alike.
///
/// # Errors
/// When the database cannot be written.
pub async fn draw_draft(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    content: &DraftContent,
    is_known: bool,
) -> Result<DraftWish, VaultError> {
    let now = db.world().now();
    tidy_drafts(db, tx).await?;
    let text = serde_json::to_string(content).unwrap_or_default();
    let content_mark = vault.mark("guichet draft", text.as_bytes());
    let email_mark = address_mark(vault, &kernel::mailbox(&content.email));
    let sql = format!(
        "SELECT {COLUMNS} FROM drafts WHERE email_mark = $1 AND replaced_at IS NULL{}",
        Engine::of(tx).for_update()
    );
    let before: Option<Row> = db::query_one(tx, &sql, [email_mark.clone().into()]).await?;
    if let Some(before) = before {
        if before.content_mark == content_mark && before.sent_at.plus(AGAIN_AFTER) > now {
            return Ok(DraftWish::JustSent);
        }
        let goes_on = before.account_id.filter(|_| !is_known && before.state(now) == DraftState::Registered);
        if let Some(account) = goes_on {
            return go_on(db, tx, (before, account), content_mark).await;
        }
        replace(tx, &before.token_hash, now).await?;
    }
    let customer: CustomerId = db.world().id();
    let (key, wrapped) = vault.new_data_key(customer)?;
    let sealed = seal(vault, (&key, customer), &text)?;
    let (token, until) = (Token::draw(db), now.plus(DRAFT_LASTS));
    let sql =
        "INSERT INTO drafts (token_hash, customer_id, data_key, key_id, content, email_mark, content_mark, sent_at,
                   expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    let kept = !is_known;
    let values: [Value; 9] = [
        token_hash(token.secret()).into(),
        customer.into(),
        kept.then_some(wrapped.bytes).into(),
        wrapped.key_id.into(),
        kept.then_some(sealed).into(),
        email_mark.into(),
        content_mark.into(),
        now.into(),
        until.into(),
    ];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(DraftWish::JustSent);
    }
    let drawn = DrawnDraft { secret: token.secret().to_owned(), until };
    Ok(if kept { DraftWish::Drawn(drawn) } else { DraftWish::Known })
}

fn seal(vault: &Vault, (key, customer): (&DataKey, CustomerId), text: &str) -> Result<Vec<u8>, VaultError> {
    vault.seal(key, place(customer), text)
}

async fn replace(tx: &Tx, token: &[u8], now: Moment) -> Result<(), DbErr> {
    let sql = "UPDATE drafts SET replaced_at = $1, content = NULL, data_key = NULL WHERE token_hash = $2";
    db::execute(tx, sql, [now.into(), token.into()]).await.map(|_| ())
}

/// A new link to an account that is registered already: no second customer.
async fn go_on(
    db: &Db,
    tx: &Tx,
    (before, account): (Row, AccountId),
    content_mark: Vec<u8>,
) -> Result<DraftWish, VaultError> {
    let now = db.world().now();
    let token = Token::draw(db);
    let until = before.expires_at;
    let old = before.token_hash;
    let sql = "SELECT sent_to FROM activations WHERE token_hash = $1";
    let sent_to: Option<Vec<u8>> = db::scalar(tx, sql, [old.clone().into()]).await?;
    db::execute(tx, "UPDATE activations SET replaced_at = $1 WHERE token_hash = $2", [now.into(), old.clone().into()])
        .await?;
    let hash = token_hash(token.secret());
    open_activation(tx, (&hash, account), (now, until), sent_to.unwrap_or_default()).await?;
    let sql = "UPDATE drafts SET token_hash = $1, sent_at = $2, content_mark = $3 WHERE token_hash = $4";
    db::execute(tx, sql, [hash.into(), now.into(), content_mark.into(), old.into()]).await?;
    Ok(DraftWish::GoOn(DrawnDraft { secret: token.secret().to_owned(), until }, account))
}

async fn open_activation(
    tx: &Tx,
    (hash, account): (&[u8], AccountId),
    (now, until): (Moment, Moment),
    sent_to: Vec<u8>,
) -> Result<(), DbErr> {
    let sql =
        "INSERT INTO activations (token_hash, account_id, sent_at, expires_at, sent_to) VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] = [hash.into(), account.into(), now.into(), until.into(), sent_to.into()];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// Forgets what was typed in drafts that are over, and, a month later, that they were there; in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn tidy_drafts(db: &Db, tx: &Tx) -> Result<(), DbErr> {
    let now = db.world().now();
    let sql = "UPDATE drafts SET content = NULL, data_key = NULL WHERE expires_at <= $1 AND content IS NOT NULL";
    db::execute(tx, sql, [now.into()]).await?;
    db::execute(tx, "DELETE FROM drafts WHERE expires_at < $1", [now.plus(-REMEMBERED).into()]).await.map(|_| ())
}

/// The draft of a link: what it can still do, and, while it is good, what was typed.
///
/// # Errors
/// When the database cannot be read, or what was typed cannot be opened.
pub async fn find_draft(
    db: &Db,
    on: &impl ConnectionTrait,
    vault: &Vault,
    secret: &str,
) -> Result<Option<(DraftState, Option<DraftContent>)>, VaultError> {
    let sql = format!("SELECT {COLUMNS} FROM drafts WHERE token_hash = $1");
    let row: Option<Row> = db::query_one(on, &sql, [token_hash(secret).into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let state = row.state(db.world().now());
    let good = matches!(state, DraftState::Open | DraftState::Registered);
    let content = if good { row.open(vault)? } else { None };
    Ok(Some((state, content)))
}

/// What a new customer's account begins with.
#[derive(Clone, Copy)]
pub struct Beginning<'a> {
    pub suffix: &'a Suffix,
    pub currency: Currency,
    pub today: Day,
    /// How long the login may still be chosen with the same link.
    pub lasts: SignedDuration,
}

/// Confirms the e-mail of a draft: registers customer and account, once, and gives the secret of a claim, with which the login is
/// chosen. None where the link is not good any more.
///
/// # Errors
/// When the database cannot be written.
pub async fn confirm_draft(
    db: &Db,
    vault: &Vault,
    secret: &str,
    beginning: Beginning<'_>,
) -> Result<Option<String>, RegisterError> {
    let registered =
        db.write_with(Isolation::Locked, async |tx| register_draft(db, vault, tx, secret, beginning).await);
    if !registered.await? {
        return Ok(None);
    }
    Ok(begin_activated_claim(db, secret).await?)
}

async fn register_draft(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    secret: &str,
    beginning: Beginning<'_>,
) -> Result<bool, RegisterError> {
    let hash = token_hash(secret);
    // Held, so that of two buttons pressed at once the second finds the account.
    let sql = format!("SELECT {COLUMNS} FROM drafts WHERE token_hash = $1{}", Engine::of(tx).for_update());
    let row: Option<Row> = db::query_one(tx, &sql, [hash.clone().into()]).await?;
    let now = db.world().now();
    let Some(row) = row else { return Ok(false) };
    match row.state(now) {
        DraftState::Registered => return Ok(true),
        DraftState::Open => {}
        DraftState::Expired | DraftState::Replaced => return Ok(false),
    }
    let Some(content) = row.open(vault)? else { return Ok(false) };
    let account: AccountId = db.world().id();
    let sent_to = address_mark(vault, &content.email);
    register(db, vault, tx, beginning.suffix, &[newcomer((row.customer_id, account), content, beginning)]).await?;
    let until = now.plus(beginning.lasts);
    open_activation(tx, (&hash, account), (now, until), sent_to).await?;
    let sql = "UPDATE drafts SET account_id = $1, expires_at = $2 WHERE token_hash = $3";
    db::execute(tx, sql, [account.into(), until.into(), hash.into()]).await?;
    let (chain, details) = (Chain::Account(account), json!({ "origin": "online" }));
    Event { chain, kind: "account.registered", author: Author::Customer, details, sealed: None }.append(db, tx).await?;
    Ok(true)
}

fn newcomer(
    (customer, account): (CustomerId, AccountId),
    content: DraftContent,
    beginning: Beginning<'_>,
) -> (NewCustomer, NewAccount) {
    let new = NewCustomer {
        id: customer,
        external_id: None,
        kind: content.kind,
        language: content.language,
        name: Some(content.name),
        email: Some(content.email),
        telephone: content.telephone,
    };
    let account = NewAccount {
        id: account,
        external_id: None,
        segment: Segment::Hosting,
        currency: beginning.currency,
        // As imported accounts have it where nothing else is said.
        cycle_day: 1,
        billed_from: beginning.today,
        bill_format: BillFormat::Electronic,
        pays_by: None,
        charged_before: None,
        address: content.address,
        version: 0,
        import_mark: None,
    };
    (new, account)
}

/// The backup e-mail that came with the draft of a claim whose login was just made; the draft has done its work and is deleted, in
/// the caller's transaction. None for other claims.
///
/// # Errors
/// When the database cannot be written, or what was typed cannot be opened.
pub async fn finish_draft(tx: &Tx, vault: &Vault, claim: &Claim) -> Result<Option<String>, VaultError> {
    let sql = format!("SELECT {COLUMNS} FROM drafts WHERE account_id = $1");
    let row: Option<Row> = db::query_one(tx, &sql, [claim.account_id.into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let content = row.open(vault)?;
    db::execute(tx, "DELETE FROM drafts WHERE account_id = $1", [claim.account_id.into()]).await?;
    // Who came by number and postal code may be somebody else.
    Ok(content.filter(|_| claim.is_activated()).map(|content| content.backup_email))
}

/// Whether a claim is that of a new customer.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_of_draft(on: &impl ConnectionTrait, claim: &Claim) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM drafts WHERE account_id = $1";
    Ok(db::scalar::<i64>(on, sql, [claim.account_id.into()]).await?.unwrap_or(0) > 0)
}

/// Wraps the keys of drafts under the current key of the ring; how many were under another.
pub(crate) async fn rotate_drafts(tx: &Tx, vault: &Vault, most: i64) -> Result<u64, VaultError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM drafts WHERE key_id <> $1 AND data_key IS NOT NULL LIMIT {most}{}",
        Engine::of(tx).for_update_skip_locked()
    );
    let rows: Vec<Row> = db::query(tx, &sql, [vault.current_key().into()]).await?;
    let count = rows.len() as u64;
    for row in rows {
        let wrapped = Wrapped { key_id: row.key_id, bytes: row.data_key.unwrap_or_default() };
        let key = vault.open_data_key(row.customer_id, &wrapped)?;
        let wrapped = vault.wrap(row.customer_id, &key)?;
        let sql = "UPDATE drafts SET data_key = $1, key_id = $2 WHERE token_hash = $3";
        db::execute(tx, sql, [wrapped.bytes.into(), wrapped.key_id.into(), row.token_hash.into()]).await?;
    }
    Ok(count)
}
