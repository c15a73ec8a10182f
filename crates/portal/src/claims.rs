//! The claim of an account (SGN-2): confirmed with a code from the address on file, or stopped from there.

use accounts::{By, CodeState, Right, StopState, Stoppable, Tried};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{Db, Isolation};
use identity::{Limit, LimitKind, typed_digits};
use serde::{Deserialize, Serialize};
use vault::Vault;
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use crate::claim_letters::{self, CodeSent};
use crate::frame::{Tab, framed, label};
use crate::letters::{Desk, LetterError};
use crate::rows::Named;
use crate::signed::{Signed, see_other};
use crate::{App, Told};

const FIELDS: [&str; 1] = ["code"];

#[derive(Serialize)]
struct ConfirmPage {
    account: Named,
    identifier: String,
    /// `sent`, `not-sent`, `expired`, `tried`; `no-address` where the provider has none to write to.
    state: &'static str,
    form: FormState,
    action: String,
    send_action: String,
    /// The address on file, mostly hidden: whoever claimed the account may not be its holder.
    address: Option<String>,
    until: Option<String>,
    telephone: Option<String>,
    back_href: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    sent: String,
}

/// `m…@e….ca`: enough for its owner to know which one, and nothing to guess from.
pub(crate) fn hidden(address: &str) -> String {
    let (name, domain) = address.split_once('@').unwrap_or((address, ""));
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let last = domain.rsplit('.').next().unwrap_or_default();
    format!("{}…@{}….{last}", first(name), first(domain))
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
    signed: &Signed,
    number: &str,
    (status, said): (StatusCode, Said),
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::ConfirmClaim, number)?;
    let view = signed.view(app, &grant)?;
    let texts = app.site.texts();
    let code = accounts::code_state(&app.db, &grant, signed.login.id).await?;
    let (state, until) = match code {
        _ if view.email.is_none() => ("no-address", None),
        Some(CodeState::Sent(until)) => ("sent", Some(until)),
        Some(CodeState::Expired) => ("expired", None),
        Some(CodeState::TriedTooOften) => ("tried", None),
        Some(CodeState::NotSent) | None => ("not-sent", None),
    };
    let mut form = FormState::empty(&FIELDS);
    form.values.insert("code", said.typed);
    if let Some(wrong) = said.wrong {
        form.refuse("code", wrong);
    }
    let action = format!("/accounts/{number}/confirm");
    let content = ConfirmPage {
        account: Named { number: number.to_owned(), label: label(app, locale, &view.segment) },
        identifier: view.identifier.clone(),
        state,
        form,
        send_action: format!("{action}/code"),
        action: action.clone(),
        address: view.email.as_deref().map(hidden),
        until: until.map(|until| web::moment(texts, locale.language, until, &app.zone)),
        telephone: app.provider.facts.telephone.clone(),
        back_href: format!("/accounts/{number}/overview"),
    };
    let title = texts.say(locale.language, "confirm-title");
    let mut frame = framed(app, locale, signed, &view, (Tab::Home, title));
    frame.notice = said.notice;
    frame.path = action;
    Page { frame, content }.show_as(status, &app.site, locale, "confirm.html")
}

/// Where somebody goes for whom there is nothing to confirm any more.
fn overview(number: &str, done: &str) -> Response {
    see_other(&format!("/accounts/{number}/overview{done}"))
}

/// `GET /accounts/{number}/confirm`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    signed.may(Right::ConfirmClaim, &number)?;
    if !signed.actor.is_unconfirmed(&number) {
        return Ok(overview(&number, ""));
    }
    let notice = match asked.sent.as_str() {
        "1" => Some(("success", "confirm-sent")),
        "just" => Some(("info", "confirm-just-sent")),
        _ => None,
    };
    let notice = notice.map(|(kind, key)| Notice { kind, text: app.site.texts().say(locale.language, key) });
    show(&app, &locale, &signed, &number, (StatusCode::OK, Said { notice, ..Said::default() })).await
}

/// `POST /accounts/{number}/confirm/code`: sends another code to the address on file.
pub(crate) async fn send(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::ConfirmClaim, &number)?;
    let view = signed.view(&app, &grant)?;
    let here = format!("/accounts/{number}/confirm");
    let Some(on_file) = view.email.as_deref().filter(|_| signed.actor.is_unconfirmed(&number)) else {
        return Ok(see_other(&here));
    };
    let limit = Limit::of(&app.vault, LimitKind::ClaimCode, &number);
    if limit.take(&app.db).await?.is_some() {
        let text = app.site.texts().say(locale.language, "confirm-too-many");
        let notice = Some(Notice { kind: "warning", text });
        let said = Said { notice, ..Said::default() };
        return show(&app, &locale, &signed, &number, (StatusCode::TOO_MANY_REQUESTS, said)).await;
    }
    let desk = Desk::of(&app);
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        claim_letters::another_code(&desk, tx, (&view, signed.login.id), on_file).await
    });
    let sent = sent.await?;
    if sent != CodeSent::Now {
        limit.give_back(&app.db).await?;
    }
    app.nudge.notify_one();
    Ok(match sent {
        CodeSent::Now => see_other(&format!("{here}?sent=1")),
        CodeSent::AMomentAgo => see_other(&format!("{here}?sent=just")),
        CodeSent::NotNeeded => see_other(&here),
    })
}

