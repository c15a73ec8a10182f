//! What was done, or tried, without the holder's leave (USR-4): told to the operator, and shown to the holder.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr};
use kernel::{AccountId, LoginId, MembershipId, StaffId};
use sea_orm::ConnectionTrait;
use serde_json::json;
use vault::Vault;

use super::fact::{AlarmKind, FACT_COLUMNS, RightAlarm, RightFact, fold};

/// Writes alarms down that were not before, each once on whichever node: a row, an event on the account's chain, which its
/// holder sees, and a line for the operator. Gives how many were new.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_alarms(db: &Db, alarms: &[RightAlarm]) -> Result<usize, DbErr> {
    let new = db.write(async |tx| {
        let now = db.world().now();
        let mut new = Vec::new();
        for alarm in alarms {
            let sql = "INSERT INTO grant_alarms (fact_id, account_id, membership_id, kind, noticed_at)
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
            let values = [
                alarm.fact.into(),
                alarm.account.into(),
                alarm.membership.into(),
                alarm.kind.code().into(),
                now.into(),
            ];
            if db::execute(tx, sql, values).await? == 1 {
                new.push(*alarm);
            }
        }
        let chains: Vec<Chain> = new.iter().map(|alarm| Chain::Account(alarm.account)).collect();
        if !chains.is_empty() {
            let mut appender = Appender::read(db, tx, &chains).await?;
            for alarm in &new {
                let details = json!({ "fact": alarm.fact, "membership": alarm.membership, "kind": alarm.kind.code() });
                let (chain, kind) = (Chain::Account(alarm.account), "rights.alarm");
                appender.add(Event { chain, kind, author: Author::Operator, details, sealed: None });
            }
            appender.write(tx).await?;
        }
        Ok::<_, DbErr>(new)
    });
    let new = new.await?;
    for alarm in &new {
        let (account, membership, kind) = (alarm.account, alarm.membership, alarm.kind.code());
        tracing::error!(fact = %alarm.fact, %account, %membership, kind, "a right is not as its holder gave it; it has no effect");
    }
    Ok(new.len())
}

/// How many alarms there ever were: more than none wants somebody to look.
///
/// # Errors
/// When the database cannot be read.
pub async fn count_alarms(on: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(db::scalar(on, "SELECT count(*) FROM grant_alarms", []).await?.unwrap_or(0))
}

/// Who tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Login(LoginId),
    Staff(StaffId),
    /// Somebody at the command line, or a file of the import.
    Operator,
}

/// A try to give or widen rights by somebody who does not hold the account.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub account: AccountId,
    pub by: By,
    /// In one word of ours: `give`, `invite`, `end`.
    pub what: &'static str,
}

/// Notes a try that was refused: on the account's chain, where its holder sees it, and on that of who of the staff it was. In a
/// transaction of its own, for the refused one is rolled back.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_refused_attempt(db: &Db, attempt: Attempt) -> Result<(), DbErr> {
    let (account, what) = (attempt.account, attempt.what);
    tracing::warn!(%account, by = ?attempt.by, what, "somebody other than the holder tried to change users or rights");
    let mut details = json!({ "what": attempt.what });
    let mut chains = vec![Chain::Account(attempt.account)];
    let author = match attempt.by {
        By::Login(login) => {
            details["login"] = json!(login);
            Author::Customer
        }
        By::Staff(staff) => {
            details["staff"] = json!(staff);
            details["account"] = json!(attempt.account);
            chains.push(Chain::Staff(staff));
            Author::Staff
        }
        By::Operator => Author::Operator,
    };
    db.write(async |tx| {
        let mut appender = Appender::read(db, tx, &chains).await?;
        for chain in &chains {
            let (chain, details) = (*chain, details.clone());
            appender.add(Event { chain, kind: "rights.refused", author, details, sealed: None });
        }
        appender.write(tx).await
    })
    .await
}

/// Something about rights that is not as it was written, found by comparing all of them with the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightsDoubt {
    Alarm(RightAlarm),
    /// The log tells of facts that are gone, which no chain of MACs shows where they were the last ones: what they withdrew may
    /// count again.
    Gone {
        account: AccountId,
        membership: MembershipId,
    },
    /// There is a genuine fact that the log does not tell of.
    Untold {
        account: AccountId,
        membership: MembershipId,
    },
}

impl std::fmt::Display for RightsDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Alarm(alarm) => {
                let what = match alarm.kind {
                    AlarmKind::Forged => "was forged or changed, and has no effect",
                    AlarmKind::Missing => "follows one that is gone: nothing from before it counts",
                };
                write!(f, "account {}, membership {}: right {} {what}", alarm.account, alarm.membership, alarm.fact)
            }
            Self::Gone { account, membership } => {
                write!(f, "account {account}, membership {membership}: rights that the audit log tells of are gone")
            }
            Self::Untold { account, membership } => {
                write!(
                    f,
                    "account {account}, membership {membership}: there are rights that the audit log does not tell of"
                )
            }
        }
    }
}

/// Compares all rights with their MACs, and with what the audit log says was given and withdrawn. The log itself is proven by
/// [`audit::verify`], with heads that are kept outside the database.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify_rights(db: &Db, vault: &Vault) -> Result<Vec<RightsDoubt>, DbErr> {
    let sql = format!("SELECT {FACT_COLUMNS} FROM grants g ORDER BY g.account_id, g.membership_id, g.seq");
    let facts: Vec<RightFact> = db::query(db.reader(), &sql, []).await?;
    let told = audit::events_of_kinds(db.reader(), (AccountId::FIRST, AccountId::LAST), &["rights.changed"]).await?;
    let mut log: BTreeMap<(AccountId, MembershipId), BTreeSet<String>> = BTreeMap::new();
    for event in told {
        let details = event.details();
        let membership = details["membership"].as_str().and_then(|text| text.parse::<uuid::Uuid>().ok());
        let Some(membership) = membership else { continue };
        let noted =
            details["facts"].as_array().into_iter().flatten().filter_map(|fact| fact.as_str().map(str::to_owned));
        log.entry((event.chain.into(), membership.into())).or_default().extend(noted);
    }
    let mut found = Vec::new();
    for some in facts.chunk_by(|one, next| one.place() == next.place()) {
        let Some((account, membership)) = some.first().map(RightFact::place) else { continue };
        let alarms = fold(vault, membership, None, some).alarms;
        let mut noted = log.remove(&(account, membership)).unwrap_or_default();
        let is_forged = |fact: &&RightFact| {
            alarms.iter().any(|alarm| alarm.fact == fact.fact_id && alarm.kind == AlarmKind::Forged)
        };
        let untold = some.iter().filter(|fact| !is_forged(fact)).filter(|fact| !noted.remove(&fact.noted())).count();
        found.extend(alarms.iter().map(|alarm| RightsDoubt::Alarm(*alarm)));
        found.extend((untold > 0).then_some(RightsDoubt::Untold { account, membership }));
        found.extend((!noted.is_empty()).then_some(RightsDoubt::Gone { account, membership }));
    }
    found.extend(log.into_keys().map(|(account, membership)| RightsDoubt::Gone { account, membership }));
    Ok(found)
}
