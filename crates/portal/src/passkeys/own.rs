//! The passkeys of a login: seen, added, named, removed. Adding and removing want a fresh proof, and are told by e-mail.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use db::Isolation;
use identity::{Added, AddedAnswer, PasskeyShown, StepOwner, Steps};
use kernel::PasskeyId;
use serde::Serialize;
use serde_json::json;
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use super::{as_json, letters, none_left, party};
use crate::App;
use crate::device_words::device_words;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::profile::prove::{Need, is_proven};
use crate::profile::{AskedQuery, Part, chosen, done_notice, frame_of, steps};
use crate::rows::Status;
use crate::signed::{Signed, see_other};

const PATH: &str = "/profile/security/passkeys";
const FIELDS: [&str; 1] = ["name"];
/// The longest name of a passkey, in characters.
const LONGEST_NAME: usize = 60;

#[derive(Serialize)]
struct PasskeysPage {
    form: FormState,
    passkeys: Vec<Row>,
    /// Whether this site's address is one that browsers know passkeys for.
    is_offered: bool,
    is_proven: bool,
    /// There may be no more.
    is_full: bool,
    prove_href: &'static str,
    /// Nothing is there for the day when the device is lost.
    lacks_codes: bool,
}

#[derive(Serialize)]
struct Row {
    name: String,
    href: String,
    added: String,
    used: Option<String>,
    is_backed_up: bool,
    status: Status,
    /// It opens nothing without the password.
    is_doubted: bool,
}

fn row(app: &App, locale: &Locale, passkey: PasskeyShown) -> Row {
    let texts = app.site.texts();
    let moment = |at| web::moment(texts, locale.language, at, &app.zone);
    let (kind, key) = match passkey.doubted_at {
        Some(_) => ("warning", "passkey-is-doubted"),
        None => ("success", "passkey-is-good"),
    };
    Row {
        name: passkey.name,
        href: format!("{PATH}/{}", passkey.id),
        added: moment(passkey.created_at),
        used: passkey.used_at.map(moment),
        is_backed_up: passkey.is_backed_up,
        status: Status { kind, text: texts.say(locale.language, key) },
        is_doubted: passkey.doubted_at.is_some(),
    }
}

fn owner_of(signed: &Signed) -> StepOwner {
    StepOwner::Login(signed.login.id)
}

async fn passkeys_of(app: &App, signed: &Signed) -> Result<Vec<PasskeyShown>, Refusal> {
    Ok(identity::passkeys_of(app.db.reader(), &app.vault, owner_of(signed)).await?)
}

/// What its owner typed, without what would not be read; none where there is nothing.
fn name_of(typed: &str) -> Option<String> {
    let name: String = kernel::line(typed).chars().take(LONGEST_NAME).collect();
    (!name.is_empty()).then(|| kernel::line(&name))
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (status, form, notice): (StatusCode, FormState, Option<Notice>),
) -> Result<Response, Refusal> {
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Security)?;
    frame.title = app.site.texts().say(locale.language, "passkeys-title");
    PATH.clone_into(&mut frame.path);
    frame.notice = notice;
    let passkeys = passkeys_of(app, signed).await?;
    let steps = identity::steps_of(app.db.reader(), owner_of(signed)).await?;
    let content = PasskeysPage {
        form,
        is_full: passkeys.len() >= identity::MOST_PASSKEYS,
        passkeys: passkeys.into_iter().map(|passkey| row(app, locale, passkey)).collect(),
        is_offered: app.passkeys().is_some(),
        is_proven: is_proven(app, signed).await?,
        prove_href: "/profile/prove?need=passkeys",
        lacks_codes: steps.is_on() && steps.recovery_left == 0,
    };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-passkeys.html")
}

/// `GET /profile/security/passkeys`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let known = ["passkey-added", "passkey-renamed", "passkey-removed", "passkey-gone"];
    let notice = done_notice(&app, &locale, &asked.done, &known);
    show(&app, &locale, &signed, (StatusCode::OK, FormState::empty(&FIELDS), notice)).await
}

/// `POST /profile/security/passkeys/options`: what a new passkey is to sign, or where to go to show who asks.
pub(super) async fn options(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    signed: Signed,
) -> Result<Response, Refusal> {
    let party = party(&app)?;
    if !is_proven(&app, &signed).await? {
        return Ok(Json(json!({ "go": "/profile/prove?need=passkeys" })).into_response());
    }
    if let Some(refused) = none_left(&app, &locale, from).await? {
        return Ok(refused);
    }
    let (owner, bound_to) = (owner_of(&signed), signed.session.to_string());
    let begun = app.db.write_with(Isolation::Locked, async |tx| {
        identity::begin_adding(&app.db, tx, party, (owner, &signed.login.username), &bound_to).await
    });
    Ok(as_json(begun.await.map_err(|error: db::DbErr| Refusal::from(error))?))
}

