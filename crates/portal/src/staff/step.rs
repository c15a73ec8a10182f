//! The second step of the provider's people (SEC-3): shown at every sign-in, set up at the first one. A session that has not
//! shown it reaches these pages and no others.

use axum::Router;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::{QrPath, Staff, StaffRight, StepOwner, StepTried, StepTry, StepWay, Token, TotpConfirmed};
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Page, Refusal};

use super::step_letters::{StepNews, tell};
use super::{HOME, SIGN_IN, StaffSigned, back_to, staff_frame};
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::signed::{Cookie, Refused, cookie_name, encoded, see_other, set_cookie};

const FIELDS: [&str; 0] = [];
pub(super) const STEP: &str = "/staff/step";
const SETUP: &str = "/staff/step/setup";
const CODES: &str = "/staff/codes";
/// Letters and digits of a recovery code; a code of the app has fewer.
const RECOVERY_LETTERS: usize = 10;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/step", get(page).post(submit))
        .route("/staff/step/setup", get(setup_page).post(setup))
        .route("/staff/codes", get(codes_page).post(new_codes))
        .route("/staff/codes/file", post(file))
}

/// Who has shown the password, and still has to show the second step.
pub(super) struct AtStep {
    pub(super) staff: Staff,
    secret: String,
}

impl AtStep {
    pub(super) async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Staff)) else { return Ok(None) };
        let staff = identity::staff_at_step(&app.db, &app.vault, &secret).await?;
        Ok(staff.map(|staff| Self { staff, secret }))
    }

    fn owner(&self) -> StepOwner {
        StepOwner::Staff(self.staff.id)
    }
}

impl FromRequestParts<App> for AtStep {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        match Self::of(app, &parts.headers).await {
            Ok(Some(at_step)) => Ok(at_step),
            Err(refusal) => Err(Refused::Page(refusal)),
            // Who has shown it already finds the desk there, everybody else the way to it.
            Ok(None) => Err(Refused::Go(HOME.to_owned())),
        }
    }
}

/// Where a session goes that has still to show the step, and where it goes on then.
pub(super) fn step_and_back(return_to: &str) -> String {
    format!("{STEP}?return_to={}", encoded(back_to(return_to)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    return_to: String,
}

#[derive(Serialize)]
struct StepPage {
    form: FormState,
    return_to: String,
    name: String,
}

fn show_step(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    (at, return_to): (&AtStep, &str),
) -> Result<Response, Refusal> {
    let mut frame = staff_frame(app, locale, "staff-step-title", None);
    frame.path = step_and_back(return_to);
    let content = StepPage { form, return_to: back_to(return_to).to_owned(), name: at.staff.name.clone() };
    Page { frame, content }.show_as(status, &app.site, locale, "staff-step.html")
}

/// `GET /staff/step`
async fn page(
    State(app): State<App>,
    locale: Locale,
    at: AtStep,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    if !identity::steps_of(app.db.reader(), at.owner()).await?.is_on() {
        return Ok(see_other(&format!("{SETUP}?return_to={}", encoded(back_to(&asked.return_to)))));
    }
    show_step(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), (&at, &asked.return_to))
}

/// By which way somebody shows the step who types that.
fn way_of(typed: &str) -> StepWay {
    let letters = typed.chars().filter(|c| c.is_alphanumeric()).count();
    if letters == RECOVERY_LETTERS { StepWay::Recovery } else { StepWay::Totp }
}

/// Takes leave to try a code; where there is none, or nothing was typed, says so in the form.
async fn may_try(
    app: &App,
    locale: &Locale,
    (owner, typed): (StepOwner, &str),
    shown: &mut FormState,
) -> Result<Result<i32, StatusCode>, Refusal> {
    if typed.is_empty() {
        shown.refuse("code", app.site.texts().say(locale.language, "staff-step-empty"));
        return Ok(Err(StatusCode::UNPROCESSABLE_ENTITY));
    }
    match identity::take_step_try((&app.db, &app.vault), owner, way_of(typed)).await? {
        StepTry::May { left } => Ok(Ok(left)),
        StepTry::Wait(wait) => {
            let minutes = wait.as_mins() + 1;
            shown.refuse("code", app.site.texts().say_count(locale.language, "staff-step-wait", minutes, &[]));
            Ok(Err(StatusCode::TOO_MANY_REQUESTS))
        }
    }
}

/// Says in the form what was wrong with a code.
fn refuse_code(app: &App, locale: &Locale, tried: StepTried, shown: &mut FormState) {
    let key = if tried == StepTried::Used { "staff-step-used" } else { "staff-step-wrong" };
    shown.refuse("code", app.site.texts().say(locale.language, key));
}

/// `POST /staff/step`: a code of the app, or a recovery code.
async fn submit(State(app): State<App>, locale: Locale, at: AtStep, form: Form) -> Result<Response, Refusal> {
    let return_to = form.get("return_to");
    let typed = form.trimmed("code");
    let mut shown = FormState::empty(&FIELDS);
    let left = match may_try(&app, &locale, (at.owner(), typed), &mut shown).await? {
        Ok(left) => left,
        Err(status) => return show_step(&app, &locale, (status, shown), (&at, return_to)),
    };
    let (desk, way) = (Desk::of(&app), way_of(typed));
    let tried = app.db.write(async |tx| {
        let tried = identity::try_step((desk.db, desk.vault), tx, at.owner(), (way, typed)).await?;
        let mut token = None;
        if tried == StepTried::Right {
            token = identity::pass_staff_step(desk.db, tx, (at.staff.id, &at.secret), way.name()).await?;
            if way == StepWay::Recovery {
                tell(&desk, tx, &at.staff, StepNews::CodeUsed).await?;
            }
        } else if left == 0 {
            tell(&desk, tx, &at.staff, StepNews::Guessed).await?;
        }
        Ok::<_, LetterError>((tried, token))
    });
    match tried.await? {
        (StepTried::Right, Some(token)) => Ok(passed(&app, &token, see_other(back_to(return_to)))),
        // The session ended meanwhile, or another tab was faster.
        (StepTried::Right, None) => Ok(see_other(HOME)),
        (tried, _) => {
            app.nudge.notify_one();
            refuse_code(&app, &locale, tried, &mut shown);
            show_step(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), (&at, return_to))
        }
    }
}

