//! OPS-1: the demonstration, a fictional provider with twelve months of bills and payments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use billing::{Cause, StoredBill, StoredEntry, Which};
use guichet::demonstration::{DemonstrationError, Filled, STAFF_PASSWORD, fill, make_staff};
use guichet::{Home, HomeError};
use identity::Role;
use kernel::{AccountId, Amount, Day, ManualClock, OffsetClock, SystemEntropy, World};
use testkit::{TestPlace, on_both};

use crate::support::{account, count, doubts, findings, ledger_total};
use crate::visitor::Visitor;

const TODAY: &str = "2026-11-21T17:00:00Z";

async fn open_at(place: &TestPlace, now: &str) -> Home {
    let clock = ManualClock::at(now.parse().expect("a moment"));
    let world = World::new(Arc::new(clock), Arc::new(SystemEntropy));
    Home::open_demonstration_with(&place.place(), world).await.expect("a demonstration opens")
}

async fn filled(home: &Home) -> Filled {
    fill(home, |_, _| ()).await.expect("filled")
}

/// Everything of the story that does not depend on drawn numbers and ids: bills and entries by the account's key.
async fn told(home: &Home) -> Vec<String> {
    let everybody = (AccountId::FIRST, AccountId::LAST);
    let keys: BTreeMap<AccountId, String> = accounts::terms_of_range(home.db.reader(), everybody)
        .await
        .expect("read")
        .into_iter()
        .map(|terms| (terms.id, terms.external_id.expect("a key")))
        .collect();
    let mut told = Vec::new();
    for bill in billing::bills_of_range(home.db.reader(), everybody).await.expect("read") {
        let content = bill.content().expect("its lines");
        let mut lines: Vec<String> = content
            .lines
            .iter()
            .map(|line| {
                format!("{} {} {} {:?} {}", line.charge.item, line.days.from, line.days.until, line.cause, line.amount)
            })
            .collect();
        lines.sort();
        let key = &keys[&bill.account_id];
        let dates = (bill.month, bill.issued_on, bill.due_on);
        told.push(format!("{key} {dates:?} {} {} {lines:?}", bill.previous_balance, bill.total_due));
    }
    for entry in billing::entries_of_range(home.db.reader(), everybody, Which::All).await.expect("read") {
        told.push(format!(
            "{} {} {} {} {}",
            keys[&entry.account],
            entry.kind,
            entry.on,
            entry.version,
            entry.balance()
        ));
    }
    told.sort();
    told
}

struct History {
    bills: Vec<StoredBill>,
    moves: Vec<StoredEntry>,
    balance: Amount,
}

async fn history(home: &Home, key: &str) -> History {
    let id = account(home, key).await;
    let range = (AccountId::from(uuid::Uuid::from_u128(id.uuid().as_u128() - 1)), id);
    History {
        bills: billing::bills_of_range(home.db.reader(), range).await.expect("read"),
        moves: billing::entries_of_range(home.db.reader(), range, Which::Movements).await.expect("read"),
        balance: billing::balance(home.db.reader(), id).await.expect("read"),
    }
}

impl History {
    fn last(&self) -> &StoredBill {
        self.bills.last().expect("a bill")
    }

    /// Whether a bill charges or credits an item for that reason.
    fn has(&self, bill: &StoredBill, item: &str, cause: Cause) -> bool {
        bill.content().expect("its lines").lines.iter().any(|line| line.charge.item == item && line.cause == cause)
    }

    fn prices(&self, bill: &StoredBill, item: &str) -> BTreeSet<String> {
        let content = bill.content().expect("its lines");
        content.lines.iter().filter(|line| line.charge.item == item).map(|line| line.charge.price.to_string()).collect()
    }

