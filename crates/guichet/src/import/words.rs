//! Words that mean nothing. The mapping names those of the file; others that look like one are refused, so that nobody
//! is called NULL.

use std::collections::HashSet;

use super::file::composed;

/// What databases, spreadsheets, programs and people write where there is nothing, in lower case.
const SUSPECTS: [&str; 50] = [
    "null",
    "\\n",
    "(null)",
    "[null]",
    "<null>",
    "{null}",
    "nul",
    "nil",
    "<nil>",
    "none",
    "n/a",
    "na",
    "<na>",
    "n.a.",
    "nan",
    "nat",
    "undefined",
    "(blank)",
    "(empty)",
    "(none)",
    "empty",
    "blank",
    "vide",
    "(vide)",
    "aucun",
    "aucune",
    "néant",
    "inconnu",
    "inconnue",
    "unknown",
    "sans objet",
    "s.o.",
    "s/o",
    "n/d",
    "n.d.",
    "nd",
    "#n/a",
    "#n/d",
    "#null!",
    "#nul!",
    "#ref!",
    "#value!",
    "#valeur!",
    "#name?",
    "#nom?",
    "#num!",
    "#nombre!",
    "#div/0!",
    "0000-00-00",
    "0000-00-00 00:00:00",
];

/// The longest of the suspects, in bytes.
const LONGEST: usize = 19;

/// What the mapping says of such words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    pub(crate) nothing: HashSet<String>,
    /// Words that look like one that means nothing, and mean what they say.
    pub(crate) not_nothing: HashSet<String>,
}

impl Words {
    pub(crate) fn mean_nothing(&self, text: &str) -> bool {
        !self.nothing.is_empty() && self.nothing.contains(composed(text).as_ref())
    }

    /// # Errors
    /// When the text looks like a word that means nothing, and the mapping does not say whether it does.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        if text.is_empty() || !is_suspect(text) || self.not_nothing.contains(composed(text).as_ref()) {
            return Ok(());
        }
        Err("looks like a word that means nothing; in the mapping, state it under nothing if it does, and under \
             not_nothing if it does not"
            .to_owned())
    }
}

fn is_suspect(text: &str) -> bool {
    if text.len() <= LONGEST && SUSPECTS.contains(&text.to_lowercase().as_str()) {
        return true;
    }
    !text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_2_words_that_look_like_nothing_are_refused_unless_the_mapping_says_what_they_are() {
        let words = Words::default();
        for suspect in ["NULL", "null", "\\N", "#N/A", "NaN", "None", "Néant", "-", "—", "?", "#####", "0000-00-00"]
        {
            assert!(words.check(suspect).is_err(), "{suspect}");
        }
        for name in ["", "Nullmeier", "Ana Fictif", "王", "ᐊᓗᒃ", "Nil Armand", "0", "-12.00"] {
            assert_eq!(words.check(name), Ok(()), "{name}");
        }
        let stated = Words { nothing: ["NULL".to_owned()].into(), not_nothing: ["Nil".to_owned()].into() };
        assert!(stated.mean_nothing("NULL") && !stated.mean_nothing("null"));
        assert_eq!(stated.check("Nil"), Ok(()));
        assert!(SUSPECTS.iter().all(|word| word.len() <= LONGEST && *word == word.to_lowercase()));
    }
}
