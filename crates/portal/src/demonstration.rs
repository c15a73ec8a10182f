//! Pages of the demonstration alone: the e-mails and text messages that were written, and the components that pages are made of.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use kernel::MessageId;
use messages::{Channel, Found, MessageError, Shown};
use serde::Serialize;
use serde_json::Value;
use web::{Locale, Page, Refusal};

use crate::App;

/// The newest messages that the page lists.
const MOST: u32 = 200;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/demo/outbox", get(outbox))
        .route("/demo/outbox/{id}", get(message))
        .route("/demo/outbox/{id}/html", get(html))
        .route("/demo/outbox/{id}/eml", get(eml))
        .route("/demo/components", get(components))
}

/// The secret of the authenticator app that the demonstration's made-up staff have: this page plays the app.
pub const DEMONSTRATION_APP: &str = "GUIC HETB OREA LTEL ECOM DEMO NSTR ATIO";

#[derive(Serialize)]
struct Outbox {
    messages: Vec<Row>,
    /// What the app of the made-up staff shows now.
    staff_code: String,
}

#[derive(Serialize)]
struct Row {
    to: String,
    subject: String,
    at: String,
    href: String,
}

fn broken(error: MessageError) -> Refusal {
    tracing::error!(%error, "the outbox cannot be read");
    Refusal::Broken
}

async fn outbox(State(app): State<App>, locale: Locale) -> Result<Response, Refusal> {
    let shown = messages::list(&app.db, &app.vault, MOST).await.map_err(broken)?;
    let text_title = || app.site.texts().say(locale.language, "outbox-text-message");
    let row = |shown: Shown| Row {
        href: format!("/demo/outbox/{}", shown.id),
        at: web::moment(app.site.texts(), locale.language, shown.at, &app.zone),
        to: shown.to,
        subject: if shown.channel == Channel::Text { text_title() } else { shown.subject },
    };
    let staff_code = identity::totp_at(DEMONSTRATION_APP, app.db.world().now()).unwrap_or_default();
    let content = Outbox { messages: shown.into_iter().map(row).collect(), staff_code };
    let frame = app.site.frame(&locale, "outbox-title");
    Page { frame, content }.show(&app.site, &locale, "outbox.html")
}

async fn find(app: &App, id: &str) -> Result<(MessageId, Found), Refusal> {
    let id: uuid::Uuid = id.parse().map_err(|_| Refusal::NotFound)?;
    let id = MessageId::from(id);
    let found = messages::find(&app.db, &app.vault, id).await.map_err(broken)?;
    Ok((id, found.ok_or(Refusal::NotFound)?))
}

#[derive(Serialize)]
struct MessagePage {
    message: Letter,
}

#[derive(Serialize)]
struct Letter {
    to: String,
    from: String,
    subject: String,
    at: String,
    message_id: String,
    text: String,
    is_text: bool,
    html_href: String,
    eml_href: String,
}

async fn message(State(app): State<App>, locale: Locale, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (id, found) = find(&app, &id).await?;
    let base = format!("/demo/outbox/{id}");
    let mut frame = app.site.frame(&locale, "outbox-title");
    let is_text = found.shown.channel == Channel::Text;
    let subject = match is_text {
        true => app.site.texts().say(locale.language, "outbox-text-message"),
        false => found.shown.subject,
    };
    frame.title.clone_from(&subject);
    let message = Letter {
        from: if is_text { app.provider.facts.name.clone() } else { app.sender.to_string() },
        is_text,
        at: web::moment(app.site.texts(), locale.language, found.shown.at, &app.zone),
        to: found.shown.to,
        subject,
        message_id: found.message_id,
        text: found.text,
        html_href: format!("{base}/html"),
        eml_href: format!("{base}/eml"),
    };
    Page { frame, content: MessagePage { message } }.show(&app.site, &locale, "outbox-message.html")
}

/// What a mail program would show: styles within are a mail's only way, and nothing else is let in.
const LETTER_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups";

async fn html(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (_, found) = find(&app, &id).await?;
    Ok(([(CONTENT_SECURITY_POLICY, LETTER_POLICY)], Html(found.html)).into_response())
}

async fn eml(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (id, _) = find(&app, &id).await?;
    let bytes = messages::eml(&app.db, &app.vault, &app.sender, id).await.map_err(broken)?.ok_or(Refusal::NotFound)?;
    let name = format!("attachment; filename=\"{id}.eml\"");
    Ok(([(CONTENT_TYPE, "message/rfc822".to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}

async fn components(State(app): State<App>, locale: Locale) -> Result<Response, Refusal> {
    let sample: Value = serde_json::from_str(include_str!("../../web/templates/samples/demo-components.json"))
        .map_err(|_| Refusal::Broken)?;
    let Value::Object(mut content) = sample else { return Err(Refusal::Broken) };
    content.remove("frame");
    let frame = app.site.frame(&locale, "web-demo-title");
    Page { frame, content }.show(&app.site, &locale, "demo-components.html")
}
