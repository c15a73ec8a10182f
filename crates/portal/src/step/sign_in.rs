//! The second step at the door: after a right password, before any session.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::{StepOwner, StepSignIn, StepTried, StepWay, Steps};
use jiff::SignedDuration;
use kernel::LoginId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use super::{AskedStep, asked_step, not_taken, sms_notice, step_path, take_try, told_used, way_of};
use crate::App;
use crate::door::{Entered, Place, come_in, enter, start_again};
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::signed::{Cookie, Signed, cookie_name, see_other, set_cookie};

const FIELDS: [&str; 2] = ["code", "remember"];

#[derive(Serialize)]
struct StepPage {
    asked: AskedStep,
    form: FormState,
    return_to: String,
    /// For how many days a device may be excused; 0 for never.
    remember_days: String,
    telephone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    return_to: String,
    way: String,
    /// What became of a code by SMS that was asked for.
    sms: String,
}

/// A sign-in that waits, with its cookie's secret.
struct Waiting {
    secret: String,
    login: LoginId,
    sign_in: StepSignIn,
    steps: Steps,
}

async fn waiting_of(app: &App, headers: &HeaderMap) -> Result<Option<Waiting>, Refusal> {
    let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Pending)) else { return Ok(None) };
    let found = identity::find_step_sign_in(&app.db, app.db.reader(), &secret).await?;
    let Some(sign_in) = found else { return Ok(None) };
    let StepOwner::Login(login) = sign_in.owner else { return Ok(None) };
    let steps = identity::steps_of(app.db.reader(), sign_in.owner).await?;
    Ok(Some(Waiting { secret, login, sign_in, steps }))
}

/// The login whose sign-in waits.
pub(super) async fn waiting_login(app: &App, headers: &HeaderMap) -> Result<Option<LoginId>, Refusal> {
    Ok(waiting_of(app, headers).await?.map(|waiting| waiting.login))
}

async fn show(
    app: &App,
    locale: &Locale,
    what: (&Waiting, &str, &str),
    said: (StatusCode, FormState),
) -> Result<Response, Refusal> {
    show_saying(app, locale, what, said, None).await
}

async fn show_saying(
    app: &App,
    locale: &Locale,
    (waiting, way, return_to): (&Waiting, &str, &str),
    (status, form): (StatusCode, FormState),
    notice: Option<Notice>,
) -> Result<Response, Refusal> {
    let path = |way: StepWay| step_path(return_to, &format!("&way={}", way.name()));
    let days = app.remember_step.as_hours() / 24;
    let content = StepPage {
        asked: asked_step(app, locale, (waiting.login, &waiting.steps, way), path).await?,
        form,
        return_to: web::return_path(return_to).to_owned(),
        remember_days: if days > 0 { days.to_string() } else { String::new() },
        telephone: app.provider.facts.telephone.clone(),
    };
    let mut frame = app.site.frame(locale, "step-title");
    frame.path = step_path(return_to, &format!("&way={}", content.asked.way));
    frame.notice = notice;
    Page { frame, content }.show_as(status, &app.site, locale, "sign-in-step.html")
}

/// The page after a passkey that opened nothing, saying why.
pub(crate) async fn show_refused(
    app: &App,
    locale: &Locale,
    (headers, return_to): (&HeaderMap, &str),
    (status, text): (StatusCode, String),
) -> Result<Response, Refusal> {
    let Some(waiting) = waiting_of(app, headers).await? else { return Ok(start_again(return_to, true)) };
    let mut form = FormState::empty(&FIELDS);
    form.refuse("", text);
    show(app, locale, (&waiting, StepWay::Passkey.name(), return_to), (status, form)).await
}

/// `GET /sign-in/step`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let Some(waiting) = waiting_of(&app, &headers).await? else { return Ok(start_again(&asked.return_to, false)) };
    let what = (&waiting, asked.way.as_str(), asked.return_to.as_str());
    let notice = sms_notice(&app, &locale, &asked.sms);
    show_saying(&app, &locale, what, (StatusCode::OK, FormState::empty(&FIELDS)), notice).await
}

