//! SQL rows to values and back.

use std::str::FromStr;

use model::catalog::{
    Database, Enforcement, Expired, MagneticWrites, PartitionKey, Retention, S3Location, Table, TableId,
};
use model::schema::{Column, ColumnId, ColumnRole, ColumnType, MeasureEntry};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use super::wrap;
use crate::error::{Result, StorageError};
use crate::metastore::{DataFile, FileKind, ObjectFacts, Report, ResourceId, Stored, StoredTable};
use crate::wal::Lsn;

const COLUMN_TYPES: [(ColumnType, &str); 5] = [
    (ColumnType::Double, "double"),
    (ColumnType::Bigint, "bigint"),
    (ColumnType::Varchar, "varchar"),
    (ColumnType::Boolean, "boolean"),
    (ColumnType::Timestamp, "timestamp"),
];
const COLUMN_ROLES: [(ColumnRole, &str); 5] = [
    (ColumnRole::Dimension, "dimension"),
    (ColumnRole::MeasureName, "measure_name"),
    (ColumnRole::Time, "time"),
    (ColumnRole::MeasureValue, "measure_value"),
    (ColumnRole::MultiMeasure, "multi"),
];
const FILE_KINDS: [(FileKind, &str); 3] =
    [(FileKind::Run, "run"), (FileKind::Series, "series"), (FileKind::Data, "data")];

pub(super) fn column_type_text(column_type: ColumnType) -> &'static str {
    text_of(&COLUMN_TYPES, column_type)
}

pub(super) fn column_role_text(role: ColumnRole) -> &'static str {
    text_of(&COLUMN_ROLES, role)
}

pub(super) fn file_kind_text(kind: FileKind) -> &'static str {
    text_of(&FILE_KINDS, kind)
}

pub(super) fn type_list_text(types: &[ColumnType]) -> String {
    types.iter().map(|column_type| column_type_text(*column_type)).collect::<Vec<_>>().join(",")
}

pub(super) fn id_list_text(ids: &[ColumnId]) -> String {
    ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(",")
}

/// Reads everything. The connection's transaction gives one consistent state.
pub(super) async fn load(transaction: &mut Transaction<'_, Sqlite>) -> Result<Stored> {
    let state = sqlx::query(
        "SELECT revision, next_table_id, log_start_lsn, trusted_clock_ns FROM state WHERE id = 1",
    )
    .fetch_one(&mut **transaction)
    .await
    .map_err(wrap)?;
    let mut stored = Stored {
        revision: unsigned(&state, "revision")?,
        next_table_id: unsigned(&state, "next_table_id")?,
        log_start: Lsn(unsigned(&state, "log_start_lsn")?),
        trusted_clock_ns: get(&state, "trusted_clock_ns")?,
        ..Stored::default()
    };
    for row in all(transaction, "SELECT * FROM databases").await? {
        let database = Database {
            name: get(&row, "name")?,
            kms_key_id: get(&row, "kms_key_id")?,
            created_ns: get(&row, "created_ns")?,
            updated_ns: get(&row, "updated_ns")?,
        };
        stored.databases.insert(database.name.clone(), database);
    }
    for row in all(transaction, "SELECT * FROM tables").await? {
        let table = StoredTable::new(table_of(&row)?);
        let applied_lsn: Option<i64> = get(&row, "applied_lsn")?;
        let table = StoredTable { applied_lsn: applied_lsn.map(|lsn| Lsn(lsn as u64)), ..table };
        stored.tables.insert(table.table.id, table);
    }
    for row in all(transaction, "SELECT * FROM partition_keys ORDER BY table_id, ordinal").await? {
        let key = partition_key_of(&row)?;
        table_mut(&mut stored, &row)?.table.partition_key.push(key);
    }
    for row in all(transaction, "SELECT * FROM database_tags").await? {
        let resource = ResourceId::Database(get(&row, "database_name")?);
        put_tag(&mut stored, resource, &row)?;
    }
    for row in all(transaction, "SELECT * FROM table_tags").await? {
        let resource = ResourceId::Table(TableId(unsigned(&row, "table_id")?));
        put_tag(&mut stored, resource, &row)?;
    }
    for row in all(transaction, "SELECT * FROM table_columns ORDER BY table_id, column_id").await? {
        let column = column_of(&row)?;
        table_mut(&mut stored, &row)?.columns.push(column);
    }
    for row in all(transaction, "SELECT * FROM table_measures").await? {
        let name: String = get(&row, "name")?;
        let entry = measure_of(&row)?;
        table_mut(&mut stored, &row)?.measures.insert(name.into(), entry);
    }
    for row in all(transaction, "SELECT * FROM data_files").await? {
        let file = data_file_of(&row)?;
        table_mut(&mut stored, &row)?.files.insert(file.file.clone(), file);
    }
    for row in all(transaction, "SELECT * FROM reports").await? {
        let report = report_of(&row)?;
        stored.reports.insert(report.id.clone(), report);
    }
    Ok(stored)
}

