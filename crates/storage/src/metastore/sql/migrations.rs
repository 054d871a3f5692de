//! The schema, in steps that are applied once and never changed.

use std::path::PathBuf;
use std::sync::LazyLock;

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::error::StorageError;

/// Version, description, SQL: the files of `migrations`.
const STEPS: [(i64, &str, &str); 5] = [
    (1, "initial", include_str!("../../../migrations/0001_initial.sql")),
    (2, "data files", include_str!("../../../migrations/0002_data_files.sql")),
    (3, "expiry", include_str!("../../../migrations/0003_expiry.sql")),
    (4, "reports", include_str!("../../../migrations/0004_reports.sql")),
    (5, "owner", include_str!("../../../migrations/0005_owner.sql")),
];

pub(in crate::metastore) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let migration = |(version, description, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(STEPS.map(migration).to_vec())
});

pub(in crate::metastore) fn migration_failed(error: MigrateError, place: PathBuf) -> StorageError {
    match error {
        MigrateError::VersionMissing(found) => StorageError::NewerVersion {
            path: place,
            artefact: "metastore schema",
            found: u64::try_from(found).unwrap_or_default(),
            supported: STEPS.len() as u64,
        },
        other => StorageError::Metastore { reason: other.to_string().into() },
    }
}
