//! Usernames (SGN-4).

use std::fmt;

use unicode_normalization::UnicodeNormalization;

const SHORTEST: usize = 8;
const LONGEST: usize = 50;

/// A username: 8 to 50 letters, digits, `.`, `-`, `—`, `_`; never shaped like a client identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    text: String,
    key: String,
}

/// What is wrong with it; the first thing that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    #[error("a username has at least {SHORTEST} characters")]
    TooShort,
    #[error("a username has at most {LONGEST} characters")]
    TooLong,
    #[error("a username has no “{0}”")]
    Character(char),
    #[error("that is the form of a client identifier")]
    LikeIdentifier,
}

impl Username {
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        let text: String = text.nfkc().collect();
        if let Some(wrong) = text.chars().find(|c| !(c.is_alphanumeric() || is_dash(*c) || matches!(c, '.' | '_'))) {
            return Err(UsernameError::Character(wrong));
        }
        let length = text.chars().count();
        if length < SHORTEST {
            return Err(UsernameError::TooShort);
        }
        if length > LONGEST {
            return Err(UsernameError::TooLong);
        }
        let key = fold(&text);
        if like_identifier(&key) {
            return Err(UsernameError::LikeIdentifier);
        }
        Ok(Self { text, key })
    }

    /// The form in which equal usernames are equal: NFKC, case and dashes folded.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Folds what somebody typed to sign in: an e-mail address, which no username is like, to its mailbox, another name as a
/// username is folded.
pub fn fold(text: &str) -> String {
    if text.contains('@') {
        return kernel::mailbox(text);
    }
    let normal: String = text.trim().nfkc().collect();
    // Up and down again: so that ß, ſ and the Greek final sigma meet their other forms.
    let folded = normal.to_uppercase().to_lowercase();
    folded.nfkc().map(|c| if is_dash(c) { '-' } else { c }).collect()
}

/// Everything that Unicode calls a dash (category Pd) and the minus sign, which look alike.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{58a}' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// `dm429850-boreal`: two letters, digits, a hyphen (ACC-1).
fn like_identifier(key: &str) -> bool {
    let Some((before, after)) = key.split_once('-') else { return false };
    let letters = before.chars().take(2).filter(|c| c.is_alphabetic()).count() == 2;
    let digits = before.chars().skip(2);
    letters && digits.clone().count() >= 4 && digits.clone().all(char::is_numeric) && !after.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sgn_4_what_a_username_may_be() {
        for good in ["marie.tremblay", "Marie_Tremblay-2", "jean—louis", "éloïse.côté", "12345678"] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Username::parse("marie"), Err(UsernameError::TooShort));
        assert_eq!(Username::parse(&"a".repeat(51)), Err(UsernameError::TooLong));
        for (wrong, c) in [
            ("marie tremblay", ' '),
            ("marie@exemple.ca", '@'),
            ("a=bcdefgh", '='),
            ("a+bcdefgh", '+'),
            ("<script>alert", '<'),
            ("#marie.t", '#'),
        ] {
            assert_eq!(Username::parse(wrong), Err(UsernameError::Character(c)), "{wrong}");
        }
        for shaped in ["dm429850-BOREAL", "DM429850—Boreal", "xx4298501-x"] {
            assert_eq!(Username::parse(shaped), Err(UsernameError::LikeIdentifier), "{shaped}");
        }
    }

    #[test]
    fn sgn_4_usernames_that_look_alike_are_one() {
        let key = |text: &str| Username::parse(text).map(|name| name.key().to_owned()).expect("a username");
        for alike in ["JEAN-LOUIS", "jean–louis", "jean—louis", "ｊｅａｎ－ｌｏｕｉｓ", "jean−louis"] {
            assert_eq!(key(alike), key("jean-louis"), "{alike}");
        }
        assert_eq!(key("straße.12"), key("STRASSE.12"));
        assert_eq!(key("cote\u{301}.dupont"), key("coté.dupont"));
        assert_ne!(key("jean_louis"), key("jean-louis"));
    }
}
