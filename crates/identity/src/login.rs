//! Logins: made at sign-up, found again.

use std::collections::HashSet;

use db::{Db, DbErr, DbFault, FromQueryResult, Tx, Value};
use kernel::{Language, LoginId, Moment};
use sea_orm::ConnectionTrait;
use vault::{Indexed, Place, Vault, VaultError, Wrapped};

use crate::Username;

/// A login to be made.
pub struct NewLogin {
    pub username: Username,
    pub password_hash: String,
    pub language: Language,
    /// The contact e-mail, not confirmed yet.
    pub email: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("that username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for LoginError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Vault(error) => error.db_err(),
            Self::UsernameTaken => None,
        }
    }
}

/// A login as pages need it.
#[derive(Clone, Debug)]
pub struct Login {
    pub id: LoginId,
    pub username: String,
    pub language: Language,
    pub email: String,
    pub email_confirmed: bool,
    pub created_at: Moment,
}

/// Makes a login in the caller's transaction. Its username is never given to anybody else again (SGN-4).
///
/// # Errors
/// [`LoginError::UsernameTaken`], also when somebody took it a moment ago.
pub async fn create_login(db: &Db, vault: &Vault, tx: &Tx, new: &NewLogin) -> Result<LoginId, LoginError> {
    let id: LoginId = db.world().id();
    let now = db.world().now();
    let sql = "INSERT INTO usernames (username_key, taken_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    if db::execute(tx, sql, [new.username.key().into(), now.into()]).await? == 0 {
        return Err(LoginError::UsernameTaken);
    }
    let (key, wrapped) = vault.new_data_key(id)?;
    let email = vault.seal(&key, Place { column: "logins.email", row: id.uuid() }, &new.email)?;
    let sql =
        "INSERT INTO logins (id, username, username_key, password_hash, password_set_at, language, data_key, key_id,
                   email, email_index, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $5)";
    let values: [Value; 10] = [
        id.into(),
        new.username.as_str().into(),
        new.username.key().into(),
        new.password_hash.as_str().into(),
        now.into(),
        new.language.into(),
        wrapped.bytes.into(),
        wrapped.key_id.into(),
        email.into(),
        vault.index(Indexed::Email, &new.email).into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(id)
}

#[derive(FromQueryResult)]
pub(crate) struct LoginRow {
    login_id: LoginId,
    username: String,
    login_language: Language,
    login_data_key: Vec<u8>,
    login_key_id: i32,
    login_email: Vec<u8>,
    email_confirmed_at: Option<Moment>,
    login_created_at: Moment,
}

db::row!(LoginRow {
    login_id,
    username,
    login_language,
    login_data_key,
    login_key_id,
    login_email,
    email_confirmed_at,
    login_created_at
});

/// What a [`LoginRow`] is read from: logins as `l`. Named apart from what else a statement may read.
pub(crate) const LOGIN_COLUMNS: &str = "l.id AS login_id, l.username, l.language AS login_language,
    l.data_key AS login_data_key, l.key_id AS login_key_id, l.email AS login_email, l.email_confirmed_at,
    l.created_at AS login_created_at";

impl LoginRow {
    pub(crate) fn open(self, vault: &Vault) -> Result<Login, VaultError> {
        let wrapped = Wrapped { key_id: self.login_key_id, bytes: self.login_data_key };
        let key = vault.open_data_key(self.login_id, &wrapped)?;
        let place = Place { column: "logins.email", row: self.login_id.uuid() };
        Ok(Login {
            id: self.login_id,
            username: self.username,
            language: self.login_language,
            email: vault.open(&key, place, &self.login_email)?,
            email_confirmed: self.email_confirmed_at.is_some(),
            created_at: self.login_created_at,
        })
    }
}

/// # Errors
/// When the database cannot be read, or the login's data cannot be opened.
pub async fn find_login(on: &impl ConnectionTrait, vault: &Vault, id: LoginId) -> Result<Option<Login>, VaultError> {
    let sql = format!("SELECT {LOGIN_COLUMNS} FROM logins l WHERE l.id = $1 AND l.deleted_at IS NULL");
    let row: Option<LoginRow> = db::query_one(on, &sql, [id.into()]).await?;
    row.map(|row| row.open(vault)).transpose()
}

