//! The writers' side of a table: the dictionary and schema with everything that is in the log's queue already.

mod grow;
mod prepare;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use model::catalog::{Enforcement, PartitionKey, Table};
use model::clock::TimestampNs;
use model::record::{Dimension, Measure, Record};
use model::schema::{Column, ColumnId, ColumnRole, ColumnType, MEASURE_NAME_COLUMN, TableSchema};
use model::series::{SeriesId, decode_series_key, encode_series_key};

pub use prepare::{Lookup, Prepared, Request};

use super::dictionary::SeriesDictionary;
use super::search::Location;
use crate::format::wal_entry::{SeriesKeys, TableWrite};

/// What one request adds: the log's entry, and what publishing needs beside it.
#[derive(Debug)]
pub struct Addition {
    pub write: TableWrite,
    /// The schema after this addition.
    pub schema: Arc<TableSchema>,
    pub texts: SeriesTexts,
    /// For each batch, for each of its replacing rows: where the replaced row was found.
    pub replaced: Vec<Vec<Option<Location>>>,
}

/// Where in the keys of new series their texts are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesTexts {
    /// Column, start and end.
    places: Vec<(ColumnId, u32, u32)>,
    ends: Vec<u32>,
}

impl SeriesTexts {
    /// Adds the texts of a key that stands at `key_start`.
    fn push(
        &mut self,
        key_start: usize,
        dimensions: &[Dimension<'_>],
        measure_name: &str,
        column_of: impl Fn(&str) -> Option<ColumnId>,
    ) {
        const LENGTH_BYTES: usize = 4;
        let mut position = key_start;
        for Dimension { name, value, .. } in dimensions {
            position += LENGTH_BYTES + name.len() + LENGTH_BYTES;
            if let Some(column) = column_of(name) {
                self.places.push((column, position as u32, (position + value.len()) as u32));
            }
            position += value.len();
        }
        position += LENGTH_BYTES;
        let end = position + measure_name.len();
        self.places.push((MEASURE_NAME_COLUMN, position as u32, end as u32));
        self.ends.push(self.places.len() as u32);
    }

    /// For each new series its texts by column.
    pub fn iter<'a>(
        &'a self,
        keys: &'a SeriesKeys,
    ) -> impl Iterator<Item = impl Iterator<Item = (ColumnId, &'a str)>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(move |(start, end)| {
            let places = self.places.get(start as usize..*end as usize).unwrap_or_default();
            places.iter().map(|(column, start, end)| {
                let text = keys.bytes.get(*start as usize..*end as usize).unwrap_or_default();
                (*column, std::str::from_utf8(text).unwrap_or_default())
            })
        })
    }
}

/// Used under the table's writer lock.
#[derive(Debug, Default)]
pub struct Writer {
    dictionary: SeriesDictionary,
    schema: Arc<TableSchema>,
    names: HashMap<Arc<str>, ColumnId>,
    dimension_count: usize,
    attribute_count: usize,
    /// The columns of the last multi-measure record: the next one most likely has the same.
    last_columns: Vec<ColumnId>,
    /// How many failures of the log this state has been cleaned of.
    pub failures_seen: u64,
}

/// A state that a writer can go back to.
#[derive(Debug, Clone)]
pub struct WriterMark {
    pub series: usize,
    pub schema: Arc<TableSchema>,
}

impl Writer {
    pub fn series_count(&self) -> usize {
        self.dictionary.count()
    }

    pub fn schema(&self) -> &Arc<TableSchema> {
        &self.schema
    }

    pub fn memory_bytes(&self) -> usize {
        self.dictionary.memory_bytes()
    }

    /// The series of a record, if it is known.
    pub fn find_series(&self, record: &Record<'_>) -> Option<SeriesId> {
        let mut key = Vec::new();
        encode_series_key(record, &mut key);
        self.dictionary.find(&key)
    }

    /// The keys of series `start..end`.
    pub fn keys(&self, start: usize, end: usize) -> SeriesKeys {
        let mut keys = SeriesKeys::default();
        for id in start..end {
            keys.push(self.dictionary.key(SeriesId(id as u32)).unwrap_or_default());
        }
        keys
    }

