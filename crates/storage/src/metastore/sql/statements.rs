//! Changes to statements.

use model::catalog::{Enforcement, PartitionKey, Table};

use super::driver::Statement;
use super::words::{column_role_text, column_type_text, file_kind_text, id_list_text, type_list_text};
use crate::metastore::{Change, DataFile, Report, ResourceId};

/// The statements of one change, in order.
pub(super) fn of(change: &Change) -> Vec<Statement<'_>> {
    match change {
        Change::PutTable(table) => put_table(table),
        Change::PutColumns { table, columns } => {
            let put = |column: &model::schema::Column| {
                Statement::new(
                    "INSERT INTO table_columns (table_id, column_id, name, column_type, role) \
                     VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (table_id, column_id) DO UPDATE SET name = excluded.name",
                )
                .integer(table.0 as i64)
                .integer(i64::from(column.id.0))
                .text(column.name.to_string())
                .text(column_type_text(column.column_type))
                .text(column_role_text(column.role))
            };
            columns.iter().map(put).collect()
        }
        Change::PutMeasures { table, measures } => {
            let put = |(name, entry): &(std::sync::Arc<str>, model::schema::MeasureEntry)| {
                Statement::new(
                    "INSERT INTO table_measures (table_id, name, single_types, multi, dimensions) \
                     VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (table_id, name) DO UPDATE SET single_types = excluded.single_types, \
                     multi = excluded.multi, dimensions = excluded.dimensions",
                )
                .integer(table.0 as i64)
                .text(name.to_string())
                .text(type_list_text(&entry.single_types))
                .integer(i64::from(entry.multi))
                .text(id_list_text(&entry.dimensions))
            };
            measures.iter().map(put).collect()
        }
        Change::AddFile(file) => vec![add_file(file)],
        Change::AddReport(report) => vec![add_report(report)],
        Change::PutTag { resource, tag } => vec![put_tag(resource, &tag.key, &tag.value)],
        Change::DeleteTag { resource, key } => vec![delete_tag(resource, key)],
        other => plain(other).into_iter().collect(),
    }
}

/// The changes that are one short statement each.
fn plain(change: &Change) -> Option<Statement<'_>> {
    Some(match change {
        Change::PutDatabase(database) => Statement::new(
            "INSERT INTO databases (name, kms_key_id, created_ns, updated_ns) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (name) DO UPDATE SET kms_key_id = excluded.kms_key_id, updated_ns = excluded.updated_ns",
        )
        .text(&database.name)
        .text(&database.kms_key_id)
        .integer(database.created_ns)
        .integer(database.updated_ns),
        Change::DeleteDatabase { name } => Statement::new("DELETE FROM databases WHERE name = $1").text(name),
        Change::DeleteTable { id } => {
            Statement::new("DELETE FROM tables WHERE id = $1").integer(id.0 as i64)
        }
        Change::SetNextTableId(id) => {
            Statement::new("UPDATE state SET next_table_id = $1 WHERE id = 1").integer(*id as i64)
        }
        Change::SetLogStart(lsn) => {
            Statement::new("UPDATE state SET log_start_lsn = $1 WHERE id = 1").integer(lsn.0 as i64)
        }
        Change::SetTrustedClock(now_ns) => {
            Statement::new("UPDATE state SET trusted_clock_ns = $1 WHERE id = 1").integer(*now_ns)
        }
        Change::RemoveReport { id } => Statement::new("DELETE FROM reports WHERE id = $1").text(id),
        Change::SetAppliedLsn { table, applied_lsn } => {
            Statement::new("UPDATE tables SET applied_lsn = $1 WHERE id = $2")
                .integer(applied_lsn.0 as i64)
                .integer(table.0 as i64)
                .needing_a_row()
        }
        Change::SetDeletedRows { file, deleted_rows } => {
            Statement::new("UPDATE data_files SET deleted_rows = $1 WHERE file = $2")
                .bytes(deleted_rows)
                .text(file)
                .needing_a_row()
        }
        Change::RemoveFile { file } => Statement::new("DELETE FROM data_files WHERE file = $1").text(file),
        Change::PutTable(_)
        | Change::PutColumns { .. }
        | Change::PutMeasures { .. }
        | Change::AddFile(_)
        | Change::AddReport(_)
        | Change::PutTag { .. }
        | Change::DeleteTag { .. } => return None,
    })
}

