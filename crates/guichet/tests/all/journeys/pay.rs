//! Paying by card: declined, with a second step, with a card that was kept; on every page on the way.

use guichet::demonstration::PASSWORD;

use super::{Demonstration, NORMAND, sign_in};
use crate::browser::{Browser, Reader, Scheme};
use crate::till::{APPROVES, DECLINED, STEP};

/// What differs between the languages of the same way.
struct Words {
    declined: &'static str,
    received: &'static str,
    refused_amount: &'static str,
    kept: &'static str,
}

const FRENCH: Words = Words {
    declined: "Votre carte n’a pas été acceptée",
    received: "Merci, votre paiement est reçu",
    refused_amount: "Un montant a au plus deux décimales",
    kept: "Visa se terminant par 3155",
};

const ENGLISH: Words = Words {
    declined: "Your card was not accepted",
    received: "Thank you, your payment was received",
    refused_amount: "An amount has two decimals at most",
    kept: "Visa ending in 3155",
};

const GO_ON: &str = "main form .button.primary";
const NEW_CARD: &str = "form[action='/demo/gateway/cards']";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_1_a_customer_pays_by_card_in_french() {
    let reader = Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true };
    walk(&reader, &FRENCH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_1_a_customer_pays_by_card_on_a_narrow_dark_screen_in_english() {
    let reader = Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true };
    walk(&reader, &ENGLISH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_1_a_customer_pays_by_card_without_scripts() {
    let reader = Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Light, scripts: false };
    walk(&reader, &ENGLISH).await;
}

async fn walk(reader: &Reader, words: &Words) {
    let demonstration = Demonstration::open().await;
    let number = demonstration.account("the oldest long overdue").number.clone();
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    assert_eq!(browser.path().await, format!("/accounts/{number}/overview"));
    let owed = figure(&browser).await;
    browser.look("overview, overdue").await;
    declined(&mut browser, words, &number).await;
    second_step(&mut browser, words, &number).await;
    saved_card(&mut browser, words, &number).await;
    browser.go(&format!("/accounts/{number}/overview")).await;
    browser.look("overview, a part paid").await;
    assert_ne!(figure(&browser).await, owed, "what was paid is not due any more");
    history(&mut browser, words, &number).await;
    browser.close().await;
    demonstration.close().await;
}

async fn figure(browser: &Browser) -> String {
    browser.text_of("document.querySelector('.stub .figure').innerText").await
}

async fn heading(browser: &Browser) -> String {
    browser.text_of("document.querySelector('h1').innerText").await
}

/// Chooses another amount than what is due; the next page is that of cards.
async fn choose_amount(browser: &Browser, amount: &str) {
    browser.press("input[name=for][value=other]").await;
    browser.fill("amount", amount).await;
    browser.follow(GO_ON).await;
}

/// A card of the simulated gateway.
async fn enter_card(browser: &Browser, number: &str, keep: bool) {
    for (name, text) in [("number", number), ("exp_month", "12"), ("exp_year", "2030"), ("code", "123")] {
        browser.fill(name, text).await;
    }
    if keep {
        browser.press(&format!("{NEW_CARD} input[name=keep]")).await;
    }
    browser.follow(&format!("{NEW_CARD} .button")).await;
}

/// Everything that is late, with a card that is mistyped, and then declined.
async fn declined(browser: &mut Browser, words: &Words, number: &str) {
    browser.follow(&format!(".stub a[href='/accounts/{number}/pay']")).await;
    browser.look("pay").await;
    assert_eq!(browser.count("input[name=for][value=due]:checked").await, 1);
    choose_amount(browser, "10.005").await;
    browser.look("pay, refused").await;
    assert!(browser.page_text().await.contains(words.refused_amount));
    assert_eq!(browser.value("amount").await, "10.005");
    browser.fill("amount", "").await;
    browser.press("input[name=for][value=due]").await;
    browser.follow(GO_ON).await;
    browser.look("pay/card").await;
    enter_card(browser, "4242 4242 4242 4241", false).await;
    browser.look("pay/card, refused").await;
    assert_eq!(browser.count("#field-number-error").await, 1);
    let kept = (browser.value("number").await, browser.value("code").await, browser.value("exp_year").await);
    assert_eq!(kept, (String::new(), String::new(), "2030".to_owned()), "a card's number does not come back");
    enter_card(browser, DECLINED, false).await;
    browser.look("pay/check").await;
    browser.follow(GO_ON).await;
    browser.look("payment, declined").await;
    assert_eq!(heading(browser).await, words.declined);
}

/// A part, with a card whose bank asks for a second step, and that is kept.
async fn second_step(browser: &mut Browser, words: &Words, number: &str) {
    browser.follow(&format!("main a.button[href^='/accounts/{number}/pay?amount=']")).await;
    assert_eq!(browser.count("input[name=for][value=due]:checked").await, 1, "as it was");
    choose_amount(browser, "12,34").await;
    enter_card(browser, STEP, true).await;
    browser.look("pay/check, the card is kept").await;
    browser.follow(GO_ON).await;
    browser.look("the bank").await;
    let bank = browser.path().await;
    assert!(bank.starts_with("/demo/gateway/"), "{bank}");
    // Left, and found again.
    browser.go(&format!("/accounts/{number}/payments")).await;
    browser.look("payments, one waits").await;
    browser.follow("#made tbody tr:first-child a").await;
    browser.look("payment, waits for the bank").await;
    browser.follow("main p > a.button.primary").await;
    assert_eq!(browser.path().await, bank);
    browser.follow("button[value=approve]").await;
    browser.look("payment, received").await;
    assert_eq!(heading(browser).await, words.received);
    browser.go(&bank).await;
    browser.look("the bank, answered").await;
}

/// The rest of it with the card that was kept.
async fn saved_card(browser: &mut Browser, words: &Words, number: &str) {
    browser.go(&format!("/accounts/{number}/pay")).await;
    choose_amount(browser, "1").await;
    browser.look("pay/card, with a saved one").await;
    let saved =
        browser.text_of("document.querySelector('input[name=card]:checked').closest('.choice').innerText").await;
    assert!(saved.contains(words.kept), "{saved}");
    browser.follow("main form[method=get] .button").await;
    browser.look("pay/check, with a saved card").await;
    browser.follow(GO_ON).await;
    // The bank asks again.
    if browser.path().await.starts_with("/demo/gateway/") {
        browser.follow("button[value=approve]").await;
    }
    assert_eq!(heading(browser).await, words.received);
}

/// All payments, newest first, and the card that is kept; removed, it is gone, and another is kept.
async fn history(browser: &mut Browser, words: &Words, number: &str) {
    browser.follow(&format!("#bills a[href='/accounts/{number}/payments']")).await;
    browser.look("payments").await;
    // Those of before, by cheque, stand below the three by card.
    assert!(browser.count("#made tbody tr").await > 3, "all payments");
    assert_eq!((browser.count("#made th a").await, browser.count("#cards li").await), (3, 1));
    assert_eq!(
        (
            browser.count("#made tbody .tone-danger").await,
            browser.count("#made tr:nth-child(-n+3) .after .number").await
        ),
        (1, 2)
    );
    assert!(browser.text_of("document.querySelector('#cards li').innerText").await.contains(words.kept));
    browser.press("#cards details:has(form[action$='/remove']) summary").await;
    browser.look("payments, a card to be removed").await;
    browser.follow("#cards form[action$='/remove'] button").await;
    browser.look("payments, card removed").await;
    assert_eq!(browser.count("#cards li").await, 0);
    // Another one, without a payment.
    browser.follow("#cards a.button").await;
    browser.look("cards/new").await;
    enter_card(browser, "4242 4242 4242 4241", false).await;
    browser.look("cards/new, refused").await;
    assert_eq!(browser.count("#field-number-error").await, 1);
    enter_card(browser, APPROVES, false).await;
    browser.look("cards/new, entered").await;
    browser.follow(GO_ON).await;
    browser.look("payments, card kept").await;
    assert_eq!(browser.count("#cards li").await, 1);
}