/// `POST /sign-in/step`: tries a code; the right one opens the session.
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    let return_to = web::return_path(form.get("return_to")).to_owned();
    let Some(waiting) = waiting_of(&app, &headers).await? else {
        // Posted twice, the first one may have opened the session.
        let there = Signed::of(&app, &headers).await?.is_some();
        return Ok(if there { see_other(&return_to) } else { start_again(&return_to, true) });
    };
    let mut shown = FormState::keeping(&form, &["remember"]);
    shown.values.insert("code", String::new());
    let Some(way) = way_of(&waiting.steps, form.get("way")) else {
        return show(&app, &locale, (&waiting, "", &return_to), (StatusCode::OK, shown)).await;
    };
    let what = (&waiting, way.name(), return_to.as_str());
    if form.trimmed("code").is_empty() {
        shown.refuse("code", app.site.texts().say(locale.language, &format!("step-empty-{}", way.name())));
        return show(&app, &locale, what, (StatusCode::UNPROCESSABLE_ENTITY, shown)).await;
    }
    let left = match take_try(&app, &locale, (waiting.login, way)).await? {
        Ok(left) => left,
        Err((status, text)) => {
            shown.refuse("code", text);
            return show(&app, &locale, what, (status, shown)).await;
        }
    };
    let place = Place::of(&app, &headers, from);
    let typed = (way, form.trimmed("code"), form.get("remember") == "yes");
    match try_to_enter(&app, &waiting, &place, typed).await? {
        Tried::In(entered) => {
            let mut response = come_in(&app, &headers, &entered, &return_to).await?;
            response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Pending, ""));
            Ok(response)
        }
        // In another tab, or with another password meanwhile.
        Tried::Over => Ok(start_again(&return_to, true)),
        Tried::Not(tried) => {
            let (status, text) = not_taken(&app, &locale, (waiting.login, way), (tried, left)).await?;
            shown.refuse("code", text);
            show(&app, &locale, what, (status, shown)).await
        }
    }
}

enum Tried {
    In(Entered),
    Not(StepTried),
    Over,
}

async fn try_to_enter(
    app: &App,
    waiting: &Waiting,
    place: &Place,
    (way, code, remember): (StepWay, &str, bool),
) -> Result<Tried, LetterError> {
    let (desk, login, owner) = (Desk::of(app), waiting.login, waiting.sign_in.owner);
    app.db
        .write(async |tx| {
            if identity::find_step_sign_in(desk.db, tx, &waiting.secret).await?.is_none() {
                return Ok(Tried::Over);
            }
            let tried = identity::try_step((desk.db, desk.vault), tx, owner, (way, code)).await;
            let tried = tried?;
            if tried != StepTried::Right {
                return Ok(Tried::Not(tried));
            }
            let ended = identity::end_step_sign_in(desk.db, tx, &waiting.secret).await?;
            let Some(sign_in) = ended else { return Ok(Tried::Over) };
            owner.note(desk.db, tx, "step.passed", json!({ "step": way.name() })).await?;
            let person = Person::find(&desk, tx, login).await?;
            if let Some(person) = &person {
                identity::forget_failures(desk.vault, tx, login, &person.names()).await?;
                if way == StepWay::Recovery {
                    told_used(&desk, tx, person).await?;
                }
            }
            let entered = enter(&desk, tx, (login, sign_in.is_known), place).await?;
            let device = entered.device.as_deref().or(place.device.as_deref());
            if let Some(device) = device.filter(|_| remember && app.remember_step > SignedDuration::ZERO) {
                let until = desk.db.world().now().plus(app.remember_step);
                identity::remember_step(tx, login, device, until).await?;
            }
            Ok(Tried::In(entered))
        })
        .await
}
