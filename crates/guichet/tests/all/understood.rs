//! What bills and overviews say of sixty customers' twelve months: late amounts, and why a bill changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use accounts::{Grant, Right};
use axum::http::StatusCode;
use billing::{StoredBill, Writing};
use guichet::Home;
use guichet::demonstration::{PASSWORD, fill, make_logins};
use kernel::{AccountId, Amount, Language, ManualClock, SystemEntropy, World};
use testkit::{TestPlace, on_both};

use crate::visitor::Visitor;

async fn demonstration(place: &TestPlace) -> Home {
    let clock = ManualClock::at("2026-11-21T17:00:00Z".parse().expect("a moment"));
    let world = World::new(Arc::new(clock), Arc::new(SystemEntropy));
    let home = Home::open_demonstration_with(&place.place(), world).await.expect("a demonstration opens");
    let filled = fill(&home, |_, _| ()).await.expect("filled");
    let logins = make_logins(&home, &filled).await.expect("logins");
    let of_two = logins.iter().find(|login| login.numbers.len() == 2).expect("a login with two accounts");
    assert_eq!(of_two.story, "two accounts: this one at home… and this one at the cottage");
    home
}

/// Each bill but an account's first, with the one before, and what its page says of the difference.
async fn differences(home: &Home, language: Language) -> Vec<(StoredBill, StoredBill, String)> {
    let site = guichet::site(home, "http://guichet.test").expect("texts");
    let provider = guichet::provider(home).facts;
    let mut said = Vec::new();
    for (account, number) in accounts::numbers_after(home.db.reader(), AccountId::FIRST, 1000).await.expect("read") {
        let grant = Grant::of_the_provider(account, &number, Right::SeeBills);
        let view =
            accounts::account_view(home.db.reader(), &home.vault, &grant).await.expect("read").expect("an account");
        let range = (AccountId::from(uuid::Uuid::from_u128(account.uuid().as_u128() - 1)), account);
        let bills = billing::bills_of_range(home.db.reader(), range).await.expect("read");
        for pair in bills.windows(2) {
            let [before, bill] = pair else { continue };
            let versions = (bill.catalogue_version, bill.taxes_version, bill.rules_version);
            let reference = billing::load_reference(&home.db, versions.0, versions.1, versions.2).await.expect("kept");
            let writing = Writing {
                texts: site.texts(),
                language,
                provider: &provider,
                rules: &reference.rules,
                catalogue: &reference.catalogue,
                account: &view,
                places: &BTreeMap::new(),
                bill,
                previous: Some(before),
                large_print: false,
            };
            let document = writing.document().expect("a bill");
            said.push((before.clone(), bill.clone(), document.difference.expect("every later bill says what changed")));
        }
    }
    said
}

on_both! {
    async fn bil_1_every_later_bill_says_truly_what_changed(place: &TestPlace) {
        let home = demonstration(place).await;
        let all = differences(&home, Language::En).await;
        assert!(all.len() > 600, "{}", all.len());
        let mut causes = 0;
        for (before, bill, said) in &all {
            let change = bill.current_charges - before.current_charges;
            let word = match (change.is_zero(), change.is_negative()) {
                (true, _) => "the same as last month",
                (_, true) => "lower than last month",
                _ => "higher than last month",
            };
            assert!(said.contains(word), "bill {}: {said}", bill.number);
            assert!(change.is_zero() || said.contains("Mostly because"), "bill {}: {said}", bill.number);
            causes += usize::from(said.contains("Mostly because"));
            // What goes up is not explained by what went, nor what goes down by what came.
            assert!(!(word.starts_with("higher") && said.contains("no longer billed")), "bill {}: {said}", bill.number);
            assert!(!(word.starts_with("lower") && said.contains("was added")), "bill {}: {said}", bill.number);
        }
        assert!(causes >= 8, "changes of every kind are told: {causes}");
        assert!(all.iter().any(|(.., said)| said.contains("Mostly because of the QST")), "an exemption is a cause");
    }

    async fn acc_5_what_is_late_is_said_also_under_a_new_bill(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut visitor = Visitor::of(&home);
        let signed = visitor.sign_in("normand.theriault", PASSWORD).await;
        assert_eq!(signed.status, StatusCode::SEE_OTHER);
        let path = visitor.get("/").await.location();
        let overview = visitor.get(&path).await;
        for text in ["Overdue", "expected since", "$364.10 of this is overdue; the rest is due by"] {
            assert!(overview.has(text), "{text}: {}", overview.text());
        }
        let bills = visitor.get(&path.replace("/overview", "/bills")).await.text();
        assert_eq!((bills.matches("Overdue").count(), bills.matches("To pay").count()), (2, 1), "{bills}");
        let balance: Amount = Amount::cents(54_615);
        assert!(overview.has(&web::amount(Language::En, balance, kernel::Currency::Cad)));
    }
}
