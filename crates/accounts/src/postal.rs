//! Postal addresses, checked as the post of their country wants them (PRO-1): which parts there are, and how a postal code is
//! written, stand in the table of [`crate::countries`].

use kernel::line;

use crate::Address;
use crate::countries::{Country, HOME, Part, country};

/// Longest street, and longest city or area, in characters.
pub const LONGEST_STREET: usize = 100;
pub const LONGEST_CITY: usize = 60;

/// An address as it was typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct TypedAddress<'a> {
    pub street: &'a str,
    pub city: &'a str,
    /// ISO 3166-1, as `CA`.
    pub country: &'a str,
    /// A choice of the form, as `CA-QC` or `JP-Tokyo`; where the country has no list, as it was typed.
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
    /// Not as another country writes them.
    WrongCode,
}

impl AddressProblem {
    /// The field it is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::NoStreet | Self::StreetTooLong => "street",
            Self::NoCity | Self::CityTooLong => "city",
            Self::NoCountry => "country",
            Self::NoRegion | Self::RegionElsewhere => "region",
            Self::NoCanadianCode | Self::CodeElsewhere | Self::NoZip | Self::WrongCode => "postal_code",
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
            Self::WrongCode => "wrong-code",
        }
    }
}

/// An address in the form in which it is kept.
///
/// # Errors
/// All that is wrong, in the order of the fields.
pub fn check_address(typed: TypedAddress<'_>) -> Result<Address, Vec<AddressProblem>> {
    let mut problems = Vec::new();
    let known = country(typed.country);
    let (street, city) = (line(typed.street), line(typed.city));
    let needs_city = known.is_none_or(|country| country.needs(Part::City));
    for (text, longest, is_needed, none, long) in [
        (&street, LONGEST_STREET, true, AddressProblem::NoStreet, AddressProblem::StreetTooLong),
        (&city, LONGEST_CITY, needs_city, AddressProblem::NoCity, AddressProblem::CityTooLong),
    ] {
        if is_needed && !text.chars().any(char::is_alphanumeric) {
            problems.push(none);
        } else if text.chars().count() > longest {
            problems.push(long);
        }
    }
    let Some(country) = known else {
        problems.push(AddressProblem::NoCountry);
        return Err(problems);
    };
    let area = area(country, typed.region).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let code = postal_code(country, area.as_deref(), typed.postal_code).map_err(|problem| problems.push(problem));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Address {
        street: Some(street),
        city: Some(city).filter(|city| !city.is_empty() && country.has(Part::City)),
        area,
        postal_code: code.unwrap_or_default(),
        country: Some(country.code.to_owned()),
    })
}

/// Province, state or the like as an address there is written with it.
fn area(country: &Country, typed: &str) -> Result<Option<String>, AddressProblem> {
    if !country.has(Part::Area) {
        return Ok(None);
    }
    let typed = line(typed);
    let chosen = typed.split_once('-').filter(|(code, _)| crate::countries::country(code).is_some());
    let own = chosen.filter(|(code, _)| *code == country.code).map_or(typed.as_str(), |(_, part)| part);
    let found = country.area(own).map(|area| area.written.to_owned());
    match found {
        Some(written) => Ok(Some(written)),
        None if chosen.is_some_and(|(code, _)| code != country.code) => Err(AddressProblem::RegionElsewhere),
        None if own.is_empty() && !country.needs(Part::Area) => Ok(None),
        None if country.areas.is_empty() && !own.is_empty() && own.chars().count() <= LONGEST_CITY => {
            Ok(Some(own.to_owned()))
        }
        None => Err(AddressProblem::NoRegion),
    }
}

