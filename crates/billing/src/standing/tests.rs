use proptest::prelude::*;

use super::*;

const TODAY: Day = Day::constant(2026, 12, 23);
const DUE: Day = Day::constant(2026, 12, 22);

fn cents(cents: i64) -> Amount {
    Amount::cents(cents)
}

/// What happens to an account: a bill, of its own charges, or another entry.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Bill(i64),
    Opening(i64),
    Paid(i64),
    Returned(i64),
    Refunded(i64),
}
use Happens::{Bill, Opening, Paid, Refunded, Returned};

fn posted(happens: &[Happens]) -> Vec<Posted> {
    let each = happens.iter().zip(1..).map(|(one, version)| {
        let (kind, bill, amount) = match *one {
            Bill(charges) => (EntryKind::Bill, Some(version), charges),
            Opening(balance) => (EntryKind::Opening, None, balance),
            Paid(amount) => (EntryKind::Payment, None, -amount),
            Returned(amount) => (EntryKind::Returned, None, amount),
            Refunded(amount) => (EntryKind::Refund, None, amount),
        };
        let entry = uuid::Uuid::from_u128(u128::try_from(version).unwrap_or(0)).into();
        let on = Day::constant(2026, 1, 1).plus_days(i32::try_from(version).unwrap_or(0));
        let kind = kind.code().to_owned();
        Posted { entry, version, kind, bill, on, recorded_at: Moment::BEGINNING, amount: cents(amount), of: None }
    });
    each.collect()
}

fn reckoned(happens: &[Happens]) -> Reckoning {
    Reckoning::of(&posted(happens), Moment::BEGINNING)
}

/// What is left of each bill, and how it stands the day after it was due.
fn stand(happens: &[Happens]) -> Vec<(i64, Standing)> {
    let reckoning = reckoned(happens);
    reckoning.bills().map(|(_, bill)| (bill.left.in_cents(), bill.standing(DUE, TODAY))).collect()
}

fn left(happens: &[Happens]) -> Vec<i64> {
    stand(happens).into_iter().map(|(left, _)| left).collect()
}

use Standing::{InFavour, Late, Nothing, PartlyPaid, ToPay};

#[test]
fn bil_1_three_unpaid_bills_are_late_each_with_its_own_and_are_paid_one_after_the_other() {
    let three = [Bill(18_205), Bill(18_205), Bill(18_205)];
    assert_eq!(stand(&three), [(18_205, Late); 3]);
    assert_eq!(reckoned(&three).balance, cents(54_615));
    let paid = |times: usize| [three.to_vec(), vec![Paid(18_205); times]].concat();
    assert_eq!(stand(&paid(1)), [(0, Standing::Paid), (18_205, Late), (18_205, Late)]);
    assert_eq!(stand(&paid(2)), [(0, Standing::Paid), (0, Standing::Paid), (18_205, Late)]);
    assert_eq!(stand(&paid(3)), [(0, Standing::Paid); 3], "nothing stays carried over");
}

#[test]
fn bil_1_a_bill_says_how_it_stands_by_one_table() {
    let at = |happens: &[Happens], day| {
        let reckoning = reckoned(happens);
        reckoning.bills().map(|(_, bill)| bill.standing(DUE, day)).collect::<Vec<_>>()
    };
    assert_eq!(at(&[Bill(100)], DUE), [ToPay], "on its last day");
    assert_eq!(at(&[Bill(100), Paid(40)], DUE), [PartlyPaid]);
    assert_eq!(at(&[Bill(100), Paid(40)], TODAY), [Late], "late goes before partly paid");
    assert_eq!(at(&[Bill(100), Paid(100)], TODAY), [Standing::Paid]);
    assert_eq!(at(&[Bill(-44_251)], TODAY), [InFavour]);
    assert_eq!(at(&[Bill(0)], TODAY), [Nothing]);
    assert_eq!(at(&[Paid(100), Bill(100)], TODAY), [Nothing], "paid ahead: it asked for nothing");
    assert_eq!(at(&[Paid(500), Bill(100)], TODAY), [InFavour]);
    assert_eq!(at(&[Paid(60), Bill(100)], DUE), [ToPay], "of what it asked for, nothing is paid so far");
    assert_eq!(at(&[Bill(100), Bill(-20)], TODAY), [Late, Nothing]);
    for state in &STATES {
        assert_eq!((state.standing.code(), state.standing.tone()), (state.code, state.tone));
    }
}

#[test]
fn bil_1_what_no_earlier_bill_shows_is_asked_for_by_the_first_that_does() {
    assert_eq!(left(&[Opening(4215), Bill(100)]), [4315]);
    assert_eq!(left(&[Opening(-4215), Bill(5000)]), [785]);
    assert_eq!(left(&[Opening(4215), Bill(100), Paid(4215)]), [100]);
    let new = reckoned(&[Opening(4215)]);
    assert_eq!((new.unbilled, new.balance), (cents(4215), cents(4215)));
    // Returned, and nothing here had been paid: the next bill is the first to show it.
    let returned = [Bill(100), Returned(70), Bill(50)];
    assert_eq!(left(&returned), [100, 120]);
    assert_eq!(left(&[&returned[..], &[Paid(110)]].concat()), [0, 110], "the oldest first");
}

