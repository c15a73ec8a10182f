//! An agent makes sure who is calling, for a customer who wants to change something important and whom neither telephone nor backup
//! e-mail reaches: a code is shown once and read out, and proves it with the password. Noted in the log of both.

use accounts::LookedUp;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use identity::StaffRight;
use kernel::LoginId;
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use super::decisions::{CALLER, Caller, MADE_SURE, choices, find_login};
use super::{Choice, StaffSigned, note_look_up, staff_frame};
use crate::App;
use crate::address_letters;
use crate::claim_letters::spaced;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};

#[derive(Serialize)]
struct ChecksPage {
    form: FormState,
    options: Vec<Choice>,
    /// Shown once.
    code: Option<String>,
    until: String,
}

fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    code: Option<String>,
) -> Result<Response, Refusal> {
    let options = choices(app, locale, "staff-locks", MADE_SURE);
    let mut frame = staff_frame(app, locale, "staff-checks-title", None);
    "/staff/checks".clone_into(&mut frame.path);
    let until = app.db.world().now().plus(identity::CHECK_LASTS);
    let until = web::moment(app.site.texts(), locale.language, until, &app.zone);
    Page { frame, content: ChecksPage { form, options, code, until } }.show_as(
        status,
        &app.site,
        locale,
        "staff-checks.html",
    )
}

/// `GET /staff/checks`
pub(super) async fn page(State(app): State<App>, locale: Locale, signed: StaffSigned) -> Result<Response, Refusal> {
    signed.may(StaffRight::CheckCallers)?;
    show(&app, &locale, (StatusCode::OK, FormState::empty(&CALLER)), None)
}

/// `POST /staff/checks`
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::CheckCallers)?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &CALLER);
    if let Some(Caller { typed, reason }) = Caller::of(&app, &locale, &form, &mut shown) {
        let Some(login) = find_login(&app, typed).await? else {
            shown.refuse("name", say("staff-checks-nobody"));
            return show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), None);
        };
        if let Some(code) = check(&app, login, (&signed, reason)).await? {
            app.nudge.notify_one();
            return show(&app, &locale, (StatusCode::OK, FormState::empty(&CALLER)), Some(spaced(&code)));
        }
        note_look_up(&app, LookedUp::Login(login), &signed).await?;
        shown.refuse("name", say("staff-checks-step"));
    }
    show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), None)
}

async fn check(
    app: &App,
    login: LoginId,
    (signed, reason): (&StaffSigned, &str),
) -> Result<Option<String>, LetterError> {
    let desk = Desk::of(app);
    app.db
        .write_with(Isolation::Locked, async |tx| {
            let Some(person) = Person::find(&desk, tx, login).await? else { return Ok(None) };
            let code = identity::check_caller((desk.db, desk.vault), tx, login, (signed.staff.id, reason)).await?;
            if code.is_some() {
                address_letters::caller_checked(&desk, tx, &person).await?;
            }
            Ok(code)
        })
        .await
}
