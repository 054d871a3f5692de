//! Makes tables from the data files: `sql-datasets.json` lists rows, `workload-schemas.json` says how to make them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampNanosecondArray,
};
use model::schema::{
    Column, ColumnId, ColumnRole, ColumnType, MEASURE_NAME_COLUMN, TIME_COLUMN, TableSchema,
    measure_value_column,
};
use model::time::NS_PER_MINUTE;
use serde_json::{Map, Value, json};
use sql::text::parse_timestamp;

use super::store::Store;

const PARTS: usize = 3;

/// A row by column name, as JSON values; absent is NULL.
type Row = BTreeMap<String, Value>;

pub fn instant_ns(text: &str) -> i64 {
    parse_timestamp(text).unwrap_or_else(|| panic!("no timestamp: {text}"))
}

/// Each data set of a file like `sql-datasets.json` as a store of one table.
pub fn listed(file: &Value) -> BTreeMap<String, Store> {
    let datasets = file.as_object().unwrap().iter();
    datasets.map(|(name, dataset)| (name.clone(), listed_table(dataset))).collect()
}

fn listed_table(dataset: &Value) -> Store {
    let mut schema = TableSchema::new();
    let columns = dataset["columns"].as_array().unwrap();
    for column in columns {
        let role = match column["kind"].as_str().unwrap() {
            "DIMENSION" => ColumnRole::Dimension,
            "MEASURE_VALUE" => ColumnRole::MeasureValue,
            "MULTI" => ColumnRole::MultiMeasure,
            "MEASURE_NAME" | "TIMESTAMP" => continue,
            other => panic!("no role: {other}"),
        };
        schema.push(text(&column["name"]).into(), column_type(text(&column["type"])), role);
    }
    let named = |row: &Value| {
        let values = row.as_array().unwrap().iter().cloned();
        columns.iter().map(|column| text(&column["name"]).to_owned()).zip(values).collect()
    };
    let rows = dataset["rows"].as_array().unwrap().iter().map(named).collect();
    let mut store = Store::default();
    add_table(&mut store, text(&dataset["database"]), text(&dataset["table"]), schema, rows);
    store
}

/// All tables of a file like `workload-schemas.json`.
pub fn generated(file: &Value) -> Store {
    let now_ns = instant_ns(text(&file["now"]));
    let minutes = file["minutes_before_now"].as_array().unwrap().iter();
    let usual: Vec<i64> = minutes.map(|it| now_ns - it.as_i64().unwrap() * NS_PER_MINUTE).collect();
    let mut store = Store::default();
    for table in file["tables"].as_array().unwrap() {
        let times = match table["times"].as_array() {
            Some(own) => own.iter().map(|it| instant_ns(text(it))).collect(),
            None => usual.clone(),
        };
        generate_table(&mut store, table, &times);
    }
    store
}

fn generate_table(store: &mut Store, table: &Value, times: &[i64]) {
    let empty = Map::new();
    let of = |key: &str| table[key].as_object().unwrap_or(&empty);
    let mut schema = TableSchema::new();
    for name in of("dimensions").keys() {
        schema.push(name.as_str().into(), ColumnType::Varchar, ColumnRole::Dimension);
    }
    let mut measures: Vec<(&str, Vec<(&str, ColumnType)>)> = Vec::new();
    for (name, ty) in of("single") {
        let ty = column_type(text(ty));
        add_column(&mut schema, measure_value_column(ty), ty, ColumnRole::MeasureValue);
        measures.push((name, vec![(measure_value_column(ty), ty)]));
    }
    for (name, attributes) in of("multi") {
        let attributes = attributes.as_object().unwrap().iter();
        let attributes: Vec<_> =
            attributes.map(|(name, ty)| (name.as_str(), column_type(text(ty)))).collect();
        for (name, ty) in &attributes {
            add_column(&mut schema, name, *ty, ColumnRole::MultiMeasure);
        }
        measures.push((name, attributes));
    }
    let lists = of("dimensions").iter().map(|(name, values)| (name, values.as_array().unwrap()));
    let series = lists.clone().map(|(_, values)| values.len()).max().unwrap_or(1);
    let mut rows = Vec::new();
    for number in 0..series {
        let identity: Row = lists
            .clone()
            .map(|(name, values)| (name.clone(), values[number % values.len()].clone()))
            .collect();
        for (at, instant_ns) in times.iter().enumerate() {
            for (which, (measure, values)) in measures.iter().enumerate() {
                let mut row = identity.clone();
                row.insert("measure_name".to_owned(), json!(measure));
                row.insert("time".to_owned(), json!(instant_ns));
                for (column, (name, ty)) in values.iter().enumerate() {
                    row.insert(
                        (*name).to_owned(),
                        made_value(*ty, number * 7 + at * 13 + which * 5 + column),
                    );
                }
                rows.push(row);
            }
        }
    }
    add_table(store, text(&table["database"]), text(&table["table"]), schema, rows);
}

