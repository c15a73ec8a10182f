//! Lives through one day of the story: what happens on it is written in one transaction, so that a demonstration that was
//! cut off goes on with the next day.

use accounts::{AccountIdentity, BillFormat, NewAccount, NewCustomer};
use audit::{Author, Chain, Event, StoredEvent};
use billing::{EntryKind, EntryRows, NewEntry, Posting, Which};
use db::Tx;
use kernel::{AccountId, Amount, Currency, Day, ServiceId};
use serde_json::json;
use services::{AgreedPrice, Fact, NewFact, NewService, Recorded, Role, ServiceKind, ServiceRows};
use vault::DataKey;

use super::customers::Ordered;
use super::story::{Calendar, Share, Step, What};
use super::{BEGUN, DemonstrationError, LIVED};
use crate::Home;

/// Who writes the story.
const AUTHOR: Author = Author::Operator;

/// Lives through a day, unless that was done before. `home` has that day's time.
pub(super) async fn live(
    home: &Home,
    calendar: Calendar,
    day: Day,
    steps: &[Step<'_>],
) -> Result<(), DemonstrationError> {
    home.db
        .write(async |tx| {
            let lived = audit::last_operator_event(tx, LIVED).await?;
            if day_of(lived.as_ref()).is_some_and(|lived| day <= lived) {
                return Ok(());
            }
            let note = |kind, details| Event { chain: Chain::Operator, kind, author: AUTHOR, details, sealed: None };
            if day == calendar.eve() {
                note(BEGUN, json!({ "day": calendar.today })).append(&home.db, tx).await?;
            }
            let pen = Pen { home, tx, day };
            for step in steps {
                pen.write(step).await?;
            }
            Ok(note(LIVED, json!({ "day": day, "steps": steps.len() })).append(&home.db, tx).await?)
        })
        .await
}

/// The day that an event of the story names.
pub(super) fn day_of(event: Option<&StoredEvent>) -> Option<Day> {
    event?.details().get("day")?.as_str()?.parse().ok()
}

/// Writes steps of one day.
struct Pen<'a> {
    home: &'a Home,
    tx: &'a Tx,
    day: Day,
}

