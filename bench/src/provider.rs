//! A made-up provider of any size.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use guichet::{Mapping, Mode};
use kernel::{ManualClock, SystemEntropy, World};

use crate::{Bench, Failure};

/// A job that nobody does, for a small write.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Nothing;

impl db::jobs::JobData for Nothing {
    const KIND: &'static str = "nothing";
}

/// The time at which everything is measured: November 2026, so that October and November can be billed.
pub(crate) fn world() -> World {
    let now = "2026-11-01T15:00:00Z".parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    World::new(Arc::new(ManualClock::at(now)), Arc::new(SystemEntropy))
}

/// Imports that many customers, each with three services and three add-ons.
pub(crate) async fn fill(bench: &Bench, accounts: u32) -> Result<(), Failure> {
    std::fs::create_dir_all(&bench.data)?;
    let path = bench.data.join("customers.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    writeln!(file, "key,name,email,postal_code,months,price")?;
    for n in 0..accounts {
        let cents = 12_500 + n % 997;
        writeln!(
            file,
            "k{n:07},Camille Tremblay {n},c{n}@exemple.ca,H{}X {}Y4,{},{}.{:02}",
            n % 9,
            n % 10,
            n % 60,
            cents / 100,
            cents % 100
        )?;
    }
    file.flush()?;
    drop(file);
    let home = bench.home().await?;
    let mapping = Mapping::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("provider.toml"))?;
    let report = guichet::import(&home, &mapping, &path, Mode::Real, |_, _| ()).await?;
    if report.imported != u64::from(accounts) {
        return Err(format!("only {} customers were imported: {:?}", report.imported, report.errors.first()).into());
    }
    home.db.close().await;
    Ok(())
}
