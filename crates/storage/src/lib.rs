//! Storage: file system, write-ahead log, persisted formats and the directory that holds them.

pub mod check;
pub mod data_dir;
pub mod engine;
pub mod error;
pub mod format;
pub mod fs;
pub mod magnetic;
pub mod memory;
pub mod metastore;
pub mod object;
pub mod wal;
