//! Damage at rest: a refusal or a first part of the log, never another payload.

use std::path::{Path, PathBuf};

use super::{DIR, Entries, image, open_writer, payload, put, recover_entries, segment_paths};
use crate::error::StorageError;
use crate::format::wal_segment::v1::{Record, RecordKind, SegmentHeader, encode_header, encode_record};
use crate::fs::sim::{Crash, SimFs};
use crate::fs::{self, Fs};
use crate::wal::inspect;

/// Three groups in two segments; the last group has two entries.
fn log(close: bool) -> SimFs {
    let fs = SimFs::new();
    let (recovered, _) = recover_entries(&fs, 1).unwrap();
    let (mut writer, _) = open_writer(&fs, &recovered).unwrap();
    writer.append_group(&[payload("one ", 60), payload("two ", 3_000)]).unwrap();
    writer.append_group(&[payload("three ", 1_500)]).unwrap();
    writer.append_group(&[payload("four ", 40), payload("five ", 50)]).unwrap();
    if close {
        writer.close().unwrap();
    }
    fs
}

/// `position` counted in the bytes of all records of the newest segment.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Region {
    /// Everything whose durability a later record proves.
    Proven,
    LastGroup,
    BehindTheEnd,
}

fn region(is_newest: bool, offset: usize, last_group: std::ops::Range<usize>) -> Region {
    match offset {
        _ if !is_newest => Region::Proven,
        offset if offset < last_group.start => Region::Proven,
        offset if offset < last_group.end => Region::LastGroup,
        _ => Region::BehindTheEnd,
    }
}

/// Flips every byte of every segment, in two ways each.
fn flip_every_byte(close: bool, last_group: std::ops::Range<usize>) {
    let good = log(close);
    let (recovered, entries) = recover_entries(&good, 1).unwrap();
    assert_eq!((entries.len(), recovered.is_clean), (5, close));
    let segments = image(&good);
    assert_eq!(segments.len(), 2);
    for (index, (path, bytes)) in segments.iter().enumerate() {
        for offset in 0..bytes.len() {
            for mask in [0xff, 0x01] {
                let fs = good.crash_with(Crash::Kill, 0);
                let mut damaged = bytes.clone();
                damaged[offset] ^= mask;
                put(&fs, path, &damaged);
                let region = region(index + 1 == segments.len(), offset, last_group.clone());
                check_flip(&fs, &entries, region, &format!("{} offset={offset} mask={mask}", path.display()));
            }
        }
    }
}

fn check_flip(fs: &SimFs, good: &Entries, region: Region, place: &str) {
    match (region, recover_entries(fs, 1)) {
        (Region::Proven, Err(StorageError::Corrupt { .. } | StorageError::NewerVersion { .. })) => {}
        (Region::Proven, outcome) => panic!("{place}: damage was not refused: {outcome:?}"),
        (_, Err(error)) => panic!("{place}: the unproven end was refused: {error}"),
        (region, Ok((recovered, entries))) => {
            assert!(good.starts_with(&entries), "{place}: another payload");
            assert!(recovered.torn.is_some(), "{place}: not reported");
            let all_there = entries.len() == good.len();
            assert!(all_there || region == Region::LastGroup, "{place}: a proven entry is missing");
        }
    }
}

/// Where the second segment's records lie: the header has 64 bytes, record headers 28.
const THREE: usize = 64 + 28 + 1_500;
const FIVE_END: usize = THREE + 28 + 40 + 28 + 50;

#[test]
fn every_flipped_byte_of_an_open_log_is_noticed() {
    flip_every_byte(false, THREE..FIVE_END);
}

#[test]
fn every_flipped_byte_of_a_closed_log_is_noticed_and_all_entries_are_proven() {
    flip_every_byte(true, FIVE_END..FIVE_END + 28);
}

#[test]
fn an_open_log_cut_anywhere_in_its_last_group_ends_before_the_cut() {
    let good = log(false);
    let (_, entries) = recover_entries(&good, 1).unwrap();
    let (path, bytes) = image(&good).pop().unwrap();
    for len_bytes in THREE..FIVE_END {
        let fs = good.crash_with(Crash::Kill, 0);
        put(&fs, &path, &bytes[..len_bytes]);
        let (_, found) = recover_entries(&fs, 1).unwrap();
        let expected = if len_bytes < FIVE_END - 78 { 3 } else { 4 };
        assert_eq!(found, entries[..expected], "len_bytes={len_bytes}");
    }
}

