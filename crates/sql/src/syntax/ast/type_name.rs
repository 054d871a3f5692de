//! Types as spelled in CAST and row constructors.

use super::{Identifier, Span};

#[derive(Debug, Clone, PartialEq)]
pub struct TypeName {
    pub span: Span,
    pub kind: TypeNameKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TypeNameKind {
    /// `bigint`, `varchar(10)`. Spellings of several words have one blank between them (`double precision`,
    /// `timestamp with time zone`). Parameters are unsigned integers as written.
    Named {
        name: Identifier,
        parameters: Vec<String>,
    },
    /// `array(T)`, `array<T>`, `array[T]`, `T array`.
    Array(Box<TypeName>),
    /// `row(x T, y T)`, `row(T, T)`.
    Row(Vec<RowField>),
    /// `timeseries(T)`, `timeseries<T>`, `timeseries[T]`.
    TimeSeries(Box<TypeName>),
    IntervalDayToSecond,
    IntervalYearToMonth,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RowField {
    pub name: Option<Identifier>,
    pub type_name: TypeName,
}
