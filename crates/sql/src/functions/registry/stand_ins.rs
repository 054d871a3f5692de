//! Declarations of aggregates and window functions without an engine, for the analyzer's tests until the real ones exist.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation, WindowFunction, WindowOverload};

const DOCUMENTATION: Documentation = Documentation { summary: "", edges: "", examples: &[], source: "" };

macro_rules! aggregate {
    ($name:literal, $($signature:literal),+) => {
        &AggregateFunction {
            name: $name,
            aliases: &[],
            overloads: &[$(AggregateOverload { signature: $signature }),+],
            order_sensitive: false,
            documentation: DOCUMENTATION,
        }
    };
}

macro_rules! window {
    ($name:literal, $($signature:literal),+) => {
        &WindowFunction {
            name: $name,
            overloads: &[$(WindowOverload { signature: $signature }),+],
            documentation: DOCUMENTATION,
        }
    };
}

pub static AGGREGATES: &[&AggregateFunction] = &[
    aggregate!("count", "count() -> bigint", "count(T) -> bigint"),
    aggregate!("count_if", "count_if(boolean) -> bigint"),
    aggregate!(
        "sum",
        "sum(bigint) -> bigint",
        "sum(double) -> double",
        "sum(interval day to second) -> interval day to second"
    ),
    aggregate!("avg", "avg(double) -> double"),
    aggregate!("min", "min(T) -> T where T: orderable", "min(T, bigint) -> array(T) where T: orderable"),
    aggregate!("max", "max(T) -> T where T: orderable", "max(T, bigint) -> array(T) where T: orderable"),
    aggregate!("min_by", "min_by(X, Y) -> X", "min_by(X, Y, bigint) -> array(X)"),
    aggregate!("max_by", "max_by(X, Y) -> X", "max_by(X, Y, bigint) -> array(X)"),
    aggregate!("arbitrary", "arbitrary(T) -> T"),
    aggregate!("array_agg", "array_agg(T) -> array(T)"),
    aggregate!("bool_and", "bool_and(boolean) -> boolean"),
    aggregate!("bool_or", "bool_or(boolean) -> boolean"),
    aggregate!("every", "every(boolean) -> boolean"),
    aggregate!("geometric_mean", "geometric_mean(double) -> double"),
    aggregate!("stddev", "stddev(double) -> double"),
    aggregate!("stddev_pop", "stddev_pop(double) -> double"),
    aggregate!("stddev_samp", "stddev_samp(double) -> double"),
    aggregate!("variance", "variance(double) -> double"),
    aggregate!("var_pop", "var_pop(double) -> double"),
    aggregate!("var_samp", "var_samp(double) -> double"),
    aggregate!("skewness", "skewness(double) -> double"),
    aggregate!("corr", "corr(double, double) -> double"),
    aggregate!("covar_pop", "covar_pop(double, double) -> double"),
    aggregate!("covar_samp", "covar_samp(double, double) -> double"),
    aggregate!("regr_slope", "regr_slope(double, double) -> double"),
    aggregate!("regr_intercept", "regr_intercept(double, double) -> double"),
    aggregate!("bitwise_and_agg", "bitwise_and_agg(bigint) -> bigint"),
    aggregate!("bitwise_or_agg", "bitwise_or_agg(bigint) -> bigint"),
    aggregate!("approx_distinct", "approx_distinct(T) -> bigint", "approx_distinct(T, double) -> bigint"),
    aggregate!(
        "approx_percentile",
        "approx_percentile(integer, double) -> integer",
        "approx_percentile(bigint, double) -> bigint",
        "approx_percentile(double, double) -> double",
        "approx_percentile(integer, array(double)) -> array(integer)",
        "approx_percentile(bigint, array(double)) -> array(bigint)",
        "approx_percentile(double, array(double)) -> array(double)",
        "approx_percentile(integer, bigint, double) -> integer",
        "approx_percentile(bigint, bigint, double) -> bigint",
        "approx_percentile(double, bigint, double) -> double",
        "approx_percentile(integer, bigint, array(double)) -> array(integer)",
        "approx_percentile(bigint, bigint, array(double)) -> array(bigint)",
        "approx_percentile(integer, bigint, double, double) -> integer",
        "approx_percentile(bigint, bigint, double, double) -> bigint",
        "approx_percentile(double, bigint, double, double) -> double"
    ),
    aggregate!("create_time_series", "create_time_series(timestamp, T) -> timeseries(T)"),
];

pub static WINDOWS: &[&WindowFunction] = &[
    window!("row_number", "row_number() -> bigint"),
    window!("rank", "rank() -> bigint"),
    window!("dense_rank", "dense_rank() -> bigint"),
    window!("percent_rank", "percent_rank() -> double"),
    window!("cume_dist", "cume_dist() -> double"),
    window!("ntile", "ntile(bigint) -> bigint"),
    window!("first_value", "first_value(T) -> T"),
    window!("last_value", "last_value(T) -> T"),
    window!("nth_value", "nth_value(T, bigint) -> T"),
    window!("lag", "lag(T) -> T", "lag(T, bigint) -> T", "lag(T, bigint, T) -> T"),
    window!("lead", "lead(T) -> T", "lead(T, bigint) -> T", "lead(T, bigint, T) -> T"),
];
