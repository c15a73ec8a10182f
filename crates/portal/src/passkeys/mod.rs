//! Passkeys (SEC-3): added, named and removed on a page of Your account, and used at the sign-in page in place of the password,
//! after it as the second step, and as a fresh proof.
//! What the browser is to sign is asked for by a script, as JSON; its answer comes back as a form.

mod door;
pub(crate) mod letters;
mod own;
mod second;

use std::net::IpAddr;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use identity::{Challenge, Limit, LimitKind, RelyingParty};
use serde::Serialize;
use serde_json::json;
use web::{Locale, Refusal};

use crate::App;

/// The addresses of all this.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in/passkey", post(door::submit))
        .route("/sign-in/passkey/options", post(door::options))
        .route("/sign-in/step/passkey", post(second::step))
        .route("/sign-in/step/passkey/options", post(second::step_options))
        .route("/profile/prove/passkey", post(second::prove))
        .route("/profile/prove/passkey/options", post(second::prove_options))
        .route("/profile/security/passkeys", get(own::page).post(own::add))
        .route("/profile/security/passkeys/options", post(own::options))
        .route("/profile/security/passkeys/{passkey}", get(own::one).post(own::rename))
        .route("/profile/security/passkeys/{passkey}/remove", post(own::remove))
}

/// What the sign-in page says of passkeys, where they are offered.
#[derive(Serialize)]
pub(crate) struct SignInPasskey {
    party: String,
    /// The id of one that is not known here, so that the device stops offering it.
    unknown: Option<String>,
}

impl SignInPasskey {
    pub(crate) fn of(app: &App, unknown: Option<&[u8]>) -> Option<Self> {
        let party = app.passkeys()?.id().to_owned();
        Some(Self { party, unknown: unknown.map(|id| data_encoding::BASE64URL_NOPAD.encode(id)) })
    }
}

/// The site as devices know it; without it there are no such addresses.
fn party(app: &App) -> Result<&RelyingParty, Refusal> {
    app.passkeys().ok_or(Refusal::NotFound)
}

/// Takes one of the challenges that an address may draw; gives what to say where there are none left.
async fn none_left(app: &App, locale: &Locale, from: IpAddr) -> Result<Option<Response>, Refusal> {
    let limit = Limit::of_address(&app.vault, LimitKind::PasskeyAddress, from);
    let Some(wait) = limit.take(&app.db).await? else { return Ok(None) };
    let text = app.site.texts().say_count(locale.language, "sign-in-wait", wait.as_mins() + 1, &[]);
    Ok(Some((StatusCode::TOO_MANY_REQUESTS, Json(json!({ "text": text }))).into_response()))
}

/// For the script.
fn as_json(challenge: Challenge) -> Response {
    Json(json!({ "token": challenge.token, "publicKey": challenge.options })).into_response()
}
