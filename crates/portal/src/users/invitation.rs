//! Where the link of an invitation leads (USR-2): whoever reads that mailbox chooses a username and a password, or accepts with the login
//! that they have.

use accounts::{Accepted, Held, InvitationState, RightsError, UserInvitation};
use axum::extract::{Path, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::{LoginError, Password, Token, Username};
use kernel::Language;
use serde::Serialize;
use web::Labelled;
use web::{Form, FormState, Locale, Page, Refusal};

use super::errors::ActError;
use super::letters;
use crate::App;
use crate::device_words::device_code;
use crate::letters::Desk;
use crate::recover::unhashed;
use crate::sign_up::{Lengths, Rule, check_username, refuse_password, rules_of};
use crate::signed::{Cookie, Signed, cookie_name, encoded, see_other, set_cookie, with_session};

const FIELDS: [&str; 1] = ["username"];

#[derive(Serialize)]
struct InvitationPage {
    /// `open`, `holder` and `user` for who reaches the account already, `used`, `withdrawn`, `replaced`, `holder-gone`, `expired`, or
    /// `unknown` for a link that is none of ours.
    state: &'static str,
    account_number: Option<String>,
    rights: Vec<Labelled>,
    until: Option<String>,
    /// Where the link went: the new login's contact e-mail.
    email: Option<String>,
    /// Who is signed in, and may accept as that.
    signed_as: Option<String>,
    action: String,
    sign_in_href: String,
    form: FormState,
    proposals: Vec<String>,
    rules: Vec<Rule>,
    policy: Lengths,
    telephone: Option<String>,
}

fn state_of(found: Option<&UserInvitation>, signed: Option<&Signed>) -> (StatusCode, &'static str) {
    let Some(found) = found else { return (StatusCode::NOT_FOUND, "unknown") };
    let reach = signed.and_then(|signed| signed.actor.reaches.iter().find(|reach| reach.number == found.number));
    let is_user = signed.is_some_and(|signed| signed.actor.user_of(&found.number).is_some());
    match (found.state, reach) {
        (InvitationState::Open, Some(reach)) if reach.is_holder() => (StatusCode::CONFLICT, "holder"),
        (InvitationState::Open, _) if is_user => (StatusCode::CONFLICT, "user"),
        (InvitationState::Open, _) => (StatusCode::OK, "open"),
        (InvitationState::Used, _) => (StatusCode::GONE, "used"),
        (InvitationState::Withdrawn, _) => (StatusCode::GONE, "withdrawn"),
        (InvitationState::Replaced, _) => (StatusCode::GONE, "replaced"),
        (InvitationState::HolderGone, _) => (StatusCode::GONE, "holder-gone"),
        (InvitationState::Expired, _) => (StatusCode::GONE, "expired"),
    }
}

/// What a page is made with beside the invitation.
struct Shown<'a> {
    secret: &'a str,
    signed: Option<&'a Signed>,
    form: FormState,
}

/// What the invitation opens; that it is nothing, where the holder withdrew it all meanwhile.
fn rights(app: &App, locale: &Locale, held: &Held) -> Vec<Labelled> {
    let rights = crate::rights::in_words(app, locale, held);
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let nothing = || vec![Labelled { label: say("rights-account"), value: say("users-may-nothing") }];
    if rights.is_empty() { nothing() } else { rights }
}

async fn show(app: &App, locale: &Locale, Shown { secret, signed, form }: Shown<'_>) -> Result<Response, Refusal> {
    let found = accounts::find_user_invitation((&app.db, app.vault.as_ref()), app.db.reader(), secret).await?;
    let (mut status, state) = state_of(found.as_ref(), signed);
    // What it is about is told only while something can be done with it.
    let open = found.filter(|_| state == "open");
    let login = match &open {
        Some(found) => identity::find_login(app.db.reader(), &app.vault, found.login).await?,
        None => None,
    };
    let email = login.map(|login| login.email);
    let mut proposals = Vec::new();
    if form.is_refused() && state == "open" {
        status = StatusCode::UNPROCESSABLE_ENTITY;
        proposals = identity::propose(&app.db, email.as_deref().unwrap_or_default()).await?;
    }
    let (rules, policy) = rules_of(app, locale, app.policy);
    let path = format!("/invitation/{secret}");
    let texts = app.site.texts();
    let content = InvitationPage {
        state,
        account_number: open.as_ref().map(|found| found.number.clone()),
        rights: open.as_ref().map(|found| rights(app, locale, &found.held)).unwrap_or_default(),
        until: open.as_ref().map(|found| web::moment(texts, locale.language, found.until, &app.zone)),
        email,
        signed_as: signed.map(|signed| signed.login.username.clone()),
        sign_in_href: format!("/sign-in?return_to={}", encoded(&path)),
        action: path,
        form,
        proposals,
        rules,
        policy,
        telephone: app.provider.facts.telephone.clone(),
    };
    let frame = app.site.frame(locale, &format!("invitation-{state}-title"));
    Page { frame, content }.show_as(status, &app.site, locale, "invitation.html")
}

