//! Another of the staff decides on a representative, and one of them ends it. Every look at a document stands in the log.

use accounts::{Representative, RepresentativeAct, RepresentativeDecided, RepresentativeFacts, RepresentativeState};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use identity::StaffRight;
use serde::Serialize;
use web::Labelled;
use web::{Form, FormState, Link, Locale, Page, Refusal};

use super::{kind_words, letters, status, valid_words};
use crate::App;
use crate::documents::shown_document;
use crate::letters::{Desk, LetterError};
use crate::profile::value_text;
use crate::rows::Status;
use crate::signed::id_in;
use crate::staff::decisions::{Decided, decided, explained};
use crate::staff::{Choice, StaffSigned, staff_frame};

const FIELDS: [&str; 1] = ["decision"];
/// Under which the words of the choices stand.
const WORDS: &str = "staff-representative";

#[derive(Serialize)]
struct DecidePage {
    reference: String,
    status: Status,
    facts: Vec<Labelled>,
    proof: String,
    /// Each with its address.
    documents: Vec<Link>,
    /// What it takes from here on, or what became of it.
    needs: String,
    action: String,
    form: FormState,
    /// What can be done now; nothing where it is over.
    options: Vec<Choice>,
}

async fn found(app: &App, id: &str) -> Result<Representative, Refusal> {
    accounts::find_representative(app.db.reader(), id_in(id)?).await?.ok_or(Refusal::NotFound)
}

/// What it takes from here on, as the texts' keys name it.
fn needs(app: &App, signed: &StaffSigned, one: &Representative) -> &'static str {
    match one.state {
        RepresentativeState::Confirmed => "confirmed",
        RepresentativeState::Open if one.objected_at.is_some() => "supervisor",
        RepresentativeState::Open if one.asked_by == signed.staff.id => "another",
        RepresentativeState::Open if one.may_be_confirmed(app.db.world().now()) => "now",
        RepresentativeState::Open => "later",
        _ => "over",
    }
}

fn rows(app: &App, locale: &Locale, one: &Representative, said: Option<&RepresentativeFacts>) -> Vec<Labelled> {
    let (texts, language) = (app.site.texts(), locale.language);
    let moment = |at| web::moment(texts, language, at, &app.zone);
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(said) = said {
        rows.push(("representative-name", said.name.clone()));
        rows.push(("profile-field-telephone", value_text(app, language, "telephone", &said.telephone)));
        rows.extend(said.email.clone().map(|email| ("staff-email", email)));
        rows.push(("profile-field-language", value_text(app, language, "language", said.language.code())));
    }
    rows.push(("representative-kind", kind_words(texts, language, &one.kind)));
    rows.push(("representative-valid", valid_words(texts, language, one)));
    rows.push(("bill-account", one.number.clone()));
    rows.push(("documents-asked-at", moment(one.asked_at)));
    rows.push(("documents-object-until", moment(one.object_until)));
    rows.into_iter().map(|(key, value)| Labelled { label: texts.say(language, key), value }).collect()
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &StaffSigned,
    (http, form): (StatusCode, FormState),
    one: &Representative,
) -> Result<Response, Refusal> {
    let texts = app.site.texts();
    let said = one.facts(app.db.reader(), &app.vault).await?;
    let files = said.iter().flat_map(|said| &said.files).enumerate();
    let documents = files.map(|(at, file)| {
        let number = (at + 1).to_string();
        let label = texts.say_with(locale.language, "documents-file", &[("number", &number)]);
        let href = format!("/staff/representatives/{}/documents/{number}", one.id);
        Link { label: format!("{label} – {}", file.name), href, current: false }
    });
    let needs = format!("staff-representative-needs-{}", needs(app, signed, one));
    let until = web::moment(texts, locale.language, one.object_until, &app.zone);
    let content = DecidePage {
        reference: one.reference.clone(),
        status: status(app, locale.language, one),
        facts: rows(app, locale, one, said.as_ref()),
        documents: documents.collect(),
        needs: texts.say_with(locale.language, &needs, &[("until", &until)]),
        action: format!("/staff/representatives/{}", one.id),
        form,
        options: match one.state {
            // Whoever recorded one does not confirm it.
            RepresentativeState::Open if one.asked_by == signed.staff.id => explained(app, locale, WORDS, ["refuse"]),
            RepresentativeState::Open => explained(app, locale, WORDS, ["confirm", "refuse"]),
            RepresentativeState::Confirmed => explained(app, locale, WORDS, ["end"]),
            _ => Vec::new(),
        },
        proof: said.map(|said| said.proof).unwrap_or_default(),
    };
    let frame = staff_frame(app, locale, "staff-representative-title", None);
    Page { frame, content }.show_as(http, &app.site, locale, "staff-representative.html")
}

