//! The bill run (BIL-3): bills every account that is due, once.
//!
//! What is due are the *turns* up to a day (`turns.rs`): each account's first cycle that was not billed. The accounts are cut into
//! batches, one job each. A batch is read, computed and written in one transaction that also moves its turns on, takes the bill
//! numbers and posts to the ledger: a run stopped anywhere leaves whole batches, and any number of nodes may work on it. Where
//! cycles were missed a batch comes again for each, the oldest first. That no account is billed twice for a month is a unique key
//! of the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use audit::{Author, Chain, Event};
use db::jobs::{self, JobData};
use db::{Db, DbErr, DbFault, Engine, Tx};
use kernel::{AccountId, Amount, Day, Month, RunId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::batch::Worker;
use crate::bill::Reference;
use crate::turns::{self, Round, Scope};

/// Accounts in a batch: few enough that its transaction holds SQLite's writer well under 50 ms.
/// A power of two, for rows go to SQLite by such.
pub(crate) const BATCH: i64 = 128;
/// How long a worker may take for them before others may. Batches of a node that died wait this long.
pub(crate) const LEASE: Duration = Duration::from_secs(10);

/// What is to be billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of this month alone; none: all that is due.
    pub month: Option<Month>,
    /// The provider's day.
    pub today: Day,
    /// How many days ahead: bills of the days to come are dated their own day.
    pub ahead: u16,
}

impl Asked {
    /// The last day whose cycles are due.
    pub fn until(&self) -> Day {
        self.today.plus_days(i32::from(self.ahead))
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::of(self.month, self.until())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("there are no accounts to bill; import some first")]
    NoAccounts,
    #[error("{month} cannot be billed: Guichet bills from {first} on")]
    BeforeFirst { month: Month, first: Month },
    #[error("{month} cannot be billed before {previous}: run that month first")]
    PreviousFirst { month: Month, previous: Month },
    #[error("another run is under way, for {0}: let it end")]
    Running(String),
    #[error("{batches} batches of accounts failed again and again, the last time because: {reason}")]
    DeadBatches { batches: i64, reason: String },
    #[error("other writes came between a batch's reading and its writing, again and again")]
    Overtaken,
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for RunError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    /// Accounts that were looked at, by all nodes.
    pub accounts: i64,
    /// Bills of the month, by this and all earlier runs of it; of a run of all that is due, its own.
    pub bills: i64,
    /// Their current charges.
    pub charged: Amount,
    /// Bills that this node issued now.
    pub issued_here: i64,
    /// Accounts set aside.
    pub faulty: i64,
    /// The rest of the month.
    pub to_come: Vec<ToCome>,
    /// Its bills have numbers above this one; none where nothing was due.
    pub after_number: Option<i64>,
}

/// Accounts whose cycle begins on a day that has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToCome {
    pub on: Day,
    pub accounts: i64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) after: AccountId,
    pub(crate) to: AccountId,
}

impl JobData for Batch {
    const KIND: &'static str = "bill-turns";
}

pub(crate) fn queue(round: RunId) -> String {
    format!("bills-{round}")
}

/// Refuses months that are not there.
pub(crate) async fn check(db: &Db, asked: &Asked) -> Result<(), RunError> {
    if !turns::has_accounts(db.reader()).await? {
        return Err(RunError::NoAccounts);
    }
    let Some(month) = asked.month else { return Ok(()) };
    let first = turns::first_billed_day(db.reader()).await?.ok_or(RunError::NoAccounts)?.month();
    if month < first {
        return Err(RunError::BeforeFirst { month, first });
    }
    let scope = asked.scope();
    let missed =
        if scope.from > scope.until { None } else { turns::first_turn_before(db.reader(), scope.from).await? };
    match missed {
        Some(turn) => Err(RunError::PreviousFirst { month, previous: turn.month() }),
        None => Ok(()),
    }
}

/// What of a month, or of the rest of this one, is to come.
pub(crate) async fn to_come(db: &Db, asked: &Asked) -> Result<Vec<ToCome>, DbErr> {
    let month = asked.month.unwrap_or(asked.until().month());
    let mut days: BTreeMap<Day, i64> = BTreeMap::new();
    for (turn, accounts) in turns::turns_before(db.reader(), month.next().first_day()).await? {
        // A turn's day of the month is the account's cycle day.
        let day = month.day(turn.day_of_month());
        if day > asked.until() {
            *days.entry(day).or_default() += accounts;
        }
    }
    Ok(days.into_iter().map(|(on, accounts)| ToCome { on, accounts }).collect())
}

/// Bills what is due. A bill is dated the first day of its cycle, or today when that has passed.
/// `progress` is told how many accounts of how many are done, by all nodes.
///
/// # Errors
/// When the month is not there, or the database fails for good.
pub async fn run(
    db: &Db,
    reference: Arc<Reference>,
    asked: Asked,
    progress: impl Fn(i64, i64),
) -> Result<RunReport, RunError> {
    check(db, &asked).await?;
    let mut report = RunReport::default();
    if let Some(round) = plan(db, &asked).await? {
        report.issued_here = work_off(db, reference, (round, asked), progress).await?;
        let ended = turns::find_round(db.reader(), round).await?.ok_or(RunError::NoAccounts)?;
        (report.accounts, report.bills, report.charged) = (ended.done, ended.issued, ended.charged);
        report.after_number = Some(ended.after_number);
    }
    if let Some(month) = asked.month {
        (report.bills, report.charged) = turns::issued_of_month(db.reader(), month).await?;
    }
    report.faulty = turns::count_faults(db.reader(), asked.month).await?;
    report.to_come = to_come(db, &asked).await?;
    Ok(report)
}

