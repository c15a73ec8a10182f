//! Whether another name is the same person's, spelled otherwise (PRO-1): another person is a change of holder, which asks for
//! proof and two of the staff.

/// Longest name, in characters.
pub const LONGEST_NAME: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameProblem {
    Empty,
    TooLong,
    /// A word of the name on file has no counterpart: this may be another person.
    Another,
}

impl NameProblem {
    /// Its name in the texts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Empty => "name-empty",
            Self::TooLong => "name-long",
            Self::Another => "name-another",
        }
    }
}

/// A name in the form in which it is kept. Each word of the name on file must be there again, give or take two letters (one
/// in words of three); words may be added, and stand in another order. `on_file` is the name as the provider set it
/// ([`crate::name_by_provider`]), not the last correction, so that no number of small ones makes somebody else of “Marie Tremblay”.
///
/// # Errors
/// Why it is not taken.
pub fn check_name(on_file: Option<&str>, typed: &str) -> Result<String, NameProblem> {
    let name = kernel::line(typed);
    if !name.chars().any(char::is_alphabetic) {
        return Err(NameProblem::Empty);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(NameProblem::TooLong);
    }
    let mut new = words(&name);
    for old in words(on_file.unwrap_or_default()) {
        let near = new.iter().position(|word| is_near(&old, word)).ok_or(NameProblem::Another)?;
        new.swap_remove(near);
    }
    Ok(name)
}

fn words(name: &str) -> Vec<String> {
    let plain = deunicode::deunicode(name).to_lowercase();
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    // The longest first: a short word is near to many.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

fn is_near(old: &str, new: &str) -> bool {
    distance(old, new) <= if old.len().min(new.len()) > 3 { 2 } else { usize::from(old.len() > 1) }
}

/// Letters to add, leave out or change (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pro_1_a_spelling_is_corrected_and_another_person_is_not_a_spelling() {
        for (old, new) in [
            ("Eve Tremblai", " Ève  Tremblay "),
            ("Marie Tremblay", "Marie-Claude Tremblay"),
            ("Tremblay, Marie", "Marie Tremblay"),
            ("Luc Roy", "Luc Roi"),
            ("Atelier Tremblay inc", "Ateliers Tremblay inc."),
            ("", "Marie Tremblay"),
        ] {
            assert!(check_name(Some(old), new).is_ok(), "{old} → {new}");
        }
        for (old, new) in [
            ("Marie Tremblay", "Jean Tremblay"),
            ("Marie Tremblay", "Tremblay"),
            ("Luc Roy", "Lucie Roy"),
            ("Luc Roy", "Jules Roy"),
            ("Marie Tremblay", "Marie Gagnon"),
        ] {
            assert_eq!(check_name(Some(old), new), Err(NameProblem::Another), "{old} → {new}");
        }
        assert_eq!(check_name(None, " 12 "), Err(NameProblem::Empty));
        assert_eq!(check_name(None, &"a".repeat(101)), Err(NameProblem::TooLong));
    }
}
