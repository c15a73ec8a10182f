//! Another of the staff decides on a change of holder.

use accounts::{
    AccountView, ChangeDecided, ChangeDecision, Grant, HolderChange, HolderChangeDone, HolderChangeOutcome, LookedUp,
    Right,
};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use identity::StaffRight;
use serde::Serialize;
use web::Labelled;
use web::{Form, FormState, Locale, Page, Refusal};

use super::{former_view, letters, standing};
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::profile::address_lines;
use crate::rows::Status;
use crate::signed::id_in;
use crate::staff::decisions::{Decided, decided, explained};
use crate::staff::recent::{Recent, recent_changes};
use crate::staff::{Choice, StaffSigned, note_look_up, staff_frame};

const FIELDS: [&str; 1] = ["decision"];

#[derive(Serialize)]
struct ChangePage {
    reference: String,
    status: Status,
    facts: Vec<Labelled>,
    /// Who holds it, and who is to; while it is open.
    former: Vec<Labelled>,
    /// What was changed lately of whoever holds it.
    recent: Vec<Recent>,
    wished: Vec<Labelled>,
    proof: String,
    /// What it takes from here on, or what became of it.
    needs: String,
    is_done: bool,
    is_open: bool,
    action: String,
    form: FormState,
    options: Vec<Choice>,
}

async fn change_of(app: &App, id: &str) -> Result<HolderChange, Refusal> {
    accounts::find_holder_change(app.db.reader(), id_in(id)?).await?.ok_or(Refusal::NotFound)
}

/// Names and values of who holds an account.
fn person(app: &App, locale: &Locale, view: &AccountView) -> Vec<Labelled> {
    let dash = || "–".to_owned();
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let address = address_lines(&view.address, locale.language).join(", ");
    vec![
        Labelled { label: say("staff-name"), value: view.name.clone().unwrap_or_else(dash) },
        Labelled { label: say("bill-identifier"), value: view.identifier.clone() },
        Labelled { label: say("staff-email"), value: view.email.clone().unwrap_or_else(dash) },
        Labelled { label: say("profile-address"), value: if address.is_empty() { dash() } else { address } },
    ]
}

/// What is wished for, and which proof was seen; nothing where it came to nothing.
async fn wished(app: &App, locale: &Locale, change: &HolderChange) -> Result<(Vec<Labelled>, String), Refusal> {
    let key = accounts::customer_key(app.db.reader(), &app.vault, change.to).await?;
    let Some(key) = key else { return Ok((Vec::new(), String::new())) };
    let Some((proof, address)) = change.open(&app.vault, &key)? else { return Ok((Vec::new(), String::new())) };
    let Some(contact) = accounts::contact_of(app.db.reader(), &app.vault, change.to).await? else {
        return Ok((Vec::new(), proof));
    };
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let dash = || "–".to_owned();
    let rows = vec![
        Labelled { label: say("staff-name"), value: contact.name.unwrap_or_else(dash) },
        Labelled { label: say("bill-identifier"), value: contact.identifier },
        Labelled { label: say("staff-email"), value: contact.email.unwrap_or_else(dash) },
        Labelled { label: say("profile-address"), value: address_lines(&address, locale.language).join(", ") },
    ];
    Ok((rows, proof))
}

/// What it takes from here on, as the texts' keys name it.
fn needs(app: &App, signed: &StaffSigned, change: &HolderChange) -> &'static str {
    match change {
        change if change.outcome.is_some() => "over",
        change if change.objected_at.is_some() => "supervisor",
        change if change.asked_by == signed.staff.id => "another",
        change if change.may_be_decided(app.db.world().now()) => "now",
        _ => "later",
    }
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &StaffSigned,
    (http, form): (StatusCode, FormState),
    change: &HolderChange,
) -> Result<Response, Refusal> {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let moment = |at| web::moment(texts, locale.language, at, &app.zone);
    let (wished, proof) = wished(app, locale, change).await?;
    let holder = accounts::holder_of(app.db.reader(), &change.number).await?;
    let former = former_view(&Desk::of(app), app.db.reader(), change).await?;
    let balance = super::balance_words(app, locale.language, change).await?;
    let facts = vec![
        Labelled { label: say("bill-account"), value: change.number.clone() },
        Labelled { label: say("staff-holder-reason"), value: say(&format!("staff-holder-reason-{}", change.reason)) },
        Labelled { label: say("staff-holder-balance"), value: balance },
        Labelled { label: say("documents-asked-at"), value: moment(change.asked_at) },
        Labelled { label: say("documents-object-until"), value: moment(change.object_until) },
    ];
    let needs = format!("staff-holder-needs-{}", needs(app, signed, change));
    let content = ChangePage {
        reference: change.reference.clone(),
        status: standing(app, locale.language, change),
        facts,
        former: former.map(|view| person(app, locale, &view)).unwrap_or_default(),
        recent: recent_changes(app, locale, (&[change.account], holder)).await?,
        wished,
        proof,
        needs: texts.say_with(locale.language, &needs, &[("until", &moment(change.object_until))]),
        is_done: change.outcome == Some(HolderChangeOutcome::Done),
        is_open: change.outcome.is_none(),
        action: format!("/staff/holders/{}", change.id),
        form,
        // Whoever asked for it does not accept it as well.
        options: match change.asked_by == signed.staff.id {
            true => explained(app, locale, "staff-holder", ["refuse"]),
            false => explained(app, locale, "staff-holder", ["accept", "refuse"]),
        },
    };
    let frame = staff_frame(app, locale, "staff-holder-title", None);
    Page { frame, content }.show_as(http, &app.site, locale, "staff-holder.html")
}

