//! How many bytes of values a batch holds, whatever it shares with others.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::DataType;

/// Bytes of the values themselves: fixed widths and lengths of texts. Buffers that slices share do not count twice.
pub(super) fn value_bytes(batch: &RecordBatch) -> u64 {
    batch.columns().iter().map(array_bytes).sum()
}

fn array_bytes(array: &ArrayRef) -> u64 {
    let rows = array.len() as u64;
    match array.data_type() {
        DataType::Boolean => rows.div_ceil(8),
        // The low half of a view is the length of its text.
        DataType::Utf8View => array.as_string_view().views().iter().map(|view| u64::from(*view as u32)).sum(),
        other => rows * other.primitive_width().unwrap_or(0) as u64,
    }
}
