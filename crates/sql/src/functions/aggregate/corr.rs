//! `corr`.

use super::pairs::Pairs;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "corr",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "corr(double, double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("corr", arguments, returns, FOLD),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the correlation coefficient of y and x.",
        edges: "Pairs with a NULL are skipped; NULL where either side does not vary.",
        examples: &[("SELECT corr(y, x) FROM (VALUES (1, 1), (2, 3), (3, 5)) AS t(y, x)", "1.0")],
        source: "sql.md 7.9",
    },
};

const FOLD: Pairs = Pairs { result: |pairs| pairs.xy / (pairs.xx * pairs.yy).sqrt() };
