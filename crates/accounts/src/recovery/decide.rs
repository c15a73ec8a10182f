//! What becomes of a request: who of the staff accepts, an objection, a refusal, what happens by itself, and its end. Each is
//! one update that only one can make, with its events in the log.

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx};
use identity::{Role, Staff};
use jiff::SignedDuration;
use kernel::{FileId, LoginId, Moment, RecoveryId, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use vault::{Vault, VaultError, Wrapped};

use super::link::{RecoveryLink, end_renewals, make, use_up};
use super::{COLUMNS, Recovery, Row};

const BATCH: i64 = 200;

/// What an acceptance came to.
pub enum Approved {
    /// It waits for the end of the objection time, or for another of the staff.
    Waits,
    /// The link with this secret is to be sent to the new address, in the same transaction.
    Sent(String),
    /// This member of staff accepted before: another has to.
    Again,
    /// There is nothing to decide on any more, or no such login.
    Over,
}

/// Notes something in the chain of the login, if there is one, and in that of a member of staff.
async fn note(
    db: &Db,
    tx: &Tx,
    (login, staff): (Option<LoginId>, Option<StaffId>),
    (kind, author): (&'static str, Author),
    details: Json,
) -> Result<(), DbErr> {
    let chains: Vec<Chain> = login.map(Chain::Login).into_iter().chain(staff.map(Chain::Staff)).collect();
    let mut appender = Appender::read(db, tx, &chains).await?;
    for chain in chains {
        appender.add(Event { chain, kind, author, details: details.clone(), sealed: None });
    }
    appender.write(tx).await
}

/// A request that is about to be changed.
async fn hold(db: &Db, tx: &Tx, vault: &Vault, id: RecoveryId) -> Result<Option<Recovery>, VaultError> {
    let sql = format!("SELECT {COLUMNS} FROM recoveries WHERE id = $1{}", db.engine().for_update());
    db::query_one::<Row>(tx, &sql, [id.into()]).await?.map(|row| row.open(vault)).transpose()
}

/// Somebody of the staff would let the person in, for a reason in one word; in the caller's transaction. One is enough when
/// the time to object is over without an objection; two are at any time (USR-4); after an objection it takes two, one of them
/// a supervisor. `keep`: how long what was handed in is kept after the decision.
///
/// # Errors
/// When the database cannot be written.
pub async fn approve_recovery(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    id: RecoveryId,
    (staff, reason): (&Staff, &'static str),
    keep: SignedDuration,
) -> Result<Approved, VaultError> {
    let Some(recovery) = hold(db, tx, vault, id).await? else { return Ok(Approved::Over) };
    let Some(login) = recovery.login.filter(|_| recovery.state.is_undecided()) else { return Ok(Approved::Over) };
    let now = db.world().now();
    let sql = "INSERT INTO recovery_approvals (recovery_id, staff_id, is_supervisor, given_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    let is_supervisor = staff.role == Role::Supervisor;
    if db::execute(tx, sql, [id.into(), staff.id.into(), is_supervisor.into(), now.into()]).await? == 0 {
        return Ok(Approved::Again);
    }
    let details = json!({ "recovery": id, "staff": staff.id, "reason": reason });
    let who = (Some(login), Some(staff.id));
    note(db, tx, who, ("recovery.accepted", Author::Staff), details).await?;
    let approvals = super::approvals_of(tx, id).await?;
    let are_enough = match recovery.objected_at {
        Some(_) => approvals.len() >= 2 && approvals.iter().any(|(_, is_supervisor)| *is_supervisor),
        None => approvals.len() >= 2 || recovery.object_until <= now,
    };
    if are_enough {
        return send(db, tx, (&recovery, login), (Some(staff.id), keep)).await.map(Approved::Sent);
    }
    let sql = "UPDATE recoveries SET state = 'accepted', due_at = CASE WHEN objected_at IS NULL THEN object_until ELSE due_at END
               WHERE id = $1";
    db::execute(tx, sql, [id.into()]).await?;
    Ok(Approved::Waits)
}

/// The decision takes effect: a link to renew the login, whose secret is given.
async fn send(
    db: &Db,
    tx: &Tx,
    (recovery, login): (&Recovery, LoginId),
    (staff, keep): (Option<StaffId>, SignedDuration),
) -> Result<String, VaultError> {
    let now = db.world().now();
    let sql = "UPDATE recoveries SET state = 'sent', decided_at = $1, decided_by = $2, due_at = $3
               WHERE id = $4 AND state IN ('open', 'accepted')";
    db::execute(tx, sql, [now.into(), staff.into(), now.plus(keep).into(), recovery.id.into()]).await?;
    let secret = make(db, tx, recovery.id, RecoveryLink::Renew).await?;
    let details = json!({ "recovery": recovery.id, "by": if staff.is_some() { "staff" } else { "time" } });
    note(db, tx, (Some(login), staff), ("recovery.sent", Author::Staff), details).await?;
    Ok(secret)
}

/// An acceptance whose time to object is over takes effect, in the caller's transaction; of several nodes, on one.
///
/// # Errors
/// When the database cannot be written.
pub async fn send_due_recovery(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    id: RecoveryId,
    keep: SignedDuration,
) -> Result<Option<String>, VaultError> {
    let Some(recovery) = hold(db, tx, vault, id).await? else { return Ok(None) };
    let waits = recovery.state == super::RecoveryState::Accepted && recovery.objected_at.is_none();
    let Some(login) = recovery.login.filter(|_| waits && recovery.object_until <= db.world().now()) else {
        return Ok(None);
    };
    send(db, tx, (&recovery, login), (None, keep)).await.map(Some)
}

/// The owner of an address on file did not ask for this: acceptances so far count no more, a link that was sent opens nothing,
/// and it takes two of the staff from here on. In the caller's transaction; gives the request where the link was open.
///
/// # Errors
/// When the database cannot be written.
pub async fn object_to_recovery(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    secret: &str,
    ends_after: SignedDuration,
) -> Result<Option<Recovery>, VaultError> {
    let Some(id) = use_up(db, tx, secret, RecoveryLink::Object).await? else { return Ok(None) };
    let Some(recovery) = hold(db, tx, vault, id).await? else { return Ok(None) };
    db::execute(tx, "DELETE FROM recovery_approvals WHERE recovery_id = $1", [id.into()]).await?;
    end_renewals(db, tx, id).await?;
    let now = db.world().now();
    let sql =
        "UPDATE recoveries SET state = 'open', objected_at = $1, decided_at = NULL, decided_by = NULL, due_at = $2
               WHERE id = $3 AND state IN ('open', 'accepted', 'sent')";
    // Another time to decide, but never one that begins again with each address that objects.
    let ends_at = recovery.objected_at.unwrap_or(now).plus(ends_after);
    if db::execute(tx, sql, [now.into(), ends_at.into(), id.into()]).await? == 0 {
        return Ok(None);
    }
    note(db, tx, (recovery.login, None), ("recovery.objected", Author::Customer), json!({ "recovery": id })).await?;
    Ok(Some(recovery))
}

/// Refuses a request in the caller's transaction, for a reason in one word: somebody of the staff, or nobody where the name
/// was nobody's and the answer is due. Gives the request where it was still to be decided on.
///
/// # Errors
/// When the database cannot be written.
pub async fn refuse_recovery(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    id: RecoveryId,
    (staff, reason): (Option<StaffId>, &str),
    keep: SignedDuration,
) -> Result<Option<Recovery>, VaultError> {
    let Some(recovery) = hold(db, tx, vault, id).await? else { return Ok(None) };
    let now = db.world().now();
    let sql = "UPDATE recoveries SET state = 'refused', reason = $1, decided_at = $2, decided_by = $3, due_at = $4
               WHERE id = $5 AND state IN ('open', 'accepted')";
    let values = [reason.into(), now.into(), staff.into(), now.plus(keep).into(), id.into()];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(None);
    }
    let details = json!({ "recovery": id, "staff": staff, "reason": reason });
    note(db, tx, (recovery.login, staff), ("recovery.refused", Author::Staff), details).await?;
    Ok(Some(recovery))
}

/// Ends a request that nobody decided on in time, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn expire_recovery(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    id: RecoveryId,
) -> Result<Option<Recovery>, VaultError> {
    let Some(recovery) = hold(db, tx, vault, id).await? else { return Ok(None) };
    let now = db.world().now();
    // Due again at once: what was handed in is erased.
    let sql = "UPDATE recoveries SET state = 'expired', decided_at = $1, due_at = $1
               WHERE id = $2 AND state IN ('open', 'accepted') AND due_at <= $1";
    if db::execute(tx, sql, [now.into(), id.into()]).await? == 0 {
        return Ok(None);
    }
    note(db, tx, (recovery.login, None), ("recovery.expired", Author::Staff), json!({ "recovery": id })).await?;
    Ok(Some(recovery))
}

/// Erases what was typed and handed in with a request that was decided on, in the caller's transaction: its key is destroyed,
/// and its files are dropped. Reference, times and decision stay.
///
/// # Errors
/// When the database cannot be written.
pub async fn erase_recovery(db: &Db, tx: &Tx, id: RecoveryId) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct File {
        file_id: FileId,
    }
    let now = db.world().now();
    let sql = "UPDATE recoveries SET data_key = NULL, sealed = NULL, due_at = NULL, erased_at = $1
               WHERE id = $2 AND state IN ('sent', 'done', 'refused', 'expired') AND due_at <= $1";
    if db::execute(tx, sql, [now.into(), id.into()]).await? == 0 {
        return Ok(false);
    }
    let sql = "SELECT file_id FROM recovery_files WHERE recovery_id = $1 ORDER BY position";
    let files: Vec<File> = db::query(tx, sql, [id.into()]).await?;
    db::execute(tx, "DELETE FROM recovery_files WHERE recovery_id = $1", [id.into()]).await?;
    for file in &files {
        vault::drop_file(db, tx, file.file_id).await?;
    }
    let login: Option<Option<LoginId>> =
        db::scalar(tx, "SELECT login_id FROM recoveries WHERE id = $1", [id.into()]).await?;
    let details = json!({ "recovery": id, "documents": files.len() });
    note(db, tx, (login.flatten(), None), ("recovery.erased", Author::Staff), details).await?;
    Ok(true)
}

