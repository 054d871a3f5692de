//! Aggregate functions (sql.md 7.9, 8.2).
//!
//! Where DataFusion's aggregate agrees in values and types it is used; the others implement [`fold::Fold`], which
//! knows only Arrow: one implementation is both the accumulator of one group and that of many. `engine` gives either
//! to DataFusion, with DISTINCT, sliding frames and memory accounting for all.
#![cfg_attr(not(feature = "engine"), allow(dead_code))]

use super::AggregateFunction;

mod distinct_values;
#[cfg(feature = "engine")]
pub(crate) mod engine;
mod fold;
mod keys;
mod moments;
mod pairs;
mod ranking;
mod summary;

mod approx_distinct;
mod approx_percentile;
mod arbitrary;
mod array_agg;
mod avg;
mod bitwise_and_agg;
mod bitwise_or_agg;
mod bool_and;
mod bool_or;
mod corr;
mod count;
mod count_if;
mod covar_pop;
mod covar_samp;
mod create_time_series;
mod geometric_mean;
mod max;
mod max_by;
mod min;
mod min_by;
mod regr_intercept;
mod regr_slope;
mod skewness;
mod stddev;
mod stddev_pop;
mod sum;
mod var_pop;
mod variance;

pub static FUNCTIONS: &[&AggregateFunction] = &[
    &approx_distinct::FUNCTION,
    &approx_percentile::FUNCTION,
    &arbitrary::FUNCTION,
    &array_agg::FUNCTION,
    &avg::FUNCTION,
    &bitwise_and_agg::FUNCTION,
    &bitwise_or_agg::FUNCTION,
    &bool_and::FUNCTION,
    &bool_or::FUNCTION,
    &corr::FUNCTION,
    &count::FUNCTION,
    &count_if::FUNCTION,
    &covar_pop::FUNCTION,
    &covar_samp::FUNCTION,
    &create_time_series::FUNCTION,
    &geometric_mean::FUNCTION,
    &max::FUNCTION,
    &max_by::FUNCTION,
    &min::FUNCTION,
    &min_by::FUNCTION,
    &regr_intercept::FUNCTION,
    &regr_slope::FUNCTION,
    &skewness::FUNCTION,
    &stddev::FUNCTION,
    &stddev_pop::FUNCTION,
    &sum::FUNCTION,
    &var_pop::FUNCTION,
    &variance::FUNCTION,
];
