//! Telephone numbers, understood as people type them and written as people of here write them (PRO-1). Which numbers there are
//! is libphonenumber's to say; an extension is kept apart, for it is dialled after the answer and no message reaches it.

use std::fmt;

use kernel::Language;
use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, Region};

/// A telephone number: in the form of E.164 (ITU-T), a plus and at most 15 digits, as `+15145550100`; and an extension, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telephone {
    number: String,
    extension: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelephoneError {
    /// Letters, or signs that no number has.
    #[error(
        "is no telephone number; expected digits, spaces, hyphens, dots and parentheses, and a plus in front if need be"
    )]
    Foreign,
    /// Too few digits, or too many.
    #[error(
        "has too few or too many digits for a telephone number; expected the area code too, or + and the country code"
    )]
    Length,
    /// No country gives out such a number.
    #[error("is no telephone number that is given out anywhere")]
    Unassignable,
    /// An extension of no digits, or of more than there are.
    #[error("has an extension that is none; expected 1 to 8 digits")]
    Extension,
}

/// Most digits of an extension.
const LONGEST_EXTENSION: usize = 8;

/// What stands before an extension, in small letters; the longest first.
const EXTENSION_WORDS: [&str; 11] =
    ["extension", "poste", "local", "post", "loc", "ext", "#", ",,", "p", "x", "\u{d7}"];
/// What may stand between such a word and the digits.
const NUMBER_WORDS: [&str; 5] = ["#", "no", "n", "n\u{ba}", "num\u{e9}ro"];

/// Area codes of calls that whoever is called pays for (NANP).
const TOLL_FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];

impl Telephone {
    /// Understands `514 555-0100`, `1 (514) 555-0100 poste 23`, `+33 (0)1 23 45 67 89`, `011 33 1 23 45 67 89`. Without a plus or
    /// a prefix it is a number of North America.
    ///
    /// # Errors
    /// Why it is no number.
    pub fn parse(typed: &str) -> Result<Self, TelephoneError> {
        let typed = kernel::line(typed).to_lowercase();
        let typed = typed.strip_prefix("tel:").unwrap_or(&typed);
        let (number, extension) = apart(typed)?;
        let signs = |c: char| c.is_whitespace() || "-.()/\u{2010}\u{2011}\u{2013}".contains(c);
        let plain = number.strip_prefix('+').unwrap_or(number);
        // Before the library sees it: that takes letters for digits, and digits of other scripts.
        if !plain.chars().all(|c| c.is_ascii_digit() || signs(c)) {
            return Err(TelephoneError::Foreign);
        }
        let has_all = digits_of(number).len() == 10;
        let parsed = read(number).map_err(|error| match error {
            ParseError::InvalidCountryCode => TelephoneError::Unassignable,
            _ if has_all => TelephoneError::Unassignable,
            _ => TelephoneError::Length,
        })?;
        check(&parsed).map_err(|error| if has_all { TelephoneError::Unassignable } else { error })?;
        Ok(Self { number: parsed.format_as(PhoneNumberFormat::E164).into_owned(), extension })
    }