impl Pen<'_> {
    async fn write(&self, step: &Step<'_>) -> Result<(), DemonstrationError> {
        if let What::Join { .. } = step.what {
            return self.join(step).await;
        }
        let found = self.found(step.person.key).await?;
        match &step.what {
            What::Join { .. } => Ok(()),
            What::Order(ordered) => {
                let key = accounts::hold_key(self.tx, &self.home.vault, found.customer_id).await?;
                let key = key.ok_or(DemonstrationError::Missing(step.person.key))?;
                self.order((found.id, &key), step, ordered, (self.day, None)).await
            }
            What::Record { about, effective_on, fact, reference } => {
                let service = self.service(found.id, *about, step.person.key).await?;
                let reference = reference.map(str::to_owned);
                self.record(
                    found.id,
                    &[NewFact { service, effective_on: *effective_on, fact: fact.clone(), reference }],
                )
                .await
            }
            What::Withdraw => {
                let facts = services::facts_of_range(self.tx, only(found.id)).await?;
                let last: Option<Recorded> = facts.into_iter().map(|(_, fact)| fact).max_by_key(|fact| fact.version);
                let last = last.ok_or(DemonstrationError::Missing(step.person.key))?;
                let fact = Fact::Withdrawn { version: last.version };
                let (service, effective_on) = (last.service, last.effective_on);
                self.record(found.id, &[NewFact { service, effective_on, fact, reference: None }]).await
            }
            What::Pay(share) => self.pay(found.id, *share, step.person.cash()).await,
            What::Return => self.give_back(found.id).await,
        }
    }

    async fn found(&self, key: &'static str) -> Result<AccountIdentity, DemonstrationError> {
        let found = accounts::find_by_external_ids(self.tx, std::iter::once(key)).await?;
        found.into_iter().next().ok_or(DemonstrationError::Missing(key))
    }

    async fn service(
        &self,
        account: AccountId,
        kind: Option<ServiceKind>,
        key: &'static str,
    ) -> Result<Option<ServiceId>, DemonstrationError> {
        let Some(kind) = kind else { return Ok(None) };
        let services = services::services_of_range(self.tx, only(account)).await?;
        let found = services.into_iter().find(|service| service.kind == kind);
        found.map(|service| Some(service.id)).ok_or(DemonstrationError::Missing(key))
    }

    async fn join(&self, step: &Step<'_>) -> Result<(), DemonstrationError> {
        let What::Join { since, billed_from, opening, promotion } = step.what else { return Ok(()) };
        let (home, person) = (self.home, step.person);
        let account = NewAccount {
            id: home.world.id(),
            external_id: Some(person.key.to_owned()),
            segment: person.segment,
            currency: Currency::Cad,
            cycle_day: 1,
            billed_from,
            bill_format: if person.pays_by == "cheque" { BillFormat::Paper } else { BillFormat::Electronic },
            pays_by: Some(person.pays_by.to_owned()),
            charged_before: None,
            address: person.address(),
            version: 0,
            import_mark: None,
        };
        let key = match person.of {
            Some(first) => {
                let owner = self.found(first).await?.customer_id;
                accounts::register_account(&home.db, &home.vault, self.tx, owner, &account).await?.1
            }
            None => self.register(step, account.clone()).await?,
        };
        let details = json!({ "billed_from": billed_from, "services": person.services.len() });
        let chain = Chain::Account(account.id);
        Event { chain, kind: "account.registered", author: AUTHOR, details, sealed: None }
            .append(&home.db, self.tx)
            .await?;
        for ordered in &person.services {
            let price = promotion.filter(|(plan, _)| *plan == ordered.plan).map(|(_, price)| price);
            self.order((account.id, &key), step, ordered, (since, price)).await?;
        }
        if opening.is_zero() {
            return Ok(());
        }
        let version = self.version(account.id).await?;
        let stamp = (home.world.id(), home.world.now());
        let entry = billing::opening_entry(stamp, account.id, version, billed_from, opening);
        if let Some(entry) = entry { self.post(entry).await } else { Ok(()) }
    }

    /// Registers a customer with their first account.
    async fn register(&self, step: &Step<'_>, account: NewAccount) -> Result<DataKey, DemonstrationError> {
        let (home, person) = (self.home, step.person);
        let customer = NewCustomer {
            id: home.world.id(),
            external_id: Some(person.key.to_owned()),
            kind: person.kind,
            language: person.language,
            name: Some(person.name.to_owned()),
            email: Some(person.email.to_owned()),
            telephone: Some(person.telephone.to_owned()),
        };
        let new = [(customer, account)];
        let registered = accounts::register(&home.db, &home.vault, self.tx, &home.config.suffix, &new).await?;
        let first = registered.into_iter().next();
        Ok(first.ok_or(DemonstrationError::Missing(person.key))?.key)
    }

    /// Opens a service with its first facts.
    async fn order(
        &self,
        (account, key): (AccountId, &DataKey),
        step: &Step<'_>,
        ordered: &Ordered,
        (since, price): (Day, Option<AgreedPrice>),
    ) -> Result<(), DemonstrationError> {
        let catalogue = services::load_catalogue(&self.home.db, None).await?.map(|(_, catalogue)| catalogue);
        let plan = catalogue.as_ref().and_then(|catalogue| catalogue.item(ordered.plan));
        let kind = plan.filter(|plan| plan.role == Role::Plan).and_then(|plan| plan.kinds.first().copied());
        let service = NewService {
            id: self.home.world.id(),
            account,
            kind: kind.ok_or(DemonstrationError::Missing(ordered.plan))?,
            commitment_months: ordered.commitment_months,
            address: step.person.address(),
        };
        let mut rows = ServiceRows::default();
        rows.add(&self.home.vault, key, &service, self.home.world.now())?;
        rows.insert(self.tx).await?;
        let mut facts = vec![
            Fact::Located { region: step.person.region.clone() },
            Fact::PlanStarted { plan: ordered.plan.to_owned(), price },
        ];
        facts.extend(ordered.add_ons.iter().map(|code| Fact::AddOnAdded { add_on: (*code).to_owned(), price: None }));
        let new = |fact| NewFact { service: Some(service.id), effective_on: since, fact, reference: None };
        self.record(account, &facts.into_iter().map(new).collect::<Vec<_>>()).await
    }

    async fn record(&self, account: AccountId, facts: &[NewFact]) -> Result<(), DemonstrationError> {
        services::record_in(&self.home.db, self.tx, (account, AUTHOR), facts).await?;
        Ok(())
    }

    /// Pays a share of what is owed; nothing where nothing is.
    async fn pay(&self, account: AccountId, share: Share, cash: &str) -> Result<(), DemonstrationError> {
        let owed = billing::balance(self.tx, account).await?;
        let paid = match share {
            Share::Half => owed.prorated(1, 2),
            Share::All => owed,
            Share::AllAnd(more) => owed + more,
        };
        if paid.is_zero() || paid.is_negative() {
            return Ok(());
        }
        self.move_money(account, EntryKind::Payment, (cash, -paid)).await
    }

    /// The payment made last comes back, out of the ledger account it came into.
    async fn give_back(&self, account: AccountId) -> Result<(), DemonstrationError> {
        let entries = billing::entries_of_range(self.tx, only(account), Which::Movements).await?;
        let payment = entries.iter().rev().find(|entry| entry.kind == EntryKind::Payment.code());
        let Some(posting) = payment.and_then(|payment| payment.postings.first()) else { return Ok(()) };
        self.move_money(account, EntryKind::Returned, (&posting.debit, posting.amount)).await
    }

    async fn move_money(
        &self,
        account: AccountId,
        kind: EntryKind,
        (to, amount): (&str, Amount),
    ) -> Result<(), DemonstrationError> {
        let version = self.version(account).await?;
        let entry = NewEntry {
            id: self.home.world.id(),
            account,
            version,
            kind,
            bill: None,
            on: self.day,
            reason: None,
            author: AUTHOR,
            recorded_at: self.home.world.now(),
            postings: Posting::owed(to, None, amount).into_iter().collect(),
        };
        self.post(entry).await
    }

    async fn post(&self, entry: NewEntry) -> Result<(), DemonstrationError> {
        billing::posted_event(&entry).append(&self.home.db, self.tx).await?;
        let mut rows = EntryRows::default();
        rows.add(entry);
        Ok(rows.insert(self.tx).await?)
    }

    async fn version(&self, account: AccountId) -> Result<i64, DemonstrationError> {
        let version = accounts::next_version(self.tx, account, 1).await?;
        version.ok_or(DemonstrationError::Missing("an account that was registered"))
    }
}

/// The range of ids that holds one account.
fn only(account: AccountId) -> (AccountId, AccountId) {
    let before = account.uuid().as_u128().saturating_sub(1);
    (AccountId::from(uuid::Uuid::from_u128(before)), account)
}
