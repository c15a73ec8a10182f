//! A new customer gets an identifier and an account online (ACC-4): the form, the link that confirms the e-mail, and then the
//! username and password as everybody chooses them.

use accounts::{
    AccountView, ActivationState, Beginning, Claim, CustomerKind, DraftContent, DraftState, DraftWish, Grant,
    HostedDomains, NameProblem, Right, Telephone, check_name,
};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use db::{Isolation, Tx};
use identity::{Limit, LimitKind};
use kernel::{Currency, Language, LoginId};
use serde::{Deserialize, Serialize};
use web::{Address, Form, FormState, Locale, Page, Refusal};

use crate::door_letters::Person;
use crate::emails::{email_of, is_same_mailbox};
use crate::letters::{Desk, LetterError};
use crate::place::{PlaceFields, check_place, only_shows_country, place_fields};
use crate::profile::{address_lines, telephone_problem, value_text};
use crate::sign_up::ANSWER_AFTER;
use crate::signed::{Cookie, see_other, set_cookie};
use crate::{App, address_letters, new_customer_letters};

/// How new customers come.
#[derive(Clone, Debug)]
pub struct NewCustomers {
    /// Where their e-mails may not be.
    pub hosted: HostedDomains,
}

const FIELDS: [&str; 11] = [
    "kind",
    "name",
    "street",
    "city",
    "country",
    "region",
    "postal_code",
    "telephone",
    "language",
    "email",
    "backup_email",
];

const PATH: &str = "/sign-up/new";

/// The addresses of new customers.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-up/new", get(page).post(submit))
        .route("/sign-up/new/{secret}", get(link_page).post(begin))
}

/// Where new customers begin; none where nobody becomes one online.
pub(crate) fn new_href(app: &App) -> Option<&'static str> {
    app.new_customers.as_ref().map(|_| PATH)
}

fn open_to_all(app: &App) -> Result<&NewCustomers, Refusal> {
    app.new_customers.as_ref().ok_or(Refusal::NotFound)
}

#[derive(Serialize)]
struct FormPage {
    form: FormState,
    place: Option<PlaceFields>,
}

fn show_form(app: &App, locale: &Locale, (status, form): (StatusCode, FormState)) -> Result<Response, Refusal> {
    let place = place_fields(app, locale.language, &form, true);
    let content = FormPage { form, place };
    let frame = app.site.frame(locale, "new-customer-title");
    Page { frame, content }.show_as(status, &app.site, locale, "new-customer.html")
}

#[derive(Serialize)]
struct SentPage {
    /// Where the link went: as it was typed, so that a slip is seen. None when the page is asked for again.
    email: Option<String>,
    telephone: Option<String>,
}

fn show_sent(app: &App, locale: &Locale, email: Option<String>) -> Result<Response, Refusal> {
    let mut frame = app.site.frame(locale, "new-customer-sent-title");
    frame.path = format!("{PATH}?sent=1");
    let content = SentPage { email, telephone: app.provider.facts.telephone.clone() };
    Page { frame, content }.show_as(StatusCode::OK, &app.site, locale, "new-customer-sent.html")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    sent: String,
}

/// `GET /sign-up/new`
async fn page(State(app): State<App>, locale: Locale, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    open_to_all(&app)?;
    if !asked.sent.is_empty() {
        return show_sent(&app, &locale, None);
    }
    let mut form = FormState::empty(&FIELDS);
    for (field, value) in [("kind", "person"), ("country", "CA"), ("language", locale.language.code())] {
        form.values.insert(field, value.to_owned());
    }
    show_form(&app, &locale, (StatusCode::OK, form))
}

/// `POST /sign-up/new`: for a right form one answer and one time, whoever's the e-mail is.
async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    form: Form,
) -> Result<Response, Refusal> {
    let until = tokio::time::Instant::now() + ANSWER_AFTER;
    open_to_all(&app)?;
    let mut shown = FormState::keeping(&form, &FIELDS);
    if only_shows_country(&form) {
        return show_form(&app, &locale, (StatusCode::OK, shown));
    }
    let Some(content) = check(&app, &locale, (&form, &mut shown))? else {
        return show_form(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown));
    };
    let limits = [
        Limit::of_address(&app.vault, LimitKind::NewCustomerAddress, from),
        Limit::of(&app.vault, LimitKind::NewCustomerEmail, &kernel::mailbox(&content.email)),
    ];
    for limit in &limits {
        if let Some(wait) = limit.take(&app.db).await? {
            let text = app.site.texts().say_count(locale.language, "sign-up-wait", wait.as_mins() + 1, &[]);
            shown.refuse("email", text);
            tokio::time::sleep_until(until).await;
            return show_form(&app, &locale, (StatusCode::TOO_MANY_REQUESTS, shown));
        }
    }
    let email = content.email.clone();
    // Beside the answer, so that what there is to do does not show in its time.
    let beside = app.clone();
    tokio::spawn(async move {
        match send(&beside, &content).await {
            Ok(()) => beside.nudge.notify_one(),
            Err(error) => tracing::error!(%error, "what a new customer typed could not be kept"),
        }
    });
    tokio::time::sleep_until(until).await;
    show_sent(&app, &locale, Some(email))
}

