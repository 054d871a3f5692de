//! How a schema grows.

use std::sync::Arc;

use model::record::{Measure, Record};
use model::rejection::Rejection;
use model::schema::{ColumnId, ColumnRole, ColumnType, TableSchema};
use model::value::MeasureValue;

use super::Writer;

impl Writer {
    /// The column of a multi-measure attribute; `None` when the name is new.
    pub(super) fn find_attribute(
        &self,
        position: usize,
        name: &str,
        value: &MeasureValue<'_>,
    ) -> Result<Option<ColumnId>, Rejection> {
        let likely = self.last_columns.get(position).and_then(|id| self.schema.column(*id));
        let column = match likely {
            Some(column) if &*column.name == name => column,
            _ => match self.column_named(name) {
                Some(column) => column,
                None => return Ok(None),
            },
        };
        if column.role != ColumnRole::MultiMeasure {
            return Err(Rejection::NameConflict { name: name.to_owned() });
        }
        let written = value.column_type();
        if column.column_type != written {
            let stored = column.column_type;
            return Err(Rejection::TypeConflict { name: name.to_owned(), stored, written });
        }
        Ok(Some(column.id))
    }

    /// The column with this name, which is made when missing: a dimension unless `measure` gives type and role.
    pub(super) fn add_column(&mut self, name: &str, measure: Option<(ColumnType, ColumnRole)>) -> ColumnId {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let (column_type, role) = measure.unwrap_or((ColumnType::Varchar, ColumnRole::Dimension));
        match role {
            ColumnRole::Dimension => self.dimension_count += 1,
            ColumnRole::MultiMeasure => self.attribute_count += 1,
            ColumnRole::MeasureValue | ColumnRole::MeasureName | ColumnRole::Time => {}
        }
        let name: Arc<str> = name.into();
        let id = Arc::make_mut(&mut self.schema).push(Arc::clone(&name), column_type, role);
        self.names.insert(name, id);
        id
    }

    /// Notes what a record says about its measure name; returns whether that is new.
    pub(super) fn grow_measure(&mut self, record: &Record<'_>) -> bool {
        let known = self.schema.measures.get(record.measure_name);
        let has_kind = known.is_some_and(|entry| match &record.measure {
            Measure::Multi(_) => entry.multi,
            Measure::Single(value) => entry.single_types.contains(&value.column_type()),
        });
        let is_new = |id: ColumnId| !known.is_some_and(|entry| entry.dimensions.contains(&id));
        let dimensions = record.dimensions.iter().filter_map(|dimension| {
            let id = *self.names.get(dimension.name)?;
            is_new(id).then_some((dimension.place, id))
        });
        let mut new_dimensions: Vec<(u8, ColumnId)> = dimensions.collect();
        if has_kind && new_dimensions.is_empty() {
            return false;
        }
        new_dimensions.sort_unstable();
        let schema: &mut TableSchema = Arc::make_mut(&mut self.schema);
        if !schema.measures.contains_key(record.measure_name) {
            schema.measures.insert(record.measure_name.into(), Default::default());
        }
        let Some(entry) = schema.measures.get_mut(record.measure_name) else { return false };
        entry.dimensions.extend(new_dimensions.into_iter().map(|(_, id)| id));
        match &record.measure {
            Measure::Multi(_) => entry.multi = true,
            Measure::Single(value) if !entry.single_types.contains(&value.column_type()) => {
                entry.single_types.push(value.column_type());
            }
            Measure::Single(_) => {}
        }
        true
    }
}
