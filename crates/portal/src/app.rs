//! What every page works with, and which address leads where.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use billing::{ProviderFacts, Reference};
use db::Db;
use identity::{Door, Hasher, PasswordPolicy, RelyingParty, Sightings, Tries};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use kernel::{Day, Language};
use paper::Renderer;
use payments::{Payments, Simulated};
use services::Bilingual;
use tokio::sync::Notify;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use vault::Vault;
use web::{Refusal, Site, Slice};

use crate::alarms::Alarms;
use crate::documents::RecoveryRules;
use crate::metrics::Answered;
use crate::stripe_page::StripeFields;
use crate::{
    activation, address_links, bills, card_add, cards, claims, contact, contacts, demonstration, documents, door,
    gateway, health, history, holders, home, hooks, links, metrics, new_customer, not_me, overview, passkeys, pay,
    pay_amount, payments_pages, profile, receipts, recover, representatives, sign_in, sign_up, staff, step, users,
};

/// This crate's templates and texts, and those of messages.
const SLICE: Slice = include!(concat!(env!("OUT_DIR"), "/slice.rs"));

/// Everything that the site is made of.
pub const SLICES: [Slice; 4] = [web::SLICE, identity::SLICE, billing::SLICE, SLICE];

/// The largest form; one page alone takes files (documents/).
pub(crate) const LARGEST_FORM: usize = 64 * 1024;
/// Catalogue versions kept in memory; each is read from the database once.
const MOST_REFERENCES: usize = 64;

/// A telephone for one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderTelephone {
    pub subject: Bilingual,
    pub number: String,
    pub hours: Option<Bilingual>,
}

/// How customers reach the provider (SUP-6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// As bills say it.
    pub facts: ProviderFacts,
    pub hours: Option<Bilingual>,
    pub telephones: Vec<ProviderTelephone>,
}

/// In a language.
pub(crate) fn said(text: &Bilingual, language: Language) -> &str {
    match language {
        Language::Fr => &text.fr,
        Language::En => &text.en,
    }
}

/// Where customers pay online.
#[derive(Clone)]
pub struct Till {
    pub payments: Payments,
    pub entry: CardEntry,
}

impl Till {
    /// Whether messages are taken from the gateway.
    fn takes_messages(&self) -> bool {
        matches!(&self.entry, CardEntry::Stripe(fields) if fields.takes_messages)
    }
}

/// Where a card's number is typed: never in a field of ours.
#[derive(Clone)]
pub enum CardEntry {
    /// The demonstration's gateway, whose pages are here too.
    Simulated(Arc<Simulated>),
    Stripe(StripeFields),
}

/// Where text messages are sent: to which numbers, and who is told that one waits (OPS-3).
#[derive(Clone)]
pub struct Texting {
    pub rules: messages::TextRules,
    pub nudge: Arc<Notify>,
}

impl Texting {
    pub fn new(rules: messages::TextRules) -> Self {
        Self { rules, nudge: Arc::default() }
    }
}

