//! Who saw and changed what on an account (PRO-3), read from its chain of the audit log; and the notes that the provider's people
//! leave there by looking something up.

use audit::{Appender, Author, Chain, Event, StoredEvent, Wanted};
use db::{Db, DbErr, FromQueryResult, Tx};
use kernel::{AccountId, LoginId, MembershipId, Moment, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::{Grant, Right};

/// A login that has or had a role on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Involved {
    pub login: LoginId,
    pub membership: MembershipId,
    pub is_holder: bool,
    /// Nothing where the login was deleted, or nobody came to the invitation.
    pub username: Option<String>,
    /// Which of the two.
    pub is_deleted: bool,
}

/// Whoever has or had a role on the grant's account; for naming them in its history.
///
/// # Errors
/// When the database cannot be read.
pub async fn involved(on: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<Involved>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: MembershipId,
        login_id: LoginId,
        role: String,
        username: String,
        deleted_at: Option<Moment>,
    }
    if grant.right() != Right::SeeHistory {
        return Ok(Vec::new());
    }
    let sql = "SELECT m.id, m.login_id, m.role, l.username, l.deleted_at
               FROM memberships m JOIN logins l ON l.id = m.login_id WHERE m.account_id = $1 ORDER BY m.begun_at, m.id";
    let rows: Vec<Row> = db::query(on, sql, [grant.account().into()]).await?;
    let involved = rows.into_iter().map(|row| Involved {
        login: row.login_id,
        membership: row.id,
        is_holder: row.role == "holder",
        username: Some(row.username).filter(|username| !username.is_empty()),
        is_deleted: row.deleted_at.is_some(),
    });
    Ok(involved.collect())
}

/// The newest events of the grant's account, the newest first; none from before its holder had it (PRO-1).
///
/// # Errors
/// When the database cannot be read.
pub async fn account_history(
    on: &impl ConnectionTrait,
    grant: &Grant,
    wanted: &Wanted<'_>,
) -> Result<Vec<StoredEvent>, DbErr> {
    if grant.right() != Right::SeeHistory {
        return Ok(Vec::new());
    }
    let chain = Chain::Account(grant.account());
    // What ended with the former holder was written in the same moment, before the change was noted.
    let sql = "SELECT max(seq) FROM audit_events WHERE chain = $1 AND kind = 'holder-change.done'";
    let after: Option<Option<i64>> = db::scalar(on, sql, [chain.uuid().into()]).await?;
    let from = wanted.from.max(grant.since());
    let wanted = Wanted { from, after: after.flatten().unwrap_or_default() - 1, ..*wanted };
    audit::newest_events(on, chain, &wanted).await
}

/// What one of the provider's people looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookedUp {
    /// How an account stands: whether it has its login, and an e-mail on file.
    Account(AccountId),
    /// Whether a login is locked.
    Login(LoginId),
    /// A change of holder, with what is on file of who holds the account.
    HolderChange(AccountId),
    /// A request for a way back in, with what is on file of whose login it is about.
    Recovery(LoginId),
}

/// Notes it in the chain of whom it is about, and in that of the member of staff.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_look_up(db: &Db, tx: &Tx, what: LookedUp, staff: StaffId) -> Result<(), DbErr> {
    let (chain, kind) = match what {
        LookedUp::Account(account) => (Chain::Account(account), "account.looked-up"),
        LookedUp::Login(login) => (Chain::Login(login), "login.looked-up"),
        LookedUp::HolderChange(account) => (Chain::Account(account), "holder-change.seen"),
        LookedUp::Recovery(login) => (Chain::Login(login), "recovery.seen"),
    };
    let mut details = json!({ "staff": staff });
    match what {
        LookedUp::Account(account) | LookedUp::HolderChange(account) => details["account"] = json!(account),
        LookedUp::Login(login) | LookedUp::Recovery(login) => details["login"] = json!(login),
    }
    let chains = [chain, Chain::Staff(staff)];
    let mut appender = Appender::read(db, tx, &chains).await?;
    for chain in chains {
        appender.add(Event { chain, kind, author: Author::Staff, details: details.clone(), sealed: None });
    }
    appender.write(tx).await
}

/// The account that bears a number.
///
/// # Errors
/// When the database cannot be read.
pub async fn account_of(on: &impl ConnectionTrait, number: &str) -> Result<Option<AccountId>, DbErr> {
    db::scalar(on, "SELECT id FROM accounts WHERE number = $1", [number.into()]).await
}
