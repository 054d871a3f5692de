//! The file is plain Parquet with the documented columns, for readers that know nothing of us.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampNanosecondType};
use bytes::Bytes;
use model::schema::MEASURE_NAME_COLUMN;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::fixture::{Fixture, ROOT};
use crate::format::data_file::VERSION_FIELD_ID;
use crate::fs;
use crate::magnetic::rewrite::source::Source;
use crate::magnetic::rewrite::{FileLimits, write_files};
use crate::memory::deleted::DeletedRows;

#[test]
fn any_parquet_reader_sees_the_rows() {
    let fixture = Fixture::new(5);
    let run = fixture.run(8, 7);
    let sources = [Source::of_run(&run, DeletedRows::default())];
    let files = write_files(&fixture.store, &fixture.target(FileLimits::default()), &sources).unwrap();
    let bytes = fs::read(&fixture.disk, &Path::new(ROOT).join(files[0].name.as_str())).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap();

    let columns: Vec<(String, DataType, bool)> = builder
        .schema()
        .fields()
        .iter()
        .map(|field| (field.name().clone(), field.data_type().clone(), field.is_nullable()))
        .collect();
    let time = DataType::Timestamp(TimeUnit::Nanosecond, None);
    let expected = [
        ("host", DataType::Utf8, true),
        ("region", DataType::Utf8, true),
        ("measure_name", DataType::Utf8, false),
        ("time", time.clone(), false),
        ("measure_value::double", DataType::Float64, true),
        ("count", DataType::Int64, true),
        ("note", DataType::Utf8, true),
        ("ok", DataType::Boolean, true),
        ("seen", time, true),
        ("ts_version", DataType::Int64, false),
    ];
    assert_eq!(columns, expected.map(|(name, data_type, nullable)| (name.to_owned(), data_type, nullable)));
    let descriptor = builder.parquet_schema();
    let ids: Vec<i32> =
        descriptor.columns().iter().map(|column| column.self_type().get_basic_info().id()).collect();
    assert_eq!(ids, [3, 4, 1, 2, 5, 6, 7, 8, 9, VERSION_FIELD_ID]);
    let sorting = builder.metadata().row_group(0).sorting_columns().unwrap();
    assert_eq!(sorting.iter().map(|column| column.column_idx).collect::<Vec<_>>(), [2, 0, 1, 3]);

    let mut seen = BTreeMap::new();
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        let text = |name: &str, row: usize| {
            let array = batch.column_by_name(name).unwrap();
            array.is_valid(row).then(|| array.as_string::<i32>().value(row).to_owned())
        };
        for row in 0..batch.num_rows() {
            let time_ns = batch["time"].as_primitive::<TimestampNanosecondType>().value(row);
            let version = batch["ts_version"].as_primitive::<Int64Type>().value(row);
            let identity = (text("host", row), text("region", row), text("measure_name", row), time_ns);
            assert_eq!(seen.insert(identity, version), None);
        }
    }
    assert_eq!(seen.len(), run.rows());
    for row in 0..run.rows() {
        let key = run.key(row).unwrap();
        let text = |name: &str| {
            let column = fixture.schema.find(name).map_or(MEASURE_NAME_COLUMN, |column| column.id);
            let pieces = std::iter::once((key.series, 1));
            let array = crate::memory::views::series_texts(&fixture.texts, column, pieces, 1);
            array.is_valid(0).then(|| array.value(0).to_owned())
        };
        let identity = (text("host"), text("region"), text("measure_name"), key.time_ns);
        assert_eq!(seen.get(&identity), Some(&key.version), "{identity:?}");
    }
}
