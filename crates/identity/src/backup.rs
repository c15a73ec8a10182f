//! The backup e-mail of a login: where its owner is reached when the contact e-mail is lost (SEC-5), and told of what is
//! asked about it (SEC-6). It never signs anybody in.

use audit::{Author, Chain, Wanted};
use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{DataKey, Indexed, Place, Vault, VaultError, Wrapped};

use crate::link::LinkState;
use crate::sign_in::note;
use crate::{Token, token_hash};

/// A backup e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub email: String,
    /// Its owner opened the link that was sent there; nothing is recovered through it before.
    pub is_confirmed: bool,
}

pub(crate) fn place(login: LoginId) -> Place {
    Place { column: "logins.backup_email", row: login.uuid() }
}

/// The key under which a login's data are sealed; none for a login that is not there.
pub(crate) async fn key_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    login: LoginId,
) -> Result<Option<DataKey>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        data_key: Vec<u8>,
        key_id: i32,
    }
    let sql = "SELECT data_key, key_id FROM logins WHERE id = $1 AND deleted_at IS NULL";
    let row: Option<Row> = db::query_one(on, sql, [login.into()]).await?;
    row.map(|row| vault.open_data_key(login, &Wrapped { key_id: row.key_id, bytes: row.data_key })).transpose()
}

/// # Errors
/// When the database cannot be read, or the login's data cannot be opened.
pub async fn find_backup(
    on: &impl ConnectionTrait,
    vault: &Vault,
    login: LoginId,
) -> Result<Option<Backup>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        data_key: Vec<u8>,
        key_id: i32,
        backup_email: Option<Vec<u8>>,
        backup_confirmed_at: Option<Moment>,
    }
    let sql = "SELECT data_key, key_id, backup_email, backup_confirmed_at FROM logins
               WHERE id = $1 AND deleted_at IS NULL";
    let Some(row) = db::query_one::<Row>(on, sql, [login.into()]).await? else { return Ok(None) };
    let Some(sealed) = row.backup_email else { return Ok(None) };
    let key = vault.open_data_key(login, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
    let email = vault.open(&key, place(login), &sealed)?;
    Ok(Some(Backup { email, is_confirmed: row.backup_confirmed_at.is_some() }))
}

/// That a backup e-mail was set, changed or removed. What it was is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupSet {
    pub at: Moment,
    pub is_removed: bool,
}

/// When a login's backup e-mail was set or removed since a moment, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn backups_set(on: &impl ConnectionTrait, login: LoginId, since: Moment) -> Result<Vec<BackupSet>, DbErr> {
    let kinds = ["login.backup-set", "login.backup-removed"];
    let wanted = Wanted { from: since, until: None, before: None, after: 0, kinds: &kinds, authors: &[], most: 50 };
    let events = audit::newest_events(on, Chain::Login(login), &wanted).await?;
    let set = events.into_iter().map(|event| BackupSet { at: event.at, is_removed: event.kind == kinds[1] });
    Ok(set.collect())
}

/// Sets the backup e-mail, not confirmed yet, or takes it away, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn set_backup(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    login: LoginId,
    email: Option<&str>,
) -> Result<(), VaultError> {
    let Some(key) = key_of(tx, vault, login).await? else { return Ok(()) };
    let sealed = email.map(|email| vault.seal(&key, place(login), email)).transpose()?;
    let index = email.map(|email| vault.index(Indexed::Email, email));
    replace_backup_links(db, tx, login).await?;
    // Links to a new password that went to the one before open nothing any more.
    let sql = "UPDATE login_links SET replaced_at = $1 WHERE login_id = $2 AND went_to = 'backup' AND used_at IS NULL
                   AND replaced_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), login.into()]).await?;
    let sql = "UPDATE logins SET backup_email = $1, backup_index = $2, backup_confirmed_at = NULL WHERE id = $3";
    db::execute(tx, sql, [sealed.into(), index.into(), login.into()]).await?;
    let kind = if email.is_some() { "login.backup-set" } else { "login.backup-removed" };
    Ok(note(db, tx, login, (kind, Author::Customer), json!({})).await?)
}

/// Notes that the backup e-mail was confirmed, in the caller's transaction. Says whether it was there and was not before.
///
/// # Errors
/// When the database cannot be written.
pub async fn confirm_backup(db: &Db, tx: &Tx, login: LoginId) -> Result<bool, DbErr> {
    let sql = "UPDATE logins SET backup_confirmed_at = $1
               WHERE id = $2 AND backup_email IS NOT NULL AND backup_confirmed_at IS NULL";
    let is_new = db::execute(tx, sql, [db.world().now().into(), login.into()]).await? == 1;
    if is_new {
        note(db, tx, login, ("login.backup-confirmed", Author::Customer), json!({})).await?;
    }
    Ok(is_new)
}

