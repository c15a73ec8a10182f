//! Signing in and out (SEC-1, SEC-9).

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Password, SignInError, Who};
use serde::{Deserialize, Serialize};
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use crate::App;
use crate::signed::{Cookie, Signed, see_other, set_cookie, with_session};

const FIELDS: [&str; 1] = ["name"];

#[derive(Serialize)]
struct SignInPage {
    form: FormState,
    return_to: String,
    sign_up_href: &'static str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    return_to: String,
    /// The session that the page needed has ended.
    ended: String,
    out: String,
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

/// `GET /sign-in`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    Query(asked): Query<Asked>,
    headers: axum::http::HeaderMap,
) -> Result<Response, Refusal> {
    if Signed::of(&app, &headers).await?.is_some() {
        return Ok(see_other(&asked.return_to));
    }
    let say = |key| app.site.texts().say(locale.language, key);
    let notice = match (asked.ended.is_empty(), asked.out.is_empty()) {
        (false, _) => Some(Notice { kind: "info", text: say("sign-in-ended") }),
        (_, false) => Some(Notice { kind: "success", text: say("sign-in-signed-out") }),
        _ => None,
    };
    let return_to = web::return_path(&asked.return_to).to_owned();
    let content = SignInPage { form: FormState::empty(&FIELDS), return_to, sign_up_href: "/sign-up" };
    show(&app, &locale, StatusCode::OK, content, notice)
}

/// `POST /sign-in`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: axum::http::HeaderMap,
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
        let typed = form.trimmed("name");
        let by_identifier = accounts::login_by_identifier(app.db.reader(), typed).await?;
        let who = Who { typed, by_identifier, from };
        match identity::sign_in(&app.db, &app.vault, app.hasher(), &who, &password).await {
            Ok((_, token)) => {
                // Whoever was signed in here before is not any more.
                if let Some(before) = Signed::of(&app, &headers).await? {
                    identity::end_session(&app.db, before.session).await?;
                }
                let device = crate::profile::device_of(&headers);
                identity::describe_session(&app.db, &token, device.as_deref()).await?;
                return Ok(with_session(&app, &token, &return_to));
            }
            Err(SignInError::Refused) => shown.refuse("name", say("sign-in-refused")),
            Err(SignInError::Wait(wait)) => {
                status = StatusCode::TOO_MANY_REQUESTS;
                let minutes = wait.as_mins() + 1;
                shown.refuse("name", app.site.texts().say_count(locale.language, "sign-in-wait", minutes, &[]));
            }
            Err(SignInError::Db(error)) => return Err(error.into()),
        }
    }
    let content = SignInPage { form: shown, return_to, sign_up_href: "/sign-up" };
    show(&app, &locale, status, content, None)
}

/// `POST /sign-out`: the session ends on the server.
pub(crate) async fn sign_out(State(app): State<App>, headers: axum::http::HeaderMap) -> Result<Response, Refusal> {
    if let Some(signed) = Signed::of(&app, &headers).await? {
        identity::end_session(&app.db, signed.session).await?;
    }
    let mut response = see_other("/sign-in?out=1");
    response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Session, ""));
    // Nothing of the signed-in pages stays behind on a shared computer.
    response.headers_mut().append("clear-site-data", axum::http::HeaderValue::from_static("\"cache\""));
    Ok(response)
}
