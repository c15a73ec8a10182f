//! Codes by SMS as a second step (SEC-3): sent when they are asked for; and the owner's pages, where the telephone is set up.

use accounts::Telephone;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use db::{Isolation, Tx};
use identity::{CodeState, Judged, NumberConfirmed, SMS_CODE_LASTS, StepOwner, StepWay, Steps, TextRefused, take_text};
use kernel::{Language, LoginId};
use messages::Text;
use serde::Serialize;
use web::{Form, FormState, Locale, Page, Refusal};

use super::sign_in::waiting_login;
use super::{step_path, take_try, told_changed};
use crate::App;
use crate::door::start_again;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::profile::prove::{Need, is_proven};
use crate::profile::steps::{frame, needs_longer_password, show_codes, steps_of};
use crate::signed::{Signed, see_other};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in/step/send", post(send_at_the_door))
        .route("/profile/prove/step/send", post(send_for_a_proof))
        .route("/profile/steps/sms", get(page).post(number))
        .route("/profile/steps/sms/code", post(confirm))
        .route("/profile/steps/sms/off", get(off_page).post(off))
}

/// What of a number is shown: the last two digits, so that its owner knows which it is.
pub(crate) fn masked(number: &str) -> String {
    let last = number.get(number.len().saturating_sub(2)..).unwrap_or_default();
    format!("•••\u{a0}{last}")
}

/// The telephone that is on, masked, and until when its code is good, in words.
pub(crate) async fn sent_to(app: &App, locale: &Locale, login: LoginId) -> Result<(String, Option<String>), Refusal> {
    let owner = StepOwner::Login(login);
    let found = identity::step_number((&app.db, &app.vault), app.db.reader(), owner).await?;
    let Some(found) = found else { return Ok((String::new(), None)) };
    let until = match found.code {
        CodeState::Sent(until) => Some(web::moment(app.site.texts(), locale.language, until, &app.zone)),
        _ => None,
    };
    Ok((masked(&found.number), until))
}

/// Writes a code to a telephone, in the caller's transaction.
pub(crate) async fn write(
    app: &App,
    tx: &Tx,
    language: Language,
    (number, code): (&str, &str),
) -> Result<(), LetterError> {
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    let values = [("provider", app.provider.facts.name.as_str()), ("code", spaced.as_str())];
    let text = Text {
        to: number.to_owned(),
        text: app.site.texts().say_with(language, "sms-code", &values),
        language,
        kind: "step-code",
        account: None,
        useful_until: Some(app.db.world().now().plus(SMS_CODE_LASTS)),
    };
    messages::enqueue_texts(&app.db, &app.vault, tx, &[text]).await.map_err(LetterError::Message)?;
    Ok(())
}

pub(crate) fn nudge(app: &App) {
    app.nudge.notify_one();
    if let Some(texting) = &app.texts {
        texting.nudge.notify_one();
    }
}

/// Takes leave to write to a number; says why there is none, as a text's key with how many minutes to wait.
pub(crate) async fn leave(app: &App, login: LoginId, number: &str) -> Result<Result<(), (&'static str, i64)>, Refusal> {
    let Some(texting) = &app.texts else { return Ok(Err(("sms-none", 0))) };
    let who = (login.to_string(), number);
    match take_text(&app.db, &app.vault, &texting.rules, (&who.0, who.1)).await {
        Ok(()) => Ok(Ok(())),
        Err(TextRefused::Number(messages::NumberRefused::Country)) => Ok(Err(("sms-country", 0))),
        Err(TextRefused::Number(_)) => Ok(Err(("sms-costly", 0))),
        Err(TextRefused::Wait(wait)) => Ok(Err(("sms-wait", wait.as_mins() + 1))),
        Err(TextRefused::Full(wait)) => Ok(Err(("sms-full", wait.as_mins() + 1))),
        Err(TextRefused::Db(error)) => Err(error.into()),
    }
}

/// Sends a code to the telephone that is on; gives what the page is to say.
async fn send(app: &App, login: LoginId) -> Result<&'static str, Refusal> {
    let owner = StepOwner::Login(login);
    let ours = (&app.db, &*app.vault);
    let Some(found) = identity::step_number(ours, app.db.reader(), owner).await? else { return Ok("none") };
    // Pressed twice, it counts once.
    if found.was_just_sent(app.db.world().now()) {
        return Ok("just");
    }
    if let Err((why, _)) = leave(app, login, &found.number).await? {
        return Ok(why.trim_start_matches("sms-"));
    }
    let language = language_of(app, login).await?;
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let drawn = identity::draw_step_code(ours, tx, owner).await?;
        let Some((code, number)) = drawn else { return Ok(false) };
        write(app, tx, language, (&number, &code)).await?;
        Ok::<_, LetterError>(true)
    });
    let sent = sent.await?;
    nudge(app);
    Ok(if sent { "sent" } else { "just" })
}

