//! The whole, on both databases: import, bill run, proofs, platform, outbox, command line; and in a browser, on one.

mod browser;
mod cli;
mod demonstration;
mod imports;
mod journeys;
mod outbox;
mod platform;
mod proofs;
mod runs;
mod support;
