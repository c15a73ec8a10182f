//! A lost password, username or identifier (SEC-5). Whatever was typed, the answer is one, and comes after one time: what there
//! is to do is done beside it.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::{ChosenPassword, HashError, Limit, LimitKind, LinkPurpose, LinkState, Login, UnlockedBy};
use kernel::LoginId;
use serde::{Deserialize, Serialize};
use web::{Address, Form, FormState, Locale, Notice, Page, Refusal};

use crate::App;
use crate::address_letters;
use crate::choose_password::{self, Found, Way};
use crate::door_letters::{self, Person};
use crate::letters::{Desk, LetterError};
use crate::sign_up::ANSWER_AFTER;
use crate::signed::{Cookie, cookie_name, see_other, set_cookie};

const FIELDS: [&str; 1] = ["name"];

/// What was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    Password,
    Names,
    /// The contact e-mail too: the backup e-mail is written to.
    Backup,
}

impl Lost {
    const fn path(self) -> &'static str {
        match self {
            Self::Password => "/recover",
            Self::Names => "/recover/names",
            Self::Backup => "/recover/backup",
        }
    }

    /// The part of the texts' keys that names it.
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Names => "names",
            Self::Backup => "backup",
        }
    }
}

#[derive(Serialize)]
struct RecoverPage {
    /// `password`, `names` or `backup`.
    lost: &'static str,
    /// The form was posted: the one answer.
    sent: bool,
    form: FormState,
    action: &'static str,
    telephone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    sent: String,
}

fn show(
    app: &App,
    locale: &Locale,
    (lost, sent): (Lost, bool),
    (status, form): (StatusCode, FormState),
) -> Result<Response, Refusal> {
    let mut frame = app.site.frame(locale, &format!("recover-{}-title", lost.name()));
    lost.path().clone_into(&mut frame.path);
    let telephone = app.provider.facts.telephone.clone();
    let content = RecoverPage { lost: lost.name(), sent, form, action: lost.path(), telephone };
    Page { frame, content }.show_as(status, &app.site, locale, "recover.html")
}

/// `GET /recover`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let sent = !asked.sent.is_empty();
    show(&app, &locale, (Lost::Password, sent), (StatusCode::OK, FormState::empty(&FIELDS)))
}

/// `GET /recover/names`
pub(crate) async fn names_page(
    State(app): State<App>,
    locale: Locale,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let sent = !asked.sent.is_empty();
    show(&app, &locale, (Lost::Names, sent), (StatusCode::OK, FormState::empty(&FIELDS)))
}

/// `GET /recover/backup`
pub(crate) async fn backup_page(
    State(app): State<App>,
    locale: Locale,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let sent = !asked.sent.is_empty();
    show(&app, &locale, (Lost::Backup, sent), (StatusCode::OK, FormState::empty(&FIELDS)))
}

/// `POST /recover/backup`
pub(crate) async fn backup_submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    form: Form,
) -> Result<Response, Refusal> {
    ask(&app, &locale, from, (&form, Lost::Backup)).await
}

/// `POST /recover`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    form: Form,
) -> Result<Response, Refusal> {
    ask(&app, &locale, from, (&form, Lost::Password)).await
}

/// `POST /recover/names`
pub(crate) async fn names_submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    form: Form,
) -> Result<Response, Refusal> {
    ask(&app, &locale, from, (&form, Lost::Names)).await
}

async fn ask(
    app: &App,
    locale: &Locale,
    from: std::net::IpAddr,
    (form, lost): (&Form, Lost),
) -> Result<Response, Refusal> {
    let until = tokio::time::Instant::now() + ANSWER_AFTER;
    let texts = app.site.texts();
    let mut shown = FormState::keeping(form, &FIELDS);
    let typed = form.trimmed("name").to_owned();
    let is_wrong = match lost {
        Lost::Password | Lost::Backup => typed.is_empty() || typed.len() > 254,
        Lost::Names => kernel::EmailAddress::parse(&typed).is_err(),
    };
    if is_wrong {
        shown.refuse("name", texts.say(locale.language, &format!("recover-{}-empty", lost.name())));
        return show(app, locale, (lost, false), (StatusCode::UNPROCESSABLE_ENTITY, shown));
    }
    let limits = [
        Limit::of_address(&app.vault, LimitKind::RecoverAddress, from),
        Limit::of(&app.vault, LimitKind::RecoverName, &format!("{}\0{}", lost.name(), identity::fold(&typed))),
    ];
    for limit in &limits {
        if let Some(wait) = limit.take(&app.db).await? {
            shown.refuse("name", texts.say_count(locale.language, "sign-up-wait", wait.as_mins() + 1, &[]));
            tokio::time::sleep_until(until).await;
            return show(app, locale, (lost, false), (StatusCode::TOO_MANY_REQUESTS, shown));
        }
    }
    let beside = app.clone();
    tokio::spawn(async move {
        let done = match lost {
            Lost::Password => send_links(&beside, &typed).await,
            Lost::Names => send_names(&beside, &typed).await,
            Lost::Backup => send_backup_links(&beside, &typed).await,
        };
        match done {
            Ok(()) => beside.nudge.notify_one(),
            Err(error) => tracing::error!(%error, "a message about a lost password or name could not be written"),
        }
    });
    tokio::time::sleep_until(until).await;
    Ok(see_other(&format!("{}?sent=1", lost.path())))
}

