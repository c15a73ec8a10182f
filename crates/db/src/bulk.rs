use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use crate::Engine;

/// At most so many values in one statement: below SQLite's 32 766 and PostgreSQL's 65 535.
const MOST_VALUES: usize = 24_000;
const MOST_ROWS: usize = 512;

/// Rows to be inserted into one table by few large statements.
///
/// Measured on both engines, statements of some 500 rows inside the caller's transaction are the fastest way to write
/// that still shares that transaction. Sizes are powers of two, so that the few different statements stay prepared.
pub struct Rows {
    table: &'static str,
    columns: &'static [&'static str],
    values: Vec<Value>,
}

impl Rows {
    pub fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { table, columns, values: Vec::new() }
    }

    /// Adds a row: one value for each column, in their order.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "one value for each column of {}", self.table);
        self.values.extend(row);
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many rows wait.
    pub fn len(&self) -> usize {
        self.values.len() / self.columns.len()
    }

    /// Inserts all rows.
    ///
    /// # Errors
    /// What the database says: a duplicate key, a full disk.
    pub async fn insert(self, on: &impl ConnectionTrait) -> Result<(), DbErr> {
        let width = self.columns.len();
        let mut left = self.len();
        let mut values = self.values.into_iter();
        let most = (MOST_VALUES / width).clamp(1, MOST_ROWS);
        let most = 1 << most.ilog2();
        while left > 0 {
            let rows = if left >= most { most } else { 1 << left.ilog2() };
            let sql = insert_sql(Engine::of(on), self.table, self.columns, rows);
            let chunk: Vec<Value> = values.by_ref().take(rows * width).collect();
            on.execute_raw(Statement::from_sql_and_values(on.get_database_backend(), sql, chunk)).await?;
            left -= rows;
        }
        Ok(())
    }
}

/// SQLite looks a name such as `$7` up among all names before it, so thousands of them are slow; `?` has no name.
fn insert_sql(engine: Engine, table: &str, columns: &[&str], rows: usize) -> String {
    use std::fmt::Write as _;
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns.len() {
            let number = row * columns.len() + column + 1;
            let comma = if column == 0 { "" } else { "," };
            // Writing to a String cannot fail.
            let _ = match engine {
                Engine::Sqlite => write!(sql, "{comma}?"),
                Engine::Postgres => write!(sql, "{comma}${number}"),
            };
        }
        sql.push(')');
    }
    sql
}
