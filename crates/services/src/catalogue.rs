//! The catalogue of plans and add-ons (SVC-1): bilingual, priced with dates, kept by the provider in a TOML file and
//! loaded as versions.
//!
//! A version that was kept never changes, and a new one may not change a price of days that were billed already, nor which
//! taxes were due on them: so neither changes what was billed, and a bill can be computed again.

use std::collections::BTreeMap;
use std::fmt;

use accounts::Segment;
use kernel::{Amount, Currency, Day, Problem, Span};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::taxability::{Billed, EVER, FileBefore, FileUntaxed, Taxability, changed_day};

/// What a service is of. The bill groups by it, and regulatory fees depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    Internet,
    Television,
    Telephone,
    Mobile,
    Hosting,
}

impl ServiceKind {
    pub const ALL: [Self; 5] = [Self::Internet, Self::Television, Self::Telephone, Self::Mobile, Self::Hosting];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Internet => "internet",
            Self::Television => "television",
            Self::Telephone => "telephone",
            Self::Mobile => "mobile",
            Self::Hosting => "hosting",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    pub fr: String,
    pub en: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Plan,
    AddOn,
}

/// A plan or an add-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub code: String,
    pub role: Role,
    /// The kind of a plan, or the kinds of service that an add-on may be added to.
    pub kinds: Vec<ServiceKind>,
    pub name: Bilingual,
    pub description: Option<Bilingual>,
    /// Monthly prices before tax, each from a day on; sorted.
    prices: Vec<(Day, Amount)>,
    /// The first and last day on which it can be ordered; none: always.
    pub offered_from: Option<Day>,
    pub offered_until: Option<Day>,
    /// Who may order it; empty: everybody.
    pub segments: Vec<Segment>,
    /// The commitments in months that it can be ordered with.
    pub commitments: Vec<u8>,
    /// When which taxes are not due on it (BIL-2).
    pub taxability: Taxability,
}

impl Item {
    /// The monthly price on that day; none before its first price.
    pub fn price(&self, day: Day) -> Option<Amount> {
        let place = self.prices.partition_point(|(from, _)| *from <= day);
        place.checked_sub(1).map(|last| self.prices[last].1)
    }

    /// The days within the span on which the price changes.
    pub fn price_changes(&self, span: Span) -> impl Iterator<Item = Day> {
        self.prices.iter().map(|(from, _)| *from).filter(move |from| span.contains(*from))
    }
}

/// A version of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    pub currency: Currency,
    items: BTreeMap<String, Item>,
    /// The day before which the taxes due are those of an earlier catalogue ([`Self::following`]).
    own_from: Option<Day>,
}

