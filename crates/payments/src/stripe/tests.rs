//! The client against a listener that misbehaves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use kernel::{Amount, Currency, RefundId, World};

use super::wire::decline_of;
use super::*;
use crate::gateway::{Decline, RefundStatus, SetupStatus, Status};

/// What was asked: path, headers, body.
type Asked = Arc<Mutex<Vec<(String, HeaderMap, String)>>>;

#[derive(Clone)]
struct Script {
    answers: Arc<Mutex<Vec<(u16, String)>>>,
    asked: Asked,
}

async fn answer(State(script): State<Script>, uri: Uri, headers: HeaderMap, body: String) -> (StatusCode, String) {
    script.asked.lock().expect("alone").push((uri.to_string(), headers, body));
    let (status, text) = script.answers.lock().expect("alone").pop().unwrap_or((500, String::new()));
    if status == 599 {
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
    (StatusCode::from_u16(status).expect("a status"), text)
}

/// A gateway that gives these answers, one after the other.
async fn stripe(answers: &[(u16, &str)]) -> (Stripe, Asked) {
    let answers = answers.iter().rev().map(|(status, text)| (*status, (*text).to_owned())).collect();
    let script = Script { answers: Arc::new(Mutex::new(answers)), asked: Asked::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(answer).with_state(script.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (at(&format!("http://{address}")), script.asked)
}

fn settings(base_url: &str) -> StripeSettings {
    StripeSettings {
        base_url: base_url.to_owned(),
        secret_key: Zeroizing::new("sk_test_very_secret".to_owned()),
        webhook_secret: Some(Zeroizing::new("whsec_very_secret".to_owned())),
        timeout: Duration::from_millis(500),
    }
}

fn at(base_url: &str) -> Stripe {
    Stripe::new(settings(base_url), World::real()).expect("a client")
}

async fn read(status: u16, text: &str) -> Result<Intent, GatewayError> {
    stripe(&[(status, text)]).await.0.read_intent("pi_1").await
}

const PAID: &str = r#"{"id":"pi_1","object":"payment_intent","status":"succeeded","amount":2311,"currency":"cad",
    "metadata":{"guichet_payment":"01930000-0000-7000-8000-000000000001"},"latest_charge":"ch_1","next_action":null,
    "payment_method":{"id":"pm_1","customer":null,"card":{"brand":"visa","last4":"4242","exp_month":12,"exp_year":2030}},
    "last_payment_error":null}"#;

#[tokio::test]
async fn pay_1_a_gateway_that_is_slow_down_or_garbled_is_told_as_such() {
    assert_eq!(read(599, "").await, Err(GatewayError::TimedOut));
    assert_eq!(read(500, PAID).await, Err(GatewayError::Failed { status: 500 }));
    assert_eq!(read(503, "").await, Err(GatewayError::Failed { status: 503 }));
    for garbage in [
        "",
        "<html>",
        "null",
        "[]",
        "{}",
        r#"{"id":"pi_1"}"#,
        &PAID.replace("succeeded", "sent"),
        &PAID.replace("2311", "\"2311\""),
    ] {
        assert_eq!(read(200, garbage).await, Err(GatewayError::Garbled), "{garbage}");
    }
    let endless = format!("{}{}", " ".repeat(2 * 1024 * 1024), PAID);
    assert_eq!(read(200, &endless).await, Err(GatewayError::Garbled));
    assert_eq!(read(302, PAID).await, Err(GatewayError::Garbled));
    assert_eq!(read(401, "{}").await, Err(GatewayError::NotOurs));
    assert_eq!(read(429, "{}").await, Err(GatewayError::TooMany));
    assert_eq!(read(409, "{}").await, Err(GatewayError::TooMany));
    assert_eq!(read(400, "oh no").await, Err(GatewayError::Garbled));
    let nobody = at("http://127.0.0.1:1").read_intent("pi_1").await;
    assert_eq!(nobody, Err(GatewayError::Unreachable));
}

#[tokio::test]
async fn pay_1_what_stripe_says_is_understood() {
    let paid = read(200, PAID).await.expect("an intent");
    assert_eq!(
        (paid.status, paid.amount, paid.currency),
        (Status::Succeeded, Amount::cents(2311), Some(Currency::Cad))
    );
    assert_eq!(paid.payment.map(|id| id.to_string()).as_deref(), Some("01930000-0000-7000-8000-000000000001"));
    assert_eq!(paid.card.map(|card| (card.last4, card.exp_year)), Some(("4242".to_owned(), 2030)));
    let other = read(200, &PAID.replace("cad", "jpy").replace("0193", "x")).await.expect("an intent");
    assert_eq!((other.currency, other.payment), (None, None));

    let action =
        |kind: &str| PAID.replace("\"succeeded\"", "\"requires_action\"").replace("\"next_action\":null", kind);
    let to = |url: &str| {
        action(&format!(r#""next_action":{{"type":"redirect_to_url","redirect_to_url":{{"url":"{url}"}}}}"#))
    };
    let step = read(200, &to("https://hooks.stripe.example/3ds")).await.expect("an intent").status;
    assert_eq!(step, Status::RequiresAction { url: Some("https://hooks.stripe.example/3ds".to_owned()) });
    for nowhere in [to("javascript:alert(1)"), action(r#""next_action":{"type":"use_stripe_sdk"}"#)] {
        assert_eq!(read(200, &nowhere).await.expect("an intent").status, Status::RequiresAction { url: None });
    }

    let declined = PAID.replace("\"succeeded\"", "\"requires_payment_method\"").replace(
        "\"last_payment_error\":null",
        r#""last_payment_error":{"code":"card_declined","decline_code":"insufficient_funds","message":"Eve Roy has no money"}"#,
    );
    let body = format!(r#"{{"error":{{"code":"card_declined","payment_intent":{declined}}}}}"#);
    let (gateway, _) = stripe(&[(402, &body)]).await;
    let intent = gateway.confirm_intent("pi_1", "https://here.example").await.expect("declined is no error");
    assert_eq!((intent.status, intent.failure), (Status::RequiresMethod, Some(Decline::InsufficientFunds)));

    let refused = read(400, r#"{"error":{"code":"payment_intent_unexpected_state","message":"Eve Roy"}}"#).await;
    assert_eq!(refused, Err(GatewayError::Refused { code: "payment_intent_unexpected_state".to_owned() }));
    let missing = read(404, r#"{"error":{"type":"invalid_request_error"}}"#).await;
    assert_eq!(missing, Err(GatewayError::Refused { code: "resource_missing".to_owned() }));
    let odd = read(400, r#"{"error":{"code":"for Eve\nRoy"}}"#).await;
    assert_eq!(odd, Err(GatewayError::Refused { code: "forveoy".to_owned() }), "a code at most");

    let (gateway, _) = stripe(&[
        (404, r#"{"error":{}}"#),
        (200, r#"{"id":"seti_1","status":"requires_payment_method","last_setup_error":{"code":"expired_card"}}"#),
    ])
    .await;
    assert_eq!(gateway.read_method("pm_1").await, Ok(None));
    assert_eq!(
        gateway.read_setup("seti_1").await.map(|setup| setup.status),
        Ok(SetupStatus::Refused(Decline::Expired))
    );
}

#[tokio::test]
async fn pay_1_each_request_names_version_and_key_and_no_address_is_made_of_input() {
    let (gateway, asked) = stripe(&[(200, PAID), (200, PAID)]).await;
    let new = NewIntent {
        payment: "01930000-0000-7000-8000-000000000001".parse::<uuid::Uuid>().expect("an id").into(),
        amount: Amount::cents(2311),
        currency: Currency::Cad,
        customer: "cus_1".to_owned(),
        method: "pm_1&amount=1".to_owned(),
        keeps_card: true,
    };
    gateway.create_intent(&new).await.expect("made");
    gateway.confirm_intent("pi_1", "https://here.example/a?b=c").await.expect("confirmed");
    let asked = asked.lock().expect("alone").clone();
    let header = |n: usize, name: &str| {
        asked[n].1.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    assert_eq!(
        asked.iter().map(|(path, ..)| path.as_str()).collect::<Vec<_>>(),
        ["/v1/payment_intents", "/v1/payment_intents/pi_1/confirm"]
    );
    assert_eq!(header(0, "idempotency-key"), "01930000-0000-7000-8000-000000000001-intent");
    assert_eq!(
        (header(1, "idempotency-key"), header(1, "stripe-version")),
        ("pi_1-confirm".to_owned(), "2022-11-15".to_owned())
    );
    assert_eq!(header(0, "authorization"), "Bearer sk_test_very_secret");
    assert!(
        asked[0].2.contains("payment_method=pm_1%26amount%3D1&") && asked[0].2.starts_with("amount=2311&currency=cad&"),
        "{}",
        asked[0].2
    );
    assert!(asked[0].2.ends_with("&setup_future_usage=on_session"), "{}", asked[0].2);
    for id in ["", "../refunds", "pi_1/confirm", "pi_1?x", "é"] {
        let refused = gateway.read_intent(id).await;
        assert_eq!(refused, Err(GatewayError::Refused { code: "no_id".to_owned() }));
    }
}

#[tokio::test]
async fn pay_5_all_pages_of_refunds_are_read() {
    let page = |id: &str, more: bool| {
        format!(r#"{{"data":[{{"id":"{id}","amount":5,"status":"succeeded","metadata":{{}}}}],"has_more":{more}}}"#)
    };
    let (first, second) = (page("re_1", true), page("re_2", false));
    let (gateway, asked) = stripe(&[
        (200, PAID),
        (200, &first),
        (200, &second),
        (200, PAID),
        (200, r#"{"id":"re_3","amount":7,"status":"pending","metadata":null}"#),
    ])
    .await;
    let found = gateway.list_refunds("pi_1").await.expect("read");
    assert_eq!(
        found.iter().map(|refund| (refund.id.as_str(), refund.refund)).collect::<Vec<_>>(),
        [("re_1", None), ("re_2", None)]
    );
    assert!(asked.lock().expect("alone")[2].0.ends_with("?charge=ch_1&limit=100&starting_after=re_1"));
    let refund: RefundId = World::real().id();
    let made = gateway.refund(&NewRefund { refund, intent: "pi_1".to_owned(), amount: Amount::cents(7) }).await;
    assert_eq!(made.map(|made| (made.status, made.refund)), Ok((RefundStatus::Pending, None)));
}

#[test]
fn pay_1_a_lost_or_stolen_card_is_told_no_more_than_declined() {
    for code in [
        "lost_card",
        "stolen_card",
        "pickup_card",
        "fraudulent",
        "merchant_blacklist",
        "of_next_year",
        "",
        "card_declined",
    ] {
        assert_eq!(decline_of(code), Decline::Declined, "{code}");
    }
    assert_eq!(decline_of("incorrect_cvc"), Decline::WrongCode);
    assert_eq!(decline_of("incorrect_number"), Decline::WrongNumber);
    assert_eq!(decline_of("authentication_required"), Decline::AuthenticationFailed);
    assert_eq!(decline_of("try_again_later"), Decline::TryAgain);
    for decline in
        [Decline::InsufficientFunds, Decline::Expired, Decline::WrongCode, Decline::TryAgain, Decline::Declined]
    {
        assert_eq!(Decline::from_code(decline.code()), decline);
    }
}

#[test]
fn prv_1_secrets_are_never_shown_and_keys_say_their_mode() {
    let settings = settings(STRIPE);
    let shown = format!("{settings:?} {:?}", at(STRIPE));
    assert!(!shown.contains("secret") && shown.contains("stripe-test"), "{shown}");
    let name = |key: &str| {
        let settings = StripeSettings { secret_key: Zeroizing::new(key.to_owned()), ..super::tests::settings(STRIPE) };
        Stripe::new(settings, World::real()).map(|stripe| stripe.name().to_owned()).ok()
    };
    assert_eq!(name("rk_live_1").as_deref(), Some("stripe-live"));
    assert_eq!((name("sk_test_1").as_deref(), name("pk_live_1"), name("")), (Some("stripe-test"), None, None));
}

#[tokio::test]
async fn pay_1_what_is_no_id_is_no_card_and_stripe_is_not_asked() {
    let (stripe, asked) = stripe(&[]).await;
    for method in ["", "pm 1", "../customers", "pm_é"] {
        assert_eq!(stripe.read_method(method).await, Ok(None), "{method}");
    }
    assert!(asked.lock().expect("alone").is_empty());
}
