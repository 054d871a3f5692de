//! Values in a form whose order is that of the values.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, IntervalUnit,
    IntervalYearMonthType, Time64NanosecondType, TimeUnit, TimestampNanosecondType,
};

const SIGN: u64 = 1 << 63;

pub(super) fn of_i64(value: i64) -> u64 {
    (value as u64) ^ SIGN
}

pub(super) fn to_i64(key: u64) -> i64 {
    (key ^ SIGN) as i64
}

/// NaN comes last, or first if it is negative; both zeros are one.
pub(super) fn of_f64(value: f64) -> u64 {
    let value = value + 0.0;
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

pub(super) fn to_f64(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// Whether [`of_array`] knows the type.
pub(super) fn is_supported(data_type: &DataType) -> bool {
    of_array(&arrow::array::new_empty_array(data_type)).is_some()
}

/// Keys of a whole array of numbers or instants, NULLs included as some key; `None` for other types.
pub(super) fn of_array(array: &ArrayRef) -> Option<Vec<u64>> {
    Some(match array.data_type() {
        DataType::Int32 => wide(array.as_primitive::<Int32Type>().values()),
        DataType::Date32 => wide(array.as_primitive::<Date32Type>().values()),
        DataType::Interval(IntervalUnit::YearMonth) => {
            wide(array.as_primitive::<IntervalYearMonthType>().values())
        }
        DataType::Int64 => wide(array.as_primitive::<Int64Type>().values()),
        DataType::Timestamp(TimeUnit::Nanosecond, None) => {
            wide(array.as_primitive::<TimestampNanosecondType>().values())
        }
        DataType::Duration(TimeUnit::Nanosecond) => {
            wide(array.as_primitive::<DurationNanosecondType>().values())
        }
        DataType::Time64(TimeUnit::Nanosecond) => wide(array.as_primitive::<Time64NanosecondType>().values()),
        DataType::Float64 => {
            array.as_primitive::<Float64Type>().values().iter().map(|value| of_f64(*value)).collect()
        }
        _ => return None,
    })
}

fn wide<T: Copy + Into<i64>>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| of_i64((*value).into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_and_come_back() {
        let integers = [i64::MIN, -5, -1, 0, 1, i64::MAX];
        assert!(integers.map(of_i64).is_sorted());
        assert_eq!(integers.map(|value| to_i64(of_i64(value))), integers);
        let doubles = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, 0.0, 1e-300, 2.0, f64::INFINITY];
        assert!(doubles.map(of_f64).is_sorted());
        assert_eq!(doubles.map(|value| to_f64(of_f64(value))), doubles);
        assert_eq!(of_f64(-0.0), of_f64(0.0));
        assert!(of_f64(f64::NAN) > of_f64(f64::INFINITY));
        assert!(of_f64(-f64::NAN) < of_f64(f64::NEG_INFINITY));
    }
}
