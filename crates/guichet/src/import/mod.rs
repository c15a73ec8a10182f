//! The import (OPS-2): a provider's file of customers becomes customers, accounts, services and their first facts.
//!
//! Rows are written in batches, one transaction each, and known by the provider's own key: a row that is there already is
//! left alone, so the same file twice changes nothing, and an import that was killed goes on where it was. A line that
//! cannot be understood is listed and stops no other.

mod amounts;
mod days;
mod encoding;
mod file;
mod keys;
mod mapping;
mod records;
mod row;
mod who;
mod words;
mod write;

pub use file::{LineError, LineNote};
pub use mapping::{Mapping, MappingError};

use std::collections::HashMap;
use std::io;
use std::path::Path;

use audit::{Author, Chain, Event};
use db::{Db, DbErr, DbFault, DocumentKind};
use kernel::Day;
use serde::Serialize;
use serde_json::json;
use services::{Billed, Catalogue};

use crate::Home;
use crate::unprintable::letters_of;
use encoding::{Decoded, Unreadable};
use file::{Columns, Keys, Shape};
use records::{Dialect, Next, Record, Records};
use row::Understood;

/// Rows in a transaction: its writes hold SQLite's writer well under 50 ms.
const BATCH: usize = 200;
/// Errors, and notes, that are listed; beyond them they are counted.
const MOST_LISTED: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// Nothing was touched.
    #[error("{0}")]
    Header(LineErrors),
    #[error("the catalogue cannot follow the one in force:\n{0}")]
    Catalogue(String),
    #[error(transparent)]
    Register(#[from] accounts::RegisterError),
    #[error(transparent)]
    Vault(#[from] vault::VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Several errors, a line each.
#[derive(Debug)]
pub struct LineErrors(pub Vec<LineError>);

impl std::fmt::Display for LineErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl DbFault for ImportError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Register(error) => error.db_err(),
            Self::Vault(error) => error.db_err(),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything is read and checked, nothing is written.
    Dry,
    Real,
}

/// What an import came to.
#[derive(Debug, Default, Serialize)]
pub struct ImportReport {
    /// Lines besides the header with something in them. A row on several lines is one, and if it could not be read it is
    /// each of them.
    pub lines: u64,
    /// Customers that are new, each with an account.
    pub imported: u64,
    /// Rows that were imported before and are the same.
    pub unchanged: u64,
    /// Lines that were not taken.
    pub faulty: u64,
    /// Lines that were passed over, for there is nothing in them but delimiters, or words that mean nothing.
    pub blank: u64,
    /// At most a thousand of them.
    pub errors: Vec<LineError>,
    /// How often something of a new customer was taken otherwise than it stands, or will need attention.
    pub noted: u64,
    /// At most a thousand of them.
    pub notes: Vec<LineNote>,
}

impl ImportReport {
    fn refuse(&mut self, error: LineError) {
        self.lines += error.lines();
        self.faulty += error.lines();
        if self.errors.len() < MOST_LISTED {
            self.errors.push(error);
        }
    }

    fn note(&mut self, notes: Vec<LineNote>) {
        self.noted += notes.len() as u64;
        let room = MOST_LISTED.saturating_sub(self.notes.len());
        self.notes.extend(notes.into_iter().take(room));
    }
}

/// Imports a file, once all of it was looked at. `progress` is told how many bytes of how many are done.
///
/// # Errors
/// When the file cannot be read, lacks a column, or the database fails; whole batches stay.
pub async fn import(
    home: &Home,
    mapping: &Mapping,
    path: &Path,
    mode: Mode,
    mut progress: impl FnMut(u64, u64),
) -> Result<ImportReport, ImportError> {
    let failed = |error| ImportError::File(path.display().to_string(), error);
    let mut record = Record::default();
    let shape = look(mapping, path, &mut record)?;
    let mut records = open(mapping, path)?;
    let columns =
        header(&mut records, &mut record, mapping).map_err(failed)?.map_err(ImportError::Header)?.shaped(shape);
    let file = (&mapping.catalogue, mapping.catalogue_text.as_str());
    let version = catalogue_version(&home.db, file, None, mode).await?.version;
    let mut work = Work { home, mode, report: ImportReport::default(), batch: Vec::new(), keys: Keys::default() };
    loop {
        match records.next(&mut record).map_err(failed)? {
            Next::End => break,
            Next::Unread(unread) => work.report.refuse(LineError::unread(unread)),
            Next::Record => work.take(mapping, &columns, &record),
        }
        if work.batch.len() >= BATCH {
            work.write().await?;
            let (done, of) = records.source().progress();
            progress(done, of);
        }
    }
    work.write().await?;
    let (done, of) = records.source().progress();
    progress(done, of);
    if mode == Mode::Real && work.report.imported > 0 {
        note_import(home, path, &work.report, version, mapping.as_of).await?;
    }
    Ok(work.report)
}

fn refused(line: u64, reason: impl Into<String>) -> LineErrors {
    LineErrors(vec![LineError::new(line, reason)])
}

fn open(mapping: &Mapping, path: &Path) -> Result<Records, ImportError> {
    let failed = |error| ImportError::File(path.display().to_string(), error);
    let source = Decoded::open(path, mapping.encoding).map_err(|error| match error {
        Unreadable::Io(error) => failed(error),
        Unreadable::Because(reason) => ImportError::Header(refused(1, reason)),
    })?;
    let dialect =
        Dialect { delimiter: mapping.delimiter.unwrap_or(b','), quote: mapping.quote, backslash: mapping.backslash };
    let mut records = Records::new(source, dialect);
    match (records.read_separator().map_err(failed)?, mapping.delimiter) {
        (Some(said), Some(stated)) if said != stated => {
            let (said, stated) = (char::from(said), char::from(stated));
            let reason = format!("the file says that {said:?} parts its fields, and the mapping states {stated:?}");
            Err(ImportError::Header(refused(1, reason)))
        }
        (Some(said), _) => {
            records.delimit(said);
            Ok(records)
        }
        (None, _) => Ok(records),
    }
}

/// Looks at all lines for their shape.
fn look(mapping: &Mapping, path: &Path, record: &mut Record) -> Result<Shape, ImportError> {
    let failed = |error| ImportError::File(path.display().to_string(), error);
    let mut records = open(mapping, path)?;
    let columns = header(&mut records, record, mapping).map_err(failed)?.map_err(ImportError::Header)?;
    let mut shape = Shape::default();
    loop {
        match records.next(record).map_err(failed)? {
            Next::End => return Ok(shape),
            Next::Unread(_) => {}
            Next::Record => shape.add(&columns, record),
        }
    }
}

/// Reads the header: the first line with something in it.
fn header(records: &mut Records, record: &mut Record, mapping: &Mapping) -> io::Result<Result<Columns, LineErrors>> {
    loop {
        return Ok(match records.next(record)? {
            Next::End => Err(refused(1, "the file is empty; expected a header line")),
            Next::Unread(unread) => Err(LineErrors(vec![LineError::unread(unread)])),
            Next::Record if record.fields().all(|field| field.trim_ascii().is_empty()) => continue,
            Next::Record => Columns::of(record, mapping, records.source().encoding()).map_err(LineErrors),
        });
    }
}

/// A row that was understood.
struct Taken {
    line: u64,
    row: Understood,
    notes: Vec<LineNote>,
}

/// An import under way.
struct Work<'a> {
    home: &'a Home,
    mode: Mode,
    report: ImportReport,
    batch: Vec<Taken>,
    keys: Keys,
}

