//! `regr_intercept`.

use super::pairs::Pairs;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "regr_intercept",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "regr_intercept(double, double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("regr_intercept", arguments, returns, FOLD),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns where the least-squares line through the points (x, y) meets the y axis.",
        edges: "The dependent value y comes first. Pairs with a NULL are skipped; NULL where x does not vary.",
        examples: &[("SELECT regr_intercept(y, x) FROM (VALUES (1, 1), (2, 3), (3, 5)) AS t(y, x)", "0.5")],
        source: "sql.md 7.9",
    },
};

const FOLD: Pairs = Pairs { result: |pairs| pairs.mean_y - pairs.mean_x * pairs.xy / pairs.xx };
