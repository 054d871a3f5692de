use model::catalog::Retention;
use model::time::NS_PER_DAY;

use super::*;

fn settings() -> EngineSettings {
    EngineSettings {
        run_rows_max: 1_000,
        merge_runs_min: 4,
        checkpoint_age_ns: 60,
        checkpoint_log_bytes: 100,
        memory_bytes_max: 100,
        ..EngineSettings::default()
    }
}

#[test]
fn merges() {
    // Live and deleted rows of each run; its id is its position.
    type Case = (&'static [(usize, usize)], bool, Option<&'static [u64]>);
    let cases: [Case; 12] = [
        (&[], true, None),
        (&[(10, 0), (10, 0), (10, 0)], false, None),
        (&[(10, 0), (12, 0), (4, 0), (15, 0)], false, Some(&[2, 0, 1, 3])),
        (&[(10, 0), (300, 0), (10, 0), (200, 0)], false, None),
        (&[(900, 0), (900, 0), (900, 0), (900, 0), (900, 0)], false, Some(&[0, 1])),
        (&[(1_000, 0), (1_000, 0), (1_000, 0), (1_000, 0)], true, None),
        (&[(1, 0), (5, 0), (20, 0), (70, 0), (300, 0)], false, None),
        (&[(1, 0), (5, 0), (20, 0), (70, 0), (300, 0)], true, None),
        (&[(1, 0), (5, 0), (6, 0), (70, 0), (300, 0)], true, Some(&[0, 1, 2])),
        (&[(10, 0), (10, 0), (20, 0), (70, 0), (90, 0)], true, Some(&[0, 1, 2, 3, 4])),
        (&[(5_000, 2_499)], false, None),
        (&[(5_000, 0), (5_000, 2_500)], false, Some(&[1])),
    ];
    for (runs, is_quiet, expected) in cases {
        let shapes: Vec<RunShape> = runs
            .iter()
            .enumerate()
            .map(|(id, (live, deleted_rows))| RunShape {
                id: id as u64,
                rows: live + deleted_rows,
                deleted_rows: *deleted_rows,
                decoded_bytes: 0,
            })
            .collect();
        let merged = runs_to_merge(&shapes, is_quiet, &settings());
        assert_eq!(merged.as_deref(), expected, "{runs:?} {is_quiet}");
    }
}

#[test]
fn runs_of_wide_rows_are_full_sooner() {
    let settings = EngineSettings { run_bytes_max: 600, ..settings() };
    // Bytes of each run. All have ten rows, of which every other run lost two.
    let cases: [(&[usize], Option<&[u64]>); 4] = [
        (&[200, 200, 200, 200], Some(&[1, 3, 0, 2])),
        (&[300, 200, 300, 200], Some(&[1, 3, 0])),
        (&[600, 200, 200, 700], None),
        (&[100, 600, 500, 900, 500], Some(&[1, 0, 2])),
    ];
    for (runs, expected) in cases {
        let shape = |(id, bytes): (usize, &usize)| RunShape {
            id: id as u64,
            rows: 10,
            deleted_rows: id % 2 * 2,
            decoded_bytes: *bytes,
        };
        let shapes: Vec<RunShape> = runs.iter().enumerate().map(shape).collect();
        let merged = runs_to_merge(&shapes, false, &settings);
        assert_eq!(merged.as_deref(), expected, "{runs:?}");
    }
}

/// Late rows come a few at a time to a quiet partition: each is rewritten a logarithmic number of times.
#[test]
fn a_trickle_is_merged_a_few_times() {
    const LATE_ROWS: usize = 900;
    let mut runs: Vec<RunShape> = Vec::new();
    let mut rewritten_rows = 0;
    for id in 0..LATE_ROWS as u64 {
        runs.push(RunShape { id, rows: 1, deleted_rows: 0, decoded_bytes: 0 });
        while let Some(ids) = runs_to_merge(&runs, true, &settings()) {
            let rows = runs.iter().filter(|run| ids.contains(&run.id)).map(|run| run.rows).sum();
            runs.retain(|run| !ids.contains(&run.id));
            rewritten_rows += rows;
            runs.push(RunShape { id: 10_000 + id, rows, deleted_rows: 0, decoded_bytes: 0 });
        }
        assert!(runs.len() <= 12, "{} runs", runs.len());
    }
    assert!(rewritten_rows <= LATE_ROWS * LATE_ROWS.ilog2() as usize, "{rewritten_rows}");
}

