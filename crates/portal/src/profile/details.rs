//! Details: who Guichet takes the person for, and what it has on file of the customer (PRO-1).

use accounts::{Address, Profile, Right, Section, Telephone};
use axum::extract::{Query, State};
use axum::response::Response;
use kernel::Language;
use serde::Serialize;
use web::Labelled;
use web::{Link, Locale, Page, Refusal};

use super::{AskedQuery, Part, chosen, done_notice, frame_of, view_of};
use crate::App;
use crate::frame::label;
use crate::signed::Signed;

#[derive(Serialize)]
struct DetailsPage {
    tabs: Vec<Link>,
    login: Vec<Labelled>,
    account: Option<AccountPart>,
    /// What may be changed; nothing while the claim waits (SGN-2).
    file: Option<OnFile>,
    telephone: Option<String>,
}

#[derive(Serialize)]
struct AccountPart {
    label: String,
    facts: Vec<Labelled>,
    /// Where the claim of the account is confirmed, while it is not (SGN-2).
    confirm_href: Option<String>,
    href: String,
}

#[derive(Serialize)]
struct OnFile {
    name: Option<String>,
    address: Vec<String>,
    telephones: Vec<Called>,
    email: Option<String>,
    services: Vec<Labelled>,
    name_href: String,
    address_href: String,
    telephones_href: String,
}

/// An address as lines of a letter; on a page one space is as good as two.
pub(crate) fn lines(address: &Address, language: Language) -> Vec<String> {
    address.lines(None, language).into_iter().map(|line| line.replace("  ", " ")).collect()
}

/// A telephone as people write it; one that is not understood as it is kept.
pub(super) fn written(kept: &str, language: Language) -> String {
    Telephone::of_file(kept).map_or_else(|| kept.to_owned(), |number| number.written(language))
}

/// `GET /profile/details`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let number = chosen(&signed, &asked.account)?;
    let (mut frame, tabs) = frame_of(&app, &locale, &signed, number.as_deref(), Part::Details)?;
    frame.notice = done_notice(&app, &locale, &asked.done, &["name", "address", "telephones", "same"]);
    let mut content =
        DetailsPage { tabs, login: login_facts(&app, &locale, &signed), account: None, file: None, telephone: None };
    content.telephone.clone_from(&app.provider.facts.telephone);
    if let Some(number) = &number {
        content.file = on_file(&app, &locale, &signed, number).await?;
        content.account = Some(account_part(&app, &locale, &signed, (number, content.file.is_none()))?);
    }
    Page { frame, content }.show(&app.site, &locale, "profile-details.html")
}

fn login_facts(app: &App, locale: &Locale, signed: &Signed) -> Vec<Labelled> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let labelled = |key: &str, value: String| Labelled { label: say(key), value };
    let confirmed = if signed.login.email_confirmed { "profile-confirmed" } else { "profile-unconfirmed" };
    let since = web::moment(app.site.texts(), locale.language, signed.login.created_at, &app.zone);
    vec![
        labelled("sign-up-username", signed.login.username.clone()),
        labelled("profile-contact-email", format!("{} ({})", signed.login.email, say(confirmed))),
        labelled("profile-since", since),
    ]
}

/// What the holder gave this person on an account; none where they hold it themselves.
fn held<'a>(signed: &'a Signed, number: &str) -> Option<&'a accounts::Held> {
    signed.actor.reaches.iter().find(|reach| reach.number == number)?.held()
}

fn account_part(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (number, waits): (&str, bool),
) -> Result<AccountPart, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let labelled = |key: &str, value: String| Labelled { label: say(key), value };
    let view = view_of(app, signed, number)?;
    if let Some(held) = held(signed, number) {
        // Who the customer is, and where, was not given.
        let mut facts =
            vec![labelled("bill-account", view.number), labelled("rights-role", say("rights-role-secondary"))];
        facts.extend(crate::rights::in_words(app, locale, held));
        let (label, href) = (label(app, locale, &view.segment), format!("/accounts/{number}/overview"));
        return Ok(AccountPart { label, facts, confirm_href: None, href });
    }
    let mut facts = vec![labelled("bill-identifier", view.identifier.clone()), labelled("bill-account", view.number)];
    if waits {
        // Name and address stand on every bill, which the account is open for.
        facts.extend(view.name.map(|name| labelled("profile-name", name)));
        let address = lines(&view.address, locale.language);
        if !address.is_empty() {
            facts.push(labelled("profile-address", address.join(", ")));
        }
    }
    let unconfirmed = signed.actor.is_unconfirmed(number);
    facts.push(labelled("confirm-label", say(if unconfirmed { "confirm-state" } else { "confirm-state-done" })));
    Ok(AccountPart {
        label: label(app, locale, &view.segment),
        facts,
        confirm_href: unconfirmed.then(|| format!("/accounts/{number}/confirm")),
        href: format!("/accounts/{number}/overview"),
    })
}

async fn on_file(app: &App, locale: &Locale, signed: &Signed, number: &str) -> Result<Option<OnFile>, Refusal> {
    let Some(grant) = signed.actor.require(Right::ChangeContactData, number) else { return Ok(None) };
    let Some(profile) = accounts::find_profile(app.db.reader(), &app.vault, &grant).await? else { return Ok(None) };
    let href = |section: Section| format!("/profile/details/{number}/{}", section.id());
    Ok(Some(OnFile {
        name: profile.view.name.clone(),
        address: lines(&profile.view.address, locale.language),
        telephones: telephones(app, locale, &profile),
        email: profile.view.email.clone(),
        services: service_addresses(app, locale, signed, &profile).await?,
        name_href: href(Section::Name),
        address_href: href(Section::Address),
        telephones_href: href(Section::Telephones),
    }))
}

/// A telephone, and where a link leads that dials it; none where it is not understood.
#[derive(Serialize)]
struct Called {
    label: String,
    value: String,
    href: Option<String>,
}

fn telephones(app: &App, locale: &Locale, profile: &Profile) -> Vec<Called> {
    let kept = [("profile-telephone", &profile.telephone), ("profile-other-telephone", &profile.other_telephone)];
    let shown = kept.into_iter().filter_map(|(key, kept)| {
        let kept = kept.as_deref()?;
        let (label, value) = (app.site.texts().say(locale.language, key), written(kept, locale.language));
        Some(Called { label, value, href: Telephone::of_file(kept).map(|number| number.href()) })
    });
    shown.collect()
}

/// Where the services are: another place is a move, not a correction.
async fn service_addresses(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    profile: &Profile,
) -> Result<Vec<Labelled>, Refusal> {
    let Some(grant) = signed.actor.require(Right::SeeServices, &profile.view.number) else { return Ok(Vec::new()) };
    let Some((_, catalogue)) = services::load_catalogue(&app.db, None).await? else { return Ok(Vec::new()) };
    let key = accounts::customer_key(app.db.reader(), &app.vault, profile.view.customer).await?;
    let with = (app.vault.as_ref(), key.as_ref());
    let services = services::services_on(&app.db, with, &grant, &catalogue, app.today()).await?;
    let mut found: Vec<Labelled> = Vec::new();
    for service in services.iter().filter(|service| service.plan.is_some() && !service.address.is_empty()) {
        let value = lines(&service.address, locale.language).join(", ");
        if !found.iter().any(|other| other.value == value) {
            found.push(Labelled { label: app.site.texts().say(locale.language, "profile-service-address"), value });
        }
    }
    Ok(found)
}
