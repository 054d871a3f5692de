//! What is read at a start: every column of every table.

use crate::metastore::sql::driver::Kind::{Bytes, Integer, Text};
use crate::metastore::sql::driver::{Column, Query};

/// A query for columns, and the list of them: both from one place.
macro_rules! query {
    ($name:ident, $table:literal, $rest:literal, $first:ident $first_kind:ident $(, $column:ident $kind:ident)*) => {
        pub(super) const $name: Query = Query {
            sql: concat!(
                "SELECT ", stringify!($first), $(", ", stringify!($column),)* " FROM ", $table, " ", $rest
            ),
            columns: {
                const COLUMNS: &[Column] =
                    &[(stringify!($first), $first_kind), $((stringify!($column), $kind)),*];
                COLUMNS
            },
        };
    };
}

query!(STATE, "state", "WHERE id = 1", revision Integer, next_table_id Integer, log_start_lsn Integer,
    trusted_clock_ns Integer);
query!(DATABASES, "databases", "", name Text, kms_key_id Text, created_ns Integer, updated_ns Integer);
query!(
    TABLES, "tables", "", id Integer, database_name Text, name Text, memory_retention_hours Integer,
    magnetic_retention_days Integer, magnetic_writes_enabled Integer, rejected_location_set Integer,
    rejected_bucket_name Text, rejected_object_key_prefix Text, rejected_encryption_option Text,
    rejected_kms_key_id Text, created_ns Integer, updated_ns Integer, applied_lsn Integer, expired_before_ns Integer,
    expired_at_ns Integer
);
query!(
    PARTITION_KEYS, "partition_keys", "ORDER BY table_id, ordinal", table_id Integer, kind Text,
    dimension_name Text, enforcement Text
);
query!(DATABASE_TAGS, "database_tags", "", database_name Text, tag_key Text, tag_value Text);
query!(TABLE_TAGS, "table_tags", "", table_id Integer, tag_key Text, tag_value Text);
query!(
    COLUMNS, "table_columns", "ORDER BY table_id, column_id", table_id Integer, column_id Integer, name
    Text, column_type Text, role Text
);
query!(
    MEASURES, "table_measures", "", table_id Integer, name Text, single_types Text, multi Integer,
    dimensions Text
);
query!(
    DATA_FILES, "data_files", "", file Text, table_id Integer, kind Text, partition_start_ns Integer,
    partition_end_ns Integer, row_count Integer, file_bytes Integer, time_min_ns Integer, time_max_ns
    Integer, series_min Integer, series_max Integer, crc32c Integer, deleted_rows Bytes, tail_offset
    Integer, series_first Integer, series_last Integer, series_count Integer, version_max Integer,
    block_checksums Bytes
);
query!(
    REPORTS, "reports", "", id Text, table_id Integer, bucket_name Text, object_key Text,
    encryption_option Text, kms_key_id Text, record_count Integer, body Bytes
);
