//! What happens to requests by itself: an acceptance takes effect when the time to object is over, a request for nobody's login
//! is refused when its answer is due, one that nobody decided on ends, and what was handed in is erased. Each is one update that
//! one node alone makes, so any number of them may look.

use accounts::{Recovery, RecoveryKind, RecoveryState};
use db::Tx;
use kernel::RecoveryId;

use super::find;
use super::letters::{self, Known};
use crate::App;
use crate::letters::{Desk, LetterError};

/// Does all that is due now, and says how much it was.
///
/// # Errors
/// When the database fails; what is done stays done.
pub async fn do_due_recoveries(app: &App) -> Result<u64, String> {
    do_due(app).await.map_err(|error| error.to_string())
}

async fn do_due(app: &App) -> Result<u64, LetterError> {
    let (desk, mut done) = (Desk::of(app), 0);
    loop {
        let due = accounts::due_recoveries(app.db.reader(), app.db.world().now()).await?;
        let mut now_done = 0;
        for id in due {
            match app.db.write(async |tx| do_one(app, &desk, tx, id).await).await {
                Ok(is_done) => now_done += u64::from(is_done),
                // One that cannot be opened keeps no other from what is due.
                Err(error) => tracing::error!(%error, recovery = %id, "a request with documents cannot be followed"),
            }
        }
        done += now_done;
        // Nothing moved: another node was faster, or it waits for something else.
        if now_done == 0 {
            break;
        }
        app.nudge.notify_one();
    }
    vault::sweep_files(&app.db).await?;
    Ok(done)
}

/// `false` where another node was faster.
async fn do_one(app: &App, desk: &Desk<'_>, tx: &Tx, id: RecoveryId) -> Result<bool, LetterError> {
    let Some(recovery) = find(desk, tx, id).await? else { return Ok(false) };
    let (with, keep) = ((desk.db, desk.vault), app.recovery.keep);
    match (recovery.state, recovery.login) {
        (RecoveryState::Open, None) => {
            let refused = accounts::refuse_recovery(with, tx, recovery.id, (None, "unproven"), keep).await;
            let Some(recovery) = refused? else { return Ok(false) };
            letters::refused(desk, tx, &recovery, "unproven").await?;
        }
        (RecoveryState::Accepted, Some(_)) if recovery.objected_at.is_none() => {
            let sent = accounts::send_due_recovery(with, tx, recovery.id, keep).await;
            let Some(secret) = sent? else { return Ok(false) };
            tell_accepted(desk, tx, &recovery, &secret).await?;
        }
        (RecoveryState::Open | RecoveryState::Accepted, _) => {
            let expired = accounts::expire_recovery(with, tx, recovery.id).await;
            let Some(recovery) = expired? else { return Ok(false) };
            letters::answer(desk, tx, "recovery-expired", &recovery).await?;
        }
        _ => return Ok(accounts::erase_recovery(desk.db, tx, recovery.id).await?),
    }
    Ok(true)
}

/// The link, and word to the addresses on file, which can still object. It goes to the new address, or where the second step
/// alone was lost to the contact e-mail.
pub(super) async fn tell_accepted(
    desk: &Desk<'_>,
    tx: &Tx,
    recovery: &Recovery,
    secret: &str,
) -> Result<(), LetterError> {
    if recovery.kind == RecoveryKind::Email {
        letters::accepted(desk, tx, recovery, secret).await?;
    }
    if let Some(login) = recovery.login
        && let Some(known) = Known::find(desk, tx, login).await?
    {
        if recovery.kind == RecoveryKind::SecondStep {
            letters::step_accepted(desk, tx, (&known, recovery), secret).await?;
        }
        letters::told(desk, tx, (&known, "recovery-going"), recovery).await?;
    }
    Ok(())
}
