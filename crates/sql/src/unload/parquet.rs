//! Rows as a file of Parquet.
//!
//! Values are taken apart into leaf columns ([`shred`]) and collected until a row group is full. Timestamps are INT96,
//! as the original writes them, which the writer for Arrow can't: that is why this one is its own. Intervals are texts,
//! because the format's type for them ends at milliseconds.

mod leaf;
mod schema;
mod shred;

use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;

use crate::bound::OutputColumn;
use crate::result::values::ColumnValues;
use leaf::Leaf;
use shred::Node;

/// One file of Parquet.
pub struct ParquetFile {
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
    writer: SerializedFileWriter<Vec<u8>>,
    group_rows: usize,
    group_bytes_max: usize,
}

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetFile").field("group_rows", &self.group_rows).finish_non_exhaustive()
    }
}

impl ParquetFile {
    /// Starts a file; `group_bytes_max` is what a row group may collect in memory.
    pub fn new(
        columns: &[OutputColumn],
        is_compressed: bool,
        group_bytes_max: usize,
    ) -> Result<Self, ParquetError> {
        let compression = match is_compressed {
            true => Compression::GZIP(GzipLevel::default()),
            false => Compression::UNCOMPRESSED,
        };
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_created_by("Headwater".to_owned())
            .build();
        let mut leaves = Vec::new();
        let nodes = columns.iter().map(|column| Node::new(&column.ty, 0, 0, &mut leaves)).collect();
        let schema = schema::message(columns)?;
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
        Ok(Self { nodes, leaves, writer, group_rows: 0, group_bytes_max })
    }

    pub fn write_row(&mut self, columns: &[ColumnValues<'_>], row: usize) -> Result<(), ParquetError> {
        for (node, column) in self.nodes.iter().zip(columns) {
            node.shred(&column.cell(row), 0, &mut self.leaves);
        }
        self.group_rows += 1;
        // Looking at every leaf for every row would cost more than the row.
        if self.group_rows.is_multiple_of(64) && self.group_bytes() >= self.group_bytes_max {
            self.end_group()?;
        }
        Ok(())
    }

    /// Takes what is ready to be sent.
    pub fn take(&mut self) -> Result<Vec<u8>, ParquetError> {
        self.writer.flush()?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    pub fn held_bytes(&self) -> usize {
        self.group_bytes() + self.writer.inner().capacity()
    }

    /// Ends the file and returns the rest of it.
    pub fn finish(mut self) -> Result<Vec<u8>, ParquetError> {
        self.end_group()?;
        self.writer.finish()?;
        self.take()
    }

    fn group_bytes(&self) -> usize {
        self.leaves.iter().map(Leaf::held_bytes).sum()
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        if self.group_rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for leaf in &mut self.leaves {
            let Some(mut column) = group.next_column()? else {
                return Err(ParquetError::General("fewer columns than leaves".to_owned()));
            };
            leaf.write(&mut column)?;
            column.close()?;
        }
        group.close()?;
        self.group_rows = 0;
        Ok(())
    }
}
