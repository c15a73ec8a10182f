//! Requests for change: what was asked for and has to be agreed to, and what became of it. The contact e-mail (SEC-6); about an
//! account its contacts (PRO-2), and what the staff recorded: a change of holder (PRO-1), somebody who may speak for the holder.

use accounts::{
    ContactChange, ContactOutcome, ContactSide, Grant, HolderChange, HolderChangeOutcome, Representative,
    RepresentativeState, Right,
};
use axum::extract::{Query, State};
use axum::response::Response;
use identity::{ChangeState, EmailChange};
use kernel::Moment;
use serde::Serialize;
use web::{Link, Locale, Page, Refusal};

use super::{AskedQuery, Part, chosen, frame_of};
use crate::App;
use crate::contacts::named_words;
use crate::representatives;
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
    /// When somebody asked: the newest stand first.
    #[serde(skip)]
    asked_at: Moment,
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
        requests.extend(of_account(&app, &locale, &grant).await?);
    }
    requests.extend(changes.iter().map(|change| of_email(&app, &locale, change)));
    requests.sort_by_key(|request| std::cmp::Reverse(request.asked_at));
    let content = RequestsPage { tabs, requests };
    Page { frame, content }.show(&app.site, &locale, "profile-requests.html")
}

/// What was asked for about one account.
async fn of_account(app: &App, locale: &Locale, grant: &Grant) -> Result<Vec<Request>, Refusal> {
    let on = app.db.reader();
    let mut requests = Vec::new();
    for change in accounts::holder_changes_of(on, grant).await? {
        requests.push(of_holder(app, locale, &change));
    }
    for change in accounts::contact_changes_of(on, grant).await? {
        let proposal = accounts::proposal_of(on, &app.vault, &change).await?;
        let who = proposal.map(|proposal| named_words(app.site.texts(), locale.language, &proposal));
        requests.push(of_contact(app, locale, &change, who));
    }
    for one in accounts::representatives_of(on, grant).await? {
        let name = one.facts(on, &app.vault).await?.map(|facts| facts.name);
        requests.push(of_representative(app, locale, &one, name));
    }
    Ok(requests)
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
        asked_at: change.begun_at,
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
        change if change.may_be_decided(app.db.world().now()) => ("decided-soon", "info"),
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
        asked_at: change.asked_at,
    }
}

/// Both sides accept it, each by a link of their own; the page of contacts sends them again, or takes the request back.
fn of_contact(app: &App, locale: &Locale, change: &ContactChange, who: Option<String>) -> Request {
    let (texts, language) = (app.site.texts(), locale.language);
    let say = |key: &str| texts.say(language, key);
    let moment = |at| web::moment(texts, language, at, &app.zone);
    let is_open = change.is_open(app.db.world().now());
    let (name, kind) = match change.outcome {
        Some(ContactOutcome::Done) => ("accepted", "success"),
        Some(ContactOutcome::Refused) => ("refused", "neutral"),
        Some(ContactOutcome::Withdrawn) => ("cancelled", "neutral"),
        Some(ContactOutcome::Ended) => ("ended", "neutral"),
        Some(ContactOutcome::Expired) => ("expired", "warning"),
        None if !is_open => ("expired", "warning"),
        None if change.holder_accepted_at.is_none() => ("answer", "warning"),
        None => ("person", "info"),
    };
    let mut steps = vec![texts.say_with(language, "requests-asked", &[("at", &moment(change.asked_at))])];
    for side in [ContactSide::Holder, ContactSide::Person] {
        let key = format!("contacts-accepted-{}", side.code());
        steps.extend(change.accepted_at(side).map(|at| texts.say_with(language, &key, &[("at", &moment(at))])));
    }
    if is_open {
        steps.push(texts.say_with(language, "contacts-until", &[("at", &moment(change.expires_at))]));
    }
    let about = say(&format!("contact-{}", change.place.kind.code()));
    let text = match who {
        Some(who) => texts.say_with(language, "requests-contact-text", &[("about", &about), ("who", &who)]),
        None => about,
    };
    let href = format!("/accounts/{}/contacts", change.number);
    Request {
        title: texts.say_with(language, "requests-contact", &[("account", &change.number)]),
        text,
        status: Status { kind, text: say(&format!("requests-state-{name}")) },
        steps,
        action: is_open.then(|| Link { label: say("requests-contact-open"), href, current: false }),
        asked_at: change.asked_at,
    }
}

/// Recorded by the staff; the holder objects by the link in the letter, as with a change of holder.
fn of_representative(app: &App, locale: &Locale, one: &Representative, name: Option<String>) -> Request {
    let (texts, language) = (app.site.texts(), locale.language);
    let moment = |at| web::moment(texts, language, at, &app.zone);
    let kind = representatives::kind_words(texts, language, &one.kind);
    let who = name.map_or_else(|| kind.clone(), |name| format!("{name} ({kind})"));
    let until = moment(one.object_until);
    let values = [("who", who.as_str()), ("reference", one.reference.as_str()), ("until", until.as_str())];
    let own = match one.state {
        RepresentativeState::Open if one.objected_at.is_some() => Some(("objected", "info")),
        RepresentativeState::Open if one.may_be_confirmed(app.db.world().now()) => Some(("decided-soon", "info")),
        RepresentativeState::Open => Some(("may-object", "warning")),
        _ => None,
    };
    let is_to_answer = own.is_some_and(|(name, _)| name == "may-object");
    let text = if is_to_answer { "requests-representative-answer" } else { "requests-representative-text" };
    let status = match own {
        Some((name, kind)) => Status { kind, text: texts.say(language, &format!("requests-state-{name}")) },
        None => representatives::status(app, language, one),
    };
    let step = |(key, at): (&str, Option<_>)| {
        Some(texts.say_with(language, &format!("requests-{key}"), &[("at", &moment(at?))]))
    };
    let moments = [("asked", Some(one.asked_at)), ("objected", one.objected_at)];
    Request {
        title: texts.say_with(language, "requests-representative", &[("account", &one.number)]),
        text: texts.say_with(language, text, &values),
        status,
        steps: moments.into_iter().filter_map(step).collect(),
        action: None,
        asked_at: one.asked_at,
    }
}
