//! The mapping: a TOML file that says which column of the provider's file is what, which constants stand for what is
//! missing, and which values mean which plan or add-on of the catalogue (OPS-2).

mod reader;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kernel::{Day, Problem};
use serde::Deserialize;
use services::{Catalogue, Role, ServiceKind};
use taxes::TaxTable;
use toml::Spanned;
use toml::value::Datetime;

use super::amounts::{AmountStyle, Negative};
use super::days::DayForm;
use super::encoding::Encoding;
use super::file::composed;
use super::words::Words;
use reader::Reader;
pub(crate) use reader::may_delimit;

#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("{}", list(path, problems))]
    Problems { path: PathBuf, problems: Vec<Problem> },
}

fn list(path: &Path, problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| format!("{}, {problem}", path.display())).collect();
    lines.join("\n")
}

/// Where a value comes from: a constant, or a column and what its values mean.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) from: From,
    /// The line of the mapping, for its errors.
    pub(crate) offset: usize,
    /// How the column writes amounts and days, if it has such.
    pub(crate) amounts: AmountStyle,
    pub(crate) days: Option<DayForm>,
}

#[derive(Clone, Debug)]
pub(crate) enum From {
    Constant(String),
    Column { column: String, values: Option<BTreeMap<String, String>> },
}

/// A mapping that was checked against its catalogue.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(crate) catalogue_text: String,
    pub(crate) catalogue: Catalogue,
    /// Which regions' taxes are known.
    pub(crate) taxes: TaxTable,
    pub(crate) as_of: Day,
    /// None where the file is in UTF-8 or says otherwise itself.
    pub(crate) encoding: Option<Encoding>,
    /// None where the mapping leaves it at a comma, or at what the file says itself.
    pub(crate) delimiter: Option<u8>,
    /// None where nothing is put in quotes.
    pub(crate) quote: Option<u8>,
    /// Whether a backslash changes what follows it.
    pub(crate) backslash: bool,
    pub(crate) words: Words,
    /// Whether keys that look as if a spreadsheet had made them are so by nature.
    pub(crate) exact_keys: bool,
    pub(crate) fields: Fields,
    pub(crate) services: Vec<ServiceMap>,
    /// The kinds of service whose plan takes the difference to the row's price, the first that the row has.
    pub(crate) rest_on: Vec<ServiceKind>,
}

/// The fields of a row besides its services. What is not mapped is unknown.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) key: Source,
    pub(crate) customer_kind: Option<Source>,
    pub(crate) language: Source,
    pub(crate) name: Option<Source>,
    pub(crate) email: Option<Source>,
    pub(crate) telephone: Option<Source>,
    pub(crate) segment: Source,
    pub(crate) cycle_day: Option<Source>,
    pub(crate) bill_format: Option<Source>,
    pub(crate) pays_by: Option<Source>,
    pub(crate) charged_before: Option<Source>,
    pub(crate) balance: Option<Source>,
    pub(crate) street: Option<Source>,
    pub(crate) city: Option<Source>,
    pub(crate) region: Source,
    pub(crate) postal_code: Option<Source>,
    pub(crate) country: Option<Source>,
    pub(crate) months_before: Option<Source>,
    pub(crate) start: Option<Source>,
    pub(crate) left: Option<Source>,
    pub(crate) last_day: Option<Source>,
    pub(crate) price: Option<Source>,
}

