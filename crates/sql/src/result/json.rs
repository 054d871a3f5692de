//! Rows and column descriptions as the JSON of the Query API (api.md 4.1-4.3).

use super::UnexpectedArray;
use super::values::{Cell, ColumnValues};
use crate::bound::OutputColumn;
use crate::text;
use crate::types::{RowField, Type};
use arrow::array::RecordBatch;

/// Writes the rows of a batch one by one as `{"Data":[...]}`.
#[derive(Debug)]
pub struct RowWriter<'a> {
    columns: Vec<ColumnValues<'a>>,
}

impl<'a> RowWriter<'a> {
    /// `columns` describe the batch's columns by position.
    pub fn new(batch: &'a RecordBatch, columns: &'a [OutputColumn]) -> Result<Self, UnexpectedArray> {
        let columns = batch.columns().iter().zip(columns);
        let columns = columns.map(|(array, column)| ColumnValues::new(array, &column.ty));
        Ok(Self { columns: columns.collect::<Result<_, _>>()? })
    }

    /// Appends row `row`, which must exist. A row of more than `bytes_max` is cut off somewhere behind them.
    pub fn write_row(&self, out: &mut Vec<u8>, row: usize, bytes_max: usize) {
        let end_max = out.len().saturating_add(bytes_max);
        out.extend_from_slice(b"{\"Data\":[");
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_datum(out, &column.cell(row), end_max);
        }
        out.extend_from_slice(b"]}");
    }
}

/// Writes the list of `ColumnInfo` objects.
pub fn write_column_info(out: &mut Vec<u8>, columns: &[OutputColumn]) {
    out.push(b'[');
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_named_type(out, Some(&column.name), &column.ty);
    }
    out.push(b']');
}

fn write_named_type(out: &mut Vec<u8>, name: Option<&str>, ty: &Type) {
    out.push(b'{');
    if let Some(name) = name {
        out.extend_from_slice(b"\"Name\":");
        write_string(out, name);
        out.push(b',');
    }
    out.extend_from_slice(b"\"Type\":");
    write_type(out, ty);
    out.push(b'}');
}

/// Writes the `Type` object.
pub fn write_type(out: &mut Vec<u8>, ty: &Type) {
    out.push(b'{');
    match ty {
        Type::Array(element) => {
            out.extend_from_slice(b"\"ArrayColumnInfo\":");
            write_named_type(out, None, element);
        }
        Type::Timeseries(value) => {
            out.extend_from_slice(b"\"TimeSeriesMeasureValueColumnInfo\":");
            write_named_type(out, None, value);
        }
        Type::Row(fields) => {
            out.extend_from_slice(b"\"RowColumnInfo\":[");
            for (index, RowField { name, ty }) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_named_type(out, name.as_deref(), ty);
            }
            out.push(b']');
        }
        scalar => {
            out.extend_from_slice(b"\"ScalarType\":");
            write_string(out, scalar.api_scalar_type().unwrap_or("UNKNOWN"));
        }
    }
    out.push(b'}');
}

/// Writes no more elements of arrays and series once there is more than `end_max`.
fn write_datum(out: &mut Vec<u8>, cell: &Cell<'_, '_>, end_max: usize) {
    match cell {
        Cell::Null => out.extend_from_slice(b"{\"NullValue\":true}"),
        Cell::Varchar(value) => {
            out.extend_from_slice(b"{\"ScalarValue\":");
            write_string(out, value);
            out.push(b'}');
        }
        Cell::Array { elements, start, end } => {
            out.extend_from_slice(b"{\"ArrayValue\":[");
            for row in *start..*end {
                if out.len() > end_max {
                    break;
                }
                if row > *start {
                    out.push(b',');
                }
                write_datum(out, &elements.cell(row), end_max);
            }
            out.extend_from_slice(b"]}");
        }
        Cell::Row { fields, row } => {
            out.extend_from_slice(b"{\"RowValue\":{\"Data\":[");
            for (index, (_, column)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_datum(out, &column.cell(*row), end_max);
            }
            out.extend_from_slice(b"]}}");
        }
        Cell::Timeseries { times, values, start, end } => {
            out.extend_from_slice(b"{\"TimeSeriesValue\":[");
            for row in *start..*end {
                if out.len() > end_max {
                    break;
                }
                if row > *start {
                    out.push(b',');
                }
                out.extend_from_slice(b"{\"Time\":\"");
                write_scalar(out, &times.cell(row));
                out.extend_from_slice(b"\",\"Value\":");
                write_datum(out, &values.cell(row), end_max);
                out.push(b'}');
            }
            out.extend_from_slice(b"]}");
        }
        scalar => {
            out.extend_from_slice(b"{\"ScalarValue\":\"");
            write_scalar(out, scalar);
            out.extend_from_slice(b"\"}");
        }
    }
}

/// The text of a scalar other than VARCHAR; none of them needs escapes.
pub(crate) fn write_scalar(out: &mut Vec<u8>, cell: &Cell<'_, '_>) {
    match cell {
        Cell::Boolean(value) => text::write_boolean(out, *value),
        Cell::Bigint(value) => text::write_bigint(out, *value),
        Cell::Double(value) => text::write_double(out, *value),
        Cell::Date(value) => text::write_date(out, *value),
        Cell::Time(value) => text::write_time(out, *value),
        Cell::Timestamp(value) => text::write_timestamp(out, *value),
        Cell::DayToSecond(value) => text::write_day_to_second(out, *value),
        Cell::YearToMonth(value) => text::write_year_to_month(out, *value),
        Cell::Varbinary(bytes) => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            for byte in *bytes {
                out.push(DIGITS[usize::from(byte >> 4)]);
                out.push(DIGITS[usize::from(byte & 15)]);
            }
        }
        Cell::Null | Cell::Varchar(_) | Cell::Array { .. } | Cell::Row { .. } | Cell::Timeseries { .. } => {}
    }
}

/// Writes a JSON string with its quotes.
pub fn write_string(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let bytes = value.as_bytes();
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}
