//! A way back in with identity documents (SEC-5), for who reads neither the contact e-mail nor the backup e-mail, or has lost all
//! ways to show the second step (SEC-3). Whatever name
//! is typed, the answer is one and comes after one time; whether there is such a login is told to the staff alone.

mod kinds;
mod letters;
mod links;
mod staff;
mod upload;
mod work;

pub(crate) use staff::shown_document;
pub(crate) use upload::{Files, LARGEST_UPLOAD, MOST_FILES, Sending, Uploaded, read as read_upload};
pub use work::do_due_recoveries;

use accounts::{NewRecovery, Recovery, RecoveryFacts, RecoveryFile, RecoveryKind, Telephone};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use identity::{Limit, LimitKind, Token};
use jiff::SignedDuration;
use kernel::{EmailAddress, LoginId, RecoveryId};
use serde::{Deserialize, Serialize};
use services::Bilingual;
use tower_http::limit::RequestBodyLimitLayer;
use web::{Address, FormState, Locale, Page, Refusal};

use crate::App;
use crate::app::{LARGEST_FORM, said};
use crate::emails::email_of;
use crate::letters::{Desk, LetterError};
use crate::profile::telephone_problem;
use crate::sign_up::ANSWER_AFTER;
use crate::signed::see_other;
use crate::step::LOST_HREF;
use letters::Known;

const FIELDS: [&str; 4] = ["name", "story", "email", "telephone"];
const KINDS: [&str; 2] = ["person", "business"];
/// Any country that has no list of its own.
pub const OTHER_COUNTRY: &str = "other";
/// Countries whose names we have, apart from [`OTHER_COUNTRY`].
pub const NAMED_COUNTRIES: [&str; 8] = ["CA", "US", "FR", "BE", "CH", "GB", "DE", "MX"];
/// In characters.
const LONGEST_STORY: usize = 2000;

/// A document that shows who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedDocument {
    /// As `CA`, or [`OTHER_COUNTRY`].
    pub country: String,
    /// `person` or `business`.
    pub kind: String,
    pub text: Bilingual,
}

/// What the provider's configuration says of a lost contact e-mail (SEC-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryRules {
    /// An answer comes within so long.
    pub answer: SignedDuration,
    /// The addresses on file may object for so long before one of the staff is enough (USR-4).
    pub objection: SignedDuration,
    /// What was handed in is kept for so long after the decision, or until nobody has decided.
    pub keep: SignedDuration,
    pub documents: Vec<AcceptedDocument>,
}

impl RecoveryRules {
    /// The countries with a list, in their order.
    fn countries(&self) -> Vec<&str> {
        let mut countries: Vec<&str> = Vec::new();
        for document in &self.documents {
            if !countries.contains(&document.country.as_str()) {
                countries.push(&document.country);
            }
        }
        countries
    }

    /// The documents for a country and a kind of customer; those for any other country where it has no list.
    fn accepted(&self, country: &str, kind: &str) -> Vec<&Bilingual> {
        let of = |country: &str| -> Vec<&Bilingual> {
            let fitting = self.documents.iter().filter(|one| one.country == country && one.kind == kind);
            fitting.map(|one| &one.text).collect()
        };
        let own = of(country);
        if own.is_empty() { of(OTHER_COUNTRY) } else { own }
    }
}

/// All addresses of the procedure. One alone takes files.
pub(crate) fn routes() -> Router<App> {
    let upload = Router::new()
        .route("/recover/documents", get(page).post(submit))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(LARGEST_UPLOAD));
    let others = Router::new()
        .route("/recover/documents/object/{secret}", get(links::object_page).post(links::object))
        .route("/recover/documents/renew/{secret}", get(links::renew_page).post(links::renew))
        .route("/staff/recoveries", get(staff::list))
        .route("/staff/recoveries/{id}", get(staff::page).post(staff::decide))
        .route("/staff/recoveries/{id}/documents/{file}", get(staff::document))
        .layer(RequestBodyLimitLayer::new(LARGEST_FORM));
    upload.merge(others)
}

