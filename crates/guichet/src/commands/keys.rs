use audit::{Author, Chain, Event};
use serde_json::json as value;

use crate::commands::{Failure, keep_heads};
use crate::home::Home;
use crate::terminal::{counter, json, say};

/// Adds a key unless an earlier rotation was cut off, and brings everything under the newest.
pub(super) async fn rotate(mut home: Home, as_json: bool) -> Result<(), Failure> {
    let newest = home.vault.current_key();
    let db = home.db.reader();
    let behind = accounts::count_under_other_keys(db, newest).await?
        + services::count_under_other_keys(db, newest).await?
        + messages::count_under_other_keys(db, newest).await?
        + identity::count_under_other_keys(db, newest).await?
        + identity::count_staff_under_other_keys(db, newest).await?
        + accounts::count_recoveries_under_other_keys(db, newest).await?;
    let unfinished = behind > 0;
    if !unfinished {
        home.add_key().await?;
    }
    let bar = counter("Customers, services, messages, logins and staff brought under the new key:");
    let customers = accounts::rotate_customers(&home.db, &home.vault, |done| bar.set_position(done)).await?;
    let services = services::rotate_services(&home.db, &home.vault, |done| bar.set_position(customers + done)).await?;
    let earlier = customers + services;
    let messages = messages::rotate_messages(&home.db, &home.vault, |done| bar.set_position(earlier + done)).await?;
    let earlier = earlier + messages;
    let logins = identity::rotate_logins(&home.db, &home.vault, |done| bar.set_position(earlier + done)).await?;
    let earlier = earlier + logins;
    let staff = identity::rotate_staff(&home.db, &home.vault, |done| bar.set_position(earlier + done)).await?;
    let earlier = earlier + staff;
    let recoveries =
        accounts::rotate_recoveries(&home.db, &home.vault, |done| bar.set_position(earlier + done)).await?;
    bar.finish_and_clear();
    let key = home.vault.current_key();
    let details = value!({
        "key": key, "customers": customers, "services": services, "messages": messages, "logins": logins,
        "staff": staff, "recoveries": recoveries,
    });
    home.db
        .write(async |tx| {
            let (chain, author) = (Chain::Operator, Author::Operator);
            let details = details.clone();
            Event { chain, kind: "keys.rotated", author, details, sealed: None }.append(&home.db, tx).await
        })
        .await?;
    keep_heads(&home).await?;
    if as_json {
        json(&details);
    } else {
        say(format!(
            "Sealing key {key} is in use: {customers} customers, {services} services, {messages} messages, {logins} logins and {staff} members of staff were brought under it."
        ));
        say("Keep the older keys for as long as you keep backups that were made under them.");
    }
    Ok(())
}
