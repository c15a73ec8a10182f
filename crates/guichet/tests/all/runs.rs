//! BIL-3: the bill run.

use billing::{Asked, EntryKind, RunError, ToCome};
use kernel::{Amount, Day};
use services::{Fact, NewFact};
use testkit::on_both;

use crate::support::{
    SAMPLE_BILLS, SAMPLE_CENTS, account, count, doubts, examples, execute, exported, findings, ledger_total, month,
    run, run_today, sample, telco, telco_as_of, try_bill, try_import, try_run, with_sample,
};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

on_both! {
    async fn bil_3_a_month_is_billed_once(place: &TestPlace) {
        let home = with_sample(place).await;
        let first = run(&home, "2026-12").await;
        assert_eq!((first.bills, first.issued_here, first.accounts, first.faulty), (SAMPLE_BILLS, SAMPLE_BILLS, 6, 0));
        let before = exported(&home, "2026-12").await;
        let again = run(&home, "2026-12").await;
        assert_eq!((again.bills, again.issued_here, again.charged), (SAMPLE_BILLS, 0, first.charged));
        assert_eq!(exported(&home, "2026-12").await, before);
        assert_eq!(ledger_total(&home).await, first.charged);
        assert_eq!(first.charged, Amount::cents(SAMPLE_CENTS + 1377 + 2747));
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(findings(&home).await, Vec::<String>::new());
        assert_eq!(count(&home, "jobs").await, 0);
    }

    async fn bil_3_two_nodes_share_the_work(place: &TestPlace) {
        let home = place.open().await;
        let line = sample().lines().nth(1).expect("a line").to_owned();
        let lines = (0..1500).map(|n| line.replace("0001-AAAAA", &format!("{n:04}-ZZZZZ")));
        let file = format!("{}\n{}", sample().lines().next().expect("a header"), lines.collect::<Vec<_>>().join("\n"));
        try_import(&home, &telco(), &place.file("many.csv", file)).await.expect("imported");
        let other = place.open().await;
        let (one, two) = futures_join(try_run(&home, "2026-12"), try_run(&other, "2026-12")).await;
        let (one, two) = (one.expect("billed"), two.expect("billed"));
        assert_eq!(one.issued_here + two.issued_here, 1500);
        assert_eq!(count(&home, "bills").await, 1500);
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(findings(&home).await, Vec::<String>::new());
        assert_eq!(count(&home, "jobs").await, 0);
    }

    async fn bil_3_a_faulty_account_is_set_aside_and_stops_nobody(place: &TestPlace) {
        let home = with_sample(place).await;
        let faulty = account(&home, "0002-BBBBB").await;
        let located = Fact::Located { region: "US-CA".parse().expect("a region") };
        let sql = "SELECT id FROM services WHERE account_id = $1";
        let service: kernel::ServiceId = db::scalar(home.db.reader(), sql, [faulty.into()]).await.expect("read").expect("one");
        let moved = |fact| vec![NewFact { service: Some(service), effective_on: day("2026-12-10"), fact, reference: None }];
        let versions = services::record(&home.db, faulty, audit::Author::Operator, moved(located)).await.expect("recorded");
        let report = run(&home, "2026-12").await;
        assert_eq!((report.bills, report.faulty), (SAMPLE_BILLS - 1, 1));
        let faults = billing::faults_of_month(home.db.reader(), month("2026-12"), 10).await.expect("read");
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].external_id.as_deref(), faults[0].reason.as_str()), (Some("0002-BBBBB"), "the tax table has no region US-CA"));

        // Mended, the same month bills it and nobody else.
        let withdrawn = Fact::Withdrawn { version: versions[0] };
        services::record(&home.db, faulty, audit::Author::Operator, moved(withdrawn)).await.expect("recorded");
        let report = run(&home, "2026-12").await;
        assert_eq!((report.bills, report.issued_here, report.faulty), (SAMPLE_BILLS, 1, 0));
        assert_eq!(doubts(&home).await, Vec::<String>::new());
    }

    async fn bil_3_months_that_are_not_there_are_refused(place: &TestPlace) {
        let home = place.open().await;
        try_import(&home, &telco(), &place.file("none.csv", sample().lines().next().expect("a header"))).await.expect("nothing to import");
        assert!(matches!(try_run(&home, "2026-12").await, Err(RunError::NoAccounts)));
        try_import(&home, &telco(), &examples().join("sample.csv")).await.expect("imported");
        assert!(matches!(try_run(&home, "2026-11").await, Err(RunError::BeforeFirst { .. })));
        // Nothing of a month to come is due, and it is said when it will be.
        let asked = Asked { month: Some(month("2027-01")), today: home.today(), ahead: 0 };
        let early = try_bill(&home, asked).await.expect("nothing to do");
        assert_eq!((early.bills, early.accounts), (0, 0));
        assert_eq!(early.to_come, [ToCome { on: day("2027-01-01"), accounts: 6 }]);
        place.set_day("2027-01-05");
        assert!(matches!(try_run(&home, "2027-01").await, Err(RunError::PreviousFirst { .. })));
        assert_eq!(count(&home, "bills").await, 0);
        run(&home, "2026-12").await;
        // A bill issued late is dated the day it is issued, and due as long after.
        #[derive(sea_orm::FromQueryResult)]
        struct Dates { issued_on: Day, due_on: Day }
        let dates: Vec<Dates> = db::query(home.db.reader(), "SELECT DISTINCT issued_on, due_on FROM bills", []).await.expect("read");
        assert_eq!(dates.iter().map(|d| (d.issued_on, d.due_on)).collect::<Vec<_>>(), [(day("2027-01-05"), day("2027-01-26"))]);
    }

    async fn bil_3_a_dry_run_says_what_the_run_will_do_and_writes_nothing(place: &TestPlace) {
        let home = with_sample(place).await;
        let reference = billing::read_reference(&home.db, &home.config.rules).await.expect("a catalogue");
        assert_eq!(count(&home, "documents").await, 1, "the catalogue alone");
        let dry = billing::dry_run(&home.db, &reference, ahead(&home), |_| ()).await.expect("computed");
        assert_eq!((count(&home, "bills").await, count(&home, "jobs").await, count(&home, "bill_rounds").await), (0, 0, 0));
        let report = run(&home, "2026-12").await;
        assert_eq!((dry.bills as i64, dry.figures.current_charges), (report.bills, report.charged));
        let after = billing::dry_run(&home.db, &reference, ahead(&home), |_| ()).await.expect("computed");
        assert_eq!(after.bills, 0);
    }

    async fn bil_2_october_to_january_with_a_change_recorded_late(place: &TestPlace) {
        place.set_day("2026-10-01");
        let home = place.open().await;
        try_import(&home, &telco_as_of(place, "2026-10-01"), &examples().join("sample.csv")).await.expect("imported");
        run(&home, "2026-10").await;
        place.set_day("2026-11-01");
        run(&home, "2026-11").await;
        place.set_day("2026-12-01");
        run(&home, "2026-12").await;

        // On 20 December: from 15 November on, fibre at 60.00 in place of DSL at 24.85.
        place.set_day("2026-12-20");
        let id = account(&home, "0002-BBBBB").await;
        let sql = "SELECT id FROM services WHERE account_id = $1";
        let service: kernel::ServiceId = db::scalar(home.db.reader(), sql, [id.into()]).await.expect("read").expect("one");
        let price = Some(services::AgreedPrice { amount: Amount::cents(6000), until: None });
        let fact = Fact::PlanStarted { plan: "internet-fibre".to_owned(), price };
        let change = NewFact { service: Some(service), effective_on: day("2026-11-15"), fact, reference: None };
        services::record(&home.db, id, audit::Author::Operator, vec![change]).await.expect("recorded");
        run(&home, "2027-01").await;

        let before = just_before(id);
        let bills = billing::bills_of_range(home.db.reader(), (before, id)).await.expect("read");
        assert_eq!(bills.len(), 4);
        let lines: Vec<(String, String, i64)> = bills[3].content().expect("lines").lines.iter()
            .map(|line| (line.charge.item.clone(), line.days.from.to_string(), line.amount.in_cents())).collect();
        let line = |item: &str, from: &str, amount| (item.to_owned(), from.to_owned(), amount);
        // 14 of 30 days of 24.85 are 11.60: 13.25 come back; 16 of 30 days of 60.00 are 32.00.
        assert_eq!(lines, [
            line("internet-dsl", "2026-11-15", -1325),
            line("internet-fibre", "2026-11-15", 3200),
            line("internet-dsl", "2026-12-01", -2485),
            line("internet-fibre", "2026-12-01", 6000),
            line("internet-fibre", "2027-01-01", 6000),
            line("online-backup", "2027-01-01", 500),
        ]);
        assert_eq!(bills[3].previous_balance, bills[2].total_due);
        assert_eq!(billing::balance(home.db.reader(), id).await.expect("read"), bills[3].total_due);
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn bil_1_payments_stand_on_the_next_bill(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let id = account(&home, "0002-BBBBB").await;
        place.set_day("2026-12-18");
        let paid = ("cash:cheque", Amount::cents(-3432));
        billing::post(&home.db, id, EntryKind::Payment, day("2026-12-18"), paid, audit::Author::Operator).await.expect("posted");
        assert_eq!(billing::balance(home.db.reader(), id).await.expect("read"), Amount::ZERO);
        run(&home, "2027-01").await;
        let bills = billing::bills_of_range(home.db.reader(), (just_before(id), id)).await.expect("read");
        let (previous, payments, due) = (bills[1].previous_balance, bills[1].payments, bills[1].total_due);
        assert_eq!((previous, payments, due), (Amount::cents(3432), Amount::cents(-3432), Amount::cents(3432)));
        assert_eq!(doubts(&home).await, Vec::<String>::new());
    }

    async fn bil_1_payments_posted_during_a_run_count_once(place: &TestPlace) {
        let home = place.open().await;
        let line = sample().lines().nth(1).expect("a line").to_owned();
        let lines = (0..300).map(|n| line.replace("0001-AAAAA", &format!("{n:04}-ZZZZZ")));
        let file = format!("{}\n{}", sample().lines().next().expect("a header"), lines.collect::<Vec<_>>().join("\n"));
        try_import(&home, &telco_as_of(place, "2026-10-01"), &place.file("many.csv", file)).await.expect("imported");
        let mut ids = Vec::new();
        for n in 0..300 {
            ids.push(account(&home, &format!("{n:04}-ZZZZZ")).await);
        }
        let pay = async {
            for id in &ids {
                let paid = ("cash:cheque", Amount::cents(-100));
                billing::post(&home.db, *id, EntryKind::Payment, day("2026-10-01"), paid, audit::Author::Operator)
                    .await
                    .expect("posted");
            }
        };
        let ((), first) = futures_join(pay, try_run(&home, "2026-10")).await;
        assert_eq!(first.expect("billed").issued_here, 300);
        run(&home, "2026-11").await;
        let due = "SELECT CAST(sum(total_due) AS bigint) FROM bills WHERE month = $1";
        let due: i64 = db::scalar(home.db.reader(), due, [day("2026-11-01").into()]).await.expect("read").expect("a sum");
        assert_eq!(ledger_total(&home).await, Amount::cents(due), "no payment is missing or counted twice");
        let paid = "SELECT CAST(sum(payments) AS bigint) FROM bills";
        let paid: i64 = db::scalar(home.db.reader(), paid, []).await.expect("read").expect("a sum");
        assert_eq!(paid, -300 * 100);
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn bil_3_a_run_that_was_cut_off_is_over_when_another_begins(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        place.set_day("2027-01-01");
        // A run of January was begun by a process that died.
        execute(&home, "INSERT INTO bill_rounds (id, month, until, today, state, accounts, done, issued, charged, after_number, started_at)
            SELECT id, '2027-01-01', '2027-01-01', '2027-01-01', 'running', 6, 0, 0, 0, 5, started_at FROM bill_runs").await.expect("written");
        let report = run_today(&home).await;
        assert_eq!((report.bills, report.issued_here), (SAMPLE_BILLS, SAMPLE_BILLS));
        assert_eq!(count(&home, "jobs").await, 0);
        assert_eq!(doubts(&home).await, Vec::<String>::new());
    }

    async fn bil_3_bill_numbers_have_no_gaps(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        place.set_day("2026-12-20");
        run(&home, "2027-01").await;
        let sql = "SELECT CAST(max(number) AS bigint) FROM bills";
        assert_eq!(db::scalar::<i64>(home.db.reader(), sql, []).await.expect("read"), Some(2 * SAMPLE_BILLS));
    }

    async fn bil_2_the_database_refuses_to_change_what_was_issued(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        for table in ["bills", "ledger_entries", "ledger_postings", "audit_events", "service_facts", "documents"] {
            let column = match table { "documents" => "kind", "audit_events" => "chain", _ => "account_id" };
            for sql in [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")] {
                let refused = execute(&home, &sql).await.expect_err(&sql);
                assert_eq!(db::fault_of(&refused), db::Fault::Refused, "{sql}: {refused}");
            }
        }
        assert_eq!(doubts(&home).await, Vec::<String>::new());
    }
}

async fn futures_join<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}

/// December, before its day.
fn ahead(home: &guichet::Home) -> Asked {
    Asked { month: Some(month("2026-12")), today: home.today(), ahead: 31 }
}

/// The id just below, for a range of one account.
fn just_before(id: kernel::AccountId) -> kernel::AccountId {
    kernel::AccountId::from(uuid::Uuid::from_u128(id.uuid().as_u128() - 1))
}
