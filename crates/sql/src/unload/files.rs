//! A file of results while it is written: its format, and the object it becomes.

use model::bucket::{ObjectKey, ObjectWriter};

use super::csv::{CsvFile, Dialect};
use super::manifest::ResultFile;
use super::parquet::ParquetFile;
use super::{Target, UnloadError};
use crate::analyzer::UnloadFormat;
use crate::bound::OutputColumn;
use crate::result::values::ColumnValues;

/// Rows between two looks at how large a file is.
const ROWS_PER_LOOK: usize = 512;
/// A row group is at most this share of a file, so that files come close to their size.
const GROUPS_PER_FILE_MIN: u64 = 4;

/// A file that takes rows.
#[derive(Debug)]
pub struct OpenFile {
    contents: Contents,
    object: Box<dyn ObjectWriter>,
    url: String,
    /// What was handed to the object.
    bytes: u64,
    rows: u64,
    bytes_max: u64,
}

#[derive(Debug)]
enum Contents {
    Csv(CsvFile),
    Parquet(Box<ParquetFile>),
}

/// The end of the names of result files.
pub fn extension(target: &Target) -> &'static str {
    match (&target.options.format, target.options.is_compressed) {
        (UnloadFormat::Parquet, _) => "parquet",
        (UnloadFormat::Csv { .. }, true) => "gz",
        (UnloadFormat::Csv { .. }, false) => "csv",
    }
}

impl OpenFile {
    /// Starts a file of these columns.
    pub async fn create(
        target: &Target,
        key: &ObjectKey,
        columns: &[OutputColumn],
    ) -> Result<Self, UnloadError> {
        let options = &target.options;
        let contents = match options.format {
            UnloadFormat::Csv { delimiter, escape, with_header } => {
                let dialect = Dialect { delimiter, escape, with_header };
                Contents::Csv(CsvFile::new(dialect, options.is_compressed, columns)?)
            }
            UnloadFormat::Parquet => {
                let share =
                    usize::try_from(options.file_bytes_max / GROUPS_PER_FILE_MIN).unwrap_or(usize::MAX);
                let group_bytes_max = share.min(target.held_bytes_max / 2);
                let file = ParquetFile::new(columns, options.is_compressed, group_bytes_max)?;
                Contents::Parquet(Box::new(file))
            }
        };
        let destination = &target.destination;
        let object = target.buckets.create(&destination.bucket, key, target.encryption()).await?;
        Ok(Self {
            contents,
            object,
            url: destination.url(key),
            bytes: 0,
            rows: 0,
            bytes_max: options.file_bytes_max,
        })
    }

    /// Writes rows until there are none left or the file is full; returns how many it took, at least one.
    pub async fn write(
        &mut self,
        columns: &[ColumnValues<'_>],
        rows: &[usize],
    ) -> Result<usize, UnloadError> {
        let mut taken = 0;
        for some in rows.chunks(ROWS_PER_LOOK) {
            for &row in some {
                match &mut self.contents {
                    Contents::Csv(file) => file.write_row(columns, row)?,
                    Contents::Parquet(file) => file.write_row(columns, row)?,
                }
            }
            taken += some.len();
            self.rows += some.len() as u64;
            let ready = match &mut self.contents {
                Contents::Csv(file) => file.take(),
                Contents::Parquet(file) => file.take()?,
            };
            self.send(&ready).await?;
            if self.is_full() {
                break;
            }
        }
        Ok(taken)
    }

    /// What a row group will take is known only when it is written; it is never more than what it holds.
    pub fn is_full(&self) -> bool {
        let open_bytes = match &self.contents {
            Contents::Csv(_) => 0,
            Contents::Parquet(file) => file.held_bytes() as u64,
        };
        self.bytes + open_bytes >= self.bytes_max
    }

    pub fn held_bytes(&self) -> usize {
        let contents = match &self.contents {
            Contents::Csv(file) => file.held_bytes(),
            Contents::Parquet(file) => file.held_bytes(),
        };
        contents + self.object.held_bytes()
    }

    pub async fn finish(mut self) -> Result<ResultFile, UnloadError> {
        let rest = match self.contents {
            Contents::Csv(file) => file.finish()?,
            Contents::Parquet(file) => file.finish()?,
        };
        self.bytes += rest.len() as u64;
        self.object.write(&rest).await?;
        self.object.finish().await?;
        Ok(ResultFile { url: self.url, bytes: self.bytes, rows: self.rows })
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), UnloadError> {
        self.bytes += bytes.len() as u64;
        Ok(self.object.write(bytes).await?)
    }
}
