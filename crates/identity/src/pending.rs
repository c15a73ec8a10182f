//! Sign-ins on a new device that wait for a code from the contact e-mail (SGN-5). They open nothing.

use audit::Author;
use db::{Db, DbErr, Engine, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::Vault;

use crate::code::{CodeState, Judged, SentCode, draw_digits};
use crate::sign_in::note;
use crate::{Token, token_hash};

/// How long a code opens.
pub const CODE_LASTS: SignedDuration = SignedDuration::from_mins(15);
/// How long a sign-in waits in all, with new codes.
const PENDING_LASTS: SignedDuration = SignedDuration::from_hours(1);

/// A sign-in that waits.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Pending {
    pub login_id: LoginId,
    begun_at: Moment,
    code_mark: Vec<u8>,
    code_sent_at: Moment,
    tries: i32,
    /// Whether the password is no longer the one that was typed.
    is_over: bool,
}

impl Pending {
    fn code(&self) -> SentCode {
        let (mark, sent_at) = (Some(self.code_mark.clone()), Some(self.code_sent_at));
        SentCode { mark, sent_at, tries: self.tries, lasts: CODE_LASTS }
    }

    pub fn state(&self, now: Moment) -> CodeState {
        self.code().state(now)
    }

    /// Whether the newest code was sent a moment ago, and is good.
    pub fn was_just_sent(&self, now: Moment) -> bool {
        self.code().was_just_sent(now)
    }
}

/// What became of a code that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeTried {
    /// The sign-in waits no more; the session is the caller's to begin.
    Right(LoginId),
    /// So many tries are left.
    Wrong(i32),
    TriedTooOften,
    Expired,
    /// There is no such sign-in, or it is over.
    Over,
}

fn code_mark(vault: &Vault, secret: &str, code: &str) -> Vec<u8> {
    vault.mark("guichet sign-in code", format!("{secret}\0{code}").as_bytes())
}

/// Begins to wait, in the caller's transaction; gives the cookie's secret and the code to be sent.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_pending(db: &Db, vault: &Vault, tx: &Tx, login: LoginId) -> Result<(Token, String), DbErr> {
    let (token, code, now) = (Token::draw(db), draw_digits(db), db.world().now());
    let sql = "INSERT INTO pending_sign_ins (token_hash, login_id, begun_at, code_mark, code_sent_at, tries)
               VALUES ($1, $2, $3, $4, $3, 0)";
    let mark = code_mark(vault, token.secret(), &code);
    db::execute(tx, sql, [token_hash(token.secret()).into(), login.into(), now.into(), mark.into()]).await?;
    let old = now.plus(-PENDING_LASTS);
    db::execute(tx, "DELETE FROM pending_sign_ins WHERE begun_at < $1", [old.into()]).await?;
    Ok((token, code))
}

/// The sign-in of a cookie's secret, while it waits and its password is what it was.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_pending(db: &Db, on: &impl ConnectionTrait, secret: &str) -> Result<Option<Pending>, DbErr> {
    let sql = "SELECT p.login_id, p.begun_at, p.code_mark, p.code_sent_at, p.tries,
                   (l.password_set_at > p.begun_at OR l.password_ended_at IS NOT NULL) AS is_over
               FROM pending_sign_ins p JOIN logins l ON l.id = p.login_id WHERE p.token_hash = $1";
    let found: Option<Pending> = db::query_one(on, sql, [token_hash(secret).into()]).await?;
    let now = db.world().now();
    Ok(found.filter(|found| !found.is_over && found.begun_at.plus(PENDING_LASTS) > now))
}

/// The same, held until the transaction ends: tries at once are counted one after the other.
async fn hold(db: &Db, tx: &Tx, secret: &str) -> Result<Option<Pending>, DbErr> {
    let lock = Engine::of(tx).for_update();
    let sql =
        format!("SELECT count(*) FROM (SELECT login_id FROM pending_sign_ins WHERE token_hash = $1{lock}) AS held");
    db::scalar::<i64>(tx, &sql, [token_hash(secret).into()]).await?;
    find_pending(db, tx, secret).await
}

/// Draws another code for a sign-in that waits, to be sent in the same transaction; the one before it opens no more. None
/// where there is no such sign-in, or a code was sent a moment ago.
///
/// # Errors
/// When the database cannot be written.
pub async fn another_pending_code(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    secret: &str,
) -> Result<Option<(LoginId, String)>, DbErr> {
    let now = db.world().now();
    let Some(pending) = hold(db, tx, secret).await?.filter(|pending| !pending.was_just_sent(now)) else {
        return Ok(None);
    };
    let code = draw_digits(db);
    let sql = "UPDATE pending_sign_ins SET code_mark = $1, code_sent_at = $2, tries = 0 WHERE token_hash = $3";
    let mark = code_mark(vault, secret, &code);
    db::execute(tx, sql, [mark.into(), now.into(), token_hash(secret).into()]).await?;
    Ok(Some((pending.login_id, code)))
}

/// Tries a code, in the caller's transaction, to be run with [`db::Isolation::Locked`]. The right one ends the wait and
/// confirms the contact e-mail, which it was sent to.
///
/// # Errors
/// When the database cannot be written.
pub async fn try_pending_code(db: &Db, vault: &Vault, tx: &Tx, secret: &str, code: &str) -> Result<CodeTried, DbErr> {
    let Some(pending) = hold(db, tx, secret).await? else { return Ok(CodeTried::Over) };
    let left = match pending.code().judge(&code_mark(vault, secret, code), db.world().now()) {
        Judged::Right => None,
        Judged::Wrong(left) => Some(left),
        Judged::Expired | Judged::NotSent => return Ok(CodeTried::Expired),
        Judged::TriedTooOften => return Ok(CodeTried::TriedTooOften),
    };
    if let Some(left) = left {
        let sql = "UPDATE pending_sign_ins SET tries = tries + 1 WHERE token_hash = $1";
        db::execute(tx, sql, [token_hash(secret).into()]).await?;
        if left == 0 {
            let kind = ("login.code-tried-too-often", Author::Customer);
            note(db, tx, pending.login_id, kind, json!({})).await?;
        }
        return Ok(if left > 0 { CodeTried::Wrong(left) } else { CodeTried::TriedTooOften });
    }
    db::execute(tx, "DELETE FROM pending_sign_ins WHERE token_hash = $1", [token_hash(secret).into()]).await?;
    crate::confirm_email(db, tx, pending.login_id).await?;
    Ok(CodeTried::Right(pending.login_id))
}
