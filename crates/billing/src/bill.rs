//! The bill function: from what was known to what is charged. Pure: no clock, no database, no randomness.
//!
//! ```text
//! bill = charges(facts known at the cut-off, catalogue, tax table, rules) − charges already billed
//! ```
//!
//! What is charged are the *days* of a cycle that an item was had, at one price, in one region. The charges that the
//! facts call for and those that stand on earlier bills are both sets of such days; days only in the first are charged,
//! days only in the second are credited, at the tax rates that they were charged with. So a change in mid-month, or one
//! recorded late, needs no case of its own, and charging a month at a time or all at once comes to the same.
//!
//! Where nothing is charged, a balance that no bill shows is still told, once: who has left gets a last bill.

use std::collections::BTreeMap;

use accounts::AccountTerms;
use kernel::{Amount, Day, Month, Region, ServiceId, Span};
use services::{Catalogue, Fact, Recorded, Role, ServiceKind, ServiceRow, ServiceTimeline, Timeline};

use crate::credit::tax_lines;
use crate::ledger::{Posting, postings_of};
use crate::line::{Cause, Charge, Content, Line, Movement, Section, TaxLine};
use crate::rules::{BillingRules, Credits, Figures};
use taxes::{Tax, TaxError, TaxTable, tax_point};

/// What holds for all accounts, with the versions under which it is kept.
#[derive(Clone, Debug)]
pub struct Reference {
    pub catalogue: Catalogue,
    pub catalogue_version: i32,
    pub taxes: TaxTable,
    pub taxes_version: i32,
    pub rules: BillingRules,
    pub rules_version: i32,
}

/// What is known of one account.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    pub account: &'a AccountTerms,
    pub services: &'a [ServiceRow],
    /// In any order; those above the cut-off are not looked at.
    pub facts: &'a [Recorded],
    /// The account's version up to which facts and ledger entries count.
    pub cutoff: i64,
    pub previous: Option<&'a Previous>,
    /// Earlier bills in their order, at least those with lines about days from [`Known::window`] on, and each whole.
    pub billed: &'a [PastBill],
    /// The account's ledger entries since the previous bill's cut-off, up to this one's, other than bills.
    pub movements: &'a [Movement],
}

/// The account's bill before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    pub number: i64,
    pub month: Month,
    pub total_due: Amount,
    pub cutoff: i64,
    pub period: Span,
}

/// What an earlier bill said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastBill {
    pub number: i64,
    pub content: Content,
}

/// A bill that has no number yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub period: Span,
    pub issued_on: Day,
    pub due_on: Day,
    pub figures: Figures,
    pub content: Content,
    pub postings: Vec<Posting>,
}

/// Why an account cannot be billed until somebody mends it (BIL-3).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillFault {
    #[error("the catalogue has no “{0}”")]
    UnknownItem(String),
    #[error("“{item}” has no price on {day}")]
    NoPrice { item: String, day: Day },
    #[error("it is not known where service {service} is supplied on {day}")]
    NoRegion { service: ServiceId, day: Day },
    #[error("the account has facts about service {0}, which it does not have")]
    NoService(ServiceId),
    #[error(transparent)]
    Tax(#[from] TaxError),
}

impl Known<'_> {
    /// The days that this bill has to look at: from the first day that no bill covers, or the first that a newly known
    /// fact is about, to the end of the month's cycle. Whole cycles.
    pub fn window(&self, month: Month) -> Span {
        let cycle_day = self.cycle_day();
        let until = month.cycle(cycle_day).until;
        let first = match self.previous {
            None => self.account.billed_from,
            Some(previous) => {
                self.first_new_day(previous.cutoff).map_or(previous.period.until, |day| day.min(previous.period.until))
            }
        };
        let first = first.max(self.account.billed_from).min(until);
        Span { from: Month::of_cycle(first, cycle_day).day(cycle_day), until }
    }

    /// The first day about which a fact recorded after `cutoff` says something.
    fn first_new_day(&self, cutoff: i64) -> Option<Day> {
        let new = self.facts.iter().filter(|fact| fact.version > cutoff && fact.version <= self.cutoff);
        new.map(|fact| match fact.fact {
            // What is withdrawn was about its own day.
            Fact::Withdrawn { version } => {
                let withdrawn = self.facts.iter().find(|other| other.version == version);
                withdrawn.map_or(fact.effective_on, |other| other.effective_on)
            }
            _ => fact.effective_on,
        })
        .min()
    }

    fn cycle_day(&self) -> i8 {
        i8::try_from(self.account.cycle_day).unwrap_or(1)
    }
}

