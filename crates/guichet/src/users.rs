//! How many users an account may have (USR-1), as the configuration says it.

use std::collections::BTreeMap;

use accounts::{Segment, UserLimits};
use jiff::SignedDuration;
use kernel::Problem;
use serde::Deserialize;
use toml::Spanned;

/// More users than this no page lists.
const MOST: u16 = 50;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileUsers {
    most: BTreeMap<Spanned<String>, Spanned<u16>>,
    invitation_days: Option<Spanned<i64>>,
}

impl FileUsers {
    /// How long the link in an invitation can be used (USR-2).
    pub(crate) fn invitation_lasts(&self, text: &str) -> Result<SignedDuration, Problem> {
        match &self.invitation_days {
            Some(days) if !(1..=90).contains(days.get_ref()) => {
                Err(Problem::at(text, days.span().start, "invitation_days must be 1 to 90"))
            }
            Some(days) => Ok(SignedDuration::from_hours(24 * days.get_ref())),
            None => Ok(SignedDuration::from_hours(14 * 24)),
        }
    }

    pub(crate) fn check(&self, text: &str) -> Result<UserLimits, Problem> {
        let mut limits = UserLimits::default();
        for (segment, most) in &self.most {
            let said = segment.get_ref();
            if *most.get_ref() > MOST {
                let reason = format!("most users of an account must be 0 to {MOST}");
                return Err(Problem::at(text, most.span().start, reason));
            }
            let limit = match Segment::from_code(said) {
                Some(Segment::Residential) => &mut limits.residential,
                Some(Segment::Business) => &mut limits.business,
                Some(Segment::Hosting) => &mut limits.hosting,
                None => {
                    let reason = format!("“{said}” is no segment; expected residential, business or hosting");
                    return Err(Problem::at(text, segment.span().start, reason));
                }
            };
            *limit = *most.get_ref();
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use accounts::UserLimits;

    use crate::config::{Config, TEMPLATE};

    const LINE: &str = "most = { residential = 5, business = 5, hosting = 5 }";

    #[test]
    fn usr_2_how_long_an_invitation_is_good_is_configured() {
        let with = |line: &str| Config::parse(&TEMPLATE.replace("invitation_days = 14", line));
        let days = |config: Config| config.invitation_lasts.as_hours() / 24;
        assert_eq!(with("invitation_days = 3").map(days).ok(), Some(3));
        assert_eq!(with("").map(days).ok(), Some(14));
        for line in ["invitation_days = 0", "invitation_days = 91"] {
            assert!(with(line).expect_err("a problem").reason.starts_with("invitation_days must be 1 to 90"));
        }
    }

    #[test]
    fn usr_1_how_many_users_an_account_may_have_is_configured_by_segment() {
        let with = |line: &str| Config::parse(&TEMPLATE.replace(LINE, line));
        assert_eq!(with(LINE).expect("valid").users, UserLimits::default());
        assert_eq!(with("").expect("valid").users, UserLimits::default());
        let some = with("most = { business = 12, residential = 0 }").expect("valid").users;
        assert_eq!((some.residential, some.business, some.hosting), (0, 12, 5));
        let at = TEMPLATE.lines().position(|line| line == LINE).map_or(0, |line| line + 1);
        for (line, expected) in [
            ("most = { business = 51 }", "most users of an account must be 0 to 50"),
            ("most = { wholesale = 5 }", "“wholesale” is no segment"),
            ("most = 5", "invalid type"),
            ("least = 5", "unknown field `least`"),
        ] {
            let problem = with(line).expect_err("a problem");
            assert!(problem.reason.starts_with(expected), "{problem}");
            assert_eq!(problem.line, at, "{problem}");
        }
    }
}
