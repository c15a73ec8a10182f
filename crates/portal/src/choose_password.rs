//! The page on which a password is chosen with a link, whatever the link was sent for (SEC-5).

use axum::http::StatusCode;
use axum::response::Response;
use identity::{ChosenPassword, LinkState, Login, Password, PasswordPolicy, StepOwner};
use kernel::LoginId;
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use crate::App;
use crate::recover::unhashed;
use crate::sign_up::{Lengths, Rule, refuse_password, rules_of};
use crate::signed::{Cookie, see_other, set_cookie};

/// What the link was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A lost password.
    Lost,
    /// A request with documents that was accepted.
    Documents,
}

impl Way {
    /// The part of the texts' keys that names it.
    const fn name(self) -> &'static str {
        match self {
            Self::Lost => "recover",
            Self::Documents => "documents-renew",
        }
    }

    fn path(self, secret: &str) -> String {
        match self {
            Self::Lost => format!("/recover/{secret}"),
            Self::Documents => format!("/recover/documents/renew/{secret}"),
        }
    }
}

#[derive(Serialize)]
struct ChoosePage {
    /// `recover` or `documents-renew`.
    way: &'static str,
    /// `open`, `used`, `over`, or `unknown` for a link that is none of ours.
    state: &'static str,
    username: String,
    action: String,
    form: FormState,
    rules: Vec<Rule>,
    policy: Lengths,
}

/// What a link can still do, for status and texts; none for one that is none of ours.
pub(crate) const fn link_state(state: Option<LinkState>) -> (StatusCode, &'static str) {
    match state {
        Some(LinkState::Open) => (StatusCode::OK, "open"),
        Some(LinkState::Used) => (StatusCode::GONE, "used"),
        Some(LinkState::Over) => (StatusCode::GONE, "over"),
        None => (StatusCode::NOT_FOUND, "unknown"),
    }
}

/// The login that a link is about, for as long as it is good, and what the link can do.
pub(crate) type Found = (Option<Login>, Option<LinkState>);

pub(crate) async fn show(
    app: &App,
    locale: &Locale,
    (way, secret): (Way, &str),
    (login, state): &Found,
    form: FormState,
) -> Result<Response, Refusal> {
    let (status, state) = match link_state(*state) {
        (_, "open") if form.is_refused() => (StatusCode::UNPROCESSABLE_ENTITY, "open"),
        said => said,
    };
    let policy = match login {
        Some(login) => policy_of(app, login.id).await?,
        None => app.policy,
    };
    let (rules, policy) = rules_of(app, locale, policy);
    let content = ChoosePage {
        way: way.name(),
        state,
        username: login.as_ref().map(|login| login.username.clone()).unwrap_or_default(),
        action: login.as_ref().map(|_| way.path(secret)).unwrap_or_default(),
        form,
        rules,
        policy,
    };
    let frame = app.site.frame(locale, if state == "open" { "recover-choose-title" } else { "recover-over-title" });
    Page { frame, content }.show_as(status, &app.site, locale, "recover-choose.html")
}

/// What the policy asks of a login's password: less of one that has a second step (SGN-5).
pub(crate) async fn policy_of(app: &App, login: LoginId) -> Result<PasswordPolicy, Refusal> {
    let steps = identity::steps_of(app.db.reader(), StepOwner::Login(login)).await?;
    Ok(app.policy.with_step(steps.is_on()))
}

/// A password that keeps to this policy, as it is kept.
pub(crate) async fn keep(app: &App, policy: PasswordPolicy, password: &Password) -> Result<ChosenPassword, Refusal> {
    let hash = app.hasher().hash(app.db.world(), password).await.map_err(unhashed)?;
    Ok(ChosenPassword { hash, needs_step: policy.needs_step(password) })
}

/// The password that was typed; or the page again, where the link opens nothing or the policy refuses.
pub(crate) async fn typed(
    app: &App,
    locale: &Locale,
    link: (Way, &str),
    found: &Found,
    form: &Form,
) -> Result<Result<ChosenPassword, Response>, Refusal> {
    let mut shown = FormState::default();
    let (Some(open), Some(LinkState::Open)) = found else {
        return Ok(Err(show(app, locale, link, found, shown).await?));
    };
    let password = Password::new(form.get("password"));
    let policy = policy_of(app, open.id).await?;
    refuse_password(app, locale, (policy, &open.username, &open.email), (form, &password), &mut shown);
    if shown.is_refused() {
        return Ok(Err(show(app, locale, link, found, shown).await?));
    }
    Ok(Ok(keep(app, policy, &password).await?))
}

/// To the door, with the new password; no session from before goes on.
pub(crate) fn done(app: &App) -> Response {
    app.nudge.notify_one();
    let mut response = see_other("/sign-in?chosen=1");
    response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Session, ""));
    response
}
