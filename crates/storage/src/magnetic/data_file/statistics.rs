//! Which rows of a file may hold wanted values, by the statistics of its pages.

use std::ops::Range;

use model::scan::{ReadControl, ReadCount, ValueBounds, ValueRange};
use parquet::file::page_index::column_index::{ColumnIndexMetaData, PrimitiveColumnIndex};

use super::contents::FileContents;
use crate::format::data_file::field_id;

/// The rows among `rows` that may satisfy all of `wanted`: ranges, ascending and apart.
pub fn possible_rows(
    contents: &FileContents,
    wanted: &[ValueRange],
    rows: Range<usize>,
    control: &ReadControl,
) -> Vec<Range<usize>> {
    let mut possible = vec![rows.clone()];
    for range in wanted {
        possible = intersect(&possible, &possible_rows_of(contents, range, &rows, control));
    }
    possible
}

fn possible_rows_of(
    contents: &FileContents,
    wanted: &ValueRange,
    rows: &Range<usize>,
    control: &ReadControl,
) -> Vec<Range<usize>> {
    let metadata = contents.metadata.metadata();
    // A column that the file does not have is NULL in every row.
    let Some(leaf) = contents.leaf(field_id(wanted.column)) else { return Vec::new() };
    let mut possible = Vec::new();
    let mut group_start = 0;
    for (group, row_group) in metadata.row_groups().iter().enumerate() {
        let group_rows = usize::try_from(row_group.num_rows()).unwrap_or(0);
        let group_end = group_start + group_rows;
        let whole = group_start..group_end;
        let pages = metadata.offset_index().and_then(|index| index.get(group)?.get(leaf));
        let statistics = metadata.column_index().and_then(|index| index.get(group)?.get(leaf));
        let locations = pages.map(|pages| pages.page_locations().as_slice()).unwrap_or_default();
        if locations.is_empty() {
            push(&mut possible, cut(&whole, rows));
        }
        for (page, location) in locations.iter().enumerate() {
            let row = |first: i64| group_start + usize::try_from(first).unwrap_or(0);
            let end = locations.get(page + 1).map_or(group_end, |next| row(next.first_row_index));
            let page_rows = cut(&(row(location.first_row_index)..end), rows);
            if page_rows.is_empty() {
                continue;
            }
            match statistics.is_none_or(|statistics| may_hold(statistics, page, &wanted.bounds)) {
                true => {
                    control.count(ReadCount::PagesKept, 1);
                    push(&mut possible, page_rows);
                }
                false => control.count(ReadCount::PagesSkipped, 1),
            }
        }
        group_start = group_end;
    }
    possible
}

/// Whether a page may have a value within the bounds.
fn may_hold(statistics: &ColumnIndexMetaData, page: usize, bounds: &ValueBounds) -> bool {
    if matches!(statistics, ColumnIndexMetaData::NONE) {
        return true;
    }
    if statistics.is_null_page(page) {
        return false;
    }
    match (statistics, bounds) {
        (ColumnIndexMetaData::DOUBLE(index), ValueBounds::Double { min, max }) => {
            meets(index, page, *min, *max)
        }
        (ColumnIndexMetaData::INT64(index), ValueBounds::Bigint { min, max }) => {
            meets(index, page, *min, *max)
        }
        (ColumnIndexMetaData::INT64(index), ValueBounds::Timestamp { min_ns, max_ns }) => {
            meets(index, page, *min_ns, *max_ns)
        }
        _ => true,
    }
}

fn meets<T: PartialOrd>(index: &PrimitiveColumnIndex<T>, page: usize, min: T, max: T) -> bool {
    let is_below = index.max_value(page).is_some_and(|greatest| *greatest < min);
    let is_above = index.min_value(page).is_some_and(|least| *least > max);
    !is_below && !is_above
}

fn cut(range: &Range<usize>, to: &Range<usize>) -> Range<usize> {
    range.start.max(to.start)..range.end.min(to.end)
}

/// Appends a range, joined to the one before it where they touch.
fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// What two ascending lists of ranges have in common.
pub fn intersect(one: &[Range<usize>], other: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut common = Vec::new();
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(left), Some(right)) = (one.peek(), other.peek()) {
        let both = cut(left, right);
        if both.start < both.end {
            common.push(both);
        }
        if left.end <= right.end {
            one.next();
        } else {
            other.next();
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_intersect() {
        type Ranges = &'static [Range<usize>];
        let cases: [(Ranges, Ranges, Ranges); 5] = [
            (&[], &[0..9], &[]),
            (&[0..9], &[0..9], &[0..9]),
            (&[0..4, 6..9], &[2..7], &[2..4, 6..7]),
            (&[0..2, 4..6, 8..10], &[1..5, 9..20], &[1..2, 4..5, 9..10]),
            (&[0..2], &[2..4], &[]),
        ];
        for (one, other, expected) in cases {
            assert_eq!(intersect(one, other), expected);
            assert_eq!(intersect(other, one), expected);
        }
    }
}
