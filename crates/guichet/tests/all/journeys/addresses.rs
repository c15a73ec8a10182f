//! A backup e-mail is set and confirmed, then the contact e-mail is changed with a code and a link (SEC-5, SEC-6).

use guichet::demonstration::PASSWORD;

use super::{Demonstration, NORMAND, sign_in};
use crate::browser::{Browser, Reader, Scheme};
use crate::visitor::code_in;

const SUBMIT: &str = "main form .button.primary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_sec_6_backup_and_contact_e_mail_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_sec_6_backup_and_contact_e_mail_narrow_and_dark_in_english() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_5_sec_6_backup_and_contact_e_mail_without_scripts() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Light, scripts: false }).await;
}

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    backup(&mut browser).await;
    email(&mut browser).await;
    browser.close().await;
    demonstration.close().await;
}

/// The text of a letter that holds this, of the newest few.
async fn letter_with(browser: &Browser, wanted: &str) -> String {
    for row in 1..=6 {
        browser.go("/demo/outbox").await;
        browser.follow(&format!("tbody tr:nth-of-type({row}) a")).await;
        let letter = browser.text_of("document.querySelector('.letter-text').innerText").await;
        if letter.contains(wanted) {
            return letter;
        }
    }
    panic!("no letter with {wanted}");
}

fn link_in(letter: &str, path: &str) -> String {
    let (_, after) = letter.split_once(path).expect("a link");
    format!("{path}{}", after.split_whitespace().next().unwrap_or_default())
}

async fn backup(browser: &mut Browser) {
    browser.go("/profile/security").await;
    browser.look("profile/security").await;
    browser.follow("#recovery a[href='/profile/backup']").await;
    browser.fill("email", "normand").await;
    browser.follow(SUBMIT).await;
    browser.look("profile/backup, refused").await;
    browser.fill("email", "normand@secours.ca").await;
    browser.follow(SUBMIT).await;
    browser.look("profile/prove").await;
    super::prove(browser).await;
    assert_eq!(browser.value("email").await, "normand@secours.ca");
    browser.follow(SUBMIT).await;
    browser.look("profile/backup, set").await;
    let path = link_in(&letter_with(browser, "/backup/").await, "/backup/");
    browser.go(&path).await;
    browser.look("backup/link").await;
    browser.follow(SUBMIT).await;
    browser.look("backup/link, confirmed").await;
}

async fn email(browser: &mut Browser) {
    browser.go("/profile/requests").await;
    browser.look("profile/requests, none").await;
    browser.go("/profile/email").await;
    browser.look("profile/email").await;
    browser.fill("email", "normand@neuf.ca").await;
    browser.follow(SUBMIT).await;
    browser.look("profile/email, asked").await;
    let refuse = link_in(&letter_with(browser, "/email/refuse/").await, "/email/refuse/");
    browser.go(&refuse).await;
    browser.look("email/refuse").await;
    let code = code_in(&letter_with(browser, "/profile/email?code=1").await);
    browser.go("/profile/email").await;
    browser.follow("#code a.button").await;
    browser.look("profile/email, code").await;
    browser.fill("code", &code).await;
    browser.follow("#code form .button.primary").await;
    browser.look("profile/email, code given").await;
    browser.go("/profile/requests").await;
    browser.look("profile/requests, open").await;
    let confirm = link_in(&letter_with(browser, "/email/confirm/").await, "/email/confirm/");
    browser.go(&confirm).await;
    browser.look("email/confirm").await;
    browser.follow(SUBMIT).await;
    browser.look("email/confirm, done").await;
    let revert = link_in(&letter_with(browser, "/email/revert/").await, "/email/revert/");
    browser.go(&revert).await;
    browser.look("email/revert").await;
    browser.go("/recover/backup").await;
    browser.look("recover/backup").await;
}
