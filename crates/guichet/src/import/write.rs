//! Writes understood rows: customers, accounts, services, facts, balances and what the audit log keeps, together.

use accounts::{NewAccount, NewCustomer};
use audit::{Appender, Author, Chain, Event};
use billing::{EntryRows, NewEntry};
use db::{Fault, Isolation};
use kernel::AccountId;
use serde_json::json;
use services::{AgreedPrice, Fact, FactRows, NewService, Recorded, ServiceRows};
use vault::Vault;

use super::ImportError;
use super::row::{Understood, UnderstoodService};
use crate::Home;
use db::DbFault;

/// How often a batch begins anew when a number that it drew was taken meanwhile.
const TRIES: u32 = 5;

/// A MAC over what was understood of a row.
pub(super) fn mark(vault: &Vault, row: &Understood) -> Vec<u8> {
    vault.mark("guichet import row", &serde_json::to_vec(row).unwrap_or_default())
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
fn facts_of(row: &Understood, service: &UnderstoodService) -> Vec<(kernel::Day, Fact)> {
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
