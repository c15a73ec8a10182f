//! The double-entry ledger under all of it (BIL-6).
//!
//! A posting moves an amount from one ledger account to another, in one row: it is debited here and credited there, so
//! that no entry can be out of balance. Entries are append-only. What a customer owes is what was debited to
//! `receivable` in their account less what was credited.

use std::collections::BTreeMap;

use db::{DbErr, Rows, Tx};
use kernel::{AccountId, Amount, Day, EntryId, Moment, Region};
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::line::{Line, Movement, Section, TaxLine};

/// The ledger account that holds what customers owe.
pub const RECEIVABLE: &str = "receivable";
/// Where the balances came from that were there before Guichet.
pub const OPENING: &str = "opening";

/// Why an entry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A bill was issued.
    Bill,
    /// What was owed before Guichet began.
    Opening,
    /// Money came in.
    Payment,
    /// A payment came back from the bank: what it had paid is owed again.
    Returned,
    /// We gave money back (PAY-5).
    Refund,
}

impl EntryKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Opening => "opening",
            Self::Payment => "payment",
            Self::Returned => "returned",
            Self::Refund => "refund",
        }
    }
}

/// One move, always of more than nothing.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Posting {
    /// 1, 2, 3… within the entry.
    pub place: i16,
    pub debit: String,
    pub credit: String,
    /// For taxes and revenue by region; none where it does not matter.
    pub region: Option<String>,
    pub amount: Amount,
}

impl Posting {
    /// What the customer owes `to`: more for a positive amount, less for a negative one; none for nothing.
    pub fn owed(to: &str, region: Option<&Region>, amount: Amount) -> Option<Self> {
        let region = region.map(|region| region.code().to_owned());
        let (debit, credit) = if amount.is_negative() { (to, RECEIVABLE) } else { (RECEIVABLE, to) };
        (!amount.is_zero()).then(|| Self {
            place: 1,
            debit: debit.to_owned(),
            credit: credit.to_owned(),
            region,
            amount: amount.abs(),
        })
    }

    /// What it adds to the customer's balance.
    pub fn balance(&self) -> Amount {
        let on = |account: &str| if account == RECEIVABLE { self.amount } else { Amount::ZERO };
        on(&self.debit) - on(&self.credit)
    }
}

/// The postings of a bill: revenue by kind of service and region, fees by code and region, taxes by tax and region.
pub(crate) fn postings_of(lines: &[Line], taxes: &[TaxLine]) -> Vec<Posting> {
    let mut owed: BTreeMap<(String, &Region), Amount> = BTreeMap::new();
    for line in lines {
        let to = match line.charge.section {
            Section::Service | Section::AddOn => format!("revenue:{}", line.charge.kind),
            Section::Fee => format!("fee:{}", line.charge.item),
        };
        *owed.entry((to, &line.charge.region)).or_default() += line.amount;
    }
    for line in taxes {
        *owed.entry((format!("tax:{}", line.tax.code()), &line.region)).or_default() += line.amount;
    }
    let moved = owed.into_iter().filter_map(|((to, region), amount)| Posting::owed(&to, Some(region), amount));
    moved.zip(1..).map(|(posting, place)| Posting { place, ..posting }).collect()
}

/// An entry to be written.
#[derive(Clone, Debug)]
pub struct NewEntry {
    pub id: EntryId,
    pub account: AccountId,
    /// The account's version that it bears. A bill's is the bill's cut-off.
    pub version: i64,
    pub kind: EntryKind,
    /// The number of the bill that it posts.
    pub bill: Option<i64>,
    pub on: Day,
    pub reason: Option<String>,
    pub author: audit::Author,
    pub recorded_at: Moment,
    pub postings: Vec<Posting>,
}

/// Entries to be inserted together.
#[derive(Clone)]
pub struct EntryRows {
    entries: Rows,
    postings: Rows,
}

