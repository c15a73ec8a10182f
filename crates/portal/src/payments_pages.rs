//! Payments that were made: all of them (`payment_rows.rs`), and one by card with its receipt (PAY-1, PAY-5).

use accounts::{Grant, Right};
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::response::Response;
use kernel::{Amount, PaymentId};
use payments::{CardState, Payment, State as Stage};
use serde::{Deserialize, Serialize};
use web::Labelled;
use web::{Locale, Notice, Page, Refusal};

use crate::App;
use crate::frame::{Tab, framed, label};
use crate::pay::till;
use crate::payment_rows::{self, Row};
use crate::rows::{Named, Status};
use crate::signed::{Signed, id_in, see_other};

pub(crate) fn status(app: &App, locale: &Locale, payment: &Payment) -> Status {
    let (kind, key) = match payment.state {
        Stage::Succeeded if payment.refunded >= payment.amount => ("neutral", "payment-state-refunded"),
        Stage::Succeeded => ("success", "payment-state-succeeded"),
        Stage::Failed => ("danger", "payment-state-failed"),
        Stage::Canceled => ("neutral", "payment-state-canceled"),
        Stage::RequiresAction => ("warning", "payment-state-step"),
        Stage::Begun | Stage::Created => ("warning", "payment-state-begun"),
        Stage::Confirming | Stage::Processing => ("info", "payment-state-checking"),
    };
    Status { kind, text: app.site.texts().say(locale.language, key) }
}

#[derive(Serialize)]
struct List {
    account: Named,
    title: String,
    /// Not for who may manage cards and see no bills (USR-3).
    sees_payments: bool,
    rows: Vec<Row>,
    cards: Vec<CardRow>,
    longest_name: usize,
    /// None for who may not pay.
    pay_href: Option<String>,
    /// Where another card is kept, for who may.
    add_href: Option<String>,
    next_href: Option<String>,
}

#[derive(Serialize)]
struct CardRow {
    title: String,
    /// What its people call it; empty for nothing.
    name: String,
    expires: String,
    warning: Option<String>,
    is_default: bool,
    default_action: String,
    name_action: String,
    remove_action: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    before: String,
    done: String,
}

/// The grant of who may manage cards, if they may; that of the page; and whether it shows payments.
fn who_looks(signed: &Signed, number: &str) -> Result<(Option<Grant>, Grant, bool), Refusal> {
    let manage = signed.may(Right::ManagePaymentMethods, number).ok();
    match (signed.may(Right::SeeBills, number), manage) {
        (Ok(grant), manage) => Ok((manage, grant, true)),
        (Err(_), Some(manage)) => Ok((Some(manage.clone()), manage, false)),
        (Err(refusal), None) => Err(refusal),
    }
}

/// `GET /accounts/{number}/payments`
pub(crate) async fn list(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let (manage, grant, sees_payments) = who_looks(&signed, &number)?;
    let payments = app.till.as_ref().map(|till| &till.payments);
    // Without a till there are no cards, and payments all the same.
    if payments.is_none() && !sees_payments {
        return Err(Refusal::NotFound);
    }
    let view = signed.view(&app, &grant)?;
    let texts = app.site.texts();
    let listed = match sees_payments {
        true => Some(payment_rows::page((&app, &locale), (&grant, &view), payments, &asked.before).await?),
        false => None,
    };
    let base = format!("/accounts/{number}/payments");
    let (rows, next) = listed.map(|page| (page.rows, page.next)).unwrap_or_default();
    let next_href = next.map(|last| format!("{base}?before={last}"));
    let kept = match (&manage, payments) {
        (Some(manage), Some(payments)) => payments.cards(manage).await.map_err(crate::cards::refused)?,
        _ => Vec::new(),
    };
    let kept = crate::cards::named(&app, &view, kept).await?;
    let cards = kept.iter().filter(|(card, _)| card.state == CardState::Kept).filter_map(|(card, name)| {
        let facts = card.facts.as_ref()?;
        let base = format!("/accounts/{number}/cards/{}", card.id);
        Some(CardRow {
            title: crate::cards::titled(&app, &locale, name.as_deref(), facts),
            name: name.clone().unwrap_or_default(),
            expires: crate::cards::expires(&app, &locale, facts),
            warning: crate::cards::warning(&app, &locale, facts.expiry(app.today())),
            is_default: card.is_default,
            default_action: format!("{base}/default"),
            name_action: format!("{base}/name"),
            remove_action: format!("{base}/remove"),
        })
    });
    let title = texts.say(locale.language, if sees_payments { "payments-title" } else { "cards-title" });
    let content = List {
        account: Named { number: number.clone(), label: label(&app, &locale, &view.segment) },
        title: title.clone(),
        sees_payments,
        rows,
        cards: cards.collect(),
        longest_name: payments::LONGEST_NAME,
        pay_href: (payments.is_some() && signed.may(Right::Pay, &number).is_ok())
            .then(|| format!("/accounts/{number}/pay")),
        add_href: manage.filter(|_| payments.is_some()).map(|_| format!("/accounts/{number}/cards/new")),
        next_href,
    };
    let mut frame = framed(&app, &locale, &signed, &view, (Tab::Billing, title));
    frame.notice = done(&asked.done).map(|(kind, key)| Notice { kind, text: texts.say(locale.language, key) });
    Page { frame, content }.show(&app.site, &locale, "payments.html")
}

