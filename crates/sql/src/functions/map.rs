//! Row-by-row kernels from plain closures: NULL in any argument gives NULL, an error stops the batch.
//!
//! The markers ([`Double`], [`Varchar`], ...) tie a SQL type to its Arrow array and its Rust value.

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BinaryBuilder, BooleanArray, BooleanBuilder,
    PrimitiveArray, PrimitiveBuilder, StringViewArray, StringViewBuilder,
};
use arrow::datatypes::{
    Date32Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, IntervalYearMonthType,
    Time64NanosecondType, TimestampNanosecondType,
};
use model::limits::FUNCTION_RESULT_BYTES_MAX;
use std::sync::Arc;

use super::{Arguments, Call, RowError};

/// A SQL type whose values a closure can take.
pub trait Input {
    type Array: Array + 'static;
    type Item<'a>;
    fn get(array: &Self::Array, position: usize) -> Self::Item<'_>;
}

/// A SQL type whose values a closure can give.
pub trait Output {
    type Item;
    type Builder;
    fn builder(rows: usize) -> Self::Builder;
    fn push(builder: &mut Self::Builder, item: Option<Self::Item>);
    fn finish(builder: Self::Builder) -> ArrayRef;
    /// The bytes of a value whose size its type does not bound.
    fn bytes(_item: &Self::Item) -> usize {
        0
    }
}

/// What the results of one batch may still take.
#[derive(Debug)]
struct Budget {
    bytes: usize,
}

impl Budget {
    fn new() -> Self {
        Self { bytes: FUNCTION_RESULT_BYTES_MAX }
    }

    fn spend<R: Output>(&mut self, item: Option<&R::Item>) -> Result<(), RowError> {
        let bytes = item.map_or(0, R::bytes);
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }
}

/// A batch of results that is larger than memory should hold.
pub fn too_large() -> RowError {
    RowError::new(format!("function results exceed {FUNCTION_RESULT_BYTES_MAX} bytes"))
}

macro_rules! primitive_marker {
    ($name:ident, $arrow:ty) => {
        #[derive(Debug)]
        pub struct $name;

        impl Input for $name {
            type Array = PrimitiveArray<$arrow>;
            type Item<'a> = <$arrow as ArrowPrimitiveType>::Native;
            fn get(array: &Self::Array, position: usize) -> Self::Item<'_> {
                array.value(position)
            }
        }

        impl Output for $name {
            type Item = <$arrow as ArrowPrimitiveType>::Native;
            type Builder = PrimitiveBuilder<$arrow>;
            fn builder(rows: usize) -> Self::Builder {
                PrimitiveBuilder::with_capacity(rows)
            }
            fn push(builder: &mut Self::Builder, item: Option<Self::Item>) {
                builder.append_option(item);
            }
            fn finish(mut builder: Self::Builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
        }
    };
}

primitive_marker!(Integer, Int32Type);
primitive_marker!(Bigint, Int64Type);
primitive_marker!(Double, Float64Type);
primitive_marker!(Date, Date32Type);
primitive_marker!(Time, Time64NanosecondType);
primitive_marker!(Timestamp, TimestampNanosecondType);
primitive_marker!(DayToSecond, DurationNanosecondType);
primitive_marker!(YearToMonth, IntervalYearMonthType);

#[derive(Debug)]
pub struct Boolean;

impl Input for Boolean {
    type Array = BooleanArray;
    type Item<'a> = bool;
    fn get(array: &Self::Array, position: usize) -> bool {
        array.value(position)
    }
}

