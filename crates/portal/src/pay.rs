//! Paying by card, a thing at a time: what (`pay_amount.rs`), with which card, is it right (PAY-1). A card's number never
//! comes here; the gateway's page hands over what it calls the card.

use accounts::{AccountView, Grant, Right};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Amount, Language, PaymentId};
use paper::Passage;
use payments::{BeginError, CardFacts, CardState, Expiry, NewPayment, PayError, WithCard};
use serde::{Deserialize, Serialize};
use web::Labelled;
use web::{Form, FormState, Locale, Notice, Page, Refusal, Texts};

use crate::App;
use crate::app::{CardEntry, Till};
use crate::frame::{Tab, framed, label};
use crate::owing::Owing;
use crate::rows::Named;
use crate::signed::{Signed, encoded, id_in, path_of_ours, see_other};
use crate::stripe_page::StripeForm;

/// What is to be paid, as it goes from page to page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    /// With a point and two decimals.
    amount: String,
    /// `due`, `late`, `bill-` and a number, or `other`.
    #[serde(rename = "for")]
    purpose: String,
    /// Not empty: more than is due is meant.
    more: String,
    /// Drawn once for a wish: going back and paying again is the same payment.
    key: String,
    /// What the gateway calls a card that was just entered.
    method: String,
    /// Not empty: that card is to be kept.
    keep: String,
    /// A card that is kept already.
    card: String,
    /// What is wrong with a card, as the gateway or we said: a part of a text's key.
    wrong: String,
    /// What a card that was mistyped keeps: never its number nor its code.
    exp_month: String,
    exp_year: String,
}

impl Wish {
    /// Of amount, purpose, whether more than is due is meant, and key.
    pub(crate) fn of([amount, purpose, more, key]: [String; 4]) -> Self {
        Self { amount, purpose, more, key, ..Self::default() }
    }

    /// Of a card that was mistyped where nothing is paid.
    pub(crate) fn of_mistyped([wrong, exp_month, exp_year]: [String; 3]) -> Self {
        Self { wrong, exp_month, exp_year, ..Self::default() }
    }

    pub(crate) fn query(&self) -> String {
        let [amount, purpose, more, key] =
            [&self.amount, &self.purpose, &self.more, &self.key].map(|text| encoded(text));
        format!("amount={amount}&for={purpose}&more={more}&key={key}")
    }

    fn amount(&self) -> Result<Amount, Refusal> {
        self.amount.parse().map_err(|_| Refusal::BadRequest)
    }

    fn hidden(&self) -> Hidden {
        let [amount, purpose, more, key] = [&self.amount, &self.purpose, &self.more, &self.key].map(Clone::clone);
        Hidden { amount, purpose, more, key }
    }
}

/// The till, where there is one.
pub(crate) fn till(app: &App) -> Result<&Till, Refusal> {
    app.till.as_ref().ok_or(Refusal::NotFound)
}

/// How else an account can be paid, by what the provider says of itself.
pub(crate) fn other_ways(app: &App, locale: &Locale, number: &str) -> Vec<Passage> {
    billing::ways_to_pay(app.site.texts(), locale.language, &app.provider.facts, number)
}

/// A card in words, as `Visa ending in 4242`.
pub(crate) fn card_name(texts: &Texts, language: Language, card: &CardFacts) -> String {
    let brand = match card.brand.as_str() {
        "visa" => "Visa".to_owned(),
        "mastercard" => "Mastercard".to_owned(),
        "amex" => "American Express".to_owned(),
        other => other.to_owned(),
    };
    texts.say_with(language, "payment-card-name", &[("brand", &brand), ("last4", &card.last4)])
}

pub(crate) fn drawn_key(app: &App) -> String {
    app.db.world().uuid().simple().to_string()
}

/// A payment's reference for people: the end of its id, which is drawn at random.
pub(crate) fn reference(payment: PaymentId) -> String {
    let id = payment.uuid().simple().to_string().to_uppercase();
    format!("{}-{}", &id[20..26], &id[26..32])
}

