//! Rights that no holder gave, noticed while somebody's page is made (USR-4): they have no effect there, and the alarm is written
//! beside the answer.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use accounts::RightAlarm;
use kernel::RightFactId;

use crate::App;

/// So many are remembered; then it is begun anew, which costs a look at the database.
const MOST: usize = 10_000;

/// What this node has written already, so that a page does not write it with each request.
#[derive(Default)]
pub(crate) struct Alarms(Mutex<HashSet<RightFactId>>);

impl Alarms {
    /// Those that were not here before.
    fn new_of(&self, alarms: &[RightAlarm]) -> Vec<RightAlarm> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MOST {
            known.clear();
        }
        alarms.iter().filter(|alarm| known.insert(alarm.fact)).copied().collect()
    }

    fn forget(&self, alarms: &[RightAlarm]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        alarms.iter().for_each(|alarm| {
            known.remove(&alarm.fact);
        });
    }
}

/// Writes alarms down beside the answer, once each.
pub(crate) fn ring(app: &App, alarms: &[RightAlarm]) {
    if alarms.is_empty() {
        return;
    }
    let new = app.0.alarms.new_of(alarms);
    if new.is_empty() {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = accounts::note_alarms(&app.db, &new).await {
            // The next request notices them again.
            app.0.alarms.forget(&new);
            tracing::error!(%error, count = new.len(), "rights that no holder gave could not be written down");
        }
    });
}
