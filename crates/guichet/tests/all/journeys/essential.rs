//! The way that everybody goes: sign up, read the bill, come again.

use thirtyfour::Key;

use super::{Demonstration, MAUDE, sign_in, sign_out};
use crate::browser::{Browser, Reader, Scheme};

const PASSWORD: &str = "rivage7lac";

/// What differs between the languages of the same way.
struct Words {
    language: &'static str,
    welcome: &'static str,
    taken: &'static str,
    weak: &'static str,
}

const FRENCH: Words = Words {
    language: "fr-CA",
    welcome: "Bienvenue!",
    taken: "Ce nom d’utilisateur est déjà pris.",
    weak: "Le mot de passe doit avoir au moins un chiffre.",
};

const ENGLISH: Words = Words {
    language: "en-CA",
    welcome: "Welcome!",
    taken: "That username is taken.",
    weak: "The password needs at least one digit.",
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sgn_2_acc_5_bil_1_a_new_customer_signs_up_and_reads_their_bill_in_french() {
    let reader = Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true };
    walk(&reader, &FRENCH, "faster plan from the middle").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sgn_2_acc_5_bil_1_a_new_customer_signs_up_on_a_narrow_dark_screen_in_english() {
    let reader = Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true };
    walk(&reader, &ENGLISH, "cheaper plan").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sgn_2_acc_5_bil_1_a_new_customer_signs_up_and_reads_their_bill_without_scripts() {
    let reader = Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Light, scripts: false };
    walk(&reader, &ENGLISH, "cheaper plan").await;
}

async fn walk(reader: &Reader, words: &Words, story: &str) {
    let demonstration = Demonstration::open().await;
    let made = demonstration.account(story).clone();
    let mut browser = Browser::open(reader, &demonstration.base).await;
    browser.go("/").await;
    assert_eq!(browser.text_of("document.documentElement.lang").await, words.language);
    assert_eq!(browser.path().await, "/sign-in?return_to=/");
    browser.follow(".door-aside a.button").await;
    claim(&mut browser, reader, (&made.number, &made.postal_code)).await;
    choose_login(&mut browser, words).await;
    arrive(&mut browser, words, (&made.number, &made.identifier)).await;
    read_letter(&mut browser, &made.identifier).await;
    leave(&mut browser, &made.number).await;
    sign_in(&browser, &made.identifier, PASSWORD).await;
    assert_eq!(browser.path().await, format!("/accounts/{}/overview", made.number));
    read_bill(&mut browser, reader, words).await;
    find_bills(&mut browser).await;
    browser.close().await;
    demonstration.close().await;
}

/// SGN-2, PRV-4: the first step, wrong and then right.
async fn claim(browser: &mut Browser, reader: &Reader, (number, postal_code): (&str, &str)) {
    browser.look("sign-up").await;
    browser.fill("account_number", number).await;
    browser.fill("postal_code", "H0H 0H0").await;
    browser.follow("main form .button.primary").await;
    browser.look("sign-up, refused").await;
    assert_eq!(browser.value("account_number").await, number);
    assert_eq!(browser.value("postal_code").await, "H0H 0H0");
    browser.element(".error-summary a[href='#field-account_number']").await;
    if reader.scripts {
        assert_eq!(browser.text_of("document.activeElement.className").await, "error-summary");
    }
    browser.fill("postal_code", &postal_code.to_lowercase()).await;
    browser.follow("main form .button.primary").await;
    assert_eq!(browser.path().await, "/sign-up/login");
}

/// SGN-4, SGN-5, PRV-4: the second step, wrong and then right.
async fn choose_login(browser: &mut Browser, words: &Words) {
    browser.look("sign-up/login").await;
    browser.fill("username", MAUDE).await;
    browser.fill("email", "rive.nord@exemple.ca").await;
    browser.fill("password", "rivagelac").await;
    browser.fill("password_again", "rivagelac").await;
    browser.follow("main form .button.primary").await;
    browser.look("sign-up/login, refused").await;
    let beside = |name: &str| format!("document.getElementById('field-{name}-error').innerText");
    assert!(browser.text_of(&beside("username")).await.contains(words.taken));
    assert!(browser.text_of(&beside("password")).await.contains(words.weak));
    assert_eq!(browser.value("username").await, MAUDE);
    assert_eq!(browser.value("email").await, "rive.nord@exemple.ca");
    assert_eq!((browser.value("password").await, browser.value("password_again").await), Default::default());
    browser.fill("username", "rive.nord").await;
    browser.fill("password", PASSWORD).await;
    browser.fill("password_again", PASSWORD).await;
    browser.follow("main form .button.primary").await;
}

/// ACC-2, ACC-5: the overview says who one is and what is due.
async fn arrive(browser: &mut Browser, words: &Words, (number, identifier): (&str, &str)) {
    browser.look("overview, welcome").await;
    assert_eq!(browser.path().await, format!("/accounts/{number}/overview?welcome=1"));
    let notice = browser.text_of("document.querySelector('.frame-notice').innerText").await;
    assert!(notice.contains(words.welcome) && notice.contains(identifier), "{notice}");
    let person = browser.text_of("document.querySelector('.masthead .person').innerText").await;
    assert!(person.contains(identifier), "{person}");
    assert_eq!(browser.count(".stub .figure").await, 1);
    assert!(browser.count("#bills tbody tr").await > 0 && browser.count("#services li").await > 0);
}

