//! The client identifier (ACC-1): two letters from the name, digits, a hyphen, the provider's suffix.

use std::fmt;

use kernel::World;
use serde::Deserialize;

/// Digits of an identifier while there is room; more when drawing hits taken ones.
const FEWEST_DIGITS: u32 = 6;
const MOST_DIGITS: u32 = 12;

/// As `dm429850-BOREAL`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientIdentifier(String);

/// What every identifier of this provider ends with: 2 to 12 capital letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suffix(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no suffix for client identifiers; expected 2 to 12 capital letters or digits, such as BOREAL")]
pub struct SuffixError(String);

impl std::str::FromStr for Suffix {
    type Err = SuffixError;

    fn from_str(text: &str) -> Result<Self, SuffixError> {
        let fits = (2..=12).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SuffixError(text.to_owned()))
        }
    }
}

impl<'de> Deserialize<'de> for Suffix {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl ClientIdentifier {
    /// Draws an identifier. Nothing of the person goes into it but two initials; the digits are drawn, so that one
    /// identifier tells nothing of the next. Whether it is taken is for the caller to see; `round` counts how often it
    /// was, and makes the number longer where room runs out.
    pub fn draw(world: &World, name: Option<&str>, suffix: &Suffix, round: u32) -> Self {
        let digits = (FEWEST_DIGITS + round / 2).min(MOST_DIGITS);
        let number = world.below(10_u64.pow(digits));
        let width = digits as usize;
        Self(format!("{}{number:0width$}-{}", initials(name), suffix.0))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For one read back from where it is kept.
impl From<String> for ClientIdentifier {
    fn from(kept: String) -> Self {
        Self(kept)
    }
}

impl fmt::Display for ClientIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first letters of the first and last word, transliterated to a–z: `Émile Zola` gives `ez`, a single word its first
/// two letters, an unknown name `xx`. What is missing is an `x`.
fn initials(name: Option<&str>) -> String {
    let plain = deunicode::deunicode(name.unwrap_or("")).to_lowercase();
    let words: Vec<Vec<char>> = plain
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '\'')
        .map(|word| word.chars().filter(char::is_ascii_lowercase).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect();
    let letters: Vec<char> = match words.as_slice() {
        [] => Vec::new(),
        [word] => word.iter().copied().take(2).collect(),
        [first, .., last] => vec![first[0], last[0]],
    };
    letters.into_iter().chain("xx".chars()).take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededEntropy;
    use std::sync::Arc;

    fn world() -> World {
        World::new(Arc::new(kernel::SystemClock), Arc::new(SeededEntropy::new(7)))
    }

    #[test]
    fn acc_1_an_identifier_is_two_letters_digits_and_the_suffix() {
        let suffix: Suffix = "BOREAL".parse().expect("a suffix");
        let identifier = ClientIdentifier::draw(&world(), Some("Dominique Morin"), &suffix, 0).to_string();
        let (letters, rest) = identifier.split_at(2);
        let (digits, end) = rest.split_at(6);
        assert_eq!((letters, end), ("dm", "-BOREAL"));
        assert!(digits.bytes().all(|b| b.is_ascii_digit()));
        let longer = ClientIdentifier::draw(&world(), Some("Dominique Morin"), &suffix, 4).to_string();
        assert_eq!(longer.len(), identifier.len() + 2);
    }

    #[test]
    fn acc_1_letters_are_transliterated_and_xx_while_the_name_is_unknown() {
        for (name, expected) in [
            (Some("Émile Zola"), "ez"),
            (Some("Łukasz Żuk"), "lz"),
            (Some("Jean-Sébastien de la Tour"), "jt"),
            (Some("Øre"), "or"),
            (Some("王 小明"), "wm"),
            (Some("O"), "ox"),
            (Some("9274-1122 Québec inc."), "qi"),
            (Some("  "), "xx"),
            (Some("!!"), "xx"),
            (None, "xx"),
        ] {
            assert_eq!(initials(name), expected, "{name:?}");
        }
    }

    #[test]
    fn acc_1_a_suffix_is_checked() {
        for wrong in ["", "B", "boreal", "BO REAL", "BORÉAL", "ABCDEFGHIJKLM", "A-B"] {
            assert!(wrong.parse::<Suffix>().is_err(), "{wrong}");
        }
    }
}
