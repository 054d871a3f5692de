//! Every limit in one place. AWS quotas name their section of the service's documentation as restated in api.md;
//! the others are ours. Relations between limits are asserted at compile time at the end.

// --- records and schema (api.md 3.3, 3.11, 7) ---
pub const RECORDS_PER_REQUEST_MAX: usize = 100;
pub const DIMENSIONS_PER_RECORD_MAX: usize = 128;
pub const DIMENSIONS_PER_TABLE_MAX: usize = 128;
pub const MEASURE_NAMES_PER_TABLE_MAX: usize = 8_192;
pub const ATTRIBUTES_PER_TABLE_MAX: usize = 1_024;
pub const ATTRIBUTES_PER_RECORD_MAX: usize = 256;
pub const MEASURE_VALUE_BYTES_MAX: usize = 2_048;
/// Measure values of one multi-measure record together.
pub const MEASURE_VALUES_BYTES_MAX: usize = 2_048;
/// Dimension names and values of one series together.
pub const SERIES_BYTES_MAX: usize = 2_048;
pub const RECORD_BYTES_MAX: usize = 2_048;
pub const DIMENSION_NAME_BYTES_MAX: usize = 60;
pub const MEASURE_NAME_BYTES_MAX: usize = 256;
/// The documentation says 3 in one place and 2 in another, the service model nothing: shorter names are accepted.
pub const RESOURCE_NAME_BYTES_MIN: usize = 1;
pub const RESOURCE_NAME_BYTES_MAX: usize = 256;

// --- catalog (api.md 2, 7) ---
pub const DATABASES_MAX: usize = 500;
pub const TABLES_MAX: usize = 50_000;
pub const TAGS_PER_RESOURCE_MAX: usize = 50;
pub const LIST_PAGE_ROWS_MAX: usize = 20;
pub const MEMORY_RETENTION_HOURS_MIN: i64 = 1;
pub const MEMORY_RETENTION_HOURS_MAX: i64 = 8_766;
pub const MEMORY_RETENTION_HOURS_DEFAULT: i64 = 6;
pub const MAGNETIC_RETENTION_DAYS_MIN: i64 = 1;
pub const MAGNETIC_RETENTION_DAYS_MAX: i64 = 73_000;
pub const MAGNETIC_RETENTION_DAYS_DEFAULT: i64 = 73_000;

// --- ingestion window (api.md 3.6: retention + 40 minutes, of which 15 lie in the future) ---
pub const INGESTION_FUTURE_MINUTES: i64 = 15;
pub const INGESTION_PAST_SLACK_MINUTES: i64 = 25;

// --- HTTP (reliability.md 4) ---
pub const CONNECTIONS_MAX: usize = 4_096;
pub const HEADER_BYTES_MAX: usize = 16 * 1_024;
pub const HEADER_FIELDS_MAX: usize = 64;
pub const HEADER_TIMEOUT_MS: u64 = 10_000;
/// Longer than the period in which agents send their batches, most often 10 or 60 seconds.
pub const IDLE_TIMEOUT_MS: u64 = 75_000;
pub const BODY_BYTES_MAX: usize = 2 * 1_024 * 1_024;
pub const BODY_TIMEOUT_MS: u64 = 30_000;
pub const HTTP2_STREAMS_MAX: u32 = 100;
pub const JSON_DEPTH_MAX: usize = 128;
pub const SIGNATURE_SKEW_SECONDS_MAX: i64 = 15 * 60;
/// Derived signing keys kept per process; one per access key, day and region in use.
pub const SIGNING_KEYS_MAX: usize = 1_024;
pub const ACCESS_KEY_ID_BYTES_MAX: usize = 128;
/// Items kept of a list for which the service model names no bound.
pub const LIST_MEMBERS_MAX: usize = 1_024;
/// Constraint violations reported for one request.
pub const VIOLATIONS_MAX: usize = 10;
/// Characters of an offending value that a message repeats.
pub const MESSAGE_VALUE_CHARS_MAX: usize = 128;
pub const BODY_BYTES_IN_FLIGHT_MAX: usize = 256 * 1_024 * 1_024;
pub const WRITES_CONCURRENT_MAX: usize = 256;
pub const QUERIES_CONCURRENT_MAX: usize = 64;
pub const OTHERS_CONCURRENT_MAX: usize = 64;
/// How long a call waits for its turn before it is throttled.
pub const QUEUE_WAIT_MS: u64 = 1_000;
pub const SHUTDOWN_SECONDS_MAX: u64 = 30;
pub const REQUEST_ID_CHARS: usize = 26;
/// Calls per second of each operation that creates, updates or deletes; and of each that lists or describes (api.md 7).
pub const DEFINITION_CALLS_PER_SECOND_MAX: u32 = 1;
pub const READING_CALLS_PER_SECOND_MAX: u32 = 5;

