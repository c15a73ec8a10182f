//! Sign-ins whose password was right and whose second step is still to be shown. They open nothing.

use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::Moment;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::StepOwner;
use crate::{Token, token_hash};

/// How long a sign-in waits for the second step.
pub const STEP_SIGN_IN_LASTS: SignedDuration = SignedDuration::from_mins(30);

/// A sign-in that waits, whose password opens what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepSignIn {
    pub owner: StepOwner,
    /// Whether the owner knew the device.
    pub is_known: bool,
}

/// The hash of the password that opens an owner now; none where none does: ended, locked where the device is not known, deleted,
/// disabled.
async fn opened_by(on: &impl ConnectionTrait, owner: StepOwner, is_known: bool) -> Result<Option<String>, DbErr> {
    let found: Option<Option<String>> = match owner {
        StepOwner::Login(login) => {
            let sql = "SELECT password_hash FROM logins WHERE id = $1 AND deleted_at IS NULL
                           AND password_ended_at IS NULL AND (locked_at IS NULL OR $2)";
            db::scalar(on, sql, [login.into(), is_known.into()]).await?
        }
        StepOwner::Staff(staff) => {
            let sql = "SELECT password_hash FROM staff WHERE id = $1 AND disabled_at IS NULL";
            db::scalar(on, sql, [staff.into()]).await?
        }
    };
    Ok(found.flatten())
}

/// Begins to wait after a right password, in the caller's transaction; gives the cookie's secret. None where the password opens
/// nothing any more.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_step_sign_in(db: &Db, tx: &Tx, owner: StepOwner, is_known: bool) -> Result<Option<Token>, DbErr> {
    let Some(hash) = opened_by(tx, owner, is_known).await? else { return Ok(None) };
    let (token, now) = (Token::draw(db), db.world().now());
    let sql = "INSERT INTO step_sign_ins (owner_kind, owner_id, token_hash, begun_at, password_was, is_known)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let [kind, id] = owner.values();
    let (secret, was) = (token_hash(token.secret()), token_hash(&hash));
    db::execute(tx, sql, [kind, id, secret.into(), now.into(), was.into(), is_known.into()]).await?;
    let old = now.plus(-STEP_SIGN_IN_LASTS);
    db::execute(tx, "DELETE FROM step_sign_ins WHERE begun_at < $1", [old.into()]).await?;
    Ok(Some(token))
}

/// The sign-in of a cookie's secret, while it waits and its password is what it was.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_step_sign_in(db: &Db, on: &impl ConnectionTrait, secret: &str) -> Result<Option<StepSignIn>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        owner_kind: String,
        owner_id: Uuid,
        begun_at: Moment,
        password_was: Vec<u8>,
        is_known: bool,
    }
    let sql = "SELECT owner_kind, owner_id, begun_at, password_was, is_known FROM step_sign_ins WHERE token_hash = $1";
    let Some(row) = db::query_one::<Row>(on, sql, [token_hash(secret).into()]).await? else { return Ok(None) };
    let Some(owner) = StepOwner::from_row(&row.owner_kind, row.owner_id) else { return Ok(None) };
    if row.begun_at.plus(STEP_SIGN_IN_LASTS) <= db.world().now() {
        return Ok(None);
    }
    let hash = opened_by(on, owner, row.is_known).await?;
    let is_same = hash.is_some_and(|hash| token_hash(&hash) == row.password_was);
    Ok(is_same.then_some(StepSignIn { owner, is_known: row.is_known }))
}

/// Ends the wait, in the caller's transaction, and gives what waited: the session is the caller's to begin. Of two at once, one.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_step_sign_in(db: &Db, tx: &Tx, secret: &str) -> Result<Option<StepSignIn>, DbErr> {
    let found = find_step_sign_in(db, tx, secret).await?;
    let ended = db::execute(tx, "DELETE FROM step_sign_ins WHERE token_hash = $1", [token_hash(secret).into()]).await?;
    Ok(found.filter(|_| ended == 1))
}
