//! Payments by card (PAY-1, PAY-5): once and only once.
//!
//! The life of a payment is a state machine on disk ([`State`]). The page that a customer pays on begins it
//! ([`Payments::begin`]) and takes it through the gateway ([`Payments::advance`]); a job that was enqueued in the
//! transaction that began it asks the gateway about every one that was left open ([`Follower`]). The gateway is asked to
//! charge at most once for a payment, whoever asks and whatever is killed: who may ask is decided by one update of its
//! row, committed before. What was charged is posted to the ledger in the transaction that says so, with an entry id
//! that is unique. The gateway's own messages only hurry what the job would find ([`Payments::hear`]).

mod advance;
mod begin;
mod cards;
mod desk;
mod follower;
mod gateway;
mod handover;
mod model;
mod news;
mod payment;
mod refund;
mod service;
mod simulated;
mod store;
mod stripe;
mod verify;

pub use begin::{BeginError, NewPayment, WithCard};
pub use cards::{CardError, LONGEST_NAME};
pub use follower::{Follower, QUEUE};
pub use gateway::{
    Answer, CardFacts, Decline, Gateway, GatewayError, GatewayRefund, Hint, Intent, NewIntent, NewRefund, NewSetup,
    RefundStatus, Setup, SetupStatus, Status, WebhookError,
};
pub use handover::{end_cards, is_under_way};
pub use model::{CONFIRM_WITHIN, Owed, RefundState, STEP_WITHIN, State, WrongAmount};
pub use news::{News, NewsError, Silent, Told};
pub use payment::{Card, CardState, Expiry, Payment, Refund};
pub use refund::{RefundError, RefundWish};
pub use service::{PayError, Payments, Settings, find_any, newest};
pub use simulated::{EnteredCard, NUMBERS, SIMULATED, Simulated, Step, StepAnswer, WrongCard};
pub use stripe::{STRIPE, Stripe, StripeError, StripeSettings};
pub use verify::{Compared, verify};

use db::Migration;

/// The ledger account into which cards pay, for what has a row here alone ([`verify`]).
pub const CASH: &str = "cash:card";

/// The tables that this crate owns.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration {
            name: "m0601_payments",
            what: "payments by card, refunds and saved cards",
            sql: include_str!("migrations/0001_payments.sql"),
        },
        Migration {
            name: "m0602_simulated_gateway",
            what: "the books of the simulated payment gateway",
            sql: include_str!("migrations/0002_simulated.sql"),
        },
        Migration {
            name: "m0603_cards_once",
            what: "saved cards are known by the gateway's fingerprint and by a name",
            sql: include_str!("migrations/0003_cards_once.sql"),
        },
        Migration {
            name: "m0604_cards_added_by",
            what: "who asked for a card to be kept",
            sql: include_str!("migrations/0004_cards_added_by.sql"),
        },
    ]
}
