//! The overview of an account (ACC-5): what is due, when, how to pay; the last twelve bills; services in short.

use accounts::{AccountView, Right};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use billing::{BillRow, Billed};
use kernel::{Amount, Day, Month};
use serde::{Deserialize, Serialize};
use services::ServiceView;
use web::{Locale, Notice, Page, Refusal};

use crate::App;
use crate::app::said;
use crate::frame::{Tab, framed, label};
use crate::rows::{Named, Row, Status, rows};
use crate::signed::{Signed, see_other};

/// Bills on the overview and in its plot.
const LAST: usize = 12;

#[derive(Serialize)]
struct Overview {
    account: Named,
    /// None for who may not see bills (USR-3).
    billing: Option<Billing>,
    /// None for who may nothing on any service.
    services: Option<Vec<Service>>,
    /// Where payments are, or cards alone.
    payments_href: Option<String>,
    payments_label: String,
    /// What waits for the confirmation of the claim, where something does (SGN-2).
    confirm: Option<ToConfirm>,
}

/// What an account owes and its bills, as the overview shows them.
#[derive(Serialize)]
pub(crate) struct Billing {
    due: Due,
    last_bill: Option<LastBill>,
    pay: Vec<paper::Passage>,
    /// Where one can pay by card now.
    pay_href: Option<String>,
    bills: Vec<Row>,
    plot: Plot,
}

#[derive(Serialize)]
struct ToConfirm {
    text: String,
    href: String,
}

/// What is due: the largest thing on the page.
#[derive(Serialize)]
pub(crate) struct Due {
    pub(crate) state: &'static str,
    pub(crate) amount: String,
    pub(crate) date: Option<String>,
    pub(crate) sentence: Option<String>,
    #[serde(skip)]
    pub(crate) day: Option<Day>,
}

#[derive(Serialize)]
struct LastBill {
    title: String,
    href: String,
    pdf_href: String,
}

#[derive(Serialize)]
struct Plot {
    caption: String,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    label: String,
    amount: String,
    height: i64,
    href: String,
}

/// A service as lists show it.
#[derive(Serialize)]
pub(crate) struct Service {
    name: String,
    /// Empty, as the price, for who may something on the service and not see it.
    plan: String,
    address: String,
    status: Option<Status>,
    price: String,
    #[serde(skip)]
    is_active: bool,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    welcome: String,
    #[serde(default)]
    confirmed: String,
}

/// `GET /accounts/{number}`
pub(crate) async fn account(signed: Signed, Path(number): Path<String>) -> Result<Response, Refusal> {
    signed.may(Right::Enter, &number)?;
    Ok(see_other(&format!("/accounts/{number}/overview")))
}

/// `GET /accounts/{number}/overview`
pub(crate) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::Enter, &number)?;
    let view = signed.view(&app, &grant)?;
    let services = match signed.may(Right::KnowServices, &number) {
        Ok(_) => Some(services_of(&app, &locale, &signed, &view).await?),
        Err(_) => None,
    };
    // Who knows some services only is told of the next bill as if one of the others went on, as is likely.
    let knows_all = signed.actor.services_seen(&number).is_some_and(|seen| *seen.services() == accounts::Services::All);
    let served = !knows_all || services.iter().flatten().any(|service| service.is_active);
    let billing = billing_part(&app, &locale, &signed, (&view, served)).await?;
    let may_manage = signed.may(Right::ManagePaymentMethods, &number).is_ok();
    let payments_key = if billing.is_some() { "payments-title" } else { "cards-title" };
    let content = Overview {
        account: Named { number: view.number.clone(), label: label(&app, &locale, &view.segment) },
        payments_href: (billing.is_some() || app.till.is_some() && may_manage)
            .then(|| format!("/accounts/{number}/payments")),
        payments_label: app.site.texts().say(locale.language, payments_key),
        confirm: to_confirm(&app, &locale, &signed, &view),
        billing,
        services,
    };
    let mut frame = framed(&app, &locale, &signed, &view, (Tab::Home, content.account.label.clone()));
    // The identifier is the holder's own (USR-3).
    if !asked.welcome.is_empty() && signed.may(Right::ConfirmClaim, &number).is_ok() {
        let values = [("identifier", view.identifier.as_str())];
        let text = app.site.texts().say_with(locale.language, "overview-welcome", &values);
        frame.notice = Some(Notice { kind: "success", text });
        // Switching the language does not welcome again.
        frame.path = format!("/accounts/{number}/overview");
    } else if !asked.confirmed.is_empty() && !signed.actor.is_unconfirmed(&number) {
        frame.notice = Some(Notice { kind: "success", text: app.site.texts().say(locale.language, "confirm-done") });
        frame.path = format!("/accounts/{number}/overview");
    }
    Page { frame, content }.show(&app.site, &locale, "overview.html")
}

