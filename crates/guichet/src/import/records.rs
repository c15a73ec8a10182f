//! RFC 4180 by the letter: records, each with its lines, and lines that cannot be read as such.
//!
//! What is not read with certainty is not read. A quote that is opened and not closed rightly may have any line up to the
//! one where that shows for its text, so none of them is taken; reading goes on with the line after it.

use std::io;

use super::encoding::Decoded;
use super::mapping::may_delimit;

/// Beyond it a record is no record: a quote is missing somewhere.
const LONGEST: usize = 1024 * 1024;

/// How fields are parted and quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    /// None where the file puts nothing in quotes.
    pub(crate) quote: Option<u8>,
    /// Whether a backslash changes what follows it, as MySQL and PostgreSQL's text form have it.
    pub(crate) backslash: bool,
}

/// The fields of a record, as bytes.
#[derive(Debug, Default)]
pub(crate) struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Of a record on several lines: the delimiters, in quotes or not, on its first line, and the most on one between.
    first_delimiters: usize,
    most_between: usize,
    /// Those on its last line.
    last_delimiters: usize,
}

impl Record {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| self.text.get(begin..*end).unwrap_or_default())
    }

    /// Whether two quotes may have made one record of several: it is on several lines that each might be one of their own.
    pub(crate) fn may_be_several(&self, fields: usize) -> bool {
        let delimiters = fields.saturating_sub(1).max(1);
        let ends = self.first_delimiters >= delimiters && self.last_delimiters >= delimiters;
        self.last > self.first && (ends || self.most_between >= delimiters)
    }

    fn clear(&mut self, line: u64) {
        *self = Self {
            text: std::mem::take(&mut self.text),
            ends: std::mem::take(&mut self.ends),
            first: line,
            last: line,
            ..Self::default()
        };
        self.text.clear();
        self.ends.clear();
    }
}

/// Lines that were not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) reason: String,
}

#[derive(Debug)]
pub(crate) enum Next {
    Record,
    Unread(Unread),
    End,
}

/// What ends the lines of this file; its first line says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineEnd {
    /// LF, with any number of CR before it.
    Lf,
    /// CR alone, as Mac OS had it.
    Cr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    Begin,
    Plain,
    Quoted,
    /// After a quote that ends the field, unless another follows.
    Closed,
}

pub(crate) struct Records {
    source: Decoded,
    dialect: Dialect,
    line_end: Option<LineEnd>,
    /// The line on which the next byte stands.
    line: u64,
}

impl Records {
    pub(crate) fn new(source: Decoded, dialect: Dialect) -> Self {
        Self { source, dialect, line_end: None, line: 1 }
    }

    pub(crate) fn source(&self) -> &Decoded {
        &self.source
    }

    /// Reads the line `sep=;` by which Excel is told the delimiter, where the file begins with it.
    pub(crate) fn read_separator(&mut self) -> io::Result<Option<u8>> {
        let begin = self.source.fill()?;
        let begin = begin.strip_prefix(b"\"").unwrap_or(begin);
        let (Some(word), Some(&said), Some(end)) = (begin.get(..4), begin.get(4), begin.get(5)) else {
            return Ok(None);
        };
        if !word.eq_ignore_ascii_case(b"sep=") || !may_delimit(said) || !matches!(end, b'\r' | b'\n' | b'"') {
            return Ok(None);
        }
        self.skip_line()?;
        Ok(Some(said))
    }

    pub(crate) fn delimit(&mut self, delimiter: u8) {
        self.dialect.delimiter = delimiter;
    }

    /// Reads the next record, passing over empty lines.
    pub(crate) fn next(&mut self, record: &mut Record) -> io::Result<Next> {
        record.clear(self.line);
        let mut reading = Reading::default();
        loop {
            let Some(byte) = self.peek()? else { return Ok(self.at_end(record, &mut reading)) };
            if reading.is_new(record) && matches!(byte, b'\n' | b'\r') {
                self.end_line()?;
                record.clear(self.line);
                continue;
            }
            if reading.state != State::Quoted && matches!(byte, b'\n' | b'\r') {
                if self.end_line()? {
                    if reading.is_end_mark(record) {
                        record.clear(self.line);
                        reading = Reading::default();
                        continue;
                    }
                    reading.end_field(record);
                    return Ok(reading.whole(record));
                }
                return self
                    .unread(record.first, "a line end of another kind than the first line's stands inside the line");
            }
            self.source.consume(1);
            if let Err(reason) = self.take(byte, record, &mut reading)? {
                return self.unread(record.first, &reason);
            }
        }
    }

