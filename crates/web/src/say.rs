//! Amounts, days and months as each language writes them. The patterns stand in `values.*.ftl`: CLDR, and so ICU4X, has
//! no “1er janvier” and no stable form for currency (docs/adr/0006).

use jiff::tz::TimeZone;
use kernel::{Amount, Currency, Day, Language, Moment, Month, Span};

use crate::Texts;

/// `1 234,50 $` in French, `$1,234.50` in English; a minus sign, not a hyphen, before a negative one.
pub fn amount(language: Language, amount: Amount, currency: Currency) -> String {
    let (cents, is_negative) = (amount.in_cents().unsigned_abs(), amount.is_negative());
    let whole = (cents / 100).to_string();
    let separator = match language {
        Language::Fr => '\u{a0}',
        Language::En => ',',
    };
    let (before, after) = match (language, currency) {
        (Language::Fr, Currency::Cad) => ("", "\u{a0}$"),
        (Language::Fr, Currency::Usd) => ("", "\u{a0}$\u{a0}US"),
        (Language::Fr, Currency::Eur) => ("", "\u{a0}€"),
        (Language::En, Currency::Cad) => ("$", ""),
        (Language::En, Currency::Usd) => ("US$", ""),
        (Language::En, Currency::Eur) => ("€", ""),
    };
    let mut written = String::with_capacity(32);
    written.push_str(if is_negative { "\u{2212}" } else { "" });
    written.push_str(before);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            written.push(separator);
        }
        written.push(digit);
    }
    written.push(if language == Language::Fr { ',' } else { '.' });
    for digit in [cents / 10 % 10, cents % 10] {
        written.extend(char::from_digit(u32::try_from(digit).unwrap_or(0), 10));
    }
    written.push_str(after);
    written
}

/// `24 décembre 2026`, `December 24, 2026`.
pub fn day(texts: &Texts, language: Language, day: Day) -> String {
    let (of_month, month, year) = parts(texts, language, day);
    texts.say_with(language, "value-day", &[("day", &of_month), ("month", &month), ("year", &year)])
}

/// Day of the month, name of the month, year.
fn parts(texts: &Texts, language: Language, day: Day) -> (String, String, String) {
    let date = day.date();
    let month = texts.say(language, &format!("value-month-{}", date.month()));
    let of_month = if date.day() == 1 { texts.say(language, "value-first") } else { date.day().to_string() };
    (of_month, month, date.year().to_string())
}

/// `du 1er au 31 décembre 2026`, `du 15 décembre 2026 au 14 janvier 2027`; the last day belongs to it.
pub fn day_span(texts: &Texts, language: Language, span: Span) -> String {
    let (from, to) = (span.from, span.last_day());
    if from.month() == to.month() && from != to {
        let (first, month, year) = parts(texts, language, from);
        let (last, ..) = parts(texts, language, to);
        let values = [("first", first.as_str()), ("last", &last), ("month", &month), ("year", &year)];
        return texts.say_with(language, "value-span-month", &values);
    }
    let (from, to) = (day(texts, language, from), day(texts, language, to));
    texts.say_with(language, "value-span", &[("from", &from), ("to", &to)])
}

/// `décembre 2026`.
pub fn month_of(texts: &Texts, language: Language, month: Month) -> String {
    let date = month.first_day().date();
    let name = texts.say(language, &format!("value-month-{}", date.month()));
    texts.say_with(language, "value-month", &[("month", &name), ("year", &date.year().to_string())])
}

/// `24 décembre 2026, 9 h 05`, in the provider's time zone.
pub fn moment(texts: &Texts, language: Language, at: Moment, zone: &TimeZone) -> String {
    let zoned = at.timestamp().to_zoned(zone.clone());
    let on = day(texts, language, Day::from(zoned.date()));
    let hour = zoned.hour();
    let minute = format!("{:02}", zoned.minute());
    let (twelve, half) = match hour {
        0 => (12, "am"),
        1..=11 => (hour, "am"),
        12 => (12, "pm"),
        _ => (hour - 12, "pm"),
    };
    let values = [
        ("day", on.as_str()),
        ("hour", &hour.to_string()),
        ("twelve", &twelve.to_string()),
        ("minute", minute.as_str()),
        ("half", half),
    ];
    texts.say_with(language, "value-moment", &values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Texts {
        Texts::new([include_str!("../locales/values.fr.ftl")], [include_str!("../locales/values.en.ftl")])
            .expect("texts")
    }

    #[test]
    fn bil_1_amounts_stand_as_the_language_writes_them() {
        let of = |language, cents| amount(language, Amount::cents(cents), Currency::Cad);
        assert_eq!(of(Language::Fr, 18_109), "181,09\u{a0}$");
        assert_eq!(of(Language::En, 18_109), "$181.09");
        assert_eq!(of(Language::Fr, 123_456_789), "1\u{a0}234\u{a0}567,89\u{a0}$");
        assert_eq!(of(Language::En, 123_456_789), "$1,234,567.89");
        assert_eq!(of(Language::Fr, -5), "\u{2212}0,05\u{a0}$");
        assert_eq!(of(Language::En, -100_000), "\u{2212}$1,000.00");
        assert_eq!(of(Language::En, 0), "$0.00");
    }

    #[test]
    fn bil_1_days_stand_in_words() {
        let texts = texts();
        assert_eq!(day(&texts, Language::Fr, Day::constant(2026, 12, 24)), "24\u{a0}décembre 2026");
        assert_eq!(day(&texts, Language::Fr, Day::constant(2026, 8, 1)), "1er\u{a0}août 2026");
        assert_eq!(day(&texts, Language::En, Day::constant(2026, 12, 24)), "December\u{a0}24, 2026");
        let span = Span { from: Day::constant(2026, 12, 1), until: Day::constant(2027, 1, 1) };
        assert_eq!(day_span(&texts, Language::Fr, span), "du 1er au 31\u{a0}décembre 2026");
        assert_eq!(day_span(&texts, Language::En, span), "December\u{a0}1 to 31, 2026");
        let over = Span { from: Day::constant(2026, 12, 15), until: Day::constant(2027, 1, 15) };
        assert_eq!(day_span(&texts, Language::Fr, over), "du 15\u{a0}décembre 2026 au 14\u{a0}janvier 2027");
        assert_eq!(month_of(&texts, Language::En, Day::constant(2026, 2, 1).month()), "February 2026");
        let at = Moment::new("2026-12-24T18:05:00Z".parse().expect("a moment"));
        let zone = TimeZone::get("America/Toronto").expect("a zone");
        assert_eq!(moment(&texts, Language::Fr, at, &zone), "24\u{a0}décembre 2026, 13\u{a0}h\u{a0}05");
        assert_eq!(moment(&texts, Language::En, at, &zone), "December\u{a0}24, 2026, 1:05\u{a0}p.m.");
    }
}
