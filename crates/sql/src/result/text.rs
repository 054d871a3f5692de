//! Values as one line of text, as the corpora and the command line show them: `[1,2,3]`, `(6,15)`,
//! `[{time: T, value: V},...]`, `null`.

use arrow::array::RecordBatch;

use super::UnexpectedArray;
use super::json::write_scalar;
use super::values::{Cell, ColumnValues};
use crate::bound::OutputColumn;

/// The rows of a batch as texts; NULL is `None` at the top and `null` inside.
pub fn rows(
    batch: &RecordBatch,
    columns: &[OutputColumn],
) -> Result<Vec<Vec<Option<String>>>, UnexpectedArray> {
    let columns = batch.columns().iter().zip(columns);
    let columns = columns
        .map(|(array, column)| ColumnValues::new(array, &column.ty))
        .collect::<Result<Vec<_>, UnexpectedArray>>()?;
    let text = |cell: Cell<'_, '_>| match cell {
        Cell::Null => None,
        cell => {
            let mut out = Vec::new();
            write_cell(&mut out, &cell);
            Some(String::from_utf8_lossy(&out).into_owned())
        }
    };
    Ok((0..batch.num_rows())
        .map(|row| columns.iter().map(|column| text(column.cell(row))).collect())
        .collect())
}

fn write_cell(out: &mut Vec<u8>, cell: &Cell<'_, '_>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Varchar(value) => out.extend_from_slice(value.as_bytes()),
        Cell::Array { elements, start, end } => {
            out.push(b'[');
            for row in *start..*end {
                if row > *start {
                    out.push(b',');
                }
                write_cell(out, &elements.cell(row));
            }
            out.push(b']');
        }
        Cell::Row { fields, row } => {
            out.push(b'(');
            for (index, (_, column)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_cell(out, &column.cell(*row));
            }
            out.push(b')');
        }
        Cell::Timeseries { times, values, start, end } => {
            out.push(b'[');
            for row in *start..*end {
                if row > *start {
                    out.push(b',');
                }
                out.extend_from_slice(b"{time: ");
                write_cell(out, &times.cell(row));
                out.extend_from_slice(b", value: ");
                write_cell(out, &values.cell(row));
                out.push(b'}');
            }
            out.push(b']');
        }
        scalar => write_scalar(out, scalar),
    }
}
