//! Fresh proof before what a stolen session must not do (SEC-6, SEC-8): the second step where the login has one (SEC-3); else the
//! password, and a code to the backup e-mail or the telephone on file; where there is neither, a code to the contact e-mail and three
//! days, or an agent's check. The page that needs it leads here and is come back to; `acts.rs` says which do.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use identity::{
    CodeState, Judged, Limit, LimitKind, ProofBegun, ProofReach, ProofStep, ProofTo, ProofWait, StepOwner, StepTried,
    StepWay, WaitState, typed_digits,
};
use kernel::Moment;
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::{Part, chosen, frame_of};
use crate::App;
use crate::address_letters;
use crate::claims::hidden;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::signed::{Signed, see_other};
use crate::step::{self, AskedStep, asked_step, not_taken, sms_notice, take_try, told_used, way_of};

pub(crate) use super::acts::Need;

/// Whether the session's proof is fresh.
pub(crate) async fn is_proven(app: &App, signed: &Signed) -> Result<bool, Refusal> {
    Ok(identity::proof_step(&app.db, app.db.reader(), signed.session).await? == ProofStep::Proven)
}

/// Keeps what was typed, and leads to the page that asks for the proof.
pub(super) async fn keep_and_ask(app: &App, signed: &Signed, need: Need, typed: &str) -> Result<Response, Refusal> {
    let who = (signed.login.id, signed.session);
    let kept =
        app.db.write(async |tx| identity::keep_typed(&app.vault, tx, who, typed).await.map_err(LetterError::Vault));
    kept.await?;
    Ok(need.ask())
}

/// The address that was kept while a proof was asked for; nothing where another form was.
pub(super) async fn kept_address(app: &App, signed: &Signed) -> Result<String, Refusal> {
    let kept = identity::kept_typed(app.db.reader(), &app.vault, (signed.login.id, signed.session)).await?;
    Ok(kept.filter(|kept| kept.contains('@') && !kept.starts_with('{')).unwrap_or_default())
}

/// Whether a new password may be chosen: with a fresh proof, or the code to the contact e-mail where there is nothing else.
pub(super) async fn may_choose_password(app: &App, signed: &Signed) -> Result<bool, Refusal> {
    Ok(identity::may_choose_password(&app.db, signed.session).await?)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    need: String,
    sent: String,
    /// The way of the second step that was chosen; `agent` for a code that customer service read out.
    way: String,
    /// What became of a code by SMS that was asked for.
    sms: String,
}

/// The telephone on file that a code may go to, where text messages are sent and reach it.
async fn telephone(app: &App, signed: &Signed) -> Result<Option<String>, Refusal> {
    let Some(texting) = &app.texts else { return Ok(None) };
    let ours = (&app.db, &*app.vault);
    let found = accounts::proof_telephone(ours, app.db.reader(), signed.login.id, app.claims_wait).await?;
    Ok(found.filter(|number| texting.rules.check(number).is_ok()))
}

/// Another way to get the code.
#[derive(Serialize)]
struct Other {
    to: &'static str,
    label: String,
}

#[derive(Serialize)]
struct ProvePage {
    /// `second`, `password`, `waits`, `agent`, or the state of the code: `sent`, `expired` or `tried`.
    step: &'static str,
    /// The second step, where that is asked for.
    asked: Option<AskedStep>,
    need: &'static str,
    form: FormState,
    username: String,
    /// Where the code went: `backup`, `telephone` or `contact`; mostly hidden.
    way: &'static str,
    address: String,
    others: Vec<Other>,
    /// Until when the code is good, or from when on the wait is over.
    until: Option<String>,
    /// A wait is over: the password is all that is asked for.
    waited: bool,
    back_href: &'static str,
    agent_href: String,
    telephone: Option<String>,
}

/// What the page asks for.
struct Asking {
    step: &'static str,
    until: Option<Moment>,
    way: ProofTo,
    waited: bool,
    ways: Vec<(ProofTo, String)>,
}

/// None where the session is proven.
async fn asking(app: &App, signed: &Signed, wanted: &str) -> Result<Option<Asking>, Refusal> {
    let on = app.db.reader();
    let number = telephone(app, signed).await?;
    let reach = ProofReach { telephone: number.as_deref(), wanted: None };
    let ways = identity::proof_to(on, &app.vault, (signed.login.id, reach)).await?;
    let mut asking = Asking { step: "password", until: None, way: ProofTo::Backup, waited: false, ways };
    match identity::proof_step(&app.db, on, signed.session).await? {
        ProofStep::Proven => return Ok(None),
        ProofStep::Second => asking.step = "second",
        _ if wanted == "agent" => asking.step = "agent",
        ProofStep::Password => {}
        ProofStep::Code(state, way) => {
            asking.way = way;
            (asking.step, asking.until) = match state {
                CodeState::Sent(until) => ("sent", Some(until)),
                CodeState::TriedTooOften => ("tried", None),
                CodeState::Expired | CodeState::NotSent => ("expired", None),
            };
        }
    }
    if asking.step == "password" && asking.ways.is_empty() {
        match identity::find_wait(&app.db, on, signed.login.id).await? {
            Some(ProofWait { state: WaitState::Waits, good_from, .. }) => {
                (asking.step, asking.until) = ("waits", Some(good_from));
            }
            Some(_) => asking.waited = true,
            None => {}
        }
    }
    Ok(Some(asking))
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    need: Need,
    said: (StatusCode, FormState, Option<Notice>),
) -> Result<Response, Refusal> {
    show_way(app, locale, signed, (need, ""), said).await
}

