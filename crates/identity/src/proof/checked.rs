//! A fresh proof by an agent's check: after making sure who the caller is, the agent reads a code out, and the caller types it with
//! the password. It takes no second step's place: who lost that goes the way with documents (SEC-5).

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, FromQueryResult, Tx};
use jiff::SignedDuration;
use kernel::{LoginId, Moment, SessionId, StaffId};
use serde_json::json;
use vault::Vault;

use super::{Row as Session, has_second, note_proven};
use crate::code::{Judged, SentCode, draw_digits};
use crate::own::Proven;
use crate::sign_in::note;

/// How long the code is good: for as long as somebody is at the telephone.
pub const CHECK_LASTS: SignedDuration = SignedDuration::from_mins(30);

#[derive(FromQueryResult)]
struct Row {
    code_mark: Vec<u8>,
    made_at: Moment,
    tries: i32,
}

fn code_mark(vault: &Vault, login: LoginId, code: &str) -> Vec<u8> {
    vault.mark("guichet caller code", format!("{login}\0{code}").as_bytes())
}

/// Notes that a member of staff made sure who is calling, and how, in the caller's transaction; gives the code to be read out. None for
/// a login with a second step.
///
/// # Errors
/// When the database cannot be written.
pub async fn check_caller(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    login: LoginId,
    (staff, reason): (StaffId, &str),
) -> Result<Option<String>, DbErr> {
    if has_second(tx, login).await? {
        return Ok(None);
    }
    let code = draw_digits(db);
    let sql = "INSERT INTO checked_callers (login_id, code_mark, made_at, tries) VALUES ($1, $2, $3, 0)
               ON CONFLICT (login_id) DO UPDATE SET code_mark = excluded.code_mark, made_at = excluded.made_at, tries = 0";
    db::execute(tx, sql, [login.into(), code_mark(vault, login, &code).into(), db.world().now().into()]).await?;
    let details = json!({ "login": login, "staff": staff, "reason": reason });
    let chains = [Chain::Login(login), Chain::Staff(staff)];
    let mut appender = Appender::read(db, tx, &chains).await?;
    for chain in chains {
        let (kind, author, details) = ("login.caller-checked", Author::Staff, details.clone());
        appender.add(Event { chain, kind, author, details, sealed: None });
    }
    appender.write(tx).await?;
    Ok(Some(code))
}

/// Tries a code that an agent read out, in the caller's transaction, to be run with [`db::Isolation::Locked`]. With the password it is the
/// proof of the session, once.
///
/// # Errors
/// When the database cannot be written.
pub async fn prove_by_check(
    (db, vault): (&Db, &Vault),
    tx: &Tx,
    (proven, session): (&Proven, SessionId),
    code: &str,
) -> Result<Judged, DbErr> {
    let login = proven.login();
    Session::hold(tx, session).await?;
    if has_second(tx, login).await? {
        return Ok(Judged::NotSent);
    }
    let lock = db::Engine::of(tx).for_update();
    let sql = format!("SELECT code_mark, made_at, tries FROM checked_callers WHERE login_id = $1{lock}");
    let Some(row) = db::query_one::<Row>(tx, &sql, [login.into()]).await? else { return Ok(Judged::NotSent) };
    let kept = SentCode { mark: Some(row.code_mark), sent_at: Some(row.made_at), tries: row.tries, lasts: CHECK_LASTS };
    let judged = kept.judge(&code_mark(vault, login, code), db.world().now());
    match judged {
        Judged::Right => {
            db::execute(tx, "DELETE FROM checked_callers WHERE login_id = $1", [login.into()]).await?;
            note_proven(db, tx, (login, session), "password, agent's check").await?;
        }
        Judged::Wrong(left) => {
            let sql = "UPDATE checked_callers SET tries = tries + 1 WHERE login_id = $1";
            db::execute(tx, sql, [login.into()]).await?;
            if left == 0 {
                note(db, tx, login, ("login.code-tried-too-often", Author::Customer), json!({})).await?;
            }
        }
        _ => {}
    }
    Ok(judged)
}