async fn send(app: &App, content: &DraftContent) -> Result<(), LetterError> {
    let desk = Desk::of(app);
    app.db
        .write_with(Isolation::Locked, async |tx| {
            let logins = identity::logins_with_email(tx, desk.vault, &content.email).await?;
            let wish = accounts::draw_draft(desk.db, desk.vault, tx, content, !logins.is_empty()).await;
            match wish? {
                DraftWish::Drawn(drawn) => new_customer_letters::link(&desk, tx, content, &drawn).await,
                DraftWish::GoOn(drawn, account) => {
                    new_customer_letters::go_on(&desk, tx, (content, account), &drawn).await
                }
                DraftWish::Known => new_customer_letters::known(&desk, tx, &logins).await,
                DraftWish::JustSent => Ok(()),
            }
        })
        .await
}

/// Who somebody is, as every form asks for it.
pub(crate) struct TypedPerson {
    pub(crate) kind: CustomerKind,
    pub(crate) name: String,
    pub(crate) language: Language,
    /// As E.164.
    pub(crate) telephone: Option<String>,
}

/// Who somebody is, in the form in which it is kept; none where something is wrong with it.
pub(crate) fn check_person(app: &App, locale: &Locale, (form, shown): (&Form, &mut FormState)) -> Option<TypedPerson> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let kind = match form.get("kind") {
        "person" => Some(CustomerKind::Person),
        "organisation" => Some(CustomerKind::Organisation),
        _ => None,
    };
    if kind.is_none() {
        shown.refuse("kind", say("new-customer-kind-none"));
    }
    let name = check_name(None, form.get("name"));
    if let Err(problem) = name {
        let id = if problem == NameProblem::TooLong { "name-long" } else { "name-empty" };
        shown.refuse("name", say(&format!("profile-{id}")));
    }
    let telephone = form.trimmed("telephone");
    let telephone = (!telephone.is_empty()).then(|| Telephone::parse(telephone)).transpose();
    if let Err(error) = telephone {
        shown.refuse("telephone", say(telephone_problem(error)));
    }
    let language = Language::from_code(form.get("language"));
    if language.is_none() {
        shown.refuse("language", say("profile-language-none"));
    }
    let telephone = telephone.ok()?.map(|number| number.to_string());
    Some(TypedPerson { kind: kind?, name: name.ok()?, language: language?, telephone })
}

/// What was typed in the form in which it is kept; none where something is wrong with it.
fn check(app: &App, locale: &Locale, (form, shown): (&Form, &mut FormState)) -> Result<Option<DraftContent>, Refusal> {
    let person = check_person(app, locale, (form, &mut *shown));
    let address = check_place(app, locale, (form, &mut *shown));
    let [email, backup_email] = emails(app, locale, (form, &mut *shown))?;
    let (Some(person), Some(address)) = (person, address) else { return Ok(None) };
    let TypedPerson { kind, name, language, telephone } = person;
    let content = DraftContent { kind, name, language, email, backup_email, telephone, address };
    Ok((!shown.is_refused()).then_some(content))
}

/// The contact e-mail and the backup e-mail in the form in which they are kept; nothing for one that is refused.
fn emails(app: &App, locale: &Locale, (form, shown): (&Form, &mut FormState)) -> Result<[String; 2], Refusal> {
    let new = open_to_all(app)?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut email = |field: &'static str, otherwise| {
        let email = email_of(app, form.get(field), otherwise)
            .and_then(|email| if new.hosted.has(&email) { Err("new-customer-hosted") } else { Ok(email) });
        email.unwrap_or_else(|key| {
            shown.refuse(field, say(key));
            String::new()
        })
    };
    let no_backup = form.trimmed("backup_email").is_empty();
    let otherwise = if no_backup { "new-customer-backup-none" } else { "sign-up-email-wrong" };
    let (email, backup) = (email("email", "sign-up-email-wrong"), email("backup_email", otherwise));
    if !email.is_empty() && is_same_mailbox(&email, &backup) {
        shown.refuse("backup_email", say("new-customer-backup-same"));
    }
    Ok([email, backup])
}

#[derive(Serialize)]
struct LinkPage {
    /// `open`, `registered`, `used`, `expired`, `replaced`, or `unknown` for a link that is none of ours.
    state: &'static str,
    /// What was typed, to be looked over; while the link is good.
    facts: Vec<Fact>,
    action: String,
    telephone: Option<String>,
}

#[derive(Serialize)]
struct Fact {
    label: String,
    value: String,
}

fn facts(app: &App, language: Language, content: &DraftContent) -> Vec<Fact> {
    let say = |key: &str| app.site.texts().say(language, key);
    let address = address_lines(&content.address, language).join(", ");
    let mut facts = vec![("profile-field-name", content.name.clone()), ("new-customer-address", address)];
    if let Some(telephone) = &content.telephone {
        facts.push(("profile-field-telephone", value_text(app, language, "telephone", telephone)));
    }
    facts.push(("new-customer-email", content.email.clone()));
    facts.push(("new-customer-backup", content.backup_email.clone()));
    facts.into_iter().map(|(key, value)| Fact { label: say(key), value }).collect()
}

