//! The staff's side of a request (AGT-2, AGT-3): what was typed beside what is on file, the documents one by one, and the
//! decision. Every look at a document and every decision stands in the log, in their own chain and in the login's.

use accounts::{Approved, LookedUp, OnFile, Recovery, RecoveryState, Telephone};
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use identity::{Login, StaffRight};
use kernel::{Language, Moment};
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use super::kinds::FileKind;
use super::letters::{self, Known};
use super::{country_name, lost_word};
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::rows::Status;
use crate::signed::id_in;
use crate::staff::decisions::{Asked, Decided, choices, decided};
use crate::staff::recent::{Recent, recent_changes};
use crate::staff::{Choice, StaffSigned, note_look_up, staff_frame};

const FIELDS: [&str; 1] = ["decision"];
const ACCEPTED: [&str; 2] = ["documents", "call-back"];
const REFUSED: [&str; 4] = ["unreadable", "missing", "unproven", "other"];
/// A picture shows itself and nothing else; no script runs beside it.
const DOCUMENT_POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox";

#[derive(Serialize)]
struct Entry {
    reference: String,
    href: String,
    asked: String,
    deadline: String,
    status: Status,
}

#[derive(Serialize)]
struct ListPage {
    entries: Vec<Entry>,
    /// How many there are, in words.
    count: String,
}

/// `GET /staff/recoveries`: what waits, the earliest deadline first.
pub(crate) async fn list(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::DecideRecoveries)?;
    let texts = app.site.texts();
    let (waiting, count) = accounts::open_recoveries(app.db.reader(), &app.vault).await?;
    let moment = |at| web::moment(texts, locale.language, at, &app.zone);
    let entries = waiting.iter().map(|recovery| Entry {
        reference: recovery.reference.clone(),
        href: format!("/staff/recoveries/{}", recovery.id),
        asked: moment(recovery.asked_at),
        deadline: deadline(&app, locale.language, recovery.answer_by),
        status: status(&app, locale.language, recovery),
    });
    let notice = asked.notice(&app, &locale, ("staff-recoveries-done", &["accepted", "waits", "refused"]));
    let count = texts.say_count(locale.language, "staff-recoveries-count", count, &[]);
    let content = ListPage { entries: entries.collect(), count };
    let mut frame = staff_frame(&app, &locale, "staff-recoveries-title", notice);
    "/staff/recoveries".clone_into(&mut frame.path);
    Page { frame, content }.show(&app.site, &locale, "staff-recoveries.html")
}

/// How long is left, or since when it is overdue, in words.
fn deadline(app: &App, language: Language, by: Moment) -> String {
    let left = by.timestamp().duration_since(app.db.world().now().timestamp()).as_hours();
    let at = web::moment(app.site.texts(), language, by, &app.zone);
    let is_over = by <= app.db.world().now();
    let key = if is_over { "staff-recoveries-overdue" } else { "staff-recoveries-left" };
    app.site.texts().say_count(language, key, left.abs(), &[("at", &at)])
}

fn status(app: &App, language: Language, recovery: &Recovery) -> Status {
    let is_over = recovery.answer_by <= app.db.world().now();
    let (kind, key) = match recovery {
        Recovery { login: None, .. } => ("info", "nobody"),
        Recovery { objected_at: Some(_), .. } => ("warning", "objected"),
        Recovery { state: RecoveryState::Accepted, .. } => ("info", "accepted"),
        _ if is_over => ("danger", "overdue"),
        _ => ("info", "open"),
    };
    Status { kind, text: app.site.texts().say(language, &format!("staff-recoveries-state-{key}")) }
}

#[derive(Serialize)]
struct Compared {
    label: String,
    typed: String,
    on_file: String,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    about: String,
    href: String,
}

#[derive(Serialize)]
struct RecoveryPage {
    reference: String,
    status: Status,
    deadline: String,
    compared: Vec<Compared>,
    story: String,
    recent: Vec<Recent>,
    documents: Vec<Shown>,
    /// What it takes from here on, or what became of it.
    needs: String,
    is_undecided: bool,
    action: String,
    form: FormState,
    options: Vec<Choice>,
}

async fn recovery_of(app: &App, id: &str) -> Result<Recovery, Refusal> {
    accounts::find_recovery(app.db.reader(), &app.vault, id_in(id)?).await?.ok_or(Refusal::NotFound)
}

/// `GET /staff/recoveries/{id}`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::DecideRecoveries)?;
    let recovery = recovery_of(&app, &id).await?;
    if let Some(login) = recovery.login {
        note_look_up(&app, LookedUp::Recovery(login), &signed).await?;
    }
    show(&app, &locale, (StatusCode::OK, FormState::empty(&FIELDS)), &recovery).await
}

