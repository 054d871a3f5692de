//! Version 2: version 1 and behind it the records that were accepted late and lost against a stored one. Written only
//! when there are such records.

use std::sync::Arc;

use model::value::MeasureValue;

use super::{Conflict, ConflictKind, TableWrite, v1};
use crate::format::cursor::{Cursor, push_prefixed, push_varint, push_zigzag};

const VERSION: u8 = 2;
const LOWER_VERSION: u8 = 1;
const MULTI: u8 = 2;

pub fn encode(write: &TableWrite, bytes: &mut Vec<u8>) {
    bytes.push(VERSION);
    v1::encode_body(write, bytes);
    push_varint(bytes, write.conflicts.len() as u64);
    for conflict in &write.conflicts {
        encode_conflict(conflict, bytes);
    }
}

fn encode_conflict(conflict: &Conflict, bytes: &mut Vec<u8>) {
    let mut flags = if conflict.is_multi { MULTI } else { 0 };
    if let ConflictKind::LowerVersion { .. } = conflict.kind {
        flags |= LOWER_VERSION;
    }
    bytes.push(flags);
    push_prefixed(bytes, &conflict.series_key);
    push_zigzag(bytes, conflict.time_ns);
    push_zigzag(bytes, conflict.version);
    if let ConflictKind::LowerVersion { existing_version } = conflict.kind {
        push_zigzag(bytes, existing_version);
    }
    push_varint(bytes, conflict.values.len() as u64);
    for (name, value) in &conflict.values {
        push_prefixed(bytes, name.as_bytes());
        bytes.push(v1::type_code(value.column_type()));
        match value {
            MeasureValue::Double(value) => bytes.extend_from_slice(&value.to_bits().to_le_bytes()),
            MeasureValue::Bigint(value) | MeasureValue::Timestamp(value) => push_zigzag(bytes, *value),
            MeasureValue::Boolean(value) => bytes.push(u8::from(*value)),
            MeasureValue::Varchar(text) => push_prefixed(bytes, text.as_bytes()),
        }
    }
}

pub fn decode(bytes: &[u8], next_batch_id: &mut dyn FnMut() -> u64) -> Option<TableWrite> {
    let mut cursor = Cursor::new(bytes);
    if cursor.u8()? != VERSION {
        return None;
    }
    let mut write = v1::decode_body(&mut cursor, next_batch_id)?;
    for _ in 0..cursor.count()? {
        write.conflicts.push(Arc::new(decode_conflict(&mut cursor)?));
    }
    cursor.is_empty().then_some(write)
}

fn decode_conflict(cursor: &mut Cursor<'_>) -> Option<Conflict> {
    let flags = cursor.u8()?;
    if flags & !(LOWER_VERSION | MULTI) != 0 {
        return None;
    }
    let series_key = cursor.prefixed()?.into();
    let (time_ns, version) = (cursor.zigzag()?, cursor.zigzag()?);
    let kind = match flags & LOWER_VERSION {
        0 => ConflictKind::SameVersion,
        _ => ConflictKind::LowerVersion { existing_version: cursor.zigzag()? },
    };
    let mut values = Vec::new();
    for _ in 0..cursor.count()? {
        let name: Box<str> = cursor.text()?.into();
        let value = match v1::type_of(cursor.u8()?)? {
            model::schema::ColumnType::Double => MeasureValue::Double(f64::from_bits(cursor.u64()?)),
            model::schema::ColumnType::Bigint => MeasureValue::Bigint(cursor.zigzag()?),
            model::schema::ColumnType::Timestamp => MeasureValue::Timestamp(cursor.zigzag()?),
            model::schema::ColumnType::Boolean => MeasureValue::Boolean(cursor.u8()? != 0),
            model::schema::ColumnType::Varchar => MeasureValue::Varchar(cursor.text()?.to_owned().into()),
        };
        values.push((name, value));
    }
    Some(Conflict { series_key, time_ns, version, kind, is_multi: flags & MULTI != 0, values })
}
