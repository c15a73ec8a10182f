use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::prelude::SchemaManager;
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait};

use crate::{Db, Engine, Isolation};

/// One step of the schema, in SQL that [`Engine`] turns into either engine's.
#[derive(Clone, Copy)]
pub struct Migration {
    /// Unique and ordered within its crate; never changed once released.
    pub name: &'static str,
    /// What it does, for `guichet migrate --plan`.
    pub what: &'static str,
    pub sql: &'static str,
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared(&Engine::of(connection).render(self.sql)).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// A migration that is still to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    pub what: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(
        "this database was made by a newer version of Guichet (it has “{0}”, which this version does not know): install that version, or restore a backup of before"
    )]
    Newer(String),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl crate::DbFault for MigrateError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Db(error) => Some(error),
            Self::Newer(_) => None,
        }
    }
}

/// What [`migrate`] would do.
///
/// # Errors
/// As [`migrate`].
pub async fn pending_steps(db: &Db, all: &[Migration]) -> Result<Vec<Step>, MigrateError> {
    pending_on(db.reader(), all).await
}

async fn pending_on(on: &impl ConnectionTrait, all: &[Migration]) -> Result<Vec<Step>, MigrateError> {
    let applied = applied(on).await?;
    if let Some(unknown) = applied.iter().find(|name| !all.iter().any(|known| known.name == name.as_str())) {
        return Err(MigrateError::Newer(unknown.clone()));
    }
    let pending = all.iter().filter(|migration| !applied.iter().any(|name| name == migration.name));
    Ok(pending.map(|migration| Step { name: migration.name.to_owned(), what: migration.what.to_owned() }).collect())
}

async fn applied(on: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let exists = match Engine::of(on) {
        Engine::Sqlite => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
        Engine::Postgres => {
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'seaql_migrations'"
        }
    };
    if crate::scalar::<i64>(on, exists, []).await? == Some(0) {
        return Ok(Vec::new());
    }
    let rows = on
        .query_all_raw(Statement::from_string(on.get_database_backend(), "SELECT version FROM seaql_migrations"))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Brings the schema up to date, in one transaction, by one node at a time; others wait and then find nothing to do.
///
/// # Errors
/// When the database is newer than this program, or refuses.
pub async fn migrate<M: MigratorTrait>(db: &Db, all: &[Migration]) -> Result<Vec<Step>, MigrateError> {
    // Asked first without a lock: nearly always there is nothing to do.
    if pending_steps(db, all).await?.is_empty() {
        return Ok(Vec::new());
    }
    db.write_with(Isolation::Locked, async |tx| {
        if db.engine() == Engine::Postgres {
            // Any number of ours; it has to be the same on every node.
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(7113412023)").await?;
        }
        let steps = pending_on(tx, all).await?;
        M::up(tx, None).await?;
        Ok(steps)
    })
    .await
}
