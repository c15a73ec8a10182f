//! Which taxes are not due on a product, by region and date (BIL-2).
//!
//! As rates are, it is judged on a charge's tax point: the earlier of the day it became payable and the day it was paid. A
//! law that goes by the days of service instead says so, with `by = "service period"`.

use std::collections::BTreeMap;

use kernel::{Day, Problem, Region, Span};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::catalogue::Item;

/// Before all others.
pub(crate) const EVER: Day = Day::constant(1, 1, 1);

/// What day a law goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum By {
    /// The earlier of the day that a charge became payable and the day it was paid.
    #[default]
    #[serde(rename = "tax point")]
    TaxPoint,
    /// The days of service.
    #[serde(rename = "service period")]
    ServicePeriod,
}

/// A tax that is not due in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Untaxed {
    region: Region,
    tax: String,
    /// The first day of it, and the first on which the tax is due again; none: always.
    from: Option<Day>,
    before: Option<Day>,
    by: By,
}

/// How much is billed: what must stay as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    /// The day up to which (excluded) some account is billed; none before the first bill.
    pub until: Option<Day>,
    /// The latest date of a bill.
    pub issued: Option<Day>,
}

impl Untaxed {
    fn is_about(&self, (region, tax): (&Region, &str)) -> bool {
        self.region == *region && self.tax == tax
    }

    fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.before.is_none_or(|before| day < before)
    }

    fn days(&self) -> impl Iterator<Item = Day> {
        self.from.into_iter().chain(self.before)
    }

    /// What of it is left from `from` on and before `before`; none where nothing is.
    pub(crate) fn clipped(self, from: Option<Day>, before: Option<Day>) -> Option<Self> {
        let before = [self.before, before].into_iter().flatten().min();
        let clipped = Self { from: self.from.max(from), before, ..self };
        let is_left = clipped.from.is_none_or(|from| clipped.before.is_none_or(|before| from < before));
        is_left.then_some(clipped)
    }

    /// As an entry of `taxability_before`, with its item.
    pub(crate) fn line<'a>(&self, item: &'a str) -> (&'a str, String) {
        let from = self.from.map_or(String::new(), |day| format!(", from = {day}"));
        let before = self.before.map_or(String::new(), |day| format!(", before = {day}"));
        let by = if self.by == By::ServicePeriod { ", by = \"service period\"" } else { "" };
        let Self { region, tax, .. } = self;
        (item, format!("    {{ item = \"{item}\", region = \"{region}\", tax = \"{tax}\"{from}{before}{by} }},\n"))
    }
}

/// When which taxes are not due on an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taxability(Vec<Untaxed>);

impl Taxability {
    pub(crate) fn of(rules: impl Iterator<Item = Untaxed>) -> Self {
        Self(rules.collect())
    }

    pub(crate) fn rules(&self) -> &[Untaxed] {
        &self.0
    }

    /// Whether a tax is due in a region on a day of service that is charged with that tax point.
    pub fn is_taxed(&self, of: (&Region, &str), tax_point: Day, day: Day) -> bool {
        !self.frees(of, day) && !self.frees_at(of, tax_point)
    }

    /// Whether a tax is not due on a day of service, whatever the tax point.
    pub fn frees(&self, of: (&Region, &str), day: Day) -> bool {
        self.0.iter().any(|rule| !is_dated(rule) && rule.is_about(of) && rule.holds_on(day))
    }

    /// Whether a tax is not due at a tax point, whatever the day of service.
    pub fn frees_at(&self, of: (&Region, &str), tax_point: Day) -> bool {
        self.0.iter().any(|rule| is_dated(rule) && rule.is_about(of) && rule.holds_on(tax_point))
    }

    /// Whether the tax point has a say in a region at all.
    pub fn goes_by_tax_point(&self, region: &Region) -> bool {
        self.0.iter().any(|rule| is_dated(rule) && rule.region == *region)
    }

    /// The days of service within the span from which on other taxes are due.
    pub fn changes(&self, span: Span) -> impl Iterator<Item = Day> {
        let by_service = self.0.iter().filter(|rule| rule.by == By::ServicePeriod);
        by_service.flat_map(Untaxed::days).filter(move |day| span.contains(*day))
    }
}

