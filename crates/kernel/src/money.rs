//! Exact money: whole minor units (cents) and one rounding rule (BIL-2).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::column::column_newtype;

/// An amount in minor units (cents) of the account's currency; negative is a credit. Sums are checked for overflow in
/// every build (`overflow-checks`), and [`Amount::from_str`] admits nothing near the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(i64);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("is no amount; expected digits with at most two decimals after a point, such as 24.85")]
    NoNumber,
    #[error("has more than two decimals")]
    TooFine,
    #[error("is too large; the largest amount is 9999999999.99")]
    TooLarge,
}

impl Amount {
    pub const ZERO: Self = Self(0);

    pub const fn cents(cents: i64) -> Self {
        Self(cents)
    }

    pub const fn in_cents(self) -> i64 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The part for `days` of a cycle of `of` days, rounded by the one rule ([`round_div`]). All of it for all days.
    #[must_use]
    pub fn prorated(self, days: u32, of: u32) -> Self {
        if days == of {
            return self;
        }
        Self(round_div(i128::from(self.0) * i128::from(days), i128::from(of.max(1))))
    }
}

/// Divides and rounds to the nearest whole number, a half away from zero: 2.5 becomes 3 and −2.5 becomes −3, so that a
/// credit rounds to the same amount as the charge it undoes. This is the one rounding rule of Guichet (BIL-2).
pub fn round_div(numerator: i128, denominator: i128) -> i64 {
    debug_assert!(denominator > 0, "the divisor is a count of days or a scale");
    let magnitude = (numerator.abs() * 2 + denominator) / (denominator * 2);
    let rounded = i64::try_from(magnitude).unwrap_or(i64::MAX);
    if numerator < 0 { -rounded } else { rounded }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads `24.85`, `42.3`, `-5` and `120`: a point, at most two decimals, no spaces, no currency sign.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !numeric(whole) || !numeric(fraction) {
            return Err(AmountError::NoNumber);
        }
        if fraction.len() > 2 {
            return Err(AmountError::TooFine);
        }
        if whole.trim_start_matches('0').len() > 10 {
            return Err(AmountError::TooLarge);
        }
        let whole: i64 = whole.parse().map_err(|_| AmountError::TooLarge)?;
        let scale = if fraction.len() == 1 { 10 } else { 1 };
        let cents = whole * 100 + fraction.parse::<i64>().map_err(|_| AmountError::NoNumber)? * scale;
        Ok(Self(if negative { -cents } else { cents }))
    }
}

impl fmt::Display for Amount {
    /// Digits, a point and two decimals, for files and logs; pages write amounts as their language does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100))
    }
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Amount {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

column_newtype!(Amount as i64, |amount| amount.0, |raw| Some(Amount(raw)), BigInt, BigInteger);

/// A tax rate in millionths: 9.975 % is 99 750.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(u32);

impl Rate {
    pub const fn millionths(millionths: u32) -> Self {
        Self(millionths)
    }

    /// The tax on that amount, rounded by the one rule.
    pub fn of(self, amount: Amount) -> Amount {
        Amount(round_div(i128::from(amount.0) * i128::from(self.0), 1_000_000))
    }
}

impl FromStr for Rate {
    type Err = AmountError;

    /// Reads a percentage such as `9.975`, with at most four decimals.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() || whole.len() > 3 || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit()) {
            return Err(AmountError::NoNumber);
        }
        if fraction.len() > 4 {
            return Err(AmountError::TooFine);
        }
        let digits = format!("{whole}{fraction:0<4}");
        digits.parse().map(Self).map_err(|_| AmountError::NoNumber)
    }
}

impl fmt::Display for Rate {
    /// The percentage without needless zeros: `5`, `9.975`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:04}", self.0 / 10_000, self.0 % 10_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The currencies that Guichet bills in; all have two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    Cad,
    Usd,
    Eur,
}

impl Currency {
    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cad => "CAD",
            Self::Usd => "USD",
            Self::Eur => "EUR",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Cad, Self::Usd, Self::Eur].into_iter().find(|currency| currency.code() == code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

column_newtype!(
    Currency as String,
    |currency| currency.code().to_owned(),
    |raw| Currency::from_code(&raw),
    String,
    Text
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bil_2_amounts_are_read_exactly_or_refused() {
        assert_eq!("42.3".parse(), Ok(Amount(4230)));
        assert_eq!("-0.05".parse(), Ok(Amount(-5)));
        assert_eq!("9999999999.99".parse(), Ok(Amount(999_999_999_999)));
        for (text, error) in [
            ("", AmountError::NoNumber),
            ("12,50", AmountError::NoNumber),
            (" 12", AmountError::NoNumber),
            ("1e3", AmountError::NoNumber),
            ("--1", AmountError::NoNumber),
            (".5", AmountError::NoNumber),
            ("5.", AmountError::NoNumber),
            ("1.005", AmountError::TooFine),
            ("10000000000", AmountError::TooLarge),
        ] {
            assert_eq!(text.parse::<Amount>(), Err(error), "{text}");
        }
    }

    #[test]
    fn bil_2_half_a_cent_rounds_up_and_a_credit_to_the_same_amount() {
        let five: Rate = "5".parse().expect("a rate");
        let qst: Rate = "9.975".parse().expect("a rate");
        // The published Québec case: 100.00 bears 5.00 and 9.98.
        assert_eq!((five.of(Amount(10_000)), qst.of(Amount(10_000))), (Amount(500), Amount(998)));
        assert_eq!((five.of(Amount(10)), five.of(Amount(-10))), (Amount(1), Amount(-1)));
        assert_eq!((five.of(Amount(9)), five.of(Amount(-9))), (Amount(0), Amount(0)));
    }

    #[test]
    fn a_rate_is_written_as_it_was_read() {
        for text in ["5", "9.975", "13", "0", "25.5", "8.8888"] {
            assert_eq!(text.parse::<Rate>().map(|rate| rate.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("9.97501".parse::<Rate>(), Err(AmountError::TooFine));
        assert_eq!("-5".parse::<Rate>(), Err(AmountError::NoNumber));
    }

    proptest! {
        #[test]
        fn bil_2_what_is_written_reads_back(cents in -999_999_999_999_i64..=999_999_999_999) {
            prop_assert_eq!(Amount(cents).to_string().parse(), Ok(Amount(cents)));
        }

        #[test]
        fn bil_2_a_prorated_credit_undoes_its_charge(cents in 0_i64..10_000_000, days in 0_u32..=31, of in 28_u32..=31) {
            let days = days.min(of);
            prop_assert_eq!(Amount(cents).prorated(days, of), -(Amount(-cents).prorated(days, of)));
            prop_assert!(Amount(cents).prorated(days, of) <= Amount(cents));
        }
    }
}