// --- memory store and checkpoints (docs/adr) ---
/// Rows of one UTC day are stored together. Fixed for ever: files of other lengths would overlap.
pub const PARTITION_NS: i64 = crate::time::NS_PER_DAY;
/// Rows of a partition's unsorted tail: what a query may have to sort.
pub const TAIL_ROWS_MAX: usize = 16 * 1_024;
pub const TAIL_BATCHES_MAX: usize = 256;
pub const RUN_ROWS_MAX: usize = 1_024 * 1_024;
/// Memory of the rows of a run, which a merge and a rewrite have in memory as a whole.
pub const RUN_BYTES_MAX: usize = 128 * 1_024 * 1_024;
pub const MERGE_RUNS_MIN: usize = 16;
pub const SERIES_FILE_SERIES_MAX: usize = 256 * 1_024;
/// How long a wall clock that left the monotonic clock must have run on before rows are removed by it.
pub const CLOCK_CONFIRM_HOURS: u64 = 6;
/// How often the believed time is saved when nothing else is.
pub const CLOCK_SAVE_MINUTES: i64 = 30;
pub const MEMORY_STORE_BYTES_DEFAULT: u64 = 1_024 * 1_024 * 1_024;
/// Memory of the dictionaries of all tables: about twenty million series.
pub const SERIES_MEMORY_BYTES_DEFAULT: u64 = 4 * 1_024 * 1_024 * 1_024;
pub const MAINTENANCE_PERIOD_MS_DEFAULT: u64 = 1_000;
/// How long a partition with a damaged file is passed over by maintenance.
pub const DAMAGE_REST_MINUTES: u64 = 10;
/// Between two runs of maintenance that fail.
pub const MAINTENANCE_PAUSE_MS_MAX: u64 = 60_000;
pub const CHECKPOINT_SECONDS_DEFAULT: i64 = 300;
pub const CHECKPOINT_LOG_BYTES_DEFAULT: u64 = 256 * 1_024 * 1_024;