/// `GET /staff/holders/{id}`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::ChangeHolders)?;
    let change = change_of(&app, &id).await?;
    note_look_up(&app, LookedUp::HolderChange(change.account), &signed).await?;
    show(&app, &locale, &signed, (StatusCode::OK, FormState::empty(&FIELDS)), &change).await
}

/// `POST /staff/holders/{id}`: accepts or refuses.
pub(super) async fn decide(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::ChangeHolders)?;
    let change = change_of(&app, &id).await?;
    let mut shown = FormState::keeping(&form, &FIELDS);
    let decision = match form.get("decision") {
        "accept" => ChangeDecision::Accept,
        "refuse" => ChangeDecision::Refuse,
        _ => {
            shown.refuse("decision", app.site.texts().say(locale.language, "staff-holder-empty-decision"));
            return show(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown), &change).await;
        }
    };
    let desk = Desk::of(&app);
    let carried_out = app.db.write(async |tx| carry_out(&app, &desk, tx, (&change, &signed, decision)).await);
    match carried_out.await? {
        Ok(done) => Ok(decided(&app, "/staff/holders", done)),
        Err(problem) => {
            let change = change_of(&app, &id).await?;
            shown.refuse("decision", app.site.texts().say(locale.language, &format!("staff-holder-{problem}")));
            show(&app, &locale, &signed, (StatusCode::CONFLICT, shown), &change).await
        }
    }
}

/// The decision and all that follows from it, in one transaction: what was done, or why not, as the texts' keys name it.
async fn carry_out(
    app: &App,
    desk: &Desk<'_>,
    tx: &Tx,
    (change, signed, decision): (&HolderChange, &StaffSigned, ChangeDecision),
) -> Result<Decided, LetterError> {
    let grant = Grant::of_the_provider(change.account, &change.number, Right::SeeBills);
    if decision == ChangeDecision::Accept && change.outcome.is_none() {
        // What is owed is the former holder's, and is paid before: nobody takes over another's debt without having said so.
        let owed = billing::balance(tx, change.account).await?;
        if !change.takes_over && !owed.is_negative() && !owed.is_zero() {
            return Ok(Err("owes"));
        }
        if payments::is_under_way(tx, &grant).await? {
            return Ok(Err("paying"));
        }
    }
    let lasts = app.activation_lasts;
    let decided =
        accounts::decide_holder_change((desk.db, desk.vault), tx, (change.id, &signed.staff, decision), lasts).await;
    Ok(match decided? {
        ChangeDecided::Done(done) => {
            finish(desk, tx, (&done, &grant)).await?;
            Ok("done")
        }
        ChangeDecided::Refused(change) => {
            letters::ended(desk, tx, &change).await?;
            Ok("refused")
        }
        ChangeDecided::Over => Err("over"),
        ChangeDecided::SamePerson => Err("same-person"),
        ChangeDecided::TooEarly => Err("too-early"),
        ChangeDecided::NeedsSupervisor => Err("needs-supervisor-first"),
        ChangeDecided::Gone => Err("gone"),
    })
}

/// What other slices keep for the account goes over or ends, and everybody is told.
async fn finish(desk: &Desk<'_>, tx: &Tx, (done, grant): (&HolderChangeDone, &Grant)) -> Result<(), LetterError> {
    services::reseal_services(desk.vault, tx, grant, (done.old_key.as_ref(), &done.new_key)).await?;
    payments::end_cards(desk.db, tx, grant).await?;
    letters::done(desk, tx, done).await?;
    crate::contacts::gone(desk, tx, (grant, &done.gone)).await?;
    crate::representatives::gone(desk, tx, &done.represented).await?;
    letters::welcome(desk, tx, (done, grant)).await
}
