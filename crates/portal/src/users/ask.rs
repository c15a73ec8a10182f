//! What a user may do on an account, for that user, and how they ask its holder for more (USR-5).

use accounts::{Asker, Held, Right, RightsError, RightsWanted, Services, WaitingState, What};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Link, Locale, Notice, Page, Refusal};

use super::errors::ActError;
use super::letters;
use super::places::{Section, Served, chosen, sections, served, words};
use super::waiting;
use crate::App;
use crate::letters::Desk;
use crate::profile::{Part, frame_of};
use crate::signed::{Refused, Signed, id_in, see_other};

#[derive(Serialize)]
struct AskPage {
    tabs: Vec<Link>,
    /// None where they hold nothing; then since when they have that place.
    number: Option<String>,
    since: Option<String>,
    rights: Vec<String>,
    /// What they asked for and have no answer to yet.
    open: Option<Open>,
    sections: Vec<Section>,
    form: FormState,
    action: String,
}

#[derive(Serialize)]
struct Open {
    asked_at: String,
    wanted: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// What our own redirects say was done.
const DONE: [&str; 3] = ["asked", "back", "open"];

/// Where a user asks: on an account, or from a place where they hold nothing, of whose account no page tells them (USR-3).
struct Place {
    asker: Asker,
    /// The services that they know of: what others there are is not told.
    known: Vec<Served>,
    /// None where they hold nothing; then since when they have that place.
    number: Option<String>,
    since: Option<String>,
    href: String,
}

impl Place {
    async fn on_account(app: &App, locale: &Locale, signed: &Signed, number: &str) -> Result<Self, Refusal> {
        let asker = signed.actor.asker(number).ok_or(Refusal::NotFound)?;
        let (href, mut known) = (account_href(number), Vec::new());
        if let Some(grant) = signed.actor.require(Right::KnowServices, number) {
            known = served(app, locale, (&signed.view(app, &grant)?, &grant)).await?;
        }
        Ok(Self { asker, known, number: Some(number.to_owned()), since: None, href })
    }

    /// Leads on where something else comes first, and to the account once they hold something there; `done` says what came of it.
    fn of_waiting(app: &App, locale: &Locale, signed: &Signed, (user, done): (&str, &str)) -> Result<Self, Refused> {
        let (actor, membership) = (&signed.actor, id_in(user)?);
        if let Some(number) = actor.number_of(membership) {
            return Err(Refused::Go(format!("{}{done}", account_href(number))));
        }
        if actor.needs_step.iter().any(|account| account.membership == membership) {
            return Err(Refused::Go("/".to_owned()));
        }
        let place = actor.waiting.iter().find(|place| place.membership == membership).ok_or(Refusal::NotFound)?;
        if actor.waiting_state(place) == WaitingState::NeedsStep {
            return Err(Refused::Go("/profile/steps".to_owned()));
        }
        let asker = actor.waiting_asker(place).ok_or(Refusal::NotFound)?;
        let since = Some(waiting::since(app, locale, place.begun_at));
        Ok(Self { asker, known: Vec::new(), number: None, since, href: waiting::href(membership) })
    }
}

fn account_href(number: &str) -> String {
    format!("/accounts/{number}/rights")
}

async fn show(
    app: &App,
    locale: &Locale,
    (signed, place): (&Signed, &Place),
    (status, form, done): (StatusCode, FormState, &str),
    ticked: &Held,
) -> Result<Response, Refused> {
    let (texts, language) = (app.site.texts(), locale.language);
    let Place { asker, known, number, since, href } = place;
    let open = accounts::open_request(app.db.reader(), asker).await?;
    let nothing = RightsWanted::default().held();
    let part = if number.is_some() { Part::Rights } else { Part::Links };
    let (mut frame, tabs) = frame_of(app, locale, signed, number.as_deref(), part)?;
    if number.is_none() {
        frame.title = texts.say(language, "rights-waiting-ask");
    }
    frame.notice = DONE.into_iter().find(|known| *known == done).map(|done| Notice {
        kind: if done == "open" { "info" } else { "success" },
        text: texts.say(language, &format!("rights-ask-done-{done}")),
    });
    frame.path.clone_from(href);
    let content = AskPage {
        tabs,
        number: number.clone(),
        since: since.clone(),
        rights: words(texts, language, &asker.held, known),
        sections: match &open {
            Some(_) => Vec::new(),
            None => sections((texts, language), (&nothing, ticked, Some(&asker.held)), known),
        },
        open: open.map(|open| Open {
            asked_at: web::moment(texts, language, open.asked_at, &app.zone),
            wanted: words(texts, language, &open.wanted.held(), known),
        }),
        form,
        action: href.clone(),
    };
    Ok(Page { frame, content }.show_as(status, &app.site, locale, "rights-ask.html")?)
}

async fn look(
    app: &App,
    (locale, signed): (&Locale, &Signed),
    place: &Place,
    asked: &Asked,
) -> Result<Response, Refused> {
    let shown = (StatusCode::OK, FormState::empty(&["rights"]), asked.done.as_str());
    show(app, locale, (signed, place), shown, &Held::default()).await
}

/// `GET /accounts/{number}/rights`: there for secondary users; the holder has all of them.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let place = Place::on_account(&app, &locale, &signed, &number).await?;
    look(&app, (&locale, &signed), &place, &asked).await
}

