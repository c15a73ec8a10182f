use super::*;
use proptest::prelude::*;
use std::io::Write;

const RFC: Dialect = Dialect { delimiter: b',', quote: Some(b'"'), backslash: false };

type Fields = Vec<String>;
type Lines = Vec<(u64, u64)>;

fn open(bytes: &[u8], dialect: Dialect) -> Records {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("writes");
    Records::new(Decoded::open(file.path(), None).expect("opens"), dialect)
}

fn fields(record: &Record) -> Fields {
    record.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect()
}

/// Records with their lines, and lines that were not read.
fn read(text: &str, dialect: Dialect) -> (Vec<(u64, Fields)>, Lines) {
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

fn lines(text: &str) -> (Vec<u64>, Lines) {
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
    let rows = [(1, row(&["a", "b"])), (2, row(&["say \"hi\"", ""])), (3, row(&["x\ny", "1,2"])), (5, row(&["", ""]))];
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
    let expected = [(1, row(&["1", "12\" pipe", ""])), (2, row(&["2", "C:\\", "a\nb"])), (4, row(&["3", "a,b", ""]))];
    assert_eq!(rows, expected);
    let postgres = Dialect { delimiter: b'\t', quote: None, backslash: true };
    let (rows, unread) = read("1\tsay \"hi\"\ta\\tb\n2\t\\N\tx\\ny\n\\.\n", postgres);
    assert_eq!((rows, unread), (vec![(1, row(&["1", "say \"hi\"", "a\tb"])), (2, row(&["2", "", "x\ny"]))], vec![]));
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
        rows in prop::collection::vec(("[a-c]{1,3}", "([a-c]{1,3}(, ?[a-c]{1,2})?)?", "[a-c \n]{0,8}", "[0-9]{1,2}"), 2..8),
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
