//! PAY-1, PAY-5, BIL-6: the client of Stripe's API against a stand-in (`../gateway.py`), which ignores idempotency keys,
//! and without any message from it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kernel::{Amount, PaymentId, World};
use payments::{CardState, Decline, NewPayment, RefundState, State, Stripe, StripeSettings, WithCard};
use serde_json::Value;
use testkit::{TestPlace, on_both};
use zeroize::Zeroizing;

use crate::support::{doubts, findings, with_sample};
use crate::till::{APPROVES, Deadly, Death, Till, refund_wish, wish};

/// The environment variable with the Python that has the gateway's library.
const GATEWAY: &str = "GUICHET_TEST_GATEWAY";

/// A card that is declined when it is charged.
pub(crate) const DECLINED: &str = "4000000000000341";
pub(crate) const KEY: &str = "sk_test_of_a_test";

/// A gateway of the test's own.
pub(crate) struct StandIn {
    process: Child,
    pub(crate) url: String,
    http: reqwest::Client,
}

impl StandIn {
    pub(crate) fn start() -> Self {
        let python = std::env::var(GATEWAY)
            .expect("GUICHET_TEST_GATEWAY is not set: run ./test, which installs the tests' payment gateway");
        let script = TestPlace::repository().join("crates/guichet/tests/gateway.py");
        let mut command = Command::new(python);
        command.arg(script).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its port");
        let url = format!("http://127.0.0.1:{}", line.trim());
        Self { process, url, http: reqwest::Client::new() }
    }

    fn client(&self) -> Arc<Stripe> {
        let settings = StripeSettings {
            base_url: self.url.clone(),
            secret_key: Zeroizing::new(KEY.to_owned()),
            webhook_secret: None,
            timeout: Duration::from_secs(20),
        };
        Arc::new(Stripe::new(settings, World::real()).expect("a client"))
    }

    async fn till(&self, till: Till) -> Till {
        till.through(self.client()).await
    }