/// What just happened to a card: how it is shown, and its text.
fn done(done: &str) -> Option<(&'static str, &'static str)> {
    Some(match done {
        "default" => ("success", "card-done-default"),
        "removed" => ("success", "card-done-removed"),
        "named" => ("success", "card-done-named"),
        "unnamed" => ("success", "card-done-unnamed"),
        "known" => ("success", "card-done-known"),
        "kept" => ("success", "card-done-kept"),
        "long-name" => ("danger", "card-long-name"),
        "number-name" => ("danger", "card-number-name"),
        _ => return None,
    })
}

#[derive(Serialize)]
struct PaymentPage {
    account: Named,
    title: String,
    lead: String,
    amount: String,
    amount_label: String,
    /// It is over, and nothing was charged.
    is_vain: bool,
    status: Status,
    facts: Vec<Labelled>,
    refunds: Vec<RefundRow>,
    doors: Doors,
    refresh_href: Option<String>,
    receipt_href: Option<String>,
    payments_href: String,
    overview_href: String,
}

/// What may be done with a payment, by who may pay; others only look.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Doors {
    step_href: Option<String>,
    cancel_action: Option<String>,
    again_href: Option<String>,
}

impl Doors {
    fn of(
        (state, step_url): (Stage, Option<String>),
        (number, id, amount): (&str, PaymentId, Amount),
        may_pay: bool,
    ) -> Self {
        if !may_pay {
            return Self::default();
        }
        let base = format!("/accounts/{number}");
        Self {
            step_href: step_url.filter(|_| state == Stage::RequiresAction),
            cancel_action: state.can_be_given_up().then(|| format!("{base}/payments/{id}/cancel")),
            again_href: is_vain(state).then(|| format!("{base}/pay?amount={amount}")),
        }
    }
}

/// Whether a payment is over, and charged nothing.
fn is_vain(state: Stage) -> bool {
    matches!(state, Stage::Failed | Stage::Canceled)
}

#[derive(Serialize)]
struct RefundRow {
    amount: String,
    day: String,
    reason: String,
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskedPayment {
    /// `go`: just paid, so on to the second step if there is one.
    step: String,
}

/// `GET /accounts/{number}/payments/{payment}`: how it stands, and its receipt. Where it is not over, the gateway is asked.
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, payment)): Path<(String, String)>,
    Query(asked): Query<AskedPayment>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::SeeBills, &number)?;
    let payments = &till(&app)?.payments;
    let id = id_in(&payment)?;
    let mut found = payments.find(&grant, id).await?.ok_or(Refusal::NotFound)?;
    if !found.state.is_final()
        && let Ok(pay) = signed.may(Right::Pay, &number)
    {
        match payments.advance(&pay, id).await {
            Ok(payment) => found = payment,
            Err(error) => tracing::warn!(%error, payment = %id, "a payment waits for the gateway"),
        }
    }
    let view = signed.view(&app, &grant)?;
    let refunds = payments.refunds(&grant, Some(id), crate::receipts::MOST_REFUNDS).await?;
    let stands = (found.state, found.step_url.clone());
    let billed = payment_rows::linked(&app, &grant, Some(payments)).await?;
    let doors = Doors::of(stands, (&number, id, found.amount), signed.may(Right::Pay, &number).is_ok());
    let account = (number.as_str(), label(&app, &locale, &view.segment));
    let mut content = content(&app, &locale, account, (&found, &refunds), doors);
    let moved = found.entry.and_then(|entry| billed.reckoning.moved(entry));
    content.facts.extend(moved.into_iter().flat_map(|moved| {
        crate::receipts::settled_facts(app.site.texts(), (locale.language, found.currency), &billed, moved)
    }));
    // Without scripts too, the page goes on to the bank, and says how it ended.
    let refresh = match found.state {
        Stage::Confirming | Stage::Processing => Some("5".to_owned()),
        Stage::RequiresAction if asked.step == "go" => found.step_url.as_ref().map(|url| format!("0; url={url}")),
        _ => None,
    };
    let frame = framed(&app, &locale, &signed, &view, (Tab::Billing, content.title.clone()));
    let mut response = Page { frame, content }.show(&app.site, &locale, "payment.html")?;
    if let Some(refresh) = refresh.and_then(|refresh| HeaderValue::from_str(&refresh).ok()) {
        response.headers_mut().insert("refresh", refresh);
    }
    Ok(response)
}