fn postal_code(country: &Country, area: Option<&str>, typed: &str) -> Result<Option<String>, AddressProblem> {
    if !country.has(Part::PostalCode) || (line(typed).is_empty() && !country.needs(Part::PostalCode)) {
        return Ok(None);
    }
    let code = written_code(country, typed).ok_or(match country.code {
        HOME => AddressProblem::NoCanadianCode,
        "US" => AddressProblem::NoZip,
        _ => AddressProblem::WrongCode,
    })?;
    let area = area.filter(|_| country.code == HOME).and_then(|area| country.area(area));
    match area.and_then(|area| area.begins(&code)) {
        Some(false) => Err(AddressProblem::CodeElsewhere),
        _ => Ok(Some(code)),
    }
}

/// A postal code as the country's post writes it: `h7n4k2` is `H7N 4K2`. Where a digit must stand, O is 0 and I and L are 1.
pub fn written_code(country: &Country, typed: &str) -> Option<String> {
    if !country.has(Part::PostalCode) || country.example.is_empty() {
        return None;
    }
    let typed = line(typed).to_uppercase();
    let dashes = |c: char| if "\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}".contains(c) { '-' } else { c };
    let typed: String = typed.chars().map(dashes).collect();
    let bare: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    // As “F-69001” and “CH-8001” were written once.
    let inland = [country.code, &country.code[..1]].into_iter().find_map(|mark| {
        let rest = typed.strip_prefix(mark)?.strip_prefix(['-', ' '])?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then(|| rest.replace([' ', '-'], ""))
    });
    if bare.is_empty() || bare.len() > 12 || !bare.is_ascii() {
        return None;
    }
    std::iter::once(bare).chain(inland).find_map(|bare| readings(&bare).find_map(|code| parted(country, &code)))
}

/// What letters and digits may mean, as they stand first: O for 0, I and L for 1.
fn readings(bare: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = bare.chars().collect();
    let places: Vec<usize> =
        letters.iter().enumerate().filter(|(_, c)| "OIL".contains(**c)).map(|(at, _)| at).collect();
    // Of more there is no code.
    let choices = if places.len() > 6 { 1 } else { 1_u32 << places.len() };
    (0..choices).map(move |chosen| {
        let mut read = letters.clone();
        for (bit, at) in places.iter().enumerate() {
            if chosen & (1 << bit) != 0 {
                read[*at] = if letters[*at] == 'O' { '0' } else { '1' };
            }
        }
        read.into_iter().collect()
    })
}

/// A code of letters and digits alone with the sign between them that the country's have, if it is one.
fn parted(country: &Country, bare: &str) -> Option<String> {
    let sign = country.example.rfind([' ', '-']);
    let shape = sign.map(|at| (&country.example[at..=at], country.example.len() - at - 1));
    let usual = shape.filter(|(_, rest)| bare.len() > *rest).map(|(sign, rest)| {
        let (head, tail) = bare.split_at(bare.len() - rest);
        format!("{head}{sign}{tail}")
    });
    let unusual = || (1..bare.len()).map(|at| format!("{}-{}", &bare[..at], &bare[at..]));
    usual.into_iter().chain([bare.to_owned()]).chain(unusual()).find(|code| country.writes(code))
}

