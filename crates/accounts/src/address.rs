//! A postal address, as it is kept and as an envelope bears it. The region whose taxes are due on a service is another thing, and
//! stands among the service's facts.

use kernel::Language;
use serde::{Deserialize, Serialize};

use crate::countries::{HOME, country, country_of};
use crate::postal::written_code;

/// A postal or service address, as far as it is known. Kept sealed, as one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Province, state, prefecture or the like, as it is written in an address: `QC`, `VT`, `Tokyo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// ISO 3166-1, as `CA`; what an earlier version kept where that is no country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// An address as this version keeps it, and as earlier ones did: with the tax region, and words as they were imported.
#[derive(Deserialize)]
struct Kept {
    street: Option<String>,
    city: Option<String>,
    area: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
}

impl From<Kept> for Address {
    fn from(kept: Kept) -> Self {
        let (of_region, part) = match kept.region.as_deref().map(|region| region.split_once('-').ok_or(region)) {
            Some(Ok((country, part))) => (Some(country), Some(part)),
            Some(Err(country)) => (Some(country), None),
            None => (None, None),
        };
        let word = kept.country.or_else(|| of_region.filter(|code| country(code).is_some()).map(str::to_owned));
        let known = word.as_deref().and_then(|word| country(word).or_else(|| country_of(word)));
        // The region of another country is where a service is, not where the mail goes.
        let part = part.filter(|_| of_region == known.map(|country| country.code));
        Self {
            street: kept.street,
            city: kept.city,
            area: kept.area.or_else(|| part.map(str::to_owned)),
            postal_code: kept.postal_code.map(|code| known.and_then(|land| written_code(land, &code)).unwrap_or(code)),
            country: known.map(|country| country.code.to_owned()).or(word),
        }
    }
}

impl Address {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The lines of an envelope, the addressee's name first, as the post of the country wants them. Mail within the provider's own
    /// country bears no country; abroad it stands last, in the language of the letter.
    pub fn lines(&self, name: Option<&str>, language: Language) -> Vec<String> {
        let known = self.country.as_deref().map_or_else(|| country(HOME), country);
        let format = known.map_or("%N%n%A%n%Z %C", |country| country.format);
        let mut lines: Vec<String> = format.split("%n").filter_map(|line| self.line(line, name)).collect();
        let abroad = self.country.as_deref().filter(|code| *code != HOME).map(|code| match (code, known) {
            // As both posts know it, in either language.
            ("US", _) => "USA",
            (_, Some(country)) => country.name(language),
            (other, None) => other,
        });
        if !self.is_empty() {
            lines.extend(abroad.map(str::to_owned));
        }
        lines
    }

    /// A line of a format, such as `%C, %S %Z`: what stands before a part falls away with it.
    fn line(&self, format: &str, name: Option<&str>) -> Option<String> {
        let mut line = String::new();
        let mut tokens = format.split('%');
        let mut before = tokens.next().unwrap_or_default();
        for token in tokens {
            let (letter, after) = token.split_at(token.chars().next().map_or(0, char::len_utf8));
            let part = match letter {
                "N" => name,
                "A" => self.street.as_deref(),
                "C" => self.city.as_deref(),
                "S" => self.area.as_deref(),
                "Z" => self.postal_code.as_deref(),
                _ => None,
            };
            if let Some(part) = part.filter(|part| !part.is_empty()) {
                // A sign before the first part, as in “FI-%Z”, is the post's; a space is none's.
                line.push_str(if line.is_empty() { before.trim_start() } else { self.between(before, letter) });
                line.push_str(part);
            }
            before = after;
        }
        (!line.is_empty()).then_some(line)
    }

    /// What stands between two parts of a line. The post of the United States wants no commas (Publication 28), that of Canada two
    /// spaces before the postal code (Addressing Guidelines).
    fn between<'a>(&self, sign: &'a str, letter: &str) -> &'a str {
        match (self.country.as_deref().unwrap_or(HOME), letter) {
            ("US", _) => " ",
            (HOME, "Z") => "  ",
            _ => sign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(json: &str) -> Address {
        serde_json::from_str(json).expect("an address")
    }

    fn envelope(json: &str) -> Vec<String> {
        kept(json).lines(Some("Ann Madeup"), Language::Fr)
    }

    #[test]
    fn pro_1_an_envelope_is_as_the_post_of_the_country_wants_it() {
        for (json, expected) in [
            (
                r#"{"street":"10 rue Dix","city":"Laval","area":"QC","postal_code":"H7N 4K2","country":"CA"}"#,
                vec!["Ann Madeup", "10 rue Dix", "Laval QC  H7N 4K2"],
            ),
            (
                r#"{"street":"7 Elm Street","city":"Burlington","area":"VT","postal_code":"05401","country":"US"}"#,
                vec!["Ann Madeup", "7 Elm Street", "Burlington VT 05401", "USA"],
            ),
            (
                r#"{"street":"9 rue Neuve","city":"Lyon","postal_code":"69001","country":"FR"}"#,
                vec!["Ann Madeup", "9 rue Neuve", "69001 Lyon", "France"],
            ),
            (
                r#"{"street":"10 Downing Street","city":"London","postal_code":"SW1A 2AA","country":"GB"}"#,
                vec!["Ann Madeup", "10 Downing Street", "London", "SW1A 2AA", "Royaume-Uni"],
            ),
            (
                r#"{"street":"1-2-3 Ginza","area":"Tokyo","postal_code":"154-0023","country":"JP"}"#,
                vec!["Ann Madeup", "1-2-3 Ginza, Tokyo", "154-0023", "Japon"],
            ),
            (r#"{"city":"Lugano","country":"CH"}"#, vec!["Ann Madeup", "Lugano", "Suisse"]),
            ("{}", vec!["Ann Madeup"]),
        ] {
            assert_eq!(envelope(json), expected, "{json}");
        }
    }

    #[test]
    fn pro_1_what_an_earlier_version_kept_is_read_as_it_was_meant() {
        for (json, expected) in [
            (
                r#"{"city":"Laval","region":"CA-QC","postal_code":"h7n4k2","country":"Canada"}"#,
                ("CA", Some("QC"), "Laval QC  H7N 4K2"),
            ),
            (r#"{"city":"Laval","region":"CA-QC","postal_code":"H7N 4K2"}"#, ("CA", Some("QC"), "Laval QC  H7N 4K2")),
            (r#"{"city":"Albany","region":"US-NY","postal_code":"12201"}"#, ("US", Some("NY"), "Albany NY 12201")),
            // Where the services are taxed is not where the mail goes.
            (
                r#"{"city":"Lyon","region":"CA-QC","postal_code":"69001","country":"France"}"#,
                ("FR", None, "69001 Lyon"),
            ),
            (r#"{"city":"Lyon","region":"FR","postal_code":"69001"}"#, ("FR", None, "69001 Lyon")),
            (r#"{"city":"Boston","region":"ZZ","postal_code":"2108","country":"US"}"#, ("US", None, "Boston 2108")),
        ] {
            let address = kept(json);
            assert_eq!((address.country.as_deref(), address.area.as_deref()), (Some(expected.0), expected.1), "{json}");
            assert_eq!(address.lines(None, Language::En)[0], expected.2, "{json}");
            let again = serde_json::to_string(&address).expect("written");
            assert_eq!(kept(&again), address, "{again}");
        }
        let nowhere = kept(r#"{"city":"Here","region":"ZZ","country":"Nowhere"}"#);
        assert_eq!(nowhere.lines(None, Language::En), ["Here", "Nowhere"], "never ZZ");
    }
}
