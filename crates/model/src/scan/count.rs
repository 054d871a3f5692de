//! What scans keep and skip.

use std::sync::atomic::{AtomicU64, Ordering};

/// What planning a scan kept of what the table has. Bytes are those of data files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScanMetrics {
    pub partitions_total: u64,
    pub partitions_kept: u64,
    /// Data files of the magnetic store.
    pub files_total: u64,
    pub files_kept: u64,
    /// Sealed runs of the memory store.
    pub runs_total: u64,
    pub runs_kept: u64,
    pub series_total: u64,
    pub series_kept: u64,
    pub rows_total: u64,
    pub rows_kept: u64,
    pub bytes_total: u64,
    pub bytes_kept: u64,
}

macro_rules! read_counts {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal;)+) => {
        /// What readers count.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ReadCount {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ReadCount {
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

read_counts! {
    /// Data files and runs of which something was read, each once per part.
    PartsRead "parts_read";
    /// Row ranges of single series that were read.
    RangesKept "row_ranges_kept";
    /// Row ranges of single series in parts that were opened, of which nothing was read.
    RangesSkipped "row_ranges_skipped";
    /// Rows handed out.
    RowsKept "rows_kept";
    /// Rows of opened parts that were not handed out.
    RowsSkipped "rows_skipped";
    /// Pages of measures whose statistics allowed for rows that pass.
    PagesKept "pages_kept";
    /// Pages of measures that their statistics ruled out.
    PagesSkipped "pages_skipped";
    /// Bytes of pages that were needed.
    BytesKept "bytes_kept";
    /// Bytes of the other pages of opened row groups.
    BytesSkipped "bytes_skipped";
    /// Blocks and footers found in the cache.
    CacheHits "cache_hits";
    /// Blocks and footers read from the object store.
    CacheMisses "cache_misses";
    /// Bytes read from the object store.
    BytesRead "bytes_read";
}

/// A counter for each [`ReadCount`].
#[derive(Debug, Default)]
pub struct ReadCounts([AtomicU64; ReadCount::ALL.len()]);

impl ReadCounts {
    pub fn add(&self, what: ReadCount, number: u64) {
        if let Some(counter) = self.0.get(what as usize) {
            counter.fetch_add(number, Ordering::Relaxed);
        }
    }

    pub fn get(&self, what: ReadCount) -> u64 {
        self.0.get(what as usize).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }
}
