//! Constants of the bound tree as DataFusion's.

use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Expr, lit};

use crate::types::Type;
use crate::value::Value;

/// A constant of type `ty`, which is that of the value unless the value is NULL.
pub(super) fn scalar(value: &Value, ty: &Type) -> Result<ScalarValue> {
    Ok(match value {
        Value::Null => return null(ty),
        Value::Boolean(value) => ScalarValue::Boolean(Some(*value)),
        Value::Integer(value) => ScalarValue::Int32(Some(*value)),
        Value::Bigint(value) => ScalarValue::Int64(Some(*value)),
        Value::Double(value) => ScalarValue::Float64(Some(*value)),
        Value::Varchar(value) => ScalarValue::Utf8View(Some(value.clone())),
        Value::Date(days) => ScalarValue::Date32(Some(*days)),
        Value::Time(of_day_ns) => ScalarValue::Time64Nanosecond(Some(*of_day_ns)),
        Value::Timestamp(instant_ns) => ScalarValue::TimestampNanosecond(Some(*instant_ns), None),
        Value::IntervalDayToSecond(interval_ns) => ScalarValue::DurationNanosecond(Some(*interval_ns)),
        Value::IntervalYearToMonth(months) => ScalarValue::IntervalYearMonth(Some(*months)),
    })
}

pub(super) fn null(ty: &Type) -> Result<ScalarValue> {
    ScalarValue::try_from(&ty.data_type())
}

pub(super) fn null_expr(ty: &Type) -> Result<Expr> {
    Ok(Expr::Literal(null(ty)?, None))
}

pub(super) fn boolean(value: bool) -> Expr {
    lit(value)
}

/// Some value of a scalar type, to stand where NULL must not; `None` for nested types.
pub(super) fn filler(ty: &Type) -> Option<Expr> {
    let value = match ty {
        Type::Boolean => Value::Boolean(false),
        Type::Integer => Value::Integer(0),
        Type::Bigint => Value::Bigint(0),
        Type::Double => Value::Double(0.0),
        Type::Varchar => Value::Varchar(String::new()),
        Type::Date => Value::Date(0),
        Type::Time => Value::Time(0),
        Type::Timestamp => Value::Timestamp(0),
        Type::IntervalDayToSecond => Value::IntervalDayToSecond(0),
        Type::IntervalYearToMonth => Value::IntervalYearToMonth(0),
        Type::Unknown | Type::Varbinary | Type::Array(_) | Type::Row(_) | Type::Timeseries(_) => return None,
    };
    Some(Expr::Literal(scalar(&value, ty).ok()?, None))
}

/// NULL of type boolean.
pub(super) fn unknown() -> Expr {
    Expr::Literal(ScalarValue::Boolean(None), None)
}
