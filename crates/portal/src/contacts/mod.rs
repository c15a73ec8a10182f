//! Contacts of an account and of its services (PRO-2): the holder sees them and asks for another, both sides accept by a link.

mod ask;
mod letters;
mod link;
mod list;
mod work;

pub(crate) use letters::gone;
pub use work::{settle_contact_changes, watch_contact_changes};

use accounts::{AccountView, ContactKind, ContactPlace, Grant, Proposal, Proposed, Right};
use axum::Router;
use axum::routing::{get, post};
use kernel::Language;
use services::ServiceView;
use web::Refusal;

use crate::App;
use crate::profile::may_change;
use crate::signed::{Refused, Signed, id_in};

/// The addresses of contacts.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{number}/contacts", get(list::page))
        .route("/accounts/{number}/contacts/{place}/{kind}", get(ask::page).post(ask::submit))
        .route("/accounts/{number}/contacts/{place}/{kind}/default", post(list::use_default))
        .route("/accounts/{number}/contacts/{place}/{kind}/withdraw", post(list::withdraw))
        .route("/accounts/{number}/contacts/{place}/{kind}/again", post(list::again))
        .route("/contact-change/{secret}", get(link::page).post(link::submit))
}

/// The holder's leave, with the account as they see it.
struct Holding {
    grant: Grant,
    view: AccountView,
    services: Vec<ServiceView>,
}

impl Holding {
    async fn of(app: &App, signed: &Signed, number: &str) -> Result<Self, Refused> {
        let grant = may_change(signed, number)?;
        let view = signed.view(app, &grant)?;
        let services = active_services(app, &grant, Some(&view)).await?;
        Ok(Self { grant, view, services })
    }

    /// The place that an address names: a service that goes on, or the account itself.
    fn place(&self, place: &str, kind: &str) -> Result<ContactPlace, Refusal> {
        let found = place_named(place, kind)?;
        let is_there = found.service.is_none_or(|service| self.services.iter().any(|one| one.id == service));
        is_there.then_some(found).ok_or(Refusal::NotFound)
    }
}

/// The text that says what such a contact is asked about. Bills are an account's: their copy goes to its contact alone.
fn about_key(place: ContactPlace) -> String {
    match place {
        ContactPlace { service: Some(_), kind: ContactKind::Billing } => "contact-about-service-billing".to_owned(),
        ContactPlace { kind, .. } => format!("contact-about-{}", kind.code()),
    }
}

/// What an address names, whether it is there or not.
fn place_named(place: &str, kind: &str) -> Result<ContactPlace, Refusal> {
    let kind = ContactKind::from_code(kind).ok_or(Refusal::NotFound)?;
    let service = match place {
        "account" => None,
        place => Some(id_in(place)?),
    };
    Ok(ContactPlace { service, kind })
}

/// The path of a place's pages.
fn path_of(number: &str, place: ContactPlace) -> String {
    let at = place.service.map_or_else(|| "account".to_owned(), |service| service.to_string());
    format!("/accounts/{number}/contacts/{at}/{}", place.kind.code())
}

/// The services of a grant's account that go on today; with their addresses where the account is given.
async fn active_services(app: &App, grant: &Grant, view: Option<&AccountView>) -> Result<Vec<ServiceView>, Refusal> {
    let Some((_, catalogue)) = services::load_catalogue(&app.db, None).await? else { return Ok(Vec::new()) };
    let key = match view {
        Some(view) => accounts::customer_key(app.db.reader(), &app.vault, view.customer).await?,
        None => None,
    };
    let all = services::services_on(&app.db, (&app.vault, key.as_ref()), grant, &catalogue, app.today()).await?;
    Ok(all.into_iter().filter(|service| service.plan.is_some()).collect())
}

/// Whether the place of a request is there still: a service may have ended meanwhile.
async fn is_there(app: &App, change: &accounts::ContactChange) -> Result<bool, Refusal> {
    let Some(service) = change.place.service else { return Ok(true) };
    let grant = Grant::of_the_provider(change.account, &change.number, Right::ChangeContactData);
    Ok(active_services(app, &grant, None).await?.iter().any(|one| one.id == service))
}

/// Who is proposed, as the holder named them; what a customer's own file says of them is not in it.
pub(crate) fn named_words(texts: &web::Texts, language: Language, proposal: &Proposal) -> String {
    match &proposal.named {
        Proposed::Person(person) => {
            let name = kernel::unlinked(&person.name);
            texts.say_with(language, "contact-person", &[("name", &name), ("email", &person.email)])
        }
        Proposed::Customer(identifier) => texts.say_with(language, "contact-customer", &[("identifier", identifier)]),
    }
}
