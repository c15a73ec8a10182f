//! The second step (SEC-3): asked for after the password and as a fresh proof, and set up by its owner. Here is what the pages
//! that ask for it share; `sign_in.rs` has the one at the door, `profile/steps.rs` those of the owner.

mod letters;
mod sign_in;
mod sms;

pub(crate) use sms::{leave, masked, nudge, sent_to, write};

pub(crate) use letters::{told_changed, told_guessed, told_lost, told_used};
pub(crate) use sign_in::show_refused;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use identity::{StepOwner, StepTried, StepTry, StepWay, Steps};
use kernel::LoginId;
use serde::Serialize;
use web::{Link, Locale, Notice, Refusal};

use crate::App;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::profile::{prove, steps};
use crate::signed::encoded;

/// The addresses of all this.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in/step", get(sign_in::page).post(sign_in::submit))
        .route("/profile/prove/step", post(prove::second))
        .route("/profile/steps", get(steps::page))
        .route("/profile/steps/totp/begin", post(steps::begin))
        .route("/profile/steps/totp", get(steps::totp_page).post(steps::confirm))
        .route("/profile/steps/totp/off", get(steps::off_page).post(steps::off))
        .route("/profile/steps/codes", get(steps::codes_page).post(steps::renew))
        .route("/profile/steps/codes/file", post(steps::file))
        .merge(sms::routes())
}

/// Where somebody goes who has lost all ways: the procedure with identity documents.
pub(crate) const LOST_HREF: &str = "/recover/documents?lost=step";

pub(crate) fn step_path(return_to: &str, more: &str) -> String {
    format!("/sign-in/step?return_to={}{more}", encoded(web::return_path(return_to)))
}

/// How the step is asked for on a page.
#[derive(Debug, Serialize)]
pub(crate) struct AskedStep {
    /// As [`StepWay::name`].
    way: &'static str,
    /// The other ways that there are.
    others: Vec<Link>,
    lost_href: &'static str,
    /// The telephone that gets codes by SMS, where that is the way: its last digits.
    number: String,
    /// Until when the code is good that was sent there.
    until: Option<String>,
}

/// The way that is asked for, the one that was wanted if there is such a one, and links to the others.
pub(crate) async fn asked_step(
    app: &App,
    locale: &Locale,
    (login, steps, wanted): (LoginId, &Steps, &str),
    path: impl Fn(StepWay) -> String,
) -> Result<AskedStep, Refusal> {
    let ways = steps.ways();
    let first = ways.first().copied().unwrap_or(StepWay::Totp);
    let way = ways.iter().copied().find(|way| way.name() == wanted).unwrap_or(first);
    let others = ways.into_iter().filter(|other| *other != way).map(|other| Link {
        label: app.site.texts().say(locale.language, &format!("step-other-{}", other.name())),
        href: path(other),
        current: false,
    });
    let others = others.collect();
    let (number, until) = match way {
        StepWay::Sms => sms::sent_to(app, locale, login).await?,
        _ => (String::new(), None),
    };
    Ok(AskedStep { way: way.name(), others, lost_href: LOST_HREF, number, until })
}

/// What is said after a code by SMS was asked for, by the word in the address.
/// None for a word that is none of ours.
pub(crate) fn sms_notice(app: &App, locale: &Locale, word: &str) -> Option<Notice> {
    let (kind, key) = match word {
        "sent" => ("success", "sms-notice-sent"),
        "just" => ("info", "sms-notice-just"),
        "wait" | "full" => ("warning", "sms-notice-later"),
        "none" | "country" | "costly" => ("warning", "sms-notice-never"),
        _ => return None,
    };
    Some(Notice { kind, text: app.site.texts().say(locale.language, key) })
}

/// The way that a form is about, where the login has it.
pub(crate) fn way_of(steps: &Steps, name: &str) -> Option<StepWay> {
    StepWay::from_name(name).filter(|way| steps.ways().contains(way))
}

/// Takes one try of a code; what is to be said where there is none.
pub(crate) async fn take_try(
    app: &App,
    locale: &Locale,
    (login, way): (LoginId, StepWay),
) -> Result<Result<i32, (StatusCode, String)>, Refusal> {
    let owner = StepOwner::Login(login);
    match identity::take_step_try((&app.db, &app.vault), owner, way).await? {
        StepTry::May { left } => Ok(Ok(left)),
        StepTry::Wait(wait) => {
            let until = app.db.world().now().plus(wait);
            let at = web::moment(app.site.texts(), locale.language, until, &app.zone);
            let text = app.site.texts().say_with(locale.language, "step-wait", &[("at", &at)]);
            Ok(Err((StatusCode::TOO_MANY_REQUESTS, text)))
        }
    }
}

/// What is said beside a code that was not taken; with the last wrong one its owner is told that somebody guesses.
pub(crate) async fn not_taken(
    app: &App,
    locale: &Locale,
    (login, way): (LoginId, StepWay),
    (tried, left): (StepTried, i32),
) -> Result<(StatusCode, String), Refusal> {
    if left == 0 {
        tell_guessed(app, login).await?;
    }
    let key = match tried {
        StepTried::Used => "step-used".to_owned(),
        StepTried::Wrong | StepTried::Right => format!("step-wrong-{}", way.name()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, app.site.texts().say(locale.language, &key)))
}

async fn tell_guessed(app: &App, login: LoginId) -> Result<(), LetterError> {
    let desk = Desk::of(app);
    let told = app.db.write(async |tx| match Person::find(&desk, tx, login).await? {
        Some(person) => told_guessed(&desk, tx, &person).await,
        None => Ok(()),
    });
    told.await?;
    app.nudge.notify_one();
    Ok(())
}
