//! The random queries of `tests/oracle/`, asked of the `headwater` binary of this build and of DuckDB.

use std::path::Path;
use std::process::Command;

use super::output::Streams;
use super::rust_tests::number_before;
use super::{Tally, client_tests};

/// The same queries each time: a difference is news about the change at hand. Other seeds are run by hand.
const SEED: &str = "1";
const QUERIES: &str = "600";

pub fn run(root: &Path) -> Tally {
    let (python, binary) = match client_tests::prepare(root) {
        Ok(prepared) => prepared,
        Err(error) => return Tally::failure(format!("FAILED: {error}")),
    };
    let mut command = Command::new(python);
    command
        .current_dir(root.join("tests/oracle"))
        .args(["run.py", "--seed", SEED, "--queries", QUERIES])
        .env("HEADWATER_BINARY", binary)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    match Streams::show(|line| !line.is_empty()).run(command) {
        Ok(run) => count(&run.lines, run.is_success),
        Err(error) => Tally::failure(format!("FAILED: {error}")),
    }
}

/// Reads the last line, `N passed, M failed`, and the `FAILED` lines.
fn count(lines: &[String], is_success: bool) -> Tally {
    let mut tally = Tally::default();
    if let Some(summary) = lines.iter().rev().find(|line| line.ends_with(" failed")) {
        tally.passed = number_before(summary, " passed");
        tally.failed = number_before(summary, " failed");
    }
    tally.notes.extend(lines.iter().filter(|line| line.starts_with("FAILED")).cloned());
    if (!is_success || tally.passed == 0) && tally.failed == 0 {
        tally.failed = 1;
        tally.notes.push("FAILED: the comparison with the oracle stopped early".to_owned());
    }
    tally
}
