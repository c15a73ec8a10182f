//! What a row means: pure, and the same for the dry run and the real one.

use accounts::{Address, BillFormat, CustomerKind, Segment};
use kernel::{Amount, Currency, Day, Language, Region};
use serde::Serialize;
use services::ServiceKind;

use super::days::read_day;
use super::encoding::meant_by_spoilt;
use super::file::{LineError, Row};
use super::keys::check_key;
use super::mapping::{Mapping, ServiceMap, Source};
use super::who::{address_of, email_of, line_of, tax_region, telephone_of};

/// A row as it was understood. Its MAC (`write::mark`) tells the same row from a changed one, so nothing that follows from
/// the clock or the database belongs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Understood {
    pub(crate) key: String,
    pub(crate) customer_kind: CustomerKind,
    pub(crate) language: Language,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) telephone: Option<String>,
    pub(crate) segment: Segment,
    pub(crate) currency: Currency,
    pub(crate) cycle_day: i8,
    pub(crate) bill_format: BillFormat,
    pub(crate) pays_by: Option<String>,
    pub(crate) charged_before: Option<Amount>,
    pub(crate) balance: Amount,
    pub(crate) address: Address,
    /// Who and where, as the row has it.
    pub(crate) said: Said,
    pub(crate) region: Region,
    pub(crate) start: Day,
    /// The first day without service, of somebody who left.
    pub(crate) ended_on: Option<Day>,
    pub(crate) as_of: Day,
    pub(crate) services: Vec<UnderstoodService>,
}

/// What a row says of who and where before anything is made of it, for the row's MAC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) telephone: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) country: Option<String>,
}

/// Part of the row's MAC as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UnderstoodService {
    pub(crate) kind: &'static str,
    pub(crate) plan: String,
    /// The price agreed with this customer; none for the catalogue's.
    pub(crate) price: Option<Amount>,
    pub(crate) commitment_months: u8,
    /// Each with the price that the catalogue has for it on the day of the file.
    pub(crate) add_ons: Vec<(String, Amount)>,
}

impl UnderstoodService {
    pub(crate) fn service_kind(&self) -> ServiceKind {
        ServiceKind::from_code(self.kind).unwrap_or(ServiceKind::Internet)
    }
}

/// Understands one row; `smtputf8` says whether mail goes to addresses that are not ASCII before the `@`.
pub(crate) fn understand(mapping: &Mapping, row: &Row, smtputf8: bool) -> Result<Understood, LineError> {
    let fields = &mapping.fields;
    let text = |source: &Option<Source>| {
        let said = source.as_ref().map(|source| row.get(source)).transpose()?.flatten();
        Ok::<_, LineError>(said.map(str::to_owned))
    };
    let key = required(row, &fields.key, "must not be empty: it is the key of the row")?.to_owned();
    check_key(&key, mapping.exact_keys).map_err(|reason| row.wrong(&fields.key, reason))?;
    let region = tax_region(mapping, row)?;
    let (start, ended_on) = (start_of(mapping, row)?, end_of(mapping, row)?);
    if ended_on.is_some_and(|ended| ended < start) {
        let source = fields.last_day.as_ref().unwrap_or(&fields.key);
        return Err(row.wrong(source, format!("is before the start, {start}")));
    }
    let mut services = Vec::new();
    for service in &mapping.services {
        services.extend(service_of(mapping, service, row)?);
    }
    agree_prices(mapping, row, &mut services)?;
    note_spoilt(mapping, row)?;
    Ok(Understood {
        key,
        customer_kind: optional(row, &fields.customer_kind, word(&["person", "organisation"]))?
            .map_or(CustomerKind::Person, |place| [CustomerKind::Person, CustomerKind::Organisation][place]),
        language: [Language::Fr, Language::En][parsed(row, &fields.language, word(&["fr", "en"]))?],
        name: line_of(row, &fields.name)?,
        email: email_of(row, &fields.email, smtputf8)?,
        telephone: telephone_of(row, &fields.telephone)?,
        segment: [Segment::Residential, Segment::Business, Segment::Hosting]
            [parsed(row, &fields.segment, word(&["residential", "business", "hosting"]))?],
        currency: mapping.catalogue.currency,
        cycle_day: optional(row, &fields.cycle_day, cycle_day)?.unwrap_or(1),
        bill_format: optional(row, &fields.bill_format, word(&["electronic", "paper"]))?
            .map_or(BillFormat::Electronic, |place| [BillFormat::Electronic, BillFormat::Paper][place]),
        pays_by: text(&fields.pays_by)?,
        charged_before: with_source(row, &fields.charged_before, not_negative)?,
        balance: with_source(row, &fields.balance, amount)?.unwrap_or_default(),
        address: address_of(mapping, row)?,
        said: said(mapping, row)?,
        region,
        start,
        ended_on,
        as_of: mapping.as_of,
        services,
    })
}

