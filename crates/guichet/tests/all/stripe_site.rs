//! PAY-1: a site whose customers pay through Stripe, as its configuration says; the gateway is a stand-in of the test's own.

use axum::http::StatusCode;
use guichet::Home;
use kernel::Amount;
use testkit::{TestPlace, on_both};

use crate::cli::{done, refused};
use crate::pay_pages::{Payer, balance, follow, letters};
use crate::stripe::{DECLINED, KEY, StandIn};
use crate::support::{count, doubts, findings, run, with_sample};
use crate::till::APPROVES;

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

impl Payer {
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

    async fn ops_1_guichet_check_names_what_is_wrong_with_the_gateways_secrets(place: &TestPlace) {
        configure(place, "http://127.0.0.1:1").await;
        done(place, &["check"]);
        let file = place.data().join("guichet.toml");
        let text = std::fs::read_to_string(&file).expect("a configuration");
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
