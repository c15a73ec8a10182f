//! A passkey as the second step after a password, and as a fresh proof.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use db::{Db, DbErr, Isolation};
use identity::{PasskeyAnswer, PasskeyTried, Purpose, StepOwner, StepWay};
use jiff::SignedDuration;
use web::{Address, Form, Locale, Refusal};

use super::{as_json, letters, none_left, party};
use crate::App;
use crate::door::{Entered, Place, come_in, enter, start_again};
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::profile::prove::{self, Need};
use crate::signed::{Cookie, Signed, cookie_name, see_other, set_cookie};
use crate::step;

/// Begins to ask an owner for one of theirs.
async fn begin(app: &App, (purpose, bound_to): (Purpose, &str), owner: StepOwner) -> Result<Response, Refusal> {
    let party = party(app)?;
    let begun = app.db.write_with(Isolation::Locked, async |tx| {
        identity::begin_using(&app.db, tx, party, (purpose, bound_to), Some(owner)).await
    });
    Ok(as_json(begun.await.map_err(|error: DbErr| Refusal::from(error))?))
}

/// What is said of an answer that was not right.
fn said(app: &App, locale: &Locale, tried: &PasskeyTried) -> String {
    let key = match tried {
        PasskeyTried::Over => "passkey-over",
        PasskeyTried::Copied(_) => "passkey-copied",
        _ => "passkey-not-yours",
    };
    app.site.texts().say(locale.language, key)
}

/// `POST /profile/prove/passkey/options`: what one of the login's passkeys is to sign, for this session.
pub(super) async fn prove_options(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    signed: Signed,
) -> Result<Response, Refusal> {
    if let Some(refused) = none_left(&app, &locale, from).await? {
        return Ok(refused);
    }
    begin(&app, (Purpose::Proof, &signed.session.to_string()), StepOwner::Login(signed.login.id)).await
}

/// `POST /profile/prove/passkey`: the right one is the proof.
pub(super) async fn prove(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    form: Form,
) -> Result<Response, Refusal> {
    let (party, need) = (party(&app)?, Need::of(form.get("need"))?);
    if prove::is_proven(&app, &signed).await? {
        return Ok(see_other(need.path()));
    }
    let (desk, who) = (Desk::of(&app), (signed.login.id, signed.session));
    let (owner, bound_to) = (StepOwner::Login(who.0), signed.session.to_string());
    let answer = PasskeyAnswer { token: form.get("token"), credential: form.get("answer") };
    let tried = app.db.write_with(Isolation::Locked, async |tx| {
        let asked = (Purpose::Proof, bound_to.as_str(), Some(owner));
        let tried = identity::use_passkey((desk.db, desk.vault), tx, party, asked, &answer).await?;
        match &tried {
            PasskeyTried::Right(_) => identity::note_step_proof(desk.db, tx, who, StepWay::Passkey).await?,
            PasskeyTried::Copied(used) => letters::copied(&desk, tx, used).await?,
            _ => {}
        }
        Ok::<_, LetterError>(tried)
    });
    let tried = tried.await?;
    app.nudge.notify_one();
    match tried {
        PasskeyTried::Right(_) => Ok(see_other(need.path())),
        tried => prove::show_refused(&app, &locale, &signed, need, said(&app, &locale, &tried)).await,
    }
}

/// The sign-in that waits for its second step: the cookie's secret, and whose it is.
async fn waiting_of(db: &Db, app: &App, headers: &HeaderMap) -> Result<Option<(String, StepOwner)>, Refusal> {
    let Some(secret) = web::cookie(headers, cookie_name(app, Cookie::Pending)) else { return Ok(None) };
    let found = identity::find_step_sign_in(db, db.reader(), &secret).await?;
    let customer = found.map(|found| found.owner).filter(|owner| matches!(owner, StepOwner::Login(_)));
    Ok(customer.map(|owner| (secret, owner)))
}

/// `POST /sign-in/step/passkey/options`: what one of the passkeys of the sign-in that waits is to sign.
pub(super) async fn step_options(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(refused) = none_left(&app, &locale, from).await? {
        return Ok(refused);
    }
    let Some((secret, owner)) = waiting_of(&app.db, &app, &headers).await? else { return Ok(start_again("/", true)) };
    begin(&app, (Purpose::Step, &secret), owner).await
}

/// `POST /sign-in/step/passkey`: the right one opens the session.
pub(super) async fn step(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    party(&app)?;
    let return_to = web::return_path(form.get("return_to")).to_owned();
    let Some((secret, owner)) = waiting_of(&app.db, &app, &headers).await? else {
        // Posted twice, the first one may have opened the session.
        let there = Signed::of(&app, &headers).await?.is_some();
        return Ok(if there { see_other(&return_to) } else { start_again(&return_to, true) });
    };
    let place = Place::of(&app, &headers, from);
    let answer = PasskeyAnswer { token: form.get("token"), credential: form.get("answer") };
    let remember = form.get("remember") == "yes";
    let (tried, entered) = try_to_enter(&app, (&secret, owner), &place, (&answer, remember)).await?;
    app.nudge.notify_one();
    if let Some(entered) = entered {
        let mut response = come_in(&app, &headers, &entered, &return_to).await?;
        response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Pending, ""));
        return Ok(response);
    }
    if matches!(tried, PasskeyTried::Right(_)) {
        // In another tab, or with another password meanwhile.
        return Ok(start_again(&return_to, true));
    }
    let said = (StatusCode::UNPROCESSABLE_ENTITY, said(&app, &locale, &tried));
    step::show_refused(&app, &locale, (&headers, &return_to), said).await
}

async fn try_to_enter(
    app: &App,
    (secret, owner): (&str, StepOwner),
    place: &Place,
    (answer, remember): (&PasskeyAnswer<'_>, bool),
) -> Result<(PasskeyTried, Option<Entered>), Refusal> {
    let (desk, party) = (Desk::of(app), party(app)?);
    let tried = app.db.write(async |tx| {
        let asked = (Purpose::Step, secret, Some(owner));
        let tried = identity::use_passkey((desk.db, desk.vault), tx, party, asked, answer).await?;
        if let PasskeyTried::Copied(used) = &tried {
            letters::copied(&desk, tx, used).await?;
        }
        let (PasskeyTried::Right(_), StepOwner::Login(login)) = (&tried, owner) else { return Ok((tried, None)) };
        let ended = identity::end_step_sign_in(desk.db, tx, secret).await?;
        let Some(sign_in) = ended else { return Ok((tried, None)) };
        owner.note(desk.db, tx, "step.passed", serde_json::json!({ "step": StepWay::Passkey.name() })).await?;
        if let Some(person) = Person::find(&desk, tx, login).await? {
            identity::forget_failures(desk.vault, tx, login, &person.names()).await?;
        }
        let entered = enter(&desk, tx, (login, sign_in.is_known), place).await?;
        let device = entered.device.as_deref().or(place.device.as_deref());
        if let Some(device) = device.filter(|_| remember && app.remember_step > SignedDuration::ZERO) {
            let until = desk.db.world().now().plus(app.remember_step);
            identity::remember_step(tx, login, device, until).await?;
        }
        Ok::<_, LetterError>((tried, Some(entered)))
    });
    Ok(tried.await?)
}
