//! What the holder does with a user by one button, most of it after a page that says what will happen (USR-2, SEC-3).

use accounts::{Grant, Member};
use axum::extract::{Path, State};
use axum::response::Response;
use db::Tx;
use identity::{Limit, LimitKind, UnlockedBy};
use serde::Serialize;
use web::{Form, Locale, Page};

use super::errors::ActError;
use super::letters::{self, Reader};
use super::{manage, managed, member_of, user_href};
use crate::App;
use crate::door_letters::Person;
use crate::frame::{Tab, framed};
use crate::letters::Desk;
use crate::signed::{Refused, Signed, see_other};

/// A page that says what a button will do.
#[derive(Serialize)]
struct ConfirmPage {
    called: String,
    /// `password`, `remove` or `withdraw`: the part of the texts' keys that names it.
    act: &'static str,
    is_danger: bool,
    action: String,
    href: String,
    /// What happens, a sentence each.
    points: Vec<String>,
}

fn confirm(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (grant, member): (&Grant, &Member),
    (act, points): (&'static str, &[&str]),
) -> Result<Response, Refused> {
    let view = signed.view(app, grant)?;
    let texts = app.site.texts();
    let values = [("who", member.called())];
    let href = user_href(grant.number(), member);
    let content = ConfirmPage {
        called: member.called().to_owned(),
        act,
        is_danger: act != "password",
        action: format!("{href}/{}", if act == "password" { "password" } else { "remove" }),
        points: points.iter().map(|key| texts.say_with(locale.language, key, &values)).collect(),
        href,
    };
    let title = texts.say_with(locale.language, &format!("user-{act}-title"), &values);
    let frame = framed(app, locale, signed, &view, (Tab::Billing, title));
    Ok(Page { frame, content }.show(&app.site, locale, "user-confirm.html")?)
}

/// Where a user is named in an address.
type Named = Path<(String, String)>;

/// `GET /accounts/{number}/users/{user}/password`
pub(super) async fn password_page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Named,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), None).await?;
    let points = ["user-password-point-link", "user-password-point-you", "user-password-point-until"];
    confirm(&app, &locale, &signed, (&grant, &member), ("password", &points))
}

/// `POST /accounts/{number}/users/{user}/password`: sends the user a link to a new password. Nothing of the login changes by that.
pub(super) async fn password(
    State(app): State<App>,
    signed: Signed,
    Path((number, user)): Named,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), Some("password")).await?;
    let href = user_href(&number, &member);
    if member.is_invited() {
        return Ok(see_other(&href));
    }
    if !send_link(&app, &grant, &member).await? {
        return Ok(see_other(&format!("{href}?done=wait")));
    }
    Ok(see_other(&format!("{href}?done=password")))
}

/// Says whether it was sent: a mailbox gets a few an hour, whoever asks.
async fn send_link(app: &App, grant: &Grant, member: &Member) -> Result<bool, Refused> {
    let limit = Limit::of(&app.vault, LimitKind::RecoverLogin, &member.user.login.to_string());
    if limit.take(&app.db).await?.is_some() {
        return Ok(false);
    }
    let desk = Desk::of(app);
    let sent = app.db.write(async |tx| {
        still_user(tx, &desk, grant, member).await?;
        if let Some(reader) = Reader::of(&desk, tx, member).await? {
            letters::password(&desk, tx, (&reader, grant.number())).await?;
        }
        accounts::note_user_act(desk.db, tx, grant, (member.user.membership, "user.password-sent")).await?;
        Ok::<_, ActError>(())
    });
    sent.await?;
    app.nudge.notify_one();
    Ok(true)
}

/// They may have been removed since the page was made.
async fn still_user(tx: &Tx, desk: &Desk<'_>, grant: &Grant, member: &Member) -> Result<(), ActError> {
    let found = accounts::find_user(tx, desk.vault, grant, member.user.membership).await?;
    found.map(|_| ()).ok_or_else(|| accounts::RightsError::NoUser.into())
}

/// `POST /accounts/{number}/users/{user}/unlock`: opens a login that is locked. One that reaches other accounts too is not for this
/// holder to open, nor to know of: its owner opens it with a link to a new password.
pub(super) async fn unlock(
    State(app): State<App>,
    signed: Signed,
    Path((number, user)): Named,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), Some("unlock")).await?;
    let href = user_href(&number, &member);
    let is_to_lift = |member: &Member| member.is_locked && member.is_only_here && !member.is_invited();
    if !is_to_lift(&member) {
        return Ok(see_other(&href));
    }
    // A few an hour: whoever lifts locks as they come could guess for ever.
    let limit = Limit::of(&app.vault, LimitKind::RecoverLogin, &member.user.login.to_string());
    if limit.take(&app.db).await?.is_some() {
        return Ok(see_other(&format!("{href}?done=wait")));
    }
    let desk = Desk::of(&app);
    let done = app.db.write(async |tx| {
        // Read anew: what is done here touches no other account.
        let found = accounts::find_member(tx, desk.vault, &grant, member.user.membership).await?;
        let Some(member) = found.filter(is_to_lift) else { return Ok(false) };
        let Some(person) = Person::find(&desk, tx, member.user.login).await? else { return Ok(false) };
        let names = person.names();
        let by = (names.as_slice(), UnlockedBy::Holder);
        let lifted = identity::unlock(desk.db, desk.vault, tx, member.user.login, by).await?;
        if lifted {
            accounts::note_user_act(desk.db, tx, &grant, (member.user.membership, "user.unlocked")).await?;
            if let Some(reader) = Reader::of(&desk, tx, &member).await? {
                letters::told(&desk, tx, (&reader, grant.number()), "user-unlocked").await?;
            }
        }
        Ok::<_, ActError>(lifted)
    });
    let lifted = done.await?;
    app.nudge.notify_one();
    Ok(see_other(&format!("{href}{}", if lifted { "?done=unlocked" } else { "" })))
}