impl Output for Boolean {
    type Item = bool;
    type Builder = BooleanBuilder;
    fn builder(rows: usize) -> Self::Builder {
        BooleanBuilder::with_capacity(rows)
    }
    fn push(builder: &mut Self::Builder, item: Option<bool>) {
        builder.append_option(item);
    }
    fn finish(mut builder: Self::Builder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

#[derive(Debug)]
pub struct Varbinary;

impl Input for Varbinary {
    type Array = BinaryArray;
    type Item<'a> = &'a [u8];
    fn get(array: &Self::Array, position: usize) -> &[u8] {
        array.value(position)
    }
}

impl Output for Varbinary {
    type Item = Vec<u8>;
    type Builder = BinaryBuilder;
    fn builder(rows: usize) -> Self::Builder {
        BinaryBuilder::with_capacity(rows, 0)
    }
    fn push(builder: &mut Self::Builder, item: Option<Vec<u8>>) {
        builder.append_option(item);
    }
    fn finish(mut builder: Self::Builder) -> ArrayRef {
        Arc::new(builder.finish())
    }
    fn bytes(item: &Vec<u8>) -> usize {
        item.len()
    }
}

#[derive(Debug)]
pub struct Varchar;

impl Input for Varchar {
    type Array = StringViewArray;
    type Item<'a> = &'a str;
    fn get(array: &Self::Array, position: usize) -> &str {
        array.value(position)
    }
}

impl Output for Varchar {
    type Item = String;
    type Builder = StringViewBuilder;
    fn builder(rows: usize) -> Self::Builder {
        StringViewBuilder::with_capacity(rows)
    }
    fn push(builder: &mut Self::Builder, item: Option<String>) {
        builder.append_option(item);
    }
    fn finish(mut builder: Self::Builder) -> ArrayRef {
        Arc::new(builder.finish())
    }
    fn bytes(item: &String) -> usize {
        item.len()
    }
}

/// A result without arguments: the same closure for every row.
pub fn nullary<R: Output>(
    call: &Call<'_>,
    mut f: impl FnMut() -> Result<R::Item, RowError>,
) -> Result<ArrayRef, RowError> {
    let mut builder = R::builder(call.rows);
    let mut budget = Budget::new();
    for _ in 0..call.rows {
        let item = f()?;
        budget.spend::<R>(Some(&item))?;
        R::push(&mut builder, Some(item));
    }
    Ok(R::finish(builder))
}

pub fn unary<A: Input, R: Output>(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    f: impl Fn(A::Item<'_>) -> Result<R::Item, RowError>,
) -> Result<ArrayRef, RowError> {
    unary_or_null::<A, R>(call, arguments, |a| f(a).map(Some))
}

/// Like [`unary`]; the closure may give NULL.
pub fn unary_or_null<A: Input, R: Output>(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    f: impl Fn(A::Item<'_>) -> Result<Option<R::Item>, RowError>,
) -> Result<ArrayRef, RowError> {
    let a = arguments.column::<A::Array>(0)?;
    let mut builder = R::builder(call.rows);
    let mut budget = Budget::new();
    for row in 0..call.rows {
        let item = match a.row(row) {
            Some(position) => f(A::get(a.values, position))?,
            None => None,
        };
        budget.spend::<R>(item.as_ref())?;
        R::push(&mut builder, item);
    }
    Ok(R::finish(builder))
}

pub fn binary<A: Input, B: Input, R: Output>(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    f: impl Fn(A::Item<'_>, B::Item<'_>) -> Result<R::Item, RowError>,
) -> Result<ArrayRef, RowError> {
    binary_or_null::<A, B, R>(call, arguments, |a, b| f(a, b).map(Some))
}

/// Like [`binary`]; the closure may give NULL.
pub fn binary_or_null<A: Input, B: Input, R: Output>(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    f: impl Fn(A::Item<'_>, B::Item<'_>) -> Result<Option<R::Item>, RowError>,
) -> Result<ArrayRef, RowError> {
    let a = arguments.column::<A::Array>(0)?;
    let b = arguments.column::<B::Array>(1)?;
    let mut builder = R::builder(call.rows);
    let mut budget = Budget::new();
    for row in 0..call.rows {
        let item = match (a.row(row), b.row(row)) {
            (Some(i), Some(j)) => f(A::get(a.values, i), B::get(b.values, j))?,
            _ => None,
        };
        budget.spend::<R>(item.as_ref())?;
        R::push(&mut builder, item);
    }
    Ok(R::finish(builder))
}

pub fn ternary<A: Input, B: Input, C: Input, R: Output>(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    f: impl Fn(A::Item<'_>, B::Item<'_>, C::Item<'_>) -> Result<R::Item, RowError>,
) -> Result<ArrayRef, RowError> {
    ternary_or_null::<A, B, C, R>(call, arguments, |a, b, c| f(a, b, c).map(Some))
}

/// Like [`ternary`]; the closure may give NULL.
pub fn ternary_or_null<A: Input, B: Input, C: Input, R: Output>(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    f: impl Fn(A::Item<'_>, B::Item<'_>, C::Item<'_>) -> Result<Option<R::Item>, RowError>,
) -> Result<ArrayRef, RowError> {
    let a = arguments.column::<A::Array>(0)?;
    let b = arguments.column::<B::Array>(1)?;
    let c = arguments.column::<C::Array>(2)?;
    let mut builder = R::builder(call.rows);
    let mut budget = Budget::new();
    for row in 0..call.rows {
        let item = match (a.row(row), b.row(row), c.row(row)) {
            (Some(i), Some(j), Some(k)) => f(A::get(a.values, i), B::get(b.values, j), C::get(c.values, k))?,
            _ => None,
        };
        budget.spend::<R>(item.as_ref())?;
        R::push(&mut builder, item);
    }
    Ok(R::finish(builder))
}