/// `GET /invitation/{secret}`: it changes nothing, for scanners follow every link.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let signed = Signed::of(&app, &headers).await?;
    let form = FormState::empty(&FIELDS);
    show(&app, &locale, Shown { secret: &secret, signed: signed.as_ref(), form }).await
}

/// `POST /invitation/{secret}`: accepts.
pub(super) async fn accept(
    State(app): State<App>,
    locale: Locale,
    headers: HeaderMap,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let signed = Signed::of(&app, &headers).await?;
    let mut shown = FormState::keeping(&form, &FIELDS);
    let found = accounts::find_user_invitation((&app.db, app.vault.as_ref()), app.db.reader(), &secret).await?;
    let is_open = state_of(found.as_ref(), signed.as_ref()).1 == "open";
    let Some(found) = found.filter(|_| is_open) else {
        return show(&app, &locale, Shown { secret: &secret, signed: signed.as_ref(), form: shown }).await;
    };
    if form.get("with") == "own" {
        let accepted = match &signed {
            Some(signed) => accept_with_own(&app, &secret, signed).await?,
            // Their session has ended meanwhile: they sign in, and come back.
            None => return Ok(see_other(&format!("/sign-in?return_to={}", encoded(&format!("/invitation/{secret}"))))),
        };
        if let Accepted::By(_, found) = accepted {
            app.nudge.notify_one();
            return Ok(see_other(&landing(&found)));
        }
        return show(&app, &locale, Shown { secret: &secret, signed: signed.as_ref(), form: shown }).await;
    }
    let username = check_username(&app, &locale, &form, &mut shown).await?;
    let login = identity::find_login(app.db.reader(), &app.vault, found.login).await?.ok_or(Refusal::NotFound)?;
    let password = Password::new(form.get("password"));
    let names = (app.policy, form.trimmed("username"), login.email.as_str());
    refuse_password(&app, &locale, names, (&form, &password), &mut shown);
    if let Some(username) = username.filter(|_| !shown.is_refused()) {
        let hash = app.hasher().hash(app.db.world(), &password).await.map_err(unhashed)?;
        match accept_as_new(&app, &headers, &secret, (&username, &hash, locale.language)).await {
            Ok(Some((token, device, found))) => {
                app.nudge.notify_one();
                let mut response = with_session(&app, &token, &landing(&found));
                response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Device, device.secret()));
                return Ok(response);
            }
            Ok(None) => {}
            Err(ActError::Login(LoginError::UsernameTaken)) => {
                shown.refuse("username", app.site.texts().say(locale.language, "sign-up-name-taken"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    show(&app, &locale, Shown { secret: &secret, signed: signed.as_ref(), form: shown }).await
}

/// To the account; home, where they hold nothing there yet.
fn landing(found: &UserInvitation) -> String {
    match found.held.is_empty() {
        true => "/".to_owned(),
        false => format!("/accounts/{}/overview", found.number),
    }
}

async fn accept_with_own(app: &App, secret: &str, signed: &Signed) -> Result<Accepted, ActError> {
    let with = (&app.db, app.vault.as_ref());
    let desk = Desk::of(app);
    let done = app.db.write(async |tx| {
        let accepted = accounts::accept_as(with, tx, secret, signed.login.id).await?;
        if let Accepted::By(_, found) = &accepted {
            letters::joined(&desk, tx, (&**found, &signed.login.username)).await?;
        }
        Ok(accepted)
    });
    match done.await {
        // With another invitation at the same moment.
        Err(ActError::Rights(RightsError::IsThere)) => Ok(Accepted::IsUser),
        Err(ActError::Rights(RightsError::Refused)) => Ok(Accepted::Over),
        done => done,
    }
}

/// The login, its session and the known device in one transaction.
async fn accept_as_new(
    app: &App,
    headers: &HeaderMap,
    secret: &str,
    new: (&Username, &str, Language),
) -> Result<Option<(Token, Token, Box<UserInvitation>)>, ActError> {
    let device = web::cookie(headers, cookie_name(app, Cookie::Device));
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let words = device_code(agent);
    let (desk, with) = (Desk::of(app), (&app.db, app.vault.as_ref()));
    app.db
        .write(async |tx| {
            let Accepted::By(login, found) = accounts::accept_as_new(with, tx, secret, new).await? else {
                return Ok(None);
            };
            letters::joined(&desk, tx, (&*found, new.0.as_str())).await?;
            let device = identity::bind_device(&app.db, tx, login, device.as_deref()).await?;
            let token = identity::begin_session(&app.db, tx, login, words.as_deref()).await?;
            Ok(Some((token, device, found)))
        })
        .await
}