/// `POST /accounts/{number}/confirm`: tries a code.
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::ConfirmClaim, &number)?;
    if !signed.actor.is_unconfirmed(&number) {
        return Ok(overview(&number, "?confirmed=1"));
    }
    let typed = form.trimmed("code").to_owned();
    let texts = app.site.texts();
    let refuse = |wrong: Option<String>| Said { wrong, typed: typed.clone(), notice: None };
    let Some(code) = typed_digits(&typed) else {
        let wrong = Some(texts.say(locale.language, "confirm-no-code"));
        return show(&app, &locale, &signed, &number, (StatusCode::UNPROCESSABLE_ENTITY, refuse(wrong))).await;
    };
    let claim = (grant.account(), signed.login.id);
    let desk = Desk::of(&app);
    let tried = app.db.write_with(Isolation::Locked, async |tx| {
        let tried = accounts::try_code(&app.db, &app.vault, tx, claim, (&code, &signed.login.email)).await?;
        if tried == Tried::Confirmed {
            claim_letters::tell_both(&desk, tx, claim, "claim-confirmed").await?;
        }
        Ok::<_, LetterError>(tried)
    });
    let wrong = match tried.await? {
        Tried::Confirmed | Tried::Already => {
            app.nudge.notify_one();
            return Ok(overview(&number, "?confirmed=1"));
        }
        Tried::Wrong(left) => Some(texts.say_count(locale.language, "confirm-wrong", left.into(), &[])),
        // What is the matter, and the button for another code, stand on the page.
        Tried::TriedTooOften | Tried::Expired | Tried::NotSent => None,
    };
    show(&app, &locale, &signed, &number, (StatusCode::UNPROCESSABLE_ENTITY, refuse(wrong))).await
}

#[derive(Serialize)]
struct StopPage {
    /// `open`, `stopped`, `confirmed`, `over`, or `unknown` for a link that is none of ours.
    state: &'static str,
    account_number: Option<String>,
    action: String,
    telephone: Option<String>,
}

fn show_stop(app: &App, locale: &Locale, secret: &str, claim: Option<&Stoppable>) -> Result<Response, Refusal> {
    let (status, state) = match claim.map(|claim| claim.state(app.db.world().now())) {
        Some(StopState::Open) => (StatusCode::OK, "open"),
        Some(StopState::Stopped) => (StatusCode::OK, "stopped"),
        Some(StopState::Confirmed) => (StatusCode::GONE, "confirmed"),
        Some(StopState::Over) => (StatusCode::GONE, "over"),
        None => (StatusCode::NOT_FOUND, "unknown"),
    };
    let content = StopPage {
        state,
        account_number: claim.map(|claim| claim.number.clone()),
        action: if claim.is_some() { format!("/sign-up/stop/{secret}") } else { String::new() },
        telephone: app.provider.facts.telephone.clone(),
    };
    let frame = app.site.frame(locale, &format!("stop-{state}-title"));
    Page { frame, content }.show_as(status, &app.site, locale, "claim-stop.html")
}

/// `GET /sign-up/stop/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(crate) async fn stop_page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let claim = accounts::find_stoppable(app.db.reader(), &secret).await?;
    show_stop(&app, &locale, &secret, claim.as_ref())
}

/// `POST /sign-up/stop/{secret}`: the claim ends.
pub(crate) async fn stop(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let claim = accounts::find_stoppable(app.db.reader(), &secret).await?;
    let now = app.db.world().now();
    if let Some(claim) = claim.as_ref().filter(|claim| claim.state(now) == StopState::Open) {
        let desk = Desk::of(&app);
        end(&desk, claim, By::ADDRESS_ON_FILE).await?;
        app.nudge.notify_one();
        return Ok(see_other(&format!("/sign-up/stop/{secret}")));
    }
    show_stop(&app, &locale, &secret, claim.as_ref())
}

async fn end(desk: &Desk<'_>, claim: &Stoppable, by: By) -> Result<bool, LetterError> {
    desk.db
        .write_with(Isolation::Locked, async |tx| {
            let stopped = accounts::stop_claim(desk.db, desk.vault, tx, claim, by).await?;
            if stopped {
                claim_letters::tell_both(desk, tx, (claim.account_id, claim.login_id), "claim-stopped").await?;
            }
            Ok(stopped)
        })
        .await
}

/// What the provider's people decide on a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is the holder's.
    Confirm(By),
    /// It is not.
    Stop(By),
}

/// Confirms or stops the claim of an account that is not confirmed yet, and tells whoever claimed it and the address on
/// file. Says whether there was such a claim.
pub(crate) async fn decide(desk: &Desk<'_>, number: &str, decision: Decision) -> Result<bool, LetterError> {
    let Some(claim) = accounts::unconfirmed_claim(desk.db.reader(), number).await? else { return Ok(false) };
    let who = (claim.account_id, claim.login_id);
    match decision {
        Decision::Stop(by) => end(desk, &claim, by).await,
        Decision::Confirm(by) => {
            let confirmed = desk.db.write_with(Isolation::Locked, async |tx| {
                let confirmed = accounts::confirm(desk.db, tx, who, by).await?;
                if confirmed {
                    claim_letters::tell_both(desk, tx, who, "claim-confirmed").await?;
                }
                Ok::<_, LetterError>(confirmed)
            });
            confirmed.await
        }
    }
}

/// The same for the command line.
///
/// # Errors
/// When the database cannot be used, or something sealed cannot be opened.
pub async fn decide_claim(
    db: &Db,
    vault: &Vault,
    with: &Told<'_>,
    number: &str,
    decision: Decision,
) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    Ok(decide(&Desk::with(db, vault, with), number, decision).await?)
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn sgn_2_the_address_on_file_is_hidden_from_who_may_be_a_stranger() {
        assert_eq!(hidden("marie.tremblay@exemple.qc.ca"), "m…@e….ca");
        assert_eq!(hidden("é@x.ca"), "é…@x….ca");
        assert_eq!(hidden("no address"), "n…@….");
    }
}
