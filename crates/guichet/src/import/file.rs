//! The provider's CSV file: its columns, its rows, and what is wrong with a line.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::encoding::Encoding;
use super::mapping::{From, Mapping, Source};
use super::records::{Record, Unread};
use super::words::Words;

/// A line that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LineError {
    pub line: u64,
    /// The last of several lines that could not be read apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_line: Option<u64>,
    pub column: Option<String>,
    /// What stands there.
    pub value: Option<String>,
    /// What is wrong, or what was expected.
    pub reason: String,
}

impl LineError {
    pub(crate) fn new(line: u64, reason: impl Into<String>) -> Self {
        Self { line, last_line: None, column: None, value: None, reason: reason.into() }
    }

    pub(crate) fn unread(unread: Unread) -> Self {
        Self::of_lines(unread.first, unread.last, unread.reason)
    }

    fn of_lines(first: u64, last: u64, reason: impl Into<String>) -> Self {
        Self { last_line: (last > first).then_some(last), ..Self::new(first, reason) }
    }

    /// How many lines it is about.
    pub(crate) fn lines(&self) -> u64 {
        self.last_line.map_or(1, |last| last.saturating_sub(self.line) + 1)
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last_line {
            Some(last) => write!(f, "lines {} to {last}", self.line)?,
            None => write!(f, "line {}", self.line)?,
        }
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

/// The columns of the file, in their places.
pub(crate) struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// Headings that stand there more than once.
    twice: HashSet<String>,
    /// Whether the mapping reads the column.
    read: Vec<bool>,
    /// How many columns there are up to the last that has a heading.
    width: usize,
    line: u64,
    encoding: Encoding,
    words: Words,
    shape: Shape,
}

/// What a first look at all lines told of their shape.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape {
    /// How many fields every line has, if all have as many.
    fields: Option<usize>,
    uneven: bool,
    /// Whether some line as long as the header has nothing under its last heading.
    ends_blank: bool,
}

impl Shape {
    pub(crate) fn add(&mut self, columns: &Columns, record: &Record) {
        let blank = |field: &[u8]| field.trim_ascii().is_empty();
        if record.fields().all(blank) {
            return;
        }
        self.uneven |= self.fields.is_some_and(|fields| fields != record.len());
        self.fields = Some(record.len());
        if record.len() == columns.names.len() {
            self.ends_blank |=
                columns.width.checked_sub(1).and_then(|last| record.fields().nth(last)).is_none_or(blank);
        }
    }

    /// Whether fields without a heading, at the end of a line, may be without a meaning too. Where not all lines have
    /// them, they may also come from a delimiter inside an earlier field, which moves an empty last field out of its place.
    fn may_trail(&self) -> bool {
        !self.uneven || !self.ends_blank
    }
}

impl Columns {
    /// Reads the header line, and finds what the mapping reads in it.
    pub(crate) fn of(header: &Record, mapping: &Mapping, encoding: Encoding) -> Result<Self, Vec<LineError>> {
        let line = header.first;
        let mut columns = Self {
            names: Vec::with_capacity(header.len()),
            places: HashMap::new(),
            twice: HashSet::new(),
            read: vec![false; header.len()],
            width: 0,
            line,
            encoding,
            words: mapping.words.clone(),
            shape: Shape::default(),
        };
        for (place, name) in header.fields().enumerate() {
            let name = std::str::from_utf8(name)
                .map_err(|_| vec![LineError::new(line, format!("the header {}", no_text(encoding)))])?;
            if name.contains('\0') {
                return Err(vec![LineError::new(line, "the header has NUL characters in it; the file is no text")]);
            }
            let name = composed(name.trim_start_matches('\u{feff}').trim()).into_owned();
            if !name.is_empty() {
                columns.width = place + 1;
                if columns.places.insert(name.clone(), place).is_some() {
                    columns.twice.insert(name.clone());
                }
            }
            columns.names.push(name);
        }
        let wrong = columns.find(mapping);
        if wrong.is_empty() { Ok(columns) } else { Err(wrong) }
    }

