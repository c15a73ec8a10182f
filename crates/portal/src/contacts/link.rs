//! How each side answers a change of contact, by the link in the letter. Following it changes nothing; the buttons on its page do.

use accounts::{ContactAnswered, ContactLink, ContactOutcome, ContactSide, Grant, Proposed, Right};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use web::Labelled;
use web::{Form, Locale, Page, Refusal};

use super::{about_key, is_there, letters, named_words};
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::signed::see_other;

#[derive(Serialize)]
struct LinkPage {
    /// `open-holder`, `open-person`, `accepted`, `done`, `refused`, `withdrawn`, `expired`, `ended`, `replaced`, or `unknown` for a
    /// link that is none of ours.
    state: &'static str,
    /// What is asked; while it can be answered.
    facts: Vec<Labelled>,
    /// What such a contact is asked about.
    about: String,
    action: String,
    telephone: Option<String>,
}

fn state_of(link: &ContactLink, app: &App) -> &'static str {
    match (link.change.outcome, link.side) {
        (Some(ContactOutcome::Done), _) => "done",
        (Some(outcome), _) => outcome.code(),
        (None, _) if !link.change.is_open(app.db.world().now()) => "expired",
        (None, _) if link.is_used => "accepted",
        (None, _) if link.is_replaced => "replaced",
        (None, ContactSide::Holder) => "open-holder",
        (None, ContactSide::Person) => "open-person",
    }
}

/// What is asked: to the holder whom they proposed; to that person who asks, and what was said of them. No number of the account:
/// the link may have come to a stranger.
async fn facts(app: &App, locale: &Locale, link: &ContactLink) -> Result<Vec<Labelled>, Refusal> {
    let (texts, language, change) = (app.site.texts(), locale.language, &link.change);
    let say = |key: &str| texts.say(language, key);
    let mut facts: Vec<(&str, String)> = Vec::new();
    let proposal = accounts::proposal_of(app.db.reader(), &app.vault, change).await?;
    match link.side {
        ContactSide::Holder => {
            facts.push(("bill-account", change.number.clone()));
            facts.extend(proposal.map(|proposal| ("contact-fact-who", named_words(texts, language, &proposal))));
        }
        ContactSide::Person => {
            let grant = Grant::of_the_provider(change.account, &change.number, Right::ChangeContactData);
            let view = accounts::account_view(app.db.reader(), &app.vault, &grant).await?;
            facts.extend(view.and_then(|view| view.name).map(|name| ("contact-fact-asks", name)));
            if let Some(proposal) = proposal {
                facts.extend(said_of(&proposal.named, app, locale));
            }
        }
    }
    facts.push(("contact-fact-what", say(&format!("contact-{}", change.place.kind.code()))));
    facts.push(("contact-fact-place", letters::place_words(&app.db, texts, language, change).await?));
    facts.push(("documents-reference", change.reference.clone()));
    facts.push(("contact-fact-until", web::moment(texts, language, change.expires_at, &app.zone)));
    Ok(facts.into_iter().map(|(key, value)| Labelled { label: say(key), value }).collect())
}

/// What the holder said of who is to be the contact: they may look it over before they accept.
fn said_of(named: &Proposed, app: &App, locale: &Locale) -> Vec<(&'static str, String)> {
    match named {
        Proposed::Person(person) => {
            let telephone = person.telephone.as_ref().map(|number| {
                let number = crate::profile::value_text(app, locale.language, "telephone", number);
                ("profile-field-telephone", number)
            });
            let said = [("profile-field-name", person.name.clone()), ("staff-email", person.email.clone())];
            said.into_iter().chain(telephone).collect()
        }
        Proposed::Customer(identifier) => vec![("bill-identifier", identifier.clone())],
    }
}

async fn show(app: &App, locale: &Locale, secret: &str) -> Result<Response, Refusal> {
    let link = accounts::find_contact_link(app.db.reader(), secret).await?;
    let state = link.as_ref().map_or("unknown", |link| state_of(link, app));
    let status = match state {
        "unknown" => StatusCode::NOT_FOUND,
        "open-holder" | "open-person" | "accepted" | "done" => StatusCode::OK,
        _ => StatusCode::GONE,
    };
    // What it is about is told only while it can be answered.
    let open = link.filter(|_| state.starts_with("open"));
    let about = open.as_ref().map(|link| app.site.texts().say(locale.language, &about_key(link.change.place)));
    let content = LinkPage {
        state,
        facts: match &open {
            Some(link) => facts(app, locale, link).await?,
            None => Vec::new(),
        },
        about: about.unwrap_or_default(),
        action: if open.is_some() { format!("/contact-change/{secret}") } else { String::new() },
        telephone: app.provider.facts.telephone.clone(),
    };
    // The same for all: the address was cut.
    let title =
        if state == "unknown" { "not-me-unknown-title".to_owned() } else { format!("contact-link-{state}-title") };
    let frame = app.site.frame(locale, &title);
    Page { frame, content }.show_as(status, &app.site, locale, "contact-link.html")
}

/// `GET /contact-change/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    show(&app, &locale, &secret).await
}

/// `POST /contact-change/{secret}`: accepts or refuses. Pressed twice, it is noted once.
pub(super) async fn submit(
    State(app): State<App>,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let accepts = match form.get("answer") {
        "accept" => true,
        "refuse" => false,
        _ => return Err(Refusal::BadRequest),
    };
    let link = accounts::find_contact_link(app.db.reader(), &secret).await?.ok_or(Refusal::NotFound)?;
    let is_there = is_there(&app, &link.change).await?;
    let desk = Desk::of(&app);
    let answered = app.db.write(async |tx| {
        let with = (desk.db, desk.vault);
        match accounts::answer_contact_change(with, tx, (&secret, accepts, is_there)).await? {
            ContactAnswered::Done(done) => letters::done(&desk, tx, &done).await?,
            ContactAnswered::Ended(ended) => letters::ended(&desk, tx, &ended).await?,
            ContactAnswered::Accepted | ContactAnswered::Same => {}
        }
        Ok::<_, LetterError>(())
    });
    answered.await?;
    app.nudge.notify_one();
    Ok(see_other(&format!("/contact-change/{secret}")))
}
