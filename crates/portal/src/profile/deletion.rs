//! A login is deleted by its owner (SEC-8): what that means stands before, the password is asked for, and what happened after.

use accounts::Suspended;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use db::{Isolation, Tx};
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use super::password::prove;
use super::prove::Need;
use super::{Part, chosen, frame_of, letters};
use crate::App;
use crate::door_letters::{Person, Writing};
use crate::frame::label;
use crate::letters::{Desk, LetterError};
use crate::rows::Named;
use crate::signed::{Cookie, Signed, see_other, set_cookie};

#[derive(Serialize)]
struct DeletionPage {
    form: FormState,
    username: String,
    accounts: Vec<Named>,
    /// Whether one of them is theirs, and may have users.
    holds: bool,
    /// A fresh proof is there: the password is not asked for again.
    is_proven: bool,
}

fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    is_proven: bool,
    (status, form): (StatusCode, FormState),
) -> Result<Response, Refusal> {
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Security)?;
    frame.title = app.site.texts().say(locale.language, "profile-delete-title");
    let accounts = signed.actor.reaches.iter();
    let accounts =
        accounts.map(|reach| Named { number: reach.number.clone(), label: label(app, locale, &reach.segment) });
    let content = DeletionPage {
        form,
        username: signed.login.username.clone(),
        accounts: accounts.collect(),
        holds: signed.actor.first_held().is_some(),
        is_proven,
    };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-delete.html")
}

/// `GET /profile/delete`
pub(crate) async fn page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let proven = proof(&app, &signed).await?;
    let Ok(proven) = proven else { return Ok(Need::Delete.ask()) };
    show(&app, &locale, &signed, proven.is_some(), (StatusCode::OK, FormState::empty(&[])))
}

/// `POST /profile/delete`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let Ok(fresh) = proof(&app, &signed).await? else { return Ok(Need::Delete.ask()) };
    let is_proven = fresh.is_some();
    let mut shown = FormState::keeping(&form, &["sure"]);
    if !is_proven && form.get("current").is_empty() {
        shown.refuse("current", say("profile-current-empty"));
    }
    if form.get("sure") != "yes" {
        shown.refuse("sure", say("profile-delete-not-sure"));
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let proven = match fresh {
        _ if shown.is_refused() => None,
        Some(proven) => Some(proven),
        None => prove(&app, &locale, &signed, (form.get("current"), &mut shown, &mut status)).await?,
    };
    if let Some(proven) = proven {
        if delete(&app, &signed, &proven).await? {
            app.nudge.notify_one();
            let mut response = see_other("/profile/deleted");
            response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Session, ""));
            response.headers_mut().append("clear-site-data", axum::http::HeaderValue::from_static("\"cache\""));
            return Ok(response);
        }
        shown.refuse("current", say("profile-password-meanwhile"));
    }
    show(&app, &locale, &signed, is_proven, (status, shown))
}

/// The fresh proof of the session, if it is there. Without one the page asks for the password itself, which is all there is to
/// prove where the login has no second step and no backup e-mail is confirmed; else to the page that asks for what there is.
async fn proof(app: &App, signed: &Signed) -> Result<Result<Option<identity::Proven>, ()>, Refusal> {
    let proven = identity::proven_session(&app.db, (signed.login.id, signed.session)).await?;
    let backup = identity::find_backup(app.db.reader(), &app.vault, signed.login.id).await?;
    let steps = identity::steps_of(app.db.reader(), identity::StepOwner::Login(signed.login.id)).await?;
    let needs_more = steps.is_on() || backup.is_some_and(|backup| backup.is_confirmed);
    Ok(if proven.is_none() && needs_more { Err(()) } else { Ok(proven) })
}

async fn delete(app: &App, signed: &Signed, proven: &identity::Proven) -> Result<bool, Refusal> {
    let desk = Desk::of(app);
    let about = super::first_view(app, signed)?;
    let deleted = app.db.write_with(Isolation::Locked, async |tx| {
        let Some(suspended) = accounts::delete_login((desk.db, desk.vault), tx, proven).await? else {
            return Ok(false);
        };
        letters::login_changed(&desk, tx, (signed, about.as_ref()), "deleted").await?;
        for user in suspended {
            suspension(&desk, tx, &user).await?;
        }
        Ok::<_, LetterError>(true)
    });
    deleted.await.map_err(|error| {
        tracing::error!(%error, "a login could not be deleted");
        Refusal::Broken
    })
}

/// To a user whose rights are worth nothing while the account has no holder (USR-6).
async fn suspension(desk: &Desk<'_>, tx: &Tx, user: &Suspended) -> Result<(), LetterError> {
    let Some(person) = Person::find(desk, tx, user.login).await? else { return Ok(()) };
    let facts = vec![("bill-account", user.number.clone())];
    let letter = Writing::new(desk, &person, "holder-gone").text("letter-holder-gone-text").facts(facts);
    letter.text("letter-holder-gone-next").send(tx).await
}

#[derive(Serialize)]
struct Gone {}

/// `GET /profile/deleted`: where whoever deleted their login comes to; for everybody, as it says nothing of anybody.
pub(crate) async fn gone(State(app): State<App>, locale: Locale) -> Result<Response, Refusal> {
    let frame = app.site.frame(&locale, "profile-deleted-title");
    Page { frame, content: Gone {} }.show(&app.site, &locale, "profile-deleted.html")
}