/// The letter bears the client identifier.
async fn read_letter(browser: &mut Browser, identifier: &str) {
    browser.go("/demo/outbox").await;
    browser.look("demo/outbox").await;
    let to =
        "[...document.querySelectorAll('tbody tr')].findIndex(row => row.innerText.includes('rive.nord@exemple.ca'))";
    let row: usize = browser.text_of(to).await.parse().expect("a letter to the new customer");
    browser.follow(&format!("tbody tr:nth-of-type({}) a", row + 1)).await;
    browser.look("demo/outbox, a letter").await;
    let scheme = browser.text_of("getComputedStyle(document.querySelector('.letter')).colorScheme").await;
    assert_eq!(scheme, "light", "its words are not white on its white paper");
    let text = browser.text_of("document.querySelector('.letter-text').innerText").await;
    assert!(text.contains(identifier), "{text}");
}

/// After signing out no page of the account opens again: not by going back and loading it, nor by its address.
async fn leave(browser: &mut Browser, number: &str) {
    let bills = format!("/accounts/{number}/bills");
    browser.go(&bills).await;
    sign_out(browser).await;
    browser.look("sign-in, signed out").await;
    assert_eq!(browser.path().await, "/sign-in?out=1");
    browser.go(&bills).await;
    assert!(browser.path().await.starts_with("/sign-in?return_to="), "{}", browser.path().await);
    browser.back().await;
    browser.back().await;
    assert!(browser.path().await.starts_with("/sign-in"), "{}", browser.path().await);
}

/// BIL-1, BIL-4: the newest bill, explained, as PDF, and in the other language.
async fn read_bill(browser: &mut Browser, reader: &Reader, words: &Words) {
    browser.follow(".stub-side a.button").await;
    browser.look("bill").await;
    let path = browser.path().await;
    assert_eq!(browser.count("article.bill section.part[aria-labelledby]").await, 5);
    let script = "(() => { const size = (one) => parseFloat(getComputedStyle(one).fontSize);
        const total = document.querySelector('.bill-stub .figure');
        return [...document.querySelectorAll('body *')].every(one => one === total || size(one) < size(total) || !one.innerText?.trim()); })()";
    assert_eq!(browser.text_of(script).await, "true", "the total is not the largest text");
    assert_eq!(browser.count("article.bill details[open]").await, 0);
    browser.press("article.bill details summary").await;
    let explained =
        browser.text_of("document.querySelector('article.bill details[open] .details-text').innerText").await;
    assert!(explained.len() > 40, "{explained}");
    browser.look("bill, explained").await;
    if reader.scripts {
        let script = "const link = document.querySelector('.bill-stub a.button');
            return fetch(link.href).then(answer => answer.blob()).then(blob => blob.slice(0, 5).text())";
        assert_eq!(browser.ask(script).await, "%PDF-");
    }
    browser.follow("form[action='/language'] button").await;
    assert_eq!(browser.path().await, path);
    assert_ne!(browser.text_of("document.documentElement.lang").await, words.language);
    browser.look("bill, in the other language").await;
}

/// Bills by year; the file for a spreadsheet.
async fn find_bills(browser: &mut Browser) {
    browser.follow(".back a").await;
    browser.look("bills").await;
    let rows = browser.count("tbody tr").await;
    browser.follow(".chips li:last-child a").await;
    browser.look("bills of a year").await;
    let of_year = browser.count("tbody tr").await;
    assert!(browser.path().await.ends_with("/bills?year=2025"), "{}", browser.path().await);
    assert!(of_year > 0 && of_year < rows, "{of_year} of {rows}");
    assert_eq!(browser.count(".after a[href$='/bills/csv']").await, 1);
}

/// One who uses no mouse meets the way past the head of the page first, and sees where they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acc_5_the_keyboard_reaches_everything_and_shows_where_it_is() {
    let demonstration = Demonstration::open().await;
    let reader = Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true };
    let browser = Browser::open(&reader, &demonstration.base).await;
    for page in ["/sign-in", "/sign-up", "/support/contact"] {
        browser.go(page).await;
        browser.type_keys(Key::Tab).await;
        assert_eq!(browser.text_of("document.activeElement.className").await, "skip", "{page}");
        let top = "document.activeElement.getBoundingClientRect().top";
        assert!(browser.text_of(top).await.parse::<f64>().expect("a number") >= 0.0, "the link is not seen");
        browser.type_keys(Key::Enter).await;
        assert_eq!(browser.text_of("location.hash").await, "#main");
        let seen = "(() => { const style = getComputedStyle(document.activeElement);
            return document.activeElement.matches(':focus-visible') && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'); })()";
        let mut last = String::new();
        for _ in 0..4 {
            browser.type_keys(Key::Tab).await;
            let at = browser.text_of("document.activeElement.outerHTML.slice(0, 160)").await;
            assert_ne!(at, last, "{page}: the keyboard does not go on");
            assert_eq!(browser.text_of(seen).await, "true", "{page}: it is not seen that the keyboard is at {at}");
            last = at;
        }
    }
    browser.close().await;
    demonstration.close().await;
}
