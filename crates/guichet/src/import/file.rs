//! The provider's CSV file, record by record, with the line of each.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use csv::ByteRecord;

use super::mapping::{From, Mapping, Source};

/// A line that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LineError {
    pub line: u64,
    pub column: Option<String>,
    /// What stands there.
    pub value: Option<String>,
    /// What is wrong, or what was expected.
    pub reason: String,
}

impl LineError {
    pub(crate) fn new(line: u64, reason: impl Into<String>) -> Self {
        Self { line, column: None, value: None, reason: reason.into() }
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        write_place(f, self.column.as_deref(), self.value.as_deref())?;
        f.write_str(&self.reason)
    }
}

/// Something that was taken, and that the operator should know: what was meant by it, or what will become of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LineNote {
    pub line: u64,
    pub column: Option<String>,
    /// What stands there.
    pub value: Option<String>,
    /// What it was taken for, or what is to be known of it, such as “is taken as 05401”.
    pub note: String,
}

impl fmt::Display for LineNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        write_place(f, self.column.as_deref(), self.value.as_deref())?;
        f.write_str(&self.note)
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, column: Option<&str>, value: Option<&str>) -> fmt::Result {
    if let Some(column) = column {
        write!(f, ", column {column}")?;
    }
    f.write_str(": ")?;
    if let Some(value) = value {
        write!(f, "“{}” ", shortened(value))?;
    }
    Ok(())
}

fn shortened(value: &str) -> String {
    let mut short: String = value.chars().take(40).map(|c| if c.is_control() { '�' } else { c }).collect();
    if short.chars().count() < value.chars().count() {
        short.push('…');
    }
    short
}

/// What a first look at the file told.
pub(crate) struct Survey {
    /// How many records there are besides the header, for the progress bar.
    pub(crate) records: u64,
    /// The line and the byte at which a quote was opened that is never closed.
    pub(crate) open_quote: Option<(u64, u64)>,
}

/// Finds the line on which a record stands, walking along the file once. The reader's own count is of the line on which
/// the record before it ended.
pub(crate) struct Lines {
    file: BufReader<File>,
    at: u64,
    line: u64,
}

impl Lines {
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufReader::with_capacity(256 * 1024, File::open(path)?), at: 0, line: 1 })
    }

    /// The line of the first byte from `offset` on that is no end of line. Offsets must not go back.
    pub(crate) fn line_from(&mut self, offset: u64) -> io::Result<u64> {
        loop {
            let buffer = self.file.fill_buf()?;
            let Some(byte) = buffer.first().copied() else { return Ok(self.line) };
            if self.at >= offset && !matches!(byte, b'\n' | b'\r') {
                return Ok(self.line);
            }
            self.line += u64::from(byte == b'\n');
            self.at += 1;
            self.file.consume(1);
        }
    }
}

/// Reads the file once, only for its lines and quotes: a quote that is never closed would swallow all that follows.
pub(crate) fn survey(path: &Path, delimiter: u8) -> io::Result<Survey> {
    let mut reader = BufReader::with_capacity(256 * 1024, File::open(path)?);
    let mut buffer = vec![0; 256 * 1024];
    let (mut line, mut records, mut opened) = (1_u64, 0_u64, None);
    let mut before = 0_u64;
    // Whether a field begins here, whether the record has anything in it, and the line of the quote just closed: a quote
    // that follows at once means that it was not.
    let (mut begins, mut anything, mut closed) = (true, false, None);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        for (byte, offset) in buffer[..read].iter().zip(before..) {
            match (opened, *byte) {
                (Some(_), b'"') => (closed, opened) = (opened, None),
                (None, b'"') if closed.is_some() => (opened, closed) = (closed, None),
                (None, b'"') if begins => {
                    (opened, begins, anything) = (Some((line, offset)), false, true);
                }
                (Some(_), b'\n') => line += 1,
                (None, b'\n') => {
                    (records, line) = (records + u64::from(anything), line + 1);
                    (begins, anything, closed) = (true, false, None);
                }
                (None, byte) if byte == delimiter => (begins, anything, closed) = (true, true, None),
                (None, b'\r') => closed = None,
                // The byte-order mark, should there be one, is no beginning of a field.
                (None, 0xef | 0xbb | 0xbf) if line == 1 && !anything => {}
                (None, _) => (begins, anything, closed) = (false, true, None),
                (Some(_), _) => {}
            }
        }
        before += read as u64;
    }
    records += u64::from(anything);
    Ok(Survey { records: records.saturating_sub(1), open_quote: opened })
}

