//! Passkeys in Chromium with its virtual authenticators (SEC-3): one of the device, which offers itself, and keys that are plugged
//! in, with and without a PIN.

use guichet::demonstration::PASSWORD;
use serde_json::json;

use super::{Demonstration, MAUDE, NORMAND, sign_in, sign_out, type_password};
use crate::browser::{Browser, Reader, Scheme};

const PAGE: &str = "/profile/security/passkeys";
const ADD: &str = "[data-passkey=create] .button";
const USE: &str = "[data-passkey=get] .button";
const ERROR: &str = "[data-passkey-error]";

/// A device that keeps passkeys and recognises its owner.
fn of_the_device() -> serde_json::Value {
    json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true })
}

/// A key that is plugged in.
fn plugged_in(verifies: bool) -> serde_json::Value {
    json!({ "protocol": "ctap2", "transport": "usb", "hasResidentKey": true, "hasUserVerification": verifies,
        "isUserVerified": verifies, "automaticPresenceSimulation": true })
}

/// From the security page to a first passkey.
async fn add_first(browser: &mut Browser) {
    browser.go("/profile/security").await;
    browser.look("security").await;
    browser.follow("#passkeys a").await;
    browser.look("passkeys, none").await;
    browser.follow("#add a.button").await;
    assert_eq!(browser.path().await, "/profile/prove?need=passkeys");
    browser.look("prove").await;
    super::prove(browser).await;
    assert_eq!(browser.path().await, PAGE);
    browser.look("passkeys, proven").await;
    browser.fill("name", "Téléphone").await;
    browser.follow(ADD).await;
    assert_eq!(browser.path().await, format!("{PAGE}?done=passkey-added"));
    browser.look("passkeys, added").await;
    assert!(browser.page_text().await.contains("Téléphone"));
}

/// Signs out, and lets go of the device: touched, it would offer its passkey on the sign-in page and be taken at once.
async fn leave(browser: &Browser, device: &str) {
    browser.touch(device, false).await;
    sign_out(browser).await;
}

/// Opens the sign-in page, on which a device that nobody touches offers its passkey.
async fn open_door(browser: &mut Browser, device: &str) {
    browser.touch(device, false).await;
    browser.go("/sign-in").await;
    browser.until(&format!("document.querySelector('{USE}')?.checkVisibility()")).await;
}

/// Presses the button of the sign-in page while the passkey is on offer there, and touches the device. A test's device that is
/// asked before it is touched may never answer, so what the page asks the site for first is held back until then.
async fn press_and_touch(browser: &Browser, device: &str) {
    browser.hold_requests().await;
    browser.press(USE).await;
    browser.until("window.held").await;
    browser.touch(device, true).await;
    browser.ask("window.held()").await;
}

/// By the button, from the sign-in page.
async fn enter(browser: &mut Browser, device: &str) {
    open_door(browser, device).await;
    browser.look("sign-in, with passkeys").await;
    press_and_touch(browser, device).await;
    browser.until("location.pathname.endsWith('/overview')").await;
}

async fn walk(reader: &Reader, name: &str) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    browser.watch_policy().await;
    browser.with_authenticators().await;
    sign_in(&browser, name, PASSWORD).await;
    let device = browser.add_authenticator(of_the_device()).await;
    add_first(&mut browser).await;
    // The same device again.
    browser.press(ADD).await;
    browser.until(&format!("document.querySelector('{ERROR}').checkVisibility()")).await;
    browser.look("passkeys, there already").await;
    leave(&browser, &device).await;
    enter(&mut browser, &device).await;
    // Nobody was recognised, which is to the page as if it had been cancelled.
    leave(&browser, &device).await;
    browser.recognise(&device, false).await;
    open_door(&mut browser, &device).await;
    press_and_touch(&browser, &device).await;
    browser.until(&format!("document.querySelector('{ERROR}').checkVisibility()")).await;
    browser.look("sign-in, cancelled").await;
    // Chosen among the names that the browser offers, without a button: a test's device is chosen by being touched.
    browser.recognise(&device, true).await;
    browser.go("/sign-in").await;
    browser.until("location.pathname.endsWith('/overview')").await;
    leave(&browser, &device).await;
    step_and_proof(&mut browser, name, &device).await;
    remove(&mut browser, &device).await;
    browser.close().await;
    demonstration.close().await;
}

