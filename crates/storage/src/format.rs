//! Persisted formats: one folder per artefact, one file per version. Pure functions from bytes to values and back; no
//! I/O. Golden files in `tests/golden` are added and never edited; the byte tables are in `docs/formats`.

pub mod cursor;
pub mod data_file;
pub mod deleted_rows;
pub mod run_file;
pub mod series_file;
pub mod wal_entry;
pub mod wal_segment;
