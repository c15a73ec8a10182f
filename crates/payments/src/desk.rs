//! Where several payments are recorded at once. SQLite takes one write at a time, and what a write takes is mostly the commit
//! that makes it durable: those who wait for their turn are recorded together, in one transaction, and each is answered when it is
//! committed. PostgreSQL does as much by itself.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use db::{Engine, Isolation};
use kernel::{AccountId, PaymentId};
use tokio::sync::oneshot;

use crate::advance::Seen;
use crate::gateway::Intent;
use crate::payment::Payment;
use crate::service::{PayError, Payments};

/// The most that are recorded together: the write is held for all of them.
const MOST_TOGETHER: usize = 16;

/// What the gateway says that a payment has become.
#[derive(Clone)]
pub(crate) struct Became {
    pub(crate) id: PaymentId,
    pub(crate) intent: Intent,
    pub(crate) seen: Seen,
}

/// Who waits to hear that it is recorded.
struct Waiting {
    account: AccountId,
    became: Became,
    done: oneshot::Sender<Result<Payment, PayError>>,
}

#[derive(Default)]
pub(crate) struct Desk {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever records for all.
    turn: tokio::sync::Mutex<()>,
}

impl Desk {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those whose turn it is: one of an account, for what is written of an account builds on what was written before.
    fn take(&self) -> Vec<Waiting> {
        let mut accounts = HashSet::new();
        let mut waiting = self.waiting();
        let (together, later) = std::mem::take(&mut *waiting)
            .into_iter()
            .partition(|one| accounts.len() < MOST_TOGETHER && accounts.insert(one.account));
        *waiting = later;
        together
    }
}

impl Payments {
    /// Keeps what a payment has become, in one transaction with its ledger entry, its audit event and its news; returns when
    /// it is durable.
    pub(crate) async fn record_soon(&self, account: AccountId, became: Became) -> Result<Payment, PayError> {
        if self.db.engine() == Engine::Postgres {
            return self.record_alone(&became).await;
        }
        loop {
            let (done, mut recorded) = oneshot::channel();
            self.desk.waiting().push(Waiting { account, became: became.clone(), done });
            let answer = loop {
                let turn = self.desk.turn.lock().await;
                match recorded.try_recv() {
                    Err(oneshot::error::TryRecvError::Empty) => self.record_together(self.desk.take()).await,
                    answer => break answer,
                }
                drop(turn);
            };
            // Whoever recorded for us was stopped in the middle; nothing of it is written.
            if let Ok(answer) = answer {
                return answer;
            }
        }
    }

    async fn record_together(&self, together: Vec<Waiting>) {
        let became: Vec<Became> = together.iter().map(|one| one.became.clone()).collect();
        match self.db.write_with(Isolation::Locked, async |tx| self.record_in(tx, &became).await).await {
            // Nobody listens where the page was left meanwhile.
            Ok(recorded) => {
                together.into_iter().zip(recorded).for_each(|(one, payment)| drop(one.done.send(Ok(payment))));
            }
            Err(error) => {
                // One of them was in the way; the others are not to suffer from it.
                tracing::debug!(%error, count = together.len(), "payments are recorded one by one");
                for one in together {
                    let recorded = self.record_alone(&one.became).await;
                    drop(one.done.send(recorded));
                }
            }
        }
    }

    async fn record_alone(&self, became: &Became) -> Result<Payment, PayError> {
        let recorded = self
            .db
            .write_with(Isolation::Locked, async |tx| self.record_in(tx, std::slice::from_ref(became)).await)
            .await?;
        recorded.into_iter().next().ok_or(PayError::NotFound)
    }
}
