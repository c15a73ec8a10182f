//! The holder's objection, by the link in the letter. Following it changes nothing; the button on its page does.

use accounts::{Representative, RepresentativeState};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use web::Labelled;
use web::{Locale, Page, Refusal};

use super::{kind_words, letters, valid_words};
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::signed::see_other;

#[derive(Serialize)]
struct LinkPage {
    /// `open`, `objected`, `confirmed`, `over`, or `unknown` for a link that is none of ours.
    state: &'static str,
    /// Who it is; while something can be answered.
    facts: Vec<Labelled>,
    action: String,
    telephone: Option<String>,
}

fn state_of(found: Option<&Representative>) -> (StatusCode, &'static str) {
    match found {
        None => (StatusCode::NOT_FOUND, "unknown"),
        Some(Representative { state: RepresentativeState::Open, objected_at: Some(_), .. }) => {
            (StatusCode::OK, "objected")
        }
        Some(Representative { state: RepresentativeState::Open, .. }) => (StatusCode::OK, "open"),
        Some(Representative { state: RepresentativeState::Confirmed, .. }) => (StatusCode::GONE, "confirmed"),
        Some(_) => (StatusCode::GONE, "over"),
    }
}

/// `GET /representative/{secret}`: where the link leads. It changes nothing, for scanners follow every link.
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let found = accounts::find_representative_link(app.db.reader(), &secret).await?;
    let (status, state) = state_of(found.as_ref());
    let (texts, language) = (app.site.texts(), locale.language);
    let mut facts: Vec<(&str, String)> = Vec::new();
    // What it is about is told only while something can be answered.
    if let Some(one) = found.filter(|_| state == "open") {
        let said = one.facts(app.db.reader(), &app.vault).await?;
        facts.extend(said.map(|said| ("representative-name", said.name)));
        facts.push(("representative-kind", kind_words(texts, language, &one.kind)));
        facts.push(("representative-valid", valid_words(texts, language, &one)));
        facts.push(("bill-account", one.number.clone()));
        facts.push(("documents-reference", one.reference.clone()));
        facts.push(("documents-object-until", web::moment(texts, language, one.object_until, &app.zone)));
    }
    let facts = facts.into_iter().map(|(key, value)| Labelled { label: texts.say(language, key), value });
    let content = LinkPage {
        state,
        facts: facts.collect(),
        action: if state == "open" { format!("/representative/{secret}") } else { String::new() },
        telephone: app.provider.facts.telephone.clone(),
    };
    // The same for all: the address was cut.
    let title = if state == "unknown" {
        "not-me-unknown-title".to_owned()
    } else {
        format!("representative-link-{state}-title")
    };
    let frame = app.site.frame(&locale, &title);
    Page { frame, content }.show_as(status, &app.site, &locale, "representative-link.html")
}

/// `POST /representative/{secret}`: objects. Pressed twice, it is noted once; an objection is not taken back by a link.
pub(super) async fn submit(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, Refusal> {
    let found = accounts::find_representative_link(app.db.reader(), &secret).await?;
    if found.is_none() {
        return Err(Refusal::NotFound);
    }
    let desk = Desk::of(&app);
    let noted = app.db.write(async |tx| {
        if let Some(one) = accounts::object_to_representative(desk.db, tx, &secret).await? {
            let said = one.facts(tx, desk.vault).await?;
            letters::told(&desk, tx, (&one, said.as_ref()), "representative-objected").await?;
        }
        Ok::<_, LetterError>(())
    });
    noted.await?;
    app.nudge.notify_one();
    Ok(see_other(&format!("/representative/{secret}")))
}