/// How long a link confirms a backup e-mail.
pub const BACKUP_LINK_LASTS: SignedDuration = SignedDuration::from_hours(5 * 24);

async fn replace_backup_links(db: &Db, tx: &Tx, login: LoginId) -> Result<(), DbErr> {
    let sql =
        "UPDATE backup_links SET replaced_at = $1 WHERE login_id = $2 AND used_at IS NULL AND replaced_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), login.into()]).await.map(|_| ())
}

/// Makes the link that confirms the backup e-mail, in the caller's transaction, to be sent there; the one before it confirms
/// nothing any more. None where one was made a moment ago, or there is nothing to confirm.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_backup_link(db: &Db, tx: &Tx, login: LoginId) -> Result<Option<String>, DbErr> {
    let now = db.world().now();
    // Held: of two at once, one.
    let lock = db::Engine::of(tx).for_update();
    let sql = format!(
        "SELECT count(*) FROM (SELECT id FROM logins WHERE id = $1 AND backup_email IS NOT NULL
             AND backup_confirmed_at IS NULL{lock}) AS held"
    );
    if db::scalar::<i64>(tx, &sql, [login.into()]).await? != Some(1) {
        return Ok(None);
    }
    let sql = "SELECT count(*) FROM backup_links WHERE login_id = $1 AND made_at > $2 AND replaced_at IS NULL";
    let just = db::scalar::<i64>(tx, sql, [login.into(), now.plus(-crate::AGAIN_AFTER).into()]).await?;
    if just != Some(0) {
        return Ok(None);
    }
    replace_backup_links(db, tx, login).await?;
    let old = now.plus(-BACKUP_LINK_LASTS * 6);
    db::execute(tx, "DELETE FROM backup_links WHERE login_id = $1 AND made_at < $2", [login.into(), old.into()])
        .await?;
    let token = Token::draw(db);
    let sql = "INSERT INTO backup_links (token_hash, login_id, made_at) VALUES ($1, $2, $3)";
    db::execute(tx, sql, [token_hash(token.secret()).into(), login.into(), now.into()]).await?;
    Ok(Some(token.secret().to_owned()))
}

/// What the link of a secret can still do, and whose it is. None for one that is none of ours.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_backup_link(
    db: &Db,
    on: &impl ConnectionTrait,
    secret: &str,
) -> Result<Option<(LoginId, LinkState)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        login_id: LoginId,
        made_at: Moment,
        used_at: Option<Moment>,
        replaced_at: Option<Moment>,
    }
    let sql = "SELECT login_id, made_at, used_at, replaced_at FROM backup_links WHERE token_hash = $1";
    let row: Option<Row> = db::query_one(on, sql, [token_hash(secret).into()]).await?;
    Ok(row.map(|row| {
        let is_late = row.made_at.plus(BACKUP_LINK_LASTS) <= db.world().now();
        let state = if row.used_at.is_some() {
            LinkState::Used
        } else if row.replaced_at.is_some() || is_late {
            LinkState::Over
        } else {
            LinkState::Open
        };
        (row.login_id, state)
    }))
}

/// Confirms the backup e-mail that a link was sent to, in the caller's transaction. Says whether the link was open.
///
/// # Errors
/// When the database cannot be written.
pub async fn use_backup_link(db: &Db, tx: &Tx, secret: &str) -> Result<bool, DbErr> {
    let Some((login, LinkState::Open)) = find_backup_link(db, tx, secret).await? else { return Ok(false) };
    let sql = "UPDATE backup_links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND replaced_at IS NULL";
    if db::execute(tx, sql, [db.world().now().into(), token_hash(secret).into()]).await? == 0 {
        return Ok(false);
    }
    confirm_backup(db, tx, login).await
}

/// Takes back what a backup e-mail was confirmed since a moment, in the caller's transaction: whoever got in since then may
/// have put it there.
pub(crate) async fn doubt_backup(db: &Db, tx: &Tx, login: LoginId, since: Moment) -> Result<(), DbErr> {
    replace_backup_links(db, tx, login).await?;
    let sql = "UPDATE logins SET backup_confirmed_at = NULL WHERE id = $1 AND backup_confirmed_at > $2";
    if db::execute(tx, sql, [login.into(), since.into()]).await? == 1 {
        note(db, tx, login, ("login.backup-doubted", Author::Customer), json!({})).await?;
    }
    Ok(())
}
