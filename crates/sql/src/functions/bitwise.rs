//! Bitwise functions (sql.md 7.3).

use super::ScalarFunction;

mod bit_count;
mod bitwise_and;
mod bitwise_not;
mod bitwise_or;
mod bitwise_xor;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &bit_count::FUNCTION,
    &bitwise_and::FUNCTION,
    &bitwise_not::FUNCTION,
    &bitwise_or::FUNCTION,
    &bitwise_xor::FUNCTION,
];
