//! Deals rows out to the files of their partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use model::entropy::Entropy;
use model::limits;

use super::files::{OpenFile, extension};
use super::folder::write_folder;
use super::manifest::{ResultFile, manifest, metadata};
use super::{Target, UnloadError};
use crate::bound::OutputColumn;
use crate::result::values::ColumnValues;

/// An UNLOAD at work. Dropping it leaves the files that are finished, and no manifest.
#[derive(Debug)]
pub struct Export {
    target: Target,
    columns: Arc<[OutputColumn]>,
    entropy: Arc<dyn Entropy>,
    /// Every folder that has rows, and the file that takes more of them.
    partitions: BTreeMap<Vec<u8>, Option<OpenFile>>,
    finished: Vec<ResultFile>,
    held_bytes: usize,
}

/// What an UNLOAD wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub rows: u64,
    pub bytes: u64,
    pub partitions: usize,
    pub metadata_url: String,
    pub manifest_url: String,
}

impl Export {
    /// `columns` are those of the query, the partition columns last.
    pub fn new(target: Target, columns: Arc<[OutputColumn]>, entropy: Arc<dyn Entropy>) -> Self {
        Self { target, columns, entropy, partitions: BTreeMap::new(), finished: Vec::new(), held_bytes: 0 }
    }

    /// What waits in memory.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), UnloadError> {
        let columns = Arc::clone(&self.columns);
        let arrays = batch.columns().iter().zip(columns.iter());
        let values = arrays.map(|(array, column)| ColumnValues::new(array, &column.ty));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let contents = values.len().saturating_sub(self.target.options.partition_columns);
        let (values, folders) = values.split_at(contents);
        let (_, folder_columns) = columns.split_at(contents);
        for (folder, rows) in deal(folder_columns, folders, batch.num_rows())? {
            self.write_rows(folder, values, &rows).await?;
        }
        Ok(())
    }

    /// Finishes all files, then writes what tells of them, the manifest last.
    pub async fn finish(mut self) -> Result<Exported, UnloadError> {
        let folders: Vec<Vec<u8>> = self.partitions.keys().cloned().collect();
        for folder in &folders {
            self.finish_file(folder).await?;
        }
        let id = format!("{}_{}", self.target.query_id, self.new_uuid());
        let metadata_key = self.target.destination.key(&format!("{id}_metadata.json"))?;
        self.target.put(&metadata_key, &metadata(&self.columns)).await?;
        let manifest_key = self.target.destination.key(&format!("{id}_manifest.json"))?;
        self.target.put(&manifest_key, &manifest(&self.finished, &self.target.options.format)).await?;
        Ok(Exported {
            rows: self.finished.iter().map(|file| file.rows).sum(),
            bytes: self.finished.iter().map(|file| file.bytes).sum(),
            partitions: match self.target.options.partition_columns {
                0 => 0,
                _ => self.partitions.len(),
            },
            metadata_url: self.target.destination.url(&metadata_key),
            manifest_url: self.target.destination.url(&manifest_key),
        })
    }

    async fn write_rows(
        &mut self,
        folder: Vec<u8>,
        values: &[ColumnValues<'_>],
        mut rows: &[usize],
    ) -> Result<(), UnloadError> {
        if !self.partitions.contains_key(&folder) {
            if self.partitions.len() == limits::UNLOAD_PARTITIONS_MAX {
                return Err(UnloadError::Partitions(limits::UNLOAD_PARTITIONS_MAX));
            }
            self.partitions.insert(folder.clone(), None);
        }
        while !rows.is_empty() {
            let mut file = match self.partitions.get_mut(&folder).and_then(Option::take) {
                Some(file) => file,
                None => self.new_file(&folder).await?,
            };
            let held_before = file.held_bytes();
            let taken = file.write(values, rows).await?;
            rows = rows.get(taken..).unwrap_or_default();
            self.held_bytes = (self.held_bytes + file.held_bytes()).saturating_sub(held_before);
            let is_full = file.is_full();
            self.partitions.insert(folder.clone(), Some(file));
            if is_full {
                self.finish_file(&folder).await?;
            }
        }
        while self.held_bytes > self.target.held_bytes_max {
            let open = self.partitions.iter().filter_map(|(folder, file)| Some((file.as_ref()?, folder)));
            let Some((_, largest)) = open.max_by_key(|(file, _)| file.held_bytes()) else { break };
            let largest = largest.clone();
            self.finish_file(&largest).await?;
        }
        Ok(())
    }

    async fn new_file(&mut self, folder: &[u8]) -> Result<OpenFile, UnloadError> {
        let (id, uuid, extension) = (&self.target.query_id, self.new_uuid(), extension(&self.target));
        let name = format!("{id}_{uuid}.{extension}");
        let name = match String::from_utf8_lossy(folder) {
            folder if folder.is_empty() => format!("results/{name}"),
            folder => format!("results/{folder}/{name}"),
        };
        let key = self.target.destination.key(&name)?;
        let contents = self.columns.len().saturating_sub(self.target.options.partition_columns);
        let (columns, _) = self.columns.split_at(contents);
        let file = OpenFile::create(&self.target, &key, columns).await?;
        self.held_bytes += file.held_bytes();
        Ok(file)
    }

    async fn finish_file(&mut self, folder: &[u8]) -> Result<(), UnloadError> {
        if let Some(file) = self.partitions.get_mut(folder).and_then(Option::take) {
            self.held_bytes = self.held_bytes.saturating_sub(file.held_bytes());
            self.finished.push(file.finish().await?);
        }
        Ok(())
    }

    /// A random UUID (RFC 9562, version 4).
    fn new_uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        let number = u128::from_be_bytes(bytes);
        let number = (number & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{number:032x}");
        let mut uuid = String::with_capacity(36);
        for (at, digit) in digits.chars().enumerate() {
            if matches!(at, 8 | 12 | 16 | 20) {
                uuid.push('-');
            }
            uuid.push(digit);
        }
        uuid
    }
}

/// A folder below the destination and the rows that go there.
type FolderRows = (Vec<u8>, Vec<usize>);

/// The rows of each folder, in the order in which the folders appear.
fn deal(
    columns: &[OutputColumn],
    values: &[ColumnValues<'_>],
    row_count: usize,
) -> Result<Vec<FolderRows>, UnloadError> {
    let mut dealt: Vec<FolderRows> = Vec::new();
    if columns.is_empty() {
        dealt.push((Vec::new(), (0..row_count).collect()));
        return Ok(dealt);
    }
    let mut places: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut folder = Vec::new();
    for row in 0..row_count {
        folder.clear();
        write_folder(&mut folder, columns, values, row)?;
        let place = match places.get(&folder) {
            Some(place) => *place,
            None => {
                places.insert(folder.clone(), dealt.len());
                dealt.push((folder.clone(), Vec::new()));
                dealt.len() - 1
            }
        };
        if let Some((_, rows)) = dealt.get_mut(place) {
            rows.push(row);
        }
    }
    Ok(dealt)
}
