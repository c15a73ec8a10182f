//! A link with account number, postal code and a code to the e-mail on file. Whoever asks learns nothing before the code is
//! typed: an ask for what links nothing is kept, tried and refused like any other.

use db::{Db, DbErr, Engine, FromQueryResult, Tx, Value};
use identity::{CodeState, Judged, SentCode, draw_digits};
use jiff::SignedDuration;
use kernel::{AccountId, LoginId, Moment};
use sea_orm::ConnectionTrait;
use vault::Vault;

use super::{LinkWay, keep_link, leave_as_user};
use crate::AccountNumber;
use crate::sign_up::{Origin, ServicePlaces, SignUpError, hold_as, named_account};

/// How long a code links.
pub const LINK_CODE_LASTS: SignedDuration = SignedDuration::from_mins(30);

/// The account of a number and a postal code that a code may link: one without its holder's login. The same look-ups whatever was
/// typed.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_linkable(
    db: &Db,
    vault: &Vault,
    (number, postal_code): (&str, &str),
    places: &impl ServicePlaces,
) -> Result<Option<AccountId>, DbErr> {
    let number = number.parse::<AccountNumber>().map_or_else(|_| number.to_owned(), |number| number.to_string());
    let named = named_account(db, vault, (&number, postal_code), places).await?;
    // Services stay where they are when an account changes hands: their postal code is the former holder's too (PRO-1).
    let right = named.filter(|account| account.by_own_code || account.held_since.is_none());
    Ok(right.map(|account| account.id))
}

/// What a login asked for last.
#[derive(Clone, Debug)]
pub struct LinkAsk {
    account: Option<AccountId>,
    typed_mark: Vec<u8>,
    code: SentCode,
}

impl LinkAsk {
    pub fn state(&self, now: Moment) -> CodeState {
        self.code.state(now)
    }
}

#[derive(FromQueryResult)]
struct Row {
    account_id: Option<AccountId>,
    typed_mark: Vec<u8>,
    code_mark: Vec<u8>,
    code_sent_at: Moment,
    tries: i32,
}

/// The ask of a login.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_link_ask(on: &impl ConnectionTrait, login: LoginId) -> Result<Option<LinkAsk>, DbErr> {
    let sql =
        "SELECT account_id, typed_mark, code_mark, code_sent_at, tries FROM account_link_asks WHERE login_id = $1";
    let row: Option<Row> = db::query_one(on, sql, [login.into()]).await?;
    Ok(row.map(|row| LinkAsk {
        account: row.account_id,
        typed_mark: row.typed_mark,
        code: SentCode {
            mark: Some(row.code_mark),
            sent_at: Some(row.code_sent_at),
            tries: row.tries,
            lasts: LINK_CODE_LASTS,
        },
    }))
}

/// The same, held until the transaction ends: tries at once are counted one after the other.
async fn hold_ask(tx: &Tx, login: LoginId) -> Result<Option<LinkAsk>, DbErr> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT login_id FROM account_link_asks WHERE login_id = $1{}) AS held",
        Engine::of(tx).for_update()
    );
    db::scalar::<i64>(tx, &sql, [login.into()]).await?;
    find_link_ask(tx, login).await
}

fn code_mark(vault: &Vault, login: LoginId, code: &str) -> Vec<u8> {
    vault.mark("guichet link code", format!("{login}\0{code}").as_bytes())
}

/// What became of an ask.
pub enum LinkWish {
    /// The code to be sent in the same transaction, if there is an account to which.
    Drawn(String),
    /// The same was asked for a moment ago: the button was pressed twice.
    JustSent,
}

/// Keeps an ask in the caller's transaction, in place of the one before. `account` is what [`find_linkable`] found for what was
/// typed.
///
/// # Errors
/// When the database cannot be written.
pub async fn ask_link(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, account): (LoginId, Option<AccountId>),
    (number, postal_code): (&str, &str),
) -> Result<LinkWish, DbErr> {
    let now = db.world().now();
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let typed = format!("{}\0{}", plain(number), plain(postal_code));
    let typed_mark = vault.mark("guichet link ask", typed.as_bytes());
    let before = hold_ask(tx, login).await?;
    if before.is_some_and(|before| before.typed_mark == typed_mark && before.code.was_just_sent(now)) {
        return Ok(LinkWish::JustSent);
    }
    let code = draw_digits(db);
    let sql = "INSERT INTO account_link_asks (login_id, account_id, typed_mark, code_mark, code_sent_at, tries)
               VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (login_id) DO UPDATE SET account_id = excluded.account_id,
                   typed_mark = excluded.typed_mark, code_mark = excluded.code_mark,
                   code_sent_at = excluded.code_sent_at, tries = 0";
    let values: [Value; 5] =
        [login.into(), account.into(), typed_mark.into(), code_mark(vault, login, &code).into(), now.into()];
    db::execute(tx, sql, values).await?;
    Ok(LinkWish::Drawn(code))
}

/// What became of a code that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTried {
    /// The account is linked.
    Linked(super::Linked),
    /// So many tries are left.
    Wrong(i32),
    TriedTooOften,
    Expired,
    /// Nothing was asked for.
    NotAsked,
    /// The account has its holder's login meanwhile.
    Gone,
}

/// Tries a code, in the caller's transaction, to be run with [`db::Isolation::Locked`]. The right one links the account.
///
/// # Errors
/// When the database cannot be written.
pub async fn try_link_code(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (login, code): (LoginId, &str),
) -> Result<LinkTried, SignUpError> {
    let Some(ask) = hold_ask(tx, login).await? else { return Ok(LinkTried::NotAsked) };
    let judged = ask.code.judge(&code_mark(vault, login, code), db.world().now());
    let (account, left) = match (judged, ask.account) {
        (Judged::Right, Some(account)) => (Some(account), 0),
        // Nobody was sent that code.
        (Judged::Right, None) => (None, identity::MOST_TRIES - ask.code.tries - 1),
        (Judged::Wrong(left), _) => (None, left),
        (Judged::NotSent, _) => return Ok(LinkTried::NotAsked),
        (Judged::Expired, _) => return Ok(LinkTried::Expired),
        (Judged::TriedTooOften, _) => return Ok(LinkTried::TriedTooOften),
    };
    let Some(account) = account else {
        let sql = "UPDATE account_link_asks SET tries = tries + 1 WHERE login_id = $1";
        db::execute(tx, sql, [login.into()]).await?;
        return Ok(if left > 0 { LinkTried::Wrong(left) } else { LinkTried::TriedTooOften });
    };
    db::execute(tx, "DELETE FROM account_link_asks WHERE login_id = $1", [login.into()]).await?;
    let sql = "SELECT count(*) FROM memberships WHERE account_id = $1 AND role = 'holder' AND ended_at IS NULL";
    if db::scalar::<i64>(tx, sql, [account.into()]).await? != Some(0) {
        return Ok(LinkTried::Gone);
    }
    leave_as_user(db, tx, account, login).await?;
    let membership = hold_as(db, tx, login, (account, Origin::Link)).await?;
    let deed = db.world().uuid();
    keep_link(db, tx, (account, login, membership), (deed, LinkWay::Code, None)).await?;
    super::note(db, tx, ("holder.linked", "login.account-linked"), (account, login, None), (LinkWay::Code, "owner"))
        .await?;
    let sql = "SELECT number FROM accounts WHERE id = $1";
    let number = db::scalar(tx, sql, [account.into()]).await?.unwrap_or_default();
    Ok(LinkTried::Linked(super::Linked { deed, account, number }))
}
