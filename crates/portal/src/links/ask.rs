//! A link by account number, postal code and a code to the e-mail on file. One answer and one time whatever was typed.

use std::net::IpAddr;

use accounts::{AccountNumber, Grant, LinkTried, LinkWish, Right};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use identity::{CodeState, Limit, LimitKind, typed_digits};
use kernel::AccountId;
use serde::Serialize;
use web::{Address, Form, FormState, Locale, Page, Refusal};

use super::{FIELDS, HOME, LinkFault, letters, show};
use crate::App;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::profile::{Part, chosen, frame_of};
use crate::sign_up::ANSWER_AFTER;
use crate::signed::{Signed, see_other};

const CODE: &str = "/profile/linked-accounts/code";

/// `POST /profile/linked-accounts/ask`
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let until = tokio::time::Instant::now() + ANSWER_AFTER;
    let answer = answer(&app, &locale, (&signed, from), &form).await;
    tokio::time::sleep_until(until).await;
    answer
}

async fn answer(
    app: &App,
    locale: &Locale,
    (signed, from): (&Signed, IpAddr),
    form: &Form,
) -> Result<Response, Refusal> {
    let say = |key| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(form, &FIELDS);
    let (number, postal_code) = (form.trimmed("account_number"), form.trimmed("postal_code"));
    let counted = number.parse::<AccountNumber>().map_or_else(|_| number.to_owned(), |number| number.to_string());
    if number.is_empty() {
        shown.refuse("account_number", say("sign-up-empty-number"));
    } else if signed.actor.reaches.iter().any(|reach| reach.is_holder() && reach.number == counted) {
        shown.refuse("account_number", say("links-yours"));
    }
    if postal_code.is_empty() {
        shown.refuse("postal_code", say("sign-up-empty-code"));
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    // Nothing is given back: whether somebody may ask once more tells nothing of what was found.
    let limits = [
        Limit::of_address(&app.vault, LimitKind::ActivationAddress, from),
        Limit::of(&app.vault, LimitKind::ActivationAccount, &counted),
    ];
    for limit in &limits {
        if shown.is_refused() {
            break;
        }
        if let Some(wait) = limit.take(&app.db).await? {
            status = StatusCode::TOO_MANY_REQUESTS;
            let text = app.site.texts().say_count(locale.language, "sign-up-wait", wait.as_mins() + 1, &[]);
            shown.refuse("account_number", text);
        }
    }
    if shown.is_refused() {
        let first = chosen(signed, "")?;
        return show(app, locale, signed, first.as_deref(), (status, shown, None)).await;
    }
    let places = services::Places(&app.db);
    let found = accounts::find_linkable(&app.db, &app.vault, (number, postal_code), &places).await?;
    keep(app, signed, (found, &counted), (number, postal_code)).await?;
    app.nudge.notify_one();
    Ok(see_other(CODE))
}

async fn keep(
    app: &App,
    signed: &Signed,
    (account, counted): (Option<AccountId>, &str),
    typed: (&str, &str),
) -> Result<(), LetterError> {
    let desk = Desk::of(app);
    app.db
        .write_with(Isolation::Locked, async |tx| {
            let mut account = account;
            let mut view = None;
            if let Some(id) = account {
                let grant = Grant::of_the_provider(id, counted, Right::SeeBills);
                view = accounts::account_view(tx, desk.vault, &grant).await?.filter(|view| view.email.is_some());
                // Without an e-mail on file there is nowhere to send a code.
                account = view.as_ref().map(|view| view.id);
            }
            let with = (desk.db, desk.vault);
            let wish = accounts::ask_link(with, tx, (signed.login.id, account), typed).await?;
            if let (LinkWish::Drawn(code), Some(view)) = (wish, &view) {
                letters::code(&desk, tx, view, &code).await?;
            }
            Ok(())
        })
        .await
}

#[derive(Serialize)]
struct CodePage {
    /// `sent`, `expired` or `tried`.
    state: &'static str,
    until: Option<String>,
    form: FormState,
    back_href: &'static str,
    telephone: Option<String>,
}

async fn show_code(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (status, form): (StatusCode, FormState),
) -> Result<Response, Refusal> {
    let asked = accounts::find_link_ask(app.db.reader(), signed.login.id).await?;
    let Some(asked) = asked else { return Ok(see_other(HOME)) };
    let (state, until) = match asked.state(app.db.world().now()) {
        CodeState::Sent(until) => ("sent", Some(until)),
        CodeState::TriedTooOften => ("tried", None),
        CodeState::Expired | CodeState::NotSent => ("expired", None),
    };
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Links)?;
    frame.title = app.site.texts().say(locale.language, "links-code-title");
    frame.path = CODE.to_owned();
    let content = CodePage {
        state,
        until: until.map(|until| web::moment(app.site.texts(), locale.language, until, &app.zone)),
        form,
        back_href: HOME,
        telephone: app.provider.facts.telephone.clone(),
    };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-links-code.html")
}

/// `GET /profile/linked-accounts/code`
pub(super) async fn code_page(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    show_code(&app, &locale, &signed, (StatusCode::OK, FormState::empty(&["code"]))).await
}

/// `POST /profile/linked-accounts/code`: tries the code; the right one links the account.
pub(super) async fn code(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let texts = app.site.texts();
    let mut shown = FormState::keeping(&form, &["code"]);
    let Some(digits) = typed_digits(form.trimmed("code")) else {
        shown.refuse("code", texts.say(locale.language, "confirm-no-code"));
        return show_code(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown)).await;
    };
    let (desk, login) = (Desk::of(&app), signed.login.id);
    let tried = app.db.write_with(Isolation::Locked, async |tx| {
        let tried = accounts::try_link_code((desk.db, desk.vault), tx, (login, &digits)).await?;
        if let LinkTried::Linked(linked) = &tried
            && let Some(person) = Person::find(&desk, tx, login).await?
        {
            letters::linked(&desk, tx, (&person, None), std::slice::from_ref(linked)).await?;
        }
        Ok::<_, LinkFault>(tried)
    });
    let tried = match tried.await {
        Ok(tried) => tried,
        Err(LinkFault::Gone) => LinkTried::Gone,
        Err(LinkFault::Letter(error)) => return Err(error.into()),
    };
    match tried {
        LinkTried::Linked(_) => {
            app.nudge.notify_one();
            return Ok(see_other(&format!("{HOME}?done=linked")));
        }
        LinkTried::Gone => return Ok(see_other(&format!("{HOME}?done=gone"))),
        LinkTried::Wrong(left) => {
            shown.refuse("code", texts.say_count(locale.language, "confirm-wrong", left.into(), &[]));
        }
        // What is the matter, and the way on, stand on the page.
        LinkTried::TriedTooOften | LinkTried::Expired | LinkTried::NotAsked => {}
    }
    show_code(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown)).await
}
