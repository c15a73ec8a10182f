//! Where the links in letters about addresses lead (SEC-5, SEC-6): pages with a button, for whoever reads that mailbox. And all
//! routes about addresses.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use db::Isolation;
use identity::{ChangeLink, ChangeState, LinkState, WaitState};
use serde::Serialize;
use web::{Locale, Page, Refusal};

use crate::App;
use crate::address_letters;
use crate::door_letters::Person;
use crate::email_changes;
use crate::letters::{Desk, LetterError};
use crate::passkeys;
use crate::profile::{backup, email, prove, requests};
use crate::recover;
use crate::signed::see_other;

/// The addresses of all this.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/profile/prove", get(prove::page).post(prove::submit))
        .route("/profile/prove/code", post(prove::code))
        .route("/profile/prove/again", post(prove::again))
        .route("/profile/prove/agent", post(prove::agent))
        .route("/profile/prove/stop", post(prove::stop))
        .route("/proof/stop/{secret}", get(stop_page).post(stop))
        .route("/profile/backup", get(backup::page).post(backup::submit))
        .route("/profile/backup/remove", post(backup::remove))
        .route("/profile/backup/again", post(backup::again))
        .route("/profile/email", get(email::page).post(email::submit))
        .route("/profile/email/code", post(email::code))
        .route("/profile/email/code/again", post(email::code_again))
        .route("/profile/email/new/again", post(email::new_again))
        .route("/profile/email/cancel", post(email::cancel))
        .route("/profile/requests", get(requests::page))
        .route("/email/confirm/{secret}", get(confirm_page).post(confirm))
        .route("/email/refuse/{secret}", get(refuse_page).post(refuse))
        .route("/email/revert/{secret}", get(revert_page).post(revert))
        .route("/backup/{secret}", get(backup_page).post(backup_confirm))
        .route("/recover/backup", get(recover::backup_page).post(recover::backup_submit))
}

#[derive(Serialize)]
struct LinkPage {
    /// `confirm`, `refuse`, `revert`, `backup` or `proof`.
    link: &'static str,
    /// `open`, `waits`, `done`, `changed`, `over`, or `unknown` for a link that is none of ours.
    state: &'static str,
    action: String,
    telephone: Option<String>,
}

fn show(
    app: &App,
    locale: &Locale,
    (link, state): (&'static str, &'static str),
    action: String,
) -> Result<Response, Refusal> {
    let status = match state {
        "unknown" => StatusCode::NOT_FOUND,
        "over" => StatusCode::GONE,
        _ => StatusCode::OK,
    };
    // The same for all: the address was cut.
    let title =
        if state == "unknown" { "not-me-unknown-title".to_owned() } else { format!("address-{link}-{state}-title") };
    let frame = app.site.frame(locale, &title);
    let action = if state == "open" { action } else { String::new() };
    let content = LinkPage { link, state, action, telephone: app.provider.facts.telephone.clone() };
    Page { frame, content }.show_as(status, &app.site, locale, "address-link.html")
}

async fn state_of(app: &App, secret: &str, link: ChangeLink) -> Result<&'static str, Refusal> {
    let found = identity::find_change(app.db.reader(), &app.vault, (secret, link)).await?;
    let Some(change) = found else { return Ok("unknown") };
    let now = app.db.world().now();
    let state = change.state(now);
    let is_accepted = matches!(state, ChangeState::Accepted | ChangeState::AcceptedBySilence);
    Ok(match link {
        ChangeLink::Confirm if is_accepted => "done",
        ChangeLink::Confirm if change.is_open(now) && change.new_confirmed_at.is_some() => "waits",
        ChangeLink::Refuse if state == ChangeState::Refused => "done",
        ChangeLink::Refuse if is_accepted => "changed",
        ChangeLink::Confirm | ChangeLink::Refuse if change.is_open(now) => "open",
        ChangeLink::Revert if state == ChangeState::Reverted => "done",
        ChangeLink::Revert if change.can_be_reverted(now) => "open",
        _ => "over",
    })
}

/// Who followed a link, and its secret.
type Followed = (State<App>, Locale, Path<String>);

/// The page of a link; it changes nothing, for scanners follow every link.
async fn page_of(link: ChangeLink, (State(app), locale, Path(secret)): Followed) -> Result<Response, Refusal> {
    let state = state_of(&app, &secret, link).await?;
    show(&app, &locale, (name_of(link), state), format!("/email/{}/{secret}", name_of(link)))
}

