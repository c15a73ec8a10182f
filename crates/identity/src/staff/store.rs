//! All queries on the provider's people but those of their sessions.

use audit::{Author, Chain, Event};
use db::{Db, DbErr, DbFault, Fault, FromQueryResult, Tx, Value};
use jiff::SignedDuration;
use kernel::{Language, Moment, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use vault::{Indexed, Place, Vault, VaultError, Wrapped};

use super::{Role, Staff};
use crate::steps::erase_steps;
use crate::{StepOwner, Token, token_hash};

/// How long the link lasts with which a password is chosen.
pub const INVITATION_LASTS: SignedDuration = SignedDuration::from_hours(72);
const BATCH: i64 = 100;

/// Somebody to be added.
pub struct NewStaff<'a> {
    pub role: Role,
    pub language: Language,
    pub name: &'a str,
    pub email: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    #[error("there is a member of staff with that e-mail address already")]
    EmailTaken,
    #[error("there is no member of staff with that e-mail address")]
    Unknown,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for StaffError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Vault(error) => error.db_err(),
            Self::EmailTaken | Self::Unknown => None,
        }
    }
}

#[derive(FromQueryResult)]
pub(super) struct StaffRow {
    id: StaffId,
    role: String,
    language: Language,
    has_password: bool,
    data_key: Vec<u8>,
    key_id: i32,
    name: Vec<u8>,
    email: Vec<u8>,
    created_at: Moment,
    disabled_at: Option<Moment>,
}

/// What a [`StaffRow`] is read from: staff as `p`.
pub(super) const STAFF_COLUMNS: &str = "p.id, p.role, p.language, (p.password_hash IS NOT NULL) AS has_password,
    p.data_key, p.key_id, p.name, p.email, p.created_at, p.disabled_at";

fn place(column: &'static str, id: StaffId) -> Place {
    Place { column, row: id.uuid() }
}

impl StaffRow {
    pub(super) fn open(self, vault: &Vault) -> Result<Staff, VaultError> {
        let key = vault.open_data_key(self.id, &Wrapped { key_id: self.key_id, bytes: self.data_key })?;
        let unknown = || VaultError::Db(DbErr::Type(format!("“{}” is no role", self.role)));
        Ok(Staff {
            id: self.id,
            role: Role::from_code(&self.role).ok_or_else(unknown)?,
            language: self.language,
            name: vault.open(&key, place("staff.name", self.id), &self.name)?,
            email: vault.open(&key, place("staff.email", self.id), &self.email)?,
            has_password: self.has_password,
            created_at: self.created_at,
            disabled_at: self.disabled_at,
        })
    }
}

async fn note(db: &Db, tx: &Tx, staff: StaffId, kind: &'static str, details: Json) -> Result<(), DbErr> {
    let (chain, author) = (Chain::Staff(staff), Author::Operator);
    Event { chain, kind, author, details, sealed: None }.append(db, tx).await
}

/// Adds somebody in the caller's transaction, without a password; gives the secret of the link with which they choose one.
///
/// # Errors
/// [`StaffError::EmailTaken`], also of two at once.
pub async fn add_staff(db: &Db, vault: &Vault, tx: &Tx, new: &NewStaff<'_>) -> Result<(Staff, String), StaffError> {
    if find_by_email(tx, vault, new.email).await?.is_some() {
        return Err(StaffError::EmailTaken);
    }
    let id: StaffId = db.world().id();
    let now = db.world().now();
    let (key, wrapped) = vault.new_data_key(id)?;
    let sql = "INSERT INTO staff (id, role, language, data_key, key_id, name, email, email_index, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        id.into(),
        new.role.code().into(),
        new.language.into(),
        wrapped.bytes.into(),
        wrapped.key_id.into(),
        vault.seal(&key, place("staff.name", id), new.name)?.into(),
        vault.seal(&key, place("staff.email", id), new.email)?.into(),
        vault.index(Indexed::Email, new.email).into(),
        now.into(),
    ];
    match db::execute(tx, sql, values).await {
        Err(error) if error.fault() == Fault::Duplicate => return Err(StaffError::EmailTaken),
        other => other?,
    };
    note(db, tx, id, "staff.added", json!({ "role": new.role.code() })).await?;
    let secret = make_invitation(db, tx, id).await?;
    let staff = Staff {
        id,
        role: new.role,
        language: new.language,
        name: new.name.to_owned(),
        email: new.email.to_owned(),
        has_password: false,
        created_at: now,
        disabled_at: None,
    };
    Ok((staff, secret))
}

