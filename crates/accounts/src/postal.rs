//! Postal addresses, checked by country and written as its post wants them (PRO-1).

use kernel::{Region, line};

use crate::Address;

/// Provinces and territories of Canada (ISO 3166-2:CA), and the letters that their postal codes begin with (Canada Post).
pub const PROVINCES: [(&str, &str); 13] = [
    ("CA-AB", "T"),
    ("CA-BC", "V"),
    ("CA-MB", "R"),
    ("CA-NB", "E"),
    ("CA-NL", "A"),
    ("CA-NS", "B"),
    ("CA-NT", "X"),
    ("CA-NU", "X"),
    ("CA-ON", "KLMNP"),
    ("CA-PE", "C"),
    ("CA-QC", "GHJ"),
    ("CA-SK", "S"),
    ("CA-YT", "Y"),
];

/// States, the district, territories and military post of the United States (USPS, publication 28).
pub const STATES: [&str; 59] = [
    "AA", "AE", "AK", "AL", "AP", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID",
    "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE", "NH", "NJ",
    "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI",
    "WV", "WY",
];

/// The countries that mail is sent to.
pub const COUNTRIES: [&str; 2] = ["CA", "US"];

/// Longest street and city, in characters.
pub const LONGEST_STREET: usize = 100;
pub const LONGEST_CITY: usize = 60;

/// An address as it was typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct TypedAddress<'a> {
    pub street: &'a str,
    pub city: &'a str,
    /// `CA` or `US`.
    pub country: &'a str,
    /// ISO 3166-2, as `CA-QC` or `US-NY`.
    pub region: &'a str,
    pub postal_code: &'a str,
}

/// What is wrong with a field of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    NoStreet,
    StreetTooLong,
    NoCity,
    CityTooLong,
    NoCountry,
    NoRegion,
    /// A province with the United States, or a state with Canada.
    RegionElsewhere,
    /// Not as `H2X 1Y4`.
    NoCanadianCode,
    /// A postal code of another province.
    CodeElsewhere,
    /// Not as `10001` or `10001-1234`.
    NoZip,
}

impl AddressProblem {
    /// The field it is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::NoStreet | Self::StreetTooLong => "street",
            Self::NoCity | Self::CityTooLong => "city",
            Self::NoCountry => "country",
            Self::NoRegion | Self::RegionElsewhere => "region",
            Self::NoCanadianCode | Self::CodeElsewhere | Self::NoZip => "postal_code",
        }
    }

    /// Its name in the texts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NoStreet => "no-street",
            Self::StreetTooLong => "street-long",
            Self::NoCity => "no-city",
            Self::CityTooLong => "city-long",
            Self::NoCountry => "no-country",
            Self::NoRegion => "no-region",
            Self::RegionElsewhere => "region-elsewhere",
            Self::NoCanadianCode => "no-canadian-code",
            Self::CodeElsewhere => "code-elsewhere",
            Self::NoZip => "no-zip",
        }
    }
}

/// An address in the form in which it is kept.
///
/// # Errors
/// All that is wrong, in the order of the fields.
pub fn check_address(typed: TypedAddress<'_>) -> Result<Address, Vec<AddressProblem>> {
    let mut problems = Vec::new();
    let (street, city) = (line(typed.street), line(typed.city));
    for (text, longest, none, long) in [
        (&street, LONGEST_STREET, AddressProblem::NoStreet, AddressProblem::StreetTooLong),
        (&city, LONGEST_CITY, AddressProblem::NoCity, AddressProblem::CityTooLong),
    ] {
        if !text.chars().any(char::is_alphanumeric) {
            problems.push(none);
        } else if text.chars().count() > longest {
            problems.push(long);
        }
    }
    let known_region = PROVINCES.iter().any(|(code, _)| *code == typed.region)
        || typed.region.strip_prefix("US-").is_some_and(|state| STATES.contains(&state));
    let region = typed.region.parse::<Region>().ok().filter(|_| known_region);
    let country = COUNTRIES.contains(&typed.country).then_some(typed.country);
    match (country, &region) {
        (None, _) => problems.push(AddressProblem::NoCountry),
        (_, None) => problems.push(AddressProblem::NoRegion),
        (Some(country), Some(region)) if region.country() != country => problems.push(AddressProblem::RegionElsewhere),
        _ => {}
    }
    let code = match country {
        Some("US") => zip(typed.postal_code),
        _ => canadian(typed.postal_code, region.as_ref()),
    };
    let code = code.map_err(|problem| problems.push(problem)).ok();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Address {
        street: Some(street),
        city: Some(city),
        region,
        postal_code: code,
        country: country.map(str::to_owned),
    })
}

