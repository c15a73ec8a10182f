//! PAY-1, PAY-5, BIL-6: payments by card through the simulated gateway, once and only once whatever is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accounts::{Actor, Right};
use axum::http::StatusCode;
use kernel::{Amount, LoginId};
use payments::{
    BeginError, CardError, CardState, Decline, Expiry, GatewayError, Hint, PayError, RefundError, RefundState, State,
    StepAnswer, WithCard, WrongAmount,
};
use testkit::{TestPlace, on_both};

use crate::support::{count, doubts, execute, findings, run, with_sample};
use crate::till::{APPROVES, DECLINED, Deadly, Death, LOST, POOR, SLOW, STEP, Till, URL, refund_wish, settings, wish};
use crate::visitor::{Visitor, number_of};

/// What account 0001-AAAAA owes by its December bill: 23.11.
const DUE: i64 = 2311;

/// A node, with December billed.
async fn till(place: &TestPlace) -> Till {
    let home = with_sample(place).await;
    run(&home, "2026-12").await;
    let till = Till::over(home, "0001-AAAAA").await;
    assert_eq!(till.balance().await, Amount::cents(DUE));
    till
}

async fn is_proven(till: &Till) {
    assert_eq!((doubts(&till.home).await, findings(&till.home).await), (vec![], vec![]));
}

