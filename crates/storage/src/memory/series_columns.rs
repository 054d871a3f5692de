//! The readers' side of the series dictionary: for each series the texts of its dimensions and measure name, ready as
//! Arrow string views.
//!
//! Only published series are here. Texts of up to 12 bytes live in the view itself; longer ones in buffers that all
//! batches share.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use arrow::array::make_view;
use arrow::buffer::Buffer;
use model::schema::ColumnId;
use model::series::SeriesId;

/// Marks a series that does not have the dimension. No view is like this: its length would be negative.
pub const ABSENT: u128 = u128::MAX;

const SERIES_PER_CHUNK: usize = 1_024;
const INLINE_BYTES_MAX: usize = 12;

/// Views by column and series. Clones share chunks until one of them grows.
#[derive(Debug, Clone, Default)]
pub struct SeriesColumns {
    chunks: Vec<Arc<Chunk>>,
    len: usize,
    buffers: OnceLock<Arc<[Buffer]>>,
}

#[derive(Debug, Clone, Default)]
struct Chunk {
    len: usize,
    /// By column id; shorter than the chunk where the last series lack the column.
    columns: Vec<Vec<u128>>,
    /// Long texts of a chunk that still grows.
    text: Vec<u8>,
    /// Long texts of a full chunk.
    sealed: Option<Buffer>,
}

impl SeriesColumns {
    pub fn count(&self) -> usize {
        self.len
    }

    /// Adds the next series.
    pub fn push<'a>(&mut self, texts: impl Iterator<Item = (ColumnId, &'a str)>) {
        self.buffers = OnceLock::new();
        if self.len.is_multiple_of(SERIES_PER_CHUNK) {
            if let Some(full) = self.chunks.last_mut() {
                let full = Arc::make_mut(full);
                full.sealed = Some(Buffer::from_vec(std::mem::take(&mut full.text)));
            }
            self.chunks.push(Arc::default());
        }
        let chunk_index = self.chunks.len().saturating_sub(1) as u32;
        self.len += 1;
        if let Some(chunk) = self.chunks.last_mut() {
            Arc::make_mut(chunk).push(chunk_index, texts);
        }
    }

    /// The view of one series' text, or [`ABSENT`].
    pub fn view(&self, column: ColumnId, series: SeriesId) -> u128 {
        let series = series.0 as usize;
        let chunk = self.chunks.get(series / SERIES_PER_CHUNK);
        let views = chunk.and_then(|chunk| chunk.columns.get(column.0 as usize));
        views.and_then(|views| views.get(series % SERIES_PER_CHUNK)).copied().unwrap_or(ABSENT)
    }

    /// Whether a series has the dimension.
    pub fn has(&self, column: ColumnId, series: SeriesId) -> bool {
        self.view(column, series) != ABSENT
    }

    /// Compares the texts of two series by their bytes; a missing one comes first.
    pub fn compare(&self, column: ColumnId, one: SeriesId, other: SeriesId) -> Ordering {
        let (mut one_inline, mut other_inline) = ([0; 16], [0; 16]);
        self.text(column, one, &mut one_inline).cmp(&self.text(column, other, &mut other_inline))
    }

    /// The bytes of a text; a short one is copied to `inline`.
    fn text<'a>(&'a self, column: ColumnId, series: SeriesId, inline: &'a mut [u8; 16]) -> Option<&'a [u8]> {
        let view = self.view(column, series);
        if view == ABSENT {
            return None;
        }
        let length = view as u32 as usize;
        if length <= INLINE_BYTES_MAX {
            *inline = view.to_le_bytes();
            return inline.get(4..4 + length);
        }
        let chunk = self.chunks.get(series.0 as usize / SERIES_PER_CHUNK)?;
        Some(chunk.long_text(view))
    }

    /// What the views point into.
    pub fn buffers(&self) -> Arc<[Buffer]> {
        let buffers = self.buffers.get_or_init(|| {
            let of_chunk = |chunk: &Arc<Chunk>| match &chunk.sealed {
                Some(buffer) => buffer.clone(),
                None => Buffer::from(chunk.text.as_slice()),
            };
            self.chunks.iter().map(of_chunk).collect()
        });
        Arc::clone(buffers)
    }

    /// The series whose text in `column` is one of `values`, ascending.
    pub fn select(&self, column: ColumnId, values: &[String]) -> Vec<SeriesId> {
        let mut selected = Vec::new();
        for (chunk_index, chunk) in self.chunks.iter().enumerate() {
            let Some(views) = chunk.columns.get(column.0 as usize) else { continue };
            let first = chunk_index * SERIES_PER_CHUNK;
            let wanted: Vec<Wanted<'_>> = values.iter().map(|value| Wanted::new(value)).collect();
            for (position, view) in views.iter().enumerate() {
                if wanted.iter().any(|wanted| wanted.matches(*view, chunk)) {
                    selected.push(SeriesId((first + position) as u32));
                }
            }
        }
        selected
    }

    pub fn memory_bytes(&self) -> usize {
        let of_chunk = |chunk: &Arc<Chunk>| {
            let views: usize = chunk.columns.iter().map(|views| views.capacity() * size_of::<u128>()).sum();
            views + chunk.text.capacity() + chunk.sealed.as_ref().map_or(0, Buffer::len)
        };
        self.chunks.iter().map(of_chunk).sum()
    }
}