    pub(crate) fn shaped(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    /// Finds the columns that the mapping names, and gives an error for each that the file lacks or has twice.
    fn find(&mut self, mapping: &Mapping) -> Vec<LineError> {
        let mut wrong: Vec<LineError> = Vec::new();
        for source in mapping.sources() {
            let From::Column { column, .. } = &source.from else { continue };
            let reason = match self.places.get(column) {
                Some(_) if self.twice.contains(column) => "the column stands twice in the header".to_owned(),
                Some(place) => {
                    self.read[*place] = true;
                    continue;
                }
                None => format!("the file has no such column, and the mapping names it{}", self.instead_of(column)),
            };
            if !wrong.iter().any(|error| error.column.as_ref() == Some(column)) {
                wrong.push(LineError { column: Some(column.clone()), ..LineError::new(self.line, reason) });
            }
        }
        wrong
    }

    /// What the header has that may be the column meant.
    fn instead_of(&self, column: &str) -> String {
        if let [only] = self.names.as_slice()
            && let Some(delimiter) = [';', '\t', '|', ','].into_iter().find(|sign| only.contains(*sign))
        {
            return format!("; the header is one field, so state delimiter = {delimiter:?} if that is what parts them");
        }
        match self.names.iter().find(|name| name.to_lowercase() == column.to_lowercase()) {
            Some(name) => format!("; it has “{name}”"),
            None => String::new(),
        }
    }

    /// A record as text, if it is of the header's shape; none if there is nothing in it.
    pub(crate) fn read<'a>(&'a self, record: &'a Record) -> Result<Option<Row<'a>>, LineError> {
        let line = record.first;
        let mut fields = Vec::with_capacity(record.len());
        for (place, field) in record.fields().enumerate() {
            let text = std::str::from_utf8(field).map_err(|_| LineError {
                column: self.names.get(place).cloned().filter(|name| !name.is_empty()),
                value: Some(String::from_utf8_lossy(field).into_owned()),
                ..LineError::new(line, no_text(self.encoding))
            })?;
            fields.push(text);
        }
        if fields.iter().all(|field| field.trim().is_empty() || self.words.mean_nothing(field.trim())) {
            return Ok(None);
        }
        let lines = |reason: String| LineError::of_lines(line, record.last, reason);
        // Headings without a name part nothing that a row must have.
        if record.may_be_several(self.width) {
            let reason = "a quote is opened and not closed on its line, and what stands between it and the next may be \
                          lines of their own";
            return Err(lines(reason.to_owned()));
        }
        self.check_shape(&fields, line)?;
        for (place, field) in fields.iter_mut().enumerate() {
            if self.read.get(place) == Some(&true) && !self.words.mean_nothing(field.trim()) {
                let (column, value) = (self.names.get(place).cloned(), Some((*field).to_owned()));
                self.check_text(field).map_err(|reason| LineError { column, value, ..lines(reason) })?;
            }
            *field = field.trim();
        }
        Ok(Some(Row { columns: self, fields, line, notes: RefCell::default() }))
    }

    /// There is a field for each heading, and something only under headings.
    fn check_shape(&self, fields: &[&str], line: u64) -> Result<(), LineError> {
        let stray = fields
            .iter()
            .enumerate()
            .find(|(place, field)| self.names.get(*place).is_none_or(String::is_empty) && !field.trim().is_empty());
        let (width, all) = (self.width, self.names.len());
        let trails = ![width, all].contains(&fields.len()) && !self.shape.may_trail();
        match stray {
            _ if fields.len() < width || (trails && stray.is_none()) => {
                let reason = format!("the line has {} fields, and the header {all}", fields.len());
                Err(LineError::new(line, reason))
            }
            Some((place, field)) if place < self.names.len() => {
                let reason = format!("stands in column {}, which has no heading", place + 1);
                Err(LineError { value: Some((*field).to_owned()), ..LineError::new(line, reason) })
            }
            Some((place, field)) => {
                let reason = format!("stands in field {}, and the header has {}", place + 1, self.names.len());
                Err(LineError { value: Some((*field).to_owned()), ..LineError::new(line, reason) })
            }
            None => Ok(()),
        }
    }

    /// What the mapping reads is one line of letters, none of them lost.
    fn check_text(&self, field: &str) -> Result<(), String> {
        if field.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Ok(());
        }
        let ends_line = |c| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if field.contains(ends_line) {
            return Err("has a line end in it, and is one line by nature".to_owned());
        }
        if let Some(control) = field.trim().chars().find(|c| c.is_control()) {
            return Err(format!("has a control character in it (U+{:04X})", u32::from(control)));
        }
        if field.contains(['\u{feff}', '\u{fffe}', '\u{ffff}']) {
            return Err("has the mark in it that stands at the beginning of files; were files put together?".to_owned());
        }
        if field.contains('\u{fffd}') {
            return Err("has the sign in it that stands for a letter that was lost (U+FFFD)".to_owned());
        }
        match self.encoding.meant(field) {
            Some(meant) => {
                Err(format!("is “{meant}” in UTF-8, and the mapping states encoding = \"{}\"", self.encoding.name()))
            }
            None => Ok(()),
        }
    }
}

fn no_text(encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => "is not UTF-8; if the file is in another encoding, state it in the mapping, such as \
                           encoding = \"windows-1252\", \"macintosh\" or \"cp850\""
            .to_owned(),
        other => format!("has bytes that are no letters in {}", other.name()),
    }
}

/// Letters composed, as most programs write them: files from a Mac may have é in two.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
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
                let words = &self.columns.words;
                match values {
                    None if words.mean_nothing(field) => "",
                    None => {
                        words.check(field).map_err(|reason| self.wrong(source, reason))?;
                        field
                    }
                    Some(values) => match values.get(composed(field).as_ref()) {
                        Some(meaning) => meaning,
                        None if words.mean_nothing(field) => "",
                        None => {
                            let known: Vec<String> = values.keys().map(|value| format!("“{value}”")).collect();
                            let reason = format!("has no meaning in the mapping; expected {}", known.join(", "));
                            return Err(self.wrong(source, reason));
                        }
                    },
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
