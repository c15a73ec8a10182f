use kernel::{AccountId, EmailAddress, Language};
use lettre::Address;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

/// An e-mail to one recipient.
#[derive(Clone, Debug)]
pub struct Email {
    /// The address alone, as `eve@example.ca`.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub language: Language,
    /// What it is about, as `bill-ready`: seen in the console and in logs.
    pub kind: &'static str,
    /// The account that it is about, if any.
    pub account: Option<AccountId>,
}

/// What is sealed of a message.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Who writes: the provider's name and address.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no e-mail address; expected one such as facturation@example.ca")]
pub struct SenderError(String);

impl std::fmt::Display for Sender {
    /// As the header names it: `Boréal <factures@example.ca>`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0.name {
            Some(name) => write!(f, "{name} <{}>", self.0.email),
            None => write!(f, "{}", self.0.email),
        }
    }
}

impl Sender {
    /// # Errors
    /// When the address is none, or not in ASCII.
    pub fn new(name: &str, address: &str) -> Result<Self, SenderError> {
        // In ASCII, for it ends the Message-ID, and not every mail server takes other senders. One of this machine has no dot.
        let written = EmailAddress::parse(address).map_or_else(|_| address.to_owned(), |known| known.to_string());
        let parsed: Option<Address> = written.parse().ok();
        let address = parsed.filter(|_| written.is_ascii()).ok_or_else(|| SenderError(address.to_owned()))?;
        Ok(Self(Mailbox::new(Some(one_line(name)).filter(|name| !name.is_empty()), address)))
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// What stands behind the `@` of Message-IDs.
    pub(crate) fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// One line, without anything that could end it or hide in it: what may stand in a header.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if is_line_end(c) { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

fn is_line_end(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
