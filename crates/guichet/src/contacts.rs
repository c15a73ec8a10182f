//! How long a change of contact waits (PRO-2), as the configuration says it.

use jiff::SignedDuration;
use kernel::Problem;
use serde::Deserialize;
use toml::Spanned;

const DAYS: u16 = 14;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileContacts {
    days: Option<Spanned<u16>>,
}

impl FileContacts {
    /// For so long both sides may accept.
    pub(crate) fn lasts(&self, text: &str) -> Result<SignedDuration, Problem> {
        let days = match &self.days {
            Some(days) if !(1..=90).contains(days.get_ref()) => {
                return Err(Problem::at(text, days.span().start, "days of a change of contact must be 1 to 90"));
            }
            Some(days) => *days.get_ref(),
            None => DAYS,
        };
        Ok(SignedDuration::from_hours(24 * i64::from(days)))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, TEMPLATE};

    #[test]
    fn pro_2_how_long_a_change_of_contact_waits_is_configured() {
        let with = |line: &str| Config::parse(&TEMPLATE.replace("\ndays = 14\n", &format!("\n{line}\n")));
        for (line, days) in [("days = 14", 14), ("", 14), ("days = 1", 1), ("days = 90", 90)] {
            assert_eq!(with(line).expect("valid").contact_changes_last.as_hours(), 24 * days, "{line}");
        }
        for (line, expected) in [
            ("days = 0", "days of a change of contact must be 1 to 90"),
            ("days = 91", "days of a change of contact must be 1 to 90"),
            ("weeks = 2", "unknown field `weeks`"),
        ] {
            let problem = with(line).expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
        }
    }
}
