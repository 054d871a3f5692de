//! Rows of the database to values.

use std::str::FromStr;

use model::catalog::{
    Database, Enforcement, Expired, MagneticWrites, PartitionKey, Retention, S3Location, Table, TableId,
};
use model::schema::{Column, ColumnId, MeasureEntry};

use super::driver::{DriverTransaction, Row};
use super::failed;
use super::words::{COLUMN_ROLES, COLUMN_TYPES, FILE_KINDS, unknown, value_of};
use crate::error::Result;
use crate::metastore::{DataFile, ObjectFacts, Report, ResourceId, Stored, StoredTable};
use crate::wal::Lsn;

mod queries;

/// Reads everything. The transaction gives one consistent state.
pub(super) async fn load(transaction: &mut dyn DriverTransaction) -> Result<Stored> {
    let state = transaction.fetch(&queries::STATE).await?;
    let state = state.first().ok_or_else(|| failed("the state is gone"))?;
    let mut stored = Stored {
        revision: state.unsigned("revision")?,
        next_table_id: state.unsigned("next_table_id")?,
        log_start: Lsn(state.unsigned("log_start_lsn")?),
        trusted_clock_ns: state.find_integer("trusted_clock_ns")?,
        ..Stored::default()
    };
    for row in transaction.fetch(&queries::DATABASES).await? {
        let database = Database {
            name: row.text("name")?,
            kms_key_id: row.text("kms_key_id")?,
            created_ns: row.integer("created_ns")?,
            updated_ns: row.integer("updated_ns")?,
        };
        stored.databases.insert(database.name.clone(), database);
    }
    for row in transaction.fetch(&queries::TABLES).await? {
        let table = StoredTable::new(table_of(&row)?);
        let applied_lsn = row.find_integer("applied_lsn")?;
        let table = StoredTable { applied_lsn: applied_lsn.map(|lsn| Lsn(lsn as u64)), ..table };
        stored.tables.insert(table.table.id, table);
    }
    for row in transaction.fetch(&queries::PARTITION_KEYS).await? {
        let key = partition_key_of(&row)?;
        table_mut(&mut stored, &row)?.table.partition_key.push(key);
    }
    for row in transaction.fetch(&queries::DATABASE_TAGS).await? {
        let resource = ResourceId::Database(row.text("database_name")?);
        put_tag(&mut stored, resource, &row)?;
    }
    for row in transaction.fetch(&queries::TABLE_TAGS).await? {
        let resource = ResourceId::Table(TableId(row.unsigned("table_id")?));
        put_tag(&mut stored, resource, &row)?;
    }
    for row in transaction.fetch(&queries::COLUMNS).await? {
        let column = column_of(&row)?;
        table_mut(&mut stored, &row)?.columns.push(column);
    }
    for row in transaction.fetch(&queries::MEASURES).await? {
        let name = row.text("name")?;
        let entry = measure_of(&row)?;
        table_mut(&mut stored, &row)?.measures.insert(name.into(), entry);
    }
    for row in transaction.fetch(&queries::DATA_FILES).await? {
        let file = data_file_of(&row)?;
        table_mut(&mut stored, &row)?.files.insert(file.file.clone(), file);
    }
    for row in transaction.fetch(&queries::REPORTS).await? {
        let report = report_of(&row)?;
        stored.reports.insert(report.id.clone(), report);
    }
    Ok(stored)
}

fn table_of(row: &Row) -> Result<Table> {
    let location = S3Location {
        bucket_name: row.find_text("rejected_bucket_name")?,
        object_key_prefix: row.find_text("rejected_object_key_prefix")?,
        encryption_option: row.find_text("rejected_encryption_option")?,
        kms_key_id: row.find_text("rejected_kms_key_id")?,
    };
    let location_set = row.integer("rejected_location_set")?;
    let enabled = row.integer("magnetic_writes_enabled")?;
    Ok(Table {
        id: TableId(row.unsigned("id")?),
        database: row.text("database_name")?,
        name: row.text("name")?,
        retention: Retention {
            memory_hours: row.integer("memory_retention_hours")?,
            magnetic_days: row.integer("magnetic_retention_days")?,
        },
        magnetic_writes: MagneticWrites {
            enabled: enabled != 0,
            rejected_data_location: (location_set != 0).then_some(location),
        },
        partition_key: Vec::new(),
        created_ns: row.integer("created_ns")?,
        updated_ns: row.integer("updated_ns")?,
        expired: expired_of(row)?,
    })
}