// --- queries (api.md 4, 7; reliability.md 5) ---
pub const QUERY_TEXT_CHARS_MAX: usize = 262_144;
pub const QUERY_PAGE_ROWS_MAX: usize = 1_000;
pub const QUERY_PAGE_BYTES_MAX: usize = 1_048_576;
pub const QUERY_RESULT_BYTES_MAX: u64 = 5 * 1_024 * 1_024 * 1_024;
pub const QUERY_METADATA_BYTES_MAX: usize = 100 * 1_024;
pub const QUERY_SECONDS_DEFAULT: u64 = 60;
pub const QUERY_SECONDS_MAX: u64 = 3_600;
pub const NEXT_TOKEN_CHARS_MAX: usize = 2_048;
pub const NEXT_TOKEN_USES_MAX: u32 = 5;
pub const NEXT_TOKEN_SECONDS_MAX: u64 = 3_600;
pub const CLIENT_TOKEN_REPLAY_SECONDS: u64 = 300;
/// Some clients give up on a response after 20 seconds; they must have the first page before.
pub const QUERY_FIRST_PAGE_WAIT_MS: u64 = 5_000;
/// A later page waits longer, because some clients take an empty one for the end; a call lasts at most a minute.
pub const QUERY_NEXT_PAGE_WAIT_MS: u64 = 55_000;
/// Query ids are the prefix and this many characters of base 32 (api.md 4.1).
pub const QUERY_ID_PREFIX: &str = "AEDA";
pub const QUERY_ID_CHARS: usize = 59;
/// Calls remembered by their ClientToken.
pub const CLIENT_TOKENS_MAX: usize = 10_000;
pub const QUERIES_OPEN_MAX: usize = 1_000;
pub const QUERY_PAGES_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// Stack of the threads that plan and run queries: the engine recurses over what it is given.
pub const QUERY_STACK_BYTES: usize = 16 * 1_024 * 1_024;
pub const QUERIES_RUNNING_DEFAULT: usize = 16;
pub const QUERIES_PLANNING_DEFAULT: usize = 2;
/// Queries that wait for whoever takes their rows, for each that may run. They keep some memory that nobody counts.
pub const QUERIES_PARKED_PER_RUNNING_MAX: usize = 16;
/// Queries that wait for others to end, and how long they do.
pub const QUERIES_WAITING_DEFAULT: usize = 64;
pub const QUERY_WAIT_MS_DEFAULT: u64 = 10_000;
pub const QUERY_MEMORY_BYTES_DEFAULT: usize = 256 * 1_024 * 1_024;
/// Memory for each partition that a query is spread over: operators keep some for each, however few rows it has.
pub const QUERY_PARTITION_MEMORY_BYTES_MIN: usize = 16 * 1_024 * 1_024;
pub const QUERIES_MEMORY_BYTES_DEFAULT: usize = 1_024 * 1_024 * 1_024;
pub const QUERY_SPILL_BYTES_DEFAULT: u64 = 10 * 1_024 * 1_024 * 1_024;
pub const QUERY_BATCH_ROWS: usize = 8_192;
/// Rows are handed on in pieces of about this size, so that little stands between a query and a client that waits.
pub const QUERY_CHUNK_BYTES: usize = 128 * 1_024;
/// Batches that a reader of a disk or the network is ahead of whoever takes them, for each partition of a scan.
pub const SCAN_BATCHES_AHEAD_MAX: usize = 2;
/// Bytes a metered query counts at least (api.md 4.6).
pub const QUERY_METERED_BYTES_MIN: u64 = 10_000_000;

// --- buckets and UNLOAD (api.md 4.13) ---
pub const BUCKET_NAME_BYTES_MIN: usize = 3;
pub const BUCKET_NAME_BYTES_MAX: usize = 63;
pub const OBJECT_KEY_BYTES_MAX: usize = 1_024;
/// Objects are sent in parts of this size; S3 takes at least 5 MiB and at most 10,000 parts.
pub const OBJECT_PART_BYTES: usize = 8 * 1_024 * 1_024;
pub const UNLOAD_SECONDS_MAX: u64 = 3_600;
pub const UNLOADS_PER_SECOND_MAX: u32 = 1;
/// Queries that ask for insights (api.md 4.11).
pub const INSIGHTS_PER_SECOND_MAX: u32 = 1;
/// An UNLOAD may run for an hour: some places are left for queries that somebody waits for.
pub const UNLOADS_RUNNING_MAX: usize = 4;
/// `results/`, a query id, `_`, an UUID and the longest extension.
pub const UNLOAD_RESULT_NAME_BYTES: usize = 8 + QUERY_ID_PREFIX.len() + QUERY_ID_CHARS + 1 + 36 + 8;
pub const UNLOAD_PARTITIONS_MAX: usize = 100;
pub const UNLOAD_FILE_BYTES_MIN: u64 = 16 * 1_024 * 1_024;
pub const UNLOAD_FILE_BYTES_MAX: u64 = 78 * 1_024 * 1_024 * 1_024;
/// What one UNLOAD may hold back of its files.
pub const UNLOAD_HELD_BYTES_MAX: usize = 64 * 1_024 * 1_024;