    /// What Stripe's fields in the browser do.
    pub(crate) async fn method(&self, number: &str) -> String {
        let card = [("type", "card"), ("card[number]", number), ("card[exp_month]", "12")];
        let form: Vec<_> = card.into_iter().chain([("card[exp_year]", "2030"), ("card[cvc]", "123")]).collect();
        let request = self.http.post(format!("{}/v1/payment_methods", self.url)).bearer_auth(KEY).form(&form);
        let made: Value = request.send().await.expect("answered").json().await.expect("JSON");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// The customer consents at their bank.
    pub(crate) async fn authenticate(&self, intent: &str) {
        let url = format!("{}/v1/payment_intents/{intent}/_authenticate", self.url);
        let secret =
            self.read(&format!("payment_intents/{intent}")).await["client_secret"].as_str().expect("one").to_owned();
        let form = [("success", "true"), ("client_secret", &secret)];
        let answer = self.http.post(url).bearer_auth(KEY).form(&form).send().await.expect("answered");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    pub(crate) async fn read(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}/v1/{path}", self.url)).bearer_auth(KEY);
        request.send().await.expect("answered").json().await.expect("JSON")
    }

    /// All of a kind of things there.
    pub(crate) async fn all(&self, kind: &str) -> Vec<Value> {
        let list = self.read(&format!("{kind}?limit=1000")).await;
        list["data"].as_array().expect("a list").clone()
    }

    /// How often it has charged for a payment.
    async fn charges(&self, id: PaymentId) -> usize {
        let of_payment = |intent: &&Value| intent["metadata"]["guichet_payment"] == id.to_string();
        let intents = self.all("payment_intents").await;
        intents.iter().filter(of_payment).filter(|intent| intent["status"] == "succeeded").count()
    }

    pub(crate) async fn charges_in_all(&self) -> usize {
        self.all("charges").await.iter().filter(|charge| charge["status"] == "succeeded").count()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn begin(till: &Till, key: &str, method: &str) -> payments::Payment {
    till.payments.begin(&till.pay, &wish(key, 500, method)).await.expect("begun")
}

on_both! {
    async fn pay_1_stripe_charges_a_card_or_declines_it(place: &TestPlace) {
        let gateway = StandIn::start();
        let till = gateway.till(Till::over(with_sample(place).await, "0001-AAAAA").await).await;
        let before = till.balance().await;
        let paid = till.advance(&begin(&till, "paid", &gateway.method(APPROVES).await).await).await;
        assert_eq!((paid.state, paid.gateway.as_str(), gateway.charges(paid.id).await), (State::Succeeded, "stripe-test", 1));
        assert_eq!(paid.card.map(|card| (card.brand, card.last4)), Some(("visa".to_owned(), "4242".to_owned())));
        let failed = till.advance(&begin(&till, "declined", &gateway.method(DECLINED).await).await).await;
        assert_eq!((failed.state, failed.failure, gateway.charges(failed.id).await), (State::Failed, Some(Decline::Declined), 0));
        let left = begin(&till, "left", &gateway.method(APPROVES).await).await;
        let none = till.advance(&begin(&till, "none", "pm_none").await).await;
        assert_eq!(none.state, State::Failed);
        till.follow_to_the_end(place).await;
        assert_eq!((till.find(left.id).await.state, gateway.charges(left.id).await), (State::Canceled, 0));
        assert_eq!((till.balance().await, till.entries("payment").await), (before - Amount::cents(500), 1));
        assert_eq!((gateway.charges_in_all().await, till.jobs().await.ready), (1, 0));
        assert_eq!((doubts(&till.home).await, findings(&till.home).await), (vec![], vec![]));
    }

    async fn pay_1_stripe_keeps_cards_and_forgets_them(place: &TestPlace) {
        let gateway = StandIn::start();
        let till = gateway.till(Till::over(with_sample(place).await, "0001-AAAAA").await).await;
        let added = till.payments.add_card(&till.manage, &gateway.method(APPROVES).await).await.expect("begun");
        assert_eq!(till.payments.advance_card(&till.manage, added.id).await.expect("kept").state, CardState::Kept);
        let method = gateway.method("5555555555554444").await;
        let kept = WithCard::Kept { manage: &till.manage, method: &method };
        let paid = till.payments.begin(&till.pay, &NewPayment { card: kept, ..wish("keep", 500, "") }).await.expect("begun");
        assert_eq!(till.advance(&paid).await.state, State::Succeeded);
        let cards = till.payments.cards(&till.manage).await.expect("read");
        assert_eq!((cards.len(), cards[0].id), (2, added.id));
        let saved = WithCard::Saved { manage: &till.manage, card: cards[1].id };
        let again = till.payments.begin(&till.pay, &NewPayment { card: saved, ..wish("again", 500, "") }).await.expect("begun");
        assert_eq!((till.advance(&again).await.state, gateway.charges(again.id).await), (State::Succeeded, 1));
        assert_eq!(gateway.all("customers").await.len(), 1);
        let customer = async || gateway.read(&format!("payment_methods/{method}")).await["customer"].clone();
        assert!(customer().await.is_string());
        till.payments.remove_card(&till.manage, cards[1].id).await.expect("removed");
        assert!(customer().await.is_null());
        let declined = till.payments.add_card(&till.manage, &gateway.method("4000000000000002").await).await.expect("begun");
        assert_eq!(till.payments.advance_card(&till.manage, declined.id).await.expect("asked").state, CardState::Refused);
    }

    async fn pay_1_stripe_killed_at_every_step_there_is_one_charge_and_one_entry_or_neither(place: &TestPlace) {
        let gateway = StandIn::start();
        let mut till = gateway.till(Till::over(with_sample(place).await, "0001-AAAAA").await).await;
        let mut deaths = 0;
        for number in [APPROVES, DECLINED] {
            for after in [false, true] {
                for call in 0.. {
                    let (before, entries) = (till.balance().await, till.entries("payment").await);
                    let key = format!("{number} {after} {call}");
                    let deadly = Deadly::new(gateway.client(), Death { call, after });
                    let dying = till.through(deadly.clone()).await;
                    let payment = begin(&till, &key, &gateway.method(number).await).await;
                    let (id, pay) = (payment.id, till.pay.clone());
                    let has_died = deadly.run(async move {
                        dying.payments.advance(&pay, id).await.expect("advanced");
                    }).await;
                    till = gateway.till(Till::open(place, "0001-AAAAA").await).await;
                    if call % 2 == 0 {
                        till.advance(&payment).await;
                    }
                    till.follow_to_the_end(place).await;
                    let ended = till.find(id).await;
                    let charged = gateway.charges(id).await as i64;
                    assert!(ended.state.is_final(), "{key}: {ended:?}");
                    assert_eq!((charged, till.entries("payment").await), (i64::from(ended.state == State::Succeeded), entries + charged), "{key}: {ended:?}");
                    assert_eq!(till.balance().await, before - Amount::cents(500 * charged), "{key}");
                    if !has_died {
                        break;
                    }
                    deaths += 1;
                }
            }
        }
        assert!(deaths >= 12, "{deaths}");
        assert_eq!(gateway.charges_in_all().await as i64, till.entries("payment").await);
        assert_eq!(till.jobs().await, db::jobs::Left::default());
        assert_eq!((doubts(&till.home).await, findings(&till.home).await), (vec![], vec![]));
    }

    async fn pay_5_stripe_killed_at_every_step_of_a_refund_gives_back_once(place: &TestPlace) {
        let gateway = StandIn::start();
        let mut till = gateway.till(Till::over(with_sample(place).await, "0001-AAAAA").await).await;
        let mut refunds = 0;
        for after in [false, true] {
            for call in 0.. {
                let key = format!("{after} {call}");
                let payment = till.advance(&begin(&till, &key, &gateway.method(APPROVES).await).await).await;
                let refund = till.payments.refund(&till.staff, &refund_wish("part", payment.id, 200)).await.expect("begun");
                let deadly = Deadly::new(gateway.client(), Death { call, after });
                let dying = till.through(deadly.clone()).await;
                let has_died = deadly.run(async move {
                    dying.payments.advance_refund(refund.id).await.expect("sent");
                }).await;
                till = gateway.till(Till::open(place, "0001-AAAAA").await).await;
                till.payments.advance_refund(refund.id).await.expect("asked");
                till.follow_to_the_end(place).await;
                refunds += 1;
                let found = till.payments.refunds(&till.pay, Some(payment.id), 10).await.expect("read");
                assert_eq!(found.iter().map(|refund| refund.state).collect::<Vec<_>>(), [RefundState::Succeeded], "{key}");
                assert_eq!((gateway.all("refunds").await.len(), till.entries("refund").await), (refunds, refunds as i64), "{key}");
                if !has_died {
                    break;
                }
            }
        }
        assert!(refunds >= 4, "{refunds}");
        assert_eq!((doubts(&till.home).await, findings(&till.home).await), (vec![], vec![]));
    }
}
