//! The holder gives somebody access to the usage of one service; that person accepts, sees only that, asks for the bills, gets them, and is
//! out when removed (USR-1 to USR-6).

use guichet::demonstration::PASSWORD;
use kernel::Language;

use super::{Demonstration, NORMAND, link_to, sign_in, sign_out};
use crate::browser::{Browser, Reader, Scheme};

const SUBMIT: &str = "main form .button.primary";
const USER: &str = "paule.comtois";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usr_2_a_user_from_the_invitation_to_the_end_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }, Language::Fr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usr_2_a_user_from_the_invitation_to_the_end_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }, Language::En).await;
}

async fn walk(reader: &Reader, language: Language) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    let overview = browser.path().await;
    let base = overview.trim_end_matches("/overview").to_owned();
    let user = invite(&mut browser, &base, language).await;
    let link = link_to(&browser, "/invitation/").await;
    browser.go("/profile/details").await;
    sign_out(&browser).await;
    accept(&mut browser, &base, &link).await;
    ask(&mut browser, &base).await;
    let request = link_to(&browser, &format!("{base}/users/requests/")).await;
    browser.go("/profile/details").await;
    sign_out(&browser).await;
    answer(&mut browser, &request).await;
    look_after(&mut browser, &user).await;

    // Removed while they are signed in elsewhere: their next click.
    let mut theirs = Browser::open(reader, &demonstration.base).await;
    sign_in(&theirs, USER, PASSWORD).await;
    theirs.go(&format!("{base}/bills")).await;
    theirs.look("bills of a user who asked for them").await;
    withdraw_all(&mut browser, &user).await;
    ask_again(&mut theirs).await;
    browser.go(&format!("{user}/remove")).await;
    browser.look("users/{user}/remove").await;
    browser.follow("main form .button.danger").await;
    browser.look("users, removed").await;
    theirs.go(&format!("{base}/bills")).await;
    assert!(theirs.path().await.starts_with("/sign-in"), "{}", theirs.path().await);
    theirs.close().await;
    browser.close().await;
    demonstration.close().await;
}

/// Step by step; gives the path of the user's page.
async fn invite(browser: &mut Browser, base: &str, language: Language) -> String {
    browser.go("/profile/details").await;
    browser.follow(&format!("main .chips a[href='{base}/users']")).await;
    browser.look("users, none").await;
    browser.follow("main a.button").await;
    browser.look("users/new, who").await;
    browser.follow(SUBMIT).await;
    browser.look("users/new, who, refused").await;
    browser.fill("name", "Paule Comtois").await;
    browser.fill("email", "paule@exemple.ca").await;
    browser.press(&format!("input[name='language'][value='{}']", language.code())).await;
    browser.follow(SUBMIT).await;
    browser.look("users/new, what").await;
    browser.press("input[value='own']").await;
    browser.press("input[name='own:service.usage']").await;
    browser.follow(SUBMIT).await;
    browser.look("users/new, where").await;
    browser.press("input[value='some']").await;
    browser.press("input[name^='service:']").await;
    browser.follow(SUBMIT).await;
    browser.look("users/new, check").await;
    browser.follow(SUBMIT).await;
    browser.look("users/{user}, invited").await;
    browser.path().await.split('?').next().expect("a path").to_owned()
}

async fn accept(browser: &mut Browser, base: &str, link: &str) {
    browser.go("/invitation/x").await;
    browser.look("invitation, unknown").await;
    browser.go(link).await;
    browser.look("invitation").await;
    browser.follow(SUBMIT).await;
    browser.look("invitation, refused").await;
    for (field, value) in [("username", USER), ("password", PASSWORD), ("password_again", PASSWORD)] {
        browser.fill(field, value).await;
    }
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, format!("{base}/overview"), "{}", browser.page_text().await);
    browser.look("overview of a user who sees the usage of one service").await;
    assert!(!browser.page_text().await.contains('$'));
    browser.go(&format!("{base}/bills")).await;
    browser.look("no bills for a user who sees usage").await;
}

async fn ask(browser: &mut Browser, base: &str) {
    browser.go("/profile/details").await;
    browser.follow(&format!("main .chips a[href='{base}/rights']")).await;
    browser.look("rights").await;
    browser.press("input[name='r:bills.see']").await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, format!("{base}/rights?done=asked"));
    browser.look("rights, asked").await;
}

async fn answer(browser: &mut Browser, request: &str) {
    sign_in(browser, NORMAND, PASSWORD).await;
    browser.go(request).await;
    browser.look("users/requests/{request}").await;
    browser.follow(SUBMIT).await;
    assert!(browser.path().await.ends_with("?done=accepted"), "{}", browser.path().await);
    browser.look("users, accepted").await;
}

async fn withdraw_all(browser: &mut Browser, user: &str) {
    browser.go(&format!("{user}/rights")).await;
    let ticked = "main input[type='checkbox']:checked";
    for _ in 0..browser.count(ticked).await {
        browser.press(ticked).await;
    }
    browser.follow(SUBMIT).await;
    browser.look("users/{user}/rights, nothing left, check").await;
    browser.follow(SUBMIT).await;
    assert!(browser.path().await.ends_with("?done=rights"), "{}", browser.path().await);
}

/// Of an account that is not there for them any more.
async fn ask_again(theirs: &mut Browser) {
    theirs.go("/").await;
    theirs.look("home of a user who holds nothing").await;
    theirs.go("/profile/linked-accounts").await;
    theirs.look("profile/linked-accounts of a user who holds nothing").await;
    theirs.follow("#accounts a[href^='/profile/rights/']").await;
    theirs.look("profile/rights/{user}").await;
    theirs.follow(SUBMIT).await;
    theirs.look("profile/rights/{user}, refused").await;
    theirs.press("input[name='r:bills.see']").await;
    theirs.follow(SUBMIT).await;
    assert!(theirs.path().await.ends_with("?done=asked"), "{}", theirs.path().await);
    theirs.look("profile/rights/{user}, asked").await;
}

async fn look_after(browser: &mut Browser, user: &str) {
    browser.go(user).await;
    browser.look("users/{user}").await;
    for page in ["view", "name", "rights", "password"] {
        browser.go(&format!("{user}/{page}")).await;
        browser.look(&format!("users/{{user}}/{page}")).await;
    }
    browser.go(&format!("{user}/rights")).await;
    browser.press("input[name='r:bills.pay']").await;
    browser.follow(SUBMIT).await;
    browser.look("users/{user}/rights, check").await;
    browser.follow(SUBMIT).await;
    // The day on which the demonstration begins, to now; and what is still to come.
    browser.go(&format!("{user}?at=2026-11-21")).await;
    assert_eq!(browser.count("#then ul li").await, 3, "{}", browser.page_text().await);
    browser.look("users/{user}, at an earlier moment").await;
    browser.go(&format!("{user}?at=2099-01-01T10:00")).await;
    browser.look("users/{user}, at a moment to come").await;
    browser.go(user).await;
    browser.follow("#step form button").await;
    browser.look("users/{user}, step required").await;
    browser.follow("#step form button").await;
}