/// What is due and the bills, for who may see them.
pub(crate) async fn billing_part(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (view, served): (&AccountView, bool),
) -> Result<Option<Billing>, Refusal> {
    let Ok(grant) = signed.may(Right::SeeBills, &view.number) else { return Ok(None) };
    let billed = billing::list_bills(&app.db, &grant).await?;
    let mut rows = rows(app, locale, view, &billed);
    rows.truncate(LAST);
    let is_owed = billed.reckoning.balance > Amount::ZERO;
    let pay = if is_owed { ways_to_pay(app, locale, view) } else { Vec::new() };
    let may_pay = app.till.is_some() && !pay.is_empty() && signed.may(Right::Pay, &view.number).is_ok();
    Ok(Some(Billing {
        due: due(app, locale, view, &billed, served),
        last_bill: rows.first().map(|row| LastBill {
            title: row.title.clone(),
            href: row.href.clone(),
            pdf_href: row.pdf_href.clone(),
        }),
        pay_href: may_pay.then(|| format!("/accounts/{}/pay", view.number)),
        pay,
        plot: plot(app, locale, &billed.bills, &rows),
        bills: rows,
    }))
}

fn to_confirm(app: &App, locale: &Locale, signed: &Signed, view: &AccountView) -> Option<ToConfirm> {
    let grant = signed.may(Right::ConfirmClaim, &view.number).ok()?;
    let key = if view.email.is_some() { "confirm-needed-text" } else { "confirm-needed-call" };
    signed.actor.is_unconfirmed(grant.number()).then(|| ToConfirm {
        text: app.site.texts().say(locale.language, key),
        href: format!("/accounts/{}/confirm", view.number),
    })
}

/// `served`: some service goes on, so that a next bill will come.
pub(crate) fn due(app: &App, locale: &Locale, view: &AccountView, billed: &Billed, served: bool) -> Due {
    let balance = billed.reckoning.balance;
    let (texts, language, today) = (app.site.texts(), locale.language, app.today());
    let written = |amount: Amount| web::amount(language, amount.abs(), view.currency);
    let day = |day: Day| web::day(texts, language, day);
    let late = billed.late_amount(today);
    let first_late = billed.late(today).next().map(|bill| bill.due_on);
    let next_due = billed.open().map(|bill| bill.due_on).find(|due_on| *due_on >= today);
    let count = |key: &str, days: i32| texts.say_count(language, key, i64::from(days.abs()), &[]);
    let (state, date, sentence) = match (first_late, next_due) {
        (Some(since), Some(next)) => {
            let values = [("late", written(late)), ("day", day(next))];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            ("overdue", Some(since), texts.say_with(language, "due-late", &values))
        }
        (Some(since), None) => ("overdue", Some(since), count("due-ago", since.days_since(today))),
        (None, Some(next)) if next == today => ("due", Some(next), texts.say(language, "due-today")),
        (None, Some(next)) => ("due", Some(next), count("due-in", next.days_since(today))),
        (None, None) => {
            let next = served.then(|| next_bill(view, today));
            let (state, key) = match (balance.is_negative(), balance > Amount::ZERO) {
                (true, _) => ("credit", if served { "due-credit" } else { "due-refund" }),
                (_, true) if billed.bills.is_empty() => ("nothing", "due-brought"),
                (_, true) => ("nothing", "due-brought-next"),
                _ if billed.bills.is_empty() => ("nothing", "new-customer-nothing-due"),
                _ => ("nothing", "due-settled"),
            };
            (state, next, texts.say_with(language, key, &[("amount", &written(balance))]))
        }
    };
    // A debit that no bill asks for yet is in the amount, and can wait.
    let unbilled = billed.reckoning.unbilled;
    let sentence = if date.is_some() && state != "nothing" && unbilled > Amount::ZERO {
        let brought = texts.say_with(language, "due-unbilled", &[("amount", &written(unbilled))]);
        format!("{sentence} {brought}")
    } else {
        sentence
    };
    Due { state, amount: written(balance), date: date.map(day), sentence: Some(sentence), day: date }
}

