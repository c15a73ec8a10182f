use std::sync::Arc;

use accounts::{AccountNumber, Grant, Right};
use billing::RefundDue;
use kernel::{Amount, PaymentId};
use payments::{PayError, Payment, RefundState, RefundWish};
use serde_json::json as value;

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::site::{public_url, site, till};
use crate::terminal::{json, say, warn};

pub(super) async fn list(
    home: &Home,
    account: Option<&AccountNumber>,
    most: u32,
    as_json: bool,
) -> Result<(), Failure> {
    let account = account.map(ToString::to_string);
    let found = payments::newest(&home.db, account.as_deref(), most).await?;
    if as_json {
        json(&found.iter().map(|(number, payment)| listed(number, payment)).collect::<Vec<_>>());
        return Ok(());
    }
    for (number, payment) in &found {
        let begun = payment.begun_at.timestamp().to_zoned(home.config.zone.clone());
        let card = payment.card.as_ref().map(|card| format!(", {} {}", card.brand, card.last4)).unwrap_or_default();
        let back =
            if payment.refunded > Amount::ZERO { format!(", {} given back", payment.refunded) } else { String::new() };
        say(format!(
            "{}  {}  account {number}  {} {}  {}{card}{back}",
            payment.id,
            begun.strftime("%F %R"),
            payment.amount,
            payment.currency.code(),
            payment.state.code(),
        ));
    }
    if found.is_empty() {
        say("No payment by card.");
    }
    Ok(())
}

pub(super) async fn refunds_due(home: &Home, as_json: bool) -> Result<(), Failure> {
    let due = billing::refunds_due(&home.db, home.today(), 0).await?;
    if as_json {
        json(&due.iter().map(super::bills::refund).collect::<Vec<_>>());
        return Ok(());
    }
    for refund in &due {
        let key = refund.external_id.as_deref().map_or(String::new(), |key| format!(" ({key})"));
        let RefundDue { number, amount, bill, issued_on, .. } = refund;
        say(format!("account {number}{key}  {amount}  bill {bill} of {issued_on}"));
    }
    if due.is_empty() {
        say("Nobody who left is in credit.");
    }
    Ok(())
}

fn listed(number: &str, payment: &Payment) -> serde_json::Value {
    value!({
        "payment": payment.id, "account": number, "begun_at": payment.begun_at.timestamp().to_string(),
        "amount": payment.amount.to_string(), "currency": payment.currency.code(), "state": payment.state.code(),
        "refunded": payment.refunded.to_string(), "refundable": payment.refundable().to_string(),
        "bills": payment.bills, "gateway": payment.gateway,
        "card": payment.card.as_ref().map(|card| value!({ "brand": card.brand, "last4": card.last4 })),
    })
}

/// What is to be given back.
pub(super) struct Asked<'a> {
    pub(super) payment: PaymentId,
    pub(super) amount: Amount,
    pub(super) reason: &'a str,
    pub(super) key: Option<&'a str>,
}

pub(super) async fn refund(home: &Home, asked: &Asked<'_>, as_json: bool) -> Result<(), Failure> {
    let public_url = public_url(home, home.config.web.listen);
    let site = site(home, &public_url)?;
    let Some(till) = till(home, &site, &public_url, &Arc::default())? else {
        return Err(Failure::because("no payment gateway is configured"));
    };
    let payment = payments::find_any(&home.db, asked.payment).await?.ok_or(PayError::NotFound)?;
    if payment.gateway != till.payments.gateway().name() {
        return Err(PayError::OtherGateway(payment.gateway).into());
    }
    let key = asked.key.map_or_else(|| home.world.uuid().simple().to_string(), str::to_owned);
    let grant = Grant::of_the_provider(payment.account, "", Right::Refund);
    let wish = RefundWish { key: &key, payment: payment.id, amount: asked.amount, reason: asked.reason, login: None };
    let begun = till.payments.refund(&grant, &wish).await?;
    let refund = match till.payments.advance_refund(begun.id).await {
        Ok(refund) => refund,
        Err(error) => {
            warn(format!("the gateway could not be asked, and will be by “guichet serve”: {error}"));
            begun
        }
    };
    keep_heads(home).await?;
    let state = refund.state.code();
    if as_json {
        json(&value!({ "refund": refund.id, "key": key, "amount": refund.amount.to_string(), "state": state }));
    } else {
        say(match refund.state {
            RefundState::Succeeded => format!("{} of payment {} was given back.", refund.amount, payment.id),
            _ => format!("{} of payment {}: {state} (refund {}, key {key}).", refund.amount, payment.id, refund.id),
        });
    }
    if refund.state == RefundState::Failed {
        return Err(Failure::because("the gateway did not give it back; nothing was posted"));
    }
    Ok(())
}
