//! The first step of paying by card: what is to be paid (PAY-1).

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Amount, AmountError, Language};
use paper::Passage;
use payments::WrongAmount;
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Notice, Refusal};

use crate::App;
use crate::owing::{Owing, is_a_choice, typed_amount};
use crate::pay::{Asking, Wish, drawn_key};
use crate::rows::Named;
use crate::signed::{Signed, see_other};

const FIELDS: [&str; 3] = ["for", "amount", "more"];

#[derive(Serialize)]
struct AmountPage {
    account: Named,
    form: FormState,
    choices: Vec<Choice>,
    /// The amount typed is more than is due.
    asks_more: bool,
    /// A payment that is not over.
    under_way: Option<UnderWay>,
    action: String,
    back_href: String,
    others: Vec<Passage>,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    hint: String,
}

#[derive(Serialize)]
struct UnderWay {
    text: String,
    href: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// What is chosen at first: `due` or `late`.
    #[serde(rename = "for")]
    purpose: String,
    /// What was chosen, and is not any more what it was.
    changed: String,
    /// What a payment that charged nothing was to pay.
    amount: String,
}

impl Asked {
    /// What is chosen at first, and typed.
    fn first<'a>(&'a self, owing: &Owing, language: Language) -> (&'a str, String) {
        let again = self.amount.parse().ok().filter(|amount| *amount > Amount::ZERO);
        let is_late = |amount| amount == owing.late && owing.late > Amount::ZERO;
        match again {
            Some(amount) if amount == owing.due => ("due", String::new()),
            Some(amount) if is_late(amount) => ("late", String::new()),
            Some(amount) => ("other", typed(language, amount)),
            None if owing.bill(&self.purpose).is_some() => (&self.purpose, String::new()),
            None if owing.is_late(&self.purpose) => ("late", String::new()),
            None if self.purpose == "late" && owing.late > Amount::ZERO => ("late", String::new()),
            None if owing.due > Amount::ZERO => ("due", String::new()),
            None => ("other", String::new()),
        }
    }
}

/// An amount as it is typed.
fn typed(language: Language, amount: Amount) -> String {
    match language {
        Language::Fr => amount.to_string().replace('.', ","),
        Language::En => amount.to_string(),
    }
}

/// `GET /accounts/{number}/pay`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let asking = Asking::of(&app, &locale, &signed, &number)?;
    let owing = asking.owing().await?;
    if owing.is_unknown(&asked.purpose) {
        return Err(Refusal::NotFound);
    }
    let mut form = FormState::empty(&FIELDS);
    let (first, typed) = asked.first(&owing, locale.language);
    form.values.insert("for", first.to_owned());
    form.values.insert("amount", typed);
    let wished = if asked.changed.is_empty() { asked.purpose.as_str() } else { asked.changed.as_str() };
    let text = match wished {
        "late" if owing.late.is_zero() => Some(asking.say("pay-late-nothing")),
        "due" if owing.due.is_zero() => Some(nothing_due(&asking, &owing)),
        "" | "other" if owing.is_nothing() => Some(nothing_due(&asking, &owing)),
        _ if !asked.changed.is_empty() => Some(asking.say("pay-changed")),
        _ => None,
    };
    let notice = text.map(|text| Notice { kind: "info", text });
    show(&asking, (StatusCode::OK, notice), form, &owing, false)
}

/// `POST /accounts/{number}/pay`
pub(crate) async fn submit(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let asking = Asking::of(&app, &locale, &signed, &number)?;
    let owing = asking.owing().await?;
    let purpose = form.get("for");
    let wanted = match wanted(&asking, &form, &owing) {
        Ok(wanted) => wanted,
        Err((field, text)) => {
            let mut shown = FormState::keeping(&form, &FIELDS);
            shown.refuse(field, text);
            return show_refused(&asking, shown, &owing, false);
        }
    };
    let more = !form.get("more").is_empty();
    if let Err(wrong) = asking.till.payments.check(&asking.grant, wanted, more).await? {
        let asks_more = purpose == "other" && is_a_choice(wrong);
        let mut shown = FormState::keeping(&form, &FIELDS);
        shown.refuse(if purpose == "other" { "amount" } else { "for" }, in_words(&asking, wrong));
        return show_refused(&asking, shown, &owing, asks_more);
    }
    let more = if more { "yes" } else { "" }.to_owned();
    let wish = Wish::of([wanted.to_string(), purpose.to_owned(), more, drawn_key(&app)]);
    Ok(see_other(&format!("/accounts/{number}/pay/card?{}", wish.query())))
}

/// The amount that a form is about; or the field that is wrong, and why.
fn wanted(asking: &Asking<'_>, form: &Form, owing: &Owing) -> Result<Amount, (&'static str, String)> {
    let typed = form.trimmed("amount");
    let chosen = match form.get("for") {
        "due" if owing.due.is_zero() => return Err(("for", nothing_due(asking, owing))),
        "late" if owing.late.is_zero() => return Err(("for", asking.say("pay-late-nothing"))),
        "due" => owing.due,
        "late" => owing.late,
        bill if bill.starts_with("bill-") => owing.bill(bill).ok_or_else(|| ("for", asking.say("pay-changed")))?.amount,
        "other" => {
            return typed_amount(typed).map_err(|error| {
                let key = if error == AmountError::TooFine { "pay-amount-fine" } else { "pay-amount-none" };
                ("amount", asking.say(key))
            });
        }
        _ => return Err(("for", asking.say("pay-choose"))),
    };
    // Nobody is charged something else than what they wrote.
    if typed.is_empty() || typed_amount(typed) == Ok(chosen) {
        return Ok(chosen);
    }
    Err(("amount", asking.say_with("pay-amount-unchosen", &[("amount", &asking.written(chosen))])))
}

