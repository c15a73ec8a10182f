//! OPS-2: files as databases, spreadsheets and other systems write them. What cannot be read with certainty is refused.

use std::path::PathBuf;

use guichet::{Home, ImportError, ImportReport, Mapping, MappingError};
use kernel::Amount;
use testkit::{TestPlace, on_both};

use crate::cli::{done, refused};
use crate::support::{NET_CATALOGUE, NET_MAPPING, account, count, try_import};

pub(crate) const HEADER: &str = "key,name,email,telephone,street,city,region,postal,country,cycle,balance,price";

/// What follows the telephone in a row.
const REST: &str = "1 rue Un,Laval,CA-QC,H7N 4K2,CA,1";

fn mapping_file(place: &TestPlace, name: &str, changes: &[(&str, &str)]) -> PathBuf {
    place.file("net-catalogue.toml", NET_CATALOGUE);
    let text = changes.iter().fold(NET_MAPPING.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    place.file(name, text)
}

/// The mapping of these files, with this said of the file.
fn stating(place: &TestPlace, said: &str) -> Mapping {
    let path = mapping_file(place, "net.toml", &[("[import]\n", &format!("[import]\n{said}\n"))]);
    Mapping::read(&path).expect("a mapping")
}

pub(crate) async fn imported(home: &Home, place: &TestPlace, said: &str, file: impl AsRef<[u8]>) -> ImportReport {
    try_import(home, &stating(place, said), &place.file("file.csv", file)).await.expect("read")
}

pub(crate) fn errors(report: &ImportReport) -> Vec<String> {
    report.errors.iter().map(ToString::to_string).collect()
}

/// The keys that were imported, in order.
async fn keys(home: &Home) -> Vec<String> {
    #[derive(sea_orm::FromQueryResult)]
    struct Key {
        external_id: String,
    }
    let keys: Vec<Key> = db::query(home.db.reader(), "SELECT external_id FROM customers", []).await.expect("read");
    let mut keys: Vec<String> = keys.into_iter().map(|row| row.external_id).collect();
    keys.sort();
    keys
}

async fn price(home: &Home, key: &str) -> Option<i64> {
    let sql = "SELECT price FROM service_facts f JOIN accounts a ON a.id = f.account_id
               WHERE a.external_id = $1 AND f.kind = 'plan_started'";
    db::scalar(home.db.reader(), sql, [key.into()]).await.expect("read")
}

async fn balance(home: &Home, key: &str) -> Amount {
    billing::balance(home.db.reader(), account(home, key).await).await.expect("read")
}

pub(crate) async fn contact(home: &Home, key: &str) -> (Option<String>, Option<String>, Option<String>) {
    let sql = "SELECT client_identifier FROM customers WHERE external_id = $1";
    let identifier: String = db::scalar(home.db.reader(), sql, [key.into()]).await.expect("read").expect("one");
    let contact = accounts::find_contact_by_identifier(home.db.reader(), &home.vault, &identifier).await;
    let contact = contact.expect("opens").expect("one");
    (contact.name, contact.email, contact.telephone)
}

fn row(key: &str, name: &str) -> String {
    format!("{key},{name},,514-555-0101,{REST},,50.00")
}

fn file(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

const QUOTES: &str = r#"key,name,email,telephone,street,city,region,postal,country,cycle,balance,price
C-0001,Ana Fictif,ana@exemple.ca,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,,51.00
C-0002,"Chez Rita,rita@exemple.ca,514-555-0102,2 rue Deux,Laval,CA-QC,H7N 4K2,CA,1,,52.00
C-0003,Bob Inventé,bob@exemple.ca,514-555-0103,3 rue Trois,Laval,CA-QC,H7N 4K2,CA,1,,53.00
C-0004,Garage 12" inc.,garage@exemple.ca,514-555-0104,4 rue Quatre,Laval,CA-QC,H7N 4K2,CA,1,,54.00
C-0005,Cléo Imaginaire,cleo@exemple.ca,514-555-0105,5 rue Cinq,Laval,CA-QC,H7N 4K2,CA,1,,55.00
"#;

const AMOUNTS: &str = r#"C-0121,Quatre Décimales,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,,29.8500
C-0122,Virgule,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,,"29,85"
C-0123,Milliers,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,,"1,234.50"
C-0124,Dollar,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,,$29.85
C-0125,Parenthèses,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,(12.00),50.00
C-0126,Moins À Droite,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,12.00-,50.00
C-0127,Vrai Moins,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,−12.00,50.00
C-0128,Bonne,,514-555-0101,1 rue Un,Laval,CA-QC,H7N 4K2,CA,1,-12.00,50.00"#;

/// A file with letters, a comma and a quote in a field, and an empty field.
fn everybody() -> String {
    let cleo = "C-1,\"Cléo \"\"Le Nœud\"\" Çà\",cleo@exemple.ca,514-555-0105,\"5, rue Cinq\",Lévis,CA-QC,H7N 4K2,CA,1,-12.50,55.00";
    format!("{HEADER}\n{cleo}\n{}\n", row("C-2", "Ana Fictif"))
}

on_both! {
    async fn ops_2_two_stray_quotes_make_no_customer_of_three(place: &TestPlace) {
        let home = place.open().await;
        let report = imported(&home, place, "", QUOTES).await;
        assert_eq!(errors(&report), [
            "lines 3 to 5: a quote is opened here and not closed on its line; a quote in the midst of a field on line 5 shows that \
             one of the two does not belong, so none of these lines was read",
        ]);
        assert_eq!((report.lines, report.imported, report.faulty), (5, 2, 3));
        assert_eq!(keys(&home).await, ["C-0001", "C-0005"]);

        // By the letter this is one row, with the address of another: a name is one line.
        let merged = QUOTES.replace("Garage 12\" inc.", "Garage inc.\"").replace("C-000", "D-000");
        let report = imported(&home, place, "", merged).await;
        assert!(errors(&report)[0].starts_with("lines 3 to 5"), "{:?}", report.errors);
        assert_eq!((report.imported, report.faulty), (2, 3));
        // The quotes may stand in a column that nobody reads.
        let note = |line: &str, n: usize| match n {
            0 => format!("note,{line}"),
            2 => format!("\"see file,{line}"),
            4 => format!("closed\",{line}"),
            _ => format!("none,{line}"),
        };
        let plain = QUOTES.replace("\"Chez", "Chez").replace("12\"", "12").replace("C-000", "E-000");
        let noted: Vec<String> = plain.lines().enumerate().map(|(n, line)| note(line, n)).collect();
        let report = imported(&home, place, "", noted.join("\n")).await;
        assert!(errors(&report)[0].starts_with("lines 3 to 5: a quote is opened"), "{:?}", report.errors);
        assert_eq!((report.imported, report.faulty), (2, 3));
        assert_eq!(keys(&home).await, ["C-0001", "C-0005", "D-0001", "D-0005", "E-0001", "E-0005"]);
        // Headings without a name, of which the rows have nothing, hide no row in another's last field.
        let plain = QUOTES.replace("\"Chez", "Chez").replace("12\"", "12").replace("C-000", "F-000");
        let note = |line: &str, n: usize| match n {
            0 => format!("{line},note,,"),
            2 => format!("{line},\"see file"),
            4 => format!("{line},closed\""),
            _ => format!("{line},none"),
        };
        let noted: Vec<String> = plain.lines().enumerate().map(|(n, line)| note(line, n)).collect();
        let report = imported(&home, place, "", noted.join("\n")).await;
        assert!(errors(&report)[0].starts_with("lines 3 to 5: a quote is opened"), "{:?}", report.errors);
        assert_eq!((report.imported, report.faulty), (2, 3));
    }

    async fn ops_2_a_formula_of_a_spreadsheet_is_no_name(place: &TestPlace) {
        let home = place.open().await;
        let text = format!("{HEADER}\n{}\n{}\n", row("C-1", "\"=\"\"Ana Fictif\"\"\""), row("C-2", "Bob"));
        let report = imported(&home, place, "", text).await;
        assert!(errors(&report)[0].contains("is a formula of a spreadsheet"), "{:?}", report.errors);
        assert_eq!((report.imported, report.faulty), (1, 1));
    }

    async fn ops_2_a_field_of_several_lines_is_read_where_nobody_reads_it(place: &TestPlace) {
        let home = place.open().await;
        let rows = [row("C-1", "Ana") + ",\"called,\nno answer\"", row("C-2", "\"Bob\nInventé\"") + ",x", row("C-3", "Cléo") + ",", row("C-4", "x,y") + ","];
        let text = format!("{HEADER},note\n{}\n", rows.join("\n"));
        let report = imported(&home, place, "", text).await;
        assert_eq!(errors(&report), [
            "lines 4 to 5, column name: “Bob�Inventé” has a line end in it, and is one line by nature",
            "line 7: the line has 14 fields, and the header 13",
        ]);
        assert_eq!((report.imported, report.faulty, report.lines), (2, 3, 5));
    }

    async fn ops_2_what_has_nothing_in_it_is_passed_over(place: &TestPlace) {
        let home = place.open().await;
        let blank = format!("{HEADER},,,\n{},,,\n\n,,,,,,,,,,,,,,\n , ,\"\"\n", row("C-0091", "Ana Fictif"));
        let report = imported(&home, place, "", blank).await;
        assert_eq!((report.lines, report.imported, report.blank, errors(&report)), (1, 1, 2, vec![]));
        let trailing = file(&[&(row("C-0092", "Ana Fictif") + ","), &(row("C-0093", "Bob") + ",,,"), &(row("C-0094", "Cléo") + ",x")]);
        let report = imported(&home, place, "", trailing).await;
        assert_eq!((report.imported, errors(&report)), (2, vec!["line 4: “x” stands in field 13, and the header has 12".to_owned()]));
        // A delimiter that is not in quotes moves an empty last field out of its place: nobody pays 50.00 for 12.50.
        let moved = format!("{HEADER},note\n{},\n{},\n", row("D-1", "Ana"), row("D-2", "Bob").replace(",,50.00", ",12,50,50.00"));
        let report = imported(&home, place, "", moved).await;
        assert_eq!((report.imported, errors(&report)), (1, vec!["line 3: the line has 14 fields, and the header 13".to_owned()]));
        // A column without a heading in the midst.
        let text = file(&[&row("C-0095", "Ana"), &row("C-0096", "Bob")]).replace(",514-", ",,514-").replace(",telephone", ",,telephone").replace("C-0096,Bob,,", "C-0096,Bob,,?");
        let report = imported(&home, place, "", text).await;
        assert_eq!((report.imported, errors(&report)), (1, vec!["line 3: “?” stands in column 4, which has no heading".to_owned()]));
        // Spreadsheets leave trailing delimiters away.
        let report = imported(&home, place, "", format!("{HEADER},,\n{}\n", row("C-0097", "Ana"))).await;
        assert_eq!((report.imported, report.faulty), (1, 0));
        assert_eq!(keys(&home).await, ["C-0091", "C-0092", "C-0093", "C-0095", "C-0097", "D-1"]);
        let report = imported(&home, place, "", format!("{HEADER}\n")).await;
        assert_eq!((report.lines, report.faulty), (0, 0));
    }

    async fn ops_2_nobody_is_called_null(place: &TestPlace) {
        let home = place.open().await;
        let nulls = file(&[
            &format!("C-0111,NULL,NULL,NULL,{REST},NULL,50.00"),
            &format!("C-0112,\\N,\\N,\\N,{REST},,50.00"),
            &format!("C-0113,NULL,,NULL,{REST},,50.00"),
        ]);
        let report = imported(&home, place, "", &nulls).await;
        assert_eq!((report.imported, report.errors.iter().map(|error| error.line).collect::<Vec<_>>()), (0, vec![2, 3, 4]));
        assert!(errors(&report)[0].starts_with("line 2, column name: “NULL” looks like a word that means nothing"), "{:?}", report.errors);
        assert_eq!(imported(&home, place, "nothing = [\"NULL\"]", &nulls).await.imported, 2);
        let report = imported(&home, place, "nothing = [\"NULL\", \"\\\\N\"]", &nulls).await;
        assert_eq!((report.imported, report.unchanged, report.faulty), (1, 2, 0));
        for key in ["C-0111", "C-0112", "C-0113"] {
            assert_eq!(contact(&home, key).await, (None, None, None), "{key}");
        }
        for word in ["N/A", "#N/A", "None", "nan", "(null)", "-", "Inconnu"] {
            let report = imported(&home, place, "", file(&[&row("D-1", word)])).await;
            assert_eq!((report.imported, report.faulty), (0, 1), "{word}");
        }
        // Somebody may be called so, and the mapping can say it.
        let report = imported(&home, place, "not_nothing = [\"Null\"]", file(&[&row("D-2", "Null")])).await;
        assert_eq!((report.imported, report.faulty), (1, 0));
        assert_eq!(contact(&home, "D-2").await.0.as_deref(), Some("Null"));
    }

    async fn ops_2_amounts_are_read_as_stated_and_never_wrong(place: &TestPlace) {
        let home = place.open().await;
        let amounts = format!("{HEADER}\n{AMOUNTS}\n");
        let report = imported(&home, place, "", &amounts).await;
        assert_eq!(report.errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8]);
        assert_eq!((keys(&home).await, price(&home, "C-0121").await), (vec!["C-0121".to_owned(), "C-0128".to_owned()], Some(2985)));
        assert_eq!(balance(&home, "C-0128").await, Amount::cents(-1200));

        let said = "thousands = \",\"\ncurrency = \"$\"\nnegative = [\"brackets\", \"trailing-minus\", \"true-minus\"]";
        let report = imported(&home, place, said, &amounts).await;
        assert_eq!((report.imported, report.unchanged, report.faulty, report.errors[0].line), (5, 2, 1, 3));
        assert_eq!((price(&home, "C-0123").await, price(&home, "C-0124").await), (Some(123_450), Some(2985)));
        for key in ["C-0125", "C-0126", "C-0127"] {
            assert_eq!(balance(&home, key).await, Amount::cents(-1200), "{key}");
        }
        // A column may state what it has of its own.
        let path = mapping_file(place, "own.toml", &[("{ column = \"price\" }", "{ column = \"price\", decimal = \",\", thousands = \" \" }")]);
        let mapping = Mapping::read(&path).expect("a mapping");
        let report = try_import(&home, &mapping, &place.file("file.csv", &amounts)).await.expect("read");
        assert_eq!((report.imported, price(&home, "C-0122").await), (1, Some(2985)));
        // Of a point with three digits behind nobody knows what it parts.
        let report = imported(&home, place, "", file(&[&row("D-1", "Ana").replace("50.00", "1.200")])).await;
        assert_eq!(errors(&report), ["line 2, column price: “1.200” may be 1.20 or 1200; state decimal = \".\" or thousands = \".\" in the mapping"]);
    }

    async fn ops_2_keys_that_a_spreadsheet_made_are_no_keys(place: &TestPlace) {
        let home = place.open().await;
        let text = file(&[&row("4.18E+11", "Ana Fictif"), &row("4.18E+11", "Bob Inventé"), &row("4180000000010000000", "Cléo")]);
        let report = imported(&home, place, "", &text).await;
        assert_eq!((report.imported, report.faulty), (0, 3));
        assert!(errors(&report)[0].contains("“4.18E+11” is no key that can be trusted: a spreadsheet made a rounded number of it"), "{:?}", report.errors);
        let report = imported(&home, place, "exact_keys = true", &text).await;
        assert_eq!((report.imported, errors(&report)), (2, vec!["line 3, column key: “4.18E+11” stands already on line 2".to_owned()]));
    }

    async fn ops_2_the_same_customers_come_from_every_writer(place: &TestPlace) {
        let home = place.open().await;
        let text = everybody();
        assert_eq!(imported(&home, place, "", &text).await.imported, 2);
        let sixteen = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let tabs = "key\tname\temail\ttelephone\tstreet\tcity\tregion\tpostal\tcountry\tcycle\tbalance\tprice\r\n\
                    C-1\t\"Cléo \"\"Le Nœud\"\" Çà\"\tcleo@exemple.ca\t514-555-0105\t5, rue Cinq\tLévis\tCA-QC\tH7N 4K2\tCA\t1\t-12.50\t55.00\r\n\
                    C-2\tAna Fictif\t\t514-555-0101\t1 rue Un\tLaval\tCA-QC\tH7N 4K2\tCA\t1\t\t50.00\r\n";
        let copied = tabs.replace("\"Cléo \"\"Le Nœud\"\" Çà\"", "Cléo \"Le Nœud\" Çà").replace('\r', "").replace("\t\t", "\t\\N\t");
        let slashed = text.replace("\"\"", "\\\"").replace(",,", ",\\N,");
        let west = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
        let mac = encoding_rs::MACINTOSH.encode(&text).0.into_owned();
        let mut dos = Vec::new();
        for letter in text.replace('œ', "o").replace("\n", "\r\n").chars() {
            dos.push(match letter { 'é' => 0x82, 'Ç' => 0x80, 'à' => 0x85, plain => u8::try_from(plain).expect("ASCII") });
        }
        dos.push(0x1a);
        let semicolons = text.replace("5, rue", "5; rue").replace(',', "\u{1}").replace(';', ",").replace('\u{1}', ";");
        let writers: [(&str, &str, Vec<u8>); 13] = [
            ("Excel, UTF-8", "", format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes()),
            ("Excel, with sep", "", format!("sep=;\r\n{}", semicolons.replace('\n', "\r\n")).into_bytes()),
            ("Excel, semicolons", "delimiter = \";\"", semicolons.into_bytes()),
            ("Excel, Unicode text", "delimiter = \"\\t\"", [b"\xff\xfe".to_vec(), sixteen(tabs, u16::to_le_bytes)].concat()),
            ("big-endian", "delimiter = \"\\t\"", [b"\xfe\xff".to_vec(), sixteen(tabs, u16::to_be_bytes)].concat()),
            ("Excel on Windows", "encoding = \"windows-1252\"", west),
            ("Excel on a Mac", "encoding = \"macintosh\"", mac.iter().map(|byte| if *byte == b'\n' { b'\r' } else { *byte }).collect()),
            ("all in quotes", "", text.replace("C-2,Ana Fictif,,", "\"C-2\",\"Ana Fictif\",\"\",").into_bytes()),
            ("Python on Windows", "", text.replace('\n', "\r\r\n").into_bytes()),
            ("PostgreSQL COPY", "delimiter = \"\\t\"\nquote = \"none\"\nescape = \"backslash\"", copied.into_bytes()),
            ("MySQL", "escape = \"backslash\"", slashed.into_bytes()),
            ("a Mac's headings", "", text.replace("price", "prix e\u{301}te\u{301}").into_bytes()),
            ("DOS", "encoding = \"cp850\"", dos),
        ];
        for (writer, said, bytes) in writers {
            let mapping = stating(place, said);
            let mapping = if writer == "a Mac's headings" {
                let path = mapping_file(place, "mac.toml", &[("\"price\" }", "\"prix été\" }")]);
                Mapping::read(&path).expect("a mapping")
            } else {
                mapping
            };
            let report = try_import(&home, &mapping, &place.file("file.csv", bytes)).await.expect("read");
            if writer == "DOS" {
                // It has no œ, so this customer is another.
                assert_eq!((report.unchanged, report.errors[0].line, report.errors[0].value.as_deref()), (1, 2, Some("C-1")));
                continue;
            }
            assert_eq!((report.lines, report.unchanged, errors(&report)), (2, 2, vec![]), "{writer}");
        }
        assert_eq!(contact(&home, "C-1").await.0.as_deref(), Some("Cléo \"Le Nœud\" Çà"));
        assert_eq!(count(&home, "customers").await, 2);
    }

    async fn ops_2_what_is_stated_wrongly_is_told_with_what_to_state(place: &TestPlace) {
        let home = place.open().await;
        let text = everybody();
        let west = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
        let report = imported(&home, place, "", &west).await;
        assert_eq!((report.imported, report.errors[0].line), (1, 2));
        assert!(errors(&report)[0].contains("is not UTF-8; if the file is in another encoding, state it in the mapping"), "{:?}", report.errors);
        let report = imported(&home, place, "encoding = \"windows-1252\"", &text).await;
        assert!(errors(&report)[0].contains("is “Cléo \"Le Nœud\" Çà” in UTF-8, and the mapping states encoding = \"windows-1252\""), "{:?}", report.errors);

        let refused = async |said: &str, bytes: Vec<u8>| {
            let error = try_import(&home, &stating(place, said), &place.file("file.csv", bytes)).await.expect_err("refused");
            assert!(matches!(error, ImportError::Header(_)), "{error}");
            error.to_string()
        };
        let semicolons = text.replace(',', ";");
        assert!(refused("", semicolons.clone().into_bytes()).await.contains("the header is one field, so state delimiter = ';'"));
        assert!(refused("delimiter = \",\"", format!("sep=;\n{semicolons}").into_bytes()).await.contains("the file says that ';' parts its fields"));
        assert!(refused("", text.replacen("name", "Name", 1).into_bytes()).await.contains("the mapping names it; it has “Name”"));
        assert!(refused("", text.encode_utf16().flat_map(u16::to_le_bytes).collect()).await.contains("state encoding = \"utf-16le\""));
        assert!(refused("", b"PK\x03\x04...".to_vec()).await.contains("workbook"));
        assert!(refused("", text.replacen("key", "\"key", 1).into_bytes()).await.starts_with("lines 1 to 2: a quote is opened here"));
        assert!(refused("", text.replacen("key", "k\0ey", 1).into_bytes()).await.contains("NUL"));
        assert!(refused("", b"\xef\xbb\xbf\r\n\x1a".to_vec()).await.contains("the file is empty"));
        // A heading twice is nobody's matter unless the mapping names it.
        let twice = text.replace("price\n", "price,x,x\n").replace("55.00\n", "55.00,1,2\n").replace("50.00\n", "50.00,1,2\n");
        assert_eq!(imported(&home, place, "", twice).await.faulty, 0);
    }

    async fn ops_2_letters_that_were_spoilt_before_are_noted(place: &TestPlace) {
        let home = place.open().await;
        let text = file(&[&row("C-1", "ClÃ©o Fictif"), &row("C-2", "Cléo"), &row("C-3", "RENÉ’S GARAGE")]);
        let report = imported(&home, place, "", &text).await;
        let notes: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
        assert_eq!(notes, ["line 2, column name: “ClÃ©o Fictif” seems to have been spoilt before it came here; is “Cléo Fictif” meant?"]);
        assert_eq!((report.imported, report.noted, report.faulty), (3, 1, 0));
        // What is there already is noted no more.
        assert_eq!(imported(&home, place, "", &text).await.noted, 0);
    }

    async fn ops_2_signs_that_are_no_letters_are_told(place: &TestPlace) {
        let home = place.open().await;
        let rows = [row("C-1", "Ana\0"), row("C-2", "Cl\u{fffd}o"), row("C-3", "Ana\tFictif"), row("C-4", "Ana\u{2028}Fictif"), row("C-5", "\u{feff}Ana"), row("C-6", "Ana")];
        let report = imported(&home, place, "", file(&rows.iter().map(String::as_str).collect::<Vec<_>>())).await;
        assert_eq!(errors(&report), [
            "line 2, column name: “Ana�” has a control character in it (U+0000)",
            "line 3, column name: “Cl�o” has the sign in it that stands for a letter that was lost (U+FFFD)",
            "line 4, column name: “Ana�Fictif” has a control character in it (U+0009)",
            "line 5, column name: “Ana\u{2028}Fictif” has a line end in it, and is one line by nature",
            "line 6, column name: “\u{feff}Ana” has the mark in it that stands at the beginning of files; were files put together?",
        ]);
        assert_eq!(report.imported, 1);
    }

    async fn ops_2_lines_that_were_not_read_are_said_by_the_command(place: &TestPlace) {
        let mapping = mapping_file(place, "net.toml", &[]).display().to_string();
        let quotes = place.file("quotes.csv", QUOTES).display().to_string();
        let said = refused(place, 1, &["import", "--mapping", &mapping, &quotes]);
        assert!(said.contains("quotes.csv, lines 3 to 5: a quote is opened here"), "{said}");
        assert!(said.contains("3 lines are faulty and were left out"), "{said}");
        let again = refused(place, 1, &["import", "--mapping", &mapping, &quotes]);
        assert!(again.contains("lines 3 to 5"), "{again}");
        let blank = place.file("blank.csv", format!("{HEADER},,\n{},,\n,,\n", row("C-0091", "Ana Fictif"))).display().to_string();
        let output = done(place, &["import", "--mapping", &mapping, &blank, "--json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let figures = ["lines", "imported", "unchanged", "faulty", "blank", "noted"].map(|key| report[key].as_u64());
        assert_eq!(figures, [1, 1, 0, 0, 1, 0].map(Some));
        assert_eq!(report["notes"], serde_json::json!([]));
    }
}

#[test]
fn ops_2_a_mapping_that_contradicts_itself_is_refused() {
    let place = TestPlace::sqlite();
    for (from, to, expected) in [
        ("[import]", "[import]\nencoding = \"ansi\"", "“ansi” is no encoding that is known"),
        ("[import]", "[import]\ndelimiter = \"é\"", "the delimiter must be one plain character"),
        ("[import]", "[import]\nquote = \"none at all\"", "the quote must be"),
        ("[import]", "[import]\nescape = \"slash\"", "unknown variant `slash`"),
        ("[import]", "[import]\nthousands = \".\"", "decimal sign and thousands sign must differ"),
        ("[import]", "[import]\ncurrency = \"EUR\"", "the amounts are in EUR, and the catalogue's prices in CAD"),
        ("[import]", "[import]\ndays = \"D/M/Y\"", "“D/M/Y” is no form of days"),
        ("column = \"name\"", "column = \"name\", decimal = \",\"", "only amounts and days have"),
        (
            "column = \"balance\"",
            "column = \"balance\", decimal = \",\", thousands = \",\"",
            "decimal sign and thousands",
        ),
        ("column = \"price\"", "column = \"price\", days = \"DD/MM/YYYY\"", "an amount has no form of days"),
    ] {
        let path = mapping_file(&place, "net.toml", &[(from, to)]);
        let error = Mapping::read(&path).expect_err("refused");
        let MappingError::Problems { problems, .. } = &error else { panic!("{error}") };
        assert!(problems[0].reason.starts_with(expected), "{error}");
    }
}
