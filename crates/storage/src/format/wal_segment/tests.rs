use super::v1::{
    Decoded, HEADER_BYTES, RECORD_HEADER_BYTES, Record, RecordKind, SegmentHeader, decode_record,
    encode_header, encode_record, find_record, used_bytes,
};
use super::{HeaderError, decode_header};

const SALT: u64 = 0x0123_4567_89ab_cdef;

const EMPTY: &[u8] = include_bytes!("../../../tests/golden/wal_segment/v1/empty.bin");
const CLOSED: &[u8] = include_bytes!("../../../tests/golden/wal_segment/v1/closed.bin");
const PREALLOCATED: &[u8] = include_bytes!("../../../tests/golden/wal_segment/v1/preallocated.bin");

fn entry(lsn: u64, group_position: u32, payload: &[u8]) -> Record<'_> {
    Record { lsn, group_position, kind: RecordKind::Entry, payload }
}

fn encode(header: SegmentHeader, records: &[Record<'_>]) -> Vec<u8> {
    let mut bytes = encode_header(&header).to_vec();
    records.iter().for_each(|record| encode_record(&mut bytes, header.salt, record));
    bytes
}

#[test]
fn encoding_gives_the_golden_bytes() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let closed = [
        entry(41, 0, b"alpha"),
        entry(42, 1, b"\0"),
        entry(43, 2, &every_byte),
        entry(44, 0, b"a group of one"),
        Record { lsn: 45, group_position: 0, kind: RecordKind::Close, payload: b"" },
    ];
    let mut preallocated = encode(
        SegmentHeader { first_lsn: 7, epoch: 2, salt: 0 },
        &[entry(7, 0, b"first"), entry(8, 0, b"second")],
    );
    preallocated.extend([0; 512]);
    assert_eq!(encode(SegmentHeader { first_lsn: 1, epoch: 1, salt: SALT }, &[]), EMPTY);
    assert_eq!(encode(SegmentHeader { first_lsn: 41, epoch: 3, salt: SALT }, &closed), CLOSED);
    assert_eq!(preallocated, PREALLOCATED);
}

#[test]
fn golden_bytes_decode() {
    assert_eq!(decode_header(CLOSED), Ok(SegmentHeader { first_lsn: 41, epoch: 3, salt: SALT }));
    let mut rest = &CLOSED[HEADER_BYTES..];
    let mut decoded = Vec::new();
    while let Decoded::Record(record) = decode_record(rest, SALT) {
        decoded.push((record.lsn, record.group_position, record.kind, record.payload.len()));
        rest = &rest[record.encoded_bytes()..];
    }
    let expected = [
        (41, 0, RecordKind::Entry, 5),
        (42, 1, RecordKind::Entry, 1),
        (43, 2, RecordKind::Entry, 256),
        (44, 0, RecordKind::Entry, 14),
        (45, 0, RecordKind::Close, 0),
    ];
    assert_eq!(decoded, expected);
    assert_eq!(decode_record(rest, SALT), Decoded::End);
}

/// `(name, what is done to a good header, expected)`.
#[test]
fn bad_headers_are_named() {
    type Edit = fn(&mut Vec<u8>);
    let reseal: fn(&mut Vec<u8>) = |bytes| {
        let checksum = crc32c::crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&checksum.to_le_bytes());
    };
    let cases: &[(&str, Edit, HeaderError)] = &[
        ("empty file", |bytes| bytes.clear(), HeaderError::Damaged("segment header is cut")),
        ("cut in the version", |bytes| bytes.truncate(9), HeaderError::Damaged("segment header is cut")),
        ("cut in the checksum", |bytes| bytes.truncate(63), HeaderError::Damaged("segment header is cut")),
        ("foreign file", |bytes| bytes[0] = b'P', HeaderError::Damaged("not a segment: wrong magic")),
        ("all zeros", |bytes| bytes.fill(0), HeaderError::Damaged("not a segment: wrong magic")),
        ("version 0", |bytes| bytes[8] = 0, HeaderError::Damaged("segment version 0 does not exist")),
        ("version 2, unsealed", |bytes| bytes[8] = 2, HeaderError::Newer { found: 2 }),
        (
            "epoch flipped",
            |bytes| bytes[24] ^= 1,
            HeaderError::Damaged("segment header has a wrong checksum"),
        ),
        ("required feature", |bytes| bytes[12] = 4, HeaderError::Newer { found: 4 }),
    ];
    for (name, edit, expected) in cases {
        let mut bytes = EMPTY.to_vec();
        edit(&mut bytes);
        if *name == "required feature" {
            reseal(&mut bytes);
        }
        assert_eq!(decode_header(&bytes), Err(*expected), "{name}");
    }
}