/// `(name, what is done to the log, from which position it is read, words of the refusal)`.
#[test]
fn structural_damage_is_refused_and_nothing_is_touched() {
    type Edit = fn(&SimFs, &[PathBuf]);
    let cases: &[(&str, Edit, u64, &str)] = &[
        (
            "oldest segment gone",
            |fs, paths| fs.remove_file(&paths[0]).unwrap(),
            1,
            "the segment before this one is missing",
        ),
        (
            "middle segment gone",
            |fs, paths| fs.remove_file(&paths[1]).unwrap(),
            1,
            "a segment is missing before this one",
        ),
        (
            "all gone",
            |fs, paths| paths.iter().for_each(|path| fs.remove_file(path).unwrap()),
            4,
            "ends before the checkpoint",
        ),
        ("newest gone", |fs, paths| fs.remove_file(&paths[2]).unwrap(), 7, "ends before the checkpoint"),
        ("newest empty", |fs, paths| put(fs, &paths[2], b""), 1, "segment header is cut"),
        ("newest zeroed", |fs, paths| put(fs, &paths[2], &[0; 4_096]), 1, "wrong magic"),
        (
            "middle cut",
            |fs, paths| put(fs, &paths[1], &fs::read(fs, &paths[1]).unwrap()[..100]),
            1,
            "record payload is cut",
        ),
        (
            "middle ends early",
            |fs, paths| put(fs, &paths[1], &fs::read(fs, &paths[1]).unwrap()[..64]),
            1,
            "a segment is missing before this one",
        ),
        (
            "renamed",
            |fs, paths| fs.rename(&paths[2], &Path::new(DIR).join("wal-00000000000000000099.log")).unwrap(),
            1,
            "named for another position",
        ),
        (
            "swapped contents",
            |fs, paths| {
                let (left, right) = (fs::read(fs, &paths[0]).unwrap(), fs::read(fs, &paths[1]).unwrap());
                put(fs, &paths[0], &right);
                put(fs, &paths[1], &left);
            },
            1,
            "named for another position",
        ),
        (
            "newer version",
            |fs, paths| {
                let mut bytes = fs::read(fs, &paths[2]).unwrap();
                bytes[8] = 2;
                put(fs, &paths[2], &bytes);
            },
            1,
            "format is newer than this release reads",
        ),
        (
            "epoch of the past",
            |fs, paths| put(fs, &paths[1], &segment(3, 0, &[(3, 0)])),
            1,
            "epoch of the past",
        ),
        (
            "sequence gap",
            |fs, paths| put(fs, &paths[2], &segment(5, 9, &[(5, 0), (7, 0)])),
            1,
            "sequence gap found_lsn=7",
        ),
        (
            "repeated record",
            |fs, paths| put(fs, &paths[2], &segment(5, 9, &[(5, 0), (5, 0)])),
            1,
            "sequence gap found_lsn=5",
        ),
        (
            "group begins in its middle",
            |fs, paths| put(fs, &paths[2], &segment(5, 9, &[(5, 1)])),
            1,
            "out of place in its group",
        ),
        (
            "group jumps",
            |fs, paths| put(fs, &paths[2], &segment(5, 9, &[(5, 0), (6, 2)])),
            1,
            "out of place in its group",
        ),
    ];
    for (name, edit, from_lsn, words) in cases {
        let fs = three_segments();
        edit(&fs, &segment_paths(&fs));
        let before = image(&fs);
        let error = recover_entries(&fs, *from_lsn).map(|(recovered, _)| recovered).unwrap_err();
        assert!(error.to_string().contains(words), "{name}: {error}");
        assert!(error.to_string().contains("path="), "{name}: {error}");
        assert_eq!(image(&fs), before, "{name}");
    }
}

/// Two entries in each of three segments.
fn three_segments() -> SimFs {
    let fs = SimFs::new();
    let (recovered, _) = recover_entries(&fs, 1).unwrap();
    let (mut writer, _) = open_writer(&fs, &recovered).unwrap();
    for _ in 0..6 {
        writer.append_group(&[payload("half ", 1_900)]).unwrap();
    }
    assert_eq!(segment_paths(&fs).len(), 3);
    fs
}

fn segment(first_lsn: u64, epoch: u64, records: &[(u64, u32)]) -> Vec<u8> {
    let mut bytes = encode_header(&SegmentHeader { first_lsn, epoch, salt: 1 }).to_vec();
    for (lsn, group_position) in records {
        let record =
            Record { lsn: *lsn, group_position: *group_position, kind: RecordKind::Entry, payload: b"x" };
        encode_record(&mut bytes, 1, &record);
    }
    bytes
}

#[test]
fn segments_before_the_checkpoint_are_not_read() {
    let fs = three_segments();
    let paths = segment_paths(&fs);
    put(&fs, &paths[0], b"damaged");
    let (_, entries) = recover_entries(&fs, 4).unwrap();
    assert_eq!(entries.iter().map(|(lsn, _)| *lsn).collect::<Vec<_>>(), [4, 5, 6]);
    fs.remove_file(&paths[0]).unwrap();
    assert_eq!(recover_entries(&fs, 3).unwrap().1.len(), 4);
    assert_eq!(recover_entries(&fs, 7).unwrap().1.len(), 0);
}

#[test]
fn bytes_of_a_client_never_pass_for_a_record() {
    // A torn group whose payload holds what would prove that it had been synced, under another salt.
    let fs = SimFs::new();
    let (recovered, _) = recover_entries(&fs, 1).unwrap();
    let (mut writer, _) = open_writer(&fs, &recovered).unwrap();
    let mut forged = payload("forged", 100);
    let record = Record { lsn: 3, group_position: 0, kind: RecordKind::Entry, payload: b"proof" };
    encode_record(&mut forged, super::SALT ^ 1, &record);
    writer.append_group(&[payload("first", 10)]).unwrap();
    writer.append_group(&[forged]).unwrap();
    let (path, mut bytes) = image(&fs).pop().unwrap();
    bytes[64 + 28 + 10] ^= 1;
    put(&fs, &path, &bytes);
    let (recovered, entries) = recover_entries(&fs, 1).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(recovered.torn.map(|torn| torn.lsn.0), Some(2));
}

#[test]
fn inspection_describes_damage() {
    let fs = log(false);
    let (path, mut bytes) = image(&fs).pop().unwrap();
    bytes[64] ^= 1;
    put(&fs, &path, &bytes);
    let lines = inspect(&fs, &path, &|_| String::new()).unwrap();
    let last = lines.last().unwrap();
    assert!(last.contains("damaged") && last.contains("proof_lsn=4") && last.contains("offset=64"), "{last}");
    bytes[0] = 0;
    put(&fs, &path, &bytes);
    assert!(inspect(&fs, &path, &|_| String::new()).unwrap_err().to_string().contains("wrong magic"));
}
