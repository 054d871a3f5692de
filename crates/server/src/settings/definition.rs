//! The table of settings. A new one is one entry below: documentation, key, type, default, check.

use std::path::PathBuf;

use model::limits;

use super::SettingsError;
use super::value::{
    LogFormat, MetastorePlace, ObjectPlace, OptionalInstant, SettingValue, any, between, decimal_digits,
    endpoint_address, not_before_1970, region_name,
};

/// One setting: its key, its documentation, and how to read and write it in [`Settings`].
pub struct Setting {
    pub key: &'static str,
    pub doc: &'static [&'static str],
    pub placeholder: &'static str,
    /// Parses and checks a text, then stores the value.
    pub set: fn(&mut Settings, &str) -> Result<(), String>,
    /// The value as written in TOML; `None` when it is not set.
    pub get: fn(&Settings) -> Option<String>,
}

impl Setting {
    pub fn flag(&self) -> String {
        self.key.replace('_', "-")
    }

    pub fn variable(&self) -> String {
        format!("HEADWATER_{}", self.key.to_ascii_uppercase())
    }
}

macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $check:expr; )+) => {
        /// The values of all settings. Times carry their unit at the end of the name.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Settings {
            $( $(#[doc = $doc])+ pub $key: $type, )+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $( $key: $default, )+ }
            }
        }

        /// All settings in the order in which they are printed.
        pub const SETTINGS: &[Setting] = &[ $( Setting {
            key: stringify!($key),
            doc: &[$($doc),+],
            placeholder: <$type as SettingValue>::PLACEHOLDER,
            set: |settings, text| {
                let value = <$type as SettingValue>::parse(text)?;
                ($check)(&value)?;
                settings.$key = value;
                Ok(())
            },
            get: |settings| settings.$key.to_toml(),
        }, )+ ];
    };
}

