//! A constant of any type, as literals and folded expressions hold it.

pub mod text;

use std::fmt;

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

/// The constant as the language spells it; a bigint carries an `L` to tell it from an integer.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Bigint(value) => write!(f, "{value}L"),
            Self::Double(value) => write!(f, "{value:?}"),
            Self::Varchar(value) => write!(f, "'{}'", value.replace('\'', "''")),
            Self::Date(days) => write!(f, "date '{}'", text::format_date(*days)),
            Self::Time(ns) => write!(f, "time '{}'", text::format_time(*ns)),
            Self::Timestamp(ns) => write!(f, "timestamp '{}'", model::time::format_timestamp(*ns)),
            Self::IntervalDayToSecond(ns) => write!(f, "interval '{}'", text::format_day_to_second(*ns)),
            Self::IntervalYearToMonth(months) => {
                write!(f, "interval '{}'", text::format_year_to_month(*months))
            }
        }
    }
}
