//! The one NaN of the language. Processors make NaNs of either sign, while Arrow orders, groups and compares doubles by
//! their bits.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::Float64Type;

/// Doubles in which every NaN is the positive one, which orders last.
pub(crate) fn canonical(array: ArrayRef) -> ArrayRef {
    let is_other = |value: &f64| value.is_nan() && value.is_sign_negative();
    match doubles(&array) {
        Some(values) if values.values().iter().any(is_other) => with_nan(values, f64::NAN),
        _ => array,
    }
}

/// Doubles in which every NaN orders first, so that the largest is NaN only where there is nothing else. Other types
/// stay as they are.
pub(crate) fn ordered_first(array: &ArrayRef) -> ArrayRef {
    match doubles(array) {
        Some(values) if values.values().iter().any(|value| value.is_nan()) => with_nan(values, -f64::NAN),
        _ => Arc::clone(array),
    }
}

fn doubles(array: &ArrayRef) -> Option<&Float64Array> {
    array.as_primitive_opt::<Float64Type>()
}

fn with_nan(values: &Float64Array, nan: f64) -> ArrayRef {
    Arc::new(values.unary::<_, Float64Type>(|value| if value.is_nan() { nan } else { value }))
}

#[cfg(test)]
mod tests {
    use arrow::array::Array;

    use super::*;

    #[test]
    fn nans_have_the_asked_sign() {
        let array: ArrayRef =
            Arc::new(Float64Array::from(vec![Some(1.0), Some(-f64::NAN), None, Some(f64::NAN)]));
        let signs = |array: &ArrayRef| {
            let values = array.as_primitive::<Float64Type>();
            assert!(values.is_null(2) && values.value(0) == 1.0 && values.value(1).is_nan());
            [values.value(1).is_sign_negative(), values.value(3).is_sign_negative()]
        };
        assert_eq!(signs(&canonical(Arc::clone(&array))), [false, false]);
        assert_eq!(signs(&ordered_first(&array)), [true, true]);
    }
}
