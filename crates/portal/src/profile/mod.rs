//! Your account (PRO-1, SEC-7 to SEC-9): its tabs, and the account that they are about. The name and the identifier at the top
//! right of every page lead here (ACC-2).

pub(crate) mod acts;
pub(crate) mod backup;
mod deletion;
mod details;
mod edit;
pub(crate) mod email;
mod letters;
mod password;
mod preferences;
pub(crate) mod prove;
pub(crate) mod requests;
mod security;
pub(crate) mod steps;

use accounts::{AccountView, Grant, Right};
use axum::Router;
use axum::extract::Query;
use axum::routing::{get, post};
use serde::Deserialize;
use web::{Frame, Link, Locale, Notice, Refusal};

pub(crate) use details::lines as address_lines;
pub(crate) use edit::{Offered, telephone_problem, value_text};

use crate::App;
use crate::frame::{Tab, frame_for, framed};
use crate::history;
use crate::signed::{Refused, Signed};

/// The addresses of Your account.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/profile/details", get(details::page))
        .route("/profile/details/{number}/{part}", get(edit::page).post(edit::submit))
        .route("/profile/preferences", get(preferences::page))
        .route("/profile/preferences/{number}", get(preferences::edit_page).post(preferences::submit))
        .route("/profile/password", get(password::page).post(password::submit))
        .route("/profile/security", get(security::page))
        .route("/profile/security/end", post(security::end))
        .route("/profile/security/end-others", post(security::end_others))
        .route("/profile/stay", post(security::stay))
        .route("/profile/delete", get(deletion::page).post(deletion::submit))
        .route("/profile/deleted", get(deletion::gone))
}

/// What the tabs ask for in their query.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The number of the account that a page is about, for a login with several; without one, the first.
    account: String,
    /// What was just changed, to be said.
    pub(crate) done: String,
}

impl Asked {
    pub(crate) fn account(&self) -> &str {
        &self.account
    }
}

pub(crate) type AskedQuery = Query<Asked>;

/// One of the tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Details,
    Preferences,
    Password,
    Security,
    /// Linked accounts (ONE-1).
    Links,
    /// Contacts of an account (PRO-2).
    Contacts,
    /// Requests for change.
    Requests,
    /// Who saw or changed what (PRO-3).
    History,
    /// The users of an account, for its holder (USR-1).
    Users,
    /// What a user may do on an account, for that user (USR-5).
    Rights,
}

impl Part {
    const fn path(self) -> &'static str {
        match self {
            Self::Details => "/profile/details",
            Self::Preferences => "/profile/preferences",
            Self::Password => "/profile/password",
            Self::Security => "/profile/security",
            Self::Links => "/profile/linked-accounts",
            Self::Contacts => "/contacts",
            Self::Requests => "/profile/requests",
            Self::History => "/profile/history",
            Self::Users => "/users",
            Self::Rights => "/rights",
        }
    }

    /// Where it is, about an account. Some are pages of the account.
    fn href(self, signed: &Signed, number: Option<&str>, query: &str) -> String {
        match (self, number) {
            (Self::History, number) => history::href(signed, number),
            (Self::Users | Self::Rights | Self::Contacts, Some(number)) => {
                format!("/accounts/{number}{}", self.path())
            }
            _ => format!("{}{query}", self.path()),
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Details => "profile-tab-details",
            Self::Preferences => "profile-tab-preferences",
            Self::Password => "profile-tab-password",
            Self::Security => "profile-tab-security",
            Self::Links => "profile-tab-links",
            Self::Contacts => "contacts-title",
            Self::Requests => "profile-tab-requests",
            Self::History => "profile-tab-history",
            Self::Users => "users-title",
            Self::Rights => "rights-ask-tab",
        }
    }
}

