//! What a check found.

use std::collections::BTreeMap;
use std::fmt;

/// Findings that are kept; further ones are counted.
const FINDINGS_MAX: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Not what was written, or missing: data is lost or wrong.
    Damage,
    /// Nothing refers to it. The server removes it.
    Orphan,
    /// Worth knowing, and as it should be.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damage => "damage",
            Self::Orphan => "orphan",
            Self::Note => "note",
        })
    }
}

/// The kinds of things that a data directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Artefact {
    DataDirectory,
    Metastore,
    LogSegment,
    SeriesFile,
    RunFile,
    DataFile,
}

impl Artefact {
    pub const ALL: [Self; 6] = [
        Self::DataDirectory,
        Self::Metastore,
        Self::LogSegment,
        Self::SeriesFile,
        Self::RunFile,
        Self::DataFile,
    ];
}

impl fmt::Display for Artefact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataDirectory => "data directory",
            Self::Metastore => "metastore",
            Self::LogSegment => "log segment",
            Self::SeriesFile => "series file",
            Self::RunFile => "run file",
            Self::DataFile => "data file",
        })
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub artefact: Artefact,
    /// Below the data directory, or the name of an object.
    pub path: String,
    pub what: String,
}

/// How much of one kind was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub files: u64,
    pub bytes: u64,
    /// Rows of runs and data files, keys of series files, entries of the log, tables of the metastore.
    pub rows: u64,
}

/// The outcome of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which they were met.
    pub findings: Vec<Finding>,
    pub totals: BTreeMap<Artefact, Totals>,
    counts: BTreeMap<Severity, u64>,
}

impl Report {
    /// Findings of a severity, those included that were not kept.
    pub fn count(&self, severity: Severity) -> u64 {
        self.counts.get(&severity).copied().unwrap_or(0)
    }

    pub fn has_damage(&self) -> bool {
        self.count(Severity::Damage) > 0
    }

    /// Findings that were counted and not kept.
    pub fn dropped(&self) -> u64 {
        self.counts.values().sum::<u64>().saturating_sub(self.findings.len() as u64)
    }

    pub(super) fn add(&mut self, severity: Severity, artefact: Artefact, path: &str, what: String) {
        *self.counts.entry(severity).or_default() += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { severity, artefact, path: path.to_owned(), what });
        }
    }

    pub(super) fn count_file(&mut self, artefact: Artefact, bytes: u64, rows: u64) {
        let totals = self.totals.entry(artefact).or_default();
        totals.files += 1;
        totals.bytes += bytes;
        totals.rows += rows;
    }
}
