//! Paying by card with Stripe's fields, which are a stand-in's: Stripe's own script is not there for tests.

use guichet::{Home, Server};
use kernel::Amount;
use testkit::TestPlace;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::type_password;
use crate::browser::{Browser, Reader, Scheme};
use crate::pay_pages::{Payer, balance};
use crate::stripe_proxy::Proxy;
use crate::stripe_site::provider;
use crate::support::{count, execute, mails};
use crate::visitor::{PASSWORD, code_in};

struct Words {
    no_number: &'static str,
    wrong_number: &'static str,
    wrong_expiry: &'static str,
    failed: &'static str,
    out: &'static str,
    no_scripts: &'static str,
    received: &'static str,
    kept: &'static str,
    others: &'static str,
}

const FRENCH: Words = Words {
    no_number: "Écrivez le numéro de la carte.",
    wrong_number: "Ce numéro n’est pas celui d’une carte.",
    wrong_expiry: "Cette date d’expiration n’est pas complète, ou elle est passée.",
    failed: "Stripe, notre passerelle de paiement, n’a pas répondu. Rien n’a été prélevé.",
    out: "Les champs de la carte n’ont pas pu s’ouvrir",
    no_scripts: "il faut JavaScript",
    received: "Merci, votre paiement est reçu",
    kept: "La carte est enregistrée.",
    others: "Les autres façons de payer",
};

const ENGLISH: Words = Words {
    no_number: "Enter the card number.",
    wrong_number: "This is no card number.",
    wrong_expiry: "This expiry date is not complete, or is past.",
    failed: "Stripe, our payment gateway, did not answer. Nothing was charged.",
    out: "The fields for your card could not be opened",
    no_scripts: "takes JavaScript",
    received: "Thank you, your payment was received",
    kept: "The card was saved.",
    others: "Other ways to pay",
};

/// A provider with Stripe, being served, and the number of an account whose holder is `eve.tremblay`.
struct Provider {
    home: Home,
    proxy: Proxy,
    number: String,
    base: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _place: TestPlace,
}

impl Provider {
    async fn open() -> Self {
        let (place, proxy) = (TestPlace::sqlite(), Proxy::start().await);
        let home = provider(&place, &proxy.url).await;
        let number = Payer::of(&home).await.number;
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        let server = Server::bind(&home, ([127, 0, 0, 1], 0).into()).await.expect("it listens");
        let base = server.public_url.clone();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            server.run(until).await.expect("it serves");
        });
        Self { home, proxy, number, base, stop, serving, _place: place }
    }

    fn path(&self, page: &str) -> String {
        format!("/accounts/{}/{page}", self.number)
    }

    /// Signs its holder in on a new device, with the code from the letter.
    async fn sign_in(&self, browser: &Browser) {
        type_password(browser, "eve.tremblay", PASSWORD).await;
        let letter = mails(&self.home).await.into_iter().find(|mail| mail.shown.kind == "sign-in-code");
        browser.fill("code", &code_in(&letter.expect("a letter with a code").text)).await;
        browser.follow("main form .button.primary").await;
    }

    async fn close(self) {
        self.stop.send(()).expect("it is being served");
        self.serving.await.expect("it ends");
    }
}

const GO_ON: &str = "[data-card-fields] .button";

/// Fills Stripe's fields; what was typed before stays in those that get nothing.
async fn enter(browser: &Browser, number: &str, expiry: &str, code: &str) {
    for (name, text) in [("number", number), ("expiry", expiry), ("code", code)] {
        browser.fill_frame(&format!("#card-{name} iframe"), text).await;
    }
}

