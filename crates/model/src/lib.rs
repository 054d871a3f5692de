//! The vocabulary every other crate shares: names, time, values, records, series, schema, limits, error kinds,
//! the contracts of scans and buckets, clock and entropy.
//!
//! Knows nothing of tokio, object stores, DataFusion or JSON, and does no I/O. Start with [`record`] for the way of
//! a write and [`scan`] for the way of a query.

pub mod bucket;
pub mod catalog;
pub mod clock;
pub mod entropy;
pub mod error;
pub mod limits;
pub mod names;
pub mod record;
pub mod rejection;
pub mod scan;
pub mod schema;
pub mod series;
pub mod time;
pub mod value;
