//! The bill run (BIL-3): bills every account due in a month, once.
//!
//! The accounts are cut into batches, one job each. A batch is read, computed and written in one transaction that also
//! finishes its job, takes the bill numbers and posts to the ledger: a run stopped anywhere leaves whole batches, and any
//! number of nodes may work on it. That no account is billed twice for a month is a unique key of the database.

use std::collections::HashMap;
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
use crate::ledger::{EntryKind, EntryRows, NewEntry, Posting, Which, entries_of_range};
use crate::line::Movement;
use crate::rules::Figures;
use crate::store::{self, BillRows, StoredBill};

/// Accounts in a batch: few enough that its transaction holds SQLite's writer well under 50 ms.
/// A power of two, for rows go to SQLite by such.
const BATCH: i64 = 128;
/// Jobs that a worker takes at once, so that taking them costs little.
const AT_ONCE: u32 = 8;
/// How long a worker may take for them before others may. Batches of a node that died wait this long.
const LEASE: Duration = Duration::from_secs(10);
/// How often a batch begins anew when other writes came between its reading and its writing.
const TRIES: u32 = 6;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("there are no accounts to bill; import some first")]
    NoAccounts,
    #[error("{month} cannot be billed: Guichet bills from {first} on")]
    BeforeFirst { month: Month, first: Month },
    #[error("{month} cannot be billed yet: today is {today}, and at most the month ahead ({last}) can be")]
    TooEarly { month: Month, today: Day, last: Month },
    #[error("{month} cannot be billed before {previous}: run that month first")]
    PreviousFirst { month: Month, previous: Month },
    #[error("{month} cannot be billed while {running} is: let that run end, or start it again if it was cut off")]
    Running { month: Month, running: Month },
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// Accounts that were looked at, by all nodes.
    pub accounts: i64,
    /// Bills of the month, by this and all earlier runs of it.
    pub bills: i64,
    /// Their current charges.
    pub charged: Amount,
    /// Bills that this node issued now.
    pub issued_here: i64,
    /// Accounts set aside.
    pub faulty: i64,
}

#[derive(Serialize, Deserialize)]
struct Batch {
    run: RunId,
    after: AccountId,
    to: AccountId,
}

impl JobData for Batch {
    const KIND: &'static str = "bill-batch";
}

fn queue(month: Month) -> String {
    format!("bills-{month}")
}

/// Refuses months that are not there.
async fn check_month(db: &Db, month: Month, today: Day) -> Result<(), RunError> {
    let first = store::first_billed_day(db.reader()).await?.ok_or(RunError::NoAccounts)?.month();
    if month < first {
        return Err(RunError::BeforeFirst { month, first });
    }
    let last = today.month().next();
    if month > last {
        return Err(RunError::TooEarly { month, today, last });
    }
    let previous = month.previous();
    if previous >= first && store::find_run(db.reader(), previous).await?.is_none_or(|run| run.state != "finished") {
        return Err(RunError::PreviousFirst { month, previous });
    }
    Ok(())
}

/// Bills a month. `today` is the provider's; a bill is dated the first day of its cycle, or today when that has passed.
/// `progress` is told how many accounts of how many are done, by all nodes.
///
/// # Errors
/// When the month is not there, or the database fails for good.
pub async fn run(
    db: &Db,
    reference: Arc<Reference>,
    month: Month,
    today: Day,
    progress: impl Fn(i64, i64),
) -> Result<RunReport, RunError> {
    check_month(db, month, today).await?;
    plan(db, month).await?;
    jobs::revive(db, &queue(month)).await?;
    // Two workers a core: while one waits for the database another computes.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let turns = Semaphore::new(if db.engine() == Engine::Sqlite { 1 } else { 16 });
    let worker = Arc::new(Worker { db: db.clone(), reference, month, today, node: db.world().id(), turns });
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
                if let Some(run) = store::find_run(db.reader(), month).await? {
                    progress(run.done, run.accounts);
                }
            }
        }
    }
    let left = jobs::left(db.reader(), &queue(month)).await?;
    if left.dead > 0 {
        return Err(RunError::DeadBatches { batches: left.dead, reason: last_error(db, month).await? });
    }
    finish(db, month).await?;
    let run = store::find_run(db.reader(), month).await?.ok_or(RunError::NoAccounts)?;
    let sql = "SELECT count(*) FROM bill_faults WHERE month = $1";
    let faulty = db::scalar(db.reader(), sql, [month.first_day().into()]).await?.unwrap_or(0);
    Ok(RunReport { accounts: run.done, bills: run.issued, charged: run.charged, issued_here, faulty })
}

