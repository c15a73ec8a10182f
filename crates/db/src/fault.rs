use sea_orm::{DbErr, RuntimeErr};

/// What kind of trouble a database error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another transaction was in the way: the same work may succeed when tried again.
    Conflict,
    /// A unique key exists already.
    Duplicate,
    /// The disk, or the room the operator gave the database, is full.
    Full,
    /// A rule that the database itself holds (append-only tables) refused the statement.
    Refused,
    /// Anything else.
    Other,
}

/// An error that may come from the database, so that [`crate::Db::write`] can see whether to try again.
pub trait DbFault {
    /// The database's error, if it is one.
    fn db_err(&self) -> Option<&DbErr>;

    fn fault(&self) -> Fault {
        self.db_err().map_or(Fault::Other, fault_of)
    }
}

impl DbFault for DbErr {
    fn db_err(&self) -> Option<&DbErr> {
        Some(self)
    }
}

/// Tells what kind of trouble it is, by PostgreSQL's SQLSTATE or SQLite's result code.
pub fn fault_of(error: &DbErr) -> Fault {
    let (DbErr::Exec(inner) | DbErr::Query(inner) | DbErr::Conn(inner)) = error else { return Fault::Other };
    let RuntimeErr::SqlxError(error) = inner else { return Fault::Other };
    let sqlx::Error::Database(error) = error.as_ref() else { return Fault::Other };
    match error.code().as_deref() {
        // serialization failure, deadlock; SQLITE_BUSY and its kinds, SQLITE_LOCKED and its kind
        Some("40001" | "40P01" | "5" | "261" | "517" | "6" | "262") => Fault::Conflict,
        // Two that added the next row to the same sequence at once: tried again, the later one comes after.
        Some("23505") if matches!(error.constraint(), Some("audit_events_pkey" | "documents_pkey")) => Fault::Conflict,
        Some("1555") if [" audit_events.", " documents."].iter().any(|table| error.message().contains(table)) => {
            Fault::Conflict
        }
        // unique violation; SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY
        Some("23505" | "2067" | "1555") => Fault::Duplicate,
        // disk full; SQLITE_FULL
        Some("53100" | "13") => Fault::Full,
        // our triggers: an SQLSTATE of our own, and SQLITE_CONSTRAINT_TRIGGER with our prefix (a foreign key's is without)
        Some("GU001") => Fault::Refused,
        Some("1811") if error.message().starts_with("guichet:") => Fault::Refused,
        _ => Fault::Other,
    }
}
