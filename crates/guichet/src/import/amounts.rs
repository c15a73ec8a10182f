//! Amounts as the file writes them. What the mapping does not state is not guessed: 1.200 is nobody's to read.

use kernel::{Amount, Currency};

/// How a column writes amounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AmountStyle {
    /// Before the decimals; a point unless stated.
    pub(crate) decimal: Option<char>,
    /// Between groups of three digits; a space stands for any kind of space, an apostrophe for a typographic one too.
    pub(crate) thousands: Option<char>,
    /// Signs and codes that may stand before or behind.
    pub(crate) currency: Vec<String>,
    /// How amounts below zero are written besides -12.00.
    pub(crate) negative: Vec<Negative>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Negative {
    /// `(12.00)`
    Brackets,
    /// `12.00-`
    TrailingMinus,
    /// The minus sign of typography, U+2212.
    TrueMinus,
    /// `12.00 CR`; and `12.00 DR` is above zero.
    Credit,
}

impl AmountStyle {
    /// Reads an amount to the cent; decimals beyond the second may only be zeros.
    ///
    /// # Errors
    /// The reason, and what could be stated in the mapping.
    pub(crate) fn read(&self, text: &str) -> Result<Amount, String> {
        let mut number = Number { rest: text.trim(), negative: false, signed: false, currency: false };
        while number.take_before(self) || number.take_behind(self) {}
        let plain = self.plain(number.rest).map_err(|reason| self.explained(reason, text))?;
        let signed = if number.negative { format!("-{plain}") } else { plain };
        signed.parse::<Amount>().map_err(|error| error.to_string())
    }

    /// The digits with a point and at most two decimals.
    fn plain(&self, text: &str) -> Result<String, Reason> {
        let (whole, decimals) = match text.split_once(self.decimal.unwrap_or('.')) {
            Some((_, "")) => return Err(Reason::NoNumber),
            Some(("", decimals)) => ("0".to_owned(), decimals),
            Some((whole, decimals)) => (self.ungrouped(whole)?, decimals),
            None => (self.ungrouped(text)?, "0"),
        };
        if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Reason::NoNumber);
        }
        let (cents, beyond) = decimals.split_at(decimals.len().min(2));
        if beyond.bytes().any(|byte| byte != b'0') {
            return Err(Reason::TooFine);
        }
        // 1.200 is 1.20 here and 1200 there; no program that writes decimals leads whole numbers with 0.
        let unstated = self.decimal.is_none() && self.thousands.is_none();
        if unstated && decimals.len() == 3 && whole.len() <= 3 && !whole.starts_with('0') {
            return Err(Reason::Ambiguous(format!("{whole}.{cents}"), format!("{whole}{decimals}")));
        }
        Ok(format!("{whole}.{cents}"))
    }

    /// Digits without what stands between their thousands.
    fn ungrouped(&self, text: &str) -> Result<String, Reason> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits(text) {
            return Ok(text.to_owned());
        }
        let Some(thousands) = self.thousands else { return Err(Reason::NoNumber) };
        let groups: Vec<&str> = text.split(|sign| is_sign(thousands, sign)).collect();
        let (first, others) = groups.split_first().ok_or(Reason::NoNumber)?;
        let well_led = digits(first) && first.len() <= 3 && !first.starts_with('0');
        if others.is_empty() || !well_led || !others.iter().all(|group| digits(group) && group.len() == 3) {
            return Err(Reason::NoNumber);
        }
        Ok(groups.concat())
    }

    fn explained(&self, reason: Reason, text: &str) -> String {
        match reason {
            Reason::Ambiguous(one, other) => {
                format!("may be {one} or {other}; state decimal = \".\" or thousands = \".\" in the mapping")
            }
            Reason::TooFine => "has more than two decimals".to_owned(),
            Reason::NoNumber => {
                let decimal = self.decimal.unwrap_or('.');
                let sign = if decimal == '.' { "a point" } else { "a comma" };
                let hint = self.hint(text);
                format!(
                    "is no amount; expected digits with at most two decimals after {sign}, such as 24{decimal}85{hint}"
                )
            }
        }
    }

    /// What the mapping may state of the signs that stand there.
    fn hint(&self, text: &str) -> String {
        if !text.contains(|c: char| c.is_ascii_digit()) {
            return String::new();
        }
        let mut keys = Vec::new();
        if text.contains([',', '.']) && self.decimal.is_none() && text.contains(',') {
            keys.push("decimal");
        }
        let groups = |c: char| matches!(c, ',' | '\'') || is_sign('\'', c) || is_sign(' ', c);
        if self.thousands.is_none() && text.trim().contains(groups) {
            keys.push("thousands");
        }
        let other = |c: char| !c.is_ascii_digit() && !c.is_whitespace() && !"().,'’-−".contains(c);
        if self.currency.is_empty() && text.contains(other) {
            keys.push("currency");
        }
        if text.contains(['(', '\u{2212}']) || text.ends_with('-') {
            keys.push("negative");
        }
        if keys.is_empty() { String::new() } else { format!("; the mapping can state {}", keys.join(", ")) }
    }

    /// What is wrong with the style itself.
    pub(crate) fn objection(&self, currency: Currency) -> Option<String> {
        if !matches!(self.decimal, None | Some('.' | ',')) {
            return Some("decimal must be \".\" or \",\"".to_owned());
        }
        if !matches!(self.thousands, None | Some('.' | ',' | ' ' | '\'' | '_')) {
            return Some("thousands must be one of \".\", \",\", \" \", \"'\", \"_\"".to_owned());
        }
        if self.thousands == Some(self.decimal.unwrap_or('.')) {
            return Some(
                "decimal sign and thousands sign must differ; the decimal sign is a point unless stated".to_owned(),
            );
        }
        let digits =
            |sign: &String| sign.trim().is_empty() || sign.contains(|c: char| c.is_ascii_digit() || "-+()".contains(c));
        if let Some(sign) = self.currency.iter().find(|sign| digits(sign)) {
            return Some(format!("“{sign}” is no currency"));
        }
        let codes = ["CAD", "EUR", "USD", "GBP", "CHF"];
        let other = self.currency.iter().find(|sign| codes.contains(&sign.as_str()) && *sign != currency.code());
        other.map(|code| format!("the amounts are in {code}, and the catalogue's prices in {}", currency.code()))
    }
}