on_both! {
    async fn pay_1_a_card_pays_a_bill_and_the_ledger_has_it_once(place: &TestPlace) {
        let till = till(place).await;
        let bill: i64 = db::scalar(till.home.db.reader(), "SELECT number FROM bills WHERE account_id = $1", [till.account.into()])
            .await.expect("read").expect("a bill");
        let (method, bills) = (till.method(APPROVES).await, [bill]);
        let mut new = wish("k1", DUE, &method);
        (new.bills, new.more_than_due) = (&bills, false);
        let begun = till.payments.begin(&till.pay, &new).await.expect("begun");
        assert_eq!((begun.state, begun.intent.as_deref(), till.charges(begun.id).await), (State::Begun, None, 0));
        let paid = till.advance(&begun).await;
        assert_eq!((paid.state, paid.bills.as_slice(), paid.refundable()), (State::Succeeded, &bills[..], Amount::cents(DUE)));
        let card = paid.card.clone().expect("a card");
        assert_eq!((card.brand.as_str(), card.last4.as_str(), card.expiry(till.home.today())), ("visa", "4242", Expiry::Good));
        assert_eq!((till.charges(paid.id).await, till.entries("payment").await, till.balance().await), (1, 1, Amount::ZERO));
        assert_eq!(till.advance(&paid).await, paid, "again it is what it is");
        let entry = paid.entry.expect("posted");
        assert_eq!(till.payments.of_entries(&till.pay, &[entry]).await.expect("read"), std::slice::from_ref(&paid));
        assert!(till.payments.unposted(&till.pay, 10).await.expect("read").is_empty());
        place.advance_seconds(16);
        assert_eq!((till.follow().await, till.jobs().await.ready, till.letters("payment-received").await), (1, 0, 1));
        is_proven(&till).await;
    }

    async fn pay_1_a_declined_card_charges_nothing_and_another_one_pays(place: &TestPlace) {
        let till = till(place).await;
        let expected = [(DECLINED, Decline::Declined), (POOR, Decline::InsufficientFunds), ("4000000000000069", Decline::Expired), ("4000000000000127", Decline::WrongCode)];
        for (number, why) in expected {
            let failed = till.pay(number, DUE, number).await;
            assert_eq!((failed.state, failed.failure, failed.entry), (State::Failed, Some(why), None));
            assert_eq!(till.charges(failed.id).await, 0);
        }
        assert_eq!((till.pay("other", DUE, APPROVES).await.state, till.balance().await), (State::Succeeded, Amount::ZERO));
        till.follow_to_the_end(place).await;
        assert_eq!((till.entries("payment").await, till.jobs().await.ready), (1, 0));
        assert_eq!((till.letters("payment-failed").await, till.letters("payment-received").await), (0, 1), "the customer saw the others");
        is_proven(&till).await;
    }

    async fn pay_1_a_second_step_is_taken_refused_or_given_up(place: &TestPlace) {
        let till = till(place).await;
        let steps = [("yes", Some(StepAnswer::Approve), State::Succeeded), ("no", Some(StepAnswer::Refuse), State::Failed), ("left", None, State::Canceled)];
        for (key, answer, expected) in steps {
            let waiting = till.pay(key, 500, STEP).await;
            let intent = waiting.intent.clone().expect("an intent");
            assert_eq!(waiting.state, State::RequiresAction);
            assert_eq!(waiting.step_url, Some(format!("{URL}/demo/gateway/{intent}")));
            let step = till.simulated.step(&intent).await.expect("read").expect("a step");
            assert_eq!((step.amount, step.last4.as_str(), step.is_open), (Amount::cents(500), "3155", true));
            assert_eq!((till.charges(waiting.id).await, till.advance(&waiting).await.state), (0, State::RequiresAction));
            let back = format!("{URL}/accounts/{}/payments/{}", till.pay.number(), waiting.id);
            match answer {
                Some(answer) => {
                    assert_eq!(till.simulated.answer(&intent, answer).await.expect("answered"), Some(back));
                    till.simulated.answer(&intent, StepAnswer::Approve).await.expect("only the first answer counts");
                    assert_eq!(till.advance(&waiting).await.state, expected);
                }
                None => till.follow_to_the_end(place).await,
            }
            let ended = till.find(waiting.id).await;
            assert_eq!((ended.state, ended.step_url), (expected, None));
        }
        let refused = till.payments.unposted(&till.pay, 10).await.expect("read").into_iter().find(|one| one.state == State::Failed);
        assert_eq!(refused.and_then(|one| one.failure), Some(Decline::AuthenticationFailed));
        let waiting = till.pay("mind", 500, STEP).await;
        assert_eq!(till.payments.give_up(&till.pay, waiting.id).await.expect("given up").state, State::Canceled);
        let intent = waiting.intent.expect("an intent");
        till.simulated.answer(&intent, StepAnswer::Approve).await.expect("too late");
        assert_eq!((till.charges(waiting.id).await, till.entries("payment").await), (0, 1));
        assert_eq!(till.simulated.step("sim_pi_none").await.expect("read"), None);
        is_proven(&till).await;
    }

    async fn pay_1_a_form_sent_twice_is_one_payment(place: &TestPlace) {
        let (one, two) = (till(place).await, Till::open(place, "0001-AAAAA").await);
        let method = one.method(APPROVES).await;
        let new = wish("form", DUE, &method);
        let (a, b) = tokio::join!(one.payments.begin(&one.pay, &new), two.payments.begin(&two.pay, &new));
        let (a, b) = (a.expect("begun"), b.expect("begun"));
        assert_eq!((a.id, count(&one.home, "payments").await), (b.id, 1));
        let (a, b) = tokio::join!(one.payments.advance(&one.pay, a.id), two.payments.advance(&two.pay, a.id));
        // One of them may be told that it is under way.
        a.expect("advanced");
        b.expect("advanced");
        let paid = one.advance(&new_state(&one, "form").await).await;
        assert_eq!((paid.state, one.charges(paid.id).await, one.entries("payment").await), (State::Succeeded, 1, 1));
        let changed = one.payments.begin(&one.pay, &wish("form", DUE + 1, &method)).await;
        assert!(matches!(changed, Err(BeginError::KeyUsed)), "{changed:?}");
        assert_eq!(one.payments.begin(&one.pay, &new).await.expect("the same").state, State::Succeeded);
    }

    async fn pay_1_eight_at_once_charge_once(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.begin("form", DUE, APPROVES).await;
        let all = (0..8).map(|_| till.payments.advance(&till.pay, payment.id));
        for done in futures::future::join_all(all).await {
            done.expect("advanced");
        }
        let paid = till.advance(&payment).await;
        assert_eq!((paid.state, till.charges(paid.id).await, till.entries("payment").await), (State::Succeeded, 1, 1));
        assert_eq!((till.balance().await, till.letters("payment-received").await), (Amount::ZERO, 1));
        is_proven(&till).await;
    }

    async fn pay_1_wrong_amounts_bills_and_keys_are_refused(place: &TestPlace) {
        let till = till(place).await;
        let method = till.method(APPROVES).await;
        let begin = async |cents: i64, more: bool| {
            let mut new = wish("wrong", cents, &method);
            new.more_than_due = more;
            till.payments.begin(&till.pay, &new).await
        };
        for cents in [0, -1, -DUE] {
            assert!(matches!(begin(cents, true).await, Err(BeginError::Amount(WrongAmount::Nothing))));
        }
        let most = Amount::cents(500_000);
        assert!(matches!(begin(500_001, true).await, Err(BeginError::Amount(WrongAmount::TooMuch(limit))) if limit == most));
        assert!(matches!(begin(DUE + 1, false).await, Err(BeginError::Amount(WrongAmount::MoreThanDue { .. }))));
        let bills = [77_777];
        let new = payments::NewPayment { bills: &bills, ..wish("wrong", 1, &method) };
        assert!(matches!(till.payments.begin(&till.pay, &new).await, Err(BeginError::NoBill(77_777))));
        for key in ["", &"k".repeat(65)] {
            assert!(matches!(till.payments.begin(&till.pay, &wish(key, 1, &method)).await, Err(BeginError::Key)));
        }
        for method in ["", "pm/../customers", "pm_1?expand", &"p".repeat(256)] {
            assert!(matches!(till.payments.begin(&till.pay, &wish("wrong", 1, method)).await, Err(BeginError::NoCard)));
        }
        assert!(matches!(till.payments.begin(&till.manage, &wish("wrong", 1, &method)).await, Err(BeginError::NotFound)));
        assert_eq!((count(&till.home, "payments").await, till.jobs().await.ready), (0, 0));
        // What is under way is not due again, in another tab.
        let begun = begin(2000, false).await.expect("begun");
        let second = till.payments.begin(&till.pay, &payments::NewPayment { more_than_due: false, ..wish("tab 2", 2000, &method) }).await;
        let under_way = Amount::cents(2000);
        assert!(matches!(second, Err(BeginError::Amount(WrongAmount::MoreThanDue { under_way: found, .. })) if found == under_way));
        till.advance(&begun).await;
        assert!(matches!(till.payments.begin(&till.pay, &wish("none", 1, "sim_pm_none")).await.map(|one| one.state), Ok(State::Begun)));
    }

    async fn pay_1_a_method_that_the_gateway_does_not_know_fails(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.payments.begin(&till.pay, &wish("none", 1, "sim_pm_none")).await.expect("begun");
        let failed = till.advance(&payment).await;
        assert_eq!((failed.state, failed.failure), (State::Failed, Some(Decline::Declined)));
        is_proven(&till).await;
    }

    async fn pay_1_more_than_is_due_becomes_a_credit(place: &TestPlace) {
        let till = till(place).await;
        till.pay("more", DUE + 1000, APPROVES).await;
        assert_eq!(till.balance().await, Amount::cents(-1000));
        place.set_day("2027-01-02");
        run(&till.home, "2027-01").await;
        let sql = "SELECT previous_balance + payments FROM bills WHERE account_id = $1 ORDER BY number DESC LIMIT 1";
        let brought: Amount = db::scalar(till.home.db.reader(), sql, [till.account.into()]).await.expect("read").expect("a bill");
        assert_eq!(brought, Amount::cents(-1000));
        is_proven(&till).await;
    }

    async fn pay_1_what_nobody_went_on_with_is_never_charged(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.begin("left", DUE, APPROVES).await;
        place.advance_seconds(590);
        till.follow().await;
        assert_eq!(till.find(payment.id).await.state, State::Begun);
        place.advance_seconds(11);
        till.follow().await;
        assert_eq!(till.find(payment.id).await.state, State::Canceled);
        assert_eq!(till.advance(&payment).await.state, State::Canceled, "somebody comes back");
        // Somebody comes back before the follower has looked.
        let late = till.begin("late", DUE, APPROVES).await;
        place.advance_seconds(601);
        assert_eq!(till.advance(&late).await.state, State::Canceled);
        till.follow_to_the_end(place).await;
        assert_eq!((till.entries("payment").await, till.jobs().await.ready, till.balance().await), (0, 0, Amount::cents(DUE)));
        assert_eq!(count(&till.home, "simulated_intents").await, 0);
        is_proven(&till).await;
    }

    async fn pay_1_processing_is_asked_for_until_it_is_over(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("slow", DUE, SLOW).await;
        assert_eq!((payment.state, payment.entry), (State::Processing, None));
        assert_eq!(till.payments.give_up(&till.pay, payment.id).await.expect("asked").state, State::Processing);
        place.advance_seconds(16);
        assert_eq!((till.follow().await, till.find(payment.id).await.state), (0, State::Processing));
        place.advance_seconds(61);
        assert_eq!((till.follow().await, till.find(payment.id).await.state), (1, State::Succeeded));
        assert_eq!((till.entries("payment").await, till.balance().await, till.letters("payment-received").await), (1, Amount::ZERO, 1));
    }

    async fn pay_1_a_lost_answer_is_found_again(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("lost", DUE, LOST).await;
        assert_eq!((payment.state, till.charges(payment.id).await), (State::Succeeded, 1), "it was asked at once");
        assert_eq!((till.entries("payment").await, till.balance().await), (1, Amount::ZERO));
        let refund = till.payments.refund(&till.staff, &refund_wish("r", payment.id, 300)).await.expect("begun");
        assert_eq!(till.payments.advance_refund(refund.id).await.expect("sent").state, RefundState::Sending);
        place.advance_seconds(16);
        till.follow().await;
        assert_eq!((till.given_back(payment.id).await, till.entries("refund").await, till.balance().await), (300, 1, Amount::cents(300)));
    }

    async fn pay_1_killed_at_every_step_it_is_charged_and_posted_once_or_not_at_all(place: &TestPlace) {
        let mut till = till(place).await;
        let mut deaths = 0;
        for number in [APPROVES, DECLINED, STEP, SLOW, LOST] {
            for comes_back in [false, true] {
                for after in [false, true] {
                    for call in 0.. {
                        let (before, entries) = (till.balance().await, till.entries("payment").await);
                        let key = format!("{number} {comes_back} {after} {call}");
                        let deadly = Deadly::new(till.simulated.clone(), Death { call, after });
                        let dying = till.through(deadly.clone()).await;
                        let payment = till.begin(&key, 100, number).await;
                        let (id, pay) = (payment.id, till.pay.clone());
                        let has_died = deadly.run(async move {
                            dying.payments.advance(&pay, id).await.expect("advanced");
                        }).await;
                        till = Till::open(place, "0001-AAAAA").await;
                        if comes_back {
                            till.advance(&payment).await;
                        }
                        if let Some(intent) = till.find(id).await.intent {
                            till.simulated.answer(&intent, StepAnswer::Approve).await.expect("answered");
                        }
                        till.follow_to_the_end(place).await;
                        let ended = till.find(id).await;
                        assert!(ended.state.is_final(), "{key}: {ended:?}");
                        let charged = till.charges(id).await;
                        assert_eq!(charged, i64::from(ended.state == State::Succeeded), "{key}: {ended:?}");
                        assert_eq!(till.entries("payment").await, entries + charged, "{key}: {ended:?}");
                        assert_eq!(till.balance().await, before - Amount::cents(100 * charged), "{key}");
                        if !has_died {
                            break;
                        }
                        deaths += 1;
                    }
                }
            }
        }
        assert!(deaths > 40, "{deaths}");
        assert_eq!(till.letters("payment-received").await, till.entries("payment").await);
        assert_eq!(till.jobs().await, db::jobs::Left::default());
        is_proven(&till).await;
    }

    async fn pay_1_a_gateway_that_fails_at_any_call_charges_once_or_not_at_all(place: &TestPlace) {
        let till = till(place).await;
        let (down, lost, garbled) = (GatewayError::Unreachable, GatewayError::TimedOut, GatewayError::Garbled);
        let errors = [(down, false), (lost.clone(), false), (lost, true), (GatewayError::Failed { status: 500 }, true), (garbled, true), (GatewayError::TooMany, false)];
        for number in [APPROVES, STEP] {
            for (error, after) in errors.clone() {
                for call in 0.. {
                    let key = format!("{number} {error:?} {after} {call}");
                    let entries = till.entries("payment").await;
                    let failing = Deadly::failing(till.simulated.clone(), Death { call, after }, error.clone());
                    let through = till.through(failing.clone()).await;
                    let payment = till.begin(&key, 100, number).await;
                    let said = through.payments.advance(&through.pay, payment.id).await;
                    if let Err(error) = &said {
                        assert!(matches!(error, PayError::Gateway(_)), "{key}: {error}");
                        assert_eq!(till.charges(payment.id).await, 0, "{key}: an error says that nothing was charged");
                    }
                    till.advance(&payment).await;
                    till.follow_to_the_end(place).await;
                    let (ended, charged) = (till.find(payment.id).await, till.charges(payment.id).await);
                    assert_eq!((charged, till.entries("payment").await), (i64::from(ended.state == State::Succeeded), entries + charged), "{key}");
                    assert!(ended.state.is_final(), "{key}: {ended:?}");
                    if !failing.died.load(Ordering::SeqCst) {
                        break;
                    }
                }
            }
        }
        assert_eq!(till.jobs().await, db::jobs::Left::default());
        is_proven(&till).await;
    }

    async fn pay_1_two_tabs_at_once_do_not_pay_more_than_is_due(place: &TestPlace) {
        let (one, two) = (till(place).await, Till::open(place, "0001-AAAAA").await);
        let (a, b) = (one.method(APPROVES).await, one.method(APPROVES).await);
        let due = |key, method| payments::NewPayment { more_than_due: false, ..wish(key, DUE, method) };
        let (a, b) = (due("tab 1", &a), due("tab 2", &b));
        let (a, b) = tokio::join!(one.payments.begin(&one.pay, &a), two.payments.begin(&two.pay, &b));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let refused = if a.is_ok() { b } else { a };
        assert!(matches!(refused, Err(BeginError::Amount(WrongAmount::MoreThanDue { .. }))), "{refused:?}");
    }

    async fn ops_4_the_follower_works_until_it_is_stopped(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("paid", DUE, APPROVES).await;
        till.payments.refund(&till.staff, &refund_wish("r", payment.id, 100)).await.expect("begun");
        let follower = payments::Follower::new(till.payments.clone());
        let (nudge, (stop, stopped)) = (follower.nudge(), tokio::sync::oneshot::channel::<()>());
        let working = tokio::spawn(async move {
            follower.run(async { stopped.await.unwrap_or_default() }).await;
        });
        place.advance_seconds(16);
        nudge.notify_one();
        for _ in 0..200 {
            if till.jobs().await.ready == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        stop.send(()).expect("it works");
        working.await.expect("it ends");
        assert_eq!((till.jobs().await.ready, till.given_back(payment.id).await, till.entries("refund").await), (0, 100, 1));
    }

    async fn pay_1_killed_while_it_follows_another_node_goes_on(place: &TestPlace) {
        let mut till = till(place).await;
        for (number, seconds) in [(SLOW, 80), (STEP, 3700)] {
            for after in [false, true] {
                let payment = till.pay(&format!("{number} {after}"), 100, number).await;
                let deadly = Deadly::new(till.simulated.clone(), Death { call: 0, after });
                let dying = till.through(deadly.clone()).await;
                place.advance_seconds(seconds);
                let has_died = deadly.run(async move {
                    dying.follow().await;
                }).await;
                assert!(has_died);
                till = Till::open(place, "0001-AAAAA").await;
                till.follow_to_the_end(place).await;
                let expected = if number == SLOW { State::Succeeded } else { State::Canceled };
                assert_eq!(till.find(payment.id).await.state, expected);
            }
        }
        assert_eq!((till.entries("payment").await, till.jobs().await.ready), (2, 0));
    }

    async fn pay_1_the_gateways_messages_only_hurry(place: &TestPlace) {
        let (till, other) = (till(place).await, Till::open(place, "0002-BBBBB").await);
        let payment = till.pay("slow", DUE, SLOW).await;
        let intent = Hint::Intent(payment.intent.clone().expect("an intent"));
        // Too early, and of things that are not there.
        for hint in [&intent, &Hint::Other, &Hint::Intent("sim_pi_none".into()), &Hint::Refund("sim_re_none".into()), &Hint::Setup("sim_seti_none".into())] {
            till.payments.hear(hint).await.expect("heard");
        }
        assert_eq!(till.find(payment.id).await.state, State::Processing);
        place.advance_seconds(61);
        for _ in 0..3 {
            other.payments.hear(&intent).await.expect("heard");
        }
        assert_eq!(till.find(payment.id).await.state, State::Succeeded);
        assert_eq!((till.entries("payment").await, till.letters("payment-received").await), (1, 1));
        assert_eq!(other.entries("payment").await, 0);
        let refund = till.payments.refund(&till.staff, &refund_wish("r", payment.id, 100)).await.expect("begun");
        let refund = till.payments.advance_refund(refund.id).await.expect("sent");
        till.payments.hear(&Hint::Refund(refund.reference.expect("known"))).await.expect("heard");
        till.payments.hear(&intent).await.expect("out of order");
        assert_eq!((till.entries("refund").await, till.find(payment.id).await.state), (1, State::Succeeded));
        is_proven(&till).await;
    }

    async fn bil_6_what_was_charged_counts_whatever_was_thought_before(place: &TestPlace) {
        let till = till(place).await;
        for (key, number) in [("failed", DECLINED), ("canceled", STEP)] {
            let payment = till.pay(key, 100, number).await;
            let ended = till.payments.give_up(&till.pay, payment.id).await.expect("given up");
            assert!(ended.state.is_final() && ended.entry.is_none());
            execute(&till.home, "UPDATE simulated_intents SET status = 'succeeded'").await.expect("somebody charged it there");
            till.payments.hear(&Hint::Intent(payment.intent.expect("an intent"))).await.expect("heard");
            let found = till.find(payment.id).await;
            assert_eq!((found.state, found.failure, found.entry.is_some()), (State::Succeeded, None, true));
        }
        assert_eq!((till.entries("payment").await, till.balance().await), (2, Amount::cents(DUE - 200)));
        is_proven(&till).await;
    }

    async fn bil_6_a_letter_that_cannot_be_written_is_written_later_with_the_posting(place: &TestPlace) {
        let till = till(place).await;
        let mute = Arc::new(Mute(AtomicBool::new(true)));
        let payments = payments::Payments::new((till.home.db.clone(), till.home.vault.clone()), till.simulated.clone(), mute.clone(), settings());
        let begun = till.begin("k", DUE, APPROVES).await;
        assert!(matches!(payments.advance(&till.pay, begun.id).await, Err(PayError::News(_))));
        assert_eq!((till.charges(begun.id).await, till.entries("payment").await), (1, 0));
        let follower = payments::Follower::new(payments);
        for _ in 0..12 {
            place.advance_seconds(700);
            follower.follow_due().await.expect("followed");
        }
        assert_eq!((till.find(begun.id).await.state, till.jobs().await), (State::Confirming, db::jobs::Left { ready: 1, dead: 0 }));
        mute.0.store(false, Ordering::SeqCst);
        place.advance_seconds(700);
        assert_eq!(follower.follow_due().await.expect("followed"), 1);
        assert_eq!((till.find(begun.id).await.state, till.entries("payment").await, till.balance().await), (State::Succeeded, 1, Amount::ZERO));
        is_proven(&till).await;
    }

    async fn bil_6_what_the_gateway_charged_otherwise_is_told_and_not_posted(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("slow", DUE, SLOW).await;
        execute(&till.home, "UPDATE simulated_intents SET amount = amount + 1").await.expect("changed there");
        place.advance_seconds(61);
        assert!(matches!(till.payments.advance(&till.pay, payment.id).await, Err(PayError::Mismatch(id)) if id == payment.id));
        for _ in 0..10 {
            till.follow().await;
            place.advance_seconds(700);
        }
        assert_eq!((till.entries("payment").await, till.find(payment.id).await.state), (0, State::Processing));
        assert_eq!(till.jobs().await, db::jobs::Left { ready: 0, dead: 1 }, "somebody has to look");
    }

    async fn bil_6_what_was_agreed_on_cannot_be_changed(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("paid", DUE, APPROVES).await;
        let refund = till.payments.refund(&till.staff, &refund_wish("r", payment.id, 100)).await.expect("begun");
        till.payments.advance_refund(refund.id).await.expect("sent");
        for sql in [
            "UPDATE payments SET amount = 1", "UPDATE payments SET entry_id = NULL, state = 'failed'", "UPDATE payments SET state = 'canceled'",
            "UPDATE payments SET intent = 'pi_other'", "UPDATE payments SET login_id = account_id", "DELETE FROM payments",
            "UPDATE payments SET refunded = amount + 1", "UPDATE payment_refunds SET amount = 1", "UPDATE payment_refunds SET reason = ''",
            "DELETE FROM payment_refunds",
        ] {
            assert!(execute(&till.home, sql).await.is_err(), "{sql}");
        }
        is_proven(&till).await;
    }

    async fn pay_5_a_part_and_the_rest_are_given_back_and_no_more(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("paid", DUE, APPROVES).await;
        let refund = async |key: &str, cents: i64| till.payments.refund(&till.staff, &refund_wish(key, payment.id, cents)).await;
        assert!(matches!(refund("a", 0).await, Err(RefundError::Nothing)));
        assert!(matches!(refund("", 1).await, Err(RefundError::Key)));
        assert!(matches!(refund("a", DUE + 1).await, Err(RefundError::MoreThanPaid { left }) if left == Amount::cents(DUE)));
        let wish = payments::RefundWish { reason: " ", ..refund_wish("a", payment.id, 1) };
        assert!(matches!(till.payments.refund(&till.staff, &wish).await, Err(RefundError::NoReason)));
        assert!(matches!(till.payments.refund(&till.pay, &refund_wish("a", payment.id, 1)).await, Err(RefundError::NotFound)));

        let part = refund("part", 311).await.expect("begun");
        assert_eq!((refund("part", 311).await.expect("the same").id, till.find(payment.id).await.refunded), (part.id, Amount::cents(311)));
        assert!(matches!(refund("part", 312).await, Err(RefundError::Key)));
        let done = till.payments.advance_refund(part.id).await.expect("sent");
        assert_eq!((done.state, till.given_back(payment.id).await, till.balance().await), (RefundState::Succeeded, 311, Amount::cents(311)));
        assert_eq!(till.payments.advance_refund(part.id).await.expect("again"), done);
        assert!(matches!(refund("rest", 2001).await, Err(RefundError::MoreThanPaid { left }) if left == Amount::cents(2000)));
        refund("rest", 2000).await.expect("begun");
        place.advance_seconds(16);
        assert_eq!(till.follow().await, 3, "the payment and both refunds");
        assert_eq!((till.given_back(payment.id).await, till.balance().await, till.entries("refund").await), (DUE, Amount::cents(DUE), 2));
        assert_eq!((till.find(payment.id).await.refundable(), till.letters("payment-refunded").await), (Amount::ZERO, 2));
        assert_eq!(till.payments.refunds(&till.pay, Some(payment.id), 10).await.expect("read").len(), 2);
        let sql = "SELECT reason || ' / ' || author FROM ledger_entries WHERE kind = 'refund' LIMIT 1";
        let told: Option<String> = db::scalar(till.home.db.reader(), sql, []).await.expect("read");
        assert_eq!(told.as_deref(), Some("Paid twice by mistake / operator"));
        is_proven(&till).await;
    }

    async fn pay_5_two_refunds_at_once_give_back_what_was_paid_at_most(place: &TestPlace) {
        let (one, two) = (till(place).await, Till::open(place, "0001-AAAAA").await);
        let payment = one.pay("paid", DUE, APPROVES).await;
        let (wish_a, wish_b) = (refund_wish("a", payment.id, 2000), refund_wish("b", payment.id, 2000));
        let (a, b) = tokio::join!(one.payments.refund(&one.staff, &wish_a), two.payments.refund(&two.staff, &wish_b));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let refund = a.or(b).expect("one of them");
        let all = (0..6).map(|n| if n % 2 == 0 { &one } else { &two }.payments.advance_refund(refund.id));
        for done in futures::future::join_all(all).await {
            done.expect("advanced");
        }
        one.follow_to_the_end(place).await;
        assert_eq!((one.given_back(payment.id).await, one.entries("refund").await, one.balance().await), (2000, 1, Amount::cents(2000)));
        is_proven(&one).await;
    }

    async fn pay_5_killed_at_every_step_a_refund_goes_back_once(place: &TestPlace) {
        let mut till = till(place).await;
        for number in [APPROVES, LOST] {
            for after in [false, true] {
                for call in 0.. {
                    let key = format!("{number} {after} {call}");
                    let payment = till.pay(&key, 500, number).await;
                    let entries = till.entries("refund").await;
                    let refund = till.payments.refund(&till.staff, &refund_wish("r", payment.id, 200)).await.expect("begun");
                    let deadly = Deadly::new(till.simulated.clone(), Death { call, after });
                    let dying = till.through(deadly.clone()).await;
                    let has_died = deadly.run(async move {
                        dying.payments.advance_refund(refund.id).await.expect("sent");
                        dying.payments.advance_refund(refund.id).await.expect("asked");
                    }).await;
                    till = Till::open(place, "0001-AAAAA").await;
                    till.payments.advance_refund(refund.id).await.expect("asked at once: not sent again");
                    till.follow_to_the_end(place).await;
                    assert_eq!((till.given_back(payment.id).await, till.entries("refund").await), (200, entries + 1), "{key}");
                    if !has_died {
                        break;
                    }
                }
            }
        }
        assert_eq!(till.jobs().await.ready, 0);
        is_proven(&till).await;
    }

    async fn pay_5_what_the_gateway_gives_not_back_is_paid_still(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("paid", DUE, APPROVES).await;
        // Somebody gave money back at the gateway itself.
        let made = payments::NewRefund { refund: till.home.world.id(), intent: payment.intent.clone().expect("one"), amount: Amount::cents(2000) };
        payments::Gateway::refund(till.simulated.as_ref(), &made).await.expect("given back");
        let refund = till.payments.refund(&till.staff, &refund_wish("r", payment.id, 1000)).await.expect("begun");
        assert_eq!(till.payments.advance_refund(refund.id).await.expect("sent").state, RefundState::Failed);
        assert_eq!((till.find(payment.id).await.refunded, till.entries("refund").await), (Amount::ZERO, 0));
        is_proven(&till).await;
    }

    async fn pay_1_a_card_is_kept_used_and_removed(place: &TestPlace) {
        let till = till(place).await;
        let method = till.method(APPROVES).await;
        let card = till.payments.add_card(&till.manage, &method).await.expect("begun");
        assert_eq!(till.payments.add_card(&till.manage, &method).await.expect("the same").id, card.id);
        let kept = till.payments.advance_card(&till.manage, card.id).await.expect("kept");
        assert_eq!((kept.state, kept.is_default), (CardState::Kept, true));
        // Another one with a payment.
        let method = till.method("4000000000004087").await;
        let with = |card| payments::NewPayment { card, ..wish("keep", 100, "") };
        let paid = till.payments.begin(&till.pay, &with(WithCard::Kept { manage: &till.manage, method: &method })).await.expect("begun");
        assert_eq!(till.advance(&paid).await.state, State::Succeeded);
        let cards = till.payments.cards(&till.manage).await.expect("read");
        let last4 = |card: &payments::Card| card.facts.as_ref().map(|facts| facts.last4.clone()).unwrap_or_default();
        assert_eq!(cards.iter().map(last4).collect::<Vec<_>>(), ["4242", "4087"]);
        till.payments.set_default_card(&till.manage, cards[1].id).await.expect("set");
        let saved = WithCard::Saved { manage: &till.manage, card: cards[1].id };
        let again = till.payments.begin(&till.pay, &payments::NewPayment { card: saved, ..wish("again", 100, "") }).await.expect("begun");
        assert_eq!(till.advance(&again).await.state, State::Succeeded);

        till.payments.remove_card(&till.manage, cards[1].id).await.expect("removed");
        till.payments.remove_card(&till.manage, cards[1].id).await.expect("again");
        let left = till.payments.cards(&till.manage).await.expect("read");
        assert_eq!((left.len(), left[0].id, left[0].is_default), (1, card.id, true));
        let gone = till.payments.card(&till.manage, cards[1].id).await.expect("read").expect("a row");
        assert_eq!((gone.state, gone.facts), (CardState::Removed, None));
        let saved = WithCard::Saved { manage: &till.manage, card: cards[1].id };
        let refused = till.payments.begin(&till.pay, &payments::NewPayment { card: saved, ..wish("gone", 100, "") }).await;
        assert!(matches!(refused, Err(BeginError::NoCard)), "{refused:?}");
        assert!(matches!(till.payments.set_default_card(&till.manage, cards[1].id).await, Err(CardError::NotFound)));
        till.follow_to_the_end(place).await;
        assert_eq!(till.jobs().await.ready, 0);
        is_proven(&till).await;
    }

    async fn pay_1_a_card_is_kept_after_its_second_step_or_not_at_all(place: &TestPlace) {
        let till = till(place).await;
        for (number, answer, expected) in [
            (STEP, Some(StepAnswer::Approve), CardState::Kept), (STEP, Some(StepAnswer::Refuse), CardState::Refused), (STEP, None, CardState::Refused),
            (DECLINED, None, CardState::Refused), (LOST, None, CardState::Refused), (SLOW, None, CardState::Kept),
        ] {
            let card = till.payments.add_card(&till.manage, &till.method(number).await).await.expect("begun");
            let advanced = till.payments.advance_card(&till.manage, card.id).await;
            if let (Some(answer), Ok(waiting)) = (answer, &advanced) {
                let setup = waiting.step_url.as_ref().and_then(|url| url.rsplit('/').next()).expect("a step");
                till.simulated.answer(setup, answer).await.expect("answered").expect("a way back");
                till.payments.hear(&Hint::Setup(setup.to_owned())).await.expect("heard");
            }
            till.follow_to_the_end(place).await;
            let ended = till.payments.card(&till.manage, card.id).await.expect("read").expect("a card");
            assert_eq!((ended.state, ended.step_url.is_none()), (expected, true), "{number} {answer:?}");
        }
        assert_eq!((till.payments.cards(&till.manage).await.expect("read").len(), till.jobs().await.ready), (2, 0));
    }

    async fn pay_1_another_accounts_payment_or_card_is_not_found(place: &TestPlace) {
        let (till, other) = (till(place).await, Till::open(place, "0002-BBBBB").await);
        let payment = till.pay("paid", DUE, APPROVES).await;
        let method = till.method(APPROVES).await;
        let card = till.payments.add_card(&till.manage, &method).await.expect("begun");
        till.payments.advance_card(&till.manage, card.id).await.expect("kept");
        let (payments, pay, manage) = (&other.payments, &other.pay, &other.manage);
        assert_eq!(payments.find(pay, payment.id).await.expect("read"), None);
        let entry = payment.entry.expect("posted");
        assert!(payments.of_entries(pay, &[entry]).await.expect("read").is_empty() && payments.cards(manage).await.expect("read").is_empty());
        assert!(matches!(payments.advance(pay, payment.id).await, Err(PayError::NotFound)));
        assert!(matches!(payments.give_up(pay, payment.id).await, Err(PayError::NotFound)));
        assert!(matches!(payments.refund(&other.staff, &refund_wish("r", payment.id, 1)).await, Err(RefundError::NotFound)));
        assert!(matches!(payments.add_card(manage, &method).await, Err(CardError::NotFound)));
        assert!(matches!(payments.remove_card(manage, card.id).await, Err(CardError::NotFound)));
        assert!(matches!(payments.set_default_card(manage, card.id).await, Err(CardError::NotFound)));
        assert!(matches!(payments.advance_card(manage, card.id).await, Err(PayError::NotFound)));
        // Nor is a kept card charged by naming what the gateway calls it, by anybody, or with a grant of another account.
        assert!(matches!(payments.begin(pay, &wish("k", 1, &method)).await, Err(BeginError::NoCard)));
        assert!(matches!(till.payments.begin(&till.pay, &wish("k", 1, &method)).await, Err(BeginError::NoCard)));
        for manage in [manage, &till.pay] {
            let saved = payments::NewPayment { card: WithCard::Saved { manage, card: card.id }, ..wish("k", 1, "") };
            assert!(matches!(till.payments.begin(&till.pay, &saved).await, Err(BeginError::NoCard)));
        }
        assert_eq!(till.payments.cards(&till.manage).await.expect("read").len(), 1);
    }

    async fn pay_1_whoever_tries_out_cards_has_to_stop(place: &TestPlace) {
        let till = till(place).await;
        for tried in 0..10 {
            assert_eq!(till.pay(&format!("k{tried}"), 100, DECLINED).await.state, State::Failed);
        }
        let method = till.method(APPROVES).await;
        let again = wish("again", 100, &method);
        assert!(matches!(till.payments.begin(&till.pay, &again).await, Err(BeginError::TooMany)));
        place.advance_seconds(3601);
        assert!(till.payments.begin(&till.pay, &again).await.is_ok(), "an hour later");
    }

    async fn pay_1_another_gateway_is_never_asked(place: &TestPlace) {
        let till = till(place).await;
        let payment = till.pay("slow", DUE, SLOW).await;
        let elsewhere = Arc::new(Renamed(till.simulated.clone()));
        let other = till.through(elsewhere).await;
        assert!(matches!(other.payments.advance(&other.pay, payment.id).await, Err(PayError::OtherGateway(name)) if name == "simulated"));
        other.follow_to_the_end(place).await;
        assert_eq!(till.find(payment.id).await.state, State::Processing);
        place.advance_seconds(700);
        till.follow().await;
        assert_eq!(till.find(payment.id).await.state, State::Succeeded, "its own gateway is back");
    }

    async fn sgn_2_kept_cards_wait_for_the_claims_confirmation(place: &TestPlace) {
        let home = with_sample(place).await;
        let number = number_of(&home, "0001-AAAAA").await;
        let done = Visitor::of(&home).sign_up((&number, "h2x1y4"), "eve.tremblay").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let login: LoginId = db::scalar(home.db.reader(), "SELECT id FROM logins", []).await.expect("read").expect("one");
        let rights = async || {
            let token = home.db.write(async |tx| identity::begin_session(&home.db, tx, login, None).await).await.expect("a session");
            let sightings = identity::Sightings::default();
            let signed = Actor::signed_in(&home.db, &home.vault, &sightings, token.secret());
            let (_, _, actor) = signed.await.expect("read").expect("signed in");
            [Right::Pay, Right::ManagePaymentMethods, Right::Refund].map(|right| actor.require(right, &number).is_some())
        };
        assert_eq!(rights().await, [true, false, false]);
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        assert_eq!(rights().await, [true, true, false]);
    }
}

/// The payment of a key.
async fn new_state(till: &Till, key: &str) -> payments::Payment {
    let method = till.method(APPROVES).await;
    till.payments.begin(&till.pay, &wish(key, DUE, &method)).await.expect("the same")
}

/// Cannot write for now.
struct Mute(AtomicBool);

impl payments::Told for Mute {
    fn tell<'a>(
        &'a self,
        _tx: &'a db::Tx,
        _news: &'a [payments::News<'a>],
    ) -> futures::future::BoxFuture<'a, Result<(), payments::NewsError>> {
        let is_mute = self.0.load(Ordering::SeqCst);
        Box::pin(async move { if is_mute { Err(payments::NewsError::Other("no ink".to_owned())) } else { Ok(()) } })
    }
}

