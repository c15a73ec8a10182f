//! Writes understood rows: customers, accounts, services, facts, balances and what the audit log keeps, together.

use accounts::{BillFormat, CustomerKind, NewAccount, NewCustomer, Segment};
use audit::{Appender, Author, Chain, Event};
use billing::{EntryRows, NewEntry};
use db::{Fault, Isolation};
use kernel::{AccountId, Amount, Currency, Day, Language, Region};
use serde::Serialize;
use serde_json::json;
use services::{AgreedPrice, Fact, FactRows, NewService, Recorded, ServiceRows};
use vault::Vault;

use super::ImportError;
use super::row::{Understood, UnderstoodService};
use crate::Home;
use db::DbFault;

/// How often a batch begins anew when a number that it drew was taken meanwhile.
const TRIES: u32 = 5;

/// A MAC over a row: the same row has the same for ever, however well it comes to be understood.
pub(super) fn mark(vault: &Vault, row: &Understood) -> Vec<u8> {
    vault.mark("guichet import row", &serde_json::to_vec(&Marked::of(row)).unwrap_or_default())
}

/// What the MAC of a row is over. Rows imported years ago are known by it, so it never changes: neither a name, nor the
/// order, nor what stands in a field. Who and where are as the file said them.
#[derive(Serialize)]
struct Marked<'a> {
    key: &'a str,
    customer_kind: CustomerKind,
    language: Language,
    name: Option<&'a str>,
    email: Option<&'a str>,
    telephone: Option<&'a str>,
    segment: Segment,
    currency: Currency,
    cycle_day: i8,
    bill_format: BillFormat,
    pays_by: Option<&'a str>,
    charged_before: Option<Amount>,
    balance: Amount,
    address: MarkedAddress<'a>,
    region: &'a Region,
    start: Day,
    ended_on: Option<Day>,
    as_of: Day,
    services: &'a [UnderstoodService],
}

#[derive(Serialize)]
struct MarkedAddress<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    region: &'a Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
}

impl<'a> Marked<'a> {
    fn of(row: &'a Understood) -> Self {
        let said = &row.said;
        Self {
            key: &row.key,
            customer_kind: row.customer_kind,
            language: row.language,
            name: said.name.as_deref(),
            email: said.email.as_deref(),
            telephone: said.telephone.as_deref(),
            segment: row.segment,
            currency: row.currency,
            cycle_day: row.cycle_day,
            bill_format: row.bill_format,
            pays_by: row.pays_by.as_deref(),
            charged_before: row.charged_before,
            balance: row.balance,
            address: MarkedAddress {
                street: said.street.as_deref(),
                city: said.city.as_deref(),
                region: &row.region,
                postal_code: said.postal_code.as_deref(),
                country: said.country.as_deref(),
            },
            region: &row.region,
            start: row.start,
            ended_on: row.ended_on,
            as_of: row.as_of,
            services: &row.services,
        }
    }
}

pub(super) async fn write(home: &Home, rows: &[Understood]) -> Result<(), ImportError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_write(home, rows).await {
            Err(error) if tries < TRIES && error.fault() == Fault::Duplicate => {}
            other => return other,
        }
    }
}

async fn try_write(home: &Home, rows: &[Understood]) -> Result<(), ImportError> {
    let prepared: Vec<Prepared> = rows.iter().map(|row| Prepared::of(home, row)).collect();
    let new: Vec<(NewCustomer, NewAccount)> =
        prepared.iter().map(|row| (row.customer.clone(), row.account.clone())).collect();
    let chains: Vec<Chain> = new.iter().map(|(_, account)| Chain::Account(account.id)).collect();
    // Unique keys guard against another import of the same rows; no other row is read.
    home.db
        .write_with(Isolation::Locked, async |tx| {
            let now = home.world.now();
            let registered = accounts::register(&home.db, &home.vault, tx, &home.config.suffix, &new).await?;
            let mut events = Appender::read(&home.db, tx, &chains).await?;
            let (mut services, mut facts, mut entries) =
                (ServiceRows::default(), FactRows::default(), EntryRows::default());
            for ((row, prepared), registered) in rows.iter().zip(&prepared).zip(&registered) {
                for service in &prepared.services {
                    services.add(&home.vault, &registered.key, service, now)?;
                }
                for recorded in &prepared.facts {
                    facts.add(prepared.account.id, recorded, Author::Import, None);
                }
                events.add(prepared.event(row));
                if let Some(entry) = &prepared.opening {
                    events.add(billing::posted_event(entry));
                    entries.add(entry.clone());
                }
            }
            services.insert(tx).await?;
            facts.insert(tx).await?;
            entries.insert(tx).await?;
            events.write(tx).await?;
            Ok(())
        })
        .await
}

/// A row as what will be written of it, before it has its numbers.
struct Prepared {
    customer: NewCustomer,
    account: NewAccount,
    services: Vec<NewService>,
    facts: Vec<Recorded>,
    opening: Option<NewEntry>,
}

