//! A part of what is on file is modified and validated (PRO-1). A form carries what it was made from: where somebody changed
//! that meanwhile, in another tab or at the provider's, nothing is overwritten, what changed is told, and what was typed stays.

use accounts::{Change, Changed, Grant, NameProblem, Profile, Section, Telephone, TelephoneError, check_name};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use kernel::Language;
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Link, Locale, Notice, Page, Refusal};

use super::details::written;
use super::prove::{Need, is_proven, keep_and_ask};
use super::{Part, frame_of, letters, may_change};
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::place::{PlaceFields, check_place, only_shows_country, place_fields};
use crate::signed::{Refused, Signed, see_other};

#[derive(Serialize)]
struct EditPage {
    tabs: Vec<Link>,
    /// The section: `name`, `address`, `telephones` or `preferences`.
    what: &'static str,
    form: FormState,
    action: String,
    /// What the form was made from.
    seen: String,
    back_href: String,
    /// The fields of an address.
    place: Option<PlaceFields>,
    /// Whether there is a telephone that messages could go to.
    has_telephone: bool,
    telephone: Option<String>,
}

/// An entry of a list to choose from.
#[derive(Serialize)]
pub(crate) struct Offered {
    pub(crate) value: String,
    pub(crate) label: String,
}

/// What is shown beside the form.
pub(super) struct Shown {
    pub(super) status: StatusCode,
    pub(super) form: FormState,
    pub(super) notice: Option<Notice>,
    /// What the form was made from, where that is not what is on file now.
    pub(super) seen: Option<String>,
}

const fn part_of(section: Section) -> Part {
    match section {
        Section::Preferences => Part::Preferences,
        _ => Part::Details,
    }
}

/// Where a section is seen, and where its form goes.
fn hrefs(section: Section, number: &str) -> (String, String) {
    let part = part_of(section).path();
    let action = match section {
        Section::Preferences => format!("{part}/{number}"),
        _ => format!("{part}/{number}/{}", section.id()),
    };
    (format!("{part}?account={number}"), action)
}

/// A form that waits for a fresh proof.
#[derive(Serialize, Deserialize)]
struct Typed {
    number: String,
    section: String,
    seen: String,
    /// In the order of [`Section::fields`].
    values: Vec<String>,
}

/// The form that was kept while a proof was asked for.
async fn typed_of(app: &App, signed: &Signed) -> Result<Option<Typed>, Refusal> {
    let kept = identity::kept_typed(app.db.reader(), &app.vault, (signed.login.id, signed.session)).await?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

/// The page with the form of a section.
pub(super) fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (profile, section): (&Profile, Section),
    shown: Shown,
) -> Result<Response, Refusal> {
    let number = profile.view.number.as_str();
    let (mut frame, tabs) = frame_of(app, locale, signed, Some(number), part_of(section))?;
    frame.title = app.site.texts().say(locale.language, &format!("profile-edit-{}", section.id()));
    frame.notice = shown.notice;
    let (back_href, action) = hrefs(section, number);
    frame.path.clone_from(&action);
    let place = match section {
        Section::Address => place_fields(app, locale.language, &shown.form, true),
        _ => None,
    };
    let content = EditPage {
        tabs,
        what: section.id(),
        form: shown.form,
        action,
        seen: shown.seen.unwrap_or_else(|| profile.marks(&app.vault, section)),
        back_href,
        place,
        has_telephone: profile.telephone.is_some() || profile.other_telephone.is_some(),
        telephone: app.provider.facts.telephone.clone(),
    };
    Page { frame, content }.show_as(shown.status, &app.site, locale, "profile-edit.html")
}

/// A value as people read it.
pub(crate) fn value_text(app: &App, language: Language, field: &str, value: &str) -> String {
    let say = |key: &str| app.site.texts().say(language, key);
    match (field, value) {
        ("alerts_email" | "alerts_sms" | "offers", value) => {
            say(if value.is_empty() { "profile-no" } else { "profile-yes" })
        }
        (_, "") => say("profile-nothing"),
        ("telephone" | "other_telephone", value) => written(value, language),
        ("country", value) => {
            accounts::country(value).map_or_else(|| value.to_owned(), |country| country.name(language).to_owned())
        }
        ("region", value) => match value.split_once('-') {
            Some(("CA", _)) => say(&format!("profile-region-{}", value.to_lowercase())),
            Some((code, part)) => {
                let area = accounts::country(code).and_then(|country| country.area(part));
                area.map_or_else(|| value.to_owned(), |area| area.name.to_owned())
            }
            None => value.to_owned(),
        },
        ("language", value) => say(if value == "en" { "profile-language-en" } else { "profile-language-fr" }),
        ("bills", value) => say(if value == "paper" { "profile-paper" } else { "profile-electronic" }),
        (_, value) => value.to_owned(),
    }
}

