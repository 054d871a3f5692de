//! The statements that ask about the catalog: SHOW DATABASES, TABLES, MEASURES and DESCRIBE (sql.md 5.2, 5.3).
//!
//! They answer from the read view alone, with the same columns and batches as queries, so that results take one way.
//! One statement is one file.

mod describe;
mod show_databases;
mod show_measures;
mod show_tables;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use arrow::datatypes::{Field, Schema};
use model::scan::ReadView;

use crate::analyzer::{Analyzed, NamePattern};
use crate::bound::{ColumnId, OutputColumn};
use crate::error::SqlError;
use crate::types::Type;

/// A whole answer: `batch` holds `columns` by position, named as a query's plan names them: `o0`, `o1`, ...
#[derive(Debug, Clone)]
pub struct Answer {
    pub columns: Arc<[OutputColumn]>,
    pub batch: RecordBatch,
}

/// Answers a statement about the catalog; `None` when it is none.
pub fn answer(analyzed: &Analyzed, view: &dyn ReadView) -> Result<Option<Answer>, SqlError> {
    let answer = match analyzed {
        Analyzed::ShowDatabases { pattern } => show_databases::answer(pattern.as_ref(), view)?,
        Analyzed::ShowTables { database, pattern } => {
            show_tables::answer(database.as_deref(), pattern.as_ref(), view)?
        }
        Analyzed::ShowMeasures { table, pattern } => show_measures::answer(table, pattern.as_ref())?,
        Analyzed::Describe { table } => describe::answer(table)?,
        Analyzed::Query(_) | Analyzed::Explain { .. } | Analyzed::Unload(_) => return Ok(None),
    };
    Ok(Some(answer))
}

fn is_wanted(name: &str, pattern: Option<&NamePattern>) -> bool {
    pattern.is_none_or(|pattern| pattern.matches(name))
}

impl Answer {
    pub(crate) fn new(columns: Vec<(&'static str, Type, ArrayRef)>) -> Result<Self, SqlError> {
        let (mut output, mut fields, mut arrays) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (name, ty, array)) in (0_u32..).zip(columns) {
            fields.push(Field::new(format!("o{index}"), ty.data_type(), true));
            arrays.push(array);
            let id = ColumnId(index);
            output.push(OutputColumn { id, name: name.to_owned(), ty, aliased: false, origin: None });
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| {
            tracing::error!(%error, "an answer does not fit its columns");
            SqlError::Internal
        })?;
        Ok(Self { columns: output.into(), batch })
    }
}

fn texts<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(values.into_iter().map(|value| Some(value.as_ref().to_owned())).collect::<StringViewArray>())
}
