//! A holder proposes a contact, both accept by their links, and a service goes its own way (PRO-2).

use guichet::demonstration::PASSWORD;

use super::{Demonstration, NORMAND, link_to, sign_in};
use crate::browser::{Browser, Reader, Scheme};

const SUBMIT: &str = "main form .button.primary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pro_2_a_contact_is_proposed_and_both_accept_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pro_2_a_contact_is_proposed_and_both_accept_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }).await;
}

/// And the same narrow and dark with scripts, for the rules of accessibility.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pro_2_a_contact_is_proposed_and_both_accept_in_english_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true }).await;
}

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    browser.go("/profile/details").await;
    browser.follow("main .chips a[href$='/contacts']").await;
    browser.look("contacts").await;
    let contacts = browser.path().await;
    ask(&mut browser).await;
    browser.look("contacts, asked").await;
    browser.go("/profile/requests").await;
    browser.look("profile/requests, a contact").await;
    answer(&mut browser).await;
    browser.go(&contacts).await;
    browser.look("contacts, changed").await;
    assert!(browser.page_text().await.contains("Rose Lavoie"), "{}", browser.page_text().await);
    browser.press("#account li:nth-of-type(3) details summary").await;
    browser.look("contacts, back").await;
    browser.follow("#account li:nth-of-type(3) details .button").await;
    browser.look("contacts, back again").await;
    withdraw(&mut browser).await;
    browser.close().await;
    demonstration.close().await;
}

async fn ask(browser: &mut Browser) {
    browser.follow("#account li:nth-of-type(3) .actions a").await;
    browser.look("contacts/{place}/{kind}").await;
    browser.follow(SUBMIT).await;
    browser.look("contacts/{place}/{kind}, refused").await;
    for (field, value) in [("name", "Rose Lavoie"), ("email", "rose.lavoie@exemple.ca"), ("telephone", "514 555-0188")]
    {
        browser.fill(field, value).await;
    }
    browser.follow(SUBMIT).await;
    assert!(browser.path().await.ends_with("/contacts?done=asked"), "{}", browser.page_text().await);
}

/// Both links are in the two newest letters, whichever comes first.
async fn answer(browser: &mut Browser) {
    for row in [1, 2] {
        browser.go("/demo/outbox").await;
        browser.follow(&format!("tbody tr:nth-of-type({row}) a")).await;
        browser.look(&format!("outbox, letter {row} about a contact")).await;
        let letter = browser.text_of("document.querySelector('.letter-text').innerText").await;
        let (_, after) = letter.split_once("/contact-change/").expect("a link");
        let link = format!("/contact-change/{}", after.split_whitespace().next().unwrap_or_default());
        browser.go(&link).await;
        browser.look(&format!("contact-change, {row}")).await;
        browser.follow(SUBMIT).await;
        browser.look(&format!("contact-change, answered {row}")).await;
        // Back to the order in which they came: an answer writes letters of its own.
        if row == 2 {
            break;
        }
    }
    browser.go("/contact-change/x").await;
    browser.look("contact-change, unknown").await;
}

async fn withdraw(browser: &mut Browser) {
    ask(browser).await;
    browser.press("#account li:nth-of-type(3) details summary").await;
    browser.look("contacts, withdraw").await;
    browser.follow("#account li:nth-of-type(3) details .button").await;
    browser.look("contacts, withdrawn").await;
    let link = link_to(browser, "/contact-change/").await;
    browser.go(&link).await;
    browser.look("contact-change, withdrawn").await;
}
