//! The world's address formats: what each country's post wants in an address, and in which order. Data, not our own rules:
//! `data/addresses.txt` is generated from libaddressinput's (ADR 17), and read when an address is first looked at.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use kernel::Language;
use regex::Regex;

const TABLE: &str = include_str!("../data/addresses.txt");

/// The provider's own country: mail within it bears no country.
pub const HOME: &str = "CA";

/// What else people and files call a country, folded as [`folded`] does.
const OTHER_NAMES: [(&str, &str); 19] = [
    ("can", "CA"),
    ("usa", "US"),
    ("unitedstatesofamerica", "US"),
    ("etatsunisdamerique", "US"),
    ("uk", "GB"),
    ("gbr", "GB"),
    ("greatbritain", "GB"),
    ("grandebretagne", "GB"),
    ("england", "GB"),
    ("angleterre", "GB"),
    ("scotland", "GB"),
    ("ecosse", "GB"),
    ("wales", "GB"),
    ("paysdegalles", "GB"),
    ("fra", "FR"),
    ("deu", "DE"),
    ("holland", "NL"),
    ("czechrepublic", "CZ"),
    ("hongkong", "HK"),
];

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(read);
static WORDS: LazyLock<HashMap<String, usize>> = LazyLock::new(words);

/// A province, state, prefecture or the like.
#[derive(Debug)]
pub struct Area {
    /// As it is written in an address: `QC`, `Tokyo`.
    pub written: &'static str,
    pub name: &'static str,
    /// How its postal codes begin, as alternatives; nothing where that does not tell.
    prefixes: &'static str,
    pattern: OnceLock<Option<Regex>>,
}

/// How a country's post wants an address.
#[derive(Debug)]
pub struct Country {
    /// ISO 3166-1, as `CA`.
    pub code: &'static str,
    pub(crate) format: &'static str,
    required: &'static str,
    pattern: &'static str,
    /// A postal code such as it writes them; nothing where it has none.
    pub example: &'static str,
    /// `province`, `state`, `prefecture` …
    pub area_kind: &'static str,
    /// `postal`, `zip`, `pin` or `eircode`.
    pub code_kind: &'static str,
    names: [&'static str; 2],
    pub areas: Vec<Area>,
    postal: OnceLock<Option<Regex>>,
}

/// A part of an address that not every country has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    City,
    Area,
    PostalCode,
}

impl Part {
    const fn letter(self) -> char {
        match self {
            Self::City => 'C',
            Self::Area => 'S',
            Self::PostalCode => 'Z',
        }
    }
}

impl Country {
    /// Whether an address there has it at all.
    pub fn has(&self, part: Part) -> bool {
        self.format.split('%').any(|token| token.starts_with(part.letter()))
    }

    pub fn needs(&self, part: Part) -> bool {
        self.has(part) && self.required.contains(part.letter())
    }

    pub fn name(&self, language: Language) -> &'static str {
        match language {
            Language::Fr => self.names[1],
            Language::En => self.names[0],
        }
    }

    /// An area by what an address is written with, or by its name.
    pub fn area(&self, typed: &str) -> Option<&Area> {
        let typed = folded(typed);
        let is = |area: &&Area| folded(area.written) == typed || folded(area.name) == typed;
        if typed.is_empty() { None } else { self.areas.iter().find(is) }
    }

    /// The one area whose postal codes begin so.
    pub fn area_of_code(&self, code: &str) -> Option<&Area> {
        let mut found = self.areas.iter().filter(|area| area.begins(code) == Some(true));
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether a postal code is written as those of the country are.
    pub(crate) fn writes(&self, code: &str) -> bool {
        let pattern = self.postal.get_or_init(|| whole(self.pattern));
        pattern.as_ref().is_none_or(|pattern| pattern.is_match(code))
    }
}

impl Area {
    /// Whether a postal code begins as the area's do; none where that does not tell.
    pub(crate) fn begins(&self, code: &str) -> Option<bool> {
        let pattern = self.pattern.get_or_init(|| {
            let text = format!("^(?:{})", self.prefixes.replace("\\d", "[0-9]"));
            if self.prefixes.is_empty() { None } else { Regex::new(&text).ok() }
        });
        pattern.as_ref().map(|pattern| pattern.is_match(code))
    }
}

