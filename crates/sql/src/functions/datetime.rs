//! Date and time functions (sql.md 7.8). All times are UTC.

use super::ScalarFunction;

pub mod calendar;
pub mod iso8601;
mod joda;
mod mysql;
mod names;
pub mod parts;
pub mod unit;

mod ago;
mod bin;
mod current_date;
mod current_time;
mod current_timezone;
mod date;
mod date_add;
mod date_diff;
mod date_format;
mod date_parse;
mod date_trunc;
mod day;
mod day_of_week;
mod day_of_year;
mod format_datetime;
mod from_iso8601_date;
mod from_iso8601_timestamp;
mod from_milliseconds;
mod from_nanoseconds;
mod from_unixtime;
mod hour;
mod human_readable_seconds;
mod last_day_of_month;
mod millisecond;
mod minute;
mod month;
mod nanosecond;
mod now;
mod parse_datetime;
mod parse_duration;
mod quarter;
mod second;
mod to_iso8601;
mod to_milliseconds;
mod to_nanoseconds;
mod to_unixtime;
mod week;
mod year;
mod year_of_week;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &ago::FUNCTION,
    &bin::FUNCTION,
    &current_date::FUNCTION,
    &current_time::FUNCTION,
    &current_timezone::FUNCTION,
    &date::FUNCTION,
    &date_add::FUNCTION,
    &date_diff::FUNCTION,
    &date_format::FUNCTION,
    &date_parse::FUNCTION,
    &date_trunc::FUNCTION,
    &day::FUNCTION,
    &day_of_week::FUNCTION,
    &day_of_year::FUNCTION,
    &format_datetime::FUNCTION,
    &from_iso8601_date::FUNCTION,
    &from_iso8601_timestamp::FUNCTION,
    &from_milliseconds::FUNCTION,
    &from_nanoseconds::FUNCTION,
    &from_unixtime::FUNCTION,
    &hour::FUNCTION,
    &human_readable_seconds::FUNCTION,
    &last_day_of_month::FUNCTION,
    &millisecond::FUNCTION,
    &minute::FUNCTION,
    &month::FUNCTION,
    &nanosecond::FUNCTION,
    &now::FUNCTION,
    &parse_datetime::FUNCTION,
    &parse_duration::FUNCTION,
    &quarter::FUNCTION,
    &second::FUNCTION,
    &to_iso8601::FUNCTION,
    &to_milliseconds::FUNCTION,
    &to_nanoseconds::FUNCTION,
    &to_unixtime::FUNCTION,
    &week::FUNCTION,
    &year::FUNCTION,
    &year_of_week::FUNCTION,
];
