//! The command line. Exit codes: 0 done, 1 failed, 2 wrong usage; `check` has its own.

mod allocator;
mod arguments;
mod check;
mod demo;
mod inspect;
mod query;
mod reference;
mod serve;
mod signals;
mod table;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ArgMatches;
use model::clock::{Clock, SystemClock};
use model::entropy::OsEntropy;
use storage::fs::{self, Fs, RealFs};

use crate::node::World;
use crate::settings::{self, Settings, SettingsError, Sources};

/// A failed command, in words for the person at the terminal.
#[derive(Debug)]
pub struct Failure(pub String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self(text)
    }
}

/// Runs the program.
pub fn main(
    arguments: impl IntoIterator<Item = OsString>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let mut arguments = arguments.into_iter().peekable();
    // As it was called, for lines to paste: `cargo run` puts nothing into the path.
    let program = arguments.peek().map_or("headwater".into(), |name| name.to_string_lossy().into_owned());
    let matches = match arguments::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(usage) => {
            let is_error = usage.use_stderr();
            return if usage.print().is_ok() && !is_error { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    let environment = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect::<BTreeMap<_, _>>();
    allocator::limit_arenas(&environment);
    let outcome = match matches.subcommand() {
        Some(("serve", matches)) => serve::run(matches, environment),
        Some(("demo", matches)) => demo::run(matches, environment, program),
        Some(("query", matches)) => query::run(matches, &environment),
        Some(("check", matches)) => return check::run(matches, environment),
        Some(("inspect", matches)) => inspect::run(matches),
        Some(("reference", matches)) => reference::run(matches),
        _ => Err(Failure("no such command".to_owned())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            eprintln!("headwater: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Prints to standard output. A reader that has gone, as `head` does, is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Settles the settings from the flags of a command, the environment and the file that `--config` names.
fn load_settings(matches: &ArgMatches, environment: &BTreeMap<String, String>) -> Result<Settings, Failure> {
    let flags = settings::SETTINGS
        .iter()
        .filter_map(|setting| {
            let given = matches.try_get_one::<String>(setting.key).ok()??;
            Some((setting.key.to_owned(), given.clone()))
        })
        .collect();
    let sources = Sources { file: config_file(matches)?, environment: environment.clone(), flags };
    for name in sources.unknown_variables() {
        eprintln!("headwater: warning: {name} is set but is no setting");
    }
    Ok(settings::load(&sources)?)
}

fn config_file(matches: &ArgMatches) -> Result<Option<(String, String)>, Failure> {
    let Some(name) = matches.try_get_one::<String>("config").ok().flatten() else { return Ok(None) };
    let unreadable = |reason: String| SettingsError::Unreadable { source_name: name.clone(), reason };
    let bytes = fs::find(&RealFs, Path::new(name)).map_err(|error| unreadable(error.to_string()))?;
    let bytes = bytes.ok_or_else(|| unreadable("no such file".to_owned()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("not UTF-8".to_owned()))?;
    Ok(Some((name.clone(), text)))
}

/// The machine this process runs on.
fn real_world(settings: &Settings, environment: BTreeMap<String, String>) -> World {
    let machine_clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let clock = match settings.test_clock.0 {
        Some(start_ns) => Arc::new(SystemClock::starting_at(start_ns)),
        None => Arc::clone(&machine_clock),
    };
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    World {
        clock,
        machine_clock,
        entropy: Arc::new(OsEntropy),
        fs,
        metastore: None,
        spill_folder: Some(settings.data_dir.join("spill")),
        environment,
    }
}

/// Runs a server to its end. What still runs then is not waited for.
fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("serve").build()?)
}