fn content(
    app: &App,
    locale: &Locale,
    (number, label): (&str, String),
    (payment, refunds): (&Payment, &[payments::Refund]),
    doors: Doors,
) -> PaymentPage {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let written = |amount| web::amount(locale.language, amount, payment.currency);
    let amount = written(payment.amount);
    let state = match payment.state {
        Stage::Begun | Stage::Created => "begun",
        Stage::Confirming | Stage::Processing => "checking",
        Stage::RequiresAction => "step",
        Stage::Succeeded => "succeeded",
        Stage::Failed => "failed",
        Stage::Canceled => "canceled",
    };
    let lead = match (payment.state, payment.failure) {
        (Stage::Failed, Some(decline)) => say(&format!("decline-{}", decline.code())),
        _ => texts.say_with(locale.language, &format!("payment-lead-{state}"), &[("amount", &amount)]),
    };
    let mut facts = vec![Labelled { label: say("bill-account"), value: number.to_owned() }];
    facts.extend(crate::receipts::facts(app, locale.language, payment));
    let refunds = refunds.iter().map(|refund| RefundRow {
        amount: written(refund.amount),
        day: web::moment(texts, locale.language, refund.begun_at, &app.zone),
        reason: refund.reason.clone(),
        status: crate::receipts::refund_status(app, locale.language, refund.state),
    });
    let base = format!("/accounts/{number}");
    let page = format!("{base}/payments/{}", payment.id);
    PaymentPage {
        account: Named { number: number.to_owned(), label },
        title: say(&format!("payment-title-{state}")),
        lead,
        amount,
        amount_label: say(if is_vain(payment.state) { "payment-amount-vain" } else { "payment-amount" }),
        is_vain: is_vain(payment.state),
        status: status(app, locale, payment),
        facts,
        refunds: refunds.collect(),
        doors,
        receipt_href: (payment.state == Stage::Succeeded).then(|| format!("{page}/receipt.pdf")),
        refresh_href: (!payment.state.is_final()).then_some(page),
        payments_href: format!("{base}/payments"),
        overview_href: format!("{base}/overview"),
    }
}

/// `POST /accounts/{number}/payments/{payment}/cancel`
pub(crate) async fn cancel(
    State(app): State<App>,
    signed: Signed,
    Path((number, payment)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let pay = signed.may(Right::Pay, &number)?;
    let payments = &till(&app)?.payments;
    let id = id_in(&payment)?;
    payments.find(&pay, id).await?.ok_or(Refusal::NotFound)?;
    if let Err(error) = payments.give_up(&pay, id).await {
        tracing::warn!(%error, payment = %id, "a payment could not be given up; the follower will");
    }
    Ok(see_other(&format!("/accounts/{number}/payments/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pay_1_who_may_not_pay_is_shown_no_door() {
        let paid = ("12", PaymentId::FIRST, Amount::cents(725));
        let of = |state, may_pay| Doors::of((state, Some("/bank".to_owned())), paid, may_pay);
        let waits = of(Stage::RequiresAction, true);
        assert_eq!((waits.step_href.as_deref(), waits.again_href.as_deref()), (Some("/bank"), None));
        assert!(waits.cancel_action.is_some_and(|action| action.starts_with("/accounts/12/payments/")));
        assert_eq!(of(Stage::Failed, true).again_href.as_deref(), Some("/accounts/12/pay?amount=7.25"));
        assert_eq!(of(Stage::Succeeded, true), Doors::default());
        for state in [Stage::Begun, Stage::Created, Stage::RequiresAction, Stage::Failed, Stage::Canceled] {
            assert_ne!(of(state, true), Doors::default(), "{state:?}");
            assert_eq!(of(state, false), Doors::default(), "{state:?}");
        }
    }
}
