use serde_json::json as value;

use crate::commands::Failure;
use crate::home::Home;
use crate::terminal::{json, say};

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