    pub fn mark(&self) -> WriterMark {
        WriterMark { series: self.dictionary.count(), schema: Arc::clone(&self.schema) }
    }

    /// Forgets everything after the mark, which never became durable.
    pub fn roll_back(&mut self, mark: &WriterMark) {
        self.dictionary.truncate(mark.series);
        if !Arc::ptr_eq(&self.schema, &mark.schema) {
            self.set_schema(Arc::clone(&mark.schema));
            self.dictionary.forget_kinds();
        }
    }

    /// Takes over what recovery or the log knows: series must follow those that are there.
    ///
    /// Returns the texts of the new series, or `None` when the addition contradicts what is known.
    pub fn take_over(&mut self, write: &TableWrite) -> Option<SeriesTexts> {
        self.take_over_schema(write)?;
        let first = write.first_series.0 as usize;
        if first > self.dictionary.count() {
            return None;
        }
        let mut texts = SeriesTexts::default();
        let mut key_start = 0;
        for (position, key) in write.series.iter().enumerate() {
            let id = first + position;
            if id < self.dictionary.count() {
                if self.dictionary.key(SeriesId(id as u32)) != Some(key) {
                    return None;
                }
            } else {
                self.dictionary.insert(key, TimestampNs::MAX)?;
                let decoded = decode_series_key(key)?;
                let column_of = |name: &str| self.names.get(name).copied();
                texts.push(key_start, &decoded.dimensions, decoded.measure_name, column_of);
            }
            key_start += key.len();
        }
        Some(texts)
    }

    fn take_over_schema(&mut self, write: &TableWrite) -> Option<()> {
        if write.columns.is_empty() && write.measures.is_empty() {
            return Some(());
        }
        let mut schema = TableSchema::clone(&self.schema);
        for column in &write.columns {
            match schema.column(column.id) {
                Some(known) if known == column => {}
                Some(_) => return None,
                None => {
                    let id = schema.push(Arc::clone(&column.name), column.column_type, column.role);
                    if id != column.id {
                        return None;
                    }
                }
            }
        }
        schema.measures.extend(write.measures.iter().cloned());
        self.set_schema(Arc::new(schema));
        Some(())
    }

    pub fn set_schema(&mut self, schema: Arc<TableSchema>) {
        self.names = schema.columns().iter().map(|column| (Arc::clone(&column.name), column.id)).collect();
        let count = |role: ColumnRole| schema.columns().iter().filter(|column| column.role == role).count();
        self.dimension_count = count(ColumnRole::Dimension);
        self.attribute_count = count(ColumnRole::MultiMeasure);
        self.last_columns.clear();
        self.schema = schema;
    }

    /// Says that no row of any series is later than this.
    pub fn set_time_max(&mut self, time_max_ns: TimestampNs) {
        self.dictionary.set_time_max(time_max_ns);
    }

    fn column_named(&self, name: &str) -> Option<&Column> {
        self.schema.column(*self.names.get(name)?)
    }
}

/// The bit of a kind of record in `SeriesState::kinds_seen`.
fn kind_bit(measure: &Measure<'_>) -> u8 {
    match measure {
        Measure::Multi(_) => 1,
        Measure::Single(value) => match value.column_type() {
            ColumnType::Double => 2,
            ColumnType::Bigint => 4,
            ColumnType::Varchar => 8,
            ColumnType::Boolean => 16,
            ColumnType::Timestamp => 32,
        },
    }
}

/// The dimension that the table requires and the record lacks.
fn missing_partition_key<'a>(table: &'a Table, record: &Record<'_>) -> Option<&'a str> {
    table.partition_key.iter().find_map(|key| match key {
        PartitionKey::Dimension { name, enforcement: Some(Enforcement::Required) } => {
            let has = record.dimensions.iter().any(|dimension| dimension.name == name);
            (!has).then_some(name.as_str())
        }
        PartitionKey::Dimension { .. } | PartitionKey::Measure => None,
    })
}
