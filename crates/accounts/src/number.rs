//! Account numbers: nine drawn digits and a check digit, so that a number misread from a cheque is noticed (ACC-3, PAY-3).

use std::fmt;
use std::str::FromStr;

use kernel::World;

const DIGITS: usize = 10;

/// Ten digits, the last one the Luhn check digit (ISO/IEC 7812-1, annex B) that banks' remittance systems know; the first
/// is not 0. Drawn, so that one number tells nothing of the next (SGN-2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountNumber(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountNumberError {
    #[error("an account number has {DIGITS} digits")]
    Form,
    #[error("the last digit does not fit the others: one of them was misread")]
    CheckDigit,
}

impl AccountNumber {
    /// Draws a number. Whether it is taken is for the caller to see.
    pub fn draw(world: &World) -> Self {
        let number = 100_000_000 + world.below(900_000_000);
        let digits = number.to_string();
        let check = check_digit(digits.as_bytes());
        Self(format!("{digits}{check}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountNumber {
    type Err = AccountNumberError;

    /// Reads a number as people write it, with spaces or hyphens between the digits.
    fn from_str(text: &str) -> Result<Self, AccountNumberError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-')).collect();
        if digits.len() != DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.starts_with('0') {
            return Err(AccountNumberError::Form);
        }
        let (body, last) = digits.as_bytes().split_at(DIGITS - 1);
        if last[0] != b'0' + check_digit(body) {
            return Err(AccountNumberError::CheckDigit);
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The Luhn check digit of ASCII digits (ISO/IEC 7812-1, annex B).
pub fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match (place.is_multiple_of(2), digit * 2) {
                (false, _) => digit,
                (true, twice) if twice > 9 => twice - 9,
                (true, twice) => twice,
            }
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn acc_3_the_published_luhn_case() {
        // The example of ISO/IEC 7812-1's check digit that is widely printed: 7992739871 has the check digit 3.
        assert_eq!(check_digit(b"7992739871"), 3);
    }

    #[test]
    fn acc_3_a_number_is_read_as_people_write_it() {
        let number = AccountNumber::draw(&World::real());
        let spaced = format!("{} {}-{}", &number.as_str()[..3], &number.as_str()[3..6], &number.as_str()[6..]);
        assert_eq!(spaced.parse(), Ok(number));
        for wrong in ["", "123", "12345678901", "0123456789", "12345678 a9"] {
            assert_eq!(wrong.parse::<AccountNumber>(), Err(AccountNumberError::Form), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn acc_3_one_misread_digit_is_always_noticed(seed: u64, place in 0_usize..10, other in 0_u8..10) {
            let world = World::new(std::sync::Arc::new(kernel::SystemClock), std::sync::Arc::new(kernel::SeededEntropy::new(seed)));
            let number = AccountNumber::draw(&world);
            let mut misread = number.as_str().as_bytes().to_vec();
            misread[place] = b'0' + other;
            let misread = String::from_utf8(misread).expect("digits");
            prop_assert_eq!(misread.parse::<AccountNumber>().is_ok(), misread == number.as_str());
        }
    }
}