impl Work<'_> {
    fn take(&mut self, mapping: &Mapping, columns: &Columns, record: &Record) {
        let line = record.first;
        let row = match columns.read(record) {
            Ok(Some(row)) => row,
            Ok(None) => return self.report.blank += 1,
            Err(error) => return self.report.refuse(error),
        };
        let smtputf8 = self.home.config.mail.smtputf8;
        let understood = row::understand(mapping, &row, smtputf8).and_then(|understood| {
            match self.keys.seen(&understood.key, line) {
                Some(before) => Err(row.wrong(&mapping.fields.key, format!("stands already on line {before}"))),
                None => Ok(understood),
            }
        });
        match understood {
            Ok(understood) => {
                self.report.lines += 1;
                if let Some(letters) = letters_of(understood.name.as_deref(), &understood.address) {
                    let note = format!("no font has {letters}; a square will stand for it on bills");
                    row.note(mapping.fields.name.as_ref().unwrap_or(&mapping.fields.key), note);
                }
                self.batch.push(Taken { line, row: understood, notes: row.into_notes() });
            }
            Err(error) => self.report.refuse(error),
        }
    }

    /// Writes the rows of the batch that are new.
    async fn write(&mut self) -> Result<(), ImportError> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let marks: HashMap<String, Option<Vec<u8>>> =
            accounts::imported_marks(self.home.db.reader(), batch.iter().map(|taken| taken.row.key.as_str()))
                .await?
                .into_iter()
                .map(|mark| (mark.external_id, mark.import_mark))
                .collect();
        let mut new = Vec::new();
        for Taken { line, row, notes } in batch {
            match marks.get(&row.key) {
                None => {
                    self.report.note(notes);
                    new.push(row);
                }
                Some(mark) if *mark == Some(write::mark(&self.home.vault, &row)) => self.report.unchanged += 1,
                Some(_) => {
                    let reason = "was imported before and is different now; an import adds customers and changes none";
                    self.report.lines -= 1;
                    self.report.refuse(LineError { value: Some(row.key), ..LineError::new(line, reason) });
                }
            }
        }
        let count = new.len() as u64;
        if self.mode == Mode::Real && !new.is_empty() {
            write::write(self.home, &new).await?;
        }
        self.report.imported += count;
        Ok(())
    }
}

