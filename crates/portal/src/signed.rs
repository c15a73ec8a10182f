//! Who asks: a cookie's session, its login, and the accounts that it reaches.

use accounts::{AccountView, Actor, Grant, Right};
use axum::extract::FromRequestParts;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use identity::{Login, Token};
use kernel::{Moment, SessionId};
use uuid::Uuid;
use web::Refusal;

use crate::App;

/// Somebody who is signed in.
pub(crate) struct Signed {
    pub(crate) session: SessionId,
    /// When they signed in.
    pub(crate) since: Moment,
    pub(crate) login: Login,
    pub(crate) actor: Actor,
}

impl Signed {
    /// Leave to do something on an account. Without it there is no such page, as for a number that no account bears.
    pub(crate) fn may(&self, right: Right, number: &str) -> Result<Grant, Refusal> {
        self.actor.require(right, number).ok_or(Refusal::NotFound)
    }

    /// The account's view, for a grant that was given: it is there.
    pub(crate) fn view(&self, app: &App, grant: &Grant) -> Result<AccountView, Refusal> {
        self.actor.view(&app.vault, grant)?.ok_or(Refusal::NotFound)
    }

    /// Of a cookie, if it opens a session.
    pub(crate) async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        match web::cookie(headers, cookie_name(app, Cookie::Session)) {
            Some(secret) => Self::of_secret(app, &secret).await,
            None => Ok(None),
        }
    }

    /// Of a session's secret, if it opens one.
    pub(crate) async fn of_secret(app: &App, secret: &str) -> Result<Option<Self>, Refusal> {
        let found = Actor::signed_in(&app.db, &app.vault, &app.0.sightings, secret).await?;
        let Some((session, login, actor)) = found else { return Ok(None) };
        crate::alarms::ring(app, &actor.alarms);
        let actor = if app.claims_wait { actor } else { actor.with_open_claims() };
        Ok(Some(Self { session: session.id, since: session.created_at, login, actor }))
    }
}

/// A page that is not shown.
pub(crate) enum Refused {
    Page(Refusal),
    /// Something comes first, at a path of ours: to sign in, to confirm the account.
    Go(String),
}

impl<E: Into<Refusal>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Page(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Page(refusal) => refusal.into_response(),
            Self::Go(to) => see_other(&to),
        }
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let had_cookie = web::cookie(&parts.headers, cookie_name(app, Cookie::Session)).is_some();
        match Self::of(app, &parts.headers).await {
            Ok(Some(signed)) => Ok(signed),
            Err(refusal) => Err(Refused::Page(refusal)),
            Ok(None) => {
                let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
                // What was posted cannot be repeated by following a link.
                let back = if parts.method == Method::GET { path } else { "/" };
                let ended = if had_cookie { "&ended=1" } else { "" };
                Err(Refused::Go(format!("/sign-in?return_to={}{ended}", encoded(back))))
            }
        }
    }
}

/// What an address names by its id.
pub(crate) fn id_in<T: From<Uuid>>(address: &str) -> Result<T, Refusal> {
    address.parse::<Uuid>().map(T::from).map_err(|_| Refusal::NotFound)
}

/// Percent-encodes a text for a query.
pub(crate) fn encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[derive(Clone, Copy)]
pub(crate) enum Cookie {
    Session,
    /// The claim between the two steps of sign-up.
    Claim,
    /// One of the provider's people.
    Staff,
    /// A sign-in that waits for a code (SGN-5).
    Pending,
    /// A device that logins know (SEC-4); it stays for a year.
    Device,
    /// A browser that was asked for a passkey (SEC-3).
    Passkey,
    /// The session that waits while another login of the same person is signed in to be linked (ONE-1).
    Linking,
}

/// Over HTTPS the name itself says that no other site, and no plain connection, set the cookie.
pub(crate) fn cookie_name(app: &App, cookie: Cookie) -> &'static str {
    match (cookie, app.site.options().secure) {
        (Cookie::Session, true) => "__Host-session",
        (Cookie::Session, false) => "session",
        (Cookie::Claim, true) => "__Host-claim",
        (Cookie::Claim, false) => "claim",
        (Cookie::Staff, true) => "__Host-staff",
        (Cookie::Staff, false) => "staff",
        (Cookie::Pending, true) => "__Host-pending",
        (Cookie::Pending, false) => "pending",
        (Cookie::Device, true) => "__Host-device",
        (Cookie::Device, false) => "device",
        (Cookie::Passkey, true) => "__Host-passkey",
        (Cookie::Passkey, false) => "passkey",
        (Cookie::Linking, true) => "__Host-linking",
        (Cookie::Linking, false) => "linking",
    }
}

/// A cookie that ends with the browser, or a year later where it is a device's; an empty one is taken away.
pub(crate) fn set_cookie(app: &App, cookie: Cookie, secret: &str) -> HeaderValue {
    let secure = if app.site.options().secure { "; Secure" } else { "" };
    let lasts = match cookie {
        _ if secret.is_empty() => "; Max-Age=0".to_owned(),
        Cookie::Device => format!("; Max-Age={}", identity::DEVICE_LASTS.as_secs()),
        _ => String::new(),
    };
    let text = format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}{lasts}", cookie_name(app, cookie));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Goes to a path of ours by GET.
pub(crate) fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(web::return_path(to)).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// The path of an address of this site; none of another's.
pub(crate) fn path_of_ours<'a>(app: &App, url: &'a str) -> Option<&'a str> {
    url.strip_prefix(app.public_url.as_str()).filter(|path| path.starts_with('/'))
}

/// Goes to a path of ours with a new session.
pub(crate) fn with_session(app: &App, token: &Token, to: &str) -> Response {
    let mut response = see_other(to);
    response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Session, token.secret()));
    response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Claim, ""));
    response
}
