//! The links in letters about a request: “I did not ask for this”, and at its end the choice of a password, or the button that
//! takes a lost second step off. Following one
//! changes nothing; the button on its page does.

use accounts::{RecoveryKind, RecoveryLink};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{ChosenPassword, LinkState, Login, UnlockedBy};
use kernel::RecoveryId;
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use super::find;
use super::letters::{self, Known};
use crate::App;
use crate::choose_password::{self, Found, Way, link_state};
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::signed::see_other;
use crate::step::told_lost;

#[derive(Serialize)]
struct ObjectPage {
    /// `open`, `used`, `over`, or `unknown` for a link that is none of ours.
    state: &'static str,
    action: String,
    telephone: Option<String>,
}

async fn show_objection(app: &App, locale: &Locale, secret: &str) -> Result<Response, Refusal> {
    let found = accounts::find_recovery_link(&app.db, app.db.reader(), secret, RecoveryLink::Object).await?;
    let (status, state) = match link_state(found.map(|(_, state)| state)) {
        // Whoever pressed the button comes here.
        (_, "used") => (StatusCode::OK, "used"),
        said => said,
    };
    let action = if state == "open" { format!("/recover/documents/object/{secret}") } else { String::new() };
    let content = ObjectPage { state, action, telephone: app.provider.facts.telephone.clone() };
    let frame = app.site.frame(locale, &format!("documents-object-{state}-title"));
    Page { frame, content }.show_as(status, &app.site, locale, "documents-object.html")
}

/// `GET /recover/documents/object/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(crate) async fn object_page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    show_objection(&app, &locale, &secret).await
}

/// `POST /recover/documents/object/{secret}`: from here on it takes two of the staff; both sides are told.
pub(crate) async fn object(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let desk = Desk::of(&app);
    let keep = app.recovery.keep;
    let objected = app.db.write(async |tx| {
        let objected = accounts::object_to_recovery((desk.db, desk.vault), tx, &secret, keep).await;
        let Some(recovery) = objected? else { return Ok(false) };
        letters::answer(&desk, tx, "recovery-objected", &recovery).await?;
        if let Some(login) = recovery.login
            && let Some(known) = Known::find(&desk, tx, login).await?
        {
            letters::news(&desk, tx, (&known, "recovery-objection"), &recovery).await?;
        }
        Ok::<_, LetterError>(true)
    });
    if objected.await? {
        app.nudge.notify_one();
        return Ok(see_other(&format!("/recover/documents/object/{secret}")));
    }
    show_objection(&app, &locale, &secret).await
}

/// The login of a link, for as long as the link is good, and what the link can do.
async fn found(app: &App, secret: &str) -> Result<Found, Refusal> {
    let found = accounts::find_recovery_link(&app.db, app.db.reader(), secret, RecoveryLink::Renew).await?;
    let Some((id, LinkState::Open)) = found else { return Ok((None, found.map(|(_, state)| state))) };
    let login = login_of(app, id).await?;
    // A login that its owner deleted meanwhile.
    let state = if login.is_some() { LinkState::Open } else { LinkState::Over };
    Ok((login, Some(state)))
}

async fn login_of(app: &App, id: RecoveryId) -> Result<Option<Login>, Refusal> {
    let recovery = accounts::find_recovery(app.db.reader(), &app.vault, id).await?;
    match recovery.and_then(|recovery| recovery.login) {
        Some(login) => Ok(identity::find_login(app.db.reader(), &app.vault, login).await?),
        None => Ok(None),
    }
}

/// `GET /recover/documents/renew/{secret}`: where the link leads. It changes nothing.
pub(crate) async fn renew_page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let found = found(&app, &secret).await?;
    if is_about_step(&app, &secret).await? {
        return show_step(&app, &locale, &secret, &found);
    }
    choose_password::show(&app, &locale, (Way::Documents, &secret), &found, FormState::default()).await
}

/// Whether a link is about a lost second step.
async fn is_about_step(app: &App, secret: &str) -> Result<bool, Refusal> {
    let found = accounts::find_recovery_link(&app.db, app.db.reader(), secret, RecoveryLink::Renew).await?;
    let Some((id, _)) = found else { return Ok(false) };
    let recovery = accounts::find_recovery(app.db.reader(), &app.vault, id).await?;
    Ok(recovery.is_some_and(|recovery| recovery.kind == RecoveryKind::SecondStep))
}

