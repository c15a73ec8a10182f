use ::messages::{Channel, State};
use serde_json::json as value;

use crate::commands::Failure;
use crate::home::Home;
use crate::terminal::{json, say};

/// The newest messages; to whom they went is left out, for a screen is read by others.
pub(super) async fn list(home: &Home, most: u32, as_json: bool) -> Result<(), Failure> {
    let shown = ::messages::list(&home.db, &home.vault, most).await?;
    if as_json {
        let listed = shown.iter().map(|message| {
            value!({
                "message": message.id, "channel": message.channel, "kind": message.kind, "state": message.state,
                "at": message.at.to_string(), "last_error": message.last_error,
            })
        });
        json(&listed.collect::<Vec<_>>());
        return Ok(());
    }
    for message in &shown {
        let channel = match message.channel {
            Channel::Email => "e-mail",
            Channel::Text => "text",
        };
        let state = match message.state {
            State::Waiting => "waiting",
            State::Sent => "sent",
            State::Dead => "dead",
        };
        let error = message.last_error.as_deref().unwrap_or_default();
        say(format!("{}  {}  {channel}  {state}  {}  {error}", message.at, message.id, message.kind).trim_end());
    }
    if shown.is_empty() {
        say("No message yet.");
    }
    Ok(())
}

/// Notes that a message came back (SEC-6).
pub(super) async fn bounced(home: &Home, message_id: &str, as_json: bool) -> Result<(), Failure> {
    let known = home.db.write(async |tx| ::messages::note_bounce(&home.db, tx, message_id).await);
    let known: Result<bool, db::DbErr> = known.await;
    if !known? {
        return Err(Failure::because(format!("there is no message {message_id}")));
    }
    if as_json {
        json(&value!({ "message_id": message_id, "bounced": true }));
    } else {
        say(format!("Noted: message {message_id} came back."));
    }
    Ok(())
}
