//! Makes runs: from the unsorted rows of a tail, and from other runs.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringViewBuilder,
    TimestampNanosecondBuilder,
};
use arrow::buffer::ScalarBuffer;
use arrow::compute::interleave;
use arrow::error::ArrowError;
use model::clock::TimestampNs;
use model::schema::{ColumnId, ColumnType};
use model::series::SeriesId;

use super::batch::{Cell, RowBatch, RowKey};
use super::column::{RunColumn, owned};
use super::deleted::DeletedRows;
use super::run_data::{Counted, RunData, Segment, Versions};

/// Collects rows that arrive sorted by (series, time).
#[derive(Debug, Default)]
pub struct RunBuilder {
    segments: Vec<Segment>,
    times_ns: Vec<i64>,
    versions: Vec<i64>,
    columns: Vec<(ColumnId, ColumnBuilder)>,
    /// Position in `columns` by column id; `None` where there is no such column yet.
    positions: Vec<Option<usize>>,
    /// Only these columns, when given.
    wanted: Option<Vec<ColumnId>>,
}

/// The values of a column that were met, and in which rows.
#[derive(Debug)]
struct ColumnBuilder {
    /// Empty as long as every row from the first on has a value.
    rows: Vec<u32>,
    values: ValueBuilder,
}

#[derive(Debug)]
enum ValueBuilder {
    Double(Float64Builder),
    Bigint(Int64Builder),
    Varchar(StringViewBuilder),
    Boolean(BooleanBuilder),
    Timestamp(TimestampNanosecondBuilder),
}

impl RunBuilder {
    /// A builder that keeps every column.
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder that keeps some columns only.
    pub fn with_columns(wanted: Vec<ColumnId>) -> Self {
        Self { wanted: Some(wanted), ..Self::default() }
    }

    /// Adds a row of a batch.
    pub fn push(&mut self, key: RowKey, batch: &RowBatch, cells: &[Cell]) {
        let row = self.times_ns.len();
        self.times_ns.push(key.time_ns);
        self.versions.push(key.version);
        push_segment(&mut self.segments, key.series, row + 1);
        for cell in cells {
            let Some(builder) = self.builder(cell) else { continue };
            builder.push(row, batch, cell);
        }
    }

    pub fn finish(mut self) -> RunData {
        let rows = self.times_ns.len();
        self.columns.sort_by_key(|(column, _)| *column);
        let finish =
            |(id, builder): (ColumnId, ColumnBuilder)| builder.finish(rows).map(|column| (id, column));
        RunData {
            columns: self.columns.into_iter().filter_map(finish).collect(),
            segments: self.segments,
            times_ns: self.times_ns.into(),
            versions: compact(self.versions),
            counted: Counted::default(),
        }
    }

    fn builder(&mut self, cell: &Cell) -> Option<&mut ColumnBuilder> {
        let slot = cell.column.0 as usize;
        if self.positions.len() <= slot {
            self.positions.resize(slot + 1, None);
        }
        let position = match self.positions[slot] {
            Some(position) => position,
            None => {
                if self.wanted.as_ref().is_some_and(|wanted| !wanted.contains(&cell.column)) {
                    return None;
                }
                self.positions[slot] = Some(self.columns.len());
                self.columns.push((cell.column, ColumnBuilder::new(cell.column_type)));
                self.columns.len() - 1
            }
        };
        self.columns.get_mut(position).map(|(_, builder)| builder)
    }
}

impl ColumnBuilder {
    fn new(column_type: ColumnType) -> Self {
        Self { rows: Vec::new(), values: ValueBuilder::new(column_type) }
    }

    fn push(&mut self, row: usize, batch: &RowBatch, cell: &Cell) {
        let count = self.values.len();
        if !self.rows.is_empty() || count < row {
            if self.rows.is_empty() {
                self.rows.extend(0..count as u32);
            }
            self.rows.push(row as u32);
        }
        self.values.push(batch, cell);
    }

    fn finish(self, row_count: usize) -> Option<RunColumn> {
        let values = self.values.finish();
        let rows = if self.rows.is_empty() { (0..values.len() as u32).collect() } else { self.rows };
        RunColumn::of_values(row_count, rows, values)
    }
}

impl ValueBuilder {
    fn new(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Double => Self::Double(Float64Builder::new()),
            ColumnType::Bigint => Self::Bigint(Int64Builder::new()),
            ColumnType::Varchar => Self::Varchar(StringViewBuilder::new()),
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnType::Timestamp => Self::Timestamp(TimestampNanosecondBuilder::new()),
        }
    }

    fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        match self {
            Self::Double(builder) => builder.len(),
            Self::Bigint(builder) => builder.len(),
            Self::Varchar(builder) => builder.len(),
            Self::Boolean(builder) => builder.len(),
            Self::Timestamp(builder) => builder.len(),
        }
    }

    fn push(&mut self, batch: &RowBatch, cell: &Cell) {
        match self {
            Self::Double(builder) => builder.append_value(f64::from_bits(cell.bits)),
            Self::Bigint(builder) => builder.append_value(cell.bits as i64),
            Self::Varchar(builder) => builder.append_value(batch.text(cell)),
            Self::Boolean(builder) => builder.append_value(cell.bits != 0),
            Self::Timestamp(builder) => builder.append_value(cell.bits as i64),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Double(mut builder) => Arc::new(builder.finish()),
            Self::Bigint(mut builder) => Arc::new(builder.finish()),
            Self::Varchar(mut builder) => Arc::new(builder.finish()),
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::Timestamp(mut builder) => Arc::new(builder.finish()),
        }
    }
}

