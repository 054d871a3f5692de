//! The simulated disk loses what a real one may lose, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use super::{BLOCK_BYTES, Crash, Fault, SimFs};
use crate::fs::{Fs, FsFile, find, read, write_durably};

const FILE: &str = "/file";
const POWER_LOSSES: [Crash; 3] = [Crash::LoseUnsynced, Crash::Torn, Crash::Scattered];

fn durable_file(bytes: &[u8]) -> (SimFs, Box<dyn FsFile>) {
    let fs = SimFs::new();
    let file = fs.create_new(Path::new(FILE)).unwrap();
    file.write_at(bytes, 0).unwrap();
    file.sync_data().unwrap();
    fs.sync_dir(Path::new("/")).unwrap();
    (fs, file)
}

fn contents(fs: &SimFs) -> Vec<u8> {
    read(fs, Path::new(FILE)).unwrap()
}

/// All contents that seeds make of a crash.
fn outcomes(fs: &SimFs, crash: Crash) -> BTreeSet<Option<Vec<u8>>> {
    (0..300).map(|seed| find(&fs.crash_with(crash, seed), Path::new(FILE)).unwrap()).collect()
}

#[test]
fn synced_data_under_a_synced_name_survives_every_crash() {
    let (fs, _file) = durable_file(b"kept");
    for crash in POWER_LOSSES.into_iter().chain([Crash::Kill]) {
        assert_eq!(outcomes(&fs, crash), BTreeSet::from([Some(b"kept".to_vec())]), "{crash:?}");
    }
}

#[test]
fn a_sync_of_the_file_is_no_sync_of_its_name_and_the_reverse() {
    let only_data = SimFs::new();
    let file = only_data.create_new(Path::new(FILE)).unwrap();
    file.write_at(b"data", 0).unwrap();
    file.sync_all().unwrap();
    assert_eq!(outcomes(&only_data, Crash::LoseUnsynced), BTreeSet::from([None]));
    assert_eq!(outcomes(&only_data, Crash::Scattered), BTreeSet::from([None, Some(b"data".to_vec())]));

    let only_name = SimFs::new();
    let file = only_name.create_new(Path::new(FILE)).unwrap();
    file.write_at(b"data", 0).unwrap();
    only_name.sync_dir(Path::new("/")).unwrap();
    assert_eq!(outcomes(&only_name, Crash::LoseUnsynced), BTreeSet::from([Some(Vec::new())]));
    assert_eq!(outcomes(&only_name, Crash::Kill), BTreeSet::from([Some(b"data".to_vec())]));
}

#[test]
fn an_unsynced_write_tears_at_blocks_or_scatters() {
    let block = BLOCK_BYTES as usize;
    let (fs, file) = durable_file(&vec![b'o'; block * 3]);
    file.write_at(&vec![b'n'; block * 2], BLOCK_BYTES / 2).unwrap();
    let shape = |bytes: &Option<Vec<u8>>| {
        let bytes = bytes.clone().unwrap();
        [0, block / 2, block, block * 2, block * 2 + block / 2]
            .map(|at| char::from(bytes[at]))
            .iter()
            .collect::<String>()
    };
    let torn: BTreeSet<String> = outcomes(&fs, Crash::Torn).iter().map(shape).collect();
    assert_eq!(torn, ["ooooo", "onooo", "onnoo", "onnno"].map(str::to_owned).into());
    let scattered: BTreeSet<String> = outcomes(&fs, Crash::Scattered).iter().map(shape).collect();
    let all = ["ooooo", "onooo", "oonoo", "ooono", "onnoo", "onono", "oonno", "onnno"];
    assert_eq!(scattered, all.map(str::to_owned).into());
}

#[test]
fn a_durable_replacement_is_old_or_new_at_every_power_cut() {
    let (reference, _file) = durable_file(b"old");
    let before = reference.calls();
    write_durably(&reference, Path::new(FILE), b"new").unwrap();
    for call in before + 1..=reference.calls() {
        for (seed, crash) in POWER_LOSSES.into_iter().cycle().take(60).enumerate() {
            let (fs, _file) = durable_file(b"old");
            fs.cut_power_at(call);
            assert!(write_durably(&fs, Path::new(FILE), b"new").is_err());
            let found = contents(&fs.crash_with(crash, seed as u64));
            assert!(found == b"old" || found == b"new", "call={call} seed={seed} found={found:?}");
        }
    }
    assert_eq!(contents(&reference.crash_with(Crash::LoseUnsynced, 0)), b"new");
}

#[test]
fn a_failed_sync_loses_what_a_later_sync_seems_to_save() {
    let (fs, file) = durable_file(b"old");
    file.write_at(b"new", 0).unwrap();
    fs.fail_at(fs.calls() + 1, Fault::Io);
    assert!(file.sync_data().is_err());
    file.sync_data().unwrap();
    assert_eq!(contents(&fs), b"new", "visible");
    assert_eq!(contents(&fs.crash_with(Crash::LoseUnsynced, 0)), b"old", "not durable");
}

#[test]
fn kill_keeps_what_is_visible_but_does_not_sync_it() {
    let (fs, file) = durable_file(b"old");
    file.write_at(b"new", 0).unwrap();
    let killed = fs.crash_with(Crash::Kill, 0);
    assert_eq!(contents(&killed), b"new");
    assert_eq!(contents(&killed.crash_with(Crash::LoseUnsynced, 0)), b"old");
}

#[test]
fn a_name_in_a_directory_that_was_not_synced_is_lost_with_it() {
    let fs = SimFs::new();
    fs.create_dir(Path::new("/dir")).unwrap();
    fs.create_new(Path::new("/dir/file")).unwrap();
    fs.sync_dir(Path::new("/dir")).unwrap();
    let after = fs.crash_with(Crash::LoseUnsynced, 0);
    assert!(after.list(Path::new("/")).unwrap().is_empty());
    assert!(after.list(Path::new("/dir")).is_err());
}

#[test]
fn after_a_power_cut_every_call_fails() {
    let (fs, file) = durable_file(b"old");
    fs.cut_power_at(fs.calls() + 1);
    assert!(file.write_at(b"new", 0).is_err());
    assert!(file.sync_data().is_err());
    assert!(fs.list(Path::new("/")).is_err());
    assert!(file.read_at(&mut [0], 0).is_err());
}

#[test]
fn a_full_disk_refuses_growth_and_nothing_else() {
    let (fs, file) = durable_file(b"12345678");
    fs.set_capacity(Some(10));
    assert_eq!(fs.available_bytes(Path::new("/")).unwrap(), 2);
    assert!(file.write_at(b"abc", 8).is_err());
    assert!(file.preallocate(11).is_err());
    file.write_at(b"abc", 7).unwrap();
    assert_eq!(contents(&fs), b"1234567abc");
    fs.set_capacity(None);
    file.write_at(b"d", 10).unwrap();
}
