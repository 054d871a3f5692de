//! The text forms of values (sql.md 3.2, api.md 4.3), both ways: what results and casts print and what casts read.
//!
//! Writers append to bytes, so that results go from arrays to the response without a string per value.

mod format;
mod parse;

pub use format::{write_bigint, write_boolean, write_date, write_day_to_second, write_double};
pub use format::{write_time, write_timestamp, write_year_to_month};
pub use parse::{parse_bigint, parse_boolean, parse_date, parse_double, parse_time, parse_timestamp};

#[cfg(test)]
mod tests;
