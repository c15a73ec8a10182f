//! The proof that bills and ledger are what they should be (BIL-2, BIL-6): every issued bill is computed again with what
//! was known then and compared, with its ledger entry and with what the audit log kept of both.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use accounts::AccountTerms;
use audit::StoredEvent;
use db::{Db, DbErr};
use kernel::{AccountId, Amount, EntryId};
use services::{Recorded, ServiceRow};

use crate::bill::{Known, PastBill, Previous, Reference, compute};
use crate::ledger::{EntryKind, StoredEntry, Which, entries_of_range};
use crate::line::Movement;
use crate::reference::{ReferenceError, load_reference};
use crate::store::{StoredBill, bills_of_range, end_of_batch};

const BATCH: i64 = 200;
const MOST_LISTED: usize = 1_000;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub account_number: String,
    /// The bill that it is about, if it is about one.
    pub bill: Option<i64>,
    pub what: String,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.account_number.as_str(), self.bill) {
            ("", Some(bill)) => write!(f, "bill {bill}: {}", self.what),
            ("", None) => f.write_str(&self.what),
            (account, Some(bill)) => write!(f, "account {account}, bill {bill}: {}", self.what),
            (account, None) => write!(f, "account {account}: {}", self.what),
        }
    }
}

/// What [`verify`] found.
#[derive(Debug, Default)]
pub struct Doubts {
    pub accounts: u64,
    pub bills: u64,
    pub entries: u64,
    /// At most a thousand of them; `count` counts all.
    pub listed: Vec<Doubt>,
    pub count: u64,
}

impl Doubts {
    /// Notes something that is not as it should be, of an account's number, empty for none.
    pub fn note(&mut self, account: &str, bill: Option<i64>, what: impl Into<String>) {
        self.count += 1;
        if self.listed.len() < MOST_LISTED {
            self.listed.push(Doubt { account_number: account.to_owned(), bill, what: what.into() });
        }
    }
}

/// Computes all issued bills again, a batch of accounts at a time.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify(db: &Db, mut progress: impl FnMut(u64)) -> Result<Doubts, DbErr> {
    let mut doubts = Doubts::default();
    let mut references = References { db, kept: HashMap::new() };
    let mut after = AccountId::FIRST;
    while let Some(to) = end_of_batch(db.reader(), after, BATCH).await? {
        verify_batch(db, (after, to), &mut references, &mut doubts).await?;
        progress(doubts.accounts);
        after = to;
    }
    verify_leftovers(db, &mut doubts).await?;
    verify_numbers(db, &mut doubts).await?;
    verify_runs(db, &mut doubts).await?;
    audit::verify_documents(db).await?.into_iter().for_each(|what| doubts.note("", None, what));
    Ok(doubts)
}

/// Catalogue, tax table and rules by their versions, each read once.
struct References<'a> {
    db: &'a Db,
    kept: HashMap<(i32, i32, i32), Option<Arc<Reference>>>,
}

impl References<'_> {
    async fn of(&mut self, bill: &StoredBill) -> Result<Option<Arc<Reference>>, DbErr> {
        let versions = (bill.catalogue_version, bill.taxes_version, bill.rules_version);
        if let Some(known) = self.kept.get(&versions) {
            return Ok(known.clone());
        }
        let read = match load_reference(self.db, versions.0, versions.1, versions.2).await {
            Ok(reference) => Some(Arc::new(reference)),
            Err(ReferenceError::Db(error @ (DbErr::Conn(_) | DbErr::Exec(_) | DbErr::Query(_)))) => return Err(error),
            // What was kept is gone or changed: the bill cannot be proved.
            Err(_) => None,
        };
        self.kept.insert(versions, read.clone());
        Ok(read)
    }
}

/// What is kept of one account.
struct Kept {
    terms: AccountTerms,
    services: Vec<ServiceRow>,
    facts: Vec<Recorded>,
    bills: Vec<StoredBill>,
    entries: Vec<StoredEntry>,
    events: Vec<StoredEvent>,
}

