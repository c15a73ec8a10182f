//! Entries of the ledger that are not bills.

use audit::{Appender, Author, Chain, Event};
use db::{Db, DbErr, DbFault, Tx};
use kernel::{AccountId, Amount, Day, EntryId, Moment};
use serde_json::json;

use crate::ledger::{EntryKind, EntryRows, NewEntry, OPENING, Posting};

#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("there is no account {0}")]
    NoAccount(AccountId),
    #[error("an entry that moves nothing is none")]
    Nothing,
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for PostError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// The audit event that stands beside an entry, so that a changed entry is found.
pub fn posted_event(entry: &NewEntry) -> Event {
    let stored = entry.stored();
    Event {
        chain: Chain::Account(entry.account),
        kind: "ledger.posted",
        author: entry.author,
        details: json!({ "entry": entry.id, "kind": entry.kind.code(), "amount": stored.balance(), "digest": stored.digest() }),
        sealed: None,
    }
}

/// What the customer owed (or, negative, had in credit) when Guichet took the account over; none for nothing.
pub fn opening_entry(
    (id, recorded_at): (EntryId, Moment),
    account: AccountId,
    version: i64,
    on: Day,
    balance: Amount,
) -> Option<NewEntry> {
    let posting = Posting::owed(OPENING, None, balance)?;
    let (kind, author) = (EntryKind::Opening, Author::Import);
    Some(NewEntry {
        id,
        account,
        version,
        kind,
        bill: None,
        on,
        reason: None,
        author,
        recorded_at,
        postings: vec![posting],
    })
}

/// An amount that moves between an account and a ledger account.
#[derive(Clone, Debug)]
pub struct NewMovement<'a> {
    pub account: AccountId,
    pub kind: EntryKind,
    pub on: Day,
    /// A ledger account, as `cash:cheque`.
    pub to: &'a str,
    /// What the customer owes `to` grows by it, or shrinks for a negative one, as for a payment.
    pub amount: Amount,
    pub reason: Option<&'a str>,
    pub author: Author,
}

/// Posts an amount to an account: what the customer owes `to` (a ledger account, as `cash:cheque`) grows by it, or
/// shrinks for a negative one, as for a payment.
///
/// # Errors
/// When there is no such account, or nothing to post.
pub async fn post(
    db: &Db,
    account: AccountId,
    kind: EntryKind,
    on: Day,
    (to, amount): (&str, Amount),
    author: Author,
) -> Result<EntryId, PostError> {
    let movement = NewMovement { account, kind, on, to, amount, reason: None, author };
    db.write(async |tx| post_in(db, tx, &movement).await).await
}

/// As [`post`], in the caller's transaction.
///
/// # Errors
/// As [`post`].
pub async fn post_in(db: &Db, tx: &Tx, movement: &NewMovement<'_>) -> Result<EntryId, PostError> {
    let mut posted = post_all(db, tx, vec![(movement.clone(), None)]).await?;
    posted.pop().ok_or(PostError::Nothing)
}

/// As [`post_in`] for several, each with an event of its account to stand beside it, in as few statements.
///
/// # Errors
/// As [`post`]; nothing is posted then.
pub async fn post_all(
    db: &Db,
    tx: &Tx,
    movements: Vec<(NewMovement<'_>, Option<Event>)>,
) -> Result<Vec<EntryId>, PostError> {
    let mut entries = Vec::with_capacity(movements.len());
    for (movement, event) in movements {
        let posting = Posting::owed(movement.to, None, movement.amount).ok_or(PostError::Nothing)?;
        let account = movement.account;
        let version = accounts::next_version(tx, account, 1).await?.ok_or(PostError::NoAccount(account))?;
        let entry = NewEntry {
            id: db.world().id(),
            account,
            version,
            kind: movement.kind,
            bill: None,
            on: movement.on,
            reason: movement.reason.map(str::to_owned),
            author: movement.author,
            recorded_at: db.world().now(),
            postings: vec![posting],
        };
        entries.push((entry, event));
    }
    // Once the accounts are held.
    let chains: Vec<Chain> = entries.iter().map(|(entry, _)| Chain::Account(entry.account)).collect();
    let mut appender = Appender::read(db, tx, &chains).await?;
    let mut rows = EntryRows::default();
    let mut ids = Vec::with_capacity(entries.len());
    for (entry, event) in entries {
        appender.add(posted_event(&entry));
        event.into_iter().for_each(|event| appender.add(event));
        ids.push(entry.id);
        rows.add(entry);
    }
    appender.write(tx).await?;
    rows.insert(tx).await?;
    Ok(ids)
}
