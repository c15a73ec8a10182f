//! The holder's answer, by the link in the letter. Following it changes nothing; the buttons on its page do.

use accounts::{AnsweredChange, HolderChange, HolderChangeOutcome};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use web::{Form, Locale, Page, Refusal};

use crate::App;
use crate::letters::LetterError;
use crate::signed::see_other;

#[derive(Serialize)]
struct AnswerPage {
    /// `open`, `agreed`, `objected`, `done`, `refused`, or `unknown` for a link that is none of ours.
    state: &'static str,
    account_number: Option<String>,
    reference: Option<String>,
    until: Option<String>,
    balance: Option<String>,
    action: String,
    telephone: Option<String>,
}

fn state_of(change: Option<&HolderChange>) -> (StatusCode, &'static str) {
    match change {
        None => (StatusCode::NOT_FOUND, "unknown"),
        Some(HolderChange { outcome: Some(HolderChangeOutcome::Done), .. }) => (StatusCode::GONE, "done"),
        Some(HolderChange { outcome: Some(HolderChangeOutcome::Refused), .. }) => (StatusCode::GONE, "refused"),
        Some(HolderChange { objected_at: Some(_), .. }) => (StatusCode::OK, "objected"),
        Some(HolderChange { agreed_at: Some(_), .. }) => (StatusCode::OK, "agreed"),
        Some(_) => (StatusCode::OK, "open"),
    }
}

/// `GET /holder-change/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let change = accounts::find_holder_change_link(app.db.reader(), &secret).await?;
    let (status, state) = state_of(change.as_ref());
    // What it is about is told only while something can be answered.
    let shown = change.filter(|_| status == StatusCode::OK);
    let content = AnswerPage {
        state,
        account_number: shown.as_ref().map(|change| change.number.clone()),
        reference: shown.as_ref().map(|change| change.reference.clone()),
        balance: match &shown {
            Some(change) => Some(super::balance_words(&app, locale.language, change).await?),
            None => None,
        },
        until: shown.map(|change| web::moment(app.site.texts(), locale.language, change.object_until, &app.zone)),
        action: if status == StatusCode::OK { format!("/holder-change/{secret}") } else { String::new() },
        telephone: app.provider.facts.telephone.clone(),
    };
    let frame = app.site.frame(&locale, &format!("holder-change-{state}-title"));
    Page { frame, content }.show_as(status, &app.site, &locale, "holder-change.html")
}

/// `POST /holder-change/{secret}`: agrees or objects. Pressed twice, it is noted once; an objection is not taken back by a link.
pub(super) async fn submit(
    State(app): State<App>,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let agrees = match form.get("answer") {
        "agree" => true,
        "object" => false,
        _ => return Err(Refusal::BadRequest),
    };
    let found = accounts::find_holder_change_link(app.db.reader(), &secret).await?;
    if found.is_none() {
        return Err(Refusal::NotFound);
    }
    app.db
        .write(async |tx| {
            let answered = if agrees {
                accounts::agree_to_holder_change(&app.db, tx, &secret).await?
            } else {
                accounts::object_to_holder_change(&app.db, tx, &secret).await?
            };
            if let AnsweredChange::Noted(change) = answered {
                super::letters::answered(&crate::letters::Desk::of(&app), tx, (&change, agrees)).await?;
            }
            Ok::<_, LetterError>(())
        })
        .await?;
    app.nudge.notify_one();
    Ok(see_other(&format!("/holder-change/{secret}")))
}
