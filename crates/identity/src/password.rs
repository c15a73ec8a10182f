//! Passwords: what the policy asks of them (SGN-5).

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The named policy of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPolicy {
    /// 6 to 16 characters with a letter and a digit, as this kind of provider has it.
    #[default]
    Classic,
    /// NIST SP 800-63B-4: at least 15 characters, at least 64 accepted, nothing asked of what they are.
    Modern,
    /// [`Self::Modern`] for who has a second step: 8 characters. Not to be configured: see [`Self::with_step`].
    #[serde(skip)]
    ModernWithStep,
}

/// A password that was chosen and kept to the policy, as it is kept.
#[derive(Clone, Debug)]
pub struct ChosenPassword {
    /// The PHC string.
    pub hash: String,
    /// Whether it is too short for who has no second step: it ends with the last of them (SGN-5).
    pub needs_step: bool,
}

/// A rule that a password may break; each is shown beside the field and turns satisfied while typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    Length,
    Letter,
    Digit,
    NoForbidden,
    NotUsername,
    NotCommon,
}

impl PasswordRule {
    /// Its name in the page and in the texts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Letter => "letter",
            Self::Digit => "digit",
            Self::NoForbidden => "no-forbidden",
            Self::NotUsername => "not-username",
            Self::NotCommon => "not-common",
        }
    }
}

/// Guesses within which somebody who tries the commonest passwords first finds one, as a power of ten.
const COMMON_LOG10: f64 = 4.0;

impl PasswordPolicy {
    /// What is asked of whoever has a second step, or has none.
    #[must_use]
    pub const fn with_step(self, has_step: bool) -> Self {
        match self {
            Self::Modern | Self::ModernWithStep if has_step => Self::ModernWithStep,
            Self::Modern | Self::ModernWithStep => Self::Modern,
            Self::Classic => Self::Classic,
        }
    }

    /// Whether a password that this policy took would be refused without a second step.
    pub fn needs_step(self, password: &Password) -> bool {
        self == Self::ModernWithStep && password.0.chars().count() < Self::Modern.length().0
    }

    /// Shortest and longest, in characters.
    pub const fn length(self) -> (usize, usize) {
        match self {
            Self::Classic => (6, 16),
            Self::Modern => (15, 128),
            Self::ModernWithStep => (8, 128),
        }
    }

    pub const fn rules(self) -> &'static [PasswordRule] {
        use PasswordRule::{Digit, Length, Letter, NoForbidden, NotCommon, NotUsername};
        match self {
            Self::Classic => &[Length, Letter, Digit, NoForbidden, NotUsername, NotCommon],
            Self::Modern | Self::ModernWithStep => &[Length, NotUsername, NotCommon],
        }
    }

    /// The rules that a password breaks.
    pub fn broken(self, password: &Password, username: &str, email: &str) -> Vec<PasswordRule> {
        self.rules().iter().copied().filter(|rule| !self.keeps(*rule, password, username, email)).collect()
    }

    fn keeps(self, rule: PasswordRule, password: &Password, username: &str, email: &str) -> bool {
        let text = password.0.as_str();
        match rule {
            PasswordRule::Length => {
                let (shortest, longest) = self.length();
                (shortest..=longest).contains(&text.chars().count())
            }
            PasswordRule::Letter => text.chars().any(char::is_alphabetic),
            PasswordRule::Digit => text.chars().any(|c| c.is_ascii_digit()),
            PasswordRule::NoForbidden => !text.chars().any(|c| c.is_whitespace() || "=+<>#@".contains(c)),
            PasswordRule::NotUsername => !is_name(text, username) && !is_name(text, email),
            PasswordRule::NotCommon => !is_common(text),
        }
    }
}

/// Whether the password is the name, forwards or backwards, whatever the case.
fn is_name(password: &str, name: &str) -> bool {
    let (password, name) = (crate::username::fold(password), crate::username::fold(name));
    let local = name.split('@').next().unwrap_or_default();
    let backwards: String = name.chars().rev().collect();
    !name.is_empty() && (password == name || password == local || password == backwards)
}

fn is_common(password: &str) -> bool {
    // zxcvbn takes ever longer for long texts, and a long one is not among the commonest.
    let start: String = password.chars().take(32).collect();
    !start.is_empty() && zxcvbn::zxcvbn(&start, &[]).guesses_log10() < COMMON_LOG10
}

/// A password as somebody typed it, normalised (NFC) so that every keyboard gives the same; gone from memory when dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn new(typed: &str) -> Self {
        Self(Zeroizing::new(typed.nfc().collect()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is hashed.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Clone for Password {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(policy: PasswordPolicy, password: &str) -> Vec<&'static str> {
        let rules = policy.broken(&Password::new(password), "marie.tremblay", "marie@exemple.ca");
        rules.into_iter().map(PasswordRule::id).collect()
    }

    #[test]
    fn sgn_5_the_classic_policy() {
        let classic = PasswordPolicy::Classic;
        assert_eq!(broken(classic, "vertige7lune"), Vec::<&str>::new());
        assert_eq!(broken(classic, "vr7"), ["length", "not-common"]);
        assert_eq!(broken(classic, "vertigelunaire"), ["digit"]);
        assert_eq!(broken(classic, "8305917264"), ["letter"]);
        assert_eq!(broken(classic, "vertige7lunaire99"), ["length"]);
        for forbidden in ["vert ige7", "vertige=7", "vertige+7", "vertige<7", "vertige>7", "vertige#7", "vertige@7"] {
            assert_eq!(broken(classic, forbidden), ["no-forbidden"], "{forbidden}");
        }
        assert_eq!(broken(classic, "password1"), ["not-common"]);
        assert_eq!(broken(classic, "abc123"), ["not-common"]);
    }

    #[test]
    fn sgn_5_the_modern_policy_asks_for_length_alone() {
        let modern = PasswordPolicy::Modern;
        assert_eq!(broken(modern, "quatre mots sans chiffre"), Vec::<&str>::new());
        assert_eq!(broken(modern, "vertige7lune"), ["length"]);
        assert_eq!(broken(modern, &"x".repeat(129)), ["length", "not-common"]);
        assert!(broken(modern, &"bruyère et mésange ".repeat(4)).is_empty(), "64 characters and more");
    }

    #[test]
    fn sgn_5_who_has_a_second_step_may_choose_a_shorter_one() {
        let stepped = PasswordPolicy::Modern.with_step(true);
        assert_eq!(stepped.with_step(false), PasswordPolicy::Modern);
        assert_eq!(PasswordPolicy::Classic.with_step(true), PasswordPolicy::Classic);
        assert_eq!(broken(stepped, "vertige7lune"), Vec::<&str>::new());
        assert_eq!(broken(stepped, "vert7ge"), ["length"]);
        for (password, needs) in [("quatorze signes", false), ("quatorze signe", true)] {
            assert_eq!(stepped.needs_step(&Password::new(password)), needs, "{password}");
            assert!(!PasswordPolicy::Classic.needs_step(&Password::new(password)));
        }
    }

    #[test]
    fn sgn_5_the_username_is_no_password() {
        let classic = PasswordPolicy::Classic;
        let broken = |password: &str| classic.broken(&Password::new(password), "hirondelle77", "bleu4321x@exemple.ca");
        for name in ["hirondelle77", "HIRONDELLE77", "77ellednorih", "bleu4321x"] {
            assert!(broken(name).contains(&PasswordRule::NotUsername), "{name}");
        }
        assert!(!broken("hirondelle78").contains(&PasswordRule::NotUsername));
    }
}
