//! A fresh proof, each way of it, as its pages look (SEC-6, PRO-1).

use guichet::demonstration::PASSWORD;

use super::{Demonstration, NORMAND, link_to, newest_code, prove, sign_in};
use crate::browser::{Browser, Reader, Scheme};
use crate::staff::staff;
use crate::support::execute;
use crate::visitor::Visitor;

const SUBMIT: &str = "main form .button.primary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_6_a_fresh_proof_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_6_a_fresh_proof_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }).await;
}

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    by_telephone(&mut browser).await;
    by_waiting(&mut browser, &demonstration).await;
    by_an_agent(&mut browser, &demonstration).await;
    browser.close().await;
    demonstration.close().await;
}

/// The form of the telephones, and what is typed into it.
async fn telephones(browser: &Browser, number: &str) {
    browser.go("/profile/details").await;
    browser.follow("main a[href$='/telephones']").await;
    browser.fill("telephone", number).await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/profile/prove?need=details");
}

async fn by_telephone(browser: &mut Browser) {
    telephones(browser, "418 555-0123").await;
    browser.look("prove, before the telephone is changed").await;
    prove(browser).await;
    assert!(browser.path().await.ends_with("/telephones"), "{}", browser.path().await);
    assert_eq!(browser.value("telephone").await, "418 555-0123", "what was typed");
    browser.look("telephones, proven").await;
    browser.follow(SUBMIT).await;
    assert!(browser.path().await.ends_with("done=telephones"), "{}", browser.path().await);
}

/// The telephone is new, so it counts for nothing yet; and the login is a day old.
async fn by_waiting(browser: &mut Browser, demonstration: &Demonstration) {
    let sql = "UPDATE logins SET created_at = '2026-01-01T00:00:00+00:00'";
    execute(&demonstration.home, sql).await.expect("older");
    execute(&demonstration.home, "DELETE FROM session_proofs").await.expect("forgotten");
    telephones(browser, "418 555-0124").await;
    browser.fill("current", PASSWORD).await;
    browser.follow(SUBMIT).await;
    browser.look("prove, a code to the contact e-mail").await;
    let code = newest_code(browser).await;
    browser.fill("code", &code).await;
    browser.follow("form[action='/profile/prove/code'] .button").await;
    browser.look("prove, it waits").await;
    browser.go("/profile/security").await;
    browser.look("security, a proof waits").await;
    let stop = link_to(browser, "/proof/stop/").await;
    browser.look("outbox, a proof waits").await;
    browser.go(&stop).await;
    browser.look("proof/stop").await;
    browser.follow("main form .button.danger").await;
    browser.look("proof/stop, stopped").await;
}

async fn by_an_agent(browser: &mut Browser, demonstration: &Demonstration) {
    let member = staff(&demonstration.home, &Visitor::of(&demonstration.home), "agent").await;
    let cookie = format!("document.cookie = 'staff={}; path=/'; return 1", member.cookies["staff"]);
    browser.ask(&cookie).await;
    browser.go("/staff/checks").await;
    browser.look("staff/checks").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/checks, refused").await;
    browser.fill("name", NORMAND).await;
    browser.press("input[value=questions]").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/checks, a code").await;
    let code = browser.text_of("document.querySelector('#code .code').innerText").await;
    telephones(browser, "418 555-0125").await;
    browser.follow("#help a[href*='way=agent']").await;
    browser.look("prove, an agent's code").await;
    browser.fill("current", PASSWORD).await;
    browser.fill("code", "1234").await;
    browser.follow(SUBMIT).await;
    browser.look("prove, an agent's code, refused").await;
    browser.fill("current", PASSWORD).await;
    browser.fill("code", &code).await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.value("telephone").await, "418 555-0125");
}