/// What holds always needs no tax point.
fn is_dated(rule: &Untaxed) -> bool {
    rule.by == By::TaxPoint && rule.days().next().is_some()
}

/// The first day on which what was billed bore other taxes by the one than by the other; none where it did not.
pub(crate) fn changed_day(new: &Taxability, old: &Taxability, billed: Billed) -> Option<Day> {
    let issued = billed.issued?;
    let until = billed.until.unwrap_or(issued);
    let rules = || new.0.iter().chain(&old.0);
    let tax_points = rules().filter(|rule| is_dated(rule)).flat_map(Untaxed::days).filter(|day| *day <= issued);
    let tax_points: Vec<Day> = std::iter::once(EVER).chain(tax_points).collect();
    let days = rules().filter(|rule| rule.by == By::ServicePeriod).flat_map(Untaxed::days).filter(|day| *day < until);
    let days: Vec<Day> = std::iter::once(EVER).chain(days).collect();
    let differs = |rule: &Untaxed, (tax_point, day): (Day, Day)| {
        let of = (&rule.region, rule.tax.as_str());
        new.is_taxed(of, tax_point, day) != old.is_taxed(of, tax_point, day)
    };
    let pairs = tax_points.iter().flat_map(|tax_point| days.iter().map(|day| (*tax_point, *day)));
    pairs.filter(|pair| rules().any(|rule| differs(rule, *pair))).map(|(tax_point, day)| tax_point.max(day)).min()
}

/// As a catalogue file says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileUntaxed {
    region: Region,
    tax: String,
    from: Option<Spanned<Datetime>>,
    before: Option<Spanned<Datetime>>,
    #[serde(default)]
    by: By,
}

impl FileUntaxed {
    pub(crate) fn read(&self, text: &str, problems: &mut Vec<Problem>) -> Option<Untaxed> {
        let (from, before) =
            (read_day(text, self.from.as_ref(), problems)?, read_day(text, self.before.as_ref(), problems)?);
        let rule = Untaxed { region: self.region.clone(), tax: self.tax.clone(), from, before, by: self.by };
        let read = rule.clipped(None, None);
        if let (None, Some(before)) = (&read, &self.before) {
            problems.push(Problem::at(text, before.span().start, "before must be a later day than from"));
        }
        read
    }
}

/// The day that stands there, if one does; none outside where it is wrong.
fn read_day(text: &str, date: Option<&Spanned<Datetime>>, problems: &mut Vec<Problem>) -> Option<Option<Day>> {
    let Some(date) = date else { return Some(None) };
    let read = date.get_ref().to_string().parse::<Day>();
    read.map(Some).map_err(|error| problems.push(Problem::at(text, date.span().start, error.to_string()))).ok()
}

/// What an earlier catalogue said, before a day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileBefore {
    day: Spanned<Datetime>,
    untaxed: Vec<FileBeforeItem>,
}

#[derive(Deserialize)]
struct FileBeforeItem {
    item: Spanned<String>,
    #[serde(flatten)]
    untaxed: FlatUntaxed,
}

/// As [`FileUntaxed`]; places are not known inside of what is flattened.
#[derive(Deserialize)]
struct FlatUntaxed {
    region: Region,
    tax: String,
    from: Option<Datetime>,
    before: Option<Datetime>,
    #[serde(default)]
    by: By,
}

impl FileBefore {
    /// Gives the items what they say of earlier days; gives the day.
    pub(crate) fn apply(
        &self,
        text: &str,
        items: &mut BTreeMap<String, Item>,
        problems: &mut Vec<Problem>,
    ) -> Option<Day> {
        let day = read_day(text, Some(&self.day), problems)??;
        for item in items.values_mut() {
            let own = std::mem::take(&mut item.taxability.0);
            item.taxability.0.extend(own.into_iter().filter_map(|rule| rule.clipped(Some(day), None)));
        }
        for before in &self.untaxed {
            let at = before.item.span().start;
            let Some(item) = items.get_mut(before.item.get_ref()) else {
                problems.push(Problem::at(text, at, format!("there is no “{}”", before.item.get_ref())));
                continue;
            };
            let FlatUntaxed { region, tax, from, before, by } = &before.untaxed;
            let read = |date: &Option<Datetime>| date.map(|date| date.to_string().parse::<Day>()).transpose();
            match (read(from), read(before)) {
                (Ok(from), Ok(before)) => {
                    let rule = Untaxed { region: region.clone(), tax: tax.clone(), from, before, by: *by };
                    item.taxability.0.extend(rule.clipped(None, Some(day)));
                }
                (Err(error), _) | (_, Err(error)) => problems.push(Problem::at(text, at, error.to_string())),
            }
        }
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    const NEVER_TAXED: &str = r#"currency = "CAD"

[[plan]]
code = "line"
kind = "telephone"
name = { fr = "Ligne", en = "Line" }
prices = [{ from = 2020-01-01, amount = "20.00" }]
untaxed = [{ region = "CA-BC", tax = "pst" }]
"#;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn read(text: &str) -> Catalogue {
        Catalogue::parse(text).expect("a catalogue")
    }