async fn language_of(app: &App, login: LoginId) -> Result<Language, Refusal> {
    let person = Person::find(&Desk::of(app), app.db.reader(), login).await?;
    Ok(person.map_or(Language::Fr, |person| person.login.language))
}

/// `POST /sign-in/step/send`: a code for the sign-in that waits.
async fn send_at_the_door(State(app): State<App>, headers: HeaderMap, form: Form) -> Result<Response, Refusal> {
    let return_to = form.get("return_to");
    let Some(login) = waiting_login(&app, &headers).await? else { return Ok(start_again(return_to, true)) };
    let said = send(&app, login).await?;
    Ok(see_other(&step_path(return_to, &format!("&way=sms&sms={said}"))))
}

/// `POST /profile/prove/step/send`: a code for a fresh proof.
async fn send_for_a_proof(State(app): State<App>, signed: Signed, form: Form) -> Result<Response, Refusal> {
    let need = Need::of(form.get("need"))?;
    let said = send(&app, signed.login.id).await?;
    Ok(see_other(&need.prove_path(&format!("&way=sms&sms={said}"))))
}

#[derive(Serialize)]
struct SmsPage {
    /// The number that waits for its code, as it is written; none before one is typed.
    waits: Option<String>,
    until: Option<String>,
    /// Whether it takes the place of one that is on, masked.
    on: Option<String>,
    form: FormState,
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (status, form): (StatusCode, FormState),
) -> Result<Response, Refusal> {
    let owner = StepOwner::Login(signed.login.id);
    let ours = (&app.db, &*app.vault);
    let setup = identity::step_number_setup(ours, app.db.reader(), owner).await?;
    let on = identity::step_number(ours, app.db.reader(), owner).await?;
    let written = |number: &str| match Telephone::of_file(number) {
        Some(telephone) => telephone.written(locale.language),
        None => number.to_owned(),
    };
    let until = setup.as_ref().and_then(|setup| match setup.code {
        CodeState::Sent(until) => Some(web::moment(app.site.texts(), locale.language, until, &app.zone)),
        _ => None,
    });
    let content =
        SmsPage { waits: setup.map(|setup| written(&setup.number)), until, on: on.map(|on| masked(&on.number)), form };
    let frame = frame(app, locale, signed, ("sms-title", "/profile/steps/sms"), None)?;
    Page { frame, content }.show_as(status, &app.site, locale, "profile-steps-sms.html")
}

/// `GET /profile/steps/sms`
async fn page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    if app.texts.is_none() {
        return Err(Refusal::NotFound);
    }
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Sms.ask());
    }
    show(&app, &locale, &signed, (StatusCode::OK, FormState::empty(&["number", "code"]))).await
}

/// `POST /profile/steps/sms`: a number, which gets its first code.
async fn number(State(app): State<App>, locale: Locale, signed: Signed, form: Form) -> Result<Response, Refusal> {
    if app.texts.is_none() {
        return Err(Refusal::NotFound);
    }
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Sms.ask());
    }
    let texts = app.site.texts();
    let mut shown = FormState::keeping(&form, &["number"]);
    let login = signed.login.id;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match Telephone::parse(form.get("number")) {
        Err(_) => shown.refuse("number", texts.say(locale.language, "sms-no-number")),
        Ok(telephone) if telephone.extension().is_some() => {
            shown.refuse("number", texts.say(locale.language, "sms-extension"));
        }
        Ok(telephone) => match leave(&app, login, telephone.number()).await? {
            Err((key, minutes)) => {
                if minutes > 0 {
                    status = StatusCode::TOO_MANY_REQUESTS;
                }
                shown.refuse("number", texts.say_count(locale.language, key, minutes, &[]));
            }
            Ok(()) => {
                let ours = (&app.db, &*app.vault);
                let to = (StepOwner::Login(login), telephone.number());
                let begun = app.db.write_with(Isolation::Locked, async |tx| {
                    if let Some(code) = identity::begin_step_number(ours, tx, to).await? {
                        write(&app, tx, signed.login.language, (to.1, &code)).await?;
                    }
                    Ok::<_, LetterError>(())
                });
                begun.await?;
                nudge(&app);
                return Ok(see_other("/profile/steps/sms"));
            }
        },
    }
    show(&app, &locale, &signed, (status, shown)).await
}

