//! BIL-6, PAY-1: whatever customers, cards, staff and power cuts do, in any order, the ledger is exact.

use std::collections::BTreeMap;

use billing::EntryKind;
use kernel::{Amount, PaymentId};
use payments::{RefundState, State, StepAnswer};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::TestPlace;

use crate::support::{doubts, findings, run, with_sample};
use crate::till::{APPROVES, DECLINED, Deadly, Death, LOST, POOR, SLOW, STEP, Till, refund_wish, wish};

const ACCOUNTS: [&str; 3] = ["0001-AAAAA", "0002-BBBBB", "0003-CCCCC"];
const NUMBERS: [&str; 6] = [APPROVES, DECLINED, POOR, STEP, SLOW, LOST];

/// Something that happens.
#[derive(Clone, Debug)]
enum Chance {
    /// A payment of so many cents, by the n-th number; perhaps the process dies at a call.
    Pay { account: usize, cents: i64, number: usize, death: Option<(i64, bool)> },
    /// Somebody comes back to a payment.
    Again(prop::sample::Index),
    /// A second step is answered.
    Step(prop::sample::Index, bool),
    /// So many hundredths of a payment are given back; perhaps the process dies at a call.
    Refund(prop::sample::Index, i64, Option<(i64, bool)>),
    /// So many seconds go by, and the follower looks; perhaps the process dies at a call.
    Follow(i64, Option<(i64, bool)>),
    /// A charge that a bill brings, by so many cents.
    Charge(usize, i64),
}

fn chance() -> impl Strategy<Value = Chance> {
    let death = || proptest::option::weighted(0.4, (0_i64..6, any::<bool>()));
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..ACCOUNTS.len(), 1_i64..9000, 0..NUMBERS.len(), death())
            .prop_map(|(account, cents, number, death)| Chance::Pay { account, cents, number, death }),
        1 => index().prop_map(Chance::Again),
        2 => (index(), any::<bool>()).prop_map(|(which, yes)| Chance::Step(which, yes)),
        2 => (index(), 1_i64..130, death()).prop_map(|(which, part, death)| Chance::Refund(which, part, death)),
        2 => (1_i64..1200, death()).prop_map(|(seconds, death)| Chance::Follow(seconds, death)),
        1 => (0..ACCOUNTS.len(), -3000_i64..3000).prop_map(|(account, cents)| Chance::Charge(account, cents)),
    ]
}

/// What was done so far: the account of each payment.
#[derive(Default)]
struct Done {
    payments: Vec<(usize, PaymentId)>,
    /// Cents that were charged to each account otherwise.
    charged: BTreeMap<usize, i64>,
}

/// A node for each account, on the same database; all of them new after a death.
async fn open(place: &TestPlace) -> Vec<Till> {
    let mut tills = Vec::new();
    for external_id in ACCOUNTS {
        tills.push(Till::open(place, external_id).await);
    }
    tills
}

/// Runs work on a node that may die in it. `true`: it died.
async fn run_on<F>(till: &Till, death: Option<(i64, bool)>, work: impl FnOnce(Till) -> F) -> bool
where
    F: Future<Output = ()> + Send + 'static,
{
    let (call, after) = death.unwrap_or((i64::MAX, false));
    let deadly = Deadly::new(till.simulated.clone(), Death { call, after });
    let dying = till.through(deadly.clone()).await;
    deadly.run(work(dying)).await
}

async fn happen(place: &TestPlace, tills: &[Till], done: &mut Done, chance: &Chance) -> bool {
    let of = |which: &prop::sample::Index, done: &Done| (!done.payments.is_empty()).then(|| *which.get(&done.payments));
    match chance {
        Chance::Pay { account, cents, number, death } => {
            let till = &tills[*account];
            let method = till.method(NUMBERS[*number]).await;
            let key = format!("k{}", done.payments.len());
            let payment = till.payments.begin(&till.pay, &wish(&key, *cents, &method)).await.expect("begun");
            done.payments.push((*account, payment.id));
            run_on(till, *death, |till| async move {
                till.advance(&payment).await;
            })
            .await
        }
        Chance::Again(which) => {
            if let Some((account, id)) = of(which, done) {
                let till = &tills[account];
                till.payments.advance(&till.pay, id).await.expect("advanced");
            }
            false
        }
        Chance::Step(which, yes) => {
            if let Some((account, id)) = of(which, done)
                && let Some(intent) = tills[account].find(id).await.intent
            {
                let answer = if *yes { StepAnswer::Approve } else { StepAnswer::Refuse };
                tills[account].simulated.answer(&intent, answer).await.expect("answered");
            }
            false
        }
        Chance::Refund(which, part, death) => match of(which, done) {
            Some((account, id)) => refund(&tills[account], id, *part, *death).await,
            None => false,
        },
        Chance::Follow(seconds, death) => {
            place.advance_seconds(*seconds);
            run_on(&tills[0], *death, |till| async move {
                till.follow().await;
            })
            .await
        }
        Chance::Charge(account, cents) => {
            let (till, amount) = (&tills[*account], ("cash:cheque", Amount::cents(*cents)));
            let (on, author) = (till.home.today(), audit::Author::Operator);
            if *cents != 0 {
                billing::post(&till.home.db, till.account, EntryKind::Payment, on, amount, author)
                    .await
                    .expect("posted");
            }
            *done.charged.entry(*account).or_default() += cents;
            false
        }
    }
}

