//! The whole, on both databases: import, bill run, proofs, platform, command line.

mod cli;
mod demonstration;
mod imports;
mod platform;
mod proofs;
mod runs;
mod support;
