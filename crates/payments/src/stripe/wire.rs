//! The shapes of Stripe's answers, as far as they are read, and what they mean.

use kernel::{Amount, Currency, PaymentId, RefundId};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::gateway::{
    CardFacts, Decline, GatewayError, GatewayRefund, Intent, RefundStatus, Setup, SetupStatus, Status,
};

#[derive(Deserialize)]
pub(super) struct Created {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

/// A thing by its id, or the whole of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Ref<T> {
    Id(String),
    Whole(T),
}

#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ErrorInfo,
}

#[derive(Default, Deserialize)]
pub(super) struct ErrorInfo {
    pub(super) code: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) payment_intent: Option<Value>,
    pub(super) setup_intent: Option<Value>,
}

/// Why the last attempt failed.
#[derive(Deserialize)]
struct LastError {
    code: Option<String>,
    decline_code: Option<String>,
    payment_method: Option<MethodBody>,
}

impl LastError {
    fn decline(&self) -> Decline {
        let code = self.decline_code.as_deref().or(self.code.as_deref());
        decline_of(code.unwrap_or_default())
    }
}

/// What a code means (<https://docs.stripe.com/declines/codes>). Whatever is not listed is told as declined, and so are
/// cards that were lost, stolen or are watched: whoever holds one is not to learn of it.
pub(super) fn decline_of(code: &str) -> Decline {
    match code {
        "insufficient_funds" => Decline::InsufficientFunds,
        "expired_card" | "invalid_expiry_month" | "invalid_expiry_year" => Decline::Expired,
        "incorrect_number" | "invalid_number" => Decline::WrongNumber,
        "incorrect_cvc" | "invalid_cvc" => Decline::WrongCode,
        "authentication_required" | "payment_intent_authentication_failure" | "setup_intent_authentication_failure" => {
            Decline::AuthenticationFailed
        }
        "processing_error" | "issuer_not_available" | "try_again_later" | "reenter_transaction" | "approve_with_id" => {
            Decline::TryAgain
        }
        _ => Decline::Declined,
    }
}

#[derive(Deserialize)]
struct NextAction {
    redirect_to_url: Option<Redirect>,
}

#[derive(Deserialize)]
struct Redirect {
    url: Option<String>,
}

/// Only what is reached over HTTPS is somewhere to send a customer.
fn step_url(action: Option<NextAction>) -> Option<String> {
    action?.redirect_to_url?.url.filter(|url| url.starts_with("https://"))
}

#[derive(Default, Deserialize)]
struct Metadata {
    guichet_payment: Option<String>,
    guichet_refund: Option<String>,
}

fn id_of<T: From<Uuid>>(text: Option<String>) -> Option<T> {
    text?.parse::<Uuid>().ok().map(T::from)
}

#[derive(Deserialize)]
pub(super) struct IntentBody {
    id: String,
    status: String,
    amount: i64,
    currency: String,
    metadata: Option<Metadata>,
    payment_method: Option<Ref<MethodBody>>,
    latest_charge: Option<Ref<Created>>,
    last_payment_error: Option<LastError>,
    next_action: Option<NextAction>,
}

impl IntentBody {
    pub(super) fn intent(self) -> Result<Intent, GatewayError> {
        let status = match self.status.as_str() {
            "requires_payment_method" => Status::RequiresMethod,
            "requires_confirmation" => Status::RequiresConfirmation,
            "requires_action" => Status::RequiresAction { url: step_url(self.next_action) },
            "processing" => Status::Processing,
            "succeeded" => Status::Succeeded,
            "canceled" => Status::Canceled,
            // One that captures by hand is none of ours.
            _ => return Err(GatewayError::Garbled),
        };
        let failure = self.last_payment_error.as_ref().map(LastError::decline);
        let tried = self.last_payment_error.and_then(|error| error.payment_method);
        let method = match self.payment_method {
            Some(Ref::Whole(method)) => Some(method),
            _ => tried,
        };
        Ok(Intent {
            id: self.id,
            status,
            amount: Amount::cents(self.amount),
            currency: Currency::from_code(&self.currency.to_uppercase()),
            payment: id_of::<PaymentId>(self.metadata.unwrap_or_default().guichet_payment),
            card: method.and_then(|method| method.facts()),
            failure,
        })
    }

    /// The id of what was charged.
    pub(super) fn charge(self) -> Option<String> {
        self.latest_charge.map(|charge| match charge {
            Ref::Id(id) => id,
            Ref::Whole(charge) => charge.id,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct MethodBody {
    customer: Option<Ref<Created>>,
    card: Option<CardBody>,
}

#[derive(Deserialize)]
struct CardBody {
    brand: String,
    last4: String,
    exp_month: i16,
    exp_year: i16,
    fingerprint: Option<String>,
}

impl MethodBody {
    pub(super) fn has_customer(&self) -> bool {
        self.customer.is_some()
    }

    pub(super) fn facts(self) -> Option<CardFacts> {
        let CardBody { brand, last4, exp_month, exp_year, fingerprint } = self.card?;
        Some(CardFacts { brand, last4, exp_month, exp_year, fingerprint })
    }
}

#[derive(Deserialize)]
pub(super) struct SetupBody {
    id: String,
    status: String,
    next_action: Option<NextAction>,
    last_setup_error: Option<LastError>,
}

impl SetupBody {
    pub(super) fn setup(self) -> Result<Setup, GatewayError> {
        let status = match self.status.as_str() {
            "succeeded" => SetupStatus::Kept,
            "requires_action" => SetupStatus::RequiresAction { url: step_url(self.next_action) },
            "processing" | "requires_confirmation" => SetupStatus::Processing,
            "requires_payment_method" => {
                SetupStatus::Refused(self.last_setup_error.as_ref().map_or(Decline::Declined, LastError::decline))
            }
            "canceled" => SetupStatus::Refused(Decline::AuthenticationFailed),
            _ => return Err(GatewayError::Garbled),
        };
        Ok(Setup { id: self.id, status })
    }
}

#[derive(Deserialize)]
pub(super) struct RefundBody {
    id: String,
    amount: i64,
    status: Option<String>,
    metadata: Option<Metadata>,
}

impl RefundBody {
    pub(super) fn refund(self) -> Result<GatewayRefund, GatewayError> {
        let status = match self.status.as_deref() {
            Some("succeeded") => RefundStatus::Succeeded,
            Some("pending" | "requires_action") => RefundStatus::Pending,
            Some("failed" | "canceled") => RefundStatus::Failed,
            _ => return Err(GatewayError::Garbled),
        };
        let refund = id_of::<RefundId>(self.metadata.unwrap_or_default().guichet_refund);
        Ok(GatewayRefund { id: self.id, amount: Amount::cents(self.amount), refund, status })
    }
}
