//! What is left to pay (BIL-1, PAY-1): three unpaid bills paid one after the other, one of them by halves, too much paid; a cheque that
//! came back, and a bill in the customer's favour. In both languages, each page looked at.

use billing::EntryKind;
use guichet::demonstration::{Made, PASSWORD};
use kernel::{AccountId, Amount};

use super::{Demonstration, NORMAND, sign_in};
use crate::browser::{Browser, Reader, Scheme};
use crate::till::APPROVES;
use crate::visitor::{PASSWORD as CHOSEN, Visitor};

/// What differs between the languages of the same way.
struct Words {
    late: &'static str,
    partly: &'static str,
    paid: &'static str,
    in_favour: &'static str,
    due_by: &'static str,
    returned: &'static str,
    nothing: &'static str,
    /// The username that signs up.
    names: [&'static str; 3],
    promotion: &'static str,
}

const FRENCH: Words = Words {
    late: "En retard",
    partly: "déjà payés",
    paid: "est payée depuis le",
    in_favour: "en votre faveur, rien à payer",
    due_by: "payer d’ici le",
    returned: "a été refusé par votre banque le",
    nothing: "Nous vous devons",
    names: ["premiere.cliente", "deuxieme.cliente", "troisieme.cliente"],
    promotion: "a pris fin le 16 octobre 2026",
};

const ENGLISH: Words = Words {
    late: "Overdue",
    partly: "is paid already",
    paid: "has been paid since",
    in_favour: "in credit, nothing to pay",
    due_by: "ue by",
    returned: "was returned by your bank on",
    nothing: "We owe you",
    names: ["first.customer", "second.customer", "third.customer"],
    promotion: "ended on October 16, 2026",
};

const GO_ON: &str = "main form .button.primary";
const NEW_CARD: &str = "form[action='/demo/gateway/cards']";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bil_1_what_is_left_to_pay_is_told_in_french() {
    let reader = Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true };
    walk(&reader, &FRENCH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bil_1_what_is_left_to_pay_is_told_on_a_narrow_dark_screen_in_english() {
    let reader = Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true };
    walk(&reader, &ENGLISH).await;
}

async fn walk(reader: &Reader, words: &Words) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    one_after_the_other(&demonstration, &mut browser, words).await;
    came_back(&demonstration, &mut browser, words).await;
    in_favour(&demonstration, &mut browser, words).await;
    promotion(&demonstration, &mut browser, words).await;
    browser.close().await;
    demonstration.close().await;
}

async fn figure(browser: &Browser) -> String {
    browser.text_of("document.querySelector('.stub .figure').innerText").await
}

async fn stub(browser: &Browser) -> String {
    browser.text_of("document.querySelector('.stub').innerText").await
}

/// Pays what the page of a bill leads to, or another amount.
async fn pay(browser: &mut Browser, amount: Option<&str>) {
    if let Some(amount) = amount {
        browser.fill("amount", amount).await;
        // Where nothing is due, there is nothing to choose.
        if browser.count("input[type=radio][name=for]").await > 0 {
            browser.press("input[name=for][value=other]").await;
        }
        if browser.count("input[name=more]").await > 0 {
            browser.press("input[name=more]").await;
        }
    }
    browser.follow(GO_ON).await;
    // More than is due is asked about.
    if browser.count("input[name=more]").await > 0 {
        browser.press("input[name=more]").await;
        browser.follow(GO_ON).await;
    }
    for (name, text) in [("number", APPROVES), ("exp_month", "12"), ("exp_year", "2030"), ("code", "123")] {
        browser.fill(name, text).await;
    }
    browser.follow(&format!("{NEW_CARD} .button")).await;
    browser.follow(GO_ON).await;
    assert!(browser.path().await.contains("/payments/"));
}

