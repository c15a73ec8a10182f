//! An administrator takes the lost second step of one of the provider's people off (SEC-3), never their own, and sees who has
//! none.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use identity::{StaffRight, StepOwner};
use serde::Serialize;
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::decisions::{Asked, choices, decided};
use super::step_letters::reset_by;
use super::{Choice, StaffSigned, staff_frame};
use crate::App;
use crate::letters::Desk;

const FIELDS: [&str; 2] = ["email", "reason"];
/// How an administrator may have made sure who lost it.
const REASONS: [&str; 3] = ["in-person", "call-back", "video"];
const PATH: &str = "/staff/steps";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/steps", get(page).post(submit))
}

#[derive(Serialize)]
struct StepsPage {
    form: FormState,
    options: Vec<Choice>,
    people: Vec<Person>,
}

#[derive(Serialize)]
struct Person {
    name: String,
    email: String,
    state: String,
}

async fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    notice: Option<Notice>,
) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let options = choices(app, locale, "staff-steps", REASONS);
    let mut people = Vec::new();
    for staff in identity::list_staff(app.db.reader(), &app.vault).await? {
        if staff.disabled_at.is_some() {
            continue;
        }
        let has = identity::steps_of(app.db.reader(), StepOwner::Staff(staff.id)).await?.is_on();
        let state = say(if has { "staff-steps-on" } else { "staff-steps-off" });
        people.push(Person { name: staff.name, email: staff.email, state });
    }
    let mut frame = staff_frame(app, locale, "staff-steps-title", notice);
    PATH.clone_into(&mut frame.path);
    let content = StepsPage { form, options, people };
    Page { frame, content }.show_as(status, &app.site, locale, "staff-steps.html")
}

/// `GET /staff/steps`
async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::ResetSteps)?;
    let notice = asked.notice(&app, &locale, ("staff-steps", &["done"]));
    show(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), notice).await
}

/// `POST /staff/steps`
async fn submit(State(app): State<App>, locale: Locale, signed: StaffSigned, form: Form) -> Result<Response, Refusal> {
    signed.may(StaffRight::ResetSteps)?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &FIELDS);
    let email = form.trimmed("email");
    let reason = REASONS.into_iter().find(|reason| *reason == form.get("reason"));
    if email.is_empty() {
        shown.refuse("email", say("staff-empty-email"));
    } else if email.to_lowercase() == signed.staff.email.to_lowercase() {
        shown.refuse("email", say("staff-steps-own"));
    }
    if reason.is_none() {
        shown.refuse("reason", say("staff-claims-empty"));
    }
    if let Some(reason) = reason.filter(|_| !shown.is_refused()) {
        match reset_by(&Desk::of(&app), (&signed.staff, reason), email).await? {
            Some(_) => return Ok(decided(&app, PATH, "done")),
            None => shown.refuse("email", say("staff-steps-unknown")),
        }
    }
    show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), None).await
}
