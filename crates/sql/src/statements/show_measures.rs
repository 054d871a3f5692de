//! `SHOW MEASURES FROM database.table [LIKE pattern]`: one row per measure name and type, sorted by name. A measure
//! name that single-measure records used with several types, or that multi-measure records share, has a row for each.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;
use model::scan::TableView;

use super::{Answer, is_wanted, texts};
use crate::analyzer::NamePattern;
use crate::error::SqlError;
use crate::types::{RowField, Type};

pub(super) fn answer(table: &TableView, pattern: Option<&NamePattern>) -> Result<Answer, SqlError> {
    let (mut names, mut types, mut dimensions) = (Vec::new(), Vec::new(), Vec::new());
    for (name, measure) in table.schema.measures.iter().filter(|(name, _)| is_wanted(name, pattern)) {
        let singles = measure.single_types.iter().map(|single| single.sql_name());
        for data_type in singles.chain(measure.multi.then_some("multi")) {
            names.push(name);
            types.push(data_type);
            let columns = measure.dimensions.iter().filter_map(|id| table.schema.column(*id));
            dimensions.push(columns.collect::<Vec<_>>());
        }
    }
    let field = |name: &str| RowField { name: Some(name.to_owned()), ty: Type::Varchar };
    let dimensions_type = Type::array(Type::Row(vec![field("dimension_name"), field("data_type")]));
    let lengths = OffsetBuffer::from_lengths(dimensions.iter().map(Vec::len));
    let dimensions = dimensions.concat();
    let dimension_names = texts(dimensions.iter().map(|column| &column.name));
    let dimension_types = texts(dimensions.iter().map(|column| column.column_type.sql_name()));
    let dimensions = lists(&dimensions_type, lengths, vec![dimension_names, dimension_types])?;
    Answer::new(vec![
        ("measure_name", Type::Varchar, texts(names)),
        ("data_type", Type::Varchar, texts(types)),
        ("dimensions", dimensions_type, dimensions),
    ])
}

/// Lists of rows from the rows' fields.
fn lists(ty: &Type, offsets: OffsetBuffer<i32>, fields: Vec<ArrayRef>) -> Result<ArrayRef, SqlError> {
    let DataType::List(item) = ty.data_type() else { return Err(SqlError::Internal) };
    let DataType::Struct(row) = item.data_type() else { return Err(SqlError::Internal) };
    let built = StructArray::try_new(row.clone(), fields, None)
        .and_then(|rows| ListArray::try_new(item, offsets, Arc::new(rows), None));
    match built {
        Ok(lists) => Ok(Arc::new(lists)),
        Err(error) => {
            tracing::error!(%error, "dimensions do not fit their type");
            Err(SqlError::Internal)
        }
    }
}
