//! `guichet`: the customer centre's one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    guichet::main()
}