/// What was typed beside what is on file.
async fn compared(app: &App, locale: &Locale, recovery: &Recovery) -> Result<Vec<Compared>, Refusal> {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let moment = |at: Moment| web::moment(texts, locale.language, at, &app.zone);
    let (mut login, mut on_file, mut recovered): (Option<Login>, _, _) = (None, OnFile::default(), None);
    let mut has_step = false;
    if let Some(id) = recovery.login {
        login = identity::find_login(app.db.reader(), &app.vault, id).await?;
        on_file = accounts::on_file(app.db.reader(), &app.vault, id).await?;
        recovered = identity::recovered_at(app.db.reader(), id).await?;
        has_step = identity::steps_of(app.db.reader(), identity::StepOwner::Login(id)).await?.is_on();
    }
    let typed = |of: fn(&accounts::RecoveryFacts) -> &str| {
        recovery.facts.as_ref().map(of).filter(|text| !text.is_empty()).map_or_else(|| "–".to_owned(), str::to_owned)
    };
    let listed = |list: &[String]| if list.is_empty() { "–".to_owned() } else { list.join(", ") };
    let row = |key: &str, typed: String, on_file: String| Compared { label: say(key), typed, on_file };
    let none = || "–".to_owned();
    let telephone = recovery.facts.as_ref().and_then(|facts| Telephone::of_file(&facts.telephone));
    let telephone = telephone.map_or_else(|| typed(|facts| &facts.telephone), |kept| kept.written(locale.language));
    let country = recovery.facts.as_ref().map_or_else(none, |facts| country_name(app, locale, &facts.country));
    let kind = typed(|facts| &facts.customer_kind);
    let kind = if kind == "–" { kind } else { say(&format!("documents-kind-{kind}")) };
    let mut names: Vec<String> = login.iter().map(|login| login.username.clone()).collect();
    names.extend(on_file.identifiers);
    let created = login.as_ref().map_or_else(none, |login| moment(login.created_at));
    let lost = say(&format!("staff-recoveries-lost-{}", lost_word(recovery.kind)));
    let step = say(if has_step { "staff-recoveries-step-on" } else { "staff-recoveries-step-off" });
    Ok(vec![
        row("staff-recoveries-lost", lost, step),
        row("staff-recoveries-login", typed(|facts| &facts.name), listed(&names)),
        row("staff-name", none(), listed(&on_file.names)),
        row("staff-recoveries-places", country, listed(&on_file.cities)),
        row("staff-recoveries-kind", kind, none()),
        row("documents-email", kernel::shown_email(&typed(|facts| &facts.email)), none()),
        row("documents-telephone", telephone, none()),
        row("staff-recoveries-created", moment(recovery.asked_at), created),
        row("staff-recoveries-recovered", none(), recovered.map_or_else(none, moment)),
    ])
}

/// What was changed lately of what is compared with.
async fn recent(app: &App, locale: &Locale, recovery: &Recovery) -> Result<Vec<Recent>, Refusal> {
    let Some(login) = recovery.login else { return Ok(Vec::new()) };
    let held = accounts::held_accounts(app.db.reader(), login).await?;
    recent_changes(app, locale, (&held, Some(login))).await
}

async fn show(
    app: &App,
    locale: &Locale,
    (http, form): (StatusCode, FormState),
    recovery: &Recovery,
) -> Result<Response, Refusal> {
    let texts = app.site.texts();
    let approvals = accounts::approvals_of(app.db.reader(), recovery.id).await?;
    let files = recovery.facts.iter().flat_map(|facts| &facts.files).enumerate();
    let documents = files.map(|(at, file)| {
        let kilobytes = file.size.div_ceil(1024).to_string();
        let kind = file.kind.to_uppercase();
        Shown {
            name: file.name.clone(),
            about: texts.say_with(locale.language, "staff-recoveries-file", &[("kind", &kind), ("size", &kilobytes)]),
            href: format!("/staff/recoveries/{}/documents/{}", recovery.id, at + 1),
        }
    });
    let is_undecided = recovery.state.is_undecided();
    // Nobody can be let in where there is no such login.
    let mut options = match recovery.login {
        Some(_) => choices(app, locale, "staff-recoveries-accept", ACCEPTED),
        None => Vec::new(),
    };
    options.extend(choices(app, locale, "staff-recoveries-refuse", REFUSED));
    let needs = match recovery {
        Recovery { login: None, .. } => "nobody",
        _ if !is_undecided => "over",
        Recovery { objected_at: Some(_), .. } if approvals.is_empty() => "two-after-objection",
        Recovery { objected_at: Some(_), .. } => "one-more-after-objection",
        _ if !approvals.is_empty() => "one-more",
        _ if recovery.object_until <= app.db.world().now() => "one-now",
        _ => "one",
    };
    let until = web::moment(texts, locale.language, recovery.object_until, &app.zone);
    let content = RecoveryPage {
        reference: recovery.reference.clone(),
        status: status(app, locale.language, recovery),
        deadline: deadline(app, locale.language, recovery.answer_by),
        compared: compared(app, locale, recovery).await?,
        recent: recent(app, locale, recovery).await?,
        story: recovery.facts.as_ref().map(|facts| facts.story.clone()).unwrap_or_default(),
        documents: documents.collect(),
        needs: texts.say_with(locale.language, &format!("staff-recoveries-needs-{needs}"), &[("until", &until)]),
        is_undecided,
        action: format!("/staff/recoveries/{}", recovery.id),
        form,
        options,
    };
    let frame = staff_frame(app, locale, "staff-recovery-title", None);
    Page { frame, content }.show_as(http, &app.site, locale, "staff-recovery.html")
}