/// Computes the bill of an account for a month, dated `issued_on`; none when there is nothing to charge or credit, and no
/// balance that no bill shows.
///
/// # Errors
/// [`BillFault`]: the account is set aside with that reason.
pub fn compute(known: &Known, reference: &Reference, month: Month, issued_on: Day) -> Result<Option<Draft>, BillFault> {
    let window = known.window(month);
    let credits = reference.rules.credits;
    let billed = billed_charges(known.billed, window);
    let wanted = judged(wanted_charges(known, reference, window)?, &billed, &reference.catalogue, issued_on);
    let dates = Dates { current: month.cycle(known.cycle_day()), issued_on };
    let mut lines = differences(&wanted, &billed, &dates, reference);
    // What is free is named in the cycle that it is for; corrections that move nothing are not.
    lines.retain(|line| line.cause == Cause::Recurring || !line.amount.is_zero());
    lines.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
    for (line, id) in lines.iter_mut().zip(1..) {
        line.id = id;
    }
    let taxes = tax_lines(&lines, known.billed, &reference.taxes, credits)?;
    let figures = figures_of(known, &lines, &taxes);
    let is_nothing = lines.iter().all(|line| line.amount.is_zero());
    if is_nothing && (credits == Credits::Netted || is_shown(known.previous, figures.total_due)) {
        return Ok(None);
    }
    let postings = postings_of(&lines, &taxes);
    Ok(Some(Draft {
        period: dates.current,
        issued_on,
        due_on: issued_on.plus_days(i32::from(reference.rules.due_days)),
        figures,
        content: Content { lines, taxes, movements: known.movements.to_vec() },
        postings,
    }))
}

/// Whether what is due needs no bill of its own: it is nothing, or is (what is left of) what the bill before asked for or had
/// in favour.
fn is_shown(previous: Option<&Previous>, due: Amount) -> bool {
    let shown = previous.map_or(Amount::ZERO, |previous| previous.total_due);
    due.is_zero() || (due.is_negative() == shown.is_negative() && due.abs() <= shown.abs())
}

/// Days of one cycle, as bits.
type Days = u32;

/// The charges that the facts call for, with their days.
fn wanted_charges(known: &Known, reference: &Reference, window: Span) -> Result<BTreeMap<Charge, Days>, BillFault> {
    let timeline = Timeline::new(known.facts, known.cutoff);
    let mut wanted = BTreeMap::new();
    for service in timeline.services() {
        let row = known.services.iter().find(|row| row.id == service.id).ok_or(BillFault::NoService(service.id))?;
        let mut cycle = Month::of_cycle(window.from, known.cycle_day());
        while cycle.day(known.cycle_day()) < window.until {
            let days = cycle.cycle(known.cycle_day());
            let of_cycle = Cycle { known, reference, timeline: &timeline, service, kind: row.kind, days };
            of_cycle.charge(&mut wanted)?;
            cycle = cycle.next();
        }
    }
    Ok(wanted)
}

/// One service in one cycle.
struct Cycle<'a> {
    known: &'a Known<'a>,
    reference: &'a Reference,
    timeline: &'a Timeline<'a>,
    service: &'a ServiceTimeline<'a>,
    kind: ServiceKind,
    days: Span,
}

