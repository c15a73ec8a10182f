//! Cards that the gateway keeps for an account (PAY-1): how they are told, chosen and removed.

use accounts::{AccountView, Right};
use axum::extract::{Path, State};
use axum::response::Response;
use payments::{Card, CardError, CardFacts, Expiry};
use web::{Form, Locale, Refusal};

use crate::App;
use crate::pay::{card_name, till};
use crate::signed::{Signed, id_in, see_other};

pub(crate) fn refused(error: CardError) -> Refusal {
    match error {
        CardError::NotFound => Refusal::NotFound,
        CardError::LongName | CardError::NumberInName => Refusal::BadRequest,
        CardError::Vault(error) => error.into(),
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

/// Cards with what their people call them, as far as they named them.
pub(crate) async fn named(
    app: &App,
    view: &AccountView,
    cards: Vec<Card>,
) -> Result<Vec<(Card, Option<String>)>, Refusal> {
    let key = if cards.iter().any(Card::is_named) {
        accounts::customer_key(app.db.reader(), &app.vault, view.customer).await?
    } else {
        None
    };
    let name = |card: &Card| key.as_ref().map_or(Ok(None), |key| card.name(&app.vault, key));
    cards.into_iter().map(|card| Ok((name(&card)?, card))).map(|one| one.map(|(name, card)| (card, name))).collect()
}

/// As `Office card – Visa ending in 4242`; without a name, what the card is.
pub(crate) fn titled(app: &App, locale: &Locale, name: Option<&str>, facts: &CardFacts) -> String {
    let texts = app.site.texts();
    let card = card_name(texts, locale.language, facts);
    match name {
        Some(name) => texts.say_with(locale.language, "card-titled", &[("name", name), ("card", &card)]),
        None => card,
    }
}

/// `POST /accounts/{number}/cards/{card}/default`
pub(crate) async fn set_default(
    State(app): State<App>,
    signed: Signed,
    Path((number, card)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    till(&app)?.payments.set_default_card(&manage, id_in(&card)?).await.map_err(refused)?;
    Ok(see_other(&format!("/accounts/{number}/payments?done=default")))
}

/// `POST /accounts/{number}/cards/{card}/remove`
pub(crate) async fn remove(
    State(app): State<App>,
    signed: Signed,
    Path((number, card)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    till(&app)?.payments.remove_card(&manage, id_in(&card)?).await.map_err(refused)?;
    Ok(see_other(&format!("/accounts/{number}/payments?done=removed")))
}

/// `POST /accounts/{number}/cards/{card}/name`
pub(crate) async fn name(
    State(app): State<App>,
    signed: Signed,
    Path((number, card)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, &number)?;
    let payments = &till(&app)?.payments;
    let id = id_in(&card)?;
    let view = signed.view(&app, &manage)?;
    let key = accounts::customer_key(app.db.reader(), &app.vault, view.customer).await?.ok_or(Refusal::NotFound)?;
    let done = match payments.name_card(&manage, id, (&app.vault, &key), form.get("name")).await {
        Ok(()) if form.trimmed("name").is_empty() => "unnamed",
        Ok(()) => "named",
        Err(CardError::LongName) => "long-name",
        Err(CardError::NumberInName) => "number-name",
        Err(error) => return Err(refused(error)),
    };
    Ok(see_other(&format!("/accounts/{number}/payments?done={done}")))
}
