//! What a person at the terminal sees: results on standard output, progress and reasons on standard error.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Prints one line on standard output. A reader that went away (a closed pipe) is no failure of ours.
pub(crate) fn say(line: impl AsRef<str>) {
    let _ = writeln!(io::stdout(), "{}", line.as_ref());
}

/// Prints one line on standard error.
pub(crate) fn warn(line: impl AsRef<str>) {
    let _ = writeln!(io::stderr(), "{}", line.as_ref());
}

/// Prints a result for programs.
pub(crate) fn json(value: &impl Serialize) {
    say(serde_json::to_string(value).unwrap_or_default());
}

/// A progress bar on standard error; nothing where that is no terminal.
pub(crate) fn progress(what: &str, of: u64) -> ProgressBar {
    let bar = ProgressBar::new(of);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len} ({eta} left)");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar
}

/// As [`progress`], for a file that is read.
pub(crate) fn progress_of_bytes(what: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes} ({eta} left)");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar
}

/// As [`progress`], for work whose size is not known.
pub(crate) fn counter(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_message(what.to_owned());
    let style = ProgressStyle::with_template("{spinner} {msg} {pos}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}