/// Works on a run until nothing of it is left, and gives the number of bills that this node issued.
async fn work_off(
    db: &Db,
    reference: Arc<Reference>,
    (round, asked): (RunId, Asked),
    progress: impl Fn(i64, i64),
) -> Result<i64, RunError> {
    jobs::revive(db, &queue(round)).await?;
    // Two workers a core: while one waits for the database another computes.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let turns = Semaphore::new(if db.engine() == Engine::Sqlite { 1 } else { 16 });
    let worker = Arc::new(Worker { db: db.clone(), reference, round, asked, node: db.world().id(), turns });
    let mut workers = JoinSet::new();
    for _ in 0..(cores * 2).min(16) {
        let worker = worker.clone();
        workers.spawn(async move { worker.work().await });
    }
    let mut issued_here = 0;
    while !workers.is_empty() {
        tokio::select! {
            Some(done) = workers.join_next() => {
                issued_here += done.map_err(|error| DbErr::Custom(format!("a worker ended: {error}")))??;
            }
            () = tokio::time::sleep(Duration::from_millis(250)) => {
                if let Some(round) = turns::find_round(db.reader(), round).await? {
                    progress(round.done, round.accounts);
                }
            }
        }
    }
    let left = jobs::left(db.reader(), &queue(round)).await?;
    if left.dead > 0 {
        return Err(RunError::DeadBatches { batches: left.dead, reason: last_error(db, round).await? });
    }
    finish(db, round).await?;
    Ok(issued_here)
}

/// What became of the wish to begin a run.
enum Planned {
    Begun,
    /// The same run is under way: this node joins it.
    Joined(RunId),
    /// Another one is.
    Waits(Round),
}

/// Cuts what is due into batches, unless the same run is under way, which this one then joins. Another that was cut off is over:
/// what it left is due. None when nothing is due.
async fn plan(db: &Db, asked: &Asked) -> Result<Option<RunId>, RunError> {
    let is_same = |round: &Round| (round.month, round.until) == (asked.month.map(Month::first_day), asked.until());
    if let Some(round) = turns::running_round(db.reader()).await?.filter(is_same) {
        return Ok(Some(round.id));
    }
    let mut waited = Duration::ZERO;
    loop {
        let (accounts, ends) = turns::due_ends(db.reader(), BATCH, asked.scope()).await?;
        if accounts == 0 && turns::running_round(db.reader()).await?.is_none() {
            return Ok(None);
        }
        let (month, until) = (asked.month.map(Month::first_day), asked.until());
        let id = db.world().id();
        let (issued, charged) = (0, Amount::ZERO);
        let round = Round { id, month, until, today: asked.today, accounts, done: 0, issued, charged, after_number: 0 };
        let planned = db.write(async |tx| {
            if let Some(running) = turns::running_round(tx).await? {
                if is_same(&running) {
                    return Ok(Planned::Joined(running.id));
                }
                if jobs::is_worked_on(db, tx, &queue(running.id)).await? {
                    return Ok(Planned::Waits(running));
                }
                jobs::clear(tx, &queue(running.id)).await?;
                turns::finish_round(db, tx, running.id).await?;
            }
            begin(db, tx, &round, &ends).await?;
            Ok::<_, DbErr>(Planned::Begun)
        });
        match planned.await? {
            Planned::Begun => return Ok(Some(id)),
            Planned::Joined(round) => return Ok(Some(round)),
            // Batches of a process that died are held for this long.
            Planned::Waits(running) if waited > LEASE + Duration::from_secs(2) => {
                let of = running
                    .month
                    .map_or(format!("all that is due until {}", running.until), |day| day.month().to_string());
                return Err(RunError::Running(of));
            }
            Planned::Waits(_) => {
                let pause = Duration::from_millis(250);
                tokio::time::sleep(pause).await;
                waited += pause;
            }
        }
    }
}

/// Begins a run over batches that end there.
async fn begin(db: &Db, tx: &Tx, round: &Round, ends: &[AccountId]) -> Result<(), DbErr> {
    turns::begin_round(db, tx, round).await?;
    // The first batch begins before all accounts and the last ends after all, so that none is between.
    let afters = std::iter::once(AccountId::FIRST).chain(ends.iter().copied());
    let tos = ends.iter().copied().chain([AccountId::LAST]);
    let batches: Vec<Batch> = afters.zip(tos).map(|(after, to)| Batch { after, to }).collect();
    jobs::enqueue(db, tx, &queue(round.id), &batches).await?;
    let month = round.month.map(|day| day.month().to_string());
    let details = json!({ "run": round.id, "month": month, "until": round.until, "accounts": round.accounts });
    let (chain, author) = (Chain::Operator, Author::BillRun);
    Event { chain, kind: "bill-run.started", author, details, sealed: None }.append(db, tx).await
}

async fn finish(db: &Db, round: RunId) -> Result<(), RunError> {
    db.write(async |tx| {
        if turns::finish_round(db, tx, round).await? {
            let ended = turns::find_round(tx, round).await?.ok_or(RunError::NoAccounts)?;
            let month = ended.month.map(|day| day.month().to_string());
            let details = json!({
                "run": round, "month": month, "until": ended.until, "bills": ended.issued, "charged": ended.charged,
            });
            let (chain, author) = (Chain::Operator, Author::BillRun);
            Event { chain, kind: "bill-run.finished", author, details, sealed: None }.append(db, tx).await?;
        }
        Ok(())
    })
    .await
}

async fn last_error(db: &Db, round: RunId) -> Result<String, DbErr> {
    let sql = "SELECT last_error FROM jobs WHERE queue = $1 AND state = 'dead' ORDER BY run_at DESC LIMIT 1";
    Ok(db::scalar(db.reader(), sql, [queue(round).into()]).await?.unwrap_or_default())
}
