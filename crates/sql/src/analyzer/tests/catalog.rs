//! The tables of the shared data sets as a read view without rows.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use model::catalog::{MagneticWrites, Retention, Table, TableId};
use model::scan::{ReadView, Scan, ScanError, ScanRequest, TableView};
use model::schema::{ColumnId, ColumnRole, ColumnType, MeasureEntry, TableSchema};
use serde_json::Value;

#[derive(Debug, Default)]
pub struct Catalog {
    databases: BTreeMap<String, BTreeMap<String, TableView>>,
}

impl Catalog {
    /// Every data set of `tests/sql/shared/sql-datasets.json`, and the user's own table.
    pub fn of_shared_datasets() -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/sql/shared/sql-datasets.json");
        let content = std::fs::read_to_string(path).unwrap();
        let datasets: Value = serde_json::from_str(&content).unwrap();
        let mut catalog = Self::default();
        for dataset in datasets.as_object().unwrap().values() {
            let name = |key: &str| dataset[key].as_str().unwrap().to_owned();
            let mut schema = schema_of(dataset);
            if name("table") == "DevOps" {
                // One of the sample statements reads a dimension that other pages give the table.
                schema.push("micro_service".into(), ColumnType::Varchar, ColumnRole::Dimension);
            }
            catalog.add(&name("database"), &name("table"), schema);
        }
        catalog.add_workload_tables();
        catalog.add("IoTMetrics", "SensorData", sensor_data());
        catalog.add("IoTMetrics", "Cases", cases());
        catalog
    }

    /// The tables of the sample statements that have no data set (sql-workload.md): dimensions, then attributes.
    fn add_workload_tables(&mut self) {
        let host = "region az hostname";
        let host_single = "cpu_utilization:single";
        let tables = [
            ("derived", "host_count_pt1h", "microservice_name", "num_instances:bigint"),
            ("devops_sample_application", "host_metrics_sample_application", host, host_single),
            ("sample", "DevOps", "region az hostname micro_service", host_single),
            ("amazon-timestream-tools", "sensor_events", "gpio", "temperature:double humidity:double"),
            ("amazon-timestream-tools", "sensor_details", "gpio", "name:varchar status:varchar"),
            ("amazon-timestream-tools", "sensordata", "gpio", "temperature:double humidity:double"),
            ("db", "table", "dim_value_b", "x:double y:double"),
            ("devops", "sample_devops", host, "cpu_utilization:double memory:double"),
            ("PrometheusDatabase", "PrometheusMetricsTable", "instance job", "up:single"),
            (
                "sample_clickstream",
                "sample_shopping",
                "event ip_address session_id user_group user_id",
                "channel:varchar description:varchar product:varchar product_id:varchar query:varchar quantity:bigint",
            ),
        ];
        for (database, table, dimensions, measures) in tables {
            self.add(database, table, workload_schema(dimensions, measures));
        }
    }

    /// Adds a table.
    pub fn add(&mut self, database: &str, table: &str, schema: TableSchema) {
        let tables = self.databases.entry(database.to_owned()).or_default();
        let definition = Table {
            id: TableId(tables.len() as u64),
            database: database.to_owned(),
            name: table.to_owned(),
            retention: Retention::default(),
            magnetic_writes: MagneticWrites::default(),
            partition_key: Vec::new(),
            created_ns: 0,
            updated_ns: 0,
            expired: None,
        };
        let view = TableView { table: Arc::new(definition), schema: Arc::new(schema) };
        tables.insert(table.to_owned(), view);
    }
}

impl ReadView for Catalog {
    fn databases(&self) -> Vec<String> {
        self.databases.keys().cloned().collect()
    }

    fn tables(&self, database: &str) -> Option<Vec<String>> {
        Some(self.databases.get(database)?.keys().cloned().collect())
    }

    fn find_table(&self, database: &str, table: &str) -> Option<TableView> {
        self.databases.get(database)?.get(table).cloned()
    }

    fn scan(&self, _: TableId, _: &ScanRequest) -> Result<Scan, ScanError> {
        Err(ScanError::TableGone)
    }
}

fn schema_of(dataset: &Value) -> TableSchema {
    let mut schema = TableSchema::new();
    let columns = dataset["columns"].as_array().unwrap();
    let mut ids = Vec::new();
    for column in columns {
        let name = column["name"].as_str().unwrap();
        let role = match column["kind"].as_str().unwrap() {
            "DIMENSION" => ColumnRole::Dimension,
            "MEASURE_VALUE" => ColumnRole::MeasureValue,
            "MULTI" => ColumnRole::MultiMeasure,
            _ => {
                ids.push(schema.find(name).unwrap().id);
                continue;
            }
        };
        ids.push(schema.push(name.into(), column_type(column["type"].as_str().unwrap()), role));
    }
    for row in dataset["rows"].as_array().unwrap() {
        add_measure(&mut schema, &ids, row.as_array().unwrap());
    }
    schema
}

/// Notes the measure of a row.
fn add_measure(schema: &mut TableSchema, ids: &[ColumnId], row: &[Value]) {
    let mut entry = MeasureEntry::default();
    let mut name = String::new();
    for (id, value) in ids.iter().zip(row).filter(|(_, value)| !value.is_null()) {
        let column = schema.column(*id).unwrap();
        match column.role {
            ColumnRole::MeasureName => name = value.as_str().unwrap().to_owned(),
            ColumnRole::MeasureValue => entry.single_types.push(column.column_type),
            ColumnRole::MultiMeasure => entry.multi = true,
            ColumnRole::Dimension => entry.dimensions.push(*id),
            ColumnRole::Time => {}
        }
    }
    schema.measures.insert(name.into(), entry);
}

fn column_type(name: &str) -> ColumnType {
    match name {
        "double" => ColumnType::Double,
        "bigint" => ColumnType::Bigint,
        "boolean" => ColumnType::Boolean,
        "timestamp" => ColumnType::Timestamp,
        _ => ColumnType::Varchar,
    }
}

fn workload_schema(dimensions: &str, measures: &str) -> TableSchema {
    let mut schema = TableSchema::new();
    for name in dimensions.split(' ') {
        schema.push(name.into(), ColumnType::Varchar, ColumnRole::Dimension);
    }
    for measure in measures.split(' ') {
        let (name, ty) = measure.split_once(':').unwrap();
        if ty == "single" {
            let value = "measure_value::double".into();
            schema.push(value, ColumnType::Double, ColumnRole::MeasureValue);
        } else {
            schema.push(name.into(), column_type(ty), ColumnRole::MultiMeasure);
        }
    }
    schema
}

/// The table of user-scripts.md: a single-measure measure `temperature`.
fn sensor_data() -> TableSchema {
    let mut schema = TableSchema::new();
    for name in ["DeviceId", "Location"] {
        schema.push(name.into(), ColumnType::Varchar, ColumnRole::Dimension);
    }
    schema.push("measure_value::double".into(), ColumnType::Double, ColumnRole::MeasureValue);
    for name in ["temperature", "Location", "Pressure", "pressure"] {
        let entry = MeasureEntry { single_types: vec![ColumnType::Double], ..MeasureEntry::default() };
        schema.measures.insert(name.into(), entry);
    }
    schema
}

/// Columns whose names differ only in case.
fn cases() -> TableSchema {
    let mut schema = TableSchema::new();
    for name in ["Make", "make", "Model"] {
        schema.push(name.into(), ColumnType::Varchar, ColumnRole::Dimension);
    }
    schema
}
