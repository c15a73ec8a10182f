//! The demonstration (OPS-1): Boréal, a provider that does not exist, with sixty customers and twelve months of their bills
//! and payments. The months are lived through in their order, each day at its own time, by the use cases of the slices:
//! what is there in the end is what a provider would have after a year.
//!
//! What happens on a day is one transaction that also notes the day in the audit log. So a demonstration that was cut off
//! goes on with the next day, of the same twelve months, and one that is whole stays as it is.

mod customers;
mod live;
mod logins;
mod staff;
mod story;

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{AccountIdentity, RegisterError};
use audit::{Author, Chain, Event, HeadsError};
use billing::{Asked, ReferenceError, RunError};
use db::{DbErr, DbFault};
use kernel::{Day, Language, Month, OffsetClock};
use serde_json::json;
use services::RecordError;
use vault::VaultError;

use crate::home::{Home, HomeError};
pub use logins::{DemonstrationLogin, LoginsError, PASSWORD, make_logins};
pub use staff::{DemonstrationStaffError, STAFF_PASSWORD, make_staff};

use customers::Person;
use story::{Calendar, WORTH_TRYING};

/// The configuration that a new demonstration begins with.
pub(crate) const CONFIGURATION: &str = include_str!("guichet.toml");
/// Boréal's plans and add-ons.
const CATALOGUE: &str = include_str!("boreal.toml");

/// Events of the operator's chain: the day that the twelve months end on, each time that it went on after it was cut off,
/// each day lived through, the end.
const BEGUN: &str = "demonstration.begun";
const CONTINUED: &str = "demonstration.continued";
const LIVED: &str = "demonstration.lived";
const FILLED: &str = "demonstration.filled";

/// What is in a demonstration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Accounts worth trying.
    pub accounts: Vec<Made>,
    pub customers: i64,
    pub bills: i64,
    /// The first and last month that are billed.
    pub months: (Month, Month),
}

/// An account worth trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The account's number.
    pub number: String,
    pub postal_code: String,
    /// The client identifier.
    pub identifier: String,
    pub name: String,
    pub language: Language,
    /// What there is to see, in English, for the terminal.
    pub story: &'static str,
}

