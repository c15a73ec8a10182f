//! BIL-6, PRV-2: a row changed by hand is found.

use audit::Author;
use billing::EntryKind;
use kernel::Amount;
use testkit::{TestPlace, on_both, tamper};

use crate::support::{account, doubts, findings, run, with_sample};

/// A Guichet with bills, a payment, and the heads of its audit log kept.
async fn billed(place: &TestPlace) -> guichet::Home {
    let home = with_sample(place).await;
    run(&home, "2026-12").await;
    let id = account(&home, "0002-BBBBB").await;
    let on = "2026-12-18".parse().expect("a day");
    let paid = ("cash:cheque", Amount::cents(-1000));
    billing::post(&home.db, id, EntryKind::Payment, on, paid, Author::Operator).await.expect("posted");
    audit::keep_heads(&home.db, &home.vault, &home.paths.heads).await.expect("kept");
    assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    home
}

/// Tampers with a fresh Guichet and gives what both proofs say.
async fn after(place: &TestPlace, sql: &str) -> (Vec<String>, Vec<String>) {
    let home = billed(place).await;
    tamper(&home, sql).await;
    (doubts(&home).await, findings(&home).await)
}

macro_rules! changed {
    ($(async fn $name:ident => $sql:expr, $expected:expr;)+) => {$(
        on_both! {
            async fn $name(place: &TestPlace) {
                let (doubts, _) = after(place, $sql).await;
                assert!(doubts.iter().any(|doubt| doubt.contains($expected)), "{}: {doubts:?}", $sql);
            }
        }
    )+};
}

changed! {
    async fn bil_6_a_changed_total_is_found => "UPDATE bills SET total_due = total_due - 1 WHERE number = 3", "total_due is";
    async fn bil_6_changed_lines_are_found => "UPDATE bills SET content = replace(content, 'internet-dsl', 'internet-vdl')", "its lines";
    async fn bil_6_a_changed_due_date_is_found => "UPDATE bills SET due_on = '2027-06-01' WHERE number = 1", "due_on is";
    async fn bil_6_a_changed_number_is_found => "UPDATE bills SET number = 77 WHERE number = 5", "there is a gap";
    async fn bil_6_a_bill_taken_away_is_found => "DELETE FROM bills WHERE number = 4", "says the audit log, and is not there";
    async fn bil_6_a_changed_posting_is_found => "UPDATE ledger_postings SET amount = amount + 1 WHERE debit = 'receivable'", "ledger entry";
    async fn bil_6_a_posting_to_another_account_is_found =>
        "UPDATE ledger_postings SET credit = 'revenue:gifts' WHERE credit = 'tax:gst'", "its ledger entry is not what the bill posts";
    async fn bil_6_a_changed_payment_is_found => "UPDATE ledger_postings SET amount = 9000 WHERE credit = 'receivable'", "is not what the audit log kept of it";
    async fn bil_6_a_changed_entry_is_found => "UPDATE ledger_entries SET effective_on = '2026-01-01' WHERE kind = 'payment'", "is not what the audit log kept of it";
    async fn bil_6_an_entry_taken_away_is_found => "DELETE FROM ledger_entries WHERE kind = 'payment'", "was posted, says the audit log, and is not there";
    async fn bil_6_postings_without_an_entry_are_found => "DELETE FROM ledger_entries WHERE kind = 'payment'", "postings without an entry";
    async fn bil_6_an_entry_added_by_hand_is_found =>
        "INSERT INTO ledger_entries (account_id, id, version, kind, effective_on, author, recorded_at)
         SELECT account_id, account_id, 99, 'payment', effective_on, author, recorded_at FROM ledger_entries WHERE kind = 'payment'",
        "the audit log does not know ledger entry";
    async fn bil_6_a_changed_moment_of_issue_is_found => "UPDATE bills SET issued_at = '2020-01-01T00:00:00+00:00' WHERE number = 2", "is not what the audit log kept of it";
    async fn bil_6_a_changed_moment_of_an_entry_is_found =>
        "UPDATE ledger_entries SET recorded_at = '2020-01-01T00:00:00+00:00' WHERE kind = 'payment'", "is not what the audit log kept of it";
    async fn bil_6_a_posting_moved_within_its_entry_is_found => "UPDATE ledger_postings SET place = place + 7", "is not what the bill posts";
    async fn bil_6_a_changed_count_of_a_run_is_found => "UPDATE bill_runs SET issued = issued - 1", "the run of 2026-12 counted 4 bills";
    async fn bil_6_a_catalogue_taken_away_is_found => "DELETE FROM documents WHERE kind = 'catalogue'", "version 1 of the catalogue is gone";
    async fn bil_6_a_document_put_in_another_s_place_is_found =>
        "UPDATE documents SET (content, digest) = (SELECT content, digest FROM documents WHERE kind = 'tax_table') WHERE kind = 'billing_rules'",
        "is not what the audit log says was kept";
    async fn bil_6_a_run_taken_away_is_found => "DELETE FROM bill_runs", "of months that no run is known of";
    async fn bil_6_a_changed_counter_is_found => "UPDATE counters SET value = value + 1", "there is a gap";
    async fn bil_6_a_changed_price_of_the_past_is_found => "UPDATE service_facts SET price = price - 100 WHERE price = 2485", "computed again it is different";
    async fn bil_6_a_changed_catalogue_is_found => "UPDATE documents SET content = replace(content, 'internet-dsl', 'internet-x')", "were changed or are gone";
}

