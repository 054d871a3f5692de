-- Reports of rejected late records that are not known to be in their buckets.
CREATE TABLE reports (
    -- 32 hexadecimal digits.
    id TEXT NOT NULL PRIMARY KEY,
    table_id BIGINT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    bucket_name TEXT NOT NULL,
    object_key TEXT NOT NULL,
    encryption_option TEXT,
    kms_key_id TEXT,
    record_count BIGINT NOT NULL,
    -- The object's bytes.
    body BYTEA NOT NULL
);
