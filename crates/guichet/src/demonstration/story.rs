//! What happens in the demonstration's twelve months, day by day. Pure: the same today gives the same story.

use std::collections::BTreeMap;

use kernel::{Amount, Day, Month};
use services::{AgreedPrice, Fact, ServiceKind};

use super::customers::{Habit, Ordered, Person};

/// The months that are billed.
const MONTHS: u16 = 12;

/// The twelve months up to that of `today`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Calendar {
    pub(super) today: Day,
}

impl Calendar {
    /// The months in their order: 0 is the first, 11 that of today.
    pub(super) fn month(self, index: u16) -> Month {
        self.today.month().minus(MONTHS - 1 - index)
    }

    pub(super) fn day(self, index: u16, day: i8) -> Day {
        self.month(index).day(day)
    }

    /// The day before the first bills: who is a customer already is registered on it.
    pub(super) fn eve(self) -> Day {
        self.month(0).first_day().plus_days(-1)
    }

    /// The month that is billed on that day.
    pub(super) fn billed_on(self, day: Day) -> Option<Month> {
        let month = day.month();
        (month.first_day() == day && (self.month(0)..=self.month(MONTHS - 1)).contains(&month)).then_some(month)
    }
}

/// Something that happens to an account.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    pub(super) person: &'a Person,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// The account is registered, its services as `Person` has them.
    Join {
        /// Since when its services have been there.
        since: Day,
        billed_from: Day,
        /// What was owed to the previous system.
        opening: Amount,
        /// A price agreed for one plan.
        promotion: Option<(&'static str, AgreedPrice)>,
    },
    /// A further service begins.
    Order(Ordered),
    /// A fact about the service of that kind; without one, about the account.
    Record {
        about: Option<ServiceKind>,
        effective_on: Day,
        fact: Fact,
        reference: Option<&'static str>,
    },
    /// The fact recorded last was a mistake.
    Withdraw,
    Pay(Share),
    /// The payment made last came back.
    Return,
}

/// How much of what is owed is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Half,
    All,
    AllAnd(Amount),
}

/// All days on which something happens, up to today, with what happens in its order. Days of bills are among them.
pub(super) fn days(people: &[Person], calendar: Calendar) -> BTreeMap<Day, Vec<Step<'_>>> {
    let mut days: BTreeMap<Day, Vec<Step>> = (0..MONTHS).map(|index| (calendar.day(index, 1), Vec::new())).collect();
    for (person, place) in people.iter().zip(0..) {
        let join = join(person, place, calendar);
        let mut steps = vec![join];
        steps.extend(turns(person.key, calendar));
        for index in 0..MONTHS {
            steps.extend(
                payments(person.habit, place, index).into_iter().map(|(day, what)| (calendar.day(index, day), what)),
            );
        }
        let (joined, _) = steps[0];
        for (day, what) in steps.into_iter().filter(|(day, _)| (joined..=calendar.today).contains(day)) {
            days.entry(day).or_default().push(Step { person, what });
        }
    }
    days
}

/// When somebody becomes a customer, and on which terms.
fn join(person: &Person, place: i32, calendar: Calendar) -> (Day, What) {
    let joined = match person.key {
        "boreal-022" => Some(calendar.day(3, 11)),
        "boreal-023" => Some(calendar.day(7, 19)),
        "boreal-058" => Some(calendar.day(10, 6)),
        _ => None,
    };
    let cents = match person.key {
        "boreal-019" => 4215,
        "boreal-020" => -1840,
        _ => 0,
    };
    let price = |plan, cents, until| Some((plan, AgreedPrice { amount: Amount::cents(cents), until: Some(until) }));
    let promotion = match person.key {
        "boreal-003" => price("internet-1000", 5995, calendar.day(10, 16)),
        "boreal-018" => price("internet-400", 4995, calendar.month(11).next().next().next().day(16)),
        "boreal-022" => price("internet-400", 5495, calendar.day(9, 11)),
        _ => None,
    };
    // Those who were there before came one after the other.
    let since = joined.unwrap_or_else(|| calendar.eve().plus_days(-40 - 31 * (place * 7 % 41)));
    let billed_from = joined.unwrap_or_else(|| calendar.day(0, 1));
    (joined.unwrap_or(calendar.eve()), What::Join { since, billed_from, opening: Amount::cents(cents), promotion })
}

