//! One user, as the holder sees them: what they may, what they did lately, and what can be done (USR-2).

use accounts::Member;
use audit::StoredEvent;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use web::Labelled;
use web::{Locale, Notice, Page};

use super::errors::ActError;
use super::places::{Served, served, words};
use super::then::{Then, then};
use super::{managed, status, user_href};
use crate::App;
use crate::frame::{Tab, framed};
use crate::rows::Status;
use crate::signed::{Refused, Signed};

/// So many of what somebody did are shown.
const LAST_ACTS: usize = 10;

/// What our own redirects say was done.
const DONE: [&str; 12] = [
    "invited",
    "again",
    "just-sent",
    "name",
    "rights",
    "same",
    "password",
    "wait",
    "again-wait",
    "unlocked",
    "step",
    "step-off",
];

#[derive(Serialize)]
struct UserPage {
    called: String,
    list_href: String,
    href: String,
    status: Status,
    facts: Vec<Labelled>,
    rights: Vec<String>,
    /// What they held from the holder before, where they hold nothing now.
    earlier: Vec<String>,
    is_invited: bool,
    is_locked: bool,
    /// None where a second step is not the question yet: nobody has accepted.
    requires_step: bool,
    can_be_renamed: bool,
    acts: Vec<Labelled>,
    then: Then,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
    /// A moment that is past.
    at: String,
}

fn facts(app: &App, locale: &Locale, member: &Member) -> Vec<Labelled> {
    let texts = app.site.texts();
    let moment = |at| web::moment(texts, locale.language, at, &app.zone);
    let language = texts.say(locale.language, &format!("profile-language-{}", member.language.code()));
    let step = match (member.requires_step, member.lacks_step) {
        (false, _) => "users-step-free",
        (true, true) => "users-step-lacks",
        (true, false) => "users-step-has",
    };
    let until = member.invited_until.filter(|_| member.is_invited()).map(moment);
    let facts = [
        ("sign-up-username", member.username.clone()),
        ("users-invited-at", member.email.clone()),
        ("users-invited-until", until),
        ("profile-field-language", Some(language)),
        ("users-since", Some(moment(member.user.since)).filter(|_| !member.is_invited())),
        ("users-step", Some(texts.say(locale.language, step))),
    ];
    let known = facts.into_iter().filter_map(|(key, value)| Some((key, value?)));
    known.map(|(key, value)| Labelled { label: texts.say(locale.language, key), value }).collect()
}

/// When something was done, and what, in words; none for what has none.
fn act(app: &App, locale: &Locale, event: &StoredEvent) -> Option<Labelled> {
    let key = match event.kind.as_str() {
        "user.accepted" => "users-act-accepted",
        "payment.begun" => "users-act-payment-begun",
        "payment.succeeded" => "users-act-payment-succeeded",
        "payment.failed" => "users-act-payment-failed",
        "card.kept" => "users-act-card-kept",
        "card.not-kept" => "users-act-card-not-kept",
        "card.replaced" => "users-act-card-replaced",
        "card.removed" => "users-act-card-removed",
        "card.named" => "users-act-card-named",
        "card.default" => "users-act-card-default",
        "rights.asked" => "users-act-asked",
        "rights.taken-back" => "users-act-taken-back",
        "rights.refused" => "users-act-tried",
        _ => return None,
    };
    let texts = app.site.texts();
    let label = web::moment(texts, locale.language, event.at, &app.zone);
    Some(Labelled { label, value: texts.say(locale.language, key) })
}

async fn content(
    app: &App,
    locale: &Locale,
    (grant, member): (&accounts::Grant, &Member),
    (served, at): (&[Served], &str),
) -> Result<UserPage, Refused> {
    let (texts, language) = (app.site.texts(), locale.language);
    let acts = accounts::acts_of(app.db.reader(), grant, member.user.login).await.map_err(ActError::from)?;
    let acts = acts.iter().filter_map(|event| act(app, locale, event)).take(LAST_ACTS);
    Ok(UserPage {
        called: member.called().to_owned(),
        list_href: format!("/accounts/{}/users", grant.number()),
        href: user_href(grant.number(), member),
        status: status(app, locale, member),
        facts: facts(app, locale, member),
        rights: words(texts, language, &member.user.held, served),
        earlier: words(texts, language, &member.user.earlier, served),
        is_invited: member.is_invited(),
        is_locked: member.is_locked && member.is_only_here,
        requires_step: member.requires_step,
        can_be_renamed: member.name.is_some(),
        acts: acts.collect(),
        then: then(app, locale, (grant, member), served, at).await?,
    })
}

/// `GET /accounts/{number}/users/{user}`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), None).await?;
    let view = signed.view(&app, &grant)?;
    let served = served(&app, &locale, (&view, &grant)).await?;
    let content = content(&app, &locale, (&grant, &member), (&served, &asked.at)).await?;
    let mut frame = framed(&app, &locale, &signed, &view, (Tab::Billing, content.called.clone()));
    frame.notice = DONE.into_iter().find(|done| *done == asked.done).map(|done| Notice {
        kind: match done {
            "just-sent" | "wait" | "again-wait" => "warning",
            "same" => "info",
            _ => "success",
        },
        text: app.site.texts().say(locale.language, &format!("user-done-{done}")),
    });
    frame.path.clone_from(&content.href);
    let status = if content.then.form.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Page { frame, content }.show_as(status, &app.site, &locale, "user.html")?)
}
