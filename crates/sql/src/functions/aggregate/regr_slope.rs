//! `regr_slope`.

use super::pairs::Pairs;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "regr_slope",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "regr_slope(double, double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("regr_slope", arguments, returns, FOLD),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the slope of the least-squares line through the points (x, y).",
        edges: "The dependent value y comes first. Pairs with a NULL are skipped; NULL where x does not vary.",
        examples: &[("SELECT regr_slope(y, x) FROM (VALUES (1, 1), (2, 3), (3, 5)) AS t(y, x)", "0.5")],
        source: "sql.md 7.9",
    },
};

const FOLD: Pairs = Pairs { result: |pairs| pairs.xy / pairs.xx };
