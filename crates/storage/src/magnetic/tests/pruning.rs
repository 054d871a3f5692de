//! A read of few rows reads few bytes.

use std::sync::Arc;

use super::fixture::Fixture;
use crate::format::data_file::BLOCK_BYTES;
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::data_file::rows::{FileColumn, FileRows};
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
