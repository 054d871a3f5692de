//! The catalog: an immutable picture of all definitions, shared by everything that reads them.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use model::catalog::{Database, Table, TableId, Tag};

use super::{Change, ResourceId, Stored};
use crate::error::{Result, StorageError};

/// All definitions as of one transaction. Cloning shares what did not change.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    databases: BTreeMap<String, Arc<DatabaseEntry>>,
    table_names: BTreeMap<TableId, (String, String)>,
    pub next_table_id: u64,
}

#[derive(Debug, Clone)]
pub struct DatabaseEntry {
    pub database: Arc<Database>,
    pub tags: BTreeMap<String, String>,
    /// By name.
    pub tables: BTreeMap<String, Arc<TableEntry>>,
}

#[derive(Debug, Clone)]
pub struct TableEntry {
    pub table: Arc<Table>,
    pub tags: BTreeMap<String, String>,
}

/// What a tag operation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource<'a> {
    Database(&'a str),
    Table { database: &'a str, table: &'a str },
}

/// Items in the order of their names. When `is_truncated`, the next page starts after the last item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub is_truncated: bool,
}

impl Catalog {
    pub fn new(stored: &Stored) -> Self {
        let mut catalog = Self { next_table_id: stored.next_table_id, ..Self::default() };
        for database in stored.databases.values() {
            catalog.apply(&Change::PutDatabase(database.clone()));
        }
        for stored_table in stored.tables.values() {
            catalog.apply(&Change::PutTable(stored_table.table.clone()));
        }
        for (resource, tags) in &stored.tags {
            for (key, value) in tags {
                let tag = Tag { key: key.clone(), value: value.clone() };
                catalog.apply(&Change::PutTag { resource: resource.clone(), tag });
            }
        }
        catalog
    }

    pub fn databases(&self) -> impl Iterator<Item = &Arc<DatabaseEntry>> {
        self.databases.values()
    }

    pub fn database_count(&self) -> usize {
        self.databases.len()
    }

    /// Tables of all databases.
    pub fn table_count(&self) -> usize {
        self.table_names.len()
    }

    pub fn find_database(&self, name: &str) -> Option<&Arc<DatabaseEntry>> {
        self.databases.get(name)
    }

    pub fn database(&self, name: &str) -> Result<&Arc<DatabaseEntry>> {
        self.find_database(name).ok_or_else(|| StorageError::DatabaseNotFound { name: name.to_owned() })
    }

    pub fn find_table(&self, database: &str, table: &str) -> Option<&Arc<TableEntry>> {
        self.databases.get(database)?.tables.get(table)
    }

    pub fn table(&self, database: &str, table: &str) -> Result<&Arc<TableEntry>> {
        self.find_table(database, table).ok_or_else(|| StorageError::TableNotFound {
            database: database.to_owned(),
            table: table.to_owned(),
        })
    }

    pub fn find_table_by_id(&self, id: TableId) -> Option<&Arc<TableEntry>> {
        let (database, table) = self.table_names.get(&id)?;
        self.find_table(database, table)
    }

    pub fn list_databases(&self, start_after: Option<&str>, limit: usize) -> Page<Arc<DatabaseEntry>> {
        let start = start_after.map_or(Bound::Unbounded, Bound::Excluded);
        page(
            self.databases.range::<str, _>((start, Bound::Unbounded)).map(|(_, entry)| Arc::clone(entry)),
            limit,
        )
    }

