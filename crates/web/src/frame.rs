//! What stands around every page's content.

use kernel::Language;
use serde::Serialize;

/// A link of a menu.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub label: String,
    pub href: String,
    /// Leads to the part that the page belongs to.
    pub current: bool,
}

/// An account in the switcher (ACC-3).
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    pub number: String,
    pub label: String,
    /// Whose it is, where the login holds accounts of several customers; else nothing.
    pub customer: String,
    pub href: String,
    pub current: bool,
}

/// A language to choose.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    pub code: &'static str,
    pub name: &'static str,
    pub current: bool,
}

/// Who is signed in: name and client identifier stand at the top right of every page (ACC-2). The identifier is empty for who
/// is not the customer that the page is about.
#[derive(Clone, Debug, Serialize)]
pub struct Identified {
    pub name: String,
    pub identifier: String,
    pub href: String,
}

/// Something that just happened.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// `success`, `info`, `warning` or `danger`.
    pub kind: &'static str,
    pub text: String,
}

/// The provider, as every page names it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Provider {
    pub name: String,
    pub telephone: Option<String>,
}

/// How long a page may lie unused, and how long before the end it warns (SEC-9).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Idle {
    pub seconds: i64,
    pub warn_seconds: i64,
}

impl Idle {
    /// Of a session that ends after so long. The page counts a minute less: being seen is written down once a minute.
    pub fn of(idle: jiff::SignedDuration) -> Self {
        Self { seconds: idle.as_secs() - 60, warn_seconds: 120 }
    }
}

/// A page's frame.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    pub title: String,
    pub provider: Provider,
    /// The page's own address, to come back to after the language was switched.
    pub path: String,
    pub language: &'static str,
    pub languages: Vec<Choice>,
    pub person: Option<Identified>,
    pub sign_out: bool,
    pub accounts: Vec<Account>,
    pub tabs: Vec<Link>,
    pub notice: Option<Notice>,
    pub demonstration: bool,
    /// When the session of whoever is signed in ends for want of use.
    pub idle: Option<Idle>,
}

impl Frame {
    /// The frame of a page for somebody who is not signed in.
    pub fn outside(title: String, provider: Provider, path: &str, language: Language) -> Self {
        let languages = [(Language::Fr, "Français"), (Language::En, "English")];
        Self {
            title,
            provider,
            path: path.to_owned(),
            language: language.code(),
            languages: languages
                .into_iter()
                .map(|(each, name)| Choice { code: each.code(), name, current: each == language })
                .collect(),
            person: None,
            sign_out: false,
            accounts: Vec::new(),
            tabs: Vec::new(),
            notice: None,
            demonstration: false,
            idle: None,
        }
    }
}
