//! The cases of `crates/storage/tests/it/stores` and `metastore` once more, with real servers. Without them they are skipped, so this part
//! counts a skipped test as a failure.

use std::path::Path;

use super::output::Streams;
use super::rust_tests::{self, count};
use super::servers::Servers;
use super::{Tally, cargo_command};

/// Tests whose names contain one of these.
const FILTERS: [&str; 2] = ["stores::", "metastore::"];

pub fn run(root: &Path) -> Tally {
    let servers = match Servers::start() {
        Ok(servers) => servers,
        Err(error) => return Tally::failure(format!("FAILED: {error}")),
    };
    let mut command = cargo_command(root);
    command
        .args(["test", "--locked", "--package", "storage", "--test", "it", "--"])
        .args(FILTERS)
        .envs(servers.variables());
    let run = match Streams::show(rust_tests::is_shown).run(command) {
        Ok(run) => run,
        Err(error) => return Tally::failure(format!("FAILED: {error}")),
    };
    let mut tally = count(&run.lines);
    let skipped = run.lines.iter().filter(|line| rust_tests::is_skip(line)).count();
    if skipped > 0 {
        tally.failed += skipped;
        tally.notes.push(format!("FAILED: {skipped} skipped"));
    }
    if !run.is_success && tally.failed == 0 {
        tally.failed = 1;
        tally.notes.push("FAILED: cargo test stopped before its tests had run".to_owned());
    } else if tally.passed == 0 {
        tally.failed += 1;
        tally.notes.push("FAILED: no test of stores ran".to_owned());
    }
    tally
}
