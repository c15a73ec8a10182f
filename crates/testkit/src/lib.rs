//! A whole Guichet inside a test: on SQLite or PostgreSQL, with time that the test moves.
//!
//! [`on_both`] runs a test on both engines. PostgreSQL is the cluster that `./test` starts; its address stands in
//! `GUICHET_TEST_POSTGRES`.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test that cannot be set up fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use guichet::{Home, Place};
use jiff::Timestamp;
use kernel::{Day, ManualClock, SystemEntropy, World};
use sea_orm::ConnectionTrait;

/// The environment variable with the address of the tests' PostgreSQL, without a database's name.
pub const POSTGRES: &str = "GUICHET_TEST_POSTGRES";

/// The moment at which a test begins: noon of 21 November 2026 in Québec.
pub const BEGINNING: &str = "2026-11-21T17:00:00Z";

/// Runs each test on SQLite and on PostgreSQL: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($place:ident: &TestPlace) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn on_one_engine($place: &$crate::TestPlace) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                on_one_engine(&$crate::TestPlace::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                on_one_engine(&$crate::TestPlace::postgres().await).await;
            }
        }
    )+};
}

/// Where the Guichet of one test is: a folder and a database of its own.
pub struct TestPlace {
    folder: tempfile::TempDir,
    database: Option<String>,
    clock: Arc<ManualClock>,
}

impl TestPlace {
    pub fn sqlite() -> Self {
        Self::new(None)
    }

    /// Makes a database of its own in the tests' cluster.
    pub async fn postgres() -> Self {
        let server = std::env::var(POSTGRES)
            .expect("GUICHET_TEST_POSTGRES is not set: run ./test, which starts a PostgreSQL of its own");
        let name = format!("t{}", World::real().uuid().simple());
        let maintenance = sea_orm::Database::connect(format!("{server}/postgres")).await.expect("PostgreSQL answers");
        maintenance.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("makes a database");
        maintenance.close().await.expect("closes");
        Self::new(Some(format!("{server}/{name}")))
    }

    fn new(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let start: Timestamp = BEGINNING.parse().expect("a moment");
        Self { folder, database, clock: Arc::new(ManualClock::at(start)) }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// As the command line says it.
    pub fn place(&self) -> Place {
        Place { data: self.data(), database: self.database.clone(), config: None, now: None }
    }

    /// The arguments that make the binary work here.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--data".to_owned(), self.data().display().to_string()];
        if let Some(database) = &self.database {
            arguments.extend(["--database".to_owned(), database.clone()]);
        }
        arguments
    }

    pub fn is_postgres(&self) -> bool {
        self.database.is_some()
    }

    /// Opens a Guichet here: a node, with the test's time. Several may be open at once.
    pub async fn open(&self) -> Home {
        self.try_open().await.expect("a Guichet opens")
    }

    /// # Errors
    /// As [`Home::open`].
    pub async fn try_open(&self) -> Result<Home, guichet::HomeError> {
        Home::open_with(&self.place(), World::new(self.clock.clone(), Arc::new(SystemEntropy))).await
    }

    /// Moves the test's time to nine o'clock of a day in Québec (UTC−5).
    pub fn set_day(&self, day: &str) {
        let day: Day = day.parse().expect("a day");
        self.clock.set(format!("{day}T14:00:00Z").parse().expect("a moment"));
    }

    pub fn advance_seconds(&self, seconds: i64) {
        self.clock.advance(jiff::SignedDuration::from_secs(seconds));
    }

    /// Writes a file into the test's folder.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("writes a file");
        path
    }

    /// The repository's own folder.
    pub fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }
}

/// Executes SQL that the application would refuse, as somebody with access to the database could: append-only triggers
/// are taken away first.
pub async fn tamper(home: &Home, sql: &str) {
    home.db
        .write(async |tx| {
            for table in [
                "bills",
                "ledger_entries",
                "ledger_postings",
                "audit_events",
                "service_facts",
                "documents",
                "bill_faces",
                "bill_drawings",
                "payments",
                "payment_refunds",
                "grants",
                "memberships",
            ] {
                match home.db.engine() {
                    db::Engine::Sqlite => {
                        tx.execute_unprepared(&format!("DROP TRIGGER IF EXISTS {table}_keep")).await?;
                        tx.execute_unprepared(&format!("DROP TRIGGER IF EXISTS {table}_stay")).await?;
                    }
                    db::Engine::Postgres => {
                        tx.execute_unprepared(&format!("DROP TRIGGER IF EXISTS {table}_keep ON {table}")).await?;
                        tx.execute_unprepared(&format!("DROP TRIGGER IF EXISTS {table}_stay ON {table}")).await?;
                    }
                }
            }
            let changed = tx.execute_unprepared(sql).await?.rows_affected();
            assert!(changed > 0, "nothing was changed by {sql}");
            Ok::<_, db::DbErr>(())
        })
        .await
        .expect("the database was tampered with");
}
