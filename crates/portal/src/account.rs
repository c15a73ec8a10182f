//! Your account: who Guichet takes the person for. The identifier at the top right of every page leads here (ACC-2).

use accounts::Right;
use axum::extract::State;
use axum::response::Response;
use billing::Labelled;
use serde::Serialize;
use web::{Locale, Page, Refusal};

use crate::App;
use crate::frame::{Tab, frame_for, label};
use crate::signed::Signed;

#[derive(Serialize)]
struct Profile {
    login: Vec<Labelled>,
    accounts: Vec<Reached>,
}

#[derive(Serialize)]
struct Reached {
    label: String,
    href: String,
    facts: Vec<Labelled>,
    /// Where the claim of the account is confirmed, while it is not (SGN-2).
    confirm_href: Option<String>,
}

/// `GET /profile/details`
pub(crate) async fn page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let labelled = |key: &str, value: String| Labelled { label: say(key), value };
    let mut accounts = Vec::new();
    for reach in &signed.actor.reaches {
        let Some(grant) = signed.actor.require(Right::SeeBills, &reach.number) else { continue };
        let view = signed.view(&app, &grant)?;
        let mut facts =
            vec![labelled("bill-identifier", view.identifier.clone()), labelled("bill-account", view.number)];
        facts.extend(view.name.map(|name| labelled("profile-name", name)));
        let address = [view.address.street, view.address.city, view.address.postal_code];
        let address: Vec<String> = address.into_iter().flatten().collect();
        if !address.is_empty() {
            facts.push(labelled("profile-address", address.join(", ")));
        }
        facts.push(labelled("profile-bills", say(if view.on_paper { "profile-paper" } else { "profile-electronic" })));
        let waits = signed.actor.is_unconfirmed(&reach.number);
        facts.push(labelled("confirm-label", say(if waits { "confirm-state" } else { "confirm-state-done" })));
        let confirm_href = waits.then(|| format!("/accounts/{}/confirm", reach.number));
        let href = format!("/accounts/{}/overview", reach.number);
        accounts.push(Reached { label: label(&app, &locale, &reach.segment), href, facts, confirm_href });
    }
    let confirmed = if signed.login.email_confirmed { "profile-confirmed" } else { "profile-unconfirmed" };
    let since = web::moment(app.site.texts(), locale.language, signed.login.created_at, &app.zone);
    let login = vec![
        labelled("sign-up-username", signed.login.username.clone()),
        labelled("profile-email", format!("{} ({})", signed.login.email, say(confirmed))),
        labelled("profile-since", since),
    ];
    let frame = frame_for(&app, &locale, Some(&signed), (Tab::Billing, say("profile-title")))?;
    Page { frame, content: Profile { login, accounts } }.show(&app.site, &locale, "account.html")
}
