//! The shape of a table: it is inferred from writes and only grows (api.md 3.2, sql.md 4).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The type of a stored column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ColumnType {
    Double,
    Bigint,
    Varchar,
    Boolean,
    Timestamp,
}

impl ColumnType {
    /// The name in SQL, as DESCRIBE prints it.
    pub fn sql_name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Bigint => "bigint",
            Self::Varchar => "varchar",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
        }
    }

    /// The name in the APIs (`MeasureValueType`).
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Double => "DOUBLE",
            Self::Bigint => "BIGINT",
            Self::Varchar => "VARCHAR",
            Self::Boolean => "BOOLEAN",
            Self::Timestamp => "TIMESTAMP",
        }
    }

    /// The Arrow type in every batch that crosses the scan contract.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Double => DataType::Float64,
            Self::Bigint => DataType::Int64,
            Self::Varchar => DataType::Utf8View,
            Self::Boolean => DataType::Boolean,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Nanosecond, None),
        }
    }
}

/// What a column is to Timestream (`Timestream attribute type` of DESCRIBE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ColumnRole {
    Dimension,
    MeasureName,
    Time,
    /// `measure_value::<type>`, filled by single-measure records of that type.
    MeasureValue,
    /// An attribute of multi-measure records.
    MultiMeasure,
}

impl ColumnRole {
    pub fn attribute_type(self) -> &'static str {
        match self {
            Self::Dimension => "DIMENSION",
            Self::MeasureName => "MEASURE_NAME",
            Self::Time => "TIMESTAMP",
            Self::MeasureValue => "MEASURE_VALUE",
            Self::MultiMeasure => "MULTI",
        }
    }
}

/// Identifies a column within its table for ever: the order of first appearance. 0 is `measure_name`, 1 is `time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct ColumnId(pub u32);

pub const MEASURE_NAME_COLUMN: ColumnId = ColumnId(0);
pub const TIME_COLUMN: ColumnId = ColumnId(1);

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    pub id: ColumnId,
    pub name: Arc<str>,
    pub column_type: ColumnType,
    pub role: ColumnRole,
}

/// What is known of a measure name of the table.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct MeasureEntry {
    /// Types of single-measure records with this name, in order of first appearance.
    pub single_types: Vec<ColumnType>,
    /// Whether multi-measure records have this name.
    pub multi: bool,
    /// Dimensions seen with this measure name, in order of first appearance.
    pub dimensions: Vec<ColumnId>,
}

/// The columns of a table, indexed by [`ColumnId`], and its measure names. Immutable: growth makes a new value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableSchema {
    columns: Vec<Column>,
    pub measures: BTreeMap<Arc<str>, MeasureEntry>,
}

impl Default for TableSchema {
    fn default() -> Self {
        Self::new()
    }
}

impl TableSchema {
    /// The schema of an empty table: `measure_name` and `time`.
    pub fn new() -> Self {
        let mut schema = Self { columns: Vec::new(), measures: BTreeMap::new() };
        schema.push("measure_name".into(), ColumnType::Varchar, ColumnRole::MeasureName);
        schema.push("time".into(), ColumnType::Timestamp, ColumnRole::Time);
        schema
    }

    /// All columns by id, in order of first appearance.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn column(&self, id: ColumnId) -> Option<&Column> {
        self.columns.get(id.0 as usize)
    }

    /// The column with exactly this name.
    pub fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| &*column.name == name)
    }

    /// Adds a column and returns its id. The name must be new.
    pub fn push(&mut self, name: Arc<str>, column_type: ColumnType, role: ColumnRole) -> ColumnId {
        let id = ColumnId(self.columns.len() as u32);
        self.columns.push(Column { id, name, column_type, role });
        id
    }

    /// The columns in the order of DESCRIBE and `SELECT *`: dimensions, measure_name, time, `measure_value::…`,
    /// attributes; within a group by first appearance.
    pub fn in_display_order(&self) -> Vec<&Column> {
        let rank = |role| match role {
            ColumnRole::Dimension => 0,
            ColumnRole::MeasureName => 1,
            ColumnRole::Time => 2,
            ColumnRole::MeasureValue => 3,
            ColumnRole::MultiMeasure => 4,
        };
        let mut columns: Vec<&Column> = self.columns.iter().collect();
        columns.sort_by_key(|column| (rank(column.role), column.id));
        columns
    }

    /// The Arrow schema of a scan that reads `columns` in this order; fields are named by column name.
    pub fn scan_schema(&self, columns: &[ColumnId]) -> SchemaRef {
        let fields = columns.iter().filter_map(|id| self.column(*id)).map(|column| {
            let nullable = !matches!(column.role, ColumnRole::MeasureName | ColumnRole::Time);
            Field::new(&*column.name, column.column_type.data_type(), nullable)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// The name of the column that single-measure records of a type fill.
pub fn measure_value_column(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Double => "measure_value::double",
        ColumnType::Bigint => "measure_value::bigint",
        ColumnType::Varchar => "measure_value::varchar",
        ColumnType::Boolean => "measure_value::boolean",
        ColumnType::Timestamp => "measure_value::timestamp",
    }
}
