//! Stripe's REST API (<https://docs.stripe.com/api>), by a client of our own for the few calls that are needed.

mod client;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

use std::fmt;
use std::time::Duration;

use futures::FutureExt;
use kernel::{AccountId, Moment, World};
use zeroize::Zeroizing;

use crate::gateway::{
    Answer, CardFacts, Gateway, GatewayError, GatewayRefund, Hint, Intent, NewIntent, NewRefund, NewSetup, Setup,
    WebhookError,
};
use client::{Client, Form};
use wire::{Created, IntentBody, List, MethodBody, RefundBody, SetupBody};

/// Where Stripe is.
pub const STRIPE: &str = "https://api.stripe.com";

/// What makes a client of Stripe's API.
pub struct StripeSettings {
    /// [`STRIPE`], or a stand-in's address in tests; without a slash at the end.
    pub base_url: String,
    /// As `sk_live_…`, or a restricted key `rk_live_…` that may write payment intents, setup intents, customers, payment
    /// methods and refunds.
    pub secret_key: Zeroizing<String>,
    /// As `whsec_…`; without one no messages are taken.
    pub webhook_secret: Option<Zeroizing<String>>,
    /// The longest that one request takes.
    pub timeout: Duration,
}

/// The secrets are never shown.
impl fmt::Debug for StripeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeSettings").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Stripe as a gateway.
pub struct Stripe {
    client: Client,
    name: &'static str,
    webhook_secret: Option<Zeroizing<String>>,
    world: World,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    #[error("the secret key is none of Stripe's: one begins with sk_live_, sk_test_, rk_live_ or rk_test_")]
    Key,
    #[error("no client for Stripe can be made: {0}")]
    Client(String),
}

/// Where our ids stand in the metadata of Stripe's things.
mod metadata {
    pub(super) const ACCOUNT: &str = "metadata[guichet_account]";
    pub(super) const PAYMENT: &str = "metadata[guichet_payment]";
    pub(super) const CARD: &str = "metadata[guichet_card]";
    pub(super) const REFUND: &str = "metadata[guichet_refund]";
}

/// The card's facts come with the answer, and not as an id alone.
const WITH_CARD: (&str, &str) = ("expand[]", "payment_method");

impl Stripe {
    /// # Errors
    /// When the key is none, or the system has no certificates to trust.
    pub fn new(settings: StripeSettings, world: World) -> Result<Self, StripeError> {
        let starts = |modes: [&str; 2]| modes.iter().any(|mode| settings.secret_key.starts_with(mode));
        let name = match (starts(["sk_live_", "rk_live_"]), starts(["sk_test_", "rk_test_"])) {
            (true, _) => "stripe-live",
            (_, true) => "stripe-test",
            _ => return Err(StripeError::Key),
        };
        let client = Client::new(&settings)?;
        Ok(Self { client, name, webhook_secret: settings.webhook_secret, world })
    }

    /// A key for a request that may be repeated with another one: its effect is the same anyway.
    fn any_key(&self) -> String {
        self.world.uuid().to_string()
    }

    async fn intent(&self, id: &str) -> Result<IntentBody, GatewayError> {
        self.client.get(&format!("payment_intents/{}", checked(id)?), &[WITH_CARD]).await
    }

    async fn cancel(&self, intent: &str) -> Result<Intent, GatewayError> {
        let path = format!("payment_intents/{}/cancel", checked(intent)?);
        let form = Form::default().with(WITH_CARD.0, WITH_CARD.1);
        self.client.post::<IntentBody>(&path, form, self.any_key()).await?.intent()
    }

    async fn create(&self, new: &NewIntent) -> Result<Intent, GatewayError> {
        let mut form = Form::default()
            .with("amount", new.amount.in_cents())
            .with("currency", new.currency.code().to_lowercase())
            .with("customer", &new.customer)
            .with("payment_method", &new.method)
            .with(metadata::PAYMENT, new.payment)
            .with(WITH_CARD.0, WITH_CARD.1);
        if new.keeps_card {
            form = form.with("setup_future_usage", "on_session");
        }
        let key = format!("{}-intent", new.payment);
        self.client.post::<IntentBody>("payment_intents", form, key).await?.intent()
    }

    /// Its key is the intent's: whoever asks twice is answered as the first time.
    async fn confirm(&self, intent: &str, return_url: &str) -> Result<Intent, GatewayError> {
        let path = format!("payment_intents/{}/confirm", checked(intent)?);
        let form = Form::default().with("return_url", return_url).with(WITH_CARD.0, WITH_CARD.1);
        self.client.post::<IntentBody>(&path, form, format!("{intent}-confirm")).await?.intent()
    }

    async fn begin_setup(&self, new: &NewSetup) -> Result<Setup, GatewayError> {
        let form = Form::default()
            .with("customer", &new.customer)
            .with("payment_method", &new.method)
            .with("usage", "on_session")
            .with("confirm", "true")
            .with("return_url", &new.return_url)
            .with(metadata::CARD, new.card);
        self.client.post::<SetupBody>("setup_intents", form, format!("{}-setup", new.card)).await?.setup()
    }

