//! Linked accounts (ONE-1): a login comes to hold further accounts of which the person is holder. An account without its holder's
//! login is linked with a code to its e-mail on file, or with an activation e-mail; one that has such a login by that login
//! alone, signed in with all that it asks for. A mailbox never takes an account away from a login: that would be a way past its
//! second step.

mod ask;
mod moved;
mod undo;

pub use ask::{LINK_CODE_LASTS, LinkAsk, LinkTried, LinkWish, ask_link, find_link_ask, find_linkable, try_link_code};
pub use moved::{Linked, link_activated, move_account};
pub use undo::{LinkDeed, LinkUndone, Undone, UndoneBy, find_link_deed, make_link_undo, undo_link};

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Migration, Tx};
use kernel::{AccountId, AccountLinkId, LoginId, MembershipId, Moment};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use crate::users::forget_names;

/// The tables of this module.
pub(crate) const MIGRATION: Migration = Migration {
    name: "m0381_links",
    what: "accounts that were linked to a login",
    sql: include_str!("../migrations/0081_links.sql"),
};

/// What proved that the person holds the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkWay {
    /// Account number, postal code, and a code to the e-mail on file.
    Code,
    /// The login that held it.
    Login,
    /// An activation e-mail.
    Activation,
}

impl LinkWay {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Login => "login",
            Self::Activation => "activation",
        }
    }

    fn from_code(code: &str) -> Self {
        match code {
            "login" => Self::Login,
            "activation" => Self::Activation,
            _ => Self::Code,
        }
    }
}

/// An account that was linked to a login, and is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLink {
    pub id: AccountLinkId,
    /// What was linked at once has one.
    pub deed: Uuid,
    pub account: AccountId,
    pub number: String,
    pub login: LoginId,
    pub membership: MembershipId,
    pub way: LinkWay,
    /// The login that held it before, where that is still there: it goes back to it when the link is undone.
    pub other: Option<LoginId>,
    pub other_username: Option<String>,
    pub linked_at: Moment,
    /// Whether the link still stands: it was not undone, and the account did not go elsewhere.
    pub stands: bool,
    pub is_undone: bool,
    /// Whether the login left an account that nobody holds since, and that is still that of the same customer: it may go back to the
    /// login that held it before.
    is_left: bool,
}

impl AccountLink {
    /// Whether a letter can undo it, for as long as that does.
    pub fn can_be_undone(&self) -> bool {
        self.stands || self.is_left
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: AccountLinkId,
    deed_id: Uuid,
    account_id: AccountId,
    number: String,
    login_id: LoginId,
    membership_id: MembershipId,
    way: String,
    other_login_id: Option<LoginId>,
    other_username: Option<String>,
    linked_at: Moment,
    undone_at: Option<Moment>,
    ended_at: Option<Moment>,
    confirmed_at: Option<Moment>,
    /// How many hold the account now.
    holders: i64,
    held_since: Option<Moment>,
}

const SELECT: &str =
    "SELECT k.id, k.deed_id, k.account_id, a.number, k.login_id, k.membership_id, k.way, o.id AS other_login_id,
        o.username AS other_username, k.linked_at, k.undone_at, m.ended_at, m.confirmed_at, a.held_since,
        (SELECT count(*) FROM memberships h WHERE h.account_id = k.account_id AND h.role = 'holder'
            AND h.ended_at IS NULL) AS holders
    FROM account_links k JOIN accounts a ON a.id = k.account_id JOIN memberships m ON m.id = k.membership_id
    LEFT JOIN logins o ON o.id = k.other_login_id AND o.deleted_at IS NULL";

impl From<Row> for AccountLink {
    fn from(row: Row) -> Self {
        let (is_undone, has_ended) = (row.undone_at.is_some(), row.ended_at.is_some());
        // After a change of holder it is another person's (PRO-1).
        let is_same_customers = row.held_since.is_none_or(|since| since <= row.linked_at);
        let has_way_back = row.other_login_id.is_some() && is_same_customers;
        Self {
            id: row.id,
            deed: row.deed_id,
            account: row.account_id,
            number: row.number,
            login: row.login_id,
            membership: row.membership_id,
            way: LinkWay::from_code(&row.way),
            other: row.other_login_id,
            other_username: row.other_username,
            linked_at: row.linked_at,
            stands: !is_undone && !has_ended,
            is_undone,
            is_left: !is_undone && has_ended && row.holders == 0 && has_way_back,
        }
    }
}

/// The accounts that are linked to a login now, the oldest link first.
///
/// # Errors
/// When the database cannot be read.
pub async fn links_of(on: &impl ConnectionTrait, login: LoginId) -> Result<Vec<AccountLink>, DbErr> {
    let sql = format!("{SELECT} WHERE k.login_id = $1 AND k.undone_at IS NULL ORDER BY k.linked_at, a.number");
    let rows: Vec<Row> = db::query(on, &sql, [login.into()]).await?;
    Ok(rows.into_iter().map(AccountLink::from).filter(|link| link.stands).collect())
}

/// Writes a link down.
async fn keep_link(
    db: &Db,
    tx: &Tx,
    (account, login, membership): (AccountId, LoginId, MembershipId),
    (deed, way, other): (Uuid, LinkWay, Option<LoginId>),
) -> Result<(), DbErr> {
    let id: AccountLinkId = db.world().id();
    let sql =
        "INSERT INTO account_links (id, deed_id, account_id, login_id, membership_id, way, other_login_id, linked_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        id.into(),
        deed.into(),
        account.into(),
        login.into(),
        membership.into(),
        way.code().into(),
        other.into(),
        db.world().now().into(),
    ];
    db::execute(tx, sql, values).await.map(|_| ())
}

/// A login that is to hold an account is a user of it no more: nobody is both. What they were called there is of no use then.
async fn leave_as_user(db: &Db, tx: &Tx, account: AccountId, login: LoginId) -> Result<(), DbErr> {
    let sql = "SELECT id FROM memberships WHERE account_id = $1 AND login_id = $2 AND role = 'secondary' AND ended_at IS NULL";
    let user: Option<MembershipId> = db::scalar(tx, sql, [account.into(), login.into()]).await?;
    let Some(user) = user else { return Ok(()) };
    let sql = "UPDATE memberships SET ended_at = $1 WHERE id = $2";
    db::execute(tx, sql, [db.world().now().into(), user.into()]).await?;
    forget_names(tx, ("id", user.uuid())).await
}

/// Notes a link, or its end, in the account's chain, and in those of the logins.
async fn note(
    db: &Db,
    tx: &Tx,
    (of_account, of_logins): (&'static str, &'static str),
    (account, login, other): (AccountId, LoginId, Option<LoginId>),
    (way, by): (LinkWay, &str),
) -> Result<(), DbErr> {
    let details = json!({ "login": login, "other": other, "way": way.code(), "account": account, "by": by });
    let logins = std::iter::once(login).chain(other).map(|login| (Chain::Login(login), of_logins));
    let chains: Vec<(Chain, &'static str)> =
        std::iter::once((Chain::Account(account), of_account)).chain(logins).collect();
    let ends: Vec<Chain> = chains.iter().map(|(chain, _)| *chain).collect();
    let mut appender = Appender::read(db, tx, &ends).await?;
    for (chain, kind) in chains {
        appender.add(Event { chain, kind, author: Author::Customer, details: details.clone(), sealed: None });
    }
    appender.write(tx).await
}
