//! One of the staff records who may speak for a holder, the holder hears of it, another confirms (PRO-2).

use guichet::demonstration::PASSWORD;
use kernel::Language;

use super::staff::enter_as;
use super::{Demonstration, NORMAND, link_to, sign_in};
use crate::browser::{Browser, Reader, Scheme};

const SUBMIT: &str = "main form .button.primary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pro_2_a_representative_is_recorded_and_the_holder_objects_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }, Language::Fr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pro_2_a_representative_is_recorded_and_the_holder_objects_in_english_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true }, Language::En).await;
}

async fn walk(reader: &Reader, language: Language) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    browser.go("/profile/details").await;
    browser.follow("main .chips a[href$='/contacts']").await;
    let contacts = browser.path().await;
    let number: String = contacts.chars().filter(char::is_ascii_digit).collect();
    enter_as(&browser, &demonstration, ("agent", language), "ada.roy@boreal.example").await;
    record(&mut browser, &number).await;
    let link = link_to(&browser, "/representative/").await;
    browser.go("/profile/requests").await;
    browser.look("profile/requests, a representative").await;
    browser.go(&link).await;
    browser.look("representative").await;
    browser.follow(SUBMIT).await;
    browser.look("representative, objected").await;
    // After the objection a supervisor decides.
    enter_as(&browser, &demonstration, ("supervisor", language), "bea.roy@boreal.example").await;
    browser.go("/staff/representatives").await;
    browser.follow("main .list h2 a").await;
    browser.look("staff/representatives/{id}, objected").await;
    browser.press("input[value='confirm']").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/representatives, confirmed").await;
    browser.go(&contacts).await;
    browser.look("contacts with a representative").await;
    assert!(browser.page_text().await.contains("Paul Lavoie"), "{}", browser.page_text().await);
    browser.go(&format!("/staff/representatives?account={number}")).await;
    browser.look("staff/representatives of an account").await;
    browser.go(&link).await;
    browser.look("representative, over").await;
    browser.close().await;
    demonstration.close().await;
}

async fn record(browser: &mut Browser, number: &str) {
    browser.go("/staff/representatives").await;
    browser.look("staff/representatives, none").await;
    browser.follow("main a.button").await;
    browser.look("staff/representatives/new").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/representatives/new, refused").await;
    let values = [
        ("account_number", number),
        ("name", "Paul Lavoie"),
        ("telephone", "514 555-0188"),
        ("email", "paul.lavoie@exemple.ca"),
        ("proof", "Procuration notariée 1182, dossier 118"),
    ];
    for (field, value) in values {
        browser.fill(field, value).await;
    }
    browser.press("#field-kind option[value='power-of-attorney']").await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/staff/representatives?done=recorded", "{}", browser.page_text().await);
    browser.look("staff/representatives").await;
    browser.follow("main .list h2 a").await;
    browser.look("staff/representatives/{id}").await;
}
