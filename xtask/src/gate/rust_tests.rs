//! `cargo test` over the workspace, counted from what each test program prints.

use std::path::Path;

use super::output::Streams;
use super::{Tally, cargo_command};

pub fn run(root: &Path) -> Tally {
    let mut command = cargo_command(root);
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    let run = match Streams::show(is_shown).run(command) {
        Ok(run) => run,
        Err(error) => return Tally::failure(format!("FAILED: {error}")),
    };
    let mut tally = count(&run.lines);
    if !run.is_success && tally.failed == 0 {
        tally.failed = 1;
        tally.notes.push("FAILED: cargo test stopped before its tests had run".to_owned());
    } else if tally.passed == 0 {
        tally.failed += 1;
        tally.notes.push("FAILED: no test ran".to_owned());
    }
    tally
}

/// Everything but one line for each test that passed, and the frames around it.
pub(super) fn is_shown(line: &str) -> bool {
    let is_passed_test = line.starts_with("test ") && line.ends_with(" ... ok");
    let is_frame = line.is_empty() || line.starts_with("running ") || line.starts_with("   Doc-tests");
    !is_passed_test && !is_frame && !line.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored")
}

/// The line of a test that needs a server and had none (`crates/storage/tests/it/stores/places.rs`).
pub(super) fn is_skip(line: &str) -> bool {
    line.starts_with("skipped ")
}

/// Sums lines such as `test result: ok. 12 passed; 1 failed; 0 ignored; …`, keeps the names of what failed, and the
/// lines `corpus NAME: P of T pass` that the corpus runners write past the capture of their output.
pub(super) fn count(lines: &[String]) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        if let Some(result) = line.strip_prefix("test result: ") {
            tally.passed += number_before(result, " passed");
            tally.failed += number_before(result, " failed");
            let ignored = number_before(result, " ignored");
            if ignored > 0 {
                tally.failed += ignored;
                tally.notes.push(format!("FAILED: {ignored} ignored"));
            }
        } else if let Some(name) = line.strip_prefix("test ").and_then(|it| it.strip_suffix(" ... FAILED")) {
            tally.notes.push(format!("FAILED: {name}"));
        } else if is_skip(line) {
            // It counts for itself as passed; its own part of the gate runs it.
            tally.passed = tally.passed.saturating_sub(1);
        } else if line.starts_with("corpus ") || line.starts_with("error: could not compile") {
            tally.notes.push(line.clone());
        }
    }
    tally
}

/// The number that ends right before the first `word`; 0 without one.
pub(super) fn number_before(text: &str, word: &str) -> usize {
    let Some(end) = text.find(word) else { return 0 };
    let digits = text[..end].rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}