/// `POST /accounts/{number}/users/{user}/step`: wants a second step of them, or none any more (SEC-3).
pub(super) async fn step(
    State(app): State<App>,
    signed: Signed,
    Path((number, user)): Named,
    form: Form,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), Some("step")).await?;
    let is_required = form.get("required") == "yes";
    let desk = Desk::of(&app);
    let changed = app.db.write(async |tx| {
        let changed = accounts::require_step(desk.db, tx, &grant, (member.user.membership, is_required)).await?;
        if changed
            && !member.is_invited()
            && let Some(reader) = Reader::of(&desk, tx, &member).await?
        {
            let kind = if is_required { "user-step" } else { "user-step-off" };
            letters::told(&desk, tx, (&reader, grant.number()), kind).await?;
        }
        Ok::<_, ActError>(changed)
    });
    if changed.await? {
        app.nudge.notify_one();
    }
    let done = if is_required { "step" } else { "step-off" };
    Ok(see_other(&format!("{}?done={done}", user_href(&number, &member))))
}

/// `POST /accounts/{number}/users/{user}/again`: another link for who has not come yet.
pub(super) async fn again(
    State(app): State<App>,
    signed: Signed,
    Path((number, user)): Named,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), Some("invite")).await?;
    let href = user_href(&number, &member);
    if !member.is_invited() {
        return Ok(see_other(&href));
    }
    let limit = Limit::of(&app.vault, LimitKind::UserLetter, &signed.login.id.to_string());
    if limit.take(&app.db).await?.is_some() {
        return Ok(see_other(&format!("{href}?done=again-wait")));
    }
    let (desk, to) = (Desk::of(&app), (member.user.membership, app.invitation_lasts));
    let sent = app.db.write(async |tx| {
        let sent = accounts::invite_again(desk.db, tx, &grant, to).await?;
        if let Some(sent) = &sent
            && let Some(reader) = Reader::of(&desk, tx, &member).await?
        {
            letters::invited(&desk, tx, (&reader, grant.number()), (sent, &member.user.held)).await?;
        }
        Ok::<_, ActError>(sent.is_some())
    });
    let done = if sent.await? { "again" } else { "just-sent" };
    app.nudge.notify_one();
    Ok(see_other(&format!("{href}?done={done}")))
}

/// `GET /accounts/{number}/users/{user}/remove`
pub(super) async fn remove_page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Named,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), None).await?;
    let said: (&'static str, &[&str]) = match member.is_invited() {
        true => ("withdraw", &["user-withdraw-point-link", "user-withdraw-point-room"]),
        false => (
            "remove",
            &[
                "user-remove-point-access",
                "user-remove-point-login",
                "user-remove-point-told",
                "user-remove-point-back",
            ],
        ),
    };
    confirm(&app, &locale, &signed, (&grant, &member), said)
}

/// `POST /accounts/{number}/users/{user}/remove`: pressed twice, the second finds nobody.
pub(super) async fn remove(
    State(app): State<App>,
    signed: Signed,
    Path((number, user)): Named,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, Some("end")).await?;
    let Ok(member) = member_of(&app, &grant, &user).await else {
        return Ok(see_other(&format!("/accounts/{number}/users?done=gone")));
    };
    let desk = Desk::of(&app);
    let removed = app.db.write(async |tx| {
        // Whoever accepted a moment ago is told too. Before the end, for with a last membership the login goes, and its address.
        let found = accounts::find_member(tx, desk.vault, &grant, member.user.membership).await?;
        let member = found.ok_or(accounts::RightsError::NoUser)?;
        if !member.is_invited()
            && let Some(reader) = Reader::of(&desk, tx, &member).await?
        {
            letters::told(&desk, tx, (&reader, grant.number()), "user-removed").await?;
        }
        accounts::remove_user(desk.db, tx, &grant, member.user.membership).await?;
        Ok::<_, ActError>(member.is_invited())
    });
    let done = if removed.await? { "withdrawn" } else { "removed" };
    app.nudge.notify_one();
    Ok(see_other(&format!("/accounts/{number}/users?done={done}")))
}
