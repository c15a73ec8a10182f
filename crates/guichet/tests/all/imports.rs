//! OPS-2, ACC-1, PRV-1: the import.

use guichet::{ImportError, Mapping, MappingError, Mode};
use kernel::Amount;
use testkit::{TestPlace, on_both};

use crate::support::{
    SAMPLE_BILLS, SAMPLE_CENTS, account, count, examples, exported, findings, ledger_total, run, sample, telco,
    telco_as_of, try_import, with_sample,
};

on_both! {
    async fn ops_2_the_same_file_twice_changes_nothing(place: &TestPlace) {
        let home = with_sample(place).await;
        let tables = ["customers", "accounts", "services", "service_facts", "audit_events", "documents"];
        let mut before = Vec::new();
        for table in tables {
            before.push(count(&home, table).await);
        }
        let again = try_import(&home, &telco(), &examples().join("sample.csv")).await.expect("imported");
        assert_eq!((again.lines, again.imported, again.unchanged, again.faulty), (6, 0, 6, 0));
        let mut after = Vec::new();
        for table in tables {
            after.push(count(&home, table).await);
        }
        assert_eq!(before, after);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn ops_2_each_row_holds_its_price_to_the_cent(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let rows = exported(&home, "2026-12").await;
        let charges: Vec<(&str, &str, &str)> = rows.iter().map(|row| (row[0].as_str(), row[2].as_str(), row[3].as_str())).collect();
        let mut charges = charges;
        charges.sort_unstable();
        assert_eq!(charges, [
            ("0001-AAAAA", "20.10", "0.00"),
            ("0002-BBBBB", "24.85", "5.00"),
            ("0003-CCCCC", "68.45", "35.00"),
            ("0004-DDDDD", "47.00", "5.00"),
            ("0006-FFFFF", "44.95", "25.00"),
        ]);
    }

    async fn svc_1_a_catalogue_raised_later_changes_no_imported_bill(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let text = std::fs::read_to_string(examples().join("telco-catalogue.toml")).expect("the catalogue");
        let raised = text.replace("amount = \"5.00\" }", "amount = \"5.00\" }, { from = 2027-01-01, amount = \"9.00\" }")
            .replace("amount = \"20.00\" }", "amount = \"20.00\" }, { from = 2027-01-01, amount = \"99.00\" }");
        let catalogue = services::Catalogue::parse(&raised).expect("a catalogue");
        assert_eq!(guichet::catalogue_version(&home.db, (&catalogue, &raised), None, Mode::Real).await.expect("kept").version, 2);
        place.set_day("2026-12-20");
        assert_eq!(run(&home, "2027-01").await.bills, SAMPLE_BILLS);
        let charged = |rows: Vec<Vec<String>>| rows.into_iter().map(|row| (row[0].clone(), row[2].clone(), row[3].clone())).collect::<Vec<_>>();
        assert_eq!(charged(exported(&home, "2026-12").await), charged(exported(&home, "2027-01").await));

        // And no version may change what was billed.
        let rewritten = text.replace("amount = \"5.00\"", "amount = \"6.00\"");
        let catalogue = services::Catalogue::parse(&rewritten).expect("a catalogue");
        let refused = guichet::catalogue_version(&home.db, (&catalogue, &rewritten), None, Mode::Real).await.expect_err("refused");
        assert!(refused.to_string().contains("let the new price begin on 2027-02-01 or later"), "{refused}");
    }

    async fn ops_2_a_faulty_line_is_listed_and_stops_no_other(place: &TestPlace) {
        let home = place.open().await;
        let bad = sample()
            .replace("29.85,29.85", "twenty,29.85")
            .replace("103.45,", "-103.45,")
            .replace("0004-DDDDD", "0001-AAAAA")
            .replace("0005-EEEEE,7,Yes", "0005-EEEEE,7,Maybe")
            .replace("69.95,", "10.00,");
        let file = place.file("bad.csv", format!("{bad}0007-GGGGG,1,Yes\n0008-HHHHH,x{}", &sample().lines().nth(1).expect("a line")[13..]));
        let report = try_import(&home, &telco(), &file).await.expect("read");
        let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors, [
            "line 3, column MonthlyCharges: “twenty” is no amount; expected digits with at most two decimals after a point, such as 24.85",
            "line 4, column MonthlyCharges: “-103.45” is negative; expected an amount of 0.00 or more",
            "line 5, column customerID: “0001-AAAAA” stands already on line 2",
            "line 6, column PhoneService: “Maybe” has no meaning in the mapping; expected “No”, “Yes”",
            "line 7, column MonthlyCharges: “10.00” is too little; the other items of the row alone cost 45.00",
            "line 8: the line has 3 fields, and the header 20",
            "line 9, column tenure: “x” is no number of whole months; expected 0 to 1200",
        ]);
        assert_eq!((report.lines, report.imported, report.faulty), (8, 1, 7));
        assert_eq!(count(&home, "accounts").await, 1);
    }

    async fn ops_2_bytes_that_are_no_text_and_open_quotes_are_told_by_line(place: &TestPlace) {
        let home = place.open().await;
        let mut bytes = sample().replace("Québec", "Qu?bec").into_bytes();
        let place_of = bytes.iter().position(|byte| *byte == b'?').expect("a mark");
        bytes[place_of] = 0xe9;
        let report = try_import(&home, &telco(), &place.file("latin.csv", &bytes)).await.expect("read");
        assert_eq!(report.errors.iter().map(ToString::to_string).collect::<Vec<_>>(), ["line 3, column City: “Qu�bec” is not UTF-8; if the file is in another encoding, state it in the mapping, such as encoding = \"windows-1252\", \"macintosh\" or \"cp850\""]);
        assert_eq!(report.imported, 5);

        let open = sample().replace("0001-", "9001-").replace("0003-CCCCC,24,Yes", "0003-CCCCC,24,\"Yes").replace("0002-", "9002-");
        let report = try_import(&home, &telco(), &place.file("open.csv", open)).await.expect("read");
        let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors, ["lines 4 to 7: a quote is opened here and never closed; nothing after it was read"]);
        assert_eq!((report.lines, report.imported, report.faulty), (6, 2, 4));
    }

    async fn ops_2_lines_are_exact_whatever_ends_them(place: &TestPlace) {
        let home = place.open().await;
        let text = sample().replace("29.85,29.85", "twenty,29.85").replace('\n', "\r\n").replace("\r\n0002", "\r\n\r\n\r\n0002");
        let report = try_import(&home, &telco(), &place.file("crlf.csv", text)).await.expect("read");
        assert_eq!(report.errors.iter().map(|error| error.line).collect::<Vec<_>>(), [5]);
        // A quote opened on the very last line is noticed too.
        let last = format!("{}\n0009-IIIII,\"1", sample().lines().next().expect("a header"));
        let report = try_import(&home, &telco(), &place.file("last.csv", last)).await.expect("read");
        assert!(report.errors[0].reason.starts_with("a quote is opened here"), "{:?}", report.errors);
        assert_eq!((report.errors[0].line, report.imported), (2, 0));
    }

    async fn ops_2_rows_that_cannot_be_billed_right_are_refused(place: &TestPlace) {
        let home = place.open().await;
        let refused = async |mapping: &[(&str, &str)], row: &[(&str, &str)]| {
            place.file("telco-catalogue.toml", std::fs::read(examples().join("telco-catalogue.toml")).expect("the catalogue"));
            let change = |text: String, changes: &[(&str, &str)]| changes.iter().fold(text, |text, (from, to)| text.replace(from, to));
            let mapping = change(std::fs::read_to_string(examples().join("telco.toml")).expect("the mapping"), mapping);
            let mapping = Mapping::read(&place.file("odd.toml", mapping)).expect("a mapping");
            let file = place.file("odd.csv", change(sample(), row));
            try_import(&home, &mapping, &file).await.expect("read").errors.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let twice = refused(&[("streaming-movies", "streaming-tv")], &[]).await;
        assert_eq!(twice, ["line 4, column StreamingMovies: “Yes” means the add-on streaming-tv, which the row has already"]);
        let nowhere = refused(&[("CA-QC", "CA-XX")], &[]).await;
        assert_eq!((nowhere.len(), nowhere[0].as_str()), (6, "line 2: “CA-XX” is a region whose taxes are not known; ZZ stands for none"));
        let formula = refused(&[], &[("0001-AAAAA", "=A1"), ("0003-CCCCC", "\u{1b}[31mred")]).await;
        assert_eq!(formula, [
            "line 2, column customerID: “=A1” is no key; a spreadsheet would take it for a formula",
            "line 4, column customerID: “�[31mred” has a control character in it (U+001B)",
        ]);
    }

    async fn ops_2_a_file_of_another_shape_touches_nothing(place: &TestPlace) {
        let home = place.open().await;
        let refused = async |name: &str, text: String| {
            let error = try_import(&home, &telco(), &place.file(name, text)).await.expect_err("refused");
            assert!(matches!(error, ImportError::Header(_)), "{error}");
            error.to_string()
        };
        let missing = refused("a.csv", sample().replacen("MonthlyCharges", "Charges", 1)).await;
        assert_eq!(missing, "line 1, column MonthlyCharges: the file has no such column, and the mapping names it");
        let twice = refused("b.csv", sample().replacen("TotalCharges", "MonthlyCharges", 1)).await;
        assert!(twice.contains("line 1, column MonthlyCharges: the column stands twice in the header"), "{twice}");
        assert_eq!(refused("c.csv", String::new()).await, "line 1: the file is empty; expected a header line");
        assert_eq!((count(&home, "accounts").await, count(&home, "documents").await), (0, 0));
    }

    async fn ops_2_a_row_that_changed_is_told_and_left(place: &TestPlace) {
        let home = with_sample(place).await;
        let file = place.file("changed.csv", sample().replace("20.10,", "25.10,"));
        let report = try_import(&home, &telco(), &file).await.expect("read");
        let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors, ["line 2: “0001-AAAAA” was imported before and is different now; an import adds customers and changes none"]);
        assert_eq!((report.imported, report.unchanged), (0, 5));
        assert_eq!(run(&home, "2026-12").await.bills, SAMPLE_BILLS);
        assert_eq!(ledger_total(&home).await, Amount::cents(SAMPLE_CENTS + 1377 + 2747));
    }

    async fn ops_2_a_dry_run_writes_nothing(place: &TestPlace) {
        let home = place.open().await;
        let report = guichet::import(&home, &telco(), &examples().join("sample.csv"), Mode::Dry, |_, _| ()).await.expect("read");
        assert_eq!((report.imported, report.faulty), (6, 0));
        for table in ["customers", "accounts", "documents", "audit_events"] {
            assert_eq!(count(&home, table).await, 0, "{table}");
        }
    }

    async fn ops_2_names_balances_and_contacts_come_with_the_file(place: &TestPlace) {
        let mapping = std::fs::read_to_string(examples().join("telco.toml")).expect("the mapping")
            .replace("[customer]", "[customer]\nname = { column = \"Name\" }\nemail = { column = \"Email\" }\ntelephone = { column = \"Phone\" }")
            .replace("segment = \"residential\"", "segment = \"residential\"\nbalance = { column = \"Balance\" }");
        place.file("telco-catalogue.toml", std::fs::read(examples().join("telco-catalogue.toml")).expect("the catalogue"));
        let mapping = Mapping::read(&place.file("mapping.toml", mapping)).expect("a mapping");
        let mut lines = sample().lines().take(3).map(str::to_owned).collect::<Vec<_>>();
        lines[0].push_str(",Name,Email,Phone,Balance");
        lines[1].push_str(",Émile Tremblay,emile@exemple.ca,514 555-0100,12.34");
        lines[2].push_str(",,,,-5.00");
        let home = place.open().await;
        let report = try_import(&home, &mapping, &place.file("named.csv", lines.join("\n"))).await.expect("imported");
        assert_eq!((report.imported, report.errors), (2, vec![]));

        let sql = "SELECT client_identifier FROM customers WHERE external_id = $1";
        let identifier: String = db::scalar(home.db.reader(), sql, ["0001-AAAAA".into()]).await.expect("read").expect("one");
        assert!(identifier.starts_with("et") && identifier.ends_with("-GUICHET") && identifier.len() == 16, "{identifier}");
        let contact = accounts::find_contact_by_identifier(home.db.reader(), &home.vault, &identifier).await.expect("opens").expect("one");
        assert_eq!(contact.name.as_deref(), Some("Émile Tremblay"));
        assert_eq!((contact.email.as_deref(), contact.telephone.as_deref()), (Some("emile@exemple.ca"), Some("+15145550100")));

        // PRV-1: what is personal is not in the database as it is; it is found by an exact word all the same.
        let index = home.vault.index(vault::Indexed::Email, "EMILE@exemple.ca");
        let sql = "SELECT count(*) FROM customers WHERE email_index = $1 AND name IS NOT NULL";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, [index.into()]).await.expect("read"), Some(1));

        run(&home, "2026-12").await;
        let mut totals: Vec<Vec<String>> = exported(&home, "2026-12").await.into_iter().map(|row| row[9..].to_vec()).collect();
        totals.sort();
        assert_eq!(totals, [["-5.00", "0.00", "34.32", "29.32"], ["12.34", "0.00", "23.11", "35.45"]]);
        assert_eq!(billing::balance(home.db.reader(), account(&home, "0001-AAAAA").await).await.expect("read"), Amount::cents(3545));
    }

    async fn acc_1_identifiers_and_numbers_are_unique_and_tell_nothing(place: &TestPlace) {
        let home = place.open().await;
        let line = sample().lines().nth(1).expect("a line").to_owned();
        let lines = (0..900).map(|n| line.replace("0001-AAAAA", &format!("{n:04}-ZZZZZ")));
        let file = format!("{}\n{}", sample().lines().next().expect("a header"), lines.collect::<Vec<_>>().join("\n"));
        assert_eq!(try_import(&home, &telco(), &place.file("many.csv", file)).await.expect("imported").imported, 900);
        let sql = "SELECT count(DISTINCT client_identifier) FROM customers WHERE client_identifier LIKE 'xx______-GUICHET'";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(900));
        // Not in sequence: of neighbours in the file hardly any are neighbours in number.
        #[derive(sea_orm::FromQueryResult)]
        struct Number { number: String }
        let sql = "SELECT number FROM accounts ORDER BY external_id";
        let numbers: Vec<Number> = db::query(home.db.reader(), sql, []).await.expect("read");
        let parsed: Vec<i64> = numbers.iter().map(|row| row.number.parse::<accounts::AccountNumber>().expect("valid").as_str().parse().expect("digits")).collect();
        let near = parsed.windows(2).filter(|pair| (pair[0] - pair[1]).abs() < 100_000).count();
        assert!(near < 5, "{near} of 899 follow each other closely");
    }

    async fn ops_2_tenure_counts_back_in_whole_months(place: &TestPlace) {
        let home = with_sample(place).await;
        let sql = "SELECT effective_on FROM service_facts f JOIN accounts a ON a.id = f.account_id
                   WHERE a.external_id = $1 AND f.kind = $2 ORDER BY f.version LIMIT 1";
        let on = async |key: &str, kind: &str| -> String {
            let day: kernel::Day = db::scalar(home.db.reader(), sql, [key.into(), kind.into()]).await.expect("read").expect("a fact");
            day.to_string()
        };
        assert_eq!(on("0001-AAAAA", "plan_started").await, "2025-12-01");
        assert_eq!(on("0004-DDDDD", "plan_started").await, "2026-12-01");
        assert_eq!(on("0006-FFFFF", "plan_started").await, "2021-12-01");
        // Who left had service up to 30 November: the first day without is the next.
        assert_eq!(on("0005-EEEEE", "plan_ended").await, "2026-12-01");
    }

    async fn ops_2_a_mapping_of_another_day_is_another_import(place: &TestPlace) {
        let home = with_sample(place).await;
        let other = telco_as_of(place, "2026-10-01");
        let report = try_import(&home, &other, &examples().join("sample.csv")).await.expect("read");
        assert_eq!((report.imported, report.unchanged, report.faulty), (0, 0, 6));
    }
}