/// As [`find_login`], within a write that has not changed it.
///
/// # Errors
/// As [`find_login`].
pub async fn find_login_in(db: &Db, tx: &Tx, vault: &Vault, id: LoginId) -> Result<Option<Login>, VaultError> {
    let sql = format!("SELECT {LOGIN_COLUMNS} FROM logins l WHERE l.id = $1 AND l.deleted_at IS NULL");
    let row = db.read_unchanged::<LoginRow>(tx, &sql, &[id.into()]).await?.pop();
    row.map(|row| row.open(vault)).transpose()
}

/// Notes that a login's contact e-mail was confirmed, in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn confirm_email(db: &Db, tx: &Tx, id: LoginId) -> Result<(), DbErr> {
    let sql = "UPDATE logins SET email_confirmed_at = $1 WHERE id = $2 AND email_confirmed_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), id.into()]).await.map(|_| ())
}

/// # Errors
/// When the database cannot be read.
pub async fn is_username_free(on: &impl ConnectionTrait, username: &Username) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM usernames WHERE username_key = $1";
    Ok(db::scalar::<i64>(on, sql, [username.key().into()]).await? == Some(0))
}

/// Up to three free usernames made from an e-mail address.
///
/// # Errors
/// When the database cannot be read.
pub async fn propose(db: &Db, email: &str) -> Result<Vec<String>, DbErr> {
    let local: String = email
        .split('@')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_alphanumeric() || ".-_".contains(*c))
        .take(40)
        .collect();
    if local.is_empty() {
        return Ok(Vec::new());
    }
    let padded = if local.chars().count() < 8 { format!("{local}.client") } else { local.clone() };
    let drawn = (0..6).map(|_| format!("{local}{:05}", db.world().below(100_000)));
    let wanted: Vec<Username> =
        std::iter::once(padded).chain(drawn).filter_map(|text| Username::parse(&text).ok()).collect();
    let places = db::places(1, wanted.len());
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    #[derive(FromQueryResult)]
    struct Taken {
        username_key: String,
    }
    let sql = format!("SELECT username_key FROM usernames WHERE username_key IN ({places})");
    let taken: Vec<Taken> = db::query(db.reader(), &sql, wanted.iter().map(|name| name.key().into())).await?;
    let mut seen: HashSet<&str> = taken.iter().map(|row| row.username_key.as_str()).collect();
    Ok(wanted.iter().filter(|name| seen.insert(name.key())).take(3).map(ToString::to_string).collect())
}

/// The logins that have this contact e-mail, oldest first; ten at most.
///
/// # Errors
/// When the database cannot be read, or a login's data cannot be opened.
pub async fn logins_with_email(
    on: &impl ConnectionTrait,
    vault: &Vault,
    email: &str,
) -> Result<Vec<Login>, VaultError> {
    let candidates = vault.index_candidates(Indexed::Email, email);
    let places = db::places(1, candidates.len());
    let sql = format!(
        "SELECT {LOGIN_COLUMNS} FROM logins l WHERE l.email_index IN ({places}) ORDER BY l.created_at, l.id LIMIT 10"
    );
    let rows: Vec<LoginRow> = db::query(on, &sql, candidates.into_iter().map(Value::from)).await?;
    rows.into_iter().map(|row| row.open(vault)).collect()
}

/// The login of a username, however it is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn login_by_username(on: &impl ConnectionTrait, typed: &str) -> Result<Option<LoginId>, DbErr> {
    db::scalar(on, "SELECT id FROM logins WHERE username_key = $1 AND username <> ''", [crate::fold(typed).into()])
        .await
}

/// In which language a login is written to from now on (PRO-1), in the caller's transaction.
///
/// # Errors
/// When the database cannot be written.
pub async fn set_language(tx: &Tx, id: LoginId, language: Language) -> Result<(), DbErr> {
    db::execute(tx, "UPDATE logins SET language = $1 WHERE id = $2", [language.into(), id.into()]).await.map(|_| ())
}
