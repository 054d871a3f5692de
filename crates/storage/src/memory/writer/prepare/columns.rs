//! The columns of a record: which they are, whether it may bring new ones, and adding those.

use model::record::{Dimension, Measure, Record};
use model::rejection::Rejection;
use model::schema::{ColumnRole, measure_value_column};
use model::series::SeriesId;

use super::super::kind_bit;
use super::Preparation;

impl<'r> Preparation<'_, 'r> {
    /// Finds the columns of a record's values, or none for those that are new.
    pub(super) fn resolve_cells(&mut self, record: &'r Record<'r>) -> Result<(), Rejection> {
        self.cells.clear();
        match &record.measure {
            Measure::Single(value) => {
                let name = measure_value_column(value.column_type());
                self.cells.push((self.writer.names.get(name).copied(), name, value));
            }
            Measure::Multi(values) => {
                let mut new_attributes = 0;
                for (position, (name, value)) in values.iter().enumerate() {
                    let known = self.writer.find_attribute(position, name, value)?;
                    if known.is_none() {
                        new_attributes += 1;
                        if record.dimensions.iter().any(|dimension| dimension.name == *name) {
                            return Err(Rejection::NameConflict { name: (*name).to_owned() });
                        }
                    }
                    self.cells.push((known, *name, value));
                }
                let max = self.request.limits.attributes_per_table_max;
                if new_attributes > 0 && self.writer.attribute_count + new_attributes > max {
                    return Err(Rejection::LimitExceeded { what: "multi-measure attributes per table", max });
                }
                if new_attributes == 0 {
                    self.writer.last_columns.clear();
                    self.writer.last_columns.extend(self.cells.iter().filter_map(|(column, _, _)| *column));
                    self.cells.sort_by_key(|(column, _, _)| *column);
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_new_series(&self, record: &Record<'_>) -> Result<(), Rejection> {
        if let Some(max) = self.request.series_full_at_bytes {
            let what = "bytes of memory for all series";
            return Err(Rejection::LimitExceeded { what, max: usize::try_from(max).unwrap_or(usize::MAX) });
        }
        let limits = &self.request.limits;
        let mut new_dimensions = 0;
        for dimension in &record.dimensions {
            match self.writer.column_named(dimension.name) {
                None => new_dimensions += 1,
                Some(column) if column.role == ColumnRole::Dimension => {}
                Some(_) => return Err(Rejection::NameConflict { name: dimension.name.to_owned() }),
            }
        }
        let max = limits.dimensions_per_table_max;
        if new_dimensions > 0 && self.writer.dimension_count + new_dimensions > max {
            return Err(Rejection::LimitExceeded { what: "dimensions per table", max });
        }
        let measures = &self.writer.schema.measures;
        let max = limits.measure_names_per_table_max;
        if measures.len() >= max && !measures.contains_key(record.measure_name) {
            return Err(Rejection::LimitExceeded { what: "measure names per table", max });
        }
        Ok(())
    }

    pub(super) fn add_series(&mut self, record: &'r Record<'r>) -> Result<SeriesId, Rejection> {
        let names = &self.writer.names;
        let is_new = |dimension: &&Dimension<'_>| !names.contains_key(dimension.name);
        let mut new: Vec<&Dimension<'_>> = record.dimensions.iter().filter(is_new).collect();
        new.sort_unstable_by_key(|dimension| dimension.place);
        for dimension in new {
            self.writer.add_column(dimension.name, None);
        }
        let series = self.writer.dictionary.insert(&self.key, i64::MIN);
        let limit = Rejection::LimitExceeded { what: "series per table", max: u32::MAX as usize };
        let series = series.ok_or(limit)?;
        let key_start = self.series.bytes.len();
        self.series.push(&self.key);
        let names = &self.writer.names;
        let column_of = |name: &str| names.get(name).copied();
        self.texts.push(key_start, &record.dimensions, record.measure_name, column_of);
        Ok(series)
    }

    /// Adds the record's new columns, and what it says about its measure name.
    pub(super) fn grow_schema(&mut self, series: SeriesId, record: &'r Record<'r>) {
        let is_multi = matches!(record.measure, Measure::Multi(_));
        let mut has_new = false;
        for (column, name, value) in &mut self.cells {
            if column.is_none() {
                has_new = true;
                let role = if is_multi { ColumnRole::MultiMeasure } else { ColumnRole::MeasureValue };
                *column = Some(self.writer.add_column(name, Some((value.column_type(), role))));
            }
        }
        if has_new {
            self.cells.sort_by_key(|(column, _, _)| *column);
        }
        let bit = kind_bit(&record.measure);
        let Some(state) = self.writer.dictionary.state_mut(series) else { return };
        if state.kinds_seen & bit == 0 {
            state.kinds_seen |= bit;
            if self.writer.grow_measure(record) {
                self.measures.insert(record.measure_name);
            }
        }
    }
}
