use std::path::Path;

use crate::commands::{Failure, keep_heads};
use crate::home::{Home, Place};
use crate::import::{ImportReport, Mapping, Mode, import};
use crate::terminal::{json, progress_of_bytes, say, warn};

pub(super) async fn run(place: &Place, mapping: &Path, file: &Path, dry: bool, as_json: bool) -> Result<(), Failure> {
    let mapping = Mapping::read(mapping)?;
    let home = Home::open(place).await?;
    let bar = progress_of_bytes("Importing");
    let mode = if dry { Mode::Dry } else { Mode::Real };
    let tell = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let imported = import(&home, &mapping, file, mode, tell).await;
    bar.finish_and_clear();
    if !dry {
        keep_heads(&home).await?;
    }
    let report = imported?;
    home.db.close().await;
    tell_report(&report, file, dry, as_json)
}

fn tell_report(report: &ImportReport, file: &Path, dry: bool, as_json: bool) -> Result<(), Failure> {
    if as_json {
        json(report);
    } else {
        for error in &report.errors {
            warn(format!("{}, {error}", file.display()));
        }
        for note in &report.notes {
            warn(format!("{}, {note}", file.display()));
        }
        let ImportReport { lines, imported, unchanged, noted, blank, .. } = report;
        let verb = if dry { "would be imported" } else { "imported" };
        let (lines, customers) = (counted(*lines, "line"), counted(*imported, "customer"));
        say(format!("{lines}: {customers} {verb}, {unchanged} there already."));
        match blank {
            0 => {}
            1 => say("1 line has nothing in it and was passed over."),
            _ => say(format!("{blank} lines have nothing in them and were passed over.")),
        }
        match noted {
            0 => {}
            1 => say("1 thing was taken as noted above; it is no error."),
            _ => say(format!("{noted} things were taken as noted above; they are no errors.")),
        }
    }
    match report.faulty {
        0 => Ok(()),
        1 => Err(Failure::because("1 line is faulty and was left out; all others were taken")),
        faulty => Err(Failure::because(format!("{faulty} lines are faulty and were left out; all others were taken"))),
    }
}

fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