/// What the site is made of, handed in by the binary.
pub struct Parts {
    pub site: Site,
    pub db: Db,
    pub vault: Arc<Vault>,
    pub renderer: Arc<Renderer>,
    pub zone: TimeZone,
    pub policy: PasswordPolicy,
    pub provider: Provider,
    pub sender: messages::Sender,
    /// None where no gateway is configured.
    pub till: Option<Till>,
    /// Told when a message waits.
    pub nudge: Arc<Notify>,
    /// None where no text messages are sent.
    pub texts: Option<Texting>,
    /// As `https://client.example.ca`, without a slash at the end: where links in e-mails lead.
    pub public_url: String,
    pub proxies: usize,
    /// Whether the way of sending carries addresses whose name before the `@` is not ASCII (RFC 6531).
    pub smtputf8: bool,
    /// Whether the claim of an account waits for its confirmation (SGN-2).
    pub claims_wait: bool,
    /// None where nobody becomes a customer online (ACC-4).
    pub new_customers: Option<crate::NewCustomers>,
    /// What client identifiers end with.
    pub suffix: accounts::Suffix,
    /// How long an activation e-mail opens an account (SGN-1).
    pub activation_lasts: SignedDuration,
    /// Failures in a row after which a login opens on devices that it knows alone (SEC-2).
    pub failures: i32,
    /// Whether a sign-in on a new device waits for a code by e-mail (SGN-5).
    pub code_on_new_device: bool,
    /// For so long a device may be excused from the second step (SEC-3); never for zero.
    pub remember_step: SignedDuration,
    /// After so long without an answer a change of the contact e-mail is accepted; never without (SEC-6).
    pub email_change_after: Option<SignedDuration>,
    /// A session that nobody used for so long ends (SEC-9).
    pub idle: SignedDuration,
    /// The way back in with identity documents (SEC-5).
    pub recovery: RecoveryRules,
    /// How many users an account may have (USR-1).
    pub users: accounts::UserLimits,
    /// How long the link in an invitation of a user is good (USR-2).
    pub invitation_lasts: SignedDuration,
    /// For so long a change of contact waits for both sides (PRO-2).
    pub contact_changes_last: SignedDuration,
}

/// What every page works with. Cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) door: Door,
    passkeys: Option<RelyingParty>,
    pub(crate) sightings: Sightings,
    pub(crate) answered: Arc<Answered>,
    pub(crate) alarms: Alarms,
    references: Mutex<HashMap<(i32, i32, i32), Arc<Reference>>>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

impl FromRef<App> for Site {
    fn from_ref(app: &App) -> Self {
        app.site.clone()
    }
}

impl App {
    pub fn new(parts: Parts) -> Self {
        let hasher = Hasher::new(parts.db.world());
        let door = Door { hasher, tries: Tries::default(), failures: parts.failures };
        let (sightings, answered) = (Sightings::new(parts.idle), Arc::default());
        let passkeys = RelyingParty::of(&parts.public_url, &parts.provider.facts.name);
        let (alarms, references) = (Alarms::default(), Mutex::default());
        Self(Arc::new(Inner { parts, door, passkeys, sightings, answered, alarms, references }))
    }

    pub(crate) fn today(&self) -> Day {
        self.db.world().today(&self.zone)
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.0.door.hasher
    }

    /// The site as devices with passkeys know it; none where its address is not one for them (SEC-3).
    pub(crate) fn passkeys(&self) -> Option<&RelyingParty> {
        self.0.passkeys.as_ref()
    }

    /// What passwords are tried with.
    pub(crate) fn door(&self) -> &Door {
        &self.0.door
    }

    /// What a bill was computed with. Versions never change, so they are kept.
    ///
    /// # Errors
    /// When one of the versions is not kept, or is not what it should be.
    pub(crate) async fn reference(&self, versions: (i32, i32, i32)) -> Result<Arc<Reference>, Refusal> {
        let kept = || self.0.references.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reference) = kept().get(&versions).cloned() {
            return Ok(reference);
        }
        let read = billing::load_reference(&self.db, versions.0, versions.1, versions.2).await.map_err(|error| {
            tracing::error!(%error, "what a bill was computed with cannot be read");
            Refusal::Broken
        })?;
        let reference = Arc::new(read);
        let mut references = kept();
        if references.len() >= MOST_REFERENCES {
            references.clear();
        }
        references.insert(versions, reference.clone());
        Ok(reference)
    }
}

/// What brings somebody in, and out.
fn at_the_door() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::submit))
        .route("/sign-in/code", get(door::code_page).post(door::code_submit))
        .route("/sign-in/code/again", post(door::code_again))
        .route("/sign-in/not-me/{secret}", get(not_me::page).post(not_me::submit))
        .merge(passkeys::routes())
        .route("/sign-out", post(sign_in::sign_out))
        .route("/recover", get(recover::page).post(recover::submit))
        .route("/recover/names", get(recover::names_page).post(recover::names_submit))
        .route("/recover/{secret}", get(recover::choose_page).post(recover::choose))
        .merge(step::routes())
}

