//! What the pages share on which the provider's people decide: the choices, and what was done.

use axum::response::Response;
use serde::Deserialize;
use web::{Locale, Notice};

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

/// Back to the list, which says what was done; the letters about it go out now.
pub(crate) fn decided(app: &App, list: &str, done: &str) -> Response {
    app.nudge.notify_one();
    see_other(&format!("{list}?done={done}"))
}