impl Default for EntryRows {
    fn default() -> Self {
        let entries =
            &["account_id", "id", "version", "kind", "bill", "effective_on", "reason", "author", "recorded_at"];
        let postings = &["account_id", "entry_id", "place", "debit", "credit", "region", "amount"];
        Self { entries: Rows::new("ledger_entries", entries), postings: Rows::new("ledger_postings", postings) }
    }
}

impl EntryRows {
    pub fn add(&mut self, entry: NewEntry) {
        self.entries.push([
            entry.account.into(),
            entry.id.into(),
            entry.version.into(),
            entry.kind.code().into(),
            entry.bill.into(),
            entry.on.into(),
            entry.reason.into(),
            entry.author.code().into(),
            entry.recorded_at.into(),
        ]);
        for posting in entry.postings {
            self.postings.push([
                entry.account.into(),
                entry.id.into(),
                posting.place.into(),
                posting.debit.into(),
                posting.credit.into(),
                posting.region.into(),
                posting.amount.into(),
            ]);
        }
    }

    /// # Errors
    /// What the database says.
    pub async fn insert(self, tx: &Tx) -> Result<(), DbErr> {
        let entries = self.insert_postings(tx).await?;
        entries.insert(tx).await
    }

    /// Inserts the postings, and gives the entries that are still to be.
    pub(crate) async fn insert_postings(self, tx: &Tx) -> Result<UnpostedEntries, DbErr> {
        self.postings.insert(tx).await?;
        Ok(UnpostedEntries(self.entries))
    }
}

/// Entries whose postings are inserted already.
pub(crate) struct UnpostedEntries(Rows);

impl UnpostedEntries {
    /// Says which bills the entries post, in the order in which they were added.
    pub(crate) fn number(&mut self, first: i64) {
        for (row, number) in (0..self.0.len()).zip(first..) {
            self.0.set(row, "bill", Some(number).into());
        }
    }

    pub(crate) async fn insert(self, tx: &Tx) -> Result<(), DbErr> {
        self.0.insert(tx).await
    }
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    pub account: AccountId,
    pub id: EntryId,
    pub version: i64,
    pub kind: String,
    pub bill: Option<i64>,
    pub on: Day,
    pub reason: Option<String>,
    pub author: String,
    pub recorded_at: Moment,
    pub postings: Vec<Posting>,
}

impl StoredEntry {
    /// What it adds to the customer's balance.
    pub fn balance(&self) -> Amount {
        self.postings.iter().map(Posting::balance).sum()
    }

    pub fn movement(&self) -> Movement {
        Movement { entry: self.id, kind: self.kind.clone(), on: self.on, amount: self.balance() }
    }

    /// What the audit log keeps of an entry, so that a changed one is found: SHA-256 over its fields and postings, but
    /// for the number of its bill, which stands beside.
    pub fn digest(&self) -> String {
        let fields = (&self.kind, self.version, self.on, &self.reason, &self.author, self.recorded_at);
        let postings: Vec<_> =
            self.postings.iter().map(|p| (p.place, &p.debit, &p.credit, &p.region, p.amount)).collect();
        crate::digest_of(&(self.account, self.id, fields, postings))
    }
}

impl NewEntry {
    /// As it will be kept.
    pub fn stored(&self) -> StoredEntry {
        StoredEntry {
            account: self.account,
            id: self.id,
            version: self.version,
            kind: self.kind.code().to_owned(),
            bill: self.bill,
            on: self.on,
            reason: self.reason.clone(),
            author: self.author.code().to_owned(),
            recorded_at: self.recorded_at,
            postings: self.postings.clone(),
        }
    }
}

#[derive(FromQueryResult)]
struct EntryRow {
    account_id: AccountId,
    id: EntryId,
    version: i64,
    kind: String,
    bill: Option<i64>,
    effective_on: Day,
    reason: Option<String>,
    author: String,
    recorded_at: Moment,
}