#[test]
fn pay_5_what_comes_back_of_a_payment_opens_the_bill_that_it_had_paid() {
    let returned = [Bill(100), Paid(100), Bill(50), Returned(100), Bill(30)];
    assert_eq!(stand(&returned), [(100, Late), (50, Late), (30, Late)]);
    let reckoning = reckoned(&returned);
    assert_eq!((reckoning.moved[0].back, reckoning.moved[0].settled.len()), (cents(100), 0));
    assert_eq!(reckoning.moved[1].of, [reckoning.moved[0].entry]);
    assert_eq!(left(&[&returned[..], &[Paid(120)]].concat()), [0, 30, 30]);
    assert_eq!(left(&[Bill(100), Paid(100), Refunded(30)]), [30]);
    assert_eq!(left(&[Bill(100), Paid(150), Refunded(50)]), [0], "what was too much");
    assert_eq!(left(&[Bill(-44_251), Refunded(44_251), Bill(20)]), [0, 20], "a credit that was paid out");
    // The one of that amount, though another is newer; and what it had paid passes to the next.
    let two = reckoned(&[Bill(100), Paid(100), Bill(40), Paid(40), Returned(100)]);
    assert_eq!((two.moved[0].back, two.moved[1].back), (cents(100), Amount::ZERO));
    assert_eq!(two.moved[1].settled, [Settled { bill: Some(1), amount: cents(40) }]);
}

#[test]
fn pay_5_a_payment_says_what_it_settles_and_what_waits() {
    let reckoning = reckoned(&[Bill(100), Bill(50), Paid(120), Paid(80)]);
    let settled = |place: usize| {
        let each = reckoning.moved[place].settled.iter();
        each.map(|one| (one.bill, one.amount.in_cents())).collect::<Vec<_>>()
    };
    assert_eq!(settled(0), [(Some(1), 100), (Some(2), 20)]);
    assert_eq!(settled(1), [(Some(2), 30)]);
    assert_eq!((reckoning.moved[0].balance, reckoning.moved[1].balance), (cents(30), cents(-50)));
    assert_eq!((reckoning.moved[1].unused, reckoning.credit), (cents(50), cents(50)));
    let last = reckoning.bill(2).expect("it is there");
    assert_eq!((last.settled_on, last.left), (Some(reckoning.moved[1].on), Amount::ZERO));
    let ahead = reckoned(&[Opening(70), Paid(70)]);
    assert_eq!(ahead.moved[1].settled, [Settled { bill: None, amount: cents(70) }]);
}

#[test]
fn pro_1_of_a_former_holders_entries_the_balance_alone_counts() {
    let mut all = posted(&[Bill(100), Paid(100), Returned(100), Bill(50), Paid(20)]);
    let since = Moment::BEGINNING.plus(jiff::SignedDuration::from_hours(1));
    for one in all.iter_mut().skip(2) {
        one.recorded_at = since;
    }
    let reckoning = Reckoning::of(&all, since);
    let bills: Vec<_> = reckoning.bills().map(|(number, bill)| (number, bill.left.in_cents())).collect();
    assert_eq!((bills, reckoning.balance), (vec![(4, 130)], cents(130)));
    assert_eq!(reckoning.moved.len(), 2, "the return and the payment");
    let nothing = Reckoning::of(&posted(&[Paid(30)]), since);
    assert_eq!((nothing.credit, nothing.balance, nothing.moved.len()), (cents(30), cents(-30), 0));
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        5 => (-4000_i64..12_000).prop_map(Bill),
        1 => (-5000_i64..5000).prop_map(Opening),
        5 => (1_i64..15_000).prop_map(Paid),
        2 => (1_i64..15_000).prop_map(Returned),
        2 => (1_i64..15_000).prop_map(Refunded),
    ]
}

proptest! {
    #[test]
    fn bil_6_remainders_and_unbilled_debits_less_credit_are_the_balance(
        happens in prop::collection::vec(happens(), 0..40), hidden in 0_usize..12,
    ) {
        let mut all = posted(&happens);
        let since = Moment::BEGINNING.plus(jiff::SignedDuration::from_hours(1));
        for one in all.iter_mut().skip(hidden) {
            one.recorded_at = since;
        }
        let balance: Amount = all.iter().map(|one| one.amount).sum();
        for since in [Moment::BEGINNING, since] {
            let reckoning = Reckoning::of(&all, since);
            prop_assert_eq!(reckoning.balance, balance);
            prop_assert_eq!(reckoning.left() + reckoning.unbilled - reckoning.credit, balance);
            prop_assert!(reckoning.credit.is_zero() || (reckoning.left() + reckoning.unbilled).is_zero());
            let mut open = false;
            for (_, bill) in reckoning.bills() {
                prop_assert!(!bill.left.is_negative() && !bill.asked.is_negative());
                prop_assert!(!open || bill.settled_on.is_none(), "the oldest first");
                open |= bill.is_open();
                prop_assert!(!bill.is_open() || bill.amount() >= bill.left);
            }
            for moved in &reckoning.moved {
                let settled: Amount = moved.settled.iter().map(|one| one.amount).sum();
                let whole = (-moved.amount).max(Amount::ZERO);
                prop_assert_eq!(settled + moved.back + moved.unused, whole);
            }
            let last = reckoning.moved.last().map(|moved| moved.balance);
            prop_assert!(last.is_none() || !happens.last().is_some_and(|one| !matches!(one, Bill(_))) || last == Some(balance));
        }
    }
}
