//! Time-series functions (sql.md 7.11, 8). `create_time_series` is an aggregate, UNNEST a form of the analyzer.

use super::ScalarFunction;

mod correlation;
mod interpolation;
pub mod series;
mod slopes;

mod correlate_pearson;
mod correlate_spearman;
mod derivative_linear;
mod integral_trapezoidal;
mod interpolate_fill;
mod interpolate_linear;
mod interpolate_locf;
mod interpolate_spline_cubic;
mod non_negative_derivative_linear;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &correlate_pearson::FUNCTION,
    &correlate_spearman::FUNCTION,
    &derivative_linear::FUNCTION,
    &integral_trapezoidal::FUNCTION,
    &interpolate_fill::FUNCTION,
    &interpolate_linear::FUNCTION,
    &interpolate_locf::FUNCTION,
    &interpolate_spline_cubic::FUNCTION,
    &non_negative_derivative_linear::FUNCTION,
];
