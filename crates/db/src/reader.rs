//! Connections that only read.
//!
//! On PostgreSQL they are SeaORM's pool. On SQLite they are kept here: a connection lives in a thread of its own, a pool
//! asks it twice for each statement (once more as it takes the connection back), and on a page of many small reads that
//! asking is most of the work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;

/// Reads; on SQLite it cannot write. Cheap to clone.
#[derive(Clone)]
pub struct Reader(Kind);

#[derive(Clone)]
enum Kind {
    Pool(DatabaseConnection),
    Sqlite(Arc<Kept>),
}

/// SQLite connections that nobody uses just now, the one used last on top: its cache is warm.
struct Kept {
    idle: Mutex<Vec<SqliteConnection>>,
    /// As many as are in `idle`.
    free: Semaphore,
    count: u32,
    /// How long a statement waits for a connection.
    patience: Duration,
    closing: Arc<Notify>,
    checkpoints: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.closing.notify_one();
    }
}

/// A connection for one statement.
struct Lent<'a> {
    kept: &'a Kept,
    connection: Option<SqliteConnection>,
    _permit: SemaphorePermit<'a>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        // Before the permit: whoever gets that finds the connection. A statement that was given up ends by itself when its
        // thread finds nobody listening, before the next one begins.
        if let Some(connection) = self.connection.take() {
            self.kept.idle().push(connection);
        }
    }
}

impl Kept {
    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn lend(&self) -> Result<Lent<'_>, DbErr> {
        let permit = tokio::time::timeout(self.patience, self.free.acquire())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let connection = self.idle().pop();
        if connection.is_none() {
            return Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed));
        }
        Ok(Lent { kept: self, connection, _permit: permit })
    }
}

impl Lent<'_> {
    fn get(&mut self) -> Result<&mut SqliteConnection, DbErr> {
        self.connection.as_mut().ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }
}

impl Reader {
    pub(crate) fn pool(pool: DatabaseConnection) -> Self {
        Self(Kind::Pool(pool))
    }

    /// Opens so many connections to a SQLite file that is there already, and one more that checkpoints.
    pub(crate) async fn sqlite(options: SqliteConnectOptions, count: u32, patience: Duration) -> Result<Self, DbErr> {
        let options = options.disable_statement_logging();
        let mut idle = Vec::new();
        for _ in 0..count {
            idle.push(options.connect().await.map_err(connect_error)?);
        }
        let closing = Arc::new(Notify::new());
        let beside = options.connect().await.map_err(connect_error)?;
        let checkpoints = Mutex::new(Some(tokio::spawn(checkpoint(beside, closing.clone()))));
        let free = Semaphore::new(idle.len());
        Ok(Self(Kind::Sqlite(Arc::new(Kept { idle: Mutex::new(idle), free, count, patience, closing, checkpoints }))))
    }

    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        let kept = match &self.0 {
            Kind::Pool(pool) => return pool.close_by_ref().await,
            Kind::Sqlite(kept) => kept,
        };
        kept.closing.notify_one();
        let checkpoints = kept.checkpoints.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(checkpoints) = checkpoints {
            let _ = checkpoints.await;
        }
        // Statements under way end first.
        let all = kept.free.acquire_many(kept.count).await;
        kept.free.close();
        drop(all);
        let connections: Vec<SqliteConnection> = kept.idle().drain(..).collect();
        for connection in connections {
            connection.close().await.map_err(connect_error)?;
        }
        Ok(())
    }
}

/// Copies what was committed from the log into the file, beside the writer, until the database is closed. A connection
/// that only queries may checkpoint.
async fn checkpoint(mut connection: SqliteConnection, closing: Arc<Notify>) {
    let mut every = tokio::time::interval(Duration::from_millis(100));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = closing.notified() => break,
            _ = every.tick() => {}
        }
        if let Err(error) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").await {
            tracing::debug!(%error, "the log was not copied this time");
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a database connection did not close cleanly");
    }
}

fn connect_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

fn values_of(statement: &mut Statement) -> SqlxValues {
    SqlxValues(statement.values.take().unwrap_or_else(|| Values(Vec::new())))
}

impl Kept {
    async fn query_one(&self, mut statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let values = values_of(&mut statement);
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), values);
        let row = query.fetch_optional(lent.get()?).await.map_err(query_error)?;
        Ok(row.map(Into::into))
    }

    async fn query_all(&self, mut statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let values = values_of(&mut statement);
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), values);
        let rows = query.fetch_all(lent.get()?).await.map_err(query_error)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn execute(&self, mut statement: Statement) -> Result<ExecResult, DbErr> {
        let mut lent = self.lend().await?;
        let values = values_of(&mut statement);
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), values);
        Ok(query.execute(lent.get()?).await.map_err(query_error)?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut lent = self.lend().await?;
        let done = lent.get()?.execute(AssertSqlSafe(sql.to_owned())).await.map_err(query_error)?;
        Ok(done.into())
    }
}

// Written out rather than with async_trait's macro: it only hands over.
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Kind::Pool(pool) => pool.get_database_backend(),
            Kind::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    fn execute_raw<'a, 'b>(&'a self, statement: Statement) -> BoxFuture<'b, Result<ExecResult, DbErr>>
    where
        'a: 'b,
        Self: 'b,
    {
        match &self.0 {
            Kind::Pool(pool) => pool.execute_raw(statement),
            Kind::Sqlite(kept) => kept.execute(statement).boxed(),
        }
    }

    fn execute_unprepared<'a, 'c, 'b>(&'a self, sql: &'c str) -> BoxFuture<'b, Result<ExecResult, DbErr>>
    where
        'a: 'b,
        'c: 'b,
        Self: 'b,
    {
        match &self.0 {
            Kind::Pool(pool) => pool.execute_unprepared(sql),
            Kind::Sqlite(kept) => kept.execute_unprepared(sql).boxed(),
        }
    }

    fn query_one_raw<'a, 'b>(&'a self, statement: Statement) -> BoxFuture<'b, Result<Option<QueryResult>, DbErr>>
    where
        'a: 'b,
        Self: 'b,
    {
        match &self.0 {
            Kind::Pool(pool) => pool.query_one_raw(statement),
            Kind::Sqlite(kept) => kept.query_one(statement).boxed(),
        }
    }

    fn query_all_raw<'a, 'b>(&'a self, statement: Statement) -> BoxFuture<'b, Result<Vec<QueryResult>, DbErr>>
    where
        'a: 'b,
        Self: 'b,
    {
        match &self.0 {
            Kind::Pool(pool) => pool.query_all_raw(statement),
            Kind::Sqlite(kept) => kept.query_all(statement).boxed(),
        }
    }
}
