//! Links that are e-mailed about a login, each good once: “this was not me” (SEC-4), and the choice of a new password
//! (SEC-5). The database keeps the hash of their secrets. Following one changes nothing; the button on its page does.

use audit::Author;
use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::{Vault, VaultError};

use crate::sign_in::note;
use crate::steps::{end_password_without_step, forget_waiting_steps};
use crate::{ChosenPassword, StepOwner, Token, end_sessions_of, forget_devices_of, token_hash};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    NotMe,
    NewPassword,
}

impl LinkPurpose {
    const fn code(self) -> &'static str {
        match self {
            Self::NotMe => "not-me",
            Self::NewPassword => "new-password",
        }
    }

    /// How long it is good.
    pub const fn lasts(self) -> SignedDuration {
        match self {
            Self::NotMe => SignedDuration::from_hours(30 * 24),
            Self::NewPassword => SignedDuration::from_hours(1),
        }
    }
}

/// What a link can still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    Open,
    /// It was used.
    Used,
    /// Too old, or a newer one was sent.
    Over,
}

/// Makes a link in the caller's transaction, and gives its secret. Of those to a new password the newest alone is good.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_link(db: &Db, tx: &Tx, login: LoginId, purpose: LinkPurpose) -> Result<String, DbErr> {
    make_link_to(db, tx, login, purpose, "contact").await
}

/// Makes a link to a new password that goes to the backup e-mail, as [`make_link`] does; it confirms nothing about the
/// contact e-mail.
///
/// # Errors
/// When the database cannot be written.
pub async fn make_backup_password_link(db: &Db, tx: &Tx, login: LoginId) -> Result<String, DbErr> {
    make_link_to(db, tx, login, LinkPurpose::NewPassword, "backup").await
}

async fn make_link_to(db: &Db, tx: &Tx, login: LoginId, purpose: LinkPurpose, went_to: &str) -> Result<String, DbErr> {
    let now = db.world().now();
    if purpose == LinkPurpose::NewPassword {
        replace_links(db, tx, login, purpose).await?;
        note(db, tx, login, ("login.recovery-sent", Author::Customer), json!({ "to": went_to })).await?;
    }
    let old = now.plus(-LinkPurpose::NotMe.lasts() * 2);
    db::execute(tx, "DELETE FROM login_links WHERE login_id = $1 AND made_at < $2", [login.into(), old.into()]).await?;
    let token = Token::draw(db);
    let sql = "INSERT INTO login_links (token_hash, login_id, purpose, made_at, went_to) VALUES ($1, $2, $3, $4, $5)";
    let values = [token_hash(token.secret()).into(), login.into(), purpose.code().into(), now.into(), went_to.into()];
    db::execute(tx, sql, values).await?;
    Ok(token.secret().to_owned())
}

pub(crate) async fn replace_links(db: &Db, tx: &Tx, login: LoginId, purpose: LinkPurpose) -> Result<(), DbErr> {
    let sql = "UPDATE login_links SET replaced_at = $1 WHERE login_id = $2 AND purpose = $3 AND used_at IS NULL
                   AND replaced_at IS NULL";
    db::execute(tx, sql, [db.world().now().into(), login.into(), purpose.code().into()]).await.map(|_| ())
}

/// The login of a link's secret, and what the link can still do. None for a link that is none of ours.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_link(
    db: &Db,
    on: &impl ConnectionTrait,
    secret: &str,
    purpose: LinkPurpose,
) -> Result<Option<(LoginId, LinkState)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        login_id: LoginId,
        made_at: Moment,
        used_at: Option<Moment>,
        replaced_at: Option<Moment>,
    }
    let sql = "SELECT login_id, made_at, used_at, replaced_at FROM login_links WHERE token_hash = $1 AND purpose = $2";
    let row: Option<Row> = db::query_one(on, sql, [token_hash(secret).into(), purpose.code().into()]).await?;
    Ok(row.map(|row| {
        let is_late = row.made_at.plus(purpose.lasts()) <= db.world().now();
        let state = match row {
            Row { used_at: Some(_), .. } => LinkState::Used,
            Row { replaced_at: Some(_), .. } => LinkState::Over,
            _ if is_late => LinkState::Over,
            _ => LinkState::Open,
        };
        (row.login_id, state)
    }))
}

/// Uses a link up in the caller's transaction; of two at once, one. Gives its login where it was open.
async fn use_link(db: &Db, tx: &Tx, secret: &str, purpose: LinkPurpose) -> Result<Option<LoginId>, DbErr> {
    let Some((login, LinkState::Open)) = find_link(db, tx, secret, purpose).await? else { return Ok(None) };
    let sql = "UPDATE login_links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND replaced_at IS NULL";
    let used = db::execute(tx, sql, [db.world().now().into(), token_hash(secret).into()]).await?;
    Ok((used == 1).then_some(login))
}