on_both! {
    async fn prv_2_a_changed_event_is_found(place: &TestPlace) {
        let (_, findings) = after(place, "UPDATE audit_events SET details = replace(details, 'total_due', 'total_dew')").await;
        assert_eq!(findings.iter().filter(|finding| finding.contains("(bill.issued) was changed")).count(), 5, "{findings:?}");
    }

    async fn prv_2_an_event_in_anothers_name_is_found(place: &TestPlace) {
        let (_, findings) = after(place, "UPDATE audit_events SET author = 'operator' WHERE kind = 'account.imported'").await;
        assert!(findings.iter().any(|finding| finding.contains("event 1 (account.imported) was changed")), "{findings:?}");
    }

    async fn prv_2_an_event_taken_from_the_middle_is_found(place: &TestPlace) {
        let (_, findings) = after(place, "DELETE FROM audit_events WHERE kind = 'account.imported'").await;
        assert!(findings.iter().any(|finding| finding.contains("events are missing before event 2")), "{findings:?}");
    }

    async fn prv_2_an_event_taken_from_the_end_is_found_by_the_kept_head(place: &TestPlace) {
        let (_, findings) = after(place, "DELETE FROM audit_events WHERE kind = 'ledger.posted'").await;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains("is not as it was when its head was kept"));
    }

    async fn prv_2_a_chain_taken_away_whole_is_found_by_the_kept_head(place: &TestPlace) {
        let home = billed(place).await;
        let chain = account(&home, "0003-CCCCC").await.uuid();
        let text = if place.is_postgres() { format!("'{chain}'") } else { format!("x'{}'", chain.simple()) };
        tamper(&home, &format!("DELETE FROM audit_events WHERE chain = {text}")).await;
        let found = findings(&home).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(&chain.to_string()));
        // And what was kept is not replaced by what is left.
        let refused = audit::keep_heads(&home.db, &home.vault, &home.paths.heads).await.expect_err("refused");
        assert!(matches!(refused, audit::HeadsError::Broken), "{refused}");
        assert_eq!(findings(&home).await, found);
    }

    async fn prv_2_kept_heads_that_were_forged_are_refused(place: &TestPlace) {
        let home = billed(place).await;
        let mut bytes = std::fs::read(&home.paths.heads).expect("the heads");
        bytes[40] ^= 1;
        std::fs::write(&home.paths.heads, bytes).expect("writes");
        let refused = audit::verify(&home.db, &home.vault, &home.paths.heads, |_| ()).await.expect_err("refused");
        assert!(matches!(refused, audit::HeadsError::Forged(_)), "{refused}");
    }

    async fn prv_2_chains_that_grew_are_kept_anew(place: &TestPlace) {
        let home = billed(place).await;
        place.set_day("2026-12-20");
        run(&home, "2027-01").await;
        assert_eq!(findings(&home).await, Vec::<String>::new());
        assert_eq!(audit::keep_heads(&home.db, &home.vault, &home.paths.heads).await.expect("kept"), 7);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