    fn at_end(&self, record: &mut Record, reading: &mut Reading) -> Next {
        match reading.state {
            _ if reading.is_new(record) || reading.is_end_mark(record) => Next::End,
            State::Quoted => {
                let last = if reading.ended_line { self.line - 1 } else { self.line };
                let quote = reading.quote_line;
                let place = if quote == record.first { "here".to_owned() } else { format!("on line {quote}") };
                let reason = format!("a quote is opened {place} and never closed; nothing after it was read");
                Next::Unread(Unread { first: record.first, last: last.max(record.first), reason })
            }
            _ => {
                reading.end_field(record);
                reading.whole(record)
            }
        }
    }

    /// Takes a byte that ends no line, or stands in quotes.
    fn take(&mut self, byte: u8, record: &mut Record, reading: &mut Reading) -> io::Result<Result<(), String>> {
        reading.size += 1;
        reading.ended_line = false;
        if byte == self.dialect.delimiter {
            reading.delimiters += 1;
        }
        let quote = self.dialect.quote;
        match reading.state {
            _ if byte == b'\\' && self.dialect.backslash && reading.state != State::Closed => {
                return self.take_escaped(record, reading);
            }
            State::Begin if Some(byte) == quote => {
                (reading.state, reading.quote_line) = (State::Quoted, self.line);
            }
            State::Begin | State::Plain | State::Closed if byte == self.dialect.delimiter => {
                reading.end_field(record);
                reading.begin_field();
            }
            State::Begin | State::Plain if Some(byte) == quote => return Ok(Err(IN_UNQUOTED.to_owned())),
            State::Begin | State::Plain => {
                reading.state = State::Plain;
                reading.push(record, byte);
            }
            State::Quoted if Some(byte) == quote => reading.state = State::Closed,
            State::Quoted => {
                reading.push(record, byte);
                if self.ends_quoted_line(byte)? {
                    self.line += 1;
                    reading.end_line(record, self.line);
                }
            }
            State::Closed if Some(byte) == quote => {
                reading.state = State::Quoted;
                reading.push(record, byte);
            }
            State::Closed => return Ok(Err(reading.behind_quote(record, self.line))),
        }
        if (reading.null || reading.end_mark) && reading.field_length(record) > 0 {
            return Ok(Err(NULL_AND_MORE.to_owned()));
        }
        Ok(Ok(()))
    }

    /// Takes what follows a backslash.
    fn take_escaped(&mut self, record: &mut Record, reading: &mut Reading) -> io::Result<Result<(), String>> {
        if reading.state == State::Begin {
            reading.state = State::Plain;
        }
        let Some(byte) = self.peek()? else { return Ok(Err("a backslash stands at the end".to_owned())) };
        self.source.consume(1);
        let (delimiter, quote) = (self.dialect.delimiter, self.dialect.quote);
        let letter = match byte {
            b'N' if reading.field_length(record) == 0 && !reading.null => {
                reading.null = true;
                return Ok(Ok(()));
            }
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'0' => 0,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            b'Z' => 26,
            // Alone on a line it ends PostgreSQL's text form.
            b'.' if record.ends.is_empty() && reading.field_length(record) == 0 => {
                reading.end_mark = true;
                return Ok(Ok(()));
            }
            b'\\' | b'"' | b'\'' => byte,
            b'\n' | b'\r' => {
                if self.ends_quoted_line(byte)? {
                    self.line += 1;
                    reading.end_line(record, self.line);
                }
                byte
            }
            byte if byte == delimiter || Some(byte) == quote => {
                reading.delimiters += usize::from(byte == delimiter);
                byte
            }
            _ => return Ok(Err(format!("“\\{}” is no escape that is known", char::from(byte)))),
        };
        reading.push(record, letter);
        Ok(if reading.null || reading.end_mark { Err(NULL_AND_MORE.to_owned()) } else { Ok(()) })
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.source.fill()?.first().copied())
    }

    /// Whether a byte that was taken in quotes ends a line of the file. CR LF is one end.
    fn ends_quoted_line(&mut self, byte: u8) -> io::Result<bool> {
        Ok(match (self.line_end, byte) {
            (Some(LineEnd::Cr), b'\r') => self.peek()? != Some(b'\n'),
            (_, b'\n') => true,
            _ => false,
        })
    }

    /// Consumes the line end that comes next; false if it is none of this file, and then a byte of it is consumed.
    fn end_line(&mut self) -> io::Result<bool> {
        let (mut returns, mut fed) = (0_u64, false);
        while let Some(byte @ (b'\r' | b'\n')) = self.peek()? {
            if byte == b'\n' {
                fed = true;
                self.source.consume(1);
                break;
            }
            if self.line_end == Some(LineEnd::Cr) && returns > 0 {
                break;
            }
            returns += 1;
            self.source.consume(1);
        }
        let at_end = self.peek()?.is_none();
        match self.line_end {
            None => {
                self.line_end = Some(if fed { LineEnd::Lf } else { LineEnd::Cr });
                self.line += if fed { 1 } else { returns };
            }
            Some(LineEnd::Lf) if fed => self.line += 1,
            Some(LineEnd::Lf) if at_end => {}
            Some(LineEnd::Cr) if returns > 0 => self.line += 1,
            Some(_) => return Ok(false),
        }
        Ok(true)
    }

    /// Gives up the lines from `first` to this one, and goes on with the next.
    fn unread(&mut self, first: u64, reason: &str) -> io::Result<Next> {
        let last = self.line;
        self.skip_line()?;
        Ok(Next::Unread(Unread { first, last, reason: reason.to_owned() }))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        while let Some(byte) = self.peek()? {
            if matches!(byte, b'\n' | b'\r') && self.end_line()? {
                break;
            }
            if !matches!(byte, b'\n' | b'\r') {
                self.source.consume(1);
            }
        }
        Ok(())
    }
}