#[derive(FromQueryResult)]
struct PostingRow {
    account_id: AccountId,
    entry_id: EntryId,
    place: i16,
    debit: String,
    credit: String,
    region: Option<String>,
    amount: Amount,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    All,
    /// All but those that post a bill.
    Movements,
}

/// The entries of the accounts from `after` (excluded) to `to`, by account and version.
///
/// # Errors
/// When the database cannot be read.
pub async fn entries_of_range(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
    which: Which,
) -> Result<Vec<StoredEntry>, DbErr> {
    let filter = match which {
        Which::All => "e.account_id > $1 AND e.account_id <= $2",
        Which::Movements => "e.account_id > $1 AND e.account_id <= $2 AND e.bill IS NULL",
    };
    entries_where(on, filter, [after.into(), to.into()].as_slice()).await
}

/// The entries of these accounts that post no bill and that the account's last bill did not know, by account and version.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn entries_since_last_bill(
    on: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<Vec<StoredEntry>, DbErr> {
    let among = db::among("e.account_id", accounts.len());
    let filter = format!(
        "{among} AND e.bill IS NULL AND e.version > coalesce((SELECT b.cutoff FROM bills b
             WHERE b.account_id = e.account_id ORDER BY b.number DESC LIMIT 1), -1)"
    );
    let mut accounts = accounts.to_vec();
    accounts.sort_unstable();
    let values: Vec<db::Value> = accounts.into_iter().map(Into::into).collect();
    entries_where(on, &filter, &values).await
}

async fn entries_where(
    on: &impl ConnectionTrait,
    filter: &str,
    values: &[db::Value],
) -> Result<Vec<StoredEntry>, DbErr> {
    let sql = format!(
        "SELECT account_id, id, version, kind, bill, effective_on, reason, author, recorded_at FROM ledger_entries e
         WHERE {filter} ORDER BY account_id, version, id"
    );
    let rows: Vec<EntryRow> = db::query(on, &sql, values.iter().cloned()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT p.account_id, p.entry_id, p.place, p.debit, p.credit, p.region, p.amount
         FROM ledger_entries e CROSS JOIN ledger_postings p
         WHERE p.account_id = e.account_id AND p.entry_id = e.id AND {filter}
         ORDER BY p.account_id, p.entry_id, p.place"
    );
    let mut postings: BTreeMap<(AccountId, EntryId), Vec<Posting>> = BTreeMap::new();
    for row in db::query::<PostingRow>(on, &sql, values.iter().cloned()).await? {
        let posting =
            Posting { place: row.place, debit: row.debit, credit: row.credit, region: row.region, amount: row.amount };
        postings.entry((row.account_id, row.entry_id)).or_default().push(posting);
    }
    let stored = rows.into_iter().map(|row| StoredEntry {
        account: row.account_id,
        id: row.id,
        version: row.version,
        kind: row.kind,
        bill: row.bill,
        on: row.effective_on,
        reason: row.reason,
        author: row.author,
        recorded_at: row.recorded_at,
        postings: postings.remove(&(row.account_id, row.id)).unwrap_or_default(),
    });
    Ok(stored.collect())
}

/// What was debited to `receivable` less what was credited, over postings.
pub(crate) const BALANCE: &str = "CAST(coalesce(sum(CASE WHEN debit = 'receivable' THEN amount ELSE 0 END
    - CASE WHEN credit = 'receivable' THEN amount ELSE 0 END), 0) AS bigint)";

/// What an account owes by its ledger; negative for a credit.
///
/// # Errors
/// When the database cannot be read.
pub async fn balance(on: &impl ConnectionTrait, account: AccountId) -> Result<Amount, DbErr> {
    let sql = format!("SELECT {BALANCE} FROM ledger_postings WHERE account_id = $1");
    Ok(db::scalar(on, &sql, [account.into()]).await?.unwrap_or_default())
}
