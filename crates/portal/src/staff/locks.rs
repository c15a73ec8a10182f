//! An agent lifts the lock of a login after making sure who somebody is (SEC-2).

use accounts::LookedUp;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{StaffRight, UnlockedBy};
use kernel::LoginId;
use serde::Serialize;
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::decisions::{Asked, CALLER, Caller, MADE_SURE, choices, decided, find_login};
use super::{Choice, StaffSigned, note_look_up, staff_frame};
use crate::App;
use crate::door_letters::{self, Person};
use crate::letters::{Desk, LetterError};

#[derive(Serialize)]
struct LocksPage {
    form: FormState,
    options: Vec<Choice>,
}

fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    notice: Option<Notice>,
) -> Result<Response, Refusal> {
    let options = choices(app, locale, "staff-locks", MADE_SURE);
    let mut frame = staff_frame(app, locale, "staff-locks-title", notice);
    "/staff/locks".clone_into(&mut frame.path);
    Page { frame, content: LocksPage { form, options } }.show_as(status, &app.site, locale, "staff-locks.html")
}

/// `GET /staff/locks`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::LiftLocks)?;
    let notice = asked.notice(&app, &locale, ("staff-locks", &["lifted"]));
    show(&app, &locale, (StatusCode::OK, FormState::empty(&CALLER)), notice)
}

/// `POST /staff/locks`
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::LiftLocks)?;
    let mut shown = FormState::keeping(&form, &CALLER);
    if let Some(Caller { typed, reason }) = Caller::of(&app, &locale, &form, &mut shown) {
        let found = find_login(&app, typed).await?;
        let lifted = match found {
            Some(login) => lift(&app, login, UnlockedBy::Staff(signed.staff.id, reason)).await?,
            None => false,
        };
        if lifted {
            return Ok(decided(&app, "/staff/locks", "lifted"));
        }
        if let Some(login) = found {
            note_look_up(&app, LookedUp::Login(login), &signed).await?;
        }
        shown.refuse("name", app.site.texts().say(locale.language, "staff-locks-none"));
    }
    show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), None)
}

async fn lift(app: &App, login: LoginId, by: UnlockedBy) -> Result<bool, LetterError> {
    let desk = Desk::of(app);
    app.db
        .write(async |tx| {
            let Some(person) = Person::find(&desk, tx, login).await? else { return Ok(false) };
            let lifted = identity::unlock(desk.db, desk.vault, tx, login, (&person.names(), by)).await?;
            if lifted {
                door_letters::unlocked(&desk, tx, &person).await?;
            }
            Ok(lifted)
        })
        .await
}
