//! The types of columns in Parquet.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::Type as Schema;

use crate::bound::OutputColumn;
use crate::types::Type;
use crate::unload::json::field_name;

pub fn message(columns: &[OutputColumn]) -> Result<Schema, ParquetError> {
    let fields = columns.iter().map(|column| Ok(Arc::new(optional(&column.name, &column.ty)?)));
    Schema::group_type_builder("schema").with_fields(fields.collect::<Result<_, ParquetError>>()?).build()
}

fn optional(name: &str, ty: &Type) -> Result<Schema, ParquetError> {
    let primitive =
        |physical| Schema::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    match ty {
        Type::Boolean => primitive(Physical::BOOLEAN).build(),
        Type::Integer => primitive(Physical::INT32).build(),
        Type::Bigint => primitive(Physical::INT64).build(),
        Type::Double => primitive(Physical::DOUBLE).build(),
        Type::Date => primitive(Physical::INT32).with_logical_type(Some(LogicalType::Date)).build(),
        Type::Timestamp => primitive(Physical::INT96).build(),
        Type::Array(element) => list(name, optional("element", element)?),
        Type::Timeseries(value) => {
            let fields = vec![optional("time", &Type::Timestamp)?, optional("value", value)?];
            list(name, group("element", fields)?)
        }
        Type::Row(fields) => {
            let fields = fields.iter().enumerate();
            let fields = fields
                .map(|(index, field)| optional(&field_name(index, field.name.as_deref()), &field.ty))
                .collect::<Result<_, _>>()?;
            group(name, fields)
        }
        // Varchar and the texts of what has no type here.
        _ => primitive(Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build(),
    }
}

fn group(name: &str, fields: Vec<Schema>) -> Result<Schema, ParquetError> {
    Schema::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_fields(fields.into_iter().map(Arc::new).collect())
        .build()
}

/// The three levels of the format's LIST.
fn list(name: &str, element: Schema) -> Result<Schema, ParquetError> {
    let repeated = Schema::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    Schema::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)])
        .build()
}