fn put_tag<'a>(resource: &'a ResourceId, key: &'a str, value: &'a str) -> Statement<'a> {
    match resource {
        ResourceId::Database(name) => Statement::new(
            "INSERT INTO database_tags (database_name, tag_key, tag_value) VALUES ($1, $2, $3) \
             ON CONFLICT (database_name, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        )
        .text(name),
        ResourceId::Table(id) => Statement::new(
            "INSERT INTO table_tags (table_id, tag_key, tag_value) VALUES ($1, $2, $3) \
             ON CONFLICT (table_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        )
        .integer(id.0 as i64),
    }
    .text(key)
    .text(value)
}

fn delete_tag<'a>(resource: &'a ResourceId, key: &'a str) -> Statement<'a> {
    match resource {
        ResourceId::Database(name) => {
            Statement::new("DELETE FROM database_tags WHERE database_name = $1 AND tag_key = $2").text(name)
        }
        ResourceId::Table(id) => {
            Statement::new("DELETE FROM table_tags WHERE table_id = $1 AND tag_key = $2").integer(id.0 as i64)
        }
    }
    .text(key)
}

fn put_table(table: &Table) -> Vec<Statement<'_>> {
    let location = table.magnetic_writes.rejected_data_location.as_ref();
    let part = |part: fn(&model::catalog::S3Location) -> &Option<String>| {
        location.and_then(|it| part(it).as_deref())
    };
    let id = table.id.0 as i64;
    let put = Statement::new(
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
    .integer(id)
    .text(&table.database)
    .text(&table.name)
    .integer(table.retention.memory_hours)
    .integer(table.retention.magnetic_days)
    .integer(i64::from(table.magnetic_writes.enabled))
    .integer(i64::from(location.is_some()))
    .text_or_null(part(|it| &it.bucket_name))
    .text_or_null(part(|it| &it.object_key_prefix))
    .text_or_null(part(|it| &it.encryption_option))
    .text_or_null(part(|it| &it.kms_key_id))
    .integer(table.created_ns)
    .integer(table.updated_ns)
    .integer_or_null(table.expired.map(|expired| expired.before_ns))
    .integer_or_null(table.expired.map(|expired| expired.at_ns));
    let mut statements = vec![put];
    statements.push(Statement::new("DELETE FROM partition_keys WHERE table_id = $1").integer(id));
    for (ordinal, key) in table.partition_key.iter().enumerate() {
        let (kind, name, enforcement) = match key {
            PartitionKey::Measure => ("measure", None, None),
            PartitionKey::Dimension { name, enforcement } => {
                ("dimension", Some(name.as_str()), enforcement.map(enforcement_text))
            }
        };
        let insert = Statement::new(
            "INSERT INTO partition_keys (table_id, ordinal, kind, dimension_name, enforcement) \
             VALUES ($1, $2, $3, $4, $5)",
        );
        let insert = insert.integer(id).integer(ordinal as i64).text(kind);
        statements.push(insert.text_or_null(name).text_or_null(enforcement));
    }
    statements
}

fn enforcement_text(enforcement: Enforcement) -> &'static str {
    match enforcement {
        Enforcement::Required => "required",
        Enforcement::Optional => "optional",
    }
}

fn add_file(file: &DataFile) -> Statement<'_> {
    let object = file.object.as_ref();
    Statement::new(
        "INSERT INTO data_files (file, table_id, kind, partition_start_ns, partition_end_ns, row_count, file_bytes, \
         time_min_ns, time_max_ns, series_min, series_max, crc32c, deleted_rows, tail_offset, series_first, \
         series_last, series_count, version_max, block_checksums) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .text(&file.file)
    .integer(file.table.0 as i64)
    .text(file_kind_text(file.kind))
    .integer(file.partition_start_ns)
    .integer(file.partition_end_ns)
    .integer(file.rows as i64)
    .integer(file.file_bytes as i64)
    .integer(file.time_min_ns)
    .integer(file.time_max_ns)
    .integer(i64::from(file.series_min))
    .integer(i64::from(file.series_max))
    .integer(i64::from(file.crc32c))
    .bytes(&file.deleted_rows)
    .integer_or_null(object.map(|object| object.tail_offset as i64))
    .integer_or_null(object.map(|object| i64::from(object.series_first)))
    .integer_or_null(object.map(|object| i64::from(object.series_last)))
    .integer_or_null(object.map(|object| object.series_count as i64))
    .integer_or_null(object.map(|object| object.version_max))
    .bytes_or_null(object.map(|object| object.block_checksums.as_slice()))
}

fn add_report(report: &Report) -> Statement<'_> {
    Statement::new(
        "INSERT INTO reports (id, table_id, bucket_name, object_key, encryption_option, kms_key_id, record_count, \
         body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .text(&report.id)
    .integer(report.table.0 as i64)
    .text(&report.bucket)
    .text(&report.object_key)
    .text_or_null(report.encryption_option.as_deref())
    .text_or_null(report.kms_key_id.as_deref())
    .integer(report.records as i64)
    .bytes(&report.body)
}
