//! The taxes of a bill, and what its credits give back of those that earlier bills charged (BIL-2). Pure.
//!
//! Each tax is computed once on all that a bill charges at one rate in one region, and rounded once. What credits give back
//! goes in steps: of each bill, what is left of a tax is its rate on what is left of the charges, rounded once, and a credit
//! gives back what its step takes off. So all steps together never give back more than was charged, and all of it when all
//! charges are given back, in however many bills.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Amount, Rate, Region};

use crate::bill::{BillFault, PastBill, places};
use crate::line::{Cause, Charge, Line, TaxLine};
use crate::rules::Credits;
use taxes::{Tax, TaxTable};

/// What a bill has one line of taxes for.
type Key = (Tax, Region, Rate);

/// A line of an earlier bill: the places of both.
type Place = (usize, usize);

/// Base and tax by key.
#[derive(Default)]
struct Sums(BTreeMap<Key, (Amount, Amount)>);

impl Sums {
    fn base(&mut self, key: Key) -> &mut Amount {
        &mut self.0.entry(key).or_default().0
    }

    fn into_lines(self) -> Vec<TaxLine> {
        let lines = self.0.into_iter();
        lines.map(|((tax, region, rate), (base, amount))| TaxLine { tax, region, rate, base, amount }).collect()
    }
}

/// The taxes of a bill with these lines.
pub(crate) fn tax_lines(
    lines: &[Line],
    earlier: &[PastBill],
    table: &TaxTable,
    credits: Credits,
) -> Result<Vec<TaxLine>, BillFault> {
    let mut sums = Sums::default();
    let in_steps = |line: &&Line| credits == Credits::InSteps && line.cause == Cause::Credit;
    for line in lines.iter().filter(|line| !in_steps(line)) {
        for key in keys(line, table)? {
            *sums.base(key) += line.amount;
        }
    }
    for ((_, _, rate), (base, amount)) in &mut sums.0 {
        *amount = rate.of(*base);
    }
    let credited: Vec<&Line> = lines.iter().filter(in_steps).collect();
    if !credited.is_empty() {
        let mut earlier = Earlier::of(earlier);
        let before = earlier.left.clone();
        let bills = credited.iter().try_fold(BTreeSet::new(), |mut bills, line| {
            bills.extend(earlier.credit(line, table, &mut sums)?);
            Ok::<_, BillFault>(bills)
        })?;
        for bill in bills {
            earlier.give_back(bill, &before, table, &mut sums)?;
        }
    }
    Ok(sums.into_lines())
}

/// The taxes due on a line by the table.
fn keys(line: &Line, table: &TaxTable) -> Result<Vec<Key>, BillFault> {
    let due = table.rates(&line.charge.region, line.tax_point, line.days.from)?;
    let taxed = due.filter(|(tax, _)| !line.charge.untaxed.contains(tax));
    Ok(taxed.map(|(tax, rate)| (tax, line.charge.region.clone(), rate)).collect())
}

/// Earlier bills, and what is left of each of their lines.
struct Earlier<'a> {
    bills: &'a [PastBill],
    /// Which line each day of a charge stands on.
    held: BTreeMap<&'a Charge, [Option<Place>; 31]>,
    /// Days that were not given back.
    left: BTreeMap<Place, u32>,
}

impl<'a> Earlier<'a> {
    fn of(bills: &'a [PastBill]) -> Self {
        let mut earlier = Self { bills, held: BTreeMap::new(), left: BTreeMap::new() };
        for (bill, said) in bills.iter().enumerate() {
            for (place, line) in said.content.lines.iter().enumerate() {
                if line.cause == Cause::Credit {
                    earlier.take(line);
                    continue;
                }
                let held = earlier.held.entry(&line.charge).or_insert([None; 31]);
                places(&line.charge, line.days).for_each(|day| held[day] = Some((bill, place)));
                earlier.left.insert((bill, place), line.days.days());
            }
        }
        earlier
    }

    fn line(&self, (bill, place): Place) -> &'a Line {
        &self.bills[bill].content.lines[place]
    }

    /// Takes the days of a credit off the lines that they stand on, and gives the first of these.
    fn take(&mut self, credit: &Line) -> Option<Place> {
        let held = self.held.get_mut(&credit.charge)?;
        let mut first = None;
        for day in places(&credit.charge, credit.days) {
            let Some(place) = held[day].take() else { continue };
            first = first.or(Some(place));
            if let Some(left) = self.left.get_mut(&place) {
                *left = left.saturating_sub(1);
            }
        }
        first
    }

    /// Notes a credit of the new bill, and gives the bill that charged what it gives back.
    fn credit(&mut self, credit: &Line, table: &TaxTable, sums: &mut Sums) -> Result<Option<usize>, BillFault> {
        let Some(place) = self.take(credit) else {
            for key in keys(credit, table)? {
                *sums.base(key.clone()) += credit.amount;
                sums.0.entry(key.clone()).or_default().1 += key.2.of(credit.amount);
            }
            return Ok(None);
        };
        for key in self.charged(place, table)? {
            *sums.base(key) += credit.amount;
        }
        Ok(Some(place.0))
    }

    /// The taxes that were charged on a line, at the rates of its own bill: the table may have become another since.
    fn charged(&self, place: Place, table: &TaxTable) -> Result<Vec<Key>, BillFault> {
        let line = self.line(place);
        let due = keys(line, table)?;
        let taxes = self.bills[place.0].content.taxes.iter();
        let of_line: Vec<Key> = taxes
            .filter(|tax| tax.region == line.charge.region && !line.charge.untaxed.contains(&tax.tax))
            .map(|tax| (tax.tax, tax.region.clone(), tax.rate))
            .collect();
        let is_meant = |key: &Key| due.contains(key) || of_line.iter().filter(|other| other.0 == key.0).count() == 1;
        Ok(of_line.iter().filter(|key| is_meant(key)).cloned().collect())
    }

    /// Takes off what the new bill's credits give back of the taxes that one bill charged.
    fn give_back(
        &self,
        bill: usize,
        before: &BTreeMap<Place, u32>,
        table: &TaxTable,
        sums: &mut Sums,
    ) -> Result<(), BillFault> {
        let mut bases: BTreeMap<Key, (Amount, Amount)> = BTreeMap::new();
        for (place, after) in self.left.range((bill, 0)..(bill + 1, 0)) {
            let (line, before) = (self.line(*place), before.get(place).copied().unwrap_or(0));
            let part = |days: u32| line.amount.prorated(days, line.days.days());
            for key in self.charged(*place, table)? {
                let base = bases.entry(key).or_default();
                *base = (base.0 + part(before), base.1 + part(*after));
            }
        }
        for (key, (before, after)) in bases.into_iter().filter(|(_, (before, after))| before != after) {
            let given = key.2.of(before) - key.2.of(after);
            sums.0.entry(key).or_default().1 -= given;
        }
        Ok(())
    }
}
