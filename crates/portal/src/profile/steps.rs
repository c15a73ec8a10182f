//! The owner's second steps (SEC-3): what is on and how safe that is, an authenticator app set up and turned off, recovery codes.
//! Whatever changes something, or shows a secret, asks for a fresh proof first.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use identity::{QrPath, RECOVERY_CODES, StepOwner, StepWay, Steps, TotpConfirmed};
use kernel::Moment;
use serde::Serialize;
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::prove::{Need, is_proven};
use super::security::Check;
use super::{AskedQuery, Part, chosen, done_notice, frame_of};
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::rows::Status;
use crate::signed::{Signed, see_other};
use crate::step::{self, told_changed};

/// What the page may be told that was done.
const DONE: [&str; 5] = ["step-on", "step-off", "step-codes-made", "step-sms-on", "step-sms-off"];
/// With fewer codes left, new ones are better made now than when they are needed.
const FEW: i64 = 4;

pub(crate) async fn steps_of(app: &App, signed: &Signed) -> Result<Steps, Refusal> {
    Ok(identity::steps_of(app.db.reader(), owner(signed)).await?)
}

const fn owner(signed: &Signed) -> StepOwner {
    StepOwner::Login(signed.login.id)
}

pub(crate) fn frame(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (title, path): (&str, &str),
    notice: Option<Notice>,
) -> Result<web::Frame, Refusal> {
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Security)?;
    frame.title = app.site.texts().say(locale.language, title);
    path.clone_into(&mut frame.path);
    frame.notice = notice;
    Ok(frame)
}

/// How safe the login is, as the texts' keys name it: `off`, `few` where codes run out, or `on`.
const fn safety(steps: &Steps) -> &'static str {
    match (steps.is_on(), steps.recovery_left < FEW) {
        (false, _) => "off",
        (true, true) => "few",
        (true, false) => "on",
    }
}

fn status(app: &App, locale: &Locale, steps: &Steps) -> Status {
    let (kind, key) = match safety(steps) {
        "on" => ("success", "security-good"),
        _ => ("warning", "security-better"),
    };
    Status { kind, text: app.site.texts().say(locale.language, key) }
}

/// The line of the check-up about the second step (SEC-9).
pub(super) fn check(app: &App, locale: &Locale, steps: &Steps) -> Check {
    let texts = app.site.texts();
    let safety = safety(steps);
    let text = match safety {
        "few" => texts.say_count(locale.language, "steps-check-few", steps.recovery_left, &[]),
        _ => texts.say(locale.language, &format!("steps-check-{safety}")),
    };
    let label = || texts.say(locale.language, &format!("steps-check-{safety}-action"));
    let href = if safety == "few" { "/profile/steps/codes" } else { "/profile/steps" };
    Check {
        title: texts.say(locale.language, "steps-title"),
        text,
        status: status(app, locale, steps),
        action: (safety != "on").then(|| web::Link { label: label(), href: href.to_owned(), current: false }),
    }
}

/// Whether the steps that would be left are too few for the password, which is short because there is one (SGN-5).
pub(crate) async fn needs_longer_password(app: &App, signed: &Signed, left: Steps) -> Result<bool, Refusal> {
    Ok(!left.is_on() && identity::password_needs_step(app.db.reader(), signed.login.id).await?)
}

#[derive(Serialize)]
struct StepsPage {
    status: Status,
    /// How safe the login is, and what to do next.
    safety: &'static str,
    /// Since when an authenticator app is on.
    totp_since: Option<String>,
    /// How many recovery codes are left, in words; none where there is nothing to recover.
    codes: Option<String>,
    remember_days: String,
    /// How many passkeys open the login, in words.
    passkeys: String,
    /// The telephone that gets codes by SMS: its last digits.
    sms: Option<String>,
    /// Whether text messages are sent at all.
    sms_offered: bool,
}

/// `GET /profile/steps`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let steps = steps_of(&app, &signed).await?;
    let notice = done_notice(&app, &locale, &asked.done, &DONE);
    let frame = frame(&app, &locale, &signed, ("steps-title", "/profile/steps"), notice)?;
    let texts = app.site.texts();
    let days = app.remember_step.as_hours() / 24;
    let sms = match steps.sms {
        Some(_) => Some(step::sent_to(&app, &locale, signed.login.id).await?.0),
        None => None,
    };
    let content = StepsPage {
        sms,
        passkeys: texts.say_count(locale.language, "security-passkeys-count", steps.passkeys, &[]),
        sms_offered: app.texts.is_some(),
        status: status(&app, &locale, &steps),
        safety: safety(&steps),
        totp_since: steps.totp.map(|at| web::moment(texts, locale.language, at, &app.zone)),
        codes: steps.is_on().then(|| texts.say_count(locale.language, "steps-codes-left", steps.recovery_left, &[])),
        remember_days: if days > 0 { days.to_string() } else { String::new() },
    };
    Page { frame, content }.show(&app.site, &locale, "profile-steps.html")
}