    fn is_taxed(catalogue: &Catalogue, tax_point: &str, service: &str) -> bool {
        let line = catalogue.item("line").expect("a plan");
        line.taxability.is_taxed((&"CA-BC".parse().expect("a region"), "pst"), day(tax_point), day(service))
    }

    #[test]
    fn bil_2_taxability_has_dates_and_goes_by_tax_point_unless_the_entry_says_otherwise() {
        let dated = |dates: &str| read(&NEVER_TAXED.replace("tax = \"pst\"", &format!("tax = \"pst\", {dates}")));
        let law = dated("before = 2026-10-01");
        assert!(!is_taxed(&law, "2026-09-30", "2026-10-15") && is_taxed(&law, "2026-10-01", "2026-09-15"));
        let law = dated("from = 2026-01-01, before = 2026-10-01, by = \"service period\"");
        assert!(!is_taxed(&law, "2026-10-01", "2026-09-30") && is_taxed(&law, "2026-09-30", "2026-10-01"));
        assert!(is_taxed(&law, "2026-09-30", "2025-12-31"));
        let problem = |dates: &str| {
            let text = NEVER_TAXED.replace("tax = \"pst\"", &format!("tax = \"pst\", {dates}"));
            Catalogue::parse(&text).expect_err("a problem").to_string()
        };
        assert_eq!(problem("from = 2026-10-01, before = 2026-10-01"), "line 8: before must be a later day than from");
        assert!(problem("before = 2026-10-01T00:00:00").starts_with("line 8: "));
        assert!(problem("by = \"invoice\"").starts_with("line 8: unknown variant"));
    }

    #[test]
    fn bil_2_a_catalogue_that_taxes_otherwise_holds_from_its_day() {
        let before = read(NEVER_TAXED);
        let text = NEVER_TAXED.replace("untaxed = [{ region = \"CA-BC\", tax = \"pst\" }]\n", "");
        let billed = Billed { until: Some(day("2027-01-01")), issued: Some(day("2026-12-01")) };
        let objections = read(&text).objections_after(&before, billed);
        assert!(objections.len() == 1 && objections[0].contains("--from DAY"), "{objections:?}");
        assert_eq!(read(&text).objections_after(&before, Billed::default()), Vec::<String>::new());

        let (kept, changed) = read(&text).following(&text, &before, day("2027-01-01")).expect("a catalogue");
        assert_eq!(changed.objections_after(&before, billed), Vec::<String>::new());
        assert!(!is_taxed(&changed, "2026-12-31", "2026-12-31") && is_taxed(&changed, "2027-01-01", "2026-12-15"));
        // A third follows: untaxed again from May on. What the first and second said stays.
        let (_, again) = before.following(NEVER_TAXED, &read(&kept), day("2027-05-01")).expect("a catalogue");
        let taxed = ["2026-12-31", "2027-01-01", "2027-04-30", "2027-05-01"].map(|on| is_taxed(&again, on, on));
        assert_eq!(taxed, [false, true, true, false]);
        // The same with a date in the file is no change of what was billed.
        let dated = read(&NEVER_TAXED.replace("tax = \"pst\"", "tax = \"pst\", before = 2027-01-01"));
        assert_eq!(dated.objections_after(&before, billed), Vec::<String>::new());
        let late = read(&NEVER_TAXED.replace("tax = \"pst\"", "tax = \"pst\", before = 2026-12-01"));
        assert!(late.objections_after(&before, billed)[0].contains("on 2026-12-01"));
    }
}