/// So many hundredths of a payment are given back. `true`: the process died.
async fn refund(till: &Till, id: PaymentId, part: i64, death: Option<(i64, bool)>) -> bool {
    let cents = (till.find(id).await.amount.in_cents() * part / 100).max(1);
    let key = till.home.world.uuid().to_string();
    // More than is left is refused, which is no error here.
    let Ok(refund) = till.payments.refund(&till.staff, &refund_wish(&key, id, cents)).await else { return false };
    run_on(till, death, |till| async move {
        till.payments.advance_refund(refund.id).await.expect("sent");
    })
    .await
}

/// What must be true of an account once everything is over.
async fn holds(till: &Till, account: usize, done: &Done, began_with: Amount) {
    let (mut owed, mut charges, mut refunds) =
        (began_with + Amount::cents(*done.charged.get(&account).unwrap_or(&0)), 0, 0);
    for (_, id) in done.payments.iter().filter(|(of, _)| *of == account) {
        let payment = till.find(*id).await;
        assert!(payment.state.is_final(), "{payment:?}");
        let (charged, back) = (till.charges(*id).await, till.given_back(*id).await);
        assert_eq!(charged, i64::from(payment.state == State::Succeeded), "{payment:?}");
        assert!(back <= payment.amount.in_cents() * charged, "{payment:?}");
        assert_eq!(payment.refunded, Amount::cents(back), "{payment:?}");
        for refund in till.payments.refunds(&till.pay, Some(*id), 100).await.expect("read") {
            assert_eq!(refund.state, RefundState::Succeeded);
            refunds += 1;
        }
        charges += charged;
        owed = owed - Amount::cents(payment.amount.in_cents() * charged) + Amount::cents(back);
    }
    assert_eq!(till.balance().await, owed);
    let by_cheque = "SELECT count(*) FROM ledger_postings WHERE account_id = $1 AND (credit = 'cash:cheque' OR debit = 'cash:cheque')";
    let cheques: i64 =
        db::scalar(till.home.db.reader(), by_cheque, [till.account.into()]).await.expect("read").expect("one");
    assert_eq!((till.entries("payment").await - cheques, till.entries("refund").await), (charges, refunds));
    let billed = billing::list_bills(&till.home.db, &till.pay).await.expect("read");
    let reckoning = &billed.reckoning;
    assert_eq!(reckoning.balance, owed);
    assert_eq!(reckoning.left() + reckoning.unbilled - reckoning.credit, owed);
    // One bill is all that was asked for: what is left of it is what is owed.
    if let [bill] = billed.bills.as_slice() {
        let is_open = billed.standing(bill, till.home.today()).is_open();
        assert_eq!(is_open, owed > Amount::ZERO && reckoning.unbilled < owed, "{reckoning:?}");
    }
}

async fn live(chances: Vec<Chance>) {
    let place = TestPlace::sqlite();
    let home = with_sample(&place).await;
    run(&home, "2026-12").await;
    drop(home);
    let (mut tills, mut done) = (open(&place).await, Done::default());
    let mut began_with = Vec::new();
    for till in &tills {
        began_with.push(till.balance().await);
    }
    for chance in &chances {
        if happen(&place, &tills, &mut done, chance).await {
            tills = open(&place).await;
        }
    }
    tills[0].follow_to_the_end(&place).await;
    for (account, till) in tills.iter().enumerate() {
        holds(till, account, &done, began_with[account]).await;
    }
    let home = &tills[0].home;
    assert_eq!(tills[0].jobs().await, db::jobs::Left::default());
    assert_eq!((doubts(home).await, findings(home).await), (vec![], vec![]));
}

#[test]
fn bil_6_whatever_happens_nothing_is_charged_twice_and_the_ledger_is_exact() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let config = Config { cases: 24, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let chances = prop::collection::vec(chance(), 4..24);
    let outcome = TestRunner::new(config).run(&chances, |chances| {
        runtime.block_on(live(chances));
        Ok(())
    });
    outcome.expect("it holds");
}
