//! An agent's check of who claimed an account (SGN-2).

use accounts::{AccountNumber, By};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::StaffRight;
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::{Choice, StaffSigned, note_account_looked_up, staff_frame};
use crate::App;
use crate::claims::{Decision, decide};
use crate::letters::Desk;
use crate::signed::see_other;

const FIELDS: [&str; 2] = ["account_number", "decision"];

#[derive(Serialize)]
struct ClaimsPage {
    form: FormState,
    options: Vec<Choice>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    confirmed: String,
    stopped: String,
}

fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    notice: Option<Notice>,
) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let options = ["questions", "call-back", "document", "stop"].map(|value| Choice {
        value,
        label: say(&format!("staff-claims-{value}")),
        hint: (value == "stop").then(|| say("staff-claims-stop-hint")),
    });
    let mut frame = staff_frame(app, locale, "staff-claims-title", notice);
    "/staff/claims".clone_into(&mut frame.path);
    Page { frame, content: ClaimsPage { form, options: options.into() } }.show_as(
        status,
        &app.site,
        locale,
        "staff-claims.html",
    )
}

/// `GET /staff/claims`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::DecideClaims)?;
    let done = [("staff-claims-confirmed", asked.confirmed), ("staff-claims-stopped", asked.stopped)];
    let notice = done.into_iter().find_map(|(key, number)| {
        let number = number.parse::<AccountNumber>().ok()?;
        let text = app.site.texts().say_with(locale.language, key, &[("account", number.as_str())]);
        Some(Notice { kind: "success", text })
    });
    show(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), notice)
}

/// `POST /staff/claims`
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::DecideClaims)?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &FIELDS);
    let staff = signed.staff.id;
    let decision = match form.get("decision") {
        "questions" => Some(Decision::Confirm(By::staff(staff, "questions"))),
        "call-back" => Some(Decision::Confirm(By::staff(staff, "call-back"))),
        "document" => Some(Decision::Confirm(By::staff(staff, "document"))),
        "stop" => Some(Decision::Stop(By::staff(staff, "customer-service"))),
        _ => None,
    };
    if form.trimmed("account_number").is_empty() {
        shown.refuse("account_number", say("sign-up-empty-number"));
    }
    let Some(decision) = decision else {
        shown.refuse("decision", say("staff-claims-empty"));
        return show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), None);
    };
    let number = form.trimmed("account_number").parse::<AccountNumber>().ok();
    let decided = match &number {
        Some(number) => decide(&Desk::of(&app), number.as_str(), decision).await?,
        None => false,
    };
    if let Some(number) = number.as_ref().filter(|_| !decided) {
        note_account_looked_up(&app, number.as_str(), &signed).await?;
    }
    match number.filter(|_| decided) {
        Some(number) => {
            app.nudge.notify_one();
            let done = if matches!(decision, Decision::Stop(_)) { "stopped" } else { "confirmed" };
            Ok(see_other(&format!("/staff/claims?{done}={number}")))
        }
        None => {
            if !shown.is_refused() {
                shown.refuse("account_number", say("staff-claims-none"));
            }
            show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), None)
        }
    }
}