// --- functions (reliability.md 5) ---
/// What a function may make of one batch of rows: text, and elements of arrays.
pub const FUNCTION_RESULT_BYTES_MAX: usize = 64 * 1_024 * 1_024;
pub const FUNCTION_RESULT_ELEMENTS_MAX: usize = 8 * 1_024 * 1_024;
/// The earliest instant of queries: 1677-09-21 00:12:44 UTC.
/// # Source
/// sql.md 3.1; the latest is that of an `i64`.
pub const QUERY_INSTANT_NS_MIN: i64 = -9_223_372_036_000_000_000;
/// Elements that a lambda is evaluated for at once.
pub const LAMBDA_ELEMENTS_MAX: usize = 64 * 1_024;
/// The `n` of `max(x, n)`, `max_by(x, y, n)` and their like.
pub const RANKED_ROWS_MAX: usize = 10_000;
/// Elements of the arrays that a window over whole partitions may make.
pub const WINDOW_ELEMENTS_MAX: usize = 16 * 1_024 * 1_024;
/// Rows of a sliding window frame that `sum` and `avg` add up anew for each row; longer frames have a running sum.
pub const FRAME_SUMMED_ROWS_MAX: usize = 256;
/// Different values of which percentiles are exact; above it, into how many the values are summarized.
pub const PERCENTILE_EXACT_VALUES_MAX: usize = 4_096;
pub const PERCENTILE_SUMMARY_VALUES: usize = 1_024;
/// Values of which distinct ones are counted exactly.
pub const DISTINCT_EXACT_VALUES_MAX: usize = 256;
pub const REGEX_PATTERN_BYTES_MAX: usize = 4 * 1_024;
pub const REGEX_COMPILED_BYTES_MAX: usize = 16 * 1_024 * 1_024;
/// Steps back while matching one text.
pub const REGEX_BACKTRACKS_MAX: usize = 1_000_000;
/// Compiled patterns kept per process.
pub const REGEX_PATTERNS_KEPT_MAX: usize = 16;

// --- write-ahead log (reliability.md 7, 8.7) ---
pub const WAL_SEGMENT_BYTES_MIN: u64 = 4 * 1_024;
pub const WAL_SEGMENT_BYTES_DEFAULT: u64 = 64 * 1_024 * 1_024;
pub const WAL_SEGMENT_BYTES_MAX: u64 = 1_024 * 1_024 * 1_024;
pub const WAL_ENTRY_BYTES_MAX: u64 = 16 * 1_024 * 1_024;
pub const WAL_GROUP_BYTES_MAX: u64 = 8 * 1_024 * 1_024;
pub const WAL_QUEUE_BYTES_MAX: u64 = 64 * 1_024 * 1_024;
/// Disk space that writes leave free, so that retention and deletes still work on a full disk.
pub const STORAGE_RESERVE_BYTES: u64 = 256 * 1_024 * 1_024;

