//! A chain as its people read it: the newest first, a page at a time.

use db::DbErr;
use kernel::Moment;
use sea_orm::ConnectionTrait;

use crate::chain::{Author, Chain, StoredEvent};

/// Which events of a chain are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// From this moment on, to before that one.
    pub from: Moment,
    pub until: Option<Moment>,
    /// Older than the event of this number.
    pub before: Option<i64>,
    /// Newer than the event of this number.
    pub after: i64,
    /// These kinds, and no others.
    pub kinds: &'a [&'a str],
    /// By these, or by anybody where there are none.
    pub authors: &'a [Author],
    /// So many at most.
    pub most: i64,
}

/// The newest of the wanted events, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn newest_events(
    on: &impl ConnectionTrait,
    chain: Chain,
    wanted: &Wanted<'_>,
) -> Result<Vec<StoredEvent>, DbErr> {
    let before = wanted.before.unwrap_or(i64::MAX);
    let mut values: Vec<db::Value> =
        vec![chain.uuid().into(), before.into(), wanted.from.into(), wanted.most.into(), wanted.after.into()];
    let mut place = |value: db::Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let until = wanted.until.map(|until| format!("AND at < {}", place(until.into()))).unwrap_or_default();
    let kinds: Vec<String> = wanted.kinds.iter().map(|kind| place((*kind).into())).collect();
    let authors: Vec<String> = wanted.authors.iter().map(|author| place(author.code().into())).collect();
    let authors = if authors.is_empty() { String::new() } else { format!("AND author IN ({})", authors.join(",")) };
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT chain, seq, kind, author, at, details, sealed, hash FROM audit_events
         WHERE chain = $1 AND seq < $2 AND seq > $5 AND at >= $3 {until} AND kind IN ({}) {authors} ORDER BY seq DESC LIMIT $4",
        kinds.join(",")
    );
    db::query(on, &sql, values).await
}
