//! Paying by card, a thing at a time: what, with which card, is it right (PAY-1). A card's number never comes here; the
//! gateway's page hands over what it calls the card.

use accounts::{AccountView, Grant, Right};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use billing::{Labelled, Passage};
use kernel::{Amount, CardId, Language, PaymentId};
use payments::{BeginError, CardFacts, CardState, Expiry, NewPayment, WithCard, WrongAmount};
use serde::{Deserialize, Serialize};
use web::{Form, FormState, Locale, Notice, Page, Refusal, Texts};

use crate::App;
use crate::app::{CardEntry, Till};
use crate::frame::{Tab, framed, label};
use crate::owing::{Owing, is_a_choice, typed_amount};
use crate::rows::Named;
use crate::signed::{Signed, encoded, path_of_ours, see_other};
use crate::stripe_page::StripeForm;

const FIELDS: [&str; 3] = ["for", "amount", "more"];

/// What is to be paid, as it goes from page to page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    /// With a point and two decimals.
    amount: String,
    /// `due`, `late` or `other`.
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
    /// What the gateway said of a card: a part of a text's key.
    wrong: String,
}

impl Wish {
    fn query(&self) -> String {
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
    billing::ways_to_pay(app.site.texts(), locale.language, &app.provider.on_bills(), number)
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

fn drawn_key(app: &App) -> String {
    app.db.world().uuid().simple().to_string()
}

/// A payment's reference for people: the end of its id, which is drawn at random.
pub(crate) fn reference(payment: PaymentId) -> String {
    let id = payment.uuid().simple().to_string().to_uppercase();
    format!("{}-{}", &id[20..26], &id[26..32])
}

#[derive(Serialize)]
struct AmountPage {
    account: Named,
    form: FormState,
    choices: Vec<Choice>,
    /// The amount typed is more than is due.
    asks_more: bool,
    action: String,
    back_href: String,
    others: Vec<Passage>,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    label: String,
    hint: String,
}

/// Who asks, and for which account.
struct Asking<'a> {
    app: &'a App,
    locale: &'a Locale,
    signed: &'a Signed,
    view: &'a AccountView,
}

impl Asking<'_> {
    fn say(&self, key: &str) -> String {
        self.app.site.texts().say(self.locale.language, key)
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.app.site.texts().say_with(self.locale.language, key, values)
    }

    fn written(&self, amount: Amount) -> String {
        web::amount(self.locale.language, amount, self.view.currency)
    }

    fn account(&self) -> Named {
        Named { number: self.view.number.clone(), label: label(self.app, self.locale, &self.view.segment) }
    }

    fn show<T: Serialize>(
        &self,
        status: StatusCode,
        (title, template): (&str, &str),
        notice: Option<Notice>,
        content: T,
    ) -> Result<Response, Refusal> {
        let title = self.say(title);
        let mut frame = framed(self.app, self.locale, self.signed, self.view, (Tab::Billing, title));
        frame.notice = notice;
        Page { frame, content }.show_as(status, &self.app.site, self.locale, template)
    }

    fn amount_page(&self, form: FormState, owing: &Owing, asks_more: bool) -> Result<Response, Refusal> {
        let status = if form.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        self.amount_page_as(status, form, owing, asks_more)
    }

    fn amount_page_as(
        &self,
        status: StatusCode,
        form: FormState,
        owing: &Owing,
        asks_more: bool,
    ) -> Result<Response, Refusal> {
        let mut choices = Vec::new();
        let mut offer = |value, key: &str, hint: &str, amount: Amount| {
            if amount > Amount::ZERO {
                let label = self.say_with(key, &[("amount", &self.written(amount))]);
                choices.push(Choice { value, label, hint: self.say(hint) });
            }
        };
        offer("due", "pay-for-due", "pay-for-due-hint", owing.due);
        offer("late", "pay-for-late", "pay-for-late-hint", owing.late);
        choices.push(Choice { value: "other", label: self.say("pay-for-other"), hint: self.say("pay-for-other-hint") });
        let base = format!("/accounts/{}", self.view.number);
        let content = AmountPage {
            account: self.account(),
            form,
            choices,
            asks_more,
            action: format!("{base}/pay"),
            back_href: format!("{base}/overview"),
            others: other_ways(self.app, self.locale, &self.view.number),
        };
        self.show(status, ("pay-title", "pay.html"), None, content)
    }

