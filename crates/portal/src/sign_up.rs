//! Sign-up in two steps (SGN-2): account number and postal code; then username, e-mail and password.

use std::time::Duration;

use accounts::{Claim, ClaimError, SignUpError};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use db::{DbErr, DbFault};
use identity::{LoginError, NewLogin, Password, PasswordPolicy, Token, Username, UsernameError};
use kernel::Language;
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use crate::device_words::device_code;
use crate::emails::email_of;
use crate::letters::{Desk, LetterError};
use crate::new_customer::{check_contact, keep_backup, new_href, on_file};
use crate::recover::unhashed;
use crate::signed::{Cookie, cookie_name, see_other, set_cookie, with_session};
use crate::{App, claim_letters};

const ACCOUNT_FIELDS: [&str; 2] = ["account_number", "postal_code"];
const LOGIN_FIELDS: [&str; 2] = ["username", "email"];
/// Every answer to who may be a stranger takes so long, so that its time tells nothing.
pub(crate) const ANSWER_AFTER: Duration = Duration::from_millis(400);

#[derive(Serialize)]
struct AccountPage {
    form: FormState,
    /// What was typed in the second step before it ended, to be there again.
    carried: Vec<Carried>,
    /// Where new customers begin, if they may.
    new_href: Option<&'static str>,
}

#[derive(Serialize)]
struct Carried {
    name: &'static str,
    value: String,
}

fn show_account(
    app: &App,
    locale: &Locale,
    status: StatusCode,
    content: AccountPage,
    notice: Option<Notice>,
) -> Result<Response, Refusal> {
    let mut frame = app.site.frame(locale, "sign-up-account-title");
    frame.notice = notice;
    Page { frame, content }.show_as(status, &app.site, locale, "sign-up-account.html")
}

/// `GET /sign-up`
pub(crate) async fn page(State(app): State<App>, locale: Locale) -> Result<Response, Refusal> {
    let content =
        AccountPage { form: FormState::empty(&ACCOUNT_FIELDS), carried: Vec::new(), new_href: new_href(&app) };
    show_account(&app, &locale, StatusCode::OK, content, None)
}

/// `POST /sign-up`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    form: Form,
) -> Result<Response, Refusal> {
    let until = tokio::time::Instant::now() + ANSWER_AFTER;
    let answer = claim(&app, &locale, from, &form).await;
    tokio::time::sleep_until(until).await;
    answer
}

async fn claim(app: &App, locale: &Locale, from: std::net::IpAddr, form: &Form) -> Result<Response, Refusal> {
    let say = |key| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(form, &ACCOUNT_FIELDS);
    if form.trimmed("account_number").is_empty() {
        shown.refuse("account_number", say("sign-up-empty-number"));
    }
    if form.trimmed("postal_code").is_empty() {
        shown.refuse("postal_code", say("sign-up-empty-code"));
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if !shown.is_refused() {
        let typed = (form.trimmed("account_number"), form.trimmed("postal_code"));
        let places = services::Places(&app.db);
        match accounts::begin_claim(&app.db, &app.vault, from, typed, &places).await {
            Ok(secret) => {
                let mut response = see_other("/sign-up/login");
                response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Claim, &secret));
                return Ok(response);
            }
            Err(ClaimError::Refused) => shown.refuse("account_number", say("sign-up-refused")),
            Err(ClaimError::Wait(wait)) => {
                status = StatusCode::TOO_MANY_REQUESTS;
                let text = app.site.texts().say_count(locale.language, "sign-up-wait", wait.as_mins() + 1, &[]);
                shown.refuse("account_number", text);
            }
            Err(ClaimError::Db(error)) => return Err(error.into()),
        }
    }
    show_account(
        app,
        locale,
        status,
        AccountPage { form: shown, carried: carried(form), new_href: new_href(app) },
        None,
    )
}

fn carried(form: &Form) -> Vec<Carried> {
    let typed = LOGIN_FIELDS.into_iter().map(|name| Carried { name, value: form.get(name).to_owned() });
    typed.filter(|carried| !carried.value.is_empty()).collect()
}

#[derive(Serialize)]
struct LoginPage {
    form: FormState,
    account_number: String,
    /// For who came by a link to the address on file.
    identifier: Option<String>,
    proposals: Vec<String>,
    rules: Vec<Rule>,
    policy: Lengths,
}

#[derive(Serialize)]
pub(crate) struct Rule {
    id: &'static str,
    text: String,
}

#[derive(Serialize)]
pub(crate) struct Lengths {
    min: usize,
    max: usize,
}

