//! An account passes to another holder: one of the staff asks, the holder answers, another decides, the new holder signs up
//! (PRO-1).

use guichet::demonstration::PASSWORD;
use kernel::Language;

use super::staff::enter_as;
use super::{Demonstration, link_to};
use crate::browser::{Browser, Reader, Scheme};
use crate::support::put_on_file;

const SUBMIT: &str = "main form .button.primary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pro_1_an_account_passes_to_another_holder_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }, Language::Fr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pro_1_an_account_passes_to_another_holder_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }, Language::En).await;
}

async fn walk(reader: &Reader, language: Language) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    let number = demonstration.account("paid too much").number.clone();
    put_on_file(&demonstration.home, &number, "beatrice.holloway@exemple.ca").await;
    enter_as(&browser, &demonstration, ("agent", language), "ada.roy@boreal.example").await;
    ask(&mut browser, &number).await;
    answer(&mut browser).await;
    enter_as(&browser, &demonstration, ("supervisor", language), "bea.roy@boreal.example").await;
    browser.go("/staff/holders").await;
    browser.follow("main .list h2 a").await;
    browser.look("staff/holders/{id}, agreed").await;
    browser.press("input[value='accept']").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/holders, done").await;
    sign_up(&mut browser, &number).await;
    browser.close().await;
    demonstration.close().await;
}

async fn ask(browser: &mut Browser, number: &str) {
    browser.go("/staff/holders").await;
    browser.look("staff/holders, none").await;
    browser.follow("main a.button").await;
    browser.look("staff/holders/new").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/holders/new, refused").await;
    let values = [
        ("account_number", number),
        ("proof", "Accord signé des deux, dossier 118"),
        ("name", "Rose Lavoie"),
        ("email", "rose.lavoie@exemple.ca"),
        ("street", "9, rue des Ormes"),
        ("city", "Québec"),
        ("postal_code", "G1R 2B5"),
    ];
    for (field, value) in values {
        browser.fill(field, value).await;
    }
    browser.press("#field-reason option[value='separation']").await;
    browser.press("#field-region option[value='CA-QC']").await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/staff/holders?done=asked", "{}", browser.page_text().await);
    browser.look("staff/holders").await;
    browser.follow("main .list h2 a").await;
    browser.look("staff/holders/{id}").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/holders/{id}, refused").await;
}

async fn answer(browser: &mut Browser) {
    let link = link_to(browser, "/holder-change/").await;
    browser.go(&link).await;
    browser.look("holder-change").await;
    browser.follow("main form .button.secondary").await;
    browser.look("holder-change, agreed").await;
    browser.go("/holder-change/x").await;
    browser.look("holder-change, unknown").await;
}

async fn sign_up(browser: &mut Browser, number: &str) {
    let link = link_to(browser, "/activate/").await;
    browser.go(&link).await;
    browser.follow(SUBMIT).await;
    for (field, value) in [("username", "rose.lavoie"), ("password", PASSWORD), ("password_again", PASSWORD)] {
        browser.fill(field, value).await;
    }
    browser.follow(SUBMIT).await;
    browser.look("overview of a new holder").await;
    assert!(browser.path().await.contains(number), "{}", browser.path().await);
    browser.go(&format!("/accounts/{number}/bills")).await;
    browser.look("bills of a new holder").await;
}
