//! Signing in with a passkey, which names its owner by itself. It is both steps: whoever has the device was recognised by it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use db::Isolation;
use identity::{PasskeyAnswer, PasskeyTried, Purpose, StepOwner, Token};
use web::{Address, Form, Locale, Refusal};

use super::{as_json, letters, none_left, party};
use crate::App;
use crate::door::{Entered, Place, come_in, enter};
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};
use crate::sign_in;
use crate::signed::{Cookie, Signed, cookie_name, see_other, set_cookie};

/// `POST /sign-in/passkey/options`: what whichever passkey the device offers is to sign, for this browser.
pub(super) async fn options(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let party = party(&app)?;
    if let Some(refused) = none_left(&app, &locale, from).await? {
        return Ok(refused);
    }
    // Kept where it is there: the tabs of a browser each have a challenge of their own.
    let before = web::cookie(&headers, cookie_name(&app, Cookie::Passkey)).filter(|secret| !secret.is_empty());
    let bound_to = before.unwrap_or_else(|| Token::draw(&app.db).secret().to_owned());
    let begun = app.db.write_with(Isolation::Locked, async |tx| {
        identity::begin_using(&app.db, tx, party, (Purpose::SignIn, &bound_to), None).await
    });
    let begun = begun.await.map_err(|error: db::DbErr| Refusal::from(error))?;
    let mut response = as_json(begun);
    response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Passkey, &bound_to));
    Ok(response)
}

/// `POST /sign-in/passkey`: the right one opens the session.
pub(super) async fn submit(
    State(app): State<App>,
    locale: Locale,
    Address(from): Address,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Refusal> {
    party(&app)?;
    let return_to = web::return_path(form.get("return_to")).to_owned();
    let place = Place::of(&app, &headers, from);
    let bound_to = web::cookie(&headers, cookie_name(&app, Cookie::Passkey)).unwrap_or_default();
    let answer = PasskeyAnswer { token: form.get("token"), credential: form.get("answer") };
    let (tried, entered) = try_to_enter(&app, &bound_to, &answer, &place).await?;
    app.nudge.notify_one();
    if let Some(entered) = entered {
        let mut response = come_in(&app, &headers, &entered, &return_to).await?;
        response.headers_mut().append("set-cookie", set_cookie(&app, Cookie::Passkey, ""));
        return Ok(response);
    }
    // Posted twice, the first one may have opened the session.
    if tried == PasskeyTried::Over && Signed::of(&app, &headers).await?.is_some() {
        return Ok(see_other(&return_to));
    }
    let key = match &tried {
        PasskeyTried::Over => "passkey-over",
        PasskeyTried::Doubted => "passkey-doubted",
        PasskeyTried::Copied(_) => "passkey-copied",
        _ => "passkey-unknown",
    };
    let unknown = match &tried {
        PasskeyTried::Unknown(id) => Some(id.as_slice()),
        _ => None,
    };
    let said = (StatusCode::UNPROCESSABLE_ENTITY, app.site.texts().say(locale.language, key));
    sign_in::show_refused(&app, &locale, said, (&return_to, unknown))
}

async fn try_to_enter(
    app: &App,
    bound_to: &str,
    answer: &PasskeyAnswer<'_>,
    place: &Place,
) -> Result<(PasskeyTried, Option<Entered>), Refusal> {
    let (desk, party) = (Desk::of(app), party(app)?);
    let tried = app.db.write(async |tx| {
        let asked = (Purpose::SignIn, bound_to, None);
        let tried = identity::use_passkey((desk.db, desk.vault), tx, party, asked, answer).await?;
        if let PasskeyTried::Copied(used) = &tried {
            letters::copied(&desk, tx, used).await?;
        }
        let PasskeyTried::Right(used) = &tried else { return Ok((tried, None)) };
        // The provider's people have a door of their own.
        let StepOwner::Login(login) = used.owner else { return Ok((PasskeyTried::Refused, None)) };
        if Person::find(&desk, tx, login).await?.is_none() {
            return Ok((PasskeyTried::Refused, None));
        }
        let known = identity::knows_device(desk.db, tx, login, place.device.as_deref()).await?;
        let entered = enter(&desk, tx, (login, known), place).await?;
        Ok::<_, LetterError>((tried, Some(entered)))
    });
    Ok(tried.await?)
}