    /// What is wrong with an amount, in words.
    fn wrong(&self, wrong: WrongAmount) -> String {
        match wrong {
            WrongAmount::Nothing => self.say("pay-amount-nothing"),
            WrongAmount::TooMuch(most) => self.say_with("pay-amount-too-much", &[("most", &self.written(most))]),
            WrongAmount::MoreThanDue { due, under_way } if under_way > Amount::ZERO => {
                let (due, under_way) = (self.written(due), self.written(under_way));
                self.say_with("pay-amount-under-way", &[("due", &due), ("under_way", &under_way)])
            }
            WrongAmount::MoreThanDue { due, .. } => {
                self.say_with("pay-amount-more", &[("due", &self.written(due.max(Amount::ZERO)))])
            }
        }
    }
}

/// `GET /accounts/{number}/pay`
pub(crate) async fn amount(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::Pay, &number)?;
    till(&app)?;
    let view = signed.view(&app, &grant)?;
    let owing = Owing::of(&app, &grant).await?;
    let mut form = FormState::empty(&FIELDS);
    let first = if owing.due > Amount::ZERO { "due" } else { "other" };
    form.values.insert("for", first.to_owned());
    Asking { app: &app, locale: &locale, signed: &signed, view: &view }.amount_page(form, &owing, false)
}

/// `POST /accounts/{number}/pay`
pub(crate) async fn choose_amount(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::Pay, &number)?;
    let till = till(&app)?;
    let view = signed.view(&app, &grant)?;
    let asking = Asking { app: &app, locale: &locale, signed: &signed, view: &view };
    let owing = Owing::of(&app, &grant).await?;
    let mut shown = FormState::keeping(&form, &FIELDS);
    let purpose = form.get("for");
    let wanted = match purpose {
        "due" => Some(owing.due),
        "late" => Some(owing.late),
        "other" => match typed_amount(form.get("amount")) {
            Ok(amount) => Some(amount),
            Err(kernel::AmountError::TooFine) => {
                shown.refuse("amount", asking.say("pay-amount-fine"));
                None
            }
            Err(_) => {
                shown.refuse("amount", asking.say("pay-amount-none"));
                None
            }
        },
        _ => {
            shown.refuse("for", asking.say("pay-choose"));
            None
        }
    };
    let Some(wanted) = wanted else { return asking.amount_page(shown, &owing, false) };
    let more = !form.get("more").is_empty();
    let field = if purpose == "other" { "amount" } else { "for" };
    if let Err(wrong) = till.payments.check(&grant, wanted, more).await? {
        let asks_more = purpose == "other" && is_a_choice(wrong);
        shown.refuse(field, asking.wrong(wrong));
        return asking.amount_page(shown, &owing, asks_more);
    }
    let more = if more { "yes" } else { "" }.to_owned();
    let key = drawn_key(&app);
    let wish = Wish { amount: wanted.to_string(), purpose: purpose.to_owned(), more, key, ..Wish::default() };
    Ok(see_other(&format!("/accounts/{number}/pay/card?{}", wish.query())))
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
    pub(crate) fn new(texts: &Texts, language: Language, return_to: String, wrong: &str) -> Self {
        let fields = ["number", "exp_month", "exp_year", "code"];
        let mut form = FormState::empty(&fields);
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
            (Some(SimulatedForm::new(app.site.texts(), language, return_to, &wish.wrong)), None)
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
    let grant = signed.may(Right::Pay, &number)?;
    let till = till(&app)?;
    let view = signed.view(&app, &grant)?;
    let asking = Asking { app: &app, locale: &locale, signed: &signed, view: &view };
    let amount = wish.amount()?;
    let manage = signed.may(Right::ManagePaymentMethods, &number).ok();
    let cards = match &manage {
        Some(manage) => till.payments.cards(manage).await.map_err(crate::cards::refused)?,
        None => Vec::new(),
    };
    let saved = cards.iter().filter(|card| card.state == CardState::Kept).filter_map(|card| {
        let facts = card.facts.as_ref()?;
        let expiry = facts.expiry(app.today());
        Some(SavedChoice {
            id: card.id.to_string(),
            name: card_name(app.site.texts(), locale.language, facts),
            expires: crate::cards::expires(&app, &locale, facts),
            is_default: card.is_default,
            is_usable: expiry != Expiry::Expired,
            warning: crate::cards::warning(&app, &locale, expiry),
        })
    });
    let check = format!("/accounts/{number}/pay/check");
    let (gateway, stripe) = entry(&app, till, locale.language, &number, &wish);
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
    let is_wrong = content.gateway.as_ref().is_some_and(SimulatedForm::is_refused);
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = asking.show(status, ("pay-card-title", "pay-card.html"), None, content)?;
    if let CardEntry::Stripe(fields) = &till.entry {
        fields.let_in(&mut response);
    }
    Ok(response)
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
    let grant = signed.may(Right::Pay, &number)?;
    let till = till(&app)?;
    let view = signed.view(&app, &grant)?;
    let asking = Asking { app: &app, locale: &locale, signed: &signed, view: &view };
    let amount = wish.amount()?;
    if wish.key.is_empty() {
        wish.key = drawn_key(&app);
    }
    let card_href = format!("/accounts/{number}/pay/card?{}", wish.query());
    let owing = Owing::of(&app, &grant).await?;
    let is_payable = till.payments.check(&grant, amount, !wish.more.is_empty()).await?.is_ok();
    if !is_payable || !owing.is(&wish.purpose, amount) {
        return Ok(see_other(&format!("/accounts/{number}/pay")));
    }
    let facts = if wish.card.is_empty() {
        till.payments.gateway().read_method(&wish.method).await.map_err(|error| {
            tracing::warn!(%error, "the gateway does not say what a card is");
            Refusal::Unavailable
        })?
    } else {
        let manage = signed.may(Right::ManagePaymentMethods, &number)?;
        let card = card_id(&wish.card)?;
        till.payments.card(&manage, card).await.map_err(crate::cards::refused)?.and_then(|card| card.facts)
    };
    let Some(card) = facts else { return Ok(see_other(&card_href)) };
    let purpose = asking.say(match wish.purpose.as_str() {
        "due" => "pay-check-due",
        "late" => "pay-check-late",
        _ => "pay-check-other",
    });
    let labelled = |key: &str, value: String| Labelled { label: asking.say(key), value };
    let mut facts = vec![
        labelled("bill-account", view.number.clone()),
        labelled("pay-check-for", purpose),
        labelled("payment-card", card_name(app.site.texts(), locale.language, &card)),
    ];
    if !wish.keep.is_empty() {
        facts.push(labelled("pay-check-keep", asking.say("pay-check-kept")));
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
        (card, _) => WithCard::Saved { manage: manage?, card: card_id(card)? },
    })
}

