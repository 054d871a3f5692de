//! The query language: text to syntax, syntax to typed plan, plan to result pages.
//!
//! `syntax` reads text, `analyzer` resolves names and types into a `bound` tree with the `functions` it finds,
//! `lower` turns that into a DataFusion plan and `execution` runs it; `unload` writes rows as files. Only `lower`, `scan`
//! and `execution`, behind the feature `engine`, know DataFusion.

pub mod analyzer;
pub mod bound;
pub mod error;
#[cfg(feature = "engine")]
pub mod execution;
pub mod functions;
#[cfg(feature = "engine")]
pub mod lower;
pub mod reference;
pub mod result;
#[cfg(feature = "engine")]
pub mod scan;
pub mod statements;
pub mod syntax;
pub mod text;
pub mod types;
#[cfg(feature = "engine")]
pub mod unload;
pub mod value;
