//! One request against one table: decides per record, in list order, and collects what is to be logged (api.md 3.5,
//! 3.6, 3.8).

mod columns;
mod filling;
mod record_limits;

use std::collections::BTreeSet;
use std::sync::Arc;

use model::catalog::Table;
use model::record::{Measure, Record};
use model::rejection::Rejection;
use model::schema::{Column, ColumnId};
use model::series::{SeriesId, encode_series_key};
use model::value::MeasureValue;

use super::{Addition, SeriesTexts, Writer, WriterMark, missing_partition_key};
use crate::engine::TableLimits;
use crate::format::wal_entry::{Conflict, ConflictKind, SeriesKeys, TableWrite};
use crate::memory::batch::{RowBatch, RowKey};
use crate::memory::partition_start_ns;
use crate::memory::search::{Found, NeedsRows};
use crate::memory::window::{IngestionWindow, Store};
use filling::{Existing, Filling};

/// What to write and by which rules.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub table: &'a Table,
    pub window: IngestionWindow,
    pub limits: TableLimits,
    /// The limit of memory for series, when it is reached: records of new ones are rejected.
    pub series_full_at_bytes: Option<u64>,
    /// Whether late records that lose against stored ones go to a report; else they are rejected at once.
    pub reports_conflicts: bool,
    pub records: &'a [Record<'a>],
}

/// Finds rows of earlier requests, published or still in the log's queue.
pub trait Lookup {
    fn find(
        &mut self,
        partition_start_ns: i64,
        series: SeriesId,
        time_ns: i64,
    ) -> Result<Option<Found>, NeedsRows>;

    /// A number for a batch.
    fn next_batch_id(&mut self) -> u64;
}

/// The decision on a request.
#[derive(Debug, Default)]
pub struct Prepared {
    /// Accepted records.
    pub memory_store: usize,
    pub magnetic_store: usize,
    pub rejected: Vec<(usize, Rejection)>,
    /// What to log; `None` when no row changes.
    pub addition: Option<Addition>,
}

impl Writer {
    /// Decides on a request and makes room for what it adds. When the log then refuses it, the caller must
    /// [`Writer::roll_back`] to a mark taken before.
    ///
    /// # Errors
    /// `NeedsRows` when rows must be loaded first; the writer is as before.
    pub fn prepare(&mut self, request: &Request<'_>, lookup: &mut dyn Lookup) -> Result<Prepared, NeedsRows> {
        let mark = self.mark();
        let mut preparation = Preparation::new(self, request, lookup);
        for (index, record) in request.records.iter().enumerate() {
            let decided = preparation.decide(record);
            match decided {
                Ok(Store::Memory) => preparation.prepared.memory_store += 1,
                Ok(Store::Magnetic) => preparation.prepared.magnetic_store += 1,
                Err(Refusal::Rejected(rejection)) => preparation.prepared.rejected.push((index, rejection)),
                Err(Refusal::NeedsRows(needs)) => {
                    self.roll_back(&mark);
                    return Err(needs);
                }
            }
        }
        Ok(preparation.finish(&mark))
    }
}

enum Refusal {
    Rejected(Rejection),
    NeedsRows(NeedsRows),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<NeedsRows> for Refusal {
    fn from(needs: NeedsRows) -> Self {
        Self::NeedsRows(needs)
    }
}

struct Preparation<'a, 'r> {
    writer: &'a mut Writer,
    request: &'a Request<'r>,
    lookup: &'a mut dyn Lookup,
    prepared: Prepared,
    filling: Vec<Filling>,
    /// First of the columns that are new.
    first_column: usize,
    measures: BTreeSet<&'r str>,
    first_series: SeriesId,
    series: SeriesKeys,
    texts: SeriesTexts,
    conflicts: Vec<Arc<Conflict>>,
    /// Reused from record to record: the key, and the cells with `None` for columns that do not exist yet.
    key: Vec<u8>,
    cells: Vec<(Option<ColumnId>, &'r str, &'r MeasureValue<'r>)>,
}

impl<'a, 'r> Preparation<'a, 'r> {
    fn new(writer: &'a mut Writer, request: &'a Request<'r>, lookup: &'a mut dyn Lookup) -> Self {
        Self {
            first_column: writer.schema.columns().len(),
            first_series: SeriesId(writer.dictionary.count() as u32),
            writer,
            request,
            lookup,
            prepared: Prepared::default(),
            filling: Vec::new(),
            measures: BTreeSet::new(),
            series: SeriesKeys::default(),
            texts: SeriesTexts::default(),
            conflicts: Vec::new(),
            key: Vec::new(),
            cells: Vec::new(),
        }
    }

    fn decide(&mut self, record: &'r Record<'r>) -> Result<Store, Refusal> {
        record_limits::check(record, &self.request.limits)?;
        if let Some(name) = missing_partition_key(self.request.table, record) {
            return Err(Rejection::PartitionKeyMissing { name: name.to_owned() }.into());
        }
        self.key.clear();
        encode_series_key(record, &mut self.key);
        let series = self.writer.dictionary.find(&self.key);
        self.resolve_cells(record)?;
        if series.is_none() {
            self.check_new_series(record)?;
        }
        let store = self.request.window.route(record.time_ns)?;
        let partition = self.partition(record.time_ns);
        let existing = match series {
            Some(series) => self.find_existing(partition, series, record.time_ns)?,
            None => None,
        };
        if let Some(existing) = &existing {
            match self.is_newer(partition, existing, record) {
                Ok(true) => {}
                Ok(false) => return Ok(store),
                Err(rejection) => return self.reject_conflict(store, record, rejection),
            }
        }
        let series = match series {
            Some(series) => series,
            None => self.add_series(record)?,
        };
        self.grow_schema(series, record);
        self.add_row(partition, series, record, existing.as_ref());
        Ok(store)
    }