async fn verify_batch(
    db: &Db,
    range: (AccountId, AccountId),
    references: &mut References<'_>,
    doubts: &mut Doubts,
) -> Result<(), DbErr> {
    let mut kept: BTreeMap<AccountId, Kept> = BTreeMap::new();
    for terms in accounts::terms_of_range(db.reader(), range).await? {
        let empty = Kept { terms, services: vec![], facts: vec![], bills: vec![], entries: vec![], events: vec![] };
        kept.insert(empty.terms.id, empty);
    }
    let services = services::services_of_range(db.reader(), range).await?;
    services.into_iter().for_each(|row| {
        if let Some(kept) = kept.get_mut(&row.account) {
            kept.services.push(row)
        }
    });
    let facts = services::facts_of_range(db.reader(), range).await?;
    facts.into_iter().for_each(|(account, fact)| {
        if let Some(kept) = kept.get_mut(&account) {
            kept.facts.push(fact)
        }
    });
    let bills = bills_of_range(db.reader(), range).await?;
    bills.into_iter().for_each(|bill| {
        if let Some(kept) = kept.get_mut(&bill.account_id) {
            kept.bills.push(bill)
        }
    });
    let entries = entries_of_range(db.reader(), range, Which::All).await?;
    let postings: usize = entries.iter().map(|entry| entry.postings.len()).sum();
    entries.into_iter().for_each(|entry| {
        if let Some(kept) = kept.get_mut(&entry.account) {
            kept.entries.push(entry)
        }
    });
    let events = audit::events_of_kinds(db.reader(), range, &["bill.issued", "ledger.posted"]).await?;
    for event in events {
        if let Some(kept) = kept.get_mut(&AccountId::from(event.chain)) {
            kept.events.push(event);
        }
    }
    for account in kept.values() {
        verify_account(account, references, doubts).await?;
    }
    let sql = "SELECT count(*) FROM ledger_postings WHERE account_id > $1 AND account_id <= $2";
    let stored: i64 = db::scalar(db.reader(), sql, [range.0.into(), range.1.into()]).await?.unwrap_or(0);
    if usize::try_from(stored).is_ok_and(|stored| stored != postings) {
        doubts.note(
            "",
            None,
            format!("between accounts {} and {} the ledger has postings without an entry", range.0, range.1),
        );
    }
    Ok(())
}

async fn verify_account(kept: &Kept, references: &mut References<'_>, doubts: &mut Doubts) -> Result<(), DbErr> {
    let number = kept.terms.number.as_str();
    doubts.accounts += 1;
    let mut earlier: Vec<PastBill> = Vec::new();
    let mut previous: Option<Previous> = None;
    for bill in &kept.bills {
        doubts.bills += 1;
        match references.of(bill).await? {
            Some(reference) => verify_bill(kept, bill, (previous.as_ref(), &earlier), &reference, doubts),
            None => doubts.note(
                number,
                Some(bill.number),
                "the catalogue, tax table or rules that it was computed with were changed or are gone",
            ),
        }
        earlier.push(PastBill { number: bill.number, content: bill.content().unwrap_or_default() });
        previous = Some(bill.as_previous());
    }
    verify_entries(kept, doubts);
    Ok(())
}

fn verify_bill(
    kept: &Kept,
    bill: &StoredBill,
    (previous, earlier): (Option<&Previous>, &[PastBill]),
    reference: &Reference,
    doubts: &mut Doubts,
) {
    let number = kept.terms.number.as_str();
    let movements: Vec<Movement> = kept
        .entries
        .iter()
        .filter(|entry| entry.bill.is_none() && entry.version <= bill.cutoff)
        .filter(|entry| previous.is_none_or(|previous| entry.version > previous.cutoff))
        .map(StoredEntry::movement)
        .collect();
    let known = Known {
        account: &kept.terms,
        services: &kept.services,
        facts: &kept.facts,
        cutoff: bill.cutoff,
        previous,
        billed: earlier,
        movements: &movements,
    };
    let mut doubt = |what: String| doubts.note(number, Some(bill.number), what);
    let draft = match compute(&known, reference, bill.month.month(), bill.issued_on) {
        Ok(Some(draft)) => draft,
        Ok(None) => return doubt("computed again there is nothing to bill".to_owned()),
        Err(fault) => return doubt(format!("it cannot be computed again: {fault}")),
    };
    let again = StoredBill::of(
        (kept.terms.id, kept.terms.currency),
        bill.number,
        bill.month.month(),
        bill.cutoff,
        (&draft, bill.issued_at),
        reference,
    );
    if again != *bill {
        doubt(format!("computed again it is different: {}", difference(bill, &again)));
    }
    let entries: Vec<&StoredEntry> = kept.entries.iter().filter(|entry| entry.bill == Some(bill.number)).collect();
    match entries.as_slice() {
        [entry] => {
            let expected = crate::batch::bill_entry(entry.id, &again, draft.postings.clone()).stored();
            if **entry != expected {
                doubt("its ledger entry is not what the bill posts".to_owned());
            }
        }
        [] => doubt("it has no ledger entry".to_owned()),
        _ => doubt("it has more than one ledger entry".to_owned()),
    }
    let balance: Amount = kept.entries.iter().filter(|entry| up_to(entry, bill)).map(StoredEntry::balance).sum();
    if balance != bill.total_due {
        doubt(format!("the ledger says that {balance} is due, the bill {}", bill.total_due));
    }
}

/// Whether a bill knew an entry: those up to its cut-off, and of bills those up to itself.
fn up_to(entry: &StoredEntry, bill: &StoredBill) -> bool {
    match entry.bill {
        Some(number) => number <= bill.number,
        None => entry.version <= bill.cutoff,
    }
}

/// Names the first column in which two bills differ.
fn difference(kept: &StoredBill, again: &StoredBill) -> String {
    let value = |bill: &StoredBill| serde_json::to_value(bill).unwrap_or_default();
    let (columns, expected) = (value(kept), value(again));
    let mut columns = columns.as_object().into_iter().flatten();
    match columns.find(|(name, value)| expected.get(name.as_str()) != Some(*value)) {
        Some((name, value)) => format!("{name} is {value} and should be {}", expected.get(name).unwrap_or_default()),
        None => "its lines".to_owned(),
    }
}