/// Cuts the accounts into batches, unless a run of the month is under way, which this one then joins.
async fn plan(db: &Db, month: Month) -> Result<(), RunError> {
    if store::find_run(db.reader(), month).await?.is_some_and(|run| run.state == "running") {
        return Ok(());
    }
    let (accounts, ends) = store::batch_ends(db.reader(), BATCH).await?;
    db.write(async |tx| {
        // Two months at once could both bill the days that neither has seen on a bill yet.
        if let Some(running) = store::other_running(tx, month).await? {
            return Err(RunError::Running { month, running });
        }
        let Some(run) = store::begin_run(db, tx, month, accounts).await? else { return Ok(()) };
        // The first batch begins before all accounts and the last ends after all, so that none is between.
        let afters = std::iter::once(AccountId::FIRST).chain(ends.iter().copied());
        let tos = ends.iter().copied().chain([AccountId::LAST]);
        let batches: Vec<Batch> = afters.zip(tos).map(|(after, to)| Batch { run, after, to }).collect();
        jobs::enqueue(db, tx, &queue(month), &batches).await?;
        let details = json!({ "month": month.to_string(), "accounts": accounts });
        let (chain, author) = (Chain::Operator, Author::BillRun);
        Event { chain, kind: "bill-run.started", author, details, sealed: None }.append(db, tx).await?;
        Ok(())
    })
    .await
}

async fn finish(db: &Db, month: Month) -> Result<(), RunError> {
    db.write(async |tx| {
        if store::finish_run(db, tx, month).await? {
            let run = store::find_run(tx, month).await?;
            let issued = run.as_ref().map_or(0, |run| run.issued);
            let details = json!({ "month": month.to_string(), "bills": issued, "charged": run.map(|run| run.charged) });
            let (chain, author) = (Chain::Operator, Author::BillRun);
            Event { chain, kind: "bill-run.finished", author, details, sealed: None }.append(db, tx).await?;
        }
        Ok(())
    })
    .await
}

async fn last_error(db: &Db, month: Month) -> Result<String, DbErr> {
    let sql = "SELECT last_error FROM jobs WHERE queue = $1 AND state = 'dead' ORDER BY run_at DESC LIMIT 1";
    Ok(db::scalar(db.reader(), sql, [queue(month).into()]).await?.unwrap_or_default())
}

/// One of the workers of a node.
struct Worker {
    db: Db,
    reference: Arc<Reference>,
    month: Month,
    today: Day,
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
            let leased = jobs::lease(&self.db, self.node, &queue(self.month), AT_ONCE, LEASE).await?;
            if leased.is_empty() {
                if jobs::left(self.db.reader(), &queue(self.month)).await?.ready == 0 {
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
        let looked_at = read_batch(&self.db, range, self.month).await?;
        let mut drafts = Vec::new();
        let mut faults = Vec::new();
        for account in &looked_at.accounts {
            let known = looked_at.known(account);
            match draft(&self.db, &known, &self.reference, self.month, self.today).await? {
                Ok(Some(draft)) => drafts.push((account, known.cutoff, draft)),
                Ok(None) => {}
                Err(fault) => faults.push((account.id, fault.to_string())),
            }
        }
        let chains: Vec<Chain> = drafts.iter().map(|(account, ..)| Chain::Account(account.id)).collect();
        let charged = drafts.iter().map(|(.., draft)| draft.figures.current_charges).sum();
        let issued = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
        let looked = i64::try_from(looked_at.count).unwrap_or(i64::MAX);
        let events = if early { Some(Appender::read(&self.db, self.db.reader(), &chains).await?) } else { None };
        // Too large to be copied for another try of the transaction, which would find the chains grown anyhow.
        let prepared = Mutex::new(Some((self.prepare(drafts), events)));
        // One batch at a time where there is one writer, so that other writes wait for one batch at most.
        let _turn = self.turns.acquire().await.ok();
        // The hot row (the counter of numbers) is locked when it is taken, the rest is guarded by unique keys.
        self.db
            .write_with(Isolation::Locked, async |tx| {
                if !jobs::finish(tx, job, self.node).await? {
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
                store::note_faults(&self.db, tx, self.month, range, &faults).await?;
                prepared.write(tx, events).await?;
                store::count_batch(tx, self.month, looked, issued, charged).await?;
                Ok(Outcome::Issued(issued))
            })
            .await
    }

    /// Everything but the numbers, before the writer is held.
    fn prepare(&self, drafts: Vec<(&AccountTerms, i64, Draft)>) -> Prepared {
        let now = self.db.world().now();
        let mut prepared = Prepared::default();
        for (account, cutoff, draft) in drafts {
            let owner = (account.id, account.currency);
            let bill = StoredBill::of(owner, 0, self.month, cutoff, (&draft, now), &self.reference);
            let entry = bill_entry(self.db.world().id(), &bill, draft.postings);
            prepared.issued.push(Issued {
                account: account.id,
                total_due: bill.total_due,
                digest: bill.digest(),
                entry: entry.id,
                entry_digest: entry.stored().digest(),
            });
            prepared.bills.add(bill);
            prepared.entries.add(entry);
        }
        prepared.month = self.month.to_string();
        prepared
    }
}

/// Bills that only lack their numbers.
#[derive(Default)]
struct Prepared {
    month: String,
    bills: BillRows,
    entries: EntryRows,
    issued: Vec<Issued>,
}

/// What the audit log keeps of a bill, so that a changed bill or entry is found.
struct Issued {
    account: AccountId,
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
            events.add(issued.event(number, &self.month));
        }
        self.bills.insert(tx).await?;
        entries.insert(tx).await?;
        events.write(tx).await
    }
}

