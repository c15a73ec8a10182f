//! How a change of the contact e-mail is accepted (SEC-6): by the code from the address on file, or by its silence.

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{ChangeId, MessageId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Vault, VaultError};

use crate::change::{CHANGE_LASTS, EmailChange, find, hold};
use crate::contact_email::put_email;
use crate::link::{LinkPurpose, replace_links};
use crate::sign_in::note;

/// For so long after a recovery silence accepts nothing.
const AFTER_RECOVERY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An objection, which is a change that the address on file refused or took back, is open for so long: silence accepts no
/// other one meanwhile.
const OBJECTION_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Until when silence is waited for; none where it accepts nothing: it is turned off, the code has not left yet, a message
/// bounced, somebody objected, or the login was recovered a short while ago.
///
/// # Errors
/// When the database cannot be read.
pub async fn silence_until(
    db: &Db,
    on: &impl ConnectionTrait,
    change: &EmailChange,
    after: Option<SignedDuration>,
) -> Result<Option<Moment>, DbErr> {
    #[derive(FromQueryResult)]
    struct Letter {
        message_id: MessageId,
    }
    let Some(after) = after else { return Ok(None) };
    let now = db.world().now();
    let sql = "SELECT message_id FROM email_change_letters WHERE change_id = $1 ORDER BY sent_at DESC, message_id DESC";
    let letters: Vec<Letter> = db::query(on, sql, [change.id.into()]).await?;
    let ids: Vec<MessageId> = letters.iter().map(|letter| letter.message_id).collect();
    let deliveries = messages::deliveries(on, &ids).await?;
    if deliveries.iter().any(|delivery| delivery.bounced_at.is_some()) {
        return Ok(None);
    }
    let newest = ids.first().and_then(|id| deliveries.iter().find(|delivery| delivery.id == *id));
    let Some(accepted) = newest.and_then(|delivery| delivery.accepted_at) else { return Ok(None) };
    let sql = "SELECT count(*) FROM logins WHERE id = $1 AND recovered_at > $2";
    let values = [change.login.into(), now.plus(-AFTER_RECOVERY).into()];
    let recovered = db::scalar::<i64>(on, sql, values).await?;
    let sql = "SELECT count(*) FROM email_changes WHERE login_id = $1 AND ((state = 'refused' AND ended_at > $2)
                   OR reverted_at > $2)";
    let values = [change.login.into(), now.plus(-OBJECTION_LASTS).into()];
    let objected = db::scalar::<i64>(on, sql, values).await?;
    Ok((recovered == Some(0) && objected == Some(0)).then(|| accepted.plus(after)))
}

/// Changes the contact e-mail where all that is needed is there, in the caller's transaction, to be run with
/// [`db::Isolation::Locked`]. Gives the change that was accepted by this call; of two at once, one accepts it.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn accept_change(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    change: ChangeId,
    after: Option<SignedDuration>,
) -> Result<Option<EmailChange>, VaultError> {
    let now = db.world().now();
    let found = hold(tx, vault, change).await?;
    let confirmed = |change: &EmailChange| change.is_open(now) && change.new_confirmed_at.is_some();
    let Some(found) = found.filter(confirmed) else { return Ok(None) };
    let by = if found.code_right_at.is_some() {
        "code"
    } else if silence_until(db, tx, &found, after).await?.is_some_and(|until| until <= now) {
        "silence"
    } else {
        return Ok(None);
    };
    let sql = "UPDATE email_changes SET state = 'accepted', ended_at = $1, accepted_by = $2, code_mark = NULL
               WHERE id = $3 AND state = 'open'";
    if db::execute(tx, sql, [now.into(), by.into(), change.into()]).await? == 0 {
        return Ok(None);
    }
    // What went to the old address, and is not used yet, opens nothing any more.
    replace_links(db, tx, found.login, LinkPurpose::NewPassword).await?;
    db::execute(tx, "DELETE FROM pending_sign_ins WHERE login_id = $1", [found.login.into()]).await?;
    put_email((db, vault), tx, found.login, &found.new_email).await?;
    note(db, tx, found.login, ("login.email-changed", Author::Customer), json!({ "change": change, "by": by })).await?;
    Ok(find(tx, vault, ("id = $1", change.into())).await?.pop())
}

/// The changes that may be accepted by silence, or have expired: what the periodic work looks at.
///
/// # Errors
/// When the database cannot be read.
pub async fn changes_to_settle(db: &Db, on: &impl ConnectionTrait) -> Result<Vec<ChangeId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: ChangeId,
    }
    let sql = "SELECT id FROM email_changes WHERE state = 'open' AND (new_confirmed_at IS NOT NULL OR begun_at <= $1)
               ORDER BY begun_at, id LIMIT 200";
    let found: Vec<Found> = db::query(on, sql, [db.world().now().plus(-CHANGE_LASTS).into()]).await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Ends a change that was not done in time, in the caller's transaction. Says whether it did.
///
/// # Errors
/// When the database cannot be written.
pub async fn expire_change(db: &Db, tx: &Tx, change: ChangeId) -> Result<bool, DbErr> {
    let now = db.world().now();
    let sql = "UPDATE email_changes SET state = 'expired', ended_at = $1, code_mark = NULL
               WHERE id = $2 AND state = 'open' AND begun_at <= $3";
    Ok(db::execute(tx, sql, [now.into(), change.into(), now.plus(-CHANGE_LASTS).into()]).await? == 1)
}
