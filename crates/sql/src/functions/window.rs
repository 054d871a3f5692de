//! Window functions (sql.md 7.10). Aggregates are window functions too, without being listed here.

use super::WindowFunction;

#[cfg(feature = "engine")]
mod engine;

mod cume_dist;
mod dense_rank;
mod first_value;
mod lag;
mod last_value;
mod lead;
mod nth_value;
mod ntile;
mod percent_rank;
mod rank;
mod row_number;

pub static FUNCTIONS: &[&WindowFunction] = &[
    &cume_dist::FUNCTION,
    &dense_rank::FUNCTION,
    &first_value::FUNCTION,
    &lag::FUNCTION,
    &last_value::FUNCTION,
    &lead::FUNCTION,
    &nth_value::FUNCTION,
    &ntile::FUNCTION,
    &percent_rank::FUNCTION,
    &rank::FUNCTION,
    &row_number::FUNCTION,
];