    /// A record for the magnetic store that lost against a stored one is accepted and goes to the table's report.
    fn reject_conflict(
        &mut self,
        store: Store,
        record: &Record<'_>,
        rejection: Rejection,
    ) -> Result<Store, Refusal> {
        let kind = match &rejection {
            Rejection::SameVersion => ConflictKind::SameVersion,
            Rejection::LowerVersion { existing_version, .. } => {
                ConflictKind::LowerVersion { existing_version: *existing_version }
            }
            _ => return Err(rejection.into()),
        };
        if store == Store::Memory || !self.request.reports_conflicts {
            return Err(rejection.into());
        }
        let values =
            self.cells.iter().map(|(_, name, value)| ((*name).into(), (*value).clone().into_owned()));
        self.conflicts.push(Arc::new(Conflict {
            series_key: self.key.as_slice().into(),
            time_ns: record.time_ns,
            version: record.version,
            kind,
            is_multi: matches!(record.measure, Measure::Multi(_)),
            values: values.collect(),
        }));
        Ok(store)
    }

    fn find_existing(
        &mut self,
        partition: usize,
        series: SeriesId,
        time_ns: i64,
    ) -> Result<Option<Existing>, NeedsRows> {
        let time_max_ns = self.writer.dictionary.state(series).map(|state| state.time_max_ns);
        if time_max_ns.is_some_and(|time_max_ns| time_ns > time_max_ns) {
            return Ok(None);
        }
        let filling = &self.filling[partition];
        if let Some(row) = filling.find(series, time_ns) {
            return Ok(Some(Existing::InRequest(row)));
        }
        let found = self.lookup.find(filling.partition_start_ns, series, time_ns)?;
        Ok(found.map(Existing::Stored))
    }

    /// Whether the record replaces the existing row; a no-op does not.
    fn is_newer(
        &self,
        partition: usize,
        existing: &Existing,
        record: &Record<'_>,
    ) -> Result<bool, Rejection> {
        let batch = &self.filling[partition].batch;
        let (existing_version, is_equal) = match existing {
            Existing::InRequest(row) => {
                (batch.key(*row).map_or(0, |key| key.version), self.has_row_values(batch, *row))
            }
            Existing::Stored(found) => (found.version(), self.has_stored_values(found)),
        };
        if record.version > existing_version {
            return Ok(true);
        }
        if record.version < existing_version {
            return Err(Rejection::LowerVersion { version: record.version, existing_version });
        }
        if is_equal { Ok(false) } else { Err(Rejection::SameVersion) }
    }

    fn has_row_values(&self, batch: &RowBatch, row: usize) -> bool {
        let cells = batch.cells(row);
        let same = cells
            .iter()
            .zip(&self.cells)
            .all(|(cell, (column, _, value))| Some(cell.column) == *column && batch.value(cell) == **value);
        same && cells.len() == self.cells.len()
    }

    fn has_stored_values(&self, found: &Found) -> bool {
        let values: Option<Vec<(ColumnId, &MeasureValue<'_>)>> =
            self.cells.iter().map(|(column, _, value)| column.map(|column| (column, *value))).collect();
        values.is_some_and(|values| found.has_values(&values))
    }

    fn add_row(
        &mut self,
        partition: usize,
        series: SeriesId,
        record: &Record<'_>,
        existing: Option<&Existing>,
    ) {
        let filling = &mut self.filling[partition];
        if let Some(existing) = existing {
            filling.replace(existing);
        }
        filling.batch.begin_row(RowKey { series, time_ns: record.time_ns, version: record.version });
        for (column, _, value) in &self.cells {
            if let Some(column) = column {
                filling.batch.push_cell(*column, value);
            }
        }
        if let Some(state) = self.writer.dictionary.state_mut(series) {
            state.time_max_ns = state.time_max_ns.max(record.time_ns);
        }
    }

    /// The position of the partition that takes an instant.
    fn partition(&mut self, time_ns: i64) -> usize {
        let start_ns = partition_start_ns(time_ns);
        let known = self.filling.iter().position(|filling| filling.partition_start_ns == start_ns);
        known.unwrap_or_else(|| {
            let mut batch = RowBatch::new(self.lookup.next_batch_id());
            let records = self.request.records.len();
            batch.reserve(records, records * self.cells.len());
            self.filling.push(Filling::new(start_ns, batch));
            self.filling.len() - 1
        })
    }

    fn finish(self, mark: &WriterMark) -> Prepared {
        let mut batches = Vec::new();
        let mut replaced = Vec::new();
        for filling in self.filling.into_iter().filter(|filling| filling.batch.rows() > 0) {
            let (batch, locations) = filling.finish();
            batches.push(batch);
            replaced.push(locations);
        }
        if batches.is_empty() && self.conflicts.is_empty() {
            return self.prepared;
        }
        let schema = Arc::clone(&self.writer.schema);
        let is_grown = !Arc::ptr_eq(&schema, &mark.schema);
        let columns: &[Column] = schema.columns().get(self.first_column..).unwrap_or_default();
        let measures = self.measures.iter().filter_map(|name| schema.measures.get_key_value(*name));
        let write = TableWrite {
            table: self.request.table.id,
            columns: if is_grown { columns.to_vec() } else { Vec::new() },
            measures: measures.map(|(name, entry)| (Arc::clone(name), entry.clone())).collect(),
            first_series: self.first_series,
            series: self.series,
            batches,
            conflicts: self.conflicts,
        };
        let addition = Addition { write, schema, texts: self.texts, replaced };
        Prepared { addition: Some(addition), ..self.prepared }
    }
}