fn card_id(text: &str) -> Result<CardId, Refusal> {
    text.parse::<uuid::Uuid>().map(CardId::from).map_err(|_| Refusal::NotFound)
}

/// `POST /accounts/{number}/pay/check`: the payment begins, and is taken as far as it goes.
pub(crate) async fn pay(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::Pay, &number)?;
    let till = till(&app)?;
    let view = signed.view(&app, &grant)?;
    let asking = Asking { app: &app, locale: &locale, signed: &signed, view: &view };
    let amount: Amount = form.get("amount").parse().map_err(|_| Refusal::BadRequest)?;
    let owing = Owing::of(&app, &grant).await?;
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
    let payment = match till.payments.begin(&grant, &new).await {
        Ok(payment) => payment,
        Err(BeginError::Amount(wrong)) => {
            let mut shown = FormState::keeping(&form, &FIELDS);
            shown.values.insert("for", "other".to_owned());
            shown.refuse("amount", asking.wrong(wrong));
            return asking.amount_page(shown, &owing, is_a_choice(wrong));
        }
        Err(BeginError::NotFound | BeginError::NoBill(_)) => return Err(Refusal::NotFound),
        Err(BeginError::Key) => return Err(Refusal::BadRequest),
        // The form once more, after the bills that it was for were paid; or an old one, with something else in it.
        Err(BeginError::KeyUsed) => match till.payments.begun(&grant, new.key).await? {
            Some(payment) if payment.amount == amount && payment.login == new.login => payment,
            _ => return Ok(see_other(&format!("/accounts/{number}/payments"))),
        },
        // The card is gone, or is kept since: it is asked for again.
        Err(BeginError::NoCard) => {
            let chosen = |name: &str| form.get(name).to_owned();
            let [amount, purpose, more, key] = ["amount", "for", "more", "key"].map(chosen);
            let wish = Wish { amount, purpose, more, key, ..Wish::default() };
            return Ok(see_other(&format!("/accounts/{number}/pay/card?{}", wish.query())));
        }
        Err(BeginError::TooMany) => {
            let mut shown = FormState::keeping(&form, &FIELDS);
            shown.refuse("for", asking.say("pay-too-many"));
            return asking.amount_page_as(StatusCode::TOO_MANY_REQUESTS, shown, &owing, false);
        }
        Err(BeginError::Db(error)) => return Err(error.into()),
    };
    let page = format!("/accounts/{number}/payments/{}", payment.id);
    let step = match till.payments.advance(&grant, payment.id).await {
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
