//! The one place of this crate with unsafe code: string view arrays without validation, which would look at every text
//! again for every row of a scan.
#![allow(unsafe_code)]

use std::sync::Arc;

use arrow::array::StringViewArray;
use arrow::buffer::{Buffer, NullBuffer};
use model::schema::ColumnId;
use model::series::SeriesId;

use super::series_columns::{ABSENT, SeriesColumns};

/// The texts of a column for pieces of rows: each series with its number of rows. Series without the dimension are
/// NULL.
pub fn series_texts(
    columns: &SeriesColumns,
    column: ColumnId,
    pieces: impl Iterator<Item = (SeriesId, usize)>,
    rows: usize,
) -> StringViewArray {
    let mut views: Vec<u128> = Vec::with_capacity(rows);
    let mut has_absent = false;
    for (series, count) in pieces {
        let view = columns.view(column, series);
        has_absent |= view == ABSENT;
        views.resize(views.len() + count, view);
    }
    let nulls = has_absent.then(|| views.iter().map(|view| *view != ABSENT).collect::<NullBuffer>());
    if has_absent {
        // A NULL's view is not read, but it must not point outside.
        views.iter_mut().filter(|view| **view == ABSENT).for_each(|view| *view = 0);
    }
    let buffers: Arc<[Buffer]> = columns.buffers();
    // SAFETY: every view that is not ABSENT was made by `SeriesColumns::push` with `make_view` from a `&str`, and either
    // holds it inline or points to where the same call put it into the text of its chunk. A chunk's text only grows, and
    // `buffers` has the text of every chunk at the chunk's index. ABSENT was replaced by the empty text above.
    unsafe { StringViewArray::new_unchecked(views.into(), buffers, nulls) }
}