/// After the password, and as a fresh proof.
async fn step_and_proof(browser: &mut Browser, name: &str, device: &str) {
    type_password(browser, name, PASSWORD).await;
    assert!(browser.path().await.starts_with("/sign-in/step"), "{}", browser.path().await);
    browser.until(&format!("document.querySelector('{USE}')?.checkVisibility()")).await;
    browser.look("sign-in/step, passkey").await;
    browser.touch(device, true).await;
    browser.follow(USE).await;
    assert!(browser.path().await.ends_with("/overview"), "{}", browser.path().await);
    browser.go("/profile/prove?need=passkeys").await;
    browser.until(&format!("document.querySelector('{USE}')?.checkVisibility()")).await;
    browser.look("prove, passkey").await;
    browser.follow(USE).await;
    assert_eq!(browser.path().await, PAGE);
}

/// Named, removed here while the device still has it.
async fn remove(browser: &mut Browser, device: &str) {
    browser.follow("#yours a").await;
    browser.look("one passkey").await;
    browser.fill("name", "").await;
    browser.follow("#name .button").await;
    browser.look("one passkey, refused").await;
    browser.fill("name", "Ancien").await;
    browser.follow("#name .button").await;
    assert_eq!(browser.path().await, format!("{PAGE}?done=passkey-renamed"));
    browser.follow("#yours a").await;
    browser.follow("#remove .button").await;
    assert_eq!(browser.path().await, format!("{PAGE}?done=passkey-removed"));
    browser.look("passkeys, removed").await;
    leave(browser, device).await;
    assert_eq!(browser.credentials(device).await, 1);
    open_door(browser, device).await;
    press_and_touch(browser, device).await;
    browser.until("document.querySelector('[data-passkey-unknown]')").await;
    browser.look("sign-in, unknown passkey").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_a_passkey_of_the_device_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }, MAUDE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_a_passkey_of_the_device_on_a_narrow_dark_screen_in_english() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true }, NORMAND).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_a_key_that_is_plugged_in_needs_a_pin() {
    let demonstration = Demonstration::open().await;
    let reader = Reader { width: 1280, languages: "en-CA,en", scheme: Scheme::Light, scripts: true };
    let mut browser = Browser::open(&reader, &demonstration.base).await;
    browser.with_authenticators().await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    browser.go("/profile/prove?need=passkeys").await;
    super::prove(&mut browser).await;
    let bare = browser.add_authenticator(plugged_in(false)).await;
    browser.press(ADD).await;
    browser.until(&format!("document.querySelector('{ERROR}').checkVisibility()")).await;
    browser.look("passkeys, a key without a PIN").await;
    browser.remove_authenticator(&bare).await;
    let key = browser.add_authenticator(plugged_in(true)).await;
    browser.follow(ADD).await;
    assert_eq!(browser.path().await, format!("{PAGE}?done=passkey-added"));
    leave(&browser, &key).await;
    enter(&mut browser, &key).await;
    browser.close().await;
    demonstration.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_without_scripts_the_page_says_what_passkeys_need() {
    let demonstration = Demonstration::open().await;
    let reader = Reader { width: 320, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: false };
    let mut browser = Browser::open(&reader, &demonstration.base).await;
    browser.go("/sign-in").await;
    browser.look("sign-in without scripts").await;
    assert!(!browser.page_text().await.contains("clé d’accès"), "nothing that would not work");
    sign_in(&browser, MAUDE, PASSWORD).await;
    browser.go("/profile/prove?need=passkeys").await;
    super::prove(&mut browser).await;
    assert!(browser.page_text().await.contains("JavaScript"), "{}", browser.page_text().await);
    browser.look("passkeys without scripts").await;
    browser.close().await;
    demonstration.close().await;
}