/// Where a code went, as much of it as its owner needs.
fn shown(way: ProofTo, to: &str) -> String {
    if way == ProofTo::Telephone { step::masked(to) } else { hidden(to) }
}

/// The same, with a way of the second step that was chosen.
async fn show_way(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (need, way): (Need, &str),
    (status, form, notice): (StatusCode, FormState, Option<Notice>),
) -> Result<Response, Refusal> {
    let Some(asking) = asking(app, signed, way).await? else { return Ok(see_other(need.path())) };
    let texts = app.site.texts();
    let steps = identity::steps_of(app.db.reader(), StepOwner::Login(signed.login.id)).await?;
    let path = |way: StepWay| need.prove_path(&format!("&way={}", way.name()));
    let asked = match asking.step {
        "second" => Some(asked_step(app, locale, (signed.login.id, &steps, way), path).await?),
        _ => None,
    };
    let to = asking.ways.iter().find(|(way, _)| *way == asking.way).map(|(way, to)| shown(*way, to));
    let others = asking.ways.iter().filter(|(way, _)| *way != asking.way).map(|(way, to)| Other {
        to: way.name(),
        label: texts.say_with(locale.language, &format!("prove-send-{}", way.name()), &[("to", &shown(*way, to))]),
    });
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Security)?;
    frame.title = texts.say(locale.language, "prove-title");
    frame.path = need.prove_path("");
    frame.notice = notice;
    let content = ProvePage {
        asked,
        need: need.name(),
        form,
        username: signed.login.username.clone(),
        way: asking.way.name(),
        address: to.unwrap_or_else(|| hidden(&signed.login.email)),
        others: others.collect(),
        until: asking.until.map(|until| web::moment(texts, locale.language, until, &app.zone)),
        waited: asking.waited,
        step: asking.step,
        back_href: need.back(),
        agent_href: need.prove_path("&way=agent"),
        telephone: app.provider.facts.telephone.clone(),
    };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-prove.html")
}

/// The page after a passkey that proved nothing, saying why.
pub(crate) async fn show_refused(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    need: Need,
    text: String,
) -> Result<Response, Refusal> {
    let mut shown = FormState::empty(&["code"]);
    shown.refuse("", text);
    let said = (StatusCode::UNPROCESSABLE_ENTITY, shown, None);
    show_way(app, locale, signed, (need, StepWay::Passkey.name()), said).await
}

/// `GET /profile/prove`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let need = Need::of(&asked.need)?;
    let notice = match asked.sent.as_str() {
        "1" => Some(("success", "confirm-sent")),
        "just" => Some(("info", "confirm-just-sent")),
        _ => None,
    };
    let notice = notice.map(|(kind, key)| Notice { kind, text: app.site.texts().say(locale.language, key) });
    let notice = notice.or_else(|| sms_notice(&app, &locale, &asked.sms));
    let said = (StatusCode::OK, FormState::empty(&["code"]), notice);
    show_way(&app, &locale, &signed, (need, &asked.way), said).await
}

/// `POST /profile/prove/step`: tries a code of the second step; the right one is the proof.
pub(crate) async fn second(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let need = Need::of(form.get("need"))?;
    let login = signed.login.id;
    let steps = identity::steps_of(app.db.reader(), StepOwner::Login(login)).await?;
    // Turned off meanwhile: the page asks for what it is then.
    let Some(way) = way_of(&steps, form.get("way")) else { return Ok(need.ask()) };
    let mut shown = FormState::empty(&["code"]);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if form.trimmed("code").is_empty() {
        shown.refuse("code", app.site.texts().say(locale.language, &format!("step-empty-{}", way.name())));
        return show_way(&app, &locale, &signed, (need, way.name()), (status, shown, None)).await;
    }
    let refused = match take_try(&app, &locale, (login, way)).await? {
        Err(refused) => refused,
        Ok(left) => {
            let tried = prove_by(&app, &signed, (way, form.trimmed("code"))).await?;
            if tried == StepTried::Right {
                app.nudge.notify_one();
                return Ok(see_other(need.path()));
            }
            not_taken(&app, &locale, (login, way), (tried, left)).await?
        }
    };
    status = refused.0;
    shown.refuse("code", refused.1);
    show_way(&app, &locale, &signed, (need, way.name()), (status, shown, None)).await
}

