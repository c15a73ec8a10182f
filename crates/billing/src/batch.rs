//! What a run does with one batch of accounts (BIL-3).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accounts::AccountTerms;
use audit::{Appender, Author, Chain, Event};
use db::jobs::{self, Job};
use db::{Db, DbErr, DbFault, Fault, Isolation, Tx};
use kernel::{AccountId, Amount, Day, EntryId, Month, NodeId, RunId};
use serde_json::json;
use services::{Recorded, ServiceRow};
use tokio::sync::Semaphore;

use crate::bill::{BillFault, Draft, Known, Previous, Reference, compute};
use crate::ledger::{EntryKind, EntryRows, NewEntry, Posting, entries_since_last_bill};
use crate::line::Movement;
use crate::run::{Asked, Batch, LEASE, RunError, queue};
use crate::store::{self, BillRows, StoredBill};
use crate::turns::{self, Due, Scope};

/// Jobs that a worker takes at once, so that taking them costs little.
const AT_ONCE: u32 = 8;
/// How often a batch begins anew when other writes came between its reading and its writing.
const TRIES: u32 = 6;

/// One of the workers of a node.
pub(crate) struct Worker {
    pub(crate) db: Db,
    pub(crate) reference: Arc<Reference>,
    pub(crate) round: RunId,
    pub(crate) asked: Asked,
    pub(crate) node: NodeId,
    /// Who holds one may write a batch.
    pub(crate) turns: Semaphore,
}

/// How a batch ended.
enum Outcome {
    Issued(i64),
    /// Another node has it now.
    Lost,
}

impl Worker {
    /// Works on batches until none is left, and gives the number of bills issued.
    pub(crate) async fn work(&self) -> Result<i64, RunError> {
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
        let (range, scope) = ((batch.after, batch.to), self.asked.scope());
        let looked_at = read_batch(&self.db, range, scope).await?;
        let (drafts, done) = self.compute(&looked_at).await?;
        let chains: Vec<Chain> = drafts.iter().map(|drafted| Chain::Account(drafted.account.id)).collect();
        let issued = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
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

    /// A bill for each account whose turn it is, and what else becomes of them.
    async fn compute<'a>(&self, read: &'a Read) -> Result<(Vec<Drafted<'a>>, Done), DbErr> {
        let mut done = Done::default();
        let mut drafts = Vec::new();
        for due in &read.due {
            let (known, month) = (read.known(&due.terms), due.next_on.month());
            if known.previous.is_none_or(|previous| previous.month < month) {
                match draft(&self.db, &known, &self.reference, month, self.asked.today).await? {
                    Ok(Some(draft)) => {
                        done.charges(month, draft.figures.current_charges);
                        drafts.push(Drafted { account: &due.terms, month, cutoff: known.cutoff, draft });
                    }
                    Ok(None) => {}
                    Err(fault) => {
                        done.sets_aside(due.terms.id, month, &fault);
                        continue;
                    }
                }
            }
            done.moves(due, self.asked.scope());
        }
        Ok((drafts, done))
    }

    /// Everything but the numbers, before the writer is held.
    fn prepare(&self, drafts: Vec<Drafted<'_>>) -> Prepared {
        let now = self.db.world().now();
        let mut prepared = Prepared::default();
        for Drafted { account, month, cutoff, draft } in drafts {
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

/// A bill of an account, computed with what was known up to its cut-off.
struct Drafted<'a> {
    account: &'a AccountTerms,
    month: Month,
    cutoff: i64,
    draft: Draft,
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
    fn charges(&mut self, month: Month, charged: Amount) {
        let of_month = self.months.entry(month).or_default();
        *of_month = (of_month.0 + 1, of_month.1 + charged);
    }

    fn sets_aside(&mut self, account: AccountId, month: Month, fault: &BillFault) {
        self.faults.push((account, month, fault.to_string()));
        self.accounts += 1;
    }

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
pub(crate) fn after(due: &Due) -> Day {
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
pub(crate) async fn draft(
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
pub(crate) struct Read {
    pub(crate) due: Vec<Due>,
    services: HashMap<AccountId, Vec<ServiceRow>>,
    facts: HashMap<AccountId, Vec<Recorded>>,
    previous: HashMap<AccountId, Previous>,
    movements: HashMap<AccountId, Vec<Movement>>,
}

/// Reads what is due of a batch in five queries. What was written in between is above the cut-off (the account's version, read
/// first) and left for the next bill.
pub(crate) async fn read_batch(db: &Db, range: (AccountId, AccountId), scope: Scope) -> Result<Read, DbErr> {
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
    pub(crate) fn known<'a>(&'a self, account: &'a AccountTerms) -> Known<'a> {
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
