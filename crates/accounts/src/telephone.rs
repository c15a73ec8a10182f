//! Telephone numbers, checked and written as people of here write them (PRO-1). Kept as E.164 (ITU-T).

use std::fmt;

use kernel::Language;

/// A telephone number in the form of E.164: a plus and at most 15 digits, as `+15145550100`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telephone(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelephoneError {
    /// Letters, an extension, or signs that no number has.
    #[error("a telephone number has digits, spaces, hyphens, dots and parentheses, and a plus in front if need be")]
    Foreign,
    /// Too few digits, or too many.
    #[error("that many digits are no telephone number")]
    Length,
    /// An area code or an exchange that the North American numbering plan does not have.
    #[error("there is no such number in North America")]
    Unassignable,
}

/// Country codes of two digits (ITU-T E.164, list of assigned codes); of one: 1 and 7; all others have three.
const TWO_DIGITS: [&str; 43] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95",
];

impl Telephone {
    /// Understands `514 555-0100`, `1 (514) 555-0100`, `+33 (0)1 23 45 67 89`, `011 33 1 23 45 67 89`. Without a plus or a
    /// prefix it is a number of North America.
    ///
    /// # Errors
    /// Why it is no number.
    pub fn parse(typed: &str) -> Result<Self, TelephoneError> {
        let typed = typed.trim();
        let sign = |c: char| c.is_whitespace() || "-.()/\u{2010}\u{2011}\u{2013}".contains(c);
        let (plus, rest) = typed.strip_prefix('+').map_or((false, typed), |rest| (true, rest));
        if !rest.chars().all(|c| c.is_ascii_digit() || sign(c)) {
            return Err(TelephoneError::Foreign);
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        // The zero in parentheses is dialled at home alone.
        let plain = digits(rest);
        let abroad = digits(&rest.replace("(0)", ""));
        let prefixed = plain.strip_prefix("011").or_else(|| plain.strip_prefix("00")).filter(|_| !plus);
        let number = match (plus, prefixed) {
            (true, _) => abroad,
            (false, Some(rest)) => rest.to_owned(),
            (false, None) if plain.len() == 10 => format!("1{plain}"),
            (false, None) if plain.len() == 11 && plain.starts_with('1') => plain,
            (false, None) => return Err(TelephoneError::Length),
        };
        Self::of_digits(&number)
    }

    fn of_digits(number: &str) -> Result<Self, TelephoneError> {
        if let Some(national) = number.strip_prefix('1') {
            if national.len() != 10 {
                return Err(TelephoneError::Length);
            }
            let (area, exchange) = (&national.as_bytes()[..3], &national.as_bytes()[3..6]);
            // Neither begins with 0 or 1, nor is one of 211, 311 … 911 (NANP).
            let assignable = |code: &[u8]| code[0] >= b'2' && code[1..] != *b"11";
            if !assignable(area) || !assignable(exchange) {
                return Err(TelephoneError::Unassignable);
            }
        } else if !(8..=15).contains(&number.len()) || number.starts_with('0') {
            return Err(TelephoneError::Length);
        }
        Ok(Self(format!("+{number}")))
    }

    /// As E.164: `+15145550100`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is written: `514 555-0100` in French, `514-555-0100` in English, `+33 123 456 789` abroad.
    pub fn written(&self, language: Language) -> String {
        let digits = &self.0[1..];
        if let Some(national) = digits.strip_prefix('1') {
            let gap = if language == Language::Fr { '\u{a0}' } else { '-' };
            return format!("{}{gap}{}-{}", &national[..3], &national[3..6], &national[6..]);
        }
        let code = if digits.starts_with('7') {
            1
        } else if digits.starts_with("98") || TWO_DIGITS.contains(&&digits[..2]) {
            2
        } else {
            3
        };
        let (country, national) = digits.split_at(code);
        let groups: Vec<&str> = national.as_bytes().chunks(3).filter_map(|group| str::from_utf8(group).ok()).collect();
        format!("+{country}\u{a0}{}", groups.join("\u{a0}"))
    }
}

impl fmt::Display for Telephone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pro_1_telephones_are_understood_as_people_type_them() {
        let same =
            ["514 555-0100", "(514) 555-0100", "514.555.0100", "1-514-555-0100", "+1 514 555 0100", "5145550100"];
        for typed in same {
            let parsed = Telephone::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(parsed.as_str(), "+15145550100", "{typed}");
        }
        for typed in ["+33 1 23 45 67 89", "+33 (0)1 23 45 67 89", "011 33 1 23 45 67 89", "00 33 123456789"] {
            assert_eq!(Telephone::parse(typed).map(|number| number.0), Ok("+33123456789".to_owned()), "{typed}");
        }
    }

    #[test]
    fn pro_1_what_is_no_telephone_is_refused() {
        use TelephoneError::{Foreign, Length, Unassignable};
        let cases = [
            ("", Length),
            ("555-0100", Length),
            ("514 555-01000", Length),
            ("+1 514 555", Length),
            ("+0123456789", Length),
            ("+331", Length),
            ("+1234567890123456", Length),
            ("014 555-0100", Unassignable),
            ("114 555-0100", Unassignable),
            ("911 555-0100", Unassignable),
            ("514 155-0100", Unassignable),
            ("514 911-0100", Unassignable),
            ("514 555-0100 poste 12", Foreign),
            ("514 555-O1OO", Foreign),
            ("514+5550100", Foreign),
            ("٥١٤٥٥٥٠١٠٠", Foreign),
        ];
        for (typed, expected) in cases {
            let error = Telephone::parse(typed).expect_err(typed);
            assert_eq!(error, expected, "{typed}");
        }
    }

    #[test]
    fn pro_1_telephones_are_written_as_each_language_does() {
        let here = Telephone::parse("5145550100").expect("a number");
        assert_eq!(here.written(Language::Fr), "514\u{a0}555-0100");
        assert_eq!(here.written(Language::En), "514-555-0100");
        let abroad =
            |typed: &str| Telephone::parse(typed).expect("a number").written(Language::Fr).replace('\u{a0}', " ");
        assert_eq!(abroad("+33123456789"), "+33 123 456 789");
        assert_eq!(abroad("+352 12345678"), "+352 123 456 78");
        assert_eq!(abroad("+7 9123456789"), "+7 912 345 678 9");
    }
}
