//! One line of text that a person typed: a name, a street, a label. In letters and on bills it stands beside what the provider
//! says, so it may not end its line, turn the direction of what follows, or hide something.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, JoiningType};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';

/// What somebody typed or pasted as one line: composed (NFC), one space between words and none around. What does not print is left
/// out, for it comes along with copied text and nobody sees it: control characters, marks that turn the direction of writing,
/// spaces of no width. A joiner without width stays between letters that join, as Persian and the languages of India write it.
pub fn line(typed: &str) -> String {
    let letters: Vec<char> = typed.nfc().collect();
    let mut kept = String::with_capacity(typed.len());
    for (at, letter) in letters.iter().enumerate() {
        match *letter {
            c if c.is_whitespace() || c.is_control() => kept.push(' '),
            c @ (NON_JOINER | JOINER) if joins(c, &letters[..at], &letters[at + 1..]) => kept.push(c),
            c if is_hidden(c) => {}
            c => kept.push(c),
        }
    }
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a text has something that does not print, besides joiners that belong there: what [`line`] leaves out.
pub fn hides_something(typed: &str) -> bool {
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>();
    line(typed) != spaced(typed)
}

/// Whether a character has no form of its own; variation selectors choose the form of a Han character in a name.
fn is_hidden(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let selects = matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    matches!(category, GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse)
        || (CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) && !selects)
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a joiner belongs where it stands (RFC 5892, appendix A): after a virama, also at a word's end, as Malayalam has it; the
/// non-joiner also between two letters that would join without it.
fn joins(joiner: char, before: &[char], after: &[char]) -> bool {
    const VIRAMA: u8 = 9;
    if before.last().is_some_and(|c| canonical_combining_class(*c) == VIRAMA) {
        return true;
    }
    let joining = |c: &char| CodePointMapData::<JoiningType>::new().get(*c);
    let visible = |c: &&char| joining(c) != JoiningType::Transparent;
    let left = before.iter().rev().find(visible).map(joining);
    let right = after.iter().find(visible).map(joining);
    joiner == NON_JOINER
        && matches!(left, Some(JoiningType::DualJoining | JoiningType::LeftJoining))
        && matches!(right, Some(JoiningType::DualJoining | JoiningType::RightJoining))
}

/// A text that somebody else typed as it stands in a letter: where mail programs would make a link of it (`evil.example`,
/// `http://…`, `a@b.example`), a non-joiner of no width parts it, so that it reads the same and leads nowhere.
pub fn unlinked(text: &str) -> String {
    let mut parted = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        // Neither an amount nor a time of day is a link.
        let parts = match c {
            '.' | '@' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}' | '\u{ff20}' => {
                before.is_alphanumeric() && next.is_alphabetic()
            }
            ':' => before.is_alphabetic() && (next.is_alphabetic() || "/+".contains(next)),
            '/' | '\\' => next == c,
            _ => false,
        };
        if parts {
            parted.push(NON_JOINER);
        }
        parted.push(c);
        before = c;
    }
    parted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pro_1_a_line_is_what_prints_of_what_was_typed() {
        for (typed, kept) in [
            ("  Béatrice \t Lévesque-Çois\r\n", "Béatrice Lévesque-Çois"),
            ("Be\u{301}atrice", "Béatrice"),
            ("Ann\u{202e}eidaM", "AnneidaM"),
            ("\u{2066}Ann\u{2069} \u{200f}Madeup\u{200e}\u{61c}", "Ann Madeup"),
            ("Ann\u{200b}\u{feff}\u{ad}\u{2060}\u{3164}\u{e000} Madeup", "Ann Madeup"),
            ("Ann\0Madeup\u{2028}inc.", "Ann Madeup inc."),
            ("A\u{200d}n\u{200c}n", "Ann"),
            ("J. R. O’Fictif inc.", "J. R. O’Fictif inc."),
            ("Ngô O’Fictif\u{a0} l’Atelier (1987) « Chez Moi »", "Ngô O’Fictif l’Atelier (1987) « Chez Moi »"),
        ] {
            assert_eq!(line(typed), kept, "{typed:?}");
            assert_eq!(line(kept), kept, "once is enough: {kept:?}");
        }
    }

    #[test]
    fn pro_1_names_of_every_script_stay_as_they_are_written() {
        for name in [
            "Deʔa Nóríya Essai",
            "ᐊᓗᒃ ᑎᓯᑦ",
            "سارة تجربة",
            "דנה בדיונית",
            "王小试",
            "葛\u{e0100}城",
            "Nguyễn Thị Thử",
            // Persian, with a non-joiner between letters that join; Hindi and Sinhala, with joiners after the virama.
            "علی\u{200c}رضا",
            "क्\u{200d}ष",
            "ශ්\u{200d}රී",
            // Malayalam as it was spelt before 2008: the joiner ends the word.
            "രാജന്\u{200d}",
        ] {
            assert_eq!(line(name), name);
            assert!(!hides_something(name), "{name}");
        }
        assert!(hides_something("Ann\u{202e}") && hides_something("A\u{200d}nn") && !hides_something(" Ann  Madeup\t"));
    }

    #[test]
    fn pro_1_what_looks_like_a_link_is_none_in_a_letter() {
        for (typed, expected) in [
            ("Ann Madeup inc.", "Ann Madeup inc."),
            ("Ste. Foy, 12.", "Ste. Foy, 12."),
            ("evil.example", "evil\u{200c}.example"),
            ("http://evil", "http\u{200c}:\u{200c}//evil"),
            ("ann@evil.example", "ann\u{200c}@evil\u{200c}.example"),
            ("evil。example", "evil\u{200c}。example"),
            ("tel:+19005550100", "tel\u{200c}:+19005550100"),
            ("$34.32 at 14:30, 1/2", "$34.32 at 14:30, 1/2"),
        ] {
            assert_eq!(unlinked(typed), expected);
            assert_eq!(unlinked(typed).replace(NON_JOINER, ""), typed);
        }
    }
}
