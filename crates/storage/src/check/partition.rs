//! What holds between the files of one partition: data files follow each other, no identity is live twice.

use std::cmp::Ordering;
use std::path::PathBuf;

use model::clock::TimestampNs;
use model::series::SeriesId;

use super::definitions::Definitions;
use super::{Artefact, Checker, words_of};
use crate::error::Result;
use crate::format::data_file::v1::IndexedSeries;
use crate::format::run_file;
use crate::fs;
use crate::memory::deleted::DeletedRows;

/// Identities that are compared at once.
const IDENTITIES_MAX: usize = 8 * 1_024 * 1_024;

/// A file of a partition that is right by itself.
pub(super) struct Source {
    pub(super) name: String,
    /// Of a run.
    pub(super) path: PathBuf,
    pub(super) live_rows: usize,
    pub(super) deleted: DeletedRows,
    pub(super) crc32c: u32,
    pub(super) kind: SourceKind,
}

pub(super) enum SourceKind {
    Run,
    /// The first and last series in the order of the file.
    DataFile {
        first: IndexedSeries,
        last: IndexedSeries,
    },
}

type Identity = (SeriesId, TimestampNs);

impl Checker {
    /// Data files of one partition do not overlap in the order of series and time.
    pub(super) fn check_order(&mut self, definitions: &Definitions, sources: &[Source]) {
        if !definitions.is_complete {
            return;
        }
        let bounds = |source: &Source| match source.kind {
            SourceKind::DataFile { first, last } => Some((source.name.clone(), first, last)),
            SourceKind::Run => None,
        };
        let mut files: Vec<_> = sources.iter().filter_map(bounds).collect();
        files.sort_by(|(_, one, one_last), (_, other, other_last)| {
            let by_series = definitions.compare(one.series, other.series);
            by_series
                .then(one.time_min_ns.cmp(&other.time_min_ns))
                .then_with(|| definitions.compare(one_last.series, other_last.series))
        });
        for pair in files.windows(2) {
            let [(one, _, last), (other, first, _)] = pair else { continue };
            let overlaps = match definitions.compare(last.series, first.series) {
                Ordering::Less => false,
                Ordering::Equal => last.time_max_ns >= first.time_min_ns,
                Ordering::Greater => true,
            };
            if overlaps {
                self.damage(Artefact::DataFile, other, format!("it overlaps {one}"));
            }
        }
    }

    /// No identity is live in two files. Data files that follow each other hold none twice among themselves.
    pub(super) fn check_unique(&mut self, sources: &[Source]) {
        let has_runs = sources.iter().any(|source| matches!(source.kind, SourceKind::Run));
        if !has_runs || sources.len() < 2 {
            return;
        }
        let rows: usize = sources.iter().map(|source| source.live_rows).sum();
        let passes = rows.div_ceil(IDENTITIES_MAX).max(1) as u32;
        for pass in 0..passes {
            let mut identities: Vec<(Identity, u32)> = Vec::new();
            for (number, source) in sources.iter().enumerate() {
                let mut take = |identity: Identity| {
                    if identity.0.0 % passes == pass {
                        identities.push((identity, number as u32));
                    }
                };
                let read = match source.kind {
                    SourceKind::Run => self.each_row_of_run(source, &mut take),
                    SourceKind::DataFile { .. } => self.each_row_of_data_file(source, &mut take),
                };
                if let Err(error) = read {
                    return self.damage(Artefact::DataFile, &source.name, words_of(&error));
                }
            }
            identities.sort_unstable();
            for pair in identities.windows(2) {
                let [((series, time_ns), one), (other, number)] = pair else { continue };
                if (*series, *time_ns) == *other {
                    let name = |number: u32| sources.get(number as usize).map_or("", |source| &*source.name);
                    let what = format!(
                        "series {} has two live rows at time_ns={time_ns}, the other one in {}",
                        series.0,
                        name(*one)
                    );
                    self.damage(Artefact::RunFile, name(*number), what);
                }
            }
        }
    }

    fn each_row_of_run(&self, source: &Source, take: &mut dyn FnMut(Identity)) -> Result<()> {
        let bytes = fs::read(&*self.parts.fs, &source.path)?;
        let (_, data) = run_file::decode(&source.path, bytes, Some(source.crc32c))?;
        for (position, segment) in data.segments.iter().enumerate() {
            let start = data.segment_start(position);
            for (start, end) in source.deleted.live_ranges(start, segment.end as usize) {
                let times = data.times_ns.get(start..end).unwrap_or_default();
                times.iter().for_each(|time_ns| take((segment.series, *time_ns)));
            }
        }
        Ok(())
    }
}
