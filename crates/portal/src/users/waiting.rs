//! Places where a user holds no right: no page tells them anything of the account, and they may ask its holder (USR-3, USR-5).

use accounts::WaitingState;
use kernel::{MembershipId, Moment};
use serde::Serialize;
use web::{Link, Locale, Refusal};

use crate::App;
use crate::signed::Signed;

/// Such a place, as pages show it.
#[derive(Serialize)]
pub(crate) struct WaitingPlace {
    /// To tell several apart.
    since: String,
    text: String,
    /// What they can do about it.
    link: Option<Link>,
}

/// Where a user who holds nothing asks.
pub(super) fn href(membership: MembershipId) -> String {
    format!("/profile/rights/{membership}")
}

pub(super) fn since(app: &App, locale: &Locale, begun_at: Moment) -> String {
    web::moment(app.site.texts(), locale.language, begun_at, &app.zone)
}

/// The accounts that open with a second step only, which the login does not have (SEC-3).
pub(crate) fn closed_places(app: &App, locale: &Locale, signed: &Signed) -> Vec<WaitingPlace> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let each = signed.actor.needs_step.iter().map(|place| WaitingPlace {
        since: since(app, locale, place.begun_at),
        text: say("rights-waiting-text-closed"),
        link: Some(Link { label: say("rights-step-link"), href: "/profile/steps".to_owned(), current: false }),
    });
    each.collect()
}

/// All of somebody's.
pub(crate) async fn waiting_places(app: &App, locale: &Locale, signed: &Signed) -> Result<Vec<WaitingPlace>, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut places = Vec::new();
    for place in &signed.actor.waiting {
        let asks = match signed.actor.waiting_asker(place) {
            Some(asker) => accounts::open_request(app.db.reader(), &asker).await?.is_some(),
            None => false,
        };
        let (text, link) = match signed.actor.waiting_state(place) {
            WaitingState::Ask if asks => ("asked", Some(("rights-waiting-see", href(place.membership)))),
            WaitingState::Ask => ("ask", Some(("rights-waiting-ask", href(place.membership)))),
            WaitingState::NeedsStep => ("step", Some(("rights-step-link", "/profile/steps".to_owned()))),
            WaitingState::NoHolder => ("no-holder", None),
        };
        places.push(WaitingPlace {
            since: since(app, locale, place.begun_at),
            text: say(&format!("rights-waiting-text-{text}")),
            link: link.map(|(label, href)| Link { label: say(label), href, current: false }),
        });
    }
    Ok(places)
}