#[derive(Serialize)]
struct OneOf {
    value: String,
    label: String,
    hint: Option<String>,
}

#[derive(Serialize)]
struct AskPage {
    /// `email` or `step`.
    lost: &'static str,
    form: FormState,
    /// Country and kind of customer, which decide on the list.
    chosen: FormState,
    countries: Vec<OneOf>,
    kinds: Vec<OneOf>,
    accepted: Vec<String>,
    /// The form's own key.
    once: String,
    /// A label for each file.
    files: Vec<String>,
    answer_hours: String,
    telephone: Option<String>,
}

#[derive(Serialize)]
struct KeptPage {
    reference: String,
    answer_by: String,
    /// Whether it was the second step that was lost, and no e-mail.
    is_step: bool,
    telephone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    country: String,
    customer_kind: String,
    reference: String,
    /// `step` for a lost second step.
    lost: String,
}

/// What was lost, by the word of addresses and forms.
fn lost_of(word: &str) -> RecoveryKind {
    if word == "step" { RecoveryKind::SecondStep } else { RecoveryKind::Email }
}

const fn lost_word(kind: RecoveryKind) -> &'static str {
    match kind {
        RecoveryKind::Email => "email",
        RecoveryKind::SecondStep => "step",
    }
}

/// What was chosen, where there is such a thing.
fn chosen(app: &App, country: &str, kind: &str) -> FormState {
    let countries = app.recovery.countries();
    let first = countries.first().copied().unwrap_or(OTHER_COUNTRY);
    let country = countries.iter().copied().find(|one| *one == country).unwrap_or(first);
    let kind = KINDS.into_iter().find(|one| *one == kind).unwrap_or("person");
    let values = [("country", country.to_owned()), ("customer_kind", kind.to_owned())];
    FormState { values: values.into_iter().collect(), errors: Vec::new() }
}

fn country_name(app: &App, locale: &Locale, country: &str) -> String {
    if country == OTHER_COUNTRY || NAMED_COUNTRIES.contains(&country) {
        return app.site.texts().say(locale.language, &format!("documents-country-{}", country.to_lowercase()));
    }
    country.to_owned()
}

fn show(
    app: &App,
    locale: &Locale,
    (status, form): (StatusCode, FormState),
    (lost, chosen, once): (RecoveryKind, FormState, String),
) -> Result<Response, Refusal> {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let (country, kind) = (&chosen.values["country"], &chosen.values["customer_kind"]);
    let accepted = app.recovery.accepted(country, kind);
    let countries = app.recovery.countries().into_iter().map(|country| OneOf {
        value: country.to_owned(),
        label: country_name(app, locale, country),
        hint: None,
    });
    let kinds =
        KINDS.map(|kind| OneOf { value: kind.to_owned(), label: say(&format!("documents-kind-{kind}")), hint: None });
    let files = (1..=MOST_FILES)
        .map(|number| texts.say_with(locale.language, "documents-file", &[("number", &number.to_string())]));
    let content = AskPage {
        accepted: accepted.into_iter().map(|text| said(text, locale.language).to_owned()).collect(),
        countries: countries.collect(),
        kinds: kinds.into(),
        files: files.collect(),
        lost: lost_word(lost),
        form,
        chosen,
        once,
        answer_hours: app.recovery.answer.as_hours().to_string(),
        telephone: app.provider.facts.telephone.clone(),
    };
    let (title, path) = match lost {
        RecoveryKind::Email => ("documents-title", "/recover/documents"),
        RecoveryKind::SecondStep => ("documents-step-title", LOST_HREF),
    };
    let mut frame = app.site.frame(locale, title);
    path.clone_into(&mut frame.path);
    Page { frame, content }.show_as(status, &app.site, locale, "documents.html")
}

