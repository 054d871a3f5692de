//! What goes into files comes out of them, in order and once.

use std::sync::Arc;

use model::series::SeriesId;

use super::fixture::{Fixture, Rows, rows_of_file, rows_of_run};
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::order::SeriesOrder;
use crate::magnetic::rewrite::source::Source;
use crate::magnetic::rewrite::{FileLimits, write_files};
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::RunData;

const SMALL: FileLimits = FileLimits {
    rows_max: 100,
    file_bytes_max: 1 << 20,
    decoded_bytes_max: usize::MAX,
    batch_rows: 16,
    slice_rows: 1 << 20,
    slice_bytes: usize::MAX,
    zstd_level: 1,
};

fn union(files: &[Arc<MagneticFile>]) -> Rows {
    let mut all = Rows::new();
    for file in files {
        let rows = rows_of_file(file).unwrap();
        assert_eq!(rows.len(), file.facts.rows);
        let before = all.len();
        all.extend(rows);
        assert_eq!(all.len(), before + file.facts.rows, "a row is in two files");
    }
    all
}

/// Files follow each other in the order of series and time, and so do the rows in them.
fn assert_ordered(fixture: &Fixture, files: &[Arc<MagneticFile>]) {
    let order = SeriesOrder::new(&fixture.table, &fixture.schema);
    let mut seen: Vec<(SeriesId, i64)> = Vec::new();
    for file in files {
        let contents = file.contents().unwrap();
        for entry in &contents.index.series {
            seen.extend([(entry.series, entry.time_min_ns), (entry.series, entry.time_max_ns)]);
        }
        assert_eq!(file.facts.series_first, contents.index.series.first().unwrap().series);
        assert_eq!(file.facts.series_last, contents.index.series.last().unwrap().series);
    }
    for pair in seen.windows(2) {
        let ordering = order.compare(&fixture.texts, pair[0].0, pair[1].0).then(pair[0].1.cmp(&pair[1].1));
        assert!(ordering.is_le(), "{pair:?}");
    }
}

#[test]
fn runs_become_files_and_files_become_files() {
    let fixture = Fixture::new(9);
    let (one, two) = (fixture.run(1, 20), fixture.run(2, 11));
    let deleted: DeletedRows = (0..one.rows()).filter(|row| row % 5 == 0).collect();
    let mut expected = rows_of_run(&one, &deleted);
    let mut clashing = DeletedRows::default();
    for row in 0..two.rows() {
        let key = two.key(row).unwrap();
        if expected.contains_key(&(key.series, key.time_ns)) {
            clashing.insert(row);
        }
    }
    expected.extend(rows_of_run(&two, &clashing));
    for limits in [FileLimits::default(), SMALL] {
        let sources = [Source::of_run(&one, deleted.clone()), Source::of_run(&two, clashing.clone())];
        let files = write_files(&fixture.store, &fixture.target(limits), &sources).unwrap();
        assert_eq!(union(&files), expected);
        assert_ordered(&fixture, &files);
        assert_eq!(files.len() > 1, limits == SMALL);
        assert!(files.iter().all(|file| file.facts.rows <= limits.rows_max));

        // The same rows from files, some of them deleted, and a run of later ones.
        let gone: Vec<DeletedRows> =
            files.iter().map(|file| (0..file.facts.rows).filter(|row| row % 3 == 1).collect()).collect();
        let again: Vec<Source> = files
            .iter()
            .zip(&gone)
            .map(|(file, gone)| Source::of_file(file, gone.clone()).unwrap())
            .collect();
        let mut expected_again = Rows::new();
        for (file, gone) in files.iter().zip(&gone) {
            for row in (0..file.facts.rows).filter(|row| !gone.contains(*row)) {
                let identity = file.identity(row).unwrap();
                expected_again.insert(identity, expected[&identity].clone());
            }
        }
        let rewritten = write_files(&fixture.store, &fixture.target(FileLimits::default()), &again).unwrap();
        assert_eq!(union(&rewritten), expected_again);
    }
}

#[test]
fn every_row_is_found_and_no_other() {
    let fixture = Fixture::new(6);
    let run = fixture.run(3, 40);
    let sources = [Source::of_run(&run, DeletedRows::default())];
    let files = write_files(&fixture.store, &fixture.target(SMALL), &sources).unwrap();
    for row in 0..run.rows() {
        let key = run.key(row).unwrap();
        let found: Vec<_> =
            files.iter().filter_map(|file| file.find(key.series, key.time_ns).unwrap()).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].version, key.version);
        let values: Vec<_> = run.values(row).map(|(id, value)| (id, value.into_owned())).collect();
        assert_eq!(found[0].values, values);
        for (series, time_ns) in [(key.series, key.time_ns + 1), (SeriesId(9_999), key.time_ns)] {
            assert!(files.iter().all(|file| file.find(series, time_ns).unwrap().is_none()));
        }
    }
}

#[test]
fn nothing_to_write_makes_no_file() {
    let fixture = Fixture::new(2);
    let run = fixture.run(4, 3);
    let all: DeletedRows = (0..run.rows()).collect();
    let target = fixture.target(FileLimits::default());
    assert!(write_files(&fixture.store, &target, &[Source::of_run(&run, all)]).unwrap().is_empty());
    let empty = RunData { segments: Vec::new(), ..fixture.run(4, 0) };
    let sources = [Source::of_run(&empty, DeletedRows::default())];
    assert!(write_files(&fixture.store, &target, &sources).unwrap().is_empty());
    assert!(fixture.store.list().unwrap().is_empty());
}

#[test]
fn a_draft_that_nobody_lists_is_removed() {
    let fixture = Fixture::new(2);
    let sources = [Source::of_run(&fixture.run(4, 3), DeletedRows::default())];
    let write = || write_files(&fixture.store, &fixture.target(FileLimits::default()), &sources).unwrap();
    let kept = write();
    kept.iter().for_each(|file| file.mark_live());
    drop(write());
    assert_eq!(fixture.store.list().unwrap().len(), 2);
    assert_eq!(fixture.store.remove_garbage().unwrap(), 1);
    let left: Vec<_> = fixture.store.list().unwrap().into_iter().map(|listed| listed.name).collect();
    assert_eq!(left, [kept[0].name.clone()]);
}
