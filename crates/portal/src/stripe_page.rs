//! Stripe's own fields on our pages (PAY-1): a card's number goes from the browser to Stripe, and what comes here is the id
//! of the payment method that Stripe made of it.

/// What a page with Stripe's fields works with.
#[derive(Clone, Debug)]
pub struct StripeFields {
    /// As `pk_live_…`: public, it stands in the page.
    pub publishable_key: String,
    /// The address of what stands in for Stripe on this machine, its script included, in tests; none: Stripe itself.
    pub stand_in: Option<String>,
    /// Whether Stripe's messages are taken: a secret for them is configured.
    pub takes_messages: bool,
}
