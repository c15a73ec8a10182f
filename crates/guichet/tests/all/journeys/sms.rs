//! A telephone gets codes by text message: set up, asked for at the door, a fresh proof, turned off (SEC-3, OPS-3).

use guichet::demonstration::PASSWORD;

use super::{Demonstration, NORMAND, newest_letter, sign_in, sign_out, type_password};
use crate::browser::{Browser, Reader, Scheme};

const SUBMIT: &str = "main form .button.primary";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_codes_by_text_message_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_3_codes_by_text_message_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }).await;
}

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    set_up(&mut browser).await;
    sign_out(&browser).await;
    at_the_door(&mut browser).await;
    turn_off(&mut browser).await;
    browser.close().await;
    demonstration.close().await;
}

/// The code of the newest message in the outbox, which plays the telephone.
async fn code(browser: &Browser) -> String {
    let text = newest_letter(browser).await;
    let digits = |part: &&[u8]| {
        part.iter().enumerate().all(|(at, byte)| if at == 4 { *byte == b' ' } else { byte.is_ascii_digit() })
    };
    let found = text.as_bytes().windows(9).find(digits).map(|part| String::from_utf8_lossy(part).into_owned());
    found.unwrap_or_else(|| panic!("no code in {text}"))
}

async fn set_up(browser: &mut Browser) {
    browser.go("/profile/steps").await;
    browser.follow("#sms a[href='/profile/steps/sms']").await;
    assert_eq!(browser.path().await, "/profile/prove?need=sms");
    browser.look("profile/prove, for a telephone").await;
    super::prove(browser).await;
    browser.look("profile/steps/sms").await;
    browser.fill("number", "876 555-0100").await;
    browser.follow(SUBMIT).await;
    browser.look("profile/steps/sms, refused").await;
    browser.fill("number", "514 555-0142").await;
    browser.follow(SUBMIT).await;
    browser.look("profile/steps/sms, a code was sent").await;
    let right = code(browser).await;
    browser.look("demo/outbox, a text message").await;
    browser.go("/profile/steps/sms").await;
    browser.fill("code", "12345678").await;
    browser.follow("form[action='/profile/steps/sms/code'] .button").await;
    browser.look("profile/steps/sms, a wrong code").await;
    browser.fill("code", &right).await;
    browser.follow("form[action='/profile/steps/sms/code'] .button").await;
    browser.look("profile/steps/codes, with a telephone").await;
    browser.go("/profile/steps").await;
    browser.look("profile/steps, with a telephone").await;
}

async fn at_the_door(browser: &mut Browser) {
    type_password(browser, NORMAND, PASSWORD).await;
    assert_eq!(browser.path().await, "/sign-in/step?return_to=/");
    browser.look("sign-in/step, a text message").await;
    browser.follow("form[action='/sign-in/step/send'] .button").await;
    browser.look("sign-in/step, a text message was sent").await;
    let right = code(browser).await;
    browser.go("/sign-in/step?return_to=/&way=sms").await;
    browser.fill("code", &right).await;
    browser.follow("form[action='/sign-in/step'] .button").await;
    assert!(browser.path().await.ends_with("/overview"), "{}", browser.path().await);
}

async fn turn_off(browser: &mut Browser) {
    browser.go("/profile/steps/sms/off").await;
    assert_eq!(browser.path().await, "/profile/prove?need=sms-off");
    browser.look("profile/prove, a text message").await;
    browser.follow("form[action='/profile/prove/step/send'] .button").await;
    browser.look("profile/prove, a text message was sent").await;
    let right = code(browser).await;
    browser.go("/profile/prove?need=sms-off&way=sms").await;
    browser.fill("code", &right).await;
    browser.follow("form[action='/profile/prove/step'] .button").await;
    assert_eq!(browser.path().await, "/profile/steps/sms/off");
    browser.look("profile/steps/sms/off").await;
    browser.follow("main form .button.danger").await;
    browser.look("profile/steps, the telephone is off").await;
}
