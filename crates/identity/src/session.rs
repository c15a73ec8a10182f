//! Sessions: kept on the server, ended there (SEC-1, SEC-9).

use aws_lc_rs::digest::{SHA256, digest};
use db::{Db, DbErr, FromQueryResult, Isolation, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment, SessionId};
use vault::{Vault, VaultError};

use crate::Login;
use crate::login::{LOGIN_COLUMNS, LoginRow};

/// A session that nobody used for so long has ended.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// No session is older.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Being seen is written at most so often, so that reading a page seldom writes.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The secret of a session's cookie.
pub struct Token(String);

impl Token {
    pub(crate) fn draw(db: &Db) -> Self {
        let mut bytes = [0; 32];
        db.world().fill(&mut bytes);
        Self(data_encoding::BASE64URL_NOPAD.encode(&bytes))
    }

    /// For the cookie.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

fn hash(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// A session that is open.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub created_at: Moment,
    pub seen_at: Moment,
}

/// Begins a session, always under a new secret: one that somebody planted before opens nothing.
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_session(db: &Db, tx: &Tx, login: LoginId) -> Result<Token, DbErr> {
    let token = Token::draw(db);
    let id: SessionId = db.world().id();
    let now = db.world().now();
    let sql = "INSERT INTO sessions (id, token_hash, login_id, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)";
    db::execute(tx, sql, [id.into(), hash(token.secret()).into(), login.into(), now.into()]).await?;
    // Those that ended by themselves.
    let sql = "DELETE FROM sessions WHERE login_id = $1 AND (seen_at < $2 OR created_at < $3)";
    let (idle, old) = (now.plus(-IDLE), now.plus(-LONGEST));
    db::execute(tx, sql, [login.into(), idle.into(), old.into()]).await?;
    Ok(token)
}

/// The open session of a cookie's secret, which is noted as seen, and its login.
///
/// # Errors
/// When the database fails, or the login's data cannot be opened.
pub async fn find_session(db: &Db, vault: &Vault, secret: &str) -> Result<Option<(Session, Login)>, VaultError> {
    #[derive(FromQueryResult)]
    struct Row {
        session_id: SessionId,
        began_at: Moment,
        seen_at: Moment,
        #[sea_orm(nested)]
        login: LoginRow,
    }
    let sql = format!(
        "SELECT s.id AS session_id, s.created_at AS began_at, s.seen_at, {LOGIN_COLUMNS}
         FROM sessions s JOIN logins l ON l.id = s.login_id WHERE s.token_hash = $1"
    );
    let found: Option<Row> = db::query_one(db.reader(), &sql, [hash(secret).into()]).await?;
    let now = db.world().now();
    let open = |row: &Row| row.seen_at.plus(IDLE) > now && row.began_at.plus(LONGEST) > now;
    let Some(row) = found.filter(open) else { return Ok(None) };
    let session = Session { id: row.session_id, created_at: row.began_at, seen_at: row.seen_at };
    if session.seen_at.plus(SEEN_EVERY) <= now {
        db.write_with(Isolation::Locked, async |tx| {
            let sql = "UPDATE sessions SET seen_at = $1 WHERE id = $2";
            db::execute(tx, sql, [now.into(), session.id.into()]).await.map(|_| ())
        })
        .await?;
    }
    Ok(Some((session, row.login.open(vault)?)))
}

/// Ends a session.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_session(db: &Db, session: SessionId) -> Result<(), DbErr> {
    db.write_with(Isolation::Locked, async |tx| {
        db::execute(tx, "DELETE FROM sessions WHERE id = $1", [session.into()]).await.map(|_| ())
    })
    .await
}

/// Ends all sessions of a login.
///
/// # Errors
/// When the database cannot be written.
pub async fn end_sessions_of(tx: &Tx, login: LoginId) -> Result<u64, DbErr> {
    db::execute(tx, "DELETE FROM sessions WHERE login_id = $1", [login.into()]).await
}