/// The alternatives of the table are bare.
fn whole(pattern: &str) -> Option<Regex> {
    if pattern.is_empty() { None } else { Regex::new(&format!("^(?:{})$", pattern.replace("\\d", "[0-9]"))).ok() }
}

fn read() -> Vec<Country> {
    let mut countries: Vec<Country> = Vec::new();
    for line in TABLE.lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let code = field();
        if code.is_empty() {
            let area = Area { written: field(), name: field(), prefixes: field(), pattern: OnceLock::new() };
            countries.last_mut().map(|country| country.areas.push(area)).unwrap_or_default();
            continue;
        }
        countries.push(Country {
            code,
            format: field(),
            required: field(),
            pattern: field(),
            example: field(),
            area_kind: field(),
            code_kind: field(),
            names: [field(), field()],
            areas: Vec::new(),
            postal: OnceLock::new(),
        });
    }
    countries
}

/// In letters and digits of ASCII alone, small: `États-Unis` and `ETATS UNIS` are one.
fn folded(text: &str) -> String {
    deunicode::deunicode(text).chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect()
}

fn words() -> HashMap<String, usize> {
    let mut words = HashMap::new();
    for (place, country) in COUNTRIES.iter().enumerate() {
        for name in [country.code, country.names[0], country.names[1]] {
            words.entry(folded(name)).or_insert(place);
        }
    }
    for (name, code) in OTHER_NAMES {
        let place = COUNTRIES.iter().position(|country| country.code == code);
        words.extend(place.map(|place| (name.to_owned(), place)));
    }
    words
}

/// All countries, in the order of their names.
pub fn countries(language: Language) -> Vec<&'static Country> {
    let mut all: Vec<&Country> = COUNTRIES.iter().collect();
    all.sort_by_cached_key(|country| folded(country.name(language)));
    all
}

/// The country of a code, as `CA`.
pub fn country(code: &str) -> Option<&'static Country> {
    COUNTRIES.binary_search_by(|country| country.code.cmp(code)).ok().and_then(|place| COUNTRIES.get(place))
}

/// The country that a word means: `ca`, `Canada`, `États-Unis`, `USA`.
pub fn country_of(word: &str) -> Option<&'static Country> {
    WORDS.get(&folded(word)).and_then(|place| COUNTRIES.get(*place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pro_1_the_table_of_addresses_is_whole() {
        assert_eq!(COUNTRIES.len(), 252);
        for known in COUNTRIES.iter() {
            let code = known.code;
            assert!(code.len() == 2 && std::ptr::eq(country(code).expect("by its code"), known), "{code}");
            assert!(known.format.contains("%N") && known.format.contains("%A") && !known.names[1].is_empty(), "{code}");
            assert!(known.pattern.is_empty() || whole(known.pattern).is_some(), "{code}");
            assert!(known.example.is_empty() || known.writes(known.example), "{code}");
            assert!(known.areas.iter().all(|area| area.prefixes.is_empty() || area.begins("").is_some()), "{code}");
        }
    }

    #[test]
    fn ops_2_a_country_is_known_by_what_files_call_it() {
        for (word, code) in [
            ("CA", "CA"),
            ("canada", "CA"),
            ("ETATS-UNIS", "US"),
            ("United States", "US"),
            ("U.S.A.", "US"),
            ("France", "FR"),
            ("Royaume-Uni", "GB"),
            ("Côte d’Ivoire", "CI"),
        ] {
            assert_eq!(country_of(word).map(|country| country.code), Some(code), "{word}");
        }
        for word in ["", "ZZ", "Nowhere", "QC"] {
            assert!(country_of(word).is_none(), "{word}");
        }
    }

    #[test]
    fn ops_2_a_postal_code_tells_its_state() {
        let states = country("US").expect("a country");
        assert_eq!(states.area_of_code("05401").map(|area| area.written), Some("VT"));
        let home = country("CA").expect("a country");
        assert_eq!(home.area_of_code("H7N 4K2").map(|area| area.written), Some("QC"));
        assert!(home.area_of_code("X0A 0H0").is_some() && states.area_of_code("00000").is_none());
    }
}
