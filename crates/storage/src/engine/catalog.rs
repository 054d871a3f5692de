//! Catalog operations: decide on the current catalog, commit, then show the new catalog to everybody.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use model::catalog::{Database, Table, TableId, Tag};
use tokio::sync::Mutex as AsyncMutex;

use super::saved::EngineTable;
use super::{Engine, Shared};
use crate::error::{Result, StorageError};
use crate::metastore::catalog::{Page, Resource};
use crate::metastore::decide::{self, NewDatabase, NewTable, TableUpdate};
use crate::metastore::{Catalog, Change, DatabaseEntry, Metastore, Stored};

/// A database and how many tables it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseView {
    pub database: Arc<Database>,
    pub table_count: usize,
}

impl From<&Arc<DatabaseEntry>> for DatabaseView {
    fn from(entry: &Arc<DatabaseEntry>) -> Self {
        Self { database: Arc::clone(&entry.database), table_count: entry.tables.len() }
    }
}

/// The current catalog with the tables' data, and the one place that commits to the metastore.
#[derive(Debug)]
pub(super) struct Definitions {
    visible: Mutex<Visible>,
    committer: AsyncMutex<Committer>,
    doubts: Arc<Doubts>,
}

/// What keeps this process from relying on the metastore.
#[derive(Debug, Default)]
struct Doubts {
    /// Another server has it now.
    is_taken: AtomicBool,
    /// Nobody knows what the last transaction left.
    is_unknown: AtomicBool,
    /// It holds a transaction whose effects this process missed.
    is_ahead: AtomicBool,
}

/// The definitions and the tables they define, as of one transaction.
#[derive(Debug, Clone)]
pub(super) struct Visible {
    pub(super) catalog: Arc<Catalog>,
    pub(super) tables: Arc<HashMap<TableId, Arc<EngineTable>>>,
}

/// Held while deciding and committing, so that decisions are made on the last committed state.
#[derive(Debug)]
pub(super) struct Committer {
    revision: u64,
    doubts: Arc<Doubts>,
}

impl Definitions {
    pub(super) fn new(stored: &Stored, tables: HashMap<TableId, Arc<EngineTable>>) -> Self {
        let doubts = Arc::<Doubts>::default();
        let committer = Committer { revision: stored.revision, doubts: Arc::clone(&doubts) };
        let visible = Visible { catalog: Arc::new(Catalog::new(stored)), tables: Arc::new(tables) };
        Self { visible: Mutex::new(visible), committer: AsyncMutex::new(committer), doubts }
    }

    /// Whether another server has taken the metastore over: nothing that is accepted now would outlive this process.
    pub(super) fn is_taken(&self) -> bool {
        self.doubts.is_taken.load(Ordering::Acquire)
    }

    /// Whether the metastore holds what this process does not know: only opening the data directory anew helps.
    pub(super) fn is_outdated(&self) -> bool {
        self.doubts.is_ahead.load(Ordering::Acquire)
    }

    /// Whether it is known which files the metastore lists.
    pub(super) fn is_certain(&self) -> bool {
        !self.doubts.is_unknown.load(Ordering::Acquire) && !self.is_outdated() && !self.is_taken()
    }

    pub(super) fn visible(&self) -> Visible {
        self.visible.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces what others see. Only for the holder of the committer.
    fn show(&self, visible: Visible) {
        *self.visible.lock().unwrap_or_else(PoisonError::into_inner) = visible;
    }

    pub(super) async fn committer(&self) -> tokio::sync::MutexGuard<'_, Committer> {
        self.committer.lock().await
    }
}

impl Committer {
    /// Commits, and finds out what happened when the answer is lost.
    pub(super) async fn commit(&mut self, metastore: &dyn Metastore, changes: &[Change]) -> Result<()> {
        self.find_out(metastore).await?;
        let Err(error) = metastore.commit(self.revision, changes).await else {
            self.revision += 1;
            return Ok(());
        };
        if matches!(error, StorageError::MetastoreTaken) {
            self.doubts.is_taken.store(true, Ordering::Release);
            return Err(error);
        }
        match metastore.revision().await {
            Ok(revision) if revision == self.revision => {}
            Ok(revision) if revision == self.revision + 1 && !is_conflict(&error) => {
                self.revision = revision;
                return Ok(());
            }
            Ok(_) => self.doubts.is_ahead.store(true, Ordering::Release),
            Err(_) => self.doubts.is_unknown.store(true, Ordering::Release),
        }
        Err(error)
    }

    /// Settles what an earlier transaction left that the metastore did not answer for. One that was not stored is
    /// forgotten: should it arrive yet, it is refused once another transaction has its number, or refuses that one.
    async fn find_out(&mut self, metastore: &dyn Metastore) -> Result<()> {
        if self.doubts.is_unknown.load(Ordering::Acquire) {
            let is_ahead = metastore.revision().await? != self.revision;
            self.doubts.is_ahead.store(is_ahead, Ordering::Release);
            self.doubts.is_unknown.store(false, Ordering::Release);
        }
        match self.doubts.is_ahead.load(Ordering::Acquire) {
            true => Err(outdated()),
            false => Ok(()),
        }
    }

    /// Whether nobody knows, or this process missed, what the last transaction left.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.doubts.is_unknown.load(Ordering::Acquire) || self.doubts.is_ahead.load(Ordering::Acquire)
    }
}

/// What is told once the metastore is ahead.
pub(super) fn outdated() -> StorageError {
    StorageError::Poisoned { reason: "the metastore holds a transaction that was not answered".into() }
}

