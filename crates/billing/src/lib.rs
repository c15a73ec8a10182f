//! Bills: the bill function, taxes, the ledger, the bill run, and the proof that issued bills are what they should be.

mod batch;
mod bill;
mod credit;
mod dry;
mod export;
mod face;
mod ledger;
mod line;
mod post;
mod reading;
mod reference;
mod refunds;
mod rules;
mod run;
mod sender;
mod standing;
mod store;
mod turns;
mod verify;
mod writing;

pub use bill::{BillFault, Draft, Known, PastBill, Previous, Reference, compute};
pub use dry::{Dry, dry_run};
pub use export::{ExportError, ExportTotals, export};
pub use face::{Face, FaceError, face, kept_face};
pub use ledger::{
    EntryKind, EntryRows, NewEntry, OPENING, Posting, RECEIVABLE, StoredEntry, Which, balance, entries_of_range,
};
pub use line::{Cause, Charge, Content, Line, Movement, SCHEMA, Section, TaxLine};
pub use post::{NewMovement, PostError, opening_entry, post, post_all, post_in, posted_event};
pub use reading::{
    BillRow, Billed, FoundBill, Way, bill_before, bill_of_month, find_bill, is_theirs, list_bills, list_bills_in,
    price_ends, ways,
};
pub use reference::{ReferenceError, keep_reference, load_reference, read_reference};
pub use refunds::{RefundDue, refunds_due};
pub use rules::{BillingRules, Credits, Figures};
pub use run::{Asked, RunError, RunReport, ToCome, run};
pub use sender::{ProviderFacts, sender};
pub use standing::{Moved, Posted, Reckoning, Remainder, Settled, Standing};
pub use store::{StoredBill, billed_until, bills_of_range, issued_until};
pub use turns::{BilledAccount, FaultyAccount, billed_after, faults_of_month, note_told, untold_after};
pub use verify::{Doubt, Doubts, verify};
pub use writing::{Writing, addressee, ways_to_pay};

use aws_lc_rs::digest::{Context, SHA256, digest};
use db::Migration;
use serde::Serialize;

/// The pages of bills, and their texts.
pub const SLICE: web::Slice = include!(concat!(env!("OUT_DIR"), "/slice.rs"));

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration {
            name: "m0501_billing",
            what: "bills, the ledger and bill runs",
            sql: include_str!("migrations/0001_billing.sql"),
        },
        Migration {
            name: "m0502_bill_faces",
            what: "what bills look like, and who was told of them",
            sql: include_str!("migrations/0002_faces.sql"),
        },
        Migration {
            name: "m0503_drawings",
            what: "what bills look like, by later versions of the drawing",
            sql: include_str!("migrations/0003_drawings.sql"),
        },
        Migration {
            name: "m0505_bill_turns",
            what: "when each account is billed next",
            sql: include_str!("migrations/0005_turns.sql"),
        },
    ]
}

/// SHA-256 of a value's JSON, for the audit log.
fn digest_of(value: &impl Serialize) -> String {
    let text = serde_json::to_vec(value).unwrap_or_default();
    data_encoding::BASE64URL_NOPAD.encode(digest(&SHA256, &text).as_ref())
}

/// The same over a value and a long text, which need not become JSON first.
fn digest_with(value: &impl Serialize, text: &str) -> String {
    let value = serde_json::to_vec(value).unwrap_or_default();
    let mut context = Context::new(&SHA256);
    context.update(&(value.len() as u64).to_be_bytes());
    context.update(&value);
    context.update(text.as_bytes());
    data_encoding::BASE64URL_NOPAD.encode(context.finish().as_ref())
}
