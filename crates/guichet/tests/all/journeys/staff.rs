//! One of the provider's people comes in, sends an activation e-mail, decides a claim and lifts a lock; the customer on the
//! other side of each (AGT-2, SGN-1, SGN-2, SEC-2).

use guichet::demonstration::PASSWORD;
use kernel::Language;

use super::door::link_in;
use super::{Demonstration, NORMAND, newest_letter, sign_out, type_password};
use crate::browser::{Browser, Reader, Scheme};
use crate::staff::{STAFF_PASSWORD, added_at, secret_in};
use crate::support::put_on_file;

const SUBMIT: &str = "main form .button.primary";
const EMAIL: &str = "ada.roy@boreal.example";
/// The demonstration's login that is locked on the way.
const FAILURES: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agt_2_sgn_1_sgn_2_sec_2_staff_and_customers_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }, Language::Fr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agt_2_sgn_1_sgn_2_sec_2_staff_and_customers_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }, Language::En).await;
}

async fn walk(reader: &Reader, language: Language) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    let path = added_at(&demonstration.home, &demonstration.base, ("agent", language), EMAIL).await;
    come_in(&mut browser, &demonstration, &path).await;
    step_pages(&mut browser, &demonstration, language).await;
    activation(&mut browser, &demonstration).await;
    claim(&mut browser, &demonstration).await;
    lock(&mut browser).await;
    browser.close().await;
    demonstration.close().await;
}

async fn type_staff_password(browser: &Browser, email: &str) {
    browser.go("/staff/sign-in").await;
    browser.fill("email", email).await;
    browser.fill("password", STAFF_PASSWORD).await;
    browser.follow(SUBMIT).await;
}

/// The password; then an authenticator app is set up, and recovery codes are kept.
async fn set_up_step(browser: &mut Browser, demonstration: &Demonstration) {
    type_staff_password(browser, EMAIL).await;
    assert!(browser.path().await.starts_with("/staff/step/setup"), "the password opens nothing");
    browser.go("/staff").await;
    assert!(browser.path().await.starts_with("/staff/step/setup"), "nor does asking again");
    browser.look("staff/step/setup").await;
    browser.fill("code", "12345").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/step/setup, refused").await;
    let secret = secret_in(&browser.page_text().await).expect("a secret");
    let code = identity::totp_at(&secret, demonstration.home.world.now()).expect("a code");
    browser.fill("code", &code).await;
    browser.follow(SUBMIT).await;
    browser.look("staff, new recovery codes").await;
    let recovery = browser.text_of("document.querySelector('main code').innerText").await;
    browser.follow("main .flow a.button").await;
    assert_eq!(browser.path().await, "/staff");
    // The next sign-in asks for a code.
    browser.follow("form[action='/staff/sign-out'] button").await;
    type_staff_password(browser, EMAIL).await;
    assert!(browser.path().await.starts_with("/staff/step?"), "{}", browser.path().await);
    browser.look("staff/step").await;
    browser.fill("code", "123456").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/step, refused").await;
    browser.fill("code", &recovery).await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/staff");
}

/// How many recovery codes are left; and what an administrator of the demonstration's kind sees.
async fn step_pages(browser: &mut Browser, demonstration: &Demonstration, language: Language) {
    browser.go("/staff/codes").await;
    browser.look("staff/codes").await;
    browser.fill("code", "123456").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/codes, refused").await;
    enter_as(browser, demonstration, ("administrator", language), "zoe.roy@boreal.example").await;
    browser.go("/staff/steps").await;
    browser.look("staff/steps").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/steps, refused").await;
    browser.fill("email", EMAIL).await;
    browser.press("input[name='reason']").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/steps, done").await;
    browser.go("/staff").await;
    browser.follow("form[action='/staff/sign-out'] button").await;
    type_staff_password(browser, EMAIL).await;
    assert!(browser.path().await.starts_with("/staff/step/setup"), "the step is set up anew");
    let secret = secret_in(&browser.page_text().await).expect("a secret");
    let code = identity::totp_at(&secret, demonstration.home.world.now()).expect("a code");
    browser.fill("code", &code).await;
    browser.follow(SUBMIT).await;
}

/// Somebody else of the staff comes in for the first time, in the place of who was there.
pub(super) async fn enter_as(browser: &Browser, demonstration: &Demonstration, who: (&str, Language), email: &str) {
    let path = added_at(&demonstration.home, &demonstration.base, who, email).await;
    browser.go("/staff").await;
    if browser.path().await == "/staff" {
        browser.follow("form[action='/staff/sign-out'] button").await;
    }
    browser.go(&path).await;
    browser.fill("password", STAFF_PASSWORD).await;
    browser.fill("password_again", STAFF_PASSWORD).await;
    browser.follow(SUBMIT).await;
    type_staff_password(browser, email).await;
    let secret = secret_in(&browser.page_text().await).expect("a secret");
    let code = identity::totp_at(&secret, demonstration.home.world.now()).expect("a code");
    browser.fill("code", &code).await;
    browser.follow(SUBMIT).await;
}

