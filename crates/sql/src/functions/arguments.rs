//! The arguments of a kernel call: arrays, or constants held once.

use std::fmt;

use arrow::array::{Array, ArrayRef, UInt32Array};

use super::RowError;

/// One argument.
#[derive(Debug, Clone, Copy)]
pub enum Argument<'a> {
    /// One value per row.
    Array(&'a ArrayRef),
    /// An array of length 1 that stands for every row.
    Constant(&'a ArrayRef),
    Lambda(&'a dyn LambdaArgument),
}

/// A lambda that a kernel can call on many elements at once.
pub trait LambdaArgument: fmt::Debug {
    /// Evaluates the body once per element. `parameters` have equal lengths; `row_of[i]` is the row of the batch that
    /// element `i` belongs to, from which captured columns are taken.
    fn call(&self, parameters: &[ArrayRef], row_of: &UInt32Array) -> Result<ArrayRef, RowError>;
}

/// The arguments of one call.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    arguments: &'a [Argument<'a>],
}

impl<'a> Arguments<'a> {
    pub fn new(arguments: &'a [Argument<'a>]) -> Self {
        Self { arguments }
    }

    pub fn len(&self) -> usize {
        self.arguments.len()
    }

    pub fn is_empty(&self) -> bool {
        self.arguments.is_empty()
    }

    /// Argument `index`, which the signature guarantees to exist and not to be a lambda, as values by row.
    pub fn column<T: 'static>(&self, index: usize) -> Result<Column<'a, T>, RowError> {
        let (array, constant) = match self.arguments.get(index) {
            Some(Argument::Array(array)) => (*array, false),
            Some(Argument::Constant(array)) => (*array, true),
            Some(Argument::Lambda(_)) | None => return Err(wrong_argument(index)),
        };
        let values = array.as_any().downcast_ref::<T>().ok_or_else(|| wrong_argument(index))?;
        Ok(Column { values, nulls: array, constant })
    }

    /// Argument `index` as it was given.
    pub fn get(&self, index: usize) -> Result<Argument<'a>, RowError> {
        self.arguments.get(index).copied().ok_or_else(|| wrong_argument(index))
    }

    /// Argument `index` as a full array of `rows` values, whatever its type.
    pub fn array(&self, index: usize, rows: usize) -> Result<ArrayRef, RowError> {
        match self.arguments.get(index) {
            Some(Argument::Array(array)) => Ok((*array).clone()),
            Some(Argument::Constant(array)) => {
                let zeros = UInt32Array::from(vec![0; rows]);
                Ok(arrow::compute::take(array, &zeros, None)?)
            }
            Some(Argument::Lambda(_)) | None => Err(wrong_argument(index)),
        }
    }

    pub fn lambda(&self, index: usize) -> Result<&'a dyn LambdaArgument, RowError> {
        match self.arguments.get(index) {
            Some(Argument::Lambda(lambda)) => Ok(*lambda),
            _ => Err(wrong_argument(index)),
        }
    }
}

/// An argument seen row by row: `column.row(i)` is the position of row `i` in `column.values`.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a, T> {
    pub values: &'a T,
    nulls: &'a ArrayRef,
    constant: bool,
}

impl<T> Column<'_, T> {
    /// The position of a row's value; `None` when it is NULL.
    pub fn row(&self, row: usize) -> Option<usize> {
        let position = if self.constant { 0 } else { row };
        if self.nulls.is_null(position) { None } else { Some(position) }
    }

    pub fn is_constant(&self) -> bool {
        self.constant
    }
}

fn wrong_argument(index: usize) -> RowError {
    RowError::new(format!("argument {index} has an unexpected type"))
}
