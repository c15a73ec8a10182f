//! The frame of signed-in pages: tabs, name and identifier, the account switcher (ACC-2, ACC-3).

use accounts::{AccountView, Reach, Right};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use web::{Account, Frame, Identified, Idle, Link, Locale, Refusal};

use crate::App;
use crate::signed::{Signed, see_other};

/// Which tab a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Home,
    Billing,
    Services,
    Support,
}

/// What an account is called in menus.
pub(crate) fn label(app: &App, locale: &Locale, segment: &str) -> String {
    app.site.texts().say(locale.language, &format!("account-{segment}"))
}

/// Who is signed in, as the top right of a page says it: to the holder of the account that it is about the customer's name and
/// client identifier (ACC-2). A secondary user is not that customer: they are called by their username, and have no identifier
/// there (USR-3).
fn person(signed: &Signed, about: Option<&AccountView>) -> Identified {
    let is_held = |view: &&AccountView| signed.actor.require(Right::ConfirmClaim, &view.number).is_some();
    let customer = about.filter(is_held);
    let name = customer.and_then(|view| view.name.clone()).unwrap_or_else(|| signed.login.username.clone());
    let identifier = customer.map(|view| view.identifier.clone()).unwrap_or_default();
    Identified { name, identifier, href: "/profile/details".to_owned() }
}

/// What the customer of an account is called, with the client identifier, for who holds it; nothing for a user of it (USR-3).
pub(crate) fn customer_words(app: &App, signed: &Signed, reach: &Reach) -> Result<String, Refusal> {
    let grant = signed.actor.require(Right::ConfirmClaim, &reach.number);
    let Some(grant) = grant else { return Ok(String::new()) };
    let view = signed.view(app, &grant)?;
    Ok(view.name.map_or_else(|| view.identifier.clone(), |name| format!("{name} · {}", view.identifier)))
}

/// All accounts that the login reaches. Whose they are is said where they are several customers' (ONE-1).
fn switcher(app: &App, locale: &Locale, signed: &Signed, current: &str) -> Vec<Account> {
    let reaches = &signed.actor.reaches;
    let mut customers = reaches.iter().filter_map(Reach::customer);
    let first = customers.next();
    let are_several = customers.any(|customer| Some(customer) != first);
    let each = reaches.iter().map(|reach| Account {
        number: reach.number.clone(),
        label: label(app, locale, &reach.segment),
        // A name that cannot be opened is missed here, and keeps nobody from the page.
        customer: if are_several { customer_words(app, signed, reach).unwrap_or_default() } else { String::new() },
        href: format!("/accounts/{}/overview", reach.number),
        current: reach.number == current,
    });
    each.collect()
}

/// The frame of a page about an account.
pub(crate) fn framed(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    view: &AccountView,
    (tab, title): (Tab, String),
) -> Frame {
    let mut frame = app.site.frame(locale, "overview-account");
    frame.title = title;
    let base = format!("/accounts/{}", view.number);
    frame.person = Some(person(signed, Some(view)));
    frame.sign_out = true;
    frame.idle = Some(Idle::of(app.idle));
    frame.accounts = switcher(app, locale, signed, &view.number);
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let tabs = [
        (Tab::Home, "tab-home", format!("{base}/overview"), Some(Right::Enter)),
        billing_tab(app, signed, &view.number),
        (Tab::Services, "tab-services", format!("{base}/services"), Some(Right::KnowServices)),
        (Tab::Support, "tab-support", "/support/contact".to_owned(), None),
    ];
    frame.tabs = tabs
        .into_iter()
        // A menu shows what its reader may see, and no more.
        .filter(|(_, _, _, right)| right.is_none_or(|right| signed.actor.require(right, &view.number).is_some()))
        .map(|(this, key, href, _)| Link { label: say(key), href, current: this == tab })
        .collect();
    frame
}

/// To the bills; for who may manage cards and see no bills, to the cards.
fn billing_tab(app: &App, signed: &Signed, number: &str) -> (Tab, &'static str, String, Option<Right>) {
    let sees_bills = signed.actor.require(Right::SeeBills, number).is_some();
    let (page, right) = match sees_bills || app.till.is_none() {
        true => ("bills", Right::SeeBills),
        false => ("payments", Right::ManagePaymentMethods),
    };
    (Tab::Billing, "tab-billing", format!("/accounts/{number}/{page}"), Some(right))
}

/// The frame of a page that is about no account, for whoever asks.
pub(crate) fn frame_for(
    app: &App,
    locale: &Locale,
    signed: Option<&Signed>,
    (tab, title): (Tab, String),
) -> Result<Frame, Refusal> {
    // An account of their own first: there they have an identifier.
    let first = |signed: &Signed| signed.actor.first_held().or(signed.actor.reaches.first()).cloned();
    if let Some((signed, reach)) = signed.and_then(|signed| Some((signed, first(signed)?)))
        && let Some(grant) = signed.actor.require(Right::Enter, &reach.number)
    {
        let view = signed.view(app, &grant)?;
        return Ok(framed(app, locale, signed, &view, (tab, title)));
    }
    let mut frame = app.site.frame(locale, "overview-account");
    frame.title = title;
    frame.person = signed.map(|signed| person(signed, None));
    frame.sign_out = signed.is_some();
    frame.idle = signed.map(|_| Idle::of(app.idle));
    Ok(frame)
}

/// Middleware: a refusal to somebody signed in is shown in their frame, with name and identifier (ACC-2) and sign-out.
pub(crate) async fn frame_refusals(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (headers, is_get) = (request.headers().clone(), request.method() == Method::GET);
    let mut response = next.run(request).await;
    if response.extensions().get::<Refusal>().is_some()
        && let Ok(Some(signed)) = Signed::of(&app, &headers).await
    {
        // Who lacks the second step that an account wants of them is told so at home (SEC-3).
        let about = path.strip_prefix("/accounts/").and_then(|rest| rest.split('/').next());
        if is_get && about.is_some_and(|about| signed.actor.needs_step.iter().any(|account| account.number == about)) {
            return see_other("/");
        }
        let locale = Locale::of(&headers, &path);
        if let Ok(frame) = frame_for(&app, &locale, Some(&signed), (Tab::Home, String::new())) {
            response.extensions_mut().insert(frame);
        }
    }
    response
}
