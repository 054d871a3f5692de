//! The metastore in SQLite: write-ahead journal, `synchronous=FULL`, one connection. The SQL is PostgreSQL's too.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool};

use super::sql::{
    Driver, DriverTransaction, MIGRATIONS, Mode, SqlMetastore, driver_transaction, migration_failed,
};
use crate::error::{Result, StorageError};

pub type SqliteMetastore = SqlMetastore<SqliteDriver>;

#[derive(Debug)]
pub struct SqliteDriver {
    pool: SqlitePool,
}

impl SqliteMetastore {
    /// Opens or creates the database file and brings its schema up to date. The caller holds the lock of the data
    /// directory, so nobody else takes it.
    ///
    /// # Errors
    /// `NewerVersion` when a newer release has changed the schema; nothing was changed.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(wrap)?;
        MIGRATIONS.run(&pool).await.map_err(|error| migration_failed(error, path.to_path_buf()))?;
        Ok(Self { driver: SqliteDriver { pool }, epoch: 0 })
    }

    /// Opens an existing database file for looking at it: changes nothing, its schema neither.
    pub async fn open_read_only(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(wrap)?;
        Ok(Self { driver: SqliteDriver { pool }, epoch: 0 })
    }

    /// Opens a copy that belongs to the caller alone: its journal is applied.
    pub async fn open_copy(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(wrap)?;
        Ok(Self { driver: SqliteDriver { pool }, epoch: 0 })
    }

    /// What SQLite finds wrong with the file and its references.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let pool = &self.driver.pool;
        let mut complaints = Vec::new();
        for row in sqlx::query("PRAGMA integrity_check(100)").fetch_all(pool).await.map_err(wrap)? {
            let text: String = row.try_get(0).map_err(wrap)?;
            if text != "ok" {
                complaints.push(text);
            }
        }
        for row in sqlx::query("PRAGMA foreign_key_check").fetch_all(pool).await.map_err(wrap)? {
            let (table, parent): (String, String) =
                (row.try_get(0).map_err(wrap)?, row.try_get(2).map_err(wrap)?);
            complaints.push(format!("a row of {table} refers to a row of {parent} that does not exist"));
        }
        Ok(complaints)
    }
}

#[async_trait]
impl Driver for SqliteDriver {
    async fn begin(&self, _: Mode) -> Result<Box<dyn DriverTransaction>> {
        // The one connection has no others beside it.
        Ok(Box::new(self.pool.begin().await.map_err(wrap)?))
    }

    /// The journal goes into the file.
    async fn close(&self) {
        self.pool.close().await;
    }
}

driver_transaction!(Sqlite, wrap);

fn wrap(error: sqlx::Error) -> StorageError {
    const SQLITE_FULL: &str = "13";
    if let sqlx::Error::Database(database_error) = &error
        && database_error.code().as_deref() == Some(SQLITE_FULL)
    {
        return StorageError::StorageFull { call: "commit", path: "metastore.sqlite".into() };
    }
    StorageError::Metastore { reason: Arc::from(error.to_string()) }
}