/// Gives a new link with which a password is chosen; the one before it leads nowhere from then on.
///
/// # Errors
/// [`StaffError::Unknown`].
pub async fn invite_staff(db: &Db, vault: &Vault, tx: &Tx, email: &str) -> Result<(Staff, String), StaffError> {
    let staff = find_by_email(tx, vault, email).await?.ok_or(StaffError::Unknown)?;
    note(db, tx, staff.id, "staff.invited", json!({})).await?;
    let secret = make_invitation(db, tx, staff.id).await?;
    Ok((staff, secret))
}

async fn make_invitation(db: &Db, tx: &Tx, staff: StaffId) -> Result<String, DbErr> {
    let now = db.world().now();
    let sql =
        "UPDATE staff_invitations SET replaced_at = $1 WHERE staff_id = $2 AND used_at IS NULL AND replaced_at IS NULL";
    db::execute(tx, sql, [now.into(), staff.into()]).await?;
    let token = Token::draw(db);
    let sql = "INSERT INTO staff_invitations (token_hash, staff_id, made_at) VALUES ($1, $2, $3)";
    db::execute(tx, sql, [token_hash(token.secret()).into(), staff.into(), now.into()]).await?;
    Ok(token.secret().to_owned())
}

/// What a link to choose a password can still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    Open,
    /// A password was chosen with it, or a newer link was sent.
    Used,
    Expired,
}

/// The member of a link's secret, and what the link can still do. None for a link that is none of ours, or whose member was
/// disabled.
///
/// # Errors
/// When the database cannot be read, or the member's data cannot be opened.
pub async fn find_invitation(
    db: &Db,
    on: &impl ConnectionTrait,
    vault: &Vault,
    secret: &str,
) -> Result<Option<(Staff, InvitationState)>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        made_at: Moment,
        is_over: bool,
        #[sea_orm(nested)]
        staff: StaffRow,
    }
    let sql = format!(
        "SELECT i.made_at, (i.used_at IS NOT NULL OR i.replaced_at IS NOT NULL) AS is_over, {STAFF_COLUMNS}
         FROM staff_invitations i JOIN staff p ON p.id = i.staff_id WHERE i.token_hash = $1 AND p.disabled_at IS NULL"
    );
    let Some(row) = db::query_one::<Row>(on, &sql, [token_hash(secret).into()]).await? else { return Ok(None) };
    let state = if row.is_over {
        InvitationState::Used
    } else if row.made_at.plus(INVITATION_LASTS) <= db.world().now() {
        InvitationState::Expired
    } else {
        InvitationState::Open
    };
    Ok(Some((row.staff.open(vault)?, state)))
}

