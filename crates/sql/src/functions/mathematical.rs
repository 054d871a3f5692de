//! Mathematical functions (sql.md 7.2).

use super::ScalarFunction;

mod abs;
mod acos;
mod asin;
mod atan;
mod atan2;
mod cbrt;
mod ceiling;
mod cos;
mod cosh;
mod degrees;
mod e_constant;
mod exp;
mod floor;
mod from_base;
mod infinity;
mod is_finite;
mod is_infinite;
mod is_nan;
mod ln;
mod log10;
mod log2;
mod modulus;
mod nan;
mod pi;
mod power;
mod radians;
mod random;
mod round;
mod sign;
mod sin;
mod sqrt;
mod tan;
mod tanh;
mod to_base;
mod truncate;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &abs::FUNCTION,
    &acos::FUNCTION,
    &asin::FUNCTION,
    &atan::FUNCTION,
    &atan2::FUNCTION,
    &cbrt::FUNCTION,
    &ceiling::FUNCTION,
    &cos::FUNCTION,
    &cosh::FUNCTION,
    &degrees::FUNCTION,
    &e_constant::FUNCTION,
    &exp::FUNCTION,
    &floor::FUNCTION,
    &from_base::FUNCTION,
    &infinity::FUNCTION,
    &is_finite::FUNCTION,
    &is_infinite::FUNCTION,
    &is_nan::FUNCTION,
    &ln::FUNCTION,
    &log10::FUNCTION,
    &log2::FUNCTION,
    &modulus::FUNCTION,
    &nan::FUNCTION,
    &pi::FUNCTION,
    &power::FUNCTION,
    &radians::FUNCTION,
    &random::FUNCTION,
    &round::FUNCTION,
    &sign::FUNCTION,
    &sin::FUNCTION,
    &sqrt::FUNCTION,
    &tan::FUNCTION,
    &tanh::FUNCTION,
    &to_base::FUNCTION,
    &truncate::FUNCTION,
];
