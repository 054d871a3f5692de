//! A constant of any type, as literals and folded expressions hold it.

use std::fmt;

use crate::text;
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
        let mut out = Vec::new();
        let what = match self {
            Self::Null => return f.write_str("null"),
            Self::Boolean(value) => return write!(f, "{value}"),
            Self::Integer(value) => return write!(f, "{value}"),
            Self::Bigint(value) => return write!(f, "{value}L"),
            Self::Varchar(value) => return write!(f, "'{}'", value.replace('\'', "''")),
            Self::Double(value) => {
                text::write_double(&mut out, *value);
                return f.write_str(&String::from_utf8_lossy(&out));
            }
            Self::Date(days) => {
                text::write_date(&mut out, *days);
                "date"
            }
            Self::Time(ns) => {
                text::write_time(&mut out, *ns);
                "time"
            }
            Self::Timestamp(ns) => {
                text::write_timestamp(&mut out, *ns);
                "timestamp"
            }
            Self::IntervalDayToSecond(ns) => {
                text::write_day_to_second(&mut out, *ns);
                "interval"
            }
            Self::IntervalYearToMonth(months) => {
                text::write_year_to_month(&mut out, *months);
                "interval"
            }
        };
        write!(f, "{what} '{}'", String::from_utf8_lossy(&out))
    }
}
