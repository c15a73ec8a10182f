//! The whole, on both databases: import, bill run, proofs, platform, outbox, command line.

mod cli;
mod demonstration;
mod faces;
mod imports;
mod outbox;
mod platform;
mod proofs;
mod runs;
mod support;
