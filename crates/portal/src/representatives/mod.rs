//! Representatives (PRO-2): one of the staff records who may speak for an account's holder at the telephone, with documents; the
//! holder is told and may object by a link, another of the staff decides. Nobody gets a login by it.

mod decide;
mod letters;
mod link;
mod record;

pub(crate) use letters::gone;

use accounts::{Grant, Representative, RepresentativeState, Right};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::Response;
use axum::routing::get;
use identity::StaffRight;
use kernel::Language;
use serde::{Deserialize, Serialize};
use tower_http::limit::RequestBodyLimitLayer;
use web::{Locale, Page, Refusal};

use crate::App;
use crate::app::LARGEST_FORM;
use crate::documents::LARGEST_UPLOAD;
use crate::letters::{Desk, LetterError};
use crate::rows::Status;
use crate::staff::decisions::notice;
use crate::staff::{StaffSigned, staff_frame};

/// The addresses of representatives. One alone takes files.
pub(crate) fn routes() -> Router<App> {
    let upload = Router::new()
        .route("/staff/representatives/new", get(record::page).post(record::submit))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(LARGEST_UPLOAD));
    let others = Router::new()
        .route("/staff/representatives", get(list))
        .route("/staff/representatives/{id}", get(decide::page).post(decide::submit))
        .route("/staff/representatives/{id}/documents/{file}", get(decide::document))
        .route("/representative/{secret}", get(link::page).post(link::submit))
        .layer(RequestBodyLimitLayer::new(LARGEST_FORM));
    upload.merge(others)
}

/// By what somebody represents, in words.
pub(crate) fn kind_words(texts: &web::Texts, language: Language, kind: &str) -> String {
    texts.say(language, &format!("representative-{kind}"))
}

/// From when to when, in words.
pub(crate) fn valid_words(texts: &web::Texts, language: Language, one: &Representative) -> String {
    let from = web::day(texts, language, one.valid_from);
    match one.valid_until {
        Some(last) => {
            let until = web::day(texts, language, last);
            texts.say_with(language, "representative-from-until", &[("from", &from), ("until", &until)])
        }
        None => texts.say_with(language, "representative-from", &[("from", &from)]),
    }
}

/// How one stands, in a word.
pub(crate) fn status(app: &App, language: Language, one: &Representative) -> Status {
    let (kind, key) = match one.state {
        RepresentativeState::Open if one.objected_at.is_some() => ("warning", "objected"),
        RepresentativeState::Open if one.may_be_confirmed(app.db.world().now()) => ("info", "ready"),
        RepresentativeState::Open => ("info", "waits"),
        RepresentativeState::Confirmed if one.is_in_force(app.today()) => ("success", "confirmed"),
        RepresentativeState::Confirmed if one.valid_from > app.today() => ("info", "later"),
        RepresentativeState::Confirmed | RepresentativeState::Expired => ("neutral", "expired"),
        RepresentativeState::Refused => ("neutral", "refused"),
        RepresentativeState::Ended => ("neutral", "ended"),
    };
    Status { kind, text: app.site.texts().say(language, &format!("representative-state-{key}")) }
}

#[derive(Serialize)]
struct Entry {
    reference: String,
    href: String,
    account: String,
    kind: String,
    asked: String,
    status: Status,
}

#[derive(Serialize)]
struct ListPage {
    entries: Vec<Entry>,
    /// How many there are, in words.
    count: String,
    /// The number of the account whose representatives are shown; empty for all that wait.
    account: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    done: String,
    account: String,
}

/// All of an account, whoever decided what; none where there is no such account.
async fn of_account(app: &App, number: &str) -> Result<Vec<Representative>, Refusal> {
    let found = accounts::account_to_represent(app.db.reader(), &app.vault, number).await?;
    let Some((account, ..)) = found else { return Ok(Vec::new()) };
    let grant = Grant::of_the_provider(account, number, Right::ChangeContactData);
    Ok(accounts::representatives_of(app.db.reader(), &grant).await?)
}

/// `GET /staff/representatives`: what is to be decided on; or all of the account that is asked for.
async fn list(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::KeepRepresentatives)?;
    let (texts, language) = (app.site.texts(), locale.language);
    let account = asked.account.trim().to_owned();
    let (shown, key, count) = match account.as_str() {
        "" => {
            let (open, count) = accounts::open_representatives(app.db.reader()).await?;
            (open, "staff-representatives-count", count)
        }
        number => {
            let all = of_account(&app, number).await?;
            let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
            (all, "staff-representatives-of-account", count)
        }
    };
    let entries = shown.iter().map(|one| Entry {
        reference: one.reference.clone(),
        href: format!("/staff/representatives/{}", one.id),
        account: one.number.clone(),
        kind: kind_words(texts, language, &one.kind),
        asked: web::moment(texts, language, one.asked_at, &app.zone),
        status: status(&app, language, one),
    });
    let words = ["recorded", "confirmed", "refused", "ended"];
    let notice = notice(&app, &locale, ("staff-representatives-said", &words), &asked.done);
    let content = ListPage { entries: entries.collect(), count: texts.say_count(language, key, count, &[]), account };
    let mut frame = staff_frame(&app, &locale, "staff-representatives-title", notice);
    "/staff/representatives".clone_into(&mut frame.path);
    Page { frame, content }.show(&app.site, &locale, "staff-representatives.html")
}

/// Ends those whose last day is over, once; says how many there were. Of several nodes that look, one does it.
///
/// # Errors
/// When the database fails, in words.
pub async fn settle_representatives(app: &App) -> Result<u32, String> {
    let today = app.today();
    let found = accounts::representatives_to_expire(app.db.reader(), today).await.map_err(|error| error.to_string())?;
    let desk = Desk::of(app);
    let mut ended = 0;
    for id in found {
        let settled = app.db.write(async |tx| {
            let expired = accounts::expire_representative((desk.db, desk.vault), tx, (id, today)).await?;
            if let Some((one, facts)) = &expired {
                letters::told(&desk, tx, (one, facts.as_ref()), "representative-expired").await?;
                letters::to_them(&desk, tx, (one, facts.as_ref()), "representative-over").await?;
            }
            Ok::<_, LetterError>(expired.is_some())
        });
        ended += u32::from(settled.await.map_err(|error| error.to_string())?);
    }
    if ended > 0 {
        app.nudge.notify_one();
    }
    Ok(ended)
}
