//! The users of an account, for its holder (USR-1, USR-2).

use accounts::{Grant, Member};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use web::{Link, Locale, Notice, Page};

use super::errors::ActError;
use super::{manage, status, user_href};
use crate::App;
use crate::profile::{Part, frame_of};
use crate::rows::Status;
use crate::signed::{Refused, Signed};

#[derive(Serialize)]
struct UsersPage {
    tabs: Vec<Link>,
    /// How many there are of how many there may be, in words.
    count: String,
    has_users: bool,
    entries: Vec<Entry>,
    requests: Vec<Asked>,
    query: String,
    action: String,
    /// None where there are as many as there may be.
    new_href: Option<String>,
}

#[derive(Serialize)]
struct Entry {
    called: String,
    href: String,
    /// Username and where they were invited.
    known: String,
    rights: String,
    status: Status,
}

/// A request that waits for the holder's answer.
#[derive(Serialize)]
struct Asked {
    text: String,
    href: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Searched {
    q: String,
    done: String,
}

/// What our own redirects say was done.
const DONE: [&str; 6] = ["removed", "withdrawn", "accepted", "refused", "over", "gone"];

fn plain(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase()
}

/// Whether all words typed stand in a user's name, username or address; accents and capitals do not matter.
fn is_found(member: &Member, query: &str) -> bool {
    let parts = [member.name.as_deref(), member.username.as_deref(), member.email.as_deref()];
    let said = plain(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
    plain(query).split_whitespace().all(|word| said.contains(word))
}

fn entry(app: &App, locale: &Locale, number: &str, member: &Member) -> Entry {
    let known = [member.username.clone(), member.email.clone()].into_iter().flatten();
    let rights = crate::rights::in_words(app, locale, &member.user.held);
    let said: Vec<String> = rights.into_iter().map(|part| part.value).collect();
    Entry {
        called: member.called().to_owned(),
        href: user_href(number, member),
        known: known.filter(|known| known != member.called()).collect::<Vec<_>>().join(" · "),
        rights: match said.is_empty() {
            true => app.site.texts().say(locale.language, "users-may-nothing"),
            false => said.join(" · "),
        },
        status: status(app, locale, member),
    }
}

async fn requests(
    app: &App,
    locale: &Locale,
    (grant, number): (&Grant, &str),
    members: &[Member],
) -> Result<Vec<Asked>, Refused> {
    let open = accounts::open_requests(app.db.reader(), grant).await.map_err(ActError::from)?;
    let asked = open.iter().filter_map(|request| {
        let member = members.iter().find(|member| member.user.membership == request.membership)?;
        let values = [("who", member.called())];
        let text = app.site.texts().say_with(locale.language, "users-request-link", &values);
        Some(Asked { text, href: format!("/accounts/{number}/users/requests/{}", request.id) })
    });
    Ok(asked.collect())
}

/// `GET /accounts/{number}/users`
pub(super) async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(searched): Query<Searched>,
) -> Result<Response, Refused> {
    let grant = manage(&app, &signed, &number, None).await?;
    let view = signed.view(&app, &grant)?;
    let members = accounts::members_of(app.db.reader(), &app.vault, &grant).await.map_err(ActError::from)?;
    let most = accounts::Segment::from_code(&view.segment).map_or(0, |segment| app.users.of(segment));
    let texts = app.site.texts();
    let query = searched.q.trim().chars().take(100).collect::<String>();
    let count = i64::try_from(members.len()).unwrap_or(i64::MAX);
    let content = UsersPage {
        tabs: Vec::new(),
        count: texts.say_count(locale.language, "users-count", count, &[("most", &most.to_string())]),
        has_users: !members.is_empty(),
        requests: requests(&app, &locale, (&grant, &number), &members).await?,
        entries: members
            .iter()
            .filter(|member| is_found(member, &query))
            .map(|member| entry(&app, &locale, &number, member))
            .collect(),
        query,
        action: format!("/accounts/{number}/users"),
        new_href: (members.len() < usize::from(most)).then(|| format!("/accounts/{number}/users/new")),
    };
    let (mut frame, tabs) = frame_of(&app, &locale, &signed, Some(&number), Part::Users)?;
    frame.notice = DONE.into_iter().find(|done| *done == searched.done).map(|done| Notice {
        kind: if ["over", "gone"].contains(&done) { "warning" } else { "success" },
        text: texts.say(locale.language, &format!("users-done-{done}")),
    });
    frame.path.clone_from(&content.action);
    Ok(Page { frame, content: UsersPage { tabs, ..content } }.show(&app.site, &locale, "users.html")?)
}