/// An answer to a session that has just shown the step, which goes on under a new secret.
fn passed(app: &App, token: &Token, mut response: Response) -> Response {
    response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Staff, token.secret()));
    response
}

#[derive(Serialize)]
struct SetupPage {
    form: FormState,
    return_to: String,
    qr: Option<QrPath>,
    secret: String,
    account: String,
}

async fn show_setup(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    (at, return_to): (&AtStep, &str),
) -> Result<Response, Refusal> {
    let found = identity::find_totp_setup((&app.db, &app.vault), app.db.reader(), (at.owner(), &at.secret)).await?;
    // What was drawn at the sign-in is too old: the next one draws again.
    let Some(secret) = found else { return Ok(see_other(SIGN_IN)) };
    let mut frame = staff_frame(app, locale, "staff-setup-title", None);
    frame.path = format!("{SETUP}?return_to={}", encoded(back_to(return_to)));
    let content = SetupPage {
        form,
        return_to: back_to(return_to).to_owned(),
        qr: identity::qr_path(&secret.uri(&app.provider.facts.name, &at.staff.email)),
        secret: secret.in_groups(),
        account: at.staff.email.clone(),
    };
    Page { frame, content }.show_as(status, &app.site, locale, "staff-step-setup.html")
}

/// `GET /staff/step/setup`: for who has no second step yet.
async fn setup_page(
    State(app): State<App>,
    locale: Locale,
    at: AtStep,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    if identity::steps_of(app.db.reader(), at.owner()).await?.is_on() {
        return Ok(see_other(&step_and_back(&asked.return_to)));
    }
    show_setup(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), (&at, &asked.return_to)).await
}

/// What became of the first code.
enum SetUp {
    Done {
        codes: Vec<String>,
        token: Token,
    },
    Wrong,
    /// There is a step already, or the session ended meanwhile.
    Elsewhere,
}

/// `POST /staff/step/setup`: the app's first code turns it on; recovery codes follow, once.
async fn setup(State(app): State<App>, locale: Locale, at: AtStep, form: Form) -> Result<Response, Refusal> {
    let (return_to, typed) = (form.get("return_to"), form.trimmed("code"));
    let desk = Desk::of(&app);
    let (owner, ours) = (at.owner(), (desk.db, desk.vault));
    let set_up = app.db.write(async |tx| {
        if identity::steps_of(tx, owner).await?.is_on() {
            return Ok(SetUp::Elsewhere);
        }
        match identity::confirm_totp(ours, tx, (owner, &at.secret, None), typed).await? {
            TotpConfirmed::On(_) => {}
            TotpConfirmed::Wrong => return Ok(SetUp::Wrong),
            TotpConfirmed::NotBegun => return Ok(SetUp::Elsewhere),
        }
        let codes = identity::make_recovery_codes(ours, tx, owner).await?;
        tell(&desk, tx, &at.staff, StepNews::On).await?;
        let token = identity::pass_staff_step(desk.db, tx, (at.staff.id, &at.secret), StepWay::Totp.name()).await?;
        let Some(token) = token else { return Ok(SetUp::Elsewhere) };
        identity::end_waiting_staff_sessions(tx, (at.staff.id, &token)).await?;
        Ok::<_, LetterError>(SetUp::Done { codes, token })
    });
    match set_up.await? {
        SetUp::Done { codes, token } => {
            app.nudge.notify_one();
            Ok(passed(&app, &token, show_new(&app, &locale, codes, return_to)?))
        }
        SetUp::Elsewhere => Ok(see_other(&step_and_back(return_to))),
        SetUp::Wrong => {
            let mut shown = FormState::empty(&FIELDS);
            let key = if typed.is_empty() { "staff-step-empty" } else { "staff-setup-wrong" };
            shown.refuse("code", app.site.texts().say(locale.language, key));
            show_setup(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), (&at, return_to)).await
        }
    }
}

