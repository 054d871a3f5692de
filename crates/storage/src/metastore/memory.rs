//! A metastore in memory for simulation and tests: a commit is durable at once and outlives the engine that made it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Change, Metastore, Report, ResourceId, Stored, StoredTable};
use crate::error::{Result, StorageError};

/// When the next commits fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFault {
    /// Nothing is stored.
    Before,
    /// Everything is stored, but the caller sees an error.
    After,
}

/// Clones share one state, as handles to one server do.
#[derive(Debug, Clone, Default)]
pub struct MemoryMetastore {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    stored: Stored,
    commits: u64,
    fault: Option<(u64, CommitFault)>,
    is_down: bool,
}

impl MemoryMetastore {
    pub fn new() -> Self {
        Self::default()
    }

    /// Commits so far.
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    /// Names of all listed files, sorted.
    pub fn files(&self) -> Vec<String> {
        let inner = self.lock();
        let mut files: Vec<String> =
            inner.stored.tables.values().flat_map(|table| table.files.keys().cloned()).collect();
        files.sort();
        files
    }

    /// Makes commit number `commit` (the first is 1) and every later call fail, as if the machine died there.
    pub fn die_at(&self, commit: u64, fault: CommitFault) {
        self.lock().fault = Some((commit, fault));
    }

    /// Ends the failure, or takes back one that was planned: the handles are good again.
    pub fn come_back(&self) {
        let mut inner = self.lock();
        (inner.is_down, inner.fault) = (false, None);
    }

