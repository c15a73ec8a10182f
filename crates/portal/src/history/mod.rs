//! History (PRO-3): who saw or changed what and when, on an account for its holder, and about a login for its owner. Read from
//! the chains of the audit log, in words of the reader's language; as a page and as a file for a spreadsheet.

mod kinds;
mod words;

pub use kinds::{HISTORY_KINDS, HistoryGroup};

use accounts::{AccountView, Grant, Involved, Right};
use audit::{Chain, StoredEvent, Wanted};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::{Day, Moment};
use serde::{Deserialize, Serialize};
use web::{FormState, Link, Locale, Page, Refusal};

use crate::App;
use crate::profile::{Offered, Part, chosen, frame_of};
use crate::rows::{ON_A_PAGE, one_page};
use crate::signed::{Signed, encoded, see_other};
use kinds::kinds_of;
use words::Reader;

/// Events that are read at once, of which some may not be wanted.
const READ_AT_ONCE: i64 = 200;
const FIELDS: [&str; 4] = ["who", "what", "from", "to"];
/// By whom, as the filter names it.
const WHO_OF_ACCOUNTS: [&str; 5] = ["you", "users", "service", "system", "somebody"];
const WHO_OF_LOGINS: [&str; 3] = ["you", "service", "somebody"];

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{number}/history", get(page))
        .route("/accounts/{number}/history.csv", get(csv))
        .route("/profile/history", get(own_page))
        .route("/profile/history.csv", get(own_csv))
}

/// Where the tab of Your account leads: to the account's history for its holder, to the login's for everybody else.
pub(crate) fn href(signed: &Signed, number: Option<&str>) -> String {
    let held = number.filter(|number| signed.actor.require(Right::ConfirmClaim, number).is_some());
    held.map_or_else(|| "/profile/history".to_owned(), |number| format!("/accounts/{number}/history"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    who: String,
    what: String,
    from: String,
    to: String,
    /// The number of the event after which an older page begins.
    before: String,
}

/// Whose history it is.
enum Book {
    Account { grant: Grant, view: Box<AccountView>, involved: Vec<Involved> },
    Login,
}

impl Book {
    /// Of an account, for its holder; the page to go to where the claim of it waits for its confirmation (SGN-2).
    async fn of_account(app: &App, signed: &Signed, number: &str) -> Result<Result<Self, String>, Refusal> {
        if signed.actor.is_unconfirmed(number) {
            return Ok(Err(format!("/accounts/{number}/confirm")));
        }
        let grant = signed.may(Right::SeeHistory, number)?;
        let view = Box::new(signed.view(app, &grant)?);
        let involved = accounts::involved(app.db.reader(), &grant).await?;
        Ok(Ok(Self::Account { grant, view, involved }))
    }

    const fn groups(&self) -> &'static [HistoryGroup] {
        match self {
            Self::Account { .. } => &HistoryGroup::OF_ACCOUNTS,
            Self::Login => &HistoryGroup::OF_LOGINS,
        }
    }

    const fn who(&self) -> &'static [&'static str] {
        match self {
            Self::Account { .. } => &WHO_OF_ACCOUNTS,
            Self::Login => &WHO_OF_LOGINS,
        }
    }

    fn path(&self) -> String {
        match self {
            Self::Account { view, .. } => format!("/accounts/{}/history", view.number),
            Self::Login => "/profile/history".to_owned(),
        }
    }

    fn reader<'a>(&'a self, app: &'a App, locale: &'a Locale, signed: &Signed) -> Reader<'a> {
        let (involved, currency) = match self {
            Self::Account { involved, view, .. } => (involved.as_slice(), Some(view.currency)),
            Self::Login => (&[][..], None),
        };
        Reader { texts: app.site.texts(), locale, login: signed.login.id, involved, currency }
    }

    async fn read(&self, app: &App, signed: &Signed, wanted: &Wanted<'_>) -> Result<Vec<StoredEvent>, Refusal> {
        Ok(match self {
            Self::Account { grant, .. } => accounts::account_history(app.db.reader(), grant, wanted).await?,
            Self::Login => audit::newest_events(app.db.reader(), Chain::Login(signed.login.id), wanted).await?,
        })
    }
}

