//! `covar_samp`.

use super::pairs::Pairs;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "covar_samp",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "covar_samp(double, double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("covar_samp", arguments, returns, FOLD),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the sample covariance of y and x.",
        edges: "Pairs with a NULL are skipped; NULL for fewer than two pairs.",
        examples: &[("SELECT covar_samp(y, x) FROM (VALUES (1, 1), (2, 3), (3, 5)) AS t(y, x)", "2.0")],
        source: "sql.md 7.9",
    },
};

const FOLD: Pairs = Pairs { result: |pairs| pairs.xy / (pairs.count - 1.0) };
