//! Sign-up with an activation e-mail (SGN-1): asked for here or by an agent, sent to the address on file and nowhere else.

use std::net::IpAddr;

use accounts::{AccountNumber, ActivationBy, ActivationState, ActivationWish, Grant, Right};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use db::Isolation;
use identity::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use web::{Address, Form, FormState, Locale, Page, Refusal};

use crate::frame::{Tab, frame_for};
use crate::letters::{Desk, LetterError};
use crate::sign_up::ANSWER_AFTER;
use crate::signed::{Cookie, Signed, encoded, see_other, set_cookie};
use crate::{App, activation_letters};

const FIELDS: [&str; 1] = ["account_number"];

#[derive(Serialize)]
struct AskPage {
    form: FormState,
    /// An e-mail was asked for; whether one was sent is not told.
    asked: bool,
    telephone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    asked: String,
}

fn show_ask(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    asked: bool,
) -> Result<Response, Refusal> {
    let title = if asked { "activate-asked-title" } else { "activate-title" };
    let frame = app.site.frame(locale, title);
    let content = AskPage { form, asked, telephone: app.provider.facts.telephone.clone() };
    Page { frame, content }.show_as(status, &app.site, locale, "activate.html")
}

/// `GET /activate`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    show_ask(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), !asked.asked.is_empty())
}

/// `POST /activate`: one answer and one time, whatever was typed.
pub(crate) async fn ask(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    form: Form,
) -> Result<Response, Refusal> {
    let until = tokio::time::Instant::now() + ANSWER_AFTER;
    let answer = answer(&app, &locale, from, &form).await;
    tokio::time::sleep_until(until).await;
    answer
}

async fn answer(app: &App, locale: &Locale, from: IpAddr, form: &Form) -> Result<Response, Refusal> {
    let mut shown = FormState::keeping(form, &FIELDS);
    let typed = form.trimmed("account_number");
    if typed.is_empty() {
        shown.refuse("account_number", app.site.texts().say(locale.language, "sign-up-empty-number"));
        return show_ask(app, locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), false);
    }
    let number = typed.parse::<AccountNumber>().ok();
    let counted = number.as_ref().map_or_else(|| typed.to_owned(), ToString::to_string);
    let limits = [
        Limit::of_address(&app.vault, LimitKind::ActivationAddress, from),
        Limit::of(&app.vault, LimitKind::ActivationAccount, &counted),
    ];
    for limit in &limits {
        if let Some(wait) = limit.take(&app.db).await? {
            let text = app.site.texts().say_count(locale.language, "sign-up-wait", wait.as_mins() + 1, &[]);
            shown.refuse("account_number", text);
            return show_ask(app, locale, (StatusCode::TOO_MANY_REQUESTS, shown), false);
        }
    }
    if let Some(number) = number {
        send(app, number.as_str(), ActivationBy::Site).await?;
    }
    Ok(see_other("/activate?asked=1"))
}

/// What became of the wish for an activation e-mail, for the provider's people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent,
    AMomentAgo,
    /// No such account, or it has its holder's login.
    NotNeeded,
    NoAddress,
    /// The last one has expired: only the provider's people send another.
    Expired,
}

/// Sends an activation e-mail to the address on file of an account.
pub(crate) async fn send(app: &App, number: &str, by: ActivationBy) -> Result<Outcome, Refusal> {
    let desk = Desk::of(app);
    let lasts = app.activation_lasts;
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let Some(account) = accounts::unheld(tx, number).await? else { return Ok(Outcome::NotNeeded) };
        let grant = Grant::of_the_provider(account, number, Right::SeeBills);
        let view = accounts::account_view(tx, desk.vault, &grant).await?;
        let Some(view) = view else { return Ok(Outcome::NotNeeded) };
        let Some(on_file) = view.email.as_deref() else { return Ok(Outcome::NoAddress) };
        let wish = accounts::draw_activation(desk.db, desk.vault, tx, (account, on_file), (by, lasts)).await?;
        Ok::<_, LetterError>(match wish {
            ActivationWish::JustSent => Outcome::AMomentAgo,
            ActivationWish::Expired => Outcome::Expired,
            ActivationWish::Drawn(drawn) => {
                activation_letters::link(&desk, tx, &view, on_file, &drawn).await?;
                Outcome::Sent
            }
        })
    });
    let outcome = sent.await.map_err(|error| {
        tracing::error!(%error, "an activation e-mail could not be sent");
        Refusal::Broken
    })?;
    if outcome == Outcome::Sent {
        app.nudge.notify_one();
    }
    Ok(outcome)
}

#[derive(Serialize)]
struct LinkPage {
    /// `open`, `used`, `expired`, `replaced`, or `unknown` for a link that is none of ours.
    state: &'static str,
    account_number: Option<String>,
    action: String,
    /// Who is signed in, and may add the account to their login (ONE-1).
    username: Option<String>,
    /// Where somebody signs in who has a login.
    sign_in_href: String,
    telephone: Option<String>,
}

async fn show_link(app: &App, locale: &Locale, headers: &HeaderMap, secret: &str) -> Result<Response, Refusal> {
    let signed = Signed::of(app, headers).await?;
    let found = accounts::find_activation(app.db.reader(), secret).await?;
    let (status, state) = match found.as_ref().map(|found| found.state(app.db.world().now())) {
        Some(ActivationState::Open) => (StatusCode::OK, "open"),
        Some(ActivationState::Used) => (StatusCode::GONE, "used"),
        Some(ActivationState::Expired) => (StatusCode::GONE, "expired"),
        Some(ActivationState::Replaced) => (StatusCode::GONE, "replaced"),
        None => (StatusCode::NOT_FOUND, "unknown"),
    };
    let content = LinkPage {
        state,
        account_number: found.map(|found| found.number).filter(|_| state == "open"),
        action: if state == "open" { format!("/activate/{secret}") } else { String::new() },
        username: signed.as_ref().map(|signed| signed.login.username.clone()),
        sign_in_href: format!("/sign-in?return_to={}", encoded(&format!("/activate/{secret}"))),
        telephone: app.provider.facts.telephone.clone(),
    };
    let title = match (&signed, state) {
        (Some(_), "open") => "activation-add-title".to_owned(),
        _ => format!("activation-{state}-title"),
    };
    let title = app.site.texts().say(locale.language, &title);
    let mut frame = frame_for(app, locale, signed.as_ref(), (Tab::Home, title))?;
    frame.path = format!("/activate/{secret}");
    Page { frame, content }.show_as(status, &app.site, locale, "activation.html")
}

/// `GET /activate/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(crate) async fn link_page(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    show_link(&app, &locale, &headers, &secret).await
}

/// `POST /activate/{secret}`: on to username and password. The link is used up when the login is made.
pub(crate) async fn begin(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    match accounts::begin_activated_claim(&app.db, &secret).await? {
        Some(claim) => {
            let mut response = see_other("/sign-up/login");
            response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Claim, &claim));
            Ok(response)
        }
        None => show_link(&app, &locale, &headers, &secret).await,
    }
}
