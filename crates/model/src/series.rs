//! The identity of a series: a table's set of dimensions plus the measure name.

use crate::record::{Dimension, Record};

/// A dense number of a series within its table, from a dictionary that survives restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// Appends the canonical bytes of a record's series to `key`: per dimension in name order its name and value, then
/// the measure name, each with a little-endian u32 length before it. Equal bytes mean the same series.
pub fn encode_series_key(record: &Record<'_>, key: &mut Vec<u8>) {
    for Dimension { name, value, .. } in &record.dimensions {
        push_text(key, name);
        push_text(key, value);
    }
    push_text(key, record.measure_name);
}

/// A decoded series key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesKey<'a> {
    /// Sorted by name, which is their place too: a key says nothing of requests.
    pub dimensions: Vec<Dimension<'a>>,
    pub measure_name: &'a str,
}

/// Decodes bytes made by [`encode_series_key`]; `None` when they are not such bytes.
pub fn decode_series_key(mut key: &[u8]) -> Option<SeriesKey<'_>> {
    let mut texts = Vec::new();
    while !key.is_empty() {
        texts.push(take_text(&mut key)?);
    }
    let measure_name = texts.pop()?;
    if texts.len() % 2 != 0 {
        return None;
    }
    let pairs = texts.chunks_exact(2).zip(0..);
    let dimensions = pairs.map(|(pair, place)| Dimension { name: pair[0], value: pair[1], place }).collect();
    Some(SeriesKey { dimensions, measure_name })
}

fn push_text(key: &mut Vec<u8>, text: &str) {
    key.extend_from_slice(&(text.len() as u32).to_le_bytes());
    key.extend_from_slice(text.as_bytes());
}

fn take_text<'a>(key: &mut &'a [u8]) -> Option<&'a str> {
    let (length, rest) = key.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *key = rest;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Measure;
    use crate::value::MeasureValue;

    #[test]
    fn keys_round_trip() {
        let record = Record {
            dimensions: vec![
                Dimension { name: "a", value: "", place: 0 },
                Dimension { name: "b", value: "x", place: 1 },
            ],
            measure_name: "cpu",
            measure: Measure::Single(MeasureValue::Double(1.0)),
            time_ns: 0,
            version: 1,
        };
        let mut key = Vec::new();
        encode_series_key(&record, &mut key);
        let decoded = decode_series_key(&key).unwrap();
        assert_eq!(decoded.dimensions, record.dimensions);
        assert_eq!(decoded.measure_name, "cpu");
        assert_eq!(decode_series_key(&key[1..]), None);
    }
}
