//! The set of deleted rows of a run file, as the metastore keeps it. Byte table: `docs/formats/deleted_rows.md`.

use crate::format::cursor::{Cursor, push_varint};
use crate::memory::deleted::DeletedRows;

const VERSION: u8 = 1;

/// Encodes a set; the empty set has no bytes.
pub fn encode(rows: &DeletedRows) -> Vec<u8> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut bytes = vec![VERSION];
    push_varint(&mut bytes, rows.count() as u64);
    let mut next = 0;
    for row in rows.iter() {
        push_varint(&mut bytes, (row - next) as u64);
        next = row + 1;
    }
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Decodes a set of rows of a run with `run_rows` rows. `None` for bytes that were not made by [`encode`] of this or an
/// earlier release.
pub fn decode(bytes: &[u8], run_rows: usize) -> Option<DeletedRows> {
    if bytes.is_empty() {
        return Some(DeletedRows::default());
    }
    let (body, checksum) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let mut cursor = Cursor::new(body);
    if cursor.u8()? != VERSION {
        return None;
    }
    let mut rows = DeletedRows::default();
    let mut next = 0_usize;
    for _ in 0..cursor.count()? {
        let row = next.checked_add(usize::try_from(cursor.varint()?).ok()?)?;
        if row >= run_rows {
            return None;
        }
        rows.insert(row);
        next = row + 1;
    }
    cursor.is_empty().then_some(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sets_round_trip(rows in prop::collection::vec(0_usize..50_000, 0..300)) {
            let set: DeletedRows = rows.into_iter().collect();
            let decoded = decode(&encode(&set), 50_000);
            prop_assert!(decoded.is_some_and(|decoded| decoded.iter().eq(set.iter())));
        }
    }

    #[test]
    fn golden_bytes_stay_readable() {
        let set: DeletedRows = [3, 4, 1_000].into_iter().collect();
        let golden = [1, 3, 3, 0, 0xe3, 0x07, 0xd3, 0x3d, 0x79, 0x09];
        assert_eq!(encode(&set), golden);
        assert_eq!(decode(&golden, 1_001), Some(set));
    }

    #[test]
    fn damage_is_noticed() {
        let bytes = encode(&[3, 4, 1_000].into_iter().collect());
        for position in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1;
            assert_eq!(decode(&damaged, 2_000), None, "{position}");
        }
        assert_eq!(decode(&bytes, 1_000), None, "a row outside the run");
    }
}