/// The turns that single accounts take, besides payments.
fn turns(key: &str, calendar: Calendar) -> Vec<(Day, What)> {
    let day = |index, day| calendar.day(index, day);
    let plan = |code: &str| Fact::PlanStarted { plan: code.to_owned(), price: None };
    let record = |recorded: Day, about, effective_on: Day, fact| {
        (recorded, What::Record { about: Some(about), effective_on, fact, reference: None })
    };
    let at_once = |on: Day, about, fact| record(on, about, on, fact);
    let ended = |about| record(day(8, 25), about, day(9, 1), Fact::PlanEnded);
    match key {
        // Noted five weeks late: two bills had charged the dearer plan.
        "boreal-004" => vec![record(day(10, 20), ServiceKind::Internet, day(9, 12), plan("internet-400"))],
        "boreal-008" => {
            let (effective_on, fact) = (day(3, 1), Fact::Exempted { tax: "qst".to_owned() });
            let reference = Some("Certificat d’exemption 2040-117");
            vec![(day(2, 10), What::Record { about: None, effective_on, fact, reference })]
        }
        "boreal-012" => vec![at_once(day(7, 10), ServiceKind::Television, Fact::PlanEnded)],
        "boreal-013" => vec![(
            day(5, 9),
            What::Order(Ordered { plan: "mobile-20", commitment_months: 24, add_ons: vec!["device-care"] }),
        )],
        "boreal-014" => vec![at_once(day(6, 17), ServiceKind::Internet, plan("internet-400"))],
        "boreal-015" => {
            let (add_on, about) = ("sports".to_owned(), ServiceKind::Television);
            let added = Fact::AddOnAdded { add_on: add_on.clone(), price: None };
            vec![at_once(day(3, 5), about, added), at_once(day(8, 22), about, Fact::AddOnRemoved { add_on })]
        }
        "boreal-016" => {
            let added = Fact::AddOnAdded { add_on: "overseas-calls".to_owned(), price: None };
            vec![at_once(day(4, 12), ServiceKind::Mobile, added), (day(4, 13), What::Withdraw)]
        }
        "boreal-017" => {
            let price = Some(AgreedPrice { amount: Amount::cents(7995), until: None });
            let fact = Fact::PriceAgreed { item: "internet-1000".to_owned(), price };
            vec![record(day(6, 25), ServiceKind::Internet, day(7, 1), fact)]
        }
        "boreal-021" => vec![ended(ServiceKind::Internet), ended(ServiceKind::Television)],
        _ => Vec::new(),
    }
}

/// The payments of a month, each with its day of the month.
fn payments(habit: Habit, place: i32, index: u16) -> Vec<(i8, What)> {
    let early = 10 + i8::try_from(place % 9).unwrap_or(0);
    let all = |day| vec![(day, What::Pay(Share::All))];
    match (habit, index) {
        (Habit::Debit, _) => all(22),
        (Habit::Late, index) if index % 2 == 0 => all(27),
        (Habit::Halves, ..=9) => vec![(15, What::Pay(Share::Half)), (26, What::Pay(Share::All))],
        (Habit::Halves, _) => vec![(15, What::Pay(Share::Half))],
        (Habit::Stopped, 9..) | (Habit::Overpaid | Habit::Returned, 11) => Vec::new(),
        (Habit::Overpaid, 10) => vec![(early, What::Pay(Share::AllAnd(Amount::cents(40_000))))],
        (Habit::OverpaidOnce, 4) => vec![(early, What::Pay(Share::AllAnd(Amount::cents(6000))))],
        (Habit::Returned, 10) => vec![(14, What::Pay(Share::All)), (20, What::Return)],
        (Habit::ReturnedOnce, 5) => {
            vec![(14, What::Pay(Share::All)), (20, What::Return), (28, What::Pay(Share::All))]
        }
        _ => all(early),
    }
}

/// The accounts worth trying, with what there is to see.
pub(super) const WORTH_TRYING: [(&str, &str); 15] = [
    ("boreal-001", "in French; every bill paid on time by card"),
    ("boreal-002", "in English, in Ontario; bills drawn from the bank account on the day they are due"),
    ("boreal-003", "a promotion that ended in the middle of last month’s bill"),
    ("boreal-004", "a cheaper plan recorded five weeks late: the current bill credits it"),
    ("boreal-005", "three bills unpaid, the oldest long overdue"),
    ("boreal-006", "paid too much: the current bill ends with a credit balance"),
    ("boreal-007", "last month’s cheque was returned by the bank"),
    ("boreal-008", "a business with five services, exempt from QST"),
    ("boreal-009", "two accounts: this one at home…"),
    ("boreal-009-chalet", "and this one at the cottage"),
    ("boreal-010", "pays half, and the rest late; the last bills only half"),
    ("boreal-011", "web hosting and a virtual server, in British Columbia"),
    ("boreal-013", "a mobile line that began in the middle of a month"),
    ("boreal-014", "a faster plan from the middle of a month on: both prorated"),
    ("boreal-021", "left; the last bill is paid"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_the_story_is_twelve_months_long_and_never_ahead_of_today() {
        let people = super::super::customers::all().expect("read");
        for today in ["2026-11-01", "2026-11-22", "2027-02-28", "2028-02-29", "2027-01-31"] {
            let calendar = Calendar { today: today.parse().expect("a day") };
            let days = days(&people, calendar);
            assert!(days.keys().all(|day| (calendar.eve()..=calendar.today).contains(day)), "{today}");
            assert_eq!(days.keys().filter(|day| calendar.billed_on(**day).is_some()).count(), 12, "{today}");
            let joined = days.values().flatten().filter(|step| matches!(step.what, What::Join { .. })).count();
            assert_eq!(joined, people.len(), "{today}");
        }
    }
}
