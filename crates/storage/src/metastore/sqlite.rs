//! The metastore in SQLite: write-ahead journal, `synchronous=FULL`, one connection. The SQL is PostgreSQL's too.

mod rows;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};

use super::{Change, DataFile, Metastore, ResourceId, Stored};
use crate::error::{Result, StorageError};
use rows::{column_role_text, column_type_text, file_kind_text, id_list_text, type_list_text};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

#[derive(Debug, Clone)]
pub struct SqliteMetastore {
    pool: SqlitePool,
}

impl SqliteMetastore {
    /// Opens or creates the database file and brings its schema up to date. The caller holds the lock of the data
    /// directory.
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
        MIGRATIONS.run(&pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(found) => StorageError::NewerVersion {
                path: path.to_path_buf(),
                artefact: "metastore schema",
                found: u64::try_from(found).unwrap_or_default(),
                supported: MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
                    as u64,
            },
            other => StorageError::Metastore { reason: other.to_string().into() },
        })?;
        Ok(Self { pool })
    }

    /// Opens an existing database file for looking at it: changes nothing, its schema neither.
    pub async fn open_read_only(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(wrap)?;
        Ok(Self { pool })
    }

    /// Opens a copy that belongs to the caller alone: its journal is applied.
    pub async fn open_copy(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(wrap)?;
        Ok(Self { pool })
    }

    /// What SQLite finds wrong with the file and its references.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let mut complaints = Vec::new();
        for row in sqlx::query("PRAGMA integrity_check(100)").fetch_all(&self.pool).await.map_err(wrap)? {
            let text: String = row.try_get(0).map_err(wrap)?;
            if text != "ok" {
                complaints.push(text);
            }
        }
        for row in sqlx::query("PRAGMA foreign_key_check").fetch_all(&self.pool).await.map_err(wrap)? {
            let (table, parent): (String, String) =
                (row.try_get(0).map_err(wrap)?, row.try_get(2).map_err(wrap)?);
            complaints.push(format!("a row of {table} refers to a row of {parent} that does not exist"));
        }
        Ok(complaints)
    }
}

#[async_trait]
impl Metastore for SqliteMetastore {
    async fn load(&self) -> Result<Stored> {
        let mut transaction = self.pool.begin().await.map_err(wrap)?;
        rows::load(&mut transaction).await
    }

    async fn revision(&self) -> Result<u64> {
        let row = sqlx::query("SELECT revision FROM state WHERE id = 1").fetch_one(&self.pool).await;
        let revision: i64 = row.and_then(|row| row.try_get(0)).map_err(wrap)?;
        Ok(revision as u64)
    }

    async fn commit(&self, expected_revision: u64, changes: &[Change]) -> Result<()> {
        let mut transaction = self.pool.begin().await.map_err(wrap)?;
        let next = sqlx::query("UPDATE state SET revision = revision + 1 WHERE id = 1 AND revision = $1")
            .bind(expected_revision as i64)
            .execute(&mut *transaction)
            .await
            .map_err(wrap)?;
        if next.rows_affected() != 1 {
            drop(transaction);
            return Err(StorageError::MetastoreConflict { expected_revision, found: self.revision().await? });
        }
        for change in changes {
            apply(&mut transaction, change).await?;
        }
        transaction.commit().await.map_err(wrap)
    }

    /// The journal goes into the file.
    async fn close(&self) {
        self.pool.close().await;
    }
}

async fn apply(transaction: &mut Transaction<'_, Sqlite>, change: &Change) -> Result<()> {
    match change {
        Change::PutTable(table) => rows::put_table(transaction, table).await,
        Change::AddFile(file) => add_file(transaction, file).await,
        Change::AddReport(report) => rows::add_report(transaction, report).await,
        Change::PutColumns { table, columns } => {
            for column in columns {
                let query = sqlx::query(
                    "INSERT INTO table_columns (table_id, column_id, name, column_type, role) \
                     VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (table_id, column_id) DO UPDATE SET name = excluded.name",
                )
                .bind(table.0 as i64)
                .bind(i64::from(column.id.0))
                .bind(&*column.name)
                .bind(column_type_text(column.column_type))
                .bind(column_role_text(column.role));
                query.execute(&mut **transaction).await.map_err(wrap)?;
            }
            Ok(())
        }
        Change::PutMeasures { table, measures } => {
            for (name, entry) in measures {
                let query = sqlx::query(
                    "INSERT INTO table_measures (table_id, name, single_types, multi, dimensions) \
                     VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (table_id, name) DO UPDATE SET single_types = excluded.single_types, \
                     multi = excluded.multi, dimensions = excluded.dimensions",
                )
                .bind(table.0 as i64)
                .bind(&**name)
                .bind(type_list_text(&entry.single_types))
                .bind(i64::from(entry.multi))
                .bind(id_list_text(&entry.dimensions));
                query.execute(&mut **transaction).await.map_err(wrap)?;
            }
            Ok(())
        }
        other => apply_plain(transaction, other).await,
    }
}

