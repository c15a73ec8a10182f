//! Signing in and out (SEC-1, SEC-9).

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::{Password, SignInError, Who};
use serde::{Deserialize, Serialize};
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use crate::App;
use crate::door::{Place, after_password, lock_beside};
use crate::new_customer::new_href;
use crate::passkeys::SignInPasskey;
use crate::recover::chosen_notice;
use crate::signed::{Cookie, Signed, encoded, see_other, set_cookie};

const FIELDS: [&str; 1] = ["name"];

#[derive(Serialize)]
struct SignInPage {
    form: FormState,
    return_to: String,
    sign_up_href: &'static str,
    /// Where new customers begin, if they may.
    new_href: Option<&'static str>,
    /// Where passkeys are offered.
    passkey: Option<SignInPasskey>,
}

impl SignInPage {
    fn new(app: &App, form: FormState, return_to: String) -> Self {
        let passkey = SignInPasskey::of(app, None);
        Self { form, return_to, sign_up_href: "/sign-up", new_href: new_href(app), passkey }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    return_to: String,
    /// The session that the page needed has ended.
    ended: String,
    out: String,
    /// A code was not typed in time.
    late: String,
    /// A new password was chosen.
    chosen: String,
    /// `off`: a lost second step was taken off; `short`: and with it a password that was too short without one.
    step: String,
}

fn show(
    app: &App,
    locale: &Locale,
    status: StatusCode,
    content: SignInPage,
    notice: Option<Notice>,
) -> Result<Response, Refusal> {
    let mut frame = app.site.frame(locale, "sign-in-title");
    frame.notice = notice;
    Page { frame, content }.show_as(status, &app.site, locale, "sign-in.html")
}

/// The page after a passkey that opened nothing, saying why. `unknown` is the id of one that is not known here.
pub(crate) fn show_refused(
    app: &App,
    locale: &Locale,
    (status, text): (StatusCode, String),
    (return_to, unknown): (&str, Option<&[u8]>),
) -> Result<Response, Refusal> {
    let mut form = FormState::empty(&FIELDS);
    form.refuse("", text);
    let passkey = SignInPasskey::of(app, unknown);
    let content = SignInPage { passkey, ..SignInPage::new(app, form, return_to.to_owned()) };
    let mut frame = app.site.frame(locale, "sign-in-title");
    frame.path = format!("/sign-in?return_to={}", encoded(return_to));
    Page { frame, content }.show_as(status, &app.site, locale, "sign-in.html")
}

/// `GET /sign-in`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if Signed::of(&app, &headers).await?.is_some() {
        return Ok(see_other(&asked.return_to));
    }
    let say = |key| app.site.texts().say(locale.language, key);
    let notice = if !asked.ended.is_empty() {
        Some(Notice { kind: "info", text: say("sign-in-ended") })
    } else if !asked.late.is_empty() {
        Some(Notice { kind: "info", text: say("door-code-late") })
    } else if !asked.chosen.is_empty() {
        Some(chosen_notice(&app, &locale))
    } else if asked.step == "off" {
        Some(Notice { kind: "success", text: say("documents-step-done") })
    } else if asked.step == "short" {
        Some(Notice { kind: "warning", text: say("documents-step-short") })
    } else {
        (!asked.out.is_empty()).then(|| Notice { kind: "success", text: say("sign-in-signed-out") })
    };
    let return_to = web::return_path(&asked.return_to).to_owned();
    let content = SignInPage::new(&app, FormState::empty(&FIELDS), return_to);
    show(&app, &locale, StatusCode::OK, content, notice)
}

/// `POST /sign-in`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    let say = |key| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &FIELDS);
    let return_to = web::return_path(form.get("return_to")).to_owned();
    let password = Password::new(form.get("password"));
    if form.trimmed("name").is_empty() {
        shown.refuse("name", say("sign-in-empty-name"));
    }
    if password.is_empty() {
        shown.refuse("password", say("sign-in-empty-password"));
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if !shown.is_refused() {
        let place = Place::of(&app, &headers, from);
        match try_to_enter(&app, &form, (&headers, &place), &password).await? {
            Ok(response) => return Ok(response),
            Err(SignInError::Refused { lock }) => {
                if let Some(login) = lock {
                    lock_beside(&app, login);
                }
                shown.refuse("name", say("sign-in-refused"));
            }
            Err(SignInError::Locked) => {
                status = StatusCode::TOO_MANY_REQUESTS;
                shown.refuse("name", say("door-locked"));
            }
            Err(SignInError::Wait(wait)) => {
                status = StatusCode::TOO_MANY_REQUESTS;
                let minutes = wait.as_mins() + 1;
                shown.refuse("name", app.site.texts().say_count(locale.language, "sign-in-wait", minutes, &[]));
            }
            Err(SignInError::Busy) => {
                status = StatusCode::SERVICE_UNAVAILABLE;
                shown.refuse("name", say("door-busy"));
            }
            Err(SignInError::Db(error)) => return Err(error.into()),
        }
    }
    let content = SignInPage::new(&app, shown, return_to);
    show(&app, &locale, status, content, None)
}

async fn try_to_enter(
    app: &App,
    form: &Form,
    (headers, place): (&HeaderMap, &Place),
    password: &Password,
) -> Result<Result<Response, SignInError>, Refusal> {
    let typed = form.trimmed("name");
    let by_identifier = accounts::login_by_identifier(app.db.reader(), typed).await?;
    let who = Who { typed, by_identifier, from: place.from, device: place.device.as_deref() };
    match identity::try_password(&app.db, &app.vault, app.door(), &who, password).await {
        Ok(right) => after_password(app, (right, typed), (headers, place), form.get("return_to")).await,
        Err(error) => Ok(Err(error)),
    }
}

/// `POST /sign-out`: the session ends on the server.
pub(crate) async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    if let Some(signed) = Signed::of(&app, &headers).await? {
        identity::end_session(&app.db, signed.session).await?;
    }
    let mut response = see_other("/sign-in?out=1");
    response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Session, ""));
    // Nothing of the signed-in pages stays behind on a shared computer.
    response.headers_mut().append("clear-site-data", axum::http::HeaderValue::from_static("\"cache\""));
    Ok(response)
}
