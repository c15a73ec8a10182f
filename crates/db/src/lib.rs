//! The database: SQLite or PostgreSQL by URL through one code base.
//!
//! Where the engines differ, the difference lives here ([`Engine`]) and nowhere else. Reads go through
//! [`Db::reader`]; everything that changes something goes through [`Db::write`], one transaction that is tried again
//! when another one was in its way.

mod bulk;
mod connect;
mod documents;
mod engine;
mod fault;
pub mod jobs;
mod keyed;
mod migrate;
mod reader;
mod write;

pub use bulk::Rows;
pub use connect::{Db, OpenError, Options};
pub use documents::{Document, DocumentKind, add_document, find_document, kept_documents, latest_document};
pub use engine::Engine;
pub use fault::{DbFault, Fault, fault_of};
pub use keyed::{Cells, FromCells};
pub use migrate::{MigrateError, Migration, Step, migrate, pending_steps};
pub use reader::Reader;
pub use sea_orm::{DbErr, FromQueryResult, Value};
pub use write::{Isolation, Tx};

use sea_orm::{ConnectionTrait, QueryResult, Statement};

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration { name: "m0001_jobs", what: "the job queue", sql: include_str!("migrations/0001_jobs.sql") },
        Migration {
            name: "m0002_documents",
            what: "versions of catalogue, tax table and billing rules",
            sql: include_str!("migrations/0002_documents.sql"),
        },
    ]
}

/// Places for so many values in a list: `$3,$4` from 3 on.
pub fn places(from: usize, count: usize) -> String {
    let places: Vec<String> = (from..from + count).map(|number| format!("${number}")).collect();
    places.join(",")
}

/// A filter for a column that is one of so many values, `$1` and on, given in their order. The range that they span is said as
/// well, for PostgreSQL reads a whole table where it knows nothing yet of how its rows are spread over them.
pub fn among(column: &str, count: usize) -> String {
    format!("{column} >= $1 AND {column} <= ${count} AND {column} IN ({})", places(1, count))
}

/// Reads all rows of a statement written in the SQL that both engines share, with `$1`, `$2`… for the values.
///
/// # Errors
/// When the database refuses the statement or a row does not have the shape of `T`.
pub async fn query<T: sea_orm::FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, DbErr> {
    let rows = on.query_all_raw(statement(on, sql, values)).await?;
    rows.iter().map(|row| T::from_query_result(row, "")).collect()
}

/// As [`query`], for a statement that gives one row or none.
///
/// # Errors
/// As [`query`].
pub async fn query_one<T: sea_orm::FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, DbErr> {
    let row = on.query_one_raw(statement(on, sql, values)).await?;
    row.map(|row| T::from_query_result(&row, "")).transpose()
}

/// The first column of the first row, as for `SELECT count(*)`.
///
/// # Errors
/// As [`query`].
pub async fn scalar<T: sea_orm::TryGetable>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, DbErr> {
    let row: Option<QueryResult> = on.query_one_raw(statement(on, sql, values)).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

/// Executes a statement and gives the number of rows that it changed.
///
/// # Errors
/// As [`query`].
pub async fn execute(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    Ok(on.execute_raw(statement(on, sql, values)).await?.rows_affected())
}

fn statement(on: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}