/// What a policy asks of passwords, as pages show it beside the field.
pub(crate) fn rules_of(app: &App, locale: &Locale, policy: PasswordPolicy) -> (Vec<Rule>, Lengths) {
    let (min, max) = policy.length();
    let (least, most) = (min.to_string(), max.to_string());
    let rule = |rule: &identity::PasswordRule| Rule {
        id: rule.id(),
        text: app.site.texts().say_with(
            locale.language,
            &format!("sign-up-rule-{}", rule.id()),
            &[("min", &least), ("max", &most)],
        ),
    };
    (policy.rules().iter().map(rule).collect(), Lengths { min, max })
}

async fn show_login(
    app: &App,
    locale: &Locale,
    status: StatusCode,
    (claim, form, proposals): (&Claim, FormState, Vec<String>),
) -> Result<Response, Refusal> {
    let (rules, policy) = rules_of(app, locale, app.policy);
    let identifier = on_file(app, claim).await?.map(|view| view.identifier);
    let content = LoginPage { form, account_number: claim.number.clone(), identifier, proposals, rules, policy };
    let frame = app.site.frame(locale, "sign-up-login-title");
    Page { frame, content }.show_as(status, &app.site, locale, "sign-up-login.html")
}

/// The claim of the cookie, while it lasts.
async fn claim_of(app: &App, headers: &HeaderMap) -> Result<Option<(String, Claim)>, Refusal> {
    let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Claim)) else { return Ok(None) };
    let claim = accounts::find_claim(&app.db, app.db.reader(), &secret).await?;
    Ok(claim.map(|claim| (secret, claim)))
}

/// Back to the first step, saying why; what was typed in the second comes along.
fn ended(app: &App, locale: &Locale, form: &Form) -> Result<Response, Refusal> {
    let text = app.site.texts().say(locale.language, "sign-up-ended");
    let content =
        AccountPage { form: FormState::empty(&ACCOUNT_FIELDS), carried: carried(form), new_href: new_href(app) };
    let mut locale = locale.clone();
    "/sign-up".clone_into(&mut locale.path);
    show_account(app, &locale, StatusCode::GONE, content, Some(Notice { kind: "warning", text }))
}

/// `GET /sign-up/login`
pub(crate) async fn login_page(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Some((_, claim)) = claim_of(&app, &headers).await? else { return Ok(see_other("/sign-up")) };
    let mut form = FormState::empty(&LOGIN_FIELDS);
    // The link went there, so it is known to reach them.
    if let Some(email) = on_file(&app, &claim).await?.and_then(|view| view.email) {
        form.values.insert("email", email);
    }
    show_login(&app, &locale, StatusCode::OK, (&claim, form, Vec::new())).await
}

/// `POST /sign-up/login`
pub(crate) async fn login_submit(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    let Some((secret, claim)) = claim_of(&app, &headers).await? else { return ended(&app, &locale, &form) };
    let mut shown = FormState::keeping(&form, &LOGIN_FIELDS);
    let username = check_username(&app, &locale, &form, &mut shown).await?;
    let email = check_email(&app, &locale, &form, &mut shown);
    check_contact(&app, &locale, &claim, (&form, &mut shown)).await?;
    let password = Password::new(form.get("password"));
    let names = (app.policy, form.trimmed("username"), form.trimmed("email"));
    refuse_password(&app, &locale, names, (&form, &password), &mut shown);
    let Some(username) = username.filter(|_| !shown.is_refused()) else {
        return refused(&app, &locale, &claim, &form, shown).await;
    };
    let hash = app.hasher().hash(app.db.world(), &password).await.map_err(unhashed)?;
    let new = NewLogin { username, password_hash: hash, language: locale.language, email };
    let device = web::cookie(&headers, cookie_name(&app, Cookie::Device));
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let device = (device.as_deref(), device_code(agent));
    match create(&app, &secret, &new, device).await {
        Ok((token, device)) => {
            app.nudge.notify_one();
            let mut response = with_session(&app, &token, &format!("/accounts/{}/overview?welcome=1", claim.number));
            response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Device, device.secret()));
            Ok(response)
        }
        Err(CreateError::SignUp(SignUpError::Ended)) => ended(&app, &locale, &form),
        Err(CreateError::SignUp(SignUpError::Login(LoginError::UsernameTaken))) => {
            shown.refuse("username", app.site.texts().say(locale.language, "sign-up-name-taken"));
            refused(&app, &locale, &claim, &form, shown).await
        }
        Err(error) => {
            tracing::error!(%error, "a login could not be made");
            Err(Refusal::Broken)
        }
    }
}

async fn refused(
    app: &App,
    locale: &Locale,
    claim: &Claim,
    form: &Form,
    shown: FormState,
) -> Result<Response, Refusal> {
    let proposals = identity::propose(&app.db, form.trimmed("email")).await?;
    show_login(app, locale, StatusCode::UNPROCESSABLE_ENTITY, (claim, shown, proposals)).await
}

#[derive(Debug)]
enum CreateError {
    SignUp(SignUpError),
    Letter(LetterError),
    Db(DbErr),
}

