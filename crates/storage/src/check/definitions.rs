//! A table's definition, columns and series: whether they fit together, and what the checks of rows need of them.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use model::catalog::{Table, TableId};
use model::schema::{ColumnId, ColumnType, TableSchema};
use model::series::SeriesId;

use super::{Artefact, Checker, words_of};
use crate::format::series_file::{self, SeriesFile};
use crate::format::wal_entry::{SeriesKeys, TableWrite};
use crate::fs;
use crate::magnetic::order::SeriesOrder;
use crate::memory::series_columns::SeriesColumns;
use crate::memory::writer::Writer;
use crate::metastore::{DataFile, FileKind, Stored, StoredTable};

/// What a table's rows are checked against.
pub(super) struct Definitions {
    pub(super) table: TableId,
    pub(super) schema: Arc<TableSchema>,
    pub(super) order: SeriesOrder,
    pub(super) texts: SeriesColumns,
    /// Whether every series is known: else texts and the order of series can't be judged.
    pub(super) is_complete: bool,
}

impl Definitions {
    pub(super) fn series_count(&self) -> usize {
        self.texts.count()
    }

    /// The type of a measure column.
    pub(super) fn measure_type(&self, column: ColumnId) -> Option<ColumnType> {
        self.schema.column(column).map(|column| column.column_type)
    }

    pub(super) fn compare(&self, one: SeriesId, other: SeriesId) -> Ordering {
        self.order.compare(&self.texts, one, other)
    }
}

impl Checker {
    /// Loads what the metastore and the series files say about a table.
    pub(super) fn load_definitions(&mut self, stored: &Stored, table: &StoredTable) -> Definitions {
        let id = table.table.id;
        self.check_table_row(stored, &table.table);
        let mut writer = Writer::default();
        writer.set_schema(Arc::new(TableSchema::new()));
        let definitions = TableWrite {
            columns: table.columns.clone(),
            measures: table.measures.iter().map(|(name, entry)| (Arc::clone(name), entry.clone())).collect(),
            ..empty_write(id)
        };
        if writer.take_over(&definitions).is_none() {
            self.damage_of_table(id, "its columns contradict each other");
        }
        let columns = writer.schema().columns().len();
        for (name, entry) in &table.measures {
            if entry.dimensions.iter().any(|column| column.0 as usize >= columns) {
                self.damage_of_table(id, format!("measure {name:?} names a column that does not exist"));
            }
        }
        let mut loaded = Definitions {
            table: id,
            schema: Arc::clone(writer.schema()),
            order: SeriesOrder::new(&table.table, writer.schema()),
            texts: SeriesColumns::default(),
            is_complete: true,
        };
        let mut files: Vec<&DataFile> =
            table.files.values().filter(|file| file.kind == FileKind::Series).collect();
        files.sort_by_key(|file| file.series_min);
        for file in files {
            self.load_series(&mut loaded, &mut writer, file);
        }
        self.check_series_unique(&loaded);
        loaded
    }

    fn check_table_row(&mut self, stored: &Stored, table: &Table) {
        if !stored.databases.contains_key(&table.database) {
            self.damage_of_table(table.id, format!("its database {:?} does not exist", table.database));
        }
        if table.id.0 >= stored.next_table_id {
            let what = format!("its id is not below next_table_id={}", stored.next_table_id);
            self.damage_of_table(table.id, what);
        }
        if table.partition_key.is_empty() {
            self.damage_of_table(table.id, "it has no partition key");
        }
    }

    pub(super) fn damage_of_table(&mut self, id: TableId, what: impl Into<String>) {
        let what = format!("table {}: {}", id.0, what.into());
        self.damage(Artefact::Metastore, "metastore.sqlite", what);
    }

    /// Adds the series of one file. Of series that can't be read there are placeholders, so that the ids stay right.
    fn load_series(&mut self, loaded: &mut Definitions, writer: &mut Writer, listed: &DataFile) {
        let path = self.memory_dir().join(&listed.file);
        let name = self.name_of(&path);
        self.report.count_file(Artefact::SeriesFile, listed.file_bytes, listed.rows);
        let decoded = fs::read(&*self.parts.fs, &path)
            .and_then(|bytes| series_file::decode(&path, &bytes, Some(listed.crc32c)));
        let wrong = match &decoded {
            Ok(content) => mismatch(content, loaded, listed),
            Err(error) => Some(words_of(error)),
        };
        let gap = (listed.series_min as usize).saturating_sub(loaded.series_count());
        if gap > 0 {
            let what = format!("{gap} series before series {} are in no file", listed.series_min);
            self.damage(Artefact::SeriesFile, &name, what);
            loaded.is_complete = false;
        }
        if let Some(what) = wrong {
            self.damage(Artefact::SeriesFile, &name, what);
        } else if let Ok(SeriesFile { first_series, keys, .. }) = decoded {
            let write = TableWrite { first_series, series: keys, ..empty_write(loaded.table) };
            if let Some(texts) = writer.take_over(&write) {
                texts.iter(&write.series).for_each(|texts| loaded.texts.push(texts));
                return;
            }
            if loaded.is_complete {
                self.damage(Artefact::SeriesFile, &name, "its keys are not those of series");
            }
        }
        loaded.is_complete = false;
        while loaded.series_count() <= listed.series_max as usize {
            loaded.texts.push(std::iter::empty());
        }
    }

    /// No two series have the same dimensions and measure name.
    fn check_series_unique(&mut self, loaded: &Definitions) {
        if !loaded.is_complete {
            return;
        }
        let mut ids: Vec<u32> = (0..loaded.series_count() as u32).collect();
        ids.sort_by(|one, other| loaded.compare(SeriesId(*one), SeriesId(*other)));
        for pair in ids.windows(2) {
            if let [one, other] = pair
                && loaded.compare(SeriesId(*one), SeriesId(*other)) == Ordering::Equal
            {
                let what = format!("table {}: series {one} and {other} are the same", loaded.table.0);
                self.damage(Artefact::SeriesFile, "memory", what);
            }
        }
    }
}

/// How a series file differs from what the metastore says about it.
fn mismatch(content: &SeriesFile, loaded: &Definitions, listed: &DataFile) -> Option<String> {
    let count = content.keys.len() as u64;
    if content.table != loaded.table {
        return Some(format!("it belongs to table {}", content.table.0));
    }
    let last = u64::from(content.first_series.0) + count;
    let is_listed = content.first_series.0 == listed.series_min
        && count == listed.rows
        && last == u64::from(listed.series_max) + 1;
    if !is_listed {
        return Some("the metastore describes other series".to_owned());
    }
    let is_next = content.first_series.0 as usize >= loaded.series_count();
    (!is_next).then(|| "it repeats series of another file".to_owned())
}

pub(super) fn empty_write(table: TableId) -> TableWrite {
    TableWrite {
        table,
        columns: Vec::new(),
        measures: Vec::new(),
        first_series: SeriesId(0),
        series: SeriesKeys::default(),
        batches: Vec::new(),
        conflicts: Vec::new(),
    }
}

/// Measure columns by id, for the log.
pub(super) fn column_types(schema: &TableSchema) -> HashMap<ColumnId, ColumnType> {
    schema.columns().iter().map(|column| (column.id, column.column_type)).collect()
}