/// `GET /profile/rights/{user}`: the same for a user who holds nothing there; leads to the account as soon as they hold something.
pub(super) async fn waiting_page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(user): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let place = Place::of_waiting(&app, &locale, &signed, (&user, ""))?;
    look(&app, (&locale, &signed), &place, &asked).await
}

/// Whether somebody holds a right everywhere that they ask for.
fn is_new(asker: &Asker, wanted: &RightsWanted) -> bool {
    wanted.held().iter().any(|(what, service): (What, _)| match (asker.held.services(what), service) {
        (Services::All, _) => false,
        (services, Some(service)) => !services.contains(service),
        (_, None) if what.is_of_services() => true,
        (_, None) => !asker.held.has(what),
    })
}

/// `POST /accounts/{number}/rights`: asks, or takes back what was asked for.
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refused> {
    let place = Place::on_account(&app, &locale, &signed, &number).await?;
    take(&app, (&locale, &signed), &place, &form).await
}

/// `POST /profile/rights/{user}`: the same for a user who holds nothing there.
pub(super) async fn waiting_submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(user): Path<String>,
    form: Form,
) -> Result<Response, Refused> {
    let place = Place::of_waiting(&app, &locale, &signed, (&user, "?done=open"))?;
    take(&app, (&locale, &signed), &place, &form).await
}

async fn take(
    app: &App,
    (locale, signed): (&Locale, &Signed),
    place: &Place,
    form: &Form,
) -> Result<Response, Refused> {
    let (asker, here) = (&place.asker, &place.href);
    if form.get("go") == "back" {
        let taken = app.db.write(async |tx| Ok::<_, ActError>(accounts::take_request_back(&app.db, tx, asker).await?));
        return Ok(see_other(&format!("{here}{}", if taken.await? { "?done=back" } else { "" })));
    }
    if accounts::open_request(app.db.reader(), asker).await?.is_some() {
        return Ok(see_other(&format!("{here}?done=open")));
    }
    let mut shown = FormState::empty(&["rights"]);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let active: Vec<Served> = place.known.iter().filter(|one| one.is_active).cloned().collect();
    let ticked = chosen(form, &RightsWanted::default().held(), &active);
    match ticked.clone().filter(|wanted| is_new(asker, wanted)) {
        None => shown.refuse("rights", app.site.texts().say(locale.language, "rights-ask-empty")),
        Some(wanted) => {
            let limit = Limit::of(&app.vault, LimitKind::UserLetter, &signed.login.id.to_string());
            match limit.take(&app.db).await? {
                None => {
                    let asked = ask(app, signed, (asker, &wanted)).await?;
                    app.nudge.notify_one();
                    return Ok(see_other(&format!("{here}?done={}", if asked { "asked" } else { "open" })));
                }
                Some(wait) => {
                    status = StatusCode::TOO_MANY_REQUESTS;
                    let hours = wait.as_hours() + 1;
                    shown.refuse("rights", app.site.texts().say_count(locale.language, "rights-ask-wait", hours, &[]));
                }
            }
        }
    }
    let ticked = ticked.unwrap_or_default().held();
    show(app, locale, (signed, place), (status, shown, ""), &ticked).await
}

/// The request and the letter to the holder in one transaction. Says whether one was written: there is one at a time.
async fn ask(app: &App, signed: &Signed, (asker, wanted): (&Asker, &RightsWanted)) -> Result<bool, ActError> {
    let desk = Desk::of(app);
    let asked = app
        .db
        .write(async |tx| {
            let Some(id) = accounts::ask_for_rights(desk.db, tx, asker, wanted).await? else { return Ok(false) };
            let name = accounts::user_name(tx, desk.vault, asker).await?;
            let who = name.as_deref().unwrap_or(&signed.login.username);
            letters::asked(&desk, tx, (asker.number(), who), (id, wanted)).await?;
            Ok(true)
        })
        .await;
    match asked {
        Err(ActError::Rights(RightsError::IsThere)) => Ok(false),
        asked => asked,
    }
}
