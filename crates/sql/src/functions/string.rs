//! String functions (sql.md 7.4).

use super::ScalarFunction;

mod chr;
mod codepoint;
mod concat_ws;
mod from_big_endian_64;
mod hamming_distance;
mod length;
mod levenshtein_distance;
mod lower;
mod lpad;
mod ltrim;
mod replace;
mod rpad;
mod rtrim;
mod split_part;
mod starts_with;
mod strpos;
mod strrpos;
mod substr;
mod translate;
mod trim;
mod upper;
pub(super) mod xxhash64;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &chr::FUNCTION,
    &codepoint::FUNCTION,
    &concat_ws::FUNCTION,
    &from_big_endian_64::FUNCTION,
    &hamming_distance::FUNCTION,
    &length::FUNCTION,
    &levenshtein_distance::FUNCTION,
    &lower::FUNCTION,
    &lpad::FUNCTION,
    &ltrim::FUNCTION,
    &replace::FUNCTION,
    &rpad::FUNCTION,
    &rtrim::FUNCTION,
    &split_part::FUNCTION,
    &starts_with::FUNCTION,
    &strpos::FUNCTION,
    &strrpos::FUNCTION,
    &substr::FUNCTION,
    &translate::FUNCTION,
    &trim::FUNCTION,
    &upper::FUNCTION,
    &xxhash64::FUNCTION,
];
