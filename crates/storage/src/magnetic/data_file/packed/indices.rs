//! Parquet's hybrid of runs and bit-packed groups, read in any width and written in whole bytes.

use bytes::Bytes;

/// Values in a piece that becomes a run when all of them are equal. A multiple of 8, the length of a group.
const PIECE_VALUES: usize = 512;
const GROUP_VALUES: usize = 8;
/// Entries up to which an index takes one byte.
const NARROW_ENTRIES_MAX: usize = 256;

/// Sorts a dictionary of eight-byte numbers. Also answers, for each entry, its new place.
pub(super) fn sort_entries(entries: &[u8], is_double: bool) -> Option<(Vec<u8>, Vec<u16>)> {
    let (entries, []) = entries.as_chunks::<8>() else { return None };
    let mut order: Vec<u16> = (0..u16::try_from(entries.len()).ok()?).collect();
    let key = |entry: [u8; 8]| {
        let bits = i64::from_le_bytes(entry);
        // The order of IEEE 754's totalOrder as that of integers.
        if is_double { bits ^ (((bits >> 63) as u64) >> 1) as i64 } else { bits }
    };
    order.sort_by_key(|index| entries.get(usize::from(*index)).map(|entry| key(*entry)));
    let mut ranks = vec![0; entries.len()];
    let mut sorted = Vec::with_capacity(entries.len() * 8);
    for (rank, index) in order.iter().enumerate() {
        sorted.extend_from_slice(entries.get(usize::from(*index))?);
        *ranks.get_mut(usize::from(*index))? = rank as u16;
    }
    Some((sorted, ranks))
}

/// Makes a data page's buffer anew: each index becomes its rank, in one byte or two.
pub(super) fn widen(page: &Bytes, is_nullable: bool, ranks: &[u16]) -> Option<Vec<u8>> {
    let levels_bytes = match is_nullable {
        true => 4 + u32::from_le_bytes(*page.first_chunk()?) as usize,
        false => 0,
    };
    let (levels, values) = page.split_at_checked(levels_bytes)?;
    let ranked = decode(values)?
        .into_iter()
        .map(|index| ranks.get(index as usize).copied())
        .collect::<Option<Vec<u16>>>()?;
    let mut widened = Vec::with_capacity(levels.len() + ranked.len() * 2 + 16);
    widened.extend_from_slice(levels);
    encode(&ranked, ranks.len() <= NARROW_ENTRIES_MAX, &mut widened);
    Some(widened)
}

/// Reads indices, with what the last group is filled up with.
fn decode(values: &[u8]) -> Option<Vec<u32>> {
    let (width, mut rest) = values.split_first()?;
    let width = usize::from(*width);
    if width > 32 {
        return None;
    }
    let mut indices = Vec::new();
    while !rest.is_empty() {
        let header = take_varint(&mut rest)?;
        let count = usize::try_from(header >> 1).ok()?;
        if header & 1 == 0 {
            let (bytes, behind) = rest.split_at_checked(width.div_ceil(8))?;
            let value = bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            indices.resize(indices.len().checked_add(count)?, value);
            rest = behind;
        } else {
            // The last group may be cut where nothing but zeros would follow.
            let length = count.checked_mul(width)?.min(rest.len());
            let (bytes, behind) = rest.split_at_checked(length)?;
            unpack(bytes, width, &mut indices);
            rest = behind;
        }
    }
    Some(indices)
}

fn unpack(bytes: &[u8], width: usize, indices: &mut Vec<u32>) {
    if width == 0 {
        return;
    }
    let mask = (1_u64 << width) - 1;
    let (mut bits, mut available) = (0_u64, 0);
    for byte in bytes {
        bits |= u64::from(*byte) << available;
        available += 8;
        while available >= width {
            indices.push((bits & mask) as u32);
            bits >>= width;
            available -= width;
        }
    }
}

fn encode(indices: &[u16], is_narrow: bool, out: &mut Vec<u8>) {
    out.push(if is_narrow { 8 } else { 16 });
    let put = |index: u16, out: &mut Vec<u8>| match is_narrow {
        true => out.push(index as u8),
        false => out.extend_from_slice(&index.to_le_bytes()),
    };
    let pack = |group: &[u16], out: &mut Vec<u8>| {
        if group.is_empty() {
            return;
        }
        let groups = group.len().div_ceil(GROUP_VALUES);
        push_varint(out, (groups as u64) << 1 | 1);
        let padding = groups * GROUP_VALUES - group.len();
        group.iter().chain(std::iter::repeat_n(&0, padding)).for_each(|index| put(*index, out));
    };
    let constant = |piece: &[u16]| piece.first().copied().filter(|first| piece.iter().all(|i| i == first));
    let mut packed_start = 0;
    let mut run: Option<(u16, usize)> = None;
    for (number, piece) in indices.chunks(PIECE_VALUES).enumerate() {
        let start = number * PIECE_VALUES;
        let value = constant(piece).filter(|_| piece.len() == PIECE_VALUES);
        if let Some((of_run, length)) = run {
            if value == Some(of_run) {
                run = Some((of_run, length + PIECE_VALUES));
                continue;
            }
            push_varint(out, (length as u64) << 1);
            put(of_run, out);
            (run, packed_start) = (None, start);
        }
        if let Some(value) = value {
            pack(indices.get(packed_start..start).unwrap_or_default(), out);
            run = Some((value, PIECE_VALUES));
        }
    }
    match run {
        Some((value, length)) => {
            push_varint(out, (length as u64) << 1);
            put(value, out);
        }
        None => pack(indices.get(packed_start..).unwrap_or_default(), out),
    }
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
