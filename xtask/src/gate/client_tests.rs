//! The tests of `tests/sdk/` with real clients against the `headwater` binary of this build.
//!
//! The clients live in a virtual environment below the user's cache folder. It is keyed by its requirements, so a changed
//! pin makes a new one and every clone shares the rest.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::output::Streams;
use super::rust_tests::number_before;
use super::servers::Servers;
use super::{Tally, cargo_command, target_folder};

pub fn run(root: &Path) -> Tally {
    match prepare(root) {
        Ok((python, binary)) => test(root, &python, &binary),
        Err(error) => Tally::failure(format!("FAILED: {error}")),
    }
}

pub(super) fn prepare(root: &Path) -> Result<(PathBuf, PathBuf), String> {
    let python = virtual_environment(&root.join("tests/sdk/requirements.txt"))?;
    let mut build = cargo_command(root);
    build.args(["build", "--locked", "--package", "headwater"]);
    if !Streams::show(|_| true).run(build)?.is_success {
        return Err("the server does not build".to_owned());
    }
    let binary = target_folder(root)?.join("debug").join("headwater");
    Ok((python, binary))
}

fn test(root: &Path, python: &Path, binary: &Path) -> Tally {
    let servers = match Servers::start() {
        Ok(servers) => servers,
        Err(error) => return Tally::failure(format!("FAILED: {error}")),
    };
    let mut pytest = Command::new(python);
    pytest
        .current_dir(root.join("tests/sdk"))
        .args(["-m", "pytest", "--quiet", "--color=no", "-p", "no:cacheprovider", "--tb=short"])
        .env("HEADWATER_BINARY", binary)
        .envs(servers.variables())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let run = match Streams::show(|line| !line.is_empty()).run(pytest) {
        Ok(run) => run,
        Err(error) => return Tally::failure(format!("FAILED: {error}")),
    };
    let mut tally = count(&run.lines);
    if !run.is_success && tally.failed == 0 {
        tally.failed = 1;
        tally.notes.push("FAILED: pytest stopped before its tests had run".to_owned());
    } else if tally.passed == 0 {
        tally.failed += 1;
        tally.notes.push("FAILED: no client test ran".to_owned());
    }
    tally
}

/// Reads pytest's last line, for example `1 failed, 20 passed, 1 error in 3.10s`, and its `FAILED` and `ERROR` lines. A
/// test that was skipped counts as failed.
pub(super) fn count(lines: &[String]) -> Tally {
    let mut tally = Tally::default();
    let is_summary = |line: &&String| {
        line.contains(" in ")
            && (line.contains(" passed") || line.contains(" failed") || line.contains(" error"))
    };
    if let Some(summary) = lines.iter().rev().find(is_summary) {
        tally.passed = number_before(summary, " passed");
        tally.failed = [" failed", " error", " skipped", " xfailed"]
            .iter()
            .map(|word| number_before(summary, word))
            .sum();
    }
    let is_failure = |line: &&String| line.starts_with("FAILED ") || line.starts_with("ERROR ");
    tally.notes.extend(lines.iter().filter(is_failure).cloned());
    tally
}

/// The interpreter of an environment with exactly these requirements, made when there is none yet.
fn virtual_environment(requirements: &Path) -> Result<PathBuf, String> {
    let text =
        fs::read_to_string(requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let version = output_of(Command::new("python3").args(["-c", "import sys; print(sys.version_info[:3])"]))?;
    let folder = cache_folder()?;
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let home = folder.join(format!("clients-{:016x}", fingerprint(&format!("{version}{text}"))));

    // Two gates may start at once: the second waits for the first one's environment.
    let lock = File::create(home.with_extension("lock"))
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    lock.lock().map_err(|error| format!("{}: {error}", folder.display()))?;
    let python = home.join("bin").join("python");
    let finished = home.join("finished");
    // One whose interpreter was taken away since is of no use.
    if finished.exists()
        && output_of(Command::new(&python).args(["-c", "import boto3, duckdb, pytest"])).is_ok()
    {
        return Ok(python);
    }
    println!("making the environment of the clients in {}", home.display());
    // What an interrupted run left behind is replaced.
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    output_of(Command::new("python3").args(["-m", "venv"]).arg(&home))
        .map_err(|error| format!("{error} (Debian and Ubuntu: apt-get install python3-venv)"))?;
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries=10",
        "--timeout=60",
        "--no-deps",
        "--requirement",
    ]);
    output_in_the_end(install.arg(requirements))?;
    output_of(Command::new(&python).args(["-m", "pip", "check", "--disable-pip-version-check"]))?;
    fs::write(&finished, "").map_err(|error| format!("{}: {error}", finished.display()))?;
    Ok(python)
}

pub(super) fn cache_folder() -> Result<PathBuf, String> {
    let folder = match env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => {
            PathBuf::from(env::var_os("HOME").ok_or("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache")
        }
    };
    Ok(folder.join("headwater"))
}

pub(super) fn output_of(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        let messages = [output.stdout, output.stderr].concat();
        return Err(format!("{name} failed: {}", String::from_utf8_lossy(&messages).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// As [`output_of`], for what needs the network: a failure may be none the next time.
pub(super) fn output_in_the_end(command: &mut Command) -> Result<String, String> {
    const TRIES: u32 = 3;
    (1..TRIES).find_map(|_| output_of(command).ok()).map_or_else(|| output_of(command), Ok)
}

/// FNV-1a, 64 bits: the same text has the same number in every version of this program.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