impl Cycle<'_> {
    fn charge(&self, wanted: &mut BTreeMap<Charge, Days>) -> Result<(), BillFault> {
        let from = self.days.from.max(self.known.account.billed_from);
        let mut starts = self.timeline.changes(self.service, Span { from, ..self.days });
        // A price of the catalogue may change in mid-cycle too, and what is taxed by the days of service.
        let codes: Vec<&str> = starts
            .iter()
            .flat_map(|day| self.service.plan(*day).into_iter().chain(self.service.add_ons(*day)))
            .collect();
        let priced = codes.into_iter().filter_map(|code| self.reference.catalogue.item(code));
        let days = Span { from, ..self.days };
        starts.extend(priced.flat_map(|item| item.price_changes(days).chain(item.taxability.changes(days))));
        starts.sort_unstable();
        starts.dedup();
        let mut served = false;
        for (place, start) in starts.iter().enumerate() {
            let part = Span { from: *start, until: starts.get(place + 1).copied().unwrap_or(self.days.until) };
            let Some(plan) = self.service.plan(part.from) else { continue };
            let no_region = BillFault::NoRegion { service: self.service.id, day: part.from };
            let region = self.service.region(part.from).ok_or(no_region)?;
            let bits = self.bits(part);
            *wanted.entry(self.item(plan, Role::Plan, region, part.from)?).or_default() |= bits;
            for add_on in self.service.add_ons(part.from) {
                *wanted.entry(self.item(add_on, Role::AddOn, region, part.from)?).or_default() |= bits;
            }
            // A fee that is not by day is due once a cycle, where the service was first.
            for fee in self.fees(region).filter(|fee| fee.prorated || !served) {
                let bits = if fee.prorated { bits } else { self.bits(self.days) };
                if let Some(charge) = self.fee(fee, region) {
                    *wanted.entry(charge).or_default() |= bits;
                }
            }
            served = true;
        }
        Ok(())
    }

    fn bits(&self, part: Span) -> Days {
        let place = |day: Day| u32::try_from(day.days_since(self.days.from)).unwrap_or(0);
        let below = |place: u32| if place >= 32 { Days::MAX } else { (1 << place) - 1 };
        below(place(part.until)) & !below(place(part.from))
    }

    fn item(&self, code: &str, role: Role, region: &Region, day: Day) -> Result<Charge, BillFault> {
        let item = self.reference.catalogue.item(code).ok_or_else(|| BillFault::UnknownItem(code.to_owned()))?;
        let no_price = || BillFault::NoPrice { item: code.to_owned(), day };
        let price = self.service.agreed_price(code, day).or_else(|| item.price(day)).ok_or_else(no_price)?;
        let exemptions: Vec<&str> = self.timeline.exemptions(day).collect();
        let is_free = |tax: &Tax| exemptions.contains(&tax.code()) || item.taxability.frees((region, tax.code()), day);
        Ok(Charge {
            service: self.service.id,
            section: if role == Role::Plan { Section::Service } else { Section::AddOn },
            kind: self.kind.code().to_owned(),
            item: code.to_owned(),
            cycle: self.days,
            price,
            prorated: true,
            region: region.clone(),
            untaxed: Tax::ALL.into_iter().filter(is_free).collect(),
        })
    }

    fn fees(&self, region: &Region) -> impl Iterator<Item = &taxes::Fee> {
        let on = &self.reference.rules.fees;
        self.reference.taxes.fees(region, self.kind).filter(|fee| on.contains(&fee.code))
    }

    fn fee(&self, fee: &taxes::Fee, region: &Region) -> Option<Charge> {
        let exemptions: Vec<&str> = self.timeline.exemptions(self.days.from).collect();
        let is_free = |tax: &Tax| !fee.taxed || exemptions.contains(&tax.code());
        Some(Charge {
            service: self.service.id,
            section: Section::Fee,
            kind: self.kind.code().to_owned(),
            item: fee.code.clone(),
            cycle: self.days,
            price: fee.amount(self.days.from)?,
            prorated: fee.prorated,
            region: region.clone(),
            untaxed: Tax::ALL.into_iter().filter(is_free).collect(),
        })
    }
}

/// How a day of a cycle stands on an earlier bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    bill: i64,
    tax_point: Day,
}

/// Days of one cycle that stand on earlier bills.
type Billed = [Option<Held>; 31];