async fn prove_by(app: &App, signed: &Signed, (way, code): (StepWay, &str)) -> Result<StepTried, LetterError> {
    let (desk, who) = (Desk::of(app), (signed.login.id, signed.session));
    app.db
        .write_with(Isolation::Locked, async |tx| {
            let tried = identity::prove_by_step((desk.db, desk.vault), tx, who, (way, code)).await;
            let tried = tried?;
            if tried == StepTried::Right
                && way == StepWay::Recovery
                && let Some(person) = Person::find(&desk, tx, who.0).await?
            {
                told_used(&desk, tx, &person).await?;
            }
            Ok(tried)
        })
        .await
}

/// Takes one of the codes that may be sent there; says when there is none left.
async fn no_code_left(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    first: Option<&(ProofTo, String)>,
) -> Result<Option<String>, Refusal> {
    let texts = app.site.texts();
    let limit = Limit::of(&app.vault, LimitKind::ProofCode, &signed.login.id.to_string());
    if limit.take(&app.db).await?.is_some() {
        return Ok(Some(texts.say(locale.language, "door-code-too-many")));
    }
    let Some((ProofTo::Telephone, number)) = first else { return Ok(None) };
    let refused = step::leave(app, signed.login.id, number).await?.err();
    Ok(refused.map(|(key, minutes)| texts.say_count(locale.language, key, minutes, &[])))
}

/// Sends a code to where it goes, in the caller's transaction.
async fn send_code(
    app: &App,
    tx: &db::Tx,
    signed: &Signed,
    (code, to, way): (&str, &str, ProofTo),
) -> Result<(), LetterError> {
    let desk = Desk::of(app);
    if way == ProofTo::Telephone {
        return step::write(app, tx, signed.login.language, (to, code)).await;
    }
    match Person::find(&desk, tx, signed.login.id).await? {
        Some(person) => address_letters::proof_code(&desk, tx, &person, (code, to)).await,
        None => Ok(()),
    }
}

/// `POST /profile/prove`: the password; then a code is sent, unless a wait is over.
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let need = Need::of(form.get("need"))?;
    let mut shown = FormState::empty(&[]);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if form.get("current").is_empty() {
        shown.refuse("current", app.site.texts().say(locale.language, "profile-current-empty"));
        return show(&app, &locale, &signed, need, (status, shown, None)).await;
    }
    let typed = (form.get("current"), &mut shown, &mut status);
    let Some(proven) = super::password::prove(&app, &locale, &signed, typed).await? else {
        return show(&app, &locale, &signed, need, (status, shown, None)).await;
    };
    let number = telephone(&app, &signed).await?;
    let reach = ProofReach { telephone: number.as_deref(), wanted: None };
    let ways = identity::proof_to(app.db.reader(), &app.vault, (signed.login.id, reach)).await?;
    if let Some(text) = no_code_left(&app, &locale, &signed, ways.first()).await? {
        shown.refuse("current", text);
        return show(&app, &locale, &signed, need, (StatusCode::TOO_MANY_REQUESTS, shown, None)).await;
    }
    let begun = app.db.write_with(Isolation::Locked, async |tx| {
        let begun = identity::begin_proof((&app.db, &app.vault), tx, (&proven, signed.session), reach).await;
        let begun = begun?;
        if let ProofBegun::Code { code, to, way } = &begun {
            send_code(&app, tx, &signed, (code, to, *way)).await?;
        }
        Ok::<_, LetterError>(begun)
    });
    Ok(match begun.await? {
        ProofBegun::Proven => see_other(need.path()),
        ProofBegun::Second => need.ask(),
        ProofBegun::JustSent => see_other(&need.prove_path("&sent=just")),
        ProofBegun::Code { .. } => {
            step::nudge(&app);
            see_other(&need.prove_path(""))
        }
    })
}