pub(super) async fn add_report(transaction: &mut Transaction<'_, Sqlite>, report: &Report) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO reports (id, table_id, bucket_name, object_key, encryption_option, kms_key_id, record_count, \
         body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&report.id)
    .bind(report.table.0 as i64)
    .bind(&report.bucket)
    .bind(&report.object_key)
    .bind(&report.encryption_option)
    .bind(&report.kms_key_id)
    .bind(report.records as i64)
    .bind(report.body.as_slice());
    query.execute(&mut **transaction).await.map_err(wrap)?;
    Ok(())
}

fn report_of(row: &SqliteRow) -> Result<Report> {
    Ok(Report {
        id: get(row, "id")?,
        table: TableId(unsigned(row, "table_id")?),
        bucket: get(row, "bucket_name")?,
        object_key: get(row, "object_key")?,
        encryption_option: get(row, "encryption_option")?,
        kms_key_id: get(row, "kms_key_id")?,
        records: unsigned(row, "record_count")?,
        body: get(row, "body")?,
    })
}

pub(super) async fn put_table(transaction: &mut Transaction<'_, Sqlite>, table: &Table) -> Result<()> {
    let location = table.magnetic_writes.rejected_data_location.clone();
    let location_set = location.is_some();
    let location = location.unwrap_or_default();
    let query = sqlx::query(
        "INSERT INTO tables (id, database_name, name, memory_retention_hours, magnetic_retention_days, \
         magnetic_writes_enabled, rejected_location_set, rejected_bucket_name, rejected_object_key_prefix, \
         rejected_encryption_option, rejected_kms_key_id, created_ns, updated_ns, expired_before_ns, \
         expired_at_ns) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO UPDATE SET \
         memory_retention_hours = excluded.memory_retention_hours, \
         magnetic_retention_days = excluded.magnetic_retention_days, \
         magnetic_writes_enabled = excluded.magnetic_writes_enabled, \
         rejected_location_set = excluded.rejected_location_set, \
         rejected_bucket_name = excluded.rejected_bucket_name, \
         rejected_object_key_prefix = excluded.rejected_object_key_prefix, \
         rejected_encryption_option = excluded.rejected_encryption_option, \
         rejected_kms_key_id = excluded.rejected_kms_key_id, updated_ns = excluded.updated_ns, \
         expired_before_ns = excluded.expired_before_ns, expired_at_ns = excluded.expired_at_ns",
    )
    .bind(table.id.0 as i64)
    .bind(&table.database)
    .bind(&table.name)
    .bind(table.retention.memory_hours)
    .bind(table.retention.magnetic_days)
    .bind(i64::from(table.magnetic_writes.enabled))
    .bind(i64::from(location_set))
    .bind(location.bucket_name)
    .bind(location.object_key_prefix)
    .bind(location.encryption_option)
    .bind(location.kms_key_id)
    .bind(table.created_ns)
    .bind(table.updated_ns)
    .bind(table.expired.map(|expired| expired.before_ns))
    .bind(table.expired.map(|expired| expired.at_ns));
    query.execute(&mut **transaction).await.map_err(wrap)?;
    sqlx::query("DELETE FROM partition_keys WHERE table_id = $1")
        .bind(table.id.0 as i64)
        .execute(&mut **transaction)
        .await
        .map_err(wrap)?;
    for (ordinal, key) in table.partition_key.iter().enumerate() {
        let (kind, name, enforcement) = match key {
            PartitionKey::Measure => ("measure", None, None),
            PartitionKey::Dimension { name, enforcement } => ("dimension", Some(name), *enforcement),
        };
        let enforcement = enforcement.map(|enforcement| match enforcement {
            Enforcement::Required => "required",
            Enforcement::Optional => "optional",
        });
        sqlx::query(
            "INSERT INTO partition_keys (table_id, ordinal, kind, dimension_name, enforcement) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(table.id.0 as i64)
        .bind(ordinal as i64)
        .bind(kind)
        .bind(name)
        .bind(enforcement)
        .execute(&mut **transaction)
        .await
        .map_err(wrap)?;
    }
    Ok(())
}

async fn all(transaction: &mut Transaction<'_, Sqlite>, query: &'static str) -> Result<Vec<SqliteRow>> {
    sqlx::query(query).fetch_all(&mut **transaction).await.map_err(wrap)
}

fn table_of(row: &SqliteRow) -> Result<Table> {
    let location = S3Location {
        bucket_name: get(row, "rejected_bucket_name")?,
        object_key_prefix: get(row, "rejected_object_key_prefix")?,
        encryption_option: get(row, "rejected_encryption_option")?,
        kms_key_id: get(row, "rejected_kms_key_id")?,
    };
    let location_set: i64 = get(row, "rejected_location_set")?;
    let enabled: i64 = get(row, "magnetic_writes_enabled")?;
    Ok(Table {
        id: TableId(unsigned(row, "id")?),
        database: get(row, "database_name")?,
        name: get(row, "name")?,
        retention: Retention {
            memory_hours: get(row, "memory_retention_hours")?,
            magnetic_days: get(row, "magnetic_retention_days")?,
        },
        magnetic_writes: MagneticWrites {
            enabled: enabled != 0,
            rejected_data_location: (location_set != 0).then_some(location),
        },
        partition_key: Vec::new(),
        created_ns: get(row, "created_ns")?,
        updated_ns: get(row, "updated_ns")?,
        expired: expired_of(row)?,
    })
}

fn expired_of(row: &SqliteRow) -> Result<Option<Expired>> {
    let before_ns: Option<i64> = get(row, "expired_before_ns")?;
    let at_ns: Option<i64> = get(row, "expired_at_ns")?;
    Ok(before_ns.zip(at_ns).map(|(before_ns, at_ns)| Expired { before_ns, at_ns }))
}

fn partition_key_of(row: &SqliteRow) -> Result<PartitionKey> {
    let kind: String = get(row, "kind")?;
    let name: Option<String> = get(row, "dimension_name")?;
    let enforcement: Option<String> = get(row, "enforcement")?;
    let enforcement = match enforcement.as_deref() {
        None => None,
        Some("required") => Some(Enforcement::Required),
        Some("optional") => Some(Enforcement::Optional),
        Some(other) => return Err(unknown("enforcement", other)),
    };
    match (kind.as_str(), name) {
        ("measure", _) => Ok(PartitionKey::Measure),
        ("dimension", Some(name)) => Ok(PartitionKey::Dimension { name, enforcement }),
        (other, _) => Err(unknown("partition key", other)),
    }
}

fn column_of(row: &SqliteRow) -> Result<Column> {
    let name: String = get(row, "name")?;
    let column_type: String = get(row, "column_type")?;
    let role: String = get(row, "role")?;
    Ok(Column {
        id: ColumnId(small(row, "column_id")?),
        name: name.into(),
        column_type: value_of(&COLUMN_TYPES, "column type", &column_type)?,
        role: value_of(&COLUMN_ROLES, "column role", &role)?,
    })
}

fn measure_of(row: &SqliteRow) -> Result<MeasureEntry> {
    let single_types: String = get(row, "single_types")?;
    let dimensions: String = get(row, "dimensions")?;
    let multi: i64 = get(row, "multi")?;
    let types = single_types.split(',').filter(|text| !text.is_empty());
    let ids = dimensions.split(',').filter(|text| !text.is_empty());
    Ok(MeasureEntry {
        single_types: types
            .map(|text| value_of(&COLUMN_TYPES, "column type", text))
            .collect::<Result<_>>()?,
        multi: multi != 0,
        dimensions: ids
            .map(|text| u32::from_str(text).map(ColumnId).map_err(|_| unknown("column id", text)))
            .collect::<Result<_>>()?,
    })
}

fn data_file_of(row: &SqliteRow) -> Result<DataFile> {
    let kind: String = get(row, "kind")?;
    Ok(DataFile {
        file: get(row, "file")?,
        table: TableId(unsigned(row, "table_id")?),
        kind: value_of(&FILE_KINDS, "file kind", &kind)?,
        partition_start_ns: get(row, "partition_start_ns")?,
        partition_end_ns: get(row, "partition_end_ns")?,
        rows: unsigned(row, "row_count")?,
        file_bytes: unsigned(row, "file_bytes")?,
        time_min_ns: get(row, "time_min_ns")?,
        time_max_ns: get(row, "time_max_ns")?,
        series_min: small(row, "series_min")?,
        series_max: small(row, "series_max")?,
        crc32c: small(row, "crc32c")?,
        deleted_rows: get(row, "deleted_rows")?,
        object: object_of(row)?,
    })
}

fn object_of(row: &SqliteRow) -> Result<Option<ObjectFacts>> {
    let Some(block_checksums) = get::<Option<Vec<u8>>>(row, "block_checksums")? else { return Ok(None) };
    Ok(Some(ObjectFacts {
        tail_offset: unsigned(row, "tail_offset")?,
        series_first: small(row, "series_first")?,
        series_last: small(row, "series_last")?,
        series_count: unsigned(row, "series_count")?,
        version_max: get(row, "version_max")?,
        block_checksums,
    }))
}

fn put_tag(stored: &mut Stored, resource: ResourceId, row: &SqliteRow) -> Result<()> {
    let tags = stored.tags.entry(resource).or_default();
    tags.insert(get(row, "tag_key")?, get(row, "tag_value")?);
    Ok(())
}

fn table_mut<'a>(stored: &'a mut Stored, row: &SqliteRow) -> Result<&'a mut StoredTable> {
    let id = TableId(unsigned(row, "table_id")?);
    stored.tables.get_mut(&id).ok_or_else(|| unknown("table id", &id.0.to_string()))
}

fn get<'row, T>(row: &'row SqliteRow, name: &str) -> Result<T>
where
    T: sqlx::Decode<'row, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(name).map_err(wrap)
}

fn unsigned(row: &SqliteRow, name: &str) -> Result<u64> {
    let value: i64 = get(row, name)?;
    u64::try_from(value).map_err(|_| unknown("number", &value.to_string()))
}

fn small(row: &SqliteRow, name: &str) -> Result<u32> {
    let value: i64 = get(row, name)?;
    u32::try_from(value).map_err(|_| unknown("number", &value.to_string()))
}

fn text_of<T: PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    names.iter().find(|(known, _)| *known == value).map_or("", |(_, text)| text)
}

fn value_of<T: Copy>(names: &[(T, &'static str)], what: &str, text: &str) -> Result<T> {
    let found = names.iter().find(|(_, known)| *known == text).map(|(value, _)| *value);
    found.ok_or_else(|| unknown(what, text))
}

fn unknown(what: &str, text: &str) -> StorageError {
    StorageError::Metastore { reason: format!("unknown {what} {text:?}").into() }
}