enum Reason {
    NoNumber,
    TooFine,
    Ambiguous(String, String),
}

fn is_sign(stated: char, sign: char) -> bool {
    match stated {
        ' ' => matches!(sign, ' ' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}'),
        '\'' => matches!(sign, '\'' | '\u{2019}'),
        _ => stated == sign,
    }
}

/// A number being freed of what stands around it, each sort of sign once.
struct Number<'a> {
    rest: &'a str,
    negative: bool,
    signed: bool,
    currency: bool,
}

impl Number<'_> {
    fn take_before(&mut self, style: &AmountStyle) -> bool {
        if !self.signed {
            let minus = self.rest.strip_prefix('-').or_else(|| {
                style.negative.contains(&Negative::TrueMinus).then(|| self.rest.strip_prefix('\u{2212}')).flatten()
            });
            let brackets = || {
                let inner = self.rest.strip_prefix('(')?.strip_suffix(')')?;
                style.negative.contains(&Negative::Brackets).then(|| inner.trim())
            };
            if let Some(rest) = minus.or_else(brackets) {
                (self.rest, self.negative, self.signed) = (rest, true, true);
                return true;
            }
        }
        let currency = style.currency.iter().filter_map(|sign| self.rest.strip_prefix(sign.as_str()));
        self.take_currency(currency.min_by_key(|rest| rest.len()))
    }

    fn take_behind(&mut self, style: &AmountStyle) -> bool {
        if !self.signed {
            let minus = style.negative.contains(&Negative::TrailingMinus);
            let credit = style.negative.contains(&Negative::Credit);
            let behind = |sign: &str| self.rest.strip_suffix(sign).map(str::trim_end);
            let found = match () {
                () if minus && self.rest.ends_with('-') => behind("-").map(|rest| (rest, true)),
                () if credit && self.rest.ends_with("CR") => behind("CR").map(|rest| (rest, true)),
                () if credit && self.rest.ends_with("DR") => behind("DR").map(|rest| (rest, false)),
                () => None,
            };
            if let Some((rest, negative)) = found {
                (self.rest, self.negative, self.signed) = (rest, negative, true);
                return true;
            }
        }
        let currency = style.currency.iter().filter_map(|sign| self.rest.strip_suffix(sign.as_str()));
        self.take_currency(currency.min_by_key(|rest| rest.len()))
    }
}

