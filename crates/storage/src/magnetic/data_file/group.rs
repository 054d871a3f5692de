//! Writes one row group: each column with the writer that its encoding needs.

use arrow::array::ArrayRef;
use arrow::datatypes::Schema;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::SerializedFileWriter;

use super::encoding::ColumnEncoding;
use super::packed::PackedColumn;

/// Columns of one row group, encoded in memory.
pub struct GroupWriter {
    columns: Vec<GroupColumn>,
    rows: usize,
}

enum GroupColumn {
    Parquet(Box<ArrowColumnWriter>),
    Packed(Box<PackedColumn>),
}

impl GroupWriter {
    /// The next row group of a file. All columns are flat.
    pub fn new(
        file: &SerializedFileWriter<Vec<u8>>,
        factory: &ArrowRowGroupWriterFactory,
        encodings: &[ColumnEncoding],
        zstd_level: i32,
    ) -> Result<Self> {
        let writers = factory.create_column_writers(file.flushed_row_groups().len())?;
        let columns = writers.into_iter().zip(file.schema_descr().columns()).zip(encodings);
        let columns = columns.map(|((writer, descriptor), encoding)| match encoding {
            ColumnEncoding::Packed { fallback } => {
                GroupColumn::Packed(Box::new(PackedColumn::new(descriptor.clone(), *fallback, zstd_level)))
            }
            ColumnEncoding::Parquet { .. } => GroupColumn::Parquet(Box::new(writer)),
        });
        Ok(Self { columns: columns.collect(), rows: 0 })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn write(&mut self, schema: &Schema, arrays: &[ArrayRef], rows: usize) -> Result<()> {
        for ((column, field), array) in self.columns.iter_mut().zip(schema.fields()).zip(arrays) {
            match column {
                GroupColumn::Packed(packed) => packed.write(array)?,
                GroupColumn::Parquet(writer) => {
                    for leaf in compute_leaves(field, array)? {
                        writer.write(&leaf)?;
                    }
                }
            }
        }
        self.rows += rows;
        Ok(())
    }

    /// About the bytes of the group so far.
    pub fn estimated_bytes(&self) -> usize {
        let bytes = |column: &GroupColumn| match column {
            GroupColumn::Parquet(writer) => writer.get_estimated_total_bytes(),
            GroupColumn::Packed(packed) => packed.estimated_bytes(),
        };
        self.columns.iter().map(bytes).sum()
    }

    /// Appends the group to its file.
    pub fn finish(self, file: &mut SerializedFileWriter<Vec<u8>>) -> Result<()> {
        let mut group = file.next_row_group()?;
        for column in self.columns {
            match column {
                GroupColumn::Parquet(writer) => writer.close()?.append_to_row_group(&mut group)?,
                GroupColumn::Packed(packed) => packed.finish()?.append_to(&mut group)?,
            }
        }
        let metadata = group.close()?;
        if metadata.num_rows() != self.rows as i64 {
            return Err(ParquetError::General("a row group lacks rows".to_owned()));
        }
        Ok(())
    }
}