/// The columns of the file, in their places.
pub(crate) struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Columns {
    /// Reads the header line.
    pub(crate) fn of(header: &ByteRecord) -> Result<Self, LineError> {
        let mut names = Vec::new();
        let mut places = HashMap::new();
        for (place, name) in header.iter().enumerate() {
            let name = std::str::from_utf8(name).map_err(|_| LineError::new(1, "the header is not UTF-8"))?;
            let name = name.trim_start_matches('\u{feff}').trim().to_owned();
            if places.insert(name.clone(), place).is_some() {
                return Err(LineError {
                    column: Some(name),
                    ..LineError::new(1, "the column stands twice in the header")
                });
            }
            names.push(name);
        }
        Ok(Self { names, places })
    }

    /// The columns that the mapping names and the file lacks.
    pub(crate) fn missing(&self, mapping: &Mapping) -> Vec<LineError> {
        let mut missing: Vec<LineError> = Vec::new();
        for source in mapping.sources() {
            if let From::Column { column, .. } = &source.from
                && !self.places.contains_key(column)
                && !missing.iter().any(|error| error.column.as_ref() == Some(column))
            {
                let reason = "the file has no such column, and the mapping names it";
                missing.push(LineError { column: Some(column.clone()), ..LineError::new(1, reason) });
            }
        }
        missing
    }

    /// A record as text, if it has the right number of fields and is UTF-8.
    pub(crate) fn read<'a>(&'a self, record: &'a ByteRecord, line: u64) -> Result<Row<'a>, LineError> {
        if record.len() != self.names.len() {
            let reason = format!("the line has {} fields, and the header {}", record.len(), self.names.len());
            return Err(LineError::new(line, reason));
        }
        let mut fields = Vec::with_capacity(record.len());
        for (name, field) in self.names.iter().zip(record) {
            let text = std::str::from_utf8(field).map_err(|_| LineError {
                column: Some(name.clone()),
                value: Some(String::from_utf8_lossy(field).into_owned()),
                ..LineError::new(line, "is not UTF-8")
            })?;
            fields.push(text.trim());
        }
        Ok(Row { columns: self, fields, line, notes: RefCell::default() })
    }
}

/// One record.
pub(crate) struct Row<'a> {
    columns: &'a Columns,
    fields: Vec<&'a str>,
    pub(crate) line: u64,
    notes: RefCell<Vec<LineNote>>,
}

impl Row<'_> {
    /// What a source says of this row; `None` for a blank field, or one whose value means nothing.
    pub(crate) fn get<'s>(&'s self, source: &'s Source) -> Result<Option<&'s str>, LineError> {
        let said = match &source.from {
            From::Constant(text) => text.as_str(),
            From::Column { column, values } => {
                let field =
                    self.columns.places.get(column).and_then(|place| self.fields.get(*place)).copied().unwrap_or("");
                match values {
                    None => field,
                    Some(values) => values.get(field).ok_or_else(|| {
                        let known: Vec<String> = values.keys().map(|value| format!("“{value}”")).collect();
                        self.wrong(source, format!("has no meaning in the mapping; expected {}", known.join(", ")))
                    })?,
                }
            }
        };
        Ok((!said.is_empty()).then_some(said))
    }

    /// An error about what a source says of this row.
    pub(crate) fn wrong(&self, source: &Source, reason: impl Into<String>) -> LineError {
        let (column, value) = self.place(source);
        LineError { column, value, ..LineError::new(self.line, reason) }
    }

    /// Notes what a source of this row was taken for. It is told if the row is new and understood.
    pub(crate) fn note(&self, source: &Source, note: impl Into<String>) {
        let (column, value) = self.place(source);
        self.notes.borrow_mut().push(LineNote { line: self.line, column, value, note: note.into() });
    }

    pub(crate) fn into_notes(self) -> Vec<LineNote> {
        self.notes.into_inner()
    }

    /// The column of a source, and what stands there.
    fn place(&self, source: &Source) -> (Option<String>, Option<String>) {
        match &source.from {
            From::Constant(text) => (None, Some(text.clone())),
            From::Column { column, .. } => {
                let field = self.columns.places.get(column).and_then(|place| self.fields.get(*place));
                (Some(column.clone()), field.map(|field| (*field).to_owned()))
            }
        }
    }
}

/// The keys seen so far, each with its line. Kept as hashes: two million keys take some 40 MB.
#[derive(Default)]
pub(crate) struct Keys(HashMap<u64, u32>);

impl Keys {
    /// The line on which the key stood before.
    pub(crate) fn seen(&mut self, key: &str, line: u64) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        match self.0.entry(hasher.finish()) {
            std::collections::hash_map::Entry::Occupied(before) => Some(u64::from(*before.get())),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(line);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn survey_of(text: &str) -> (u64, Option<u64>) {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("writes");
        let survey = survey(file.path(), b',').expect("reads");
        (survey.records, survey.open_quote.map(|(line, _)| line))
    }

    #[test]
    fn ops_2_quotes_are_followed_as_csv_has_them() {
        assert_eq!(survey_of("a,b\n1,2\n3,4"), (2, None));
        assert_eq!(survey_of("a,b\r\n1,2\r\n\r\n3,4\r\n"), (2, None));
        assert_eq!(survey_of("\u{feff}\"a\",b\n\"x\ny\",2\n"), (1, None));
        assert_eq!(survey_of("a,b\n\"say \"\"hi\"\"\",2\n"), (1, None));
        assert_eq!(survey_of("a,b\n5\" pipe,2\n"), (1, None));
        assert_eq!(survey_of("a,b\n1,2\n\"3,4\n5,6\n"), (2, Some(3)));
        assert_eq!(survey_of("a,b\n\"x\n\"\"y,2\n"), (1, Some(2)));
        assert_eq!(survey_of(""), (0, None));
    }

    #[test]
    fn ops_2_a_record_is_on_the_line_on_which_it_stands() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"a,b\r\n1,2\r\n\r\n\r\n3,\"x\r\ny\"\r\n4,5\r\n").expect("writes");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(file.path()).expect("opens");
        let mut lines = Lines::of(file.path()).expect("opens");
        let found = reader.byte_records().map(|record| {
            let at = record.expect("a record").position().expect("a position").byte();
            lines.line_from(at).expect("reads")
        });
        assert_eq!(found.collect::<Vec<_>>(), [1, 2, 5, 7]);
    }
}