    /// Another metastore with the same stored state.
    pub fn copy(&self) -> Self {
        let copied = Inner { stored: self.lock().stored.clone(), ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(copied)) }
    }

    /// The same stored state after a restart of the machine: without faults. Handles to the old one are dead.
    pub fn restart(&self) -> Self {
        let mut inner = self.lock();
        inner.is_down = true;
        let restarted = Inner { stored: inner.stored.clone(), ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(restarted)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn down() -> StorageError {
    StorageError::Metastore { reason: "the simulated metastore is down".into() }
}

#[async_trait]
impl Metastore for MemoryMetastore {
    async fn load(&self) -> Result<Stored> {
        let inner = self.lock();
        if inner.is_down { Err(down()) } else { Ok(inner.stored.clone()) }
    }

    async fn revision(&self) -> Result<u64> {
        let inner = self.lock();
        if inner.is_down { Err(down()) } else { Ok(inner.stored.revision) }
    }

    async fn commit(&self, expected_revision: u64, changes: &[Change]) -> Result<()> {
        let mut inner = self.lock();
        if inner.is_down {
            return Err(down());
        }
        inner.commits += 1;
        let fault = inner.fault.filter(|(commit, _)| *commit == inner.commits).map(|(_, fault)| fault);
        inner.is_down = fault.is_some();
        if fault == Some(CommitFault::Before) {
            return Err(down());
        }
        let found = inner.stored.revision;
        if found != expected_revision {
            return Err(StorageError::MetastoreConflict { expected_revision, found });
        }
        let mut next = inner.stored.clone();
        for change in changes {
            next.apply(change)?;
        }
        next.revision += 1;
        inner.stored = next;
        if fault.is_some() { Err(down()) } else { Ok(()) }
    }
}

impl Stored {
    /// Applies one change, with the constraints that the SQL schema states.
    pub fn apply(&mut self, change: &Change) -> Result<()> {
        match change {
            Change::PutDatabase(database) => {
                self.databases.insert(database.name.clone(), database.clone());
            }
            Change::DeleteDatabase { name } => {
                if self.tables.values().any(|stored| stored.table.database == *name) {
                    return Err(constraint("a database with tables can't be deleted"));
                }
                self.databases.remove(name);
                self.tags.remove(&ResourceId::Database(name.clone()));
            }
            Change::PutTable(table) => self.put_table(table)?,
            Change::DeleteTable { id } => {
                self.tables.remove(id);
                self.reports.retain(|_, report| report.table != *id);
                self.tags.remove(&ResourceId::Table(*id));
            }
            Change::PutTag { resource, tag } => {
                let is_known = match resource {
                    ResourceId::Database(name) => self.databases.contains_key(name),
                    ResourceId::Table(id) => self.tables.contains_key(id),
                };
                if !is_known {
                    return Err(constraint("no such resource"));
                }
                let tags = self.tags.entry(resource.clone()).or_default();
                tags.insert(tag.key.clone(), tag.value.clone());
            }
            Change::DeleteTag { resource, key } => {
                if let Some(tags) = self.tags.get_mut(resource) {
                    tags.remove(key);
                    if tags.is_empty() {
                        self.tags.remove(resource);
                    }
                }
            }
            Change::SetNextTableId(id) => self.next_table_id = *id,
            Change::SetLogStart(lsn) => self.log_start = *lsn,
            Change::AddReport(report) => self.add_report(report)?,
            Change::RemoveReport { id } => drop(self.reports.remove(id)),
            Change::SetTrustedClock(now_ns) => self.trusted_clock_ns = Some(*now_ns),
            Change::SetAppliedLsn { table, .. }
            | Change::PutColumns { table, .. }
            | Change::PutMeasures { table, .. } => {
                let stored = self.tables.get_mut(table).ok_or_else(|| constraint("no such table"))?;
                stored.apply(change);
            }
            Change::AddFile(file) => {
                let stored = self.tables.get_mut(&file.table).ok_or_else(|| constraint("no such table"))?;
                if stored.files.insert(file.file.clone(), file.clone()).is_some() {
                    return Err(constraint("the file is listed already"));
                }
            }
            Change::SetDeletedRows { file, deleted_rows } => {
                let found = self.tables.values_mut().find_map(|stored| stored.files.get_mut(file));
                found.ok_or_else(|| constraint("no such file"))?.deleted_rows.clone_from(deleted_rows);
            }
            Change::RemoveFile { file } => {
                for stored in self.tables.values_mut() {
                    stored.files.remove(file);
                }
            }
        }
        Ok(())
    }

    fn add_report(&mut self, report: &Report) -> Result<()> {
        if !self.tables.contains_key(&report.table) {
            return Err(constraint("no such table"));
        }
        match self.reports.insert(report.id.clone(), report.clone()) {
            Some(_) => Err(constraint("the report is there already")),
            None => Ok(()),
        }
    }

    fn put_table(&mut self, table: &model::catalog::Table) -> Result<()> {
        if !self.databases.contains_key(&table.database) {
            return Err(constraint("no such database"));
        }
        let same_name = |stored: &StoredTable| {
            stored.table.id != table.id
                && stored.table.database == table.database
                && stored.table.name == table.name
        };
        if self.tables.values().any(same_name) {
            return Err(constraint("the table exists already"));
        }
        match self.tables.get_mut(&table.id) {
            Some(stored) => stored.table = table.clone(),
            None => {
                self.tables.insert(table.id, StoredTable::new(table.clone()));
            }
        }
        Ok(())
    }
}

impl StoredTable {
    pub fn new(table: model::catalog::Table) -> Self {
        Self {
            table,
            applied_lsn: None,
            columns: Vec::new(),
            measures: Default::default(),
            files: Default::default(),
        }
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::SetAppliedLsn { applied_lsn, .. } => self.applied_lsn = Some(*applied_lsn),
            Change::PutColumns { columns, .. } => {
                for column in columns {
                    self.columns.retain(|known| known.id != column.id);
                    self.columns.push(column.clone());
                }
                self.columns.sort_by_key(|column| column.id);
            }
            Change::PutMeasures { measures, .. } => self.measures.extend(measures.iter().cloned()),
            _ => {}
        }
    }
}

fn constraint(reason: &'static str) -> StorageError {
    StorageError::Metastore { reason: reason.into() }
}
