//! The timeline: what holds on each day, folded from the facts. Pure.
//!
//! Each thing that can be said of a service (its plan, whether an add-on is on, the price of an item, the region) is a
//! row of steps of its own, so that the order in which facts about different things were recorded cannot matter.

use std::collections::HashSet;

use kernel::{Day, Region, ServiceId, Span};

use crate::{AgreedPrice, Fact, Recorded};

/// What holds from which day on. Sorted by day, then by version: of two steps on one day the later recorded holds.
#[derive(Debug)]
struct Steps<T>(Vec<(Day, i64, T)>);

impl<T> Default for Steps<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Steps<T> {
    fn add(&mut self, recorded: &Recorded, value: T) {
        let place = self.0.partition_point(|step| (step.0, step.1) <= (recorded.effective_on, recorded.version));
        self.0.insert(place, (recorded.effective_on, recorded.version, value));
    }

    fn at(&self, day: Day) -> Option<&T> {
        let place = self.0.partition_point(|step| step.0 <= day);
        place.checked_sub(1).map(|last| &self.0[last].2)
    }

    fn days(&self) -> impl Iterator<Item = Day> {
        self.0.iter().map(|step| step.0)
    }
}

/// All services of an account, and the account's exemptions.
#[derive(Debug, Default)]
pub struct Timeline<'a> {
    services: Vec<ServiceTimeline<'a>>,
    exemptions: Vec<(&'a str, Steps<bool>)>,
}

/// One service.
#[derive(Debug)]
pub struct ServiceTimeline<'a> {
    pub id: ServiceId,
    plan: Steps<Option<&'a str>>,
    add_ons: Vec<(&'a str, Steps<bool>)>,
    prices: Vec<(&'a str, Steps<Option<AgreedPrice>>)>,
    region: Steps<&'a Region>,
}

/// The steps under a key, made when missing. There are few keys, so a search from the front is the fastest.
fn under<'a, 'b, T>(all: &'b mut Vec<(&'a str, Steps<T>)>, key: &'a str) -> &'b mut Steps<T> {
    let place = all.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        all.push((key, Steps::default()));
        all.len() - 1
    });
    &mut all[place].1
}

fn found<'b, T>(all: &'b [(&str, Steps<T>)], key: &str) -> Option<&'b Steps<T>> {
    all.iter().find(|(known, _)| *known == key).map(|(_, steps)| steps)
}

impl<'a> Timeline<'a> {
    /// Folds the facts that were known when the account's version was `known`, in whatever order they come.
    pub fn new(facts: &'a [Recorded], known: i64) -> Self {
        let known = || facts.iter().filter(move |recorded| recorded.version <= known);
        let withdrawn: HashSet<i64> = known()
            .filter_map(|recorded| match recorded.fact {
                Fact::Withdrawn { version } => Some(version),
                _ => None,
            })
            .collect();
        let mut timeline = Self::default();
        for recorded in known().filter(|recorded| !withdrawn.contains(&recorded.version)) {
            timeline.apply(recorded);
        }
        timeline.services.sort_by_key(|service| service.id);
        timeline.exemptions.sort_by_key(|(tax, _)| *tax);
        timeline
    }

    fn apply(&mut self, recorded: &'a Recorded) {
        match (&recorded.fact, recorded.service) {
            (Fact::Exempted { tax }, _) => under(&mut self.exemptions, tax).add(recorded, true),
            (Fact::ExemptionEnded { tax }, _) => under(&mut self.exemptions, tax).add(recorded, false),
            (fact, Some(service)) => self.service(service).apply(recorded, fact),
            // Withdrawals were taken out before; nothing else is about the whole account.
            (_, None) => {}
        }
    }

    fn service(&mut self, id: ServiceId) -> &mut ServiceTimeline<'a> {
        let place = self.services.iter().position(|service| service.id == id).unwrap_or_else(|| {
            self.services.push(ServiceTimeline {
                id,
                plan: Steps::default(),
                add_ons: Vec::new(),
                prices: Vec::new(),
                region: Steps::default(),
            });
            self.services.len() - 1
        });
        &mut self.services[place]
    }

    pub fn services(&self) -> &[ServiceTimeline<'a>] {
        &self.services
    }

    /// The codes of the taxes from which the account is exempt on that day, in alphabetical order.
    pub fn exemptions(&self, day: Day) -> impl Iterator<Item = &'a str> {
        self.exemptions.iter().filter(move |(_, steps)| steps.at(day) == Some(&true)).map(|(tax, _)| *tax)
    }

    /// The days within the span on which something about the service, or the exemptions, may change; sorted, each once,
    /// beginning with the span's first day.
    pub fn changes(&self, service: &ServiceTimeline<'a>, span: Span) -> Vec<Day> {
        let mut days: Vec<Day> = std::iter::once(span.from)
            .chain(service.changes())
            .chain(self.exemptions.iter().flat_map(|(_, steps)| steps.days()))
            .filter(|day| span.contains(*day))
            .collect();
        days.sort_unstable();
        days.dedup();
        days
    }
}