/// `(name, what is done to a good record followed by zeros, expected)`.
#[test]
fn what_stands_at_a_position_is_told_apart() {
    type Edit = fn(&mut Vec<u8>);
    let cases: &[(&str, Edit, Decoded<'_>)] = &[
        ("nothing", |bytes| bytes.clear(), Decoded::End),
        ("zeros shorter than a header", |bytes| *bytes = vec![0; 27], Decoded::End),
        ("zeros", |bytes| bytes.fill(0), Decoded::End),
        ("header cut", |bytes| bytes.truncate(27), Decoded::Bad("record header is cut")),
        ("payload cut", |bytes| bytes.truncate(30), Decoded::Bad("record payload is cut")),
        ("header zeroed", |bytes| bytes[..28].fill(0), Decoded::Bad("zeros where a record was expected")),
        ("length flipped", |bytes| bytes[8] ^= 1, Decoded::Bad("record header has a wrong checksum")),
        ("payload flipped", |bytes| bytes[28] ^= 1, Decoded::Bad("record payload has a wrong checksum")),
    ];
    for (name, edit, expected) in cases {
        let mut bytes = Vec::new();
        encode_record(&mut bytes, SALT, &entry(5, 0, b"payload"));
        bytes.extend([0; 64]);
        edit(&mut bytes);
        assert_eq!(decode_record(&bytes, SALT), *expected, "{name}");
    }
}

#[test]
fn a_whole_record_of_an_unknown_kind_is_no_damage() {
    let mut bytes = Vec::new();
    encode_record(&mut bytes, SALT, &entry(5, 0, b"payload"));
    bytes[24] = 9;
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&SALT.to_le_bytes()), &bytes[4..RECORD_HEADER_BYTES]);
    bytes[..4].copy_from_slice(&checksum.to_le_bytes());
    assert_eq!(decode_record(&bytes, SALT), Decoded::UnknownKind(9));
}

#[test]
fn a_record_is_found_behind_any_number_of_foreign_bytes() {
    for foreign_bytes in 0..70 {
        let mut bytes = vec![0xa5; foreign_bytes];
        encode_record(&mut bytes, SALT, &entry(11, 1, b"found"));
        let expected = Some((foreign_bytes, entry(11, 1, b"found")));
        assert_eq!(find_record(&bytes, SALT, 10), expected, "foreign_bytes={foreign_bytes}");
        assert_eq!(find_record(&bytes, SALT, 12), None, "older than wanted");
        assert_eq!(find_record(&bytes, SALT + 1, 10), None, "other salt");
        assert_eq!(find_record(&bytes[..bytes.len() - 1], SALT, 10), None, "cut");
    }
}

#[test]
fn used_bytes_end_with_the_last_that_is_not_zero() {
    for len_bytes in [0, 1, 4_095, 4_096, 4_097, 10_000] {
        let mut bytes = vec![0; len_bytes];
        assert_eq!(used_bytes(&bytes), 0, "len_bytes={len_bytes}");
        for last in [0, 1, 903, 904, 5_903, 5_904, 9_999].into_iter().filter(|last| *last < len_bytes) {
            bytes[last] = 1;
            assert_eq!(used_bytes(&bytes), last + 1, "len_bytes={len_bytes}");
        }
    }
}

#[test]
fn random_bytes_never_panic() {
    use rand::{RngCore, SeedableRng};
    let mut random = rand::rngs::StdRng::seed_from_u64(7);
    for len_bytes in 0..400 {
        let mut bytes = vec![0; len_bytes];
        random.fill_bytes(&mut bytes);
        assert!(!matches!(decode_record(&bytes, SALT), Decoded::Record(_)));
        assert!(decode_header(&bytes).is_err());
        assert_eq!(find_record(&bytes, SALT, 1), None);
    }
}
