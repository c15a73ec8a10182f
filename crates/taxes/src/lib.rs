//! The tax table (BIL-2): which taxes are due in a region on a day, at which rate, and the regulatory fees.
//!
//! The table that Guichet ships stands in `data/taxes.toml`, with a source for each entry. It is kept as a version in the
//! database, and each bill keeps the number of the version that it was computed with.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Amount, Day, Problem, Rate, Region, Span};
use serde::{Deserialize, Serialize};
use services::{By, ServiceKind};
use toml::Spanned;
use toml::value::Datetime;

/// The table that this version of Guichet ships.
pub const SHIPPED: &str = include_str!("../data/taxes.toml");

/// A kind of tax, in the order in which a bill shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tax {
    Gst,
    Hst,
    Qst,
    Pst,
    Vat,
}

impl Tax {
    pub const ALL: [Self; 5] = [Self::Gst, Self::Hst, Self::Qst, Self::Pst, Self::Vat];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Gst => "gst",
            Self::Hst => "hst",
            Self::Qst => "qst",
            Self::Pst => "pst",
            Self::Vat => "vat",
        }
    }
}

/// A regulatory fee of one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// As `911`; the provider's configuration turns fees on by it.
    pub code: String,
    kinds: Vec<ServiceKind>,
    /// Whether sales taxes are due on it.
    pub taxed: bool,
    /// By day; else once for each cycle in which the service had a plan on any day.
    pub prorated: bool,
    amounts: Steps<Amount>,
    known: Known,
}

impl Fee {
    /// The amount for one cycle that begins on that day.
    pub fn amount(&self, day: Day) -> Option<Amount> {
        in_force(&self.amounts, day)
    }
}

/// Values that hold from their day until the next one's; sorted.
type Steps<T> = Vec<(Day, T)>;

/// How long it is known that the last value of an entry holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    /// The last day; none: until further notice.
    until: Option<Day>,
    /// It changes each January, so that the last value is that of its year.
    yearly: bool,
}

impl Known {
    fn last_day<T>(self, steps: &[(Day, T)]) -> Option<Day> {
        let year = |(from, _): &(Day, T)| Day::new(from.date().year(), 12, 31).ok();
        let of_year = steps.last().filter(|_| self.yearly).and_then(year);
        [self.until, of_year].into_iter().flatten().min()
    }
}

/// One tax in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rates {
    tax: Tax,
    steps: Steps<Rate>,
    /// What day the law goes by.
    by: By,
    known: Known,
}

