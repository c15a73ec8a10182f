//! Stripe's own fields on our pages (PAY-1): a card's number goes from the browser to Stripe, and what comes here is the id
//! of the payment method that Stripe made of it. The pages with them alone let Stripe's script in.

use axum::response::Response;
use kernel::Language;
use serde::Serialize;
use web::{FormState, Visiting};

use crate::pay::Hidden;

/// Where Stripe says that its script has to come from (<https://docs.stripe.com/security/guide>).
const SCRIPT: &str = "https://js.stripe.com/v3/";

/// What Stripe asks a content policy to let in for its card fields, by the same guide.
const STRIPE: Visiting<'static> = Visiting {
    scripts: "https://js.stripe.com https://*.js.stripe.com",
    connections: "https://api.stripe.com",
    frames: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
};

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

/// The form with Stripe's fields.
#[derive(Serialize)]
pub(crate) struct StripeForm {
    script: String,
    key: String,
    /// As Stripe names languages.
    locale: &'static str,
    action: String,
    /// `get` or `post`.
    method: &'static str,
    /// What is to be paid; none where a card is only kept.
    wish: Option<Hidden>,
    form: FormState,
}

impl StripeFields {
    /// A form that leads on with what is to be paid.
    pub(crate) fn to_pay(&self, language: Language, action: String, wish: Hidden) -> StripeForm {
        self.form(language, (action, "get"), Some(wish))
    }

    /// A form that posts a card to be kept.
    pub(crate) fn to_keep(&self, language: Language, action: String) -> StripeForm {
        self.form(language, (action, "post"), None)
    }

    fn form(&self, language: Language, (action, method): (String, &'static str), wish: Option<Hidden>) -> StripeForm {
        StripeForm {
            script: self.stand_in.as_ref().map_or_else(|| SCRIPT.to_owned(), |url| format!("{url}/v3/")),
            key: self.publishable_key.clone(),
            locale: match language {
                Language::Fr => "fr-CA",
                Language::En => "en",
            },
            action,
            method,
            wish,
            form: FormState::empty(&["keep"]),
        }
    }

    /// Lets Stripe's script, and what it needs, into a page.
    pub(crate) fn let_in(&self, response: &mut Response) {
        let visiting = match self.stand_in.as_deref() {
            None => STRIPE,
            Some(url) => Visiting { scripts: url, connections: url, frames: url },
        };
        if let Some(policy) = web::policy_with(&visiting) {
            response.headers_mut().insert("content-security-policy", policy);
        }
    }
}