#[derive(Serialize)]
struct StepPage {
    /// `open`, `used` or `over`.
    state: &'static str,
    username: String,
    action: String,
}

fn show_step(app: &App, locale: &Locale, secret: &str, (login, state): &Found) -> Result<Response, Refusal> {
    let (status, state) = link_state(*state);
    let content = StepPage {
        state,
        username: login.as_ref().map(|login| login.username.clone()).unwrap_or_default(),
        action: login.as_ref().map(|_| format!("/recover/documents/renew/{secret}")).unwrap_or_default(),
    };
    let title = if state == "open" { "documents-step-open-title" } else { "recover-over-title" };
    Page { frame: app.site.frame(locale, title), content }.show_as(status, &app.site, locale, "documents-step.html")
}

/// Takes the lost second step off, with the use of the link. Password and addresses stay, the door asks for them; but not a
/// password that is too short without a step (SGN-5). Gives what the sign-in page says then; nothing where the link opens nothing.
async fn take_step_off(desk: &Desk<'_>, tx: &db::Tx, secret: &str) -> Result<Option<&'static str>, LetterError> {
    let Some(id) = accounts::use_renewal(desk.db, tx, secret).await? else { return Ok(None) };
    let Some(recovery) = find(desk, tx, id).await? else { return Ok(None) };
    let Some(login) = recovery.login else { return Ok(None) };
    let Some(person) = Person::find(desk, tx, login).await? else { return Ok(None) };
    identity::lose_steps(desk.db, tx, login).await?;
    told_lost(desk, tx, &person).await?;
    Ok(Some(if identity::password_needs_step(tx, login).await? { "short" } else { "off" }))
}

/// `POST /recover/documents/renew/{secret}`: the password, and with it the new contact e-mail; or the second step off. Nobody is signed in by it: the
/// door asks for what it always asks for, a code on a new device and, where the login has one, the second step (SEC-3).
pub(crate) async fn renew(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    if is_about_step(&app, &secret).await? {
        let desk = Desk::of(&app);
        if let Some(said) = app.db.write(async |tx| take_step_off(&desk, tx, &secret).await).await? {
            app.nudge.notify_one();
            return Ok(see_other(&format!("/sign-in?step={said}")));
        }
        return show_step(&app, &locale, &secret, &found(&app, &secret).await?);
    }
    let link = (Way::Documents, secret.as_str());
    let password = match choose_password::typed(&app, &locale, link, &found(&app, &secret).await?, &form).await? {
        Ok(password) => password,
        Err(page) => return Ok(page),
    };
    let desk = Desk::of(&app);
    if app.db.write(async |tx| renew_login(&desk, tx, &secret, &password).await).await? {
        return Ok(choose_password::done(&app));
    }
    // Somebody was faster with the same link, or objected.
    choose_password::show(&app, &locale, link, &found(&app, &secret).await?, FormState::default()).await
}

/// All that the decision was about, in one transaction with the use of the link.
async fn renew_login(
    desk: &Desk<'_>,
    tx: &db::Tx,
    secret: &str,
    password: &ChosenPassword,
) -> Result<bool, LetterError> {
    let Some(id) = accounts::use_renewal(desk.db, tx, secret).await? else { return Ok(false) };
    let Some(recovery) = find(desk, tx, id).await? else { return Ok(false) };
    let (Some(login), Some(facts)) = (recovery.login, &recovery.facts) else { return Ok(false) };
    // Before the change: these are the addresses that are told.
    let Some(known) = Known::find(desk, tx, login).await? else { return Ok(false) };
    identity::set_recovered_password(desk.db, tx, login, (password, "documents")).await?;
    let set = identity::set_contact_email(desk.db, desk.vault, tx, login, &facts.email).await;
    set?;
    let names = known.person.names();
    identity::unlock(desk.db, desk.vault, tx, login, (&names, UnlockedBy::Recovery)).await?;
    letters::done(desk, tx, &known.person, &facts.email).await?;
    letters::news(desk, tx, (&known, "recovery-moved"), &recovery).await?;
    Ok(true)
}
