//! Aggregates as DataFusion sees them.

mod counted;
mod distinct;
mod frame_sum;
mod groups;
mod inner;
mod sliding;
mod udaf;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::AggregateUDF;

use super::distinct_values::DistinctValues;
use super::fold::Fold;
use crate::functions::RowError;
use crate::types::Type;
pub(crate) use counted::Extent;
use frame_sum::Total;
use udaf::Declared;

/// An aggregate of ours.
pub(super) fn own(
    name: &'static str,
    arguments: &[Type],
    returns: &Type,
    fold: impl Fold,
) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Declared::own(name, arguments, returns, fold)))
}

/// An aggregate of DataFusion's under our name, with DISTINCT and sliding frames whether it has them or not.
pub(super) fn wrapped(
    name: &'static str,
    arguments: &[Type],
    returns: &Type,
    function: Arc<AggregateUDF>,
) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Declared::wrapped(name, arguments, returns, function)))
}

/// A variance or deviation of DataFusion's. Its sums of squares cannot lose rows again without losing digits: a frame of
/// equal values would have a variance below zero.
pub(super) fn spread(
    name: &'static str,
    arguments: &[Type],
    returns: &Type,
    function: Arc<AggregateUDF>,
) -> Arc<AggregateUDF> {
    let declared = Declared::wrapped(name, arguments, returns, function);
    Arc::new(AggregateUDF::from(declared.without_retraction()))
}

/// The aggregate as a window function. DataFusion takes some of its own (`count`, `max`, `sum`) for ones that never
/// decrease, also where a partition ends, and leaves out the sorting by them.
pub(crate) fn in_window(
    name: &'static str,
    arguments: &[Type],
    returns: &Type,
    function: Arc<AggregateUDF>,
    extent: Extent,
) -> Arc<AggregateUDF> {
    if matches!(returns.data_type(), DataType::List(_)) {
        let declared = Declared::wrapped(name, arguments, returns, function);
        return Arc::new(AggregateUDF::from(declared.counting_elements(extent)));
    }
    if function.inner().downcast_ref::<Declared>().is_some() {
        return function;
    }
    wrapped(name, arguments, returns, function)
}

/// `array_agg(DISTINCT value)` in the order in which the values come.
pub(crate) fn distinct_values(value: &Type) -> Arc<AggregateUDF> {
    let returns = Type::Array(Box::new(value.clone()));
    own("array_agg", std::slice::from_ref(value), &returns, DistinctValues::new(value.data_type()))
}

/// `sum` or `avg` of doubles over windows.
pub(crate) fn window_total(function: &Arc<AggregateUDF>) -> Arc<AggregateUDF> {
    let (name, total) = if function.name() == "avg" { ("avg", Total::Average) } else { ("sum", Total::Sum) };
    let declared = Declared::wrapped(name, &[Type::Double], &Type::Double, Arc::clone(function));
    Arc::new(AggregateUDF::from(declared.summing_frames(total)))
}

fn row_error(error: RowError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