/// What is asked for, checked.
struct Filter {
    who: Option<&'static str>,
    what: Option<HistoryGroup>,
    from: Option<Day>,
    to: Option<Day>,
    form: FormState,
}

impl Filter {
    fn of(app: &App, locale: &Locale, book: &Book, asked: &Asked) -> Self {
        let mut form = FormState::empty(&FIELDS);
        let typed = [("who", &asked.who), ("what", &asked.what), ("from", &asked.from), ("to", &asked.to)];
        for (field, value) in typed {
            form.values.insert(field, value.trim().chars().take(40).collect());
        }
        let say = |key: &str| app.site.texts().say(locale.language, key);
        let mut day = |field: &'static str, value: &str| {
            let day = value.trim().parse::<Day>().ok();
            if day.is_none() && !value.trim().is_empty() {
                form.refuse(field, say("history-no-day"));
            }
            day
        };
        let (from, to) = (day("from", &asked.from), day("to", &asked.to));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            form.refuse("to", say("history-turned-round"));
        }
        // An unknown word in the address filters nothing.
        let who = book.who().iter().copied().find(|who| *who == asked.who);
        let what = book.groups().iter().copied().find(|group| group.name() == asked.what);
        Self { who, what, from, to, form }
    }

    fn is_set(&self) -> bool {
        self.form.values.values().any(|value| !value.is_empty())
    }

    /// As an address carries it, to be gone on with.
    fn query(&self) -> String {
        let set = self.form.values.iter().filter(|(_, value)| !value.is_empty());
        set.map(|(field, value)| format!("{field}={}&", encoded(value))).collect()
    }

    /// The events that are wanted, the newest first; `most` and one more, or all.
    async fn find(
        &self,
        (app, locale, signed): (&App, &Locale, &Signed),
        book: &Book,
        (mut before, most): (Option<i64>, Option<usize>),
    ) -> Result<Vec<StoredEvent>, Refusal> {
        let reader = book.reader(app, locale, signed);
        let kinds = kinds_of(book.groups(), self.what);
        let begins = |day: Day| day.date().to_zoned(app.zone.clone()).ok().map(|at| Moment::new(at.timestamp()));
        let from = self.from.and_then(begins).unwrap_or(Moment::BEGINNING);
        let until = self.to.and_then(|day| begins(day.plus_days(1)));
        let mut found = Vec::new();
        loop {
            let wanted = Wanted { from, until, before, after: 0, kinds: &kinds, authors: &[], most: READ_AT_ONCE };
            let some = book.read(app, signed, &wanted).await?;
            let goes_on = i64::try_from(some.len()).is_ok_and(|count| count == READ_AT_ONCE);
            before = some.last().map(|event| event.seq);
            found.extend(some.into_iter().filter(|event| self.who.is_none_or(|who| reader.who(event).filter() == who)));
            if !goes_on || most.is_some_and(|most| found.len() > most) {
                return Ok(found);
            }
        }
    }
}

#[derive(Serialize)]
struct Row {
    at: String,
    who: String,
    what: String,
    detail: String,
}

#[derive(Serialize)]
struct HistoryPage {
    tabs: Vec<Link>,
    /// The number of the account; none for the login's own history.
    account_number: Option<String>,
    form: FormState,
    is_filtered: bool,
    path: String,
    who_options: Vec<Offered>,
    what_options: Vec<Offered>,
    rows: Vec<Row>,
    csv_href: String,
    newest_href: Option<String>,
    next_href: Option<String>,
}

fn options(app: &App, locale: &Locale, prefix: &str, names: &[&str]) -> Vec<Offered> {
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let all = Offered { value: String::new(), label: say(&format!("{prefix}-all")) };
    let each = names.iter().map(|name| Offered { value: (*name).to_owned(), label: say(&format!("{prefix}-{name}")) });
    std::iter::once(all).chain(each).collect()
}

