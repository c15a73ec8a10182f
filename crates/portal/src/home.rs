//! Home (ACC-3, ACC-5): the one account, or all of them, with what is due on each.

use accounts::{Reach, Right};
use axum::extract::State;
use axum::response::Response;
use kernel::Day;
use serde::Serialize;
use web::{Locale, Page, Refusal};

use crate::App;
use crate::frame::{Tab, customer_words, frame_for, label};
use crate::overview::{Due, due};
use crate::rows::Status;
use crate::signed::{Signed, see_other};
use crate::users;

/// `GET /`: to the one account, or to the choice among several.
pub(crate) async fn home(State(app): State<App>, locale: Locale, signed: Signed) -> Result<Response, Refusal> {
    let needs_step = !signed.actor.needs_step.is_empty();
    if let [only] = signed.actor.reaches.as_slice()
        && !needs_step
    {
        return Ok(see_other(&format!("/accounts/{}/overview", only.number)));
    }
    let (mut found, mut bills) = (Vec::new(), None);
    for reach in &signed.actor.reaches {
        let (urgency, choice, due) = choice_of(&app, &locale, &signed, reach).await?;
        found.push((urgency, choice));
        if let Some(due) = due {
            *bills.get_or_insert(0) += due;
        }
    }
    // What is late first, then what is due first.
    found.sort_by_key(|(urgency, _)| *urgency);
    let accounts: Vec<Choice> = found.into_iter().map(|(_, choice)| choice).collect();
    let waiting = waiting(&app, &locale, &signed).await?;
    let title = match (accounts.is_empty(), waiting.is_some()) {
        (false, _) => summary(&app, &locale, accounts.len(), bills),
        (true, _) if needs_step => app.site.texts().say(locale.language, "rights-step-title"),
        (true, true) => app.site.texts().say(locale.language, "rights-waiting-title"),
        (true, false) => app.site.texts().say(locale.language, "overview-none-title"),
    };
    let frame = frame_for(&app, &locale, Some(&signed), (Tab::Home, title))?;
    Page { frame, content: Choices { accounts, waiting, needs_step } }.show(&app.site, &locale, "home-choose.html")
}

/// What is said of the places where they hold nothing; of the accounts no page tells them (USR-3).
async fn waiting(app: &App, locale: &Locale, signed: &Signed) -> Result<Option<Waiting>, Refusal> {
    let places = users::waiting_places(app, locale, signed).await?;
    let is_all = signed.actor.reaches.is_empty() && signed.actor.needs_step.is_empty();
    let (key, count) = (if is_all { "rights-waiting-lead" } else { "rights-waiting-also" }, places.len());
    let text = app.site.texts().say_count(locale.language, key, i64::try_from(count).unwrap_or(i64::MAX), &[]);
    Ok((count > 0).then_some(Waiting { text, places }))
}

/// An account of the list, how urgent it is, and how many bills are due there; of bills nothing for who may not see them, not in
/// counts either (USR-3).
async fn choice_of(
    app: &App,
    locale: &Locale,
    signed: &Signed,
    reach: &Reach,
) -> Result<(Urgency, Choice, Option<i64>), Refusal> {
    let mut choice = Choice {
        number: reach.number.clone(),
        label: label(app, locale, &reach.segment),
        customer: customer_words(app, signed, reach)?,
        href: format!("/accounts/{}/overview", reach.number),
        amount: None,
        date: None,
        due_sentence: String::new(),
        status: None,
    };
    let Some(grant) = signed.actor.require(Right::SeeBills, &reach.number) else {
        return Ok((Urgency::LAST, choice, None));
    };
    let view = signed.view(app, &grant)?;
    let billed = billing::list_bills(&app.db, &grant).await?;
    let due = due(app, locale, &view, &billed, true);
    let urgency = Urgency::of(&due);
    choice.status = Some(crate::rows::status(app, locale, billed.account_standing(app.today())));
    if urgency.is_owed() {
        let key = format!("overview-date-{}", due.state);
        choice.date = due.date.map(|date| format!("{} {date}", app.site.texts().say(locale.language, &key)));
        choice.amount = Some(due.amount);
    } else {
        choice.due_sentence = due.sentence.unwrap_or_default();
    }
    let open = i64::try_from(billed.open().count()).unwrap_or(i64::MAX);
    Ok((urgency, choice, Some(open)))
}

/// “3 accounts, 2 bills due”; of bills nothing where none may be seen.
fn summary(app: &App, locale: &Locale, accounts: usize, bills: Option<i64>) -> String {
    let texts = app.site.texts();
    let accounts = i64::try_from(accounts).unwrap_or(i64::MAX);
    let accounts = texts.say_count(locale.language, "home-accounts", accounts, &[]);
    match bills {
        None => accounts,
        Some(bills) => {
            let bills = texts.say_count(locale.language, "home-bills", bills, &[]);
            texts.say_with(locale.language, "home-summary", &[("accounts", &accounts), ("bills", &bills)])
        }
    }
}

/// In which order accounts are shown to who has several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Urgency(u8, Option<Day>);

impl Urgency {
    const LAST: Self = Self(2, None);

    fn of(due: &Due) -> Self {
        match due.state {
            "overdue" => Self(0, due.day),
            "due" => Self(1, due.day),
            _ => Self::LAST,
        }
    }

    fn is_owed(self) -> bool {
        self.0 < 2
    }
}

#[derive(Serialize)]
struct Choices {
    accounts: Vec<Choice>,
    /// They are a user of accounts whose holders gave them nothing.
    waiting: Option<Waiting>,
    /// They reach an account only with a second step, which they do not have (SEC-3).
    needs_step: bool,
}

#[derive(Serialize)]
struct Waiting {
    text: String,
    places: Vec<users::WaitingPlace>,
}

#[derive(Serialize)]
struct Choice {
    number: String,
    label: String,
    /// Name and client identifier of the customer, for who holds it.
    customer: String,
    href: String,
    /// What is owed, and when; else what is to be said of the balance.
    amount: Option<String>,
    date: Option<String>,
    due_sentence: String,
    status: Option<Status>,
}