    /// `None`: there is no such payment method; what is no id is none's.
    async fn method(&self, id: &str) -> Result<Option<MethodBody>, GatewayError> {
        let Ok(id) = checked(id) else { return Ok(None) };
        match self.client.get::<MethodBody>(&format!("payment_methods/{id}"), &[]).await {
            Err(GatewayError::Refused { code }) if code == client::MISSING => Ok(None),
            other => other.map(Some),
        }
    }

    async fn detach(&self, method: &str) -> Result<(), GatewayError> {
        let path = format!("payment_methods/{}/detach", checked(method)?);
        match self.client.post::<MethodBody>(&path, Form::default(), self.any_key()).await {
            // It is refused for one that is nobody's, which is what is wanted.
            Err(refused @ GatewayError::Refused { .. }) => match self.method(method).await? {
                Some(found) if found.has_customer() => Err(refused),
                _ => Ok(()),
            },
            other => other.map(|_| ()),
        }
    }

    async fn give_back(&self, new: &NewRefund) -> Result<GatewayRefund, GatewayError> {
        let charge = self.intent(&new.intent).await?.charge();
        let charge = charge.ok_or_else(|| GatewayError::Refused { code: "charge_missing".to_owned() })?;
        let form = Form::default()
            .with("charge", charge)
            .with("amount", new.amount.in_cents())
            .with(metadata::REFUND, new.refund);
        self.client.post::<RefundBody>("refunds", form, format!("{}-refund", new.refund)).await?.refund()
    }

    async fn refunds(&self, intent: &str) -> Result<Vec<GatewayRefund>, GatewayError> {
        let Some(charge) = self.intent(intent).await?.charge() else { return Ok(Vec::new()) };
        let mut found: Vec<GatewayRefund> = Vec::new();
        loop {
            let after = found.last().map(|refund| refund.id.clone());
            let mut query = vec![("charge", charge.as_str()), ("limit", "100")];
            query.extend(after.as_deref().map(|after| ("starting_after", after)));
            let page: List<RefundBody> = self.client.get("refunds", &query).await?;
            let is_last = !page.has_more || page.data.is_empty();
            for refund in page.data {
                found.push(refund.refund()?);
            }
            if is_last {
                return Ok(found);
            }
        }
    }
}

/// An id that can stand in an address.
fn checked(id: &str) -> Result<&str, GatewayError> {
    if crate::service::is_reference(id) { Ok(id) } else { Err(GatewayError::Refused { code: "no_id".to_owned() }) }
}

impl Gateway for Stripe {
    fn name(&self) -> &str {
        self.name
    }

    /// Some of the answers take several requests.
    fn timeout(&self) -> Duration {
        self.client.timeout() * 3
    }

    fn create_customer(&self, account: AccountId) -> Answer<'_, String> {
        async move {
            let form = Form::default().with(metadata::ACCOUNT, account);
            let made: Created = self.client.post("customers", form, format!("{account}-customer")).await?;
            Ok(made.id)
        }
        .boxed()
    }

    fn create_intent<'a>(&'a self, new: &'a NewIntent) -> Answer<'a, Intent> {
        self.create(new).boxed()
    }

    fn confirm_intent<'a>(&'a self, intent: &'a str, return_url: &'a str) -> Answer<'a, Intent> {
        self.confirm(intent, return_url).boxed()
    }

    fn read_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent> {
        async move { self.intent(intent).await?.intent() }.boxed()
    }

    fn cancel_intent<'a>(&'a self, intent: &'a str) -> Answer<'a, Intent> {
        self.cancel(intent).boxed()
    }

    fn create_setup<'a>(&'a self, new: &'a NewSetup) -> Answer<'a, Setup> {
        self.begin_setup(new).boxed()
    }

    fn read_setup<'a>(&'a self, setup: &'a str) -> Answer<'a, Setup> {
        async move { self.client.get::<SetupBody>(&format!("setup_intents/{}", checked(setup)?), &[]).await?.setup() }
            .boxed()
    }

    fn read_method<'a>(&'a self, method: &'a str) -> Answer<'a, Option<CardFacts>> {
        async move { Ok(self.method(method).await?.and_then(|found| found.facts())) }.boxed()
    }

    fn detach_method<'a>(&'a self, method: &'a str) -> Answer<'a, ()> {
        self.detach(method).boxed()
    }

    fn refund<'a>(&'a self, new: &'a NewRefund) -> Answer<'a, GatewayRefund> {
        self.give_back(new).boxed()
    }

    fn list_refunds<'a>(&'a self, intent: &'a str) -> Answer<'a, Vec<GatewayRefund>> {
        self.refunds(intent).boxed()
    }

    fn check_webhook(&self, body: &[u8], signature: &str, now: Moment) -> Result<Hint, WebhookError> {
        let secret = self.webhook_secret.as_ref().ok_or(WebhookError::NotTaken)?;
        webhook::check(secret, body, signature, now)
    }
}
