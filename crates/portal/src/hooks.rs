//! What the gateway tells by itself (PAY-1): a signed message, of which nothing is believed but what it is about. It comes
//! without a session, from another house, and is answered for a program.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use payments::{PayError, WebhookError};
use web::{Locale, Refusal};

use crate::App;
use crate::pay::till;

/// The largest message: Stripe's hold one thing each.
const LARGEST: usize = 256 * 1024;

/// For a site whose gateway sends messages.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/hooks/stripe", post(stripe)).layer(DefaultBodyLimit::max(LARGEST))
}

/// `POST /hooks/stripe`: 200 for what was noted, or is none of ours; 400 for what Stripe did not sign, or not just now; 503
/// when it cannot be noted, so that Stripe sends it again.
async fn stripe(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match hear(&app, &headers, body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => web::problem(&app.site, &locale, refusal),
    }
}

async fn hear(app: &App, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<(), Refusal> {
    let payments = &till(app)?.payments;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = body.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
        _ => Refusal::BadRequest,
    })?;
    // The form that a page of another site could send is none.
    if text(CONTENT_TYPE.as_str()).split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::WrongType);
    }
    let hint = payments.gateway().check_webhook(&body, text("stripe-signature"), app.db.world().now());
    let hint = hint.map_err(|error| {
        tracing::warn!(%error, "a message to /hooks/stripe was refused");
        if error == WebhookError::NotTaken { Refusal::NotFound } else { Refusal::BadRequest }
    })?;
    match payments.hear(&hint).await {
        Ok(()) => Ok(()),
        // The same once more would change nothing.
        Err(error @ (PayError::NotFound | PayError::OtherGateway(_) | PayError::Mismatch(_))) => {
            tracing::warn!(%error, "a message from the gateway leads to nothing");
            Ok(())
        }
        Err(PayError::Gateway(error)) if !error.may_pass() => {
            tracing::warn!(%error, "the gateway does not know what its message is about");
            Ok(())
        }
        Err(error) => {
            tracing::warn!(%error, "a message from the gateway could not be noted; it will be sent again");
            Err(Refusal::Unavailable)
        }
    }
}