fn add_column(schema: &mut TableSchema, name: &str, ty: ColumnType, role: ColumnRole) {
    if schema.find(name).is_none() {
        schema.push(name.into(), ty, role);
    }
}

fn made_value(ty: ColumnType, seed: usize) -> Value {
    match ty {
        ColumnType::Double => json!((seed * 37 % 1000) as f64 / 10.0),
        ColumnType::Bigint => json!(seed * 37 % 1000),
        ColumnType::Varchar => json!(["active", "failed", "done"][seed % 3]),
        ColumnType::Boolean => json!(seed.is_multiple_of(2)),
        ColumnType::Timestamp => json!(seed),
    }
}

/// Sorts the rows by series and time, notes their measures and deals them out to parts.
fn add_table(store: &mut Store, database: &str, table: &str, mut schema: TableSchema, mut rows: Vec<Row>) {
    for row in &rows {
        add_measure(&mut schema, row);
    }
    let identity: Vec<String> = schema
        .columns()
        .iter()
        .filter(|column| matches!(column.role, ColumnRole::Dimension | ColumnRole::MeasureName))
        .map(|column| column.name.to_string())
        .collect();
    let series = |row: &Row| {
        identity.iter().map(|name| row.get(name).cloned()).map(|it| it.and_then(as_text)).collect::<Vec<_>>()
    };
    rows.sort_by_cached_key(|row| (series(row), time_of(row)));
    let parts = (0..PARTS).map(|part| {
        let rows: Vec<&Row> = rows.iter().skip(part).step_by(PARTS).collect();
        let arrays = schema.columns().iter().map(|column| array(column, &rows)).collect();
        let ids: Vec<ColumnId> = schema.columns().iter().map(|column| column.id).collect();
        RecordBatch::try_new(schema.scan_schema(&ids), arrays).unwrap()
    });
    let parts = parts.collect();
    store.add(database, table, schema, parts);
}

fn add_measure(schema: &mut TableSchema, row: &Row) {
    let measure_name = text(&row["measure_name"]).into();
    let mut entry = schema.measures.get(&measure_name).cloned().unwrap_or_default();
    for column in schema.columns() {
        if row.get(&*column.name).is_none_or(Value::is_null) {
            continue;
        }
        match column.role {
            ColumnRole::MeasureValue if !entry.single_types.contains(&column.column_type) => {
                entry.single_types.push(column.column_type);
            }
            ColumnRole::MultiMeasure => entry.multi = true,
            ColumnRole::Dimension if !entry.dimensions.contains(&column.id) => {
                entry.dimensions.push(column.id)
            }
            _ => {}
        }
    }
    schema.measures.insert(measure_name, entry);
}

fn array(column: &Column, rows: &[&Row]) -> ArrayRef {
    let values = rows.iter().map(|row| row.get(&*column.name).filter(|value| !value.is_null()));
    match column.column_type {
        ColumnType::Double => {
            Arc::new(values.map(|it| it.map(|it| it.as_f64().unwrap())).collect::<Float64Array>())
        }
        ColumnType::Bigint => {
            Arc::new(values.map(|it| it.map(|it| it.as_i64().unwrap())).collect::<Int64Array>())
        }
        ColumnType::Varchar => Arc::new(values.map(|it| it.map(text)).collect::<StringViewArray>()),
        ColumnType::Boolean => {
            Arc::new(values.map(|it| it.map(|it| it.as_bool().unwrap())).collect::<BooleanArray>())
        }
        ColumnType::Timestamp => {
            Arc::new(values.map(|it| it.map(timestamp)).collect::<TimestampNanosecondArray>())
        }
    }
}

fn time_of(row: &Row) -> i64 {
    timestamp(&row["time"])
}

/// Nanoseconds, or the text of a timestamp.
fn timestamp(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| instant_ns(text(value)))
}

fn as_text(value: Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn column_type(name: &str) -> ColumnType {
    match name {
        "double" => ColumnType::Double,
        "bigint" => ColumnType::Bigint,
        "varchar" => ColumnType::Varchar,
        "boolean" => ColumnType::Boolean,
        "timestamp" => ColumnType::Timestamp,
        other => panic!("no column type: {other}"),
    }
}

#[test]
fn parts_hold_every_row_once_sorted() {
    let stores = listed(&super::files::read_json("shared/sql-datasets.json"));
    assert_eq!(stores.len(), 11);
    let schema = TableSchema::new();
    assert_eq!((schema.columns()[0].id, schema.columns()[1].id), (MEASURE_NAME_COLUMN, TIME_COLUMN));
}