/// `GET /staff/representatives/{id}`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::KeepRepresentatives)?;
    let one = found(&app, &id).await?;
    show(&app, &locale, &signed, (StatusCode::OK, FormState::empty(&FIELDS)), &one).await
}

/// `POST /staff/representatives/{id}`: confirms, refuses or ends.
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::KeepRepresentatives)?;
    let one = found(&app, &id).await?;
    let mut shown = FormState::keeping(&form, &FIELDS);
    let act = match form.get("decision") {
        "confirm" => RepresentativeAct::Confirm,
        "refuse" => RepresentativeAct::Refuse,
        "end" => RepresentativeAct::End,
        _ => {
            shown.refuse("decision", app.site.texts().say(locale.language, "staff-holder-empty-decision"));
            return show(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown), &one).await;
        }
    };
    let desk = Desk::of(&app);
    let carried_out = app.db.write(async |tx| carry_out(&desk, tx, (&one, &signed, act)).await);
    match carried_out.await? {
        Ok(done) => Ok(decided(&app, "/staff/representatives", done)),
        Err(problem) => {
            let one = found(&app, &id).await?;
            shown.refuse("decision", app.site.texts().say(locale.language, problem));
            show(&app, &locale, &signed, (StatusCode::CONFLICT, shown), &one).await
        }
    }
}

/// The act and its letters, in one transaction: what was done, or the text that says why not.
async fn carry_out(
    desk: &Desk<'_>,
    tx: &Tx,
    (one, signed, act): (&Representative, &StaffSigned, RepresentativeAct),
) -> Result<Decided, LetterError> {
    let decided = accounts::act_on_representative((desk.db, desk.vault), tx, (one.id, &signed.staff, act)).await?;
    let (after, said) = match decided {
        RepresentativeDecided::Done(after, said) => (after, said),
        RepresentativeDecided::Over => return Ok(Err("staff-holder-over")),
        RepresentativeDecided::SamePerson => return Ok(Err("staff-representative-same-person")),
        RepresentativeDecided::TooEarly => return Ok(Err("staff-holder-too-early")),
        RepresentativeDecided::NeedsSupervisor => return Ok(Err("staff-representative-supervisor-first")),
        RepresentativeDecided::Gone => return Ok(Err("staff-representative-gone")),
    };
    let (to_holder, to_them, done) = match act {
        RepresentativeAct::Confirm => ("representative-confirmed", Some("representative-named"), "confirmed"),
        RepresentativeAct::Refuse => ("representative-refused", None, "refused"),
        RepresentativeAct::End => ("representative-ended", Some("representative-over"), "ended"),
    };
    letters::told(desk, tx, (&after, said.as_ref()), to_holder).await?;
    if let Some(kind) = to_them {
        letters::to_them(desk, tx, (&after, said.as_ref()), kind).await?;
    }
    Ok(Ok(done))
}

/// `GET /staff/representatives/{id}/documents/{file}`: a document by its number. That it was looked at is in the log before a byte
/// of it is sent.
pub(super) async fn document(
    State(app): State<App>,
    signed: StaffSigned,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::KeepRepresentatives)?;
    let one = found(&app, &id).await?;
    let said = one.facts(app.db.reader(), &app.vault).await?;
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or(Refusal::NotFound)?;
    let file = said.as_ref().and_then(|said| said.files.get(at)).ok_or(Refusal::NotFound)?;
    let (about, staff) = ((&one, file.id), signed.staff.id);
    app.db.write(async |tx| accounts::note_representative_document_seen(&app.db, tx, about, staff).await).await?;
    let content = one.document(app.db.reader(), &app.vault, file.id).await?.ok_or(Refusal::NotFound)?;
    shown_document((&file.kind, content), &format!("{}-{number}", one.reference))
}
