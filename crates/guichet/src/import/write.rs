//! Writes understood rows: customers, accounts, services, facts, balances and what the audit log keeps, together.

use accounts::{NewAccount, NewCustomer, Registered};
use audit::{Appender, Author, Chain, Event};
use billing::EntryRows;
use db::{Fault, Isolation};
use kernel::Moment;
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
    let new: Vec<(NewCustomer, NewAccount)> = rows.iter().map(|row| registration(home, row)).collect();
    // Unique keys guard against another import of the same rows; no other row is read.
    home.db
        .write_with(Isolation::Locked, async |tx| {
            let now = home.world.now();
            let registered = accounts::register(&home.db, &home.vault, tx, &home.config.suffix, &new).await?;
            let chains: Vec<Chain> = new.iter().map(|(_, account)| Chain::Account(account.id)).collect();
            let mut events = Appender::read(&home.db, tx, &chains).await?;
            let (mut services, mut facts, mut entries) =
                (ServiceRows::default(), FactRows::default(), EntryRows::default());
            for ((row, (_, account)), registered) in rows.iter().zip(&new).zip(&registered) {
                let recorded = add_services(home, row, (account, registered), &mut services, now)?;
                let mut version = 0;
                for recorded in &recorded {
                    facts.add(account.id, recorded, Author::Import, None);
                    version = recorded.version;
                }
                events.add(imported_event(account, row, recorded.len()));
                let (entry_id, on) = (home.world.id(), row.as_of);
                if let Some(entry) = billing::opening_entry(entry_id, account.id, version + 1, on, row.balance) {
                    version = entry.version;
                    events.add(billing::posted_event(&entry));
                    entries.add(entry, now);
                }
                accounts::next_version(tx, account.id, version).await?;
            }
            services.insert(tx).await?;
            facts.insert(tx).await?;
            entries.insert(tx).await?;
            events.write(tx).await?;
            Ok(())
        })
        .await
}

fn registration(home: &Home, row: &Understood) -> (NewCustomer, NewAccount) {
    let customer = NewCustomer {
        id: home.world.id(),
        external_id: Some(row.key.clone()),
        kind: row.customer_kind,
        language: row.language,
        name: row.name.clone(),
        email: row.email.clone(),
        telephone: row.telephone.clone(),
    };
    let account = NewAccount {
        id: home.world.id(),
        external_id: Some(row.key.clone()),
        segment: row.segment,
        currency: row.currency,
        cycle_day: row.cycle_day,
        billed_from: row.as_of,
        bill_format: row.bill_format,
        pays_by: row.pays_by.clone(),
        charged_before: row.charged_before,
        address: row.address.clone(),
        import_mark: Some(mark(&home.vault, row)),
    };
    (customer, account)
}

fn add_services(
    home: &Home,
    row: &Understood,
    (account, registered): (&NewAccount, &Registered),
    rows: &mut ServiceRows,
    now: Moment,
) -> Result<Vec<Recorded>, ImportError> {
    let mut recorded: Vec<Recorded> = Vec::new();
    for service in &row.services {
        let id = home.world.id();
        let new = NewService {
            id,
            account: account.id,
            kind: service.service_kind(),
            commitment_months: service.commitment_months,
            address: row.address.clone(),
        };
        rows.add(&home.vault, &registered.key, &new, now)?;
        for (effective_on, fact) in facts_of(row, service) {
            let version = i64::try_from(recorded.len()).unwrap_or(i64::MAX) + 1;
            recorded.push(Recorded { version, service: Some(id), effective_on, recorded_at: now, fact });
        }
    }
    Ok(recorded)
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

fn imported_event(account: &NewAccount, row: &Understood, facts: usize) -> Event {
    Event {
        chain: Chain::Account(account.id),
        kind: "account.imported",
        author: Author::Import,
        details: json!({ "as_of": row.as_of, "services": row.services.len(), "facts": facts }),
        sealed: None,
    }
}