/// What is wrong with a catalogue file, all at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueError(pub Vec<Problem>);

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for CatalogueError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    currency: Currency,
    #[serde(default)]
    plan: Vec<Spanned<FileItem>>,
    #[serde(default)]
    add_on: Vec<Spanned<FileItem>>,
    taxability_before: Option<FileBefore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileItem {
    code: Spanned<String>,
    kind: Option<ServiceKind>,
    #[serde(default)]
    kinds: Vec<ServiceKind>,
    name: Bilingual,
    description: Option<Bilingual>,
    prices: Spanned<Vec<FilePrice>>,
    offered_from: Option<Spanned<Datetime>>,
    offered_until: Option<Spanned<Datetime>>,
    #[serde(default)]
    segments: Vec<Segment>,
    #[serde(default)]
    commitments: Vec<u8>,
    #[serde(default)]
    untaxed: Vec<FileUntaxed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePrice {
    from: Spanned<Datetime>,
    amount: Spanned<String>,
}

impl Catalogue {
    /// Reads a catalogue file.
    ///
    /// # Errors
    /// Every problem with its line; a file that is no TOML of this form has one.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            CatalogueError(vec![Problem::at(text, offset, error.message())])
        })?;
        let mut problems = Vec::new();
        let mut items = BTreeMap::new();
        let plans = file.plan.into_iter().map(|item| (Role::Plan, item));
        for (role, item) in plans.chain(file.add_on.into_iter().map(|item| (Role::AddOn, item))) {
            let at = item.get_ref().code.span().start;
            match read_item(text, role, item.into_inner(), &mut problems) {
                Some(item) if items.contains_key(&item.code) => {
                    problems.push(Problem::at(text, at, format!("the code “{}” is used twice", item.code)));
                }
                Some(item) => {
                    items.insert(item.code.clone(), item);
                }
                None => {}
            }
        }
        let own_from = file.taxability_before.and_then(|before| before.apply(text, &mut items, &mut problems));
        if problems.is_empty() {
            Ok(Self { currency: file.currency, items, own_from })
        } else {
            Err(CatalogueError(problems))
        }
    }

    /// The text of a catalogue file that comes after `previous` and changes which taxes are due from `day` on, and what it
    /// then says: before that day those of `previous` are due. What was kept of the previous one stands at its end.
    ///
    /// # Errors
    /// When the file says already what held before a day.
    pub fn following(&self, text: &str, previous: &Self, day: Day) -> Result<(String, Self), CatalogueError> {
        let kept = previous.items.values().flat_map(|item| {
            let untaxed = item.taxability.rules().iter().filter_map(|rule| rule.clone().clipped(None, Some(day)));
            untaxed.map(|rule| rule.line(&item.code))
        });
        let kept: String = kept.filter(|line| self.items.contains_key(line.0)).map(|line| line.1).collect();
        let text = format!(
            "{}\n\n# Kept by “guichet catalogue load”: on what which taxes were not due before that day.\n\
             [taxability_before]\nday = {day}\nuntaxed = [\n{kept}]\n",
            text.trim_end()
        );
        Self::parse(&text).map(|catalogue| (text, catalogue))
    }

    /// The day before which the taxes due are those of an earlier catalogue; none where this one alone says them.
    pub fn own_from(&self) -> Option<Day> {
        self.own_from
    }

    /// The items on which other taxes were due on what was billed than `previous` says, each with the first such day.
    pub fn taxed_otherwise(&self, previous: &Self, billed: Billed) -> Vec<(&str, Day)> {
        let both = self.items().filter_map(|new| Some((new, previous.item(&new.code)?)));
        let changed = both
            .filter_map(|(new, old)| Some((new.code.as_str(), changed_day(&new.taxability, &old.taxability, billed)?)));
        changed.collect()
    }

    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.get(code)
    }

    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// Why this version may not come after `previous`, when so much was billed: an item that services may still have must
    /// stay, and prices of billed days, and the taxes due on what was billed, must stay what they were.
    pub fn objections_after(&self, previous: &Self, billed: Billed) -> Vec<String> {
        let mut objections = Vec::new();
        let billed_until = billed.until;
        if self.currency != previous.currency {
            objections.push(format!("the currency was {} and cannot become {}", previous.currency, self.currency));
        }
        for old in previous.items() {
            let Some(new) = self.item(&old.code) else {
                objections.push(format!(
                    "“{}” is missing: services may still have it; keep it, and give it an offered_until so that nobody orders it",
                    old.code
                ));
                continue;
            };
            if (new.role, &new.kinds) != (old.role, &old.kinds) {
                objections
                    .push(format!("“{}” cannot become something else; give the new item a code of its own", old.code));
            }
            let mut days: Vec<Day> = old.prices.iter().chain(&new.prices).map(|(from, _)| *from).collect();
            days.sort_unstable();
            let differs = |day: &Day| old.price(*day) != new.price(*day);
            if let Some(until) = billed_until
                && let Some(day) = days.into_iter().take_while(|day| *day < until).find(differs)
            {
                objections.push(format!(
                    "the price of “{}” on {day} was different, and days before {until} are billed: let the new price begin on {until} or later",
                    old.code
                ));
            }
        }
        for (code, day) in self.taxed_otherwise(previous, billed) {
            let since = if day == EVER { "so far".to_owned() } else { format!("on {day}") };
            objections.push(format!(
                "other taxes were due on “{code}” {since}, and such bills are issued: say from which day on the file’s hold, with “guichet catalogue load FILE --from DAY”"
            ));
        }
        objections
    }
}

fn read_item(text: &str, role: Role, item: FileItem, problems: &mut Vec<Problem>) -> Option<Item> {
    let before = problems.len();
    let taxability = Taxability::of(item.untaxed.iter().filter_map(|untaxed| untaxed.read(text, problems)));
    let code = item.code.get_ref().clone();
    let at = item.code.span().start;
    let mut wrong = |offset: usize, reason: String| problems.push(Problem::at(text, offset, reason));
    if code.is_empty() || !code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        wrong(at, format!("the code “{code}” must be small letters, digits and hyphens"));
    }
    let kinds = match (role, item.kind, item.kinds.is_empty()) {
        (Role::Plan, Some(kind), true) => vec![kind],
        (Role::AddOn, None, false) => item.kinds,
        (Role::Plan, ..) => {
            wrong(at, format!("the plan “{code}” needs a kind, such as kind = \"internet\""));
            Vec::new()
        }
        (Role::AddOn, ..) => {
            wrong(at, format!("the add-on “{code}” needs kinds, such as kinds = [\"internet\"]"));
            Vec::new()
        }
    };
    let mut day = |date: &Spanned<Datetime>| {
        let day = date.get_ref().to_string().parse::<Day>();
        day.map_err(|error| wrong(date.span().start, error.to_string())).ok()
    };
    let offered_from = item.offered_from.as_ref().and_then(&mut day);
    let offered_until = item.offered_until.as_ref().and_then(&mut day);
    let prices: Vec<_> = item.prices.get_ref().iter().map(|price| (day(&price.from), &price.amount)).collect();
    let mut read = Vec::new();
    for (from, amount) in prices {
        match amount.get_ref().parse::<Amount>() {
            Ok(value) if value.is_negative() => wrong(amount.span().start, format!("the price “{value}” is negative")),
            Ok(value) => read.extend(from.map(|from| (from, value))),
            Err(error) => wrong(amount.span().start, format!("“{}” {error}", amount.get_ref())),
        }
    }
    if item.prices.get_ref().is_empty() {
        wrong(item.prices.span().start, format!("“{code}” has no price; 0.00 is one"));
    }
    if !read.is_sorted_by(|a, b| a.0 < b.0) {
        wrong(
            item.prices.span().start,
            format!("the prices of “{code}” must begin on different days, the earliest first"),
        );
    }
    (problems.len() == before).then_some(Item {
        code,
        role,
        kinds,
        name: item.name,
        description: item.description,
        prices: read,
        offered_from,
        offered_until,
        segments: item.segments,
        commitments: item.commitments,
        taxability,
    })
}

