use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::World;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::keyed::Here;
use crate::{Engine, Reader};

/// How long a writer waits for another process's write on SQLite before it gives up.
const BUSY: Duration = Duration::from_secs(30);

/// What the operator decides about the database.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// SQLite only: the size in megabytes beyond which the file is not allowed to grow. None: as large as the disk.
    pub max_megabytes: Option<u32>,
    /// How many connections read; on PostgreSQL also how many write. 0: a default.
    pub connections: u32,
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    reader: Reader,
    /// SQLite only.
    pub(crate) here: Option<Arc<Here>>,
    pub(crate) writer: DatabaseConnection,
    pub(crate) world: World,
    /// Microseconds.
    pub(crate) longest_write: Arc<AtomicU64>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("“{0}” is no database address; expected sqlite:FILE or postgres://USER@HOST/NAME")]
    Url(String),
    #[error("cannot open the database: {0}")]
    Connect(#[from] DbErr),
}

impl Db {
    /// Opens a database: `sqlite:FILE` (created when missing) or `postgres://…`.
    ///
    /// # Errors
    /// When the address has another form, or the database cannot be reached or opened.
    pub async fn open(url: &str, options: &Options, world: World) -> Result<Self, OpenError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut connect = ConnectOptions::new(url);
            let connections = if options.connections == 0 { 16 } else { options.connections };
            connect.max_connections(connections).sqlx_logging(false).acquire_timeout(BUSY);
            let pool = Database::connect(connect).await?;
            let longest_write = Arc::default();
            let reader = Reader::pool(pool.clone());
            return Ok(Self { engine: Engine::Postgres, reader, here: None, writer: pool, world, longest_write });
        }
        let Some(file) = url.strip_prefix("sqlite:") else { return Err(OpenError::Url(without_password(url))) };
        let file = file.strip_prefix("//").unwrap_or(file).to_owned();
        // The writer first: it creates the file and sets the journal mode, which readers only find.
        let writing = sqlite(&file, options, true);
        let mut connect = ConnectOptions::new("sqlite::memory:");
        connect.max_connections(1).sqlx_logging(false).acquire_timeout(BUSY);
        // Nothing cuts a connection to a file off; asking each time would double the hand-overs to its thread.
        connect.test_before_acquire(false);
        connect.map_sqlx_sqlite_opts(move |_| writing.clone());
        let writer = Database::connect(connect).await?;
        let readers = if options.connections == 0 { 6 } else { options.connections };
        let reader = Reader::sqlite(sqlite(&file, options, false), readers, BUSY).await?;
        let here = Some(Arc::new(Here::new(&file)));
        Ok(Self { engine: Engine::Sqlite, reader, here, writer, world, longest_write: Arc::default() })
    }

    /// The same connections with another time and randomness: for a demonstration, which lives through past months.
    #[must_use]
    pub fn with_world(&self, world: World) -> Self {
        Self { world, ..self.clone() }
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For reading. On SQLite these connections cannot write.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// The longest that a write transaction of this process took, from its beginning to the end of its commit, since
    /// this was last asked. On SQLite nobody else can write for so long.
    pub fn take_longest_write(&self) -> Duration {
        Duration::from_micros(self.longest_write.swap(0, Ordering::Relaxed))
    }

    /// Closes all connections; on SQLite this folds the write-ahead log back into the file.
    pub async fn close(self) {
        if let Some(here) = &self.here {
            here.close();
        }
        for closed in [self.reader.close().await, self.writer.close().await] {
            if let Err(error) = closed {
                tracing::warn!(%error, "a database connection did not close cleanly");
            }
        }
    }
}

fn sqlite(file: &str, options: &Options, writes: bool) -> SqliteConnectOptions {
    let mut sqlite = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(writes)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // Rows come from a thread of their own; few large hand-overs cost less than many small ones.
        .row_buffer_size(1024)
        .pragma("temp_store", "memory")
        .pragma("cache_size", if writes { "-8192" } else { "-2048" });
    if !writes {
        return sqlite.pragma("query_only", "on");
    }
    // FULL: a commit that was answered is on the disk, also after a power cut.
    sqlite = sqlite.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    // Only when the task that checkpoints has fallen far behind: here it would hold the writer.
    sqlite = sqlite.pragma("wal_autocheckpoint", "8000");
    match options.max_megabytes {
        Some(megabytes) => sqlite.pragma("max_page_count", (u64::from(megabytes) * 1024 * 1024 / 4096).to_string()),
        None => sqlite,
    }
}

/// The address without what stands between the user's name and the host.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_is_none_is_refused_without_showing_the_password() {
        let opened = Db::open("mysql://admin:secret@host/db", &Options::default(), World::real()).await;
        let message = opened.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("mysql://…@host/db") && !message.contains("secret"), "{message}");
    }
}
