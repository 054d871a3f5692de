//! Regular expressions in Java's syntax (sql.md 7.7), with look-around and back references.
//!
//! `java.rs` rewrites what the engine spells differently, `pattern.rs` compiles, keeps and matches patterns. Both are
//! bounded: the size of a pattern, of what it compiles to, and of the backtracking for one text.

use super::ScalarFunction;

mod java;
mod pattern;
mod replacement;

mod regexp_extract;
mod regexp_extract_all;
mod regexp_like;
mod regexp_replace;
mod regexp_split;

pub(super) use pattern::check_syntax;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &regexp_extract::FUNCTION,
    &regexp_extract_all::FUNCTION,
    &regexp_like::FUNCTION,
    &regexp_replace::FUNCTION,
    &regexp_split::FUNCTION,
];

#[cfg(test)]
mod tests;
