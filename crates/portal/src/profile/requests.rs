//! Requests for change: what was asked for and has to be agreed to, and what became of it. The contact e-mail (SEC-6), and
//! what others ask about an account: its change of holder (PRO-1).

use accounts::{HolderChange, HolderChangeOutcome, Right};
use axum::extract::{Query, State};
use axum::response::Response;
use identity::{ChangeState, EmailChange};
use serde::Serialize;
use web::{Link, Locale, Page, Refusal};

use super::{AskedQuery, Part, chosen, frame_of};
use crate::App;
use crate::rows::Status;
use crate::signed::Signed;

#[derive(Serialize)]
struct RequestsPage {
    tabs: Vec<Link>,
    requests: Vec<Request>,
}

/// One of them, whatever it is about.
#[derive(Serialize)]
struct Request {
    title: String,
    text: String,
    status: Status,
    /// What happened when, in order.
    steps: Vec<String>,
    action: Option<Link>,
}

/// `GET /profile/requests`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let number = chosen(&signed, &asked.account)?;
    let (frame, tabs) = frame_of(&app, &locale, &signed, number.as_deref(), Part::Requests)?;
    let changes = identity::changes_of(app.db.reader(), &app.vault, signed.login.id).await?;
    let mut requests = Vec::new();
    for reach in &signed.actor.reaches {
        let Some(grant) = signed.actor.require(Right::ChangeContactData, &reach.number) else { continue };
        let changes = accounts::holder_changes_of(app.db.reader(), &grant).await?;
        requests.extend(changes.iter().map(|change| of_holder(&app, &locale, change)));
    }
    requests.extend(changes.iter().map(|change| of_email(&app, &locale, change)));
    let content = RequestsPage { tabs, requests };
    Page { frame, content }.show(&app.site, &locale, "profile-requests.html")
}

fn of_email(app: &App, locale: &Locale, change: &EmailChange) -> Request {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let (name, kind) = match change.state(app.db.world().now()) {
        ChangeState::WaitsForCode => ("code", "info"),
        ChangeState::WaitsForNew => ("new", "info"),
        ChangeState::Accepted => ("accepted", "success"),
        ChangeState::AcceptedBySilence => ("silence", "success"),
        ChangeState::Refused => ("refused", "danger"),
        ChangeState::Cancelled => ("cancelled", "warning"),
        ChangeState::Expired => ("expired", "warning"),
        ChangeState::Reverted => ("reverted", "danger"),
    };
    let is_open = matches!(name, "code" | "new");
    let ended = if name == "reverted" { change.reverted_at } else { change.ended_at };
    let moments = [
        ("asked", Some(change.begun_at)),
        ("new-confirmed", change.new_confirmed_at),
        ("code-given", change.code_right_at),
        ("ended", ended),
    ];
    let steps = moments.into_iter().filter_map(|(key, at)| {
        let at = web::moment(texts, locale.language, at?, &app.zone);
        Some(texts.say_with(locale.language, &format!("requests-{key}"), &[("at", &at)]))
    });
    let values = [("old", change.old_email.as_str()), ("new", change.new_email.as_str())];
    Request {
        title: say("requests-email"),
        text: texts.say_with(locale.language, "requests-email-text", &values),
        status: Status { kind, text: say(&format!("requests-state-{name}")) },
        steps: steps.collect(),
        action: is_open.then(|| Link {
            label: say("requests-email-open"),
            href: "/profile/email".to_owned(),
            current: false,
        }),
    }
}

/// Asked for by the staff, not by the holder, who answers by the link in the letter: it went to every address of theirs, and a
/// session alone gives nobody's account away.
fn of_holder(app: &App, locale: &Locale, change: &HolderChange) -> Request {
    let texts = app.site.texts();
    let moment = |at| web::moment(texts, locale.language, at, &app.zone);
    let (name, kind) = match change {
        HolderChange { outcome: Some(HolderChangeOutcome::Done), .. } => ("accepted", "success"),
        HolderChange { outcome: Some(HolderChangeOutcome::Refused), .. } => ("refused", "neutral"),
        HolderChange { objected_at: Some(_), .. } => ("objected", "info"),
        HolderChange { agreed_at: Some(_), .. } => ("agreed", "info"),
        _ => ("answer", "warning"),
    };
    let moments = [("asked", Some(change.asked_at)), ("objected", change.objected_at), ("agreed", change.agreed_at)];
    let step = |(key, at): (&str, Option<_>)| {
        Some(texts.say_with(locale.language, &format!("requests-{key}"), &[("at", &moment(at?))]))
    };
    let text = if name == "answer" { "requests-holder-answer" } else { "requests-holder-text" };
    let values = [("until", moment(change.object_until)), ("reference", change.reference.clone())];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Request {
        title: texts.say_with(locale.language, "requests-holder", &[("account", &change.number)]),
        text: texts.say_with(locale.language, text, &values),
        status: Status { kind, text: texts.say(locale.language, &format!("requests-state-{name}")) },
        steps: moments.into_iter().filter_map(step).collect(),
        action: None,
    }
}
