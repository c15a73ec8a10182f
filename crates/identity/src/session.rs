//! Sessions: kept on the server, ended there (SEC-1, SEC-9).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use db::{Db, DbErr, FromQueryResult, Isolation, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment, SessionId};
use vault::{Vault, VaultError};

use crate::Login;
use crate::login::{LOGIN_COLUMNS, LoginRow};

/// A session that nobody used for so long has ended, where the provider's configuration does not say otherwise.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// No session is older.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Being seen is written at most so often, so that reading a page seldom writes.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A secret for a cookie or a link, of which [`token_hash`] alone is kept.
pub struct Token(String);

impl Token {
    /// Draws one: 256 bits, as text for a cookie or a link.
    pub fn draw(db: &Db) -> Self {
        let mut bytes = [0; 32];
        db.world().fill(&mut bytes);
        Self(data_encoding::BASE64URL_NOPAD.encode(&bytes))
    }

    /// For the cookie or the link.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

/// What is kept of a session's secret.
pub fn token_hash(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// A session that is open.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub created_at: Moment,
    pub seen_at: Moment,
}

/// Begins a session, always under a new secret: one that somebody planted before opens nothing. `device` are two words of
/// ours for browser and system, `firefox/windows`; none where they are not known (SEC-9).
///
/// # Errors
/// When the database cannot be written.
pub async fn begin_session(db: &Db, tx: &Tx, login: LoginId, device: Option<&str>) -> Result<Token, DbErr> {
    let token = Token::draw(db);
    let id: SessionId = db.world().id();
    let now = db.world().now();
    let sql =
        "INSERT INTO sessions (id, token_hash, login_id, created_at, seen_at, device) VALUES ($1, $2, $3, $4, $4, $5)";
    db::execute(tx, sql, [id.into(), token_hash(token.secret()).into(), login.into(), now.into(), device.into()])
        .await?;
    // Those that ended by themselves.
    let sql = "DELETE FROM sessions WHERE login_id = $1 AND created_at < $2";
    db::execute(tx, sql, [login.into(), now.plus(-LONGEST).into()]).await?;
    Ok(token)
}

/// When this node saw sessions, written down in the background: a page does not wait for that, and many requests of one
/// session write once. What is lost with the node is a minute at most. Cheap to clone.
#[derive(Clone)]
pub struct Sightings {
    seen: Arc<Mutex<Seen>>,
    idle: SignedDuration,
}

impl Default for Sightings {
    fn default() -> Self {
        Self::new(IDLE)
    }
}

#[derive(Default)]
struct Seen {
    /// Those of the last half hour, also when they are written: a row may have been read before.
    last: HashMap<SessionId, Moment>,
    unwritten: Vec<(SessionId, Moment)>,
    is_writing: bool,
}

impl Sightings {
    /// Where sessions end when nobody used them for so long (SEC-9).
    pub fn new(idle: SignedDuration) -> Self {
        Self { seen: Arc::default(), idle }
    }

    /// A session that nobody used for so long has ended.
    pub fn idle(&self) -> SignedDuration {
        self.idle
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it was last seen, by the database or this node.
    pub(crate) fn last(&self, session: SessionId, written: Moment) -> Moment {
        self.seen().last.get(&session).copied().map_or(written, |here| here.max(written))
    }

    /// Writes it down in the background, with all others that come meanwhile.
    fn note(&self, db: &Db, session: SessionId, now: Moment) {
        let mut seen = self.seen();
        seen.last.insert(session, now);
        seen.unwritten.push((session, now));
        if !std::mem::replace(&mut seen.is_writing, true) {
            let (sightings, db) = (self.clone(), db.clone());
            tokio::spawn(async move { sightings.write_all(&db).await });
        }
    }

    async fn write_all(&self, db: &Db) {
        loop {
            let unwritten = {
                let mut seen = self.seen();
                let ended = db.world().now().plus(-self.idle);
                seen.last.retain(|_, at| *at > ended);
                if seen.unwritten.is_empty() {
                    seen.is_writing = false;
                    return;
                }
                std::mem::take(&mut seen.unwritten)
            };
            // A failure is not repeated: the next request a minute later notes it again.
            if let Err(error) = write_seen(db, &unwritten).await {
                tracing::warn!(%error, "when sessions were seen could not be written");
            }
        }
    }
}

async fn write_seen(db: &Db, seen: &[(SessionId, Moment)]) -> Result<(), DbErr> {
    db.write_with(Isolation::Locked, async |tx| {
        for (session, at) in seen {
            let sql = "UPDATE sessions SET seen_at = $1 WHERE id = $2 AND seen_at < $1";
            db::execute(tx, sql, [(*at).into(), (*session).into()]).await?;
        }
        Ok(())
    })
    .await
}

/// A session and its login as they are kept; `accounts` reads them together with what the login reaches, for every
/// request asks who is there.
#[derive(FromQueryResult)]
pub struct SessionRow {
    session_id: SessionId,
    began_at: Moment,
    seen_at: Moment,
    #[sea_orm(nested)]
    login: LoginRow,
}

db::row!(SessionRow { session_id, began_at, seen_at; login });

impl SessionRow {
    /// Reads the row of a token hash ($1); to be joined with more by `l.id`.
    pub fn columns_and_tables() -> (String, &'static str) {
        let columns = format!("s.id AS session_id, s.created_at AS began_at, s.seen_at, {LOGIN_COLUMNS}");
        (columns, "sessions s JOIN logins l ON l.id = s.login_id")
    }

    /// The session and its login, noted as seen; none when the session has ended.
    ///
    /// # Errors
    /// When the login's data cannot be opened.
    pub fn open(self, db: &Db, vault: &Vault, sightings: &Sightings) -> Result<Option<(Session, Login)>, VaultError> {
        let now = db.world().now();
        let seen_at = sightings.last(self.session_id, self.seen_at);
        if seen_at.plus(sightings.idle) <= now || self.began_at.plus(LONGEST) <= now {
            return Ok(None);
        }
        if seen_at.plus(SEEN_EVERY) <= now {
            sightings.note(db, self.session_id, now);
        }
        let session = Session { id: self.session_id, created_at: self.began_at, seen_at };
        Ok(Some((session, self.login.open(vault)?)))
    }
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