/// Compares bills and entries with what the audit log kept of them, both ways.
fn verify_entries(kept: &Kept, doubts: &mut Doubts) {
    let number = kept.terms.number.as_str();
    let mut bills: HashMap<i64, String> = HashMap::new();
    let mut entries: HashMap<EntryId, (Option<i64>, String)> = HashMap::new();
    for event in &kept.events {
        let details = event.details();
        let text = |key: &str| details.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let entry = serde_json::from_value::<EntryId>(details.get("entry").cloned().unwrap_or_default()).ok();
        let number = details.get("bill").and_then(serde_json::Value::as_i64);
        if event.kind == "bill.issued" {
            bills.insert(number.unwrap_or(0), text("digest"));
            entries.extend(entry.map(|entry| (entry, (number, text("entry_digest")))));
        } else {
            entries.extend(entry.map(|entry| (entry, (None, text("digest")))));
        }
    }
    for bill in &kept.bills {
        match bills.remove(&bill.number) {
            Some(digest) if digest == bill.digest() => {}
            Some(_) => doubts.note(number, Some(bill.number), "it is not what the audit log kept of it"),
            None => doubts.note(number, Some(bill.number), "the audit log does not know that it was issued"),
        }
    }
    for missing in bills.into_keys() {
        doubts.note(number, Some(missing), "it was issued, says the audit log, and is not there");
    }
    for entry in &kept.entries {
        doubts.entries += 1;
        match entries.remove(&entry.id) {
            Some((bill, digest)) if bill == entry.bill && digest == entry.digest() => {}
            Some(_) => doubts.note(
                number,
                entry.bill,
                format!("ledger entry {} is not what the audit log kept of it", entry.id),
            ),
            None => doubts.note(number, entry.bill, format!("the audit log does not know ledger entry {}", entry.id)),
        }
        if entry.kind == EntryKind::Bill.code() && !kept.bills.iter().any(|bill| Some(bill.number) == entry.bill) {
            doubts.note(number, entry.bill, format!("ledger entry {} posts a bill that is not there", entry.id));
        }
    }
    for missing in entries.into_keys() {
        doubts.note(number, None, format!("ledger entry {missing} was posted, says the audit log, and is not there"));
    }
}

/// Bills and entries of accounts that are not there.
async fn verify_leftovers(db: &Db, doubts: &mut Doubts) -> Result<(), DbErr> {
    for table in ["bills", "ledger_entries", "ledger_postings"] {
        let sql = format!(
            "SELECT count(*) FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = t.account_id)"
        );
        let count: i64 = db::scalar(db.reader(), &sql, []).await?.unwrap_or(0);
        if count > 0 {
            doubts.note("", None, format!("{count} rows of {table} belong to no account"));
        }
    }
    Ok(())
}

/// Bill numbers run from 1 without a gap, up to the counter.
async fn verify_numbers(db: &Db, doubts: &mut Doubts) -> Result<(), DbErr> {
    let counted: i64 =
        db::scalar(db.reader(), "SELECT value FROM counters WHERE name = 'bill'", []).await?.unwrap_or(0);
    let sql = "SELECT count(*) FROM bills WHERE number BETWEEN 1 AND $1";
    let within: i64 = db::scalar(db.reader(), sql, [counted.into()]).await?.unwrap_or(0);
    let all: i64 = db::scalar(db.reader(), "SELECT count(*) FROM bills", []).await?.unwrap_or(0);
    if within != counted || all != counted {
        doubts.note("", None, format!("{all} bills are there and {counted} numbers were taken: there is a gap"));
    }
    Ok(())
}

/// What runs counted is what bills say.
async fn verify_runs(db: &Db, doubts: &mut Doubts) -> Result<(), DbErr> {
    #[derive(sea_orm::FromQueryResult)]
    struct Run {
        month: kernel::Day,
        issued: i64,
        charged: Amount,
        bills: i64,
        summed: Amount,
    }
    let sql = "SELECT r.month, r.issued, r.charged, count(b.number) AS bills,
                   CAST(coalesce(sum(b.current_charges), 0) AS bigint) AS summed
               FROM bill_runs r LEFT JOIN bills b ON b.month = r.month AND b.kind = 'monthly'
               GROUP BY r.month, r.issued, r.charged ORDER BY r.month";
    let orphans = "SELECT count(*) FROM bills b WHERE b.kind = 'monthly' AND NOT EXISTS
                       (SELECT 1 FROM bill_runs r WHERE r.month = b.month)";
    let count: i64 = db::scalar(db.reader(), orphans, []).await?.unwrap_or(0);
    if count > 0 {
        doubts.note("", None, format!("{count} bills are of months that no run is known of"));
    }
    for run in db::query::<Run>(db.reader(), sql, []).await? {
        if (run.issued, run.charged) != (run.bills, run.summed) {
            let Run { month, issued, charged, bills, summed } = run;
            let month = month.month();
            doubts.note(
                "",
                None,
                format!("the run of {month} counted {issued} bills of {charged}, and there are {bills} of {summed}"),
            );
        }
    }
    Ok(())
}
