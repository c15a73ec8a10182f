//! The provider's own key of a row, and what spreadsheets make of keys.

/// Checks a key. It goes to terminals and into spreadsheets; and one that a spreadsheet has changed is nobody's. `exact`
/// says that the keys of this file look so by nature.
///
/// # Errors
/// The reason.
pub(crate) fn check_key(key: &str, exact: bool) -> Result<(), String> {
    if key.chars().count() > 64 || key.chars().any(|c| c.is_control() || is_invisible(c)) {
        let reason = "is no key; expected at most 64 characters, none of them a control character or invisible";
        return Err(reason.to_owned());
    }
    if key.starts_with(['=', '+', '-', '@']) {
        return Err("is no key; a spreadsheet would take it for a formula".to_owned());
    }
    match changed(key) {
        Some(how) if !exact => Err(format!(
            "is no key that can be trusted: {how}; export the keys as text, or state exact_keys = true in the mapping if \
             they are so"
        )),
        _ => Ok(()),
    }
}

/// How a spreadsheet has changed a key that looks like this.
fn changed(key: &str) -> Option<&'static str> {
    if is_power_of_ten(key) {
        return Some("a spreadsheet made a rounded number of it");
    }
    let digits = key.bytes().all(|byte| byte.is_ascii_digit());
    if digits && key.len() > 15 && key.bytes().skip(15).all(|byte| byte == b'0') {
        return Some("a spreadsheet keeps 15 digits of a number and writes 0 for the others, as here");
    }
    if let Some((number, rest)) = key.split_once(['.', ','])
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte == b'0')
    {
        return Some("a program made a decimal number of it");
    }
    if key.starts_with('\'') {
        return Some("it begins with the apostrophe by which a spreadsheet marks text");
    }
    is_day(key).then_some("a spreadsheet made a day of it")
}

/// `4.18E+11`, `4,18e11`, `1E+05`; and not `12E5`, which may be a key.
fn is_power_of_ten(key: &str) -> bool {
    let Some((mantissa, exponent)) = key.split_once(['e', 'E']) else { return false };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let signed = exponent.strip_prefix(['+', '-']);
    digits(whole)
        && (fraction.is_empty() || digits(fraction))
        && (signed.is_some() || mantissa.len() > whole.len())
        && digits(signed.unwrap_or(exponent))
}

/// The months as spreadsheets shorten them, in English, French and German.
const MONTHS: [&str; 31] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "janv", "févr", "mars", "avr",
    "mai", "juin", "juil", "août", "sept", "déc", "fév", "mrz", "okt", "dez", "fevr", "aout", "june", "july", "jui",
];

/// `2-Jan`, `Mar-05`, `12-janv.-26`, `2026-03-04`, `1/2/2026`, `2026-03-04 00:00:00`.
fn is_day(key: &str) -> bool {
    let day = key.split_once([' ', 'T']).filter(|(_, time)| time.starts_with("00:00")).map_or(key, |(day, _)| day);
    let parts: Vec<&str> = day.split(['-', '/']).collect();
    let number = |part: &str| part.len() <= 4 && part.parse::<u32>().is_ok_and(|number| number > 0);
    let month = |part: &str| MONTHS.contains(&part.trim_end_matches('.').to_lowercase().as_str());
    match parts.as_slice() {
        [first, second] => (month(first) && number(second)) || (number(first) && month(second)),
        [first, second, third] if month(second) => number(first) && number(third),
        [year, month, day] => {
            is_calendar_day(year, month, day) || is_calendar_day(day, month, year) || is_calendar_day(day, year, month)
        }
        _ => false,
    }
}

fn is_calendar_day(year: &str, month: &str, day: &str) -> bool {
    let within =
        |part: &str, most: u32| part.len() <= 2 && part.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number));
    year.len() == 4
        && (year.starts_with("19") || year.starts_with("20"))
        && year.parse::<u32>().is_ok()
        && within(month, 12)
        && within(day, 31)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_2_keys_that_a_spreadsheet_made_are_refused() {
        for made in [
            "4.18E+11",
            "4,18E+11",
            "4.18e11",
            "1E+05",
            "5E-04",
            "4180000000010000000",
            "1234567890123450",
            "1234.0",
            "12,00",
            "'00123",
            "2-Jan",
            "Mar-05",
            "05-mars",
            "12-janv.-26",
            "2026-03-04",
            "3/4/2026",
            "12/31/2026",
            "2026-03-04 00:00:00",
        ] {
            assert!(check_key(made, false).expect_err("refused").contains("exact_keys"), "{made}");
            assert_eq!(check_key(made, true), Ok(()), "{made}");
        }
        for key in [
            "C-0001",
            "12E5",
            "1234567890123451",
            "418000000001",
            "0012",
            "1-2-3",
            "A-2026-03-04",
            "2026-0001",
            "10.5",
            "O'Neil",
            "12-marina",
            "7590-VHVEG",
            "123-456-7890",
            "E+11",
        ] {
            assert_eq!(check_key(key, false), Ok(()), "{key}");
        }
        for never in ["=A1", "-1", "a\u{200b}b", "\u{feff}C-1", "a\tb"] {
            assert!(check_key(never, true).is_err(), "{never:?}");
        }
    }
}
