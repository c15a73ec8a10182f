//! What the pages share on which the provider's people decide: the choices, and what was done.

use accounts::AccountNumber;
use axum::response::Response;
use kernel::LoginId;
use serde::Deserialize;
use web::{Form, FormState, Locale, Notice, Refusal};

use super::Choice;
use crate::App;
use crate::signed::see_other;

/// What was done, or why it was not, as the texts' keys name it.
pub(crate) type Decided = Result<&'static str, &'static str>;

/// What the address of a list says was done just now.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

impl Asked {
    /// As a notice, in words under `prefix`; none for what is none of the `words`.
    pub(crate) fn notice(&self, app: &App, locale: &Locale, (prefix, words): (&str, &[&str])) -> Option<Notice> {
        notice(app, locale, (prefix, words), &self.done)
    }
}

/// The notice of something that was done.
pub(crate) fn notice(app: &App, locale: &Locale, (prefix, words): (&str, &[&str]), done: &str) -> Option<Notice> {
    let word = words.iter().find(|word| **word == done)?;
    Some(Notice { kind: "success", text: app.site.texts().say(locale.language, &format!("{prefix}-{word}")) })
}

/// Answers to choose from, in words under `prefix`.
pub(crate) fn choices<const N: usize>(
    app: &App,
    locale: &Locale,
    prefix: &str,
    values: [&'static str; N],
) -> Vec<Choice> {
    let say = |value: &str| app.site.texts().say(locale.language, &format!("{prefix}-{value}"));
    values.map(|value| Choice { value, label: say(value), hint: None }).into()
}

/// The same, each with what it leads to.
pub(crate) fn explained<const N: usize>(
    app: &App,
    locale: &Locale,
    prefix: &str,
    values: [&'static str; N],
) -> Vec<Choice> {
    let say = |key: String| app.site.texts().say(locale.language, &key);
    values
        .map(|value| Choice {
            value,
            label: say(format!("{prefix}-{value}")),
            hint: Some(say(format!("{prefix}-{value}-hint"))),
        })
        .into()
}

/// The fields of [`Caller`].
pub(crate) const CALLER: [&str; 2] = ["name", "reason"];
/// How an agent may have made sure who is calling.
pub(crate) const MADE_SURE: [&str; 3] = ["questions", "call-back", "document"];

/// Whom an agent acts for, and how they made sure who is calling.
pub(crate) struct Caller<'a> {
    /// See [`find_login`].
    pub(crate) typed: &'a str,
    /// One of [`MADE_SURE`].
    pub(crate) reason: &'static str,
}

impl<'a> Caller<'a> {
    /// What the form says; what is missing is said in `shown`.
    pub(crate) fn of(app: &App, locale: &Locale, form: &'a Form, shown: &mut FormState) -> Option<Self> {
        let say = |key: &str| app.site.texts().say(locale.language, key);
        let typed = form.trimmed("name");
        let reason = MADE_SURE.into_iter().find(|reason| *reason == form.get("reason"));
        if typed.is_empty() {
            shown.refuse("name", say("staff-locks-empty-name"));
        }
        if reason.is_none() {
            shown.refuse("reason", say("staff-claims-empty"));
        }
        reason.filter(|_| !typed.is_empty()).map(|reason| Self { typed, reason })
    }
}

/// The login of an account number, a client identifier or a username.
pub(crate) async fn find_login(app: &App, typed: &str) -> Result<Option<LoginId>, Refusal> {
    if let Ok(number) = typed.parse::<AccountNumber>()
        && let Some(login) = accounts::holder_of(app.db.reader(), number.as_str()).await?
    {
        return Ok(Some(login));
    }
    if let Some(login) = accounts::login_by_identifier(app.db.reader(), typed).await? {
        return Ok(Some(login));
    }
    Ok(identity::login_by_username(app.db.reader(), typed).await?)
}

/// Back to the list, which says what was done; the letters about it go out now.
pub(crate) fn decided(app: &App, list: &str, done: &str) -> Response {
    app.nudge.notify_one();
    see_other(&format!("{list}?done={done}"))
}