/// A run to merge and the rows of it to leave out.
pub type Source = (Arc<RunData>, DeletedRows);

/// Merges runs into one. No identity may be live in two of them.
pub fn merge(sources: &[Source]) -> Result<RunData, ArrowError> {
    let places = merged_places(sources);
    let mut segments = Vec::new();
    let mut times_ns = Vec::with_capacity(places.len());
    let mut versions = Vec::with_capacity(places.len());
    for (position, place) in places.iter().enumerate() {
        let data = &sources[place.source].0;
        times_ns.push(place.time_ns);
        versions.push(data.version(place.row));
        push_segment(&mut segments, place.series, position + 1);
    }
    let mut ids: Vec<ColumnId> =
        sources.iter().flat_map(|(data, _)| data.columns.iter().map(|(column, _)| *column)).collect();
    ids.sort_unstable();
    ids.dedup();
    let targets = Targets::new(sources, &places);
    let mut columns = Vec::with_capacity(ids.len());
    for id in ids {
        columns.extend(merge_column(sources, id, &targets)?.map(|column| (id, column)));
    }
    let counted = Counted::default();
    Ok(RunData { segments, times_ns: times_ns.into(), versions: compact(versions), columns, counted })
}

/// Where rows go.
struct Targets {
    row_count: usize,
    /// By source and row: the row of the merged run, or [`Targets::NOWHERE`].
    rows: Vec<Vec<u32>>,
}

impl Targets {
    const NOWHERE: u32 = u32::MAX;

    fn new(sources: &[Source], places: &[Place]) -> Self {
        let mut rows: Vec<Vec<u32>> =
            sources.iter().map(|(data, _)| vec![Self::NOWHERE; data.rows()]).collect();
        for (position, place) in places.iter().enumerate() {
            rows[place.source][place.row] = position as u32;
        }
        Self { row_count: places.len(), rows }
    }
}

struct Place {
    series: SeriesId,
    time_ns: TimestampNs,
    source: usize,
    row: usize,
}

/// All live rows in the order of the merged run.
fn merged_places(sources: &[Source]) -> Vec<Place> {
    let rows: usize = sources.iter().map(|(data, deleted)| data.rows() - deleted.count()).sum();
    let mut segments = Vec::new();
    for (source, (data, _)) in sources.iter().enumerate() {
        for (position, segment) in data.segments.iter().enumerate() {
            let start = data.segment_start(position);
            let first_ns = data.times_ns.get(start).copied().unwrap_or_default();
            segments.push((segment.series, first_ns, source, start, segment.end as usize));
        }
    }
    segments.sort_unstable();
    let mut places: Vec<Place> = Vec::with_capacity(rows);
    let mut group_start = 0;
    let mut is_sorted = true;
    for (series, _, source, start, end) in segments {
        let (data, deleted) = &sources[source];
        if places.last().is_some_and(|last| last.series != series) {
            sort_group(&mut places, group_start, is_sorted);
            (group_start, is_sorted) = (places.len(), true);
        }
        for (live_start, live_end) in deleted.live_ranges(start, end) {
            for row in live_start..live_end {
                let time_ns = data.times_ns[row];
                let follows =
                    places.len() == group_start || places.last().is_some_and(|last| last.time_ns < time_ns);
                is_sorted &= follows;
                places.push(Place { series, time_ns, source, row });
            }
        }
    }
    sort_group(&mut places, group_start, is_sorted);
    places
}

fn sort_group(places: &mut [Place], start: usize, is_sorted: bool) {
    if !is_sorted && let Some(group) = places.get_mut(start..) {
        group.sort_unstable_by_key(|place| place.time_ns);
    }
}

/// Takes as long as the column has values, not rows.
fn merge_column(
    sources: &[Source],
    id: ColumnId,
    targets: &Targets,
) -> Result<Option<RunColumn>, ArrowError> {
    let of_sources: Vec<(&RunColumn, &Vec<u32>)> = sources
        .iter()
        .zip(&targets.rows)
        .filter_map(|((data, _), rows)| data.column(id).map(|column| (column, rows)))
        .collect();
    // Row of the merged run, source, and where the value is.
    let mut entries: Vec<(u32, u32, u32)> = Vec::new();
    for (source, (column, rows)) in of_sources.iter().enumerate() {
        for (row, position) in column.entries() {
            let target = rows.get(row).copied().unwrap_or(Targets::NOWHERE);
            if target != Targets::NOWHERE {
                entries.push((target, source as u32, position as u32));
            }
        }
    }
    entries.sort_unstable();
    let borrowed: Vec<&dyn Array> = of_sources.iter().map(|(column, _)| column.values().as_ref()).collect();
    let places: Vec<(usize, usize)> =
        entries.iter().map(|(_, source, position)| (*source as usize, *position as usize)).collect();
    // The texts of all sources, replaced rows included, are not kept alive.
    let values = owned(interleave(&borrowed, &places)?);
    let rows = entries.iter().map(|(row, _, _)| *row).collect();
    Ok(RunColumn::of_values(targets.row_count, rows, values))
}

fn push_segment(segments: &mut Vec<Segment>, series: SeriesId, end: usize) {
    match segments.last_mut() {
        Some(last) if last.series == series => last.end = end as u32,
        _ => segments.push(Segment { series, end: end as u32 }),
    }
}

fn compact(versions: Vec<i64>) -> Versions {
    match versions.first() {
        Some(first) if versions.iter().any(|version| version != first) => {
            Versions::Each(ScalarBuffer::from(versions))
        }
        Some(first) => Versions::All(*first),
        None => Versions::All(1),
    }
}
