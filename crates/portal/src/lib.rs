//! The customer centre as its customers see it: signing up and in, the overview, bills, payments, and the frame around them.

mod account;
mod app;
mod bills;
mod card_add;
mod cards;
mod claim_letters;
mod claims;
mod contact;
mod demonstration;
mod frame;
mod gateway;
mod health;
mod hooks;
mod letters;
mod metrics;
mod notify;
mod overview;
mod owing;
mod pay;
mod pay_amount;
mod payment_letters;
mod payments_pages;
mod receipts;
mod rows;
mod sign_in;
mod sign_up;
mod signed;
mod stripe_page;

pub use app::{App, CardEntry, Parts, Provider, ProviderTelephone, SLICES, Till, router};
pub use claims::{Decision, decide_claim};
pub use notify::{Told, tell_of_bills};
pub use payment_letters::PaymentLetters;
pub use stripe_page::StripeFields;