/// The logins that are meant by what was typed.
async fn meant(app: &App, typed: &str) -> Result<Vec<LoginId>, LetterError> {
    if let Some(login) = identity::login_by_username(app.db.reader(), typed).await? {
        return Ok(vec![login]);
    }
    if let Some(login) = accounts::login_by_identifier(app.db.reader(), typed).await? {
        return Ok(vec![login]);
    }
    if !typed.contains('@') {
        return Ok(Vec::new());
    }
    Ok(with_email(app, typed).await?.into_iter().map(|login| login.id).collect())
}

async fn with_email(app: &App, email: &str) -> Result<Vec<Login>, LetterError> {
    identity::logins_with_email(app.db.reader(), &app.vault, email).await.map_err(LetterError::Vault)
}

async fn send_links(app: &App, typed: &str) -> Result<(), LetterError> {
    let desk = Desk::of(app);
    for login in meant(app, typed).await? {
        let limit = Limit::of(&app.vault, LimitKind::RecoverLogin, &login.to_string());
        if limit.take(&app.db).await?.is_some() {
            continue;
        }
        app.db
            .write(async |tx| match Person::find(&desk, tx, login).await? {
                Some(person) => door_letters::password_link(&desk, tx, &person, "password-link").await,
                None => Ok(()),
            })
            .await?;
    }
    Ok(())
}

/// To the backup e-mails of the logins that are meant, where they are confirmed; the contact e-mails are told at once.
async fn send_backup_links(app: &App, typed: &str) -> Result<(), LetterError> {
    let desk = Desk::of(app);
    for login in meant(app, typed).await? {
        let backup = identity::find_backup(app.db.reader(), &app.vault, login).await?;
        if !backup.is_some_and(|backup| backup.is_confirmed) {
            continue;
        }
        let limit = Limit::of(&app.vault, LimitKind::RecoverLogin, &format!("backup\0{login}"));
        if limit.take(&app.db).await?.is_some() {
            continue;
        }
        app.db
            .write(async |tx| {
                // Read anew: it may have been changed since.
                let backup = identity::find_backup(tx, desk.vault, login).await?;
                let Some(backup) = backup.filter(|backup| backup.is_confirmed) else { return Ok(()) };
                match Person::find(&desk, tx, login).await? {
                    Some(person) => address_letters::recovery(&desk, tx, &person, &backup.email).await,
                    None => Ok(()),
                }
            })
            .await?;
    }
    Ok(())
}

async fn send_names(app: &App, email: &str) -> Result<(), LetterError> {
    let logins = with_email(app, email).await?;
    let limit = Limit::of(&app.vault, LimitKind::RecoverLogin, &email.to_lowercase());
    if logins.is_empty() || limit.take(&app.db).await?.is_some() {
        return Ok(());
    }
    let desk = Desk::of(app);
    app.db
        .write(async |tx| {
            let mut people = Vec::with_capacity(logins.len());
            for login in &logins {
                people.extend(Person::find(&desk, tx, login.id).await?);
            }
            door_letters::names(&desk, tx, &people).await
        })
        .await
}

/// The login of a link, for as long as the link is good, and what the link can do.
async fn found(app: &App, secret: &str) -> Result<Found, Refusal> {
    let found = identity::find_link(&app.db, app.db.reader(), secret, LinkPurpose::NewPassword).await?;
    let Some((login, state)) = found else { return Ok((None, None)) };
    // Whose link it was is told only while it opens something.
    if state != LinkState::Open {
        return Ok((None, Some(state)));
    }
    Ok((identity::find_login(app.db.reader(), &app.vault, login).await?, Some(state)))
}

/// `GET /recover/{secret}`: where the link leads. It changes nothing.
pub(crate) async fn choose_page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let found = found(&app, &secret).await?;
    choose_password::show(&app, &locale, (Way::Lost, &secret), &found, FormState::default()).await
}

/// `POST /recover/{secret}`: chooses the password. The device is known from then on: its owner reads the contact e-mail.
pub(crate) async fn choose(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let link = (Way::Lost, secret.as_str());
    let password = match choose_password::typed(&app, &locale, link, &found(&app, &secret).await?, &form).await? {
        Ok(password) => password,
        Err(page) => return Ok(page),
    };
    let device = web::cookie(&headers, cookie_name(&app, Cookie::Device));
    if let Some(device) = set_password(&app, (&secret, &password), device.as_deref()).await? {
        let mut response = choose_password::done(&app);
        response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Device, &device));
        return Ok(response);
    }
    // Somebody was faster with the same link.
    choose_password::show(&app, &locale, link, &found(&app, &secret).await?, FormState::default()).await
}

async fn set_password(
    app: &App,
    (secret, password): (&str, &ChosenPassword),
    device: Option<&str>,
) -> Result<Option<String>, LetterError> {
    let desk = Desk::of(app);
    app.db
        .write(async |tx| {
            let Some(login) = identity::choose_password(desk.db, tx, secret, password).await? else { return Ok(None) };
            if let Some(person) = Person::find(&desk, tx, login).await? {
                let by = (person.names(), UnlockedBy::Recovery);
                let was_locked = identity::unlock(desk.db, desk.vault, tx, login, (&by.0, by.1)).await?;
                door_letters::password_changed(&desk, tx, (&person, was_locked)).await?;
            }
            let device = identity::bind_device(desk.db, tx, login, device).await?;
            Ok(Some(device.secret().to_owned()))
        })
        .await
}

/// What a page says when a password was not hashed.
pub(crate) fn unhashed(error: HashError) -> Refusal {
    match error {
        HashError::Busy => Refusal::Unavailable,
        HashError::Failed => Refusal::Broken,
    }
}

/// Said on the sign-in page after a password was chosen.
pub(crate) fn chosen_notice(app: &App, locale: &Locale) -> Notice {
    Notice { kind: "success", text: app.site.texts().say(locale.language, "recover-done") }
}
