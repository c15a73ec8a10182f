use serde_json::json as value;

use crate::commands::Failure;
use crate::home::Home;
use crate::terminal::{counter, json, say, warn};

pub(super) async fn verify(home: &Home, as_json: bool) -> Result<(), Failure> {
    let bar = counter("Computing the audit log again, events done:");
    let findings = audit::verify(&home.db, &home.vault, &home.paths.heads, |done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    let audit::Findings { chains, events, heads, listed, count } = findings;
    // Rights are told of in the log, so what is proven of the log is held against them (USR-4).
    let rights = accounts::verify_rights(&home.db, &home.vault).await?;
    let listed: Vec<String> =
        listed.iter().map(ToString::to_string).chain(rights.iter().map(ToString::to_string)).collect();
    let count = count + rights.len() as u64;
    if as_json {
        json(&value!({ "chains": chains, "events": events, "kept_heads": heads, "findings": count, "listed": listed }));
    } else {
        listed.into_iter().for_each(warn);
        say(format!("{events} events on {chains} chains were computed again, {heads} kept heads compared."));
    }
    if heads == 0 && events > 0 {
        let file = home.paths.heads.display();
        return Err(Failure::because(format!(
            "no kept heads were found in {file}: events taken from the ends of chains cannot be noticed; put the file back"
        )));
    }
    match count {
        0 => Ok(()),
        count => {
            Err(Failure::because(format!("the audit log, or rights that it tells of, were changed: {count} findings")))
        }
    }
}
