//! The passkeys of an owner: kept, listed, named, removed, doubted.

use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{Moment, PasskeyId, SessionId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;
use vault::{Place, Vault, VaultError};
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

use super::challenge::{Purpose, take};
use super::party::{RelyingParty, unreadable};
use crate::steps::{StepOwner, steps_changed};

/// An owner has at most so many.
pub const MOST_PASSKEYS: usize = 20;

/// A passkey as its owner sees it.
#[derive(Clone, Debug)]
pub struct PasskeyShown {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: Moment,
    pub used_at: Option<Moment>,
    /// Whether a copy of it is kept elsewhere, by Apple, Google or a keeper of passwords.
    pub is_backed_up: bool,
    /// Since when it opens nothing without the password (SEC-4).
    pub doubted_at: Option<Moment>,
}

pub(super) fn name_place(id: PasskeyId) -> Place {
    Place { column: "passkeys.name", row: id.uuid() }
}

/// What devices keep for this owner, drawn when it is first asked for.
pub(super) async fn handle_of(db: &Db, tx: &Tx, owner: StepOwner) -> Result<Uuid, DbErr> {
    let mut bytes = [0; 16];
    db.world().fill(&mut bytes);
    let drawn = uuid::Builder::from_random_bytes(bytes).into_uuid();
    let sql = "INSERT INTO passkey_users (handle, owner_kind, owner_id) VALUES ($1, $2, $3)
               ON CONFLICT (owner_kind, owner_id) DO NOTHING";
    db::execute(tx, sql, [drawn.into(), owner.kind().into(), owner.uuid().into()]).await?;
    let sql = "SELECT handle FROM passkey_users WHERE owner_kind = $1 AND owner_id = $2";
    let kept: Option<Uuid> = db::scalar(tx, sql, owner.values()).await?;
    kept.ok_or_else(|| DbErr::RecordNotFound("passkey_users".to_owned()))
}

/// The passkeys of an owner as the library knows them.
pub(super) async fn credentials_of(on: &impl ConnectionTrait, owner: StepOwner) -> Result<Vec<Passkey>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        credential: String,
    }
    let sql = "SELECT p.credential FROM passkeys p JOIN passkey_users u ON u.handle = p.handle
               WHERE u.owner_kind = $1 AND u.owner_id = $2 ORDER BY p.created_at, p.id";
    let rows: Vec<Row> = db::query(on, sql, owner.values()).await?;
    rows.iter().map(|row| serde_json::from_str(&row.credential).map_err(|error| unreadable(&error))).collect()
}

/// The passkeys of an owner, oldest first.
///
/// # Errors
/// When the database cannot be read, or the owner's data cannot be opened.
pub async fn passkeys_of(
    on: &impl ConnectionTrait,
    vault: &Vault,
    owner: StepOwner,
) -> Result<Vec<PasskeyShown>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: PasskeyId,
        name: Vec<u8>,
        created_at: Moment,
        used_at: Option<Moment>,
        is_backed_up: bool,
        doubted_at: Option<Moment>,
    }
    let sql = "SELECT p.id, p.name, p.created_at, p.used_at, p.is_backed_up, p.doubted_at
               FROM passkeys p JOIN passkey_users u ON u.handle = p.handle
               WHERE u.owner_kind = $1 AND u.owner_id = $2 ORDER BY p.created_at, p.id";
    let rows: Vec<Row> = db::query(on, sql, owner.values()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let Some(key) = owner.key(on, vault).await? else { return Ok(Vec::new()) };
    let shown = rows.into_iter().map(|row| {
        Ok(PasskeyShown {
            id: row.id,
            name: vault.open(&key, name_place(row.id), &row.name)?,
            created_at: row.created_at,
            used_at: row.used_at,
            is_backed_up: row.is_backed_up,
            doubted_at: row.doubted_at,
        })
    });
    shown.collect()
}

/// The browser's answer where a passkey is to be added.
pub struct AddedAnswer<'a> {
    /// Of the challenge.
    pub token: &'a str,
    /// The credential as JSON.
    pub credential: &'a str,
    /// What its owner calls it.
    pub name: &'a str,
}

/// What became of a passkey that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Kept(PasskeyId),
    /// The challenge is used, too old, or none of this session.
    Over,
    /// It is kept already, for this owner or another one.
    Known,
    /// It is no passkey of this site, or did not make sure who uses it.
    Refused,
    /// There are [`MOST_PASSKEYS`].
    TooMany,
}

