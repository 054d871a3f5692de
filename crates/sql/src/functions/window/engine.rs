//! Window functions as DataFusion sees them, where its own need checks or accept less than ours.

mod nth;
mod shift;
mod udwf;

use std::sync::Arc;

use datafusion::logical_expr::WindowUDF;

use crate::types::Type;
pub(super) use shift::Direction;
pub(super) use udwf::Check;
use udwf::{ByRow, Declared};

/// A function of DataFusion's with a constant argument that has a least value.
pub(super) fn checked(
    name: &'static str,
    arguments: &[Type],
    function: Arc<WindowUDF>,
    check: Check,
) -> Arc<WindowUDF> {
    Arc::new(WindowUDF::from(Declared::new(name, arguments, function, check, None)))
}

/// `lag` or `lead`: DataFusion's where offset and default are constant, ours where they differ from row to row.
pub(super) fn shift(
    name: &'static str,
    arguments: &[Type],
    function: Arc<WindowUDF>,
    direction: Direction,
) -> Arc<WindowUDF> {
    let check = Check { index: 1, min: 0 };
    Arc::new(WindowUDF::from(Declared::new(name, arguments, function, check, Some(ByRow::Shift(direction)))))
}

/// `nth_value`: DataFusion's where the number is constant, ours where it differs from row to row.
pub(super) fn nth(arguments: &[Type], function: Arc<WindowUDF>) -> Arc<WindowUDF> {
    let check = Check { index: 1, min: 1 };
    Arc::new(WindowUDF::from(Declared::new("nth_value", arguments, function, check, Some(ByRow::Nth))))
}