#[derive(Debug, thiserror::Error)]
pub enum DemonstrationError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error("this database has customers already, and they are not those of the demonstration")]
    NotEmpty,
    #[error("line {line} of the demonstration's customers is none")]
    Customers { line: u32 },
    #[error("the demonstration lacks {0}")]
    Missing(&'static str),
    #[error("{month} could not be billed for account {number}: {reason}")]
    Unbillable { month: Month, number: String, reason: String },
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Heads(#[from] HeadsError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for DemonstrationError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Register(error) => error.db_err(),
            Self::Record(error) => error.db_err(),
            Self::Vault(error) => error.db_err(),
            Self::Run(error) => error.db_err(),
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// Fills a demonstration with the twelve months up to `home`'s today, or goes on where that was cut off; one that is whole
/// stays as it is. `progress` is told how many days of how many are done.
///
/// # Errors
/// When this is no demonstration, or one with other customers; when the database fails.
pub async fn fill(home: &Home, progress: impl Fn(u32, u32)) -> Result<Filled, DemonstrationError> {
    if !home.config.demonstration {
        return Err(HomeError::NoDemonstration(home.paths.config.clone()).into());
    }
    let begun = audit::last_operator_event(home.db.reader(), BEGUN).await?;
    let begun = live::day_of(begun.as_ref());
    if begun.is_none() && count(home, "accounts").await? > 0 {
        return Err(DemonstrationError::NotEmpty);
    }
    let calendar = Calendar { today: begun.unwrap_or_else(|| home.today()) };
    let people = customers::all()?;
    if audit::last_operator_event(home.db.reader(), FILLED).await?.is_none() {
        live_through(home, (calendar, begun.is_some()), &people, progress).await?;
    }
    made(home, calendar, &people).await
}

async fn live_through(
    home: &Home,
    (calendar, begun): (Calendar, bool),
    people: &[Person],
    progress: impl Fn(u32, u32),
) -> Result<(), DemonstrationError> {
    let days = story::days(people, calendar);
    let of = u32::try_from(days.len()).unwrap_or(u32::MAX);
    let start = if begun { continued(home).await? } else { 0 };
    let lived = live::day_of(audit::last_operator_event(home.db.reader(), LIVED).await?.as_ref());
    for ((day, steps), done) in days.iter().zip(1..).filter(|((day, _), _)| lived.is_none_or(|lived| lived < **day)) {
        let past;
        let then = if *day < home.today() {
            past = at_nine(home, *day, start)?;
            &past
        } else {
            home
        };
        if *day == calendar.eve() {
            audit::keep_document(&then.db, db::DocumentKind::Catalogue, CATALOGUE, Author::Operator).await?;
        }
        if let Some(month) = calendar.billed_on(*day) {
            bill(then, month, *day).await?;
        }
        live::live(then, calendar, *day, steps).await?;
        progress(done, of);
    }
    // Before the last event, so that a demonstration that is whole has its heads.
    audit::keep_heads(&home.db, &home.vault, &home.paths.heads).await?;
    let details = json!({ "days": of });
    let event = || Event {
        chain: Chain::Operator,
        kind: FILLED,
        author: Author::Operator,
        details: details.clone(),
        sealed: None,
    };
    home.db.write(async |tx| event().append(&home.db, tx).await).await?;
    Ok(())
}

/// Notes that it goes on, and gives how often it did.
async fn continued(home: &Home) -> Result<i64, DbErr> {
    home.db
        .write(async |tx| {
            let last = audit::last_operator_event(tx, CONTINUED).await?;
            let last = last.and_then(|event| event.details().get("times")?.as_i64());
            let times = last.unwrap_or(0) + 1;
            let (chain, author, details) = (Chain::Operator, Author::Operator, json!({ "times": times }));
            Event { chain, kind: CONTINUED, author, details, sealed: None }.append(&home.db, tx).await?;
            Ok(times)
        })
        .await
}

/// The same Guichet at nine o'clock of a day that is over; a minute later each time that the demonstration goes on, so that
/// no job is held any more by the process that was cut off. Its time runs on.
fn at_nine(home: &Home, day: Day, start: i64) -> Result<Home, HomeError> {
    let nine = day.date().at(9, 0, 0, 0).to_zoned(home.config.zone.clone());
    let nine = nine.map_or(jiff::Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    let later = jiff::SignedDuration::from_mins(start.clamp(0, 600));
    home.at(Arc::new(OffsetClock::starting_at(nine + later)))
}

async fn bill(home: &Home, month: Month, day: Day) -> Result<(), DemonstrationError> {
    let reference = billing::keep_reference(&home.db, &home.config.rules).await?;
    let asked = Asked { month: None, today: day, ahead: 0 };
    let report = billing::run(&home.db, Arc::new(reference), asked, |_, _| ()).await?;
    // Nobody is told of what was long ago.
    billing::note_told(&home.db).await?;
    if report.faulty == 0 {
        return Ok(());
    }
    let faults = billing::faults_of_month(home.db.reader(), month, 1).await?;
    let first = faults.into_iter().next().map(|fault| (fault.number, fault.reason));
    let (number, reason) = first.unwrap_or_default();
    Err(DemonstrationError::Unbillable { month, number, reason })
}

async fn count(home: &Home, table: &'static str) -> Result<i64, DbErr> {
    Ok(db::scalar(home.db.reader(), &format!("SELECT count(*) FROM {table}"), []).await?.unwrap_or(0))
}

/// What is there, from the database.
async fn made(home: &Home, calendar: Calendar, people: &[Person]) -> Result<Filled, DemonstrationError> {
    let keys = WORTH_TRYING.iter().map(|(key, _)| *key);
    let rows = accounts::find_by_external_ids(home.db.reader(), keys).await?;
    let rows: HashMap<&str, &AccountIdentity> = rows.iter().map(|row| (row.external_id.as_str(), row)).collect();
    let people: HashMap<&str, &Person> = people.iter().map(|person| (person.key, person)).collect();
    let accounts = WORTH_TRYING.iter().map(|(key, story)| {
        let missing = || DemonstrationError::Missing(key);
        let row = rows.get(*key).ok_or_else(missing)?;
        let person = people.get(key).ok_or_else(missing)?;
        let owner = person.of.map_or(Some(person), |first| people.get(first)).ok_or_else(missing)?;
        Ok::<_, DemonstrationError>(Made {
            number: row.number.clone(),
            postal_code: person.postal_code.to_owned(),
            identifier: row.client_identifier.clone(),
            name: owner.name.to_owned(),
            language: person.language,
            story,
        })
    });
    Ok(Filled {
        accounts: accounts.collect::<Result<_, _>>()?,
        customers: count(home, "customers").await?,
        bills: count(home, "bills").await?,
        months: (calendar.month(0), calendar.month(11)),
    })
}