// --- statements before planning (reliability.md 5) ---
/// Levels of parentheses, calls and subqueries the parser enters; bounds its stack.
pub const SQL_NESTING_MAX: usize = 128;
/// Levels of evaluation of one expression. AND, OR and `||` count as balanced trees; each `+ - * / %` of a chain counts
/// as a level, and a sum over all 256 attributes of a record must fit.
pub const SQL_EXPRESSION_HEIGHT_MAX: u16 = 384;
pub const SQL_SUBQUERY_DEPTH_MAX: usize = 16;
pub const SQL_SET_BRANCHES_MAX: usize = 256;
/// Joins of one FROM clause, commas included.
pub const SQL_JOINS_MAX: usize = 32;
pub const SQL_GROUPING_SETS_MAX: usize = 256;
pub const SQL_OUTPUT_COLUMNS_MAX: usize = 1_664;
pub const SQL_TYPE_NESTING_MAX: usize = 8;
/// Nodes of a query's plan.
pub const SQL_PLAN_NODES_MAX: usize = 5_000;
/// Selects and relations that references to WITH queries add when each is replaced by its query.
pub const SQL_WITH_EXPANSION_MAX: usize = 500;
/// Queries and stored tables that one statement binds: WITH queries once per reference, unused ones once.
pub const SQL_QUERY_PARTS_MAX: usize = 1_000;
/// Levels of queries inside each other when each reference to a WITH query is replaced by its query.
pub const SQL_QUERY_DEPTH_MAX: usize = 64;
/// Nodes of expressions that are written once and computed or bound several times: the operands of BETWEEN, CASE,
/// NULLIF; lambdas that widen the type of their own parameter.
pub const SQL_REPEATED_NODES_MAX: usize = 20_000;
/// How often the body of a lambda may widen the type of its own parameter before the call is said not to fit.
pub const SQL_LAMBDA_WIDENINGS_MAX: usize = 8;
/// How often PrepareQuery analyzes a query again with what it found out of the types of its parameters.
pub const SQL_PREPARE_PASSES_MAX: usize = 4;
/// Rows that a query may make room for because its LIMIT asks for so many.
pub const QUERY_TOP_ROWS_MAX: usize = 10_000;
/// Nodes of expressions that a plan needs in several places: the operands of COALESCE, conditions that guard others.
pub const SQL_COPIED_NODES_MAX: usize = 4_000;

// --- data files (docs/adr/0009) ---
/// Rows of a file, and about the bytes of it: what a rewrite holds in memory.
pub const DATA_FILE_ROWS_MAX: usize = 4 * 1_024 * 1_024;
pub const DATA_FILE_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// Memory of the rows of a data file, which a rewrite has in memory as a whole: as many rows as a file may have fit if each
/// has 14 numbers.
pub const DATA_FILE_DECODED_BYTES_MAX: usize = 512 * 1_024 * 1_024;
/// Rows of a Parquet row group.
pub const DATA_FILE_GROUP_ROWS: usize = 1_024 * 1_024;
/// A page, the least that a query reads of a column, has at most so many rows and about so many bytes before it is compressed.
/// Values of 8 bytes reach the second, dictionary indices of one or two bytes the first.
pub const DATA_FILE_PAGE_ROWS: usize = 128 * 1_024;
pub const DATA_FILE_PAGE_BYTES: usize = 288 * 1_024;
/// Rows that a rewrite hands to the encoder at once.
pub const DATA_FILE_BATCH_ROWS: usize = 64 * 1_024;
/// Rows that a rewrite has in memory at once, beside one run or file, and the memory that they take.
pub const REWRITE_ROWS_MAX: usize = 2 * DATA_FILE_ROWS_MAX;
pub const REWRITE_BYTES_MAX: usize = 2 * DATA_FILE_DECODED_BYTES_MAX;
pub const DATA_FILE_ZSTD_LEVEL: i32 = 6;
/// How hard dictionary indices of one or two bytes are compressed (docs/adr/0009).
pub const DATA_FILE_PACKED_ZSTD_LEVEL: i32 = 15;
/// Late rows are merged when they are this share of the rows to write anew: 5 rows are written for a late one at the most.
pub const LATE_PERCENT_MIN: usize = 25;
/// How long nothing was written to a partition that is moved.
pub const MOVE_QUIET_SECONDS: u64 = 600;
/// Rejected late records of one report, and bytes of reports that wait for their bucket: over it, late records that lose are
/// rejected at once.
pub const REPORT_RECORDS_MAX: usize = 10_000;
pub const REPORTS_WAITING_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// How often data files that nobody lists are looked for: a third of the time within which they must be gone (G9).
pub const COLLECT_HOURS: u64 = 8;
/// Blocks and footers of data files kept in memory.
pub const FILE_CACHE_BYTES_DEFAULT: u64 = 128 * 1_024 * 1_024;

