//! The page of an account's contacts, and what its buttons do.

use accounts::{
    AccountContact, ContactChange, ContactKind, ContactPlace, ContactSide, Proposal, Proposed, RepresentativeState,
    effective_contact,
};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use identity::{Limit, LimitKind};
use kernel::Moment;
use serde::{Deserialize, Serialize};
use services::ServiceView;
use web::{Link, Locale, Notice, Page, Refusal};

use super::{Holding, about_key, letters, named_words, path_of, place_named};
use crate::App;
use crate::frame::label;
use crate::letters::{Desk, LetterError};
use crate::profile::{Part, frame_of};
use crate::representatives;
use crate::rows::Status;
use crate::signed::{Refused, Signed, see_other};

/// What a redirect of ours says was done, and how it is shown.
const DONE: [(&str, &str); 7] = [
    ("asked", "success"),
    ("asked-customer", "success"),
    ("withdrawn", "success"),
    ("again", "success"),
    ("default", "success"),
    ("none", "info"),
    ("wait", "warning"),
];

#[derive(Serialize)]
struct ContactsPage {
    tabs: Vec<Link>,
    account_label: String,
    account_number: String,
    places: Vec<Section>,
    /// Who may speak for the holder at the telephone.
    representatives: Vec<Represents>,
}

#[derive(Serialize)]
struct Represents {
    name: String,
    kind: String,
    valid: String,
    status: Status,
}

/// The account, or one of its services.
#[derive(Serialize)]
struct Section {
    id: String,
    title: String,
    /// Where a service is; what stands for all of them, for the account.
    text: String,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    kind: String,
    /// What such a contact is asked about.
    about: String,
    who: String,
    /// How they are reached, as far as the holder said it.
    reach: Vec<String>,
    /// In words, where the place has none of its own.
    inherited: Option<String>,
    change_href: String,
    /// Back to the account's contact, or to the holder; where the place has its own.
    default: Option<Back>,
    request: Option<Request>,
}

#[derive(Serialize)]
struct Back {
    action: String,
    label: String,
    text: String,
}

/// The request that is open for a place.
#[derive(Serialize)]
struct Request {
    who: String,
    status: Status,
    /// Who accepted, who is waited for.
    steps: Vec<String>,
    reference: String,
    again_action: String,
    withdraw_action: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// What a page is made of.
struct Known<'a> {
    app: &'a App,
    locale: &'a Locale,
    holding: &'a Holding,
    contacts: Vec<AccountContact>,
    open: Vec<(ContactChange, Option<Proposal>)>,
}

