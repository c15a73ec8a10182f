//! A link by the login that holds the accounts: it is signed in as always, with all that the door asks of it, while the session
//! of the login that they are to come to waits in a cookie of its own. Then a page says what will happen, and its button does it.

use accounts::{Grant, Reach, Right};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use db::Tx;
use jiff::SignedDuration;
use serde::Serialize;
use web::{Locale, Page, Refusal};

use super::{HOME, JOIN, LinkFault, letters};
use crate::App;
use crate::door_letters::Person;
use crate::frame::{Tab, frame_for, label};
use crate::letters::Desk;
use crate::profile::prove::{Need, is_proven};
use crate::signed::{Cookie, Signed, cookie_name, encoded, see_other, set_cookie};

/// So long ago the other login was signed in at most: who is at the computer now was there then.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

/// The session that waits, with its secret.
async fn waiting(app: &App, headers: &HeaderMap) -> Result<Option<(String, Signed)>, Refusal> {
    let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Linking)) else { return Ok(None) };
    Ok(Signed::of_secret(app, &secret).await?.map(|signed| (secret, signed)))
}

/// Whose session waits, for the sign-in page.
pub(crate) async fn waiting_username(app: &App, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    Ok(waiting(app, headers).await?.map(|(_, signed)| signed.login.username))
}

/// Signing out ends the session that waits as well: somebody leaves the computer.
pub(crate) async fn end_waiting(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    if let Some((_, waits)) = waiting(app, headers).await? {
        identity::end_session(&app.db, waits.session).await?;
    }
    Ok(())
}

/// Goes to a path with these secrets in the cookies of the session and of the one that waits.
fn with_cookies(app: &App, to: &str, (session, waits): (&str, &str)) -> Response {
    let mut response = see_other(to);
    response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Session, session));
    response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Linking, waits));
    response
}

/// `POST /profile/linked-accounts/login`: to the door, for the other login.
pub(super) async fn begin(State(app): State<App>, headers: HeaderMap, _signed: Signed) -> Result<Response, Refusal> {
    let secret = web::cookie(&headers, cookie_name(&app, Cookie::Session)).ok_or(Refusal::BadRequest)?;
    Ok(with_cookies(&app, &format!("/sign-in?return_to={}", encoded(JOIN)), ("", &secret)))
}

/// `POST /profile/linked-accounts/back`: the other login is left, and the session that waited goes on.
pub(super) async fn back(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    let Some((secret, _)) = waiting(&app, &headers).await? else { return Ok(see_other(HOME)) };
    if let Some(other) = Signed::of(&app, &headers).await? {
        identity::end_session(&app.db, other.session).await?;
    }
    Ok(with_cookies(&app, HOME, (&secret, "")))
}

#[derive(Serialize)]
struct Named {
    label: String,
    number: String,
    /// The users who keep what they may do there.
    users: String,
}

#[derive(Serialize)]
struct JoinPage {
    to: String,
    from: String,
    moves: Vec<Named>,
    /// Those that came from another login lately: they stay until that link is undone, or thirty days old.
    young: Vec<Named>,
    /// Those that the login does not hold, or whose claim is not confirmed: they stay.
    stay: Vec<Named>,
    /// Whether somebody else is a user of what moves.
    has_users: bool,
    telephone: Option<String>,
}

/// What stands between the two sessions and the link; nothing where it can be made.
async fn obstacle(app: &App, signed: &Signed, waits: &Signed) -> Result<Option<Response>, Refusal> {
    if waits.login.id == signed.login.id {
        // The same login once more: the session that waited has ended its use.
        identity::end_session(&app.db, waits.session).await?;
        let mut response = see_other(&format!("{HOME}?done=same-login"));
        response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Linking, ""));
        return Ok(Some(response));
    }
    if signed.since.plus(FRESH) <= app.db.world().now() {
        identity::end_session(&app.db, signed.session).await?;
        let mut response = see_other(&format!("/sign-in?return_to={}", encoded(JOIN)));
        response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Session, ""));
        return Ok(Some(response));
    }
    Ok(None)
}

/// The holder's grant of an account that can be moved.
fn movable(signed: &Signed, reach: &Reach) -> Option<Grant> {
    let is_sure = reach.is_holder() && !signed.actor.is_unconfirmed(&reach.number);
    signed.actor.require(Right::ManageUsers, &reach.number).filter(|_| is_sure)
}

/// Whether the account came from another login so short a time ago that a letter still brings it back there.
async fn is_young(app: &App, grant: &Grant) -> Result<bool, Refusal> {
    Ok(accounts::waits_for_undo(&app.db, app.db.reader(), grant).await?)
}

