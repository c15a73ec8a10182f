//! From the lost mailbox to a new password, with an identity document (SEC-5).

use guichet::demonstration::PASSWORD;
use kernel::Language;

use super::staff::enter_as;
use super::{Demonstration, NORMAND, link_to, newest_letter};
use crate::browser::{Browser, Reader, Scheme};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_an_identity_document_is_sent_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_an_identity_document_is_sent_on_a_narrow_dark_screen_in_english() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_an_identity_document_is_sent_without_scripts() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Light, scripts: false }).await;
}

const SUBMIT: &str = "main form[method=post] .button.primary";

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    browser.go("/recover").await;
    browser.look("recover").await;
    browser.follow("main a[href='/recover/documents']").await;
    browser.look("recover/documents").await;
    browser.press("#field-customer_kind-2").await;
    browser.follow("main form[method=get] .button").await;
    assert_eq!(browser.path().await, "/recover/documents?country=CA&customer_kind=business");
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path.display().to_string()
    };
    browser.fill("name", NORMAND).await;
    browser.fill("story", "Mon fournisseur a fermé.").await;
    browser.fill("email", "normand@exemple.ca").await;
    browser.type_file("#field-files", &file("page.pdf", b"<script>alert(1)</script>")).await;
    browser.follow(SUBMIT).await;
    browser.look("recover/documents, refused").await;
    assert_eq!(browser.value("story").await, "Mon fournisseur a fermé.");
    browser.type_file("#field-files", &file("permis.pdf", crate::documents::PDF)).await;
    browser.follow(SUBMIT).await;
    assert!(browser.path().await.starts_with("/recover/documents?reference="), "{}", browser.path().await);
    browser.look("recover/documents, kept").await;
    browser.go("/demo/outbox").await;
    let letter = newest_letter(&browser).await;
    let (_, after) = letter.split_once("/recover/documents/object/").expect("the old address is told last");
    let path = format!("/recover/documents/object/{}", after.split_whitespace().next().unwrap_or_default());
    browser.go(&path).await;
    browser.look("recover/documents/object").await;
    browser.follow("main form .button.primary").await;
    browser.look("recover/documents/object, noted").await;
    browser.go("/recover/documents/renew/x").await;
    browser.look("recover/documents/renew, unknown").await;
    super::type_password(&browser, NORMAND, PASSWORD).await;
    assert!(browser.path().await.starts_with("/sign-in/code"), "the old password still opens");
    let language = if reader.languages.starts_with("fr") { Language::Fr } else { Language::En };
    decide(&mut browser, &demonstration, language).await;
    browser.close().await;
    demonstration.close().await;
}

/// After the objection two of the staff let the person in, one of them a supervisor; the link leads to a new password.
async fn decide(browser: &mut Browser, demonstration: &Demonstration, language: Language) {
    for (role, email) in [("agent", "ada.roy@boreal.example"), ("supervisor", "bea.roy@boreal.example")] {
        enter_as(browser, demonstration, (role, language), email).await;
        browser.go("/staff/recoveries").await;
        browser.look("staff/recoveries").await;
        browser.follow("main .list h2 a").await;
        browser.look("staff/recoveries/{id}").await;
        browser.follow("main form .button.primary").await;
        browser.look("staff/recoveries/{id}, refused").await;
        browser.press("input[value='documents']").await;
        browser.follow("main form .button.primary").await;
        assert!(browser.path().await.starts_with("/staff/recoveries?done="), "{}", browser.path().await);
    }
    browser.go("/demo/outbox").await;
    let path = link_to(browser, "/recover/documents/renew/").await;
    browser.go(&path).await;
    browser.look("recover/documents/renew").await;
    browser.fill("password", "rivage7lac").await;
    browser.fill("password_again", "rivage8lac").await;
    browser.follow("main form .button.primary").await;
    browser.look("recover/documents/renew, refused").await;
    browser.fill("password", "rivage7lac").await;
    browser.fill("password_again", "rivage7lac").await;
    browser.follow("main form .button.primary").await;
    browser.look("sign-in, with a new password").await;
    super::type_password(browser, NORMAND, PASSWORD).await;
    assert_eq!(browser.path().await, "/sign-in", "the old password opens nothing");
    super::type_password(browser, NORMAND, "rivage7lac").await;
    assert!(browser.path().await.starts_with("/sign-in/code"), "{}", browser.path().await);
}
