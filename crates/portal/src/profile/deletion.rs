//! A login is deleted by its owner (SEC-8): a fresh proof is asked for, what that means stands before, and what
//! happened after.

use accounts::Suspended;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use db::{Isolation, Tx};
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use super::prove::{Need, is_proven};
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
}

fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
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
    };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-delete.html")
}

/// `GET /profile/delete`
pub(crate) async fn page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Delete.ask());
    }
    show(&app, &locale, &signed, (StatusCode::OK, FormState::empty(&[])))
}

/// `POST /profile/delete`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let proven = identity::proven_session(&app.db, (signed.login.id, signed.session)).await?;
    let Some(proven) = proven else { return Ok(Need::Delete.ask()) };
    let mut shown = FormState::keeping(&form, &["sure"]);
    if form.get("sure") != "yes" {
        shown.refuse("sure", app.site.texts().say(locale.language, "profile-delete-not-sure"));
    } else if delete(&app, &signed, &proven).await? {
        app.nudge.notify_one();
        let mut response = see_other("/profile/deleted");
        response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Session, ""));
        response.headers_mut().append("clear-site-data", axum::http::HeaderValue::from_static("\"cache\""));
        return Ok(response);
    } else {
        shown.refuse("sure", app.site.texts().say(locale.language, "profile-password-meanwhile"));
    }
    show(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown))
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
