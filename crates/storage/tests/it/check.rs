//! `headwater check` tells the truth: nothing about what the engine wrote, something about every kind of damage.

use std::path::{Path, PathBuf};

use storage::check::{self, Artefact, Report, Severity};
use storage::fs::{self, Access, Fs};
use storage::metastore::{DataFile, FileKind, Metastore, Stored};

use crate::model::Row;
use crate::workload::{Runner, Step, block_on, tier_workload, workload};
use crate::world::{NOW_NS, SECOND_NS, World};

const DAY_NS: i64 = 86_400 * SECOND_NS;

#[test]
fn a_directory_in_use_is_never_damaged() {
    for steps in [workload(), tier_workload()] {
        block_on(async {
            let mut runner = Runner { world: World::new(), engine: None, state: None };
            runner.engine = Some(runner.world.open().await.unwrap());
            for step in &steps {
                runner.take(step).await.unwrap();
                let report = runner.world.check().await;
                assert!(!report.has_damage(), "after {step:?}: {:#?}", report.findings);
            }
            runner.engine().close().await.unwrap();
            runner.engine = None;
            let engine = runner.world.open().await.unwrap();
            engine.maintain().await.unwrap();
            engine.close().await.unwrap();
            assert_eq!(runner.world.check().await.findings, []);
        });
    }
}

/// A closed directory with several files of every kind.
async fn full_world() -> World {
    let mut world = World::new();
    let mut runner = Runner { engine: Some(world.open().await.unwrap()), world, state: None };
    runner.take(&Step::CreateTable).await.unwrap();
    for round in 0..6_i64 {
        let old = |number: i64| {
            let time_ns = NOW_NS - (3 + number % 2) * DAY_NS - (round * 9 + number) * SECOND_NS;
            let mut row = Row::new(&format!("host-{}", number % 5), time_ns, 1 + round, number as f64);
            row.region = (number % 3 == 0).then(|| format!("a region with a long name {}", number % 2));
            row
        };
        runner.take(&Step::Write((0..9).map(old).collect())).await.unwrap();
        let step = if round % 2 == 0 { Step::Maintain } else { Step::Checkpoint };
        runner.take(&step).await.unwrap();
    }
    for _ in 0..3 {
        runner.take(&Step::Maintain).await.unwrap();
    }
    // Rows that replace some of a data file, rows that wait beside it, rows of today, and rows only in the log.
    let late = [
        Row::new("host-1", NOW_NS - 4 * DAY_NS - SECOND_NS, 90, 7.0),
        Row::new("host-7", NOW_NS - 3 * DAY_NS, 1, 7.0),
    ];
    runner.take(&Step::Write(late.to_vec())).await.unwrap();
    for today in 0..3_i64 {
        let row = |number: i64| Row::new("host-1", NOW_NS - (today * 10 + number) * SECOND_NS, 1, 1.0);
        runner.take(&Step::Write((0..6).map(row).collect())).await.unwrap();
        runner.take(&Step::Checkpoint).await.unwrap();
    }
    runner.take(&Step::Write(vec![Row::new("host-1", NOW_NS - 99 * SECOND_NS, 1, 1.0)])).await.unwrap();
    let mut world = runner.world;
    drop(runner.engine);
    world = world.crash(0);
    assert_eq!(world.check().await.findings, []);
    world
}

fn files_of(stored: &Stored, kind: FileKind) -> Vec<DataFile> {
    let files = stored.tables.values().flat_map(|table| table.files.values());
    files.filter(|file| file.kind == kind).cloned().collect()
}

fn path_of(file: &DataFile) -> PathBuf {
    let folder = if file.kind == FileKind::Data { "magnetic" } else { "memory" };
    Path::new("/data").join(folder).join(&file.file)
}

fn flip(world: &World, path: &Path, offset: u64) {
    let file = world.fs.open(path, Access::ReadWrite).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, offset).unwrap();
    file.write_at(&[byte[0] ^ (1 << (offset % 8))], offset).unwrap();
}

fn put(world: &World, path: &Path, bytes: &[u8]) {
    fs::remove_file_if_exists(&world.fs, path).unwrap();
    world.fs.create_new(path).unwrap().write_at(bytes, 0).unwrap();
}

fn damaged(report: &Report, artefact: Artefact) -> bool {
    let is_it =
        |finding: &&check::Finding| finding.severity == Severity::Damage && finding.artefact == artefact;
    report.findings.iter().any(|finding| is_it(&finding))
}

const KINDS: [(FileKind, Artefact); 3] = [
    (FileKind::Run, Artefact::RunFile),
    (FileKind::Series, Artefact::SeriesFile),
    (FileKind::Data, Artefact::DataFile),
];

#[test]
fn every_flipped_byte_of_a_file_is_found() {
    block_on(async {
        let world = full_world().await;
        let stored = world.metastore.load().await.unwrap();
        for (kind, artefact) in KINDS {
            let file = files_of(&stored, kind).swap_remove(0);
            let step = (file.file_bytes / 60).max(1);
            for offset in (0..file.file_bytes).step_by(step as usize) {
                flip(&world, &path_of(&file), offset);
                assert!(damaged(&world.check().await, artefact), "{kind:?} offset {offset}");
                flip(&world, &path_of(&file), offset);
            }
        }
        assert_eq!(world.check().await.findings, []);
    });
}