/// Who asks to pay, and for which account.
pub(crate) struct Asking<'a> {
    pub(crate) app: &'a App,
    pub(crate) locale: &'a Locale,
    signed: &'a Signed,
    pub(crate) till: &'a Till,
    /// Of [`Right::Pay`].
    pub(crate) grant: Grant,
    pub(crate) view: AccountView,
}

impl<'a> Asking<'a> {
    /// # Errors
    /// [`Refusal::NotFound`] for whoever may not pay on such an account, and where there is no till.
    pub(crate) fn of(app: &'a App, locale: &'a Locale, signed: &'a Signed, number: &str) -> Result<Self, Refusal> {
        let grant = signed.may(Right::Pay, number)?;
        let view = signed.view(app, &grant)?;
        Ok(Self { app, locale, signed, till: till(app)?, grant, view })
    }

    /// What may be paid now.
    pub(crate) async fn owing(&self) -> Result<Owing, Refusal> {
        Owing::of(self.app, &self.till.payments, &self.grant).await
    }

    pub(crate) fn say(&self, key: &str) -> String {
        self.app.site.texts().say(self.locale.language, key)
    }

    pub(crate) fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.app.site.texts().say_with(self.locale.language, key, values)
    }

    pub(crate) fn written(&self, amount: Amount) -> String {
        web::amount(self.locale.language, amount, self.view.currency)
    }

    pub(crate) fn account(&self) -> Named {
        Named { number: self.view.number.clone(), label: label(self.app, self.locale, &self.view.segment) }
    }

    pub(crate) fn show<T: Serialize>(
        &self,
        status: StatusCode,
        (title, template): (&str, &str),
        notice: Option<Notice>,
        content: T,
    ) -> Result<Response, Refusal> {
        let title = self.say(title);
        let mut frame = framed(self.app, self.locale, self.signed, &self.view, (Tab::Billing, title));
        frame.notice = notice;
        Page { frame, content }.show_as(status, &self.app.site, self.locale, template)
    }
}

#[derive(Serialize)]
struct CardPage {
    account: Named,
    amount: String,
    saved: Vec<SavedChoice>,
    check_action: String,
    wish: Hidden,
    /// The simulated gateway's own form.
    gateway: Option<SimulatedForm>,
    stripe: Option<StripeForm>,
    others: Vec<Passage>,
    may_keep: bool,
    back_href: String,
}

#[derive(Serialize)]
pub(crate) struct Hidden {
    amount: String,
    purpose: String,
    more: String,
    key: String,
}

#[derive(Serialize)]
struct SavedChoice {
    id: String,
    name: String,
    expires: String,
    is_default: bool,
    is_usable: bool,
    warning: Option<String>,
}

/// A card's number goes from here to the gateway, and nowhere else.
#[derive(Serialize)]
pub(crate) struct SimulatedForm {
    action: &'static str,
    return_to: String,
    numbers: Vec<Labelled>,
    form: FormState,
}

impl SimulatedForm {
    pub(crate) fn new(texts: &Texts, language: Language, return_to: String, wish: &Wish) -> Self {
        let fields = ["number", "exp_month", "exp_year", "code", "keep"];
        let mut form = FormState::empty(&fields);
        let kept = [("exp_month", &wish.exp_month), ("exp_year", &wish.exp_year), ("keep", &wish.keep)];
        form.values.extend(kept.map(|(field, value)| (field, value.clone())));
        let wrong = wish.wrong.as_str();
        let of_wrong = [("number", "number"), ("unknown", "number"), ("expiry", "exp_month"), ("code-typed", "code")];
        if let Some((_, field)) = of_wrong.into_iter().find(|(key, _)| *key == wrong) {
            form.refuse(field, texts.say(language, &format!("gateway-wrong-{wrong}")));
        }
        let named = |(number, behaviour): &(&str, &str)| Labelled {
            label: texts.say(language, &format!("gateway-{behaviour}")),
            value: grouped(number),
        };
        let numbers = payments::NUMBERS.iter().map(named).collect();
        Self { action: "/demo/gateway/cards", return_to, numbers, form }
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.form.is_refused()
    }
}

