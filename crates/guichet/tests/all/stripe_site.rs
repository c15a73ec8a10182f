//! PAY-1: a site whose customers pay through Stripe, as its configuration says; the gateway is a stand-in of the test's own.

use axum::http::StatusCode;
use guichet::Home;
use kernel::Amount;
use testkit::{TestPlace, on_both};

use crate::cli::{done, refused};
use crate::pay_pages::{Payer, balance, demonstration, follow, letters};
use crate::stripe::{DECLINED, KEY, StandIn};
use crate::stripe_proxy::{BANK, Proxy};
use crate::support::{count, doubts, execute, findings, run, with_sample};
use crate::till::{APPROVES, STEP};
use crate::visitor::PASSWORD;

pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_a_test";
pub(crate) const PUBLISHABLE: &str = "pk_test_of_a_test";

/// Writes the configuration of a provider with Stripe, and its secrets beside it.
pub(crate) async fn configure(place: &TestPlace, api_url: &str) {
    drop(place.open().await);
    let file = place.data().join("guichet.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let (key, webhook) = (place.file("stripe-key", KEY), place.file("stripe-webhook", WEBHOOK_SECRET));
    let section = format!(
        "gateway = \"stripe\"\npublishable_key = \"{PUBLISHABLE}\"\nsecret_key_file = \"{}\"\nwebhook_secret_file = \"{}\"\napi_url = \"{api_url}\"",
        key.display(),
        webhook.display(),
    );
    std::fs::write(&file, text.replace("gateway = \"none\"", &section)).expect("written");
}

/// A provider with Stripe, and December billed.
pub(crate) async fn provider(place: &TestPlace, api_url: &str) -> Home {
    configure(place, api_url).await;
    let home = with_sample(place).await;
    run(&home, "2026-12").await;
    home
}

/// What the last page before a payment sends, with a card that Stripe's fields made a payment method of.
pub(crate) fn wish<'a>(key: &'a str, amount: &'a str, method: &'a str) -> [(&'a str, &'a str); 5] {
    [("key", key), ("amount", amount), ("for", "other"), ("more", "yes"), ("method", method)]
}

/// The content policy of every other page.
const STRICT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

