//! The magnetic store: immutable data files of sorted rows in an object store.
//!
//! Within a table's partition no two files overlap in the order of series and time, and none holds a record twice. A
//! row that a late record replaces is marked as deleted beside the file until the partition is rewritten. Knows nothing
//! of the log or the metastore. Start with [`data_file`] for what a file is, [`rewrite`] for how files are made, [`plan`]
//! for when.

pub mod bridge;
pub mod cache;
pub mod data_file;
pub mod order;
pub mod plan;
pub mod rewrite;
pub mod store;

#[cfg(test)]
mod tests;
