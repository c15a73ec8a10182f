//! The provider's people sign in and out, and choose their password with a link (AGT-2).

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::{InvitationState, Password, PasswordPolicy, SignInError, Staff};
use serde::{Deserialize, Serialize};
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use super::step::step_and_back;
use super::{StaffSigned, back_to, role_name, staff_frame};
use crate::App;
use crate::recover::unhashed;
use crate::sign_up::{Lengths, Rule, refuse_password, rules_of};
use crate::signed::{Cookie, cookie_name, see_other, set_cookie};

const FIELDS: [&str; 1] = ["email"];
/// What is asked of the passwords of people who see many customers, whatever is asked of customers (SGN-5).
const POLICY: PasswordPolicy = PasswordPolicy::Modern;

#[derive(Serialize)]
struct SignInPage {
    form: FormState,
    return_to: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    return_to: String,
    out: String,
    chosen: String,
}

/// `GET /staff/sign-in`
pub(super) async fn sign_in_page(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    if StaffSigned::of(&app, &headers).await?.is_some() {
        return Ok(see_other(back_to(&asked.return_to)));
    }
    let say = |key| app.site.texts().say(locale.language, key);
    let notice = match (asked.out.is_empty(), asked.chosen.is_empty()) {
        (false, _) => Some(Notice { kind: "success", text: say("sign-in-signed-out") }),
        (_, false) => Some(Notice { kind: "success", text: say("staff-password-done") }),
        _ => None,
    };
    let content = SignInPage { form: FormState::empty(&FIELDS), return_to: back_to(&asked.return_to).to_owned() };
    let frame = staff_frame(&app, &locale, "staff-sign-in-title", notice);
    Page { frame, content }.show(&app.site, &locale, "staff-sign-in.html")
}

/// `POST /staff/sign-in`
pub(super) async fn sign_in(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    let say = |key| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &FIELDS);
    let return_to = back_to(form.get("return_to")).to_owned();
    let password = Password::new(form.get("password"));
    if form.trimmed("email").is_empty() {
        shown.refuse("email", say("staff-empty-email"));
    }
    if password.is_empty() {
        shown.refuse("password", say("sign-in-empty-password"));
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if !shown.is_refused() {
        let who = (form.trimmed("email"), from);
        match identity::staff_sign_in(&app.db, &app.vault, app.door(), who, &password).await {
            Ok((_, token)) => {
                // Whoever was signed in here before is not any more.
                end_session(&app, &headers).await?;
                let mut response = see_other(&step_and_back(&return_to));
                response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Staff, token.secret()));
                return Ok(response);
            }
            Err(SignInError::Refused { .. } | SignInError::Locked) => {
                shown.refuse("email", say("staff-sign-in-refused"));
            }
            Err(SignInError::Busy) => return Err(Refusal::Unavailable),
            Err(SignInError::Wait(wait)) => {
                status = StatusCode::TOO_MANY_REQUESTS;
                let text = app.site.texts().say_count(locale.language, "sign-in-wait", wait.as_mins() + 1, &[]);
                shown.refuse("email", text);
            }
            Err(SignInError::Db(error)) => return Err(error.into()),
        }
    }
    let frame = staff_frame(&app, &locale, "staff-sign-in-title", None);
    let content = SignInPage { form: shown, return_to };
    Page { frame, content }.show_as(status, &app.site, &locale, "staff-sign-in.html")
}

/// Ends the session of the cookie, whichever steps it has shown.
async fn end_session(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    if let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Staff)) {
        identity::end_staff_session(&app.db, &secret).await?;
    }
    Ok(())
}

/// `POST /staff/sign-out`: the session ends on the server.
pub(super) async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    end_session(&app, &headers).await?;
    let mut response = see_other("/staff/sign-in?out=1");
    response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Staff, ""));
    response.headers_mut().append("clear-site-data", axum::http::HeaderValue::from_static("\"cache\""));
    Ok(response)
}

#[derive(Serialize)]
struct PasswordPage {
    /// `open`, `used`, `expired`, or `unknown` for a link that is none of ours.
    state: &'static str,
    name: String,
    email: String,
    role: String,
    action: String,
    form: FormState,
    rules: Vec<Rule>,
    policy: Lengths,
}

fn show_password(
    app: &App,
    locale: &Locale,
    (secret, form): (&str, FormState),
    found: Option<&(Staff, InvitationState)>,
) -> Result<Response, Refusal> {
    let (status, state) = match found {
        Some((_, InvitationState::Open)) if form.is_refused() => (StatusCode::UNPROCESSABLE_ENTITY, "open"),
        Some((_, InvitationState::Open)) => (StatusCode::OK, "open"),
        Some((_, InvitationState::Used)) => (StatusCode::GONE, "used"),
        Some((_, InvitationState::Expired)) => (StatusCode::GONE, "expired"),
        None => (StatusCode::NOT_FOUND, "unknown"),
    };
    // Whose link it was is told only while it opens something.
    let staff = found.map(|(staff, _)| staff).filter(|_| state == "open");
    let (rules, policy) = rules_of(app, locale, POLICY);
    let content = PasswordPage {
        state,
        name: staff.map(|staff| staff.name.clone()).unwrap_or_default(),
        email: staff.map(|staff| staff.email.clone()).unwrap_or_default(),
        role: staff.map(|staff| role_name(app, locale, staff)).unwrap_or_default(),
        action: staff.map(|_| format!("/staff/password/{secret}")).unwrap_or_default(),
        form,
        rules,
        policy,
    };
    let title = if state == "open" { "staff-password-title" } else { "staff-password-over-title" };
    let frame = staff_frame(app, locale, title, None);
    Page { frame, content }.show_as(status, &app.site, locale, "staff-password.html")
}

/// `GET /staff/password/{secret}`: where the link leads. It changes nothing.
pub(super) async fn password_page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let found = identity::find_invitation(&app.db, app.db.reader(), &app.vault, &secret).await?;
    show_password(&app, &locale, (&secret, FormState::default()), found.as_ref())
}

/// `POST /staff/password/{secret}`: chooses the password.
pub(super) async fn choose_password(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let find = async || identity::find_invitation(&app.db, app.db.reader(), &app.vault, &secret).await;
    let found = find().await?;
    let mut shown = FormState::default();
    if let Some((staff, InvitationState::Open)) = &found {
        let password = Password::new(form.get("password"));
        refuse_password(&app, &locale, (POLICY, &staff.email, &staff.email), (&form, &password), &mut shown);
        if !shown.is_refused() {
            let hash = app.hasher().hash(app.db.world(), &password).await.map_err(unhashed)?;
            let accepted = app
                .db
                .write(async |tx| identity::accept_invitation(&app.db, &app.vault, tx, &secret, &hash).await)
                .await?;
            if accepted {
                return Ok(see_other("/staff/sign-in?chosen=1"));
            }
            // Somebody was faster with the same link.
            return show_password(&app, &locale, (&secret, shown), find().await?.as_ref());
        }
    }
    show_password(&app, &locale, (&secret, shown), found.as_ref())
}
