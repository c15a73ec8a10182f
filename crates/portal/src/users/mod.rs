//! The users of an account (USR-1, USR-2, USR-5, USR-6, SEC-3): the holder's pages about them, the link of an invitation, and a user's
//! own page about what they may do there.

mod acts;
mod ask;
mod change;
mod create;
mod errors;
mod invitation;
mod letters;
mod list;
mod places;
mod requests;
mod then;
mod user;
mod view;
mod waiting;

use accounts::{Attempt, AttemptBy, Grant, Member, Right};
use axum::Router;
use axum::routing::{get, post};
use identity::{Limit, LimitKind};
use web::{Locale, Refusal};

use crate::App;
use crate::rows::Status;
use crate::signed::{Refused, Signed, id_in};
use errors::ActError;
pub(crate) use waiting::{WaitingPlace, closed_places, waiting_places};

/// The addresses of all this.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{number}/users", get(list::page))
        .route("/accounts/{number}/users/new", get(create::page).post(create::submit))
        .route("/accounts/{number}/users/requests/{request}", get(requests::page).post(requests::answer))
        .route("/accounts/{number}/users/{user}", get(user::page))
        .route("/accounts/{number}/users/{user}/view", get(view::page))
        .route("/accounts/{number}/users/{user}/name", get(change::name_page).post(change::name))
        .route("/accounts/{number}/users/{user}/rights", get(change::rights_page).post(change::rights))
        .route("/accounts/{number}/users/{user}/password", get(acts::password_page).post(acts::password))
        .route("/accounts/{number}/users/{user}/remove", get(acts::remove_page).post(acts::remove))
        .route("/accounts/{number}/users/{user}/again", post(acts::again))
        .route("/accounts/{number}/users/{user}/unlock", post(acts::unlock))
        .route("/accounts/{number}/users/{user}/step", post(acts::step))
        .route("/accounts/{number}/rights", get(ask::page).post(ask::submit))
        .route("/profile/rights/{user}", get(ask::waiting_page).post(ask::waiting_submit))
        .route("/invitation/{secret}", get(invitation::page).post(invitation::accept))
}

/// Leave to manage the users of an account. While the claim waits for its confirmation, that comes first. `tried` names what somebody
/// was to do who may not: a try of a user of the account is written down, for its holder to see (USR-4).
async fn manage(app: &App, signed: &Signed, number: &str, tried: Option<&'static str>) -> Result<Grant, Refused> {
    if let Some(grant) = signed.actor.require(Right::ManageUsers, number) {
        return Ok(grant);
    }
    if signed.actor.is_unconfirmed(number) {
        return Err(Refused::Go(format!("/accounts/{number}/confirm")));
    }
    if let (Some(what), Some(account)) = (tried, signed.actor.user_of(number)) {
        let limit = Limit::of(&app.vault, LimitKind::RightsTry, &signed.login.id.to_string());
        if limit.take(&app.db).await?.is_none() {
            let attempt = Attempt { account, by: AttemptBy::Login(signed.login.id), what };
            accounts::note_refused_attempt(&app.db, attempt).await?;
        }
    }
    Err(Refused::Page(Refusal::NotFound))
}

/// One of the account's users, by the id in an address.
async fn member_of(app: &App, grant: &Grant, user: &str) -> Result<Member, Refused> {
    let found =
        accounts::find_member(app.db.reader(), &app.vault, grant, id_in(user)?).await.map_err(ActError::from)?;
    Ok(found.ok_or(Refusal::NotFound)?)
}

/// Both.
async fn managed(
    app: &App,
    signed: &Signed,
    (number, user): (&str, &str),
    tried: Option<&'static str>,
) -> Result<(Grant, Member), Refused> {
    let grant = manage(app, signed, number, tried).await?;
    let member = member_of(app, &grant, user).await?;
    Ok((grant, member))
}

fn user_href(number: &str, member: &Member) -> String {
    format!("/accounts/{number}/users/{}", member.user.membership)
}

/// How a user stands, in a word: what wants the holder's eye first.
fn status(app: &App, locale: &Locale, member: &Member) -> Status {
    let is_late = member.invited_until.is_none_or(|until| until <= app.db.world().now());
    let (kind, key) = match member {
        member if member.is_invited() && is_late => ("warning", "late"),
        member if !member.user.earlier.is_empty() => ("warning", "waits"),
        member if member.is_invited() => ("info", "invited"),
        member if member.is_locked && member.is_only_here => ("danger", "locked"),
        member if member.lacks_step => ("warning", "step"),
        member if member.user.held.is_empty() => ("neutral", "nothing"),
        _ => ("success", "active"),
    };
    Status { kind, text: app.site.texts().say(locale.language, &format!("users-state-{key}")) }
}
