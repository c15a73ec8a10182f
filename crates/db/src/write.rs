use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sea_orm::{
    DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::{Db, DbFault, Engine, Fault};

/// A transaction that may write.
pub type Tx = DatabaseTransaction;

/// How far PostgreSQL keeps transactions apart. SQLite has one writer at a time and knows one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// As if transactions ran one after the other; refused and tried again where they did not.
    Serializable,
    /// For work whose contended rows are locked explicitly or guarded by a unique key.
    Locked,
}

const TRIES: u32 = 12;

tokio::task_local! {
    /// Set while a write is under way: a write inside a write would wait for itself on SQLite.
    static WRITING: ();
}

impl Db {
    /// Runs `work` in one write transaction, and again (up to twelve times) when another transaction was in the way.
    /// So `work` must have no effect outside the transaction.
    ///
    /// # Errors
    /// What `work` returns, which rolls everything back, and what the database says on commit.
    pub async fn write<F, T, E>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Tx) -> Result<T, E> + Clone,
        E: From<DbErr> + DbFault,
    {
        self.write_with(Isolation::Serializable, work).await
    }

    /// As [`Self::write`], with a choice of isolation.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn write_with<F, T, E>(&self, isolation: Isolation, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Tx) -> Result<T, E> + Clone,
        E: From<DbErr> + DbFault,
    {
        if WRITING.try_with(|()| ()).is_ok() {
            return Err(DbErr::Custom("a write was begun inside a write".to_owned()).into());
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let done = WRITING.scope((), self.attempt(isolation, work.clone())).await;
            match done {
                Err(error) if tries < TRIES && error.fault() == Fault::Conflict => {
                    tracing::debug!(tries, "a transaction is tried again");
                    let longest = 1_u64 << tries.min(8);
                    tokio::time::sleep(Duration::from_millis(1 + self.world.below(longest))).await;
                }
                other => return other,
            }
        }
    }

    /// Repeats a batch of work, each in a write transaction of its own, until one has nothing left to do, and gives how
    /// much was done. `progress` is told so after each. Stopped anywhere, it goes on where it was.
    ///
    /// # Errors
    /// As [`Self::write`]; earlier batches stay.
    pub async fn write_batches<F, E>(&self, batch: F, mut progress: impl FnMut(u64)) -> Result<u64, E>
    where
        F: AsyncFnOnce(&Tx) -> Result<u64, E> + Clone,
        E: From<DbErr> + DbFault,
    {
        let mut done = 0;
        loop {
            match self.write_with(Isolation::Locked, batch.clone()).await? {
                0 => return Ok(done),
                count => done += count,
            }
            progress(done);
        }
    }

    async fn attempt<F, T, E>(&self, isolation: Isolation, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&Tx) -> Result<T, E>,
        E: From<DbErr> + DbFault,
    {
        let isolation_level = match (self.engine(), isolation) {
            (Engine::Sqlite, _) => None,
            (Engine::Postgres, Isolation::Serializable) => Some(IsolationLevel::Serializable),
            (Engine::Postgres, Isolation::Locked) => Some(IsolationLevel::ReadCommitted),
        };
        let options = TransactionOptions {
            isolation_level,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let tx = self.writer.begin_with_options(options).await?;
        let begun = Instant::now();
        match work(&tx).await {
            Ok(done) => {
                tx.commit().await?;
                let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.longest_write.fetch_max(took, Ordering::Relaxed);
                Ok(done)
            }
            Err(error) => {
                // A rollback that fails too (the connection is gone) must not hide why the work failed.
                if let Err(rollback) = tx.rollback().await {
                    tracing::warn!(%rollback, "a transaction could not be rolled back");
                }
                Err(error)
            }
        }
    }
}