fn expired_of(row: &Row) -> Result<Option<Expired>> {
    let (before_ns, at_ns) = (row.find_integer("expired_before_ns")?, row.find_integer("expired_at_ns")?);
    Ok(before_ns.zip(at_ns).map(|(before_ns, at_ns)| Expired { before_ns, at_ns }))
}

fn report_of(row: &Row) -> Result<Report> {
    Ok(Report {
        id: row.text("id")?,
        table: TableId(row.unsigned("table_id")?),
        bucket: row.text("bucket_name")?,
        object_key: row.text("object_key")?,
        encryption_option: row.find_text("encryption_option")?,
        kms_key_id: row.find_text("kms_key_id")?,
        records: row.unsigned("record_count")?,
        body: row.bytes("body")?,
    })
}

fn partition_key_of(row: &Row) -> Result<PartitionKey> {
    let kind = row.text("kind")?;
    let name = row.find_text("dimension_name")?;
    let enforcement = row.find_text("enforcement")?;
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

fn column_of(row: &Row) -> Result<Column> {
    let name = row.text("name")?;
    let column_type = row.text("column_type")?;
    let role = row.text("role")?;
    Ok(Column {
        id: ColumnId(row.small("column_id")?),
        name: name.into(),
        column_type: value_of(&COLUMN_TYPES, "column type", &column_type)?,
        role: value_of(&COLUMN_ROLES, "column role", &role)?,
    })
}

fn measure_of(row: &Row) -> Result<MeasureEntry> {
    let single_types = row.text("single_types")?;
    let dimensions = row.text("dimensions")?;
    let multi = row.integer("multi")?;
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

fn data_file_of(row: &Row) -> Result<DataFile> {
    let kind = row.text("kind")?;
    Ok(DataFile {
        file: row.text("file")?,
        table: TableId(row.unsigned("table_id")?),
        kind: value_of(&FILE_KINDS, "file kind", &kind)?,
        partition_start_ns: row.integer("partition_start_ns")?,
        partition_end_ns: row.integer("partition_end_ns")?,
        rows: row.unsigned("row_count")?,
        file_bytes: row.unsigned("file_bytes")?,
        time_min_ns: row.integer("time_min_ns")?,
        time_max_ns: row.integer("time_max_ns")?,
        series_min: row.small("series_min")?,
        series_max: row.small("series_max")?,
        crc32c: row.small("crc32c")?,
        deleted_rows: row.bytes("deleted_rows")?,
        object: object_of(row)?,
    })
}

fn object_of(row: &Row) -> Result<Option<ObjectFacts>> {
    let Some(block_checksums) = row.find_bytes("block_checksums")? else { return Ok(None) };
    Ok(Some(ObjectFacts {
        tail_offset: row.unsigned("tail_offset")?,
        series_first: row.small("series_first")?,
        series_last: row.small("series_last")?,
        series_count: row.unsigned("series_count")?,
        version_max: row.integer("version_max")?,
        block_checksums,
    }))
}

fn put_tag(stored: &mut Stored, resource: ResourceId, row: &Row) -> Result<()> {
    let tags = stored.tags.entry(resource).or_default();
    tags.insert(row.text("tag_key")?, row.text("tag_value")?);
    Ok(())
}

fn table_mut<'a>(stored: &'a mut Stored, row: &Row) -> Result<&'a mut StoredTable> {
    let id = TableId(row.unsigned("table_id")?);
    stored.tables.get_mut(&id).ok_or_else(|| unknown("table id", &id.0.to_string()))
}
