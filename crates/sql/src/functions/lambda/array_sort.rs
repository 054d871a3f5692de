//! The kernel of `array_sort` with a comparator.

use std::cmp::Ordering;

use arrow::array::{ArrayRef, AsArray, UInt32Array};
use arrow::datatypes::{DataType, Int32Type};

use super::elements::{self, Parameter};
use super::merge_sort::sort;
use crate::functions::array::lists::{Lists, Picker};
use crate::functions::{Arguments, Call, RowError};

pub(in crate::functions) fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let lambda = arguments.lambda(1)?;
    let mut rows: Vec<Vec<u32>> = (0..call.rows)
        .map(|row| lists.range(row).unwrap_or_default().map(|position| position as u32).collect())
        .collect();
    sort(&mut rows, |pairs: &[(u32, u32, u32)]| {
        let column =
            |pick: fn(&(u32, u32, u32)) -> u32| UInt32Array::from_iter_values(pairs.iter().map(pick));
        let parameters = [
            Parameter { values: lists.values(), positions: column(|pair| pair.0) },
            Parameter { values: lists.values(), positions: column(|pair| pair.1) },
        ];
        let answers = elements::call(lambda, &parameters, &column(|pair| pair.2), &DataType::Int32)?;
        let answers = answers.as_primitive_opt::<Int32Type>().ok_or_else(invalid)?;
        let ordering = |answer: Option<i32>| match answer {
            Some(-1) => Ok(Ordering::Less),
            Some(0) => Ok(Ordering::Equal),
            Some(1) => Ok(Ordering::Greater),
            _ => Err(invalid()),
        };
        answers.iter().map(ordering).collect::<Result<Vec<_>, RowError>>()
    })?;
    let mut picker = Picker::with_capacity(call.rows);
    for (row, positions) in rows.into_iter().enumerate() {
        match lists.range(row) {
            Some(_) => picker.push_all(positions.into_iter().map(|position| position as usize)),
            None => picker.push_null(),
        }
    }
    picker.finish(lists.values())
}

fn invalid() -> RowError {
    RowError::new("Lambda comparator must return either -1, 0, or 1")
}
