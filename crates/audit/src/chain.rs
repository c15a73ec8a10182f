use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};
use db::{Db, DbErr, Rows, Tx};
use kernel::{AccountId, LoginId, Moment, StaffId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::Value as Json;
use uuid::Uuid;

/// The hash before a chain's first event.
const BEGINNING: [u8; 32] = [0; 32];

/// Whose chain an event stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chain {
    Account(AccountId),
    /// What concerns a login, whichever accounts it reaches.
    Login(LoginId),
    /// What one of the provider's people does, and what is done to their access.
    Staff(StaffId),
    /// What the operator does on the command line to no single account.
    Operator,
}

impl Chain {
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Account(account) => account.uuid(),
            Self::Login(login) => login.uuid(),
            Self::Staff(staff) => staff.uuid(),
            // A version 8 UUID (RFC 9562, 5.8) of our own: no account's id, which are version 7.
            Self::Operator => Uuid::from_u128(0x6f70_6572_6174_8072_8000_0000_0000_0001),
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Somebody at the command line of a machine of the provider.
    Operator,
    /// The import of a file that the provider gave.
    Import,
    /// A bill run.
    BillRun,
    /// Somebody signed in, or signing up; the details say which login.
    Customer,
    /// One of the provider's people, signed in; the details say who.
    Staff,
}

impl Author {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Import => "import",
            Self::BillRun => "bill-run",
            Self::Customer => "customer",
            Self::Staff => "staff",
        }
    }
}

/// What is to be written down.
pub struct Event {
    pub chain: Chain,
    /// As `bill.issued`.
    pub kind: &'static str,
    pub author: Author,
    /// Identifiers and figures; no personal data.
    pub details: Json,
    /// Personal content, sealed under the customer's key.
    pub sealed: Option<Vec<u8>>,
}

/// An event as it is kept.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StoredEvent {
    pub chain: Uuid,
    pub seq: i64,
    pub kind: String,
    pub author: String,
    pub at: Moment,
    pub details: String,
    pub sealed: Option<Vec<u8>>,
    pub hash: Vec<u8>,
}

impl StoredEvent {
    /// The hash that this event has after one with the hash `before`: SHA-256 over every field, each behind its length.
    pub(crate) fn hash_after(&self, before: &[u8]) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        let mut field = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        field(b"guichet audit 1");
        field(before);
        field(self.chain.as_bytes());
        field(&self.seq.to_be_bytes());
        field(&self.at.microseconds().to_be_bytes());
        field(self.kind.as_bytes());
        field(self.author.as_bytes());
        field(self.details.as_bytes());
        match &self.sealed {
            Some(sealed) => field(sealed),
            None => field(b""),
        }
        // Told apart from an empty one.
        field(&[u8::from(self.sealed.is_some())]);
        context.finish().as_ref().to_vec()
    }

    /// The details, or null when they are not JSON (somebody changed them).
    pub fn details(&self) -> Json {
        serde_json::from_str(&self.details).unwrap_or(Json::Null)
    }
}

#[derive(FromQueryResult)]
struct Head {
    chain: Uuid,
    seq: i64,
    hash: Vec<u8>,
}

/// Adds events to the ends of chains. When somebody else has added to one of them since the heads were read, the insert
/// is refused as a conflict, and [`db::Db::write`] begins the transaction again.
pub struct Appender {
    heads: HashMap<Uuid, (i64, Vec<u8>)>,
    rows: Rows,
    now: Moment,
}

