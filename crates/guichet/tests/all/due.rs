//! What is due, and when (BIL-1, BIL-2, BIL-3): cycles, missed ones, taxability by date, last bills.

use std::path::Path;

use billing::{Asked, EntryKind, RefundDue, RunError, ToCome};
use guichet::{Home, Mapping, Mode};
use kernel::{AccountId, Amount, Day};
use services::{Fact, NewFact};
use testkit::{TestPlace, on_both};

use crate::cli::{done, refused};
use crate::support::{
    SAMPLE_BILLS, account, count, doubts, examples, findings, month, run_today, telco_as_of, try_bill, try_import,
};

macro_rules! case {
    ($name:literal) => {
        include_str!(concat!("cases/", $name))
    };
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn cents(cents: i64) -> Amount {
    Amount::cents(cents)
}

/// Writes a mapping beside its catalogue, and reads it.
fn mapping(place: &TestPlace, mapping: &str, catalogue: &str) -> Mapping {
    place.file("catalogue.toml", catalogue);
    Mapping::read(&place.file("net.toml", mapping)).expect("a mapping")
}

async fn imported(home: &Home, mapping: &Mapping, file: &Path, rows: u64) {
    let report = try_import(home, mapping, file).await.expect("imported");
    assert_eq!((report.imported, report.faulty), (rows, 0), "{:?}", report.errors);
}

async fn bills(home: &Home, key: &str) -> Vec<billing::StoredBill> {
    let id = account(home, key).await;
    let before = AccountId::from(uuid::Uuid::from_u128(id.uuid().as_u128() - 1));
    billing::bills_of_range(home.db.reader(), (before, id)).await.expect("read")
}

async fn sound(home: &Home) {
    assert_eq!(doubts(home).await, Vec::<String>::new());
    assert_eq!(findings(home).await, Vec::<String>::new());
    assert_eq!(count(home, "jobs").await, 0);
}

async fn dry_bills(home: &Home, asked: Asked) -> (usize, Amount, Vec<ToCome>) {
    let reference = billing::read_reference(&home.db, &home.config.rules).await.expect("a catalogue");
    let dry = billing::dry_run(&home.db, &reference, asked, |_| ()).await.expect("computed");
    (dry.bills, dry.figures.current_charges, dry.to_come)
}

async fn pay(home: &Home, key: &str, on: &str, amount: i64) {
    let (id, kind) = (account(home, key).await, if amount < 0 { EntryKind::Payment } else { EntryKind::Refund });
    let moved = ("cash:cheque", cents(amount));
    billing::post(&home.db, id, kind, day(on), moved, audit::Author::Operator).await.expect("posted");
}

on_both! {
    async fn bil_1_a_bill_is_issued_when_its_cycle_is_due_not_before(place: &TestPlace) {
        place.set_day("2026-12-01");
        let home = place.open().await;
        let net = mapping(place, case!("net.toml"), case!("catalogue.toml"));
        imported(&home, &net, &place.file("cycles.csv", case!("cycles.csv")), 3).await;
        let to_come = |days: &[&str]| days.iter().map(|on| ToCome { on: day(on), accounts: 1 }).collect::<Vec<_>>();
        let due = Asked { month: None, today: home.today(), ahead: 0 };
        assert_eq!(dry_bills(&home, due).await, (1, cents(5749), to_come(&["2026-12-15", "2026-12-28"])));

        let first = try_bill(&home, Asked { month: Some(month("2026-12")), ..due }).await.expect("billed");
        assert_eq!((first.bills, first.issued_here, first.charged), (1, 1, cents(5749)));
        assert_eq!(first.to_come, to_come(&["2026-12-15", "2026-12-28"]));
        assert_eq!(bills(&home, "C-0041").await.len(), 1);
        let again = run_today(&home).await;
        assert_eq!((again.bills, again.accounts, again.to_come), (0, 0, first.to_come));

        place.set_day("2026-12-05");
        pay(&home, "C-0042", "2026-12-05", -2000).await;
        assert_eq!(run_today(&home).await.bills, 0);
        place.set_day("2026-12-15");
        assert_eq!(run_today(&home).await.to_come, to_come(&["2026-12-28"]));
        let second = bills(&home, "C-0042").await.remove(0);
        assert_eq!((second.issued_on, second.due_on), (day("2026-12-15"), day("2027-01-05")));
        assert_eq!((second.period_from, second.period_until), (day("2026-12-15"), day("2027-01-15")));
        assert_eq!((second.payments, second.total_due), (cents(-2000), second.current_charges - cents(2000)));

        // A printer wants the last three days early; the bill bears its own day.
        place.set_day("2026-12-25");
        let early = try_bill(&home, Asked { month: None, today: home.today(), ahead: 3 }).await.expect("billed");
        assert_eq!((early.bills, early.to_come), (1, vec![]));
        assert_eq!(bills(&home, "C-0043").await[0].issued_on, day("2026-12-28"));
        place.set_day("2027-01-28");
        assert_eq!(run_today(&home).await.bills, 3);
        sound(&home).await;
    }

    async fn bil_3_missed_cycles_get_a_bill_each_the_oldest_first(place: &TestPlace) {
        place.set_day("2026-10-20");
        let home = place.open().await;
        imported(&home, &telco_as_of(place, "2026-10-01"), &examples().join("sample.csv"), 6).await;
        place.set_day("2026-12-03");
        let december = Asked { month: Some(month("2026-12")), today: home.today(), ahead: 0 };
        let refused = try_bill(&home, december).await.expect_err("refused");
        assert!(matches!(refused, RunError::PreviousFirst { .. }), "{refused}");
        let (dry, charged, _) = dry_bills(&home, Asked { month: None, ..december }).await;
        let report = run_today(&home).await;
        assert_eq!((report.bills, report.issued_here, report.accounts), (3 * SAMPLE_BILLS, 3 * SAMPLE_BILLS, 6));
        assert_eq!((dry, charged), (15, report.charged));
        let issued = bills(&home, "0002-BBBBB").await;
        let months: Vec<String> = issued.iter().map(|bill| bill.month.month().to_string()).collect();
        assert_eq!(months, ["2026-10", "2026-11", "2026-12"]);
        assert!(issued.iter().all(|bill| (bill.issued_on, bill.due_on) == (day("2026-12-03"), day("2026-12-24"))));
        assert!(issued.windows(2).all(|pair| pair[1].previous_balance == pair[0].total_due));
        assert_eq!(try_bill(&home, december).await.expect("billed").issued_here, 0);

        // Who is imported after the run is billed by the next, not before the day that the import says.
        let net = case!("net.toml").replace("catalogue.toml", "telco-catalogue.toml").replace("\"net\"", "\"internet-dsl\"");
        let net = Mapping::read(&place.file("late.toml", net)).expect("a mapping");
        imported(&home, &net, &place.file("cycles.csv", case!("cycles.csv")), 3).await;
        assert_eq!(run_today(&home).await.bills, 1);
        assert_eq!(bills(&home, "C-0041").await[0].period_from, day("2026-12-01"));
        sound(&home).await;
    }

    async fn bil_3_an_account_that_was_set_aside_keeps_its_turn(place: &TestPlace) {
        place.set_day("2026-10-01");
        let home = place.open().await;
        imported(&home, &telco_as_of(place, "2026-10-01"), &examples().join("sample.csv"), 6).await;
        let id = account(&home, "0002-BBBBB").await;
        let sql = "SELECT id FROM services WHERE account_id = $1";
        let service: kernel::ServiceId = db::scalar(home.db.reader(), sql, [id.into()]).await.expect("read").expect("one");
        let fact = |fact| vec![NewFact { service: Some(service), effective_on: day("2026-10-10"), fact, reference: None }];
        let moved = Fact::Located { region: "US-CA".parse().expect("a region") };
        let versions = services::record(&home.db, id, audit::Author::Operator, fact(moved)).await.expect("recorded");
        place.set_day("2026-11-02");
        let report = run_today(&home).await;
        assert_eq!((report.bills, report.faulty), (2 * (SAMPLE_BILLS - 1), 1));
        // It holds up nobody's next month, and is tried at each run.
        place.set_day("2026-12-01");
        let december = Asked { month: Some(month("2026-12")), today: home.today(), ahead: 0 };
        let report = try_bill(&home, december).await.expect("billed");
        assert_eq!((report.bills, report.faulty), (SAMPLE_BILLS - 1, 0));
        assert_eq!(run_today(&home).await.faulty, 1);
        let mended = fact(Fact::Withdrawn { version: versions[0] });
        services::record(&home.db, id, audit::Author::Operator, mended).await.expect("recorded");
        let report = run_today(&home).await;
        assert_eq!((report.bills, report.faulty, count(&home, "bill_faults").await), (3, 0, 0));
        assert_eq!(bills(&home, "0002-BBBBB").await.len(), 3);
        sound(&home).await;
    }

    async fn ops_4_what_was_billed_by_months_stays_billed(place: &TestPlace) {
        place.set_day("2026-10-01");
        let home = place.open().await;
        imported(&home, &telco_as_of(place, "2026-10-01"), &examples().join("sample.csv"), 6).await;
        place.set_day("2026-10-12");
        let net = case!("net.toml").replace("catalogue.toml", "telco-catalogue.toml").replace("\"net\"", "\"internet-dsl\"");
        let net = Mapping::read(&place.file("late.toml", net.replace("2026-12-01", "2026-10-12"))).expect("a mapping");
        imported(&home, &net, &place.file("cycles.csv", case!("cycles.csv")), 3).await;
        let id = account(&home, "0002-BBBBB").await;
        let sql = "SELECT id FROM services WHERE account_id = $1";
        let service: kernel::ServiceId = db::scalar(home.db.reader(), sql, [id.into()]).await.expect("read").expect("one");
        let fact = Fact::Located { region: "US-CA".parse().expect("a region") };
        let moved = NewFact { service: Some(service), effective_on: day("2026-10-10"), fact, reference: None };
        services::record(&home.db, id, audit::Author::Operator, vec![moved]).await.expect("recorded");
        let turns = async || {
            let key = if home.db.engine() == db::Engine::Sqlite { "hex(account_id)" } else { "CAST(account_id AS text)" };
            let sql = format!("SELECT {key} || ' ' || CAST(next_on AS text) AS text FROM bill_turns ORDER BY 1");
            #[derive(db::FromQueryResult)]
            struct Row { text: String }
            let rows: Vec<Row> = db::query(home.db.reader(), &sql, []).await.expect("read");
            rows.into_iter().map(|row| row.text).collect::<Vec<_>>()
        };
        // As the step that brings an older database up to date fills them, from what was billed.
        let all = billing::migrations();
        let sql = all.iter().find(|step| step.name == "m0505_bill_turns").expect("the step").sql;
        let section = if home.db.engine() == db::Engine::Sqlite { "--{sqlite}" } else { "--{postgres}" };
        let (select, _) = sql.split(section).nth(1).expect("a section").split_once("FROM accounts a;").expect("a select");
        let fill = format!("INSERT INTO bill_turns (account_id, next_on) {select} FROM accounts a");
        for of in ["2026-10", "2026-11", "2026-12"] {
            place.set_day(&format!("{of}-13"));
            let kept = turns().await;
            crate::support::execute(&home, "DELETE FROM bill_turns").await.expect("gone");
            crate::support::execute(&home, &fill).await.expect("filled");
            assert_eq!(turns().await, kept, "before {of}");
            crate::support::run(&home, of).await;
        }
        assert_eq!(count(&home, "bill_faults").await, 1);
    }

    async fn bil_2_taxability_by_product_region_and_date(place: &TestPlace) {
        place.set_day("2026-12-01");
        let home = place.open().await;
        let dated = case!("catalogue.toml")
            .replace("\"CA-BC\", tax = \"pst\"", "\"CA-BC\", tax = \"pst\", before = 2026-10-01")
            .replace("\"CA-MB\", tax = \"pst\"", "\"CA-MB\", tax = \"pst\", before = 2026-01-01");
        let phone = mapping(place, case!("phone.toml"), &dated);
        imported(&home, &phone, &place.file("bc-mb.csv", case!("bc-mb.csv")), 2).await;
        assert_eq!(run_today(&home).await.bills, 2);
        let taxes = |bill: &billing::StoredBill| (bill.current_charges.in_cents(), bill.gst.in_cents(), bill.pst.in_cents());
        assert_eq!(taxes(&bills(&home, "C-0211").await[0]), (2240, 100, 140));
        assert_eq!(taxes(&bills(&home, "C-0212").await[0]), (1120, 50, 70));
        sound(&home).await;
    }

    async fn bil_2_a_law_that_changed_moves_existing_customers_and_no_bill(place: &TestPlace) {
        place.set_day("2026-12-01");
        let home = place.open().await;
        let phone = mapping(place, case!("phone.toml"), case!("catalogue.toml"));
        let file = place.file("bc-mb.csv", case!("bc-mb.csv"));
        imported(&home, &phone, &file, 2).await;
        run_today(&home).await;
        let changed = case!("catalogue-law-changed.toml");
        let catalogue = services::Catalogue::parse(changed).expect("a catalogue");
        let load = async |from: Option<&str>| {
            guichet::catalogue_version(&home.db, (&catalogue, changed), from.map(day), Mode::Real).await
        };
        let refused = load(None).await.expect_err("refused").to_string();
        assert!(refused.contains("“home-phone”") && refused.contains("--from DAY"), "{refused}");
        // A day for which bills are issued already is none: it begins after them.
        assert_eq!(load(Some("2026-10-01")).await.expect("kept").taxed_from, Some(day("2026-12-02")));
        let loaded = load(Some("2026-12-20")).await.expect("kept");
        assert_eq!(loaded.taxed_from, Some(day("2026-12-20")));
        // Loaded again, by an import too, it is the same.
        assert_eq!(load(None).await.expect("kept"), loaded);

        // A late change has the next bill look at December again: nothing of it is charged anew.
        let id = account(&home, "C-0211").await;
        let sql = "SELECT id FROM services WHERE account_id = $1";
        let service: kernel::ServiceId = db::scalar(home.db.reader(), sql, [id.into()]).await.expect("read").expect("one");
        let fact = Fact::PriceAgreed { item: "home-phone".to_owned(), price: Some(services::AgreedPrice { amount: cents(2000), until: None }) };
        let same = NewFact { service: Some(service), effective_on: day("2026-12-01"), fact, reference: None };
        services::record(&home.db, id, audit::Author::Operator, vec![same]).await.expect("recorded");
        place.set_day("2027-01-01");
        run_today(&home).await;
        let issued = bills(&home, "C-0211").await;
        let taxes: Vec<(i64, i64, i64)> = issued.iter().map(|bill| (bill.service_charges.in_cents(), bill.gst.in_cents(), bill.pst.in_cents())).collect();
        assert_eq!(taxes, [(2000, 100, 0), (2000, 100, 140)]);
        assert_eq!(bills(&home, "C-0212").await[1].pst, cents(0), "of that product nothing changed");
        sound(&home).await;
    }

    async fn bil_1_who_left_gets_one_last_bill_and_is_listed_for_refund(place: &TestPlace) {
        place.set_day("2026-12-01");
        let home = place.open().await;
        let left = mapping(place, case!("net-left.toml"), case!("catalogue.toml"));
        imported(&home, &left, &place.file("left.csv", case!("balances-left.csv")), 3).await;
        let report = run_today(&home).await;
        assert_eq!((report.bills, report.charged), (3, cents(5749)));
        let mut due = Vec::new();
        for key in ["C-0161", "C-0162", "C-0163"] {
            due.push(bills(&home, key).await[0].total_due.in_cents());
        }
        assert_eq!(due, [15_000, -4_000, 6_749]);
        let drawn = guichet::render(&home, month("2026-12"), &place.data().join("drawn"), |_| ()).await.expect("drawn");
        assert_eq!(drawn.drawn, 3, "a bill without charges has a face too");
        let refunds = async || billing::refunds_due(&home.db, home.today(), 0).await.expect("read");
        let listed = |due: &[RefundDue]| due.iter().map(|due| (due.external_id.clone().unwrap_or_default(), due.amount)).collect::<Vec<_>>();
        assert_eq!(listed(&refunds().await), [("C-0162".to_owned(), cents(4000))]);

        // One is enough: of what they pay or are paid no further bill comes.
        pay(&home, "C-0161", "2026-12-10", -5000).await;
        pay(&home, "C-0162", "2026-12-10", 4000).await;
        assert_eq!(refunds().await, []);
        place.set_day("2027-01-01");
        assert_eq!(run_today(&home).await.bills, 1);
        // Who pays too much is owed something, which no bill shows.
        pay(&home, "C-0161", "2027-01-10", -12_500).await;
        place.set_day("2027-02-01");
        assert_eq!(run_today(&home).await.bills, 2);
        assert_eq!(bills(&home, "C-0161").await[1].total_due, cents(-2500));
        assert_eq!(listed(&refunds().await), [("C-0161".to_owned(), cents(2500))]);
        sound(&home).await;
    }

    async fn bil_3_the_command_line_bills_what_is_due(place: &TestPlace) {
        place.file("catalogue.toml", case!("catalogue.toml"));
        done(place, &["check"]);
        let config = place.data().join("guichet.toml");
        let text = std::fs::read_to_string(&config).expect("the configuration");
        let text = text.replace("demonstration = false", "demonstration = true");
        let text = text.replace("\nfees = []", "\nfees = [\"911\"]");
        std::fs::write(&config, &text).expect("written");
        let path = |name: &str, text: &str| place.file(name, text).display().to_string();
        let import = |mapping: &str, file: &str| done(place, &["import", "--mapping", mapping, file]);
        import(&path("left.toml", case!("net-left.toml")), &path("left.csv", case!("balances-left.csv")));
        import(&path("net.toml", case!("net.toml")), &path("cycles.csv", case!("cycles.csv")));
        let on = |day: &str, arguments: &[&str]| done(place, &[&["--now", day], arguments].concat());
        let json = |output: std::process::Output| serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON");
        let early = on("2026-11-30", &["bills", "run"]);
        assert!(String::from_utf8_lossy(&early.stdout).starts_with("Due until 2026-11-30: 0 bills"));
        let report = json(on("2026-12-01", &["bills", "run", "--json"]));
        assert_eq!((report["bills"].as_i64(), report["charged"].as_str()), (Some(4), Some("114.98")));
        assert_eq!(report["to_come"], serde_json::json!([{ "on": "2026-12-15", "accounts": 1 }, { "on": "2026-12-28", "accounts": 1 }]));
        assert_eq!(report["refunds_due"][0]["amount"], "40.00");
        let said = String::from_utf8_lossy(&on("2026-12-01", &["bills", "run", "--month", "2026-12"]).stdout).into_owned();
        assert!(said.contains("2 accounts are to come in that month: 1 on 2026-12-15, 1 on 2026-12-28."), "{said}");
        let refunds = json(on("2026-12-02", &["payments", "refunds-due", "--json"]));
        assert_eq!((refunds.as_array().map(Vec::len), refunds[0]["external_id"].as_str()), (Some(1), Some("C-0162")));

        let law = path("law.toml", case!("catalogue-law-changed.toml"));
        assert!(refused(place, 1, &["--now", "2026-12-02", "catalogue", "load", &law]).contains("--from DAY"));
        let said = String::from_utf8_lossy(&on("2026-12-02", &["catalogue", "load", &law, "--from", "2027-01-01"]).stdout).into_owned();
        assert!(said.contains("due on bills from 2027-01-01 on"), "{said}");
        // The table's amount of 2025 is billed on, and that is said once.
        let ended = |arguments: &[&str]| String::from_utf8_lossy(&on("2027-01-01", arguments).stderr).matches("fee 911 of CA-QC").count();
        assert_eq!((ended(&["check"]), ended(&["bills", "run"])), (1, 1));
        done(place, &["bills", "verify"]);
        done(place, &["audit", "verify"]);
    }
}