/// `POST /profile/security/passkeys`: keeps the passkey that the device made.
pub(super) async fn add(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let party = party(&app)?;
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Passkeys.ask());
    }
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let name = name_of(form.get("name"));
    let name = name.unwrap_or_else(|| device_words(app.site.texts(), locale.language, agent));
    let answer = AddedAnswer { token: form.get("token"), credential: form.get("answer"), name: &name };
    let (desk, owner) = (Desk::of(&app), owner_of(&signed));
    let added = app.db.write_with(Isolation::Locked, async |tx| {
        let with = (desk.db, desk.vault);
        let added = identity::finish_adding(with, tx, party, (owner, signed.session), &answer).await?;
        if let Added::Kept(_) = added
            && let Some(person) = Person::find(&desk, tx, signed.login.id).await?
        {
            letters::changed(&desk, tx, &person, ("passkey-added", &name)).await?;
        }
        Ok::<_, LetterError>(added)
    });
    let key = match added.await? {
        Added::Kept(_) => {
            app.nudge.notify_one();
            return Ok(see_other(&format!("{PATH}?done=passkey-added")));
        }
        Added::Over => "passkey-over",
        Added::Known => "passkey-known",
        Added::Refused => "passkey-unfit",
        Added::TooMany => "passkeys-full",
    };
    let mut shown = FormState::keeping(&form, &FIELDS);
    shown.refuse("", app.site.texts().say(locale.language, key));
    show(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown, None)).await
}

#[derive(Serialize)]
struct PasskeyPage {
    form: FormState,
    passkey: Row,
    /// There is no other one.
    is_last: bool,
    /// Whether a longer password has to be chosen before it can go.
    is_short: bool,
}

/// The passkey of an address; that of another login is not there.
fn find(passkeys: &[PasskeyShown], id: &str) -> Result<PasskeyShown, Refusal> {
    let id: uuid::Uuid = id.parse().map_err(|_| Refusal::NotFound)?;
    passkeys.iter().find(|passkey| passkey.id == PasskeyId::from(id)).cloned().ok_or(Refusal::NotFound)
}

/// Whether a longer password has to be chosen before one of these passkeys can go.
async fn is_short(app: &App, signed: &Signed, passkeys: &[PasskeyShown]) -> Result<bool, Refusal> {
    let left = steps::steps_of(app, signed).await?;
    let left = Steps { passkeys: if passkeys.len() > 1 { left.passkeys } else { 0 }, ..left };
    steps::needs_longer_password(app, signed, left).await
}

async fn show_one(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    id: &str,
    (status, form): (StatusCode, Option<FormState>),
) -> Result<Response, Refusal> {
    let passkeys = passkeys_of(app, signed).await?;
    let passkey = find(&passkeys, id)?;
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Security)?;
    frame.title = app.site.texts().say(locale.language, "passkey-title");
    frame.path = format!("{PATH}/{}", passkey.id);
    let is_last = passkeys.len() == 1;
    let is_short = is_short(app, signed, &passkeys).await?;
    let form = form.unwrap_or_else(|| {
        let mut form = FormState::empty(&FIELDS);
        form.values.insert("name", passkey.name.clone());
        form
    });
    let content = PasskeyPage { form, is_last, is_short, passkey: row(app, locale, passkey) };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-passkey.html")
}

/// `GET /profile/security/passkeys/{passkey}`
pub(super) async fn one(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    show_one(&app, &locale, &signed, &id, (StatusCode::OK, None)).await
}

/// `POST /profile/security/passkeys/{passkey}`: another name.
pub(super) async fn rename(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let passkey = find(&passkeys_of(&app, &signed).await?, &id)?;
    let Some(name) = name_of(form.get("name")) else {
        let mut shown = FormState::keeping(&form, &FIELDS);
        shown.refuse("name", app.site.texts().say(locale.language, "passkey-name-empty"));
        return show_one(&app, &locale, &signed, &id, (StatusCode::UNPROCESSABLE_ENTITY, Some(shown))).await;
    };
    let (desk, which) = (Desk::of(&app), (owner_of(&signed), passkey.id));
    let renamed = app.db.write_with(Isolation::Locked, async |tx| {
        Ok::<_, LetterError>(identity::rename_passkey((desk.db, desk.vault), tx, which, &name).await?)
    });
    let done = if renamed.await? { "passkey-renamed" } else { "passkey-gone" };
    Ok(see_other(&format!("{PATH}?done={done}")))
}

/// `POST /profile/security/passkeys/{passkey}/remove`
pub(super) async fn remove(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let passkeys = passkeys_of(&app, &signed).await?;
    let Ok(passkey) = find(&passkeys, &id) else {
        // Pressed twice, or in another tab.
        return Ok(see_other(&format!("{PATH}?done=passkey-gone")));
    };
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Passkeys.ask());
    }
    if is_short(&app, &signed, &passkeys).await? {
        return Ok(see_other(&format!("{PATH}/{}", passkey.id)));
    }
    let (desk, which) = (Desk::of(&app), (owner_of(&signed), passkey.id));
    let removed = app.db.write_with(Isolation::Locked, async |tx| {
        let removed = identity::remove_passkey(desk.db, tx, which, signed.session).await?;
        if removed && let Some(person) = Person::find(&desk, tx, signed.login.id).await? {
            letters::changed(&desk, tx, &person, ("passkey-removed", &passkey.name)).await?;
        }
        Ok::<_, LetterError>(removed)
    });
    let done = if removed.await? { "passkey-removed" } else { "passkey-gone" };
    app.nudge.notify_one();
    Ok(see_other(&format!("{PATH}?done={done}")))
}