/// `GET /staff/recoveries/{id}/documents/{file}`: a document by its number. That it was looked at is in the log before a byte
/// of it is sent; its own name is no part of a header.
pub(crate) async fn document(
    State(app): State<App>,
    signed: StaffSigned,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::DecideRecoveries)?;
    let recovery = recovery_of(&app, &id).await?;
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or(Refusal::NotFound)?;
    let file = recovery.facts.as_ref().and_then(|facts| facts.files.get(at)).ok_or(Refusal::NotFound)?;
    app.db
        .write(async |tx| accounts::note_document_seen(&app.db, tx, (&recovery, file.id), signed.staff.id).await)
        .await?;
    let content = accounts::read_document(app.db.reader(), &app.vault, (recovery.id, file.id)).await?;
    let content = content.ok_or(Refusal::NotFound)?;
    shown_document((&file.kind, content), &format!("{}-{number}", recovery.reference))
}

/// A document that somebody handed in, by the kind that its content was found to be: a PDF is downloaded, a picture shown under a
/// policy that lets nothing else happen. `name` is ours.
pub(crate) fn shown_document((kind, content): (&str, Vec<u8>), name: &str) -> Result<Response, Refusal> {
    let kind = FileKind::from_code(kind).ok_or(Refusal::NotFound)?;
    let way = if kind == FileKind::Pdf { "attachment" } else { "inline" };
    let named = format!("{way}; filename=\"{name}.{}\"", kind.code());
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.content_type()));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(&named).map_err(|_| Refusal::Broken)?);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCUMENT_POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `POST /staff/recoveries/{id}`: accepts or refuses, with the reason.
pub(crate) async fn decide(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::DecideRecoveries)?;
    let recovery = recovery_of(&app, &id).await?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &FIELDS);
    let decision = form.get("decision");
    let accepted = ACCEPTED.into_iter().find(|one| *one == decision && recovery.login.is_some());
    let refused = REFUSED.into_iter().find(|one| *one == decision);
    if accepted.is_none() && refused.is_none() {
        shown.refuse("decision", say("staff-recoveries-empty"));
    }
    if shown.is_refused() {
        return show(&app, &locale, (StatusCode::UNPROCESSABLE_ENTITY, shown), &recovery).await;
    }
    let done = match (accepted, refused) {
        (Some(reason), _) => accept(&app, &signed, &recovery, reason).await,
        (None, reason) => refuse(&app, &signed, &recovery, reason.unwrap_or("other")).await,
    };
    match done? {
        Ok(done) => Ok(decided(&app, "/staff/recoveries", done)),
        Err(problem) => {
            let recovery = recovery_of(&app, &id).await?;
            shown.refuse("decision", say(&format!("staff-recoveries-{problem}")));
            show(&app, &locale, (StatusCode::CONFLICT, shown), &recovery).await
        }
    }
}

async fn accept(
    app: &App,
    signed: &StaffSigned,
    recovery: &Recovery,
    reason: &'static str,
) -> Result<Decided, LetterError> {
    let (desk, keep) = (Desk::of(app), app.recovery.keep);
    app.db
        .write(async |tx| {
            let with = (desk.db, desk.vault);
            let approved = accounts::approve_recovery(with, tx, recovery.id, (&signed.staff, reason), keep).await;
            Ok(match approved? {
                Approved::Over => Err("over"),
                Approved::Again => Err("again"),
                Approved::Waits => {
                    // After an objection nothing is said before it is decided.
                    if recovery.objected_at.is_none() {
                        letters::answer(&desk, tx, "recovery-waits", recovery).await?;
                    }
                    Ok("waits")
                }
                Approved::Sent(secret) => {
                    super::work::tell_accepted(&desk, tx, recovery, &secret).await?;
                    Ok("accepted")
                }
            })
        })
        .await
}

async fn refuse(app: &App, signed: &StaffSigned, recovery: &Recovery, reason: &str) -> Result<Decided, LetterError> {
    let (desk, keep, staff) = (Desk::of(app), app.recovery.keep, signed.staff.id);
    app.db
        .write(async |tx| {
            let with = (desk.db, desk.vault);
            let refused = accounts::refuse_recovery(with, tx, recovery.id, (Some(staff), reason), keep).await;
            let Some(recovery) = refused? else { return Ok(Err("over")) };
            letters::refused(&desk, tx, &recovery, reason).await?;
            if let Some(login) = recovery.login
                && let Some(known) = Known::find(&desk, tx, login).await?
            {
                letters::news(&desk, tx, (&known, "recovery-ended"), &recovery).await?;
            }
            Ok(Ok("refused"))
        })
        .await
}
