//! UNLOAD: what is in the files (`unload.jsonl`), and what is left when it fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use model::limits;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use sql::analyzer::Parameters;
use sql::error::SqlError;
use sql::execution::QuerySettings;

use super::buckets::File;
use super::dataset::{instant_ns, listed};
use super::files;
use super::run::{NOW_DEFAULT, Session, settings};
use super::store::Store;

const MEGABYTE: usize = 1_048_576;

fn session() -> Session {
    let datasets = listed(&files::read_json("shared/sql-datasets.json"));
    let mut store = Store::default();
    store.add_all(&datasets["sensor_quality"]);
    Session::new(store, instant_ns(NOW_DEFAULT))
}

#[test]
fn files_hold_what_the_cases_say() {
    let session = session();
    let mut wrong = Vec::new();
    for case in files::read_json_lines("unload.jsonl") {
        session.buckets.clear();
        let verdict = judge(&case, &session);
        wrong.extend(verdict.err().map(|reason| format!("{}: {reason}", case["id"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn judge(case: &Value, session: &Session) -> Result<(), String> {
    let outcome = session.run(case["sql"].as_str().unwrap(), Parameters::default());
    let written = session.buckets.files();
    if let Some(part) = case["error"].as_str() {
        let message = outcome.err().map(|error| error.to_string()).unwrap_or_default();
        let has_manifest = written.iter().any(|file| file.path.ends_with("_manifest.json"));
        return match message.contains(part) && !has_manifest {
            true => Ok(()),
            false => Err(format!("message {message:?}, due {part:?}, manifest {has_manifest}")),
        };
    }
    let answer = outcome.map_err(|error| error.to_string())?;
    let cell = |at: usize| answer.rows[0][at].clone().unwrap();
    let find = |url: String| {
        let path = url.strip_prefix("s3://").unwrap().to_owned();
        written.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no file {path}")).text()
    };
    let metadata: Value = serde_json::from_str(&find(cell(1))).unwrap();
    let manifest: Value = serde_json::from_str(&find(cell(2))).unwrap();
    check_manifest(&manifest, &written, &cell(0))?;
    let names: Vec<&str> =
        metadata["ColumnInfo"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap()).collect();
    if let Some(columns) = case["columns"].as_array()
        && columns.iter().ne(names.iter())
    {
        return Err(format!("columns {names:?}"));
    }
    let prefix = case["prefix"].as_str().unwrap_or("bucket/p/results/");
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in written.iter().filter(|file| !file.path.ends_with(".json")) {
        let place = file.path.strip_prefix(prefix).ok_or_else(|| format!("{} elsewhere", file.path))?;
        let (folder, name) = place.rsplit_once('/').unwrap_or(("", place));
        let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
        if case["extension"].as_str().is_some_and(|due| due != extension) || !name.starts_with("TEST_") {
            return Err(format!("file {name}"));
        }
        let lines = if extension == "parquet" { parquet_lines(file) } else { file.lines() };
        folders.entry(folder.to_owned()).or_default().extend(lines);
    }
    if json!(folders) == case["files"] { Ok(()) } else { Err(format!("files {:#}", json!(folders))) }
}

/// The manifest names each file once, with its size, and adds up.
fn check_manifest(manifest: &Value, written: &[File], rows: &str) -> Result<(), String> {
    let listed = manifest["result_files"].as_array().unwrap();
    let size = |path: &str| written.iter().find(|file| file.path == path).map(|file| file.bytes.len() as u64);
    let mut sums = (0, 0);
    for file in listed {
        let url = file["url"].as_str().unwrap();
        let bytes = file["file_metadata"]["content_length_in_bytes"].as_u64();
        if bytes.is_none() || size(url.strip_prefix("s3://").unwrap()) != bytes {
            return Err(format!("file {file}"));
        }
        sums.0 += bytes.unwrap();
        sums.1 += file["file_metadata"]["row_count"].as_u64().unwrap();
    }
    let results = written.iter().filter(|file| !file.path.ends_with(".json")).count();
    let query = &manifest["query_metadata"];
    let is_right = results == listed.len()
        && query["content_length_in_bytes"] == sums.0
        && query["total_row_count"] == sums.1
        && query["result_version"] == "Amazon Timestream version 1.0.0"
        && manifest["author"] == json!({"name": "Amazon Timestream", "manifest_file_version": "1.0"})
        && rows == sums.1.to_string();
    if is_right { Ok(()) } else { Err(format!("manifest {manifest}, rows {rows}")) }
}

/// A line with names and types, then the rows, as another reader sees them.
fn parquet_lines(file: &File) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file.bytes.clone())).unwrap();
    let schema = Arc::clone(reader.schema());
    let head =
        schema.fields().iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type())));
    let mut lines = vec![head.collect::<Vec<_>>().join(" | ")];
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    for batch in batches {
        let options = FormatOptions::default().with_null("NULL");
        for row in 0..batch.num_rows() {
            let cell =
                |array: &ArrayRef| ArrayFormatter::try_new(array, &options).unwrap().value(row).to_string();
            lines.push(batch.columns().iter().map(cell).collect::<Vec<_>>().join(" | "));
        }
    }
    lines
}

