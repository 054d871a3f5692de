//! Queries that need more memory than they may take: with a folder to put rows aside they give the right answer, without
//! one the documented error.

use std::path::Path;

use sql::analyzer::Parameters;
use sql::error::SqlError;
use sql::execution::QuerySettings;

use super::dataset::{instant_ns, listed};
use super::files;
use super::run::{NOW_DEFAULT, Session, settings};
use super::store::Store;

/// A fraction of what the statements sort and group.
const MEMORY_BYTES_MAX: usize = 80 * 1_024 * 1_024;

/// Each number from 1,001 to 1,001,000 once, in no order, with a text.
const ROWS: &str = "(SELECT (a.n * 7919 % 1000 + 1) * 1000 + b.n AS n, rpad(CAST(b.n AS VARCHAR), 40, 'x') AS s \
     FROM UNNEST(sequence(0, 999)) a(n) CROSS JOIN UNNEST(sequence(1, 1000)) b(n))";

/// The same numbers with a longer text.
const LONG_ROWS: &str = "(SELECT (a.n * 7919 % 1000 + 1) * 1000 + b.n AS n, rpad(CAST(b.n AS VARCHAR), 80, 'x') AS s \
     FROM UNNEST(sequence(0, 999)) a(n) CROSS JOIN UNNEST(sequence(1, 1000)) b(n))";

fn statements() -> [(String, &'static str); 3] {
    [
        (
            format!(
                "SELECT count(*), count_if(n + r <> 1001001), count_if(substr(s, 1, 1) = ' ') \
                 FROM (SELECT n, s, row_number() OVER (ORDER BY n DESC, s) AS r FROM {ROWS})"
            ),
            "1000000 0 0",
        ),
        (
            format!(
                "SELECT count(*), max(c), count_if(m <> n) \
                 FROM (SELECT n, s, count(*) AS c, max(n) AS m FROM {ROWS} GROUP BY n, s)"
            ),
            "1000000 1 0",
        ),
        (
            format!(
                "SELECT count(*), max(l.n), sum(length(l.s)) FROM {LONG_ROWS} l \
                 JOIN UNNEST(sequence(1, 3)) u(k) ON l.n + u.k > 1000998"
            ),
            "12 1001000 960",
        ),
    ]
}

fn session(spills: bool) -> Session {
    session_of(Store::default(), spills)
}

fn session_of(store: Store, spills: bool) -> Session {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spill");
    std::fs::create_dir_all(&folder).unwrap();
    let settings = QuerySettings {
        query_memory_bytes_max: MEMORY_BYTES_MAX,
        partitions_max: 2,
        spill_folder: spills.then_some(folder),
        ..settings()
    };
    Session::with_settings(store, instant_ns(NOW_DEFAULT), settings)
}

#[test]
fn what_exceeds_memory_is_put_aside() {
    let session = session(true);
    for (statement, due) in statements() {
        let answer = session.run(&statement, Parameters::default());
        let answer = answer.unwrap_or_else(|error| panic!("{error}: {statement}"));
        let row: Vec<&str> = answer.rows[0].iter().map(|cell| cell.as_deref().unwrap()).collect();
        assert_eq!(row.join(" "), due, "{statement}");
    }
}

/// Put aside, each part of the other input would give the rows without a partner for itself.
#[test]
fn outer_nested_loops_are_not_put_aside() {
    let statement = format!(
        "SELECT count(*), sum(length(l.s)) FROM {LONG_ROWS} l \
         LEFT JOIN (SELECT k FROM UNNEST(sequence(1, 3)) t(k)) u ON l.n + u.k > 1000998"
    );
    let error = session(true).run(&statement, Parameters::default()).unwrap_err();
    assert_eq!(error, SqlError::Execution { message: "Query exceeded the memory limit".into() });
}

/// The bound that the first run of the latest rows found must not exclude those very rows from the second.
#[test]
fn the_latest_rows_are_the_same_when_looked_for_again() {
    let statement = format!(
        "SELECT count(*), count(DISTINCT l.time), sum(length(l.s)) FROM (SELECT r.n, r.s, t.time FROM \
         (SELECT time FROM modeldb.sensors ORDER BY time DESC LIMIT 1) t CROSS JOIN {LONG_ROWS} r) l \
         JOIN UNNEST(sequence(1, 3)) u(k) ON l.n + u.k > 1000998"
    );
    let datasets = listed(&files::read_json("shared/sql-datasets.json"));
    let answer = session_of(datasets["sensor_single"].clone(), true).run(&statement, Parameters::default());
    let answer = answer.unwrap();
    let row: Vec<&str> = answer.rows[0].iter().map(|cell| cell.as_deref().unwrap()).collect();
    assert_eq!(row.join(" "), "12 1 960");
}

#[test]
fn without_a_folder_such_queries_fail() {
    let session = session(false);
    for (statement, _) in statements() {
        let error = session.run(&statement, Parameters::default()).unwrap_err();
        assert_eq!(
            error,
            SqlError::Execution { message: "Query exceeded the memory limit".into() },
            "{statement}"
        );
    }
}