async fn come_in(browser: &mut Browser, demonstration: &Demonstration, path: &str) {
    browser.go("/staff").await;
    assert!(browser.path().await.starts_with("/staff/sign-in"), "nobody is let in");
    browser.look("staff/sign-in").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/sign-in, refused").await;
    browser.go(path).await;
    browser.look("staff/password").await;
    browser.fill("password", STAFF_PASSWORD).await;
    browser.fill("password_again", STAFF_PASSWORD).await;
    browser.follow(SUBMIT).await;
    set_up_step(browser, demonstration).await;
    browser.look("staff").await;
}

/// An agent sends the e-mail; the holder follows it to a login.
async fn activation(browser: &mut Browser, demonstration: &Demonstration) {
    let number = demonstration.account("paid too much").number.clone();
    put_on_file(&demonstration.home, &number, "beatrice.holloway@exemple.ca").await;
    browser.go("/staff/activations").await;
    browser.look("staff/activations").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/activations, refused").await;
    browser.fill("account_number", &number).await;
    browser.follow(SUBMIT).await;
    browser.look("staff/activations, sent").await;
    let letter = newest_letter(browser).await;
    browser.look("the activation e-mail").await;
    browser.go("/activate").await;
    browser.look("activate").await;
    browser.go(&link_in(&letter, "/activate/")).await;
    browser.look("activate/{secret}").await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/sign-up/login");
    browser.look("sign-up/login of an activation").await;
    fill_login(browser, "beatrice.holloway").await;
    assert!(browser.path().await.contains("/overview"), "{}", browser.path().await);
    // The link is used up.
    browser.go(&link_in(&letter, "/activate/")).await;
    browser.look("activate/{secret}, used").await;
    browser.go("/").await;
    sign_out(browser).await;
}

async fn fill_login(browser: &Browser, username: &str) {
    browser.fill("username", username).await;
    browser.fill("email", &format!("{username}@exemple.ca")).await;
    browser.fill("password", PASSWORD).await;
    browser.fill("password_again", PASSWORD).await;
    browser.follow(SUBMIT).await;
}

/// Somebody signs up with what stands on a bill; the confirmation is asked for, and the claim closed by an agent.
async fn claim(browser: &mut Browser, demonstration: &Demonstration) {
    let mut others = demonstration.filled.accounts.iter();
    let made = loop {
        let made = others.next().expect("an account that nobody holds");
        let sql = "SELECT count(*) FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE a.number = $1";
        let held: Option<i64> =
            db::scalar(demonstration.home.db.reader(), sql, [made.number.clone().into()]).await.expect("read");
        if held == Some(0) {
            break made;
        }
    };
    put_on_file(&demonstration.home, &made.number, "titulaire@exemple.ca").await;
    browser.go("/sign-up").await;
    browser.fill("account_number", &made.number).await;
    browser.fill("postal_code", &made.postal_code).await;
    browser.follow(SUBMIT).await;
    fill_login(browser, "curieux.voisin").await;
    browser.go(&format!("/accounts/{}/confirm", made.number)).await;
    browser.look("confirm").await;
    browser.follow("main form .button").await;
    browser.look("confirm, sent").await;
    browser.fill("code", "12345678").await;
    browser.follow(SUBMIT).await;
    browser.look("confirm, refused").await;
    browser.go("/staff/claims").await;
    browser.look("staff/claims").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/claims, refused").await;
    browser.fill("account_number", &made.number).await;
    browser.press("input[value='stop']").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/claims, stopped").await;
    browser.go(&format!("/accounts/{}/overview", made.number)).await;
    assert!(!browser.path().await.ends_with("/overview"), "the claim opens nothing any more");
}

/// Ten wrong passwords lock a login for a device that it does not know; an agent lifts the lock.
async fn lock(browser: &mut Browser) {
    for _ in 0..FAILURES {
        type_password(browser, NORMAND, "mauvais1mot").await;
    }
    type_password(browser, NORMAND, PASSWORD).await;
    assert_eq!(browser.path().await, "/sign-in");
    browser.look("sign-in, locked").await;
    browser.go("/staff/locks").await;
    browser.look("staff/locks").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/locks, refused").await;
    browser.fill("name", NORMAND).await;
    browser.press("input[name='reason']").await;
    browser.follow(SUBMIT).await;
    browser.look("staff/locks, lifted").await;
    type_password(browser, NORMAND, PASSWORD).await;
    assert!(browser.path().await.starts_with("/sign-in/code"), "{}", browser.path().await);
}
