//! What comes after a right password: the second step where the login has one (SEC-3); else the session on a device that the
//! login knows, and on a new one a code by e-mail first where the configuration wants it (SGN-5), and a letter (SEC-4).

use std::net::IpAddr;

use axum::extract::{Query, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use db::{DbErr, Isolation, Tx};
use identity::{CodeState, CodeTried, Limit, LimitKind, Pending, Right, SignInError, StepOwner, Token, typed_digits};
use kernel::LoginId;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use crate::App;
use crate::claims::hidden;
use crate::device_words::device_code;
use crate::door_letters::{self, Person};
use crate::letters::{Desk, LetterError};
use crate::signed::{Cookie, Signed, cookie_name, encoded, see_other, set_cookie, with_session};
use crate::step::step_path;

const FIELDS: [&str; 1] = ["code"];
/// What is kept of what a browser says of itself.
const LONGEST_AGENT: usize = 400;

/// Where somebody signs in from.
pub(crate) struct Place {
    pub(crate) from: IpAddr,
    pub(crate) agent: String,
    /// The secret of the device's cookie.
    pub(crate) device: Option<String>,
}

impl Place {
    pub(crate) fn of(app: &App, headers: &HeaderMap, from: IpAddr) -> Self {
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Self {
            from,
            agent: agent.chars().take(LONGEST_AGENT).collect(),
            device: web::cookie(headers, cookie_name(app, Cookie::Device)),
        }
    }
}

/// A session that has begun, and the secret for the device's cookie where that is to be sent.
pub(crate) struct Entered {
    token: Token,
    pub(crate) device: Option<String>,
}

/// Begins the session of a login, in the caller's transaction; on a new device with a letter.
pub(crate) async fn enter(
    desk: &Desk<'_>,
    tx: &Tx,
    (login, known): (LoginId, bool),
    place: &Place,
) -> Result<Entered, LetterError> {
    let token = identity::begin_session(desk.db, tx, login, device_code(&place.agent).as_deref()).await?;
    if let Some(secret) = place.device.as_deref().filter(|_| known) {
        let again = identity::use_device(desk.db, tx, login, secret).await?;
        return Ok(Entered { token, device: again.then(|| secret.to_owned()) });
    }
    let device = identity::bind_device(desk.db, tx, login, place.device.as_deref()).await?;
    if let Some(person) = Person::find(desk, tx, login).await? {
        door_letters::new_sign_in(desk, tx, &person, place).await?;
    }
    Ok(Entered { token, device: Some(device.secret().to_owned()) })
}

/// Goes on after a right password. Refused where meanwhile it opens the login no more; [`SignInError::Wait`] where too many
/// codes have been sent.
pub(crate) async fn after_password(
    app: &App,
    (right, typed): (Right, &str),
    (headers, place): (&HeaderMap, &Place),
    return_to: &str,
) -> Result<Result<Response, SignInError>, Refusal> {
    let has_step = has_step(app.db.reader(), right.login).await?;
    if !right.known && app.code_on_new_device && !has_step {
        return ask_for_code(app, &right, place, return_to).await;
    }
    let desk = Desk::of(app);
    let next = app.db.write(async |tx| {
        if !right.still_opens(tx).await? {
            return Ok(Next::Refused);
        }
        if asks_step(&desk, tx, &right, place).await? {
            let owner = StepOwner::Login(right.login);
            let waits = identity::begin_step_sign_in(desk.db, tx, owner, right.known).await?;
            return Ok(waits.map_or(Next::Refused, Next::Step));
        }
        if right.ends_failures() {
            identity::forget_failures(&app.vault, tx, right.login, &[typed]).await?;
        }
        enter(&desk, tx, (right.login, right.known), place).await.map(Next::In)
    });
    Ok(match next.await? {
        Next::In(entered) => Ok(come_in(app, headers, &entered, return_to).await?),
        Next::Step(token) => {
            let mut response = see_other(&step_path(return_to, ""));
            response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Pending, token.secret()));
            Ok(response)
        }
        Next::Refused => Err(SignInError::Refused { lock: None }),
    })
}

/// What a right password leads to.
enum Next {
    In(Entered),
    /// The second step waits under this secret.
    Step(Token),
    /// Meanwhile it opens the login no more.
    Refused,
}

async fn has_step(on: &impl ConnectionTrait, login: LoginId) -> Result<bool, DbErr> {
    Ok(identity::steps_of(on, StepOwner::Login(login)).await?.is_on())
}

/// Whether the second step is asked for: wherever the login has one, but on a device that was excused a while ago.
async fn asks_step(desk: &Desk<'_>, tx: &Tx, right: &Right, place: &Place) -> Result<bool, DbErr> {
    if !has_step(tx, right.login).await? {
        return Ok(false);
    }
    match place.device.as_deref().filter(|_| right.known) {
        Some(device) => Ok(!identity::is_step_remembered(desk.db, tx, right.login, device).await?),
        None => Ok(true),
    }
}

