//! The Security tab (SEC-9): what could be better, where the login is open, how to tell a false message from a true one.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbErr, Isolation};
use identity::{Backup, ProofWait, StepOwner};
use jiff::SignedDuration;
use kernel::SessionId;
use serde::Serialize;
use web::Labelled;
use web::{Form, Link, Locale, Page, Refusal};

use super::{AskedQuery, Part, chosen, done_notice, frame_of, steps};
use crate::App;
use crate::rows::Status;
use crate::signed::{Cookie, Signed, see_other, set_cookie};

/// A password that is older is better chosen anew: nobody knows any more where it was typed.
const OLD: SignedDuration = SignedDuration::from_hours(365 * 24);

#[derive(Serialize)]
struct SecurityPage {
    tabs: Vec<Link>,
    checks: Vec<Check>,
    /// Where a lost login is recovered.
    recovery: Vec<Labelled>,
    /// How many passkeys open the login, in words; where that page is, all of them are.
    passkeys: String,
    sessions: Vec<Open>,
    /// Whether there are others than this one.
    has_others: bool,
    genuine: Vec<String>,
}

/// One line of the check-up.
#[derive(Serialize)]
pub(super) struct Check {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) status: Status,
    pub(super) action: Option<Link>,
}

#[derive(Serialize)]
struct Open {
    id: String,
    device: String,
    begun: String,
    seen: String,
    is_this: bool,
}

/// `GET /profile/security`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let number = chosen(&signed, &asked.account)?;
    let (mut frame, tabs) = frame_of(&app, &locale, &signed, number.as_deref(), Part::Security)?;
    frame.notice = done_notice(&app, &locale, &asked.done, &["session", "sessions", "session-gone", "proof-stopped"]);
    let sessions = sessions(&app, &locale, &signed).await?;
    let backup = identity::find_backup(app.db.reader(), &app.vault, signed.login.id).await?;
    let mut checks = checks(&app, &locale, &signed, sessions.len()).await?;
    checks.insert(2, backup_check(&app, &locale, backup.as_ref()));
    let owner = StepOwner::Login(signed.login.id);
    let steps = identity::steps_of(app.db.reader(), owner).await?;
    checks.insert(0, steps::check(&app, &locale, &steps));
    if let Some(wait) = identity::find_wait(&app.db, app.db.reader(), signed.login.id).await? {
        checks.insert(0, wait_check(&app, &locale, &wait));
    }
    let recovery = recovery(&app, &locale, &signed, backup);
    let has_others = sessions.len() > 1;
    let passkeys = identity::steps_of(app.db.reader(), StepOwner::Login(signed.login.id)).await?.passkeys;
    let passkeys = app.site.texts().say_count(locale.language, "security-passkeys-count", passkeys, &[]);
    let genuine = genuine(&app, &locale);
    let content = SecurityPage { tabs, checks, recovery, passkeys, sessions, has_others, genuine };
    Page { frame, content }.show(&app.site, &locale, "profile-security.html")
}

async fn sessions(app: &App, locale: &Locale, signed: &Signed) -> Result<Vec<Open>, Refusal> {
    let open = identity::open_sessions(&app.db, &app.0.sightings, signed.login.id).await?;
    let moment = |at| web::moment(app.site.texts(), locale.language, at, &app.zone);
    let shown = open.into_iter().map(|session| Open {
        device: crate::device_words::device_said(app.site.texts(), locale.language, session.device.as_deref()),
        begun: moment(session.created_at),
        seen: moment(session.seen_at),
        is_this: session.id == signed.session,
        id: session.id.to_string(),
    });
    Ok(shown.collect())
}

/// The addresses that a lost login is recovered through.
fn recovery(app: &App, locale: &Locale, signed: &Signed, backup: Option<Backup>) -> Vec<Labelled> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let none = || say("security-backup-none");
    vec![
        Labelled { label: say("profile-contact-email"), value: signed.login.email.clone() },
        Labelled { label: say("backup-title"), value: backup.map_or_else(none, |backup| backup.email) },
    ]
}

/// A proof that waits for three days: whoever did not ask for it finds the way to stop it here as well.
fn wait_check(app: &App, locale: &Locale, wait: &ProofWait) -> Check {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let at = web::moment(texts, locale.language, wait.good_from, &app.zone);
    let href = format!("/profile/prove?need={}", wait.need);
    Check {
        title: say("security-proof"),
        text: texts.say_with(locale.language, "security-proof-text", &[("at", &at)]),
        status: Status { kind: "warning", text: say("security-proof-waits") },
        action: Some(Link { label: say("security-proof-action"), href, current: false }),
    }
}

