//! The project's own commands: `cargo xtask COMMAND`. It knows no product crate and starts in seconds.

mod codegen;
mod docs;
mod gate;
mod source;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test              everything that CI runs; the last line says `N passed, M failed`
  codegen           generates crates/wire/src/generated from the service models
  codegen --check   only compares
  docs              writes COMPAT.md and the reference pages from the program's tables
  lint              the part of `test` that runs clippy over everything
  stores COMMAND…   runs a command with the servers that the tests of stores need, named in its environment
  tidy              the rules of the code base: crate edges, generated files, features, ratchets
  tidy --tighten    the same, and lowers the ratchets that may be lowered
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = repository_root();
    let done = match words.as_slice() {
        ["test"] => gate::run(&root),
        ["codegen"] => report(codegen::generate(&root)),
        ["codegen", "--check"] => report(codegen::check(&root).and_then(none_of)),
        ["docs"] => report(docs::write(&root)),
        ["lint"] => gate::lint_alone(&root),
        ["stores", program, rest @ ..] => report(gate::with_servers(program, rest)),
        ["tidy"] => tidy::run(&root, tidy::Mode::Check),
        ["tidy", "--tighten"] => tidy::run(&root, tidy::Mode::Tighten),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            true
        }
        _ => {
            eprint!("{USAGE}");
            false
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(result: Result<(), String>) -> bool {
    if let Err(message) = &result {
        eprintln!("{message}");
    }
    result.is_ok()
}

fn none_of(complaints: Vec<String>) -> Result<(), String> {
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// What `cargo run` says comes first: a target folder that clones share may hold the program of another clone.
fn repository_root() -> PathBuf {
    let manifest_folder = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_folder.parent().unwrap_or(&manifest_folder).to_path_buf()
}