impl<'a> Number<'a> {
    fn take_currency(&mut self, rest: Option<&'a str>) -> bool {
        match rest {
            Some(rest) if !self.currency => {
                (self.rest, self.currency) = (rest.trim(), true);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(decimal: Option<char>, thousands: Option<char>, currency: &[&str], negative: &[Negative]) -> AmountStyle {
        let currency = currency.iter().map(|sign| (*sign).to_owned()).collect();
        AmountStyle { decimal, thousands, currency, negative: negative.to_vec() }
    }

    fn cents(style: &AmountStyle, text: &str) -> Option<i64> {
        style.read(text).ok().map(Amount::in_cents)
    }

    #[test]
    fn ops_2_an_amount_as_it_stands_has_a_point_and_at_most_zeros_behind() {
        let plain = AmountStyle::default();
        for (text, expected) in [
            ("29.8500", 2985),
            ("-12.00", -1200),
            ("0.5", 50),
            (".5000", 50),
            ("-.50", -50),
            ("29.85000000", 2985),
            ("120", 12_000),
            ("1234.500", 123_450),
            ("0.850", 85),
            ("007.10", 710),
            ("9999999999.99", 999_999_999_999),
        ] {
            assert_eq!(cents(&plain, text), Some(expected), "{text}");
        }
        for text in [
            "29,85",
            "1,234.50",
            "$29.85",
            "(12.00)",
            "12.00-",
            "\u{2212}12.00",
            "29.855",
            "29.8501",
            "1.200",
            "29.850",
            "1 234.50",
            "1'234.50",
            "29.85 $",
            "29.",
            "1E+05",
            "--5",
            "- 5",
            "+5",
            "0x10",
            "٢٩",
            "12.00 CR",
            "10000000000.00",
            "1.2.3",
            "NaN",
            "",
            "-",
        ] {
            assert_eq!(cents(&plain, text), None, "{text}");
        }
        let reason = |text| plain.read(text).expect_err("refused");
        assert!(reason("1.200").contains("may be 1.20 or 1200"), "{}", reason("1.200"));
        assert!(reason("29,85").ends_with("the mapping can state decimal, thousands"), "{}", reason("29,85"));
        assert!(reason("$29.85").ends_with("the mapping can state currency"), "{}", reason("$29.85"));
        assert!(reason("(12.00)").ends_with("the mapping can state negative"), "{}", reason("(12.00)"));
        assert!(reason("twenty").ends_with("such as 24.85"), "{}", reason("twenty"));
    }

    #[test]
    fn ops_2_signs_of_an_amount_can_be_stated() {
        use Negative::{Brackets, Credit, TrailingMinus, TrueMinus};
        let french = style(Some(','), Some(' '), &["$"], &[TrueMinus]);
        for (text, expected) in [
            ("29,85", Some(2985)),
            ("1 234,50 $", Some(123_450)),
            ("1\u{a0}234,50\u{a0}$", Some(123_450)),
            ("1\u{202f}234", Some(123_400)),
            ("-12,00 $", Some(-1200)),
            ("\u{2212}12,00", Some(-1200)),
            ("29,850", Some(2985)),
            ("29.85", None),
            ("1.234,50", None),
            ("12 34,50", None),
            ("1 2345", None),
            ("1 234 56", None),
            ("0 123", None),
            ("$ 5,00 $", None),
            ("29,855", None),
        ] {
            assert_eq!(cents(&french, text), expected, "{text}");
        }
        let english = style(None, Some(','), &["$", "CAD", "CA$"], &[Brackets, TrailingMinus]);
        for (text, expected) in [
            ("$29.85", Some(2985)),
            ("1,234.50", Some(123_450)),
            ("$1,234,567.00", Some(123_456_700)),
            ("(12.00)", Some(-1200)),
            ("($1,012.00)", Some(-101_200)),
            ("$(12.00)", Some(-1200)),
            ("12.00-", Some(-1200)),
            ("-$12.00", Some(-1200)),
            ("$-12.00", Some(-1200)),
            ("CA$ 5.00", Some(500)),
            ("5.00 CAD", Some(500)),
            ("1234.50", Some(123_450)),
            ("29.850", Some(2985)),
            ("29,85", None),
            ("1,23", None),
            ("(-12.00)", None),
            ("-12.00-", None),
            ("(12.00", None),
            ("€5.00", None),
            ("1,,234", None),
            (",234", None),
        ] {
            assert_eq!(cents(&english, text), expected, "{text}");
        }
        let swiss = style(Some('.'), Some('\''), &["CHF"], &[]);
        assert_eq!(cents(&swiss, "CHF 1’234.50"), Some(123_450));
        let german = style(Some(','), Some('.'), &["€"], &[]);
        assert_eq!(
            (cents(&german, "1.234,50 €"), cents(&german, "1.200"), cents(&german, "29.85")),
            (Some(123_450), Some(120_000), None)
        );
        let ledger = style(None, None, &[], &[Credit]);
        assert_eq!(
            (cents(&ledger, "12.00 CR"), cents(&ledger, "12.00DR"), cents(&ledger, "12.00")),
            (Some(-1200), Some(1200), Some(1200))
        );
    }

    #[test]
    fn ops_2_signs_that_contradict_each_other_are_no_style() {
        let objection = |style: AmountStyle| style.objection(Currency::Cad);
        assert_eq!(objection(style(Some(','), Some('.'), &["$", "CAD"], &[])), None);
        assert!(objection(style(None, Some('.'), &[], &[])).is_some());
        assert!(objection(style(Some(','), Some(','), &[], &[])).is_some());
        assert!(objection(style(Some(';'), None, &[], &[])).is_some());
        assert!(objection(style(None, None, &["EUR"], &[])).is_some_and(|reason| reason.contains("CAD")));
        assert!(objection(style(None, None, &[""], &[])).is_some());
    }
}