/// However runs are cut, merging comes to an end with few of them.
#[test]
fn merging_ends() {
    for seed in 1_usize..40 {
        let mut runs: Vec<RunShape> = (0..200)
            .map(|id| RunShape { id, rows: 1 + (id as usize * seed) % 97, deleted_rows: 0, decoded_bytes: 0 })
            .collect();
        let mut next_id = 1_000;
        let mut merges = 0;
        while let Some(ids) = runs_to_merge(&runs, true, &settings()) {
            let rows = runs.iter().filter(|run| ids.contains(&run.id)).map(|run| run.rows).sum();
            runs.retain(|run| !ids.contains(&run.id));
            runs.push(RunShape { id: next_id, rows, deleted_rows: 0, decoded_bytes: 0 });
            next_id += 1;
            merges += 1;
            assert!(merges < 300, "seed {seed} merges for ever");
        }
        let total: usize = runs.iter().map(|run| run.rows).sum();
        assert!(runs.len() <= total / 1_000 + 6, "seed {seed} leaves {} runs", runs.len());
        assert!(runs.iter().all(|run| run.rows < 2_000));
    }
}

#[test]
fn checkpoints() {
    let table = |id, outdated_since_ns| TableShape { id: TableId(id), outdated_since_ns };
    let tables = [table(1, None), table(2, Some(40)), table(3, Some(90))];
    for (monotonic_ns, log_bytes, unsaved_bytes, expected) in [
        (99, 0, 0, vec![]),
        (100, 0, 0, vec![2]),
        (150, 0, 0, vec![2, 3]),
        (99, 100, 0, vec![2, 3]),
        (99, 99, 50, vec![]),
        (99, 0, 51, vec![2, 3]),
    ] {
        let due = tables_to_save(&tables, monotonic_ns, log_bytes, unsaved_bytes, &settings());
        assert_eq!(due, expected.into_iter().map(TableId).collect::<Vec<_>>(), "{monotonic_ns} {log_bytes}");
    }
}

#[test]
fn a_partition_is_dropped_when_its_last_instant_is_past() {
    let retention = Retention { memory_hours: 24, magnetic_days: 1 };
    let starts = || [-NS_PER_DAY, 0, NS_PER_DAY].into_iter();
    for (now_ns, expected) in [
        (2 * NS_PER_DAY - 1, vec![]),
        (2 * NS_PER_DAY, vec![-NS_PER_DAY]),
        (3 * NS_PER_DAY - 1, vec![-NS_PER_DAY]),
        (3 * NS_PER_DAY, vec![-NS_PER_DAY, 0]),
        (i64::MIN, vec![]),
    ] {
        assert_eq!(partitions_to_drop(starts(), retention.visible_start_ns(now_ns)), expected, "{now_ns}");
    }
}

#[test]
fn the_least_recently_used_runs_go_first() {
    let candidates = [(7, 10), (1, 10), (3, 30), (9, 10)];
    assert_eq!(runs_to_evict(&candidates, 60, 60), Vec::<usize>::new());
    assert_eq!(runs_to_evict(&candidates, 60, 55), [1]);
    assert_eq!(runs_to_evict(&candidates, 60, 20), [1, 2]);
    assert_eq!(runs_to_evict(&candidates, 60, 0), [1, 2, 0, 3]);
}

#[test]
fn series_files() {
    const MAX: usize = 1_000;
    for (starts, saved, count, expected) in [
        (&[][..], 0, 0, 0),
        (&[], 0, 5, 0),
        (&[0], 5, 5, 5),
        (&[0], 5, 6, 5),
        (&[0], 5, 10, 0),
        (&[0, 100, 150, 170], 180, 190, 150),
        (&[0, 100, 150, 170], 180, 280, 0),
        (&[0, 1_000, 1_500], 1_600, 1_700, 1_500),
        (&[0, 1_000, 1_500], 1_600, 2_600, 1_000),
    ] {
        assert_eq!(series_to_save_from(starts, saved, count, MAX), expected, "{starts:?} {saved} {count}");
    }
}

/// However the series come, the files stay few and each series is written a few times.
#[test]
fn series_files_stay_few() {
    for step in [1, 7, 100, 3_000] {
        let (mut starts, mut saved, mut written) = (Vec::new(), 0, 0);
        while saved < 20_000 {
            let count = saved + step;
            let first = series_to_save_from(&starts, saved, count, 1_000);
            starts.retain(|start| *start < first);
            starts.extend((first..count).step_by(1_000));
            (saved, written) = (count, written + count - first);
            let files_max = saved / 500 + 12;
            assert!(starts.len() <= files_max, "{step}: {} files of {saved}", starts.len());
        }
        assert!(written <= saved * 12, "{step}: {written} of {saved} written");
    }
}
