//! Version 1: one byte of version, then varints. Its checksum is that of the log's record around it.
//!
//! Rows name what differs from the row before: series, columns and version are usually the same, the time close by.

use std::sync::Arc;

use model::catalog::TableId;
use model::clock::TimestampNs;
use model::schema::{Column, ColumnId, ColumnRole, ColumnType, MeasureEntry};
use model::series::SeriesId;

use super::{BatchWrite, SeriesKeys, TableWrite};
use crate::format::cursor::{Cursor, push_prefixed, push_varint, push_zigzag};
use crate::memory::batch::{Cell, RowBatch, RowKey};

const VERSION: u8 = 1;

const SAME_SERIES: u8 = 1;
const SAME_COLUMNS: u8 = 2;
const SAME_VERSION: u8 = 4;
const REPLACING: u8 = 8;
const FLAGS_KNOWN: u8 = SAME_SERIES | SAME_COLUMNS | SAME_VERSION | REPLACING;

pub fn encode(write: &TableWrite, bytes: &mut Vec<u8>) {
    bytes.push(VERSION);
    encode_body(write, bytes);
}

/// Everything behind the version.
pub(super) fn encode_body(write: &TableWrite, bytes: &mut Vec<u8>) {
    push_varint(bytes, write.table.0);
    push_varint(bytes, write.columns.len() as u64);
    for column in &write.columns {
        push_varint(bytes, u64::from(column.id.0));
        bytes.push(type_code(column.column_type));
        bytes.push(role_code(column.role));
        push_prefixed(bytes, column.name.as_bytes());
    }
    push_varint(bytes, write.measures.len() as u64);
    for (name, entry) in &write.measures {
        push_prefixed(bytes, name.as_bytes());
        bytes.push(u8::from(entry.multi));
        push_varint(bytes, entry.single_types.len() as u64);
        bytes.extend(entry.single_types.iter().map(|single_type| type_code(*single_type)));
        push_varint(bytes, entry.dimensions.len() as u64);
        entry.dimensions.iter().for_each(|id| push_varint(bytes, u64::from(id.0)));
    }
    push_varint(bytes, u64::from(write.first_series.0));
    push_varint(bytes, write.series.len() as u64);
    write.series.iter().for_each(|key| push_prefixed(bytes, key));
    push_varint(bytes, write.batches.len() as u64);
    for batch in &write.batches {
        encode_batch(batch, bytes);
    }
}

fn encode_batch(write: &BatchWrite, bytes: &mut Vec<u8>) {
    let batch = &*write.batch;
    push_varint(bytes, batch.rows() as u64);
    let mut replacing = write.replacing_rows.iter().peekable();
    let mut before = FIRST_ROW_FOLLOWS;
    let mut columns_before: &[Cell] = &[];
    for (row, key) in batch.keys().iter().enumerate() {
        let cells = batch.cells(row);
        let mut flags = 0;
        flags |= if key.series == before.series { SAME_SERIES } else { 0 };
        flags |= if same_columns(cells, columns_before) { SAME_COLUMNS } else { 0 };
        flags |= if key.version == before.version { SAME_VERSION } else { 0 };
        flags |= if replacing.next_if(|next| **next as usize == row).is_some() { REPLACING } else { 0 };
        bytes.push(flags);
        if flags & SAME_SERIES == 0 {
            push_varint(bytes, u64::from(key.series.0));
        }
        push_zigzag(bytes, key.time_ns.wrapping_sub(before.time_ns));
        if flags & SAME_VERSION == 0 {
            push_zigzag(bytes, key.version);
        }
        if flags & SAME_COLUMNS == 0 {
            push_varint(bytes, cells.len() as u64);
            for cell in cells {
                push_varint(bytes, u64::from(cell.column.0) << 3 | u64::from(type_code(cell.column_type)));
            }
        }
        cells.iter().for_each(|cell| encode_value(batch, cell, bytes));
        before = *key;
        columns_before = cells;
    }
}

fn encode_value(batch: &RowBatch, cell: &Cell, bytes: &mut Vec<u8>) {
    match cell.column_type {
        ColumnType::Double => bytes.extend_from_slice(&cell.bits.to_le_bytes()),
        ColumnType::Bigint | ColumnType::Timestamp => push_zigzag(bytes, cell.bits as i64),
        ColumnType::Boolean => bytes.push(u8::from(cell.bits != 0)),
        ColumnType::Varchar => push_prefixed(bytes, batch.text(cell).as_bytes()),
    }
}

/// What the first row of a batch is compared with.
const FIRST_ROW_FOLLOWS: RowKey = RowKey { series: SeriesId(0), time_ns: 0, version: 1 };

fn same_columns(cells: &[Cell], others: &[Cell]) -> bool {
    cells.len() == others.len()
        && cells
            .iter()
            .zip(others)
            .all(|(cell, other)| cell.column == other.column && cell.column_type == other.column_type)
}

pub fn decode(bytes: &[u8], next_batch_id: &mut dyn FnMut() -> u64) -> Option<TableWrite> {
    let mut cursor = Cursor::new(bytes);
    if cursor.u8()? != VERSION {
        return None;
    }
    let write = decode_body(&mut cursor, next_batch_id)?;
    cursor.is_empty().then_some(write)
}

