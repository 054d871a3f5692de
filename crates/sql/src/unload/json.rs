//! Nested values as JSON text, the way CSV files hold them: rows are objects, arrays and series are lists, and times
//! have a `Z` behind them.

use crate::result::json::{write_scalar, write_string};
use crate::result::values::Cell;

/// The name of a field of a row that has none, here and in Parquet.
pub fn field_name(index: usize, name: Option<&str>) -> String {
    name.map_or_else(|| format!("field{index}"), str::to_owned)
}

pub fn write_value(out: &mut Vec<u8>, cell: &Cell<'_, '_>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Varchar(text) => write_string(out, text),
        Cell::Boolean(_) | Cell::Bigint(_) => write_scalar(out, cell),
        Cell::Double(value) if value.is_finite() => write_scalar(out, cell),
        Cell::Array { elements, start, end } => {
            out.push(b'[');
            for row in *start..*end {
                if row > *start {
                    out.push(b',');
                }
                write_value(out, &elements.cell(row));
            }
            out.push(b']');
        }
        Cell::Row { fields, row } => {
            out.push(b'{');
            for (index, (name, column)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_string(out, &field_name(index, *name));
                out.push(b':');
                write_value(out, &column.cell(*row));
            }
            out.push(b'}');
        }
        Cell::Timeseries { times, values, start, end } => {
            out.push(b'[');
            for row in *start..*end {
                if row > *start {
                    out.push(b',');
                }
                out.extend_from_slice(b"{\"time\":");
                write_value(out, &times.cell(row));
                out.extend_from_slice(b",\"value\":");
                write_value(out, &values.cell(row));
                out.push(b'}');
            }
            out.push(b']');
        }
        Cell::Timestamp(_) => {
            out.push(b'"');
            write_scalar(out, cell);
            out.extend_from_slice(b"Z\"");
        }
        // JSON has no number for what is not finite, and none of these texts needs escapes.
        Cell::Double(_)
        | Cell::Date(_)
        | Cell::Time(_)
        | Cell::DayToSecond(_)
        | Cell::YearToMonth(_)
        | Cell::Varbinary(_) => {
            out.push(b'"');
            write_scalar(out, cell);
            out.push(b'"');
        }
    }
}
