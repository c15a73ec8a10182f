//! PAY-1: Stripe's own messages to the site, good and bad. They only hurry what the follower would find.

use aws_lc_rs::hmac;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use guichet::Home;
use serde_json::Value;
use testkit::on_both;

use crate::pay_pages::{Payer, follow};
use crate::stripe::StandIn;
use crate::stripe_site::{WEBHOOK_SECRET, provider};
use crate::support::{count, doubts, execute, findings};
use crate::till::STEP;
use crate::visitor::{Answer, Visitor};

const JSON: Option<&str> = Some("application/json; charset=utf-8");

/// What Stripe writes about one of its things.
fn about(kind: &str, object: &str, id: &str) -> String {
    format!(
        r#"{{"id":"evt_1","type":"{kind}","data":{{"object":{{"id":"{id}","object":"{object}","status":"succeeded","amount":1}}}}}}"#
    )
}

/// `Stripe-Signature` over a body, by a secret, at a moment in seconds.
fn signature(secret: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", data_encoding::HEXLOWER.encode(tag.as_ref()))
}

fn now(home: &Home) -> i64 {
    home.world.now().timestamp().as_second()
}

/// Sends a message as Stripe does: without cookies, and as a program.
async fn send(visitor: &Visitor, signature: &str, kind: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut stripe = visitor.other();
    stripe.headers =
        vec![("stripe-signature", signature.to_owned()), ("accept", "*/*; q=0.5, application/xml".to_owned())];
    stripe.ask(Method::POST, "/hooks/stripe", body.into(), kind).await
}

async fn send_signed(visitor: &Visitor, home: &Home, body: &str) -> Answer {
    send(visitor, &signature(WEBHOOK_SECRET, now(home), body), JSON, body.to_owned()).await
}

fn assert_problem(answer: &Answer, status: StatusCode, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    let problem: Value = serde_json::from_slice(&answer.bytes).expect("JSON");
    assert_eq!(problem["status"], status.as_u16(), "{what}");
}

async fn entries(home: &Home) -> i64 {
    count(home, "ledger_entries WHERE kind = 'payment'").await
}

/// A payment whose bank was asked for a second step, and its intent; the customer has gone away.
async fn waiting(home: &Home, gateway: &StandIn, payer: &mut Payer, key: &str) -> String {
    payer.pay_by(key, "5.00", &gateway.method(STEP).await).await;
    let sql = "SELECT intent FROM payments WHERE state = 'requires-action' ORDER BY begun_at DESC LIMIT 1";
    db::scalar(home.db.reader(), sql, []).await.expect("read").expect("a payment that waits")
}

