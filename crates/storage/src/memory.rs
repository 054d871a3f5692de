//! The memory store: per table a dictionary of series, time partitions of sealed runs and unsorted tails.
//!
//! Writers append batches to a partition's tail; when it is long it is sealed into a run sorted by (series, time). A row
//! that replaces another marks it as deleted where it is, so readers never merge. Readers hold immutable snapshots.
//! Knows nothing of the log's files or the metastore. Start with [`store::TableStore`].

pub mod batch;
pub mod build;
pub mod column;
pub mod deleted;
pub mod dictionary;
pub mod run;
pub mod run_data;
pub mod scan;
pub mod search;
pub mod series_columns;
pub mod snapshot;
pub mod store;
pub mod views;
pub mod window;
pub mod writer;

use model::clock::TimestampNs;
use model::limits;

/// The start of the partition that holds an instant.
pub fn partition_start_ns(time_ns: TimestampNs) -> TimestampNs {
    time_ns.saturating_sub(time_ns.rem_euclid(limits::PARTITION_NS))
}
