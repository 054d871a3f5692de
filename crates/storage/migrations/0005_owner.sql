-- For a metastore that is not in the data directory. The id of the one data directory that it belongs to; NULL until a
-- server has taken it.
ALTER TABLE state ADD COLUMN owner TEXT;
-- Grows whenever a server takes the metastore. A transaction of a server that took it earlier is refused.
ALTER TABLE state ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
