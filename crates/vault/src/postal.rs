//! Postal codes in the form in which equal ones are equal (SGN-2): where a digit must stand, O is 0 and I and L are 1, for so
//! they are read off a letter and typed.

/// Letters and digits alone, capital.
pub(crate) fn plain(code: &str) -> String {
    code.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

fn digit(letter: char) -> Option<char> {
    match letter {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        other => other.is_ascii_digit().then_some(other),
    }
}

/// The places of a plain code at which a digit must stand, where its form tells: every second one of six as Canada has them
/// (`H2X1Y4`), and all of five and more that are digits already, or look like them.
fn is_digits_place(code: &[char]) -> impl Fn(usize) -> bool {
    let alternates = code.len() == 6
        && code
            .iter()
            .enumerate()
            .all(|(at, c)| if at % 2 == 0 { c.is_ascii_uppercase() } else { digit(*c).is_some() });
    let numeric = code.len() >= 5 && code.iter().all(|c| digit(*c).is_some()) && code.iter().any(char::is_ascii_digit);
    move |at| numeric || (alternates && at % 2 == 1)
}

/// A plain code with digits where they must stand. Of a ZIP+4 the ZIP alone, by which the other four may be left away; of
/// `F-69001` and `CH-8001`, as they were written once, the digits.
pub(crate) fn digits_in_place(plain: &str) -> String {
    let letters: Vec<char> = plain.chars().collect();
    let is_place = is_digits_place(&letters);
    let code: String =
        letters.iter().enumerate().map(|(at, c)| digit(*c).filter(|_| is_place(at)).unwrap_or(*c)).collect();
    let inland = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let is_inland = (1..=2).contains(&(code.len() - inland.len())) && (4..=6).contains(&inland.len());
    match code.len() {
        9 if code.bytes().all(|byte| byte.is_ascii_digit()) => code.chars().take(5).collect(),
        _ if is_inland && inland.bytes().all(|byte| byte.is_ascii_digit()) => inland.to_owned(),
        _ => code,
    }
}

/// What a code of Canada may have been typed as: each 0 as O, each 1 as I or L.
pub(crate) fn former(normal: &str) -> Vec<String> {
    let letters: Vec<char> = normal.chars().collect();
    if !letters.first().is_some_and(char::is_ascii_uppercase) {
        return Vec::new();
    }
    let is_place = is_digits_place(&letters);
    let mut forms = vec![String::new()];
    for (at, c) in letters.iter().enumerate() {
        let also = match c {
            '0' if is_place(at) => "0O",
            '1' if is_place(at) => "1IL",
            _ => "",
        };
        let choices: Vec<char> = if also.is_empty() { vec![*c] } else { also.chars().collect() };
        forms = forms.iter().flat_map(|form| choices.iter().map(move |choice| format!("{form}{choice}"))).collect();
    }
    forms.retain(|form| form != normal);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sgn_2_a_code_is_the_same_however_much_of_it_is_written() {
        for (one, other) in [
            ("05401-1234", "05401"),
            ("F-69001", "69001"),
            ("CH-8001", "8001"),
            ("h2x 1y4", "H2X1Y4"),
            ("H2X IY4", "H2X 1Y4"),
            ("O5401", "05401"),
        ] {
            assert_eq!(digits_in_place(&plain(one)), digits_in_place(&plain(other)), "{one}");
        }
        for (one, other) in [("05401", "05402"), ("W1A 1AA", "1AA"), ("69001", "6900")] {
            assert_ne!(digits_in_place(&plain(one)), digits_in_place(&plain(other)), "{one}");
        }
    }
}