// --- metastore in another process ---
/// Time for a connection to the database.
pub const METASTORE_CONNECT_SECONDS_MAX: u64 = 10;
pub const METASTORE_CONNECTIONS_MAX: u32 = 4;
/// Time for one transaction, after which a database is taken for cut off. Each statement has 60 seconds.
pub const METASTORE_ANSWER_SECONDS_MAX: u64 = 300;
/// How long a server that has just ended may still hold the metastore.
pub const METASTORE_LOCK_WAIT_MS: u64 = 3_000;

// --- objects (reliability.md 7) ---
/// Attempts of one call of an object store, the first included.
pub const OBJECT_ATTEMPTS_MAX: u32 = 8;
pub const OBJECT_FIRST_PAUSE_MS: u64 = 50;
pub const OBJECT_PAUSE_MS_MAX: u64 = 5_000;
/// No attempt starts later than this after the first.
pub const OBJECT_RETRY_MS_MAX: u64 = 30_000;
/// Time for a connection to a service, and for one whole request: a data file at 2 MiB/s.
pub const OBJECT_CONNECT_SECONDS_MAX: u64 = 5;
pub const OBJECT_REQUEST_SECONDS_MAX: u64 = 60;

const _: () = assert!(MEASURE_VALUE_BYTES_MAX <= MEASURE_VALUES_BYTES_MAX);
const _: () = assert!(DIMENSION_NAME_BYTES_MAX < SERIES_BYTES_MAX);
const _: () = assert!(MEASURE_NAME_BYTES_MAX < RECORD_BYTES_MAX);
const _: () =
    assert!(QUERY_TEXT_CHARS_MAX * 6 < BODY_BYTES_MAX, "a legal query must fit a body, however escaped");
const _: () = assert!(ATTRIBUTES_PER_RECORD_MAX < LIST_MEMBERS_MAX);
const _: () = assert!(RECORDS_PER_REQUEST_MAX * RECORD_BYTES_MAX < BODY_BYTES_MAX);
const _: () = assert!(WAL_ENTRY_BYTES_MAX < WAL_SEGMENT_BYTES_DEFAULT);
const _: () = assert!(WAL_ENTRY_BYTES_MAX <= WAL_QUEUE_BYTES_MAX);
const _: () = assert!(WAL_GROUP_BYTES_MAX <= WAL_QUEUE_BYTES_MAX);
const _: () = assert!((BODY_BYTES_MAX as u64) * 4 <= WAL_ENTRY_BYTES_MAX, "one request must fit one entry");
const _: () = assert!(BODY_BYTES_MAX <= BODY_BYTES_IN_FLIGHT_MAX);
const _: () = assert!(PERCENTILE_SUMMARY_VALUES * 2 <= PERCENTILE_EXACT_VALUES_MAX);
const _: () = assert!(QUERY_FIRST_PAGE_WAIT_MS < 20_000);
const _: () = assert!(QUERY_PAGE_BYTES_MAX < QUERY_PAGES_BYTES_MAX);
const _: () = assert!(SQL_EXPRESSION_HEIGHT_MAX as usize >= SQL_NESTING_MAX + ATTRIBUTES_PER_RECORD_MAX);
const _: () = assert!(SQL_SUBQUERY_DEPTH_MAX < SQL_NESTING_MAX);
const _: () = assert!(QUERY_MEMORY_BYTES_DEFAULT <= QUERIES_MEMORY_BYTES_DEFAULT);
const _: () = assert!(UNLOAD_FILE_BYTES_MAX.div_ceil(OBJECT_PART_BYTES as u64) <= 10_000);
const _: () = assert!(UNLOAD_HELD_BYTES_MAX * 2 <= QUERY_MEMORY_BYTES_DEFAULT);
const _: () = assert!(UNLOAD_SECONDS_MAX <= QUERY_SECONDS_MAX);
const _: () = assert!(UNLOADS_RUNNING_MAX < QUERIES_RUNNING_DEFAULT);
const _: () = assert!(QUERY_CHUNK_BYTES < QUERY_PAGE_BYTES_MAX);
const _: () = assert!(SQL_WITH_EXPANSION_MAX < SQL_QUERY_PARTS_MAX);