async fn one_after_the_other(demonstration: &Demonstration, browser: &mut Browser, words: &Words) {
    let number = demonstration.account("the oldest long overdue").number.clone();
    sign_in(browser, NORMAND, PASSWORD).await;
    let owed = figure(browser).await;
    browser.look("truth overview, three unpaid").await;
    browser.go(&format!("/accounts/{number}/bills")).await;
    browser.look("truth bills, three unpaid").await;
    assert!(browser.count("tbody .left").await >= 3);
    assert!(!browser.text_of("document.querySelector('table').innerText").await.contains(&owed), "no row owes it all");
    let open = browser.count("tbody tr:has(.left)").await;
    for place in (1..=open).rev() {
        let oldest = format!("tbody tr:nth-of-type({place}) th a");
        browser.follow(&oldest).await;
        let page = browser.path().await;
        let left = figure(browser).await;
        if place == open {
            browser.look("truth bill, late").await;
            assert!(stub(browser).await.contains(words.due_by));
            assert!(browser.page_text().await.contains(words.late));
            // A half first.
            browser.follow(".stub-side a.button.primary").await;
            pay(browser, Some("20")).await;
            browser.look("truth receipt, a half").await;
            browser.go(&page).await;
            browser.look("truth bill, half paid").await;
            assert!(stub(browser).await.contains(words.partly) && figure(browser).await != left);
        }
        browser.follow(".stub-side a.button.primary").await;
        pay(browser, None).await;
        browser.go(&page).await;
        let said = stub(browser).await;
        assert!(said.contains(words.paid) && !said.contains(words.due_by), "{said}");
        assert_eq!(browser.count("#pay").await, 0, "nothing is to pay");
        if place == open {
            browser.look("truth bill, paid").await;
        }
        browser.go(&format!("/accounts/{number}/bills")).await;
    }
    assert_eq!(browser.count("tbody .left").await, 0);
    browser.look("truth bills, all paid").await;
    browser.go(&format!("/accounts/{number}/pay")).await;
    pay(browser, Some("15")).await;
    browser.go(&format!("/accounts/{number}/overview")).await;
    browser.look("truth overview, overpaid").await;
    assert!(stub(browser).await.contains(words.nothing));
    browser.go(&format!("/accounts/{number}/payments")).await;
    browser.look("truth payments").await;
    super::sign_out(browser).await;
}

/// BIL-5: a promotion that ended is named with its day.
async fn promotion(demonstration: &Demonstration, browser: &mut Browser, words: &Words) {
    let made = demonstration.account("a promotion that ended");
    login_to(demonstration, made, words.names[2]).await;
    sign_in(browser, words.names[2], CHOSEN).await;
    browser.go(&format!("/accounts/{}/bills", made.number)).await;
    for bill in 1..=2 {
        browser.follow(&format!("tbody tr:nth-of-type({bill}) th a")).await;
        let changed = browser.text_of("document.querySelector('.difference').innerText").await.replace('\u{a0}', " ");
        assert!(changed.contains(words.promotion), "{changed}");
        browser.back().await;
    }
    super::sign_out(browser).await;
}

/// A login for an account of the story.
async fn login_to(demonstration: &Demonstration, made: &Made, name: &str) -> AccountId {
    let home = &demonstration.home;
    let id: AccountId =
        db::scalar(home.db.reader(), "SELECT id FROM accounts WHERE number = $1", [made.number.as_str().into()])
            .await
            .expect("read")
            .expect("an account");
    let grant = accounts::Grant::of_the_provider(id, &made.number, accounts::Right::SeeBills);
    let view = accounts::account_view(home.db.reader(), &home.vault, &grant).await.expect("read").expect("an account");
    let postal_code = view.address.postal_code.expect("a postal code");
    Visitor::of(home).sign_up((&made.number, &postal_code), name).await;
    id
}

async fn came_back(demonstration: &Demonstration, browser: &mut Browser, words: &Words) {
    let made = demonstration.account("cheque was returned by the bank");
    let account = login_to(demonstration, made, words.names[0]).await;
    sign_in(browser, words.names[0], CHOSEN).await;
    browser.go(&format!("/accounts/{}/bills", made.number)).await;
    browser.look("truth bills, a cheque came back").await;
    browser.follow("tbody tr:first-of-type th a").await;
    browser.look("truth bill, after a cheque came back").await;
    let changed = browser.text_of("document.querySelector('.difference').innerText").await;
    assert!(changed.contains(words.returned), "{changed}");
    browser.go(&format!("/accounts/{}/payments", made.number)).await;
    browser.look("truth payments, a cheque came back").await;
    assert!(browser.count("#made .tone-danger").await >= 1);
    // Another that comes in and goes back at once.
    let (home, on) = (&demonstration.home, demonstration.home.today());
    for (kind, cents) in [(EntryKind::Payment, -500), (EntryKind::Returned, 500)] {
        let moved = ("cash:cheque", Amount::cents(cents));
        billing::post(&home.db, account, kind, on, moved, audit::Author::Operator).await.expect("posted");
    }
    let before = browser.count("#made .tone-danger").await;
    browser.go(&format!("/accounts/{}/payments", made.number)).await;
    assert_eq!(browser.count("#made .tone-danger").await, before + 1);
    super::sign_out(browser).await;
}

async fn in_favour(demonstration: &Demonstration, browser: &mut Browser, words: &Words) {
    let made = demonstration.account("the current bill ends with a credit balance");
    login_to(demonstration, made, words.names[1]).await;
    sign_in(browser, words.names[1], CHOSEN).await;
    browser.go(&format!("/accounts/{}/overview", made.number)).await;
    browser.look("truth overview, in credit").await;
    browser.follow("tbody tr:first-of-type th a").await;
    browser.look("truth bill, in favour").await;
    let said = stub(browser).await;
    assert!(said.contains(words.in_favour) && !said.contains(words.due_by), "{said}");
    assert_eq!(browser.count("#pay, a[href*='/pay']").await, 0);
    super::sign_out(browser).await;
}
