//! A column of a batch, downcast once, whose values can be looked at row by row.

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, DurationNanosecondArray, Float64Array,
    Int32Array, Int64Array, IntervalYearMonthArray, ListArray, StringViewArray, StructArray,
    Time64NanosecondArray, TimestampNanosecondArray,
};
use arrow::buffer::NullBuffer;

use crate::types::Type;

/// The engine made an array that is not what the column's type says: a defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a column of type {expected} came as {actual}")]
pub struct UnexpectedArray {
    pub expected: String,
    pub actual: String,
}

/// The values of one column by type.
#[derive(Debug)]
pub struct ColumnValues<'a> {
    nulls: Option<&'a NullBuffer>,
    kind: Kind<'a>,
}

#[derive(Debug)]
enum Kind<'a> {
    Unknown,
    Boolean(&'a BooleanArray),
    Integer(&'a Int32Array),
    Bigint(&'a Int64Array),
    Double(&'a Float64Array),
    Varchar(&'a StringViewArray),
    Varbinary(&'a BinaryArray),
    Date(&'a Date32Array),
    Time(&'a Time64NanosecondArray),
    Timestamp(&'a TimestampNanosecondArray),
    DayToSecond(&'a DurationNanosecondArray),
    YearToMonth(&'a IntervalYearMonthArray),
    Array { offsets: &'a [i32], elements: Box<ColumnValues<'a>> },
    Row(Vec<(Option<&'a str>, ColumnValues<'a>)>),
    Timeseries { offsets: &'a [i32], times: Box<ColumnValues<'a>>, values: Box<ColumnValues<'a>> },
}

/// One value.
#[derive(Debug)]
pub enum Cell<'v, 'a> {
    Null,
    Boolean(bool),
    Bigint(i64),
    Double(f64),
    Varchar(&'a str),
    Varbinary(&'a [u8]),
    Date(i32),
    Time(i64),
    Timestamp(i64),
    DayToSecond(i64),
    YearToMonth(i32),
    Array { elements: &'v ColumnValues<'a>, start: usize, end: usize },
    Row { fields: &'v [(Option<&'a str>, ColumnValues<'a>)], row: usize },
    Timeseries { times: &'v ColumnValues<'a>, values: &'v ColumnValues<'a>, start: usize, end: usize },
}

impl<'a> ColumnValues<'a> {
    pub fn new(array: &'a ArrayRef, ty: &'a Type) -> Result<Self, UnexpectedArray> {
        let unexpected =
            || UnexpectedArray { expected: ty.to_string(), actual: array.data_type().to_string() };
        let kind = match ty {
            Type::Unknown => Some(Kind::Unknown),
            Type::Boolean => downcast(array).map(Kind::Boolean),
            Type::Integer => downcast(array).map(Kind::Integer),
            Type::Bigint => downcast(array).map(Kind::Bigint),
            Type::Double => downcast(array).map(Kind::Double),
            Type::Varchar => downcast(array).map(Kind::Varchar),
            Type::Varbinary => downcast(array).map(Kind::Varbinary),
            Type::Date => downcast(array).map(Kind::Date),
            Type::Time => downcast(array).map(Kind::Time),
            Type::Timestamp => downcast(array).map(Kind::Timestamp),
            Type::IntervalDayToSecond => downcast(array).map(Kind::DayToSecond),
            Type::IntervalYearToMonth => downcast(array).map(Kind::YearToMonth),
            Type::Array(element) => {
                let list: &ListArray = downcast(array).ok_or_else(unexpected)?;
                let elements = Box::new(Self::new(list.values(), element)?);
                Some(Kind::Array { offsets: list.value_offsets(), elements })
            }
            Type::Row(fields) => {
                let rows: &StructArray = downcast(array).ok_or_else(unexpected)?;
                if rows.num_columns() != fields.len() {
                    return Err(unexpected());
                }
                let columns = rows.columns().iter().zip(fields);
                let columns =
                    columns.map(|(column, field)| Ok((field.name.as_deref(), Self::new(column, &field.ty)?)));
                Some(Kind::Row(columns.collect::<Result<_, _>>()?))
            }
            Type::Timeseries(value) => {
                let list: &ListArray = downcast(array).ok_or_else(unexpected)?;
                let points: &StructArray = downcast(list.values()).ok_or_else(unexpected)?;
                let [times, values] = points.columns() else { return Err(unexpected()) };
                let times = Box::new(Self::new(times, &Type::Timestamp)?);
                let values = Box::new(Self::new(values, value)?);
                Some(Kind::Timeseries { offsets: list.value_offsets(), times, values })
            }
        };
        Ok(Self { nulls: array.nulls(), kind: kind.ok_or_else(unexpected)? })
    }

    /// The value of a row, which must exist.
    pub fn cell(&self, row: usize) -> Cell<'_, 'a> {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return Cell::Null;
        }
        let range = |offsets: &[i32]| (offsets[row] as usize, offsets[row + 1] as usize);
        match &self.kind {
            Kind::Unknown => Cell::Null,
            Kind::Boolean(array) => Cell::Boolean(array.value(row)),
            Kind::Integer(array) => Cell::Bigint(i64::from(array.value(row))),
            Kind::Bigint(array) => Cell::Bigint(array.value(row)),
            Kind::Double(array) => Cell::Double(array.value(row)),
            Kind::Varchar(array) => Cell::Varchar(array.value(row)),
            Kind::Varbinary(array) => Cell::Varbinary(array.value(row)),
            Kind::Date(array) => Cell::Date(array.value(row)),
            Kind::Time(array) => Cell::Time(array.value(row)),
            Kind::Timestamp(array) => Cell::Timestamp(array.value(row)),
            Kind::DayToSecond(array) => Cell::DayToSecond(array.value(row)),
            Kind::YearToMonth(array) => Cell::YearToMonth(array.value(row)),
            Kind::Array { offsets, elements } => {
                let (start, end) = range(offsets);
                Cell::Array { elements, start, end }
            }
            Kind::Row(fields) => Cell::Row { fields, row },
            Kind::Timeseries { offsets, times, values } => {
                let (start, end) = range(offsets);
                Cell::Timeseries { times, values, start, end }
            }
        }
    }
}

fn downcast<T: 'static>(array: &ArrayRef) -> Option<&T> {
    array.as_any().downcast_ref()
}