/// `POST /profile/steps/sms/code`: the first code turns it on.
async fn confirm(State(app): State<App>, locale: Locale, signed: Signed, form: Form) -> Result<Response, Refusal> {
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Sms.ask());
    }
    let mut shown = FormState::empty(&["number", "code"]);
    let typed = form.trimmed("code");
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if typed.is_empty() {
        shown.refuse("code", app.site.texts().say(locale.language, "step-empty-sms"));
        return show(&app, &locale, &signed, (status, shown)).await;
    }
    if let Err((waits, text)) = take_try(&app, &locale, (signed.login.id, StepWay::Sms)).await? {
        status = waits;
        shown.refuse("code", text);
        return show(&app, &locale, &signed, (status, shown)).await;
    }
    match turn_on(&app, &signed, typed).await? {
        (NumberConfirmed::On(_), Some(codes)) => {
            nudge(&app);
            show_codes(&app, &locale, &signed, codes)
        }
        (NumberConfirmed::On(_), None) => {
            nudge(&app);
            Ok(see_other("/profile/steps?done=step-sms-on"))
        }
        // Pressed twice, the first one has turned it on; else the page has the way on.
        (NumberConfirmed::Not(Judged::NotSent), _) if steps_of(&app, &signed).await?.sms.is_some() => {
            Ok(see_other("/profile/steps"))
        }
        (NumberConfirmed::Not(_), _) => {
            shown.refuse("code", app.site.texts().say(locale.language, "step-wrong-sms"));
            show(&app, &locale, &signed, (status, shown)).await
        }
    }
}

/// Turns it on; recovery codes come with the first step.
async fn turn_on(
    app: &App,
    signed: &Signed,
    typed: &str,
) -> Result<(NumberConfirmed, Option<Vec<String>>), LetterError> {
    let (desk, whose) = (Desk::of(app), (StepOwner::Login(signed.login.id), Some(signed.session)));
    app.db
        .write_with(Isolation::Locked, async |tx| {
            let confirmed = identity::confirm_step_number((desk.db, desk.vault), tx, whose, typed).await;
            let confirmed = confirmed?;
            let NumberConfirmed::On(steps) = confirmed else { return Ok((confirmed, None)) };
            told_changed(&desk, tx, signed.login.id, "step-sms-on").await?;
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
    is_last: bool,
    /// Whether a longer password has to be chosen before.
    is_short: bool,
    number: String,
}

/// `GET /profile/steps/sms/off`: what turning it off means.
async fn off_page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let steps = steps_of(&app, &signed).await?;
    if steps.sms.is_none() {
        return Ok(see_other("/profile/steps"));
    }
    if !is_proven(&app, &signed).await? {
        return Ok(Need::SmsOff.ask());
    }
    let (number, _) = sent_to(&app, &locale, signed.login.id).await?;
    let left = Steps { sms: None, ..steps };
    let is_short = needs_longer_password(&app, &signed, left).await?;
    let content = OffPage { is_last: !left.is_on(), is_short, number };
    let frame = frame(&app, &locale, &signed, ("sms-off-title", "/profile/steps/sms/off"), None)?;
    Page { frame, content }.show(&app.site, &locale, "profile-steps-sms-off.html")
}

/// `POST /profile/steps/sms/off`
async fn off(State(app): State<App>, signed: Signed) -> Result<Response, Refusal> {
    if !is_proven(&app, &signed).await? {
        return Ok(Need::SmsOff.ask());
    }
    let left = Steps { sms: None, ..steps_of(&app, &signed).await? };
    if needs_longer_password(&app, &signed, left).await? {
        return Ok(see_other("/profile/steps/sms/off"));
    }
    let desk = Desk::of(&app);
    let off = app.db.write(async |tx| {
        let what = (StepWay::Sms, Some(signed.session));
        let off = identity::turn_step_off(desk.db, tx, StepOwner::Login(signed.login.id), what).await?;
        if off.is_some() {
            told_changed(&desk, tx, signed.login.id, "step-sms-off").await?;
        }
        Ok::<_, LetterError>(off.is_some())
    });
    let off = off.await?;
    nudge(&app);
    Ok(see_other(if off { "/profile/steps?done=step-sms-off" } else { "/profile/steps" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_3_of_a_number_two_digits_are_shown() {
        assert_eq!(masked("+15145550142"), "•••\u{a0}42");
        assert_eq!(masked(""), "•••\u{a0}");
    }
}