/// Taxes and fees by region and date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxTable {
    covers_from: Day,
    taxes: BTreeMap<Region, Vec<Rates>>,
    fees: BTreeMap<Region, Vec<Fee>>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxError {
    #[error("the tax table has no region {0}")]
    NoRegion(Region),
    #[error("the tax table begins on {begins} and says nothing of {day}")]
    TooEarly { begins: Day, day: Day },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    covers_from: Spanned<Datetime>,
    tax: Vec<FileTax>,
    untaxed: Vec<FileUntaxed>,
    fee: Vec<FileFee>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTax {
    code: Tax,
    regions: Vec<Spanned<Region>>,
    rates: Vec<FileRate>,
    #[serde(default)]
    by: By,
    until: Option<Spanned<Datetime>>,
    #[expect(dead_code, reason = "for the reader of the file; demanded, so that no entry lacks it")]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRate {
    from: Spanned<Datetime>,
    percent: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileUntaxed {
    region: Spanned<Region>,
    #[expect(dead_code, reason = "as for taxes")]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFee {
    code: String,
    region: Region,
    kinds: Vec<ServiceKind>,
    taxed: bool,
    prorated: bool,
    amounts: Vec<FileAmount>,
    until: Option<Spanned<Datetime>>,
    indexed: Option<Indexed>,
    #[expect(dead_code, reason = "as for taxes")]
    source: String,
}

/// How often an amount is changed by law.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Indexed {
    Yearly,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAmount {
    from: Spanned<Datetime>,
    amount: Spanned<String>,
}

impl TaxTable {
    /// Reads a table of the form of `data/taxes.toml`.
    ///
    /// # Errors
    /// The first problem, with its line.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let file: File = toml::from_str(text)
            .map_err(|error| Problem::at(text, error.span().map_or(0, |span| span.start), error.message()))?;
        let day = |date: &Spanned<Datetime>| {
            let day = date.get_ref().to_string().parse::<Day>();
            day.map_err(|error| Problem::at(text, date.span().start, error.to_string()))
        };
        let wrong = |at: usize, reason: String| Problem::at(text, at, reason);
        let until = |date: &Option<Spanned<Datetime>>| date.as_ref().map(day).transpose();
        let mut taxes: BTreeMap<Region, Vec<Rates>> = BTreeMap::new();
        for tax in &file.tax {
            let mut steps = Vec::new();
            for rate in &tax.rates {
                let percent = rate.percent.get_ref();
                let read = percent
                    .parse()
                    .map_err(|error| wrong(rate.percent.span().start, format!("“{percent}” {error}")))?;
                steps.push((day(&rate.from)?, read));
            }
            let known = Known { until: until(&tax.until)?, yearly: false };
            for region in &tax.regions {
                let of_region = taxes.entry(region.get_ref().clone()).or_default();
                if of_region.iter().any(|rates| rates.tax == tax.code) {
                    let reason = format!("{} of {} stands twice", tax.code.code(), region.get_ref());
                    return Err(wrong(region.span().start, reason));
                }
                of_region.push(Rates { tax: tax.code, steps: steps.clone(), by: tax.by, known });
                of_region.sort_by_key(|rates| rates.tax);
            }
        }
        for untaxed in &file.untaxed {
            if taxes.insert(untaxed.region.get_ref().clone(), Vec::new()).is_some_and(|taxes| !taxes.is_empty()) {
                return Err(wrong(untaxed.region.span().start, format!("{} has taxes", untaxed.region.get_ref())));
            }
        }
        let mut fees: BTreeMap<Region, Vec<Fee>> = BTreeMap::new();
        for fee in file.fee {
            let mut amounts = Vec::new();
            for entry in &fee.amounts {
                let written = entry.amount.get_ref();
                let amount = written
                    .parse()
                    .map_err(|error| wrong(entry.amount.span().start, format!("“{written}” {error}")))?;
                amounts.push((day(&entry.from)?, amount));
            }
            let known = Known { until: until(&fee.until)?, yearly: fee.indexed.is_some() };
            let FileFee { code, kinds, taxed, prorated, .. } = fee;
            fees.entry(fee.region).or_default().push(Fee { code, kinds, taxed, prorated, amounts, known });
        }
        Ok(Self { covers_from: day(&file.covers_from)?, taxes, fees })
    }

    pub fn knows(&self, region: &Region) -> bool {
        self.taxes.contains_key(region)
    }

    /// The codes of all fees, for checking a configuration.
    pub fn fee_codes(&self) -> BTreeSet<&str> {
        self.fees.values().flatten().map(|fee| fee.code.as_str()).collect()
    }

    /// The taxes due in a region at a tax point ([`tax_point`]) on days of service that begin with `service`, in the order
    /// of a bill. Between two [`Self::cuts`] they are the same on all days.
    ///
    /// # Errors
    /// When the table says nothing of the region or the day.
    pub fn rates(&self, region: &Region, on: Day, service: Day) -> Result<impl Iterator<Item = (Tax, Rate)>, TaxError> {
        let taxes = self.taxes.get(region).ok_or_else(|| TaxError::NoRegion(region.clone()))?;
        if on < self.covers_from {
            return Err(TaxError::TooEarly { begins: self.covers_from, day: on });
        }
        let judged = move |rates: &Rates| if rates.by == By::ServicePeriod { service } else { on };
        Ok(taxes.iter().filter_map(move |rates| Some((rates.tax, in_force(&rates.steps, judged(rates))?))))
    }

    /// The days on which a rate changes that goes by the days of service, within a span.
    pub fn cuts(&self, region: &Region, span: Span) -> impl Iterator<Item = Day> {
        let taxes = self.taxes.get(region).into_iter().flatten().filter(|rates| rates.by == By::ServicePeriod);
        let days = taxes.flat_map(|rates| rates.steps.iter().map(|(from, _)| *from));
        days.filter(move |day| span.from < *day && *day < span.until)
    }

    /// What this table no longer knows on a day, for the operator: each entry that ended before it, of the fees those that
    /// are billed. The last values known are billed on.
    pub fn ended(&self, fees: &[String], on: Day) -> Vec<String> {
        let is_over = |last: &Option<Day>| last.is_some_and(|last| last < on);
        let mut ended = Vec::new();
        for (region, rates) in self.taxes.iter().flat_map(|(region, taxes)| taxes.iter().map(move |tax| (region, tax)))
        {
            if let Some(last) = rates.known.last_day(&rates.steps).filter(|last| is_over(&Some(*last))) {
                let (tax, rate) = (rates.tax.code().to_uppercase(), rates.steps.last().map(|step| step.1));
                let rate = rate.map_or(String::new(), |rate| format!(" ({rate} %)"));
                ended.push(format!(
                    "{tax} of {region}: the tax table knows it until {last}; the last rate{rate} is billed on"
                ));
            }
        }
        for (region, fee) in self.fees.iter().flat_map(|(region, fees)| fees.iter().map(move |fee| (region, fee))) {
            let last = fee.known.last_day(&fee.amounts).filter(|last| is_over(&Some(*last)));
            if let (Some(last), true) = (last, fees.contains(&fee.code)) {
                let amount = fee.amounts.last().map(|step| step.1).unwrap_or_default();
                let why = if fee.known.yearly { ", for it is indexed each January" } else { "" };
                let code = &fee.code;
                ended.push(format!(
                    "fee {code} of {region}: the tax table knows it until {last}{why}; its last amount, {amount}, is billed on"
                ));
            }
        }
        ended
    }

    /// The fees that a service of that kind bears in a region.
    pub fn fees(&self, region: &Region, kind: ServiceKind) -> impl Iterator<Item = &Fee> {
        self.fees.get(region).into_iter().flatten().filter(move |fee| fee.kinds.contains(&kind))
    }
}

/// When a charge is taxed: the earlier of the day it became payable and the day it was paid (Excise Tax Act, sections 152
/// and 168).
pub fn tax_point(payable: Day, paid: Option<Day>) -> Day {
    paid.map_or(payable, |paid| paid.min(payable))
}

fn in_force<T: Copy>(steps: &[(Day, T)], day: Day) -> Option<T> {
    let place = steps.partition_point(|(from, _)| *from <= day);
    place.checked_sub(1).map(|last| steps[last].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taxes(region: &str, day: &str, cents: i64) -> Vec<(Tax, i64)> {
        let table = TaxTable::parse(SHIPPED).expect("the shipped table");
        let region = region.parse().expect("a region");
        let day = day.parse().expect("a day");
        let rates = table.rates(&region, day, day).expect("known");
        rates.map(|(tax, rate)| (tax, rate.of(Amount::cents(cents)).in_cents())).collect()
    }

    #[test]
    fn bil_2_published_cases_of_canada() {
        // Revenu Québec: 100.00 bears GST of 5.00 and QST of 9.98, together 114.98.
        assert_eq!(taxes("CA-QC", "2026-12-01", 10_000), [(Tax::Gst, 500), (Tax::Qst, 998)]);
        assert_eq!(taxes("CA-ON", "2026-12-01", 10_000), [(Tax::Hst, 1300)]);
        assert_eq!(taxes("CA-NB", "2016-06-30", 10_000), [(Tax::Hst, 1300)]);
        assert_eq!(taxes("CA-NB", "2016-07-01", 10_000), [(Tax::Hst, 1500)]);
        assert_eq!(taxes("CA-NL", "2016-07-01", 10_000), [(Tax::Hst, 1500)]);
        assert_eq!(taxes("CA-PE", "2016-09-30", 10_000), [(Tax::Hst, 1400)]);
        assert_eq!(taxes("CA-PE", "2016-10-01", 10_000), [(Tax::Hst, 1500)]);
        assert_eq!(taxes("CA-BC", "2026-12-01", 10_000), [(Tax::Gst, 500), (Tax::Pst, 700)]);
        assert_eq!(taxes("CA-SK", "2017-03-22", 10_000), [(Tax::Gst, 500), (Tax::Pst, 500)]);
        assert_eq!(taxes("CA-SK", "2017-03-23", 10_000), [(Tax::Gst, 500), (Tax::Pst, 600)]);
        assert_eq!(taxes("CA-MB", "2019-06-30", 10_000), [(Tax::Gst, 500), (Tax::Pst, 800)]);
        assert_eq!(taxes("CA-MB", "2019-07-01", 10_000), [(Tax::Gst, 500), (Tax::Pst, 700)]);
        for gst_only in ["CA-AB", "CA-NT", "CA-NU", "CA-YT"] {
            assert_eq!(taxes(gst_only, "2026-12-01", 10_000), [(Tax::Gst, 500)], "{gst_only}");
        }
        assert_eq!(taxes("ZZ", "2026-12-01", 10_000), []);
    }

    #[test]
    fn bil_2_nova_scotia_by_the_earlier_of_payable_and_paid() {
        let day = |text: &str| text.parse::<Day>().expect("a day");
        let (march, april) = (day("2025-03-31"), day("2025-04-01"));
        let hst = |payable, paid| taxes("CA-NS", &tax_point(payable, paid).to_string(), 10_000);
        assert_eq!(hst(march, None), [(Tax::Hst, 1500)]);
        assert_eq!(hst(april, None), [(Tax::Hst, 1400)]);
        assert_eq!(hst(april, Some(march)), [(Tax::Hst, 1500)]);
        assert_eq!(hst(march, Some(april)), [(Tax::Hst, 1500)]);
    }

    #[test]
    fn bil_2_every_province_territory_and_member_state_is_known() {
        let table = TaxTable::parse(SHIPPED).expect("the shipped table");
        let provinces = "AB BC MB NB NL NS NT NU ON PE QC SK YT".split(' ').map(|code| format!("CA-{code}"));
        let states = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split(' ');
        for code in provinces.chain(states.map(str::to_owned)) {
            let region: Region = code.parse().expect("a region");
            let today = Day::constant(2026, 12, 1);
            assert!(table.rates(&region, today, today).expect("known").count() > 0, "{code}");
        }
        let early = Day::constant(2013, 3, 31);
        let unknown = "US-CA".parse().expect("a region");
        assert_eq!(table.rates(&unknown, Day::constant(2026, 12, 1), early).err(), Some(TaxError::NoRegion(unknown)));
        assert!(matches!(
            table.rates(&"CA-QC".parse().expect("a region"), early, early).err(),
            Some(TaxError::TooEarly { .. })
        ));
    }

    #[test]
    fn bil_2_a_table_that_ends_says_so_once_and_for_what_is_billed() {
        let table = TaxTable::parse(SHIPPED).expect("the shipped table");
        let on = |fees: &[&str], day: Day| {
            let fees: Vec<String> = fees.iter().map(|code| (*code).to_owned()).collect();
            table.ended(&fees, day)
        };
        let said = on(&["911"], Day::constant(2026, 1, 1));
        assert_eq!(
            said,
            [
                "fee 911 of CA-QC: the tax table knows it until 2025-12-31, for it is indexed each January; its last amount, 0.54, is billed on"
            ]
        );
        assert_eq!(on(&["911"], Day::constant(2025, 12, 31)), Vec::<String>::new());
        assert_eq!(on(&[], Day::constant(2026, 12, 1)), Vec::<String>::new(), "it is not billed");
        let ends = SHIPPED.replacen("percent = \"9.975\" }]", "percent = \"9.975\" }]\nuntil = 2026-12-31", 1);
        let ended = TaxTable::parse(&ends).expect("a table").ended(&[], Day::constant(2027, 1, 1));
        assert_eq!(
            ended,
            ["QST of CA-QC: the tax table knows it until 2026-12-31; the last rate (9.975 %) is billed on"]
        );
    }

    #[test]
    fn bil_2_a_law_that_goes_by_service_period_says_so_in_the_table() {
        let by = SHIPPED.replacen(
            "code = \"pst\"\nregions = [\"CA-MB\"]",
            "code = \"pst\"\nby = \"service period\"\nregions = [\"CA-MB\"]",
            1,
        );
        let table = TaxTable::parse(&by).expect("a table");
        let region = "CA-MB".parse().expect("a region");
        let (june, july) = (Day::constant(2019, 6, 30), Day::constant(2019, 7, 1));
        let pst = |on, service| {
            let mut rates = table.rates(&region, on, service).expect("known");
            rates.find(|(tax, _)| *tax == Tax::Pst).map(|(_, rate)| rate.to_string())
        };
        assert_eq!((pst(july, june).as_deref(), pst(june, july).as_deref()), (Some("8"), Some("7")));
        let cuts = |from, until| table.cuts(&region, Span { from, until }).collect::<Vec<_>>();
        assert_eq!(cuts(june, Day::constant(2019, 7, 30)), [july]);
        assert_eq!(cuts(july, Day::constant(2019, 7, 30)), [], "nothing is cut before its first day");
    }

    #[test]
    fn bil_2_a_broken_table_names_its_line() {
        let cases = [
            ("percent = \"9.975\"", "percent = \"9,975\"", "“9,975” is no amount"),
            ("\"ZZ\"", "\"FR\"", "FR has taxes"),
        ];
        for (from, to, expected) in cases {
            let problem = TaxTable::parse(&SHIPPED.replacen(from, to, 1)).expect_err("a problem");
            let line = SHIPPED.lines().position(|line| line.contains(from)).map(|line| line + 1);
            assert!(problem.reason.starts_with(expected) && Some(problem.line) == line, "{problem}");
        }
    }
}
