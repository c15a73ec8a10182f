//! Fresh proof before what a stolen session must not do (SEC-6, SEC-8): the second step where the login has one (SEC-3); else the
//! password, and a code to the backup e-mail where one is confirmed. The page that needs it leads here and is come back to.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use identity::{
    CodeState, Judged, Limit, LimitKind, ProofBegun, ProofStep, StepOwner, StepTried, StepWay, typed_digits,
};
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::{Part, chosen, frame_of};
use crate::App;
use crate::address_letters;
use crate::claims::hidden;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::signed::{Signed, see_other};
use crate::step::{AskedStep, asked_step, not_taken, sms_notice, take_try, told_used, way_of};

/// What a proof is needed for. A closed list: the way back is never taken from what a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Email,
    Backup,
    Delete,
    /// An authenticator app is set up.
    Totp,
    TotpOff,
    /// New recovery codes.
    Codes,
    /// A telephone for codes by SMS.
    Sms,
    SmsOff,
    Passkeys,
    /// A linked account is let go (ONE-1).
    Unlink,
}

impl Need {
    const ALL: [Self; 10] = [
        Self::Email,
        Self::Backup,
        Self::Delete,
        Self::Totp,
        Self::TotpOff,
        Self::Codes,
        Self::Sms,
        Self::SmsOff,
        Self::Passkeys,
        Self::Unlink,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Backup => "backup",
            Self::Delete => "delete",
            Self::Totp => "totp",
            Self::TotpOff => "totp-off",
            Self::Codes => "codes",
            Self::Sms => "sms",
            Self::SmsOff => "sms-off",
            Self::Passkeys => "passkeys",
            Self::Unlink => "unlink",
        }
    }

    /// Where it leads back to.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Email => "/profile/email",
            Self::Backup => "/profile/backup",
            Self::Delete => "/profile/delete",
            Self::Totp => "/profile/steps/totp",
            Self::TotpOff => "/profile/steps/totp/off",
            Self::Codes => "/profile/steps/codes",
            Self::Sms => "/profile/steps/sms",
            Self::SmsOff => "/profile/steps/sms/off",
            Self::Passkeys => "/profile/security/passkeys",
            Self::Unlink => "/profile/linked-accounts",
        }
    }

    /// The page before the one that needs it.
    const fn back(self) -> &'static str {
        match self {
            Self::Email => "/profile/details",
            Self::Backup | Self::Delete => "/profile/security",
            Self::Totp | Self::TotpOff | Self::Codes | Self::Sms | Self::SmsOff => "/profile/steps",
            Self::Passkeys => "/profile/security/passkeys",
            Self::Unlink => "/profile/linked-accounts",
        }
    }

    pub(crate) fn of(name: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|need| need.name() == name).ok_or(Refusal::NotFound)
    }

    /// To the page that asks for the proof.
    pub(crate) fn ask(self) -> Response {
        see_other(&self.prove_path(""))
    }

    pub(crate) fn prove_path(self, more: &str) -> String {
        format!("/profile/prove?need={}{more}", self.name())
    }
}

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

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    need: String,
    sent: String,
    /// The way of the second step that was chosen.
    way: String,
    /// What became of a code by SMS that was asked for.
    sms: String,
}