/// A code of digits whose zeros in front a spreadsheet took away, as the post writes it: `5401` is `05401`.
pub fn with_zeros(country: &Country, typed: &str) -> Option<String> {
    let digits = line(typed);
    let whole = country.example.len();
    let is_number =
        country.example.bytes().all(|byte| byte.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit());
    let is_short = digits.len() < whole && digits.len() + 2 >= whole;
    if !is_number || !is_short || digits.is_empty() {
        return None;
    }
    written_code(country, &format!("{digits:0>whole$}"))
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
        for wrong in ["", "H2X", "H2X 1Y44", "HHX 1Y4", "Z2X 1Y4", "10001", "H2X 1Y4é", "ß2X1Y4"] {
            assert_eq!(code(here("CA-QC", wrong)), Err(vec![AddressProblem::NoCanadianCode]), "{wrong}");
        }
        let there = |region, postal_code| TypedAddress { country: "US", region, postal_code, ..here("", "") };
        assert_eq!(code(there("US-NY", "10001 1234")), Ok("10001-1234".to_owned()));
        assert_eq!(code(there("US-NY", "H2X 1Y4")), Err(vec![AddressProblem::NoZip]));
        assert_eq!(code(there("CA-QC", "10001")), Err(vec![AddressProblem::RegionElsewhere]));
        assert_eq!(code(there("US-XX", "10001")), Err(vec![AddressProblem::NoRegion]));
    }

    #[test]
    fn sgn_2_a_letter_where_a_digit_must_stand_is_that_digit() {
        let code = |land, typed| country(land).and_then(|country| written_code(country, typed));
        for (land, typed, written) in [
            ("CA", "J0K 1VO", Some("J0K 1V0")),
            ("CA", "jok ivo", Some("J0K 1V0")),
            ("CA", "h7n4k2", Some("H7N 4K2")),
            ("CA", "LlL 1L1", Some("L1L 1L1")),
            ("CA", "HO7 4K2", None),
            ("US", "O54OI", Some("05401")),
            ("US", "100011234", Some("10001-1234")),
            ("US", "5401", None),
            ("FR", "F-69001", Some("69001")),
            ("FR", "69 001", Some("69001")),
            ("GB", "sw1a1aa", Some("SW1A 1AA")),
            ("GB", "M1 1AE", Some("M1 1AE")),
            ("GB", "GIR 0AA999", None),
            ("NL", "1234ab", Some("1234 AB")),
            ("PL", "00950", Some("00-950")),
            ("JP", "1540023", Some("154-0023")),
            ("CH", "CH-8001", Some("8001")),
            ("HK", "999077", None),
        ] {
            assert_eq!(code(land, typed).as_deref(), written, "{land} {typed}");
        }
        let zeros = |land, typed| country(land).and_then(|country| with_zeros(country, typed));
        assert_eq!(zeros("US", "5401").as_deref(), Some("05401"));
        assert_eq!(zeros("FR", "1000").as_deref(), Some("01000"));
        assert_eq!((zeros("US", "05401"), zeros("US", "54"), zeros("CA", "5401")), (None, None, None));
    }

    #[test]
    fn pro_1_an_address_abroad_has_the_parts_that_its_post_wants() {
        let lyon =
            TypedAddress { street: "9 rue Neuve", city: "Lyon", country: "FR", region: "", postal_code: "69001" };
        let kept = check_address(lyon).expect("an address");
        assert_eq!((kept.area, kept.country.as_deref()), (None, Some("FR")));
        let tokyo = TypedAddress { country: "JP", region: "JP-Tokyo", postal_code: "1540023", ..lyon };
        assert_eq!(check_address(tokyo).expect("an address").area.as_deref(), Some("Tokyo"));
        let dubai = TypedAddress { country: "AE", region: "AE-Dubai", postal_code: "", city: "", ..lyon };
        assert_eq!(check_address(dubai).expect("an address").postal_code, None);
        let wrong = |typed| check_address(typed).expect_err("refused");
        assert_eq!(wrong(TypedAddress { postal_code: "H7N 4K2", ..lyon }), [AddressProblem::WrongCode]);
        assert_eq!(
            wrong(TypedAddress { country: "JP", ..lyon }),
            [AddressProblem::NoRegion, AddressProblem::WrongCode]
        );
        assert_eq!(wrong(TypedAddress { country: "ZZ", ..lyon }), [AddressProblem::NoCountry]);
    }

    #[test]
    fn pro_1_every_problem_of_an_address_is_told_at_once() {
        let problems = check_address(TypedAddress::default()).expect_err("problems");
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field()).collect();
        assert_eq!(fields, ["street", "city", "country"]);
        let long = "é".repeat(101);
        let problems = check_address(TypedAddress { street: &long, ..here("CA-QC", "H2X 1Y4") });
        assert_eq!(problems, Err(vec![AddressProblem::StreetTooLong]));
        let kept = check_address(here("CA-QC", "H2X 1Y4")).expect("an address");
        assert_eq!(kept.street.as_deref(), Some("12, rue Principale"));
    }
}
