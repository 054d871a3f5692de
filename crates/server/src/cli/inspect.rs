//! `headwater inspect`: prints a persisted artefact.

use std::io::Write;
use std::path::Path;

use clap::ArgMatches;
use storage::fs::RealFs;

use super::Failure;

pub fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let Some(path) = matches.get_one::<String>("path") else {
        return Err(Failure("a path is needed".to_owned()));
    };
    let mut stdout = std::io::stdout().lock();
    for line in storage::wal::inspect(&RealFs, Path::new(path))? {
        writeln!(stdout, "{line}")?;
    }
    Ok(())
}
