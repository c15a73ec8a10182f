//! What Guichet asks of a payment gateway (PAY-1). A card's number never comes here: the browser gives it to the
//! gateway, which makes a *payment method* of it, and hands us that one's id alone.
//!
//! A payment at the gateway is an *intent*. It is created unconfirmed, which charges nothing, so that its id can be kept
//! before anything is charged; confirming it charges the card. Idempotency keys go along, but nothing rests on them: a
//! gateway may ignore them.

use std::time::Duration;

use futures::future::BoxFuture;
use kernel::{AccountId, Amount, CardId, Currency, Moment, PaymentId, RefundId};

/// What a gateway answers, in time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, GatewayError>>;

/// A payment gateway. Its own money-moving calls are [`Self::confirm_intent`] and [`Self::refund`] alone.
pub trait Gateway: Send + Sync {
    /// Kind and mode, as `stripe-live`: noted beside each payment, so that no other gateway is ever asked about it.
    fn name(&self) -> &str;

    /// The longest that an answer takes.
    fn timeout(&self) -> Duration;

    /// Makes a customer there, to keep cards under, and gives its id.
    fn create_customer(&self, account: AccountId) -> Answer<'_, String>;

    /// Makes an intent that charges nothing yet.
    fn create_intent<'a>(&'a self, new: &'a NewIntent) -> Answer<'a, Intent>;

    /// Charges, unless it is none that waits for it. A declined card is no error: the intent says so.
    fn confirm_intent<'a>(&'a self, intent: &'a str, return_url: &'a str) -> Answer<'a, Intent>;

    fn read_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent>;

    /// Ends an intent that charged nothing; refused for one that did.
    fn cancel_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent>;

    /// Begins to keep a card under a customer, without a payment.
    fn create_setup<'a>(&'a self, new: &'a NewSetup) -> Answer<'a, Setup>;

    fn read_setup<'a>(&'a self, setup: &'a str) -> Answer<'a, Setup>;

    /// What may be shown of a payment method; none when there is none of that id.
    fn read_method<'a>(&'a self, method: &'a str) -> Answer<'a, Option<CardFacts>>;

    /// Takes a card from its customer. One that is there no more is no error.
    fn detach_method<'a>(&'a self, method: &'a str) -> Answer<'a, ()>;

    /// Gives money back.
    fn refund<'a>(&'a self, new: &'a NewRefund) -> Answer<'a, GatewayRefund>;

    /// All refunds of an intent, whoever made them.
    fn list_refunds<'a>(&'a self, intent: &'a str) -> Answer<'a, Vec<GatewayRefund>>;

    /// Which of its things a message from the gateway is about. That is all that is taken from it: how the thing stands
    /// is then asked ([`crate::Payments::hear`]).
    ///
    /// # Errors
    /// When the message is not the gateway's, or is an old one sent again.
    fn check_webhook(&self, body: &[u8], signature: &str, now: Moment) -> Result<Hint, WebhookError>;
}

/// A payment to be made.
#[derive(Clone, Debug)]
pub struct NewIntent {
    /// Ours; goes along as metadata and as idempotency key.
    pub payment: PaymentId,
    /// More than nothing.
    pub amount: Amount,
    pub currency: Currency,
    /// The gateway's customer.
    pub customer: String,
    /// The gateway's payment method.
    pub method: String,
    /// The customer wishes the card to be kept.
    pub keeps_card: bool,
}

/// A card to be kept.
#[derive(Clone, Debug)]
pub struct NewSetup {
    /// Ours; goes along as metadata and as idempotency key.
    pub card: CardId,
    pub customer: String,
    pub method: String,
    pub return_url: String,
}

/// Money to be given back.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// Ours; goes along as metadata and as idempotency key.
    pub refund: RefundId,
    pub intent: String,
    pub amount: Amount,
}

/// An intent as the gateway has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: String,
    pub status: Status,
    pub amount: Amount,
    /// None for a currency that is none of ours.
    pub currency: Option<Currency>,
    /// Ours, as its metadata says.
    pub payment: Option<PaymentId>,
    pub card: Option<CardFacts>,
    /// Why the card was not charged the last time.
    pub failure: Option<Decline>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The card was declined; it would take another one.
    RequiresMethod,
    /// Nothing was charged so far.
    RequiresConfirmation,
    /// The customer has to do something there, as a second step at their bank; none when it cannot be done by going
    /// somewhere.
    RequiresAction {
        url: Option<String>,
    },
    Processing,
    /// Charged.
    Succeeded,
    Canceled,
}

/// How the keeping of a card stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    pub id: String,
    pub status: SetupStatus,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupStatus {
    Kept,
    RequiresAction { url: Option<String> },
    Processing,
    Refused(Decline),
}

/// What may be shown of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFacts {
    /// As `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// 1 to 12.
    pub exp_month: i16,
    /// With the century.
    pub exp_year: i16,
    /// The same whenever the same number is entered; none where the gateway does not say. Not for people to see.
    pub fingerprint: Option<String>,
}

/// A refund as the gateway has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRefund {
    pub id: String,
    pub amount: Amount,
    /// Ours, as its metadata says.
    pub refund: Option<RefundId>,
    pub status: RefundStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

/// Why a card was not charged, as far as its holder may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    InsufficientFunds,
    Expired,
    WrongNumber,
    WrongCode,
    /// The second step was refused or given up.
    AuthenticationFailed,
    /// The bank's own trouble: the same may succeed later.
    TryAgain,
    /// Whatever else. Cards that were lost or stolen are told no more than this.
    Declined,
}

impl Decline {
    pub const fn code(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "insufficient-funds",
            Self::Expired => "expired",
            Self::WrongNumber => "wrong-number",
            Self::WrongCode => "wrong-code",
            Self::AuthenticationFailed => "authentication-failed",
            Self::TryAgain => "try-again",
            Self::Declined => "declined",
        }
    }

    /// One that a newer version wrote is told as declined.
    pub fn from_code(code: &str) -> Self {
        let all = [
            Self::InsufficientFunds,
            Self::Expired,
            Self::WrongNumber,
            Self::WrongCode,
            Self::AuthenticationFailed,
            Self::TryAgain,
        ];
        all.into_iter().find(|decline| decline.code() == code).unwrap_or(Self::Declined)
    }
}

/// What a message from the gateway is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    Intent(String),
    Setup(String),
    Refund(String),
    /// Nothing that we follow.
    Other,
}

/// Without personal data and without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Nothing was asked.
    #[error("the payment gateway cannot be reached")]
    Unreachable,
    /// What was asked may have been done.
    #[error("the payment gateway did not answer in time")]
    TimedOut,
    /// What was asked may have been done.
    #[error("the payment gateway failed (status {status})")]
    Failed { status: u16 },
    /// What was asked may have been done.
    #[error("the payment gateway's answer cannot be understood")]
    Garbled,
    #[error("the payment gateway does not accept our key")]
    NotOurs,
    #[error("the payment gateway asks us to slow down")]
    TooMany,
    #[error("the payment gateway refused ({code})")]
    Refused { code: String },
}

impl GatewayError {
    /// Whether the same may succeed later.
    pub const fn may_pass(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// This gateway sends none, or no secret for them is configured.
    #[error("no messages are taken from this gateway")]
    NotTaken,
    #[error("the message's signature is missing or is none")]
    Unsigned,
    #[error("the message was not signed with the secret that we share")]
    Forged,
    #[error("the message is too old, or of the future")]
    OutOfTime,
    #[error("the message cannot be understood")]
    Garbled,
}
