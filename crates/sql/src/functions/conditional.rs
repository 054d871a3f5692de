//! Functions that choose among their arguments (sql.md 7.1). CASE, IF, COALESCE, NULLIF and TRY are forms of the
//! analyzer, since they must not evaluate what they don't take.

use super::ScalarFunction;

mod extreme;
mod greatest;
mod least;

pub static FUNCTIONS: &[&ScalarFunction] = &[&greatest::FUNCTION, &least::FUNCTION];
