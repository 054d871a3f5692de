//! `bombs.jsonl`: statements made to hurt end within the watchdog's time, with an answer or an error of their own,
//! and the same engine still answers after each. `$rep` repeats a text, `$cat` joins texts.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use serde_json::Value;
use sql::analyzer::Parameters;
use sql::error::SqlError;

use super::dataset::instant_ns;
use super::files;
use super::run::{NOW_DEFAULT, Session};
use super::store::Store;

/// What the engine is given to end a query that may end at its deadline.
const DEADLINE: Duration = Duration::from_secs(5);
/// What it is given to answer, on a busy machine too.
const ANSWER_DEADLINE: Duration = Duration::from_secs(600);
/// What an unoptimized build on a busy machine may take on top.
const WATCHDOG: Duration = Duration::from_secs(600);

#[test]
fn bombs() {
    let session = Arc::new(Session::new(Store::default(), instant_ns(NOW_DEFAULT)));
    let mut wrong = Vec::new();
    for bomb in files::read_json_lines("bombs.jsonl") {
        let id = bomb["id"].as_str().unwrap();
        let deadline = if bomb["want"] == "answer" { ANSWER_DEADLINE } else { DEADLINE };
        match run(&session, text(&bomb["sql"]), deadline) {
            Err(RecvTimeoutError::Timeout) => panic!("{id} outlived the watchdog"),
            Err(RecvTimeoutError::Disconnected) => wrong.push(format!("{id}: the thread died")),
            Ok(Err(SqlError::Internal)) => wrong.push(format!("{id}: internal error")),
            Ok(outcome) => {
                let has_ended_well = match bomb["want"].as_str().unwrap() {
                    "error" => outcome.is_err(),
                    "answer" => outcome.is_ok(),
                    _ => true,
                };
                if !has_ended_well {
                    let outcome =
                        outcome.map(|rows| format!("{rows} rows")).map_err(|error| error.to_string());
                    wrong.push(format!("{id}: due {}, got {outcome:?}", bomb["want"]));
                }
            }
        }
        let after = session.run("SELECT 1", Parameters::default());
        assert_eq!(after.unwrap().rows, [[Some("1".to_owned())]], "after {id}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn run(
    session: &Arc<Session>,
    text: String,
    deadline: Duration,
) -> Result<Result<usize, SqlError>, RecvTimeoutError> {
    let (sender, receiver) = mpsc::channel();
    let session = Arc::clone(session);
    std::thread::spawn(move || {
        let outcome = session.run_within(&text, Parameters::default(), Some(deadline));
        // The receiver is gone when the watchdog has barked.
        let _ = sender.send(outcome.map(|answer| answer.rows.len()));
    });
    receiver.recv_timeout(deadline + WATCHDOG)
}

fn text(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if let Some(parts) = value["$cat"].as_array() {
        return parts.iter().map(text).collect();
    }
    let repeated = value["$rep"].as_array().unwrap();
    repeated[0].as_str().unwrap().repeat(usize::try_from(repeated[1].as_u64().unwrap()).unwrap())
}
