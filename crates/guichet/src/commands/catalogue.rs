use std::path::Path;

use audit::{Author, Chain, Event};
use serde_json::json as value;

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::import::{Mode, catalogue_version, load_catalogue_file};
use crate::terminal::{json, say};

pub(super) async fn load(home: &Home, file: &Path, dry: bool, as_json: bool) -> Result<(), Failure> {
    let (catalogue, text) = load_catalogue_file(file)?;
    let before = services::load_catalogue(&home.db, None).await?.map(|(version, _)| version);
    let mode = if dry { Mode::Dry } else { Mode::Real };
    let version = catalogue_version(&home.db, &catalogue, &text, mode).await?;
    let items = catalogue.items().count();
    if !dry && before != Some(version) {
        let details = value!({ "version": version, "items": items });
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
        json(&value!({ "version": version, "items": items, "new": before != Some(version) }));
        return Ok(());
    }
    say(match (dry, before == Some(version)) {
        (true, _) => format!("{}: {items} plans and add-ons; it can be loaded.", file.display()),
        (false, true) => format!("{}: is version {version}, in force already.", file.display()),
        (false, false) => format!("{}: {items} plans and add-ons, loaded as version {version}.", file.display()),
    });
    Ok(())
}
