//! The whole, on both databases: import, bill run, proofs, platform, outbox, the site, command line; and in a browser, on one.

mod browser;
mod chances;
mod cli;
mod demonstration;
mod faces;
mod imports;
mod journeys;
mod letters;
mod metrics;
mod outbox;
mod pages;
mod pay_pages;
mod payments;
mod platform;
mod proofs;
mod receipts;
mod refunds;
mod routes;
mod runs;
mod sessions;
mod sign_up;
mod stripe;
mod support;
mod till;
mod understood;
mod visitor;
