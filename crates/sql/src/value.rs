//! A constant of any type, as literals and folded expressions hold it.

use crate::types::Type;

/// A typed constant; `Null` takes its type from the expression that holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i32),
    Bigint(i64),
    Double(f64),
    Varchar(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Nanoseconds since the Unix epoch.
    Timestamp(i64),
    /// Nanoseconds.
    IntervalDayToSecond(i64),
    /// Months.
    IntervalYearToMonth(i32),
}

impl Value {
    /// The type of the constant itself; `Unknown` for NULL.
    pub fn ty(&self) -> Type {
        match self {
            Self::Null => Type::Unknown,
            Self::Boolean(_) => Type::Boolean,
            Self::Integer(_) => Type::Integer,
            Self::Bigint(_) => Type::Bigint,
            Self::Double(_) => Type::Double,
            Self::Varchar(_) => Type::Varchar,
            Self::Date(_) => Type::Date,
            Self::Time(_) => Type::Time,
            Self::Timestamp(_) => Type::Timestamp,
            Self::IntervalDayToSecond(_) => Type::IntervalDayToSecond,
            Self::IntervalYearToMonth(_) => Type::IntervalYearToMonth,
        }
    }
}
