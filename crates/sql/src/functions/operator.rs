//! Operators (sql.md 6): functions whose names no query can write.

use super::ScalarFunction;

mod arithmetic;

mod add;
mod concat;
mod divide;
mod like;
mod modulus;
mod multiply;
mod negate;
pub mod once;
mod subscript;
mod subtract;

pub use add::whole_days;
pub use like::LikePattern;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &add::FUNCTION,
    &concat::FUNCTION,
    &divide::FUNCTION,
    &like::FUNCTION,
    &modulus::FUNCTION,
    &multiply::FUNCTION,
    &negate::FUNCTION,
    &subscript::FUNCTION,
    &subtract::FUNCTION,
];

#[cfg(test)]
mod tests;