    fn of_kind(&self, kind: &str) -> Vec<&StoredEntry> {
        self.moves.iter().filter(|entry| entry.kind == kind).collect()
    }
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

on_both! {
    async fn ops_1_agt_2_the_demonstrations_people_come_in_and_are_made_once(place: &TestPlace) {
        let home = open_at(place, TODAY).await;
        let people = make_staff(&home).await.expect("made");
        assert_eq!(make_staff(&home).await.expect("there already"), people);
        assert_eq!(count(&home, "staff").await, 3);
        for (email, role) in people {
            let mut visitor = Visitor::of(&home);
            let form = [("email", email), ("password", STAFF_PASSWORD), ("return_to", "/staff")];
            assert_eq!(visitor.post("/staff/sign-in", &form).await.location(), "/staff/step?return_to=/staff", "{email}");
            // The outbox plays their authenticator app.
            let code = identity::totp_at(portal::DEMONSTRATION_APP, home.world.now()).expect("a code");
            assert!(visitor.get("/demo/outbox").await.has(&code));
            assert_eq!(visitor.post("/staff/step", &[("code", &code), ("return_to", "/staff")]).await.location(), "/staff");
            let work = if role == Role::Administrator { "/staff/steps" } else { "/staff/recoveries" };
            assert_eq!(visitor.get(work).await.status, 200, "{} has something to decide", role.code());
        }
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn ops_1_the_demonstration_is_filled_once_and_proves_itself(place: &TestPlace) {
        let home = open_at(place, TODAY).await;
        let made = filled(&home).await;
        let before = told(&home).await;
        assert_eq!((made.customers, made.months.0.to_string().as_str(), made.months.1.to_string().as_str()), (60, "2025-12", "2026-11"));
        assert!(made.bills > 650 && made.accounts.len() >= 8, "{}", made.bills);
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(findings(&home).await, Vec::<String>::new());
        assert_eq!(count(&home, "jobs").await, 0);
        // Started again, and again ten days later, it stays as it is.
        assert_eq!(filled(&home).await, made);
        drop(home);
        let home = open_at(place, "2026-12-01T17:00:00Z").await;
        assert_eq!(filled(&home).await, made);
        assert_eq!(told(&home).await, before);
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn ops_1_the_demonstrations_months_were_lived_through_in_their_time(place: &TestPlace) {
        let home = open_at(place, TODAY).await;
        filled(&home).await;
        let everybody = (AccountId::FIRST, AccountId::LAST);
        let bills = billing::bills_of_range(home.db.reader(), everybody).await.expect("read");
        for bill in &bills {
            let written = Day::from(bill.issued_at.timestamp().to_zoned(home.config.zone.clone()).date());
            assert_eq!((written, bill.issued_on), (bill.month, bill.month));
        }
        let entries = billing::entries_of_range(home.db.reader(), everybody, Which::Movements).await.expect("read");
        for entry in entries.iter().filter(|entry| entry.kind != "opening") {
            let written = Day::from(entry.recorded_at.timestamp().to_zoned(home.config.zone.clone()).date());
            assert_eq!(written, entry.on);
            assert!(entry.on <= home.today(), "{}", entry.on);
        }
        // What all owe is what was billed, brought over and given back, less what was paid.
        let charged: Amount = bills.iter().map(|bill| bill.current_charges).sum();
        let moved: Amount = entries.iter().map(StoredEntry::balance).sum();
        assert_eq!(ledger_total(&home).await, charged + moved);
    }

    async fn ops_1_the_demonstration_has_every_shape_of_bill_and_payment(place: &TestPlace) {
        let home = open_at(place, TODAY).await;
        let made = filled(&home).await;
        let languages: BTreeSet<&str> = made.accounts.iter().map(|made| made.language.code()).collect();
        assert_eq!(languages.len(), 2);
        assert!(made.accounts.iter().all(|made| made.identifier.ends_with("-BOREAL") && made.postal_code.len() == 7));

        let paid = history(&home, "boreal-001").await;
        assert_eq!((paid.bills.len(), paid.of_kind("payment").len(), paid.balance), (12, 12, Amount::ZERO));
        let late = history(&home, "boreal-030").await;
        let is_late = |entry: &&&StoredEntry| late.bills.iter().any(|bill| bill.due_on < entry.on && entry.on < bill.due_on.plus_days(9));
        assert!(late.of_kind("payment").iter().filter(is_late).count() >= 5);
        let unpaid = history(&home, "boreal-005").await;
        let overdue = unpaid.bills.iter().rev().nth(1).expect("a bill");
        assert!(overdue.due_on < home.today() && unpaid.moves.iter().all(|entry| entry.on < overdue.issued_on));
        assert!(unpaid.balance > unpaid.last().current_charges + overdue.current_charges);
        let partial = history(&home, "boreal-010").await;
        assert!(partial.moves.iter().any(|entry| partial.bills.iter().any(|bill| -entry.balance() == bill.total_due.prorated(1, 2))));
        let overpaid = history(&home, "boreal-006").await;
        assert!(overpaid.last().total_due.is_negative() && overpaid.balance.is_negative());
        let returned = history(&home, "boreal-007").await;
        let back = returned.of_kind("returned");
        let cheque = returned.moves.iter().rev().find(|entry| entry.kind == "payment").expect("a payment");
        assert_eq!((back.len(), back[0].balance(), back[0].on > cheque.on), (1, -cheque.balance(), true));
        assert_eq!((cheque.postings[0].debit.as_str(), back[0].postings[0].credit.as_str()), ("cash:cheque", "cash:cheque"));
        assert_eq!((returned.last().payments, returned.last().previous_balance), (Amount::ZERO, back[0].balance()));

        let promotion = history(&home, "boreal-003").await;
        let (ended, last) = (&promotion.bills[10], promotion.last());
        assert_eq!(promotion.prices(ended, "internet-1000"), BTreeSet::from(["59.95".to_owned(), "94.95".to_owned()]));
        assert_eq!(promotion.prices(last, "internet-1000"), BTreeSet::from(["94.95".to_owned()]));
        // BIL-5: both bills that the end of the promotion makes dearer name its day.
        for (bill, before) in [(ended, &promotion.bills[9]), (last, ended)] {
            let ends = billing::price_ends(home.db.reader(), bill, Some(before)).await.expect("read");
            let ends: Vec<_> = ends.iter().map(|end| (end.item.as_str(), end.on)).collect();
            assert_eq!(ends, [("internet-1000", day("2026-10-16"))]);
        }
        let changed = history(&home, "boreal-004").await;
        assert!(changed.has(changed.last(), "internet-1000", Cause::Credit) && changed.has(changed.last(), "internet-400", Cause::Late));
        let prorated = history(&home, "boreal-014").await;
        assert!(prorated.bills.iter().any(|bill| prorated.has(bill, "internet-60", Cause::Credit) && prorated.has(bill, "internet-400", Cause::Late)));
        let new_service = history(&home, "boreal-013").await;
        assert!(new_service.bills[6].content().expect("its lines").lines.iter().any(|line| line.charge.item == "mobile-20" && line.cause == Cause::Late));
        let ended = history(&home, "boreal-012").await;
        assert!(ended.has(&ended.bills[8], "tv-complete", Cause::Credit) && ended.prices(&ended.bills[9], "tv-complete").is_empty());
        let left = history(&home, "boreal-021").await;
        assert_eq!((left.bills.len(), left.balance), (9, Amount::ZERO));
        let joined = history(&home, "boreal-023").await;
        assert_eq!((joined.bills.len(), joined.bills[0].month), (4, day("2026-08-01")));
        let mistaken = history(&home, "boreal-016").await;
        assert!(mistaken.bills.iter().all(|bill| mistaken.prices(bill, "overseas-calls").is_empty()));
        assert!(history(&home, "boreal-017").await.bills[11].content().expect("its lines").lines.iter().any(|line| line.charge.price == Amount::cents(7995)));
    }

    async fn ops_1_the_demonstration_has_businesses_provinces_and_a_customer_with_two_accounts(place: &TestPlace) {
        let home = open_at(place, TODAY).await;
        let made = filled(&home).await;
        let business = history(&home, "boreal-008").await;
        let kinds: BTreeSet<String> = business.last().content().expect("its lines").lines.into_iter().map(|line| line.charge.kind).collect();
        assert_eq!(kinds.len(), 4, "{kinds:?}");
        assert!(!business.bills[2].qst.is_zero() && business.bills[3].qst.is_zero() && !business.bills[3].gst.is_zero());
        let chalet = history(&home, "boreal-009-chalet").await;
        assert_eq!(chalet.bills.len(), 12);
        let both: Vec<_> = made.accounts.iter().filter(|made| made.name == "Solange Pelletier-Houde").collect();
        assert!(both.len() == 2 && both[0].identifier == both[1].identifier && both[0].number != both[1].number);
        let total = |sum: fn(&StoredBill) -> Amount, bills: &[StoredBill]| bills.iter().map(sum).sum::<Amount>();
        let bills = billing::bills_of_range(home.db.reader(), (AccountId::FIRST, AccountId::LAST)).await.expect("read");
        let sums: [fn(&StoredBill) -> Amount; 5] = [|bill| bill.gst, |bill| bill.qst, |bill| bill.hst, |bill| bill.pst, |bill| bill.fees];
        for sum in sums {
            assert!(!total(sum, &bills).is_zero());
        }
        // The key of the customer opens what their further account has sealed.
        let found = accounts::find_by_external_ids(home.db.reader(), ["boreal-009-chalet"].into_iter()).await.expect("read");
        let contact = accounts::find_contact_by_identifier(home.db.reader(), &home.vault, &found[0].client_identifier).await.expect("read");
        assert_eq!(contact.and_then(|contact| contact.name).as_deref(), Some("Solange Pelletier-Houde"));
        assert_eq!(accounts::rotate_customers(&home.db, &home.vault, |_| ()).await.expect("nothing to do"), 0);
    }

    async fn ops_1_a_demonstration_cut_off_goes_on_to_the_same_bills(place: &TestPlace) {
        let whole = TestPlace::sqlite();
        let other = open_at(&whole, TODAY).await;
        filled(&other).await;
        let expected = told(&other).await;
        // Cut off again and again, at other places each time; begun on the 21st, it goes on the day after as on that day.
        let mut cut = 0;
        let mut begun = false;
        for part in 1..60_u64 {
            let home = open_at(place, if begun { "2026-11-22T17:00:00Z" } else { TODAY }).await;
            let wait = Duration::from_millis(300 * part);
            if let Ok(ended) = tokio::time::timeout(wait, fill(&home, |_, _| ())).await {
                ended.expect("filled");
                break;
            }
            cut += 1;
            begun = count(&home, "accounts").await > 0;
            home.db.close().await;
        }
        assert!(cut > 1, "it was too fast to be cut off");
        let home = open_at(place, "2026-11-22T17:00:00Z").await;
        assert_eq!(filled(&home).await.customers, 60);
        let told = told(&home).await;
        let differences: Vec<_> = told.iter().filter(|one| !expected.contains(one)).collect();
        assert_eq!((differences, told.len()), (Vec::new(), expected.len()));
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }

    async fn ops_1_a_folder_that_is_no_demonstration_is_refused(place: &TestPlace) {
        let home = place.open().await;
        assert!(matches!(fill(&home, |_, _| ()).await, Err(DemonstrationError::Home(HomeError::NoDemonstration(_)))));
        assert_eq!(count(&home, "customers").await, 0);
        assert!(matches!(Home::open_demonstration(&place.place()).await, Err(HomeError::NoDemonstration(_))));
        // Nor is one with somebody else's customers, whatever its configuration says.
        crate::support::try_import(&home, &crate::support::telco(), &crate::support::examples().join("sample.csv")).await.expect("imported");
        drop(home);
        let config = place.data().join("guichet.toml");
        let text = std::fs::read_to_string(&config).expect("the configuration");
        std::fs::write(&config, text.replace("demonstration = false", "demonstration = true")).expect("writes");
        let home = open_at(place, TODAY).await;
        assert!(matches!(fill(&home, |_, _| ()).await, Err(DemonstrationError::NotEmpty)));
        assert_eq!(count(&home, "customers").await, 6);
    }

    async fn acc_3_a_customer_may_have_a_further_account(place: &TestPlace) {
        let home = open_at(place, TODAY).await;
        let nobody: kernel::CustomerId = home.world.id();
        let account = accounts::NewAccount {
            id: home.world.id(),
            external_id: None,
            segment: accounts::Segment::Residential,
            currency: kernel::Currency::Cad,
            cycle_day: 1,
            billed_from: day("2026-11-01"),
            bill_format: accounts::BillFormat::Electronic,
            pays_by: None,
            charged_before: None,
            address: accounts::Address::default(),
            version: 0,
            import_mark: None,
        };
        let refused = home.db.write(async |tx| accounts::register_account(&home.db, &home.vault, tx, nobody, &account).await).await;
        assert!(matches!(refused, Err(accounts::RegisterError::NoCustomer(id)) if id == nobody));
        assert_eq!(count(&home, "accounts").await, 0);
    }
}

/// At any date, also the first and last of a month, and with a clock that runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_1_the_demonstration_may_be_at_any_date() {
    for now in ["2026-11-01T14:00:00Z", "2028-02-29T14:00:00Z", "2027-01-31T14:00:00Z"] {
        let place = TestPlace::sqlite();
        let clock = OffsetClock::starting_at(now.parse().expect("a moment"));
        let world = World::new(Arc::new(clock), Arc::new(SystemEntropy));
        let home = Home::open_demonstration_with(&place.place(), world).await.expect("a demonstration opens");
        let made = filled(&home).await;
        assert_eq!(made.months.1.first_day(), home.today().month().first_day(), "{now}");
        assert_eq!(history(&home, "boreal-001").await.bills.len(), 12, "{now}");
        assert_eq!(doubts(&home).await, Vec::<String>::new());
        assert_eq!(findings(&home).await, Vec::<String>::new());
    }
}