#[derive(Serialize)]
struct NewCodesPage {
    codes: Vec<String>,
    /// As the form of the download sends them.
    joined: String,
    next: String,
}

/// The codes, once.
fn show_new(app: &App, locale: &Locale, codes: Vec<String>, return_to: &str) -> Result<Response, Refusal> {
    let mut frame = staff_frame(app, locale, "staff-new-codes-title", None);
    CODES.clone_into(&mut frame.path);
    let content = NewCodesPage { joined: codes.join(" "), codes, next: back_to(return_to).to_owned() };
    let mut response = Page { frame, content }.show(&app.site, locale, "staff-new-codes.html")?;
    response.headers_mut().insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    Ok(response)
}

#[derive(Serialize)]
struct CodesPage {
    form: FormState,
    left: String,
    are_few: bool,
}

async fn show_codes(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    owner: StepOwner,
) -> Result<Response, Refusal> {
    let left = identity::steps_of(app.db.reader(), owner).await?.recovery_left;
    let content = CodesPage {
        form,
        left: app.site.texts().say_count(locale.language, "staff-codes-left", left, &[]),
        are_few: left <= 3,
    };
    let frame = staff_frame(app, locale, "staff-codes-title", None);
    Page { frame, content }.show_as(status, &app.site, locale, "staff-codes.html")
}

/// `GET /staff/codes`: how many recovery codes are left.
async fn codes_page(State(app): State<App>, locale: Locale, signed: StaffSigned) -> Result<Response, Refusal> {
    signed.may(StaffRight::Enter)?;
    let owner = StepOwner::Staff(signed.staff.id);
    show_codes(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), owner).await
}

/// `POST /staff/codes`: a new set, for a code of the app or one of the old set.
async fn new_codes(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::Enter)?;
    let (owner, typed) = (StepOwner::Staff(signed.staff.id), form.trimmed("code"));
    let mut shown = FormState::empty(&FIELDS);
    let left = match may_try(&app, &locale, (owner, typed), &mut shown).await? {
        Ok(left) => left,
        Err(status) => return show_codes(&app, &locale, (status, shown), owner).await,
    };
    let (desk, way) = (Desk::of(&app), way_of(typed));
    let made = app.db.write(async |tx| {
        let tried = identity::try_step((desk.db, desk.vault), tx, owner, (way, typed)).await?;
        let mut codes = Vec::new();
        if tried == StepTried::Right {
            codes = identity::make_recovery_codes((desk.db, desk.vault), tx, owner).await?;
            tell(&desk, tx, &signed.staff, StepNews::Codes).await?;
        } else if left == 0 {
            tell(&desk, tx, &signed.staff, StepNews::Guessed).await?;
        }
        Ok::<_, LetterError>((tried, codes))
    });
    let (tried, codes) = made.await?;
    app.nudge.notify_one();
    if tried == StepTried::Right {
        return show_new(&app, &locale, codes, HOME);
    }
    refuse_code(&app, &locale, tried, &mut shown);
    show_codes(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), owner).await
}

/// `POST /staff/codes/file`: the codes that a page shows, as a file; of one's own alone.
async fn file(State(app): State<App>, locale: Locale, signed: StaffSigned, form: Form) -> Result<Response, Refusal> {
    signed.may(StaffRight::Enter)?;
    let codes: Vec<String> = form.get("codes").split_whitespace().take(20).map(str::to_owned).collect();
    let owner = StepOwner::Staff(signed.staff.id);
    if !identity::are_recovery_codes(&app.vault, app.db.reader(), owner, &codes).await? {
        return Err(Refusal::NotFound);
    }
    let title = app.site.texts().say_with(
        locale.language,
        "staff-codes-file",
        &[("provider", app.provider.facts.name.as_str()), ("email", signed.staff.email.as_str())],
    );
    let headers =
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"codes.txt\"")];
    Ok((headers, format!("{title}\n\n{}\n", codes.join("\n"))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_3_what_is_typed_says_which_code_it_is() {
        for typed in ["abcde-fgh23", "ABCDE FGH23", "2345623456", "abcdefgh23"] {
            assert_eq!(way_of(typed), StepWay::Recovery, "{typed}");
        }
        for typed in ["123456", "123 456", "", "12345", "abc", "1234567890123"] {
            assert_eq!(way_of(typed), StepWay::Totp, "{typed}");
        }
    }
}
