use std::cmp::Ordering;

use model::time::{NS_PER_DAY, NS_PER_HOUR};
use proptest::prelude::*;

use super::*;

const LIMITS: RewriteLimits = RewriteLimits { late_percent_min: 25, rows_max: 1_000, quiet_ns: 600 };

#[test]
fn a_partition_leaves_the_memory_store_as_a_whole() {
    let retention = Retention { memory_hours: 6, magnetic_days: 100 };
    let slack_ns = NS_PER_HOUR / 2;
    let left = |now_ns| has_left_memory(0, retention, slack_ns, now_ns);
    let end_ns = NS_PER_DAY + 6 * NS_PER_HOUR + slack_ns;
    assert!(!left(0));
    assert!(!left(end_ns - 1));
    assert!(left(end_ns));
    assert!(!has_left_memory(i64::MAX - 5, retention, slack_ns, i64::MAX));
}

/// `(waiting rows, smallest file, quiet for, due)`.
#[test]
fn rows_wait_until_they_are_worth_it() {
    for (waiting_rows, file_rows_min, quiet_ns, due) in [
        (0, None, 10_000, false),
        (1, None, 599, false),
        (1, None, 600, true),
        (1_000, None, 0, true),
        (24, Some(100), 600, false),
        (25, Some(100), 600, true),
        (25, Some(100), 0, false),
        (5_000, Some(100_000), 600, false),
    ] {
        let shape = PartitionShape { waiting_rows, file_rows_min, quiet_ns };
        assert_eq!(may_be_due(&shape, &LIMITS), due, "{shape:?}");
    }
}

/// `(files, series, touched)`.
#[test]
fn late_series_touch_the_files_they_lie_in() {
    let files = [(10, 19), (20, 20), (20, 35), (40, 49)];
    for (series, touched) in [
        (vec![12], 0..1),
        (vec![5], 0..1),
        (vec![20], 1..3),
        (vec![37], 2..3),
        (vec![99], 3..4),
        (vec![12, 45], 0..4),
        (vec![], 0..0),
    ] {
        assert_eq!(files_of(&files, &series, |one: i32, other| one.cmp(&other)), touched, "{series:?}");
    }
    assert_eq!(files_of(&[], &[1], |one: i32, other: i32| one.cmp(&other)), 0..0);
}

proptest! {
    /// What is not touched stays apart from what is rewritten.
    #[test]
    fn rewritten_series_do_not_overlap_the_files_that_stay(
        mut bounds in prop::collection::vec(0_u32..1_000, 0..20),
        series in prop::collection::vec(0_u32..1_000, 1..10),
    ) {
        bounds.sort_unstable();
        let files: Vec<(u32, u32)> = bounds.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let touched = files_of(&files, &series, |one, other| -> Ordering { one.cmp(&other) });
        prop_assert_eq!(touched.is_empty(), files.is_empty());
        for id in series {
            prop_assert!(files[..touched.start].iter().all(|(_, last)| *last < id));
            prop_assert!(files[touched.end..].iter().all(|(first, _)| *first > id));
        }
    }
}

#[test]
fn small_neighbours_are_compacted() {
    for (rows, compacted) in [
        (vec![], None),
        (vec![100], None),
        (vec![50, 50], Some(0..2)),
        (vec![10, 900, 20], None),
        (vec![600, 600], None),
        (vec![400, 10, 10, 10, 400], Some(0..5)),
        (vec![900, 10, 10, 10, 900], Some(1..4)),
        (vec![8, 4, 2, 1], None),
    ] {
        assert_eq!(compact(&rows, 1_000), compacted, "{rows:?}");
    }
    let heavy = [FileWeight { rows: 1, file_bytes: 60 }; 4];
    assert_eq!(files_to_compact(&heavy, FileWeight { rows: 100, file_bytes: 120 }), Some(0..2));
    assert_eq!(files_to_compact(&heavy, FileWeight { rows: 100, file_bytes: 119 }), None);
}

fn compact(rows: &[usize], rows_max: usize) -> Option<Range<usize>> {
    let files: Vec<FileWeight> =
        rows.iter().map(|rows| FileWeight { rows: *rows, file_bytes: *rows }).collect();
    files_to_compact(&files, FileWeight { rows: rows_max, file_bytes: rows_max })
}

/// How often rows are written over a partition's life, in rows written for each row that is there in the end.
fn amplification(batches: &[usize], rows_max: usize) -> f64 {
    let limits = RewriteLimits { rows_max, ..LIMITS };
    let (mut files, mut waiting_rows, mut total, mut written) = (Vec::<usize>::new(), 0, 0, 0_usize);
    for batch in batches {
        waiting_rows += batch;
        total += batch;
        let shape = PartitionShape {
            waiting_rows,
            file_rows_min: files.iter().min().copied(),
            quiet_ns: limits.quiet_ns,
        };
        // The worst case: late rows touch every file.
        if may_be_due(&shape, &limits) && is_worth(waiting_rows, files.iter().sum(), &limits) {
            let rows = files.iter().sum::<usize>() + waiting_rows;
            written += rows;
            files = split(rows, rows_max);
            waiting_rows = 0;
        }
        while let Some(range) = compact(&files, rows_max) {
            let rows: usize = files[range.clone()].iter().sum();
            written += rows;
            files.splice(range, [rows]);
        }
    }
    assert_eq!(files.iter().sum::<usize>() + waiting_rows, total);
    written as f64 / total as f64
}

fn split(rows: usize, rows_max: usize) -> Vec<usize> {
    let mut files = vec![rows_max; rows / rows_max];
    files.extend(Some(rows % rows_max).filter(|rest| *rest > 0));
    files
}

proptest! {
    /// A row is written once when it is moved, and at most `1/share` more times for each late row after it.
    #[test]
    fn write_amplification_is_bounded(
        batches in prop::collection::vec(1_usize..400, 1..200),
        rows_max in 10_usize..2_000,
    ) {
        let bound = 1.0 + 100.0 / LIMITS.late_percent_min as f64 + (rows_max as f64).log2();
        prop_assert!(amplification(&batches, rows_max) <= bound);
    }
}

#[test]
fn a_trickle_of_single_late_rows_is_written_a_few_times() {
    let amplified = amplification(&vec![1; 100_000], 1_000_000);
    assert!(amplified > 1.0 && amplified <= 5.0, "{amplified}");
    assert_eq!(amplification(&[50_000], 1_000_000), 1.0);
}