/// `POST /profile/steps/totp/begin`: draws a secret, which does nothing before its first code, and is shown to who has proven
/// who they are.
pub(crate) async fn begin(State(app): State<App>, signed: Signed) -> Result<Response, Refusal> {
    let desk = Desk::of(&app);
    let begun = app.db.write(async |tx| {
        let begun =
            identity::begin_totp((desk.db, desk.vault), tx, (owner(&signed), &signed.session.to_string())).await;
        begun.map_err(LetterError::Vault)
    });
    begun.await?;
    Ok(see_other("/profile/steps/totp"))
}

#[derive(Serialize)]
struct TotpPage {
    /// None where no secret waits: it was confirmed, or waited too long.
    qr: Option<QrPath>,
    /// The secret in groups of four.
    secret: String,
    form: FormState,
    /// Whether it takes the place of an app that is on.
    replaces: bool,
}

async fn show_totp(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (status, form): (StatusCode, FormState),
) -> Result<Response, Refusal> {
    let found =
        identity::find_totp_setup((&app.db, &app.vault), app.db.reader(), (owner(signed), &signed.session.to_string()))
            .await?;
    let uri = found.as_ref().map(|secret| secret.uri(&app.provider.facts.name, &signed.login.username));
    let content = TotpPage {
        qr: uri.and_then(|uri| identity::qr_path(&uri)),
        secret: found.map(|secret| secret.in_groups()).unwrap_or_default(),
        form,
        replaces: steps_of(app, signed).await?.totp.is_some(),
    };
    let frame = frame(app, locale, signed, ("steps-totp-title", "/profile/steps/totp"), None)?;
    Page { frame, content }.show_as(status, &app.site, locale, "profile-steps-totp.html")
}

/// `GET /profile/steps/totp`: the picture for the app, the same as text, and the field for the first code.
pub(crate) async fn totp_page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Totp.ask());
    }
    show_totp(&app, &locale, &signed, (StatusCode::OK, FormState::empty(&["code"]))).await
}

/// `POST /profile/steps/totp`: the first code turns the app on.
pub(crate) async fn confirm(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Totp.ask());
    }
    let typed = form.trimmed("code");
    let (confirmed, codes) = turn_on(&app, &signed, typed).await?;
    match confirmed {
        TotpConfirmed::On(_) => {
            app.nudge.notify_one();
            match codes {
                Some(codes) => show_codes(&app, &locale, &signed, codes),
                None => Ok(see_other("/profile/steps?done=step-on")),
            }
        }
        // Pressed twice, the first one has turned it on.
        TotpConfirmed::NotBegun => Ok(see_other("/profile/steps")),
        TotpConfirmed::Wrong => {
            let mut shown = FormState::empty(&["code"]);
            let key = if typed.is_empty() { "step-empty-totp" } else { "steps-totp-wrong" };
            shown.refuse("code", app.site.texts().say(locale.language, key));
            show_totp(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown)).await
        }
    }
}

/// Turns the app on; recovery codes come with the first step.
async fn turn_on(app: &App, signed: &Signed, typed: &str) -> Result<(TotpConfirmed, Option<Vec<String>>), LetterError> {
    let (desk, session) = (Desk::of(app), signed.session.to_string());
    let whose = (owner(signed), session.as_str(), Some(signed.session));
    app.db
        .write(async |tx| {
            let had_app = identity::steps_of(tx, whose.0).await?.totp.is_some();
            let confirmed = identity::confirm_totp((desk.db, desk.vault), tx, whose, typed).await;
            let confirmed = confirmed?;
            let TotpConfirmed::On(steps) = confirmed else { return Ok((confirmed, None)) };
            told_changed(&desk, tx, signed.login.id, if had_app { "step-app" } else { "step-on" }).await?;
            if steps.recovery_left > 0 {
                return Ok((confirmed, None));
            }
            let codes = identity::make_recovery_codes((desk.db, desk.vault), tx, whose.0).await?;
            Ok((confirmed, Some(codes)))
        })
        .await
}

#[derive(Serialize)]
struct OffPage {
    /// Whether nothing but the password protects the login then.
    is_last: bool,
    /// Whether a longer password has to be chosen before.
    is_short: bool,
}

/// `GET /profile/steps/totp/off`: what turning it off means.
pub(crate) async fn off_page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let steps = steps_of(&app, &signed).await?;
    if steps.totp.is_none() {
        return Ok(see_other("/profile/steps"));
    }
    if !is_proven(&app, &signed).await? {
        return Ok(Need::TotpOff.ask());
    }
    let left = Steps { totp: None, ..steps };
    let content = OffPage { is_last: !left.is_on(), is_short: needs_longer_password(&app, &signed, left).await? };
    let frame = frame(&app, &locale, &signed, ("steps-off-title", "/profile/steps/totp/off"), None)?;
    Page { frame, content }.show(&app.site, &locale, "profile-steps-off.html")
}