impl std::fmt::Display for CreateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignUp(error) => error.fmt(f),
            Self::Letter(error) => error.fmt(f),
            Self::Db(error) => error.fmt(f),
        }
    }
}

impl From<DbErr> for CreateError {
    fn from(error: DbErr) -> Self {
        Self::Db(error)
    }
}

impl DbFault for CreateError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::SignUp(error) => error.db_err(),
            Self::Letter(error) => error.db_err(),
            Self::Db(error) => Some(error),
        }
    }
}

/// Login, membership, session, known device and letters in one transaction: all of it or nothing. Gives the secrets of the
/// session and the device, which comes with its cookie and its two words.
async fn create(
    app: &App,
    secret: &str,
    new: &NewLogin,
    (cookie, words): (Option<&str>, Option<String>),
) -> Result<(Token, Token), CreateError> {
    app.db
        .write(async |tx| {
            let done = accounts::complete_claim(&app.db, &app.vault, tx, secret, new).await;
            let (login, claim) = done.map_err(CreateError::SignUp)?;
            claim_letters::signed_up(&Desk::of(app), tx, (login, &claim), new).await.map_err(CreateError::Letter)?;
            keep_backup(&Desk::of(app), tx, (login, &claim)).await.map_err(CreateError::Letter)?;
            let device = identity::bind_device(&app.db, tx, login, cookie).await?;
            Ok((identity::begin_session(&app.db, tx, login, words.as_deref()).await?, device))
        })
        .await
}

pub(crate) async fn check_username(
    app: &App,
    locale: &Locale,
    form: &Form,
    shown: &mut FormState,
) -> Result<Option<Username>, Refusal> {
    match Username::parse(form.trimmed("username")) {
        Ok(username) => {
            if identity::is_username_free(app.db.reader(), &username).await? {
                return Ok(Some(username));
            }
            shown.refuse("username", app.site.texts().say(locale.language, "sign-up-name-taken"));
        }
        Err(error) => shown.refuse("username", why_not(app, locale.language, error)),
    }
    Ok(None)
}

fn why_not(app: &App, language: Language, error: UsernameError) -> String {
    let texts = app.site.texts();
    match error {
        UsernameError::TooShort => texts.say(language, "sign-up-name-short"),
        UsernameError::TooLong => texts.say(language, "sign-up-name-long"),
        UsernameError::LikeIdentifier => texts.say(language, "sign-up-name-identifier"),
        UsernameError::Character(c) if c.is_whitespace() => texts.say(language, "sign-up-name-space"),
        UsernameError::Character(c) => {
            texts.say_with(language, "sign-up-name-character", &[("character", &c.to_string())])
        }
    }
}

/// The e-mail in the form in which it is kept; nothing where it is refused.
fn check_email(app: &App, locale: &Locale, form: &Form, shown: &mut FormState) -> String {
    email_of(app, form.get("email"), "sign-up-email-wrong").unwrap_or_else(|key| {
        shown.refuse("email", app.site.texts().say(locale.language, key));
        String::new()
    })
}

/// Refuses a password that breaks the policy, or that was typed in two ways.
pub(crate) fn refuse_password(
    app: &App,
    locale: &Locale,
    (policy, username, email): (PasswordPolicy, &str, &str),
    (form, password): (&Form, &Password),
    shown: &mut FormState,
) {
    let (min, max) = policy.length();
    let values = [("min", min.to_string()), ("max", max.to_string())];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let broken = policy.broken(password, username, email);
    if let Some(rule) = broken.first() {
        let key = format!("sign-up-password-{}", rule.id());
        shown.refuse("password", app.site.texts().say_with(locale.language, &key, &values));
    } else if form.get("password") != form.get("password_again") {
        shown.refuse("password_again", app.site.texts().say(locale.language, "sign-up-password-different"));
    }
}

#[derive(Deserialize)]
pub(crate) struct AskedName {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

/// `GET /sign-up/username?name=`: whether a username is free. Answers after the first step alone (SGN-2).
pub(crate) async fn username(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Query(asked): Query<AskedName>,
) -> Result<Response, Refusal> {
    if claim_of(&app, &headers).await?.is_none() {
        return Err(Refusal::NotFound);
    }
    let reason = match Username::parse(asked.name.trim()) {
        Err(error) => Some(why_not(&app, locale.language, error)),
        Ok(username) if identity::is_username_free(app.db.reader(), &username).await? => None,
        Ok(_) => Some(app.site.texts().say(locale.language, "sign-up-name-taken")),
    };
    let proposals = if reason.is_some() { identity::propose(&app.db, asked.email.trim()).await? } else { Vec::new() };
    Ok(Json(json!({ "free": reason.is_none(), "reason": reason, "proposals": proposals })).into_response())
}
