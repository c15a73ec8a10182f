//! Refusals: one place turns them into a page or, for programs, into problem+json (RFC 9457).

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::{Frame, Link, Locale, Page, Site, SiteError};

/// Why a request is not answered with what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    BadRequest,
    /// Not there, or not for this person: the same to them.
    NotFound,
    /// Signed in, and not allowed.
    Forbidden,
    /// Posted from another site.
    CrossSite,
    /// What the form belongs to has ended: sign-up left lying, session gone.
    Expired,
    MethodNotAllowed,
    TooLarge,
    WrongType,
    TooMany {
        retry_after_seconds: u32,
    },
    /// Our fault; the log says what.
    Broken,
    Unavailable,
}

impl Refusal {
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Expired => StatusCode::GONE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The part of the texts' keys that names it.
    const fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::NotFound => "not-found",
            Self::Forbidden => "forbidden",
            Self::CrossSite => "cross-site",
            Self::Expired => "expired",
            Self::MethodNotAllowed => "method",
            Self::TooLarge => "too-large",
            Self::WrongType => "wrong-type",
            Self::TooMany { .. } => "too-many",
            Self::Broken => "broken",
            Self::Unavailable => "unavailable",
        }
    }

    fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::WrongType,
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => Self::BadRequest,
            status if status.is_server_error() => Self::Broken,
            _ => return None,
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::TooMany { retry_after_seconds } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<SiteError> for Refusal {
    fn from(error: SiteError) -> Self {
        tracing::error!(%error, "a page could not be made");
        Self::Broken
    }
}

impl From<db::DbErr> for Refusal {
    fn from(error: db::DbErr) -> Self {
        // Display alone: the rest may hold values.
        tracing::error!(%error, "the database failed");
        if matches!(error, db::DbErr::ConnectionAcquire(_) | db::DbErr::Conn(_)) {
            Self::Unavailable
        } else {
            Self::Broken
        }
    }
}

impl From<vault::VaultError> for Refusal {
    fn from(error: vault::VaultError) -> Self {
        tracing::error!(%error, "something sealed could not be used");
        Self::Broken
    }
}

#[derive(Serialize)]
struct ErrorPage {
    status: String,
    heading: String,
    text: String,
    action: Option<Link>,
    reference: Option<String>,
}

/// Middleware: an answer that is a refusal gets a body that a person, or a program, can read; in the [`Frame`] that stands among
/// the answer's extensions, if one does.
pub async fn show_refusals(State(site): State<Site>, request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let locale = Locale::of(request.headers(), &path);
    let machine = prefers_json(request.headers());
    let response = next.run(request).await;
    let made_here = response.extensions().get::<Refusal>().copied();
    let Some(refusal) = made_here.or_else(|| Refusal::of_status(response.status())) else { return response };
    // An answer with a body of its own (a form shown again, a JSON) is complete.
    if made_here.is_none() && has_own_body(response.headers()) {
        return response;
    }
    let frame = response.extensions().get::<Frame>().cloned();
    let mut shown = if machine { problem(&site, &locale, refusal) } else { page(&site, &locale, refusal, frame) };
    *shown.status_mut() = if made_here.is_some() { refusal.status() } else { response.status() };
    for name in [RETRY_AFTER, axum::http::header::ALLOW, axum::http::header::SET_COOKIE] {
        if let Some(value) = response.headers().get(&name) {
            shown.headers_mut().insert(name, value.clone());
        }
    }
    shown
}

fn prefers_json(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| {
        !accept.contains("text/html") && (accept.contains("application/json") || accept.contains("problem+json"))
    })
}

fn has_own_body(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.contains("json")
}

/// A refusal as problem+json, complete: for an address that programs alone ask.
pub fn problem(site: &Site, locale: &Locale, refusal: Refusal) -> Response {
    let say = |part: &str| site.texts().say(locale.language, &format!("error-{}-{part}", refusal.name()));
    let body = json!({
        "type": format!("urn:guichet:problem:{}", refusal.name()),
        "title": say("heading"),
        "status": refusal.status().as_u16(),
        "detail": say("text"),
    });
    let mut response = (refusal.status(), Json(body)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

fn page(site: &Site, locale: &Locale, refusal: Refusal, framed: Option<Frame>) -> Response {
    let say = |part: &str| site.texts().say(locale.language, &format!("error-{}-{part}", refusal.name()));
    let heading = say("heading");
    let mut frame = framed.unwrap_or_else(|| site.frame(locale, "error-home"));
    frame.title.clone_from(&heading);
    // The address may be a POST's: there is nothing to come back to.
    frame.path = "/".to_owned();
    let action = Link { label: site.texts().say(locale.language, "error-home"), href: "/".to_owned(), current: false };
    let content = ErrorPage {
        status: refusal.status().as_u16().to_string(),
        heading,
        text: say("text"),
        action: Some(action),
        reference: None,
    };
    match (Page { frame, content }).text(site, locale.language, "error.html") {
        Ok(text) => axum::response::Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the page of an error could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
