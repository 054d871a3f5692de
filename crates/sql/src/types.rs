//! The types of the language (sql.md 3) and how each one is held in Arrow.
//!
//! Knows nothing of DataFusion. A [`Type`] is logical; [`Type::data_type`] is the one physical form of it that every
//! array in the engine has. Rows hold their fields as `f0`, `f1`, ..., so equal shapes have equal Arrow types
//! whatever the fields are called.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};
use model::schema::ColumnType;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// The type of NULL.
    Unknown,
    Boolean,
    /// 32 bits: literals and expressions only, never stored.
    Integer,
    Bigint,
    Double,
    Varchar,
    /// Internal: no value of it can be returned.
    Varbinary,
    Date,
    Time,
    Timestamp,
    IntervalDayToSecond,
    IntervalYearToMonth,
    Array(Box<Type>),
    Row(Vec<RowField>),
    Timeseries(Box<Type>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowField {
    pub name: Option<String>,
    pub ty: Type,
}

impl Type {
    pub fn array(element: Type) -> Self {
        Self::Array(Box::new(element))
    }

    pub fn timeseries(value: Type) -> Self {
        Self::Timeseries(Box::new(value))
    }

    /// The row type of one point of a series, as lambdas and UNNEST see it.
    pub fn point(value: Type) -> Self {
        Self::Row(vec![
            RowField { name: Some("time".into()), ty: Self::Timestamp },
            RowField { name: Some("value".into()), ty: value },
        ])
    }

    pub fn from_column(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Double => Self::Double,
            ColumnType::Bigint => Self::Bigint,
            ColumnType::Varchar => Self::Varchar,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Timestamp => Self::Timestamp,
        }
    }

    /// The Arrow type of every array of this type. All fields and elements are nullable.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Unknown => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int32,
            Self::Bigint => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Varchar => DataType::Utf8View,
            Self::Varbinary => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Nanosecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Nanosecond, None),
            Self::IntervalDayToSecond => DataType::Duration(TimeUnit::Nanosecond),
            Self::IntervalYearToMonth => DataType::Interval(IntervalUnit::YearMonth),
            Self::Array(element) => list_of(element.data_type()),
            Self::Row(fields) => {
                DataType::Struct(struct_fields(fields.iter().map(|field| field.ty.data_type())))
            }
            Self::Timeseries(value) => {
                let point = [Self::Timestamp.data_type(), value.data_type()];
                list_of(DataType::Struct(struct_fields(point.into_iter())))
            }
        }
    }

    pub fn is_numeric(&self) -> bool {
        matches!(self, Self::Integer | Self::Bigint | Self::Double)
    }

    pub fn is_interval(&self) -> bool {
        matches!(self, Self::IntervalDayToSecond | Self::IntervalYearToMonth)
    }

    /// Whether `<`, ORDER BY, min and max take this type.
    pub fn is_orderable(&self) -> bool {
        match self {
            Self::Array(element) => element.is_orderable(),
            Self::Row(fields) => fields.iter().all(|field| field.ty.is_orderable()),
            Self::Timeseries(_) => false,
            _ => true,
        }
    }

    /// Whether `=`, GROUP BY and DISTINCT take this type.
    pub fn is_comparable(&self) -> bool {
        self.is_orderable()
    }

    /// Whether a value of this type becomes one of `target` without a cast (sql.md 3.3). The rule for varchar
    /// literals depends on the expression and is not part of it.
    pub fn coerces_to(&self, target: &Type) -> bool {
        match (self, target) {
            (from, to) if from == to => true,
            (Self::Unknown, _) => true,
            (Self::Integer, Self::Bigint | Self::Double) | (Self::Bigint, Self::Double) => true,
            (Self::Date, Self::Timestamp) => true,
            (Self::Array(from), Self::Array(to)) => from.coerces_to(to),
            (Self::Timeseries(from), Self::Timeseries(to)) => from.coerces_to(to),
            (Self::Row(from), Self::Row(to)) => {
                from.len() == to.len() && from.iter().zip(to).all(|(from, to)| from.ty.coerces_to(&to.ty))
            }
            _ => false,
        }
    }

    /// The type both sides become where they meet (CASE branches, set operations, comparison), if there is one.
    pub fn common(left: &Type, right: &Type) -> Option<Type> {
        match (left, right) {
            (Self::Row(left), Self::Row(right)) if left.len() == right.len() => {
                let merge = |(left, right): (&RowField, &RowField)| {
                    let name = if left.name == right.name { left.name.clone() } else { None };
                    Some(RowField { name, ty: Self::common(&left.ty, &right.ty)? })
                };
                left.iter().zip(right).map(merge).collect::<Option<_>>().map(Self::Row)
            }
            (Self::Array(left), Self::Array(right)) => Self::common(left, right).map(Self::array),
            (Self::Timeseries(left), Self::Timeseries(right)) => {
                Self::common(left, right).map(Self::timeseries)
            }
            (left, right) if left.coerces_to(right) => Some(right.clone()),
            (left, right) if right.coerces_to(left) => Some(left.clone()),
            _ => None,
        }
    }

    /// The `ScalarType` of the Query API; `None` for arrays, rows and series.
    pub fn api_scalar_type(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown => "UNKNOWN",
            Self::Boolean => "BOOLEAN",
            Self::Integer => "INTEGER",
            Self::Bigint => "BIGINT",
            Self::Double => "DOUBLE",
            Self::Varchar | Self::Varbinary => "VARCHAR",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Timestamp => "TIMESTAMP",
            Self::IntervalDayToSecond => "INTERVAL_DAY_TO_SECOND",
            Self::IntervalYearToMonth => "INTERVAL_YEAR_TO_MONTH",
            Self::Array(_) | Self::Row(_) | Self::Timeseries(_) => return None,
        })
    }
}

fn struct_fields(types: impl Iterator<Item = DataType>) -> Fields {
    types.enumerate().map(|(index, data_type)| Field::new(format!("f{index}"), data_type, true)).collect()
}

fn list_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", element, true)))
}

/// Trino's name of the type, as `typeof` and error messages print it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Boolean => f.write_str("boolean"),
            Self::Integer => f.write_str("integer"),
            Self::Bigint => f.write_str("bigint"),
            Self::Double => f.write_str("double"),
            Self::Varchar => f.write_str("varchar"),
            Self::Varbinary => f.write_str("varbinary"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::IntervalDayToSecond => f.write_str("interval day to second"),
            Self::IntervalYearToMonth => f.write_str("interval year to month"),
            Self::Array(element) => write!(f, "array({element})"),
            Self::Timeseries(value) => write!(f, "timeseries({value})"),
            Self::Row(fields) => {
                f.write_str("row(")?;
                for (index, field) in fields.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    match &field.name {
                        Some(name) => write!(f, "{separator}{name} {}", field.ty)?,
                        None => write!(f, "{separator}{}", field.ty)?,
                    }
                }
                f.write_str(")")
            }
        }
    }
}