#[test]
fn ops_2_a_mapping_error_names_file_line_and_reason() {
    let place = TestPlace::sqlite();
    let good = std::fs::read_to_string(examples().join("telco.toml")).expect("the mapping");
    place.file("telco-catalogue.toml", std::fs::read(examples().join("telco-catalogue.toml")).expect("the catalogue"));
    let line_of = |part: &str| good.lines().position(|line| line.contains(part)).expect("a line") + 1;
    let cases = [
        ("DSL = \"internet-dsl\"", "DSL = \"internet-vdsl\"", "the catalogue has no plan “internet-vdsl” for internet"),
        (
            "OnlineSecurity\", values = { Yes = \"online-security\"",
            "OnlineSecurity\", values = { Yes = \"telephone\"",
            "the catalogue has no add-on “telephone” for internet",
        ),
        ("as_of = 2026-12-01", "as_of = 2019-12-01", "“telephone” has no price on 2019-12-01"),
        ("segment = \"residential\"", "segments = \"residential\"", "unknown field `segments`"),
        ("catalogue = \"telco-catalogue.toml\"", "catalogue = \"gone.toml\"", "the catalogue cannot be read"),
        ("last_day = 2026-11-30", "", "end.left needs end.last_day"),
    ];
    for (from, to, expected) in cases {
        assert!(good.contains(from), "{from}");
        let path = place.file("mapping.toml", good.replace(from, to));
        let error = Mapping::read(&path).expect_err("refused");
        let MappingError::Problems { problems, .. } = &error else { panic!("{error}") };
        assert!(problems[0].reason.starts_with(expected), "{error}");
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
        if !from.starts_with("as_of") && !from.starts_with("last_day") && !from.starts_with("segment") {
            assert_eq!(problems[0].line, line_of(from), "{error}");
        }
    }
}