/// What earlier bills charged and did not credit since.
fn billed_charges(bills: &[PastBill], window: Span) -> BTreeMap<&Charge, Billed> {
    let mut billed: BTreeMap<&Charge, Billed> = BTreeMap::new();
    let lines = bills.iter().flat_map(|bill| bill.content.lines.iter().map(|line| (bill.number, line)));
    for (bill, line) in lines.filter(|(_, line)| line.charge.cycle.from >= window.from) {
        let days = billed.entry(&line.charge).or_insert([None; 31]);
        for place in places(&line.charge, line.days) {
            days[place] = (line.cause != Cause::Credit).then_some(Held { bill, tax_point: line.tax_point });
        }
    }
    billed
}

/// The places within its cycle of a line's days.
pub(crate) fn places(charge: &Charge, days: Span) -> std::ops::Range<usize> {
    let place = |day: Day| usize::try_from(day.days_since(charge.cycle.from)).unwrap_or(0).min(31);
    place(days.from)..place(days.until)
}

/// Judges which taxes the catalogue does not have due at a tax point: of days that an earlier bill charged at that bill's, of
/// the others at this one's. So what a law changes moves nothing that was billed before it.
fn judged(
    wanted: BTreeMap<Charge, Days>,
    billed: &BTreeMap<&Charge, Billed>,
    catalogue: &Catalogue,
    issued_on: Day,
) -> BTreeMap<Charge, Days> {
    let dated = |charge: &Charge| {
        let item = catalogue.item(&charge.item).filter(|_| charge.section != Section::Fee)?;
        item.taxability.goes_by_tax_point(&charge.region).then_some(&item.taxability)
    };
    if !wanted.keys().any(|charge| dated(charge).is_some()) {
        return wanted;
    }
    let mut judged: BTreeMap<Charge, Days> = BTreeMap::new();
    for (charge, days) in wanted {
        let Some(taxability) = dated(&charge) else {
            judged.insert(charge, days);
            continue;
        };
        let at = |tax_point: Day| {
            let frees = |tax: &Tax| taxability.frees_at((&charge.region, tax.code()), tax_point);
            let untaxed = Tax::ALL.into_iter().filter(|tax| charge.untaxed.contains(tax) || frees(tax)).collect();
            Charge { untaxed, ..charge.clone() }
        };
        let mut left = days;
        for (other, held) in billed.iter().filter(|(other, _)| at_untaxed(&charge, &other.untaxed) == ***other) {
            let stands = |place: &usize| {
                days & (1 << place) != 0 && held[*place].is_some_and(|held| at(held.tax_point).untaxed == other.untaxed)
            };
            let same: Days = (0..31).filter(stands).fold(0, |bits, place| bits | 1 << place);
            if same != 0 {
                *judged.entry((*other).clone()).or_default() |= same;
                left &= !same;
            }
        }
        if left != 0 {
            *judged.entry(at(tax_point(issued_on, None))).or_default() |= left;
        }
    }
    judged
}

/// The charge with other taxes not due on it.
fn at_untaxed(charge: &Charge, untaxed: &[Tax]) -> Charge {
    Charge { untaxed: untaxed.to_vec(), ..charge.clone() }
}

/// The cycle that a bill is for, and its date.
struct Dates {
    current: Span,
    issued_on: Day,
}

/// A line for each run of days to be charged or credited.
fn differences(
    wanted: &BTreeMap<Charge, Days>,
    billed: &BTreeMap<&Charge, Billed>,
    dates: &Dates,
    reference: &Reference,
) -> Vec<Line> {
    let nothing: Billed = [None; 31];
    let mut lines = Vec::new();
    for (charge, days) in wanted {
        lines.extend(difference(charge, *days, billed.get(charge).unwrap_or(&nothing), dates, reference));
    }
    for (charge, days) in billed.iter().filter(|(charge, _)| !wanted.contains_key(**charge)) {
        lines.extend(difference(charge, 0, days, dates, reference));
    }
    lines
}

