//! Results as bytes: Arrow batches to the Datum objects of the Query API, or to the text forms of the corpus.
//!
//! Writes straight from arrays; no tree of values stands between. Knows nothing of HTTP or of the crate that owns the
//! envelope: callers embed what [`json`] writes.

pub mod json;
pub mod text;
pub(crate) mod values;

pub use values::{ColumnValues, UnexpectedArray};

#[cfg(test)]
mod tests;
