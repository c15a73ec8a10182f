//! The bill run (BIL-3): bills every account that is due, once.
//!
//! What is due are the *turns* up to a day (`turns.rs`): each account's first cycle that was not billed. The accounts are cut into
//! batches, one job each. A batch is read, computed and written in one transaction that also moves its turns on, takes the bill
//! numbers and posts to the ledger: a run stopped anywhere leaves whole batches, and any number of nodes may work on it. Where
//! cycles were missed a batch comes again for each, the oldest first. That no account is billed twice for a month is a unique key
//! of the database.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accounts::AccountTerms;
use audit::{Appender, Author, Chain, Event};
use db::jobs::{self, Job, JobData};
use db::{Db, DbErr, DbFault, Engine, Fault, Isolation, Tx};
use kernel::{AccountId, Amount, Day, EntryId, Month, NodeId, RunId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use services::{Recorded, ServiceRow};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::bill::{BillFault, Draft, Known, Previous, Reference, compute};
use crate::ledger::{EntryKind, EntryRows, NewEntry, Posting, entries_since_last_bill};
use crate::line::Movement;
use crate::rules::Figures;
use crate::store::{self, BillRows, StoredBill};
use crate::turns::{self, Due, Round, Scope};

/// Accounts in a batch: few enough that its transaction holds SQLite's writer well under 50 ms.
/// A power of two, for rows go to SQLite by such.
const BATCH: i64 = 128;
/// Jobs that a worker takes at once, so that taking them costs little.
const AT_ONCE: u32 = 8;
/// How long a worker may take for them before others may. Batches of a node that died wait this long.
const LEASE: Duration = Duration::from_secs(10);
/// How often a batch begins anew when other writes came between its reading and its writing.
const TRIES: u32 = 6;

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

    fn scope(&self) -> Scope {
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
struct Batch {
    after: AccountId,
    to: AccountId,
}

impl JobData for Batch {
    const KIND: &'static str = "bill-turns";
}

fn queue(round: RunId) -> String {
    format!("bills-{round}")
}

/// Refuses months that are not there.
async fn check(db: &Db, asked: &Asked) -> Result<(), RunError> {
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
async fn to_come(db: &Db, asked: &Asked) -> Result<Vec<ToCome>, DbErr> {
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

/// One of the workers of a node.
struct Worker {
    db: Db,
    reference: Arc<Reference>,
    round: RunId,
    asked: Asked,
    node: NodeId,
    /// Who holds one may write a batch.
    turns: Semaphore,
}

/// How a batch ended.
enum Outcome {
    Issued(i64),
    /// Another node has it now.
    Lost,
}

impl Worker {
    /// Works on batches until none is left, and gives the number of bills issued.
    async fn work(&self) -> Result<i64, RunError> {
        let mut issued = 0;
        loop {
            let leased = jobs::lease(&self.db, self.node, &queue(self.round), AT_ONCE, LEASE).await?;
            if leased.is_empty() {
                if jobs::left(self.db.reader(), &queue(self.round)).await?.ready == 0 {
                    return Ok(issued);
                }
                // Another node, or one that died, holds the rest.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            for job in leased {
                match self.batch(&job).await {
                    Ok(Outcome::Issued(bills)) => issued += bills,
                    Ok(Outcome::Lost) => {}
                    Err(error) if error.fault() == Fault::Full => return Err(error),
                    Err(error) => {
                        tracing::warn!(job = %job.id, %error, "a batch of accounts failed");
                        jobs::fail(&self.db, &job, self.node, &error.to_string()).await?;
                    }
                }
            }
        }
    }

    /// Bills one batch of accounts; again from its reading when other writes came between.
    async fn batch(&self, job: &Job) -> Result<Outcome, RunError> {
        let batch: Batch = job.data()?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_batch(job, &batch, tries == 1).await {
                Err(RunError::Overtaken) if tries < TRIES => {}
                Err(error) if tries < TRIES && error.fault() == Fault::Duplicate => {}
                other => return other,
            }
        }
    }

    /// `early`: the chains' ends are read before the writer is held. The next try, after other writes came between, reads
    /// them while nobody else can write to these accounts.
    async fn try_batch(&self, job: &Job, batch: &Batch, early: bool) -> Result<Outcome, RunError> {
        let range = (batch.after, batch.to);
        let scope = self.asked.scope();
        let looked_at = read_batch(&self.db, range, scope).await?;
        let mut done = Done::default();
        let mut drafts = Vec::new();
        for due in &looked_at.due {
            let (known, month) = (looked_at.known(&due.terms), due.next_on.month());
            if known.previous.is_none_or(|previous| previous.month < month) {
                match draft(&self.db, &known, &self.reference, month, self.asked.today).await? {
                    Ok(Some(draft)) => drafts.push((&due.terms, month, known.cutoff, draft)),
                    Ok(None) => {}
                    Err(fault) => {
                        done.faults.push((due.terms.id, month, fault.to_string()));
                        done.accounts += 1;
                        continue;
                    }
                }
            }
            done.moves(due, scope);
        }
        let chains: Vec<Chain> = drafts.iter().map(|(account, ..)| Chain::Account(account.id)).collect();
        let issued = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
        for (_, month, _, draft) in &drafts {
            let (bills, charged) = done.months.entry(*month).or_default();
            *bills += 1;
            *charged += draft.figures.current_charges;
        }
        let events = if early { Some(Appender::read(&self.db, self.db.reader(), &chains).await?) } else { None };
        // Too large to be copied for another try of the transaction, which would find the chains grown anyhow.
        let prepared = Mutex::new(Some((self.prepare(drafts), events)));
        // One batch at a time where there is one writer, so that other writes wait for one batch at most.
        let _turn = self.turns.acquire().await.ok();
        // The hot row (the counter of numbers) is locked when it is taken, the rest is guarded by unique keys.
        self.db
            .write_with(Isolation::Locked, async |tx| {
                let is_ours = match done.is_whole {
                    true => jobs::finish(tx, job, self.node).await?,
                    false => jobs::go_on(&self.db, tx, job, self.node).await?,
                };
                if !is_ours {
                    return Ok(Outcome::Lost);
                }
                let taken = prepared.lock().ok().and_then(|mut prepared| prepared.take());
                let (prepared, events) = taken.ok_or(RunError::Overtaken)?;
                let events = match events {
                    Some(events) => events,
                    None => {
                        accounts::hold_range(tx, range).await?;
                        Appender::read(&self.db, tx, &chains).await?
                    }
                };
                turns::note_faults(&self.db, tx, (range, scope), &done.faults).await?;
                for (days, count) in &done.turns {
                    // An account that came in between was not looked at.
                    if turns::move_turns(tx, range, *days).await? != *count {
                        return Err(RunError::Overtaken);
                    }
                }
                prepared.write(tx, events).await?;
                done.count(&self.db, tx, self.round).await?;
                Ok(Outcome::Issued(issued))
            })
            .await
    }

    /// Everything but the numbers, before the writer is held.
    fn prepare(&self, drafts: Vec<(&AccountTerms, Month, i64, Draft)>) -> Prepared {
        let now = self.db.world().now();
        let mut prepared = Prepared::default();
        for (account, month, cutoff, draft) in drafts {
            let owner = (account.id, account.currency);
            let bill = StoredBill::of(owner, 0, month, cutoff, (&draft, now), &self.reference);
            let entry = bill_entry(self.db.world().id(), &bill, draft.postings);
            prepared.issued.push(Issued {
                account: account.id,
                month,
                total_due: bill.total_due,
                digest: bill.digest(),
                entry: entry.id,
                entry_digest: entry.stored().digest(),
            });
            prepared.bills.add(bill);
            prepared.entries.add(entry);
        }
        prepared
    }
}

/// What a batch did besides its bills.
struct Done {
    /// Accounts that are done with, for this run.
    accounts: i64,
    /// Those set aside among them.
    faults: Vec<(AccountId, Month, String)>,
    /// Turns that move on, from which day to which, and how many.
    turns: BTreeMap<(Day, Day), u64>,
    /// Bills and their charges by month.
    months: BTreeMap<Month, (i64, Amount)>,
    /// Whether no account of the batch has another cycle that is due.
    is_whole: bool,
}

impl Default for Done {
    fn default() -> Self {
        Self { accounts: 0, faults: Vec::new(), turns: BTreeMap::new(), months: BTreeMap::new(), is_whole: true }
    }
}

impl Done {
    fn moves(&mut self, due: &Due, scope: Scope) {
        let next = after(due);
        *self.turns.entry((due.next_on, next)).or_default() += 1;
        if scope.contains(next) {
            self.is_whole = false;
        } else {
            self.accounts += 1;
        }
    }

    async fn count(&self, db: &Db, tx: &Tx, round: RunId) -> Result<(), DbErr> {
        for (month, counted) in &self.months {
            turns::count_month(db, tx, *month, *counted).await?;
        }
        let issued = self.months.values().map(|(bills, _)| bills).sum();
        let charged = self.months.values().map(|(_, charged)| *charged).sum();
        turns::count_batch(tx, round, self.accounts, (issued, charged)).await
    }
}

/// The turn after this one.
fn after(due: &Due) -> Day {
    due.next_on.month().next().day(cycle_day(&due.terms))
}

fn cycle_day(account: &AccountTerms) -> i8 {
    i8::try_from(account.cycle_day).unwrap_or(1)
}

/// Bills that only lack their numbers.
#[derive(Default)]
struct Prepared {
    bills: BillRows,
    entries: EntryRows,
    issued: Vec<Issued>,
}

/// What the audit log keeps of a bill, so that a changed bill or entry is found.
struct Issued {
    account: AccountId,
    month: Month,
    total_due: Amount,
    digest: String,
    entry: EntryId,
    entry_digest: String,
}

impl Prepared {
    /// Takes the numbers and writes the bills, their ledger entries and their audit events.
    async fn write(mut self, tx: &Tx, mut events: Appender) -> Result<(), DbErr> {
        if self.issued.is_empty() {
            return Ok(());
        }
        // Postings bear no number; everybody else waits for numbers from here to the end, so they come first.
        let mut entries = self.entries.insert_postings(tx).await?;
        let first = store::take_numbers(tx, i64::try_from(self.issued.len()).unwrap_or(i64::MAX)).await?;
        self.bills.number(first);
        entries.number(first);
        for (issued, number) in self.issued.iter().zip(first..) {
            events.add(issued.event(number));
        }
        self.bills.insert(tx).await?;
        entries.insert(tx).await?;
        events.write(tx).await
    }
}

impl Issued {
    fn event(&self, number: i64) -> Event {
        Event {
            chain: Chain::Account(self.account),
            kind: "bill.issued",
            author: Author::BillRun,
            details: json!({
                "bill": number,
                "month": self.month.to_string(),
                "total_due": self.total_due,
                "digest": self.digest,
                "entry": self.entry,
                "entry_digest": self.entry_digest,
            }),
            sealed: None,
        }
    }
}

/// The ledger entry of a bill; without its number while it has none.
pub(crate) fn bill_entry(id: EntryId, bill: &StoredBill, postings: Vec<Posting>) -> NewEntry {
    NewEntry {
        id,
        account: bill.account_id,
        version: bill.cutoff,
        kind: EntryKind::Bill,
        bill: (bill.number > 0).then_some(bill.number),
        on: bill.issued_on,
        reason: None,
        author: Author::BillRun,
        recorded_at: bill.issued_at,
        postings,
    }
}

/// Computes one account's bill. Earlier bills are read only when a newly known fact is about days already billed.
async fn draft(
    db: &Db,
    known: &Known<'_>,
    reference: &Reference,
    month: Month,
    today: Day,
) -> Result<Result<Option<Draft>, BillFault>, DbErr> {
    let window = known.window(month);
    let billed_to = known.previous.map(|previous| previous.period.until);
    let billed = match billed_to {
        Some(until) if window.from < until => store::bills_since(db.reader(), known.account.id, window.from).await?,
        _ => Vec::new(),
    };
    let issued_on = month.day(cycle_day(known.account)).max(today);
    Ok(compute(&Known { billed: &billed, ..known.clone() }, reference, month, issued_on))
}

/// What was read for a batch.
#[derive(Default)]
struct Read {
    due: Vec<Due>,
    services: HashMap<AccountId, Vec<ServiceRow>>,
    facts: HashMap<AccountId, Vec<Recorded>>,
    previous: HashMap<AccountId, Previous>,
    movements: HashMap<AccountId, Vec<Movement>>,
}

/// Reads what is due of a batch in five queries. What was written in between is above the cut-off (the account's version, read
/// first) and left for the next bill.
async fn read_batch(db: &Db, range: (AccountId, AccountId), scope: Scope) -> Result<Read, DbErr> {
    let mut read = Read { due: turns::due_of_range(db.reader(), range, scope).await?, ..Read::default() };
    if read.due.is_empty() {
        return Ok(read);
    }
    let versions: HashMap<AccountId, i64> = read.due.iter().map(|due| (due.terms.id, due.terms.version)).collect();
    let ids: Vec<AccountId> = read.due.iter().map(|due| due.terms.id).collect();
    // The last batch goes on to accounts that came after it was cut.
    for some in ids.chunks(500) {
        read.previous.extend(store::previous_of(db.reader(), some).await?);
        for service in services::services_of(db.reader(), some).await? {
            read.services.entry(service.account).or_default().push(service);
        }
        for (account, fact) in services::facts_of(db.reader(), some).await? {
            read.facts.entry(account).or_default().push(fact);
        }
        for entry in entries_since_last_bill(db.reader(), some).await? {
            // Posted after the account's version was read: this bill does not know it, the next one does.
            if versions.get(&entry.account).is_some_and(|version| entry.version <= *version) {
                read.movements.entry(entry.account).or_default().push(entry.movement());
            }
        }
    }
    Ok(read)
}

impl Read {
    fn known<'a>(&'a self, account: &'a AccountTerms) -> Known<'a> {
        Known {
            account,
            services: self.services.get(&account.id).map_or(&[], Vec::as_slice),
            facts: self.facts.get(&account.id).map_or(&[], Vec::as_slice),
            cutoff: account.version,
            previous: self.previous.get(&account.id),
            billed: &[],
            movements: self.movements.get(&account.id).map_or(&[], Vec::as_slice),
        }
    }
}

/// What a run would do.
#[derive(Clone, Debug, Default)]
pub struct Dry {
    pub accounts: usize,
    pub bills: usize,
    pub figures: Figures,
    /// Bills with a credit or a late charge on them.
    pub corrected: usize,
    /// Accounts that would be set aside, with the reason; at most a hundred.
    pub faults: Vec<(String, String)>,
    pub faulty: usize,
    /// The rest of the month.
    pub to_come: Vec<ToCome>,
}

/// Computes a run and writes nothing.
///
/// # Errors
/// As [`run`].
pub async fn dry_run(
    db: &Db,
    reference: &Reference,
    asked: Asked,
    mut progress: impl FnMut(usize),
) -> Result<Dry, RunError> {
    check(db, &asked).await?;
    let mut dry = Dry { to_come: to_come(db, &asked).await?, ..Dry::default() };
    let mut after = AccountId::FIRST;
    while let Some(to) = turns::end_of_due(db.reader(), after, (BATCH, asked.scope())).await? {
        let read = read_batch(db, (after, to), asked.scope()).await?;
        for due in &read.due {
            dry.account(db, due, read.known(&due.terms), (reference, &asked)).await?;
        }
        dry.accounts += read.due.len();
        progress(dry.accounts);
        after = to;
    }
    Ok(dry)
}

impl Dry {
    /// All bills that are due of an account, each after the one before.
    async fn account(
        &mut self,
        db: &Db,
        due: &Due,
        known: Known<'_>,
        (reference, asked): (&Reference, &Asked),
    ) -> Result<(), DbErr> {
        let mut turn = due.clone();
        // What the bill before it would be, once there is one.
        let mut last: Option<Previous> = None;
        while asked.scope().contains(turn.next_on) {
            let month = turn.next_on.month();
            let known = match &last {
                Some(previous) => Known { movements: &[], previous: Some(previous), ..known.clone() },
                None => known.clone(),
            };
            if known.previous.is_none_or(|previous| previous.month < month) {
                match draft(db, &known, reference, month, asked.today).await? {
                    Ok(Some(draft)) => last = Some(self.add(&draft, month, known.cutoff)),
                    Ok(None) => {}
                    Err(fault) => {
                        self.set_aside(due, &fault);
                        return Ok(());
                    }
                }
            }
            turn.next_on = after(&turn);
        }
        Ok(())
    }

    fn set_aside(&mut self, due: &Due, fault: &BillFault) {
        self.faulty += 1;
        if self.faults.len() < 100 {
            self.faults.push((due.terms.number.clone(), fault.to_string()));
        }
    }

    fn add(&mut self, draft: &Draft, month: Month, cutoff: i64) -> Previous {
        let corrects = |line: &crate::line::Line| line.cause != crate::line::Cause::Recurring;
        self.bills += 1;
        self.corrected += usize::from(draft.content.lines.iter().any(corrects));
        self.figures = self.figures.plus(&draft.figures);
        Previous { number: 0, month, total_due: draft.figures.total_due, cutoff, period: draft.period }
    }
}