    /// Reads what is on file: as this version keeps it, or as an earlier one did, or as it was imported once.
    pub fn of_file(kept: &str) -> Option<Self> {
        let (number, extension) = kept.split_once(";ext=").map_or((kept, None), |(number, ext)| (number, Some(ext)));
        let is_e164 = number
            .strip_prefix('+')
            .is_some_and(|digits| (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
        if is_e164 {
            return Some(Self { number: number.to_owned(), extension: extension.map(str::to_owned) });
        }
        Self::parse(kept).ok()
    }

    /// The number without the extension, as E.164: what messages go to.
    pub fn number(&self) -> &str {
        &self.number
    }

    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// Where a link leads that dials it (RFC 3966): `tel:+15145550108;ext=23`.
    pub fn href(&self) -> String {
        format!("tel:{self}")
    }

    /// As it is written: `514 555-0100` in French, `514-555-0100` in English, `+33 1 23 45 67 89` abroad; with `poste 23`.
    pub fn written(&self, language: Language) -> String {
        let number = match self.number.strip_prefix("+1").filter(|national| national.len() == 10) {
            Some(national) => {
                let gap = if language == Language::Fr { '\u{a0}' } else { '-' };
                let (area, exchange, line) = (&national[..3], &national[3..6], &national[6..]);
                let long = if TOLL_FREE.contains(&area) { format!("1{gap}") } else { String::new() };
                format!("{long}{area}{gap}{exchange}-{line}")
            }
            None => match PHONE_NUMBER_UTIL.parse(&self.number, None) {
                Ok(parsed) => parsed.format_as(PhoneNumberFormat::International).replace(' ', "\u{a0}"),
                Err(_) => self.number.clone(),
            },
        };
        match (&self.extension, language) {
            (None, _) => number,
            (Some(extension), Language::Fr) => format!("{number} poste\u{a0}{extension}"),
            (Some(extension), Language::En) => format!("{number} ext.\u{a0}{extension}"),
        }
    }
}

/// The number and the extension behind it, of what was typed in small letters.
fn apart(typed: &str) -> Result<(&str, Option<String>), TelephoneError> {
    let rest = typed.trim_end();
    let inner = rest.trim_end_matches(')');
    let bare = inner.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &inner[bare.len()..];
    let end = |text: &'_ str| text.trim_end_matches(|c: char| c.is_whitespace() || ".:°=".contains(c)).len();
    let before = &bare[..end(bare)];
    let whole_word = |number: &&str| !number.ends_with(char::is_alphabetic);
    let behind = |text| {
        let found = |word: &&str| -> Option<&str> { str::strip_suffix(text, *word).filter(whole_word) };
        EXTENSION_WORDS.iter().find_map(found)
    };
    let word = |word: &&str| before.strip_suffix(word).and_then(|before| behind(&before[..end(before)]));
    let Some(number) = NUMBER_WORDS.iter().find_map(word).or_else(|| behind(before)) else {
        return Ok((rest, None));
    };
    if digits.is_empty() || digits.len() > LONGEST_EXTENSION {
        return Err(TelephoneError::Extension);
    }
    Ok((number.trim_end_matches(|c: char| c.is_whitespace() || ",;(".contains(c)), Some(digits.to_owned())))
}

fn digits_of(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// Parses with the country that the number names, else as one of North America.
fn read(number: &str) -> Result<PhoneNumber, ParseError> {
    // The zero in parentheses is dialled at home alone.
    let number = number.replace("(0)", "");
    let digits = digits_of(&number);
    let prefixed = digits.strip_prefix("011").or_else(|| digits.strip_prefix("00"));
    match (number.starts_with('+'), prefixed) {
        (true, _) => PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None),
        (false, Some(abroad)) => PHONE_NUMBER_UTIL.parse(format!("+{abroad}"), None),
        (false, None) => PHONE_NUMBER_UTIL.parse(digits, Some(Region::CA)),
    }
}

fn check(parsed: &PhoneNumber) -> Result<(), TelephoneError> {
    let national = parsed.national_number.to_string();
    if parsed.country_code == 1 {
        if national.len() != 10 {
            return Err(TelephoneError::Length);
        }
        // Neither area code nor exchange begins with 0 or 1, nor is one of 211, 311 … 911 but behind toll-free codes (NANP).
        let (area, exchange) = (&national[..3], &national[3..6]);
        let is_service = |code: &str| code.ends_with("11");
        let is_toll_free = TOLL_FREE.contains(&area);
        if exchange < "200" || is_service(area) || (is_service(exchange) && !is_toll_free) {
            return Err(TelephoneError::Unassignable);
        }
    }
    match parsed.is_possible_with_reason() {
        Ok(_) if parsed.is_valid() => Ok(()),
        _ if parsed.country_code == 1 => Err(TelephoneError::Unassignable),
        Ok(_) => Err(TelephoneError::Unassignable),
        Err(_) => Err(TelephoneError::Length),
    }
}

impl fmt::Display for Telephone {
    /// As it is kept: `+15145550108;ext=23`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number)?;
        self.extension.iter().try_for_each(|extension| write!(f, ";ext={extension}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pro_1_telephones_are_understood_as_people_type_them() {
        for (typed, kept) in [
            ("514 555-0100", "+15145550100"),
            ("(514) 555-0100", "+15145550100"),
            ("514.555.0100", "+15145550100"),
            ("1-514-555-0100", "+15145550100"),
            ("+1 514 555 0100", "+15145550100"),
            ("5145550100", "+15145550100"),
            ("\u{202a}514 555-0100\u{202c}", "+15145550100"),
            ("tel:+1-514-555-0100", "+15145550100"),
            ("1 800 211-0144", "+18002110144"),
            ("1-800-211-0144", "+18002110144"),
            ("867-555-0100", "+18675550100"),
            ("+33 1 23 45 67 89", "+33123456789"),
            ("+33 (0)1 23 45 67 89", "+33123456789"),
            ("011 33 1 23 45 67 89", "+33123456789"),
            ("00 33 123456789", "+33123456789"),
            ("+33 1 99 00 00 63", "+33199000063"),
            ("+44 20 7946 0958", "+442079460958"),
            ("+81 3-1234-5678", "+81312345678"),
        ] {
            let parsed = Telephone::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(parsed.to_string(), kept, "{typed}");
            assert_eq!(Telephone::of_file(kept), Some(parsed), "{typed}");
        }
    }

    #[test]
    fn pro_1_an_extension_is_kept_apart() {
        for typed in [
            "514 555-0108 poste 23",
            "514 555-0108, poste 23",
            "514 555-0108 Poste: 23",
            "514-555-0108 p. 23",
            "514-555-0108 ext. 23",
            "514-555-0108 Ext 23",
            "514-555-0108 extension 23",
            "514-555-0108x23",
            "514-555-0108 x 23",
            "514-555-0108 #23",
            "514-555-0108,,23",
            "514 555-0108 (poste 23)",
            "514 555-0108 poste #23",
            "514 555-0108, poste no 23",
            "514 555-0108 poste n° 23",
            "514-555-0108 ext. #23",
            "514-555-0108 ext=23",
            "(514) 555-0108 local 23",
            "tel:+15145550108;ext=23",
        ] {
            let parsed = Telephone::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!((parsed.number(), parsed.extension()), ("+15145550108", Some("23")), "{typed}");
            assert_eq!(parsed.href(), "tel:+15145550108;ext=23");
            assert_eq!(parsed.written(Language::Fr), "514\u{a0}555-0108 poste\u{a0}23");
            assert_eq!(parsed.written(Language::En), "514-555-0108 ext.\u{a0}23");
            assert_eq!(Telephone::of_file(&parsed.to_string()), Some(parsed));
        }
        for typed in ["514 555-0108 poste", "514 555-0108 ext", "514 555-0108 x", "514 555-0108 x123456789"] {
            assert_eq!(Telephone::parse(typed), Err(TelephoneError::Extension), "{typed}");
        }
    }

    #[test]
    fn pro_1_what_is_no_telephone_is_refused() {
        use TelephoneError::{Foreign, Length, Unassignable};
        for (typed, expected) in [
            ("", Length),
            ("555-0100", Length),
            ("555-0143", Length),
            ("911", Length),
            ("514 555-01000", Length),
            ("+1 514 555", Length),
            ("+0123456789", Unassignable),
            ("+331", Length),
            ("+1234567890123456", Length),
            ("014 555-0100", Unassignable),
            ("114 555-0100", Unassignable),
            ("911 555-0100", Unassignable),
            ("514 155-0100", Unassignable),
            ("514 123-4567", Unassignable),
            ("514 911-0100", Unassignable),
            ("514 555-O1OO", Foreign),
            ("514+5550100", Foreign),
            ("5.14555E+09", Foreign),
            ("1-800-GOFEDEX", Foreign),
            ("call 514 555-0100", Foreign),
            ("514 555-0100 514 555-0101", Length),
            ("514 555-0100; 514 555-0101", Foreign),
            ("٥١٤٥٥٥٠١٠٠", Foreign),
            ("５１４５５５０１００", Foreign),
        ] {
            let error = Telephone::parse(typed).expect_err(typed);
            assert_eq!(error, expected, "{typed}");
        }
    }

    #[test]
    fn pro_1_telephones_are_written_as_each_language_does() {
        let written = |typed: &str, language| Telephone::parse(typed).expect("a number").written(language);
        assert_eq!(written("5145550100", Language::Fr), "514\u{a0}555-0100");
        assert_eq!(written("5145550100", Language::En), "514-555-0100");
        assert_eq!(written("18002110144", Language::Fr), "1\u{a0}800\u{a0}211-0144");
        assert_eq!(written("+33199000063", Language::Fr), "+33\u{a0}1\u{a0}99\u{a0}00\u{a0}00\u{a0}63");
        assert_eq!(Telephone::of_file("+999123456").expect("as kept").written(Language::Fr), "+999123456");
        assert_eq!(Telephone::of_file("call me"), None);
    }
}
