//! In on a new device, out again by who says that it was not them, and in with a new password (SGN-5, SEC-4, SEC-5).

use guichet::demonstration::PASSWORD;

use super::{Demonstration, NORMAND, newest_code, newest_letter, sign_in, type_password};
use crate::browser::{Browser, Reader, Scheme};

const NEW: &str = "rivage7lac";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sgn_5_sec_4_sec_5_a_new_device_and_this_was_not_me_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sgn_5_sec_4_sec_5_a_new_device_and_this_was_not_me_on_a_narrow_dark_screen_in_english() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sgn_5_sec_4_sec_5_a_new_device_and_this_was_not_me_without_scripts() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Light, scripts: false }).await;
}

/// The path of the link in a letter that begins so.
pub(super) fn link_in(letter: &str, path: &str) -> String {
    let (_, after) = letter.split_once(path).unwrap_or_else(|| panic!("no {path} in {letter}"));
    format!("{path}{}", after.split_whitespace().next().unwrap_or_default())
}

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    type_password(&browser, NORMAND, PASSWORD).await;
    assert_eq!(browser.path().await, "/sign-in/code?return_to=/");
    browser.look("sign-in/code").await;
    browser.fill("code", "1234").await;
    browser.follow("main form .button.primary").await;
    browser.look("sign-in/code, refused").await;
    assert_eq!(browser.value("code").await, "1234");
    let code = newest_code(&browser).await;
    // The refused form was posted; its page is asked for anew.
    browser.go("/sign-in/code").await;
    browser.fill("code", &code).await;
    browser.follow("main form .button.primary").await;
    assert!(browser.path().await.ends_with("/overview"), "{}", browser.path().await);
    not_me(&mut browser).await;
    recover(&mut browser).await;
    browser.close().await;
    demonstration.close().await;
}

/// The letter about the new device leads to the end of all sessions.
async fn not_me(browser: &mut Browser) {
    let path = link_in(&newest_letter(browser).await, "/sign-in/not-me/");
    browser.look("the letter about a new sign-in").await;
    browser.go(&path).await;
    browser.look("not-me").await;
    browser.follow("main form .button.primary").await;
    browser.look("not-me, closed").await;
    browser.go("/profile/details").await;
    assert!(browser.path().await.starts_with("/sign-in?return_to="), "{}", browser.path().await);
    type_password(browser, NORMAND, PASSWORD).await;
    assert_eq!(browser.path().await, "/sign-in", "the old password opens nothing");
}

/// From the sign-in page to a new password.
async fn recover(browser: &mut Browser) {
    browser.go("/sign-in").await;
    browser.follow("main a[href='/recover']").await;
    browser.follow("main form .button.primary").await;
    browser.look("recover, refused").await;
    browser.fill("name", NORMAND).await;
    browser.follow("main form .button.primary").await;
    assert_eq!(browser.path().await, "/recover?sent=1");
    browser.look("recover, sent").await;
    let path = link_in(&newest_letter(browser).await, "/recover/");
    browser.go(&path).await;
    browser.look("recover/choose").await;
    browser.fill("password", "short").await;
    browser.fill("password_again", "short").await;
    browser.follow("main form .button.primary").await;
    browser.look("recover/choose, refused").await;
    browser.fill("password", NEW).await;
    browser.fill("password_again", NEW).await;
    browser.follow("main form .button.primary").await;
    assert_eq!(browser.path().await, "/sign-in?chosen=1");
    browser.look("sign-in, with a new password").await;
    sign_in(browser, NORMAND, NEW).await;
    assert!(browser.path().await.ends_with("/overview"), "{}", browser.path().await);
}