/// `H2X 1Y4`: without D, F, I, O, Q and U, first letter neither W nor Z, and one of the province's.
fn canadian(typed: &str, region: Option<&Region>) -> Result<String, AddressProblem> {
    let code: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect();
    let is_letter = |c: char| c.is_ascii_uppercase() && !"DFIOQU".contains(c);
    let fits = code.chars().enumerate().all(|(at, c)| if at % 2 == 0 { is_letter(c) } else { c.is_ascii_digit() });
    if code.len() != 6 || !fits || code.starts_with(['W', 'Z']) {
        return Err(AddressProblem::NoCanadianCode);
    }
    let first = region.and_then(|region| PROVINCES.iter().find(|(province, _)| *province == region.code()));
    // The federal offices of Gatineau have the codes of Ottawa.
    let federal = code.starts_with("K1A") && region.is_some_and(|region| region.code() == "CA-QC");
    if first.is_some_and(|(_, letters)| !code.starts_with(|c| letters.contains(c))) && !federal {
        return Err(AddressProblem::CodeElsewhere);
    }
    Ok(format!("{} {}", &code[..3], &code[3..]))
}

/// `10001` or `10001-1234`.
fn zip(typed: &str) -> Result<String, AddressProblem> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let foreign = typed.chars().any(|c| !c.is_ascii_digit() && !c.is_whitespace() && c != '-');
    match (foreign, digits.len()) {
        (false, 5) => Ok(digits),
        (false, 9) => Ok(format!("{}-{}", &digits[..5], &digits[5..])),
        _ => Err(AddressProblem::NoZip),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here<'a>(region: &'a str, postal_code: &'a str) -> TypedAddress<'a> {
        TypedAddress { street: " 12,  rue Principale ", city: "Montréal", country: "CA", region, postal_code }
    }

    #[test]
    fn pro_1_postal_codes_are_checked_by_country_and_province() {
        let code = |typed| check_address(typed).map(|address| address.postal_code.unwrap_or_default());
        assert_eq!(code(here("CA-QC", "h2x1y4")), Ok("H2X 1Y4".to_owned()));
        assert_eq!(code(here("CA-QC", "K1A-0A6")), Ok("K1A 0A6".to_owned()));
        assert_eq!(code(here("CA-ON", "H2X 1Y4")), Err(vec![AddressProblem::CodeElsewhere]));
        for wrong in ["", "H2X", "H2X 1Y44", "H2O 1Y4", "Z2X 1Y4", "10001", "H2X 1Y4é", "ß2X1Y4"] {
            assert_eq!(code(here("CA-QC", wrong)), Err(vec![AddressProblem::NoCanadianCode]), "{wrong}");
        }
        let there = |region, postal_code| TypedAddress { country: "US", region, postal_code, ..here("", "") };
        assert_eq!(code(there("US-NY", "10001 1234")), Ok("10001-1234".to_owned()));
        assert_eq!(code(there("US-NY", "H2X 1Y4")), Err(vec![AddressProblem::NoZip]));
        assert_eq!(code(there("CA-QC", "10001")), Err(vec![AddressProblem::RegionElsewhere]));
        assert_eq!(code(there("US-XX", "10001")), Err(vec![AddressProblem::NoRegion]));
    }

    #[test]
    fn pro_1_every_problem_of_an_address_is_told_at_once() {
        let problems = check_address(TypedAddress::default()).expect_err("problems");
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field()).collect();
        assert_eq!(fields, ["street", "city", "country", "postal_code"]);
        let long = "é".repeat(101);
        let problems = check_address(TypedAddress { street: &long, ..here("CA-QC", "H2X 1Y4") });
        assert_eq!(problems, Err(vec![AddressProblem::StreetTooLong]));
        let kept = check_address(here("CA-QC", "H2X 1Y4")).expect("an address");
        assert_eq!(kept.street.as_deref(), Some("12, rue Principale"));
    }
}
