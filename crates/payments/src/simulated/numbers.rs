//! The numbers that the simulated gateway knows, and what happens to each.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use kernel::Day;

use crate::gateway::{CardFacts, Decline};

/// What happens when a card is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Approves,
    Declines(Decline),
    AsksForAStep,
    /// Processed for a minute, then charged.
    TakesItsTime,
    /// Charged, but the answer is lost.
    TimesOut,
}

impl Behaviour {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Approves => "approves",
            Self::Declines(decline) => decline.code(),
            Self::AsksForAStep => "asks-for-a-step",
            Self::TakesItsTime => "takes-its-time",
            Self::TimesOut => "times-out",
        }
    }

    pub(super) fn from_code(code: &str) -> Self {
        let others = [Self::Approves, Self::AsksForAStep, Self::TakesItsTime, Self::TimesOut];
        let found = others.into_iter().find(|behaviour| behaviour.code() == code);
        found.unwrap_or_else(|| Self::Declines(Decline::from_code(code)))
    }
}

/// The numbers, each with the key of what happens to it, for the gateway's page to list. Most are those that Stripe's
/// test mode knows, with the same effect; none is anybody's card, and no other number is taken.
pub const NUMBERS: [(&str, &str); 8] = [
    ("4242424242424242", "approves"),
    ("4000000000000002", "declined"),
    ("4000000000009995", "insufficient-funds"),
    ("4000000000000069", "expired"),
    ("4000000000000127", "wrong-code"),
    ("4000002500003155", "asks-for-a-step"),
    ("4000000000000119", "takes-its-time"),
    ("4000000000004087", "times-out"),
];

/// A card as it was typed on the gateway's own page.
pub struct EnteredCard<'a> {
    /// Spaces are passed over.
    pub number: &'a str,
    pub exp_month: &'a str,
    /// Two digits or four.
    pub exp_year: &'a str,
    pub code: &'a str,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongCard {
    /// It is no card's number: its last digit does not check.
    Number,
    /// It may be a card's, and is none that the simulation knows.
    Unknown,
    /// No month, or one that is over.
    Expiry,
    /// Not three digits.
    Code,
}

impl EnteredCard<'_> {
    pub(super) fn check(&self, today: Day) -> Result<(CardFacts, Behaviour), WrongCard> {
        let digits: String = self.number.chars().filter(|c| !c.is_whitespace()).collect();
        if !is_card_number(&digits) {
            return Err(WrongCard::Number);
        }
        let known = NUMBERS.iter().find(|(number, _)| *number == digits).ok_or(WrongCard::Unknown)?;
        let (exp_month, exp_year) = self.expiry().ok_or(WrongCard::Expiry)?;
        if is_expired(today, exp_month, exp_year) {
            return Err(WrongCard::Expiry);
        }
        if self.code.len() != 3 || !self.code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(WrongCard::Code);
        }
        let last4 = digits[digits.len() - 4..].to_owned();
        let fingerprint = Some(HEXLOWER.encode(&digest(&SHA256, digits.as_bytes()).as_ref()[..12]));
        let facts = CardFacts { brand: "visa".to_owned(), last4, exp_month, exp_year, fingerprint };
        Ok((facts, Behaviour::from_code(known.1)))
    }

    fn expiry(&self) -> Option<(i16, i16)> {
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i16>().ok()).flatten();
        let month = number(self.exp_month).filter(|month| (1..=12).contains(month))?;
        let year = number(self.exp_year)?;
        match self.exp_year.len() {
            2 => Some((month, 2000 + year)),
            4 => Some((month, year)),
            _ => None,
        }
    }
}

/// Whether the month in which a card is good to its end is over.
pub(super) fn is_expired(today: Day, month: i16, year: i16) -> bool {
    let today = today.date();
    (year, month) < (today.year(), i16::from(today.month()))
}

/// 12 to 19 digits of which the last checks the others (ISO/IEC 7812-1, annex B).
fn is_card_number(digits: &str) -> bool {
    let is_long_enough = (12..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| match (u32::from(byte.saturating_sub(b'0')), place % 2) {
            (digit, 0) => digit,
            (digit, _) if digit > 4 => digit * 2 - 9,
            (digit, _) => digit * 2,
        })
        .sum();
    is_long_enough && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card<'a>(number: &'a str, expiry: (&'a str, &'a str), code: &'a str) -> EnteredCard<'a> {
        EnteredCard { number, exp_month: expiry.0, exp_year: expiry.1, code }
    }

    #[test]
    fn pay_1_only_the_simulations_own_numbers_are_taken() {
        let today = Day::constant(2026, 11, 21);
        for (number, effect) in NUMBERS {
            let (facts, behaviour) = card(number, ("11", "2026"), "123").check(today).expect("taken");
            assert_eq!((facts.last4.as_str(), behaviour.code()), (&number[12..], effect));
        }
        let spaced = card(" 4242 4242 4242 4242 ", ("12", "30"), "000").check(today).expect("taken");
        assert_eq!((spaced.0.exp_month, spaced.0.exp_year), (12, 2030));
        for (wrong, expected) in [
            (card("4242424242424241", ("12", "30"), "123"), WrongCard::Number),
            (card("", ("12", "30"), "123"), WrongCard::Number),
            (card("4242-4242-4242-4242", ("12", "30"), "123"), WrongCard::Number),
            (card("5555555555554444", ("12", "30"), "123"), WrongCard::Unknown),
            (card("4242424242424242", ("10", "26"), "123"), WrongCard::Expiry),
            (card("4242424242424242", ("13", "30"), "123"), WrongCard::Expiry),
            (card("4242424242424242", ("", ""), "123"), WrongCard::Expiry),
            (card("4242424242424242", ("1", "030"), "123"), WrongCard::Expiry),
            (card("4242424242424242", ("12", "30"), "12"), WrongCard::Code),
            (card("4242424242424242", ("12", "30"), "12a"), WrongCard::Code),
        ] {
            assert_eq!(wrong.check(today).err(), Some(expected));
        }
    }
}