on_both! {
    async fn pay_1_a_message_of_stripe_hurries_what_the_follower_would_find(place: &TestPlace) {
        let gateway = StandIn::start();
        let home = provider(place, &gateway.url).await;
        let mut payer = Payer::of(&home).await;
        let intent = waiting(&home, &gateway, &mut payer, "one").await;
        let body = about("payment_intent.succeeded", "payment_intent", &intent);
        // Before the bank has the customer's consent: whatever it says, it is not believed.
        assert_eq!(send_signed(&payer.visitor, &home, &body).await.status, StatusCode::OK);
        assert_eq!(entries(&home).await, 0);
        gateway.authenticate(&intent).await;
        let answer = send_signed(&payer.visitor, &home, &body).await;
        assert_eq!((answer.status, answer.bytes.len(), entries(&home).await), (StatusCode::OK, 0, 1));
        // Sent again, and one of before that comes late.
        for (kind, object) in [("payment_intent.succeeded", "payment_intent"), ("payment_intent.requires_action", "payment_intent"), ("payment_intent.canceled", "payment_intent")] {
            let answer = send_signed(&payer.visitor, &home, &about(kind, object, &intent)).await;
            assert_eq!((answer.status, entries(&home).await), (StatusCode::OK, 1), "{kind}");
        }
        // What is not ours: another thing, another account's intent, one that nobody knows.
        for (object, id) in [("customer", "cus_1"), ("payment_intent", "pi_of_somebody_else"), ("setup_intent", "seti_1"), ("refund", "re_1"), ("payment_intent", "../../x")] {
            assert_eq!(send_signed(&payer.visitor, &home, &about("x", object, id)).await.status, StatusCode::OK, "{object}");
        }
        place.advance_seconds(60);
        follow(&home).await;
        assert_eq!((entries(&home).await, gateway.charges_in_all().await, count(&home, "payments").await), (1, 1, 1));
        assert_eq!((doubts(&home).await, findings(&home).await), (vec![], vec![]));
    }

    async fn pay_1_a_message_for_one_account_touches_no_other(place: &TestPlace) {
        let gateway = StandIn::start();
        let home = provider(place, &gateway.url).await;
        let mut payer = Payer::of(&home).await;
        let mut other = payer.other(&home).await;
        let mine = waiting(&home, &gateway, &mut payer, "one").await;
        place.advance_seconds(1);
        let theirs = waiting(&home, &gateway, &mut other, "one").await;
        assert_ne!(mine, theirs);
        gateway.authenticate(&theirs).await;
        // It names the other's payment in its metadata, which is not read.
        let body = about("payment_intent.succeeded", "payment_intent", &mine).replace("\"amount\":1", &format!("\"amount\":1,\"metadata\":{{\"guichet_payment\":\"{theirs}\"}}"));
        assert_eq!((send_signed(&payer.visitor, &home, &body).await.status, entries(&home).await), (StatusCode::OK, 0));
        let body = about("payment_intent.succeeded", "payment_intent", &theirs);
        assert_eq!((send_signed(&payer.visitor, &home, &body).await.status, entries(&home).await), (StatusCode::OK, 1));
        let sql = "SELECT a.external_id FROM ledger_entries e JOIN accounts a ON a.id = e.account_id WHERE e.kind = 'payment'";
        let paid: String = db::scalar(home.db.reader(), sql, []).await.expect("read").expect("an entry");
        assert_eq!(paid, "0002-BBBBB");
    }

    async fn pay_1_a_message_that_stripe_did_not_sign_just_now_is_refused(place: &TestPlace) {
        let gateway = StandIn::start();
        let home = provider(place, &gateway.url).await;
        let mut payer = Payer::of(&home).await;
        let intent = waiting(&home, &gateway, &mut payer, "one").await;
        gateway.authenticate(&intent).await;
        let body = about("payment_intent.succeeded", "payment_intent", &intent);
        let good = signature(WEBHOOK_SECRET, now(&home), &body);
        for (what, signature, body) in [
            ("none", "", body.as_str()),
            ("nonsense", "t=,v1=", &body),
            ("forged", &signature("whsec_of_another", now(&home), &body), &body),
            ("changed", &good, &body.replace("pi_", "pi_x")),
            ("cut off", &good, &body[..body.len() - 1]),
            ("of the future", &signature(WEBHOOK_SECRET, now(&home) + 301, &body), &body),
            ("no message", &signature(WEBHOOK_SECRET, now(&home), "{}"), "{}"),
            ("empty", &signature(WEBHOOK_SECRET, now(&home), ""), ""),
        ] {
            let answer = send(&payer.visitor, signature, JSON, body.to_owned()).await;
            assert_problem(&answer, StatusCode::BAD_REQUEST, what);
        }
        for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")] {
            assert_problem(&send(&payer.visitor, &good, kind, body.clone()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE, "another type");
        }
        let huge = format!("{body}{}", " ".repeat(256 * 1024));
        let signed = signature(WEBHOOK_SECRET, now(&home), &huge);
        assert_problem(&send(&payer.visitor, &signed, JSON, huge).await, StatusCode::PAYLOAD_TOO_LARGE, "huge");
        place.advance_seconds(301);
        assert_problem(&send(&payer.visitor, &good, JSON, body.clone()).await, StatusCode::BAD_REQUEST, "replayed late");
        assert_eq!(entries(&home).await, 0);
        // Larger than a form may be, and taken.
        let large = format!("{body}{}", " ".repeat(100 * 1024));
        assert_eq!((send_signed(&payer.visitor, &home, &large).await.status, entries(&home).await), (StatusCode::OK, 1));
        assert_eq!(payer.visitor.get("/hooks/stripe").await.status, StatusCode::METHOD_NOT_ALLOWED);
    }

    async fn pay_1_a_message_that_cannot_be_noted_is_asked_for_again(place: &TestPlace) {
        let gateway = StandIn::start();
        let home = provider(place, &gateway.url).await;
        let mut payer = Payer::of(&home).await;
        let intent = waiting(&home, &gateway, &mut payer, "one").await;
        let body = about("payment_intent.succeeded", "payment_intent", &intent);
        execute(&home, "ALTER TABLE payments RENAME TO payments_away").await.expect("renamed");
        assert_problem(&send_signed(&payer.visitor, &home, &body).await, StatusCode::SERVICE_UNAVAILABLE, "no table");
        execute(&home, "ALTER TABLE payments_away RENAME TO payments").await.expect("renamed");
        assert_eq!(send_signed(&payer.visitor, &home, &body).await.status, StatusCode::OK);
        drop(gateway);
        assert_problem(&send_signed(&payer.visitor, &home, &body).await, StatusCode::SERVICE_UNAVAILABLE, "the gateway is down");
    }

    async fn pay_1_without_a_secret_no_messages_are_taken(place: &TestPlace) {
        drop(provider(place, "http://127.0.0.1:1").await);
        let file = place.data().join("guichet.toml");
        let text = std::fs::read_to_string(&file).expect("a configuration");
        std::fs::write(&file, text.replace("webhook_secret_file = ", "# ")).expect("written");
        let home = place.open().await;
        let visitor = Visitor::of(&home);
        let body = about("payment_intent.succeeded", "payment_intent", "pi_1");
        for secret in ["", WEBHOOK_SECRET] {
            let answer = send(&visitor, &signature(secret, now(&home), &body), JSON, body.clone()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
    }
}