fn backup_check(app: &App, locale: &Locale, backup: Option<&Backup>) -> Check {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let is_good = backup.is_some_and(|backup| backup.is_confirmed);
    let text = match backup {
        Some(backup) => {
            let key = if is_good { "security-backup-confirmed" } else { "security-backup-waits" };
            texts.say_with(locale.language, key, &[("email", &backup.email)])
        }
        None => say("security-backup-missing"),
    };
    let (kind, status) = if is_good { ("success", "security-good") } else { ("warning", "security-better") };
    let label = say(if backup.is_some() { "security-backup-action" } else { "backup-add" });
    Check {
        title: say("backup-title"),
        text,
        status: Status { kind, text: say(status) },
        action: (!is_good).then(|| Link { label, href: "/profile/backup".to_owned(), current: false }),
    }
}

async fn checks(app: &App, locale: &Locale, signed: &Signed, open: usize) -> Result<Vec<Check>, Refusal> {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let check = |name: &str, text: String, action: Option<&str>| Check {
        title: say(&format!("security-{name}")),
        text,
        status: match action {
            None => Status { kind: "success", text: say("security-good") },
            Some(_) => Status { kind: "warning", text: say("security-better") },
        },
        action: action.map(|href| Link {
            label: say(&format!("security-{name}-action")),
            href: href.to_owned(),
            current: false,
        }),
    };
    let set_at = identity::password_set_at(app.db.reader(), signed.login.id).await?;
    let set_at = set_at.unwrap_or(signed.login.created_at);
    let is_old = set_at.plus(OLD) <= app.db.world().now();
    let set = web::moment(texts, locale.language, set_at, &app.zone);
    let key = if is_old { "security-password-old" } else { "security-password-set" };
    let password = texts.say_with(locale.language, key, &[("at", &set)]);
    let mut checks = vec![check("password", password, is_old.then_some("/profile/password"))];
    let confirmed = signed.login.email_confirmed;
    let key = if confirmed { "security-email-confirmed" } else { "security-email-unconfirmed" };
    let email = texts.say_with(locale.language, key, &[("email", &signed.login.email)]);
    checks.push(check("email", email, (!confirmed).then_some("/support/contact")));
    let count = i64::try_from(open).unwrap_or(i64::MAX);
    let sessions = texts.say_count(locale.language, "security-sessions-open", count, &[]);
    checks.push(check("sessions", sessions, (open > 1).then_some("#sessions")));
    for reach in signed.actor.reaches.iter().filter(|reach| signed.actor.is_unconfirmed(&reach.number)) {
        let text = texts.say_with(locale.language, "security-claim-waits", &[("account", &reach.number)]);
        checks.push(check("claim", text, Some(&format!("/accounts/{}/confirm", reach.number))));
    }
    Ok(checks)
}

/// What is true of every message of ours.
fn genuine(app: &App, locale: &Locale) -> Vec<String> {
    let texts = app.site.texts();
    let values = [("site", app.public_url.as_str()), ("sender", &app.sender.to_string())];
    let mut said: Vec<String> = ["sender", "identifier", "site", "never"]
        .into_iter()
        .map(|key| texts.say_with(locale.language, &format!("security-genuine-{key}"), &values))
        .collect();
    let doubt = match &app.provider.facts.telephone {
        Some(telephone) => texts.say_with(locale.language, "security-genuine-call", &[("telephone", telephone)]),
        None => texts.say(locale.language, "security-genuine-write"),
    };
    said.push(doubt);
    said
}

/// `POST /profile/security/end`: ends one session, which the form names; the own one by signing out.
pub(crate) async fn end(State(app): State<App>, signed: Signed, form: Form) -> Result<Response, Refusal> {
    let session: uuid::Uuid = form.trimmed("session").parse().map_err(|_| Refusal::BadRequest)?;
    let session = SessionId::from(session);
    let login = signed.login.id;
    let ended =
        app.db.write_with(Isolation::Locked, async |tx| identity::end_own_session(&app.db, tx, login, session).await);
    let ended: bool = ended.await.map_err(|error: DbErr| Refusal::from(error))?;
    if session == signed.session {
        let mut response = see_other("/sign-in?out=1");
        response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Session, ""));
        return Ok(response);
    }
    Ok(see_other(if ended { "/profile/security?done=session" } else { "/profile/security?done=session-gone" }))
}

/// `POST /profile/security/end-others`: ends all sessions but the one that asks.
pub(crate) async fn end_others(State(app): State<App>, signed: Signed) -> Result<Response, Refusal> {
    let ended = app.db.write_with(Isolation::Locked, async |tx| {
        identity::end_other_sessions(&app.db, tx, signed.login.id, signed.session).await
    });
    ended.await.map_err(|error: DbErr| Refusal::from(error))?;
    Ok(see_other("/profile/security?done=sessions"))
}

/// `POST /profile/stay`: the session is used, and goes on. Asked by the page that warns before its end.
pub(crate) async fn stay(_: Signed) -> StatusCode {
    StatusCode::NO_CONTENT
}
