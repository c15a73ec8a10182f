//! The backup e-mail (SEC-5): set, changed, removed after a fresh proof, confirmed by a link that is sent there.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::Isolation;
use identity::{Backup, Limit, LimitKind};
use serde::Serialize;
use web::{Form, FormState, Locale, Notice, Page, Refusal};

use super::prove::{Need, is_proven, keep_and_ask, kept_address};
use super::{AskedQuery, Part, chosen, done_notice, frame_of};
use crate::App;
use crate::address_letters;
use crate::door_letters::Person;
use crate::emails::{email_of, is_same_mailbox};
use crate::letters::{Desk, LetterError};
use crate::signed::{Signed, see_other};

const FIELDS: [&str; 1] = ["email"];

#[derive(Serialize)]
struct BackupPage {
    form: FormState,
    /// The one that is kept.
    email: Option<String>,
    is_confirmed: bool,
}

async fn backup_of(app: &App, signed: &Signed) -> Result<Option<Backup>, Refusal> {
    Ok(identity::find_backup(app.db.reader(), &app.vault, signed.login.id).await?)
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (status, form, notice): (StatusCode, FormState, Option<Notice>),
) -> Result<Response, Refusal> {
    let backup = backup_of(app, signed).await?;
    let number = chosen(signed, "")?;
    let (mut frame, _) = frame_of(app, locale, signed, number.as_deref(), Part::Security)?;
    frame.title = app.site.texts().say(locale.language, "backup-title");
    frame.path = "/profile/backup".to_owned();
    frame.notice = notice;
    let is_confirmed = backup.as_ref().is_some_and(|backup| backup.is_confirmed);
    let content = BackupPage { form, email: backup.map(|backup| backup.email), is_confirmed };
    Page { frame, content }.show_as(status, &app.site, locale, "profile-backup.html")
}

/// `GET /profile/backup`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): AskedQuery,
) -> Result<Response, Refusal> {
    let known = ["backup-set", "backup-removed", "backup-sent", "backup-just-sent"];
    let notice = done_notice(&app, &locale, &asked.done, &known);
    let mut form = FormState::empty(&FIELDS);
    form.values.insert("email", kept_address(&app, &signed).await?);
    show(&app, &locale, &signed, (StatusCode::OK, form, notice)).await
}

/// `POST /profile/backup`: another backup e-mail.
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let mut shown = FormState::keeping(&form, &FIELDS);
    let before = backup_of(&app, &signed).await?;
    let typed = email_of(&app, form.get("email"), "recover-names-empty").and_then(|typed| {
        if is_same_mailbox(&typed, &signed.login.email) {
            return Err("backup-is-contact");
        }
        let is_same = before.as_ref().is_some_and(|before| is_same_mailbox(&before.email, &typed));
        if is_same { Err("backup-same") } else { Ok(typed) }
    });
    let typed = typed.unwrap_or_else(|key| {
        shown.refuse("email", say(key));
        String::new()
    });
    if shown.is_refused() {
        return show(&app, &locale, &signed, (StatusCode::UNPROCESSABLE_ENTITY, shown, None)).await;
    }
    if !is_proven(&app, &signed).await? {
        return keep_and_ask(&app, &signed, Need::Backup, &typed).await;
    }
    let limit = Limit::of(&app.vault, LimitKind::AddressLetter, &signed.login.id.to_string());
    if limit.take(&app.db).await?.is_some() {
        shown.refuse("email", say("email-too-many"));
        return show(&app, &locale, &signed, (StatusCode::TOO_MANY_REQUESTS, shown, None)).await;
    }
    set(&app, &signed, Some(&typed)).await?;
    Ok(see_other("/profile/backup?done=backup-set"))
}

/// Sets or removes it, and tells whom it concerns.
async fn set(app: &App, signed: &Signed, email: Option<&str>) -> Result<(), Refusal> {
    let (desk, login) = (Desk::of(app), signed.login.id);
    let done = app.db.write_with(Isolation::Locked, async |tx| {
        let before = identity::find_backup(tx, desk.vault, login).await?;
        if before.is_none() && email.is_none() {
            return Ok(());
        }
        identity::set_backup((desk.db, desk.vault), tx, login, email).await?;
        identity::forget_typed(tx, signed.session).await?;
        let Some(person) = Person::find(&desk, tx, login).await? else { return Ok(()) };
        address_letters::backup_changed(&desk, tx, &person, (before.as_ref(), email)).await?;
        if let Some(email) = email
            && let Some(secret) = identity::make_backup_link(desk.db, tx, login).await?
        {
            address_letters::backup_link(&desk, tx, &person, (email, &secret)).await?;
        }
        Ok::<_, LetterError>(())
    });
    done.await?;
    app.nudge.notify_one();
    Ok(())
}

/// `POST /profile/backup/remove`
pub(crate) async fn remove(State(app): State<App>, signed: Signed) -> Result<Response, Refusal> {
    if !is_proven(&app, &signed).await? {
        return Ok(Need::Backup.ask());
    }
    set(&app, &signed, None).await?;
    Ok(see_other("/profile/backup?done=backup-removed"))
}

/// `POST /profile/backup/again`: sends the link once more; it goes to an address that a fresh proof set, so none is asked for.
pub(crate) async fn again(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let limit = Limit::of(&app.vault, LimitKind::AddressLetter, &signed.login.id.to_string());
    if limit.take(&app.db).await?.is_some() {
        let text = app.site.texts().say(locale.language, "email-too-many");
        let notice = Some(Notice { kind: "warning", text });
        return show(&app, &locale, &signed, (StatusCode::TOO_MANY_REQUESTS, FormState::empty(&FIELDS), notice)).await;
    }
    let (desk, login) = (Desk::of(&app), signed.login.id);
    let sent = app.db.write_with(Isolation::Locked, async |tx| {
        let backup = identity::find_backup(tx, desk.vault, login).await?;
        let Some(backup) = backup else { return Ok(false) };
        let Some(secret) = identity::make_backup_link(desk.db, tx, login).await? else { return Ok(false) };
        let Some(person) = Person::find(&desk, tx, login).await? else { return Ok(false) };
        address_letters::backup_link(&desk, tx, &person, (&backup.email, &secret)).await?;
        Ok::<_, LetterError>(true)
    });
    let sent = sent.await?;
    app.nudge.notify_one();
    Ok(see_other(if sent { "/profile/backup?done=backup-sent" } else { "/profile/backup?done=backup-just-sent" }))
}
