//! Change of the contact e-mail (SEC-6): asked for with a fresh proof, then the code from the address on file and the new
//! address's own confirmation.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use identity::{ChangeState, CodeState, EmailChange, Judged, Limit, LimitKind, typed_digits};
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::prove::{Need, is_proven, keep_and_ask, kept_address};
use super::{Part, chosen, done_notice, frame_of};
use crate::App;
use crate::address_letters::{self, Change};
use crate::door_letters::Person;
use crate::email_changes;
use crate::emails::{email_of, is_same_mailbox};
use crate::letters::{Desk, LetterError};
use crate::signed::{Signed, see_other};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// What was just done, to be said.
    done: String,
    /// “I have received my code” was pressed.
    code: String,
}

#[derive(Serialize)]
struct EmailPage {
    /// The contact e-mail as it is.
    email: String,
    /// The change that is open.
    change: Option<Open>,
    form: FormState,
}

#[derive(Serialize)]
struct Open {
    new_email: String,
    /// Whether the code is there.
    code_given: bool,
    /// `sent`, `expired` or `tried`.
    code: &'static str,
    /// Whether the field for the code is open.
    asks_code: bool,
    new_confirmed: bool,
    /// From when on silence accepts it.
    silence: Option<String>,
    until: String,
}

/// What is shown beside the change.
struct Said {
    status: StatusCode,
    form: FormState,
    notice: Option<Notice>,
    asks_code: bool,
}

async fn open_of(app: &App, signed: &Signed) -> Result<Option<EmailChange>, Refusal> {
    Ok(identity::open_change(&app.db, app.db.reader(), &app.vault, signed.login.id).await?)
}

async fn show(app: &App, locale: &Locale, signed: &Signed, said: Said) -> Result<Response, Refusal> {
    let moment = |at| web::moment(app.site.texts(), locale.language, at, &app.zone);
    let change = match open_of(app, signed).await? {
        None => None,
        Some(change) => {
            let now = app.db.world().now();
            let silence = identity::silence_until(&app.db, app.db.reader(), &change, app.email_change_after).await?;
            let code_given = change.state(now) == ChangeState::WaitsForNew;
            Some(Open {
                code_given,
                code: match change.code_state(now) {
                    CodeState::Sent(_) => "sent",
                    CodeState::TriedTooOften => "tried",
                    CodeState::Expired | CodeState::NotSent => "expired",
                },
                asks_code: said.asks_code,
                new_confirmed: change.new_confirmed_at.is_some(),
                silence: silence.filter(|_| !code_given).map(moment),
                until: moment(change.begun_at.plus(identity::CHANGE_LASTS)),
                new_email: change.new_email,
            })
        }
    };
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Requests)?;
    frame.title = app.site.texts().say(locale.language, "email-title");
    frame.path = "/profile/email".to_owned();
    frame.notice = said.notice;
    let content = EmailPage { email: signed.login.email.clone(), change, form: said.form };
    Page { frame, content }.show_as(said.status, &app.site, locale, "profile-email.html")
}

/// `GET /profile/email`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let known = ["email-asked", "email-code", "email-sent", "email-just-sent", "email-changed", "email-cancelled"];
    let notice = done_notice(&app, &locale, &asked.done, &known);
    let mut form = FormState::empty(&["email", "code"]);
    form.values.insert("email", kept_address(&app, &signed).await?);
    let asks_code = !asked.code.is_empty();
    show(&app, &locale, &signed, Said { status: StatusCode::OK, form, notice, asks_code }).await
}

/// Takes one of the letters that a login may send to addresses that nobody has confirmed.
async fn no_letter_left(app: &App, signed: &Signed) -> Result<bool, Refusal> {
    let limit = Limit::of(&app.vault, LimitKind::AddressLetter, &signed.login.id.to_string());
    Ok(limit.take(&app.db).await?.is_some())
}

/// `POST /profile/email`: asks for the change. Whether the address is another login's makes no difference.
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &["email"]);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let typed = email_of(&app, form.get("email"), "recover-names-empty")
        .and_then(|typed| if is_same_mailbox(&typed, &signed.login.email) { Err("email-same") } else { Ok(typed) });
    let typed = typed.unwrap_or_else(|key| {
        shown.refuse("email", say(key));
        String::new()
    });
    if shown.is_refused() {
        // Said beside the field.
    } else if open_of(&app, &signed).await?.is_some() {
        return Ok(see_other("/profile/email"));
    } else if !is_proven(&app, &signed).await? {
        return keep_and_ask(&app, &signed, Need::Email, &typed).await;
    } else if no_letter_left(&app, &signed).await? {
        status = StatusCode::TOO_MANY_REQUESTS;
        shown.refuse("email", say("email-too-many"));
    }
    if shown.is_refused() {
        return show(&app, &locale, &signed, Said { status, form: shown, notice: None, asks_code: false }).await;
    }
    let (desk, login) = (Desk::of(&app), signed.login.id);
    let begun = app.db.write_with(Isolation::Locked, async |tx| {
        let Some(person) = Person::find(&desk, tx, login).await? else { return Ok(()) };
        let addresses = (person.login.email.as_str(), typed.as_str());
        let begun = identity::begin_change((desk.db, desk.vault), tx, login, addresses).await;
        let Some((id, secrets)) = begun? else { return Ok(()) };
        identity::forget_typed(tx, signed.session).await?;
        let change = Change { id, new_email: &typed, after: app.email_change_after };
        address_letters::change_asked(&desk, tx, &person, &change, &secrets).await
    });
    begun.await?;
    app.nudge.notify_one();
    Ok(see_other("/profile/email?done=email-asked"))
}