/// The changes that are one statement each.
async fn apply_plain(transaction: &mut Transaction<'_, Sqlite>, change: &Change) -> Result<()> {
    let query = match change {
        Change::PutDatabase(database) => sqlx::query(
            "INSERT INTO databases (name, kms_key_id, created_ns, updated_ns) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (name) DO UPDATE SET kms_key_id = excluded.kms_key_id, updated_ns = excluded.updated_ns",
        )
        .bind(&database.name)
        .bind(&database.kms_key_id)
        .bind(database.created_ns)
        .bind(database.updated_ns),
        Change::DeleteDatabase { name } => sqlx::query("DELETE FROM databases WHERE name = $1").bind(name),
        Change::DeleteTable { id } => sqlx::query("DELETE FROM tables WHERE id = $1").bind(id.0 as i64),
        Change::PutTag { resource: ResourceId::Database(name), tag } => sqlx::query(
            "INSERT INTO database_tags (database_name, tag_key, tag_value) VALUES ($1, $2, $3) \
             ON CONFLICT (database_name, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        )
        .bind(name)
        .bind(&tag.key)
        .bind(&tag.value),
        Change::PutTag { resource: ResourceId::Table(id), tag } => sqlx::query(
            "INSERT INTO table_tags (table_id, tag_key, tag_value) VALUES ($1, $2, $3) \
             ON CONFLICT (table_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        )
        .bind(id.0 as i64)
        .bind(&tag.key)
        .bind(&tag.value),
        Change::DeleteTag { resource: ResourceId::Database(name), key } => {
            sqlx::query("DELETE FROM database_tags WHERE database_name = $1 AND tag_key = $2").bind(name).bind(key)
        }
        Change::DeleteTag { resource: ResourceId::Table(id), key } => {
            sqlx::query("DELETE FROM table_tags WHERE table_id = $1 AND tag_key = $2").bind(id.0 as i64).bind(key)
        }
        Change::SetNextTableId(id) => {
            sqlx::query("UPDATE state SET next_table_id = $1 WHERE id = 1").bind(*id as i64)
        }
        Change::SetLogStart(lsn) => {
            sqlx::query("UPDATE state SET log_start_lsn = $1 WHERE id = 1").bind(lsn.0 as i64)
        }
        Change::SetTrustedClock(now_ns) => {
            sqlx::query("UPDATE state SET trusted_clock_ns = $1 WHERE id = 1").bind(*now_ns)
        }
        Change::SetAppliedLsn { table, applied_lsn } => {
            sqlx::query("UPDATE tables SET applied_lsn = $1 WHERE id = $2")
                .bind(applied_lsn.0 as i64)
                .bind(table.0 as i64)
        }
        Change::SetDeletedRows { file, deleted_rows } => {
            sqlx::query("UPDATE data_files SET deleted_rows = $1 WHERE file = $2")
                .bind(deleted_rows.as_slice())
                .bind(file)
        }
        Change::RemoveReport { id } => sqlx::query("DELETE FROM reports WHERE id = $1").bind(id),
        Change::RemoveFile { file } => sqlx::query("DELETE FROM data_files WHERE file = $1").bind(file),
        Change::AddReport(_) | Change::PutTable(_) | Change::AddFile(_) | Change::PutColumns { .. } | Change::PutMeasures { .. } => {
            return Err(StorageError::Metastore { reason: "change needs several statements".into() });
        }
    };
    let outcome = query.execute(&mut **transaction).await.map_err(wrap)?;
    let needs_row = matches!(change, Change::SetAppliedLsn { .. } | Change::SetDeletedRows { .. });
    if needs_row && outcome.rows_affected() != 1 {
        return Err(StorageError::Metastore { reason: "the table or file of a change is gone".into() });
    }
    Ok(())
}

async fn add_file(transaction: &mut Transaction<'_, Sqlite>, file: &DataFile) -> Result<()> {
    let object = file.object.as_ref();
    let query = sqlx::query(
        "INSERT INTO data_files (file, table_id, kind, partition_start_ns, partition_end_ns, row_count, file_bytes, \
         time_min_ns, time_max_ns, series_min, series_max, crc32c, deleted_rows, tail_offset, series_first, \
         series_last, series_count, version_max, block_checksums) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(&file.file)
    .bind(file.table.0 as i64)
    .bind(file_kind_text(file.kind))
    .bind(file.partition_start_ns)
    .bind(file.partition_end_ns)
    .bind(file.rows as i64)
    .bind(file.file_bytes as i64)
    .bind(file.time_min_ns)
    .bind(file.time_max_ns)
    .bind(i64::from(file.series_min))
    .bind(i64::from(file.series_max))
    .bind(i64::from(file.crc32c))
    .bind(file.deleted_rows.as_slice())
    .bind(object.map(|object| object.tail_offset as i64))
    .bind(object.map(|object| i64::from(object.series_first)))
    .bind(object.map(|object| i64::from(object.series_last)))
    .bind(object.map(|object| object.series_count as i64))
    .bind(object.map(|object| object.version_max))
    .bind(object.map(|object| object.block_checksums.as_slice()));
    query.execute(&mut **transaction).await.map_err(wrap)?;
    Ok(())
}

fn wrap(error: sqlx::Error) -> StorageError {
    const SQLITE_FULL: &str = "13";
    if let sqlx::Error::Database(database_error) = &error
        && database_error.code().as_deref() == Some(SQLITE_FULL)
    {
        return StorageError::StorageFull { call: "commit", path: "metastore.sqlite".into() };
    }
    StorageError::Metastore { reason: Arc::from(error.to_string()) }
}