/// Opens the session in the browser, and ends the one that was open there.
pub(crate) async fn come_in(app: &App, headers: &HeaderMap, entered: &Entered, to: &str) -> Result<Response, Refusal> {
    app.nudge.notify_one();
    // Whoever was signed in here before is not any more.
    if let Some(before) = Signed::of(app, headers).await? {
        identity::end_session(&app.db, before.session).await?;
    }
    let mut response = with_session(app, &entered.token, to);
    if let Some(device) = &entered.device {
        response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Device, device));
    }
    Ok(response)
}

async fn ask_for_code(
    app: &App,
    right: &Right,
    place: &Place,
    return_to: &str,
) -> Result<Result<Response, SignInError>, Refusal> {
    let limit = Limit::of(&app.vault, LimitKind::SignInCode, &right.login.to_string());
    if let Some(wait) = limit.take(&app.db).await? {
        return Ok(Err(SignInError::Wait(wait)));
    }
    let desk = Desk::of(app);
    let sent = app.db.write(async |tx| {
        let Some(person) = Person::find(&desk, tx, right.login).await? else { return Ok(None) };
        if !right.still_opens(tx).await? || has_step(tx, right.login).await? {
            return Ok(None);
        }
        let (token, code) = identity::begin_pending(desk.db, desk.vault, tx, right.login).await?;
        door_letters::sign_in_code(&desk, tx, (&person, place), &code).await?;
        Ok::<_, LetterError>(Some(token))
    });
    let Some(token) = sent.await? else { return Ok(Err(SignInError::Refused { lock: None })) };
    app.nudge.notify_one();
    let mut response = see_other(&code_path(return_to, ""));
    response.headers_mut().append("set-cookie", set_cookie(app, Cookie::Pending, token.secret()));
    Ok(Ok(response))
}

fn code_path(return_to: &str, more: &str) -> String {
    format!("/sign-in/code?return_to={}{more}", encoded(web::return_path(return_to)))
}

#[derive(Serialize)]
struct CodePage {
    /// `sent`, `expired` or `tried`.
    state: &'static str,
    form: FormState,
    /// Mostly hidden: whoever knows the password may not be its owner.
    address: String,
    until: Option<String>,
    return_to: String,
    telephone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    return_to: String,
    sent: String,
}

/// The sign-in of the request's cookie.
async fn pending_of(app: &App, headers: &HeaderMap) -> Result<Option<(String, Pending)>, Refusal> {
    let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Pending)) else { return Ok(None) };
    let pending = identity::find_pending(&app.db, app.db.reader(), &secret).await?;
    Ok(pending.map(|pending| (secret, pending)))
}

/// Back to the password, saying why where it waited too long.
pub(crate) fn start_again(return_to: &str, waited: bool) -> Response {
    let late = if waited { "&late=1" } else { "" };
    see_other(&format!("/sign-in?return_to={}{late}", encoded(web::return_path(return_to))))
}

/// What is said beside the form.
#[derive(Default)]
struct Said {
    notice: Option<Notice>,
    wrong: Option<String>,
    typed: String,
}

async fn show(
    app: &App,
    locale: &Locale,
    (pending, return_to): (&Pending, &str),
    (status, said): (StatusCode, Said),
) -> Result<Response, Refusal> {
    let login = identity::find_login(app.db.reader(), &app.vault, pending.login_id).await?;
    let (state, until) = match pending.state(app.db.world().now()) {
        CodeState::Sent(until) => ("sent", Some(until)),
        CodeState::Expired | CodeState::NotSent => ("expired", None),
        CodeState::TriedTooOften => ("tried", None),
    };
    let mut form = FormState::empty(&FIELDS);
    form.values.insert("code", said.typed);
    if let Some(wrong) = said.wrong {
        form.refuse("code", wrong);
    }
    let return_to = web::return_path(return_to).to_owned();
    let mut frame = app.site.frame(locale, "door-code-title");
    frame.notice = said.notice;
    frame.path = code_path(&return_to, "");
    let content = CodePage {
        state,
        form,
        address: login.map(|login| hidden(&login.email)).unwrap_or_default(),
        until: until.map(|until| web::moment(app.site.texts(), locale.language, until, &app.zone)),
        return_to,
        telephone: app.provider.facts.telephone.clone(),
    };
    Page { frame, content }.show_as(status, &app.site, locale, "sign-in-code.html")
}

/// `GET /sign-in/code`
pub(crate) async fn code_page(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let Some((_, pending)) = pending_of(&app, &headers).await? else {
        return Ok(start_again(&asked.return_to, false));
    };
    let notice = match asked.sent.as_str() {
        "1" => Some(("success", "confirm-sent")),
        "just" => Some(("info", "confirm-just-sent")),
        _ => None,
    };
    let notice = notice.map(|(kind, key)| Notice { kind, text: app.site.texts().say(locale.language, key) });
    show(&app, &locale, (&pending, &asked.return_to), (StatusCode::OK, Said { notice, ..Said::default() })).await
}

