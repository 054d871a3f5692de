//! Which series a scan wants.

use model::scan::ColumnPredicate;
use model::series::SeriesId;

use crate::memory::series_columns::SeriesColumns;

/// A set of series, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    ids: Vec<SeriesId>,
}

impl Selection {
    /// The series that satisfy all predicates; `None` when that is every series.
    pub(super) fn of(series: &SeriesColumns, predicates: &[ColumnPredicate]) -> Option<Self> {
        let mut selected: Option<Vec<SeriesId>> = None;
        for predicate in predicates {
            let ids = series.select(predicate.column, &predicate.values);
            selected = Some(match selected {
                None => ids,
                Some(before) => intersect(&before, &ids),
            });
        }
        let ids = selected?;
        (ids.len() < series.count() || series.count() == 0).then_some(Self { ids })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
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
