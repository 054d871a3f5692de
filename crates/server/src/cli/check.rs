//! `headwater check`: reads everything in the directory of a stopped server and says what is wrong. Changes nothing.
//!
//! Exit codes: 0 nothing is damaged, 1 something is, 2 the check could not be made.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ArgMatches;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use model::clock::SystemClock;
use model::entropy::OsEntropy;
use serde_json::json;
use storage::check::{self, DirectoryParts, FileParts, Report, Severity};
use storage::fs::{Fs, RealFs};
use storage::magnetic::bridge::Bridge;
use storage::object::{DataObjects, LocalObjects, RetryPolicy, TimerPacing};
use tokio::runtime::Handle;

use super::{Failure, load_settings, print, runtime};
use crate::buckets;
use crate::settings::{ObjectPlace, Settings};

const DAMAGED: u8 = 1;
const NOT_CHECKED: u8 = 2;

pub fn run(matches: &ArgMatches, environment: BTreeMap<String, String>) -> ExitCode {
    let checked = runtime().and_then(|runtime| runtime.block_on(check(matches, &environment)));
    let shown = checked.and_then(|report| {
        let text = if matches.get_flag("json") { as_json(&report) } else { as_tables(&report) };
        print(&text).map(|()| report.has_damage())
    });
    match shown {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(DAMAGED),
        Err(Failure(message)) => {
            eprintln!("headwater: {message}");
            ExitCode::from(NOT_CHECKED)
        }
    }
}

async fn check(matches: &ArgMatches, environment: &BTreeMap<String, String>) -> Result<Report, Failure> {
    let Some(root) = matches.get_one::<String>("dir").map(Path::new) else {
        return Err(Failure("a data directory is needed".to_owned()));
    };
    let settings = load_settings(matches, environment)?;
    let parts = DirectoryParts {
        files: file_parts(root, &settings, environment)?,
        scratch_dir: std::env::temp_dir(),
    };
    Ok(check::directory(parts).await?)
}

/// The files of a data directory, and its objects where the settings say they are.
pub fn file_parts(
    root: &Path,
    settings: &Settings,
    environment: &BTreeMap<String, String>,
) -> Result<FileParts, Failure> {
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let entropy = Arc::new(OsEntropy);
    let (clock, random) = (Arc::new(SystemClock::new()), Arc::clone(&entropy));
    let policy = RetryPolicy::default();
    let (objects, bridge) = match &settings.object_store {
        ObjectPlace::Local => {
            let store = Arc::new(LocalObjects::read_only(Arc::clone(&fs), &root.join("magnetic")));
            (DataObjects::new(store, clock, random, Arc::new(TimerPacing), policy), Bridge::Inline)
        }
        ObjectPlace::S3(location) => {
            let store = buckets::s3_settings(settings, environment)?.open_bucket(location, 0)?;
            let objects = DataObjects::new(store, clock, random, Arc::new(TimerPacing), policy);
            (objects, Bridge::Runtime(Handle::current()))
        }
    };
    Ok(FileParts { fs, root: root.to_path_buf(), objects, bridge, entropy })
}

fn as_tables(report: &Report) -> String {
    let mut text = String::new();
    if !report.findings.is_empty() {
        let mut findings = table(&["severity", "artefact", "path", "what"]);
        for finding in &report.findings {
            let (severity, artefact) = (finding.severity.to_string(), finding.artefact.to_string());
            findings.add_row([severity, artefact, finding.path.clone(), finding.what.clone()]);
        }
        text.push_str(&format!("{findings}\n"));
        if report.dropped() > 0 {
            text.push_str(&format!("... {} more findings\n", report.dropped()));
        }
    }
    let mut totals = table(&["artefact", "files", "bytes", "rows"]);
    for (artefact, read) in &report.totals {
        let numbers = [read.files, read.bytes, read.rows].map(|number| number.to_string());
        totals.add_row([artefact.to_string()].into_iter().chain(numbers));
    }
    for column in totals.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let count = |severity| report.count(severity);
    text.push_str(&format!(
        "{totals}\ndamage {}, orphans {}, notes {}\n",
        count(Severity::Damage),
        count(Severity::Orphan),
        count(Severity::Note)
    ));
    text
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(header.iter().copied());
    table
}

fn as_json(report: &Report) -> String {
    let findings = report.findings.iter().map(|finding| {
        json!({
            "severity": finding.severity.to_string(),
            "artefact": finding.artefact.to_string(),
            "path": finding.path,
            "what": finding.what,
        })
    });
    let totals = report.totals.iter().map(|(artefact, read)| {
        let numbers = json!({ "files": read.files, "bytes": read.bytes, "rows": read.rows });
        (artefact.to_string(), numbers)
    });
    let value = json!({
        "damage": report.count(Severity::Damage),
        "orphans": report.count(Severity::Orphan),
        "notes": report.count(Severity::Note),
        "findings": findings.collect::<Vec<_>>(),
        "totals": totals.collect::<serde_json::Map<_, _>>(),
    });
    format!("{value}\n")
}