/// The number of the account that a page is about: the one asked for, else the first; none for a login without accounts.
///
/// # Errors
/// [`Refusal::NotFound`] for an account that the login does not reach.
pub(crate) fn chosen(signed: &Signed, asked: &str) -> Result<Option<String>, Refusal> {
    let reaches = &signed.actor.reaches;
    if asked.is_empty() {
        let first = signed.actor.first_held().or(reaches.first());
        return Ok(first.map(|reach| reach.number.clone()));
    }
    signed.may(Right::Enter, asked).map(|grant| Some(grant.number().to_owned()))
}

/// Leave to change contact data.
///
/// # Errors
/// To the confirmation while the claim waits for it; [`Refusal::NotFound`] for an account that the login does not reach.
pub(crate) fn may_change(signed: &Signed, number: &str) -> Result<Grant, Refused> {
    if signed.actor.is_unconfirmed(number) {
        return Err(Refused::Go(format!("/accounts/{number}/confirm")));
    }
    Ok(signed.may(Right::ChangeContactData, number)?)
}

/// `?account=` for a login with several, so that all tabs stay with the account that was chosen.
fn query(signed: &Signed, number: Option<&str>) -> String {
    match number {
        Some(number) if signed.actor.reaches.len() > 1 => format!("?account={number}"),
        _ => String::new(),
    }
}

/// The frame of a page of Your account, and its tabs: those that are of use to this person.
pub(crate) fn frame_of(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    number: Option<&str>,
    part: Part,
) -> Result<(Frame, Vec<Link>), Refusal> {
    let texts = app.site.texts();
    let title = texts.say(locale.language, part.title());
    let about = number.map(|number| view_of(app, signed, number)).transpose()?;
    let mut frame = match &about {
        Some(view) => framed(app, locale, signed, view, (Tab::Billing, title)),
        None => frame_for(app, locale, Some(signed), (Tab::Billing, title))?,
    };
    // The switcher stays within Your account.
    for account in &mut frame.accounts {
        let about = account.number.as_str();
        let there = match part {
            Part::Contacts if signed.actor.require(Right::ChangeContactData, about).is_none() => Part::Details,
            Part::Users if signed.actor.require(Right::ManageUsers, about).is_none() => Part::Details,
            Part::Rights if signed.actor.asker(about).is_none() => Part::Details,
            part => part,
        };
        account.href = there.href(signed, Some(about), &format!("?account={about}"));
    }
    let is_user = number.is_some_and(|number| signed.actor.asker(number).is_some());
    let manages = number.is_some_and(|number| signed.actor.require(Right::ManageUsers, number).is_some());
    let may_change = number.is_some_and(|number| signed.actor.require(Right::ChangeContactData, number).is_some());
    let query = query(signed, number);
    let tabs = [
        (Part::Details, true),
        (Part::Preferences, may_change),
        (Part::Password, true),
        (Part::Security, true),
        (Part::Links, true),
        (Part::Users, manages),
        (Part::Rights, is_user),
        (Part::Contacts, may_change),
        (Part::Requests, true),
        (Part::History, true),
    ];
    let tabs = tabs.into_iter().filter(|(_, useful)| *useful).map(|(tab, _)| Link {
        label: texts.say(locale.language, tab.title()),
        href: tab.href(signed, number, &query),
        current: tab == part,
    });
    Ok((frame, tabs.collect()))
}

fn view_of(app: &App, signed: &Signed, number: &str) -> Result<AccountView, Refusal> {
    let grant = signed.may(Right::Enter, number)?;
    signed.view(app, &grant)
}

/// The account that a letter about the login names: the first that it holds. None of somebody else's (USR-3).
fn first_view(app: &App, signed: &Signed) -> Result<Option<AccountView>, Refusal> {
    let first = signed.actor.first_held();
    first.map(|reach| view_of(app, signed, &reach.number)).transpose()
}

/// What was just done, from the words that our own redirects carry; nothing for any other.
pub(crate) fn done_notice(app: &App, locale: &Locale, asked: &str, known: &[&str]) -> Option<Notice> {
    let done = known.iter().find(|known| **known == asked)?;
    Some(Notice { kind: "success", text: app.site.texts().say(locale.language, &format!("profile-done-{done}")) })
}
