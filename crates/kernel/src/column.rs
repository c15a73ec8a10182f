//! How our values are columns on both engines.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Makes a newtype usable as a SeaORM column and value: what it is stored as, how it goes in, how it comes back (`None`
/// when the stored value is not one of ours).
macro_rules! column_newtype {
    ($name:ty as $raw:ty, |$v:ident| $into:expr, |$r:ident| $from:expr, $array:ident, $column:ident) => {
        impl From<$name> for sea_orm::Value {
            fn from($v: $name) -> Self {
                sea_orm::Value::from($into)
            }
        }

        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(
                row: &sea_orm::QueryResult,
                index: I,
            ) -> Result<Self, sea_orm::TryGetError> {
                let $r = <$raw as sea_orm::TryGetable>::try_get_by(row, index)?;
                let made: Option<$name> = $from;
                made.ok_or_else(|| sea_orm::DbErr::Type(format!("a stored value is no {}", stringify!($name))).into())
            }
        }

        impl sea_orm::sea_query::ValueType for $name {
            fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                let $r = <$raw as sea_orm::sea_query::ValueType>::try_from(value)?;
                let made: Option<$name> = $from;
                made.ok_or(sea_orm::sea_query::ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($name).to_owned()
            }

            fn array_type() -> sea_orm::sea_query::ArrayType {
                sea_orm::sea_query::ArrayType::$array
            }

            fn column_type() -> sea_orm::sea_query::ColumnType {
                <$raw as sea_orm::sea_query::ValueType>::column_type()
            }
        }

        impl $crate::FromCell for $name {
            fn from_cell(cell: $crate::Cell) -> Option<Self> {
                let $r = <$raw as $crate::FromCell>::from_cell(cell)?;
                $from
            }
        }

        impl sea_orm::sea_query::Nullable for $name {
            fn null() -> sea_orm::Value {
                <$raw as sea_orm::sea_query::Nullable>::null()
            }
        }
    };
}
pub(crate) use column_newtype;

/// A value as SQLite stores it; its columns know no other kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A value read from a [`Cell`]; none where the cell holds another kind of value.
pub trait FromCell: Sized {
    fn from_cell(cell: Cell) -> Option<Self>;
}

macro_rules! from_integer {
    ($($kind:ty),+) => {$(
        impl FromCell for $kind {
            fn from_cell(cell: Cell) -> Option<Self> {
                if let Cell::Integer(number) = cell { number.try_into().ok() } else { None }
            }
        }
    )+};
}
from_integer!(i16, i32, i64);

/// SQLite has no kind of its own for it.
impl FromCell for bool {
    fn from_cell(cell: Cell) -> Option<Self> {
        i64::from_cell(cell).map(|number| number != 0)
    }
}

impl FromCell for String {
    fn from_cell(cell: Cell) -> Option<Self> {
        if let Cell::Text(text) = cell { Some(text) } else { None }
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: Cell) -> Option<Self> {
        if let Cell::Bytes(bytes) = cell { Some(bytes) } else { None }
    }
}

impl FromCell for uuid::Uuid {
    fn from_cell(cell: Cell) -> Option<Self> {
        Self::from_slice(&Vec::from_cell(cell)?).ok()
    }
}

impl FromCell for NaiveDate {
    fn from_cell(cell: Cell) -> Option<Self> {
        String::from_cell(cell)?.parse().ok()
    }
}

impl FromCell for DateTime<Utc> {
    fn from_cell(cell: Cell) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(&String::from_cell(cell)?).ok()?;
        Some(at.to_utc())
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell) -> Option<Self> {
        if cell == Cell::Null { Some(None) } else { T::from_cell(cell).map(Some) }
    }
}

/// A moment in UTC, cut to microseconds: what both engines keep, so that a value read back equals the one written.
/// A column of type `timestamptz` on PostgreSQL, text ending in `+00:00` (which sorts) on SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(Timestamp);

impl Moment {
    /// Before anything was written.
    pub const BEGINNING: Self = Self(Timestamp::UNIX_EPOCH);

    pub fn new(at: Timestamp) -> Self {
        Self(Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at))
    }

    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    pub fn microseconds(self) -> i64 {
        self.0.as_microsecond()
    }

    /// That much later.
    #[must_use]
    pub fn plus(self, by: jiff::SignedDuration) -> Self {
        Self(self.0.saturating_add(by).unwrap_or(Timestamp::MAX))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn to_chrono(at: Moment) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.microseconds()).unwrap_or_default()
}

column_newtype!(
    Moment as DateTime<Utc>,
    |at| to_chrono(at),
    |raw| Timestamp::from_microsecond(raw.timestamp_micros()).ok().map(Moment),
    ChronoDateTimeUtc,
    TimestampWithTimeZone
);