async fn show(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (book, number): (&Book, Option<&str>),
    asked: &Asked,
) -> Result<Response, Refusal> {
    let filter = Filter::of(app, locale, book, asked);
    let before = asked.before.parse::<i64>().ok();
    let status = if filter.form.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let found = match filter.form.is_refused() {
        true => Vec::new(),
        false => filter.find((app, locale, signed), book, (before, Some(ON_A_PAGE))).await?,
    };
    let (found, goes_on) = one_page(found);
    let (path, query) = (book.path(), filter.query());
    let last = found.last().filter(|_| goes_on).map(|event| event.seq);
    let reader = book.reader(app, locale, signed);
    let rows = found.iter().map(|event| Row {
        at: web::moment(app.site.texts(), locale.language, event.at, &app.zone),
        who: reader.who_in_words(&reader.who(event)),
        what: reader.what(event),
        detail: reader.detail(event),
    });
    let groups: Vec<&str> = book.groups().iter().map(|group| group.name()).collect();
    let (mut frame, tabs) = frame_of(app, locale, signed, number, Part::History)?;
    frame.path = format!("{path}?{query}");
    let content = HistoryPage {
        tabs,
        account_number: match book {
            Book::Account { view, .. } => Some(view.number.clone()),
            Book::Login => None,
        },
        is_filtered: filter.is_set(),
        who_options: options(app, locale, "history-who", book.who()),
        what_options: options(app, locale, "history-what", &groups),
        rows: rows.collect(),
        csv_href: format!("{path}.csv?{query}"),
        newest_href: before.is_some().then(|| format!("{path}?{query}")),
        next_href: last.map(|last| format!("{path}?{query}before={last}")),
        form: filter.form,
        path,
    };
    Page { frame, content }.show_as(status, &app.site, locale, "history.html")
}

/// `GET /accounts/{number}/history`: for the holder alone (PRO-3).
async fn page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    match Book::of_account(&app, &signed, &number).await? {
        Ok(book) => show(&app, &locale, &signed, (&book, Some(&number)), &asked).await,
        Err(elsewhere) => Ok(see_other(&elsewhere)),
    }
}

/// `GET /profile/history`: of the login itself.
async fn own_page(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let number = chosen(&signed, "")?;
    show(&app, &locale, &signed, (&Book::Login, number.as_deref()), &asked).await
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

async fn file(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    (book, name): (&Book, &str),
    asked: &Asked,
) -> Result<Response, Refusal> {
    let filter = Filter::of(app, locale, book, asked);
    if filter.form.is_refused() {
        return Err(Refusal::BadRequest);
    }
    let found = filter.find((app, locale, signed), book, (None, None)).await?;
    let reader = book.reader(app, locale, signed);
    let say = |key: &str| app.site.texts().say(locale.language, key);
    let broken = |error: csv::Error| {
        tracing::error!(%error, "a history could not be written");
        Refusal::Broken
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["history-at", "history-who", "history-what", "history-detail"].map(say)).map_err(broken)?;
    for event in found {
        let at = event.at.timestamp().to_zoned(app.zone.clone());
        let fields = [
            at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            reader.who_in_words(&reader.who(&event)),
            reader.what(&event),
            reader.detail(&event),
        ];
        writer.write_record(fields.map(harmless)).map_err(broken)?;
    }
    let body = writer.into_inner().map_err(|_| Refusal::Broken)?;
    // The mark at the beginning tells a spreadsheet that it is UTF-8.
    let body = ["\u{feff}".as_bytes(), &body].concat();
    let name = format!("attachment; filename=\"{}{name}.csv\"", say("history-file"));
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], body).into_response())
}

/// `GET /accounts/{number}/history.csv`: all that the same filters find, for a spreadsheet.
async fn csv(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    match Book::of_account(&app, &signed, &number).await? {
        Ok(book) => file(&app, &locale, &signed, (&book, &format!("-{number}")), &asked).await,
        Err(elsewhere) => Ok(see_other(&elsewhere)),
    }
}

/// `GET /profile/history.csv`
async fn own_csv(
    State(app): State<App>,
    locale: Locale,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    file(&app, &locale, &signed, (&Book::Login, ""), &asked).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pro_3_no_text_of_the_file_is_a_formula() {
        for (text, written) in
            [("=1+1", "'=1+1"), ("@a", "'@a"), ("-2", "'-2"), ("+3", "'+3"), ("\tx", "'\tx"), ("Vous", "Vous")]
        {
            assert_eq!(harmless(text.to_owned()), written);
        }
    }
}
