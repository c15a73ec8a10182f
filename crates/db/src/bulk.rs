use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use crate::Engine;

/// At most so many values in one statement: below SQLite's 32 766 and PostgreSQL's 65 535.
const MOST_VALUES: usize = 24_000;
const MOST_ROWS: usize = 512;

/// Rows to be inserted into one table by few large statements.
///
/// The fastest ways measured that share the caller's transaction: an array for each column on PostgreSQL, statements of
/// some 500 rows on SQLite, whose sizes are powers of two, so that the few different statements stay prepared.
#[derive(Clone)]
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

    /// Sets one cell of a row that was added before.
    pub fn set(&mut self, row: usize, column: &str, value: Value) {
        let width = self.columns.len();
        let place = self.columns.iter().position(|name| *name == column);
        debug_assert!(place.is_some(), "{} has no column {column}", self.table);
        if let Some(cell) = place.and_then(|place| self.values.get_mut(row * width + place)) {
            *cell = value;
        }
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
        if self.is_empty() {
            return Ok(());
        }
        if Engine::of(on) == Engine::Postgres
            && let Some((columns, arrays)) = self.arrays()
        {
            return insert_arrays(on, self.table, &columns, arrays).await;
        }
        self.insert_values(on).await
    }

    async fn insert_values(self, on: &impl ConnectionTrait) -> Result<(), DbErr> {
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

    /// The rows as an array for each column; a column without any value is left out. `None` where a column has values in
    /// some rows only, or of a type that is not written in bulk: arrays here have no nulls.
    fn arrays(&self) -> Option<(Vec<&'static str>, Vec<Value>)> {
        let width = self.columns.len();
        let (mut columns, mut arrays) = (Vec::with_capacity(width), Vec::with_capacity(width));
        for (place, name) in self.columns.iter().enumerate() {
            let cells = || self.values.iter().skip(place).step_by(width);
            match cells().filter(|cell| is_null(cell)).count() {
                0 => {
                    columns.push(*name);
                    arrays.push(Value::Array(
                        array_type(&self.values[place])?,
                        Some(Box::new(cells().cloned().collect())),
                    ));
                }
                nulls if nulls == self.len() => {}
                _ => return None,
            }
        }
        Some((columns, arrays))
    }
}

/// One statement whatever the number of rows, which PostgreSQL plans once.
async fn insert_arrays(
    on: &impl ConnectionTrait,
    table: &str,
    columns: &[&str],
    arrays: Vec<Value>,
) -> Result<(), DbErr> {
    let places = crate::places(1, columns.len());
    let sql = format!("INSERT INTO {table} ({}) SELECT * FROM unnest({places})", columns.join(", "));
    on.execute_raw(Statement::from_sql_and_values(on.get_database_backend(), sql, arrays)).await.map(|_| ())
}

fn is_null(value: &Value) -> bool {
    *value == value.as_null()
}

fn array_type(value: &Value) -> Option<ArrayType> {
    Some(match value {
        Value::Uuid(_) => ArrayType::Uuid,
        Value::String(_) => ArrayType::String,
        Value::SmallInt(_) => ArrayType::SmallInt,
        Value::Int(_) => ArrayType::Int,
        Value::BigInt(_) => ArrayType::BigInt,
        Value::Bytes(_) => ArrayType::Bytes,
        Value::ChronoDate(_) => ArrayType::ChronoDate,
        Value::ChronoDateTimeUtc(_) => ArrayType::ChronoDateTimeUtc,
        _ => return None,
    })
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
