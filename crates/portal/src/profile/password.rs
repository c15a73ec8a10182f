//! The Password tab (SEC-7): after a fresh proof the current one is asked for, all other sessions end, an e-mail is sent.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use identity::{Password, PasswordPolicy, ProofError, Proven, Token};
use serde::Serialize;
use web::{Form, FormState, Link, Locale, Page, Refusal};

use super::prove::{Need, may_choose_password};
use super::{AskedQuery, Part, chosen, done_notice, frame_of, letters};
use crate::App;
use crate::choose_password::{keep, policy_of};
use crate::letters::{Desk, LetterError};
use crate::recover::unhashed;
use crate::sign_up::{Lengths, Rule, refuse_password, rules_of};
use crate::signed::{Signed, with_session};

#[derive(Serialize)]
struct PasswordPage {
    tabs: Vec<Link>,
    form: FormState,
    rules: Vec<Rule>,
    policy: Lengths,
    /// For the browser's own keeper of passwords.
    username: String,
    /// When the password was chosen.
    since: Option<String>,
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (status, form): (StatusCode, FormState),
    asked: (&str, &str),
) -> Result<Response, Refusal> {
    let number = chosen(signed, asked.0)?;
    let (mut frame, tabs) = frame_of(app, locale, signed, number.as_deref(), Part::Password)?;
    frame.notice = done_notice(app, locale, asked.1, &["password"]);
    let (rules, policy) = rules_of(app, locale, policy_of(app, signed.login.id).await?);
    let since = identity::password_set_at(app.db.reader(), signed.login.id).await?;
    let since = since.map(|at| web::moment(app.site.texts(), locale.language, at, &app.zone));
    let username = signed.login.username.clone();
    let content = PasswordPage { tabs, form, rules, policy, username, since };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-password.html")
}

/// `GET /profile/password`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    if asked.done.is_empty() && !may_choose_password(&app, &signed).await? {
        return Ok(Need::Password.ask());
    }
    let empty = (StatusCode::OK, FormState::empty(&[]));
    show(&app, &locale, &signed, empty, (&asked.account, &asked.done)).await
}

/// `POST /profile/password`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    if !may_choose_password(&app, &signed).await? {
        return Ok(Need::Password.ask());
    }
    let mut shown = FormState::empty(&[]);
    let new = Password::new(form.get("password"));
    if form.get("current").is_empty() {
        shown.refuse("current", say("profile-current-empty"));
    }
    let policy = policy_of(&app, signed.login.id).await?;
    let names = (policy, signed.login.username.as_str(), signed.login.email.as_str());
    refuse_password(&app, &locale, names, (&form, &new), &mut shown);
    if !shown.is_refused() && form.get("password") == form.get("current") {
        shown.refuse("password", say("profile-password-same"));
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if !shown.is_refused()
        && let Some(proven) = prove(&app, &locale, &signed, (form.get("current"), &mut shown, &mut status)).await?
    {
        if let Some(token) = change(&app, &signed, (&proven, policy), &new).await? {
            app.nudge.notify_one();
            return Ok(with_session(&app, &token, "/profile/password?done=password"));
        }
        shown.refuse("current", say("profile-password-meanwhile"));
    }
    show(&app, &locale, &signed, (status, shown), ("", "")).await
}

/// Asks for the password once more; what is wrong stands at the field `current`.
pub(super) async fn prove(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (typed, shown, status): (&str, &mut FormState, &mut StatusCode),
) -> Result<Option<Proven>, Refusal> {
    let texts = app.site.texts();
    let typed = Password::new(typed);
    match identity::prove_password(&app.db, &app.vault, app.hasher(), signed.login.id, &typed).await {
        Ok(proven) => return Ok(Some(proven)),
        Err(ProofError::Wrong) => shown.refuse("current", texts.say(locale.language, "profile-current-wrong")),
        Err(ProofError::Wait(wait)) => {
            *status = StatusCode::TOO_MANY_REQUESTS;
            let text = texts.say_count(locale.language, "profile-current-wait", wait.as_mins() + 1, &[]);
            shown.refuse("current", text);
        }
        Err(ProofError::Hash(error)) => return Err(unhashed(error)),
        Err(ProofError::Db(error)) => return Err(error.into()),
    }
    Ok(None)
}

async fn change(
    app: &App,
    signed: &Signed,
    (proven, policy): (&Proven, PasswordPolicy),
    new: &Password,
) -> Result<Option<Token>, Refusal> {
    let new = keep(app, policy, new).await?;
    let desk = Desk::of(app);
    let about = super::first_view(app, signed)?;
    let changed = app.db.write_with(Isolation::Locked, async |tx| {
        let token = identity::change_password(&app.db, tx, (proven, signed.session), &new).await?;
        if token.is_some() {
            letters::login_changed(&desk, tx, (signed, about.as_ref()), "password").await?;
        }
        Ok::<_, LetterError>(token)
    });
    changed.await.map_err(|error| {
        tracing::error!(%error, "a password could not be changed");
        Refusal::Broken
    })
}
