//! What customers do, in a browser, on the demonstration (issue 3).

mod addresses;
mod contacts;
mod documents;
mod door;
mod essential;
mod fresh;
mod holders;
mod linked;
mod new_customer;
mod pages;
mod passkeys;
mod pay;
mod representatives;
mod rights;
mod sms;
mod staff;
mod steps;
mod stripe;
mod truth;
mod users;
mod weight;

use std::sync::Arc;

use guichet::demonstration::{Filled, Made, fill, make_logins};
use guichet::{Home, Server};
use kernel::{OffsetClock, SystemEntropy, World};
use testkit::{BEGINNING, TestPlace};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::browser::Browser;

/// Logins that every demonstration has: in French, with overdue bills, with two accounts.
const MAUDE: &str = "maude.deschenesroy";
const NORMAND: &str = "normand.theriault";
const SOLANGE: &str = "solange.pelletierhoude";

/// A demonstration that is being served.
struct Demonstration {
    base: String,
    home: Home,
    filled: Filled,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _place: TestPlace,
}

impl Demonstration {
    async fn open() -> Self {
        let place = TestPlace::sqlite();
        let clock = OffsetClock::starting_at(BEGINNING.parse().expect("a moment"));
        let world = World::new(Arc::new(clock), Arc::new(SystemEntropy));
        let home = Home::open_demonstration_with(&place.place(), world).await.expect("a demonstration opens");
        let filled = fill(&home, |_, _| ()).await.expect("filled");
        make_logins(&home, &filled).await.expect("logins");
        let server = Server::bind(&home, ([127, 0, 0, 1], 0).into()).await.expect("it listens");
        let base = server.public_url.clone();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            server.run(until).await.expect("it serves");
        });
        Self { base, home, filled, stop, serving, _place: place }
    }

    /// The account with that story; nobody has signed up to it.
    fn account(&self, story: &str) -> &Made {
        self.filled.accounts.iter().find(|made| made.story.contains(story)).expect("an account of the story")
    }

    async fn close(self) {
        self.stop.send(()).expect("it is being served");
        self.serving.await.expect("it ends");
    }
}

/// Signs in; on a new device with the code from the outbox.
async fn sign_in(browser: &Browser, name: &str, password: &str) {
    type_password(browser, name, password).await;
    if !browser.path().await.starts_with("/sign-in/code") {
        return;
    }
    let code = newest_code(browser).await;
    browser.fill("code", &code).await;
    browser.follow("main form .button.primary").await;
}

/// The password alone.
async fn type_password(browser: &Browser, name: &str, password: &str) {
    browser.go("/sign-in").await;
    browser.fill("name", name).await;
    browser.fill("password", password).await;
    browser.follow("main form .button.primary").await;
}

/// The text of the newest letter in the outbox.
async fn newest_letter(browser: &Browser) -> String {
    browser.go("/demo/outbox").await;
    browser.follow("tbody tr:first-of-type a").await;
    browser.text_of("document.querySelector('.letter-text').innerText").await
}

/// The newest link of the outbox's letters that begins so.
async fn link_to(browser: &Browser, path: &str) -> String {
    for row in 1..=8 {
        browser.go("/demo/outbox").await;
        browser.follow(&format!("tbody tr:nth-of-type({row}) a")).await;
        let letter = browser.text_of("document.querySelector('.letter-text').innerText").await;
        if let Some((_, after)) = letter.split_once(path) {
            return format!("{path}{}", after.split_whitespace().next().unwrap_or_default());
        }
    }
    panic!("no letter with {path}");
}

/// Reads the code and comes back to the page that asks for it.
async fn newest_code(browser: &Browser) -> String {
    let page = browser.path().await;
    let letter = newest_letter(browser).await;
    browser.go(&page).await;
    crate::visitor::code_in(&letter)
}

/// Shows that it is them: the password, and the code in the outbox where one was sent.
async fn prove(browser: &mut Browser) {
    browser.fill("current", guichet::demonstration::PASSWORD).await;
    browser.follow("main form .button.primary").await;
    if browser.count("form[action='/profile/prove/code']").await == 0 {
        return;
    }
    browser.look("profile/prove, a code was sent").await;
    let page = browser.path().await;
    let letter = newest_letter(browser).await;
    let digits = |part: &&[u8]| {
        part.iter().enumerate().all(|(at, byte)| if at == 4 { *byte == b' ' } else { byte.is_ascii_digit() })
    };
    let code = letter.as_bytes().windows(9).find(digits).map(|part| String::from_utf8_lossy(part).into_owned());
    browser.go(&page).await;
    browser.fill("code", &code.unwrap_or_else(|| panic!("no code in {letter}"))).await;
    browser.follow("form[action='/profile/prove/code'] .button").await;
}

async fn sign_out(browser: &Browser) {
    browser.follow("form[action='/sign-out'] button").await;
}
