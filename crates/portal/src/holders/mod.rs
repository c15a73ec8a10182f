//! The change of holder (PRO-1): one of the staff asks for it with the proof that they saw, the holder answers by a link, and
//! another of the staff decides.

mod answer;
mod ask;
mod decide;
mod letters;

pub(crate) use letters::Former;

use accounts::{AccountView, Grant, HolderChange, HolderChangeOutcome, Right, account_view_when};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use identity::StaffRight;
use kernel::{Amount, Currency, Language};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use web::{Locale, Page, Refusal};

use crate::App;
use crate::letters::{Desk, LetterError};
use crate::rows::Status;
use crate::staff::decisions::Asked;
use crate::staff::{StaffSigned, staff_frame};

/// The addresses of changes of holder.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/holders", get(list))
        .route("/staff/holders/new", get(ask::page).post(ask::submit))
        .route("/staff/holders/{id}", get(decide::page).post(decide::decide))
        .route("/holder-change/{secret}", get(answer::page).post(answer::submit))
}

/// The account of a change as it was when somebody asked for it.
async fn former_view(
    desk: &Desk<'_>,
    on: &impl ConnectionTrait,
    change: &HolderChange,
) -> Result<Option<AccountView>, LetterError> {
    let grant = Grant::of_the_provider(change.account, &change.number, Right::SeeBills);
    Ok(account_view_when(on, desk.vault, (&grant, change.asked_at)).await?)
}

/// What the account owes, or is owed, and what becomes of it with the change.
async fn balance_words(app: &App, language: Language, change: &HolderChange) -> Result<String, Refusal> {
    let grant = Grant::of_the_provider(change.account, &change.number, Right::SeeBills);
    let currency = accounts::currency_of(app.db.reader(), &grant).await?.ok_or(Refusal::NotFound)?;
    let balance = billing::balance(app.db.reader(), change.account).await?;
    Ok(balance_text(app.site.texts(), language, (balance, currency), change.takes_over))
}

fn balance_text(
    texts: &web::Texts,
    language: Language,
    (balance, currency): (Amount, Currency),
    takes_over: bool,
) -> String {
    let key = match balance {
        balance if balance.is_zero() => "none",
        balance if balance.is_negative() => "credit",
        _ if takes_over => "taken-over",
        _ => "owed",
    };
    let amount = web::amount(language, balance.abs(), currency);
    texts.say_with(language, &format!("holder-change-balance-{key}"), &[("amount", &amount)])
}

fn standing(app: &App, language: Language, change: &HolderChange) -> Status {
    let (kind, key) = match change {
        HolderChange { outcome: Some(HolderChangeOutcome::Done), .. } => ("success", "done"),
        HolderChange { outcome: Some(HolderChangeOutcome::Refused), .. } => ("neutral", "refused"),
        HolderChange { objected_at: Some(_), .. } => ("warning", "objected"),
        HolderChange { agreed_at: Some(_), .. } => ("info", "agreed"),
        change if change.may_be_decided(app.db.world().now()) => ("info", "ready"),
        _ => ("info", "waits"),
    };
    Status { kind, text: app.site.texts().say(language, &format!("staff-holder-state-{key}")) }
}

#[derive(Serialize)]
struct Entry {
    reference: String,
    href: String,
    account: String,
    asked: String,
    status: Status,
}

#[derive(Serialize)]
struct ListPage {
    entries: Vec<Entry>,
    /// How many there are, in words.
    count: String,
}

/// `GET /staff/holders`: what is to be decided on.
async fn list(
    State(app): State<App>,
    locale: Locale,
    signed: StaffSigned,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(StaffRight::ChangeHolders)?;
    let texts = app.site.texts();
    let (open, count) = accounts::open_holder_changes(app.db.reader()).await?;
    let entries = open.iter().map(|change| Entry {
        reference: change.reference.clone(),
        href: format!("/staff/holders/{}", change.id),
        account: change.number.clone(),
        asked: web::moment(texts, locale.language, change.asked_at, &app.zone),
        status: standing(&app, locale.language, change),
    });
    let notice = asked.notice(&app, &locale, ("staff-holders-said", &["asked", "done", "refused"]));
    let count = texts.say_count(locale.language, "staff-holders-count", count, &[]);
    let content = ListPage { entries: entries.collect(), count };
    let mut frame = staff_frame(&app, &locale, "staff-holders-title", notice);
    "/staff/holders".clone_into(&mut frame.path);
    Page { frame, content }.show(&app.site, &locale, "staff-holders.html")
}
