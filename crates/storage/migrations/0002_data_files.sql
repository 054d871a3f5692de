-- Files of the magnetic store, kind 'data': `file` is the name of the object. The new columns are NULL for other kinds.
ALTER TABLE data_files ADD COLUMN tail_offset BIGINT;
ALTER TABLE data_files ADD COLUMN series_first BIGINT;
ALTER TABLE data_files ADD COLUMN series_last BIGINT;
ALTER TABLE data_files ADD COLUMN series_count BIGINT;
ALTER TABLE data_files ADD COLUMN version_max BIGINT;
-- Encoded by format::data_file.
ALTER TABLE data_files ADD COLUMN block_checksums BYTEA;
