//! A login takes another one's accounts over, an account is linked with a code, links are undone, and the history tells of it
//! (ONE-1, ACC-3, PRO-3).

use guichet::demonstration::PASSWORD;

use super::{Demonstration, MAUDE, NORMAND, link_to, sign_in, sign_out};
use crate::browser::{Browser, Reader, Scheme};
use crate::support::put_on_file;
use crate::visitor::code_in;

const SUBMIT: &str = "main form .button.primary";
const LINKS: &str = "/profile/linked-accounts";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_1_accounts_are_linked_in_french() {
    walk(&Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_1_accounts_are_linked_in_english_without_scripts_on_a_narrow_dark_screen() {
    walk(&Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: false }).await;
}

async fn walk(reader: &Reader) {
    let demonstration = Demonstration::open().await;
    let mut browser = Browser::open(reader, &demonstration.base).await;
    sign_in(&browser, NORMAND, PASSWORD).await;
    by_login(&mut browser).await;
    by_code(&mut browser, &demonstration).await;
    history(&mut browser).await;
    undo(&mut browser).await;
    activation(&mut browser, &demonstration).await;
    browser.close().await;
    demonstration.close().await;
}

async fn by_login(browser: &mut Browser) {
    browser.go(LINKS).await;
    browser.look("profile/linked-accounts").await;
    browser.follow("#by-login .button").await;
    browser.look("sign-in while a session waits").await;
    browser.fill("name", MAUDE).await;
    browser.fill("password", PASSWORD).await;
    browser.follow("main form[action='/sign-in'] .button.primary").await;
    let code = super::newest_code(browser).await;
    browser.fill("code", &code).await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, format!("{LINKS}/join"));
    browser.look("profile/linked-accounts/join").await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, "/profile/prove?need=move");
    browser.look("profile/prove, accounts go to another login").await;
    super::prove(browser).await;
    assert_eq!(browser.path().await, format!("{LINKS}/join"));
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, format!("{LINKS}?done=linked"), "{}", browser.page_text().await);
    browser.look("profile/linked-accounts, linked").await;
    browser.go("/").await;
    browser.look("home of several accounts").await;
    assert_eq!(browser.count("main .doors li").await, 2);
    browser.follow("main .doors li:last-child h2 a").await;
    browser.press(".switcher summary").await;
    browser.look("overview with the switcher open").await;
    assert_eq!(browser.count(".switcher li a").await, 2);
}

async fn by_code(browser: &mut Browser, demonstration: &Demonstration) {
    let number = demonstration.account("paid too much").number.clone();
    put_on_file(&demonstration.home, &number, "beatrice.holloway@exemple.ca").await;
    let sql = "SELECT a.id FROM accounts a WHERE a.number = $1";
    let id: kernel::AccountId =
        db::scalar(demonstration.home.db.reader(), sql, [number.as_str().into()]).await.expect("read").expect("one");
    let grant = accounts::Grant::of_the_provider(id, &number, accounts::Right::SeeBills);
    let view = accounts::account_view(demonstration.home.db.reader(), &demonstration.home.vault, &grant).await;
    let postal_code = view.expect("read").expect("one").address.postal_code.expect("a postal code");
    browser.go(LINKS).await;
    browser.follow("#by-number form .button.primary").await;
    browser.look("profile/linked-accounts, refused").await;
    browser.fill("account_number", &number).await;
    browser.fill("postal_code", &postal_code).await;
    browser.follow("#by-number form .button.primary").await;
    assert_eq!(browser.path().await, format!("{LINKS}/code"));
    browser.look("profile/linked-accounts/code").await;
    browser.fill("code", "1").await;
    browser.follow(SUBMIT).await;
    browser.look("profile/linked-accounts/code, refused").await;
    let code = code_in(&super::newest_letter(browser).await);
    browser.go(&format!("{LINKS}/code")).await;
    browser.fill("code", &code).await;
    browser.follow(SUBMIT).await;
    assert_eq!(browser.path().await, format!("{LINKS}?done=linked"), "{}", browser.page_text().await);
    let path = link_to(browser, "/links/undo/").await;
    browser.go(&path).await;
    browser.look("links/undo").await;
    browser.follow("main form .button.danger").await;
    browser.look("links/undo, undone").await;
    browser.go("/links/undo/x").await;
    browser.look("links/undo, unknown").await;
}

async fn history(browser: &mut Browser) {
    browser.go("/profile/details").await;
    browser.follow("main .chips li:last-child a").await;
    assert!(browser.path().await.ends_with("/history"), "{}", browser.path().await);
    browser.look("history").await;
    let path = browser.path().await;
    browser.go(&format!("{path}?what=payments&from=2026-01-01")).await;
    browser.look("history, filtered").await;
    browser.go(&format!("{path}?who=service")).await;
    browser.look("history, nothing found").await;
    browser.go(&format!("{path}?from=2026-12-31&to=2026-01-01")).await;
    browser.look("history, refused").await;
    browser.go("/profile/history").await;
    browser.look("profile/history").await;
}

async fn undo(browser: &mut Browser) {
    browser.go(LINKS).await;
    browser.follow("#accounts .actions a").await;
    browser.look("profile/linked-accounts/undo").await;
    browser.follow("main form .button.danger").await;
    assert!(browser.path().await.starts_with("/profile/prove"), "{}", browser.path().await);
    super::prove(browser).await;
    browser.follow("#accounts .actions a").await;
    browser.follow("main form .button.danger").await;
    assert_eq!(browser.path().await, format!("{LINKS}?done=back"), "{}", browser.page_text().await);
    browser.look("profile/linked-accounts, undone").await;
}

async fn activation(browser: &mut Browser, demonstration: &Demonstration) {
    browser.go("/activate").await;
    browser.fill("account_number", &demonstration.account("paid too much").number).await;
    browser.follow(SUBMIT).await;
    let path = link_to(browser, "/activate/").await;
    browser.go(&path).await;
    browser.look("activate, signed in").await;
    sign_out(browser).await;
    browser.go(&path).await;
    browser.look("activate, with another login").await;
}
