//! The provider's people: who they are, and their first page (AGT-2). Their pages stand under `/staff`, behind a cookie of their
//! own: no customer's session opens one, and theirs opens no customer's page. What stands beside this file is done on them by
//! everybody of the staff or with one form; changes of holder, representatives and documents have their staff's side beside the
//! customer's.

mod activations;
mod checks;
mod claims;
pub(crate) mod decisions;
mod door;
mod letters;
mod locks;
pub(crate) mod recent;
mod step;
mod step_letters;
mod steps;

use accounts::LookedUp;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{get, post};
use identity::{Staff, StaffRight};
use serde::Serialize;
use web::Labelled;
use web::{Frame, Link, Locale, Notice, Page, Refusal};

use self::step::{AtStep, step_and_back};
use crate::App;
use crate::signed::{Cookie, Refused, cookie_name, encoded};

pub use letters::{add_staff, invite_staff};
pub use step_letters::reset_staff_step;

pub(crate) const HOME: &str = "/staff";
pub(crate) const SIGN_IN: &str = "/staff/sign-in";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/staff", get(home))
        .route("/staff/sign-in", get(door::sign_in_page).post(door::sign_in))
        .route("/staff/sign-out", post(door::sign_out))
        .route("/staff/password/{secret}", get(door::password_page).post(door::choose_password))
        .route("/staff/activations", get(activations::page).post(activations::submit))
        .route("/staff/claims", get(claims::page).post(claims::submit))
        .route("/staff/locks", get(locks::page).post(locks::submit))
        .route("/staff/checks", get(checks::page).post(checks::submit))
        .merge(step::routes())
        .merge(steps::routes())
}

/// One of several answers in a form of the staff's.
#[derive(Serialize)]
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
}

/// A member of staff who is signed in, with both steps (SEC-3).
pub(crate) struct StaffSigned {
    pub(crate) staff: Staff,
}

impl StaffSigned {
    /// Leave to do something. Without it there is no such page.
    pub(crate) fn may(&self, right: StaffRight) -> Result<(), Refusal> {
        self.staff.may(right).then_some(()).ok_or(Refusal::NotFound)
    }

    async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Staff)) else { return Ok(None) };
        let staff = identity::staff_signed_in(&app.db, &app.vault, &secret).await?;
        Ok(staff.map(|staff| Self { staff }))
    }
}

impl FromRequestParts<App> for StaffSigned {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        match Self::of(app, &parts.headers).await {
            Ok(Some(signed)) => Ok(signed),
            Err(refusal) => Err(Refused::Page(refusal)),
            Ok(None) => {
                let path = parts.uri.path_and_query().map_or(HOME, |path| path.as_str());
                // What was posted cannot be repeated by following a link.
                let back = if parts.method == Method::GET { path } else { HOME };
                // The password was right: what is missing is the second step.
                if AtStep::of(app, &parts.headers).await.map_err(Refused::Page)?.is_some() {
                    return Err(Refused::Go(step_and_back(back)));
                }
                Err(Refused::Go(format!("{SIGN_IN}?return_to={}", encoded(back))))
            }
        }
    }
}

/// Notes what was looked up before it is shown, for whom it is about (PRO-3).
pub(crate) async fn note_look_up(app: &App, what: LookedUp, signed: &StaffSigned) -> Result<(), Refusal> {
    app.db.write(async |tx| accounts::note_look_up(&app.db, tx, what, signed.staff.id).await).await?;
    Ok(())
}

/// The same for the account of a number, if one bears it: an answer tells how it stands.
pub(crate) async fn note_account_looked_up(app: &App, number: &str, signed: &StaffSigned) -> Result<(), Refusal> {
    match accounts::account_of(app.db.reader(), number).await? {
        Some(account) => note_look_up(app, LookedUp::Account(account), signed).await,
        None => Ok(()),
    }
}

/// A path of the staff's pages to go back to.
pub(crate) fn back_to(asked: &str) -> &str {
    let path = web::return_path(asked);
    if path == HOME || path.starts_with("/staff/") { path } else { HOME }
}

/// The frame of the staff's pages, without a customer's menus.
pub(crate) fn staff_frame(app: &App, locale: &Locale, title: &str, notice: Option<Notice>) -> Frame {
    let mut frame = app.site.frame(locale, title);
    frame.notice = notice;
    frame
}

#[derive(Serialize)]
struct HomePage {
    facts: Vec<Labelled>,
    /// What the role may do.
    links: Vec<Link>,
}

/// What a role is called.
fn role_name(app: &App, locale: &Locale, staff: &Staff) -> String {
    app.site.texts().say(locale.language, &format!("staff-role-{}", staff.role.code()))
}

/// `GET /staff`
async fn home(State(app): State<App>, locale: Locale, signed: StaffSigned) -> Result<Response, Refusal> {
    signed.may(StaffRight::Enter)?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let facts = vec![
        Labelled { label: say("staff-name"), value: signed.staff.name.clone() },
        Labelled { label: say("staff-role"), value: role_name(&app, &locale, &signed.staff) },
        Labelled { label: say("staff-email"), value: signed.staff.email.clone() },
    ];
    let pages = [
        (StaffRight::DecideClaims, "staff-claims-title", "/staff/claims"),
        (StaffRight::SendActivations, "staff-activations-title", "/staff/activations"),
        (StaffRight::LiftLocks, "staff-locks-title", "/staff/locks"),
        (StaffRight::CheckCallers, "staff-checks-title", "/staff/checks"),
        (StaffRight::DecideRecoveries, "staff-recoveries-title", "/staff/recoveries"),
        (StaffRight::ChangeHolders, "staff-holders-title", "/staff/holders"),
        (StaffRight::KeepRepresentatives, "staff-representatives-title", "/staff/representatives"),
        (StaffRight::ResetSteps, "staff-steps-title", "/staff/steps"),
    ];
    let links = pages.into_iter().filter(|(right, ..)| signed.staff.may(*right)).map(|(_, key, href)| Link {
        label: say(key),
        href: href.to_owned(),
        current: false,
    });
    let frame = staff_frame(&app, &locale, "staff-home-title", None);
    let content = HomePage { facts, links: links.collect() };
    Page { frame, content }.show(&app.site, &locale, "staff-home.html")
}
