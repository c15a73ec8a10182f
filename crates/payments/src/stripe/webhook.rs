//! Messages from Stripe: signed with a secret that we share (<https://docs.stripe.com/webhooks/signature>).

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::{SignedDuration, Timestamp};
use kernel::Moment;
use serde::Deserialize;

use crate::gateway::{Hint, WebhookError};

/// A message that was signed longer ago is one sent again by somebody else.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: String,
    object: String,
    payment_intent: Option<String>,
}

/// Checks a message's signature over its raw body, as the header `Stripe-Signature` has it: `t=…,v1=…`, perhaps with
/// several of the latter while the secret is being changed.
pub(super) fn check(secret: &str, body: &[u8], signature: &str, now: Moment) -> Result<Hint, WebhookError> {
    let parts = || signature.split(',').filter_map(|part| part.trim().split_once('='));
    let value = |name: &str| parts().find(|(found, _)| *found == name).map(|(_, value)| value);
    let signed_at = value("t").ok_or(WebhookError::Unsigned)?;
    let seconds: i64 = signed_at.parse().map_err(|_| WebhookError::Unsigned)?;
    let tags: Vec<Vec<u8>> = parts()
        .filter(|(name, _)| *name == "v1")
        .filter_map(|(_, value)| HEXLOWER_PERMISSIVE.decode(value.as_bytes()).ok())
        .collect();
    if tags.is_empty() {
        return Err(WebhookError::Unsigned);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signed = [signed_at.as_bytes(), b".", body].concat();
    // In constant time for each.
    if !tags.iter().any(|tag| hmac::verify(&key, &signed, tag).is_ok()) {
        return Err(WebhookError::Forged);
    }
    let at = Timestamp::from_second(seconds).map_err(|_| WebhookError::OutOfTime)?;
    if now.timestamp().duration_since(at).abs() > TOLERANCE {
        return Err(WebhookError::OutOfTime);
    }
    let Event { data: Data { object } } = serde_json::from_slice(body).map_err(|_| WebhookError::Garbled)?;
    Ok(match (object.object.as_str(), object.payment_intent) {
        ("payment_intent", _) => Hint::Intent(object.id),
        ("setup_intent", _) => Hint::Setup(object.id),
        ("refund", _) => Hint::Refund(object.id),
        ("charge", Some(intent)) => Hint::Intent(intent),
        _ => Hint::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_of_a_test";
    const BODY: &[u8] =
        br#"{"type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":1}}}"#;

    fn at(seconds: i64) -> Moment {
        Moment::new(Timestamp::from_second(seconds).expect("a moment"))
    }

    fn tag(secret: &str, seconds: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signed = [seconds.to_string().as_bytes(), b".", body].concat();
        data_encoding::HEXLOWER.encode(hmac::sign(&key, &signed).as_ref())
    }

    fn header(secret: &str, seconds: i64, body: &[u8]) -> String {
        format!(
            "t={seconds},v1={},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39",
            tag(secret, seconds, body)
        )
    }

    #[test]
    fn pay_1_a_signed_message_says_what_it_is_about() {
        let signed = |body: &[u8]| check(SECRET, body, &header(SECRET, 1_000_000, body), at(1_000_100));
        assert_eq!(signed(BODY), Ok(Hint::Intent("pi_1".to_owned())));
        let about = |object: &str| signed(format!(r#"{{"data":{{"object":{object}}}}}"#).as_bytes());
        assert_eq!(about(r#"{"id":"seti_1","object":"setup_intent"}"#), Ok(Hint::Setup("seti_1".to_owned())));
        assert_eq!(
            about(r#"{"id":"re_1","object":"refund","payment_intent":"pi_1"}"#),
            Ok(Hint::Refund("re_1".to_owned()))
        );
        assert_eq!(
            about(r#"{"id":"ch_1","object":"charge","payment_intent":"pi_1"}"#),
            Ok(Hint::Intent("pi_1".to_owned()))
        );
        assert_eq!(about(r#"{"id":"cus_1","object":"customer"}"#), Ok(Hint::Other));
        assert_eq!(signed(b"{}"), Err(WebhookError::Garbled));
        let both = format!("t=1000000,v1={},v1={}", tag("whsec_old", 1_000_000, BODY), tag(SECRET, 1_000_000, BODY));
        assert_eq!(check(SECRET, BODY, &both, at(1_000_000)), Ok(Hint::Intent("pi_1".to_owned())));
    }

    #[test]
    fn pay_1_a_forged_changed_or_old_message_is_refused() {
        let good = header(SECRET, 1_000_000, BODY);
        let now = at(1_000_300);
        assert!(check(SECRET, BODY, &good, now).is_ok());
        let refused = |body: &[u8], header: &str, now: Moment| check(SECRET, body, header, now).err();
        assert_eq!(refused(BODY, &header("whsec_other", 1_000_000, BODY), now), Some(WebhookError::Forged));
        assert_eq!(refused(&BODY[..BODY.len() - 1], &good, now), Some(WebhookError::Forged), "truncated");
        let changed = String::from_utf8_lossy(BODY).replace("pi_1", "pi_2");
        assert_eq!(refused(changed.as_bytes(), &good, now), Some(WebhookError::Forged));
        assert_eq!(refused(BODY, &good, at(1_000_301)), Some(WebhookError::OutOfTime), "replayed late");
        assert_eq!(refused(BODY, &good, at(999_699)), Some(WebhookError::OutOfTime), "of the future");
        let moved = good.replace("t=1000000", "t=1000200");
        assert_eq!(refused(BODY, &moved, now), Some(WebhookError::Forged), "its time is signed too");
        let half = &good[..good.len() / 3];
        assert!(matches!(refused(BODY, half, now), Some(WebhookError::Forged | WebhookError::Unsigned)));
        for none in ["", "t=1000000", "v1=00", "t=soon,v1=00", "t=1000000,v1=xyz", "t=1000000,v1=", "nonsense", "=,="] {
            assert!(matches!(refused(BODY, none, now), Some(WebhookError::Unsigned | WebhookError::Forged)), "{none}");
        }
    }
}
