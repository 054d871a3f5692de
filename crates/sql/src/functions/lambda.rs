//! Functions that take lambdas (sql.md 7.6, 7.12, 9). A lambda is called on the elements of many rows at once.

use super::ScalarFunction;

pub(super) mod elements;
mod matches;
mod merge_sort;

mod all_match;
mod any_match;
mod array_sort;
mod filter;
mod none_match;
mod reduce;
mod transform;
mod zip_with;

pub(super) use array_sort::kernel as array_sort;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &all_match::FUNCTION,
    &any_match::FUNCTION,
    &filter::FUNCTION,
    &none_match::FUNCTION,
    &reduce::FUNCTION,
    &transform::FUNCTION,
    &zip_with::FUNCTION,
];

#[cfg(test)]
mod tests;
