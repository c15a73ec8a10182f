//! The account as one of its users sees it, for its holder (USR-2): made with what that user holds, by the functions that make their own
//! pages. Nobody's session is changed.

use accounts::{Right, Services};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use web::{Link, Locale, Page, Refusal};

use super::places::served;
use super::{managed, user_href};
use crate::App;
use crate::frame::{Tab, framed};
use crate::overview::{Billing, Service, billing_part, services_of};
use crate::signed::{Refused, Signed};

#[derive(Serialize)]
struct ViewPage {
    called: String,
    href: String,
    /// Whether they reach the account at all.
    enters: bool,
    /// Why not, where something holds them up: they have not accepted, or have no second step.
    held_up: Option<&'static str>,
    menu: Vec<Link>,
    billing: Option<Billing>,
    services: Vec<Seen>,
    pages: Vec<Opens>,
}

/// A service as they see it, and what they may do with it.
#[derive(Serialize)]
struct Seen {
    service: Service,
    may: Vec<String>,
}

/// A page, and whether it opens.
#[derive(Serialize)]
struct Opens {
    label: String,
    opens: bool,
}

const PAGES: [(&str, Right); 7] = [
    ("tab-home", Right::Enter),
    ("bills-title", Right::SeeBills),
    ("users-view-pay", Right::Pay),
    ("rights-cards", Right::ManagePaymentMethods),
    ("overview-services", Right::KnowServices),
    ("users-view-profile", Right::ChangeContactData),
    ("users-title", Right::ManageUsers),
];

const ON_SERVICES: [(&str, Right); 5] = [
    ("rights-see-service", Right::SeeServices),
    ("rights-change-service", Right::ChangeServices),
    ("rights-usage", Right::SeeUsage),
    ("rights-mailboxes", Right::ManageMailboxes),
    ("rights-support", Right::ContactSupport),
];

/// The services that they know of.
async fn seen(app: &App, locale: &Locale, theirs: &Signed, number: &str) -> Result<Vec<Seen>, Refused> {
    let Ok(grant) = theirs.may(Right::KnowServices, number) else { return Ok(Vec::new()) };
    let view = theirs.view(app, &grant)?;
    let services = services_of(app, locale, theirs, &view).await?;
    // Both are read with the same grant, and stand in the same order.
    let known = served(app, locale, (&view, &grant)).await?;
    let may = |id| {
        let rights =
            ON_SERVICES.into_iter().filter(|(_, right)| theirs.actor.require_service(*right, number, id).is_some());
        rights.map(|(key, _)| app.site.texts().say(locale.language, key)).collect()
    };
    Ok(services.into_iter().zip(&known).map(|(service, one)| Seen { service, may: may(one.id) }).collect())
}

/// `GET /accounts/{number}/users/{user}/view`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, user)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let (grant, member) = managed(&app, &signed, (&number, &user), None).await?;
    let view = signed.view(&app, &grant)?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let actor = signed.actor.seen_as(&number, &member.user.held).ok_or(Refusal::NotFound)?;
    let theirs = Signed { session: signed.session, login: signed.login.clone(), actor, since: signed.since };
    let may = |right: Right| theirs.actor.require(right, &number).is_some();
    let enters = may(Right::Enter);
    let knows_all = theirs.actor.services_seen(&number).is_some_and(|seen| *seen.services() == Services::All);
    let content = ViewPage {
        called: member.called().to_owned(),
        href: user_href(&number, &member),
        enters,
        held_up: match &member {
            member if member.is_invited() => Some("invited"),
            member if member.lacks_step => Some("step"),
            _ => None,
        },
        menu: if enters { framed(&app, &locale, &theirs, &view, (Tab::Home, String::new())).tabs } else { Vec::new() },
        billing: billing_part(&app, &locale, &theirs, (&view, !knows_all || may(Right::SeeServices))).await?,
        services: seen(&app, &locale, &theirs, &number).await?,
        pages: PAGES.map(|(key, right)| Opens { label: say(key), opens: may(right) }).into(),
    };
    let title = app.site.texts().say_with(locale.language, "user-view-title", &[("who", &content.called)]);
    let mut frame = framed(&app, &locale, &signed, &view, (Tab::Billing, title));
    frame.path = format!("{}/view", content.href);
    Ok(Page { frame, content }.show(&app.site, &locale, "user-view.html")?)
}
