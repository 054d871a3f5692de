//! What the operators above a scan find out while it runs: top-k and joins tell it which times are still of use.

use std::sync::Arc;

use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CaseExpr, Column, DynamicFilterPhysicalExpr, IsNullExpr, Literal,
};
use model::scan::TimeRange;

use super::bounds::{instant, time_range};

const NO_TIME: TimeRange = TimeRange { start_ns: i64::MAX, end_ns: i64::MIN };

/// A range with the times of all rows that can pass `filter` as it is now; `time` is never NULL.
pub(super) fn time_range_of(filter: &Arc<dyn PhysicalExpr>, time_field: usize) -> TimeRange {
    let of = |filter: &Arc<dyn PhysicalExpr>| time_range_of(filter, time_field);
    let is_time = |expr: &Arc<dyn PhysicalExpr>| {
        expr.downcast_ref::<Column>().is_some_and(|column| column.index() == time_field)
    };
    if let Some(dynamic) = filter.downcast_ref::<DynamicFilterPhysicalExpr>() {
        return dynamic.current().map_or(TimeRange::ALL, |current| of(&current));
    }
    if let Some(binary) = filter.downcast_ref::<BinaryExpr>() {
        let (left, right) = (binary.left(), binary.right());
        let constant = |expr: &Arc<dyn PhysicalExpr>| {
            expr.downcast_ref::<Literal>().and_then(|literal| instant(literal.value()))
        };
        return match binary.op() {
            Operator::And => of(left).intersect(&of(right)),
            Operator::Or => cover(of(left), of(right)),
            op if is_time(left) => constant(right).map_or(TimeRange::ALL, |at| time_range(*op, at)),
            op if is_time(right) => match (op.swap(), constant(left)) {
                (Some(op), Some(at)) => time_range(op, at),
                _ => TimeRange::ALL,
            },
            _ => TimeRange::ALL,
        };
    }
    if let Some(null) = filter.downcast_ref::<IsNullExpr>() {
        return if is_time(null.arg()) { NO_TIME } else { TimeRange::ALL };
    }
    if let Some(literal) = filter.downcast_ref::<Literal>() {
        let is_false = matches!(literal.value(), datafusion::common::ScalarValue::Boolean(Some(false)));
        return if is_false { NO_TIME } else { TimeRange::ALL };
    }
    if let Some(case) = filter.downcast_ref::<CaseExpr>() {
        let thens = case.when_then_expr().iter().map(|(_, then)| of(then));
        let otherwise = case.else_expr().map_or(NO_TIME, of);
        return thens.fold(otherwise, cover);
    }
    TimeRange::ALL
}

fn cover(one: TimeRange, other: TimeRange) -> TimeRange {
    if one.is_empty() {
        return other;
    }
    if other.is_empty() {
        return one;
    }
    TimeRange { start_ns: one.start_ns.min(other.start_ns), end_ns: one.end_ns.max(other.end_ns) }
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;
    use datafusion::physical_expr::expressions::{binary, lit};

    use super::*;

    fn schema() -> datafusion::arrow::datatypes::Schema {
        use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
        let time = DataType::Timestamp(TimeUnit::Nanosecond, None);
        datafusion::arrow::datatypes::Schema::new(vec![
            Field::new("x", DataType::Boolean, true),
            Field::new("t", time, true),
        ])
    }

    fn compare(op: Operator, at: i64) -> Arc<dyn PhysicalExpr> {
        let at = lit(ScalarValue::TimestampNanosecond(Some(at), None));
        binary(Arc::new(Column::new("t", 1)), op, at, &schema()).unwrap()
    }

    fn both(
        left: Arc<dyn PhysicalExpr>,
        op: Operator,
        right: Arc<dyn PhysicalExpr>,
    ) -> Arc<dyn PhysicalExpr> {
        binary(left, op, right, &schema()).unwrap()
    }

    #[test]
    fn filters_narrow_times() {
        let other = || -> Arc<dyn PhysicalExpr> { Arc::new(Column::new("x", 0)) };
        let null = || -> Arc<dyn PhysicalExpr> { Arc::new(IsNullExpr::new(Arc::new(Column::new("t", 1)))) };
        let range = |start_ns, end_ns| TimeRange { start_ns, end_ns };
        let (above, below) = (|| compare(Operator::GtEq, 5), || compare(Operator::Lt, 9));
        let cases = [
            (above(), range(5, i64::MAX)),
            (both(above(), Operator::And, below()), range(5, 9)),
            (both(above(), Operator::Or, below()), TimeRange::ALL),
            (both(null(), Operator::Or, above()), range(5, i64::MAX)),
            (both(other(), Operator::And, below()), range(i64::MIN, 9)),
            (both(other(), Operator::Or, below()), TimeRange::ALL),
            (both(lit(false), Operator::Or, below()), range(i64::MIN, 9)),
            (lit(true), TimeRange::ALL),
        ];
        for (filter, expected) in cases {
            assert_eq!(time_range_of(&filter, 1), expected, "{filter}");
        }
        let dynamic =
            Arc::new(DynamicFilterPhysicalExpr::new(vec![Arc::new(Column::new("t", 1))], lit(true)));
        let filter: Arc<dyn PhysicalExpr> = Arc::clone(&dynamic) as _;
        assert_eq!(time_range_of(&filter, 1), TimeRange::ALL);
        dynamic.update(compare(Operator::Gt, 7)).unwrap();
        assert_eq!(time_range_of(&filter, 1), range(8, i64::MAX));
        // Another column that stands where time does elsewhere.
        assert_eq!(time_range_of(&filter, 0), TimeRange::ALL);
    }
}