fn type_name(ty: &DataType) -> String {
    match ty {
        DataType::List(field) => format!("list<{}>", type_name(field.data_type())),
        DataType::Struct(fields) => {
            let fields =
                fields.iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type())));
            format!("struct<{}>", fields.collect::<Vec<_>>().join(", "))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "timestamp".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// Rows of about `bytes` bytes.
fn large(partitions: usize, rows: usize, bytes: usize, options: &str) -> String {
    format!(
        "UNLOAD(SELECT n, rpad(CAST(n AS varchar), {bytes}, 'x') AS text, n % {partitions} AS part \
         FROM (SELECT a * 1000 + b AS n FROM UNNEST(sequence(0, {})) AS x(a), UNNEST(sequence(0, 999)) AS y(b)) t) \
         TO 's3://bucket/p' WITH ({options})",
        rows / 1000 - 1
    )
}

fn total_rows(session: &Session) -> u64 {
    let files = session.buckets.files();
    let manifest = files.iter().find(|file| file.path.ends_with("_manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest.text()).unwrap();
    manifest["query_metadata"]["total_row_count"].as_u64().unwrap()
}

#[test]
fn files_end_at_about_their_size() {
    let session = session();
    for format in ["CSV", "PARQUET"] {
        session.buckets.clear();
        let options = format!("format='{format}', compression='NONE', max_file_size='16MB'");
        session.run(&large(1, 120_000, 400, &options), Parameters::default()).unwrap();
        assert_eq!(total_rows(&session), 120_000);
        let files = session.buckets.files();
        let mut sizes: Vec<usize> =
            files.iter().filter(|file| !file.path.ends_with(".json")).map(|file| file.bytes.len()).collect();
        sizes.sort_unstable();
        let (_smallest, others) = sizes.split_first().unwrap();
        assert!(sizes.len() >= 3, "{format} {sizes:?}");
        assert!(
            others.iter().all(|size| (11 * MEGABYTE..17 * MEGABYTE).contains(size)),
            "{format} {sizes:?}"
        );
    }
}

#[test]
fn many_partitions_take_little_memory() {
    let held_bytes_max = MEGABYTE;
    let settings = QuerySettings { query_memory_bytes_max: 4 * held_bytes_max, ..settings() };
    let session = Session::with_settings(Store::default(), instant_ns(NOW_DEFAULT), settings);
    for format in ["CSV", "PARQUET"] {
        session.buckets.clear();
        let options = format!("format='{format}', compression='NONE', partitioned_by=ARRAY['part']");
        session.run(&large(90, 20_000, 300, &options), Parameters::default()).unwrap();
        assert_eq!(total_rows(&session), 20_000);
        assert!(session.buckets.files().len() > 100, "some partitions have several files");
    }
}

#[test]
fn a_partition_too_many_fails() {
    let session = session();
    let options = "partitioned_by=ARRAY['part']";
    session.run(&large(100, 1_000, 10, options), Parameters::default()).unwrap();
    let error = session.run(&large(101, 1_000, 10, options), Parameters::default()).unwrap_err();
    assert_eq!(error.to_string(), "UNLOAD exports at most 100 partitions");
}

#[test]
fn a_failure_at_any_object_leaves_no_manifest() {
    let sql = "UNLOAD(SELECT device_id, unit FROM modeldb.quality) TO 's3://bucket/p' WITH (partitioned_by=ARRAY['unit'])";
    let objects = {
        let session = session();
        session.run(sql, Parameters::default()).unwrap();
        session.buckets.files().len()
    };
    assert_eq!(objects, 4);
    for left in 0..objects {
        let session = session();
        session.buckets.fail_after(left);
        let error = session.run(sql, Parameters::default()).unwrap_err();
        assert_eq!(error.to_string(), "The object store is full");
        let files = session.buckets.files();
        assert!(files.iter().all(|file| !file.path.ends_with("_manifest.json")), "{left}: {files:?}");
        assert_eq!(session.buckets.open(), 0);
    }
}

#[test]
fn who_cancels_is_heard_while_an_object_is_written() {
    let session = session();
    session.buckets.stall_after(1);
    let sql = "UNLOAD(SELECT device_id, unit FROM modeldb.quality) TO 's3://bucket/p' WITH (partitioned_by=ARRAY['unit'])";
    session.cancel_when(sql, session.buckets.stalled());
    assert!(session.buckets.files().iter().all(|file| !file.path.ends_with(".json")));
}

#[test]
fn only_some_run_at_once() {
    let session = session();
    let sql = "UNLOAD(SELECT 1 AS a) TO 's3://bucket/p'";
    session.buckets.stall_after(0);
    let mut running = Vec::new();
    for _ in 0..limits::UNLOADS_RUNNING_MAX {
        running.push(session.start(sql));
        let stalled = session.buckets.stalled();
        session.wait(async move { stalled.notified().await });
    }
    assert_eq!(session.run(sql, Parameters::default()).unwrap_err(), SqlError::Overloaded);
    assert!(session.run("SELECT 1", Parameters::default()).is_ok());
}
