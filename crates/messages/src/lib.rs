//! E-mail and text messages (OPS-3): the outbox, which loses nothing, and the ways out of it.
//!
//! A message is written in the caller's transaction ([`enqueue`]), as a row with sealed content (PRV-1) and a job of
//! the queue. A [`Postman`] leases the jobs, sends outside of any transaction, and then finishes the job and marks the
//! row in one. So a message is sent at least once; a repeat, after a crash or a lost answer between the mail server's
//! acceptance and our commit, is the same bytes with the same Message-ID. Text messages ([`enqueue_texts`]) go the same way
//! from a queue of their own, with a postman of their own, so that neither waits for the other.

mod email;
mod letter;
mod mime;
mod postman;
mod rotation;
mod smtp;
mod store;
mod text;
mod text_way;
mod way;

pub use email::{Email, Sender, SenderError};
pub use letter::{Block, Letter};
pub use postman::Postman;
pub use rotation::{count_under_other_keys, rotate_messages};
pub use store::{
    Delivery, Found, Shown, State, deliveries, eml, enqueue, enqueue_texts, find, list, note_bounce, send_again,
};
pub use text::{Channel, NumberRefused, Text, TextRules, UnknownCountry, check_country};
pub use text_way::{
    PLACEHOLDERS, TextAuth, TextContent, TextGateway, TextGatewayError, TextGatewaySettings, TextWay,
    check_gateway_url, is_header, unknown_placeholder,
};
pub use way::{Login, Security, SmtpSettings, Way};

use db::{DbErr, Migration};
use vault::VaultError;

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration {
            name: "m0251_messages",
            what: "the outbox of messages",
            sql: include_str!("migrations/0001_messages.sql"),
        },
        Migration {
            name: "m0252_bounces",
            what: "messages that came back",
            sql: include_str!("migrations/0002_bounces.sql"),
        },
        Migration {
            name: "m0253_texts",
            what: "text messages beside e-mails",
            sql: include_str!("migrations/0003_texts.sql"),
        },
    ]
}

#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Another node took the work over, and does it itself.
    #[error("the message was taken over by another node")]
    Overtaken,
    #[error("a message's content cannot be read: {0}")]
    Content(String),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl db::DbFault for MessageError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) | Self::Vault(VaultError::Db(error)) => Some(error),
            _ => None,
        }
    }
}
