//! Declarations of window functions without an engine, for the analyzer's tests until the real ones exist.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

const DOCUMENTATION: Documentation = Documentation { summary: "", edges: "", examples: &[], source: "" };

macro_rules! window {
    ($name:literal, $($signature:literal),+) => {
        &WindowFunction {
            name: $name,
            overloads: &[$(WindowOverload { signature: $signature }),+],
            documentation: DOCUMENTATION,
        }
    };
}

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