#[derive(Serialize)]
struct ProvePage {
    /// `second`, `password`, or the state of the code: `sent`, `expired` or `tried`.
    step: &'static str,
    /// The second step, where that is asked for.
    asked: Option<AskedStep>,
    need: &'static str,
    form: FormState,
    username: String,
    /// Mostly hidden.
    address: String,
    until: Option<String>,
    back_href: &'static str,
    telephone: Option<String>,
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

/// The same, with a way of the second step that was chosen.
async fn show_way(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (need, way): (Need, &str),
    (status, form, notice): (StatusCode, FormState, Option<Notice>),
) -> Result<Response, Refusal> {
    let (step, until) = match identity::proof_step(&app.db, app.db.reader(), signed.session).await? {
        ProofStep::Proven => return Ok(see_other(need.path())),
        ProofStep::Second => ("second", None),
        ProofStep::Password => ("password", None),
        ProofStep::Code(CodeState::Sent(until)) => ("sent", Some(until)),
        ProofStep::Code(CodeState::TriedTooOften) => ("tried", None),
        ProofStep::Code(CodeState::Expired | CodeState::NotSent) => ("expired", None),
    };
    let steps = identity::steps_of(app.db.reader(), StepOwner::Login(signed.login.id)).await?;
    let path = |way: StepWay| need.prove_path(&format!("&way={}", way.name()));
    let asked = match step {
        "second" => Some(asked_step(app, locale, (signed.login.id, &steps, way), path).await?),
        _ => None,
    };
    let backup = identity::find_backup(app.db.reader(), &app.vault, signed.login.id).await?;
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Security)?;
    frame.title = app.site.texts().say(locale.language, "prove-title");
    frame.path = need.prove_path("");
    frame.notice = notice;
    let content = ProvePage {
        step,
        asked,
        need: need.name(),
        form,
        username: signed.login.username.clone(),
        address: backup.map(|backup| hidden(&backup.email)).unwrap_or_default(),
        until: until.map(|until| web::moment(app.site.texts(), locale.language, until, &app.zone)),
        back_href: need.back(),
        telephone: app.provider.telephone.clone(),
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

/// Takes one of the codes that may be sent; says when there is none left.
async fn no_code_left(app: &App, signed: &Signed) -> Result<bool, Refusal> {
    let limit = Limit::of(&app.vault, LimitKind::ProofCode, &signed.login.id.to_string());
    Ok(limit.take(&app.db).await?.is_some())
}

/// `POST /profile/prove`: the password; then a code is sent where there is a backup e-mail for it.
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
    let backup = identity::find_backup(app.db.reader(), &app.vault, signed.login.id).await?;
    if backup.is_some_and(|backup| backup.is_confirmed) && no_code_left(&app, &signed).await? {
        shown.refuse("current", app.site.texts().say(locale.language, "door-code-too-many"));
        return show(&app, &locale, &signed, need, (StatusCode::TOO_MANY_REQUESTS, shown, None)).await;
    }
    let desk = Desk::of(&app);
    let begun = app.db.write_with(Isolation::Locked, async |tx| {
        let begun = identity::begin_proof((desk.db, desk.vault), tx, (&proven, signed.session)).await;
        let begun = begun?;
        if let ProofBegun::Code { code, to } = &begun
            && let Some(person) = Person::find(&desk, tx, signed.login.id).await?
        {
            address_letters::proof_code(&desk, tx, &person, (code, to)).await?;
        }
        Ok::<_, LetterError>(begun)
    });
    Ok(match begun.await? {
        ProofBegun::Proven => see_other(need.path()),
        ProofBegun::Second => need.ask(),
        ProofBegun::JustSent => see_other(&need.prove_path("&sent=just")),
        ProofBegun::Code { .. } => {
            app.nudge.notify_one();
            see_other(&need.prove_path(""))
        }
    })
}

/// `POST /profile/prove/code`: tries the code; the right one ends the proof.
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
        identity::try_proof_code((&app.db, &app.vault), tx, who, &digits).await.map_err(LetterError::from)
    });
    match judged.await? {
        Judged::Right => return Ok(see_other(need.path())),
        Judged::Wrong(left) if left > 0 => {
            shown.refuse("code", texts.say_count(locale.language, "confirm-wrong", left.into(), &[]));
        }
        // What is the matter, and the way on, stand on the page.
        _ => {}
    }
    show(&app, &locale, &signed, need, (StatusCode::UNPROCESSABLE_ENTITY, shown, None)).await
}

/// `POST /profile/prove/again`: sends another code.
pub(crate) async fn again(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let need = Need::of(form.get("need"))?;
    if no_code_left(&app, &signed).await? {
        let text = app.site.texts().say(locale.language, "door-code-too-many");
        let said = (StatusCode::TOO_MANY_REQUESTS, FormState::empty(&["code"]), Some(Notice { kind: "warning", text }));
        return show(&app, &locale, &signed, need, said).await;
    }
    let (desk, who) = (Desk::of(&app), (signed.login.id, signed.session));
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let drawn = identity::another_proof_code((desk.db, desk.vault), tx, who).await?;
        let Some((code, to)) = drawn else { return Ok(false) };
        let Some(person) = Person::find(&desk, tx, signed.login.id).await? else { return Ok(false) };
        address_letters::proof_code(&desk, tx, &person, (&code, &to)).await?;
        Ok::<_, LetterError>(true)
    });
    let sent = sent.await?;
    app.nudge.notify_one();
    Ok(see_other(&need.prove_path(if sent { "&sent=1" } else { "&sent=just" })))
}