/// Letters that another program read wrongly and wrote so stay as they are, but not unsaid.
fn note_spoilt(mapping: &Mapping, row: &Row) -> Result<(), LineError> {
    let fields = &mapping.fields;
    for source in [&fields.name, &fields.street, &fields.city].into_iter().flatten() {
        if let Some(meant) = row.get(source)?.and_then(meant_by_spoilt) {
            row.note(source, format!("seems to have been spoilt before it came here; is “{meant}” meant?"));
        }
    }
    Ok(())
}

fn said(mapping: &Mapping, row: &Row) -> Result<Said, LineError> {
    let fields = &mapping.fields;
    let text = |source: &Option<Source>| {
        let said = source.as_ref().map(|source| row.get(source)).transpose()?.flatten();
        Ok::<_, LineError>(said.map(str::to_owned))
    };
    Ok(Said {
        name: text(&fields.name)?,
        email: text(&fields.email)?,
        telephone: text(&fields.telephone)?,
        street: text(&fields.street)?,
        city: text(&fields.city)?,
        postal_code: text(&fields.postal_code)?,
        country: text(&fields.country)?,
    })
}

fn service_of(mapping: &Mapping, service: &ServiceMap, row: &Row) -> Result<Option<UnderstoodService>, LineError> {
    let plan = row.get(&service.plan)?;
    let mut add_ons = Vec::new();
    for source in &service.add_ons {
        let Some(code) = row.get(source)? else { continue };
        if plan.is_none() {
            return Err(row.wrong(source, format!("is an add-on, and the row has no {} plan", service.kind.code())));
        }
        if add_ons.iter().any(|(known, _)| known == code) {
            return Err(row.wrong(source, format!("means the add-on {code}, which the row has already")));
        }
        // The mapping was checked: each add-on it names has a price.
        let price = mapping.catalogue.item(code).and_then(|item| item.price(mapping.as_of));
        add_ons.push((code.to_owned(), price.ok_or_else(|| row.wrong(source, "is no add-on of the catalogue"))?));
    }
    let Some(plan) = plan else { return Ok(None) };
    if mapping.catalogue.item(plan).is_none() {
        return Err(row.wrong(&service.plan, "is no plan of the catalogue"));
    }
    let months = |text: &str| {
        text.parse::<u8>()
            .ok()
            .filter(|months| *months <= 60)
            .ok_or_else(|| "is no commitment; expected 0 to 60 months".to_owned())
    };
    let commitment_months = optional(row, &service.commitment_months, months)?.unwrap_or(0);
    Ok(Some(UnderstoodService {
        kind: service.kind.code(),
        plan: plan.to_owned(),
        price: None,
        commitment_months,
        add_ons,
    }))
}

