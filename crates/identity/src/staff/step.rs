//! The second step of the provider's people: always (SEC-3). After a right password a session reaches nothing but the page where
//! the step is shown, or, for who has none yet, set up.

use audit::{Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::StaffId;
use serde_json::json;
use vault::{Vault, VaultError};

use super::Staff;
use super::store::{STAFF_COLUMNS, StaffError, StaffRow, find_by_email};
use crate::steps::erase_steps;
use crate::{STEP_SIGN_IN_LASTS, StepOwner, Token, steps_of, token_hash};

/// Who has shown the password, and not yet the second step, by a session's secret.
///
/// # Errors
/// When the database cannot be read, or the member's data cannot be opened.
pub async fn staff_at_step(db: &Db, vault: &Vault, secret: &str) -> Result<Option<Staff>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        #[sea_orm(nested)]
        staff: StaffRow,
    }
    let sql = format!(
        "SELECT {STAFF_COLUMNS} FROM staff_sessions s JOIN staff p ON p.id = s.staff_id
         WHERE s.token_hash = $1 AND s.step_at IS NULL AND s.created_at > $2 AND p.disabled_at IS NULL"
    );
    let since = db.world().now().plus(-STEP_SIGN_IN_LASTS);
    let row: Option<Row> = db::query_one(db.reader(), &sql, [token_hash(secret).into(), since.into()]).await?;
    row.map(|row| row.staff.open(vault)).transpose()
}

/// Notes that a session has shown its second step, in the caller's transaction that took it; it goes on under a new secret. None
/// where it has ended, or was faster in another tab.
///
/// # Errors
/// When the database cannot be written.
pub async fn pass_staff_step(
    db: &Db,
    tx: &Tx,
    (staff, secret): (StaffId, &str),
    by: &str,
) -> Result<Option<Token>, DbErr> {
    let (token, now) = (Token::draw(db), db.world().now());
    let sql = "UPDATE staff_sessions SET token_hash = $1, step_at = $2, seen_at = $2
               WHERE token_hash = $3 AND staff_id = $4 AND step_at IS NULL AND created_at > $5";
    let since = now.plus(-STEP_SIGN_IN_LASTS);
    let (new, old) = (token_hash(token.secret()), token_hash(secret));
    let values = [new.into(), now.into(), old.into(), staff.into(), since.into()];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(None);
    }
    let (chain, author, details) = (Chain::Staff(staff), Author::Staff, json!({ "step": by }));
    Event { chain, kind: "staff.signed-in", author, details, sealed: None }.append(db, tx).await?;
    Ok(Some(token))
}

/// Ends the sessions of a member that have shown the password alone, but for one, in the transaction that sets the step up: whoever
/// waited beside it may be somebody else.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_waiting_staff_sessions(tx: &Tx, (staff, but): (StaffId, &Token)) -> Result<(), DbErr> {
    let sql = "DELETE FROM staff_sessions WHERE staff_id = $1 AND step_at IS NULL AND token_hash <> $2";
    db::execute(tx, sql, [staff.into(), token_hash(but.secret()).into()]).await.map(|_| ())
}

/// Who takes a lost second step off.
#[derive(Clone, Copy, Debug)]
pub enum StepResetBy {
    /// Somebody at the command line.
    Operator,
    /// An administrator; how they made sure, as one word.
    Staff(StaffId, &'static str),
}

/// Takes the second step and the recovery codes of a member off who lost them, in the caller's transaction: their sessions end,
/// and the next sign-in sets a step up anew. Never one's own. Gives who it was, and whether there was a step.
///
/// # Errors
/// [`StaffError::Unknown`], also for the administrator's own address.
pub async fn reset_staff_step(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    email: &str,
    by: StepResetBy,
) -> Result<(Staff, bool), StaffError> {
    let staff = find_by_email(tx, vault, email).await?.ok_or(StaffError::Unknown)?;
    if matches!(by, StepResetBy::Staff(administrator, _) if administrator == staff.id) {
        return Err(StaffError::Unknown);
    }
    let owner = StepOwner::Staff(staff.id);
    let had = steps_of(tx, owner).await?.is_on();
    erase_steps(tx, owner).await?;
    db::execute(tx, "DELETE FROM staff_sessions WHERE staff_id = $1", [staff.id.into()]).await?;
    let (author, details) = match by {
        StepResetBy::Operator => (Author::Operator, json!({})),
        StepResetBy::Staff(administrator, how) => {
            (Author::Staff, json!({ "by": how, "administrator": administrator, "staff": staff.id }))
        }
    };
    let event = |chain, details| Event { chain, kind: "staff.step-reset", author, details, sealed: None };
    event(Chain::Staff(staff.id), details.clone()).append(db, tx).await?;
    if let StepResetBy::Staff(administrator, _) = by {
        event(Chain::Staff(administrator), details).append(db, tx).await?;
    }
    Ok((staff, had))
}

/// Gives a member an authenticator app whose secret everybody may know, in the caller's transaction: for the made-up people of a
/// demonstration, and nobody else; that it is one is for the caller to see to.
///
/// # Errors
/// When the database cannot be written, or the member's data cannot be opened.
pub async fn enrol_made_up_staff(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    staff: StaffId,
    base32: &str,
) -> Result<(), VaultError> {
    let owner = StepOwner::Staff(staff);
    let Some(key) = owner.key(tx, vault).await? else { return Ok(()) };
    let sealed = vault.seal(&key, owner.place("step_totps.secret"), &base32.replace(' ', ""))?;
    let sql =
        "INSERT INTO step_totps (owner_kind, owner_id, secret, confirmed_at, last_counter) VALUES ($1, $2, $3, $4, 0)";
    let [kind, id] = owner.values();
    db::execute(tx, sql, [kind, id, sealed.into(), db.world().now().into()]).await?;
    owner.note(db, tx, "step.on", json!({ "step": "totp", "made_up": true })).await?;
    Ok(())
}