fn nothing_due(asking: &Asking<'_>, owing: &Owing) -> String {
    if owing.under_way.is_zero() { asking.say("pay-due-nothing") } else { said_under_way(asking, owing) }
}

/// A payment was refused for its amount when it was to begin.
pub(crate) fn refused(
    asking: &Asking<'_>,
    form: &Form,
    owing: &Owing,
    wrong: WrongAmount,
) -> Result<Response, Refusal> {
    let mut shown = FormState::keeping(form, &FIELDS);
    shown.values.insert("for", "other".to_owned());
    shown.refuse("amount", in_words(asking, wrong));
    show_refused(asking, shown, owing, is_a_choice(wrong))
}

/// Too many payments of the account charged nothing.
pub(crate) fn too_many(asking: &Asking<'_>, form: &Form, owing: &Owing) -> Result<Response, Refusal> {
    let mut shown = FormState::keeping(form, &FIELDS);
    shown.refuse("for", asking.say("pay-too-many"));
    show(asking, (StatusCode::TOO_MANY_REQUESTS, None), shown, owing, false)
}

fn show_refused(asking: &Asking<'_>, form: FormState, owing: &Owing, asks_more: bool) -> Result<Response, Refusal> {
    show(asking, (StatusCode::UNPROCESSABLE_ENTITY, None), form, owing, asks_more)
}

fn show(
    asking: &Asking<'_>,
    (status, notice): (StatusCode, Option<Notice>),
    form: FormState,
    owing: &Owing,
    asks_more: bool,
) -> Result<Response, Refusal> {
    let base = format!("/accounts/{}", asking.view.number);
    let content = AmountPage {
        account: asking.account(),
        form,
        choices: choices(asking, owing),
        // Where nothing is due, whatever is paid is more.
        asks_more: asks_more || owing.is_nothing(),
        under_way: under_way(asking, owing, &base),
        action: format!("{base}/pay"),
        back_href: format!("{base}/overview"),
        others: crate::pay::other_ways(asking.app, asking.locale, &asking.view.number),
    };
    asking.show(status, ("pay-title", "pay.html"), notice, content)
}

fn choices(asking: &Asking<'_>, owing: &Owing) -> Vec<Choice> {
    let mut choices = Vec::new();
    let mut offer = |value: &str, key: &str, hint: &str, amount: Amount| {
        if amount > Amount::ZERO {
            let label = asking.say_with(key, &[("amount", &asking.written(amount))]);
            choices.push(Choice { value: value.to_owned(), label, hint: asking.say(hint) });
        }
    };
    // With a payment under way, only what it leaves: nothing is to be paid twice.
    let due = if owing.under_way.is_zero() { "pay-for-due" } else { "pay-for-rest" };
    offer("due", due, "pay-for-due-hint", owing.due);
    offer("late", "pay-for-late", "pay-for-late-hint", owing.late);
    choices.extend(owing.up_to.iter().map(|bill| {
        let day = web::day(asking.app.site.texts(), asking.locale.language, bill.issued_on);
        let (label, hint) = if bill.is_alone() {
            ("pay-for-bill", "pay-for-bill-hint")
        } else {
            ("pay-for-bills", "pay-for-bills-hint")
        };
        let label = asking.say_with(label, &[("day", &day), ("amount", &asking.written(bill.amount))]);
        Choice { value: bill.purpose(), label, hint: asking.say(hint) }
    }));
    let (label, hint) = (asking.say("pay-for-other"), asking.say("pay-for-other-hint"));
    choices.push(Choice { value: "other".to_owned(), label, hint });
    choices
}

/// That a payment is under way, and where it is.
fn under_way(asking: &Asking<'_>, owing: &Owing, base: &str) -> Option<UnderWay> {
    let newest = owing.newest_under_way?;
    Some(UnderWay { text: said_under_way(asking, owing), href: format!("{base}/payments/{newest}") })
}

fn said_under_way(asking: &Asking<'_>, owing: &Owing) -> String {
    let key = if owing.due.is_zero() { "pay-under-way-all" } else { "pay-under-way" };
    asking.say_with(key, &[("amount", &asking.written(owing.under_way))])
}

/// What is wrong with an amount, in words.
fn in_words(asking: &Asking<'_>, wrong: WrongAmount) -> String {
    match wrong {
        WrongAmount::Nothing => asking.say("pay-amount-nothing"),
        WrongAmount::TooMuch(most) => asking.say_with("pay-amount-too-much", &[("most", &asking.written(most))]),
        WrongAmount::MoreThanDue { due, under_way } if under_way > Amount::ZERO => {
            let (due, under_way) = (asking.written(due), asking.written(under_way));
            asking.say_with("pay-amount-under-way", &[("due", &due), ("under_way", &under_way)])
        }
        WrongAmount::MoreThanDue { due, .. } => {
            asking.say_with("pay-amount-more", &[("due", &asking.written(due.max(Amount::ZERO)))])
        }
    }
}
