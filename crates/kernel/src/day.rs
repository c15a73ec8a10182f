//! Days and billing months. No time of day and no time zone: a service starts on a day.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Moment;
use crate::column::column_newtype;

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(Date);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    #[error("“{0}” is no day; expected the form 2026-12-31")]
    NoDay(String),
    #[error("“{0}” is no month; expected the form 2026-12")]
    NoMonth(String),
}

impl Day {
    /// # Errors
    /// When there is no such day, as 30 February.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, DayError> {
        Date::new(year, month, day).map(Self).map_err(|_| DayError::NoDay(format!("{year}-{month}-{day}")))
    }

    /// For days written in the code. Does not compile when used in a constant and there is no such day.
    pub const fn constant(year: i16, month: i8, day: i8) -> Self {
        Self(Date::constant(year, month, day))
    }

    /// The day of a moment in UTC.
    pub fn of_moment(at: Moment) -> Self {
        Self(at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    pub fn date(self) -> Date {
        self.0
    }

    /// That many days later, or earlier when negative.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(i64::from(days).days()))
    }

    /// Days from `earlier` to this day; negative when it comes before.
    pub fn days_since(self, earlier: Self) -> i32 {
        (self.0 - earlier.0).get_days()
    }

    pub fn month(self) -> Month {
        Month { year: self.0.year(), month: self.0.month() }
    }

    pub fn day_of_month(self) -> i8 {
        self.0.day()
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let wrong = || DayError::NoDay(text.to_owned());
        // jiff also takes a time of day and short forms; a day here is ten characters and no more.
        if text.len() != 10 {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

fn to_chrono(day: Day) -> NaiveDate {
    let (year, month, of_month) = (day.0.year(), day.0.month(), day.0.day());
    NaiveDate::from_ymd_opt(year.into(), month.unsigned_abs().into(), of_month.unsigned_abs().into())
        .unwrap_or_default()
}

fn from_chrono(raw: NaiveDate) -> Option<Day> {
    let year = i16::try_from(raw.year()).ok()?;
    Day::new(year, i8::try_from(raw.month()).ok()?, i8::try_from(raw.day()).ok()?).ok()
}

column_newtype!(Day as NaiveDate, |day| to_chrono(day), |raw| from_chrono(raw), ChronoDate, Date);

/// A billing month, as 2026-12: every account has one cycle that begins in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The first of the month; how a month is kept in a table.
    pub fn first_day(self) -> Day {
        self.day(1)
    }

    /// The day on which the cycle of an account with this cycle day (1 to 28) begins.
    pub fn day(self, cycle_day: i8) -> Day {
        Day(Date::new(self.year, self.month, cycle_day.clamp(1, 28)).unwrap_or(Date::ZERO))
    }

    /// The cycle that begins in this month: from the cycle day to the day before the next one.
    pub fn cycle(self, cycle_day: i8) -> Span {
        Span { from: self.day(cycle_day), until: self.next().day(cycle_day) }
    }

    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 { Self { year: self.year + 1, month: 1 } } else { Self { month: self.month + 1, ..self } }
    }

    #[must_use]
    pub fn previous(self) -> Self {
        if self.month == 1 { Self { year: self.year - 1, month: 12 } } else { Self { month: self.month - 1, ..self } }
    }

    /// That many months earlier.
    #[must_use]
    pub fn minus(self, months: u16) -> Self {
        (0..months).fold(self, |month, _| month.previous())
    }

    /// The month whose cycle contains that day.
    pub fn of_cycle(day: Day, cycle_day: i8) -> Self {
        if day.day_of_month() < cycle_day { day.month().previous() } else { day.month() }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let wrong = || DayError::NoMonth(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        if year.len() != 4 || month.len() != 2 || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return Err(wrong());
        }
        let year = year.parse().map_err(|_| wrong())?;
        let month = month.parse().map_err(|_| wrong())?;
        Day::new(year, month, 1).map(Day::month).map_err(|_| wrong())
    }
}

/// Days from `from` up to but not including `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub from: Day,
    pub until: Day,
}

impl Span {
    /// How many days; 0 when it ends before it begins.
    pub fn days(self) -> u32 {
        u32::try_from(self.until.days_since(self.from)).unwrap_or(0)
    }

    /// The last day that belongs to it.
    pub fn last_day(self) -> Day {
        self.until.plus_days(-1)
    }

    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_strictly() {
        assert_eq!("2026-12".parse::<Month>().map(|m| m.to_string()).as_deref(), Ok("2026-12"));
        for wrong in ["2026-13", "2026-00", "26-12", "2026-1", "2026-12-01", "décembre", "", "-026-12", "2026/12"] {
            assert_eq!(wrong.parse::<Month>(), Err(DayError::NoMonth(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn a_cycle_runs_from_its_day_to_the_day_before_the_next() {
        let cycle = "2026-12".parse::<Month>().expect("a month").cycle(15);
        assert_eq!(
            (cycle.from.to_string(), cycle.last_day().to_string(), cycle.days()),
            ("2026-12-15".into(), "2027-01-14".into(), 31)
        );
        assert_eq!(Month::of_cycle(Day::constant(2027, 1, 14), 15).to_string(), "2026-12");
        assert_eq!(Month::of_cycle(Day::constant(2027, 1, 15), 15).to_string(), "2027-01");
    }

    #[test]
    fn months_count_back_over_new_year() {
        let month: Month = "2026-02".parse().expect("a month");
        assert_eq!(month.minus(3).to_string(), "2025-11");
        assert_eq!(month.minus(0), month);
    }
}