impl Known<'_> {
    fn say(&self, key: &str) -> String {
        self.app.site.texts().say(self.locale.language, key)
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.app.site.texts().say_with(self.locale.language, key, values)
    }

    fn section(&self, service: Option<&ServiceView>) -> Section {
        let place = |kind| ContactPlace { service: service.map(|service| service.id), kind };
        let entries = ContactKind::ALL.into_iter().map(|kind| self.entry(place(kind))).collect();
        match service {
            None => Section {
                id: "account".to_owned(),
                title: self.say("contacts-account"),
                text: self.say("contacts-account-text"),
                entries,
            },
            Some(service) => {
                let address = [&service.address.street, &service.address.city];
                let address: Vec<String> = address.into_iter().flatten().cloned().collect();
                Section {
                    id: format!("service-{}", service.id),
                    title: self.say(&format!("service-{}", service.kind.code())),
                    text: address.join(", "),
                    entries,
                }
            }
        }
    }

    fn entry(&self, place: ContactPlace) -> Entry {
        let current = effective_contact(&self.contacts, place);
        let (who, reach) = self.who(current);
        let is_own = current.is_some_and(|contact| contact.place == place);
        let code = place.kind.code();
        let inherited = match (is_own, place.service) {
            (true, _) => None,
            (false, None) => Some(self.say("contacts-holder-text")),
            (false, Some(_)) => Some(self.say_with("contacts-inherited", &[("who", &who)])),
        };
        let path = path_of(&self.holding.view.number, place);
        Entry {
            kind: self.say(&format!("contact-{code}")),
            about: self.say(&about_key(place)),
            who,
            reach,
            inherited,
            default: is_own.then(|| self.default(place, &path)),
            request: self.open.iter().find(|(change, _)| change.place == place).map(|open| self.request(open, &path)),
            change_href: path,
        }
    }

    /// The name of a contact, and how they are reached; of another customer what the holder knows, and their name.
    fn who(&self, contact: Option<&AccountContact>) -> (String, Vec<String>) {
        let Some(contact) = contact else {
            let name = self.holding.view.name.clone().unwrap_or_else(|| self.say("contacts-you"));
            return (name, Vec::new());
        };
        match (&contact.named, &contact.person) {
            (Proposed::Person(person), _) => {
                let telephone = person
                    .telephone
                    .as_ref()
                    .map(|number| crate::profile::value_text(self.app, self.locale.language, "telephone", number));
                (person.name.clone(), std::iter::once(person.email.clone()).chain(telephone).collect())
            }
            (Proposed::Customer(identifier), person) => {
                let name = person.as_ref().map_or_else(|| identifier.clone(), |person| person.name.clone());
                let said = self.say_with("contact-customer", &[("identifier", identifier)]);
                let unreached = person.is_none().then(|| self.say("contacts-unreached"));
                (name, std::iter::once(said).chain(unreached).collect())
            }
        }
    }

    fn default(&self, place: ContactPlace, path: &str) -> Back {
        let after = place.service.and_then(|_| {
            let of_account = ContactPlace { service: None, kind: place.kind };
            effective_contact(&self.contacts, of_account).map(|contact| self.who(Some(contact)).0)
        });
        let key = if place.service.is_some() { "contacts-default-service" } else { "contacts-default-account" };
        let who = after.unwrap_or_else(|| self.say("contacts-yourself"));
        Back {
            action: format!("{path}/default"),
            label: self.say(key),
            text: self.say_with(&format!("{key}-text"), &[("who", &who)]),
        }
    }

    fn request(&self, (change, proposal): &(ContactChange, Option<Proposal>), path: &str) -> Request {
        let (texts, language) = (self.app.site.texts(), self.locale.language);
        let moment = |at: Moment| web::moment(texts, language, at, &self.app.zone);
        let who = proposal.as_ref().map(|proposal| named_words(texts, language, proposal)).unwrap_or_default();
        let step = |side: ContactSide| match change.accepted_at(side) {
            Some(at) => self.say_with(&format!("contacts-accepted-{}", side.code()), &[("at", &moment(at))]),
            None => self.say(&format!("contacts-waits-{}", side.code())),
        };
        let until = self.say_with("contacts-until", &[("at", &moment(change.expires_at))]);
        Request {
            who,
            status: Status { kind: "info", text: self.say("contacts-open") },
            steps: vec![step(ContactSide::Holder), step(ContactSide::Person), until],
            reference: change.reference.clone(),
            again_action: format!("{path}/again"),
            withdraw_action: format!("{path}/withdraw"),
        }
    }
}

/// `GET /accounts/{number}/contacts`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let holding = Holding::of(&app, &signed, &number).await?;
    let now = app.db.world().now();
    let contacts = accounts::contacts_of(app.db.reader(), &app.vault, &holding.grant).await?;
    let mut open = Vec::new();
    for change in accounts::open_contact_changes(app.db.reader(), &holding.grant).await? {
        if change.is_open(now) {
            let proposal = accounts::proposal_of(app.db.reader(), &app.vault, &change).await?;
            open.push((change, proposal));
        }
    }
    let known = Known { app: &app, locale: &locale, holding: &holding, contacts, open };
    let places = std::iter::once(None).chain(holding.services.iter().map(Some)).map(|service| known.section(service));
    let (mut frame, tabs) = frame_of(&app, &locale, &signed, Some(&number), Part::Contacts)?;
    frame.path = format!("/accounts/{number}/contacts");
    frame.notice = DONE
        .into_iter()
        .find(|(done, _)| *done == asked.done)
        .map(|(done, kind)| Notice { kind, text: known.say(&format!("contacts-done-{done}")) });
    let content = ContactsPage {
        tabs,
        account_label: label(&app, &locale, &holding.view.segment),
        account_number: number,
        places: places.collect(),
        representatives: represented(&app, &locale, &holding).await?,
    };
    Ok(Page { frame, content }.show(&app.site, &locale, "contacts.html")?)
}

/// Who represents the holder today, or will.
async fn represented(app: &App, locale: &Locale, holding: &Holding) -> Result<Vec<Represents>, Refusal> {
    let (texts, language, today) = (app.site.texts(), locale.language, app.today());
    let mut shown = Vec::new();
    for one in accounts::representatives_of(app.db.reader(), &holding.grant).await? {
        let is_over = one.valid_until.is_some_and(|last| last < today);
        if one.state != RepresentativeState::Confirmed || is_over {
            continue;
        }
        let Some(facts) = one.facts(app.db.reader(), &app.vault).await? else { continue };
        shown.push(Represents {
            name: facts.name,
            kind: representatives::kind_words(texts, language, &one.kind),
            valid: representatives::valid_words(texts, language, &one),
            status: representatives::status(app, language, &one),
        });
    }
    Ok(shown)
}