#[test]
fn cut_missing_swapped_and_extra_files_are_found() {
    block_on(async {
        for (kind, artefact) in KINDS {
            let world = full_world().await;
            let stored = world.metastore.load().await.unwrap();
            let files = files_of(&stored, kind);
            let path = path_of(&files[0]);
            let whole = fs::read(&world.fs, &path).unwrap();
            for cut in [0, 7, whole.len() / 2, whole.len() - 1] {
                put(&world, &path, &whole[..cut]);
                assert!(damaged(&world.check().await, artefact), "{kind:?} cut to {cut}");
            }
            fs::remove_file_if_exists(&world.fs, &path).unwrap();
            assert!(damaged(&world.check().await, artefact), "{kind:?} missing");
            put(&world, &path, &whole);
            if let Some(other) = files.get(1) {
                let other_path = path_of(other);
                let other_bytes = fs::read(&world.fs, &other_path).unwrap();
                put(&world, &path, &other_bytes);
                put(&world, &other_path, &whole);
                let report = world.check().await;
                assert!(report.count(Severity::Damage) >= 2, "{kind:?} swapped: {:?}", report.findings);
                put(&world, &path, &whole);
                put(&world, &other_path, &other_bytes);
            }
            let extra = path.with_file_name("00000000000000000000000000000000");
            put(&world, &extra, &whole);
            let report = world.check().await;
            assert_eq!((report.count(Severity::Damage), report.count(Severity::Orphan)), (0, 1), "{kind:?}");
        }
    });
}

#[test]
fn damage_of_the_log_is_found() {
    block_on(async {
        let world = full_world().await;
        let segments: Vec<PathBuf> =
            world.fs_names("/data/wal").iter().map(|name| Path::new("/data/wal").join(name)).collect();
        let newest = segments.last().unwrap();
        let bytes = fs::read(&world.fs, newest).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        // The last record may be taken for a write that was not finished: that is not damage, but said.
        let mut said = 0;
        for offset in 0..=used {
            flip(&world, newest, offset as u64);
            let report = world.check().await;
            assert!(report.has_damage() || report.count(Severity::Note) > 0, "offset {offset}");
            said += usize::from(report.has_damage());
            flip(&world, newest, offset as u64);
        }
        assert!(said > 60, "{said}");
        fs::remove_file_if_exists(&world.fs, newest).unwrap();
        assert!(damaged(&world.check().await, Artefact::LogSegment));
    });
}

/// What a defect of the engine would leave: the bytes are those that were written, and the rows are wrong.
#[test]
fn wrong_lists_are_found() {
    type Change = fn(&mut DataFile);
    let changes: [(&str, FileKind, Change); 12] = [
        ("one row more", FileKind::Run, |file| file.rows += 1),
        ("another first time", FileKind::Run, |file| file.time_min_ns -= 1),
        ("another partition", FileKind::Run, |file| {
            file.partition_start_ns -= DAY_NS;
            file.partition_end_ns -= DAY_NS;
        }),
        ("another series", FileKind::Run, |file| file.series_max += 1),
        ("malformed deleted rows", FileKind::Run, |file| file.deleted_rows = vec![1, 2, 3]),
        ("one row more", FileKind::Data, |file| file.rows += 1),
        ("another last time", FileKind::Data, |file| file.time_max_ns += 1),
        ("a partition that is none", FileKind::Data, |file| file.partition_start_ns += 1),
        ("another version", FileKind::Data, |file| file.object.as_mut().unwrap().version_max += 1),
        ("another first series", FileKind::Data, |file| file.object.as_mut().unwrap().series_first += 1),
        ("no checksums", FileKind::Data, |file| file.object.as_mut().unwrap().block_checksums.clear()),
        ("one series more", FileKind::Series, |file| file.series_max += 1),
    ];
    block_on(async {
        let world = full_world().await;
        let stored = world.metastore.load().await.unwrap();
        for (what, kind, change) in changes {
            let mut wrong = stored.clone();
            let files = wrong.tables.values_mut().flat_map(|table| table.files.values_mut());
            change(files.into_iter().find(|file| file.kind == kind).unwrap());
            let report = check::files(&world.file_parts(), &wrong);
            assert!(report.has_damage(), "{kind:?} {what}");
        }
        // A row that was replaced comes back.
        let mut wrong = stored.clone();
        let files = wrong.tables.values_mut().flat_map(|table| table.files.values_mut());
        for file in files {
            file.deleted_rows.clear();
        }
        assert!(damaged(&check::files(&world.file_parts(), &wrong), Artefact::RunFile), "two live rows");
        // A checkpoint that the log does not reach, and a log that begins too late.
        let mut wrong = stored.clone();
        wrong.log_start.0 += 1_000;
        assert!(check::files(&world.file_parts(), &wrong).has_damage(), "log start");
        let mut wrong = stored.clone();
        wrong.log_start.0 += 1;
        assert!(check::files(&world.file_parts(), &wrong).has_damage(), "an entry before the start");
        let mut wrong = stored;
        wrong.next_table_id = 1;
        assert!(check::files(&world.file_parts(), &wrong).has_damage(), "table id");
    });
}
