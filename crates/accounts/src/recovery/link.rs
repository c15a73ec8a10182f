//! Links that are e-mailed about a request. Following one changes nothing; the button on its page does.

use db::{Db, DbErr, FromQueryResult, Tx};
use identity::{LinkState, Token, token_hash};
use jiff::SignedDuration;
use kernel::{Moment, RecoveryId};
use sea_orm::ConnectionTrait;

use super::RecoveryState;

/// How long the link to renew the login is good.
pub const RENEWAL_LASTS: SignedDuration = SignedDuration::from_hours(5 * 24);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryLink {
    /// To an address that was on file: “I did not ask for this”.
    Object,
    /// To the new address: choose a password.
    Renew,
}

impl RecoveryLink {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Renew => "renew",
        }
    }
}

/// Makes a link in the caller's transaction, and gives its secret.
pub(super) async fn make(db: &Db, tx: &Tx, id: RecoveryId, purpose: RecoveryLink) -> Result<String, DbErr> {
    let token = Token::draw(db);
    let sql = "INSERT INTO recovery_links (token_hash, recovery_id, purpose, made_at) VALUES ($1, $2, $3, $4)";
    let values = [token_hash(token.secret()).into(), id.into(), purpose.code().into(), db.world().now().into()];
    db::execute(tx, sql, values).await?;
    Ok(token.secret().to_owned())
}

/// Makes a link to object to a request, in the caller's transaction; one for each address, each good by itself.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_object_link(db: &Db, tx: &Tx, id: RecoveryId) -> Result<String, DbErr> {
    make(db, tx, id, RecoveryLink::Object).await
}

/// Ends the links of a request to renew the login.
pub(super) async fn end_renewals(db: &Db, tx: &Tx, id: RecoveryId) -> Result<(), DbErr> {
    let sql = "UPDATE recovery_links SET ended_at = $1
               WHERE recovery_id = $2 AND purpose = 'renew' AND used_at IS NULL AND ended_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), id.into()]).await.map(|_| ())
}

/// The request of a link's secret, and what the link can still do. None for a link that is none of ours.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_recovery_link(
    db: &Db,
    on: &impl ConnectionTrait,
    secret: &str,
    purpose: RecoveryLink,
) -> Result<Option<(RecoveryId, LinkState)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        recovery_id: RecoveryId,
        made_at: Moment,
        used_at: Option<Moment>,
        ended_at: Option<Moment>,
        state: String,
    }
    let sql = "SELECT k.recovery_id, k.made_at, k.used_at, k.ended_at, r.state FROM recovery_links k
               JOIN recoveries r ON r.id = k.recovery_id WHERE k.token_hash = $1 AND k.purpose = $2";
    let row: Option<Row> = db::query_one(on, sql, [token_hash(secret).into(), purpose.code().into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let state = RecoveryState::from_code(&row.state)?;
    let is_open = match purpose {
        RecoveryLink::Object => state.is_undecided() || state == RecoveryState::Sent,
        RecoveryLink::Renew => state == RecoveryState::Sent && row.made_at.plus(RENEWAL_LASTS) > db.world().now(),
    };
    let can = match row {
        Row { used_at: Some(_), .. } => LinkState::Used,
        Row { ended_at: Some(_), .. } => LinkState::Over,
        _ if is_open => LinkState::Open,
        _ => LinkState::Over,
    };
    Ok(Some((row.recovery_id, can)))
}

/// Uses a link up in the caller's transaction; of two at once, one. Gives its request where it was open.
pub(super) async fn use_up(db: &Db, tx: &Tx, secret: &str, purpose: RecoveryLink) -> Result<Option<RecoveryId>, DbErr> {
    let found = find_recovery_link(db, tx, secret, purpose).await?;
    let Some((id, LinkState::Open)) = found else { return Ok(None) };
    let sql = "UPDATE recovery_links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND ended_at IS NULL";
    let used = db::execute(tx, sql, [db.world().now().into(), token_hash(secret).into()]).await?;
    Ok((used == 1).then_some(id))
}

/// Uses up the link to renew a login, in the transaction that renews it. Other requests for the same login end with it.
///
/// # Errors
/// When the database cannot be written.
pub async fn use_renewal(db: &Db, tx: &Tx, secret: &str) -> Result<Option<RecoveryId>, DbErr> {
    let Some(id) = use_up(db, tx, secret, RecoveryLink::Renew).await? else { return Ok(None) };
    let sql = "UPDATE recoveries SET state = 'done' WHERE id = $1 AND state = 'sent'";
    if db::execute(tx, sql, [id.into()]).await? == 0 {
        return Ok(None);
    }
    let now = db.world().now();
    let sql = "UPDATE recovery_links SET ended_at = $1 WHERE used_at IS NULL AND ended_at IS NULL AND recovery_id IN (
                   SELECT o.id FROM recoveries o JOIN recoveries r ON r.login_id = o.login_id
                   WHERE r.id = $2 AND o.id <> r.id AND o.state IN ('open', 'accepted', 'sent'))";
    db::execute(tx, sql, [now.into(), id.into()]).await?;
    // Due at once: what was handed in with them is erased by the next look at what is due.
    let sql = "UPDATE recoveries SET state = 'expired', reason = 'another', decided_at = $1, due_at = $1
               WHERE id <> $2 AND state IN ('open', 'accepted', 'sent')
                   AND login_id = (SELECT r.login_id FROM recoveries r WHERE r.id = $2)";
    db::execute(tx, sql, [now.into(), id.into()]).await?;
    Ok(Some(id))
}
