//! Keeping a card without a payment (PAY-1): it is entered at the gateway's own fields, perhaps confirmed at the customer's
//! bank, and then offered.

use accounts::{Grant, Right};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use paper::Passage;
use payments::{Card, CardState, Decline};
use serde::{Deserialize, Serialize};
use web::{Form, Locale, Page, Refusal};

use crate::App;
use crate::app::CardEntry;
use crate::cards::refused;
use crate::frame::{Tab, framed, label};
use crate::pay::{SimulatedForm, Wish, card_name, other_ways, till};
use crate::rows::Named;
use crate::signed::{Signed, id_in, see_other};
use crate::stripe_page::StripeForm;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// What the simulated gateway calls a card that was just entered.
    method: String,
    /// What it said of one: a part of a text's key.
    wrong: String,
    /// What was typed of that one and is not secret.
    exp_month: String,
    exp_year: String,
    /// Why the last one is not kept.
    refused: String,
}

#[derive(Serialize)]
struct AddPage {
    account: Named,
    /// Where a card is posted to.
    action: String,
    back_href: String,
    refused: Option<String>,
    /// A card that was entered, to be looked at once more.
    entered: Option<Entered>,
    gateway: Option<SimulatedForm>,
    stripe: Option<StripeForm>,
    others: Vec<Passage>,
}

#[derive(Serialize)]
struct Entered {
    name: String,
    method: String,
}

/// `GET /accounts/{number}/cards/new`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    let till = till(&app)?;
    let view = signed.view(&app, &manage)?;
    let (texts, language) = (app.site.texts(), locale.language);
    let action = format!("/accounts/{number}/cards/new");
    let typed = Wish::of_mistyped([asked.wrong, asked.exp_month, asked.exp_year]);
    let (gateway, stripe) = match &till.entry {
        CardEntry::Simulated(_) => (Some(SimulatedForm::new(texts, language, action.clone(), &typed)), None),
        CardEntry::Stripe(fields) => (None, Some(fields.to_keep(language, action.clone()))),
    };
    let entered = match &gateway {
        Some(_) if !asked.method.is_empty() => {
            let found = till.payments.gateway().read_method(&asked.method).await.map_err(|error| {
                tracing::warn!(%error, "the gateway does not say what a card is");
                Refusal::Unavailable
            })?;
            found.map(|card| Entered { name: card_name(texts, language, &card), method: asked.method })
        }
        _ => None,
    };
    let is_wrong = gateway.as_ref().is_some_and(SimulatedForm::is_refused);
    let content = AddPage {
        account: Named { number: number.clone(), label: label(&app, &locale, &view.segment) },
        action,
        back_href: format!("/accounts/{number}/payments"),
        refused: (!asked.refused.is_empty())
            .then(|| texts.say(language, &format!("card-refused-{}", Decline::from_code(&asked.refused).code()))),
        entered,
        gateway,
        stripe,
        others: other_ways(&app, &locale, &number),
    };
    let title = texts.say(language, "card-add-title");
    let frame = framed(&app, &locale, &signed, &view, (Tab::Billing, title));
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = Page { frame, content }.show_as(status, &app.site, &locale, "card-add.html")?;
    if let CardEntry::Stripe(fields) = &till.entry {
        fields.let_in(&mut response);
    }
    Ok(response)
}

/// `POST /accounts/{number}/cards/new`
pub(crate) async fn add(
    State(app): State<App>,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    let payments = &till(&app)?.payments;
    let card = match payments.add_card(&manage, form.get("method")).await {
        Ok(card) => card,
        // No card, or another account's: it is asked for again.
        Err(payments::CardError::NotFound) => return Ok(see_other(&format!("/accounts/{number}/cards/new"))),
        Err(error) => return Err(refused(error)),
    };
    let card = advance(&app, &manage, card).await;
    Ok(over(&number, &card).unwrap_or_else(|| see_other(&format!("/accounts/{number}/cards/{}?step=go", card.id))))
}

/// Takes the keeping of a card on; where the gateway does not answer, it stays as it is, for the follower.
async fn advance(app: &App, manage: &Grant, card: Card) -> Card {
    let Ok(till) = till(app) else { return card };
    match till.payments.advance_card(manage, card.id).await {
        Ok(card) => card,
        Err(error) => {
            tracing::warn!(%error, card = %card.id, "how a card stands could not be asked");
            card
        }
    }
}

/// Where a card leads that nothing is waited for any more.
fn over(number: &str, card: &Card) -> Option<Response> {
    let to = match card.state {
        CardState::Pending => return None,
        CardState::Kept => format!("/accounts/{number}/payments?done=kept"),
        // It was kept already, and is kept once.
        CardState::Removing => format!("/accounts/{number}/payments?done=known"),
        CardState::Removed => format!("/accounts/{number}/payments"),
        CardState::Refused => {
            let why = card.failure.unwrap_or(Decline::Declined).code();
            format!("/accounts/{number}/cards/new?refused={why}")
        }
    };
    Some(see_other(&to))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Going {
    /// `go`: straight on to the bank.
    step: String,
}

#[derive(Serialize)]
struct StepPage {
    back_href: String,
    step_href: Option<String>,
    refresh_href: String,
}

/// `GET /accounts/{number}/cards/{card}`: a card that is to be kept, before and after its second step.
pub(crate) async fn step(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, card)): Path<(String, String)>,
    Query(going): Query<Going>,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    let view = signed.view(&app, &manage)?;
    let found = till(&app)?.payments.card(&manage, id_in(&card)?).await.map_err(refused)?.ok_or(Refusal::NotFound)?;
    let card = advance(&app, &manage, found).await;
    if let Some(over) = over(&number, &card) {
        return Ok(over);
    }
    // A form's answer may not lead to another house (form-action); this page may, without scripts too.
    let refresh = match &card.step_url {
        Some(url) if going.step == "go" => Some(format!("0; url={url}")),
        Some(_) => None,
        None => Some("5".to_owned()),
    };
    let title = if card.step_url.is_some() { "card-step-title" } else { "card-wait-title" };
    let title = app.site.texts().say(locale.language, title);
    let content = StepPage {
        back_href: format!("/accounts/{number}/payments"),
        step_href: card.step_url,
        refresh_href: format!("/accounts/{number}/cards/{}", card.id),
    };
    let frame = framed(&app, &locale, &signed, &view, (Tab::Billing, title));
    let mut response = Page { frame, content }.show(&app.site, &locale, "card-step.html")?;
    if let Some(refresh) = refresh.and_then(|refresh| HeaderValue::from_str(&refresh).ok()) {
        response.headers_mut().insert("refresh", refresh);
    }
    Ok(response)
}
