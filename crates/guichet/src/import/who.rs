//! Who and where a row's customer is: by the very types that the pages use, so that what is imported can be written to, called
//! and shown. What was meant otherwise than it stands is noted; what cannot be read with certainty is an error.

use accounts::{Address, Country, HOME, Part, Telephone, country, country_of, with_zeros, written_code};
use kernel::{EmailAddress, Region};

use super::file::{LineError, Row};
use super::mapping::{From, Mapping, Source};

/// A name, street or city: a line as people type it on the pages.
pub(super) fn line_of(row: &Row, source: &Option<Source>) -> Result<Option<String>, LineError> {
    let Some(source) = source else { return Ok(None) };
    let Some(said) = row.get(source)? else { return Ok(None) };
    if said.starts_with('=') {
        return Err(row.wrong(source, "is a formula of a spreadsheet; save the column as text"));
    }
    if kernel::hides_something(said) {
        row.note(source, "has characters that do not print; they are left out");
    }
    Ok(Some(kernel::line(said)).filter(|line| !line.is_empty()))
}

/// The e-mail on file; `smtputf8` says whether the way of sending carries letters that are not ASCII before the `@`.
pub(super) fn email_of(row: &Row, source: &Option<Source>, smtputf8: bool) -> Result<Option<String>, LineError> {
    let Some(source) = source else { return Ok(None) };
    let Some(said) = row.get(source)? else { return Ok(None) };
    let email = EmailAddress::parse(said).map_err(|problem| row.wrong(source, problem.to_string()))?;
    if email.needs_smtputf8() && !smtputf8 {
        let reason =
            "has letters before the @ that the mail server does not carry ([mail] smtputf8 says whether it does)";
        return Err(row.wrong(source, reason));
    }
    Ok(Some(email.as_str().to_owned()))
}

pub(super) fn telephone_of(row: &Row, source: &Option<Source>) -> Result<Option<String>, LineError> {
    let Some(source) = source else { return Ok(None) };
    let Some(said) = row.get(source)? else { return Ok(None) };
    let telephone = Telephone::parse(said).map_err(|error| row.wrong(source, error.to_string()))?;
    Ok(Some(telephone.to_string()))
}

/// The region whose taxes are due. A country of which the table has no region at all has none that we charge.
pub(super) fn tax_region(mapping: &Mapping, row: &Row) -> Result<Region, LineError> {
    let source = &mapping.fields.region;
    let said = row.get(source)?.ok_or_else(|| row.wrong(source, "must not be empty"))?;
    let wrong = || row.wrong(source, "is no region; expected one such as CA-QC");
    let region: Region = said.parse().map_err(|_| wrong())?;
    if mapping.taxes.knows(&region) {
        return Ok(region);
    }
    let unknown = || row.wrong(source, "is a region whose taxes are not known; ZZ stands for none");
    let land = country(region.country()).ok_or_else(unknown)?;
    let part = region.code().split_once('-').map(|(_, part)| part);
    let is_there = part.is_none_or(|part| land.area(part).is_some());
    if !is_there || is_taxed(mapping, land) {
        return Err(unknown());
    }
    row.note(source, "is where no taxes of the table are due: none are charged, as for ZZ");
    "ZZ".parse().map_err(|_| wrong())
}

fn is_taxed(mapping: &Mapping, land: &Country) -> bool {
    let knows = |code: &str| code.parse::<Region>().is_ok_and(|region| mapping.taxes.knows(&region));
    knows(land.code) || land.areas.iter().any(|area| knows(&format!("{}-{}", land.code, area.written)))
}

/// The postal address: its country and area are the region's where the row does not say otherwise, never the tax region itself.
pub(super) fn address_of(mapping: &Mapping, row: &Row) -> Result<Address, LineError> {
    let fields = &mapping.fields;
    let region = row.get(&fields.region)?.unwrap_or_default();
    let (of_region, part) = region.split_once('-').map_or((region, None), |(land, part)| (land, Some(part)));
    let said = fields.country.as_ref().map(|source| Ok((source, row.get(source)?))).transpose()?;
    let land = match said {
        Some((source, Some(word))) => {
            let reason = "is no country that is known; expected its name or two letters, such as CA";
            Some(country_of(word).ok_or_else(|| row.wrong(source, reason))?)
        }
        _ => country(of_region),
    };
    let code = postal_code(row, &fields.postal_code, land)?;
    let own = part.filter(|_| land.is_some_and(|land| land.code == of_region));
    let own = own.and_then(|part| land?.area(part)).map(|area| area.written);
    Ok(Address {
        street: line_of(row, &fields.street)?,
        city: line_of(row, &fields.city)?,
        area: area(row, &fields.region, (land, own), code.as_deref()),
        postal_code: code,
        country: land.map(|land| land.code.to_owned()),
    })
}

/// The area that the region names, unless the postal code is another's, or names it alone.
fn area(
    row: &Row,
    source: &Source,
    (land, own): (Option<&Country>, Option<&str>),
    code: Option<&str>,
) -> Option<String> {
    let land = land.filter(|land| land.has(Part::Area))?;
    let of_code = code.and_then(|code| land.area_of_code(code)).map(|area| area.written);
    match (own, of_code) {
        (Some(own), Some(of_code)) if own == of_code => Some(own.to_owned()),
        (_, Some(of_code)) => {
            // Where the mapping names one region for all, it is for taxes alone.
            if matches!(source.from, From::Column { .. }) {
                row.note(source, format!("is for taxes; {of_code} is taken for the address, from its postal code"));
            }
            Some(of_code.to_owned())
        }
        (own, None) => own.map(str::to_owned),
    }
}

/// A postal code as the country's post writes it.
fn postal_code(row: &Row, source: &Option<Source>, land: Option<&Country>) -> Result<Option<String>, LineError> {
    let Some(source) = source else { return Ok(None) };
    let Some(said) = row.get(source)? else { return Ok(None) };
    let Some(land) = land.or_else(|| country(HOME)) else { return Ok(Some(said.to_owned())) };
    if !land.has(Part::PostalCode) {
        row.note(source, format!("is left out: addresses in {} have no postal code", land.name(kernel::Language::En)));
        return Ok(None);
    }
    if land.example.is_empty() {
        return Ok(Some(kernel::line(said)));
    }
    if let Some(code) = written_code(land, said) {
        let bare =
            |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
        if bare(said) != bare(&code) {
            row.note(source, format!("is taken as {code}"));
        }
        return Ok(Some(code));
    }
    if let Some(code) = with_zeros(land, said) {
        row.note(source, format!("is taken as {code}: a spreadsheet takes zeros in front away"));
        return Ok(Some(code));
    }
    let reason =
        format!("is no postal code of {}; expected one such as {}", land.name(kernel::Language::En), land.example);
    Err(row.wrong(source, reason))
}