/// Credits first, then charges; each amount is what the step changes of the charge's whole, so that all steps together
/// come to the exact amount for the days wanted, however often they were changed.
fn difference(charge: &Charge, wanted: Days, billed: &Billed, dates: &Dates, reference: &Reference) -> Vec<Line> {
    let mut held: Days = (0..31).filter(|place| billed[*place].is_some()).fold(0, |days, place| days | 1 << place);
    let mut lines = Vec::new();
    let mut step = |held: &mut Days, run: std::ops::Range<usize>, cause, tax_point| {
        let before = charge.amount(held.count_ones());
        for place in run.clone() {
            *held ^= 1 << place;
        }
        let day = |place: usize| charge.cycle.from.plus_days(i32::try_from(place).unwrap_or(0));
        lines.push(Line {
            id: 0,
            charge: charge.clone(),
            cause,
            days: Span { from: day(run.start), until: day(run.end) },
            amount: charge.amount(held.count_ones()) - before,
            tax_point,
        });
    };
    let cuts: Vec<Day> = reference.taxes.cuts(&charge.region, charge.cycle).collect();
    // Of days on both sides of a cut the rates are not the same.
    let part = |place: usize| match cuts.as_slice() {
        [] => 0,
        cuts => cuts
            .iter()
            .filter(|cut| usize::try_from(cut.days_since(charge.cycle.from)).is_ok_and(|cut| cut <= place))
            .count(),
    };
    let netted = reference.rules.credits == Credits::Netted;
    let credited = |place: usize| {
        let held = billed[place].filter(|_| wanted & (1 << place) == 0)?;
        // What a bill charged is given back against that bill.
        Some((held.tax_point, if netted { 0 } else { held.bill }, part(place)))
    };
    for (run, (tax_point, ..)) in runs(credited) {
        step(&mut held, run, Cause::Credit, tax_point);
    }
    let cause = if charge.cycle == dates.current { Cause::Recurring } else { Cause::Late };
    let tax_point = tax_point(dates.issued_on, None);
    let charged = |place: usize| (wanted & (1 << place) != 0 && billed[place].is_none()).then(|| part(place));
    for (run, _) in runs(charged) {
        step(&mut held, run, cause, tax_point);
    }
    lines
}

/// Runs of neighbouring places that have the same value.
fn runs<T: PartialEq + Copy>(value: impl Fn(usize) -> Option<T>) -> Vec<(std::ops::Range<usize>, T)> {
    let mut runs: Vec<(std::ops::Range<usize>, T)> = Vec::new();
    for place in 0..31 {
        let Some(here) = value(place) else { continue };
        match runs.last_mut() {
            Some((run, last)) if run.end == place && *last == here => run.end += 1,
            _ => runs.push((place..place + 1, here)),
        }
    }
    runs
}

/// Lines stand by service, internet first; within one, plan, add-ons, fees; then by time.
fn order_of(line: &Line) -> impl Ord + use<'_> {
    let Charge { service, section, kind, item, cycle, price, .. } = &line.charge;
    let add_on = (*section != Section::Service).then_some(item.as_str());
    let days = (cycle.from, line.days.from, line.cause != Cause::Credit);
    (ServiceKind::from_code(kind), *service, *section, add_on, days, item.as_str(), *price)
}

fn figures_of(known: &Known, lines: &[Line], taxes: &[TaxLine]) -> Figures {
    let section = |section| lines.iter().filter(|line| line.charge.section == section).map(|line| line.amount).sum();
    let mut figures = Figures {
        service_charges: section(Section::Service),
        add_ons: section(Section::AddOn),
        fees: section(Section::Fee),
        ..Figures::default()
    };
    for line in taxes {
        *figures.tax_mut(line.tax) += line.amount;
    }
    // What was owed before Guichet began stands before the first bill, not among the payments.
    let opening = crate::ledger::EntryKind::Opening.code();
    let (before, since): (Vec<&Movement>, Vec<&Movement>) =
        known.movements.iter().partition(|movement| movement.kind == opening);
    let sum = |movements: Vec<&Movement>| movements.into_iter().map(|movement| movement.amount).sum::<Amount>();
    figures.previous_balance = known.previous.map_or(Amount::ZERO, |previous| previous.total_due) + sum(before);
    figures.payments = sum(since);
    figures.close();
    figures
}
