//! The golden segments of every version are recovered and printed as they were when they were added.

use std::path::Path;

use super::{DIR, put, recover_entries};
use crate::fs::Fs;
use crate::fs::sim::SimFs;
use crate::wal::inspect;

struct Golden<'a> {
    segment: &'static [u8],
    printed: &'static str,
    first_lsn: u64,
    payloads: &'a [(u64, &'a [u8])],
    is_torn: bool,
    is_clean: bool,
}

macro_rules! golden {
    ($name:literal) => {
        (
            include_bytes!(concat!("../../../tests/golden/wal_segment/v1/", $name, ".bin")).as_slice(),
            include_str!(concat!("../../../tests/golden/wal_segment/v1/", $name, ".txt")),
        )
    };
}

#[test]
fn golden_segments_are_read() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let case = |(segment, printed), first_lsn, payloads, is_torn, is_clean| Golden {
        segment,
        printed,
        first_lsn,
        payloads,
        is_torn,
        is_clean,
    };
    let closed: &[(u64, &[u8])] = &[(41, b"alpha"), (42, b"\0"), (43, &every_byte), (44, b"a group of one")];
    let cases = [
        case(golden!("empty"), 1, &[], false, false),
        case(golden!("closed"), 41, closed, false, true),
        case(golden!("preallocated"), 7, &[(7, b"first"), (8, b"second")], false, false),
        case(golden!("torn"), 7, &[(7, b"first")], true, false),
    ];
    for golden in cases {
        let fs = SimFs::new();
        fs.create_dir(Path::new(DIR)).unwrap();
        let path = Path::new(DIR).join(format!("wal-{:020}.log", golden.first_lsn));
        put(&fs, &path, golden.segment);
        let printed = inspect(&fs, &path, &|_| String::new()).unwrap().join("\n") + "\n";
        assert_eq!(printed, golden.printed);
        let (recovered, entries) = recover_entries(&fs, golden.first_lsn).unwrap();
        let payloads: Vec<(u64, &[u8])> =
            entries.iter().map(|(lsn, payload)| (*lsn, payload.as_slice())).collect();
        assert_eq!(payloads, golden.payloads, "{}", golden.printed);
        assert_eq!(recovered.torn.is_some(), golden.is_torn, "{}", golden.printed);
        assert_eq!(recovered.is_clean, golden.is_clean, "{}", golden.printed);
    }
}