impl Chunk {
    fn push<'a>(&mut self, chunk_index: u32, texts: impl Iterator<Item = (ColumnId, &'a str)>) {
        for (column, text) in texts {
            let offset = self.text.len() as u32;
            if text.len() > INLINE_BYTES_MAX {
                self.text.extend_from_slice(text.as_bytes());
            }
            let slot = column.0 as usize;
            if self.columns.len() <= slot {
                self.columns.resize(slot + 1, Vec::new());
            }
            let views = &mut self.columns[slot];
            views.resize(self.len, ABSENT);
            views.push(make_view(text.as_bytes(), chunk_index, offset));
        }
        self.len += 1;
    }

    fn long_text(&self, view: u128) -> &[u8] {
        let length = view as u32 as usize;
        let offset = (view >> 96) as usize;
        let text = self.sealed.as_ref().map_or(self.text.as_slice(), Buffer::as_slice);
        text.get(offset..offset + length).unwrap_or_default()
    }
}

/// A searched value: short ones are compared as a whole view, long ones first by length and prefix.
struct Wanted<'a> {
    text: &'a [u8],
    view: u128,
}

impl<'a> Wanted<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), view: make_view(text.as_bytes(), 0, 0) }
    }

    fn matches(&self, view: u128, chunk: &Chunk) -> bool {
        if self.text.len() <= INLINE_BYTES_MAX {
            return view == self.view;
        }
        view != ABSENT && view as u64 == self.view as u64 && chunk.long_text(view) == self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: ColumnId = ColumnId(2);
    const REGION: ColumnId = ColumnId(3);

    #[test]
    fn selects_short_and_long_texts_across_chunks() {
        let mut columns = SeriesColumns::default();
        for number in 0..3_000 {
            let host = format!("host-with-a-long-name-{}", number % 7);
            let texts = [(HOST, host.as_str()), (REGION, "eu")];
            columns.push(texts.into_iter().take(if number % 2 == 0 { 2 } else { 1 }));
        }
        let early = columns.clone();
        columns.push([(REGION, "us")].into_iter());
        let selected = columns.select(HOST, &["host-with-a-long-name-3".to_owned(), "none".to_owned()]);
        let expected: Vec<SeriesId> = (0..3_000).filter(|number| number % 7 == 3).map(SeriesId).collect();
        assert_eq!(selected, expected);
        assert_eq!(columns.select(REGION, &["eu".to_owned()]).len(), 1_500);
        assert_eq!(columns.select(REGION, &["us".to_owned()]), [SeriesId(3_000)]);
        assert_eq!(early.select(REGION, &["us".to_owned()]), []);
        assert_eq!(columns.view(REGION, SeriesId(1)), ABSENT);
        assert_eq!(columns.view(HOST, SeriesId(3_000)), ABSENT);
        assert_eq!(columns.buffers().len(), 3);
    }
}