/// `POST /profile/steps/totp/off`
pub(crate) async fn off(State(app): State<App>, signed: Signed) -> Result<Response, Refusal> {
    if !is_proven(&app, &signed).await? {
        return Ok(Need::TotpOff.ask());
    }
    let left = Steps { totp: None, ..steps_of(&app, &signed).await? };
    if needs_longer_password(&app, &signed, left).await? {
        return Ok(see_other("/profile/steps/totp/off"));
    }
    let desk = Desk::of(&app);
    let off = app.db.write(async |tx| {
        let what = (StepWay::Totp, Some(signed.session));
        let off = identity::turn_step_off(desk.db, tx, owner(&signed), what).await?;
        if let Some(left) = &off {
            told_changed(&desk, tx, signed.login.id, if left.is_on() { "step-app-off" } else { "step-off" }).await?;
        }
        Ok::<_, LetterError>(off.is_some())
    });
    let off = off.await?;
    app.nudge.notify_one();
    Ok(see_other(if off { "/profile/steps?done=step-off" } else { "/profile/steps" }))
}

#[derive(Serialize)]
struct CodesPage {
    /// Shown once; none before they are made.
    codes: Vec<String>,
    /// The same in one line, for the file.
    in_one: String,
    /// How many of the set are left, in words.
    left: String,
    /// Which set a new one takes the place of.
    before: String,
}

pub(crate) fn show_codes(app: &App, locale: &Locale, signed: &Signed, codes: Vec<String>) -> Result<Response, Refusal> {
    let frame = frame(app, locale, signed, ("steps-codes-title", "/profile/steps"), None)?;
    let content = CodesPage { in_one: codes.join(" "), codes, left: String::new(), before: String::new() };
    Page { frame, content }.show(&app.site, locale, "profile-steps-codes.html")
}

/// What a form says of the set that it was shown with.
fn set_name(made_at: Option<Moment>) -> String {
    made_at.map(|at| at.microseconds().to_string()).unwrap_or_default()
}

/// `GET /profile/steps/codes`: whether new ones are to be made.
pub(crate) async fn codes_page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let steps = steps_of(&app, &signed).await?;
    if !steps.is_on() {
        return Ok(see_other("/profile/steps"));
    }
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Codes.ask());
    }
    let made_at = identity::recovery_set_made_at(app.db.reader(), owner(&signed)).await?;
    let left = app.site.texts().say_count(locale.language, "steps-codes-left", steps.recovery_left, &[]);
    let content = CodesPage { codes: Vec::new(), in_one: String::new(), left, before: set_name(made_at) };
    let frame = frame(&app, &locale, &signed, ("steps-codes-title", "/profile/steps/codes"), None)?;
    Page { frame, content }.show(&app.site, &locale, "profile-steps-codes.html")
}

/// `POST /profile/steps/codes`: a new set; the one before ends.
pub(crate) async fn renew(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    if !steps_of(&app, &signed).await?.is_on() {
        return Ok(see_other("/profile/steps"));
    }
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Codes.ask());
    }
    let before = identity::recovery_set_made_at(app.db.reader(), owner(&signed)).await?;
    if set_name(before) != form.get("before") {
        // Pressed twice: the codes of the first are in another tab, or lost.
        return Ok(see_other("/profile/steps?done=step-codes-made"));
    }
    let desk = Desk::of(&app);
    let made = app.db.write(async |tx| {
        let whose = (owner(&signed), before);
        let made = identity::renew_recovery_codes((desk.db, desk.vault), tx, whose).await?;
        if made.is_some() {
            told_changed(&desk, tx, signed.login.id, "step-codes").await?;
        }
        Ok::<_, LetterError>(made)
    });
    let made = made.await?;
    app.nudge.notify_one();
    match made {
        Some(codes) => show_codes(&app, &locale, &signed, codes),
        None => Ok(see_other("/profile/steps?done=step-codes-made")),
    }
}

/// `POST /profile/steps/codes/file`: the codes that the page shows, as a file. They come from the page: here they are marks alone.
pub(crate) async fn file(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let mut codes: Vec<String> = form.get("codes").split(' ').map(str::to_owned).collect();
    codes.sort_unstable();
    codes.dedup();
    // All of a set or nothing: one by one they could be tried here.
    let is_set = codes.len() == RECOVERY_CODES
        && identity::are_recovery_codes(&app.vault, app.db.reader(), owner(&signed), &codes).await?;
    if !is_set {
        return Err(Refusal::NotFound);
    }
    let texts = app.site.texts();
    let values = [("provider", app.provider.facts.name.as_str()), ("username", signed.login.username.as_str())];
    let lead = texts.say_with(locale.language, "steps-codes-file", &values);
    let lines: Vec<&str> = form.get("codes").split(' ').collect();
    let content = format!("{lead}\r\n{}\r\n\r\n{}\r\n", app.public_url, lines.join("\r\n"));
    let name = texts.say(locale.language, "steps-codes-file-name");
    let named = format!("attachment; filename=\"{name}\"");
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(&named).map_err(|_| Refusal::Broken)?);
    Ok(response)
}