/// `POST /profile/prove/code`: tries the code; the right one ends the proof, or begins the wait that the contact e-mail can stop.
pub(crate) async fn code(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let need = Need::of(form.get("need"))?;
    let texts = app.site.texts();
    let mut shown = FormState::keeping(&form, &["code"]);
    let Some(digits) = typed_digits(form.trimmed("code")) else {
        shown.refuse("code", texts.say(locale.language, "confirm-no-code"));
        return show(&app, &locale, &signed, need, (StatusCode::UNPROCESSABLE_ENTITY, shown, None)).await;
    };
    let who = (signed.login.id, signed.session);
    let judged = app.db.write_with(Isolation::Locked, async |tx| {
        let (judged, way) = identity::try_proof_code((&app.db, &app.vault), tx, who, &digits).await?;
        // Whoever reads that address is given a new password by recovery as well: for that alone there is no wait.
        if judged == Judged::Right && way == ProofTo::Contact && need != Need::Password {
            let begun = identity::begin_wait((&app.db, &app.vault), tx, who, need.name()).await?;
            let desk = Desk::of(&app);
            if let Some((until, secret)) = begun
                && let Some(person) = Person::find(&desk, tx, signed.login.id).await?
            {
                address_letters::proof_waits(&desk, tx, &person, (until, &secret, need)).await?;
            }
        }
        Ok::<_, LetterError>((judged, way))
    });
    match judged.await? {
        (Judged::Right, ProofTo::Contact) if need != Need::Password => {
            app.nudge.notify_one();
            return Ok(need.ask());
        }
        (Judged::Right, _) => return Ok(see_other(need.path())),
        // Where no try is left, what is the matter, and the way on, stand on the page.
        (judged, _) => {
            refuse_code(&app, &locale, &mut shown, judged);
        }
    }
    show(&app, &locale, &signed, need, (StatusCode::UNPROCESSABLE_ENTITY, shown, None)).await
}

/// Says how many tries a wrong code leaves, if any.
fn refuse_code(app: &App, locale: &Locale, shown: &mut FormState, judged: Judged) -> bool {
    let Judged::Wrong(left @ 1..) = judged else { return false };
    shown.refuse("code", app.site.texts().say_count(locale.language, "prove-wrong", left.into(), &[]));
    true
}

/// `POST /profile/prove/again`: sends another code, where there are several ways to the one that is wanted.
pub(crate) async fn again(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let need = Need::of(form.get("need"))?;
    let wanted = [ProofTo::Backup, ProofTo::Telephone].into_iter().find(|way| way.name() == form.get("to"));
    let number = telephone(&app, &signed).await?;
    let reach = ProofReach { telephone: number.as_deref(), wanted };
    let ways = identity::proof_to(app.db.reader(), &app.vault, (signed.login.id, reach)).await?;
    if let Some(text) = no_code_left(&app, &locale, &signed, ways.first()).await? {
        let said = (StatusCode::TOO_MANY_REQUESTS, FormState::empty(&["code"]), Some(Notice { kind: "warning", text }));
        return show(&app, &locale, &signed, need, said).await;
    }
    let who = (signed.login.id, signed.session);
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let drawn = identity::another_proof_code((&app.db, &app.vault), tx, who, reach).await?;
        let Some((code, to, way)) = drawn else { return Ok(false) };
        send_code(&app, tx, &signed, (&code, &to, way)).await?;
        Ok::<_, LetterError>(true)
    });
    let sent = sent.await?;
    step::nudge(&app);
    Ok(see_other(&need.prove_path(if sent { "&sent=1" } else { "&sent=just" })))
}

/// `POST /profile/prove/agent`: the password, and the code that an agent read out after making sure who is calling.
pub(crate) async fn agent(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let need = Need::of(form.get("need"))?;
    let texts = app.site.texts();
    let mut shown = FormState::keeping(&form, &["code"]);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let digits = typed_digits(form.trimmed("code"));
    if form.get("current").is_empty() {
        shown.refuse("current", texts.say(locale.language, "profile-current-empty"));
    }
    if digits.is_none() {
        shown.refuse("code", texts.say(locale.language, "confirm-no-code"));
    }
    if let Some(digits) = digits.filter(|_| !shown.is_refused())
        && let Some(proven) =
            super::password::prove(&app, &locale, &signed, (form.get("current"), &mut shown, &mut status)).await?
    {
        let judged = app.db.write_with(Isolation::Locked, async |tx| {
            let with = (&app.db, &*app.vault);
            identity::prove_by_check(with, tx, (&proven, signed.session), &digits).await.map_err(LetterError::from)
        });
        match judged.await? {
            Judged::Right => return Ok(see_other(need.path())),
            judged if refuse_code(&app, &locale, &mut shown, judged) => {}
            _ => shown.refuse("code", texts.say(locale.language, "prove-agent-none")),
        }
    }
    show_way(&app, &locale, &signed, (need, "agent"), (status, shown, None)).await
}

/// `POST /profile/prove/stop`: the wait is stopped by somebody signed in.
pub(crate) async fn stop(State(app): State<App>, signed: Signed) -> Result<Response, Refusal> {
    let stopped = app.db.write(async |tx| identity::stop_wait(&app.db, tx, signed.login.id).await);
    let stopped: bool = stopped.await.map_err(|error: db::DbErr| Refusal::from(error))?;
    Ok(see_other(if stopped { "/profile/security?done=proof-stopped" } else { "/profile/security" }))
}
