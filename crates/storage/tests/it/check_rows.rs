//! Files with right checksums and wrong rows, as a defect of the engine would write them: `headwater check` finds each.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use ::model::clock::TimestampNs;
use ::model::schema::{ColumnRole, MEASURE_NAME_COLUMN, TableSchema};
use ::model::series::{SeriesId, decode_series_key};
use arrow::array::{ArrayRef, Float64Array};
use storage::check::{self, Artefact, Report, Severity};
use storage::engine::listing::listed;
use storage::format::{run_file, series_file};
use storage::fs::{self, Fs};
use storage::magnetic::data_file::writer::{DataFileWriter, FileShape, SortedRows};
use storage::magnetic::order::SeriesOrder;
use storage::memory::run_data::RunData;
use storage::memory::series_columns::SeriesColumns;
use storage::metastore::{DataFile, FileKind, Metastore, Stored, StoredTable};

use crate::model::Row;
use crate::workload::block_on;
use crate::world::{NOW_NS, SECOND_NS, World, write};

const DAY_NS: i64 = 86_400 * SECOND_NS;

/// Hosts `a` to `d`, each a series, in runs; the ids are not in the order of the names.
async fn world_with_runs() -> (World, Stored) {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    for host in ["c", "a", "d", "b"] {
        let rows: Vec<Row> =
            (0..5).map(|number| Row::new(host, NOW_NS - number * SECOND_NS, 1, number as f64)).collect();
        write(&engine, &rows).await.unwrap();
    }
    engine.close().await.unwrap();
    let stored = world.metastore.load().await.unwrap();
    assert_eq!(world.check().await.findings, []);
    (world, stored)
}

fn table_of(stored: &mut Stored) -> &mut StoredTable {
    stored.tables.values_mut().next().unwrap()
}

fn damage(report: &Report, artefact: Artefact) -> Vec<String> {
    let of_it = report.findings.iter().filter(|finding| finding.artefact == artefact);
    of_it.filter(|finding| finding.severity == Severity::Damage).map(|finding| finding.what.clone()).collect()
}

/// Writes a run anew after a change to its rows, as if it had always been so. Answers what check says.
fn rewrite_run(world: &World, stored: &Stored, change: impl FnOnce(&mut RunData)) -> Report {
    let mut stored = stored.clone();
    let file = table_of(&mut stored).files.values_mut().find(|file| file.kind == FileKind::Run).unwrap();
    let path = Path::new("/data/memory").join(&file.file);
    let (header, mut data) = run_file::decode(&path, fs::read(&world.fs, &path).unwrap(), None).unwrap();
    change(&mut data);
    let bytes = run_file::v2::encode(header, &data).unwrap();
    let name = "0000000000000000-0000000000000000.run".to_owned();
    let path = Path::new("/data/memory").join(&name);
    fs::remove_file_if_exists(&world.fs, &path).unwrap();
    world.fs.create_new(&path).unwrap().write_at(&bytes, 0).unwrap();
    let (time_min_ns, time_max_ns) = data.time_bounds_ns().unwrap();
    let changed = DataFile {
        file: name.clone(),
        file_bytes: bytes.len() as u64,
        crc32c: crc32c::crc32c(&bytes),
        time_min_ns,
        time_max_ns,
        ..file.clone()
    };
    let before = file.file.clone();
    table_of(&mut stored).files.remove(&before);
    table_of(&mut stored).files.insert(name, changed);
    check::files(&world.file_parts(), &stored)
}

fn with_times(data: &mut RunData, change: impl FnOnce(&mut Vec<i64>)) {
    let mut times = data.times_ns.to_vec();
    change(&mut times);
    data.times_ns = times.into();
}

#[test]
fn wrong_rows_of_runs_are_found() {
    block_on(async {
        let (world, stored) = world_with_runs().await;
        let damage_of = |change: fn(&mut RunData)| {
            damage(&rewrite_run(&world, &stored, change), Artefact::RunFile).join(" ")
        };
        assert_eq!(damage_of(|_| {}), "");
        let doubled = damage_of(|data| with_times(data, |times| times[1] = times[0]));
        assert!(doubled.contains("row 1 repeats"), "{doubled}");
        let swapped = damage_of(|data| with_times(data, |times| times.swap(2, 3)));
        assert!(swapped.contains("row 3 comes before"), "{swapped}");
        let elsewhere = damage_of(|data| with_times(data, |times| times[0] -= DAY_NS));
        assert!(elsewhere.contains("outside of its partition"), "{elsewhere}");
        let unknown = damage_of(|data| data.segments.last_mut().unwrap().series = SeriesId(77));
        assert!(unknown.contains("describes other rows"), "{unknown}");
        let version = damage_of(|data| data.versions = storage::memory::run_data::Versions::All(-1));
        assert!(version.contains("version"), "{version}");
        // The same rows in two runs.
        let mut twice = stored.clone();
        let files = table_of(&mut twice).files.clone();
        let run = files.values().find(|file| file.kind == FileKind::Run).unwrap();
        let bytes = fs::read(&world.fs, &Path::new("/data/memory").join(&run.file)).unwrap();
        world.fs.create_new(Path::new("/data/memory/copy.run")).unwrap().write_at(&bytes, 0).unwrap();
        let copy = DataFile { file: "copy.run".to_owned(), ..run.clone() };
        table_of(&mut twice).files.insert("copy.run".to_owned(), copy);
        let found = damage(&check::files(&world.file_parts(), &twice), Artefact::RunFile);
        assert!(found.iter().any(|what| what.contains("two live rows")), "{found:?}");
    });
}

/// What a writer of data files knows of the table.
struct Definitions {
    schema: Arc<TableSchema>,
    order: SeriesOrder,
    texts: SeriesColumns,
    ids: BTreeMap<String, SeriesId>,
}

