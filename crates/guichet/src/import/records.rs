//! RFC 4180 by the letter: records, each with its lines, and lines that cannot be read as such.
//!
//! What is not read with certainty is not read. A quote that is opened and not closed rightly may have any line up to the
//! one where that shows for its text, so none of them is taken; reading goes on with the line after it.

use std::io;

use super::encoding::Decoded;

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
        let said = match begin {
            [s, e, p, b'=', delimiter, b'\r' | b'\n' | b'"', ..] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
                *delimiter
            }
            _ => return Ok(None),
        };
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    const RFC: Dialect = Dialect { delimiter: b',', quote: Some(b'"'), backslash: false };

    type Fields = Vec<String>;

    fn open(bytes: &[u8], dialect: Dialect) -> Records {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("writes");
        Records::new(Decoded::open(file.path(), None).ok().expect("opens"), dialect)
    }

    fn fields(record: &Record) -> Fields {
        record.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect()
    }

    /// Records with their lines, and lines that were not read.
    fn read(text: &str, dialect: Dialect) -> (Vec<(u64, Fields)>, Vec<(u64, u64)>) {
        let mut records = open(text.as_bytes(), dialect);
        let (mut record, mut read, mut unread) = (Record::default(), Vec::new(), Vec::new());
        loop {
            match records.next(&mut record).expect("reads") {
                Next::End => return (read, unread),
                Next::Record => read.push((record.first, fields(&record))),
                Next::Unread(lines) => unread.push((lines.first, lines.last)),
            }
        }
    }

    fn lines(text: &str) -> (Vec<u64>, Vec<(u64, u64)>) {
        let (read, unread) = read(text, RFC);
        (read.into_iter().map(|(line, _)| line).collect(), unread)
    }

    #[test]
    fn ops_2_records_stand_on_their_lines_whatever_ends_them() {
        for (text, expected) in [
            ("a,b\n1,2\n3,4", vec![1, 2, 3]),
            ("a,b\r\n1,2\r\n\r\n\r\n3,\"x\r\ny\"\r\n4,5\r\n", vec![1, 2, 5, 7]),
            ("\n\na,b\n\n1,2\n", vec![3, 5]),
            ("a,b\r1,2\r\r3,\"x\ry\"\r4,5\r", vec![1, 2, 4, 6]),
            ("a,b\r\r\n1,2\r\r\n3,4\r\r\n", vec![1, 2, 3]),
            ("a,b\n1,2\r\n3,4\n", vec![1, 2, 3]),
            ("a,\"b\nc\"\n1,2", vec![1, 3]),
            ("", vec![]),
            ("\n", vec![]),
            ("a,b\r\n1,2\r", vec![1, 2]),
        ] {
            assert_eq!(lines(text), (expected, vec![]), "{text:?}");
        }
        // A carriage return of its own is none of this file's line ends.
        assert_eq!(lines("a,b\n1,x\ry\n3,4\n"), (vec![1, 3], vec![(2, 2)]));
        assert_eq!(lines("a,b\r1,x\ny\r3,4\r"), (vec![1, 3], vec![(2, 2)]));
    }

    #[test]
    fn ops_2_quotes_are_what_rfc_4180_says_or_an_error() {
        let row = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<Fields>();
        let (read_rows, unread) = read("\"a\",b\n\"say \"\"hi\"\"\",\"\"\n\"x\ny\",\"1,2\"\n,\n", RFC);
        assert_eq!(unread, []);
        let rows =
            [(1, row(&["a", "b"])), (2, row(&["say \"hi\"", ""])), (3, row(&["x\ny", "1,2"])), (5, row(&["", ""]))];
        assert_eq!(read_rows, rows);
        for (text, read, unread) in [
            ("a,b\n5\" pipe,2\n3,4\n", vec![1, 3], vec![(2, 2)]),
            ("a,b\n\"x\"y,2\n3,4\n", vec![1, 3], vec![(2, 2)]),
            ("a,b\n \"x\",2\n3,4\n", vec![1, 3], vec![(2, 2)]),
            ("a,b\n\"x\" ,2\n3,4\n", vec![1, 3], vec![(2, 2)]),
            ("a,b\n1,2\n\"3,4\n5,6\n", vec![1, 2], vec![(3, 4)]),
            ("a,b\n1,2\n\"3,4\n5,6", vec![1, 2], vec![(3, 4)]),
            ("a,b\n\"x\n\"\"y,2\n", vec![1], vec![(2, 3)]),
            ("a,b\n1,\"x,2\n3,4\n5,12\" y\n7,8\n", vec![1, 5], vec![(2, 4)]),
            ("a,b\n1,\"2", vec![1], vec![(2, 2)]),
            // What is behind a fault on the same line is not looked at.
            ("a,b\n1\",\"x\ny\",2\n3,4\n", vec![1, 4], vec![(2, 2), (3, 3)]),
        ] {
            assert_eq!(lines(text), (read, unread), "{text:?}");
        }
    }

    #[test]
    fn ops_2_backslashes_mean_something_only_where_the_mapping_says_so() {
        let row = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<Fields>();
        let mysql = Dialect { backslash: true, ..RFC };
        let (rows, unread) = read("\"1\",\"12\\\" pipe\",\\N\n\"2\",\"C:\\\\\",\"a\\\nb\"\n3,a\\,b,\\N\n", mysql);
        assert_eq!(unread, []);
        let expected =
            [(1, row(&["1", "12\" pipe", ""])), (2, row(&["2", "C:\\", "a\nb"])), (4, row(&["3", "a,b", ""]))];
        assert_eq!(rows, expected);
        let postgres = Dialect { delimiter: b'\t', quote: None, backslash: true };
        let (rows, unread) = read("1\tsay \"hi\"\ta\\tb\n2\t\\N\tx\\ny\n\\.\n", postgres);
        assert_eq!(
            (rows, unread),
            (vec![(1, row(&["1", "say \"hi\"", "a\tb"])), (2, row(&["2", "", "x\ny"]))], vec![])
        );
        assert_eq!(read("1\\q,2\n3,\\Nx\n5,6\\", mysql).1, [(1, 1), (2, 2), (3, 3)]);
        // Not stated, the same is an error or what RFC 4180 says.
        assert_eq!(lines("\"1\",\"12\\\" pipe\",x\n3,4\n"), (vec![2], vec![(1, 1)]));
    }

    #[test]
    fn ops_2_a_quote_that_is_missing_does_not_fill_the_memory() {
        let long = format!("a,b\n1,\"{}\n2,3\n", "x,y\n".repeat(LONGEST / 2));
        let mut records = open(long.as_bytes(), RFC);
        let mut record = Record::default();
        assert!(matches!(records.next(&mut record).expect("reads"), Next::Record));
        let Next::Unread(unread) = records.next(&mut record).expect("reads") else { panic!("was read") };
        assert_eq!((unread.first, unread.last), (2, LONGEST as u64 / 2 + 3));
        assert!(record.text.capacity() <= 4 * LONGEST, "{}", record.text.capacity());
    }

    /// Text with all that makes CSV hard.
    fn field() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop::sample::select(vec!["a", "é", "\"", ",", ";", "\n", "\r\n", " ", "'", "\\", "王"]),
            0..6,
        )
        .prop_map(|parts| parts.concat())
    }

    fn written(rows: &[Fields], always: bool, terminator: csv::Terminator) -> Vec<u8> {
        let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().quote_style(style).terminator(terminator).from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).expect("writes"));
        writer.into_inner().expect("written")
    }

    proptest! {
        #[test]
        fn ops_2_what_another_program_writes_is_read_as_it_was_meant(
            rows in prop::collection::vec(prop::collection::vec(field(), 3), 1..8),
            always: bool, crlf: bool,
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let head = vec![vec!["h".to_owned(); 3]];
            let text = written(&[head, rows.clone()].concat(), always, terminator);
            let (read, unread) = read(std::str::from_utf8(&text).expect("text"), RFC);
            prop_assert_eq!(unread, vec![]);
            let read: Vec<Fields> = read.into_iter().skip(1).map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn ops_2_a_stray_quote_makes_an_error_and_never_one_customer_of_two(
            rows in prop::collection::vec(("[a-c]{1,3}", "[a-c ,]{0,4}", "[a-c \n]{0,8}", "[0-9]{1,2}"), 2..8),
            at: prop::sample::Index, notes in 0..4_usize,
        ) {
            // One column is a note of several lines that nobody reads.
            let rows: Vec<Fields> = rows.into_iter().enumerate().map(|(n, (key, name, note, price))| {
                let mut row = vec![format!("{key}{n}"), name, price];
                row.insert(notes, note);
                row
            }).collect();
            let mut text = written(&rows, false, csv::Terminator::Any(b'\n'));
            text.insert(at.index(text.len() + 1), b'"');
            let mut records = open(&text, RFC);
            let mut record = Record::default();
            let without_note = |row: &Fields| {
                let mut row = row.clone();
                row.remove(notes);
                row
            };
            loop {
                match records.next(&mut record).expect("reads") {
                    Next::End => break,
                    Next::Unread(_) => continue,
                    Next::Record => {}
                }
                let row = fields(&record);
                if row.len() != 4 || record.may_be_several(4) || without_note(&row).concat().contains('\n') {
                    continue;
                }
                let known = rows.iter().any(|known| without_note(known) == without_note(&row));
                prop_assert!(known, "{row:?} of {}", String::from_utf8_lossy(&text));
            }
        }
    }
}