async fn shown(browser: &Browser, css: &str) -> bool {
    browser.ask(&format!("return document.querySelector('{css}').checkVisibility()")).await.as_bool().unwrap_or(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_1_a_customer_pays_with_the_gateways_fields_in_french() {
    let reader = Reader { width: 1280, languages: "fr-CA,fr", scheme: Scheme::Light, scripts: true };
    walk(&reader, &FRENCH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_1_a_customer_pays_with_the_gateways_fields_on_a_narrow_dark_screen_in_english() {
    let reader = Reader { width: 320, languages: "en-CA,en", scheme: Scheme::Dark, scripts: true };
    walk(&reader, &ENGLISH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_1_without_scripts_the_other_ways_to_pay_are_offered() {
    for (languages, words) in [("fr-CA,fr", &FRENCH), ("en-CA,en", &ENGLISH)] {
        let provider = Provider::open().await;
        let reader = Reader { width: 320, languages, scheme: Scheme::Light, scripts: false };
        let mut browser = Browser::open(&reader, &provider.base).await;
        provider.sign_in(&browser).await;
        for page in ["pay/card?amount=5.00&for=other", "cards/new"] {
            browser.go(&provider.path(page)).await;
            browser.look(page).await;
            let text = browser.page_text().await;
            assert!(text.contains(words.no_scripts) && text.contains(words.others), "{text}");
            assert!(text.contains(&provider.number) && !shown(&browser, "[data-card-fields]").await, "{text}");
            assert!(!shown(&browser, "[data-card-wait]").await, "nothing is on its way");
        }
        browser.close().await;
        provider.close().await;
    }
}

async fn walk(reader: &Reader, words: &Words) {
    let provider = Provider::open().await;
    let mut browser = Browser::open(reader, &provider.base).await;
    browser.watch_policy().await;
    provider.sign_in(&browser).await;
    wrong(&provider, &mut browser, words).await;
    paid(&provider, &mut browser, words).await;
    kept(&provider, &mut browser, words).await;
    blocked(&provider, &mut browser, words).await;
    browser.close().await;
    provider.close().await;
}

/// What is missing or mistyped is said beside its field, in a summary with the focus, and nothing is sent.
async fn wrong(provider: &Provider, browser: &mut Browser, words: &Words) {
    browser.go(&provider.path("pay/card?amount=5.00&for=other&key=k1")).await;
    browser.element("#card-number iframe").await;
    browser.look("pay/card with fields").await;
    assert!(shown(browser, "[data-card-fields]").await && !shown(browser, "[data-card-wait]").await);
    browser.press(GO_ON).await;
    assert_eq!(browser.count("[data-card-summary] a").await, 3);
    assert!(browser.text_of("document.activeElement.innerText").await.contains(words.no_number), "the focus is there");
    browser.look("pay/card, nothing entered").await;
    // From the summary into the frame of the field.
    browser.press("[data-card-summary] li:first-child a").await;
    browser.until("document.activeElement.title === 'Stand-in cardNumber'").await;
    enter(browser, "4242 4242 4242 4241", "08/20", "123").await;
    browser.until("document.querySelectorAll('.field.wrong').length === 2").await;
    let beside = browser.text_of("document.getElementById('card-number-error').innerText").await;
    assert!(beside.contains(words.wrong_number), "{beside}");
    browser.press(GO_ON).await;
    assert_eq!(browser.count("[data-card-summary] a").await, 2);
    let summary = browser.text_of("document.querySelector('[data-card-summary]').innerText").await;
    assert!(summary.contains(words.wrong_number) && summary.contains(words.wrong_expiry), "{summary}");
    browser.look("pay/card, mistyped").await;
    // A number that the gateway refuses.
    enter(browser, "4242424242424200", "08/30", "123").await;
    browser.until("document.querySelectorAll('.field.wrong').length === 0").await;
    browser.press(GO_ON).await;
    browser.until("document.querySelectorAll('.field.wrong').length === 1").await;
    // A gateway that does not answer.
    provider.proxy.change(|faults| faults.no_methods = true);
    enter(browser, "4242424242424242", "08/30", "123").await;
    browser.press(GO_ON).await;
    browser
        .until(&format!("document.querySelector('[data-card-summary]').innerText.includes('{}')", words.failed))
        .await;
    browser.look("pay/card, no answer").await;
    provider.proxy.change(|faults| faults.no_methods = false);
    assert_eq!(count(&provider.home, "payments").await, 0);
}

/// The card as it stands there now, with a double click; and it is charged once.
async fn paid(provider: &Provider, browser: &mut Browser, words: &Words) {
    let before = balance(&provider.home).await;
    browser.press("input[name=keep]").await;
    let clicks = format!(
        "const button = document.querySelector('{GO_ON}'); button.click(); button.click(); return window.methodsMade"
    );
    let made = browser.ask(&clicks).await;
    assert_eq!(made.as_u64(), Some(2), "one more than before: the second click asks for nothing");
    browser.until("location.pathname.endsWith('/pay/check')").await;
    browser.look("pay/check").await;
    assert!(browser.page_text().await.contains("4242"));
    // No other page lets the gateway in: what tries to is kept out, and noted.
    let origin = &provider.proxy.url;
    browser.ask(&format!("fetch('{origin}/v1/x').catch(() => null); document.head.append(Object.assign(document.createElement('script'), {{ src: '{origin}/v3/' }}))")).await;
    browser.until("window.keptOut.length === 2").await;
    let mut kept_out = browser.kept_out().await;
    kept_out.sort();
    assert_eq!(kept_out, [format!("connect-src {origin}/v1/x"), format!("script-src-elem {origin}/v3/")]);
    browser.follow("main form .button.primary").await;
    browser.look("payment, received").await;
    assert_eq!(browser.text_of("document.querySelector('h1').innerText").await, words.received);
    assert_eq!(provider.proxy.gateway.charges_in_all().await, 1);
    assert_eq!(balance(&provider.home).await, before - Amount::cents(500));
}

/// Another card, without a payment.
async fn kept(provider: &Provider, browser: &mut Browser, words: &Words) {
    browser.go(&provider.path("payments")).await;
    assert_eq!(browser.count("#cards li").await, 1);
    browser.look("payments").await;
    browser.follow("#cards a.button").await;
    browser.element("#card-number iframe").await;
    browser.look("cards/new").await;
    enter(browser, "5555555555554444", "09/31", "456").await;
    browser.press(GO_ON).await;
    browser.until("location.pathname.endsWith('/payments')").await;
    assert!(browser.page_text().await.contains(words.kept));
    assert_eq!(browser.count("#cards li").await, 2);
}

/// The script is kept out: it is said, and the other ways are there.
async fn blocked(provider: &Provider, browser: &mut Browser, words: &Words) {
    provider.proxy.change(|faults| faults.no_script = true);
    for page in ["pay/card?amount=5.00&for=other", "cards/new"] {
        browser.go(&provider.path(page)).await;
        browser.until("!document.querySelector('[data-card-out]').hidden").await;
        browser.look("no script of Stripe's").await;
        let text = browser.page_text().await;
        assert!(text.contains(words.out) && text.contains(words.others) && text.contains(&provider.number), "{text}");
        assert!(!shown(browser, "[data-card-fields]").await && !shown(browser, "[data-card-wait]").await);
    }
}
