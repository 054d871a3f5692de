//! A read of few rows reads few bytes.

use std::sync::Arc;

use model::limits;
use model::scan::{ReadControl, ReadCount, ValueBounds, ValueRange};

use super::fixture::Fixture;
use crate::format::data_file::BLOCK_BYTES;
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::data_file::rows::{FileColumn, FileRows};
use crate::magnetic::data_file::statistics::possible_rows;
use crate::magnetic::rewrite::source::Source;
use crate::magnetic::rewrite::{FileLimits, write_files};
use crate::memory::deleted::DeletedRows;

#[test]
fn one_series_costs_a_few_blocks() {
    let fixture = Fixture::new(40);
    let run = fixture.run(1, 4_000);
    let sources = [Source::of_run(&run, DeletedRows::default())];
    let files = write_files(&fixture.store, &fixture.target(FileLimits::default()), &sources).unwrap();
    assert_eq!(files.len(), 1);
    let (name, facts) = (files[0].name.clone(), files[0].facts.clone());
    assert!(facts.file_bytes > 30 * BLOCK_BYTES, "the file has only {} bytes", facts.file_bytes);

    let file = Arc::new(MagneticFile::live(&fixture.store, name, facts));
    let contents = file.contents().unwrap();
    let series = run.segments[10].series;
    let place = contents.series(series).unwrap();
    let before = fixture.store.objects.stats().read_bytes;
    let column = fixture.schema.find("measure_value::double").unwrap().id;
    let columns = vec![FileColumn::Time, FileColumn::Measure(column)];
    let rows = FileRows::new(&file, contents, columns, vec![place.rows.clone()], 1_000);
    let count: usize = rows.map(|batch| batch.unwrap().rows).sum();
    assert_eq!(count, place.rows.len());
    let read_bytes = fixture.store.objects.stats().read_bytes - before;
    // At most two pages of each of two columns: incompressible doubles are 256 KiB a page.
    assert!(read_bytes <= 13 * BLOCK_BYTES, "{read_bytes}");

    let before = fixture.store.objects.stats().read_bytes;
    let key = run.key(run.rows() / 2).unwrap();
    for _ in 0..3 {
        assert!(file.find(key.series, key.time_ns).unwrap().is_some());
    }
    let first = fixture.store.objects.stats().read_bytes - before;
    assert!(file.find(key.series, key.time_ns).unwrap().is_some());
    assert!(fixture.store.objects.stats().read_bytes - before >= first);
}

#[test]
fn pages_are_ruled_out_by_their_statistics() {
    let fixture = Fixture::new(40);
    let run = fixture.run(1, 4_000);
    let sources = [Source::of_run(&run, DeletedRows::default())];
    let files = write_files(&fixture.store, &fixture.target(FileLimits::default()), &sources).unwrap();
    let contents = files[0].contents().unwrap();
    let all = 0..run.rows();
    let column = |name: &str| fixture.schema.find(name).unwrap().id;
    // Half of the series have doubles from 0 to 1; they follow those with several measures, 160,000 rows each.
    let doubles = |min, max| ValueBounds::Double { min, max };
    let cases = [
        ("measure_value::double", doubles(0.0, 1.0), 160_000, 160_000 + 32 * 1_024),
        ("measure_value::double", ValueBounds::NotNull, 160_000, 160_000 + 32 * 1_024),
        ("measure_value::double", doubles(1.5, 2.0), 0, 0),
        ("measure_value::double", doubles(-2.0, -1.0), 0, 0),
        ("count", ValueBounds::Bigint { min: 999, max: i64::MAX }, 1, 2 * limits::DATA_FILE_PAGE_ROWS),
        ("count", ValueBounds::Bigint { min: 1_000, max: i64::MAX }, 0, 0),
        ("seen", ValueBounds::Timestamp { min_ns: i64::MIN, max_ns: -1 }, 0, 0),
        ("never written", ValueBounds::NotNull, 0, 0),
        ("note", ValueBounds::NotNull, 1, 2 * limits::DATA_FILE_PAGE_ROWS),
    ];
    for (name, bounds, rows_min, rows_max) in cases {
        let control = ReadControl::default();
        let wanted = [ValueRange { column: column(name), bounds }];
        let possible = possible_rows(&contents, &wanted, all.clone(), &control);
        let rows: usize = possible.iter().map(|range| range.len()).sum();
        assert!((rows_min..=rows_max).contains(&rows), "{name} {bounds:?}: {rows}");
        assert!(rows == 0 || control.counts.get(ReadCount::PagesSkipped) > 0 || name == "never written");
        let half = possible_rows(&contents, &wanted, 0..100, &control);
        assert!(half.iter().all(|range| range.end <= 100));
    }
}