#[cfg(test)]
mod tests {
    use kernel::Region;

    use super::*;

    const GOOD: &str = r#"currency = "CAD"

[[plan]]
code = "dsl"
kind = "internet"
name = { fr = "Internet DSL", en = "DSL Internet" }
prices = [{ from = 2020-01-01, amount = "25.00" }, { from = 2027-01-01, amount = "27.00" }]

[[add_on]]
code = "backup"
kinds = ["internet"]
name = { fr = "Sauvegarde", en = "Backup" }
prices = [{ from = 2020-01-01, amount = "5.00" }]
untaxed = [{ region = "CA-BC", tax = "pst" }]
"#;

    fn problems(text: &str) -> Vec<String> {
        Catalogue::parse(text).err().map_or(Vec::new(), |error| error.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn svc_1_prices_hold_from_their_day() {
        let catalogue = Catalogue::parse(GOOD).expect("a catalogue");
        let dsl = catalogue.item("dsl").expect("a plan");
        assert_eq!(dsl.price(Day::constant(2019, 12, 31)), None);
        assert_eq!(dsl.price(Day::constant(2026, 12, 31)), Some(Amount::cents(2500)));
        assert_eq!(dsl.price(Day::constant(2027, 1, 1)), Some(Amount::cents(2700)));
        let backup = catalogue.item("backup").expect("an add-on");
        let (bc, qc) = ("CA-BC".parse().expect("a region"), "CA-QC".parse().expect("a region"));
        let today = Day::constant(2026, 12, 1);
        let taxed = |region: &Region, tax| backup.taxability.is_taxed((region, tax), today, today);
        assert!(!taxed(&bc, "pst") && taxed(&bc, "gst") && taxed(&qc, "pst"));
    }

    #[test]
    fn svc_1_errors_name_line_and_reason() {
        let cases = [
            ("amount = \"25.00\"", "amount = \"25,00\"", "line 7: “25,00” is no amount"),
            ("amount = \"5.00\"", "amount = \"-5.00\"", "line 13: the price “-5.00” is negative"),
            ("amount = \"5.00\"", "amount = 5.00", "line 13: invalid type"),
            ("code = \"backup\"", "code = \"dsl\"", "line 10: the code “dsl” is used twice"),
            ("kind = \"internet\"\n", "\n", "line 4: the plan “dsl” needs a kind"),
            ("from = 2027-01-01", "from = 2020-01-01", "line 7: the prices of “dsl” must begin on different days"),
            ("en = \"Backup\"", "de = \"Backup\"", "line 12: unknown field `de`"),
            ("[[add_on]]", "[[addon]]", "line 9: unknown field `addon`"),
            ("code = \"backup\"", "code = \"Back up\"", "line 10: the code “Back up” must be small letters"),
        ];
        for (from, to, expected) in cases {
            let found = problems(&GOOD.replacen(from, to, 1));
            assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}: {found:?}");
        }
    }

    #[test]
    fn svc_1_a_new_version_leaves_what_was_billed() {
        let old = Catalogue::parse(GOOD).expect("a catalogue");
        let objections = |text: &str, until: Option<Day>| {
            Catalogue::parse(text).expect("a catalogue").objections_after(&old, Billed { until, issued: until })
        };
        let until = Some(Day::constant(2027, 1, 1));
        assert_eq!(objections(&GOOD.replace("27.00", "29.00"), until), Vec::<String>::new());
        assert_eq!(objections(&GOOD.replace("5.00\" }]\nun", "6.00\" }]\nun"), until).len(), 1);
        assert_eq!(objections(&GOOD.replace("5.00\" }]\nun", "6.00\" }]\nun"), None), Vec::<String>::new());
        assert!(objections(&GOOD.replace("backup", "copies"), until)[0].contains("“backup” is missing"));
        // A price before the first one is a change of billed days too.
        let earlier = GOOD.replace(
            "prices = [{ from = 2020-01-01, amount = \"5.00\" }]",
            "prices = [{ from = 2021-01-01, amount = \"5.00\" }]",
        );
        assert_eq!(objections(&earlier, until).len(), 1);
    }
}