/// The first day of the next cycle.
fn next_bill(view: &AccountView, today: Day) -> Day {
    let cycle_day = i8::try_from(view.cycle_day).unwrap_or(1);
    Month::of_cycle(today, cycle_day).next().day(cycle_day).max(view.billed_from)
}

fn ways_to_pay(app: &App, locale: &Locale, view: &AccountView) -> Vec<paper::Passage> {
    billing::ways_to_pay(app.site.texts(), locale.language, &app.provider.facts, &view.number)
}

fn plot(app: &App, locale: &Locale, bills: &[BillRow], rows: &[Row]) -> Plot {
    let shown = &bills[..rows.len()];
    let most = shown.iter().map(|bill| bill.current_charges.in_cents()).max().unwrap_or(0).max(1);
    let bars = shown.iter().zip(rows).rev().map(|(bill, row)| Bar {
        label: web::month_of(app.site.texts(), locale.language, bill.period_from.month()),
        amount: web::amount(locale.language, bill.current_charges, bill.currency),
        height: (bill.current_charges.in_cents().max(0) * 100 / most).clamp(0, 100),
        href: row.href.clone(),
    });
    Plot { caption: app.site.texts().say(locale.language, "overview-plot"), bars: bars.collect() }
}

/// The services on which somebody may something: with plan and price those that they may see, of the others what they are and
/// where.
pub(crate) async fn services_of(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    view: &AccountView,
) -> Result<Vec<Service>, Refusal> {
    let grant = signed.may(Right::KnowServices, &view.number)?;
    let seen = signed.actor.services_seen(&view.number);
    let Some((_, catalogue)) = services::load_catalogue(&app.db, None).await? else { return Ok(Vec::new()) };
    let key = accounts::customer_key(app.db.reader(), &app.vault, view.customer).await?;
    let found = services::services_on(&app.db, (&app.vault, key.as_ref()), &grant, &catalogue, app.today()).await?;
    let is_seen = |service: &ServiceView| seen.as_ref().is_some_and(|seen| seen.services().contains(service.id));
    let shown = found.iter().map(|service| match is_seen(service) {
        true => seen_service(app, locale, (view, &catalogue), service),
        false => Service {
            plan: String::new(),
            price: String::new(),
            status: None,
            ..seen_service(app, locale, (view, &catalogue), service)
        },
    });
    Ok(shown.collect())
}

fn seen_service(
    app: &App,
    locale: &Locale,
    (view, catalogue): (&AccountView, &services::Catalogue),
    service: &ServiceView,
) -> Service {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let name = |code: &String| {
        catalogue.item(code).map_or_else(|| code.clone(), |item| said(&item.name, locale.language).to_owned())
    };
    let names: Vec<String> = service.plan.iter().chain(&service.add_ons).map(name).collect();
    let is_active = service.plan.is_some();
    let address = [&service.address.street, &service.address.city];
    let address: Vec<String> = address.into_iter().flatten().cloned().collect();
    let price = web::amount(locale.language, service.price, view.currency);
    Service {
        name: say(&format!("service-{}", service.kind.code())),
        plan: if is_active { names.join(" · ") } else { say("service-none") },
        address: address.join(", "),
        status: Some(Status {
            kind: if is_active { "success" } else { "neutral" },
            text: say(if is_active { "service-active" } else { "service-ended" }),
        }),
        price: match is_active {
            true => app.site.texts().say_with(locale.language, "service-price", &[("price", &price)]),
            false => String::new(),
        },
        is_active,
    }
}

#[derive(Serialize)]
struct Services {
    account: Named,
    services: Vec<Service>,
}

/// `GET /accounts/{number}/services`
pub(crate) async fn services(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    let grant = signed.may(Right::KnowServices, &number)?;
    let view = signed.view(&app, &grant)?;
    let title = app.site.texts().say(locale.language, "overview-services");
    let frame = framed(&app, &locale, &signed, &view, (Tab::Services, title));
    let account = Named { number: view.number.clone(), label: label(&app, &locale, &view.segment) };
    let content = Services { account, services: services_of(&app, &locale, &signed, &view).await? };
    Page { frame, content }.show(&app.site, &locale, "services.html")
}
