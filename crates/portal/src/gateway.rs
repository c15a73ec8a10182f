//! The pages of the demonstration's simulated gateway and of its simulated bank, which would be another house's: a card's
//! number goes to them alone.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use payments::{EnteredCard, GatewayError, Simulated, StepAnswer, WrongCard};
use serde::Serialize;
use web::{Form, Locale, Page, Refusal};

use crate::App;
use crate::app::CardEntry;
use crate::pay::till;
use crate::signed::{encoded, path_of_ours, see_other};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/demo/gateway/cards", post(enter_card)).route("/demo/gateway/{intent}", get(step).post(answer))
}

fn simulated(app: &App) -> Result<&Simulated, Refusal> {
    match &till(app)?.entry {
        CardEntry::Simulated(simulated) => Ok(simulated),
        CardEntry::Stripe(_) => Err(Refusal::NotFound),
    }
}

fn unavailable(error: GatewayError) -> Refusal {
    tracing::warn!(%error, "the simulated gateway does not answer");
    Refusal::Unavailable
}

/// `POST /demo/gateway/cards`: takes a card and sends the browser back with what stands for it.
async fn enter_card(State(app): State<App>, form: Form) -> Result<Response, Refusal> {
    let card = EnteredCard {
        number: form.get("number"),
        exp_month: form.trimmed("exp_month"),
        exp_year: form.trimmed("exp_year"),
        code: form.trimmed("code"),
    };
    let back = web::return_path(form.get("return_to"));
    let with = if back.contains('?') { '&' } else { '?' };
    let made = simulated(&app)?.make_method(&card).await.map_err(unavailable)?;
    let keep = if form.get("keep").is_empty() { "" } else { "&keep=yes" };
    Ok(see_other(&match made {
        Ok(method) => format!("{back}{with}method={}{keep}", encoded(&method)),
        Err(wrong) => {
            let wrong = match wrong {
                WrongCard::Number => "number",
                WrongCard::Unknown => "unknown",
                WrongCard::Expiry => "expiry",
                WrongCard::Code => "code-typed",
            };
            // What was typed is kept but for number and code, which are nobody's to keep.
            let [month, year] =
                [card.exp_month, card.exp_year].map(|text| if text.len() <= 4 { encoded(text) } else { String::new() });
            format!("{back}{with}wrong={wrong}&exp_month={month}&exp_year={year}{keep}")
        }
    }))
}

#[derive(Serialize)]
struct StepPage {
    amount: Option<String>,
    last4: String,
    is_open: bool,
    action: String,
    return_href: String,
}

/// `GET /demo/gateway/{intent}`: the second step at the simulated bank.
async fn step(State(app): State<App>, locale: Locale, Path(intent): Path<String>) -> Result<Response, Refusal> {
    let step = simulated(&app)?.step(&intent).await.map_err(unavailable)?.ok_or(Refusal::NotFound)?;
    let content = StepPage {
        amount: step.currency.map(|currency| web::amount(locale.language, step.amount, currency)),
        last4: step.last4,
        is_open: step.is_open,
        action: format!("/demo/gateway/{intent}"),
        return_href: step.return_url.unwrap_or_else(|| "/".to_owned()),
    };
    let frame = app.site.frame(&locale, "gateway-step-title");
    Page { frame, content }.show(&app.site, &locale, "gateway-step.html")
}

/// `POST /demo/gateway/{intent}`
async fn answer(State(app): State<App>, Path(intent): Path<String>, form: Form) -> Result<Response, Refusal> {
    let answer = match form.get("answer") {
        "approve" => StepAnswer::Approve,
        "refuse" => StepAnswer::Refuse,
        _ => return Err(Refusal::BadRequest),
    };
    let back = simulated(&app)?.answer(&intent, answer).await.map_err(unavailable)?.ok_or(Refusal::NotFound)?;
    Ok(see_other(path_of_ours(&app, &back).unwrap_or("/")))
}
