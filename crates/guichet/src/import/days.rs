//! Days as the file writes them: 2026-12-31, unless the mapping states another form.

use kernel::Day;

/// The parts of a day in the file's order, with what stands between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DayForm(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    Sign(char),
}

impl DayForm {
    /// Reads a form such as `DD/MM/YYYY`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(first) = rest.chars().next() {
            let part = [("YYYY", Part::Year), ("MM", Part::Month), ("DD", Part::Day)]
                .into_iter()
                .find_map(|(letters, part)| rest.strip_prefix(letters).map(|rest| (part, rest)));
            let (part, after) = part.unwrap_or((Part::Sign(first), rest.get(first.len_utf8()..).unwrap_or("")));
            if matches!(part, Part::Sign(sign) if sign.is_alphanumeric()) {
                return None;
            }
            parts.push(part);
            rest = after;
        }
        let once = |part: Part| parts.iter().filter(|known| **known == part).count() == 1;
        (once(Part::Year) && once(Part::Month) && once(Part::Day)).then_some(Self(parts))
    }

    fn read(&self, text: &str) -> Option<Day> {
        let (mut year, mut month, mut day, mut rest) = ("", "", "", text);
        for (place, part) in self.0.iter().enumerate() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            // Between signs a month or a day may have lost its 0.
            let beside = |place: Option<usize>| place.and_then(|place| self.0.get(place));
            let apart = [place.checked_sub(1), place.checked_add(1)]
                .into_iter()
                .all(|place| matches!(beside(place), None | Some(Part::Sign(_))));
            let length = match part {
                Part::Sign(sign) => {
                    rest = rest.strip_prefix(*sign)?;
                    continue;
                }
                Part::Year => 4,
                Part::Month | Part::Day if apart => digits.clamp(1, 2),
                Part::Month | Part::Day => 2,
            };
            if digits < length {
                return None;
            }
            let (said, after) = rest.split_at(length);
            rest = after;
            match part {
                Part::Year => year = said,
                Part::Month => month = said,
                _ => day = said,
            }
        }
        if !rest.is_empty() {
            return None;
        }
        format!("{year}-{month:0>2}-{day:0>2}").parse().ok()
    }
}

/// Reads a day; databases write midnight behind it.
///
/// # Errors
/// The reason.
pub(crate) fn read_day(form: Option<&DayForm>, text: &str) -> Result<Day, String> {
    let day = text.split_once([' ', 'T']).filter(|(_, time)| is_midnight(time)).map_or(text, |(day, _)| day);
    match form {
        None => day.parse().map_err(|_| {
            "is no day; expected the form 2026-12-31, or that the mapping states days, such as \"DD/MM/YYYY\""
                .to_owned()
        }),
        Some(form) => form.read(day).ok_or_else(|| "is no day of the form that the mapping states".to_owned()),
    }
}

fn is_midnight(time: &str) -> bool {
    let time = time.strip_prefix("00:00").map(|rest| rest.strip_prefix(":00").unwrap_or(rest));
    time.is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix('.').is_some_and(|zeros| !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_2_days_are_read_in_the_form_that_is_stated_and_in_no_other() {
        let read = |form: Option<&str>, text: &str| {
            let form = form.map(|form| DayForm::parse(form).expect("a form"));
            read_day(form.as_ref(), text).ok().map(|day| day.to_string())
        };
        let day = Some("2026-12-31".to_owned());
        assert_eq!(read(None, "2026-12-31"), day);
        assert_eq!(read(None, "2026-12-31 00:00:00.000"), day);
        assert_eq!(read(None, "2026-12-31T00:00:00"), day);
        assert_eq!(read(Some("DD/MM/YYYY"), "31/12/2026"), day);
        assert_eq!(read(Some("MM/DD/YYYY"), "12/31/2026 00:00"), day);
        assert_eq!(read(Some("YYYYMMDD"), "20261231"), day);
        assert_eq!(read(Some("DD.MM.YYYY"), "1.2.2026"), Some("2026-02-01".to_owned()));
        for (form, text) in [
            (None, "31/12/2026"),
            (None, "2026-12-31 05:00:00"),
            (None, "2026-12-31 00:00:00.5"),
            (None, "20261231"),
            (Some("DD/MM/YYYY"), "12/31/2026"),
            (Some("DD/MM/YYYY"), "31/12/26"),
            (Some("DD/MM/YYYY"), "31-12-2026"),
            (Some("DD/MM/YYYY"), "31/12/20260"),
            (Some("YYYYMMDD"), "2026123"),
            (Some("YYYY-MM-DD"), "2026-02-30"),
        ] {
            assert_eq!(read(form, text), None, "{form:?} {text}");
        }
        for form in ["", "DD/MM", "DD/MM/YY", "DD/MM/YYYY HH", "DD/DD/YYYY"] {
            assert_eq!(DayForm::parse(form), None, "{form}");
        }
    }
}