/// Requests about which something is due, earliest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn due_recoveries(on: &impl ConnectionTrait, now: Moment) -> Result<Vec<RecoveryId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Due {
        id: RecoveryId,
    }
    let sql = "SELECT id FROM recoveries WHERE due_at <= $1 ORDER BY due_at, id LIMIT 100";
    let rows: Vec<Due> = db::query(on, sql, [now.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Notes that a member of staff looked at a document, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_document_seen(
    db: &Db,
    tx: &Tx,
    (recovery, file): (&Recovery, FileId),
    staff: StaffId,
) -> Result<(), DbErr> {
    let details = json!({ "recovery": recovery.id, "file": file, "staff": staff });
    note(db, tx, (recovery.login, Some(staff)), ("recovery.document-seen", Author::Staff), details).await
}

#[derive(FromQueryResult)]
struct Keyed {
    id: RecoveryId,
    data_key: Option<Vec<u8>>,
    key_id: i32,
}

/// Brings requests that are under an older key under the current one, as logins are; their files are sealed under the
/// requests' own keys, and stay as they are.
///
/// # Errors
/// When a key cannot be opened, or the database cannot be written.
pub async fn rotate_recoveries(db: &Db, vault: &Vault, progress: impl FnMut(u64)) -> Result<u64, VaultError> {
    db.write_batches(
        async |tx| {
            let sql = format!(
                "SELECT id, data_key, key_id FROM recoveries WHERE key_id <> $1 ORDER BY id LIMIT {BATCH}{}",
                db.engine().for_update_skip_locked()
            );
            let rows: Vec<Keyed> = db::query(tx, &sql, [vault.current_key().into()]).await?;
            let count = rows.len() as u64;
            for row in rows {
                let wrapped = match row.data_key {
                    Some(bytes) => {
                        let key = vault.open_data_key(row.id, &Wrapped { key_id: row.key_id, bytes })?;
                        Some(vault.wrap(row.id, &key)?.bytes)
                    }
                    // Erased: nothing left to wrap.
                    None => None,
                };
                let sql = "UPDATE recoveries SET data_key = $1, key_id = $2 WHERE id = $3";
                db::execute(tx, sql, [wrapped.into(), vault.current_key().into(), row.id.into()]).await?;
            }
            Ok::<_, VaultError>(count)
        },
        progress,
    )
    .await
}

/// How many requests are under another key than that.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_recoveries_under_other_keys(on: &impl ConnectionTrait, key: i32) -> Result<i64, DbErr> {
    Ok(db::scalar(on, "SELECT count(*) FROM recoveries WHERE key_id <> $1", [key.into()]).await?.unwrap_or(0))
}