fn definitions(world: &World, stored: &mut Stored) -> Definitions {
    let table = table_of(stored);
    let mut schema = TableSchema::new();
    for column in &table.columns {
        schema.push(Arc::clone(&column.name), column.column_type, column.role);
    }
    let host = schema.find("host").unwrap().id;
    let mut files: Vec<&DataFile> =
        table.files.values().filter(|file| file.kind == FileKind::Series).collect();
    files.sort_by_key(|file| file.series_min);
    let (mut texts, mut ids) = (SeriesColumns::default(), BTreeMap::new());
    for file in files {
        let path = Path::new("/data/memory").join(&file.file);
        let content = series_file::decode(&path, &fs::read(&world.fs, &path).unwrap(), None).unwrap();
        for key in content.keys.iter() {
            let key = decode_series_key(key).unwrap();
            ids.insert(key.dimensions[0].value.to_owned(), SeriesId(ids.len() as u32));
            let host = (host, key.dimensions[0].value);
            texts.push([(MEASURE_NAME_COLUMN, key.measure_name), host].into_iter());
        }
    }
    Definitions { order: SeriesOrder::new(&table.table, &schema), schema: Arc::new(schema), texts, ids }
}

/// Adds a data file with these rows, in this order, in a partition of its own. Answers what check says about it.
fn add_file(
    world: &World,
    stored: &Stored,
    texts_of: impl FnOnce(&Definitions) -> SeriesColumns,
    series: &[(&str, &[TimestampNs])],
    copies: usize,
) -> Vec<String> {
    let mut stored = stored.clone();
    let known = definitions(world, &mut stored);
    let start_ns = NOW_NS - NOW_NS.rem_euclid(DAY_NS) - 5 * DAY_NS;
    let rows: usize = series.iter().map(|(_, times)| times.len()).sum();
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0; rows]));
    let column = known.schema.find("measure_value::double").unwrap().id;
    let dimensions = known.schema.columns().iter().filter(|column| column.role == ColumnRole::Dimension);
    let mut writer = DataFileWriter::new(FileShape {
        table: table_of(&mut stored).table.id,
        partition_start_ns: start_ns,
        partition_end_ns: start_ns + DAY_NS,
        schema: Arc::clone(&known.schema),
        order: known.order.clone(),
        dimensions: dimensions.map(|column| column.id).collect(),
        measures: BTreeMap::from([(column, Arc::clone(&values))]),
        rows,
        zstd_level: 0,
    })
    .unwrap();
    let times: Vec<i64> =
        series.iter().flat_map(|(_, times)| times.iter().map(|time| start_ns + time)).collect();
    let sorted = SortedRows {
        pieces: series.iter().map(|(host, times)| (known.ids[*host], times.len())).collect(),
        times_ns: times.into(),
        versions: vec![1; rows].into(),
        columns: HashMap::from([(column, values)]),
    };
    writer.push(&sorted, &texts_of(&known)).unwrap();
    let file = writer.finish().unwrap().unwrap();
    let facts = &file.facts;
    for copy in 0..copies {
        let name = format!("table-1/{copy:032x}");
        let path = Path::new("/data/magnetic").join(&name);
        let _ = world.fs.create_dir(path.parent().unwrap());
        fs::remove_file_if_exists(&world.fs, &path).unwrap();
        world.fs.create_new(&path).unwrap().write_at(&file.bytes, 0).unwrap();
        let table = table_of(&mut stored);
        let entry = listed(table.table.id, start_ns, name.clone(), facts);
        table.files.insert(name, entry);
    }
    let report = check::files(&world.file_parts(), &stored);
    for copy in 0..copies {
        let path = format!("/data/magnetic/table-1/{copy:032x}");
        fs::remove_file_if_exists(&world.fs, Path::new(&path)).unwrap();
    }
    damage(&report, Artefact::DataFile)
}

#[test]
fn wrong_rows_of_data_files_are_found() {
    block_on(async {
        let (world, stored) = world_with_runs().await;
        let own = |known: &Definitions| known.texts.clone();
        let right: &[(&str, &[i64])] = &[("a", &[0, 5, 9]), ("b", &[1, 2]), ("d", &[DAY_NS - 1])];
        assert_eq!(add_file(&world, &stored, own, right, 1), [] as [String; 0]);
        for (what, series, expected) in [
            ("a row twice", &[("a", &[0, 5, 5, 9][..])][..], "row 2 repeats"),
            ("rows in disorder", &[("a", &[0, 7, 5, 9])], "row 2 comes before"),
            ("series in disorder", &[("b", &[1, 2]), ("a", &[0, 5])], "out of order"),
            ("a series in two places", &[("a", &[0]), ("b", &[1]), ("a", &[2])], "out of order"),
            ("a row of tomorrow", &[("a", &[0, DAY_NS])], "outside of its partition"),
        ] {
            let found = add_file(&world, &stored, own, series, 1);
            assert!(found.iter().any(|found| found.contains(expected)), "{what}: {found:?}");
        }
        let found = add_file(&world, &stored, own, right, 2);
        assert!(found.iter().any(|found| found.contains("overlaps")), "a file twice: {found:?}");
        // Rows that name another host than their series has.
        let others = |known: &Definitions| {
            let mut texts = SeriesColumns::default();
            let host = known.schema.find("host").unwrap().id;
            for _ in 0..4 {
                texts.push([(MEASURE_NAME_COLUMN, "cpu"), (host, "e")].into_iter());
            }
            texts
        };
        let found = add_file(&world, &stored, others, right, 1);
        assert!(found.iter().any(|found| found.contains("row 0 has texts of another series")), "{found:?}");
    });
}