settings! {
    /// Directory of everything durable. One process at a time uses it.
    data_dir: PathBuf = PathBuf::from("./headwater-data"), any;
    /// Address and port to listen on. Port 0 takes a free one; the chosen address is printed on standard output.
    listen: String = "127.0.0.1:8421".to_owned(), any;
    /// Region of every ARN and of the credential scope that requests must be signed for.
    region: String = "us-east-1".to_owned(), region_name;
    /// Account of every ARN: 12 digits.
    account: String = "000000000000".to_owned(), decimal_digits(12);
    /// What DescribeEndpoints answers, for a server behind a proxy. Not set: the address the client used, in the form
    /// that its SDK understands.
    advertise: Option<String> = None, endpoint_address;
    /// Starts the clock of the data (not of signatures) at this instant and lets it run on, for tests of retention.
    /// Refused unless listening on loopback.
    test_clock: OptionalInstant = OptionalInstant(None), not_before_1970;

    /// Where data files are kept: local (in the data directory) or s3://BUCKET/PREFIX. A data directory belongs to one
    /// place for ever, and a prefix to one data directory.
    object_store: ObjectPlace = ObjectPlace::Local, any;
    /// Where definitions and the list of live files are kept: sqlite (in the data directory) or
    /// postgres://USER@HOST:PORT/DATABASE. The password may stand in the URL, where it is never printed, or come from
    /// PGPASSWORD or .pgpass. A data directory stays with its metastore, and a metastore with its data directory.
    metastore: MetastorePlace = MetastorePlace::Sqlite, any;
    /// Address of the service of all s3:// places, users' buckets included, such as https://s3.example.org. Not set: AWS
    /// in the region s3_region for data files. The keys are no settings: HEADWATER_S3_ACCESS_KEY_ID,
    /// HEADWATER_S3_SECRET_ACCESS_KEY and HEADWATER_S3_SESSION_TOKEN in the environment, else what AWS's own programs
    /// find there (AWS_ACCESS_KEY_ID, a web identity, a container's or an instance's role).
    s3_endpoint: Option<String> = None, any;
    /// Region that requests to that service are signed for.
    s3_region: String = "us-east-1".to_owned(), region_name;
    /// Whether s3_endpoint may begin with http://.
    s3_allow_http: bool = false, any;
    /// Whether the bucket stands in the path (HOST/BUCKET/KEY) or in the name of the host (BUCKET.HOST/KEY).
    s3_path_style: bool = true, any;
    /// Buckets of that service that users may name in UNLOAD, separated by commas; one that ends in * stands for all that
    /// begin so. The server's own place is never among them. Without s3_endpoint, s3://BUCKET/KEY means
    /// DIR/buckets/BUCKET/KEY in the data directory, which is as safe as the data directory is: SSE_S3 and SSE_KMS are
    /// accepted and change nothing there.
    s3_user_buckets: Option<String> = None, any;

    /// Form of the log lines on standard error: text or json.
    log_format: LogFormat = LogFormat::Text, any;
    /// Which log lines are written, in the syntax of tracing's EnvFilter, for example info or server=debug,warn.
    log_filter: String = "info".to_owned(), any;

    /// Open connections; more wait in the listen queue of the operating system.
    connections_max: u64 = limits::CONNECTIONS_MAX as u64, between(1, 1_000_000);
    /// Bytes of all header fields of one request together.
    header_bytes_max: u64 = limits::HEADER_BYTES_MAX as u64, between(1_024, 65_536);
    /// Milliseconds in which the header of a request must have arrived.
    header_timeout_ms: u64 = limits::HEADER_TIMEOUT_MS, between(100, 600_000);
    /// Milliseconds after which a connection without requests is closed.
    idle_timeout_ms: u64 = limits::IDLE_TIMEOUT_MS, between(100, 3_600_000);
    /// Bytes of one request body.
    body_bytes_max: u64 = limits::BODY_BYTES_MAX as u64, between(65_536, 67_108_864);
    /// Milliseconds in which the body of a request must have arrived.
    body_timeout_ms: u64 = limits::BODY_TIMEOUT_MS, between(100, 600_000);
    /// Bytes of all request bodies that are being received or worked on.
    body_bytes_in_flight_max: u64 = limits::BODY_BYTES_IN_FLIGHT_MAX as u64, between(1_048_576, 1_099_511_627_776);
    /// Concurrent HTTP/2 streams of one connection.
    http2_streams_max: u64 = limits::HTTP2_STREAMS_MAX as u64, between(1, 10_000);

    /// WriteRecords calls worked on at once; more wait for `queue_wait_ms` and are then throttled.
    writes_concurrent_max: u64 = limits::WRITES_CONCURRENT_MAX as u64, between(1, 100_000);
    /// Query calls worked on at once.
    queries_concurrent_max: u64 = limits::QUERIES_CONCURRENT_MAX as u64, between(1, 100_000);
    /// Calls of all other operations worked on at once.
    others_concurrent_max: u64 = limits::OTHERS_CONCURRENT_MAX as u64, between(1, 100_000);
    /// Milliseconds a call waits for its turn before it is throttled.
    queue_wait_ms: u64 = limits::QUEUE_WAIT_MS, between(0, 60_000);
    /// Whether calls beyond the original's rates per second (api.md 7) are throttled.
    rate_limits: bool = false, any;

    /// Seconds by which the date of a signature may differ from the real time.
    signature_skew_seconds_max: u64 = limits::SIGNATURE_SKEW_SECONDS_MAX as u64,
        between(1, limits::SIGNATURE_SKEW_SECONDS_MAX as u64);
    /// Seconds that calls in flight have to finish after SIGINT or SIGTERM.
    shutdown_seconds_max: u64 = limits::SHUTDOWN_SECONDS_MAX, between(1, 3_600);

    /// Minutes that the time of a record may lie in the future.
    ingestion_future_minutes: u64 = limits::INGESTION_FUTURE_MINUTES as u64, between(0, 525_600);
    /// Minutes that the time of a record may be older than the retention of its store.
    ingestion_past_slack_minutes: u64 = limits::INGESTION_PAST_SLACK_MINUTES as u64, between(0, 525_600);

    /// Bytes of one segment of the write-ahead log.
    wal_segment_bytes_max: u64 = limits::WAL_SEGMENT_BYTES_DEFAULT,
        between(limits::WAL_SEGMENT_BYTES_MIN, limits::WAL_SEGMENT_BYTES_MAX);
    /// Bytes of rows that the memory store keeps in memory; beyond it they are read from their files. Writes wait while as
    /// much is in the log only, and are then throttled. Queries may keep half as much besides; over it, the one whose client
    /// has left its rows untaken for longest ends.
    memory_store_bytes_max: u64 = limits::MEMORY_STORE_BYTES_DEFAULT, between(1_048_576, 1_099_511_627_776);
    /// Memory of the series of all tables, about 180 bytes each: over it records of series that are not known yet are
    /// rejected.
    series_memory_bytes_max: u64 = limits::SERIES_MEMORY_BYTES_DEFAULT, between(1_048_576, 1_099_511_627_776);
    /// Rows after which the unsorted end of a partition is sorted into a run.
    seal_rows_max: u64 = limits::TAIL_ROWS_MAX as u64, between(1, limits::RUN_ROWS_MAX as u64);
    /// Seconds without a write after which a partition that has left the memory store goes to the magnetic store, or its
    /// late rows do.
    move_quiet_seconds: u64 = limits::MOVE_QUIET_SECONDS, between(0, 86_400);
    /// Bytes that writes leave free on the disk of the data directory: with less, they are throttled, and only retention,
    /// deletes and what makes room go on.
    disk_reserve_bytes_min: u64 = limits::STORAGE_RESERVE_BYTES, between(0, 1_099_511_627_776);
    /// Milliseconds between two looks at what the memory store has to sort, merge, write to files or drop.
    maintenance_period_ms: u64 = limits::MAINTENANCE_PERIOD_MS_DEFAULT, between(1, limits::MAINTENANCE_PAUSE_MS_MAX);
    /// Seconds after which a row that is only in the log is written to a file, so that the log can be cut.
    checkpoint_seconds_max: u64 = limits::CHECKPOINT_SECONDS_DEFAULT.unsigned_abs(), between(1, 86_400);
    /// Bytes of log after which all rows are written to files.
    checkpoint_log_bytes_max: u64 = limits::CHECKPOINT_LOG_BYTES_DEFAULT, between(4_096, 1_099_511_627_776);

    /// Threads that run queries; 0 for one per processor.
    query_threads: u64 = 0, between(0, 1_024);
    /// Queries that run at once; more wait for a while and are then throttled. Of those that wait for whoever takes their
    /// rows, 16 times as many are kept.
    queries_running_max: u64 = limits::QUERIES_RUNNING_DEFAULT as u64, between(1, 10_000);
    /// Memory of one query. Sorts, joins and aggregations beyond it use the disk.
    query_memory_bytes_max: u64 = limits::QUERY_MEMORY_BYTES_DEFAULT as u64, between(1_048_576, 1_099_511_627_776);
    /// Memory of all queries together. Over it a query is throttled, and the one whose client has left its rows untaken
    /// for longest ends.
    queries_memory_bytes_max: u64 = limits::QUERIES_MEMORY_BYTES_DEFAULT as u64, between(1_048_576, 1_099_511_627_776);
    /// Disk space that queries may use for what exceeds their memory.
    query_spill_bytes_max: u64 = limits::QUERY_SPILL_BYTES_DEFAULT, between(0, 1_099_511_627_776);
    /// Seconds a query may run.
    query_seconds_max: u64 = limits::QUERY_SECONDS_DEFAULT, between(1, limits::QUERY_SECONDS_MAX);
    /// Seconds an UNLOAD may run.
    unload_seconds_max: u64 = limits::UNLOAD_SECONDS_MAX, between(1, limits::UNLOAD_SECONDS_MAX);
    /// Milliseconds after which the first page of a query that has no rows yet is answered empty, with a NextToken.
    query_first_page_wait_ms: u64 = limits::QUERY_FIRST_PAGE_WAIT_MS, between(0, 55_000);
    /// Queries whose pages are kept for their NextToken; the least recently used one makes room.
    queries_open_max: u64 = limits::QUERIES_OPEN_MAX as u64, between(1, 1_000_000);
    /// Bytes of all pages kept for a repeated NextToken or ClientToken.
    query_pages_bytes_max: u64 = limits::QUERY_PAGES_BYTES_MAX as u64, between(1_048_576, 1_099_511_627_776);
}

impl Settings {
    /// Checks what no single setting can: relations between them.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.body_bytes_max > self.body_bytes_in_flight_max {
            let relation = "body_bytes_max must not be larger than body_bytes_in_flight_max";
            return Err(SettingsError::Relation(relation.to_owned()));
        }
        Ok(())
    }
}
