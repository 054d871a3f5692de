//! `sql-workload.jsonl`: the documented sample statements run without an error over tables of their schemas.

use sql::analyzer::Parameters;
use sql::value::Value as Constant;

use super::dataset::{generated, instant_ns};
use super::files;
use super::ratchet::Tally;
use super::run::Session;

#[test]
fn sql_workload() {
    let schemas = files::read_json("workload-schemas.json");
    let instant = |key: &str| instant_ns(schemas[key].as_str().unwrap());
    let session = Session::new(generated(&schemas), instant("now"));
    let scheduled = Constant::Timestamp(instant("scheduled_runtime"));
    let parameters = Parameters::new(vec![("scheduled_runtime".to_owned(), scheduled)]);
    let mut tally = Tally::default();
    let mut answered = 0;
    for statement in files::read_json_lines("shared/sql-workload.jsonl") {
        let outcome = session.run(statement["sql"].as_str().unwrap(), parameters.clone());
        answered += usize::from(outcome.as_ref().is_ok_and(|answer| !answer.rows.is_empty()));
        tally.add(statement["id"].as_str().unwrap(), outcome.map(|_| ()).map_err(|error| error.to_string()));
    }
    tally.close("sql-workload");
    let passed = tally.total - tally.failed.len();
    assert!(answered * 2 >= passed, "only {answered} of {passed} statements that ran had rows");
}
