//! The customers of the demonstration, read from `customers.txt`.

use accounts::{Address, CustomerKind, Segment};
use kernel::{Language, Region};

use super::DemonstrationError;

const FILE: &str = include_str!("customers.txt");

/// An account, and who it is of.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The key of the account, and of the customer unless `of` names another.
    pub(super) key: &'static str,
    /// The key of the customer who has this as a further account.
    pub(super) of: Option<&'static str>,
    pub(super) kind: CustomerKind,
    pub(super) language: Language,
    pub(super) name: &'static str,
    pub(super) segment: Segment,
    pub(super) street: &'static str,
    pub(super) city: &'static str,
    pub(super) region: Region,
    pub(super) postal_code: &'static str,
    pub(super) email: &'static str,
    pub(super) telephone: &'static str,
    pub(super) pays_by: &'static str,
    pub(super) habit: Habit,
    pub(super) services: Vec<Ordered>,
}

/// A service as it was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ordered {
    pub(super) plan: &'static str,
    pub(super) commitment_months: u8,
    pub(super) add_ons: Vec<&'static str>,
}

/// How somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// All of it, some days before it is due.
    OnTime,
    /// All of it, drawn on the day it is due.
    Debit,
    /// Every other month some days after it was due.
    Late,
    /// Half of it, and the rest late; of the last two bills only half.
    Halves,
    /// Nothing of the last three bills.
    Stopped,
    /// Far too much for the last bill but one, which leaves a credit.
    Overpaid,
    /// Too much once, long ago.
    OverpaidOnce,
    /// The cheque for the last bill but one came back.
    Returned,
    /// A cheque came back long ago, and was made good.
    ReturnedOnce,
}

impl Person {
    pub(super) fn address(&self) -> Address {
        Address {
            street: Some(self.street.to_owned()),
            city: Some(self.city.to_owned()),
            area: self.region.code().split_once('-').map(|(_, part)| part.to_owned()),
            postal_code: Some(self.postal_code.to_owned()),
            country: Some("CA".to_owned()),
        }
    }

    /// The ledger account that what they pay comes into.
    pub(super) fn cash(&self) -> &'static str {
        match self.pays_by {
            // Not `payments::CASH`: what is there has its payment, and these were made before the site took cards.
            "card" => "cash:card-terminal",
            "cheque" => "cash:cheque",
            "pre-authorized debit" => "cash:pre-authorized-debit",
            _ => "cash:bank",
        }
    }
}

/// All accounts, each customer's first one before their others.
pub(super) fn all() -> Result<Vec<Person>, DemonstrationError> {
    let lines = FILE.lines().zip(1..).filter(|(line, _)| !line.starts_with('#'));
    lines.map(|(text, line)| person(text).ok_or(DemonstrationError::Customers { line })).collect()
}

fn person(line: &'static str) -> Option<Person> {
    let cells: Vec<&'static str> = line.split(';').collect();
    let [
        key,
        kind,
        language,
        name,
        segment,
        street,
        city,
        region,
        postal_code,
        email,
        telephone,
        pays_by,
        habit,
        services,
    ] = cells.try_into().ok()?;
    Some(Person {
        key,
        of: (kind == "a").then_some(name),
        kind: if kind == "o" { CustomerKind::Organisation } else { CustomerKind::Person },
        language: Language::from_code(language)?,
        name,
        segment: [Segment::Residential, Segment::Business, Segment::Hosting]
            .into_iter()
            .find(|known| known.code() == segment)?,
        street,
        city,
        region: region.parse().ok()?,
        postal_code,
        email,
        telephone,
        pays_by,
        habit: self::habit(habit)?,
        services: services.split(' ').map(ordered).collect::<Option<_>>()?,
    })
}

fn ordered(text: &'static str) -> Option<Ordered> {
    let mut parts = text.split('+');
    let plan = parts.next()?;
    let (plan, months) = plan.split_once('/').unwrap_or((plan, "0"));
    Some(Ordered { plan, commitment_months: months.parse().ok()?, add_ons: parts.collect() })
}

fn habit(text: &str) -> Option<Habit> {
    Some(match text {
        "on-time" => Habit::OnTime,
        "debit" => Habit::Debit,
        "late" => Habit::Late,
        "halves" => Habit::Halves,
        "stopped" => Habit::Stopped,
        "overpaid" => Habit::Overpaid,
        "overpaid-once" => Habit::OverpaidOnce,
        "returned" => Habit::Returned,
        "returned-once" => Habit::ReturnedOnce,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use services::{Catalogue, Role};

    use super::*;

    #[test]
    fn ops_1_the_demonstrations_customers_are_believable() {
        let people = all().expect("read");
        let customers: Vec<&Person> = people.iter().filter(|person| person.of.is_none()).collect();
        assert_eq!((customers.len(), people.len()), (60, 61));
        let distinct =
            |of: fn(&Person) -> &str| customers.iter().map(|person| of(person)).collect::<BTreeSet<_>>().len();
        assert_eq!((distinct(|p| p.key), distinct(|p| p.name), distinct(|p| p.email)), (60, 60, 60));
        assert!(distinct(|person| person.region.code()) >= 9, "several provinces");
        for person in &customers {
            assert!(person.email.ends_with("@exemple.ca") || person.email.ends_with("@example.com"), "{}", person.key);
            assert!(person.telephone[3..].starts_with("-555-01"), "{}", person.telephone);
        }
        for person in &people {
            let letters = match person.region.code() {
                "CA-QC" => "GHJ",
                "CA-ON" => "KLMNP",
                "CA-NS" => "B",
                "CA-NB" => "E",
                "CA-AB" => "T",
                "CA-BC" => "V",
                "CA-SK" => "S",
                "CA-MB" => "R",
                "CA-NL" => "A",
                "CA-PE" => "C",
                other => {
                    if other == "CA-NT" {
                        "X"
                    } else {
                        ""
                    }
                }
            };
            let code: Vec<char> = person.postal_code.chars().collect();
            assert!(code.len() == 7 && letters.contains(code[0]), "{}: {}", person.key, person.postal_code);
            assert!(
                code[1].is_ascii_digit() && code[2].is_ascii_uppercase() && code[3] == ' ',
                "{}",
                person.postal_code
            );
        }
    }

    #[test]
    fn ops_1_every_service_of_the_demonstration_is_in_its_catalogue() {
        let catalogue = Catalogue::parse(super::super::CATALOGUE).expect("a catalogue");
        for person in all().expect("read") {
            for service in &person.services {
                let plan = catalogue.item(service.plan).unwrap_or_else(|| panic!("{}: {}", person.key, service.plan));
                assert_eq!(plan.role, Role::Plan);
                let offered = plan.segments.is_empty() || plan.segments.contains(&person.segment);
                let committed =
                    plan.commitments.contains(&service.commitment_months) || person.segment == Segment::Business;
                assert!(offered && committed, "{}: {}", person.key, service.plan);
                for add_on in &service.add_ons {
                    let item = catalogue.item(add_on).unwrap_or_else(|| panic!("{}: {add_on}", person.key));
                    assert!(
                        item.role == Role::AddOn && item.kinds.contains(&plan.kinds[0]),
                        "{}: {add_on}",
                        person.key
                    );
                }
            }
        }
    }
}