/// The form with what is on file.
pub(super) fn filled(app: &App, language: Language, profile: &Profile, section: Section) -> FormState {
    let values = section.fields().iter().zip(profile.values(section)).map(|(field, value)| {
        let is_number = matches!(*field, "telephone" | "other_telephone") && !value.is_empty();
        (*field, if is_number { value_text(app, language, field, &value) } else { value })
    });
    let mut form = FormState { values: values.collect(), errors: Vec::new() };
    if let Some(country) = form.values.get_mut("country").filter(|country| country.is_empty()) {
        "CA".clone_into(country);
    }
    form
}

fn section_of(part: &str) -> Result<Section, Refusal> {
    let sections = [Section::Name, Section::Address, Section::Telephones];
    sections.into_iter().find(|section| section.id() == part).ok_or(Refusal::NotFound)
}

/// The profile of a grant that was given: it is there, unless the customer's data was erased.
pub(super) async fn profile_of(app: &App, grant: &Grant) -> Result<Profile, Refusal> {
    accounts::find_profile(app.db.reader(), &app.vault, grant).await?.ok_or(Refusal::NotFound)
}

/// `GET /profile/details/{number}/{part}`: the form of a part, `name`, `address` or `telephones`.
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, part)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let typed = typed_of(&app, &signed).await?;
    if number == TYPED {
        let to = typed.map(|typed| format!("/profile/details/{}/{}", typed.number, typed.section));
        return Ok(see_other(to.as_deref().unwrap_or("/profile/details")));
    }
    let section = section_of(&part)?;
    let grant = may_change(&signed, &number)?;
    let profile = profile_of(&app, &grant).await?;
    let mut form = filled(&app, locale.language, &profile, section);
    let (mut seen, mut notice) = (None, None);
    if let Some(typed) = typed.filter(|typed| typed.number == grant.number() && typed.section == section.id()) {
        form.values.extend(section.fields().iter().copied().zip(typed.values));
        seen = Some(typed.seen);
        if is_proven(&app, &signed).await? {
            notice = Some(Notice { kind: "success", text: app.site.texts().say(locale.language, "profile-proven") });
        }
    }
    let shown = Shown { status: StatusCode::OK, form, notice, seen };
    Ok(show(&app, &locale, &signed, (&profile, section), shown)?)
}

/// In place of an account's number: the form that was kept while a proof was asked for.
const TYPED: &str = "typed";

/// `POST /profile/details/{number}/{part}`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, part)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Refused> {
    let section = section_of(&part)?;
    let grant = may_change(&signed, &number)?;
    let profile = profile_of(&app, &grant).await?;
    let mut shown = FormState::keeping(&form, section.fields());
    if section == Section::Address && only_shows_country(&form) {
        let seen = Some(form.get("seen").to_owned());
        let other = Shown { status: StatusCode::OK, form: shown, notice: None, seen };
        return Ok(show(&app, &locale, &signed, (&profile, section), other)?);
    }
    let change = match section {
        Section::Name => {
            let known = accounts::name_by_provider(app.db.reader(), &app.vault, &profile).await?;
            name(&app, &locale, known.as_deref(), (&form, &mut shown))
        }
        Section::Address => check_place(&app, &locale, (&form, &mut shown)).map(Change::Address),
        _ => telephones(&app, &locale, (&form, &mut shown)),
    };
    let Some(change) = change else {
        let seen = Some(form.get("seen").to_owned());
        let refused = Shown { status: StatusCode::UNPROCESSABLE_ENTITY, form: shown, notice: None, seen };
        return Ok(show(&app, &locale, &signed, (&profile, section), refused)?);
    };
    if !is_proven(&app, &signed).await? {
        let values = section.fields().iter().map(|field| form.get(field).to_owned()).collect();
        let (number, seen) = (grant.number().to_owned(), form.get("seen").to_owned());
        let typed = Typed { number, section: section.id().to_owned(), seen, values };
        let typed = serde_json::to_string(&typed).map_err(|_| Refusal::BadRequest)?;
        return Ok(keep_and_ask(&app, &signed, Need::Details, &typed).await?);
    }
    Ok(save(&app, &locale, &signed, (&grant, form.get("seen"), &change), shown).await?)
}

