//! Which series a scan wants: decided once, by the dictionary of series.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use model::scan::{ColumnPredicate, SeriesFilter};
use model::series::SeriesId;

use crate::memory::series_columns::SeriesColumns;
use crate::memory::views::series_texts;

/// Series that a filter looks at together.
const FILTERED_SERIES: usize = 8 * 1_024;

/// A set of series, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    ids: Vec<SeriesId>,
}

impl Selection {
    /// The series that satisfy all conditions; `None` when that is every series.
    pub(super) fn of(
        series: &SeriesColumns,
        predicates: &[ColumnPredicate],
        filters: &[Arc<dyn SeriesFilter>],
    ) -> Option<Self> {
        let mut selected: Option<Vec<SeriesId>> = None;
        for predicate in predicates {
            let ids = series.select(predicate.column, &predicate.values);
            selected = Some(match selected {
                None => ids,
                Some(before) => intersect(&before, &ids),
            });
        }
        for filter in filters {
            let ids = selected.unwrap_or_else(|| (0..series.count() as u32).map(SeriesId).collect());
            selected = Some(filtered(series, &ids, filter.as_ref()));
        }
        let ids = selected?;
        (ids.len() < series.count() || series.count() == 0).then_some(Self { ids })
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn contains(&self, series: SeriesId) -> bool {
        self.ids.binary_search(&series).is_ok()
    }

    /// The members from `first` to `last`, inclusive.
    pub(super) fn between(&self, first: SeriesId, last: SeriesId) -> &[SeriesId] {
        let start = self.ids.partition_point(|id| *id < first);
        let end = self.ids.partition_point(|id| *id <= last);
        self.ids.get(start..end).unwrap_or_default()
    }
}

/// The series that pass a filter.
fn filtered(series: &SeriesColumns, ids: &[SeriesId], filter: &dyn SeriesFilter) -> Vec<SeriesId> {
    let field = |position: usize| Field::new(position.to_string(), DataType::Utf8View, true);
    let schema = Arc::new(Schema::new((0..filter.columns().len()).map(field).collect::<Vec<_>>()));
    let mut kept = Vec::new();
    for chunk in ids.chunks(FILTERED_SERIES) {
        let texts = filter.columns().iter().map(|column| {
            let rows = chunk.iter().map(|series| (*series, 1));
            Arc::new(series_texts(series, *column, rows, chunk.len())) as ArrayRef
        });
        let texts = RecordBatch::try_new(Arc::clone(&schema), texts.collect()).ok();
        match texts.and_then(|texts| filter.keep(&texts)) {
            Some(keep) => {
                let rows = keep.iter().zip(chunk);
                kept.extend(rows.filter(|(keep, _)| *keep == Some(true)).map(|(_, series)| *series));
            }
            None => kept.extend_from_slice(chunk),
        }
    }
    kept
}

/// Common members of two ascending sets.
fn intersect(one: &[SeriesId], other: &[SeriesId]) -> Vec<SeriesId> {
    let mut rest = other;
    let mut common = Vec::new();
    for id in one {
        let skip = rest.partition_point(|candidate| candidate < id);
        rest = rest.get(skip..).unwrap_or_default();
        if rest.first() == Some(id) {
            common.push(*id);
        }
    }
    common
}