async fn note_import(home: &Home, path: &Path, report: &ImportReport, version: i32, as_of: Day) -> Result<(), DbErr> {
    let file = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let details = json!({
        "file": file, "as_of": as_of, "catalogue": version, "lines": report.lines,
        "imported": report.imported, "unchanged": report.unchanged, "faulty": report.faulty,
    });
    home.db
        .write(async |tx| {
            let (chain, author) = (Chain::Operator, Author::Operator);
            Event { chain, kind: "import.finished", author, details, sealed: None }.append(&home.db, tx).await
        })
        .await
}

/// What loading a catalogue came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadedCatalogue {
    pub version: i32,
    /// The day from which on its taxes are due; before it those of the one before. None where this one alone says them.
    pub taxed_from: Option<Day>,
}

/// Keeps a catalogue as the newest version, unless it is that already. A dry run only looks whether it could. Which taxes were due
/// on what is billed stays: with `from`, what the file says of taxes holds from that day on, or from the day after the latest
/// bill where that comes later; without, a file that says of them what the one in force says keeps what held before it.
///
/// # Errors
/// [`ImportError::Catalogue`] when it would drop an item, or change a price or the taxes of what is billed.
pub async fn catalogue_version(
    db: &Db,
    (catalogue, text): (&Catalogue, &str),
    from: Option<Day>,
    mode: Mode,
) -> Result<LoadedCatalogue, ImportError> {
    let previous = services::load_catalogue(db, None).await?;
    let mut following = (text.to_owned(), catalogue.clone());
    if let Some((_, previous)) = &previous {
        let billed = Billed {
            until: billing::billed_until(db.reader()).await?,
            issued: billing::issued_until(db.reader()).await?,
        };
        let not_before = billed.issued.map(|issued| issued.plus_days(1));
        let from = match from {
            Some(day) => Some(day.max(not_before.unwrap_or(day))),
            None if catalogue.taxed_otherwise(previous, billed).is_empty() => None,
            None => previous.own_from(),
        };
        if let Some(day) = from {
            let kept = catalogue.following(text, previous, day);
            following = kept.map_err(|error| ImportError::Catalogue(error.to_string()))?;
        }
        let objections = following.1.objections_after(previous, billed);
        if !objections.is_empty() {
            return Err(ImportError::Catalogue(objections.join("\n")));
        }
    }
    let taxed_from = following.1.own_from();
    let version = match mode {
        Mode::Dry => previous.map_or(0, |(version, _)| version),
        Mode::Real => audit::keep_document(db, DocumentKind::Catalogue, &following.0, Author::Operator).await?,
    };
    Ok(LoadedCatalogue { version, taxed_from })
}

/// Reads a catalogue file, and gives it with its text.
///
/// # Errors
/// Every problem with its file and line.
pub fn load_catalogue_file(path: &Path) -> Result<(Catalogue, String), MappingError> {
    let file = |error| MappingError::File { path: path.to_owned(), error };
    let text = std::fs::read_to_string(path).map_err(file)?;
    let catalogue =
        Catalogue::parse(&text).map_err(|error| MappingError::Problems { path: path.to_owned(), problems: error.0 })?;
    Ok((catalogue, text))
}
