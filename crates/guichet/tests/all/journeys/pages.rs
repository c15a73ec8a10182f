//! Every page, in both languages, light and dark, as people with a handicap meet it.

use guichet::demonstration::PASSWORD;

use super::{Demonstration, MAUDE, NORMAND, SOLANGE, sign_in, sign_out};
use crate::browser::{Browser, Reader, Scheme};

/// Looks at the page that is open, light and dark.
async fn both(browser: &mut Browser, page: &str) {
    browser.look(page).await;
    // The schemes differ in their colours alone.
    browser.set_scheme(Scheme::Dark).await;
    browser.look_at_colours(&format!("{page}, dark")).await;
    browser.set_scheme(Scheme::Light).await;
}

async fn all_of(browser: &mut Browser, language: &str, pages: &[String]) {
    for page in pages {
        browser.go(page).await;
        assert_eq!(browser.text_of("document.documentElement.lang").await, format!("{language}-CA"));
        both(browser, &format!("{language} {page}")).await;
    }
}

/// Pages of one account.
fn of_account(number: &str) -> Vec<String> {
    ["overview", "services", "bills", "bills?year=2025", "bills?q=nothing-is-called-so"]
        .map(|page| format!("/accounts/{number}/{page}"))
        .to_vec()
}

async fn signed_out(browser: &mut Browser, language: &str) {
    let pages = [
        "/sign-in",
        "/sign-in?ended=1",
        "/sign-up",
        "/support/contact",
        "/demo/components",
        "/demo/outbox",
        "/nowhere",
    ];
    all_of(browser, language, &pages.map(str::to_owned)).await;
    browser.go("/sign-in").await;
    browser.fill("name", "nobody.at.all").await;
    browser.follow("main form .button.primary").await;
    both(browser, &format!("{language} /sign-in refused")).await;
}

/// Both steps of sign-up, empty and refused, to their end, on an account that is in credit.
async fn sign_up(browser: &mut Browser, language: &str, (number, postal_code): (&str, &str)) {
    let submit = "main form .button.primary";
    browser.go("/sign-up").await;
    browser.follow(submit).await;
    both(browser, &format!("{language} /sign-up refused")).await;
    browser.fill("account_number", number).await;
    browser.fill("postal_code", postal_code).await;
    browser.follow(submit).await;
    both(browser, &format!("{language} /sign-up/login")).await;
    browser.fill("username", MAUDE).await;
    browser.fill("email", "beatrice.holloway@exemple.ca").await;
    browser.follow(submit).await;
    both(browser, &format!("{language} /sign-up/login refused")).await;
    browser.fill("username", "beatrice.holloway").await;
    browser.fill("password", PASSWORD).await;
    browser.fill("password_again", PASSWORD).await;
    browser.follow(submit).await;
    both(browser, &format!("{language} overview in credit, welcome")).await;
    sign_out(browser).await;
    browser.go("/demo/outbox").await;
    both(browser, &format!("{language} /demo/outbox with letters")).await;
    browser.follow("tbody a").await;
    both(browser, &format!("{language} a letter")).await;
}

async fn signed_in(browser: &mut Browser, language: &str, demonstration: &Demonstration) {
    let late = demonstration.account("the oldest long overdue").number.clone();
    sign_in(browser, NORMAND, PASSWORD).await;
    all_of(browser, language, &of_account(&late)).await;
    browser.go(&format!("/accounts/{late}/overview")).await;
    browser.follow(".stub-side a.button").await;
    browser.ask("document.querySelectorAll('details').forEach(one => { one.open = true })").await;
    both(browser, &format!("{language} a bill")).await;
    let own = ["details", "preferences", "password", "security", "delete", "backup", "email", "requests"]
        .map(|tab| format!("/profile/{tab}"));
    let forms = ["details/N/name", "details/N/address", "details/N/telephones", "preferences/N"];
    let forms = forms.map(|form| format!("/profile/{}", form.replace('N', &late)));
    let others = ["/support/contact".to_owned(), format!("/accounts/{late}/nowhere")];
    all_of(browser, language, &[own.as_slice(), &forms, &others].concat()).await;
    browser.go("/").await;
    sign_out(browser).await;
    sign_in(browser, SOLANGE, PASSWORD).await;
    both(browser, &format!("{language} the choice of accounts")).await;
    browser.follow(".doors a").await;
    browser.press(".switcher summary").await;
    both(browser, &format!("{language} overview, switcher open")).await;
    sign_out(browser).await;
}

async fn everything(language: &str, languages: &'static str) {
    let demonstration = Demonstration::open().await;
    let reader = Reader { width: 1280, languages, scheme: Scheme::Light, scripts: true };
    let mut browser = Browser::open(&reader, &demonstration.base).await;
    signed_out(&mut browser, language).await;
    let credit = demonstration.account("paid too much");
    sign_up(&mut browser, language, (&credit.number, &credit.postal_code)).await;
    signed_in(&mut browser, language, &demonstration).await;
    browser.close().await;
    demonstration.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acc_2_acc_5_prv_4_every_page_in_french_keeps_wcag_light_and_dark() {
    everything("fr", "fr-CA,fr").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acc_2_acc_5_prv_4_every_page_in_english_keeps_wcag_light_and_dark() {
    everything("en", "en-CA,en").await;
}