    /// Tables of one database, or of all, by database and name. `start_after` names the database and table of the last
    /// item of the page before.
    pub fn list_tables(
        &self,
        database: Option<&str>,
        start_after: Option<(&str, &str)>,
        limit: usize,
    ) -> Result<Page<Arc<TableEntry>>> {
        if let Some(database) = database {
            self.database(database)?;
        }
        let first = database.or(start_after.map(|(after_database, _)| after_database));
        let start = first.map_or(Bound::Unbounded, Bound::Included);
        let in_scope = |entry: &&Arc<DatabaseEntry>| database.is_none_or(|only| entry.database.name == only);
        let databases = self
            .databases
            .range::<str, _>((start, Bound::Unbounded))
            .map(|(_, entry)| entry)
            .take_while(in_scope);
        let tables = databases.flat_map(|entry| {
            let start = match start_after {
                Some((after_database, after_table)) if after_database == entry.database.name => {
                    Bound::Excluded(after_table)
                }
                _ => Bound::Unbounded,
            };
            entry.tables.range::<str, _>((start, Bound::Unbounded)).map(|(_, table)| Arc::clone(table))
        });
        Ok(page(tables, limit))
    }

    /// Finds what a tag operation names, and its tags.
    pub fn resolve(&self, resource: Resource<'_>) -> Result<(ResourceId, &BTreeMap<String, String>)> {
        match resource {
            Resource::Database(name) => {
                let entry = self.database(name)?;
                Ok((ResourceId::Database(name.to_owned()), &entry.tags))
            }
            Resource::Table { database, table } => {
                let entry = self.table(database, table)?;
                Ok((ResourceId::Table(entry.table.id), &entry.tags))
            }
        }
    }

    /// Applies a committed change; changes that concern no definition are passed over.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::PutDatabase(database) => match self.databases.get_mut(&database.name) {
                Some(entry) => Arc::make_mut(entry).database = Arc::new(database.clone()),
                None => {
                    let entry = DatabaseEntry {
                        database: Arc::new(database.clone()),
                        tags: BTreeMap::new(),
                        tables: BTreeMap::new(),
                    };
                    self.databases.insert(database.name.clone(), Arc::new(entry));
                }
            },
            Change::DeleteDatabase { name } => {
                self.databases.remove(name);
            }
            Change::PutTable(table) => {
                let Some(database) = self.databases.get_mut(&table.database) else { return };
                let tables = &mut Arc::make_mut(database).tables;
                let tags = tables.get(&table.name).map(|entry| entry.tags.clone()).unwrap_or_default();
                tables.insert(
                    table.name.clone(),
                    Arc::new(TableEntry { table: Arc::new(table.clone()), tags }),
                );
                self.table_names.insert(table.id, (table.database.clone(), table.name.clone()));
            }
            Change::DeleteTable { id } => {
                let Some((database, table)) = self.table_names.remove(id) else { return };
                if let Some(database) = self.databases.get_mut(&database) {
                    Arc::make_mut(database).tables.remove(&table);
                }
            }
            Change::PutTag { resource, tag } => {
                if let Some(tags) = self.tags_mut(resource) {
                    tags.insert(tag.key.clone(), tag.value.clone());
                }
            }
            Change::DeleteTag { resource, key } => {
                if let Some(tags) = self.tags_mut(resource) {
                    tags.remove(key);
                }
            }
            Change::SetNextTableId(id) => self.next_table_id = *id,
            Change::SetAppliedLsn { .. }
            | Change::PutColumns { .. }
            | Change::PutMeasures { .. }
            | Change::AddFile(_)
            | Change::SetDeletedRows { .. }
            | Change::RemoveFile { .. }
            | Change::SetLogStart(_)
            | Change::SetTrustedClock(_)
            | Change::AddReport(_)
            | Change::RemoveReport { .. } => {}
        }
    }

    fn tags_mut(&mut self, resource: &ResourceId) -> Option<&mut BTreeMap<String, String>> {
        match resource {
            ResourceId::Database(name) => Some(&mut Arc::make_mut(self.databases.get_mut(name)?).tags),
            ResourceId::Table(id) => {
                let (database, table) = self.table_names.get(id)?;
                let database = Arc::make_mut(self.databases.get_mut(database)?);
                Some(&mut Arc::make_mut(database.tables.get_mut(table)?).tags)
            }
        }
    }
}

fn page<T>(mut items: impl Iterator<Item = T>, limit: usize) -> Page<T> {
    let page_items: Vec<T> = items.by_ref().take(limit).collect();
    Page { items: page_items, is_truncated: items.next().is_some() }
}