impl Appender {
    /// Reads where the chains end: in the transaction in which the events will be added, or shortly before it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read(db: &Db, on: &impl ConnectionTrait, chains: &[Chain]) -> Result<Self, DbErr> {
        let mut heads = HashMap::with_capacity(chains.len());
        for some in chains.chunks(500) {
            let places: Vec<String> = (1..=some.len()).map(|number| format!("(${number})")).collect();
            // CROSS JOIN: SQLite then looks each wanted chain up, and does not walk over all events.
            let sql = format!(
                "WITH wanted(chain) AS (VALUES {})
                 SELECT e.chain, e.seq, e.hash FROM wanted CROSS JOIN audit_events e WHERE e.chain = wanted.chain
                     AND e.seq = (SELECT max(seq) FROM audit_events last WHERE last.chain = wanted.chain)",
                places.join(",")
            );
            let values = some.iter().map(|chain| chain.uuid().into());
            let found: Vec<Head> = db::query(on, &sql, values).await?;
            heads.extend(found.into_iter().map(|head| (head.chain, (head.seq, head.hash))));
        }
        let columns = &["chain", "seq", "kind", "author", "at", "details", "sealed", "hash"];
        Ok(Self { heads, rows: Rows::new("audit_events", columns), now: db.world().now() })
    }

    /// Adds an event to the end of its chain; it is written by [`Self::write`].
    pub fn add(&mut self, event: Event) {
        let head = self.heads.entry(event.chain.uuid()).or_insert_with(|| (0, BEGINNING.to_vec()));
        let mut stored = StoredEvent {
            chain: event.chain.uuid(),
            seq: head.0 + 1,
            kind: event.kind.to_owned(),
            author: event.author.code().to_owned(),
            at: self.now,
            details: event.details.to_string(),
            sealed: event.sealed,
            hash: Vec::new(),
        };
        stored.hash = stored.hash_after(&head.1);
        *head = (stored.seq, stored.hash.clone());
        self.rows.push([
            stored.chain.into(),
            stored.seq.into(),
            stored.kind.into(),
            stored.author.into(),
            stored.at.into(),
            stored.details.into(),
            stored.sealed.into(),
            stored.hash.into(),
        ]);
    }

    /// # Errors
    /// A conflict when a chain grew meanwhile; whatever else the database says.
    pub async fn write(self, tx: &Tx) -> Result<(), DbErr> {
        self.rows.insert(tx).await
    }
}

/// One event, in the caller's transaction.
impl Event {
    /// # Errors
    /// As [`Appender::write`].
    pub async fn append(self, db: &Db, tx: &Tx) -> Result<(), DbErr> {
        let mut appender = Appender::read(db, tx, &[self.chain]).await?;
        appender.add(self);
        appender.write(tx).await
    }
}

/// The events of some kinds on the chains of accounts from `after` (excluded) to `to`, in their order.
///
/// # Errors
/// When the database cannot be read.
pub async fn events_of_kinds(
    on: &impl ConnectionTrait,
    (after, to): (AccountId, AccountId),
    kinds: &[&str],
) -> Result<Vec<StoredEvent>, DbErr> {
    let places = db::places(3, kinds.len());
    let sql = format!(
        "SELECT chain, seq, kind, author, at, details, sealed, hash FROM audit_events
         WHERE chain > $1 AND chain <= $2 AND kind IN ({places}) ORDER BY chain, seq"
    );
    let values = [after.uuid().into(), to.uuid().into()].into_iter().chain(kinds.iter().map(|kind| (*kind).into()));
    db::query(on, &sql, values).await
}

/// The last events of a chain, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn last_events(on: &impl ConnectionTrait, chain: Chain, most: u16) -> Result<Vec<StoredEvent>, DbErr> {
    let sql = format!(
        "SELECT chain, seq, kind, author, at, details, sealed, hash FROM audit_events WHERE chain = $1
         ORDER BY seq DESC LIMIT {most}"
    );
    db::query(on, &sql, [chain.uuid().into()]).await
}

/// The events of a kind on the operator's chain, in their order.
pub(crate) async fn operator_events(on: &impl ConnectionTrait, kind: &str) -> Result<Vec<StoredEvent>, DbErr> {
    let sql = "SELECT chain, seq, kind, author, at, details, sealed, hash FROM audit_events
               WHERE chain = $1 AND kind = $2 ORDER BY seq";
    db::query(on, sql, [Chain::Operator.uuid().into(), kind.into()]).await
}

/// The last event of a kind on the operator's chain.
///
/// # Errors
/// When the database cannot be read.
pub async fn last_operator_event(on: &impl ConnectionTrait, kind: &str) -> Result<Option<StoredEvent>, DbErr> {
    let sql = "SELECT chain, seq, kind, author, at, details, sealed, hash FROM audit_events
               WHERE chain = $1 AND kind = $2 ORDER BY seq DESC LIMIT 1";
    db::query_one(on, sql, [Chain::Operator.uuid().into(), kind.into()]).await
}

pub(crate) fn beginning() -> Vec<u8> {
    BEGINNING.to_vec()
}
