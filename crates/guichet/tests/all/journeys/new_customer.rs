//! A new customer, from the sign-in page to an overview that says what comes next (ACC-4).

use super::{Demonstration, newest_letter};
use crate::browser::{Browser, Reader, Scheme};

const PASSWORD: &str = "rivage7lac";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acc_4_a_new_customer_comes_online_in_french() {
    let reader = Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true };
    walk(&reader, "Cette adresse est hébergée chez nous", "Rien à payer").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acc_4_a_new_customer_comes_online_on_a_narrow_dark_screen_in_english() {
    let reader = Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true };
    walk(&reader, "We host this address", "Nothing to pay").await;
}

async fn walk(reader: &Reader, hosted: &str, nothing: &str) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    browser.go("/sign-in").await;
    browser.follow("main a[href='/sign-up/new']").await;
    browser.look("sign-up/new").await;
    let typed = [
        ("name", "Rive Nord"),
        ("email", "rive@boreal.example"),
        ("backup_email", "rive@ailleurs.ca"),
        ("street", "12, rue Principale"),
        ("city", "Montréal"),
        ("postal_code", "H2X 1Y4"),
    ];
    for (name, text) in typed {
        browser.fill(name, text).await;
    }
    browser.press("#field-region option[value='CA-QC']").await;
    browser.follow("main form .button.primary").await;
    browser.look("sign-up/new, refused").await;
    let beside = browser.text_of("document.getElementById('field-email-error').innerText").await;
    assert!(beside.contains(hosted), "{beside}");
    assert_eq!(browser.value("region").await, "CA-QC");
    browser.fill("email", "rive@exemple.ca").await;
    browser.follow("main form .button.primary").await;
    assert!(browser.page_text().await.contains("rive@exemple.ca"));
    browser.look("sign-up/new, sent").await;
    let letter = newest_letter(&browser).await;
    let (_, after) = letter.split_once("/sign-up/new/").expect("a link");
    let link = format!("/sign-up/new/{}", after.split_whitespace().next().unwrap_or_default());
    browser.go(&link).await;
    browser.look("sign-up/new, link").await;
    browser.follow("main form .button.primary").await;
    assert_eq!(browser.path().await, "/sign-up/login");
    browser.look("sign-up/login of a new customer").await;
    assert_eq!(browser.value("email").await, "rive@exemple.ca");
    browser.fill("username", "rive.nord").await;
    browser.fill("password", PASSWORD).await;
    browser.fill("password_again", PASSWORD).await;
    browser.follow("main form .button.primary").await;
    assert!(browser.path().await.ends_with("/overview?welcome=1"), "{}", browser.path().await);
    assert!(browser.page_text().await.contains(nothing));
    browser.look("overview of a new customer").await;
    browser.go(&link).await;
    browser.look("sign-up/new, used").await;
    browser.close().await;
    demonstration.close().await;
}
