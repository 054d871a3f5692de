//! String functions (sql.md 7.4).

use super::ScalarFunction;

mod chr;
mod codepoint;
mod concat_ws;
mod from_base64;
mod from_big_endian_64;
mod from_hex;
mod from_utf8;
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
mod to_base64;
mod to_big_endian_64;
mod to_hex;
mod to_utf8;
mod translate;
mod trim;
mod upper;
pub(super) mod xxhash64;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &chr::FUNCTION,
    &codepoint::FUNCTION,
    &concat_ws::FUNCTION,
    &from_base64::FUNCTION,
    &from_big_endian_64::FUNCTION,
    &from_hex::FUNCTION,
    &from_utf8::FUNCTION,
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
    &to_base64::FUNCTION,
    &to_big_endian_64::FUNCTION,
    &to_hex::FUNCTION,
    &to_utf8::FUNCTION,
    &translate::FUNCTION,
    &trim::FUNCTION,
    &upper::FUNCTION,
    &xxhash64::FUNCTION,
];
