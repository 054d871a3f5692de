//! The folders of partitions: `column=value/column=value`.
//!
//! Values are escaped as Hive escapes them, which readers of partitioned data take back: no value can make a folder of
//! its own, or lead out of one.

use super::UnloadError;
use crate::bound::OutputColumn;
use crate::result::json::write_scalar;
use crate::result::values::{Cell, ColumnValues};

/// Stands for NULL and for the empty text.
const NO_VALUE: &[u8] = b"__HIVE_DEFAULT_PARTITION__";

/// Characters that are written as `%` and two hexadecimal digits.
const ESCAPED: &[u8] = b"\"#%'*/:=?\\\x7f{[]^";

/// Appends the folder of a row, without a slash at its end.
pub fn write_folder(
    out: &mut Vec<u8>,
    columns: &[OutputColumn],
    values: &[ColumnValues<'_>],
    row: usize,
) -> Result<(), UnloadError> {
    let mut text = Vec::new();
    for (index, (column, values)) in columns.iter().zip(values).enumerate() {
        if index > 0 {
            out.push(b'/');
        }
        write_escaped(out, column.name.as_bytes(), column)?;
        out.push(b'=');
        text.clear();
        match values.cell(row) {
            Cell::Null => {}
            Cell::Varchar(value) => text.extend_from_slice(value.as_bytes()),
            scalar => write_scalar(&mut text, &scalar),
        }
        match text.is_empty() {
            true => out.extend_from_slice(NO_VALUE),
            false => write_escaped(out, &text, column)?,
        }
    }
    Ok(())
}

fn write_escaped(out: &mut Vec<u8>, text: &[u8], column: &OutputColumn) -> Result<(), UnloadError> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if !byte.is_ascii() {
            return Err(UnloadError::PartitionValue(column.name.clone()));
        }
        if byte < b' ' || ESCAPED.contains(&byte) {
            out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        } else {
            out.push(byte);
        }
    }
    Ok(())
}