fn is_conflict(error: &StorageError) -> bool {
    matches!(error, StorageError::MetastoreConflict { .. })
}

impl Engine {
    /// The definitions as of now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.shared.definitions.visible().catalog
    }

    pub async fn create_database(&self, new: NewDatabase) -> Result<DatabaseView> {
        let name = new.name.clone();
        let limits = self.shared.parts.settings.catalog_limits;
        let now_ns = self.now_ns();
        let catalog = self.change(|catalog| decide::create_database(catalog, new, now_ns, limits)).await?;
        catalog.database(&name).map(DatabaseView::from)
    }

    pub fn describe_database(&self, name: &str) -> Result<DatabaseView> {
        self.catalog().database(name).map(DatabaseView::from)
    }

    /// Databases by name, after `start_after`, at most `limit`.
    pub fn list_databases(&self, start_after: Option<&str>, limit: usize) -> Page<DatabaseView> {
        let page = self.catalog().list_databases(start_after, limit);
        Page { items: page.items.iter().map(DatabaseView::from).collect(), is_truncated: page.is_truncated }
    }

    pub async fn update_database(&self, name: &str, kms_key_id: String) -> Result<DatabaseView> {
        let now_ns = self.now_ns();
        let catalog =
            self.change(|catalog| decide::update_database(catalog, name, kms_key_id, now_ns)).await?;
        catalog.database(name).map(DatabaseView::from)
    }

    pub async fn delete_database(&self, name: &str) -> Result<()> {
        self.change(|catalog| decide::delete_database(catalog, name)).await.map(drop)
    }

    pub async fn create_table(&self, new: NewTable) -> Result<Arc<Table>> {
        let (database, name) = (new.database.clone(), new.name.clone());
        let limits = self.shared.parts.settings.catalog_limits;
        let now_ns = self.now_ns();
        let catalog = self.change(|catalog| decide::create_table(catalog, new, now_ns, limits)).await?;
        catalog.table(&database, &name).map(|entry| Arc::clone(&entry.table))
    }

    pub fn describe_table(&self, database: &str, table: &str) -> Result<Arc<Table>> {
        self.catalog().table(database, table).map(|entry| Arc::clone(&entry.table))
    }

    /// Tables of one database or of all, by database and name. `start_after` is the database and name of the last
    /// table of the page before.
    pub fn list_tables(
        &self,
        database: Option<&str>,
        start_after: Option<(&str, &str)>,
        limit: usize,
    ) -> Result<Page<Arc<Table>>> {
        let page = self.catalog().list_tables(database, start_after, limit)?;
        let items = page.items.iter().map(|entry| Arc::clone(&entry.table)).collect();
        Ok(Page { items, is_truncated: page.is_truncated })
    }

    pub async fn update_table(&self, database: &str, table: &str, update: TableUpdate) -> Result<Arc<Table>> {
        let now_ns = self.now_ns();
        let catalog =
            self.change(|catalog| decide::update_table(catalog, database, table, update, now_ns)).await?;
        catalog.table(database, table).map(|entry| Arc::clone(&entry.table))
    }

    /// Removes a table for good. A table created later under the same name starts empty.
    pub async fn delete_table(&self, database: &str, table: &str) -> Result<()> {
        self.change(|catalog| decide::delete_table(catalog, database, table)).await.map(drop)
    }

    pub async fn tag(&self, resource: Resource<'_>, tags: Vec<Tag>) -> Result<()> {
        let limits = self.shared.parts.settings.catalog_limits;
        self.change(|catalog| decide::tag(catalog, resource, tags, limits)).await.map(drop)
    }

    pub async fn untag(&self, resource: Resource<'_>, keys: &[String]) -> Result<()> {
        self.change(|catalog| decide::untag(catalog, resource, keys)).await.map(drop)
    }

    /// Tags by key.
    pub fn tags(&self, resource: Resource<'_>) -> Result<Vec<Tag>> {
        let catalog = self.catalog();
        let (_, tags) = catalog.resolve(resource)?;
        Ok(tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect())
    }

    async fn change(&self, decide: impl FnOnce(&Catalog) -> Result<Vec<Change>>) -> Result<Arc<Catalog>> {
        self.shared.change(decide).await
    }
}

impl Shared {
    /// Decides, commits, shows. The returned catalog is the one after the change.
    pub(super) async fn change(
        &self,
        decide: impl FnOnce(&Catalog) -> Result<Vec<Change>>,
    ) -> Result<Arc<Catalog>> {
        let definitions = &self.definitions;
        let mut committer = definitions.committer().await;
        let Visible { catalog, tables } = definitions.visible();
        let changes = decide(&catalog)?;
        if changes.is_empty() {
            return Ok(catalog);
        }
        committer.commit(&*self.parts.metastore, &changes).await?;
        let mut next = Catalog::clone(&catalog);
        let mut next_tables = tables;
        for change in &changes {
            next.apply(change);
            match change {
                Change::PutTable(table) if !next_tables.contains_key(&table.id) => {
                    let store = EngineTable::empty(table.id, &self.memory);
                    Arc::make_mut(&mut next_tables).insert(table.id, Arc::new(store));
                }
                Change::DeleteTable { id } => {
                    if let Some(deleted) = Arc::make_mut(&mut next_tables).remove(id) {
                        deleted.saved().mark_removed();
                        self.reports.forget_table(*id);
                        self.has_dead_log.store(true, Ordering::Relaxed);
                    }
                }
                _ => {}
            }
        }
        let catalog = Arc::new(next);
        definitions.show(Visible { catalog: Arc::clone(&catalog), tables: next_tables });
        Ok(catalog)
    }
}