/// `POST /sign-in/code`: tries a code; the right one opens the session.
pub(crate) async fn code_submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    let return_to = web::return_path(form.get("return_to")).to_owned();
    let Some((secret, pending)) = pending_of(&app, &headers).await? else {
        // Posted twice, the first one may have opened the session.
        let there = Signed::of(&app, &headers).await?.is_some();
        return Ok(if there { see_other(&return_to) } else { start_again(&return_to, true) });
    };
    let texts = app.site.texts();
    let typed = form.trimmed("code").to_owned();
    let refuse =
        |wrong: Option<String>| (StatusCode::UNPROCESSABLE_ENTITY, Said { wrong, typed: typed.clone(), notice: None });
    let Some(code) = typed_digits(&typed) else {
        let wrong = Some(texts.say(locale.language, "confirm-no-code"));
        return show(&app, &locale, (&pending, &return_to), refuse(wrong)).await;
    };
    let place = Place::of(&app, &headers, from);
    let (tried, entered) = try_code(&app, (&secret, &code), &place).await?;
    if let Some(entered) = entered {
        let mut response = come_in(&app, &headers, &entered, &return_to).await?;
        response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Pending, ""));
        return Ok(response);
    }
    let wrong = match tried {
        CodeTried::Wrong(left) => Some(texts.say_count(locale.language, "confirm-wrong", left.into(), &[])),
        // What is the matter, and the button for another code, stand on the page.
        _ => None,
    };
    match pending_of(&app, &headers).await? {
        Some((_, pending)) => show(&app, &locale, (&pending, &return_to), refuse(wrong)).await,
        None => Ok(start_again(&return_to, true)),
    }
}

async fn try_code(
    app: &App,
    (secret, code): (&str, &str),
    place: &Place,
) -> Result<(CodeTried, Option<Entered>), LetterError> {
    let desk = Desk::of(app);
    app.db
        .write_with(Isolation::Locked, async |tx| {
            let tried = identity::try_pending_code(desk.db, desk.vault, tx, secret, code).await?;
            let CodeTried::Right(login) = tried else { return Ok((tried, None)) };
            // A code by e-mail never takes the place of the second step; the password is asked for anew.
            if has_step(tx, login).await? {
                return Ok((CodeTried::Over, None));
            }
            if let Some(person) = Person::find(&desk, tx, login).await? {
                identity::forget_failures(desk.vault, tx, login, &person.names()).await?;
            }
            let entered = enter(&desk, tx, (login, false), place).await?;
            Ok((tried, Some(entered)))
        })
        .await
}

/// `POST /sign-in/code/again`: sends another code.
pub(crate) async fn code_again(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    let return_to = web::return_path(form.get("return_to")).to_owned();
    let Some((secret, pending)) = pending_of(&app, &headers).await? else {
        return Ok(start_again(&return_to, true));
    };
    if pending.was_just_sent(app.db.world().now()) {
        return Ok(see_other(&code_path(&return_to, "&sent=just")));
    }
    let limit = Limit::of(&app.vault, LimitKind::SignInCode, &pending.login_id.to_string());
    if limit.take(&app.db).await?.is_some() {
        let text = app.site.texts().say(locale.language, "door-code-too-many");
        let said = Said { notice: Some(Notice { kind: "warning", text }), ..Said::default() };
        return show(&app, &locale, (&pending, &return_to), (StatusCode::TOO_MANY_REQUESTS, said)).await;
    }
    let (desk, place) = (Desk::of(&app), Place::of(&app, &headers, from));
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let drawn = identity::another_pending_code(desk.db, desk.vault, tx, &secret).await?;
        let Some((login, code)) = drawn else { return Ok(false) };
        let Some(person) = Person::find(&desk, tx, login).await? else { return Ok(false) };
        door_letters::sign_in_code(&desk, tx, (&person, &place), &code).await?;
        Ok::<_, LetterError>(true)
    });
    let sent = sent.await?;
    app.nudge.notify_one();
    Ok(see_other(&code_path(&return_to, if sent { "&sent=1" } else { "&sent=just" })))
}

/// Locks a login beside the answer, which tells nothing of it, and writes to its owner (SEC-2).
pub(crate) fn lock_beside(app: &App, login: LoginId) {
    let app = app.clone();
    tokio::spawn(async move {
        let desk = Desk::of(&app);
        let locked = app.db.write(async |tx| {
            if !identity::lock(desk.db, tx, login).await? {
                return Ok(());
            }
            match Person::find(&desk, tx, login).await? {
                Some(person) => door_letters::locked(&desk, tx, &person).await,
                None => Ok(()),
            }
        });
        match locked.await {
            Ok(()) => app.nudge.notify_one(),
            Err(error) => tracing::error!(%error, "a login could not be locked; the next failure tries again"),
        }
    });
}