/// `GET /recover/documents`: the form; with a reference, what happens next.
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    if asked.reference.is_empty() {
        let once = Token::draw(&app.db).secret().to_owned();
        let chosen = chosen(&app, &asked.country, &asked.customer_kind);
        let what = (lost_of(&asked.lost), chosen, once);
        return show(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), what);
    }
    let kept = accounts::recovery_deadline(app.db.reader(), &asked.reference).await?;
    let (by, lost) = kept.ok_or(Refusal::NotFound)?;
    let answer_by = web::moment(app.site.texts(), locale.language, by, &app.zone);
    let content = KeptPage {
        reference: asked.reference,
        answer_by,
        is_step: lost == RecoveryKind::SecondStep,
        telephone: app.provider.facts.telephone.clone(),
    };
    let frame = app.site.frame(&locale, "documents-kept-title");
    Page { frame, content }.show(&app.site, &locale, "documents-kept.html")
}

/// `POST /recover/documents`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    request: Request,
) -> Result<Response, Refusal> {
    // Both are counted before anything is read.
    let sending = Sending::begin(from)?;
    let wait = Limit::of_address(&app.vault, LimitKind::DocumentsAddress, from).take(&app.db).await?;
    let files = if wait.is_some() { Files::PassOver } else { Files::Keep };
    let parts = Multipart::from_request(request, &app).await.map_err(|_| Refusal::BadRequest)?;
    let uploaded = read_upload(sending, parts, files).await?;
    let form = &uploaded.form;
    let once = match form.get("once") {
        once if (40..=64).contains(&once.len()) => once.to_owned(),
        _ => Token::draw(&app.db).secret().to_owned(),
    };
    let chosen = chosen(&app, form.get("country"), form.get("customer_kind"));
    // The same form again, by the button pressed twice or by the browser.
    if let Some(reference) = accounts::recovery_of_form(app.db.reader(), &once).await? {
        return Ok(see_other(&kept_at(&reference)));
    }
    let mut shown = FormState::keeping(form, &FIELDS);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if wait.is_none() {
        refuse(&app, &locale, &uploaded, &mut shown);
    }
    let of_name = Limit::of(&app.vault, LimitKind::DocumentsName, &identity::fold(form.trimmed("name")));
    let wait = match wait {
        None if !shown.is_refused() => of_name.take(&app.db).await?,
        wait => wait,
    };
    if let Some(wait) = wait {
        let text = app.site.texts().say_count(locale.language, "sign-up-wait", wait.as_mins() + 1, &[]);
        shown.refuse("name", text);
        status = StatusCode::TOO_MANY_REQUESTS;
    }
    if shown.is_refused() {
        if !uploaded.files.is_empty() && !shown.errors.iter().any(|error| error.field == "files") {
            shown.refuse("files", app.site.texts().say(locale.language, "documents-choose-again"));
        }
        return show(&app, &locale, (status, shown), (lost_of(form.get("lost")), chosen, once));
    }
    let reference = keep(&app, &locale, &uploaded, (&chosen, &once)).await?;
    app.nudge.notify_one();
    Ok(see_other(&kept_at(&reference)))
}

fn kept_at(reference: &str) -> String {
    format!("/recover/documents?reference={reference}")
}

/// Says beside each field what is wrong with it.
fn refuse(app: &App, locale: &Locale, uploaded: &Uploaded, shown: &mut FormState) {
    let form = &uploaded.form;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let (name, story) = (form.trimmed("name"), form.trimmed("story"));
    if name.is_empty() || name.len() > 254 {
        shown.refuse("name", say("documents-empty-name"));
    }
    if story.is_empty() {
        shown.refuse("story", say("documents-empty-story"));
    } else if story.chars().count() > LONGEST_STORY {
        shown.refuse("story", say("documents-long-story"));
    }
    if let Err(key) = email_of(app, form.get("email"), "documents-wrong-email") {
        shown.refuse("email", say(key));
    }
    let telephone = form.trimmed("telephone");
    if !telephone.is_empty()
        && let Err(error) = Telephone::parse(telephone)
    {
        shown.refuse("telephone", say(telephone_problem(error)));
    }
    match &uploaded.problem {
        Some((problem, file)) => {
            let key = format!("documents-file-{}", problem.name());
            shown.refuse("files", app.site.texts().say_with(locale.language, &key, &[("file", file)]));
        }
        None if uploaded.files.is_empty() => shown.refuse("files", say("documents-no-file")),
        None => {}
    }
}

