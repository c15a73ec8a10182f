//! An agent sends an activation e-mail (SGN-1): to the address on file, never to one that somebody dictates.

use accounts::{AccountNumber, ActivationBy};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::StaffRight;
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::{StaffSigned, note_account_looked_up, staff_frame};
use crate::App;
use crate::activation::{Outcome, send};
use crate::signed::see_other;

const FIELDS: [&str; 1] = ["account_number"];

#[derive(Serialize)]
struct ActivationsPage {
    form: FormState,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    sent: String,
}

fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    notice: Option<Notice>,
) -> Result<Response, Refusal> {
    let frame = staff_frame(app, locale, "staff-activations-title", notice);
    Page { frame, content: ActivationsPage { form } }.show_as(status, &app.site, locale, "staff-activations.html")
}

/// `GET /staff/activations`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::SendActivations)?;
    let notice = asked.sent.parse::<AccountNumber>().ok().map(|number| Notice {
        kind: "success",
        text: app.site.texts().say_with(locale.language, "staff-activations-sent", &[("account", number.as_str())]),
    });
    show(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), notice)
}

/// `POST /staff/activations`
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::SendActivations)?;
    let mut shown = FormState::keeping(&form, &FIELDS);
    let number = form.trimmed("account_number").parse::<AccountNumber>().ok();
    let outcome = match &number {
        Some(number) => send(&app, number.as_str(), ActivationBy::Staff(signed.staff.id)).await?,
        None => Outcome::NotNeeded,
    };
    if let Some(number) = number.as_ref().filter(|_| outcome != Outcome::Sent) {
        note_account_looked_up(&app, number.as_str(), &signed).await?;
    }
    let wrong = match (outcome, number) {
        (Outcome::Sent, Some(number)) => return Ok(see_other(&format!("/staff/activations?sent={number}"))),
        _ if form.trimmed("account_number").is_empty() => "sign-up-empty-number",
        (Outcome::AMomentAgo, _) => "staff-activations-just-sent",
        (Outcome::NoAddress, _) => "staff-activations-no-address",
        _ => "staff-activations-none",
    };
    shown.refuse("account_number", app.site.texts().say(locale.language, wrong));
    show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), None)
}