async fn users_of(app: &App, grant: &Grant) -> Result<String, Refusal> {
    let users = accounts::users_of(app.db.reader(), &app.vault, grant).await.map_err(|error| {
        tracing::error!(%error, "the users of an account could not be read");
        Refusal::Broken
    })?;
    let mut names = Vec::new();
    for user in users.iter().filter(|user| !user.held.is_empty()) {
        let login = identity::find_login(app.db.reader(), &app.vault, user.login).await?;
        // A place that nobody has taken yet has no name.
        names.extend(login.map(|login| login.username).filter(|username| !username.is_empty()));
    }
    Ok(names.join(", "))
}

/// `GET /profile/linked-accounts/join`: what will happen.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    signed: Signed,
) -> Result<Response, Refusal> {
    let Some((_, waits)) = waiting(&app, &headers).await? else {
        return Ok(see_other(&format!("{HOME}?done=waited")));
    };
    if let Some(response) = obstacle(&app, &signed, &waits).await? {
        return Ok(response);
    }
    let (mut moves, mut young, mut stay) = (Vec::new(), Vec::new(), Vec::new());
    for reach in &signed.actor.reaches {
        let label = label(&app, &locale, &reach.segment);
        let named = |users: String| Named { label, number: reach.number.clone(), users };
        match movable(&signed, reach) {
            None => stay.push(named(String::new())),
            Some(grant) => match is_young(&app, &grant).await? {
                true => young.push(named(String::new())),
                false => moves.push(named(users_of(&app, &grant).await?)),
            },
        }
    }
    let title = app.site.texts().say(locale.language, "links-join-title");
    let mut frame = frame_for(&app, &locale, Some(&signed), (Tab::Billing, title))?;
    frame.path = JOIN.to_owned();
    let telephone = app.provider.facts.telephone.clone();
    let has_users = moves.iter().any(|account| !account.users.is_empty());
    let (to, from) = (waits.login.username, signed.login.username.clone());
    let content = JoinPage { to, from, moves, young, stay, has_users, telephone };
    Page { frame, content }.show(&app.site, &locale, "profile-links-join.html")
}

/// `POST /profile/linked-accounts/join`: all of it in one transaction; then the session that waited goes on.
pub(super) async fn submit(State(app): State<App>, headers: HeaderMap, signed: Signed) -> Result<Response, Refusal> {
    let Some((secret, waits)) = waiting(&app, &headers).await? else {
        return Ok(see_other(&format!("{HOME}?done=waited")));
    };
    if let Some(response) = obstacle(&app, &signed, &waits).await? {
        return Ok(response);
    }
    let mut grants: Vec<Grant> = Vec::new();
    for reach in &signed.actor.reaches {
        if let Some(grant) = movable(&signed, reach)
            && !is_young(&app, &grant).await?
        {
            grants.push(grant);
        }
    }
    if grants.is_empty() {
        return Ok(see_other(JOIN));
    }
    // Of the login that gives: to have signed it in is not enough, for on a device that it knows that is the password alone.
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Move.ask());
    }
    let desk = Desk::of(&app);
    match app.db.write(async |tx| link_all(&desk, tx, (&signed, &grants), &waits).await).await {
        Ok(()) => {
            app.nudge.notify_one();
            Ok(with_cookies(&app, &format!("{HOME}?done=linked"), (&secret, "")))
        }
        Err(LinkFault::Gone) => Ok(see_other(JOIN)),
        Err(LinkFault::Letter(error)) => Err(error.into()),
    }
}

async fn link_all(
    desk: &Desk<'_>,
    tx: &Tx,
    (signed, grants): (&Signed, &[Grant]),
    waits: &Signed,
) -> Result<(), LinkFault> {
    // As they are called before: afterwards the one holds nothing.
    let from = Person::find(desk, tx, signed.login.id).await?.ok_or(LinkFault::Gone)?;
    let deed = desk.db.world().uuid();
    let mut linked = Vec::with_capacity(grants.len());
    for grant in grants {
        let to = (waits.login.id, waits.session);
        let (one, gone) = accounts::move_account((desk.db, desk.vault), tx, (grant, deed), to).await?;
        crate::contacts::gone(desk, tx, (grant, &gone)).await?;
        linked.push(one);
    }
    let to = Person::find(desk, tx, waits.login.id).await?.ok_or(LinkFault::Gone)?;
    letters::linked(desk, tx, (&to, Some(&from)), &linked).await?;
    identity::end_sessions_of(tx, signed.login.id).await?;
    Ok(())
}