impl<'a> ServiceTimeline<'a> {
    fn apply(&mut self, recorded: &Recorded, fact: &'a Fact) {
        match fact {
            Fact::PlanStarted { plan, price } => {
                self.plan.add(recorded, Some(plan));
                under(&mut self.prices, plan).add(recorded, *price);
            }
            Fact::PlanEnded => self.plan.add(recorded, None),
            Fact::AddOnAdded { add_on, price } => {
                under(&mut self.add_ons, add_on).add(recorded, true);
                under(&mut self.prices, add_on).add(recorded, *price);
            }
            Fact::AddOnRemoved { add_on } => under(&mut self.add_ons, add_on).add(recorded, false),
            Fact::PriceAgreed { item, price } => under(&mut self.prices, item).add(recorded, *price),
            Fact::Located { region } => self.region.add(recorded, region),
            Fact::Exempted { .. } | Fact::ExemptionEnded { .. } | Fact::Withdrawn { .. } => {}
        }
    }

    fn changes(&self) -> impl Iterator<Item = Day> {
        let ends = |steps: &Steps<Option<AgreedPrice>>| {
            let ends: Vec<Day> = steps.0.iter().filter_map(|step| step.2.and_then(|price| price.until)).collect();
            ends
        };
        let prices = self.prices.iter().flat_map(move |(_, steps)| steps.days().chain(ends(steps)));
        let add_ons = self.add_ons.iter().flat_map(|(_, steps)| steps.days());
        self.plan.days().chain(add_ons).chain(prices).chain(self.region.days())
    }

    /// The plan on that day.
    pub fn plan(&self, day: Day) -> Option<&'a str> {
        self.plan.at(day).copied().flatten()
    }

    /// The add-ons on that day. Without a plan there are none.
    pub fn add_ons(&self, day: Day) -> impl Iterator<Item = &'a str> {
        let served = self.plan(day).is_some();
        self.add_ons.iter().filter(move |(_, steps)| served && steps.at(day) == Some(&true)).map(|(add_on, _)| *add_on)
    }

    /// The price agreed for an item on that day; none: the catalogue's.
    pub fn agreed_price(&self, item: &str, day: Day) -> Option<kernel::Amount> {
        let agreed = found(&self.prices, item)?.at(day).copied().flatten()?;
        agreed.until.is_none_or(|until| day < until).then_some(agreed.amount)
    }

    /// Where the service is supplied on that day.
    pub fn region(&self, day: Day) -> Option<&'a Region> {
        self.region.at(day).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Amount, Moment, World};

    fn recorded(version: i64, service: ServiceId, day: i8, fact: Fact) -> Recorded {
        let recorded_at = Moment::new(jiff::Timestamp::UNIX_EPOCH);
        Recorded { version, service: Some(service), effective_on: Day::constant(2026, 11, day), recorded_at, fact }
    }

    fn plan(code: &str) -> Fact {
        Fact::PlanStarted { plan: code.to_owned(), price: None }
    }

    #[test]
    fn the_fact_recorded_last_holds_and_a_withdrawn_one_never_was() {
        let service = World::real().id();
        let facts = [
            recorded(1, service, 1, plan("slow")),
            recorded(2, service, 15, plan("fast")),
            recorded(3, service, 15, plan("faster")),
            recorded(4, service, 20, Fact::PlanEnded),
            recorded(5, service, 20, Fact::Withdrawn { version: 4 }),
        ];
        let on = |known: i64, day: i8| {
            let timeline = Timeline::new(&facts, known);
            timeline.services()[0].plan(Day::constant(2026, 11, day)).map(str::to_owned)
        };
        assert_eq!(on(5, 14).as_deref(), Some("slow"));
        assert_eq!(on(2, 16).as_deref(), Some("fast"));
        assert_eq!(on(5, 16).as_deref(), Some("faster"));
        assert_eq!(on(4, 20), None);
        assert_eq!(on(5, 20).as_deref(), Some("faster"));
    }

    #[test]
    fn an_agreed_price_ends_on_its_day_and_add_ons_rest_with_the_plan() {
        let service = World::real().id();
        let price = Some(AgreedPrice { amount: Amount::cents(999), until: Some(Day::constant(2026, 11, 10)) });
        let facts = [
            recorded(1, service, 1, Fact::PlanStarted { plan: "p".to_owned(), price }),
            recorded(2, service, 3, Fact::AddOnAdded { add_on: "a".to_owned(), price: None }),
            recorded(3, service, 12, Fact::PlanEnded),
            recorded(4, service, 14, plan("p")),
        ];
        let timeline = Timeline::new(&facts, 9);
        let service = &timeline.services()[0];
        let day = |day| Day::constant(2026, 11, day);
        assert_eq!(service.agreed_price("p", day(9)), Some(Amount::cents(999)));
        assert_eq!(service.agreed_price("p", day(10)), None);
        let add_ons = |on| service.add_ons(day(on)).count();
        assert_eq!((add_ons(2), add_ons(3), add_ons(12), add_ons(14)), (0, 1, 0, 1));
        let span = Span { from: day(2), until: day(14) };
        assert_eq!(timeline.changes(service, span), [day(2), day(3), day(10), day(12)]);
    }
}
