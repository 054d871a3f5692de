//! Moves partitions to the magnetic store and merges late rows into it: the loop that acts on `magnetic::plan`.
//!
//! New files are shown to readers at once and listed by the next checkpoint. Until then the log and the older files still
//! hold their rows, and a crash makes the new ones orphans.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::catalog::{Table, TableId};
use model::schema::{Column, ColumnRole, ColumnType, TableSchema};
use model::series::SeriesId;

use super::progress::Progress;
use super::saved::EngineTable;
use super::{Maintenance, Shared};
use crate::error::Result;
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::order::SeriesOrder;
use crate::magnetic::plan::{self, FileWeight, PartitionShape};
use crate::magnetic::rewrite::source::Source;
use crate::magnetic::rewrite::{FileLimits, Target, slices, unexpected, write_files};
use crate::memory::snapshot::{FileEntry, Partition, TableSnapshot};
use crate::memory::store::rewrite::Taken;

/// Since when partitions have not changed.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: HashMap<(TableId, i64), (Trace, u64)>,
}

/// What every write to a partition changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Trace {
    rows: usize,
    tail_rows: usize,
    deleted_rows: usize,
}

impl Trace {
    fn of(partition: &Partition) -> Self {
        let in_runs = partition.runs.iter().map(|entry| entry.deleted.count());
        let in_files = partition.files.iter().map(|entry| entry.deleted.count());
        Self {
            rows: partition.rows(),
            tail_rows: partition.tail_rows,
            deleted_rows: in_runs.chain(in_files).sum(),
        }
    }
}

impl Watch {
    /// How long a partition has been as it is.
    fn quiet_ns(&mut self, table: TableId, partition: &Partition, monotonic_ns: u64) -> u64 {
        let trace = Trace::of(partition);
        let seen = self.seen.entry((table, partition.start_ns)).or_insert((trace, monotonic_ns));
        if seen.0 != trace {
            *seen = (trace, monotonic_ns);
        }
        monotonic_ns.saturating_sub(seen.1)
    }

    fn forget(&mut self, table: TableId, start_ns: i64) {
        self.seen.remove(&(table, start_ns));
    }
}

impl Shared {
    /// Blocks.
    pub(super) fn tier(&self, watch: &mut Watch) -> Result<Maintenance> {
        let (now_ns, monotonic_ns) = (self.parts.clock.now_ns(), self.parts.clock.monotonic_ns());
        let mut progress = Progress::default();
        let visible = self.definitions.visible();
        watch.seen.retain(|(id, start_ns), _| {
            let table = visible.tables.get(id);
            table.is_some_and(|table| table.store.snapshot().partitions.contains_key(start_ns))
        });
        for (id, table) in visible.tables.iter() {
            let Some(definition) = visible.catalog.find_table_by_id(*id) else { continue };
            let definition = &definition.table;
            let snapshot = table.store.snapshot();
            let slack_ns = self.parts.settings.ingestion_past_slack_ns;
            let has_left =
                |start_ns: i64| plan::has_left_memory(start_ns, definition.retention, slack_ns, now_ns);
            for partition in snapshot.partitions.values().filter(|partition| has_left(partition.start_ns)) {
                if self.damaged.rests(*id, partition.start_ns, monotonic_ns) {
                    continue;
                }
                let waiting_rows = partition.rows() - partition.file_rows();
                if waiting_rows == 0 && partition.files.len() < 2 {
                    watch.forget(*id, partition.start_ns);
                    continue;
                }
                let shape = PartitionShape {
                    waiting_rows,
                    file_rows_min: partition.files.iter().map(|entry| entry.file.facts.rows).min(),
                    quiet_ns: watch.quiet_ns(*id, partition, monotonic_ns),
                };
                match self.rewrite_if_due(table, definition, partition.start_ns, &shape) {
                    Ok(true) => {
                        table.note_reshaped(monotonic_ns);
                        progress.done.partitions_rewritten += 1;
                    }
                    Ok(false) => {}
                    Err(error) => {
                        progress.pass_over(error)?;
                        self.damaged.rest(*id, partition.start_ns, monotonic_ns);
                    }
                }
            }
        }
        progress.finish()
    }

    fn rewrite_if_due(
        &self,
        table: &EngineTable,
        definition: &Table,
        start_ns: i64,
        shape: &PartitionShape,
    ) -> Result<bool> {
        let settings = &self.parts.settings;
        let limits = &settings.rewrite;
        let write = |snapshot: &TableSnapshot, taken: &Taken, file_limits: FileLimits| {
            let (schema, texts) = (&snapshot.schema, &snapshot.series);
            self.write_taken(&Target::new(definition, start_ns, schema, texts, file_limits), taken)
        };
        if plan::may_be_due(shape, limits) {
            let choose = |snapshot: &TableSnapshot, partition: &Partition| {
                let touched = touched_files(definition, snapshot, partition)?;
                let rewritten_rows = touched.iter().map(|entry| entry.file.facts.rows).sum();
                let late_rows = partition.rows() - partition.file_rows();
                let is_due = plan::is_worth(late_rows, rewritten_rows, limits);
                Ok(is_due.then(|| touched.iter().map(|entry| entry.file.id).collect()))
            };
            let make = |snapshot: &TableSnapshot, taken: &Taken| {
                let (rows, decoded_bytes) = weigh(taken)?;
                write(snapshot, taken, settings.file_limits.for_rows_of(rows, decoded_bytes))
            };
            return table.store.rewrite(start_ns, choose, make);
        }
        if shape.waiting_rows == 0 && shape.quiet_ns >= limits.quiet_ns {
            let choose = |snapshot: &TableSnapshot, partition: &Partition| {
                let is_still = partition.rows() == partition.file_rows();
                let file_limits = settings.file_limits.for_rows_of(1, row_bytes(&snapshot.schema));
                let files = is_still.then(|| compactable(partition, &file_limits)).flatten();
                Ok(files.map(|files| files.iter().map(|entry| entry.file.id).collect()))
            };
            // They were chosen to fit: cut anew, they would be chosen again for ever.
            let one_file = FileLimits {
                rows_max: usize::MAX,
                file_bytes_max: usize::MAX,
                slice_rows: usize::MAX,
                ..settings.file_limits
            };
            let make = |snapshot: &TableSnapshot, taken: &Taken| write(snapshot, taken, one_file);
            return table.store.rewrite(start_ns, choose, make);
        }
        Ok(false)
    }

