//! `cargo xtask test`: everything that CI runs, in parts that each pass or fail. All parts run, also after a failure; the
//! last line is `N passed, M failed`.

mod client_tests;
mod oracle_tests;
mod output;
mod rust_tests;
mod servers;
mod store_tests;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::tidy;
use output::Streams;
use servers::Servers;

/// What one part of the gate found.
#[derive(Default)]
pub struct Tally {
    passed: usize,
    failed: usize,
    /// Lines for the summary: what failed, what was left out and why, how many cases of a corpus pass.
    notes: Vec<String>,
}

impl Tally {
    fn one(is_passed: bool) -> Tally {
        Tally { passed: usize::from(is_passed), failed: usize::from(!is_passed), notes: Vec::new() }
    }

    fn failure(note: impl Into<String>) -> Tally {
        Tally { passed: 0, failed: 1, notes: vec![note.into()] }
    }

    fn left_out(note: impl Into<String>) -> Tally {
        Tally { passed: 0, failed: 0, notes: vec![note.into()] }
    }
}

/// For each part; everything is in the output above the summary.
const NOTES_SHOWN_MAX: usize = 40;

type Part = fn(&Path) -> Tally;

const PARTS: &[(&str, Part)] = &[
    ("format", format),
    ("tidy", tidy_rules),
    ("lint", lint),
    ("rust tests", rust_tests::run),
    ("store tests", store_tests::run),
    ("client tests", client_tests::run),
    ("oracle tests", oracle_tests::run),
];

/// `cargo xtask stores COMMAND…`.
pub fn with_servers(program: &str, arguments: &[&str]) -> Result<(), String> {
    let servers = Servers::start()?;
    let mut command = Command::new(program);
    command.args(arguments).envs(servers.variables());
    remove_what_cargo_set(&mut command);
    let status = command.status().map_err(|error| format!("{program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed")) }
}

pub fn run(root: &Path) -> bool {
    let mut rows = Vec::new();
    for (name, part) in PARTS {
        println!("\n== {name} ==");
        #[expect(clippy::disallowed_methods, reason = "the gate reports how long its parts took")]
        let started = Instant::now();
        let tally = part(root);
        rows.push((*name, tally, started.elapsed().as_secs_f64()));
    }
    summarize(&rows)
}

fn summarize(rows: &[(&str, Tally, f64)]) -> bool {
    println!("\n== summary ==\n{:<14}{:>8}{:>8}{:>10}", "part", "passed", "failed", "seconds");
    let (mut passed, mut failed) = (0, 0);
    for (name, tally, seconds) in rows {
        println!("{name:<14}{:>8}{:>8}{seconds:>10.1}", tally.passed, tally.failed);
        for note in tally.notes.iter().take(NOTES_SHOWN_MAX) {
            println!("    {note}");
        }
        if tally.notes.len() > NOTES_SHOWN_MAX {
            println!("    and {} more, above", tally.notes.len() - NOTES_SHOWN_MAX);
        }
        passed += tally.passed;
        failed += tally.failed;
    }
    println!("{passed} passed, {failed} failed");
    failed == 0 && passed > 0
}

fn format(root: &Path) -> Tally {
    if !is_installed(root, "fmt") {
        return Tally::left_out("left out: rustfmt is not installed");
    }
    let mut tally = Tally::one(succeeds(root, &["fmt", "--all", "--check", "--", "--files-with-diff"]));
    if tally.failed > 0 {
        tally.notes.push("FAILED: `cargo fmt` would change the files named above".to_owned());
    }
    tally
}

fn tidy_rules(root: &Path) -> Tally {
    let outcome = tidy::check_all(root, tidy::Mode::Check);
    let mut tally = Tally { passed: outcome.passed, failed: outcome.failed, notes: Vec::new() };
    if tally.failed > 0 {
        tally.notes.push("FAILED: `cargo xtask tidy` shows the broken rules".to_owned());
    }
    tally
}

pub fn lint_alone(root: &Path) -> bool {
    lint(root).failed == 0
}

/// Costs the metadata of every dependency once, about 240 CPU seconds cold, and seconds afterwards (docs/adr/0005).
fn lint(root: &Path) -> Tally {
    if !is_installed(root, "clippy") {
        return Tally::left_out("left out: clippy is not installed");
    }
    let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    let mut tally = Tally::one(succeeds(root, &arguments));
    if tally.failed > 0 {
        tally.notes.push(format!("FAILED: cargo {}", arguments.join(" ")));
    }
    tally
}

/// A Cargo command that does not inherit what Cargo set for this program, so that nothing looks changed to it.
pub fn cargo_command(root: &Path) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(root);
    remove_what_cargo_set(&mut command);
    command
}

fn remove_what_cargo_set(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Where Cargo puts what it builds.
fn target_folder(root: &Path) -> Result<PathBuf, String> {
    let output = cargo_command(root)
        .args(["metadata", "--locked", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata: {error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(|| "cargo metadata names no target directory".to_owned())
}

fn is_installed(root: &Path, subcommand: &str) -> bool {
    cargo_command(root).args([subcommand, "--version"]).output().is_ok_and(|output| output.status.success())
}

fn succeeds(root: &Path, arguments: &[&str]) -> bool {
    let mut command = cargo_command(root);
    command.args(arguments);
    Streams::show(|_| true).run(command).is_ok_and(|run| run.is_success)
}
