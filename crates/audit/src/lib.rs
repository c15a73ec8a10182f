//! The audit log (PRV-2): what was done, by whom and when, chained by hash.
//!
//! Each account has a chain, each member of staff and the operator too, so that writes to different accounts do not wait
//! for each other. An event's hash covers the event and the hash before it; the heads of all chains are signed and kept
//! outside the database from time to time ([`keep_heads`]). [`verify`] finds any change before the last kept head.
//!
//! `details` hold identifiers and figures, never personal data; what is personal goes into `sealed`, under the
//! customer's own key, so that erasure leaves the chain whole.

mod chain;
mod document;
mod heads;
mod history;
mod verify;

pub use chain::{Appender, Author, Chain, Event, StoredEvent, events_of_kinds, last_events, last_operator_event};
pub use document::{keep_document, verify_documents};
pub use heads::{HeadsError, keep_heads};
pub use history::{Wanted, newest_events};
pub use verify::{Finding, Findings, verify};

use db::Migration;

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![Migration {
        name: "m0201_audit_events",
        what: "the audit log",
        sql: include_str!("migrations/0001_events.sql"),
    }]
}