fn name(app: &App, locale: &Locale, known: Option<&str>, (form, shown): (&Form, &mut FormState)) -> Option<Change> {
    match check_name(known, form.get("name")) {
        Ok(name) => Some(Change::Name(name)),
        Err(problem) => {
            let key = match (problem, &app.provider.facts.telephone) {
                (NameProblem::Another, Some(_)) => "profile-name-another-call".to_owned(),
                (problem, _) => format!("profile-{}", problem.id()),
            };
            let telephone = app.provider.facts.telephone.as_deref().unwrap_or_default();
            shown.refuse("name", app.site.texts().say_with(locale.language, &key, &[("telephone", telephone)]));
            None
        }
    }
}

/// The text that says why something is no telephone number.
pub(crate) const fn telephone_problem(error: TelephoneError) -> &'static str {
    match error {
        TelephoneError::Foreign => "profile-telephone-foreign",
        TelephoneError::Length => "profile-telephone-length",
        TelephoneError::Unassignable => "profile-telephone-unassignable",
        TelephoneError::Extension => "profile-telephone-extension",
    }
}

fn telephones(app: &App, locale: &Locale, (form, shown): (&Form, &mut FormState)) -> Option<Change> {
    let mut read = |field: &'static str| {
        let typed = form.trimmed(field);
        if typed.is_empty() {
            return None;
        }
        let number = Telephone::parse(typed);
        if let Err(error) = number {
            shown.refuse(field, app.site.texts().say(locale.language, telephone_problem(error)));
        }
        number.ok()
    };
    let (first, other) = (read("telephone"), read("other_telephone"));
    if shown.is_refused() {
        return None;
    }
    // One number twice is one number; the only one stands first.
    let other = other.filter(|other| first.as_ref() != Some(other));
    Some(if first.is_none() { Change::Telephones(other, None) } else { Change::Telephones(first, other) })
}

/// Writes a change with its letters, and says what became of it.
pub(super) async fn save(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (grant, seen, change): (&Grant, &str, &Change),
    form: FormState,
) -> Result<Response, Refusal> {
    let desk = Desk::of(app);
    let section = change.section();
    let saved = app.db.write_with(Isolation::Locked, async |tx| {
        let with = (&app.db, app.vault.as_ref());
        let changed = accounts::change_profile(with, tx, (grant, signed.login.id), seen, change).await;
        let changed = changed?;
        if let Some(Changed::Done(profile, fields)) = &changed {
            if fields.contains(&"language") {
                identity::set_language(tx, signed.login.id, profile.view.language).await?;
            }
            identity::forget_typed(tx, signed.session).await?;
            letters::changed(&desk, tx, (signed, profile), (section, fields)).await?;
        }
        Ok::<_, LetterError>(changed)
    });
    let saved = saved.await.map_err(|error| {
        tracing::error!(%error, "what is on file of a customer could not be changed");
        Refusal::Broken
    })?;
    let (back, _) = hrefs(section, grant.number());
    match saved.ok_or(Refusal::NotFound)? {
        Changed::Done(..) => {
            app.nudge.notify_one();
            Ok(see_other(&format!("{back}&done={}", section.id())))
        }
        Changed::Same => Ok(see_other(&format!("{back}&done=same"))),
        Changed::Stale(profile, fields) => {
            let notice = Some(stale_notice(app, locale, (&profile, section), &fields));
            let shown = Shown { status: StatusCode::CONFLICT, form, notice, seen: None };
            show(app, locale, signed, (&profile, section), shown)
        }
    }
}

/// What changed while the form was open, and how it is now.
fn stale_notice(app: &App, locale: &Locale, (profile, section): (&Profile, Section), fields: &[&str]) -> Notice {
    let texts = app.site.texts();
    let now = section.fields().iter().zip(profile.values(section)).filter(|(field, _)| fields.contains(field));
    let now = now.map(|(field, value)| {
        let label = texts.say(locale.language, &format!("profile-field-{}", field.replace('_', "-")));
        let value = value_text(app, locale.language, field, &value);
        texts.say_with(locale.language, "profile-stale-field", &[("field", &label), ("value", &value)])
    });
    let changed = now.collect::<Vec<_>>().join(", ");
    Notice { kind: "warning", text: texts.say_with(locale.language, "profile-stale", &[("changed", &changed)]) }
}