/// `4242 4242 4242 4242`
fn grouped(number: &str) -> String {
    let groups: Vec<&str> = (0..number.len()).step_by(4).filter_map(|at| number.get(at..at + 4)).collect();
    groups.join(" ")
}

/// The form in which a card is entered: one of the two.
fn entry(
    app: &App,
    till: &Till,
    language: Language,
    number: &str,
    wish: &Wish,
) -> (Option<SimulatedForm>, Option<StripeForm>) {
    let base = format!("/accounts/{number}/pay");
    match &till.entry {
        CardEntry::Simulated(_) => {
            let return_to = format!("{base}/card?{}", wish.query());
            (Some(SimulatedForm::new(app.site.texts(), language, return_to, wish)), None)
        }
        CardEntry::Stripe(fields) => (None, Some(fields.to_pay(language, format!("{base}/check"), wish.hidden()))),
    }
}

/// `GET /accounts/{number}/pay/card`
pub(crate) async fn card(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Refusal> {
    let asking = Asking::of(&app, &locale, &signed, &number)?;
    // The form lets none of these through: the address was typed.
    let amount = wish.amount().ok().filter(|amount| *amount > Amount::ZERO).ok_or(Refusal::BadRequest)?;
    let manage = signed.may(Right::ManagePaymentMethods, &number).ok();
    let cards = match &manage {
        Some(manage) => asking.till.payments.cards(manage).await.map_err(crate::cards::refused)?,
        None => Vec::new(),
    };
    let cards = crate::cards::named(&app, &asking.view, cards).await?;
    let saved = cards.iter().filter(|(card, _)| card.state == CardState::Kept).filter_map(|(card, name)| {
        let facts = card.facts.as_ref()?;
        let expiry = facts.expiry(app.today());
        Some(SavedChoice {
            id: card.id.to_string(),
            name: crate::cards::titled(&app, &locale, name.as_deref(), facts),
            expires: crate::cards::expires(&app, &locale, facts),
            is_default: card.is_default,
            is_usable: expiry != Expiry::Expired,
            warning: crate::cards::warning(&app, &locale, expiry),
        })
    });
    let check = format!("/accounts/{number}/pay/check");
    let (gateway, stripe) = entry(&app, asking.till, locale.language, &number, &wish);
    let content = CardPage {
        account: asking.account(),
        amount: asking.written(amount),
        saved: saved.collect(),
        check_action: check.clone(),
        gateway,
        stripe,
        others: other_ways(&app, &locale, &number),
        may_keep: manage.is_some(),
        back_href: format!("/accounts/{number}/pay"),
        wish: wish.hidden(),
    };
    // Back from the gateway's page with what it calls the card.
    if !wish.method.is_empty() {
        let keep = if wish.keep.is_empty() { "" } else { "&keep=yes" };
        return Ok(see_other(&format!("{check}?{}&method={}{keep}", wish.query(), encoded(&wish.method))));
    }
    let notice = card_notice(&asking, &wish.wrong);
    let is_wrong = content.gateway.as_ref().is_some_and(SimulatedForm::is_refused) || notice.is_some();
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = asking.show(status, ("pay-card-title", "pay-card.html"), notice, content)?;
    if let CardEntry::Stripe(fields) = &asking.till.entry {
        fields.let_in(&mut response);
    }
    Ok(response)
}

/// What is wrong with a card that was chosen, and not typed.
fn card_notice(asking: &Asking<'_>, wrong: &str) -> Option<Notice> {
    let key = match wrong {
        "unchosen" => "pay-card-unchosen",
        "gone" => "pay-card-gone",
        _ => return None,
    };
    Some(Notice { kind: "danger", text: asking.say(key) })
}

fn purpose_in_words(asking: &Asking<'_>, owing: &Owing, purpose: &str) -> String {
    match (purpose, owing.bill(purpose)) {
        ("due", _) => asking.say("pay-check-due"),
        ("late", _) => asking.say("pay-check-late"),
        (_, Some(bill)) => {
            let day = web::day(asking.app.site.texts(), asking.locale.language, bill.issued_on);
            let key = if bill.is_alone() { "pay-check-bill" } else { "pay-check-bills" };
            asking.say_with(key, &[("day", &day)])
        }
        _ => asking.say("pay-check-other"),
    }
}

#[derive(Serialize)]
struct CheckPage {
    account: Named,
    facts: Vec<Labelled>,
    amount: String,
    action: String,
    wish: Hidden,
    method: String,
    keep: String,
    card: String,
    change_href: String,
    card_href: String,
}

/// `GET /accounts/{number}/pay/check`
pub(crate) async fn check(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(mut wish): Query<Wish>,
) -> Result<Response, Refusal> {
    let asking = Asking::of(&app, &locale, &signed, &number)?;
    let amount = wish.amount()?;
    if wish.key.is_empty() {
        wish.key = drawn_key(&app);
    }
    let card_href = format!("/accounts/{number}/pay/card?{}", wish.query());
    let owing = asking.owing().await?;
    let is_payable = asking.till.payments.check(&asking.grant, amount, !wish.more.is_empty()).await?.is_ok();
    if !is_payable || !owing.is(&wish.purpose, amount) {
        return Ok(see_other(&format!("/accounts/{number}/pay?changed={}", encoded(&wish.purpose))));
    }
    if wish.card.is_empty() && wish.method.is_empty() {
        return Ok(see_other(&format!("{card_href}&wrong=unchosen")));
    }
    let facts = if wish.card.is_empty() {
        asking.till.payments.gateway().read_method(&wish.method).await.map_err(|error| {
            tracing::warn!(%error, "the gateway does not say what a card is");
            Refusal::Unavailable
        })?
    } else {
        let manage = signed.may(Right::ManagePaymentMethods, &number)?;
        let card = id_in(&wish.card)?;
        asking.till.payments.card(&manage, card).await.map_err(crate::cards::refused)?.and_then(|card| card.facts)
    };
    let Some(card) = facts else { return Ok(see_other(&format!("{card_href}&wrong=gone"))) };
    let purpose = purpose_in_words(&asking, &owing, &wish.purpose);
    let labelled = |key: &str, value: String| Labelled { label: asking.say(key), value };
    let mut facts = vec![
        labelled("bill-account", asking.view.number.clone()),
        labelled("pay-check-for", purpose),
        labelled("payment-card", card_name(app.site.texts(), locale.language, &card)),
    ];
    if !wish.keep.is_empty() {
        let manage = signed.may(Right::ManagePaymentMethods, &number)?;
        let is_kept = asking.till.payments.is_kept(&manage, &card).await.map_err(crate::cards::refused)?;
        facts.push(labelled("pay-check-keep", asking.say(if is_kept { "pay-check-known" } else { "pay-check-kept" })));
        if is_kept {
            wish.keep.clear();
        }
    }
    let content = CheckPage {
        account: asking.account(),
        facts,
        amount: asking.written(amount),
        action: format!("/accounts/{number}/pay/check"),
        wish: wish.hidden(),
        method: wish.method,
        keep: wish.keep,
        card: wish.card,
        change_href: format!("/accounts/{number}/pay"),
        card_href,
    };
    asking.show(StatusCode::OK, ("pay-check-title", "pay-check.html"), None, content)
}

/// The card of a form; what touches kept cards wants its right.
fn card_of<'a>(form: &'a Form, manage: Result<&'a Grant, &Refusal>) -> Result<WithCard<'a>, Refusal> {
    let manage = manage.map_err(|refusal| *refusal);
    Ok(match (form.get("card"), form.get("keep")) {
        ("", "") => WithCard::Once(form.get("method")),
        ("", _) => WithCard::Kept { manage: manage?, method: form.get("method") },
        (card, _) => WithCard::Saved { manage: manage?, card: id_in(card)? },
    })
}

/// Whether the gateway knows no such card, which no bank is to be blamed for. Where it does not answer, the payment begins and
/// waits for it. What was begun already is what it is.
async fn is_unknown(asking: &Asking<'_>, new: &NewPayment<'_>) -> Result<bool, Refusal> {
    let payments = &asking.till.payments;
    if payments.begun(&asking.grant, new.key).await?.is_some() {
        return Ok(false);
    }
    match payments.is_known(&asking.grant, &new.card).await {
        Ok(is_known) => Ok(!is_known),
        Err(PayError::Db(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "the gateway does not say whether it knows a card");
            Ok(false)
        }
    }
}

/// Back to the cards, with the reason.
fn another_card(number: &str, form: &Form) -> Response {
    let wish = Wish::of(["amount", "for", "more", "key"].map(|name| form.get(name).to_owned()));
    see_other(&format!("/accounts/{number}/pay/card?{}&wrong=gone", wish.query()))
}

/// `POST /accounts/{number}/pay/check`: the payment begins, and is taken as far as it goes.
pub(crate) async fn pay(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let asking = Asking::of(&app, &locale, &signed, &number)?;
    let amount: Amount = form.get("amount").parse().map_err(|_| Refusal::BadRequest)?;
    let owing = asking.owing().await?;
    let manage = signed.may(Right::ManagePaymentMethods, &number);
    let card = card_of(&form, manage.as_ref())?;
    let new = NewPayment {
        key: form.get("key"),
        amount,
        bills: if owing.is(form.get("for"), amount) { owing.bills(form.get("for")) } else { &[] },
        card,
        more_than_due: !form.get("more").is_empty(),
        login: Some(signed.login.id),
    };
    if is_unknown(&asking, &new).await? {
        return Ok(another_card(&number, &form));
    }
    let payment = match asking.till.payments.begin(&asking.grant, &new).await {
        Ok(payment) => payment,
        Err(BeginError::Amount(wrong)) => {
            return crate::pay_amount::refused(&asking, &form, &owing, wrong);
        }
        Err(BeginError::NotFound | BeginError::NoBill(_)) => return Err(Refusal::NotFound),
        Err(BeginError::Key) => return Err(Refusal::BadRequest),
        // The form once more, after the bills that it was for were paid; or an old one, with something else in it.
        Err(BeginError::KeyUsed) => match asking.till.payments.begun(&asking.grant, new.key).await? {
            Some(payment) if payment.amount == amount && payment.login == new.login => payment,
            _ => return Ok(see_other(&format!("/accounts/{number}/payments"))),
        },
        // The card is gone, or is kept since: it is asked for again.
        Err(BeginError::NoCard) => return Ok(another_card(&number, &form)),
        Err(BeginError::TooMany) => {
            return crate::pay_amount::too_many(&asking, &form, &owing);
        }
        Err(BeginError::Db(error)) => return Err(error.into()),
    };
    let page = format!("/accounts/{number}/payments/{}", payment.id);
    let step = match asking.till.payments.advance(&asking.grant, payment.id).await {
        Ok(payment) => payment.step_url,
        Err(error) => {
            // Its page says how it stands, and goes on with it.
            tracing::warn!(%error, payment = %payment.id, "a payment waits for the gateway");
            None
        }
    };
    Ok(match step.map(|url| path_of_ours(&app, &url).map(str::to_owned)) {
        Some(Some(path)) => see_other(&path),
        // A form's answer may not lead to another house (form-action); the payment's page may.
        Some(None) => see_other(&format!("{page}?step=go")),
        None => see_other(&page),
    })
}