/// Where the row says what is paid a month, one plan takes the difference to the catalogue's prices, so that the row's
/// price holds to the cent; the prices of that day are agreed with the customer.
fn agree_prices(mapping: &Mapping, row: &Row, services: &mut [UnderstoodService]) -> Result<(), LineError> {
    let Some(source) = &mapping.fields.price else { return Ok(()) };
    let month = parsed(row, source, |text| not_negative(source, text))?;
    let mut rest = month;
    for service in services.iter_mut() {
        let price = mapping.catalogue.item(&service.plan).and_then(|item| item.price(mapping.as_of));
        let price =
            price.ok_or_else(|| row.wrong(source, format!("cannot be split: “{}” has no price", service.plan)))?;
        service.price = Some(price);
        rest -= price + service.add_ons.iter().map(|(_, price)| *price).sum();
    }
    let carries =
        mapping.rest_on.iter().find_map(|kind| services.iter().position(|service| service.kind == kind.code()));
    match carries.and_then(|place| services.get_mut(place)) {
        Some(service) => {
            let price = service.price.unwrap_or_default() + rest;
            if price.is_negative() {
                let others = month - price;
                return Err(row.wrong(source, format!("is too little; the other items of the row alone cost {others}")));
            }
            service.price = Some(price);
            Ok(())
        }
        None if rest.is_zero() => Ok(()),
        None => Err(row.wrong(source, "is charged, and the row has no service that it could be for")),
    }
}

fn start_of(mapping: &Mapping, row: &Row) -> Result<Day, LineError> {
    let months = |text: &str| {
        text.parse::<u16>()
            .ok()
            .filter(|months| *months <= 1200)
            .ok_or_else(|| "is no number of whole months; expected 0 to 1200".to_owned())
    };
    if let Some(months) = optional(row, &mapping.fields.months_before, months)? {
        return Ok(mapping.start_before(months));
    }
    Ok(with_source(row, &mapping.fields.start, day)?.unwrap_or(mapping.as_of))
}

fn end_of(mapping: &Mapping, row: &Row) -> Result<Option<Day>, LineError> {
    let last_day = with_source(row, &mapping.fields.last_day, day)?;
    let left = match &mapping.fields.left {
        None => last_day.is_some(),
        Some(_) => optional(row, &mapping.fields.left, word(&["yes", "no"]))? == Some(0),
    };
    Ok(last_day.filter(|_| left).map(|day| day.plus_days(1)))
}

fn required<'a>(row: &'a Row, source: &'a Source, reason: &str) -> Result<&'a str, LineError> {
    row.get(source)?.ok_or_else(|| row.wrong(source, reason))
}

fn parsed<T>(row: &Row, source: &Source, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, LineError> {
    let said = required(row, source, "must not be empty")?;
    parse(said).map_err(|reason| row.wrong(source, reason))
}

fn optional<T>(
    row: &Row,
    source: &Option<Source>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, LineError> {
    let Some(source) = source else { return Ok(None) };
    let Some(said) = row.get(source)? else { return Ok(None) };
    parse(said).map(Some).map_err(|reason| row.wrong(source, reason))
}

/// As [`optional`], where the source says how such a value is written.
fn with_source<T>(
    row: &Row,
    source: &Option<Source>,
    parse: impl Fn(&Source, &str) -> Result<T, String>,
) -> Result<Option<T>, LineError> {
    let Some(known) = source else { return Ok(None) };
    optional(row, source, |text| parse(known, text))
}

fn amount(source: &Source, text: &str) -> Result<Amount, String> {
    source.amounts.read(text)
}

fn not_negative(source: &Source, text: &str) -> Result<Amount, String> {
    let amount = amount(source, text)?;
    if amount.is_negative() { Err("is negative; expected an amount of 0.00 or more".to_owned()) } else { Ok(amount) }
}

fn day(source: &Source, text: &str) -> Result<Day, String> {
    read_day(source.days.as_ref(), text)
}

fn cycle_day(text: &str) -> Result<i8, String> {
    text.parse().ok().filter(|day| (1..=28).contains(day)).ok_or_else(|| "is no cycle day; expected 1 to 28".to_owned())
}

/// The place of the text among the words.
fn word(words: &'static [&'static str]) -> impl Fn(&str) -> Result<usize, String> {
    move |text| words.iter().position(|word| *word == text).ok_or_else(|| format!("is not one of {}", words.join(", ")))
}