/// `POST /profile/email/code`: the code from the address on file.
pub(crate) async fn code(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let Some(change) = open_of(&app, &signed).await? else { return Ok(see_other("/profile/email")) };
    let texts = app.site.texts();
    let mut shown = FormState::keeping(&form, &["code"]);
    if let Some(digits) = typed_digits(form.trimmed("code")) {
        match try_code(&app, &change, &digits).await? {
            (Judged::Right, is_changed) => {
                app.nudge.notify_one();
                let done = if is_changed { "email-changed" } else { "email-code" };
                return Ok(see_other(&format!("/profile/email?done={done}")));
            }
            (Judged::Wrong(left), _) if left > 0 => {
                shown.refuse("code", texts.say_count(locale.language, "confirm-wrong", left.into(), &[]));
            }
            // What is the matter, and the way on, stand on the page.
            _ => {}
        }
    } else {
        shown.refuse("code", texts.say(locale.language, "confirm-no-code"));
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show(&app, &locale, &signed, Said { status, form: shown, notice: None, asks_code: true }).await
}

/// Tries a code; with the right one says whether the e-mail is changed by it.
async fn try_code(app: &App, change: &EmailChange, digits: &str) -> Result<(Judged, bool), LetterError> {
    let desk = Desk::of(app);
    app.db
        .write_with(Isolation::Locked, async |tx| {
            let judged = identity::try_change_code((desk.db, desk.vault), tx, change.id, digits).await;
            let judged = judged?;
            if judged != Judged::Right {
                return Ok((judged, false));
            }
            let is_changed = email_changes::accept(&desk, tx, change.id, app.email_change_after).await?;
            Ok((judged, is_changed))
        })
        .await
}

/// `POST /profile/email/code/again`: another code to the address on file.
pub(crate) async fn code_again(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let Some(change) = open_of(&app, &signed).await? else { return Ok(see_other("/profile/email")) };
    if no_letter_left(&app, &signed).await? {
        return too_many(&app, &locale, &signed).await;
    }
    let desk = Desk::of(&app);
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let drawn = identity::another_change_code((desk.db, desk.vault), tx, change.id).await;
        let Some((change, code)) = drawn? else { return Ok(false) };
        let Some(person) = Person::find(&desk, tx, change.login).await? else { return Ok(false) };
        let about = Change { id: change.id, new_email: &change.new_email, after: app.email_change_after };
        address_letters::change_code(&desk, tx, &person, &about, &code).await?;
        Ok::<_, LetterError>(true)
    });
    let sent = sent.await?;
    Ok(again(&app, sent))
}

/// `POST /profile/email/new/again`: the link to the new address once more.
pub(crate) async fn new_again(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let Some(change) = open_of(&app, &signed).await? else { return Ok(see_other("/profile/email")) };
    if no_letter_left(&app, &signed).await? {
        return too_many(&app, &locale, &signed).await;
    }
    let desk = Desk::of(&app);
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let again = identity::another_new_link((desk.db, desk.vault), tx, change.id).await;
        let Some(change) = again? else { return Ok(false) };
        let Some(person) = Person::find(&desk, tx, change.login).await? else { return Ok(false) };
        let about = Change { id: change.id, new_email: &change.new_email, after: app.email_change_after };
        address_letters::change_confirm(&desk, tx, &person, &about).await?;
        Ok::<_, LetterError>(true)
    });
    let sent = sent.await?;
    Ok(again(&app, sent))
}

fn again(app: &App, sent: bool) -> Response {
    app.nudge.notify_one();
    see_other(if sent { "/profile/email?done=email-sent" } else { "/profile/email?done=email-just-sent" })
}

async fn too_many(app: &App, locale: &Locale, signed: &Signed) -> Result<Response, Refusal> {
    let text = app.site.texts().say(locale.language, "email-too-many");
    let notice = Some(Notice { kind: "warning", text });
    let (status, form) = (StatusCode::TOO_MANY_REQUESTS, FormState::empty(&["code"]));
    show(app, locale, signed, Said { status, form, notice, asks_code: false }).await
}

/// `POST /profile/email/cancel`
pub(crate) async fn cancel(State(app): State<App>, signed: Signed) -> Result<Response, Refusal> {
    let Some(change) = open_of(&app, &signed).await? else { return Ok(see_other("/profile/email")) };
    let cancelled = app.db.write_with(Isolation::Locked, async |tx| {
        identity::cancel_change((&app.db, &app.vault), tx, change.id).await.map_err(LetterError::Vault)
    });
    cancelled.await?;
    Ok(see_other("/profile/email?done=email-cancelled"))
}
