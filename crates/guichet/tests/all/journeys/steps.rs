//! An authenticator app is set up, asked for at the door, replaced by a recovery code, and turned off (SEC-3).

use guichet::demonstration::PASSWORD;
use jiff::SignedDuration;

use super::{Demonstration, NORMAND, sign_in, sign_out, type_password};
use crate::browser::{Browser, Reader, Scheme};

const SUBMIT: &str = "main form .button.primary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_a_second_step_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_a_second_step_on_a_narrow_dark_screen_in_english() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_a_second_step_without_scripts() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Light, scripts: false }).await;
}

/// What the phone shows, or showed or will show a step away: the site takes each once, in that order.
fn shown(demonstration: &Demonstration, secret: &str, away: i64) -> String {
    let now = demonstration.home.db.world().now().plus(SignedDuration::from_secs(30 * away));
    identity::totp_at(secret, now).expect("a secret")
}

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    let (secret, codes) = set_up(&demonstration, &mut browser).await;
    sign_out(&browser).await;
    at_the_door(&mut browser, &codes).await;
    turn_off(&demonstration, &mut browser, &secret).await;
    browser.close().await;
    demonstration.close().await;
}

async fn set_up(demonstration: &Demonstration, browser: &mut Browser) -> (String, Vec<String>) {
    browser.go("/profile/security").await;
    browser.look("profile/security, without a second step").await;
    browser.follow("#steps a[href='/profile/steps']").await;
    browser.look("profile/steps, off").await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/profile/prove?need=totp");
    super::prove(browser).await;
    assert_eq!(browser.path().await, "/profile/steps/totp");
    browser.look("profile/steps/totp").await;
    let secret = browser.text_of("document.querySelector('#scan code').innerText").await;
    browser.fill("code", "000000").await;
    browser.follow(SUBMIT).await;
    browser.look("profile/steps/totp, refused").await;
    browser.fill("code", &shown(demonstration, &secret, -1)).await;
    browser.follow(SUBMIT).await;
    browser.look("profile/steps/codes, shown once").await;
    let codes = browser.text_of("document.querySelector('input[name=codes]').value").await;
    browser.follow("main .actions a[href='/profile/steps']").await;
    browser.look("profile/steps, on").await;
    (secret, codes.split(' ').map(str::to_owned).collect())
}

/// On a device that is known, with a recovery code.
async fn at_the_door(browser: &mut Browser, codes: &[String]) {
    type_password(browser, NORMAND, PASSWORD).await;
    assert_eq!(browser.path().await, "/sign-in/step?return_to=/");
    browser.look("sign-in/step").await;
    browser.fill("code", "12345").await;
    browser.follow(SUBMIT).await;
    browser.look("sign-in/step, refused").await;
    browser.follow("main a[href*='way=recovery']").await;
    browser.look("sign-in/step, a recovery code").await;
    browser.fill("code", &codes[0]).await;
    browser.follow(SUBMIT).await;
    assert!(browser.path().await.ends_with("/overview"), "{}", browser.path().await);
}

/// With the step itself as the fresh proof, asked for in place.
async fn turn_off(demonstration: &Demonstration, browser: &mut Browser, secret: &str) {
    browser.go("/profile/steps").await;
    browser.follow("#app a[href='/profile/steps/totp/off']").await;
    assert_eq!(browser.path().await, "/profile/prove?need=totp-off");
    browser.look("profile/prove, a second step").await;
    browser.fill("code", &shown(demonstration, secret, 1)).await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/profile/steps/totp/off");
    browser.look("profile/steps/totp/off").await;
    browser.follow("main form .button.danger").await;
    assert_eq!(browser.path().await, "/profile/steps?done=step-off");
    browser.look("profile/steps, turned off").await;
    browser.go("/recover/documents?lost=step").await;
    browser.look("recover/documents, a lost second step").await;
}
