//! What a statement lets its scan skip, as EXPLAIN ANALYZE tells it, and that the answer is that of a form of the
//! statement which skips nothing.
//!
//! The table has four days, one part each, with a row per hour for each of the hosts `a1`, `a2` and `b1` and the measures
//! `cpu` (0 to 23, the hour) and `events`. Day 3 has nothing of `b1`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampNanosecondArray,
};
use model::schema::{ColumnRole, ColumnType, MeasureEntry, TableSchema};
use sql::analyzer::Parameters;

use super::dataset::instant_ns;
use super::run::Session;
use super::store::Store;

const DAY_NS: i64 = 86_400_000_000_000;
const HOUR_NS: i64 = DAY_NS / 24;
const FIRST: &str = "2024-01-01 00:00:00.000000000";
const NOW: &str = "2024-01-05 00:00:00.000000000";
const DAYS: i64 = 4;

fn store() -> Store {
    let mut schema = TableSchema::new();
    schema.push("host".into(), ColumnType::Varchar, ColumnRole::Dimension);
    schema.push("measure_value::double".into(), ColumnType::Double, ColumnRole::MeasureValue);
    schema.push("measure_value::bigint".into(), ColumnType::Bigint, ColumnRole::MeasureValue);
    for (measure, column_type) in [("cpu", ColumnType::Double), ("events", ColumnType::Bigint)] {
        let entry = MeasureEntry { single_types: vec![column_type], ..MeasureEntry::default() };
        schema.measures.insert(measure.into(), entry);
    }
    let first_ns = instant_ns(FIRST);
    let day = |day: i64| {
        let (mut names, mut times, mut hosts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut doubles, mut bigints) = (Vec::new(), Vec::new());
        for (host, measure) in
            ["a1", "a2", "b1"].into_iter().flat_map(|host| [(host, "cpu"), (host, "events")])
        {
            for hour in (0..24).filter(|_| day != 3 || host != "b1") {
                names.push(measure);
                hosts.push(host);
                times.push(first_ns + day * DAY_NS + hour * HOUR_NS);
                doubles.push((measure == "cpu").then_some(hour as f64));
                bigints.push((measure == "events").then_some(day * 100 + hour));
            }
        }
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("measure_name", Arc::new(StringViewArray::from(names))),
            ("time", Arc::new(TimestampNanosecondArray::from(times))),
            ("host", Arc::new(StringViewArray::from(hosts))),
            ("measure_value::double", Arc::new(Float64Array::from(doubles))),
            ("measure_value::bigint", Arc::new(Int64Array::from(bigints))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
    };
    let mut store = Store::default();
    store.add("db", "t", schema, (0..DAYS).map(|number| day(number).unwrap()).collect());
    store
}

fn rows(session: &Session, text: &str) -> Vec<String> {
    let answer = session.run(text, Parameters::default());
    let answer = answer.unwrap_or_else(|error| panic!("{text}: {error}"));
    answer.rows.iter().map(|row| format!("{row:?}")).collect()
}

/// Statement; the same without anything that a scan understands (nothing: its condition is hidden in a CASE); what its
/// scan kept: partitions and rows planned, rows read.
const CASES: &[(&str, &str, &str)] = &[
    ("SELECT host FROM db.t", "SELECT host FROM db.t WHERE random() < 2", "4 528 528"),
    (
        "SELECT count(*) FROM db.t WHERE time BETWEEN ago(25h) AND now()",
        "SELECT count_if(time BETWEEN ago(25h) AND now()) FROM db.t",
        "none",
    ),
    (
        "SELECT host, time FROM db.t WHERE time BETWEEN ago(25h) AND now()",
        "SELECT host, time FROM db.t WHERE (time BETWEEN ago(25h) AND now()) AND random() < 2",
        "2 102 102",
    ),
    ("SELECT host FROM db.t WHERE bin(time, 1d) > TIMESTAMP '2024-01-03'", "", "1 96 96"),
    ("SELECT host FROM db.t WHERE bin(time, 6h) = TIMESTAMP '2024-01-02 06:00:00'", "", "1 36 36"),
    ("SELECT host FROM db.t WHERE date_trunc('day', time) < TIMESTAMP '2024-01-02'", "", "1 144 144"),
    ("SELECT time FROM db.t WHERE host = 'a1' AND measure_name IN ('cpu', 'x')", "", "4 96 96"),
    ("SELECT time FROM db.t WHERE host LIKE 'a%'", "", "4 384 384"),
    ("SELECT time FROM db.t WHERE upper(host) = 'B1' OR measure_name <> 'cpu'", "", "4 336 336"),
    (
        "SELECT time FROM db.t WHERE (host = 'a1' AND measure_name = 'cpu') OR (host = 'b1' AND measure_name = 'events')",
        "",
        "4 168 168",
    ),
    ("SELECT time FROM db.t WHERE host = 'a1' AND host = 'b1'", "", "0 0 0"),
    ("SELECT time FROM db.t WHERE host NOT IN ('a1', NULL)", "", "0 0 0"),
    // Values: parts with an even number keep what passes, the others all of their rows.
    ("SELECT time FROM db.t WHERE measure_value::double > 22", "", "4 252 252"),
    ("SELECT time FROM db.t WHERE measure_value::bigint < 0", "", "0 0 0"),
    (
        "SELECT time FROM db.t WHERE measure_name = 'cpu' AND measure_value::double BETWEEN 30 AND 40",
        "",
        "0 0 0",
    ),
    // A measure named like a column.
    ("SELECT time FROM db.t WHERE cpu > 22", "", "4 132 132"),
    ("SELECT host FROM db.t WHERE events = 3", "", "1 3 3"),
    // From statistics alone.
    (
        "SELECT count(*), min(time), max(time) FROM db.t",
        "SELECT count_if(true), min_by(time, time), max(time + 0s) FROM db.t",
        "none",
    ),
    (
        "SELECT max(time) FROM db.t WHERE host = 'b1'",
        "SELECT max(time + 0s) FROM db.t WHERE host = 'b1'",
        "none",
    ),
    // The latest row of each series.
    (
        "SELECT host, max(time) FROM db.t GROUP BY host ORDER BY 1",
        "SELECT host, max(time + 0s) FROM db.t GROUP BY host ORDER BY 1",
        "2 6 6",
    ),
    (
        "SELECT host, max_by(measure_value::double, time), max(time) FROM db.t WHERE measure_name = 'cpu' AND time < '2024-01-04 06:00:00' GROUP BY host ORDER BY 1",
        "SELECT host, max_by(measure_value::double, time + 0s), max(time + 0s) FROM db.t WHERE measure_name = 'cpu' AND time < '2024-01-04 06:00:00' GROUP BY host ORDER BY 1",
        "2 3 3",
    ),
    ("SELECT DISTINCT host FROM db.t", "SELECT host FROM db.t WHERE random() < 2 GROUP BY host", "2 6 6"),
    (
        "SELECT count(DISTINCT host), min(host) FROM db.t WHERE time < '2024-01-03'",
        "SELECT count(DISTINCT host), min(host) FROM db.t WHERE time < '2024-01-03' AND random() < 2",
        "1 6 6",
    ),
    (
        "SELECT host, count(measure_name) FROM db.t GROUP BY host ORDER BY 1",
        "SELECT host, count(measure_name) FROM db.t WHERE random() < 2 GROUP BY host ORDER BY 1",
        "4 528 528",
    ),
    (
        "SELECT bin(time, 1d), max(time) FROM db.t GROUP BY 1 ORDER BY 1",
        "SELECT bin(time, 1d), max(time + 0s) FROM db.t GROUP BY 1 ORDER BY 1",
        "4 528 528",
    ),
    (
        "SELECT host, max(time) FROM db.t WHERE measure_value::double IS NOT NULL GROUP BY host ORDER BY 1",
        "SELECT host, max(time + 0s) FROM db.t WHERE measure_value::double IS NOT NULL GROUP BY host ORDER BY 1",
        "4 384 384",
    ),
    (
        "SELECT host, max(time), count(*) FROM db.t GROUP BY host ORDER BY 1",
        "SELECT host, max(time + 0s), count(*) FROM db.t GROUP BY host ORDER BY 1",
        "4 528 528",
    ),
    // Top-k reads the day with the latest rows, or the earliest.
    (
        "SELECT time FROM db.t ORDER BY time DESC LIMIT 4",
        "SELECT time FROM db.t ORDER BY time + 0s DESC LIMIT 4",
        "4 528 96",
    ),
    (
        "SELECT time FROM db.t ORDER BY time LIMIT 4",
        "SELECT time FROM db.t ORDER BY time + 0s LIMIT 4",
        "4 528 144",
    ),
    // One series is in order: the rows are not even sorted.
    (
        "SELECT time, measure_value::double FROM db.t WHERE host = 'a1' AND measure_name = 'cpu' ORDER BY time LIMIT 4",
        "SELECT time, measure_value::double FROM db.t WHERE host = 'a1' AND measure_name = 'cpu' ORDER BY time + 0s LIMIT 4",
        "4 96 24",
    ),
    (
        "SELECT bin(time, 6h), sum(measure_value::double) FROM db.t WHERE host = 'a1' AND measure_name = 'cpu' GROUP BY 1 ORDER BY 1 LIMIT 2",
        "SELECT bin(time, 6h), sum(measure_value::double) FROM db.t WHERE host = 'a1' AND measure_name = 'cpu' AND random() < 2 GROUP BY 1 ORDER BY 1 LIMIT 2",
        "4 96 24",
    ),
    ("SELECT 1 FROM db.t LIMIT 5", "SELECT 1 FROM db.t WHERE random() < 2 LIMIT 5", "4 528 144"),
];

#[test]
fn statements_read_what_they_need() {
    // One partition, so that it is certain which part is read first.
    let mut never_waits = store();
    never_waits.never_waits = true;
    let session = Session::with_small_batches(never_waits, instant_ns(NOW), 1, 8_192);
    let many = Session::with_small_batches(store(), instant_ns(NOW), 3, 7);
    let mut wrong = Vec::new();
    for (statement, other, expected) in CASES {
        let other = match other.is_empty() {
            true => {
                let (before, condition) = statement.split_once(" WHERE ").unwrap();
                format!("{before} WHERE CASE WHEN random() < 2 THEN {condition} END")
            }
            false => (*other).to_owned(),
        };
        let sorted = |session: &Session, text: &str| {
            let mut rows = rows(session, text);
            if !text.contains("ORDER BY") {
                rows.sort();
            }
            rows
        };
        let plain = sorted(&session, &other);
        assert_eq!(sorted(&session, statement), plain, "{statement}\n{other}");
        assert_eq!(sorted(&many, statement), plain, "{statement} in several partitions\n{other}");
        let explained = rows(&session, &format!("EXPLAIN ANALYZE {statement}"));
        let kept = |what: &str| {
            let prefix = format!("[Some(\"  {what}: ");
            let line = explained.iter().find_map(|line| line.strip_prefix(&prefix))?;
            line.split_once(" kept").map(|(number, _)| number.to_owned())
        };
        let counts = ["partitions", "rows planned", "rows"].map(kept);
        let found: Option<Vec<String>> = counts.into_iter().collect();
        let found = found.map_or("none".to_owned(), |counts| counts.join(" "));
        if found != *expected {
            wrong.push(format!("{statement}: expected {expected}, found {found}\n{}", explained.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_join_narrows_the_other_side() {
    let mut never_waits = store();
    never_waits.never_waits = true;
    let session = Session::with_small_batches(never_waits, instant_ns(NOW), 1, 8_192);
    let last_point = "WITH latest AS (SELECT host, measure_name, max(time) AS latest_time FROM db.t GROUP BY 1, 2) \
        SELECT b.host, b.measure_name, b.measure_value::double, b.time FROM latest a JOIN db.t b \
        ON a.host = b.host AND a.latest_time = b.time AND a.measure_name = b.measure_name \
        WHERE b.host <> 'b1' ORDER BY 1, 2";
    let found = rows(&session, last_point);
    assert_eq!(found.len(), 4, "{found:?}");
    let explained = rows(&session, &format!("EXPLAIN ANALYZE {last_point}"));
    let read: Vec<&str> = explained.iter().filter_map(|line| line.strip_prefix("[Some(\"  rows: ")).collect();
    // The latest rows of four series, and then the last day of them.
    assert_eq!(read.len(), 2, "{explained:#?}");
    let mut numbers: Vec<u32> = read.iter().filter_map(|line| line.split_once(' ')?.0.parse().ok()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [4, 96], "{explained:#?}");
}