/// The login of a username or a client identifier. An e-mail address may be several logins'.
async fn login_of(app: &App, typed: &str) -> Result<Option<LoginId>, LetterError> {
    if let Some(login) = identity::login_by_username(app.db.reader(), typed).await? {
        return Ok(Some(login));
    }
    Ok(accounts::login_by_identifier(app.db.reader(), typed).await?)
}

/// Keeps the request and tells everybody, and gives its reference. What is done for all alike comes first; what depends on
/// whether there is such a login, within the one answering time.
async fn keep(
    app: &App,
    locale: &Locale,
    uploaded: &Uploaded,
    (chosen, once): (&FormState, &str),
) -> Result<String, LetterError> {
    let form = &uploaded.form;
    let id: RecoveryId = app.db.world().id();
    let (key, wrapped) = app.vault.new_data_key(id)?;
    let mut files = Vec::with_capacity(uploaded.files.len());
    for file in &uploaded.files {
        let kept = vault::write_file(&app.db, &app.vault, &key, &file.content).await?;
        let (kind, size) = (file.kind.code().to_owned(), file.content.len() as u64);
        files.push(RecoveryFile { id: kept, kind, name: file.name.clone(), size });
    }
    let until = tokio::time::Instant::now() + ANSWER_AFTER;
    let facts = RecoveryFacts {
        name: kernel::line(form.trimmed("name")),
        story: form.trimmed("story").to_owned(),
        // Both were judged before.
        email: EmailAddress::parse(form.get("email")).map_or_else(|_| String::new(), |email| email.as_str().to_owned()),
        telephone: Telephone::parse(form.trimmed("telephone"))
            .map_or_else(|_| String::new(), |found| found.to_string()),
        country: chosen.values["country"].clone(),
        customer_kind: chosen.values["customer_kind"].clone(),
        files,
    };
    let now = app.db.world().now();
    let new = NewRecovery {
        id,
        kind: lost_of(form.get("lost")),
        key: &key,
        wrapped: &wrapped,
        login: login_of(app, &facts.name).await?,
        language: locale.language,
        facts: &facts,
        once,
        answer_by: now.plus(app.recovery.answer),
        object_until: now.plus(app.recovery.objection),
        ends_at: now.plus(app.recovery.keep),
    };
    let desk = Desk::of(app);
    let reference = app.db.write(async |tx| tell_all(&desk, tx, &new).await).await;
    tokio::time::sleep_until(until).await;
    reference
}

async fn tell_all(desk: &Desk<'_>, tx: &db::Tx, new: &NewRecovery<'_>) -> Result<String, LetterError> {
    let begun = accounts::begin_recovery(desk.db, desk.vault, tx, new).await;
    let (reference, is_new) = begun?;
    if !is_new {
        return Ok(reference);
    }
    let Some(recovery) = find(desk, tx, new.id).await? else { return Ok(reference) };
    letters::asked(desk, tx, &recovery).await?;
    if let Some(login) = new.login
        && let Some(known) = Known::find(desk, tx, login).await?
    {
        letters::told(desk, tx, (&known, "recovery-told"), &recovery).await?;
    }
    Ok(reference)
}

/// A request by its id.
async fn find(
    desk: &Desk<'_>,
    on: &impl sea_orm::ConnectionTrait,
    id: RecoveryId,
) -> Result<Option<Recovery>, LetterError> {
    accounts::find_recovery(on, desk.vault, id).await.map_err(LetterError::Vault)
}
