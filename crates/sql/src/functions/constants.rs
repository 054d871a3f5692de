//! Constant arguments that can never work, so that a query with one is refused before it runs.

use super::{Family, RowError, ScalarFunction, regular_expression};
use crate::value::Value;

/// Checks argument `index` of a call, which is the constant `value`.
pub fn check(function: &ScalarFunction, index: usize, value: &Value) -> Result<(), RowError> {
    match (function.family, index, value) {
        (Family::RegularExpression, 1, Value::Varchar(pattern)) => regular_expression::check_syntax(pattern),
        _ => Ok(()),
    }
}
