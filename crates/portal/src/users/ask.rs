//! What a user may do on an account, for that user, and how they ask its holder for more (USR-5).

use accounts::{Asker, Right, RightsError, RightsWanted, Services, What};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Link, Locale, Notice, Page, Refusal};

use super::errors::ActError;
use super::letters;
use super::places::{Section, Served, chosen, sections, served, words};
use crate::App;
use crate::letters::Desk;
use crate::profile::{Part, frame_of};
use crate::signed::{Refused, Signed, see_other};

#[derive(Serialize)]
struct AskPage {
    tabs: Vec<Link>,
    number: String,
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

/// The user who asks, and the services that they know of: what others there are is not told (USR-3).
async fn asker(app: &App, locale: &Locale, signed: &Signed, number: &str) -> Result<(Asker, Vec<Served>), Refusal> {
    let asker = signed.actor.asker(number).ok_or(Refusal::NotFound)?;
    let Some(grant) = signed.actor.require(Right::KnowServices, number) else { return Ok((asker, Vec::new())) };
    let view = signed.view(app, &grant)?;
    let mut known = served(app, locale, (&view, &grant)).await?;
    known.retain(|one| one.is_active);
    Ok((asker, known))
}

async fn show(
    app: &App,
    locale: &Locale,
    (signed, number): (&Signed, &str),
    (asker, known): (&Asker, &[Served]),
    (status, form, done): (StatusCode, FormState, &str),
) -> Result<Response, Refused> {
    let (texts, language) = (app.site.texts(), locale.language);
    let open = accounts::open_request(app.db.reader(), asker).await?;
    let nothing = RightsWanted::default().held();
    let content = AskPage {
        tabs: Vec::new(),
        number: number.to_owned(),
        rights: words(texts, language, &asker.held, known),
        sections: match &open {
            Some(_) => Vec::new(),
            None => sections((texts, language), (&nothing, &nothing, Some(&asker.held)), known),
        },
        open: open.map(|open| Open {
            asked_at: web::moment(texts, language, open.asked_at, &app.zone),
            wanted: words(texts, language, &open.wanted.held(), known),
        }),
        form,
        action: format!("/accounts/{number}/rights"),
    };
    let (mut frame, tabs) = frame_of(app, locale, signed, Some(number), Part::Rights)?;
    frame.notice = DONE.into_iter().find(|known| *known == done).map(|done| Notice {
        kind: if done == "open" { "info" } else { "success" },
        text: texts.say(language, &format!("rights-ask-done-{done}")),
    });
    frame.path.clone_from(&content.action);
    let content = AskPage { tabs, ..content };
    Ok(Page { frame, content }.show_as(status, &app.site, locale, "rights-ask.html")?)
}

/// `GET /accounts/{number}/rights`: there for secondary users; the holder has all of them.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let (asker, known) = asker(&app, &locale, &signed, &number).await?;
    let shown = (StatusCode::OK, FormState::empty(&["rights"]), asked.done.as_str());
    show(&app, &locale, (&signed, &number), (&asker, &known), shown).await
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
    let (asker, known) = asker(&app, &locale, &signed, &number).await?;
    let here = format!("/accounts/{number}/rights");
    if form.get("go") == "back" {
        let taken = app.db.write(async |tx| Ok::<_, ActError>(accounts::take_request_back(&app.db, tx, &asker).await?));
        return Ok(see_other(&format!("{here}{}", if taken.await? { "?done=back" } else { "" })));
    }
    let mut shown = FormState::empty(&["rights"]);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let wanted = chosen(&form, &RightsWanted::default().held(), &known).filter(|wanted| is_new(&asker, wanted));
    match wanted {
        None => shown.refuse("rights", app.site.texts().say(locale.language, "rights-ask-empty")),
        Some(wanted) => {
            let limit = Limit::of(&app.vault, LimitKind::UserLetter, &signed.login.id.to_string());
            match limit.take(&app.db).await? {
                None => {
                    let asked = ask(&app, (&signed, &number), (&asker, &wanted)).await?;
                    app.nudge.notify_one();
                    return Ok(see_other(&format!("{here}?done={}", if asked { "asked" } else { "open" })));
                }
                Some(wait) => {
                    status = StatusCode::TOO_MANY_REQUESTS;
                    let text = app.site.texts().say_count(locale.language, "sign-up-wait", wait.as_mins() + 1, &[]);
                    shown.refuse("rights", text);
                }
            }
        }
    }
    show(&app, &locale, (&signed, &number), (&asker, &known), (status, shown, "")).await
}

/// The request and the letter to the holder in one transaction. Says whether one was written: there is one at a time.
async fn ask(
    app: &App,
    (signed, number): (&Signed, &str),
    (asker, wanted): (&Asker, &RightsWanted),
) -> Result<bool, ActError> {
    let desk = Desk::of(app);
    let asked = app
        .db
        .write(async |tx| {
            let Some(id) = accounts::ask_for_rights(desk.db, tx, asker, wanted).await? else { return Ok(false) };
            let name = accounts::user_name(tx, desk.vault, asker).await?;
            let who = name.as_deref().unwrap_or(&signed.login.username);
            letters::asked(&desk, tx, (number, who), (id, wanted)).await?;
            Ok(true)
        })
        .await;
    match asked {
        Err(ActError::Rights(RightsError::IsThere)) => Ok(false),
        asked => asked,
    }
}