impl Prepared {
    fn of(home: &Home, row: &Understood) -> Self {
        let account = home.world.id();
        let (mut services, mut facts): (Vec<NewService>, Vec<Recorded>) = (Vec::new(), Vec::new());
        for service in &row.services {
            let new = NewService {
                id: home.world.id(),
                account,
                kind: service.service_kind(),
                commitment_months: service.commitment_months,
                address: row.address.clone(),
            };
            for ((effective_on, fact), version) in facts_of(row, service).into_iter().zip(next_version(&facts)..) {
                let recorded_at = home.world.now();
                facts.push(Recorded { version, service: Some(new.id), effective_on, recorded_at, fact });
            }
            services.push(new);
        }
        let version = next_version(&facts);
        let opening =
            billing::opening_entry((home.world.id(), home.world.now()), account, version, row.as_of, row.balance);
        let version = version - 1 + i64::from(opening.is_some());
        Self {
            customer: customer(home, row),
            account: account_of(home, row, account, version),
            services,
            facts,
            opening,
        }
    }

    fn event(&self, row: &Understood) -> Event {
        Event {
            chain: Chain::Account(self.account.id),
            kind: "account.imported",
            author: Author::Import,
            details: json!({ "as_of": row.as_of, "services": self.services.len(), "facts": self.facts.len() }),
            sealed: None,
        }
    }
}

fn next_version(facts: &[Recorded]) -> i64 {
    facts.last().map_or(1, |last| last.version + 1)
}

fn customer(home: &Home, row: &Understood) -> NewCustomer {
    NewCustomer {
        id: home.world.id(),
        external_id: Some(row.key.clone()),
        kind: row.customer_kind,
        language: row.language,
        name: row.name.clone(),
        email: row.email.clone(),
        telephone: row.telephone.clone(),
    }
}

fn account_of(home: &Home, row: &Understood, id: AccountId, version: i64) -> NewAccount {
    NewAccount {
        id,
        external_id: Some(row.key.clone()),
        segment: row.segment,
        currency: row.currency,
        cycle_day: row.cycle_day,
        billed_from: row.as_of,
        bill_format: row.bill_format,
        pays_by: row.pays_by.clone(),
        charged_before: row.charged_before,
        address: row.address.clone(),
        version,
        import_mark: Some(mark(&home.vault, row)),
    }
}

/// The first facts of a service. Prices are agreed, so that a catalogue raised later changes no imported bill.
fn facts_of(row: &Understood, service: &UnderstoodService) -> Vec<(Day, Fact)> {
    let agreed = |amount| Some(AgreedPrice { amount, until: None });
    let mut facts = vec![
        (row.start, Fact::Located { region: row.region.clone() }),
        (row.start, Fact::PlanStarted { plan: service.plan.clone(), price: service.price.and_then(agreed) }),
    ];
    for (add_on, price) in &service.add_ons {
        facts.push((row.start, Fact::AddOnAdded { add_on: add_on.clone(), price: agreed(*price) }));
    }
    facts.extend(row.ended_on.map(|day| (day, Fact::PlanEnded)));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::Said;

    #[test]
    fn ops_2_a_row_has_the_mark_that_it_had_when_it_was_first_imported() {
        let day = |text: &str| text.parse::<Day>().expect("a day");
        let said = |text: &str| Some(text.to_owned());
        let region: Region = "CA-QC".parse().expect("a region");
        let row = Understood {
            key: "C-0001".to_owned(),
            customer_kind: CustomerKind::Person,
            language: Language::Fr,
            name: said("Émile Tremblay"),
            email: said("Emile@exemple.ca"),
            telephone: None,
            segment: Segment::Residential,
            currency: Currency::Cad,
            cycle_day: 1,
            bill_format: BillFormat::Paper,
            pays_by: said("cheque"),
            charged_before: Some(Amount::cents(1200)),
            balance: Amount::cents(-500),
            address: accounts::Address { postal_code: said("H7N 4K2"), ..accounts::Address::default() },
            said: Said {
                name: said("Émile Tremblay"),
                email: said("Emile@exemple.ca"),
                telephone: said("514-555-0100"),
                city: said("Laval"),
                postal_code: said("h7n4k2"),
                ..Said::default()
            },
            region,
            start: day("2025-12-01"),
            ended_on: None,
            as_of: day("2026-12-01"),
            services: vec![UnderstoodService {
                kind: "internet",
                plan: "net".to_owned(),
                price: Some(Amount::cents(5000)),
                commitment_months: 12,
                add_ons: vec![("static-ip".to_owned(), Amount::cents(500))],
            }],
        };
        // As version 0.1 wrote it.
        let expected = r#"{"key":"C-0001","customer_kind":"person","language":"fr","name":"Émile Tremblay","email":"Emile@exemple.ca","telephone":"514-555-0100","segment":"residential","currency":"CAD","cycle_day":1,"bill_format":"paper","pays_by":"cheque","charged_before":1200,"balance":-500,"address":{"city":"Laval","region":"CA-QC","postal_code":"h7n4k2"},"region":"CA-QC","start":"2025-12-01","ended_on":null,"as_of":"2026-12-01","services":[{"kind":"internet","plan":"net","price":5000,"commitment_months":12,"add_ons":[["static-ip",500]]}]}"#;
        assert_eq!(serde_json::to_string(&Marked::of(&row)).expect("written"), expected);
    }
}
