-- Definitions, live files and the start of the log. Runs on SQLite and PostgreSQL: no type, function or clause that one of
-- them lacks. Times are nanoseconds since the Unix epoch, UTC.

-- One row: the number of the last transaction, and counters that must never go back.
CREATE TABLE state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL,
    next_table_id BIGINT NOT NULL,
    log_start_lsn BIGINT NOT NULL
);
INSERT INTO state (id, revision, next_table_id, log_start_lsn) VALUES (1, 0, 1, 1);

CREATE TABLE databases (
    name TEXT NOT NULL PRIMARY KEY,
    kms_key_id TEXT NOT NULL,
    created_ns BIGINT NOT NULL,
    updated_ns BIGINT NOT NULL
);

CREATE TABLE tables (
    id BIGINT NOT NULL PRIMARY KEY,
    database_name TEXT NOT NULL REFERENCES databases (name),
    name TEXT NOT NULL,
    memory_retention_hours BIGINT NOT NULL,
    magnetic_retention_days BIGINT NOT NULL,
    magnetic_writes_enabled BIGINT NOT NULL,
    -- All NULL when there is no location for rejected records.
    rejected_location_set BIGINT NOT NULL,
    rejected_bucket_name TEXT,
    rejected_object_key_prefix TEXT,
    rejected_encryption_option TEXT,
    rejected_kms_key_id TEXT,
    created_ns BIGINT NOT NULL,
    updated_ns BIGINT NOT NULL,
    -- NULL before the first checkpoint.
    applied_lsn BIGINT,
    UNIQUE (database_name, name)
);

CREATE TABLE partition_keys (
    table_id BIGINT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    ordinal BIGINT NOT NULL,
    -- 'measure' or 'dimension'.
    kind TEXT NOT NULL,
    dimension_name TEXT,
    -- 'required', 'optional' or NULL.
    enforcement TEXT,
    PRIMARY KEY (table_id, ordinal)
);

CREATE TABLE database_tags (
    database_name TEXT NOT NULL REFERENCES databases (name) ON DELETE CASCADE,
    tag_key TEXT NOT NULL,
    tag_value TEXT NOT NULL,
    PRIMARY KEY (database_name, tag_key)
);

CREATE TABLE table_tags (
    table_id BIGINT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    tag_key TEXT NOT NULL,
    tag_value TEXT NOT NULL,
    PRIMARY KEY (table_id, tag_key)
);

CREATE TABLE table_columns (
    table_id BIGINT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    column_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- 'double', 'bigint', 'varchar', 'boolean', 'timestamp'.
    column_type TEXT NOT NULL,
    -- 'dimension', 'measure_value', 'multi'.
    role TEXT NOT NULL,
    PRIMARY KEY (table_id, column_id),
    UNIQUE (table_id, name)
);

CREATE TABLE table_measures (
    table_id BIGINT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Comma-separated column types, in order of first appearance.
    single_types TEXT NOT NULL,
    multi BIGINT NOT NULL,
    -- Comma-separated column ids, in order of first appearance.
    dimensions TEXT NOT NULL,
    PRIMARY KEY (table_id, name)
);

CREATE TABLE data_files (
    file TEXT NOT NULL PRIMARY KEY,
    table_id BIGINT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    -- 'run' or 'series'.
    kind TEXT NOT NULL,
    partition_start_ns BIGINT NOT NULL,
    partition_end_ns BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    file_bytes BIGINT NOT NULL,
    time_min_ns BIGINT NOT NULL,
    time_max_ns BIGINT NOT NULL,
    series_min BIGINT NOT NULL,
    series_max BIGINT NOT NULL,
    crc32c BIGINT NOT NULL,
    deleted_rows BYTEA NOT NULL
);
CREATE INDEX data_files_by_table ON data_files (table_id, kind, time_min_ns);
