//! `sql-cases.jsonl`: every case over the data sets it names, judged by its `check`.

use std::collections::BTreeMap;

use serde_json::Value;
use sql::analyzer::Parameters;
use sql::value::Value as Constant;

use super::check;
use super::dataset::{instant_ns, listed};
use super::files;
use super::ratchet::Tally;
use super::run::{NOW_DEFAULT, Session};
use super::store::Store;

#[test]
fn sql_cases() {
    judge_all(Session::new, &[]).close("sql-cases");
}

/// What an array_agg without ORDER BY gives depends on which partition is done first.
const OF_ONE_PARTITION: &[&str] = &["ag-array_agg_null"];

/// Three partitions of batches of two rows: the same cases pass.
#[test]
fn sql_cases_in_small_batches() {
    let open = |store, now_ns| Session::with_small_batches(store, now_ns, 3, 2);
    judge_all(open, OF_ONE_PARTITION).close("sql-cases-in-small-batches");
}

fn judge_all(open: impl Fn(Store, i64) -> Session, left_out: &[&str]) -> Tally {
    let datasets = listed(&files::read_json("shared/sql-datasets.json"));
    let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
    let mut tally = Tally::default();
    for case in files::read_json_lines("shared/sql-cases.jsonl") {
        let (id, setup) = (case["id"].as_str().unwrap(), &case["setup"]);
        if left_out.contains(&id) {
            continue;
        }
        let session = sessions.entry(setup.to_string()).or_insert_with(|| {
            let now_ns = instant_ns(setup["now"].as_str().unwrap_or(NOW_DEFAULT));
            open(store(setup, &datasets), now_ns)
        });
        let outcome = session.run(case["sql"].as_str().unwrap(), parameters(&setup["params"]));
        let verdict = check::judge(&case, &outcome).and_then(|()| written_line(setup, session));
        session.buckets.clear();
        tally.add(id, verdict);
    }
    tally
}

fn store(setup: &Value, datasets: &BTreeMap<String, Store>) -> Store {
    let several = setup["datasets"].as_array().into_iter().flatten();
    let one = setup.get("dataset");
    let mut store = Store::default();
    for name in several.chain(one) {
        store.add_all(&datasets[name.as_str().unwrap()]);
    }
    store
}

/// A case of UNLOAD may name a line that one of its files must have.
fn written_line(setup: &Value, session: &Session) -> Result<(), String> {
    let Some(line) = setup["expect_file_line"].as_str() else { return Ok(()) };
    let files = session.buckets.files();
    let lines: Vec<String> = files.iter().flat_map(|file| file.lines()).collect();
    if lines.iter().any(|it| it == line) { Ok(()) } else { Err(format!("lines {lines:?}, due {line:?}")) }
}

/// Parameters are written as literals; the corpus has only timestamps.
fn parameters(params: &Value) -> Parameters {
    let value = |literal: &Value| {
        let literal = literal.as_str().unwrap();
        let instant = literal.strip_prefix("TIMESTAMP '").and_then(|it| it.strip_suffix('\''));
        Constant::Timestamp(instant_ns(instant.unwrap_or_else(|| panic!("no timestamp: {literal}"))))
    };
    let params = params.as_object().into_iter().flatten();
    Parameters::new(params.map(|(name, literal)| (name.clone(), value(literal))).collect())
}