const IN_UNQUOTED: &str = "a quote stands inside a field that is not in quotes; such a field is put in quotes, and the quote in it written twice";
const NULL_AND_MORE: &str = "“\\N” stands with something else in one field";

/// A record under way.
struct Reading {
    state: State,
    /// Where the field under way begins in the record's text.
    begin: usize,
    /// All that was taken, also what is no longer kept.
    size: usize,
    quote_line: u64,
    delimiters: usize,
    /// Whether the byte before ended a line, in quotes.
    ended_line: bool,
    null: bool,
    end_mark: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            state: State::Begin,
            begin: 0,
            size: 0,
            quote_line: 0,
            delimiters: 0,
            ended_line: false,
            null: false,
            end_mark: false,
        }
    }
}

impl Reading {
    fn is_new(&self, record: &Record) -> bool {
        self.state == State::Begin && record.ends.is_empty()
    }

    fn is_end_mark(&self, record: &Record) -> bool {
        self.end_mark && record.ends.is_empty() && record.text.is_empty()
    }

    fn field_length(&self, record: &Record) -> usize {
        record.text.len() - self.begin
    }

    fn push(&self, record: &mut Record, byte: u8) {
        if self.size <= LONGEST {
            record.text.push(byte);
        }
    }

    fn begin_field(&mut self) {
        (self.state, self.null) = (State::Begin, false);
    }

    fn end_field(&mut self, record: &mut Record) {
        if self.size <= LONGEST {
            record.ends.push(record.text.len());
        }
        self.begin = record.text.len();
    }

    fn end_line(&mut self, record: &mut Record, line: u64) {
        if record.last == record.first {
            record.first_delimiters = self.delimiters;
        } else {
            record.most_between = record.most_between.max(self.delimiters);
        }
        (self.delimiters, self.ended_line) = (0, true);
        record.last = line;
    }

    fn whole(&self, record: &mut Record) -> Next {
        record.last_delimiters = self.delimiters;
        if self.size > LONGEST {
            let reason = "is longer than a record can be; is a quote missing?".to_owned();
            return Next::Unread(Unread { first: record.first, last: record.last, reason });
        }
        Next::Record
    }

    fn behind_quote(&self, record: &Record, line: u64) -> String {
        if self.quote_line == line {
            let escaped = if record.text.last() == Some(&b'\\') {
                "; if a backslash stands before quotes in this file, state escape = \"backslash\" in the mapping"
            } else {
                ""
            };
            return format!(
                "something stands behind a closing quote; a quote inside a field in quotes is written twice{escaped}"
            );
        }
        let place =
            if self.quote_line == record.first { "here".to_owned() } else { format!("on line {}", self.quote_line) };
        format!(
            "a quote is opened {place} and not closed on its line; a quote in the midst of a field on line {line} shows that \
             one of the two does not belong, so none of these lines was read"
        )
    }
}

#[cfg(test)]
mod tests;
