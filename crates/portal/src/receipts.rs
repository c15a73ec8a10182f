//! The receipt of a payment that charged, as a page and as a PDF, in the same words and order (PAY-1, BIL-4).

use accounts::{AccountView, Right};
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use billing::{Billed, Moved};
use kernel::{Amount, Currency, Language};
use paper::{DocumentLine, DocumentSection, Receipt};
use payments::{Payment, Refund, RefundState, State as Stage};
use web::Labelled;
use web::{Refusal, Texts};

use crate::App;
use crate::bills::AskedPdf;
use crate::pay::{card_name, reference, till};
use crate::rows::Status;
use crate::signed::{Signed, id_in};

/// Refunds of one payment that its page and its receipt list.
pub(crate) const MOST_REFUNDS: u32 = 50;

/// Who was paid, if anybody was; by which reference, when, with which card, for which bills.
pub(crate) fn facts(app: &App, language: Language, payment: &Payment) -> Vec<Labelled> {
    let texts = app.site.texts();
    let labelled = |key: &str, value: String| Labelled { label: texts.say(language, key), value };
    let at = payment.settled_at.unwrap_or(payment.begun_at);
    let mut facts = Vec::new();
    if payment.state == Stage::Succeeded {
        facts.push(labelled("payment-to", app.provider.facts.name.clone()));
    }
    facts.push(labelled("payment-reference", reference(payment.id)));
    facts.push(labelled("payment-at", web::moment(texts, language, at, &app.zone)));
    facts.extend(payment.card.as_ref().map(|card| labelled("payment-card", card_name(texts, language, card))));
    if !payment.bills.is_empty() {
        let bills: Vec<String> = payment.bills.iter().map(ToString::to_string).collect();
        facts.push(labelled("payment-bills", bills.join(", ")));
    }
    if payment.gateway == payments::SIMULATED {
        facts.push(labelled("payment-gateway", texts.say(language, "payment-gateway-simulated")));
    }
    facts
}

/// What a payment settled, and what was left to pay after it.
pub(crate) fn settled_facts(
    texts: &Texts,
    said_in: (Language, Currency),
    billed: &Billed,
    moved: &Moved,
) -> Vec<Labelled> {
    let labelled = |key: &str, value: String| Labelled { label: texts.say(said_in.0, key), value };
    let settled = crate::payment_rows::settled(texts, said_in, billed, moved);
    let mut facts = Vec::new();
    if !settled.is_empty() {
        facts.push(labelled("payment-settled", settled.join(" ")));
    }
    facts.push(labelled("payment-left", crate::payment_rows::balance(texts, said_in, moved.balance)));
    facts
}

pub(crate) fn refund_status(app: &App, language: Language, state: RefundState) -> Status {
    let (kind, key) = match state {
        RefundState::Succeeded => ("success", "refund-done"),
        RefundState::Failed => ("danger", "refund-failed"),
        RefundState::Begun | RefundState::Sending | RefundState::Pending => ("info", "refund-under-way"),
    };
    Status { kind, text: app.site.texts().say(language, key) }
}

/// `GET /accounts/{number}/payments/{payment}/receipt.pdf`: in the customer's language. Only what was charged has one.
pub(crate) async fn pdf(
    State(app): State<App>,
    signed: Signed,
    Path((number, payment)): Path<(String, String)>,
    Query(asked): Query<AskedPdf>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::SeeBills, &number)?;
    let payments = &till(&app)?.payments;
    let id = id_in(&payment)?;
    let found = payments.find(&grant, id).await?.filter(|found| found.state == Stage::Succeeded);
    let payment = found.ok_or(Refusal::NotFound)?;
    let refunds = payments.refunds(&grant, Some(id), MOST_REFUNDS).await?;
    let view = signed.view(&app, &grant)?;
    let mut receipt = Receipt { large_print: asked.is_large(), ..written(&app, &view, (&payment, &refunds)) };
    // As it was when it was paid: printed again, it says the same.
    let billed = billing::list_bills(&app.db, &grant).await?;
    let then = payment.entry.map(|entry| billed.after(entry));
    let moved = then.as_ref().zip(payment.entry).and_then(|(then, entry)| then.moved(entry));
    receipt.facts.extend(
        moved
            .into_iter()
            .flat_map(|moved| settled_facts(app.site.texts(), (view.language, payment.currency), &billed, moved)),
    );
    if signed.may(Right::ConfirmClaim, &number).is_err() {
        // The client identifier is on bills and nowhere else for who is a user of the account (USR-3).
        let label = app.site.texts().say(view.language, "payment-reference");
        receipt.identifier = Labelled { label, value: reference(payment.id) };
    }
    let bytes = app.renderer.render_receipt(&receipt).map_err(|error| {
        tracing::error!(%error, payment = %id, "the PDF of a receipt could not be made");
        Refusal::Broken
    })?;
    let file = app.site.texts().say(view.language, "receipt-file");
    let name = format!("inline; filename=\"{file}-{}.pdf\"", reference(id));
    Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}

fn written(app: &App, view: &AccountView, (payment, refunds): (&Payment, &[Refund])) -> Receipt {
    let (texts, language) = (app.site.texts(), view.language);
    let say = |key: &str| texts.say(language, key);
    let labelled = |key: &str, value: String| Labelled { label: say(key), value };
    let amount = web::amount(language, payment.amount, payment.currency);
    let provider = &app.provider.facts;
    let paid_at = payment.settled_at.unwrap_or(payment.begun_at);
    Receipt {
        language,
        large_print: false,
        issued: paid_at.timestamp().to_zoned(app.zone.clone()).date(),
        title: say("receipt-title"),
        sender: billing::sender(texts, language, provider),
        addressee: billing::addressee(view),
        identifier: labelled("bill-identifier", view.identifier.clone()),
        account: labelled("bill-account", view.number.clone()),
        lead: texts.say_with(language, "receipt-lead", &[("amount", &amount)]),
        amount: labelled("receipt-amount", amount),
        facts: facts(app, language, payment),
        refunds: (!refunds.is_empty()).then(|| given_back(app, view, (payment, refunds))),
        links: provider.links(),
        page_label: texts.say_with(language, "bill-page", &[("page", "{page}"), ("pages", "{pages}")]),
    }
}

/// What went back up to today.
fn given_back(app: &App, view: &AccountView, (payment, refunds): (&Payment, &[Refund])) -> DocumentSection {
    let (texts, language) = (app.site.texts(), view.language);
    let amount = |amount| web::amount(language, amount, payment.currency);
    let lines = refunds.iter().map(|refund| {
        let day = web::moment(texts, language, refund.begun_at, &app.zone);
        let status = refund_status(app, language, refund.state).text;
        let values = [("day", day.as_str()), ("status", &status)];
        DocumentLine {
            id: None,
            what: refund.reason.clone(),
            detail: Some(texts.say_with(language, "receipt-refund-detail", &values)),
            amount: amount(refund.amount),
        }
    });
    let done: Amount = refunds.iter().filter(|one| one.state == RefundState::Succeeded).map(|one| one.amount).sum();
    let today = web::day(texts, language, app.today());
    DocumentSection {
        id: "refunds".into(),
        title: texts.say(language, "payment-refunds"),
        explanation: texts.say_with(language, "receipt-refunds-text", &[("day", &today)]),
        lines: lines.collect(),
        total: Labelled { label: texts.say(language, "receipt-refunded"), value: amount(done) },
    }
}
