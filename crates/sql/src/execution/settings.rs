//! How much queries may take.

use std::path::PathBuf;
use std::time::Duration;

use model::limits;

/// The limits of the query engine; the defaults are those of `model::limits`.
#[derive(Debug, Clone)]
pub struct QuerySettings {
    /// Threads that run queries.
    pub threads: usize,
    /// Partitions that one query is spread over.
    pub partitions_max: usize,
    /// Rows that operators hand on at once.
    pub batch_rows: usize,
    pub queries_running_max: usize,
    /// Queries that wait for whoever takes their rows; the one that has waited longest makes room.
    pub queries_parked_max: usize,
    pub queries_planning_max: usize,
    pub queries_waiting_max: usize,
    /// How long a query waits for others to end before it is refused.
    pub wait_max: Duration,
    /// How long a query may work where its request says nothing.
    pub deadline: Duration,
    /// The same for UNLOAD.
    pub unload_deadline: Duration,
    /// Memory of all queries together, and of one.
    pub memory_bytes_max: usize,
    pub query_memory_bytes_max: usize,
    /// What the rows of one result may take as JSON.
    pub result_bytes_max: u64,
    /// Where sorts, joins and aggregations put what exceeds their memory; without a folder such queries fail.
    pub spill_folder: Option<PathBuf>,
    pub spill_bytes_max: u64,
}

impl Default for QuerySettings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads,
            partitions_max: partitions(threads, limits::QUERY_MEMORY_BYTES_DEFAULT),
            batch_rows: limits::QUERY_BATCH_ROWS,
            queries_running_max: limits::QUERIES_RUNNING_DEFAULT,
            queries_parked_max: limits::QUERIES_RUNNING_DEFAULT * limits::QUERIES_PARKED_PER_RUNNING_MAX,
            queries_planning_max: limits::QUERIES_PLANNING_DEFAULT,
            queries_waiting_max: limits::QUERIES_WAITING_DEFAULT,
            wait_max: Duration::from_millis(limits::QUERY_WAIT_MS_DEFAULT),
            deadline: Duration::from_secs(limits::QUERY_SECONDS_DEFAULT),
            unload_deadline: Duration::from_secs(limits::UNLOAD_SECONDS_MAX),
            memory_bytes_max: limits::QUERIES_MEMORY_BYTES_DEFAULT,
            query_memory_bytes_max: limits::QUERY_MEMORY_BYTES_DEFAULT,
            result_bytes_max: limits::QUERY_RESULT_BYTES_MAX,
            spill_folder: None,
            spill_bytes_max: limits::QUERY_SPILL_BYTES_DEFAULT,
        }
    }
}

/// How many partitions a query of this memory is spread over: one for each thread, unless each had too little memory.
pub fn partitions(threads: usize, query_memory_bytes_max: usize) -> usize {
    let enough = query_memory_bytes_max / limits::QUERY_PARTITION_MEMORY_BYTES_MIN;
    enough.clamp(1, threads.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_has_enough_memory() {
        const MIB: usize = 1_024 * 1_024;
        for (threads, memory_bytes, expected) in [
            (1, 256 * MIB, 1),
            (8, 256 * MIB, 8),
            (64, 256 * MIB, 16),
            (64, 2_048 * MIB, 64),
            (4, MIB, 1),
            (0, MIB, 1),
        ] {
            assert_eq!(partitions(threads, memory_bytes), expected, "{threads} {memory_bytes}");
        }
    }
}
