//! A link is undone: by its owner with a fresh proof, or by the link in a letter, “this was not me”.

use accounts::{AccountLink, LinkDeed, LinkWay, Undone, UndoneBy};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use identity::LinkPurpose;
use kernel::AccountLinkId;
use serde::Serialize;
use web::{Locale, Page, Refusal};

use super::{HOME, letters};
use crate::App;
use crate::door_letters::{self, Person};
use crate::letters::{Desk, LetterError};
use crate::profile::prove::{Need, is_proven};
use crate::profile::{Part, chosen, frame_of};
use crate::signed::{Signed, id_in, see_other};

#[derive(Serialize)]
struct UndoPage {
    number: String,
    /// The login that it goes back to; none where it is left without one.
    other: Option<String>,
    action: String,
    back_href: &'static str,
    telephone: Option<String>,
}

async fn link_of(app: &App, signed: &Signed, id: &str) -> Result<AccountLink, Refusal> {
    let id: AccountLinkId = id_in(id)?;
    let links = accounts::links_of(app.db.reader(), signed.login.id).await?;
    links.into_iter().find(|link| link.id == id).ok_or(Refusal::NotFound)
}

/// `GET /profile/linked-accounts/undo/{link}`: what will happen.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let link = link_of(&app, &signed, &id).await?;
    let number = chosen(&signed, "")?;
    let (mut frame, _) = frame_of(&app, &locale, &signed, number.as_deref(), Part::Links)?;
    frame.title = app.site.texts().say(locale.language, "links-undo-title");
    let action = format!("{HOME}/undo/{}", link.id);
    frame.path.clone_from(&action);
    let other = link.other.and(link.other_username);
    let telephone = app.provider.facts.telephone.clone();
    let content = UndoPage { number: link.number, other, action, back_href: HOME, telephone };
    Page { frame, content }.show(&app.site, &locale, "profile-links-undo.html")
}

/// `POST /profile/linked-accounts/undo/{link}`
pub(super) async fn submit(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let link = match link_of(&app, &signed, &id).await {
        // Posted twice: the first one undid it.
        Err(Refusal::NotFound) => return Ok(see_other(HOME)),
        found => found?,
    };
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Unlink.ask());
    }
    let desk = Desk::of(&app);
    let undone = app.db.write(async |tx| undo(&desk, tx, (&link, UndoneBy::Owner)).await).await?;
    app.nudge.notify_one();
    Ok(see_other(&match undone {
        Undone::Back(_) => format!("{HOME}?done=back"),
        Undone::Free => format!("{HOME}?done=free"),
        Undone::Over => HOME.to_owned(),
    }))
}

/// Undoes one link, and tells whom it concerns.
async fn undo(desk: &Desk<'_>, tx: &Tx, (link, by): (&AccountLink, UndoneBy)) -> Result<Undone, LetterError> {
    let person = Person::find(desk, tx, link.login).await?;
    let undone = accounts::undo_link((desk.db, desk.vault), tx, (link.id, by)).await?;
    if undone.undone != Undone::Over {
        letters::undone(desk, tx, (link, by), (person.as_ref(), &undone)).await?;
    }
    Ok(undone.undone)
}

#[derive(Serialize)]
struct LetterPage {
    /// `open`, `undone`, `elsewhere`, `over`, or `unknown` for a link that is none of ours.
    state: &'static str,
    numbers: String,
    /// Whether the accounts go back to a login, whose password is to be chosen anew.
    goes_back: bool,
    action: String,
    telephone: Option<String>,
}

fn goes_back(deed: &LinkDeed) -> bool {
    deed.links.iter().any(|link| link.way == LinkWay::Login && link.other.is_some())
}

/// `GET /links/undo/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(super) async fn letter_page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let deed = accounts::find_link_deed(app.db.reader(), &secret).await?;
    let now = app.db.world().now();
    let (status, state) = match &deed {
        None => (StatusCode::NOT_FOUND, "unknown"),
        Some(deed) if deed.is_open(now) => (StatusCode::OK, "open"),
        Some(deed) if deed.is_undone() => (StatusCode::OK, "undone"),
        Some(deed) if deed.went_elsewhere(now) => (StatusCode::GONE, "elsewhere"),
        Some(_) => (StatusCode::GONE, "over"),
    };
    let open = deed.iter().flat_map(|deed| &deed.links).filter(|link| state == "open" && link.can_be_undone());
    let content = LetterPage {
        state,
        numbers: open.map(|link| link.number.as_str()).collect::<Vec<_>>().join(", "),
        goes_back: deed.as_ref().is_some_and(goes_back),
        action: if state == "open" { format!("/links/undo/{secret}") } else { String::new() },
        telephone: app.provider.facts.telephone.clone(),
    };
    let frame = app.site.frame(&locale, &format!("link-undo-{state}-title"));
    Page { frame, content }.show_as(status, &app.site, &locale, "link-undo.html")
}

/// `POST /links/undo/{secret}`: all that was linked at once goes back. Whoever did it knew how to sign the other login in, so
/// that is closed until a new password is chosen, as after any “this was not me”.
pub(super) async fn letter_submit(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, Refusal> {
    let deed = accounts::find_link_deed(app.db.reader(), &secret).await?.ok_or(Refusal::NotFound)?;
    if deed.is_open(app.db.world().now()) {
        let desk = Desk::of(&app);
        app.db.write(async |tx| undo_all(&desk, tx, &deed).await).await?;
        app.nudge.notify_one();
    }
    Ok(see_other(&format!("/links/undo/{secret}")))
}

async fn undo_all(desk: &Desk<'_>, tx: &Tx, deed: &LinkDeed) -> Result<(), LetterError> {
    let mut back = None;
    for link in deed.links.iter().filter(|link| link.can_be_undone()) {
        if let Undone::Back(login) = undo(desk, tx, (link, UndoneBy::Letter)).await? {
            back = Some(login);
        }
    }
    let Some(login) = back else { return Ok(()) };
    let secret = identity::make_link(desk.db, tx, login, LinkPurpose::NotMe).await?;
    identity::was_not_me((desk.db, desk.vault), tx, &secret).await?;
    if let Some(person) = Person::find(desk, tx, login).await? {
        door_letters::password_link(desk, tx, &person, "login-closed").await?;
    }
    Ok(())
}