/// Back to the list, which says what was done.
fn done(app: &App, number: &str, done: &str) -> Response {
    app.nudge.notify_one();
    see_other(&format!("/accounts/{number}/contacts?done={done}"))
}

/// `POST /accounts/{number}/contacts/{place}/{kind}/default`: the account's contact again, or the holder. At once: nobody new is
/// given anything.
pub(super) async fn use_default(
    State(app): State<App>,
    signed: Signed,
    Path((number, place, kind)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let holding = Holding::of(&app, &signed, &number).await?;
    let place = holding.place(&place, &kind)?;
    let (desk, grant, login) = (Desk::of(&app), &holding.grant, signed.login.id);
    let ended = app.db.write(async |tx| {
        let ended = accounts::use_default_contact((desk.db, desk.vault), tx, (grant, login), place).await?;
        if let Some(contact) = &ended {
            letters::defaulted(&desk, tx, (grant, login), contact).await?;
        }
        Ok::<_, LetterError>(ended.is_some())
    });
    Ok(done(&app, &number, if ended.await? { "default" } else { "none" }))
}

/// `POST /accounts/{number}/contacts/{place}/{kind}/withdraw`: the request is over, and its links are dead.
pub(super) async fn withdraw(
    State(app): State<App>,
    signed: Signed,
    Path((number, place, kind)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let holding = Holding::of(&app, &signed, &number).await?;
    let place = place_named(&place, &kind)?;
    let (desk, grant, login) = (Desk::of(&app), &holding.grant, signed.login.id);
    let ended = app.db.write(async |tx| {
        let ended = accounts::withdraw_contact_change((desk.db, desk.vault), tx, (grant, login), place).await?;
        if let Some(ended) = &ended {
            letters::ended(&desk, tx, ended).await?;
        }
        Ok::<_, LetterError>(ended.is_some())
    });
    Ok(done(&app, &number, if ended.await? { "withdrawn" } else { "none" }))
}

/// `POST /accounts/{number}/contacts/{place}/{kind}/again`: new links to whoever has not accepted; those from before are dead.
pub(super) async fn again(
    State(app): State<App>,
    signed: Signed,
    Path((number, place, kind)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let until = tokio::time::Instant::now() + crate::sign_up::ANSWER_AFTER;
    let holding = Holding::of(&app, &signed, &number).await?;
    let place = holding.place(&place, &kind)?;
    let (desk, grant, login) = (Desk::of(&app), &holding.grant, signed.login.id);
    let open = accounts::open_contact_changes(app.db.reader(), grant).await?;
    let Some(open) = open.into_iter().find(|change| change.place == place) else {
        return Ok(done(&app, &number, "none"));
    };
    let proposal = accounts::proposal_of(app.db.reader(), &app.vault, &open).await?;
    let mut limits = vec![Limit::of(&app.vault, LimitKind::AddressLetter, &login.to_string())];
    limits.extend(proposal.map(|proposal| asked_limit(&app, &proposal.named)));
    for limit in limits {
        if limit.take(&app.db).await?.is_some() {
            return Ok(done(&app, &number, "wait"));
        }
    }
    let expires_at = app.db.world().now().plus(app.contact_changes_last);
    let sent = app.db.write(async |tx| {
        let with = (desk.db, desk.vault);
        let change = accounts::renew_contact_change(with, tx, (grant, login), (place, expires_at)).await?;
        if let Some(change) = &change {
            letters::asked(&desk, tx, change).await?;
        }
        Ok::<_, LetterError>(change.is_some())
    });
    let sent = sent.await?;
    tokio::time::sleep_until(until).await;
    Ok(done(&app, &number, if sent { "again" } else { "none" }))
}

/// Requests to one mailbox, or to one client identifier, whoever asks.
pub(super) fn asked_limit(app: &App, proposed: &Proposed) -> Limit {
    let who = match proposed {
        Proposed::Person(person) => kernel::mailbox(&person.email),
        Proposed::Customer(identifier) => identifier.clone(),
    };
    Limit::of(&app.vault, LimitKind::ContactAsked, &who)
}
