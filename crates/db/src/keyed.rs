//! Keyed reads: the few rows that a page finds by a key.
//!
//! On SQLite a driver's connection lives in a thread of its own, and handing a statement over to it and its rows back costs
//! several times what finding a row costs. So these are read here and now, on the thread that asks (ADR 8). Only for
//! statements that find a handful of rows by an index; everything else goes through [`Db::reader`](crate::Db::reader).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{Cell, FromCell};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Row, Statement};
use sea_orm::{DbErr, FromQueryResult, RuntimeErr, Value};

use crate::{Db, Tx};

/// Statements that a connection keeps prepared: those of all pages.
const STATEMENTS: usize = 128;
/// The writer never makes readers wait (write-ahead log); only another process's recovery does.
const BUSY: Duration = Duration::from_secs(5);

/// A row read by its columns' names. [`row!`](crate::row) writes it.
pub trait FromCells: Sized {
    /// # Errors
    /// When a column is missing or of another kind.
    fn from_cells(cells: &mut Cells) -> Result<Self, DbErr>;
}

/// The cells of one row.
pub struct Cells<'a> {
    row: &'a Row<'a>,
    names: &'a [String],
    /// Columns are mostly asked for in their order.
    next: usize,
}

impl Cells<'_> {
    fn value(&mut self, name: &str) -> Result<Cell, DbErr> {
        let count = self.names.len();
        let is_it = |place: &usize| self.names.get(*place).is_some_and(|column| column == name);
        let found = (0..count).map(|step| (self.next + step) % count).find(is_it);
        let place = found.ok_or_else(|| DbErr::Type(format!("there is no column {name}")))?;
        self.next = place + 1;
        cell(self.row.get_ref(place).map_err(error)?)
    }

    /// A column's value. Columns that share a name are one.
    ///
    /// # Errors
    /// When there is none of that name, or its value is of another kind.
    pub fn get<T: FromCell>(&mut self, name: &str) -> Result<T, DbErr> {
        T::from_cell(self.value(name)?).ok_or_else(|| DbErr::Type(format!("column {name} is of another kind")))
    }

    /// Whether nothing is there, as for the side of a join that had no row.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn is_null(&mut self, name: &str) -> Result<bool, DbErr> {
        Ok(self.value(name)? == Cell::Null)
    }
}

/// Reads a struct's fields by their names, those after the semicolon as rows of their own: `row!(Session { id, seen_at;
/// login })`.
#[macro_export]
macro_rules! row {
    ($name:ident { $($field:ident),* $(; $($nested:ident),+)? }) => {
        impl $crate::FromCells for $name {
            fn from_cells(cells: &mut $crate::Cells) -> Result<Self, $crate::DbErr> {
                Ok(Self {
                    $($field: cells.get(stringify!($field))?,)*
                    $($($nested: $crate::FromCells::from_cells(cells)?,)+)?
                })
            }
        }
    };
}

/// Connections that read on the thread that asks: as many as threads ever asked at once.
pub(crate) struct Here {
    file: String,
    idle: Mutex<Vec<Asking>>,
}

/// A connection, and the names of the columns of what was asked: SQLite gives each name anew, under a lock.
struct Asking {
    connection: Connection,
    columns: HashMap<String, Vec<String>>,
}

impl Here {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), idle: Mutex::default() }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Asking>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn close(&self) {
        self.idle().clear();
    }

    fn open(&self) -> rusqlite::Result<Asking> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", "on")?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "cache_size", -2048)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Asking { connection, columns: HashMap::new() })
    }

    fn query<T: FromCells>(&self, sql: &str, values: &[Value]) -> Result<Vec<T>, DbErr> {
        let idle = self.idle().pop();
        let mut asking = match idle {
            Some(asking) => asking,
            None => self.open().map_err(error)?,
        };
        let found = asking.query(sql, values);
        self.idle().push(asking);
        found
    }
}

impl Asking {
    fn query<T: FromCells>(&mut self, sql: &str, values: &[Value]) -> Result<Vec<T>, DbErr> {
        let mut statement = self.connection.prepare_cached(sql).map_err(error)?;
        if self.columns.get(sql).is_none_or(|names| names.len() != statement.column_count()) {
            if self.columns.len() >= STATEMENTS {
                self.columns.clear();
            }
            let names = statement.column_names().into_iter().map(str::to_owned).collect();
            self.columns.insert(sql.to_owned(), names);
        }
        let names = self.columns.get(sql).map_or(&[][..], Vec::as_slice);
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(error)? {
            found.push(T::from_cells(&mut Cells { row, names, next: 0 })?);
        }
        Ok(found)
    }
}

fn error(error: rusqlite::Error) -> DbErr {
    DbErr::Query(RuntimeErr::Internal(error.to_string()))
}

fn cell(value: ValueRef) -> Result<Cell, DbErr> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|_| DbErr::Type("a text is not UTF-8".to_owned()))?;
            Cell::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_owned()),
        ValueRef::Real(_) => return Err(DbErr::Type("there are no floating-point columns".to_owned())),
    })
}

/// SQLite numbers `$7` by its first appearance; we mean the seventh value.
fn bind(statement: &mut Statement, values: &[Value]) -> Result<(), DbErr> {
    for place in 1..=statement.parameter_count() {
        let named = statement.parameter_name(place).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = named.and_then(|number| values.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| DbErr::Type(format!("there is no value for placeholder {place}")))?;
        statement.raw_bind_parameter(place, output(value)?).map_err(error)?;
    }
    Ok(())
}

/// What a key is made of.
fn output(value: &Value) -> Result<ToSqlOutput<'_>, DbErr> {
    Ok(match value {
        Value::Uuid(Some(id)) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        Value::Bytes(Some(bytes)) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        Value::String(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        Value::BigInt(Some(number)) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
        Value::Int(Some(number)) => ToSqlOutput::Borrowed(ValueRef::Integer((*number).into())),
        // As the driver writes them: in the same form they compare as they follow one another.
        Value::ChronoDateTimeUtc(Some(at)) => {
            ToSqlOutput::Owned(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false).into())
        }
        _ => return Err(DbErr::Type("a keyed read takes identifiers, texts, bytes, integers and moments".to_owned())),
    })
}

impl Db {
    /// Reads, within a write, the few rows that a statement finds by a key and that this write has not changed. On SQLite,
    /// where one writes at a time, what is committed is then what the write itself would see, and it is read on the thread that
    /// asks; on PostgreSQL the transaction reads it.
    ///
    /// # Errors
    /// As [`query`](crate::query).
    pub async fn read_unchanged<T: FromCells + FromQueryResult>(
        &self,
        tx: &Tx,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<T>, DbErr> {
        match &self.here {
            Some(here) => here.query(sql, values),
            None => crate::query(tx, sql, values.iter().cloned()).await,
        }
    }

    /// Reads the few rows that a statement finds by a key, for a page; written as for [`query`](crate::query).
    ///
    /// # Errors
    /// As [`query`](crate::query).
    pub async fn keyed<T: FromCells + FromQueryResult>(&self, sql: &str, values: &[Value]) -> Result<Vec<T>, DbErr> {
        match &self.here {
            Some(here) => here.query(sql, values),
            None => crate::query(self.reader(), sql, values.iter().cloned()).await,
        }
    }
}