/// Keeps a passkey in the caller's transaction, to be run with [`db::Isolation::Locked`].
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn finish_adding(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    party: &RelyingParty,
    (owner, session): (StepOwner, SessionId),
    answer: &AddedAnswer<'_>,
) -> Result<Added, VaultError> {
    let taken = take::<PasskeyRegistration>(db, tx, (Purpose::Add, &session.to_string()), answer.token).await?;
    let Some(state) = taken else { return Ok(Added::Over) };
    let Ok(credential) = serde_json::from_str::<RegisterPublicKeyCredential>(answer.credential) else {
        return Ok(Added::Refused);
    };
    let passkey = match party.webauthn.finish_passkey_registration(&credential, &state) {
        Ok(passkey) => passkey,
        Err(error) => {
            tracing::info!(%error, "a passkey was not added");
            return Ok(Added::Refused);
        }
    };
    let Some(key) = owner.key(tx, vault).await? else { return Ok(Added::Over) };
    let handle = handle_of(db, tx, owner).await?;
    let kept: Option<i64> = db::scalar(tx, "SELECT count(*) FROM passkeys WHERE handle = $1", [handle.into()]).await?;
    if kept.is_some_and(|kept| usize::try_from(kept).is_ok_and(|kept| kept >= MOST_PASSKEYS)) {
        return Ok(Added::TooMany);
    }
    let id: PasskeyId = db.world().id();
    let sql = "INSERT INTO passkeys (id, handle, credential_id, credential, name, created_at, is_backed_up)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING";
    let flags = json!(passkey);
    let values = [
        id.into(),
        handle.into(),
        passkey.cred_id().to_vec().into(),
        flags.to_string().into(),
        vault.seal(&key, name_place(id), answer.name)?.into(),
        db.world().now().into(),
        flags["cred"]["backup_state"].as_bool().unwrap_or(false).into(),
    ];
    if db::execute(tx, sql, values).await? == 0 {
        return Ok(Added::Known);
    }
    owner.note(db, tx, "passkey.added", json!({ "passkey": id })).await?;
    steps_changed(db, tx, owner, Some(session)).await?;
    Ok(Added::Kept(id))
}

/// Which passkey, and of whom: that of another owner is not there.
const OF_OWNER: &str =
    "id = $1 AND handle = (SELECT handle FROM passkey_users WHERE owner_kind = $2 AND owner_id = $3)";

/// Gives a passkey another name, in the caller's transaction. Says whether it was there.
///
/// # Errors
/// When the database cannot be written, or the owner's data cannot be opened.
pub async fn rename_passkey(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (owner, id): (StepOwner, PasskeyId),
    name: &str,
) -> Result<bool, VaultError> {
    let Some(key) = owner.key(tx, vault).await? else { return Ok(false) };
    let sql = format!("UPDATE passkeys SET name = $4 WHERE {OF_OWNER}");
    let sealed = vault.seal(&key, name_place(id), name)?;
    let values = [id.into(), owner.kind().into(), owner.uuid().into(), sealed.into()];
    let is_there = db::execute(tx, &sql, values).await? == 1;
    if is_there {
        owner.note(db, tx, "passkey.renamed", json!({ "passkey": id })).await?;
    }
    Ok(is_there)
}

/// Removes a passkey in the caller's transaction; `session` is the one that asks. Says whether it was there.
///
/// # Errors
/// When the database cannot be written.
pub async fn remove_passkey(
    db: &Db,
    tx: &Tx,
    (owner, id): (StepOwner, PasskeyId),
    session: SessionId,
) -> Result<bool, DbErr> {
    let sql = format!("DELETE FROM passkeys WHERE {OF_OWNER}");
    let is_there = db::execute(tx, &sql, [id.into(), owner.kind().into(), owner.uuid().into()]).await? == 1;
    if is_there {
        owner.note(db, tx, "passkey.removed", json!({ "passkey": id })).await?;
        steps_changed(db, tx, owner, Some(session)).await?;
    }
    Ok(is_there)
}

/// Doubts those that were added since a moment, in the caller's transaction: whoever got in since then may have added them. They
/// open nothing by themselves from then on. As second steps they stay: somebody who reads the mailbox alone must not be able to
/// take one off by saying that it was not them.
pub(crate) async fn doubt_passkeys_since(db: &Db, tx: &Tx, owner: StepOwner, since: Moment) -> Result<(), DbErr> {
    let sql = "UPDATE passkeys SET doubted_at = $1 WHERE created_at > $2 AND doubted_at IS NULL
               AND handle = (SELECT handle FROM passkey_users WHERE owner_kind = $3 AND owner_id = $4)";
    let [kind, id] = owner.values();
    let doubted = db::execute(tx, sql, [db.world().now().into(), since.into(), kind, id]).await?;
    if doubted > 0 {
        owner.note(db, tx, "passkey.doubted", json!({ "count": doubted })).await?;
    }
    Ok(())
}

/// The names of those that are doubted since a moment, to tell their owner.
///
/// # Errors
/// When the database cannot be read, or the owner's data cannot be opened.
pub async fn passkeys_doubted_since(
    on: &impl ConnectionTrait,
    vault: &Vault,
    owner: StepOwner,
    since: Moment,
) -> Result<Vec<String>, VaultError> {
    let all = passkeys_of(on, vault, owner).await?;
    let doubted = all.into_iter().filter(|passkey| passkey.doubted_at.is_some_and(|at| at >= since));
    Ok(doubted.map(|passkey| passkey.name).collect())
}

/// Erases all passkeys of an owner, and what devices know it by, in the caller's transaction.
pub(crate) async fn erase_passkeys(tx: &Tx, owner: StepOwner) -> Result<(), DbErr> {
    let sql = "DELETE FROM passkey_users WHERE owner_kind = $1 AND owner_id = $2";
    db::execute(tx, sql, owner.values()).await.map(|_| ())
}