impl Payer {
    /// Posts a card to be kept; where that leads.
    async fn keep(&mut self, method: &str) -> String {
        let path = format!("/accounts/{}/cards/new", self.number);
        let answer = self.visitor.post(&path, &[("method", method)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        answer.location()
    }

    /// The other account's holder, signed in anew.
    async fn other_again(&self, number: &str) -> Self {
        let mut visitor = self.visitor.other();
        assert_eq!(visitor.sign_in("adam.roy.2", PASSWORD).await.status, StatusCode::SEE_OTHER);
        Self { visitor, number: number.to_owned() }
    }

    /// Presses the last button; the payment's page.
    pub(crate) async fn pay_by(&mut self, key: &str, amount: &str, method: &str) -> String {
        let path = format!("/accounts/{}/pay/check", self.number);
        let answer = self.visitor.post(&path, &wish(key, amount, method)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        answer.location()
    }
}

on_both! {
    async fn pay_1_a_provider_with_stripe_is_paid_by_card(place: &TestPlace) {
        let gateway = StandIn::start();
        let home = provider(place, &gateway.url).await;
        let mut payer = Payer::of(&home).await;
        let card_page = payer.see("pay/card?amount=5.00&for=other").await;
        assert!(card_page.status == StatusCode::OK && !card_page.has("/demo/gateway"), "{}", card_page.text());
        assert_eq!(payer.visitor.get("/demo/outbox").await.status, StatusCode::NOT_FOUND);
        let method = gateway.method(APPROVES).await;
        let check = payer.see(&format!("pay/check?amount=5.00&for=other&method={method}")).await;
        assert!(check.has("Visa ending in 4242") && check.has("$5.00"), "{}", check.text());
        let page = payer.pay_by("one", "5.00", &method).await;
        let receipt = payer.visitor.get(&page).await;
        assert!(receipt.has("your payment was received") && !receipt.has("Simulated"), "{}", receipt.text());
        assert_eq!(payer.pay_by("one", "5.00", &method).await, page, "once more is the same");
        let declined = payer.pay_by("two", "5.00", &gateway.method(DECLINED).await).await;
        assert!(payer.visitor.get(&declined).await.has("Your card was not accepted"));
        place.advance_seconds(16);
        follow(&home).await;
        assert_eq!((gateway.charges_in_all().await, count(&home, "ledger_entries WHERE kind = 'payment'").await), (1, 1));
        assert_eq!((balance(&home).await, letters(&home, "Receipt").await.len()), (Amount::cents(1811), 1));
        // Given back by command, which finds the same gateway.
        let id = page.rsplit('/').next().expect("an id").to_owned();
        done(place, &["payments", "refund", &id, "2.00", "--reason", "Agreed by telephone"]);
        assert_eq!((balance(&home).await, gateway.all("refunds").await.len()), (Amount::cents(2011), 1));
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn pay_1_a_second_step_is_taken_at_the_bank_that_stripe_names(place: &TestPlace) {
        let proxy = Proxy::start().await;
        let home = provider(place, &proxy.url).await;
        let mut payer = Payer::of(&home).await;
        let page = payer.pay_by("one", "5.00", &proxy.gateway.method(STEP).await).await;
        let (path, step) = page.split_once('?').expect("a query");
        assert_eq!(step, "step=go");
        let waits = payer.visitor.get(&page).await;
        assert_eq!((waits.header("refresh"), waits.has(BANK)), (format!("0; url={BANK}"), true), "{}", waits.text());
        assert!(payer.visitor.get(path).await.header("refresh").is_empty(), "nobody is sent there twice");
        let sql = "SELECT intent FROM payments WHERE state = 'requires-action'";
        let intent: String = db::scalar(home.db.reader(), sql, []).await.expect("read").expect("one that waits");
        proxy.gateway.authenticate(&intent).await;
        // As Stripe sends back.
        let back = payer.visitor.get(&format!("{path}?payment_intent={intent}&payment_intent_client_secret=x&source_type=card")).await;
        assert!(back.has("your payment was received"), "{}", back.text());
        assert_eq!((proxy.gateway.charges_in_all().await, count(&home, "ledger_entries WHERE kind = 'payment'").await), (1, 1));
    }

    async fn pay_1_a_card_is_kept_without_a_payment_or_refused(place: &TestPlace) {
        let gateway = StandIn::start();
        let home = provider(place, &gateway.url).await;
        let mut payer = Payer::of(&home).await;
        assert_eq!(payer.see("cards/new").await.status, StatusCode::NOT_FOUND, "the claim is not confirmed");
        assert!(!payer.see("payments").await.has("cards/new"));
        let mut other = payer.other(&home).await;
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        assert!(payer.see("payments").await.has("cards/new"));
        let method = gateway.method(APPROVES).await;
        let kept = payer.keep(&method).await;
        assert_eq!(kept, format!("/accounts/{}/payments?done=kept", payer.number));
        let list = payer.visitor.get(&kept).await;
        assert!(list.has("The card was saved.") && list.has("Visa ending in 4242"), "{}", list.text());
        assert_eq!(payer.keep(&method).await, kept, "a double click");
        // Neither another's, nor what is none.
        for wrong in [method.as_str(), "", "../x", "pm_1&x=1"] {
            assert_eq!(other.keep(wrong).await, format!("/accounts/{}/cards/new", other.number), "{wrong}");
        }
        let id: uuid::Uuid = db::scalar(home.db.reader(), "SELECT id FROM payment_cards", []).await.expect("read").expect("a card");
        assert_eq!(other.see(&format!("cards/{id}")).await.status, StatusCode::NOT_FOUND);
        for _ in 0..10 {
            let refused = other.keep(&gateway.method("4000000000000002").await).await;
            assert_eq!(refused, format!("/accounts/{}/cards/new?refused=declined", other.number));
        }
        let page = other.see("cards/new?refused=declined").await;
        assert!(page.has("The card was not saved: your bank declined without telling us why."), "{}", page.text());
        assert!(!other.see("cards/new?refused=%3Cb%3E").await.has("<b>"));
        let path = format!("/accounts/{}/cards/new", other.number);
        let method = gateway.method(APPROVES).await;
        let stopped = other.visitor.post(&path, &[("method", &method)]).await;
        assert_eq!((stopped.status, stopped.header("retry-after").as_str()), (StatusCode::TOO_MANY_REQUESTS, "3600"), "stolen cards are not tried out here");
        place.advance_seconds(3601);
        let mut other = payer.other_again(&other.number).await;
        assert_eq!(other.keep(&method).await, format!("/accounts/{}/payments?done=kept", other.number));
        assert_eq!((count(&home, "payment_cards WHERE state = 'kept'").await, gateway.charges_in_all().await), (2, 0));
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn pay_1_a_card_is_kept_after_its_second_step(place: &TestPlace) {
        let home = demonstration(place).await;
        let mut payer = Payer::of(&home).await;
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        for (answer, leads, said) in [("refuse", "cards/new?refused=authentication-failed", "the confirmation at your bank was not given"), ("approve", "payments?done=kept", "Visa ending in 3155")] {
            let page = payer.see("cards/new").await;
            assert!(page.has("Simulated gateway") && page.header("content-security-policy") == STRICT, "{}", page.text());
            let back = format!("/accounts/{}/cards/new", payer.number);
            let form = [("return_to", back.as_str()), ("number", STEP), ("exp_month", "12"), ("exp_year", "2030"), ("code", "123")];
            let entered = payer.visitor.post("/demo/gateway/cards", &form).await.location();
            assert!(payer.visitor.get(&entered).await.has("You are about to save: Visa ending in 3155."));
            let method = entered.split_once("method=").expect("a method").1.to_owned();
            let waits = payer.keep(&method).await;
            let page = payer.visitor.get(&waits).await;
            let bank = page.header("refresh").replace("0; url=", "").replace("http://guichet.test", "");
            assert!(page.has("Your bank asks you to confirm") && bank.starts_with("/demo/gateway/"), "{bank} {}", page.text());
            let card = waits.split('?').next().expect("a path").to_owned();
            assert!(payer.visitor.get(&card).await.header("refresh").is_empty(), "nobody is sent there twice");
            let back = payer.visitor.post(&bank, &[("answer", answer)]).await.location();
            let over = payer.visitor.get(&back).await.location();
            assert_eq!(over, format!("/accounts/{}/{leads}", payer.number));
            assert!(payer.visitor.get(&over).await.has(said));
        }
        assert_eq!(count(&home, "payment_cards WHERE state = 'kept'").await, 1);
    }

    async fn prv_1_the_pages_with_stripes_fields_alone_let_stripe_in(place: &TestPlace) {
        // Nothing is asked of Stripe for a page with its fields.
        let home = provider(place, "https://api.stripe.com").await;
        let mut payer = Payer::of(&home).await;
        execute(&home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
        let open = "default-src 'none'; style-src 'self'; script-src 'self' https://js.stripe.com https://*.js.stripe.com; img-src 'self'; connect-src 'self' https://api.stripe.com; frame-src 'self' https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
        for page in ["pay/card?amount=5.00&for=other", "cards/new"] {
            let answer = payer.see(page).await;
            assert_eq!((answer.status, answer.header("content-security-policy").as_str()), (StatusCode::OK, open), "{page}");
            for text in ["data-script=\"https://js.stripe.com/v3/\"", "data-key=\"pk_test_of_a_test\"", "<noscript>", "Other ways to pay", &payer.number] {
                assert!(answer.has(text), "{text} is not on {}", answer.text());
            }
            assert!(!answer.has(KEY) && !answer.has(WEBHOOK_SECRET), "no secret is on a page");
        }
        for page in ["overview", "bills", "services", "pay", "pay/card?amount=x", "payments", "payments/x", "cards/x", "pay/check?amount=5.00&for=due"] {
            let answer = payer.see(page).await;
            assert_eq!(answer.header("content-security-policy"), STRICT, "{page}");
            assert!(!answer.has("js.stripe.com"), "{page}");
        }
        for path in ["/", "/sign-in", "/profile/details", "/support/contact", "/nowhere", "/hooks/stripe"] {
            assert_eq!(payer.visitor.get(path).await.header("content-security-policy"), STRICT, "{path}");
        }
    }

    async fn ops_1_guichet_check_names_what_is_wrong_with_the_gateways_secrets(place: &TestPlace) {
        configure(place, "http://127.0.0.1:1").await;
        done(place, &["check"]);
        let file = place.data().join("guichet.toml");
        // A port of its own: another test may be listening at the usual one.
        let text = std::fs::read_to_string(&file).expect("a configuration").replace("127.0.0.1:8080", "127.0.0.1:0");
        std::fs::write(&file, &text).expect("written");
        let line = |beginning: &str| text.lines().position(|line| line.starts_with(beginning)).expect("a line") + 1;
        place.file("stripe-key", "sk_live_very_secret");
        for command in ["check", "serve"] {
            let reason = refused(place, 1, &[command]);
            let expected = format!("guichet.toml, line {}: the secret key and publishable_key are of different modes", line("secret_key_file"));
            assert!(reason.contains(&expected) && !reason.contains("very_secret"), "{reason}");
        }
        place.file("stripe-key", KEY);
        std::fs::remove_file(place.folder().join("stripe-webhook")).expect("removed");
        let reason = refused(place, 1, &["check"]);
        assert!(reason.contains(&format!("line {}: ", line("webhook_secret_file"))) && reason.contains("No such file"), "{reason}");
        std::fs::write(&file, text.replace(&format!("\"{PUBLISHABLE}\""), "\"sk_live_very_secret\"")).expect("written");
        let reason = refused(place, 1, &["check"]);
        let expected = format!("line {}: publishable_key is none of Stripe's", line("publishable_key"));
        assert!(reason.contains(&expected) && !reason.contains("very_secret"), "{reason}");
    }
}