/// Its button: the new address is its reader's; or the change ends, and both addresses are told; or the old address is put
/// back, and the login shut until a new password is chosen through it.
async fn press(link: ChangeLink, (State(app), locale, Path(secret)): Followed) -> Result<Response, Refusal> {
    let (desk, begun) = (Desk::of(&app), app.db.world().now());
    let with = (desk.db, desk.vault);
    let is_done = app.db.write_with(Isolation::Locked, async |tx| {
        if link == ChangeLink::Confirm {
            let Some(change) = identity::confirm_new_email(with, tx, &secret).await? else { return Ok(false) };
            email_changes::accept(&desk, tx, change, app.email_change_after).await?;
            return Ok(true);
        }
        let is_refused = link == ChangeLink::Refuse;
        let ended = match is_refused {
            true => identity::refuse_change(with, tx, &secret).await?,
            false => identity::revert_change(with, tx, &secret).await?,
        };
        let Some(change) = ended else { return Ok(false) };
        if let Some(person) = Person::find(&desk, tx, change.login).await? {
            match is_refused {
                true => address_letters::refused(&desk, tx, &person, &change).await?,
                false => {
                    address_letters::reverted(&desk, tx, &person, &change).await?;
                    passkeys::letters::doubted(&desk, tx, &person, begun).await?;
                }
            }
        }
        Ok::<_, LetterError>(true)
    });
    if is_done.await? {
        app.nudge.notify_one();
        return Ok(see_other(&format!("/email/{}/{secret}", name_of(link))));
    }
    page_of(link, (State(app), locale, Path(secret))).await
}

/// As addresses and texts name it.
const fn name_of(link: ChangeLink) -> &'static str {
    match link {
        ChangeLink::Confirm => "confirm",
        ChangeLink::Refuse => "refuse",
        ChangeLink::Revert => "revert",
    }
}

async fn confirm_page(followed: Followed) -> Result<Response, Refusal> {
    page_of(ChangeLink::Confirm, followed).await
}

async fn confirm(followed: Followed) -> Result<Response, Refusal> {
    press(ChangeLink::Confirm, followed).await
}

async fn refuse_page(followed: Followed) -> Result<Response, Refusal> {
    page_of(ChangeLink::Refuse, followed).await
}

async fn refuse(followed: Followed) -> Result<Response, Refusal> {
    press(ChangeLink::Refuse, followed).await
}

async fn revert_page(followed: Followed) -> Result<Response, Refusal> {
    page_of(ChangeLink::Revert, followed).await
}

async fn revert(followed: Followed) -> Result<Response, Refusal> {
    press(ChangeLink::Revert, followed).await
}

/// `GET /backup/{secret}`
pub(crate) async fn backup_page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let found = identity::find_backup_link(&app.db, app.db.reader(), &secret).await?;
    let state = match found.map(|(_, state)| state) {
        Some(LinkState::Open) => "open",
        Some(LinkState::Used) => "done",
        Some(LinkState::Over) => "over",
        None => "unknown",
    };
    show(&app, &locale, ("backup", state), format!("/backup/{secret}"))
}

/// `POST /backup/{secret}`: the backup e-mail is its reader's.
pub(crate) async fn backup_confirm(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let done = app.db.write_with(Isolation::Locked, async |tx| identity::use_backup_link(&app.db, tx, &secret).await);
    let done: Result<bool, db::DbErr> = done.await;
    if done? {
        return Ok(see_other(&format!("/backup/{secret}")));
    }
    backup_page(State(app), locale, Path(secret)).await
}

/// `GET /proof/stop/{secret}`: where the link in the letter about a proof that waits leads. It changes nothing, for scanners follow
/// every link.
async fn stop_page(State(app): State<App>, locale: Locale, Path(secret): Path<String>) -> Result<Response, Refusal> {
    let found = identity::find_wait_link(&app.db, app.db.reader(), &secret).await?;
    let state = match found.map(|wait| wait.state) {
        Some(WaitState::Waits | WaitState::Good) => "open",
        Some(WaitState::Stopped) => "done",
        Some(WaitState::Over) => "over",
        None => "unknown",
    };
    show(&app, &locale, ("proof", state), format!("/proof/stop/{secret}"))
}

/// `POST /proof/stop/{secret}`: nothing is changed without another proof.
async fn stop(State(app): State<App>, locale: Locale, Path(secret): Path<String>) -> Result<Response, Refusal> {
    let found = identity::find_wait_link(&app.db, app.db.reader(), &secret).await?;
    if let Some(wait) = found.filter(|wait| matches!(wait.state, WaitState::Waits | WaitState::Good)) {
        let stopped = app.db.write(async |tx| identity::stop_wait(&app.db, tx, wait.login).await);
        let stopped: Result<bool, db::DbErr> = stopped.await;
        if stopped? {
            return Ok(see_other(&format!("/proof/stop/{secret}")));
        }
    }
    stop_page(State(app), locale, Path(secret)).await
}