#[derive(Clone, Debug)]
pub(crate) struct ServiceMap {
    pub(crate) kind: ServiceKind,
    pub(crate) plan: Source,
    pub(crate) commitment_months: Option<Source>,
    pub(crate) add_ons: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FileSource {
    Text(String),
    Number(i64),
    Day(Datetime),
    Column(FileColumn),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileColumn {
    column: String,
    values: Option<BTreeMap<String, String>>,
    decimal: Option<char>,
    thousands: Option<char>,
    currency: Option<OneOrMany<String>>,
    negative: Option<OneOrMany<Negative>>,
    days: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn many(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

type Entry = Spanned<FileSource>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    import: FileImport,
    customer: FileCustomer,
    account: FileAccount,
    address: FileAddress,
    #[serde(default)]
    start: FileStart,
    #[serde(default)]
    end: FileEnd,
    price: Option<FilePrice>,
    service: Vec<FileService>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileImport {
    catalogue: Spanned<PathBuf>,
    as_of: Spanned<Datetime>,
    encoding: Option<Spanned<String>>,
    delimiter: Option<Spanned<char>>,
    quote: Option<Spanned<String>>,
    escape: Option<Escape>,
    #[serde(default)]
    nothing: Vec<String>,
    #[serde(default)]
    not_nothing: Vec<String>,
    #[serde(default)]
    exact_keys: bool,
    decimal: Option<Spanned<char>>,
    thousands: Option<Spanned<char>>,
    currency: Option<Spanned<OneOrMany<String>>>,
    negative: Option<OneOrMany<Negative>>,
    days: Option<Spanned<String>>,
    key: Entry,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Escape {
    Backslash,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCustomer {
    kind: Option<Entry>,
    language: Entry,
    name: Option<Entry>,
    email: Option<Entry>,
    telephone: Option<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAccount {
    segment: Entry,
    cycle_day: Option<Entry>,
    bill_format: Option<Entry>,
    pays_by: Option<Entry>,
    charged_before: Option<Entry>,
    balance: Option<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAddress {
    street: Option<Entry>,
    city: Option<Entry>,
    region: Entry,
    postal_code: Option<Entry>,
    country: Option<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStart {
    months_before: Option<Entry>,
    day: Option<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEnd {
    left: Option<Entry>,
    last_day: Option<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePrice {
    month: Entry,
    rest_on: Vec<ServiceKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileService {
    kind: ServiceKind,
    plan: Entry,
    commitment_months: Option<Entry>,
    #[serde(default)]
    add_ons: Vec<Entry>,
}

impl Mapping {
    /// Reads a mapping and the catalogue that it names (beside it, unless the path says otherwise), and checks both.
    ///
    /// # Errors
    /// Every problem with its file and line.
    pub fn read(path: &Path) -> Result<Self, MappingError> {
        Self::parse(path, &read_text(path)?, read_text)
    }

    /// As [`Self::read`], of a text; `path` is where it stands, and `read_catalogue` reads what it names.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(
        path: &Path,
        text: &str,
        read_catalogue: impl Fn(&Path) -> Result<String, MappingError>,
    ) -> Result<Self, MappingError> {
        let problems = |problems| MappingError::Problems { path: path.to_owned(), problems };
        let mut file: File = toml::from_str(text).map_err(|error| {
            problems(vec![Problem::at(text, error.span().map_or(0, |span| span.start), error.message())])
        })?;
        let beside = path.parent().unwrap_or(Path::new("."));
        let catalogue_path = beside.join(file.import.catalogue.get_ref());
        let catalogue_text = read_catalogue(&catalogue_path).map_err(|error| {
            problems(vec![Problem::at(
                text,
                file.import.catalogue.span().start,
                format!("the catalogue cannot be read: {error}"),
            )])
        })?;
        let catalogue = Catalogue::parse(&catalogue_text)
            .map_err(|error| MappingError::Problems { path: catalogue_path.clone(), problems: error.0 })?;
        let currency = catalogue.currency;
        let mut reader = Reader { text, currency, amounts: AmountStyle::default(), days: None, found: Vec::new() };
        let as_of = file.import.as_of.get_ref().to_string().parse::<Day>().unwrap_or_else(|error| {
            reader.wrong(file.import.as_of.span().start, error.to_string());
            Day::constant(2000, 1, 1)
        });
        reader.styles(&file.import);
        let import = &file.import;
        let words = |words: &[String]| words.iter().map(|word| composed(word.trim()).into_owned()).collect();
        let mapping = Self {
            catalogue_text,
            catalogue,
            taxes: TaxTable::parse(taxes::SHIPPED).map_err(|problem| problems(vec![problem]))?,
            as_of,
            encoding: reader.encoding(import.encoding.as_ref()),
            delimiter: reader.delimiter(import.delimiter.as_ref()),
            quote: reader.quote(import.quote.as_ref()),
            backslash: import.escape == Some(Escape::Backslash),
            words: Words { nothing: words(&import.nothing), not_nothing: words(&import.not_nothing) },
            exact_keys: import.exact_keys,
            rest_on: file.price.as_ref().map_or(Vec::new(), |price| price.rest_on.clone()),
            services: std::mem::take(&mut file.service).into_iter().map(|service| reader.service(service)).collect(),
            fields: reader.fields(file),
        };
        let mut found = reader.found;
        mapping.check_items(text, &mut found);
        mapping.check_start(text, &mut found);
        if found.is_empty() { Ok(mapping) } else { Err(problems(found)) }
    }

    /// Plans and add-ons that the mapping names must be in the catalogue.
    fn check_items(&self, text: &str, found: &mut Vec<Problem>) {
        for service in &self.services {
            let plans = std::iter::once((Role::Plan, &service.plan));
            for (role, source) in plans.chain(service.add_ons.iter().map(|source| (Role::AddOn, source))) {
                for code in source.meanings().filter(|code| !code.is_empty()) {
                    let item = self.catalogue.item(code);
                    if !item.is_some_and(|item| item.role == role && item.kinds.contains(&service.kind)) {
                        let role = if role == Role::Plan { "plan" } else { "add-on" };
                        let reason = format!("the catalogue has no {role} “{code}” for {}", service.kind.code());
                        found.push(Problem::at(text, source.offset, reason));
                    } else if item.is_some_and(|item| item.price(self.as_of).is_none()) {
                        let reason = format!("“{code}” has no price on {} in the catalogue", self.as_of);
                        found.push(Problem::at(text, source.offset, reason));
                    }
                }
            }
        }
    }

    fn check_start(&self, text: &str, found: &mut Vec<Problem>) {
        if let (Some(months), Some(_)) = (&self.fields.months_before, &self.fields.start) {
            found.push(Problem::at(text, months.offset, "the start is either months_before or day, not both"));
        }
        if let (Some(left), None) = (&self.fields.left, &self.fields.last_day) {
            found.push(Problem::at(text, left.offset, "end.left needs end.last_day: the last day of those who left"));
        }
    }

    /// Every column that the mapping reads, with the place in the mapping that names it.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let fields = &self.fields;
        let optional = [
            &fields.customer_kind,
            &fields.name,
            &fields.email,
            &fields.telephone,
            &fields.cycle_day,
            &fields.bill_format,
            &fields.pays_by,
            &fields.charged_before,
            &fields.balance,
            &fields.street,
            &fields.city,
            &fields.postal_code,
            &fields.country,
            &fields.months_before,
            &fields.start,
            &fields.left,
            &fields.last_day,
            &fields.price,
        ];
        let services = self.services.iter().flat_map(|service| {
            std::iter::once(&service.plan).chain(&service.commitment_months).chain(&service.add_ons)
        });
        [&fields.key, &fields.language, &fields.segment, &fields.region]
            .into_iter()
            .chain(optional.into_iter().flatten())
            .chain(services)
    }

    /// The month in which a service began, so many whole months before the day that the file is of.
    pub(crate) fn start_before(&self, months: u16) -> Day {
        self.as_of.month().minus(months).first_day()
    }
}

impl Source {
    /// Whether it is what stands in a column, and no constant or meaning that the mapping gives.
    fn is_raw(&self) -> bool {
        matches!(&self.from, From::Column { values: None, .. })
    }

    /// What the values of the column mean, or the constant.
    fn meanings(&self) -> impl Iterator<Item = &str> {
        let (constant, values) = match &self.from {
            From::Constant(text) => (Some(text.as_str()), None),
            From::Column { values, .. } => (None, values.as_ref()),
        };
        constant.into_iter().chain(values.into_iter().flat_map(|values| values.values().map(String::as_str)))
    }
}

fn read_text(path: &Path) -> Result<String, MappingError> {
    std::fs::read_to_string(path).map_err(|error| MappingError::File { path: path.to_owned(), error })
}