async fn show_link(app: &App, locale: &Locale, secret: &str) -> Result<Response, Refusal> {
    let found = accounts::find_draft(&app.db, app.db.reader(), &app.vault, secret).await?;
    let (mut state, content) = match found {
        Some((DraftState::Open, content)) => ("open", content),
        Some((DraftState::Registered, content)) => ("registered", content),
        Some((DraftState::Expired, _)) => ("expired", None),
        Some((DraftState::Replaced, _)) => ("replaced", None),
        None => ("unknown", None),
    };
    if matches!(state, "registered" | "unknown") {
        let activation = accounts::find_activation(app.db.reader(), secret).await?;
        state = match activation.map(|activation| activation.state(app.db.world().now())) {
            Some(ActivationState::Open) => state,
            Some(ActivationState::Used) => "used",
            Some(ActivationState::Expired) => "expired",
            Some(ActivationState::Replaced) => "replaced",
            None => "unknown",
        };
    }
    let (status, good) = match state {
        "open" | "registered" => (StatusCode::OK, true),
        "unknown" => (StatusCode::NOT_FOUND, false),
        _ => (StatusCode::GONE, false),
    };
    let facts = content.filter(|_| good).map(|content| facts(app, locale.language, &content)).unwrap_or_default();
    let action = if good { format!("{PATH}/{secret}") } else { String::new() };
    let telephone = app.provider.facts.telephone.clone();
    let frame = app.site.frame(locale, &format!("new-customer-{state}-title"));
    let content = LinkPage { state, facts, action, telephone };
    Page { frame, content }.show_as(status, &app.site, locale, "new-customer-link.html")
}

/// `GET /sign-up/new/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
async fn link_page(State(app): State<App>, locale: Locale, Path(secret): Path<String>) -> Result<Response, Refusal> {
    open_to_all(&app)?;
    show_link(&app, &locale, &secret).await
}

/// `POST /sign-up/new/{secret}`: identifier and account, and on to username and password. Cut off there, the same link goes on.
async fn begin(State(app): State<App>, locale: Locale, Path(secret): Path<String>) -> Result<Response, Refusal> {
    open_to_all(&app)?;
    let catalogue = services::load_catalogue(&app.db, None).await?;
    let currency = catalogue.map_or(Currency::Cad, |(_, catalogue)| catalogue.currency);
    let beginning = Beginning { suffix: &app.suffix, currency, today: app.today(), lasts: app.activation_lasts };
    let claim = accounts::confirm_draft(&app.db, &app.vault, &secret, beginning).await.map_err(|error| {
        tracing::error!(%error, "a new customer could not be registered");
        Refusal::Broken
    })?;
    let Some(claim) = claim else { return show_link(&app, &locale, &secret).await };
    let mut response = see_other("/sign-up/login");
    response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Claim, &claim));
    Ok(response)
}

/// Of a claim that came by a link to the address on file, what is on file; none of others, who may be strangers.
pub(crate) async fn on_file(app: &App, claim: &Claim) -> Result<Option<AccountView>, Refusal> {
    if !claim.is_activated() {
        return Ok(None);
    }
    let grant = Grant::of_the_provider(claim.account_id, &claim.number, Right::SeeBills);
    Ok(accounts::account_view(app.db.reader(), &app.vault, &grant).await?)
}

/// Refuses to a new customer a contact e-mail that the provider hosts: theirs is to be elsewhere (ACC-4).
pub(crate) async fn check_contact(
    app: &App,
    locale: &Locale,
    claim: &Claim,
    (form, shown): (&Form, &mut FormState),
) -> Result<(), Refusal> {
    let Some(new) = &app.new_customers else { return Ok(()) };
    let email = form.trimmed("email");
    if !shown.errors.iter().any(|error| error.field == "email")
        && new.hosted.has(email)
        && accounts::is_of_draft(app.db.reader(), claim).await?
    {
        shown.refuse("email", app.site.texts().say(locale.language, "new-customer-hosted"));
    }
    Ok(())
}

/// The backup e-mail that a new customer gave becomes the login's, not confirmed yet, in the transaction that makes the login, and
/// is sent the link that has it confirmed.
pub(crate) async fn keep_backup(
    desk: &Desk<'_>,
    tx: &Tx,
    (login, claim): (LoginId, &Claim),
) -> Result<(), LetterError> {
    let backup = accounts::finish_draft(tx, desk.vault, claim).await?;
    let Some(backup) = backup else { return Ok(()) };
    identity::set_backup((desk.db, desk.vault), tx, login, Some(&backup)).await?;
    let Some(person) = Person::find(desk, tx, login).await? else { return Ok(()) };
    let Some(secret) = identity::make_backup_link(desk.db, tx, login).await? else { return Ok(()) };
    address_letters::backup_link(desk, tx, &person, (&backup, &secret)).await
}
