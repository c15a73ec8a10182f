//! Payments that were made: all of them, and one with its receipt (PAY-1, PAY-5).

use accounts::Right;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::response::Response;
use billing::Labelled;
use kernel::PaymentId;
use payments::{CardState, Payment, RefundState, State as Stage};
use serde::{Deserialize, Serialize};
use web::{Locale, Notice, Page, Refusal};

use crate::App;
use crate::frame::{Tab, framed, label};
use crate::pay::{card_name, reference, till};
use crate::rows::{Named, Status};
use crate::signed::{Signed, see_other};

/// Payments on one page of the list.
const ON_A_PAGE: u32 = 24;

fn status(app: &App, locale: &Locale, payment: &Payment) -> Status {
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
    rows: Vec<Row>,
    cards: Vec<CardRow>,
    pay_href: String,
    /// Where another card is kept, for who may.
    add_href: Option<String>,
    next_href: Option<String>,
}

#[derive(Serialize)]
struct Row {
    title: String,
    card: String,
    amount: String,
    status: Status,
    href: String,
}

#[derive(Serialize)]
struct CardRow {
    name: String,
    expires: String,
    warning: Option<String>,
    is_default: bool,
    default_action: String,
    remove_action: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    before: String,
    done: String,
}

/// `GET /accounts/{number}/payments`
pub(crate) async fn list(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::SeeBills, &number)?;
    let payments = &till(&app)?.payments;
    let view = signed.view(&app, &grant)?;
    let texts = app.site.texts();
    let before = asked.before.parse::<uuid::Uuid>().ok().map(PaymentId::from);
    let found = payments.list(&grant, before, ON_A_PAGE).await?;
    let base = format!("/accounts/{number}/payments");
    let full = found.len() == ON_A_PAGE as usize;
    let next_href = found.last().filter(|_| full).map(|last| format!("{base}?before={}", last.id));
    let rows = found.iter().map(|payment| Row {
        title: web::moment(texts, locale.language, payment.begun_at, &app.zone),
        card: payment.card.as_ref().map(|card| card_name(texts, locale.language, card)).unwrap_or_default(),
        amount: web::amount(locale.language, payment.amount, payment.currency),
        status: status(&app, &locale, payment),
        href: format!("{base}/{}", payment.id),
    });
    let rows = rows.collect();
    let manage = signed.may(Right::ManagePaymentMethods, &number).ok();
    let kept = match &manage {
        Some(manage) => payments.cards(manage).await.map_err(crate::cards::refused)?,
        None => Vec::new(),
    };
    let cards = kept.iter().filter(|card| card.state == CardState::Kept).filter_map(|card| {
        let facts = card.facts.as_ref()?;
        let base = format!("/accounts/{number}/cards/{}", card.id);
        Some(CardRow {
            name: card_name(texts, locale.language, facts),
            expires: crate::cards::expires(&app, &locale, facts),
            warning: crate::cards::warning(&app, &locale, facts.expiry(app.today())),
            is_default: card.is_default,
            default_action: format!("{base}/default"),
            remove_action: format!("{base}/remove"),
        })
    });
    let content = List {
        account: Named { number: number.clone(), label: label(&app, &locale, &view.segment) },
        rows,
        cards: cards.collect(),
        pay_href: format!("/accounts/{number}/pay"),
        add_href: manage.map(|_| format!("/accounts/{number}/cards/new")),
        next_href,
    };
    let mut frame = framed(&app, &locale, &signed, &view, (Tab::Billing, texts.say(locale.language, "payments-title")));
    let done = match asked.done.as_str() {
        "default" => Some("card-done-default"),
        "removed" => Some("card-done-removed"),
        "kept" => Some("card-done-kept"),
        _ => None,
    };
    frame.notice = done.map(|key| Notice { kind: "success", text: texts.say(locale.language, key) });
    Page { frame, content }.show(&app.site, &locale, "payments.html")
}

#[derive(Serialize)]
struct PaymentPage {
    account: Named,
    title: String,
    lead: String,
    amount: String,
    status: Status,
    facts: Vec<Labelled>,
    refunds: Vec<RefundRow>,
    step_href: Option<String>,
    cancel_action: Option<String>,
    again_href: Option<String>,
    refresh_href: Option<String>,
    payments_href: String,
    overview_href: String,
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

fn payment_id(text: &str) -> Result<PaymentId, Refusal> {
    text.parse::<uuid::Uuid>().map(PaymentId::from).map_err(|_| Refusal::NotFound)
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
    let id = payment_id(&payment)?;
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
    let refunds = payments.refunds(&grant, Some(id), 50).await?;
    let content = content(&app, &locale, (&number, label(&app, &locale, &view.segment)), (&found, &refunds));
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
) -> PaymentPage {
    let texts = app.site.texts();
    let say = |key: &str| texts.say(locale.language, key);
    let written = |amount| web::amount(locale.language, amount, payment.currency);
    let labelled = |key: &str, value: String| Labelled { label: say(key), value };
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
    let at = payment.settled_at.unwrap_or(payment.begun_at);
    let mut facts = vec![
        labelled("payment-reference", reference(payment.id)),
        labelled("payment-at", web::moment(texts, locale.language, at, &app.zone)),
        labelled("bill-account", number.to_owned()),
    ];
    facts.extend(payment.card.as_ref().map(|card| labelled("payment-card", card_name(texts, locale.language, card))));
    if !payment.bills.is_empty() {
        let bills: Vec<String> = payment.bills.iter().map(ToString::to_string).collect();
        facts.push(labelled("payment-bills", bills.join(", ")));
    }
    if payment.gateway == payments::SIMULATED {
        facts.push(labelled("payment-gateway", say("payment-gateway-simulated")));
    }
    let refunds = refunds.iter().map(|refund| RefundRow {
        amount: written(refund.amount),
        day: web::moment(texts, locale.language, refund.begun_at, &app.zone),
        reason: refund.reason.clone(),
        status: match refund.state {
            RefundState::Succeeded => Status { kind: "success", text: say("refund-done") },
            RefundState::Failed => Status { kind: "danger", text: say("refund-failed") },
            _ => Status { kind: "info", text: say("refund-under-way") },
        },
    });
    let base = format!("/accounts/{number}");
    let page = format!("{base}/payments/{}", payment.id);
    PaymentPage {
        account: Named { number: number.to_owned(), label },
        title: say(&format!("payment-title-{state}")),
        lead,
        amount,
        status: status(app, locale, payment),
        facts,
        refunds: refunds.collect(),
        step_href: payment.step_url.clone().filter(|_| payment.state == Stage::RequiresAction),
        cancel_action: payment.state.can_be_given_up().then(|| format!("{page}/cancel")),
        again_href: matches!(payment.state, Stage::Failed | Stage::Canceled).then(|| format!("{base}/pay")),
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
    let id = payment_id(&payment)?;
    payments.find(&pay, id).await?.ok_or(Refusal::NotFound)?;
    if let Err(error) = payments.give_up(&pay, id).await {
        tracing::warn!(%error, payment = %id, "a payment could not be given up; the follower will");
    }
    Ok(see_other(&format!("/accounts/{number}/payments/{id}")))
}