/// The pages of an account.
fn account_routes() -> Router<App> {
    Router::new()
        .route("/accounts/{number}", get(overview::account))
        .route("/accounts/{number}/overview", get(overview::page))
        .route("/accounts/{number}/confirm", get(claims::page).post(claims::submit))
        .route("/accounts/{number}/confirm/code", post(claims::send))
        .route("/accounts/{number}/services", get(overview::services))
        .route("/accounts/{number}/bills", get(bills::list))
        .route("/accounts/{number}/bills/csv", get(bills::csv))
        .route("/accounts/{number}/bills/{bill}", get(bills::page))
        .route("/accounts/{number}/bills/{bill}/pdf", get(bills::pdf))
        .route("/accounts/{number}/pay", get(pay_amount::page).post(pay_amount::submit))
        .route("/accounts/{number}/pay/card", get(pay::card))
        .route("/accounts/{number}/pay/check", get(pay::check).post(pay::pay))
        .route("/accounts/{number}/payments", get(payments_pages::list))
        .route("/accounts/{number}/payments/{payment}", get(payments_pages::page))
        .route("/accounts/{number}/payments/{payment}/receipt.pdf", get(receipts::pdf))
        .route("/accounts/{number}/payments/{payment}/cancel", post(payments_pages::cancel))
        .route("/accounts/{number}/cards/new", get(card_add::page).post(card_add::add))
        .route("/accounts/{number}/cards/{card}", get(card_add::step))
        .route("/accounts/{number}/cards/{card}/default", post(cards::set_default))
        .route("/accounts/{number}/cards/{card}/name", post(cards::name))
        .route("/accounts/{number}/cards/{card}/remove", post(cards::remove))
}

/// All addresses. Those of the demonstration are there in a demonstration alone, Stripe's where it sends messages.
pub fn router(app: &App) -> Router {
    let mut router = Router::new()
        .route("/", get(home::home))
        .route("/sign-up", get(sign_up::page).post(sign_up::submit))
        .route("/sign-up/login", get(sign_up::login_page).post(sign_up::login_submit))
        .route("/sign-up/username", get(sign_up::username))
        .route("/sign-up/stop/{secret}", get(claims::stop_page).post(claims::stop))
        .route("/activate", get(activation::page).post(activation::ask))
        .route("/activate/{secret}", get(activation::link_page).post(activation::begin))
        .merge(profile::routes())
        .merge(new_customer::routes())
        .merge(history::routes())
        .merge(links::routes())
        .merge(holders::routes())
        .merge(users::routes())
        .merge(contacts::routes())
        .merge(account_routes())
        .route("/support/contact", get(contact::page))
        .route("/language", post(web::switch_language))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/assets/{hash}/{name}", get(web::assets))
        .merge(address_links::routes())
        .merge(at_the_door())
        .merge(staff::routes());
    if app.site.options().demonstration {
        router = router.merge(demonstration::routes()).merge(gateway::routes());
    }
    let proxies = axum::Extension(web::Proxies(app.proxies));
    let cross_site = CsrfLayer::new()
        .with_rejection_response(|_| (StatusCode::FORBIDDEN, axum::Extension(Refusal::CrossSite)).into_response());
    let router = router.fallback(web::not_found).layer(RequestBodyLimitLayer::new(LARGEST_FORM));
    // Its limits are its own: files come here.
    let mut router = router.merge(documents::routes()).merge(representatives::routes()).layer(cross_site);
    // After the layers that are for people's forms.
    if app.till.as_ref().is_some_and(Till::takes_messages) {
        router = router.merge(hooks::routes());
    }
    router
        .layer(proxies)
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .layer(axum::middleware::from_fn_with_state(app.clone(), crate::frame::frame_refusals))
        .layer(axum::middleware::from_fn_with_state(app.site.clone(), web::show_refusals))
        .layer(axum::middleware::from_fn_with_state(app.site.clone(), web::protect))
        .layer(tower_http::compression::CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(axum::middleware::from_fn_with_state(app.0.answered.clone(), metrics::count))
        .with_state(app.clone())
}
