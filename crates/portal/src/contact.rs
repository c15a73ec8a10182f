//! How to reach the provider (SUP-6): for everybody, signed in or not.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use web::{Locale, Page, Refusal};

use crate::App;
use crate::app::said;
use crate::frame::{Tab, frame_for};
use crate::signed::Signed;

#[derive(Serialize)]
struct Contact {
    telephones: Vec<Telephone>,
    tty: Option<Number>,
    email: Option<String>,
    address: Vec<String>,
    chat_text: Option<String>,
}

#[derive(Serialize)]
struct Telephone {
    subject: String,
    language: String,
    number: String,
    tel_href: String,
    hours: String,
}

#[derive(Serialize)]
struct Number {
    number: String,
    tel_href: String,
}

/// `tel:` with digits and a leading plus alone (RFC 3966).
fn tel(number: &str) -> String {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{digits}")
}

/// `GET /support/contact`
pub(crate) async fn page(State(app): State<App>, locale: Locale, headers: HeaderMap) -> Result<Response, Refusal> {
    let signed = Signed::of(&app, &headers).await?;
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let provider = &app.provider;
    let general = provider.hours.as_ref().map_or(String::new(), |hours| said(hours, locale.language).to_owned());
    let telephone = |subject: String, number: &String, hours: String| Telephone {
        subject,
        language: say("contact-languages"),
        number: number.clone(),
        tel_href: tel(number),
        hours,
    };
    let mut telephones: Vec<Telephone> = Vec::new();
    telephones.extend(
        provider.facts.telephone.iter().map(|number| telephone(say("contact-general"), number, general.clone())),
    );
    telephones.extend(provider.telephones.iter().map(|line| {
        let hours =
            line.hours.as_ref().map_or_else(|| general.clone(), |hours| said(hours, locale.language).to_owned());
        telephone(said(&line.subject, locale.language).to_owned(), &line.number, hours)
    }));
    let tty = provider.facts.tty.as_ref().map(|number| Number { number: number.clone(), tel_href: tel(number) });
    let mut address = Vec::new();
    if !provider.facts.address.is_empty() {
        address.push(provider.facts.name.clone());
        address.extend(provider.facts.address.iter().cloned());
    }
    let content = Contact { telephones, tty, email: provider.facts.email.clone(), address, chat_text: None };
    let frame = frame_for(&app, &locale, signed.as_ref(), (Tab::Support, say("contact-title")))?;
    Page { frame, content }.show(&app.site, &locale, "contact.html")
}