/// Sets the password that was chosen with a link, once; sessions from before end. Says whether the link was still open.
///
/// # Errors
/// When the database cannot be written.
pub async fn accept_invitation(
    db: &Db,
    vault: &Vault,
    tx: &Tx,
    secret: &str,
    password_hash: &str,
) -> Result<bool, VaultError> {
    let found = find_invitation(db, tx, vault, secret).await?;
    let Some((staff, InvitationState::Open)) = found else { return Ok(false) };
    let now = db.world().now();
    let sql = "UPDATE staff_invitations SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL";
    if db::execute(tx, sql, [now.into(), token_hash(secret).into()]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE staff SET password_hash = $1 WHERE id = $2";
    db::execute(tx, sql, [password_hash.into(), staff.id.into()]).await?;
    db::execute(tx, "DELETE FROM staff_sessions WHERE staff_id = $1", [staff.id.into()]).await?;
    let (chain, author) = (Chain::Staff(staff.id), Author::Staff);
    Event { chain, kind: "staff.password-chosen", author, details: json!({}), sealed: None }.append(db, tx).await?;
    Ok(true)
}

/// Disables a member, at once: their sessions and links end. They stay in the log and in the list.
///
/// # Errors
/// [`StaffError::Unknown`], also for one who is disabled already.
pub async fn disable_staff(db: &Db, vault: &Vault, tx: &Tx, email: &str) -> Result<Staff, StaffError> {
    let staff = find_by_email(tx, vault, email).await?.ok_or(StaffError::Unknown)?;
    let now = db.world().now();
    db::execute(tx, "UPDATE staff SET disabled_at = $1 WHERE id = $2", [now.into(), staff.id.into()]).await?;
    db::execute(tx, "DELETE FROM staff_sessions WHERE staff_id = $1", [staff.id.into()]).await?;
    erase_steps(tx, StepOwner::Staff(staff.id)).await?;
    note(db, tx, staff.id, "staff.disabled", json!({})).await?;
    Ok(Staff { disabled_at: Some(now), ..staff })
}

pub(super) async fn find_by_email(
    on: &impl ConnectionTrait,
    vault: &Vault,
    email: &str,
) -> Result<Option<Staff>, VaultError> {
    let candidates = vault.index_candidates(Indexed::Email, email);
    let places = db::places(1, candidates.len());
    let sql =
        format!("SELECT {STAFF_COLUMNS} FROM staff p WHERE p.email_index IN ({places}) AND p.disabled_at IS NULL");
    let row: Option<StaffRow> = db::query_one(on, &sql, candidates.into_iter().map(Value::from)).await?;
    row.map(|row| row.open(vault)).transpose()
}

/// Everybody who is or was a member, oldest first.
///
/// # Errors
/// When the database cannot be read, or a member's data cannot be opened.
pub async fn list_staff(on: &impl ConnectionTrait, vault: &Vault) -> Result<Vec<Staff>, VaultError> {
    let sql = format!("SELECT {STAFF_COLUMNS} FROM staff p ORDER BY p.created_at, p.id");
    let rows: Vec<StaffRow> = db::query(on, &sql, []).await?;
    rows.into_iter().map(|row| row.open(vault)).collect()
}

/// Brings members that are under an older key under the current one (PRV-1), a batch at a time, and says how many are done.
/// Stopped anywhere, it goes on where it was.
///
/// # Errors
/// When a value cannot be opened, or the database cannot be written.
pub async fn rotate_staff(db: &Db, vault: &Vault, progress: impl FnMut(u64)) -> Result<u64, VaultError> {
    db.write_batches(async |tx| rotate_batch(db, tx, vault).await, progress).await
}

async fn rotate_batch(db: &Db, tx: &Tx, vault: &Vault) -> Result<u64, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: StaffId,
        data_key: Vec<u8>,
        key_id: i32,
        email: Vec<u8>,
    }
    let sql = format!(
        "SELECT id, data_key, key_id, email FROM staff WHERE key_id <> $1 ORDER BY id LIMIT {BATCH}{}",
        db.engine().for_update_skip_locked()
    );
    let rows: Vec<Row> = db::query(tx, &sql, [vault.current_key().into()]).await?;
    let count = rows.len() as u64;
    for row in rows {
        let key = vault.open_data_key(row.id, &Wrapped { key_id: row.key_id, bytes: row.data_key })?;
        let wrapped = vault.wrap(row.id, &key)?;
        let email = vault.open(&key, place("staff.email", row.id), &row.email)?;
        let sql = "UPDATE staff SET data_key = $1, key_id = $2, email_index = $3 WHERE id = $4";
        let index = vault.index(Indexed::Email, &email);
        db::execute(tx, sql, [wrapped.bytes.into(), wrapped.key_id.into(), index.into(), row.id.into()]).await?;
    }
    Ok(count)
}

/// How many members are under another key than that.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_staff_under_other_keys(on: &impl ConnectionTrait, key: i32) -> Result<i64, DbErr> {
    Ok(db::scalar(on, "SELECT count(*) FROM staff WHERE key_id <> $1", [key.into()]).await?.unwrap_or(0))
}
