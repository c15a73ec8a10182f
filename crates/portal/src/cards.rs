//! Cards that the gateway keeps for an account (PAY-1): how they are told, chosen and removed.

use accounts::Right;
use axum::extract::{Path, State};
use axum::response::Response;
use kernel::CardId;
use payments::{CardError, CardFacts, Expiry};
use web::{Locale, Refusal};

use crate::App;
use crate::pay::till;
use crate::signed::{Signed, see_other};

pub(crate) fn refused(error: CardError) -> Refusal {
    match error {
        CardError::NotFound => Refusal::NotFound,
        CardError::TooMany => Refusal::TooMany { retry_after_seconds: 3600 },
        CardError::Db(error) => error.into(),
    }
}

/// Until when a card is good, as `03/2028`.
pub(crate) fn expires(app: &App, locale: &Locale, card: &CardFacts) -> String {
    let date = format!("{:02}/{}", card.exp_month, card.exp_year);
    app.site.texts().say_with(locale.language, "card-expires", &[("date", &date)])
}

pub(crate) fn warning(app: &App, locale: &Locale, expiry: Expiry) -> Option<String> {
    let key = match expiry {
        Expiry::Good => return None,
        Expiry::Soon => "card-expires-soon",
        Expiry::Expired => "card-expired",
    };
    Some(app.site.texts().say(locale.language, key))
}

pub(crate) fn id_of(card: &str) -> Result<CardId, Refusal> {
    card.parse::<uuid::Uuid>().map(CardId::from).map_err(|_| Refusal::NotFound)
}

/// `POST /accounts/{number}/cards/{card}/default`
pub(crate) async fn set_default(
    State(app): State<App>,
    signed: Signed,
    Path((number, card)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    till(&app)?.payments.set_default_card(&manage, id_of(&card)?).await.map_err(refused)?;
    Ok(see_other(&format!("/accounts/{number}/payments?done=default")))
}

/// `POST /accounts/{number}/cards/{card}/remove`
pub(crate) async fn remove(
    State(app): State<App>,
    signed: Signed,
    Path((number, card)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    till(&app)?.payments.remove_card(&manage, id_of(&card)?).await.map_err(refused)?;
    Ok(see_other(&format!("/accounts/{number}/payments?done=removed")))
}
