//! The two forms every interpolation has: an array of instants gives a series, one instant gives a value.

use arrow::array::{ArrayRef, TimestampNanosecondArray};

use super::series::{Instants, NumberSeries, SeriesColumn};
use crate::functions::map::{Double, Output};
use crate::functions::{Arguments, Call, RowError, stop};

/// Prepares one series for looking values up; `None` where there is no value at an instant.
pub trait Curve {
    fn new(points: Vec<(i64, f64)>) -> Self;
    fn at(&self, instant_ns: i64) -> Option<f64>;
}

/// `interpolate_x(series, instants)`: one point per instant.
pub fn series<C: Curve>(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let instants = Instants::new(arguments, 1)?;
    let mut output = NumberSeries::default();
    for row in 0..call.rows {
        stop::check()?;
        match (input.numbers(row)?, instants.row(row)) {
            (Some(points), Some(instants)) => {
                let curve = C::new(points);
                output.push(instants.map(|instant_ns| (instant_ns, curve.at(instant_ns))));
            }
            _ => output.push_null(),
        }
    }
    output.finish()
}

/// `interpolate_x(series, instant)`: the value at the instant.
pub fn value<C: Curve>(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let input = SeriesColumn::new(arguments, 0)?;
    let instants = arguments.column::<TimestampNanosecondArray>(1)?;
    let mut builder = Double::builder(call.rows);
    for row in 0..call.rows {
        stop::check()?;
        let found = match (input.numbers(row)?, instants.row(row)) {
            (Some(points), Some(at)) => C::new(points).at(instants.values.value(at)),
            _ => None,
        };
        Double::push(&mut builder, found);
    }
    Ok(Double::finish(builder))
}
