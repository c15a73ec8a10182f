//! Preferences: language, paper or electronic bill, alerts, consent to offers (PRO-1).

use accounts::{Change, Preferences, Profile, Right, Section};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Language;
use serde::Serialize;
use web::Labelled;
use web::{Form, FormState, Link, Locale, Page, Refusal};

use super::edit::{Shown, filled, profile_of, save, show, value_text};
use super::{AskedQuery, Part, chosen, done_notice, frame_of, may_change};
use crate::App;
use crate::frame::label;
use crate::signed::{Refused, Signed, see_other};

#[derive(Serialize)]
struct PreferencesPage {
    tabs: Vec<Link>,
    account_label: String,
    account_number: String,
    facts: Vec<Labelled>,
    /// Since when the customer agrees to offers, or no more.
    offers_since: Option<String>,
    edit_href: String,
    /// Where letters about the login go.
    contact_email: String,
}

/// `GET /profile/preferences`. While there is no account whose preferences could be seen, to the details, which say why.
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let number = chosen(&signed, &asked.account)?;
    let grant = number.and_then(|number| signed.actor.require(Right::ChangeContactData, &number));
    let Some(grant) = grant else { return Ok(see_other("/profile/details")) };
    let profile = profile_of(&app, &grant).await?;
    let (mut frame, tabs) = frame_of(&app, &locale, &signed, Some(grant.number()), Part::Preferences)?;
    frame.notice = done_notice(&app, &locale, &asked.done, &["preferences", "same"]);
    let fields = Section::Preferences.fields().iter().zip(profile.values(Section::Preferences));
    let facts = fields.map(|(field, value)| Labelled {
        label: app.site.texts().say(locale.language, &format!("profile-field-{}", field.replace('_', "-"))),
        value: value_text(&app, locale.language, field, &value),
    });
    let content = PreferencesPage {
        tabs,
        account_label: label(&app, &locale, &profile.view.segment),
        account_number: profile.view.number.clone(),
        facts: facts.collect(),
        offers_since: offers_since(&app, &locale, &profile),
        edit_href: format!("/profile/preferences/{}", profile.view.number),
        contact_email: signed.login.email.clone(),
    };
    Page { frame, content }.show(&app.site, &locale, "profile-preferences.html")
}

fn offers_since(app: &App, locale: &Locale, profile: &Profile) -> Option<String> {
    let (key, at) = if profile.offers.is_given() {
        ("profile-offers-agreed", profile.offers.agreed_at?)
    } else {
        ("profile-offers-withdrawn", profile.offers.withdrawn_at?)
    };
    let at = web::moment(app.site.texts(), locale.language, at, &app.zone);
    Some(app.site.texts().say_with(locale.language, key, &[("at", &at)]))
}

/// `GET /profile/preferences/{number}`
pub(crate) async fn edit_page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
) -> Result<Response, Refused> {
    let grant = may_change(&signed, &number)?;
    let profile = profile_of(&app, &grant).await?;
    let form = filled(&app, locale.language, &profile, Section::Preferences);
    let shown = Shown { status: StatusCode::OK, form, notice: None, seen: None };
    Ok(show(&app, &locale, &signed, (&profile, Section::Preferences), shown)?)
}

/// `POST /profile/preferences/{number}`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refused> {
    let grant = may_change(&signed, &number)?;
    let profile = profile_of(&app, &grant).await?;
    let mut shown = FormState::keeping(&form, Section::Preferences.fields());
    let Some(wished) = wished(&app, &locale, &profile, (&form, &mut shown)) else {
        let refused = Shown { status: StatusCode::UNPROCESSABLE_ENTITY, form: shown, notice: None, seen: None };
        return Ok(show(&app, &locale, &signed, (&profile, Section::Preferences), refused)?);
    };
    Ok(save(&app, &locale, &signed, (&grant, form.get("seen"), &Change::Preferences(wished)), shown).await?)
}

fn wished(
    app: &App,
    locale: &Locale,
    profile: &Profile,
    (form, shown): (&Form, &mut FormState),
) -> Option<Preferences> {
    let mut refuse = |field, key: &str| shown.refuse(field, app.site.texts().say(locale.language, key));
    let language = Language::from_code(form.get("language"));
    if language.is_none() {
        refuse("language", "profile-language-none");
    }
    let on_paper = match form.get("bills") {
        "paper" => Some(true),
        "electronic" => Some(false),
        _ => None,
    };
    if on_paper.is_none() {
        refuse("bills", "profile-bills-none");
    }
    let is_ticked = |field| form.get(field) == "yes";
    let has_telephone = profile.telephone.is_some() || profile.other_telephone.is_some();
    if is_ticked("alerts_sms") && !has_telephone {
        refuse("alerts_sms", "profile-sms-no-telephone");
        return None;
    }
    Some(Preferences {
        language: language?,
        on_paper: on_paper?,
        alerts_by_email: is_ticked("alerts_email"),
        alerts_by_sms: is_ticked("alerts_sms"),
        offers: is_ticked("offers"),
    })
}