/// Everything behind the version; what follows stays in the cursor.
pub(super) fn decode_body(
    cursor: &mut Cursor<'_>,
    next_batch_id: &mut dyn FnMut() -> u64,
) -> Option<TableWrite> {
    let table = TableId(cursor.varint()?);
    let columns = (0..cursor.count()?).map(|_| decode_column(cursor)).collect::<Option<_>>()?;
    let measures = (0..cursor.count()?).map(|_| decode_measure(cursor)).collect::<Option<_>>()?;
    let first_series = SeriesId(cursor.varint_u32()?);
    let mut series = SeriesKeys::default();
    for _ in 0..cursor.count()? {
        series.push(cursor.prefixed()?);
    }
    let mut batches = Vec::new();
    for _ in 0..cursor.count()? {
        batches.push(decode_batch(cursor, next_batch_id())?);
    }
    let conflicts = Vec::new();
    Some(TableWrite { table, columns, measures, first_series, series, batches, conflicts })
}

fn decode_column(cursor: &mut Cursor<'_>) -> Option<Column> {
    Some(Column {
        id: ColumnId(cursor.varint_u32()?),
        column_type: type_of(cursor.u8()?)?,
        role: role_of(cursor.u8()?)?,
        name: cursor.text()?.into(),
    })
}

fn decode_measure(cursor: &mut Cursor<'_>) -> Option<(Arc<str>, MeasureEntry)> {
    let name = cursor.text()?.into();
    let multi = cursor.u8()? != 0;
    let single_types = (0..cursor.count()?).map(|_| type_of(cursor.u8()?)).collect::<Option<_>>()?;
    let dimensions =
        (0..cursor.count()?).map(|_| cursor.varint_u32().map(ColumnId)).collect::<Option<_>>()?;
    Some((name, MeasureEntry { single_types, multi, dimensions }))
}

fn decode_batch(cursor: &mut Cursor<'_>, id: u64) -> Option<BatchWrite> {
    let rows = cursor.count()?;
    let mut batch = RowBatch::new(id);
    let mut replacing_rows = Vec::new();
    let mut before = FIRST_ROW_FOLLOWS;
    let mut columns: Vec<(ColumnId, ColumnType)> = Vec::new();
    for row in 0..rows {
        let flags = cursor.u8()?;
        if flags & !FLAGS_KNOWN != 0 {
            return None;
        }
        let series = if flags & SAME_SERIES != 0 { before.series } else { SeriesId(cursor.varint_u32()?) };
        let time_ns: TimestampNs = before.time_ns.wrapping_add(cursor.zigzag()?);
        let version = if flags & SAME_VERSION != 0 { before.version } else { cursor.zigzag()? };
        if flags & SAME_COLUMNS == 0 {
            columns.clear();
            for _ in 0..cursor.count()? {
                let code = cursor.varint()?;
                let id = u32::try_from(code >> 3).ok()?;
                columns.push((ColumnId(id), type_of((code & 7) as u8)?));
            }
        }
        if flags & REPLACING != 0 {
            replacing_rows.push(row as u32);
        }
        before = RowKey { series, time_ns, version };
        batch.begin_row(before);
        for (column, column_type) in &columns {
            decode_value(cursor, *column, *column_type, &mut batch)?;
        }
    }
    Some(BatchWrite { batch: Arc::new(batch), replacing_rows })
}

fn decode_value(
    cursor: &mut Cursor<'_>,
    column: ColumnId,
    column_type: ColumnType,
    batch: &mut RowBatch,
) -> Option<()> {
    let bits = match column_type {
        ColumnType::Double => cursor.u64()?,
        ColumnType::Bigint | ColumnType::Timestamp => cursor.zigzag()? as u64,
        ColumnType::Boolean => u64::from(cursor.u8()? != 0),
        ColumnType::Varchar => {
            batch.push_text_cell(column, cursor.text()?);
            return Some(());
        }
    };
    batch.push_cell_bits(Cell { column, column_type, bits });
    Some(())
}

pub(super) fn type_code(column_type: ColumnType) -> u8 {
    match column_type {
        ColumnType::Double => 0,
        ColumnType::Bigint => 1,
        ColumnType::Varchar => 2,
        ColumnType::Boolean => 3,
        ColumnType::Timestamp => 4,
    }
}

pub(super) fn type_of(code: u8) -> Option<ColumnType> {
    Some(match code {
        0 => ColumnType::Double,
        1 => ColumnType::Bigint,
        2 => ColumnType::Varchar,
        3 => ColumnType::Boolean,
        4 => ColumnType::Timestamp,
        _ => return None,
    })
}

fn role_code(role: ColumnRole) -> u8 {
    match role {
        ColumnRole::Dimension => 0,
        ColumnRole::MeasureName => 1,
        ColumnRole::Time => 2,
        ColumnRole::MeasureValue => 3,
        ColumnRole::MultiMeasure => 4,
    }
}

fn role_of(code: u8) -> Option<ColumnRole> {
    Some(match code {
        0 => ColumnRole::Dimension,
        1 => ColumnRole::MeasureName,
        2 => ColumnRole::Time,
        3 => ColumnRole::MeasureValue,
        4 => ColumnRole::MultiMeasure,
        _ => return None,
    })
}