/// The simulated gateway under another name.
struct Renamed(Arc<payments::Simulated>);

impl payments::Gateway for Renamed {
    fn name(&self) -> &str {
        "elsewhere"
    }
    fn timeout(&self) -> std::time::Duration {
        self.0.timeout()
    }
    fn create_customer(&self, account: kernel::AccountId) -> payments::Answer<'_, String> {
        self.0.create_customer(account)
    }
    fn create_intent<'a>(&'a self, new: &'a payments::NewIntent) -> payments::Answer<'a, payments::Intent> {
        self.0.create_intent(new)
    }
    fn confirm_intent<'a>(&'a self, intent: &'a str, url: &'a str) -> payments::Answer<'a, payments::Intent> {
        self.0.confirm_intent(intent, url)
    }
    fn read_intent<'a>(&'a self, intent: &'a str) -> payments::Answer<'a, payments::Intent> {
        self.0.read_intent(intent)
    }
    fn cancel_intent<'a>(&'a self, intent: &'a str) -> payments::Answer<'a, payments::Intent> {
        self.0.cancel_intent(intent)
    }
    fn create_setup<'a>(&'a self, new: &'a payments::NewSetup) -> payments::Answer<'a, payments::Setup> {
        self.0.create_setup(new)
    }
    fn read_setup<'a>(&'a self, setup: &'a str) -> payments::Answer<'a, payments::Setup> {
        self.0.read_setup(setup)
    }
    fn read_method<'a>(&'a self, method: &'a str) -> payments::Answer<'a, Option<payments::CardFacts>> {
        self.0.read_method(method)
    }
    fn detach_method<'a>(&'a self, method: &'a str) -> payments::Answer<'a, ()> {
        self.0.detach_method(method)
    }
    fn refund<'a>(&'a self, new: &'a payments::NewRefund) -> payments::Answer<'a, payments::GatewayRefund> {
        self.0.refund(new)
    }
    fn list_refunds<'a>(&'a self, intent: &'a str) -> payments::Answer<'a, Vec<payments::GatewayRefund>> {
        self.0.list_refunds(intent)
    }
    fn check_webhook(&self, body: &[u8], signature: &str, now: kernel::Moment) -> Result<Hint, payments::WebhookError> {
        self.0.check_webhook(body, signature, now)
    }
}
