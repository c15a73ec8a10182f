//! Sign-up with an activation e-mail (SGN-1). Who reads the mailbox on file is the holder as far as anybody can tell from
//! afar: nothing waits for a confirmation then. The link changes nothing by being followed, and is used up when the login is
//! made, not before: who closed the page comes back by it.

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx, Value};
use identity::{AGAIN_AFTER, Token, token_hash};
use jiff::SignedDuration;
use kernel::{AccountId, Moment, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::Vault;

use crate::confirmation::address_mark;
use crate::sign_up::keep_claim;

/// Who wants the e-mail to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivationBy {
    /// Somebody on the site, who may be anybody.
    Site,
    Staff(StaffId),
}

/// A link to be sent. Its secret is not kept.
pub struct DrawnActivation {
    pub secret: String,
    pub until: Moment,
}

/// What became of the wish for an activation e-mail.
pub enum ActivationWish {
    Drawn(DrawnActivation),
    /// One was sent a moment ago: the button was pressed twice.
    JustSent,
    /// The last one has expired: only the provider's people send another (SGN-1).
    Expired,
}

/// A link that was sent.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Activation {
    token_hash: Vec<u8>,
    pub account_id: AccountId,
    pub number: String,
    sent_at: Moment,
    expires_at: Moment,
    used_at: Option<Moment>,
    replaced_at: Option<Moment>,
    held: i64,
}

/// What a link can still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivationState {
    Open,
    /// The account has its holder's login, by this link or otherwise.
    Used,
    Expired,
    /// A newer one was sent.
    Replaced,
}

impl Activation {
    pub(crate) fn token_hash(&self) -> &[u8] {
        &self.token_hash
    }

    pub fn state(&self, now: Moment) -> ActivationState {
        if self.used_at.is_some() || self.held > 0 {
            ActivationState::Used
        } else if self.replaced_at.is_some() {
            ActivationState::Replaced
        } else if self.expires_at <= now {
            ActivationState::Expired
        } else {
            ActivationState::Open
        }
    }
}

const COLUMNS: &str = "v.token_hash, v.account_id, a.number, v.sent_at, v.expires_at, v.used_at, v.replaced_at,
    (SELECT count(*) FROM memberships m WHERE m.account_id = a.id AND m.role = 'holder' AND m.ended_at IS NULL) AS held";

/// Draws a link for an account without its holder's login, to be sent to `address`, the one on file, in the same
/// transaction. The link before it opens nothing any more. One asked for on the site is valid no longer than the one
/// before it, so that asking again and again does not keep a door open.
///
/// # Errors
/// When the database cannot be written.
pub async fn draw_activation(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    (account, address): (AccountId, &str),
    (by, lasts): (ActivationBy, SignedDuration),
) -> Result<ActivationWish, DbErr> {
    let now = db.world().now();
    let sql = format!(
        "SELECT {COLUMNS} FROM activations v JOIN accounts a ON a.id = v.account_id
         WHERE v.account_id = $1 AND v.used_at IS NULL AND v.replaced_at IS NULL"
    );
    let before: Option<Activation> = db::query_one(tx, &sql, [account.into()]).await?;
    let mut until = now.plus(lasts);
    if let Some(before) = &before {
        if before.sent_at.plus(AGAIN_AFTER) > now {
            return Ok(ActivationWish::JustSent);
        }
        if by == ActivationBy::Site {
            if before.expires_at <= now {
                return Ok(ActivationWish::Expired);
            }
            until = before.expires_at.min(until);
        }
        let sql = "UPDATE activations SET replaced_at = $1 WHERE token_hash = $2";
        db::execute(tx, sql, [now.into(), before.token_hash.clone().into()]).await?;
    }
    let token = Token::draw(db);
    let sql =
        "INSERT INTO activations (token_hash, account_id, sent_at, expires_at, sent_to) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT DO NOTHING";
    let mark = address_mark(vault, address);
    let values: [Value; 5] = [token_hash(token.secret()).into(), account.into(), now.into(), until.into(), mark.into()];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(ActivationWish::JustSent);
    }
    note(db, tx, account, by).await?;
    Ok(ActivationWish::Drawn(DrawnActivation { secret: token.secret().to_owned(), until }))
}

/// The link of a secret.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_activation(on: &impl ConnectionTrait, secret: &str) -> Result<Option<Activation>, DbErr> {
    let sql =
        format!("SELECT {COLUMNS} FROM activations v JOIN accounts a ON a.id = v.account_id WHERE v.token_hash = $1");
    db::query_one(on, &sql, [token_hash(secret).into()]).await
}

/// Begins a claim with a link that is open: gives the claim's secret, which the step of username and password needs.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_activated_claim(db: &Db, secret: &str) -> Result<Option<String>, DbErr> {
    let found = find_activation(db.reader(), secret).await?;
    match found.filter(|found| found.state(db.world().now()) == ActivationState::Open) {
        Some(found) => keep_claim(db, found.account_id, Some(found.token_hash)).await.map(Some),
        None => Ok(None),
    }
}

/// Uses a link up, in the transaction that makes the login. Says whether it was still there to be used, and whether it went to
/// `contact`, which is confirmed then.
pub(crate) async fn use_up(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    (token_hash, contact): (&[u8], &str),
) -> Result<Option<bool>, DbErr> {
    let sql = "UPDATE activations SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND replaced_at IS NULL";
    if db::execute(tx, sql, [db.world().now().into(), token_hash.into()]).await? == 0 {
        return Ok(None);
    }
    let sql = "SELECT sent_to FROM activations WHERE token_hash = $1";
    let sent_to: Option<Vec<u8>> = db::scalar(tx, sql, [token_hash.into()]).await?;
    Ok(Some(sent_to == Some(address_mark(vault, contact))))
}

/// Notes it in the account's chain, and in that of the member of staff who sent it.
async fn note(db: &Db, tx: &Tx, account: AccountId, by: ActivationBy) -> Result<(), DbErr> {
    let mut chains = vec![Chain::Account(account)];
    let (mut details, mut author) = (json!({ "by": "site" }), Author::Customer);
    if let ActivationBy::Staff(staff) = by {
        details = json!({ "by": "staff", "staff": staff, "account": account });
        author = Author::Staff;
        chains.push(Chain::Staff(staff));
    }
    let mut appender = Appender::read(db, tx, &chains).await?;
    for chain in chains {
        appender.add(Event { chain, kind: "activation.sent", author, details: details.clone(), sealed: None });
    }
    appender.write(tx).await
}
