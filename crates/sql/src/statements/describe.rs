//! `DESCRIBE database.table`: one row per column, in the order of `SELECT *`.

use model::scan::TableView;

use super::{Answer, texts};
use crate::error::SqlError;
use crate::types::Type;

pub(super) fn answer(table: &TableView) -> Result<Answer, SqlError> {
    let columns = table.schema.in_display_order();
    Answer::new(vec![
        ("Column", Type::Varchar, texts(columns.iter().map(|column| &column.name))),
        ("Type", Type::Varchar, texts(columns.iter().map(|column| column.column_type.sql_name()))),
        (
            "Timestream attribute type",
            Type::Varchar,
            texts(columns.iter().map(|column| column.role.attribute_type())),
        ),
    ])
}