    /// Writes the rows that were taken into new files, a part of the series after the other if they are many.
    fn write_taken(&self, target: &Target<'_>, taken: &Taken) -> Result<Vec<Arc<MagneticFile>>> {
        let of_runs: usize =
            taken.runs.iter().map(|entry| entry.run.bounds.rows - entry.deleted.count()).sum();
        let rows = of_runs + taken.files.iter().map(live_rows).sum::<usize>();
        let files = if rows <= target.limits.slice_rows {
            let mut sources = Vec::new();
            each_source(taken, &mut |source| {
                sources.push(source);
                Ok(())
            })?;
            write_files(&self.magnetic, target, &sources)?
        } else {
            self.write_in_slices(target, taken)?
        };
        self.counters.data_files_written.fetch_add(files.len() as u64, Ordering::Relaxed);
        self.counters.data_file_rows_written.fetch_add(rows as u64, Ordering::Relaxed);
        Ok(files)
    }

    fn write_in_slices(&self, target: &Target<'_>, taken: &Taken) -> Result<Vec<Arc<MagneticFile>>> {
        let mut counts: HashMap<SeriesId, usize> = HashMap::new();
        each_source(taken, &mut |source| {
            for series in source.series() {
                *counts.entry(series).or_default() += source.live_row_count_of(series);
            }
            Ok(())
        })?;
        let mut files = Vec::new();
        for slice in slices(target, counts, target.limits.slice_rows) {
            let mut sources = Vec::new();
            each_source(taken, &mut |source| {
                let part = source.only(|series| slice.contains(&series)).map_err(unexpected)?;
                if part.rows() > 0 {
                    sources.push(part);
                }
                Ok(())
            })?;
            files.extend(write_files(&self.magnetic, target, &sources)?);
        }
        Ok(files)
    }
}

/// Rows, and the memory that they take.
fn weigh(taken: &Taken) -> Result<(usize, usize)> {
    let (mut rows, mut bytes) = (0, 0);
    for entry in &taken.runs {
        rows += entry.run.bounds.rows;
        bytes += usize::try_from(entry.run.decoded_bytes()).unwrap_or(usize::MAX);
    }
    for entry in &taken.files {
        rows += entry.file.facts.rows;
        bytes += entry.file.contents()?.decoded_bytes();
    }
    Ok((rows, bytes))
}

/// About the memory of a row that has a value in every column: so much it takes at the most, short texts provided.
fn row_bytes(schema: &TableSchema) -> usize {
    let of_column = |column: &Column| match (column.role, column.column_type) {
        (ColumnRole::MeasureValue | ColumnRole::MultiMeasure, ColumnType::Varchar) => 32,
        (ColumnRole::MeasureValue | ColumnRole::MultiMeasure | ColumnRole::Time, _) => 8,
        (ColumnRole::Dimension | ColumnRole::MeasureName, _) => 0,
    };
    8 + schema.columns().iter().map(of_column).sum::<usize>()
}

/// Neighbouring files that become one.
fn compactable<'a>(partition: &'a Partition, limits: &FileLimits) -> Option<&'a [FileEntry]> {
    let weight = |entry: &FileEntry| FileWeight {
        rows: live_rows(entry),
        file_bytes: usize::try_from(entry.file.facts.file_bytes).unwrap_or(usize::MAX),
    };
    let weights: Vec<FileWeight> = partition.files.iter().map(weight).collect();
    let most = FileWeight { rows: limits.rows_max.min(limits.slice_rows), file_bytes: limits.file_bytes_max };
    partition.files.get(plan::files_to_compact(&weights, most)?)
}

fn live_rows(entry: &FileEntry) -> usize {
    entry.file.facts.rows - entry.deleted.count()
}

/// Loads one run or file after the other.
fn each_source(taken: &Taken, take: &mut dyn FnMut(Source) -> Result<()>) -> Result<()> {
    for entry in &taken.runs {
        take(Source::of_run(&*entry.run.load()?, entry.deleted.clone()))?;
    }
    for entry in &taken.files {
        take(Source::of_file(&entry.file, entry.deleted.clone())?)?;
    }
    Ok(())
}

/// The files of a sealed partition that its runs' rows belong to.
fn touched_files<'a>(
    definition: &Table,
    snapshot: &TableSnapshot,
    partition: &'a Partition,
) -> Result<&'a [FileEntry]> {
    if partition.files.is_empty() {
        return Ok(&[]);
    }
    let mut series: HashSet<SeriesId> = HashSet::new();
    for entry in &partition.runs {
        series.extend(entry.run.load()?.segments.iter().map(|segment| segment.series));
    }
    let series: Vec<SeriesId> = series.into_iter().collect();
    let bounds = |entry: &FileEntry| (entry.file.facts.series_first, entry.file.facts.series_last);
    let files: Vec<_> = partition.files.iter().map(bounds).collect();
    let order = SeriesOrder::new(definition, &snapshot.schema);
    let range = plan::files_of(&files, &series, |one, other| order.compare(&snapshot.series, one, other));
    Ok(partition.files.get(range).unwrap_or_default())
}
