//! PrepareQuery (api.md 4.9): what a query would return and which parameters it takes, without running it.

use sql::types::{RowField, Type as SqlType};
use wire::ApiError;
use wire::query::ScalarType;
use wire::query::input::PrepareQueryRequest;
use wire::query::output::{ColumnInfo, ParameterMapping, PrepareQueryResponse, SelectColumn, Type};
use wire::shape::Enumeration;

use crate::errors;
use crate::node::Node;

pub async fn run(node: &Node, input: &PrepareQueryRequest<'_>) -> Result<PrepareQueryResponse, ApiError> {
    if input.validate_only != Some(true) {
        return Err(ApiError::validation("PrepareQuery only supports ValidateOnly set to true."));
    }
    let text = input.query_string();
    let prepared = node.query_engine.prepare(text.to_owned()).await.map_err(errors::sql)?;
    let columns = prepared.query.output.into_iter().map(|column| {
        let (database_name, table_name) = match column.origin {
            Some(origin) => (Some(origin.database), Some(origin.table)),
            None => (None, None),
        };
        SelectColumn {
            name: Some(column.name),
            r#type: Some(wire_type(&column.ty)),
            database_name,
            table_name,
            aliased: Some(column.aliased),
        }
    });
    let parameter = |(name, ty): (String, SqlType)| ParameterMapping { name, r#type: wire_type(&ty) };
    Ok(PrepareQueryResponse {
        query_string: text.to_owned(),
        columns: columns.collect(),
        parameters: prepared.parameters.into_iter().map(parameter).collect(),
    })
}

fn wire_type(ty: &SqlType) -> Type {
    let unnamed = |ty: &SqlType| Box::new(ColumnInfo { name: None, r#type: wire_type(ty) });
    match ty {
        SqlType::Array(element) => Type { array_column_info: Some(unnamed(element)), ..Type::default() },
        SqlType::Timeseries(value) => {
            Type { time_series_measure_value_column_info: Some(unnamed(value)), ..Type::default() }
        }
        SqlType::Row(fields) => {
            let field =
                |field: &RowField| ColumnInfo { name: field.name.clone(), r#type: wire_type(&field.ty) };
            Type { row_column_info: Some(fields.iter().map(field).collect()), ..Type::default() }
        }
        scalar => {
            Type { scalar_type: scalar.api_scalar_type().and_then(ScalarType::from_name), ..Type::default() }
        }
    }
}
