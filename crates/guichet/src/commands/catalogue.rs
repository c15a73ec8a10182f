use std::path::Path;

use audit::{Author, Chain, Event};
use kernel::Day;
use serde_json::json as value;

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::import::{LoadedCatalogue, Mode, catalogue_version, load_catalogue_file};
use crate::terminal::{json, say};

pub(super) async fn load(
    home: &Home,
    file: &Path,
    (from, dry): (Option<Day>, bool),
    as_json: bool,
) -> Result<(), Failure> {
    let (catalogue, text) = load_catalogue_file(file)?;
    let before = services::load_catalogue(&home.db, None).await?.map(|(version, _)| version);
    let mode = if dry { Mode::Dry } else { Mode::Real };
    let LoadedCatalogue { version, taxed_from } = catalogue_version(&home.db, (&catalogue, &text), from, mode).await?;
    let items = catalogue.items().count();
    if !dry && before != Some(version) {
        let details = value!({ "version": version, "items": items, "taxed_from": taxed_from });
        home.db
            .write(async |tx| {
                let (chain, author) = (Chain::Operator, Author::Operator);
                Event { chain, kind: "catalogue.loaded", author, details, sealed: None }.append(&home.db, tx).await
            })
            .await?;
    }
    if !dry {
        keep_heads(home).await?;
    }
    if as_json {
        json(&value!({
            "version": version, "items": items, "new": before != Some(version), "taxed_from": taxed_from,
        }));
        return Ok(());
    }
    say(match (dry, before == Some(version)) {
        (true, _) => format!("{}: {items} plans and add-ons; it can be loaded.", file.display()),
        (false, true) => format!("{}: is version {version}, in force already.", file.display()),
        (false, false) => format!("{}: {items} plans and add-ons, loaded as version {version}.", file.display()),
    });
    if let (Some(asked), Some(day)) = (from, taxed_from) {
        say(format!("The taxes that it says are due on bills from {day} on; before, those of the version before."));
        if asked < day {
            say(format!("Not from {asked} on: bills up to {} are issued, and stay as they are.", day.plus_days(-1)));
        }
    }
    Ok(())
}
