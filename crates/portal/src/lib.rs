//! The customer centre as its customers see it: signing up and in, the overview, bills, and the frame around them.

mod account;
mod app;
mod bills;
mod contact;
mod demonstration;
mod frame;
mod health;
mod letters;
mod notify;
mod overview;
mod rows;
mod sign_in;
mod sign_up;
mod signed;

pub use app::{App, Parts, Provider, ProviderTelephone, SLICES, router};
pub use notify::{Told, tell_of_bills};