pub(crate) async fn end_everything(tx: &Tx, login: LoginId) -> Result<(), DbErr> {
    end_sessions_of(tx, login).await?;
    forget_devices_of(tx, login).await?;
    db::execute(tx, "DELETE FROM pending_sign_ins WHERE login_id = $1", [login.into()]).await?;
    db::execute(tx, "DELETE FROM checked_callers WHERE login_id = $1", [login.into()]).await?;
    let sql = "DELETE FROM step_sign_ins WHERE owner_kind = 'login' AND owner_id = $1";
    db::execute(tx, sql, [login.into()]).await?;
    forget_waiting_steps(tx, StepOwner::Login(login)).await
}

/// “This was not me” (SEC-4), in the caller's transaction: all sessions end, no device is known any more, and the password
/// opens nothing until a new one is chosen; a contact e-mail that took the place of the link's since is put back (SEC-6). Gives
/// the login where the link was open.
///
/// # Errors
/// When the database cannot be written, or the login's data cannot be opened.
pub async fn was_not_me((db, vault): (&Db, &Vault), tx: &Tx, secret: &str) -> Result<Option<LoginId>, VaultError> {
    let Some(login) = use_link(db, tx, secret, LinkPurpose::NotMe).await? else { return Ok(None) };
    let sql = "SELECT made_at FROM login_links WHERE token_hash = $1";
    let sent: Option<Moment> = db::scalar(tx, sql, [token_hash(secret).into()]).await?;
    shut(db, tx, login).await?;
    if let Some(sent) = sent {
        crate::change::undo_changes_since((db, vault), tx, login, sent).await?;
    }
    note(db, tx, login, ("login.not-me", Author::Customer), json!({})).await?;
    Ok(Some(login))
}

/// Shuts a login until a new password is chosen: all sessions end, no device is known any more, the links to a new password that
/// were sent open nothing, and what somebody who got in may have begun or set up is taken back.
pub(crate) async fn shut(db: &Db, tx: &Tx, login: LoginId) -> Result<(), DbErr> {
    for purpose in [LinkPurpose::NotMe, LinkPurpose::NewPassword] {
        replace_links(db, tx, login, purpose).await?;
    }
    end_everything(tx, login).await?;
    crate::change::refuse_open(db, tx, login).await?;
    let since = db.world().now().plus(-LinkPurpose::NotMe.lasts());
    crate::backup::doubt_backup(db, tx, login, since).await?;
    crate::passkeys::doubt_passkeys_since(db, tx, StepOwner::Login(login), since).await?;
    let sql = "UPDATE logins SET password_ended_at = $1 WHERE id = $2";
    db::execute(tx, sql, [db.world().now().into(), login.into()]).await.map(|_| ())
}

/// Sets the password that was chosen with a link (SEC-5), in the caller's transaction: all sessions end, no device is known
/// any more, and the contact e-mail is confirmed where the link went there. Gives the login where the link was open.
///
/// # Errors
/// When the database cannot be written.
pub async fn choose_password(
    db: &Db,
    tx: &Tx,
    secret: &str,
    password: &ChosenPassword,
) -> Result<Option<LoginId>, DbErr> {
    let Some(login) = use_link(db, tx, secret, LinkPurpose::NewPassword).await? else { return Ok(None) };
    set_recovered_password(db, tx, login, (password, "recovery")).await?;
    let sql = "SELECT went_to FROM login_links WHERE token_hash = $1";
    let went_to: Option<String> = db::scalar(tx, sql, [token_hash(secret).into()]).await?;
    if went_to.as_deref() == Some("contact") {
        crate::confirm_email(db, tx, login).await?;
    }
    Ok(Some(login))
}

/// Sets a password that was chosen without the old one (SEC-5), in the caller's transaction: all sessions end, no device is
/// known any more, and links to a new password that are still under way open nothing. `by` says in the log what it came by.
///
/// # Errors
/// When the database cannot be written.
pub async fn set_recovered_password(
    db: &Db,
    tx: &Tx,
    login: LoginId,
    (password, by): (&ChosenPassword, &'static str),
) -> Result<(), DbErr> {
    replace_links(db, tx, login, LinkPurpose::NewPassword).await?;
    end_everything(tx, login).await?;
    let sql = "UPDATE logins SET password_hash = $1, password_set_at = $2, recovered_at = $2, password_ended_at = NULL,
                   password_needs_step = $4
               WHERE id = $3";
    let hash = password.hash.as_str();
    db::execute(tx, sql, [hash.into(), db.world().now().into(), login.into(), password.needs_step.into()]).await?;
    end_password_without_step(db, tx, login).await?;
    // Whoever knew the password before may have begun one.
    crate::change::refuse_open(db, tx, login).await?;
    note(db, tx, login, ("login.password-chosen", Author::Customer), json!({ "by": by })).await
}

/// When a login was last recovered; for who decides whether it is to be again.
///
/// # Errors
/// When the database cannot be read.
pub async fn recovered_at(on: &impl ConnectionTrait, login: LoginId) -> Result<Option<Moment>, DbErr> {
    let found: Option<Option<Moment>> =
        db::scalar(on, "SELECT recovered_at FROM logins WHERE id = $1", [login.into()]).await?;
    Ok(found.flatten())
}