impl Issued {
    fn event(&self, number: i64, month: &str) -> Event {
        Event {
            chain: Chain::Account(self.account),
            kind: "bill.issued",
            author: Author::BillRun,
            details: json!({
                "bill": number,
                "month": month,
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

/// Computes one account's bill. Earlier lines are read only when a newly known fact is about days already billed.
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
        Some(until) if window.from < until => store::lines_since(db.reader(), known.account.id, window.from).await?,
        _ => Vec::new(),
    };
    let cycle_day = i8::try_from(known.account.cycle_day).unwrap_or(1);
    let issued_on = month.day(cycle_day).max(today);
    Ok(compute(&Known { billed: &billed, ..known.clone() }, reference, month, issued_on))
}

/// What was read for a batch.
struct Read {
    /// How many accounts the range has.
    count: usize,
    /// Those that may be billed for the month.
    accounts: Vec<AccountTerms>,
    services: HashMap<AccountId, Vec<ServiceRow>>,
    facts: HashMap<AccountId, Vec<Recorded>>,
    previous: HashMap<AccountId, Previous>,
    movements: HashMap<AccountId, Vec<Movement>>,
}

/// Reads a batch in five queries. What was written in between is above the cut-off (the account's version, read first)
/// and left for the next bill.
async fn read_batch(db: &Db, range: (AccountId, AccountId), month: Month) -> Result<Read, DbErr> {
    let mut accounts = accounts::terms_of_range(db.reader(), range).await?;
    let count = accounts.len();
    let previous: HashMap<_, _> = store::previous_of_range(db.reader(), range).await?.into_iter().collect();
    accounts.retain(|account| {
        let cycle_day = i8::try_from(account.cycle_day).unwrap_or(1);
        let begun = account.billed_from < month.cycle(cycle_day).until;
        begun && previous.get(&account.id).is_none_or(|previous| previous.month < month)
    });
    let mut read = Read { count, accounts, previous, ..Read::empty() };
    if read.accounts.is_empty() {
        return Ok(read);
    }
    let versions: HashMap<AccountId, i64> = read.accounts.iter().map(|account| (account.id, account.version)).collect();
    for service in services::services_of_range(db.reader(), range).await? {
        read.services.entry(service.account).or_default().push(service);
    }
    for (account, fact) in services::facts_of_range(db.reader(), range).await? {
        read.facts.entry(account).or_default().push(fact);
    }
    for entry in entries_of_range(db.reader(), range, Which::SinceLastBill).await? {
        // Posted after the account's version was read: this bill does not know it, the next one does.
        if versions.get(&entry.account).is_some_and(|version| entry.version <= *version) {
            read.movements.entry(entry.account).or_default().push(entry.movement());
        }
    }
    Ok(read)
}

impl Read {
    fn empty() -> Self {
        Self {
            count: 0,
            accounts: Vec::new(),
            services: HashMap::new(),
            facts: HashMap::new(),
            previous: HashMap::new(),
            movements: HashMap::new(),
        }
    }

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
}

/// Computes a run and writes nothing.
///
/// # Errors
/// As [`run`].
pub async fn dry_run(
    db: &Db,
    reference: &Reference,
    month: Month,
    today: Day,
    mut progress: impl FnMut(usize),
) -> Result<Dry, RunError> {
    check_month(db, month, today).await?;
    let mut dry = Dry::default();
    let mut after = AccountId::FIRST;
    while let Some(to) = store::end_of_batch(db.reader(), after, BATCH).await? {
        let read = read_batch(db, (after, to), month).await?;
        for account in &read.accounts {
            match draft(db, &read.known(account), reference, month, today).await? {
                Ok(Some(draft)) => dry.add(&draft),
                Ok(None) => {}
                Err(fault) => {
                    dry.faulty += 1;
                    if dry.faults.len() < 100 {
                        dry.faults.push((account.number.clone(), fault.to_string()));
                    }
                }
            }
        }
        dry.accounts += read.count;
        progress(dry.accounts);
        after = to;
    }
    Ok(dry)
}

impl Dry {
    fn add(&mut self, draft: &Draft) {
        let corrects = |line: &crate::line::Line| line.cause != crate::line::Cause::Recurring;
        self.bills += 1;
        self.corrected += usize::from(draft.content.lines.iter().any(corrects));
        self.figures = self.figures.plus(&draft.figures);
    }
}
