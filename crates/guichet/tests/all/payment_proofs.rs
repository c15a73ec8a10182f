//! BIL-6, PAY-5: payments and refunds that differ from the ledger are found.

use testkit::{on_both, tamper};

use crate::cli::{done, refused};
use crate::support::{doubts, with_sample};
use crate::till::{APPROVES, DECLINED, Till, refund_wish};

/// Two payments, of one of which a part was given back, and one that was declined.
async fn paid(place: &testkit::TestPlace) -> Till {
    let till = Till::over(with_sample(place).await, "0001-AAAAA").await;
    let first = till.pay("first", 2000, APPROVES).await;
    let refund = till.payments.refund(&till.staff, &refund_wish("part", first.id, 750)).await.expect("begun");
    till.payments.advance_refund(refund.id).await.expect("given back");
    till.pay("second", 500, APPROVES).await;
    till.pay("declined", 100, DECLINED).await;
    assert_eq!(doubts(&till.home).await, Vec::<String>::new());
    till
}

macro_rules! changed {
    ($(async fn $name:ident => $sql:expr, $expected:expr;)+) => {$(
        on_both! {
            async fn $name(place: &TestPlace) {
                let till = paid(place).await;
                tamper(&till.home, $sql).await;
                let doubts = doubts(&till.home).await;
                let found = doubts.iter().filter(|doubt| doubt.contains($expected) && doubt.contains(till.pay.number()));
                assert_eq!(found.count(), 1, "{}: {doubts:?}", $sql);
            }
        }
    )+};
}

changed! {
    async fn bil_6_a_changed_amount_of_a_payment_is_found => "UPDATE payments SET amount = amount + 1 WHERE amount = 500", "of 5.01 is not what its ledger entry";
    async fn bil_6_a_changed_amount_of_a_refund_is_found => "UPDATE payment_refunds SET amount = 700", "of 7.00 is not what its ledger entry";
    async fn bil_6_a_refund_that_its_payment_does_not_say_is_found => "UPDATE payments SET refunded = 800 WHERE refunded > 0", "8.00 were given back, and its refunds are of 7.50";
    async fn bil_6_a_payment_taken_away_is_found => "DELETE FROM payments WHERE amount = 500", "posts to cash:card and is no payment's and no refund's";
    async fn bil_6_a_refund_taken_away_is_found => "DELETE FROM payment_refunds", "posts to cash:card and is no payment's and no refund's";
    async fn bil_6_an_entry_of_a_payment_taken_away_is_found =>
        "DELETE FROM ledger_entries WHERE id = (SELECT entry_id FROM payments WHERE amount = 500)", "which the account has not";
    async fn bil_6_a_payment_posted_elsewhere_is_found =>
        "UPDATE ledger_postings SET debit = 'cash:cheque' WHERE debit = 'cash:card' AND amount = 500", "of 5.00 is not what its ledger entry";
    async fn bil_6_a_payment_that_is_a_refund_by_the_ledger_is_found =>
        "UPDATE ledger_entries SET kind = 'refund' WHERE id = (SELECT entry_id FROM payments WHERE amount = 500)", "of 5.00 is not what its ledger entry";
    async fn bil_6_a_second_posting_of_a_payment_is_found =>
        "INSERT INTO ledger_postings (account_id, entry_id, place, debit, credit, amount)
         SELECT account_id, entry_id, 9, debit, credit, amount FROM ledger_postings WHERE debit = 'cash:card' AND amount = 500", "of 5.00 is not what its ledger entry";
    async fn bil_6_a_declined_payment_made_good_is_found =>
        "UPDATE payments SET state = 'succeeded', entry_id = account_id WHERE amount = 100", "which the account has not";
}

on_both! {
    async fn bil_6_the_command_compares_payments_too(place: &TestPlace) {
        let till = paid(place).await;
        let said = done(place, &["bills", "verify"]);
        assert!(String::from_utf8_lossy(&said.stdout).contains("2 payments and 1 refunds"), "{said:?}");
        let said: serde_json::Value = serde_json::from_slice(&done(place, &["bills", "verify", "--json"]).stdout).expect("JSON");
        assert_eq!((said["payments"].as_u64(), said["refunds"].as_u64(), said["doubts"].as_u64()), (Some(2), Some(1), Some(0)));
        tamper(&till.home, "UPDATE payments SET amount = 501 WHERE amount = 500").await;
        assert!(refused(place, 1, &["bills", "verify"]).contains("of 5.01 is not what its ledger entry"));
    }
}
