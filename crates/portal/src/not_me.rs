//! “This was not me” (SEC-4): the link in the letter about a new sign-in.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{LinkPurpose, LinkState, StepOwner};
use serde::Serialize;
use web::{Locale, Page, Refusal};

use crate::App;
use crate::door_letters::{self, Person};
use crate::letters::{Desk, LetterError};
use crate::passkeys;
use crate::signed::see_other;

#[derive(Serialize)]
struct NotMePage {
    /// `open`, `used`, `over`, or `unknown` for a link that is none of ours.
    state: &'static str,
    action: String,
    /// Whether the next sign-in asks for a second step, which may be a stranger's; told once the link was used.
    has_step: bool,
    telephone: Option<String>,
}

async fn show(app: &App, locale: &Locale, secret: &str) -> Result<Response, Refusal> {
    let found = identity::find_link(&app.db, app.db.reader(), secret, LinkPurpose::NotMe).await?;
    let has_step = match &found {
        Some((login, LinkState::Used)) => identity::steps_of(app.db.reader(), StepOwner::Login(*login)).await?.is_on(),
        _ => false,
    };
    let (status, state) = match found.as_ref().map(|(_, state)| *state) {
        Some(LinkState::Open) => (StatusCode::OK, "open"),
        Some(LinkState::Used) => (StatusCode::OK, "used"),
        Some(LinkState::Over) => (StatusCode::GONE, "over"),
        None => (StatusCode::NOT_FOUND, "unknown"),
    };
    let content = NotMePage {
        state,
        action: if found.is_some() { format!("/sign-in/not-me/{secret}") } else { String::new() },
        has_step,
        telephone: app.provider.facts.telephone.clone(),
    };
    let frame = app.site.frame(locale, &format!("not-me-{state}-title"));
    Page { frame, content }.show_as(status, &app.site, locale, "not-me.html")
}

/// `GET /sign-in/not-me/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    show(&app, &locale, &secret).await
}

/// `POST /sign-in/not-me/{secret}`: all sessions end, and the password; the way to a new one is sent.
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let (desk, begun) = (Desk::of(&app), app.db.world().now());
    let ended = app.db.write(async |tx| {
        let ended = identity::was_not_me((desk.db, desk.vault), tx, &secret).await?;
        let Some(login) = ended else { return Ok(false) };
        if let Some(person) = Person::find(&desk, tx, login).await? {
            door_letters::password_link(&desk, tx, &person, "login-closed").await?;
            passkeys::letters::doubted(&desk, tx, &person, begun).await?;
        }
        Ok::<_, LetterError>(true)
    });
    let ended = ended.await.map_err(|error| {
        tracing::error!(%error, "the sessions of a login could not be ended");
        Refusal::Broken
    })?;
    if ended {
        app.nudge.notify_one();
        return Ok(see_other(&format!("/sign-in/not-me/{secret}")));
    }
    show(&app, &locale, &secret).await
}
