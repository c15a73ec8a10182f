//! What a user asks for, and the holder's answer with one button (USR-5).

use accounts::{Answered, Grant, Held, Member, RightsRequest, RightsWanted};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use web::{Form, Locale, Page, Refusal};

use super::errors::ActError;
use super::letters::{self, Reader};
use super::places::{Served, placed_words, served, words};
use super::{manage, user_href};
use crate::App;
use crate::frame::{Tab, framed};
use crate::letters::Desk;
use crate::signed::{Refused, Signed, id_in, see_other};

#[derive(Serialize)]
struct RequestPage {
    /// `open`, `accepted`, `refused`, or `over` where the user is none any more.
    state: &'static str,
    called: String,
    user_href: Option<String>,
    list_href: String,
    asked_at: String,
    /// What is asked for, and what cannot be had any more: it was on a service that has ended.
    wanted: Vec<String>,
    ended: Vec<String>,
    held: Vec<String>,
    action: String,
}

/// A request with who asks; no user where they are none any more.
struct Found {
    request: RightsRequest,
    member: Option<Member>,
    served: Vec<Served>,
}

impl Found {
    fn held(&self) -> Held {
        self.member.as_ref().map(|member| member.user.held.clone()).unwrap_or_default()
    }

    fn state(&self) -> &'static str {
        match (self.request.accepted, &self.member) {
            (Some(true), _) => "accepted",
            (Some(false), _) => "refused",
            (None, None) => "over",
            (None, Some(_)) => "open",
        }
    }

    /// What can be had of it now.
    fn allowed(&self) -> RightsWanted {
        let held = self.held();
        self.request.wanted.clone().only_on(|service| {
            self.served.iter().any(|one| one.id == service && one.is_active)
                || held.iter().any(|(_, one)| one == Some(service))
        })
    }
}

async fn find(app: &App, (locale, signed): (&Locale, &Signed), grant: &Grant, request: &str) -> Result<Found, Refused> {
    let found = accounts::find_request(app.db.reader(), grant, id_in(request)?).await.map_err(ActError::from)?;
    let request = found.ok_or(Refusal::NotFound)?;
    let member = accounts::find_member(app.db.reader(), &app.vault, grant, request.membership).await;
    let member = member.map_err(ActError::from)?;
    let view = signed.view(app, grant)?;
    Ok(Found { request, member, served: served(app, locale, (&view, grant)).await? })
}

fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (grant, found): (&Grant, &Found),
    status: StatusCode,
) -> Result<Response, Refused> {
    let (texts, language) = (app.site.texts(), locale.language);
    let said = |wanted: &RightsWanted| words(texts, language, &wanted.held(), &found.served);
    let allowed = found.allowed();
    let (gone, _) = found.request.wanted.changes(&allowed.held());
    let state = found.state();
    let who = found.member.as_ref();
    let content = RequestPage {
        state,
        called: who.map_or_else(|| texts.say(language, "users-request-gone"), |member| member.called().to_owned()),
        user_href: who.map(|member| user_href(grant.number(), member)),
        list_href: format!("/accounts/{}/users", grant.number()),
        asked_at: web::moment(texts, language, found.request.asked_at, &app.zone),
        wanted: said(&allowed),
        ended: gone.into_iter().map(|placed| placed_words(texts, language, placed, &found.served)).collect(),
        held: words(texts, language, &found.held(), &found.served),
        action: format!("/accounts/{}/users/requests/{}", grant.number(), found.request.id),
    };
    let view = signed.view(app, grant)?;
    let title = texts.say(language, &format!("user-request-{state}-title"));
    let mut frame = framed(app, locale, signed, &view, (Tab::Billing, title));
    frame.path.clone_from(&content.action);
    Ok(Page { frame, content }.show_as(status, &app.site, locale, "user-request.html")?)
}

/// `GET /accounts/{number}/users/requests/{request}`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, request)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, None).await?;
    let found = find(&app, (&locale, &signed), &grant, &request).await?;
    show(&app, &locale, &signed, (&grant, &found), StatusCode::OK)
}

/// `POST /accounts/{number}/users/requests/{request}`: the first answer counts, whoever gives the second.
pub(super) async fn answer(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path((number, request)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, Some("answer")).await?;
    let found = find(&app, (&locale, &signed), &grant, &request).await?;
    let accepts = match form.get("answer") {
        "accept" => true,
        "refuse" => false,
        _ => return Err(Refusal::BadRequest.into()),
    };
    let allowed = found.allowed();
    let given = Some(&allowed).filter(|_| accepts);
    let desk = Desk::of(&app);
    let answered = app.db.write(async |tx| {
        let about = (found.request.id, given);
        let answered = accounts::answer_request((desk.db, desk.vault), tx, &grant, about).await?;
        if let Answered::Noted(request, _) = &answered
            && let Some(member) = accounts::find_member(tx, desk.vault, &grant, request.membership).await?
            && let Some(reader) = Reader::of(&desk, tx, &member).await?
        {
            let kind = if accepts { "rights-accepted" } else { "rights-refused" };
            letters::answered(&desk, tx, (&reader, grant.number()), (kind, &member.user.held)).await?;
        }
        Ok::<_, ActError>(matches!(answered, Answered::Noted(..)))
    });
    let done = match answered.await? {
        false => "over",
        true if accepts => "accepted",
        true => "refused",
    };
    app.nudge.notify_one();
    Ok(see_other(&format!("/accounts/{number}/users?done={done}")))
}
