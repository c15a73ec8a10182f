//! Changes of contact that nobody answered, and representatives whose last day is over, come to an end (PRO-2): the contact from before stays, and both sides are told. The
//! periodic work looks at them; one that several nodes look at at once ends once.

use std::future::Future;
use std::time::Duration;

use super::letters;
use crate::App;
use crate::letters::{Desk, LetterError};
use crate::representatives::settle_representatives;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(30);

/// Ends all requests whose time is over, once; says how many there were.
///
/// # Errors
/// When the database fails, in words.
pub async fn settle_contact_changes(app: &App) -> Result<u32, String> {
    let found = accounts::contact_changes_to_expire(&app.db, app.db.reader()).await;
    let desk = Desk::of(app);
    let mut ended = 0;
    for change in found.map_err(|error| error.to_string())? {
        let settled = app.db.write(async |tx| {
            let expired = accounts::expire_contact_change((desk.db, desk.vault), tx, change).await?;
            if let Some(expired) = &expired {
                letters::ended(&desk, tx, expired).await?;
            }
            Ok::<_, LetterError>(expired.is_some())
        });
        ended += u32::from(settled.await.map_err(|error| error.to_string())?);
    }
    if ended > 0 {
        app.nudge.notify_one();
    }
    Ok(ended)
}

/// Looks every half minute, until `shutdown` is there.
pub async fn watch_contact_changes(app: App, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    loop {
        if let Err(error) = settle_contact_changes(&app).await {
            tracing::error!(error, "changes of contact cannot be worked on");
        }
        if let Err(error) = settle_representatives(&app).await {
            tracing::error!(error, "representatives whose time is over cannot be worked on");
        }
        tokio::select! {
            biased;
            () = &mut shutdown => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
