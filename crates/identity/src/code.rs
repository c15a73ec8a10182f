//! Codes of eight digits that are sent and typed in again: how long one is good, how often it is tried, when another one is
//! sent. One piece for all of them; where the row stands is each caller's. Pure but for the draw.

use db::Db;
use jiff::SignedDuration;
use kernel::Moment;

/// Digits of a code.
pub const CODE_DIGITS: usize = 8;
/// Wrong codes after which a code opens nothing.
pub const MOST_TRIES: i32 = 5;
/// Another code so soon is the same button pressed twice.
pub const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// How a code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeState {
    NotSent,
    /// It opens until then.
    Sent(Moment),
    Expired,
    TriedTooOften,
}

/// A code as it is kept: under a secret key, for it is short, and its plain hash would be found by trying all.
#[derive(Clone, Debug)]
pub struct SentCode {
    pub mark: Option<Vec<u8>>,
    pub sent_at: Option<Moment>,
    /// Wrong ones since it was sent.
    pub tries: i32,
    /// How long it is good.
    pub lasts: SignedDuration,
}

/// What a code that was typed is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    Right,
    /// To be counted by the caller; so many tries are left then. With none left it opens nothing any more.
    Wrong(i32),
    TriedTooOften,
    Expired,
    NotSent,
}

impl SentCode {
    pub fn state(&self, now: Moment) -> CodeState {
        match self.sent_at {
            None => CodeState::NotSent,
            Some(sent) if sent.plus(self.lasts) <= now => CodeState::Expired,
            Some(_) if self.tries >= MOST_TRIES => CodeState::TriedTooOften,
            Some(sent) => CodeState::Sent(sent.plus(self.lasts)),
        }
    }

    /// Whether it was sent a moment ago, and is good.
    pub fn was_just_sent(&self, now: Moment) -> bool {
        let is_new = self.sent_at.is_some_and(|sent| sent.plus(AGAIN_AFTER) > now);
        is_new && matches!(self.state(now), CodeState::Sent(_))
    }

    /// Compares the mark of what was typed.
    pub fn judge(&self, typed: &[u8], now: Moment) -> Judged {
        match self.state(now) {
            CodeState::NotSent => Judged::NotSent,
            CodeState::Expired => Judged::Expired,
            CodeState::TriedTooOften => Judged::TriedTooOften,
            // Marks under a secret key: comparing them byte by byte tells nothing of the code.
            CodeState::Sent(_) if self.mark.as_deref() == Some(typed) => Judged::Right,
            CodeState::Sent(_) => Judged::Wrong(MOST_TRIES - self.tries - 1),
        }
    }
}

/// Draws a code.
pub fn draw_digits(db: &Db) -> String {
    format!("{:08}", db.world().below(100_000_000))
}

/// The digits of what somebody typed for a code, with spaces and hyphens as they like; none for what is no code.
pub fn typed_digits(typed: &str) -> Option<String> {
    let foreign = |c: char| !(c.is_ascii_digit() || c.is_whitespace() || c == '-');
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    (digits.len() == CODE_DIGITS && !typed.contains(foreign)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_6_a_code_is_read_however_it_is_spaced_and_nothing_else_is_one() {
        for typed in ["12345678", "1234 5678", "1234-5678", " 12 34 56 78 ", "1234\u{a0}5678"] {
            assert_eq!(typed_digits(typed).as_deref(), Some("12345678"), "{typed}");
        }
        for typed in ["", "1234567", "123456789", "12345678x", "1234,5678", "١٢٣٤٥٦٧٨"] {
            assert_eq!(typed_digits(typed), None, "{typed}");
        }
    }

    #[test]
    fn sec_6_a_code_is_good_for_a_while_and_five_tries() {
        let at = Moment::new("2026-11-21T12:00:00Z".parse().expect("a time"));
        let after = |seconds| at.plus(SignedDuration::from_secs(seconds));
        let lasts = SignedDuration::from_mins(15);
        let code = |tries| SentCode { mark: Some(vec![1]), sent_at: Some(at), tries, lasts };
        assert_eq!(code(0).judge(&[1], after(899)), Judged::Right);
        assert_eq!(code(0).judge(&[1], after(900)), Judged::Expired);
        assert_eq!(code(0).judge(&[2], at), Judged::Wrong(4));
        assert_eq!(code(4).judge(&[2], at), Judged::Wrong(0));
        assert_eq!(code(5).judge(&[1], at), Judged::TriedTooOften);
        assert!(code(0).was_just_sent(after(59)) && !code(0).was_just_sent(after(60)));
        assert!(!code(5).was_just_sent(after(1)), "another one is needed");
        let none = SentCode { mark: None, sent_at: None, tries: 0, lasts };
        assert_eq!((none.state(at), none.judge(&[1], at)), (CodeState::NotSent, Judged::NotSent));
    }
}
