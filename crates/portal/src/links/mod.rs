//! Linked accounts (ONE-1): which accounts a login holds and how they came to it, and the ways to link more and to undo a link.

mod activated;
mod ask;
mod join;
mod letters;
mod undo;

pub(crate) use join::{end_waiting, waiting_username};

use accounts::{AccountLink, RightsError, SignUpError};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use db::{DbErr, DbFault};
use serde::Serialize;
use web::{FormState, Link, Locale, Notice, Page, Refusal};

use crate::App;
use crate::frame::label;
use crate::letters::LetterError;
use crate::profile::{AskedQuery, Part, chosen, frame_of};
use crate::signed::Signed;
use crate::users::{WaitingPlace, closed_places, waiting_places};

const FIELDS: [&str; 2] = ["account_number", "postal_code"];
const HOME: &str = "/profile/linked-accounts";
const JOIN: &str = "/profile/linked-accounts/join";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/profile/linked-accounts", get(page))
        .route("/profile/linked-accounts/ask", post(ask::submit))
        .route("/profile/linked-accounts/code", get(ask::code_page).post(ask::code))
        .route("/profile/linked-accounts/login", post(join::begin))
        .route("/profile/linked-accounts/join", get(join::page).post(join::submit))
        .route("/profile/linked-accounts/back", post(join::back))
        .route("/profile/linked-accounts/undo/{link}", get(undo::page).post(undo::submit))
        .route("/links/undo/{secret}", get(undo::letter_page).post(undo::letter_submit))
        .route("/activate/{secret}/add", post(activated::add))
}

/// Why a link was not made.
#[derive(Debug)]
enum LinkFault {
    /// The account went elsewhere meanwhile, or somebody signed out.
    Gone,
    Letter(LetterError),
}

impl From<DbErr> for LinkFault {
    fn from(error: DbErr) -> Self {
        Self::Letter(error.into())
    }
}

impl From<LetterError> for LinkFault {
    fn from(error: LetterError) -> Self {
        Self::Letter(error)
    }
}

impl From<SignUpError> for LinkFault {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::Db(error) => error.into(),
            SignUpError::Ended | SignUpError::Login(_) => Self::Gone,
        }
    }
}

impl From<RightsError> for LinkFault {
    fn from(error: RightsError) -> Self {
        match error {
            RightsError::Db(error) => error.into(),
            RightsError::Vault(error) => Self::Letter(error.into()),
            _ => Self::Gone,
        }
    }
}

impl DbFault for LinkFault {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Gone => None,
            Self::Letter(error) => error.db_err(),
        }
    }
}

/// An account of the login.
#[derive(Serialize)]
struct Reached {
    label: String,
    number: String,
    /// Of the customer, where the login holds it.
    customer: String,
    how: String,
    href: String,
    undo_href: Option<String>,
}

#[derive(Serialize)]
struct LinksPage {
    tabs: Vec<Link>,
    accounts: Vec<Reached>,
    /// Those that are closed to it, or of which it knows nothing yet.
    waiting: Vec<WaitingPlace>,
    form: FormState,
    /// A code was asked for and is good.
    code_href: Option<&'static str>,
    telephone: Option<String>,
}

fn reached(app: &App, locale: &Locale, signed: &Signed, links: &[AccountLink]) -> Result<Vec<Reached>, Refusal> {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let mut found = Vec::new();
    for reach in &signed.actor.reaches {
        let link = links.iter().find(|link| link.number == reach.number);
        let how = match link {
            Some(link) => {
                let at = web::moment(texts, locale.language, link.linked_at, &app.zone);
                texts.say_with(locale.language, &format!("links-how-{}", link.way.code()), &[("at", &at)])
            }
            None => say(if reach.is_holder() { "links-how-first" } else { "rights-role-secondary" }),
        };
        found.push(Reached {
            label: label(app, locale, &reach.segment),
            number: reach.number.clone(),
            customer: crate::frame::customer_words(app, signed, reach)?,
            how,
            href: format!("/accounts/{}/overview", reach.number),
            undo_href: link.map(|link| format!("{HOME}/undo/{}", link.id)),
        });
    }
    Ok(found)
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    number: Option<&str>,
    (status, form, notice): (StatusCode, FormState, Option<Notice>),
) -> Result<Response, Refusal> {
    let links = accounts::links_of(app.db.reader(), signed.login.id).await?;
    let asked = accounts::find_link_ask(app.db.reader(), signed.login.id).await?;
    let is_good = asked.is_some_and(|asked| matches!(asked.state(app.db.world().now()), accounts::CodeState::Sent(_)));
    let (mut frame, tabs) = frame_of(app, locale, signed, number, Part::Links)?;
    frame.path = HOME.to_owned();
    frame.notice = notice;
    let mut waiting = closed_places(app, locale, signed);
    waiting.extend(waiting_places(app, locale, signed).await?);
    let content = LinksPage {
        tabs,
        accounts: reached(app, locale, signed, &links)?,
        waiting,
        form,
        code_href: is_good.then_some("/profile/linked-accounts/code"),
        telephone: app.provider.facts.telephone.clone(),
    };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-links.html")
}

/// `GET /profile/linked-accounts`
async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let number = chosen(&signed, asked.account())?;
    let known = [
        ("linked", "success"),
        ("back", "success"),
        ("free", "success"),
        ("same-login", "info"),
        ("waited", "warning"),
        ("gone", "warning"),
    ];
    let notice = known.into_iter().find(|(word, _)| *word == asked.done).map(|(word, kind)| Notice {
        kind,
        text: app.site.texts().say(locale.language, &format!("links-done-{word}")),
    });
    show(&app, &locale, &signed, number.as_deref(), (StatusCode::OK, FormState::empty(&FIELDS), notice)).await
}
