//! The units that `date_trunc`, `date_add` and `date_diff` take as text.

use model::time::{
    NS_PER_DAY, NS_PER_HOUR, NS_PER_MICROSECOND, NS_PER_MILLISECOND, NS_PER_MINUTE, NS_PER_SECOND,
};

use crate::functions::RowError;

/// A unit of time: a fixed number of nanoseconds or of months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Fixed { ns: i64 },
    Months { count: i64 },
}

impl Unit {
    pub const DAY: Self = Self::Fixed { ns: NS_PER_DAY };
    pub const WEEK: Self = Self::Fixed { ns: 7 * NS_PER_DAY };

    pub fn parse(text: &str) -> Result<Self, RowError> {
        let fixed = |ns| Ok(Self::Fixed { ns });
        match text.to_ascii_lowercase().as_str() {
            "nanosecond" => fixed(1),
            "microsecond" => fixed(NS_PER_MICROSECOND),
            "millisecond" => fixed(NS_PER_MILLISECOND),
            "second" => fixed(NS_PER_SECOND),
            "minute" => fixed(NS_PER_MINUTE),
            "hour" => fixed(NS_PER_HOUR),
            "day" => Ok(Self::DAY),
            "week" => Ok(Self::WEEK),
            "month" => Ok(Self::Months { count: 1 }),
            "quarter" => Ok(Self::Months { count: 3 }),
            "year" => Ok(Self::Months { count: 12 }),
            _ => Err(RowError::new(format!("'{text}' is not a valid Timestamp field"))),
        }
    }
}
