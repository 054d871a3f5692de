//! The words that stand for values in columns of text.

use model::schema::{ColumnId, ColumnRole, ColumnType};

use crate::error::{Result, StorageError};
use crate::metastore::FileKind;

pub(super) const COLUMN_TYPES: [(ColumnType, &str); 5] = [
    (ColumnType::Double, "double"),
    (ColumnType::Bigint, "bigint"),
    (ColumnType::Varchar, "varchar"),
    (ColumnType::Boolean, "boolean"),
    (ColumnType::Timestamp, "timestamp"),
];
pub(super) const COLUMN_ROLES: [(ColumnRole, &str); 5] = [
    (ColumnRole::Dimension, "dimension"),
    (ColumnRole::MeasureName, "measure_name"),
    (ColumnRole::Time, "time"),
    (ColumnRole::MeasureValue, "measure_value"),
    (ColumnRole::MultiMeasure, "multi"),
];
pub(super) const FILE_KINDS: [(FileKind, &str); 3] =
    [(FileKind::Run, "run"), (FileKind::Series, "series"), (FileKind::Data, "data")];

pub(super) fn column_type_text(column_type: ColumnType) -> &'static str {
    text_of(&COLUMN_TYPES, column_type)
}

pub(super) fn column_role_text(role: ColumnRole) -> &'static str {
    text_of(&COLUMN_ROLES, role)
}

pub(super) fn file_kind_text(kind: FileKind) -> &'static str {
    text_of(&FILE_KINDS, kind)
}

pub(super) fn type_list_text(types: &[ColumnType]) -> String {
    types.iter().map(|column_type| column_type_text(*column_type)).collect::<Vec<_>>().join(",")
}

pub(super) fn id_list_text(ids: &[ColumnId]) -> String {
    ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(",")
}

fn text_of<T: PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    names.iter().find(|(known, _)| *known == value).map_or("", |(_, text)| text)
}

pub(super) fn value_of<T: Copy>(names: &[(T, &'static str)], what: &str, text: &str) -> Result<T> {
    let found = names.iter().find(|(_, known)| *known == text).map(|(value, _)| *value);
    found.ok_or_else(|| unknown(what, text))
}

pub(super) fn unknown(what: &str, text: &str) -> StorageError {
    StorageError::Metastore { reason: format!("unknown {what} {text:?}").into() }
}
