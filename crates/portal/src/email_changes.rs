//! Changes of the contact e-mail come to an end (SEC-6): accepted, also by silence, or expired. The periodic work looks at them
//! every few seconds; a change that several nodes look at at once is accepted by one.

use std::future::Future;
use std::time::Duration;

use db::{Isolation, Tx};
use jiff::SignedDuration;
use kernel::ChangeId;

use crate::App;
use crate::address_letters;
use crate::door_letters::Person;
use crate::letters::{Desk, LetterError};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(10);

/// Accepts a change where all that is needed is there, in the caller's transaction, and writes about it. Says whether it did.
pub(crate) async fn accept(
    desk: &Desk<'_>,
    tx: &Tx,
    change: ChangeId,
    after: Option<SignedDuration>,
) -> Result<bool, LetterError> {
    let accepted = identity::accept_change((desk.db, desk.vault), tx, change, after).await;
    let Some(change) = accepted? else { return Ok(false) };
    if let Some(person) = Person::find(desk, tx, change.login).await? {
        address_letters::changed(desk, tx, &person, &change).await?;
    }
    Ok(true)
}

/// Looks at all changes that may be accepted by silence or have expired, once; says how many of them ended.
///
/// # Errors
/// When the database fails, in words.
pub async fn settle_email_changes(app: &App) -> Result<u32, String> {
    let said = |error: LetterError| error.to_string();
    let found = identity::changes_to_settle(&app.db, app.db.reader()).await.map_err(|error| error.to_string())?;
    let desk = Desk::of(app);
    let mut ended = 0;
    for change in found {
        let settled = app.db.write_with(Isolation::Locked, async |tx| {
            if identity::expire_change(desk.db, tx, change).await? {
                return Ok(true);
            }
            accept(&desk, tx, change, app.email_change_after).await
        });
        ended += u32::from(settled.await.map_err(said)?);
    }
    if ended > 0 {
        app.nudge.notify_one();
    }
    Ok(ended)
}

/// Looks every few seconds, until `shutdown` is there.
pub async fn watch_email_changes(app: App, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    loop {
        if let Err(error) = settle_email_changes(&app).await {
            tracing::error!(error, "changes of contact e-mails cannot be worked on");
        }
        tokio::select! {
            biased;
            () = &mut shutdown => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
