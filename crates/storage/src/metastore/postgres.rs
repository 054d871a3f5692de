//! The metastore in PostgreSQL, for data directories whose definitions must outlive the machine.
//!
//! One server at a time uses it: a session holds an advisory lock as long as the server lives, and every transaction
//! checks the epoch of the server that took the metastore last. So a server that was cut off and replaced changes
//! nothing any more.

mod place;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::limits;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool, Postgres, SqlSafeStr};
use tokio::sync::Mutex;

pub use place::{PostgresPlace, without_password};

use super::sql::{
    Driver, DriverTransaction, MIGRATIONS, Mode, SqlMetastore, driver_transaction, migration_failed,
};
use crate::data_dir::stores::Claim;
use crate::error::{Result, StorageError};

pub type PostgresMetastore = SqlMetastore<PostgresDriver>;

pub struct PostgresDriver {
    place: PostgresPlace,
    pool: PgPool,
    /// The session of the advisory lock; the server frees it when the connection ends, however that happens.
    lock: Mutex<Option<PgConnection>>,
}

/// A commit is durable when it is answered, and nothing waits for ever, whatever the database's own defaults are.
const SESSION: &str = "SET synchronous_commit = on; SET statement_timeout = '60s'; \
                       SET idle_in_transaction_session_timeout = '60s'";
/// A machine that is gone is noticed within half a minute.
const LOCK_SESSION: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
                            SET tcp_keepalives_count = 4; SET statement_timeout = 0";
/// Each schema of a database is a metastore of its own.
const TRY_LOCK: &str =
    "SELECT pg_try_advisory_lock(hashtextextended('headwater metastore in ' || current_schema(), 0))";
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// No transaction has it: what is not taken yet can only be read.
const NOT_TAKEN: i64 = -1;

impl PostgresMetastore {
    /// Locks the metastore and brings its schema up to date. Before [`PostgresMetastore::take`] it can only be read.
    ///
    /// A server that has just ended may still hold the lock: it is tried again for `lock_wait`.
    ///
    /// # Errors
    /// - `MetastoreInUse`: another server has it open.
    /// - `MetastoreUnusable`: it can't be reached, or refuses who asks.
    /// - `NewerVersion`: a newer release has changed the schema; nothing was changed.
    pub async fn open(place: &PostgresPlace, lock_wait: Duration) -> Result<Self> {
        let lock = lock(place, lock_wait).await?;
        let driver = PostgresDriver::open(place, Some(lock)).await?;
        let migrated = MIGRATIONS.run(&driver.pool).await;
        migrated.map_err(|error| migration_failed(error, PathBuf::from(place.to_string())))?;
        Ok(Self { driver, epoch: NOT_TAKEN })
    }

    /// Opens a metastore for looking at it, whoever uses it: changes nothing, its schema neither.
    pub async fn open_read_only(place: &PostgresPlace) -> Result<Self> {
        Ok(Self { driver: PostgresDriver::open(place, None).await?, epoch: NOT_TAKEN })
    }

    /// Finds out whether the metastore may be used under a claim. Changes nothing.
    ///
    /// # Errors
    /// `MetastoreUnusable` when it is another data directory's, or does not have what this one has stored.
    pub async fn check(&self, claim: &Claim) -> Result<()> {
        let reason = match self.state().await?.owner {
            None if claim.is_fresh => return Ok(()),
            Some(owner) if owner == claim.id.to_string() => return Ok(()),
            None => "it holds nothing of this data directory, which has stored data before",
            Some(_) => "it belongs to another data directory: choose another database or schema",
        };
        Err(unusable(&self.driver.place, reason))
    }

    /// Makes the metastore this data directory's and shuts out whoever took it before.
    pub async fn take(&mut self, claim: &Claim) -> Result<()> {
        self.check(claim).await?;
        self.take_for(&claim.id.to_string()).await
    }
}

/// Without the options, which have the password.
impl fmt::Debug for PostgresDriver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresDriver").field("place", &self.place).finish_non_exhaustive()
    }
}

async fn lock(place: &PostgresPlace, lock_wait: Duration) -> Result<PgConnection> {
    let connecting = PgConnection::connect_with(place.options());
    let bounded =
        tokio::time::timeout(Duration::from_secs(limits::METASTORE_CONNECT_SECONDS_MAX), connecting);
    let connected = bounded.await.map_err(|_| unusable(place, "it does not answer"))?;
    let mut connection = connected.map_err(|error| unusable(place, &error.to_string()))?;
    sqlx::raw_sql(LOCK_SESSION).execute(&mut connection).await.map_err(wrap)?;
    let mut waited = Duration::ZERO;
    loop {
        let is_locked: bool = sqlx::query_scalar(TRY_LOCK).fetch_one(&mut connection).await.map_err(wrap)?;
        if is_locked {
            return Ok(connection);
        }
        if waited >= lock_wait {
            return Err(StorageError::MetastoreInUse { place: place.to_string() });
        }
        tokio::time::sleep(LOCK_PAUSE).await;
        waited += LOCK_PAUSE;
    }
}

impl PostgresDriver {
    async fn open(place: &PostgresPlace, lock: Option<PgConnection>) -> Result<Self> {
        let options: PgConnectOptions = place.options().clone().disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(limits::METASTORE_CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_secs(limits::METASTORE_CONNECT_SECONDS_MAX))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(SESSION.into_sql_str()).execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(|error| unusable(place, &error.to_string()))?;
        Ok(Self { place: place.clone(), pool, lock: Mutex::new(lock) })
    }
}

#[async_trait]
impl Driver for PostgresDriver {
    async fn begin(&self, mode: Mode) -> Result<Box<dyn DriverTransaction>> {
        let statement = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            // The first statement locks the row of the state: transactions wait for each other there.
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        Ok(Box::new(self.pool.begin_with(statement).await.map_err(wrap)?))
    }

    /// A connection over a network that is cut says nothing for a quarter of an hour.
    fn answer_max(&self) -> Option<Duration> {
        Some(Duration::from_secs(limits::METASTORE_ANSWER_SECONDS_MAX))
    }

    /// The lock goes with its session.
    async fn close(&self) {
        self.pool.close().await;
        if let Some(lock) = self.lock.lock().await.take()
            && let Err(error) = lock.close().await
        {
            tracing::debug!(%error, "the session of the metastore's lock ended before");
        }
    }
}

driver_transaction!(Postgres, wrap);

fn unusable(place: &PostgresPlace, reason: &str) -> StorageError {
    StorageError::MetastoreUnusable { place: place.to_string(), reason: reason.into() }
}

fn wrap(error: sqlx::Error) -> StorageError {
    const DISK_FULL: &str = "53100";
    if let sqlx::Error::Database(database_error) = &error
        && database_error.code().as_deref() == Some(DISK_FULL)
    {
        return StorageError::StorageFull { call: "commit", path: "postgres".into() };
    }
    StorageError::Metastore { reason: Arc::from(error.to_string()) }
}
