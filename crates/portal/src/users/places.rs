//! Rights and services on forms: what can be chosen, what was, and how it is said.

use accounts::{AccountView, Grant, Held, Placed, RightsWanted, Services, What};
use kernel::{Language, ServiceId};
use serde::Serialize;
use web::{Form, Locale, Refusal, Texts};

use crate::App;
use crate::profile::address_lines;
use crate::rights::key;

/// A service of the account.
#[derive(Clone, Debug)]
pub(super) struct Served {
    pub(super) id: ServiceId,
    pub(super) label: String,
    /// Whether it goes on: rights are given on no other.
    pub(super) is_active: bool,
}

/// The services that a grant is about.
pub(super) async fn served(
    app: &App,
    locale: &Locale,
    (view, grant): (&AccountView, &Grant),
) -> Result<Vec<Served>, Refusal> {
    let Some((_, catalogue)) = services::load_catalogue(&app.db, None).await? else { return Ok(Vec::new()) };
    let key = accounts::customer_key(app.db.reader(), &app.vault, view.customer).await?;
    let found = services::services_on(&app.db, (&app.vault, key.as_ref()), grant, &catalogue, app.today()).await?;
    let texts = app.site.texts();
    let served = found.into_iter().map(|service| {
        let mut parts = vec![texts.say(locale.language, &format!("service-{}", service.kind.code()))];
        parts.extend(address_lines(&service.address, locale.language).into_iter().next());
        let is_active = service.plan.is_some();
        if !is_active {
            parts.push(texts.say(locale.language, "service-ended"));
        }
        Served { id: service.id, label: parts.join(", "), is_active }
    });
    Ok(served.collect())
}

fn label(texts: &Texts, language: Language, served: &[Served], service: ServiceId) -> String {
    let found = served.iter().find(|one| one.id == service);
    found.map_or_else(|| texts.say(language, "users-service-other"), |one| one.label.clone())
}

/// One right, and where.
pub(super) fn placed_words(texts: &Texts, language: Language, (what, service): Placed, served: &[Served]) -> String {
    let said = texts.say(language, key(what));
    match service {
        Some(service) => {
            let at = label(texts, language, served, service);
            texts.say_with(language, "users-right-on", &[("what", &said), ("where", &at)])
        }
        None if what.is_of_services() => texts.say_with(language, "rights-everywhere", &[("what", &said)]),
        None => said,
    }
}

/// Each right that is worth something, with the services by name.
pub(super) fn words(texts: &Texts, language: Language, held: &Held, served: &[Served]) -> Vec<String> {
    let each = What::ALL.into_iter().filter_map(|what| match held.services(what) {
        Services::All => Some(placed_words(texts, language, (what, None), served)),
        Services::Only(some) if some.is_empty() => None,
        Services::Only(some) => {
            let at: Vec<String> = some.iter().map(|service| label(texts, language, served, *service)).collect();
            let (said, at) = (texts.say(language, key(what)), at.join("; "));
            Some(texts.say_with(language, "users-right-on", &[("what", &said), ("where", &at)]))
        }
    });
    each.collect()
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) checked: bool,
}

/// Rights that are chosen together: those on the account, or one of those on services with its places.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub(super) legend: String,
    pub(super) choices: Vec<Choice>,
}

fn name((what, service): Placed) -> String {
    match service {
        Some(service) => format!("r:{}:{service}", what.code()),
        None => format!("r:{}", what.code()),
    }
}

fn holds(held: &Held, placed: Placed) -> bool {
    held.iter().any(|one| one == placed)
}

/// Whether a right can be chosen there: on a service that goes on, or where it is held already.
fn is_offered(held: &Held, placed: Placed, served: &[Served]) -> bool {
    placed.1.is_none_or(|service| served.iter().any(|one| one.id == service && one.is_active) || holds(held, placed))
}

/// All that can be chosen. `held` says what can be kept, `chosen` what is marked; `but` is not offered at all.
pub(super) fn sections(
    (texts, language): (&Texts, Language),
    (held, chosen, but): (&Held, &Held, Option<&Held>),
    served: &[Served],
) -> Vec<Section> {
    let is_had = |placed: Placed| {
        but.is_some_and(|but| match placed.1 {
            Some(service) => but.services(placed.0).contains(service),
            None if placed.0.is_of_services() => but.services(placed.0) == Services::All,
            None => but.has(placed.0),
        })
    };
    let choice = |placed: Placed, label: String| Choice { name: name(placed), label, checked: holds(chosen, placed) };
    let account = What::ALL.into_iter().filter(|what| !what.is_of_services() && !is_had((*what, None)));
    let account: Vec<Choice> = account.map(|what| choice((what, None), texts.say(language, key(what)))).collect();
    let mut sections = vec![Section { legend: texts.say(language, "rights-account"), choices: account }];
    for what in What::ALL.into_iter().filter(|what| what.is_of_services()) {
        let mut choices = Vec::new();
        if !is_had((what, None)) {
            choices.push(choice((what, None), texts.say(language, "users-every-service")));
        }
        let places = served.iter().map(|one| ((what, Some(one.id)), one));
        let places = places.filter(|(placed, _)| is_offered(held, *placed, served) && !is_had(*placed));
        choices.extend(places.map(|(placed, one)| choice(placed, one.label.clone())));
        sections.push(Section { legend: texts.say(language, key(what)), choices });
    }
    sections.retain(|section| !section.choices.is_empty());
    sections
}

/// What was chosen. None where it is on a service that has ended.
pub(super) fn chosen(form: &Form, held: &Held, served: &[Served]) -> Option<RightsWanted> {
    let places = |what: What| {
        let on: Vec<Option<ServiceId>> =
            served.iter().filter(|_| what.is_of_services()).map(|one| Some(one.id)).collect();
        std::iter::once(None).chain(on).map(move |service| (what, service))
    };
    let picked = What::ALL.into_iter().flat_map(places).filter(|placed| form.get(&name(*placed)) == "yes");
    let wanted = picked.fold(RightsWanted::default(), |wanted, (what, service)| match service {
        Some(service) => wanted.on(what, service),
        None => wanted.everywhere(what),
    });
    is_allowed(&wanted, held, served).then_some(wanted)
}

/// Whether all of it can be given: nothing on a service that has ended, or that is not the account's.
pub(super) fn is_allowed(wanted: &RightsWanted, held: &Held, served: &[Served]) -> bool {
    wanted.held().iter().all(|placed| is_offered(held, placed, served))
}
