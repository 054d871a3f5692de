//! What a catalog operation changes: pure functions from a catalog and a request to changes or a refusal (api.md 2).

use std::sync::Arc;

use model::catalog::{Database, Expired, MagneticWrites, PartitionKey, Retention, Table, TableId, Tag};
use model::clock::TimestampNs;
use model::limits;

use super::Change;
use super::catalog::{Catalog, Resource};
use crate::error::{Result, StorageError};

/// Count quotas of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogLimits {
    pub databases_max: usize,
    /// Of all databases together.
    pub tables_max: usize,
    pub tags_per_resource_max: usize,
}

impl Default for CatalogLimits {
    fn default() -> Self {
        Self {
            databases_max: limits::DATABASES_MAX,
            tables_max: limits::TABLES_MAX,
            tags_per_resource_max: limits::TAGS_PER_RESOURCE_MAX,
        }
    }
}

/// A database to create. Its name has been checked.
#[derive(Debug, Clone)]
pub struct NewDatabase {
    pub name: String,
    pub kms_key_id: String,
    pub tags: Vec<Tag>,
}

/// A table to create. Its name has been checked, `partition_key` has at least one element.
#[derive(Debug, Clone)]
pub struct NewTable {
    pub database: String,
    pub name: String,
    pub retention: Retention,
    pub magnetic_writes: MagneticWrites,
    pub partition_key: Vec<PartitionKey>,
    pub tags: Vec<Tag>,
}

/// What UpdateTable names; the rest stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TableUpdate {
    pub retention: Option<Retention>,
    pub magnetic_writes: Option<MagneticWrites>,
    /// Only the enforcement of existing keys may differ.
    pub partition_key: Option<Vec<PartitionKey>>,
}

pub fn create_database(
    catalog: &Catalog,
    new: NewDatabase,
    now_ns: TimestampNs,
    limits: CatalogLimits,
) -> Result<Vec<Change>> {
    if catalog.find_database(&new.name).is_some() {
        return Err(StorageError::AlreadyExists { what: "database", name: new.name });
    }
    if catalog.database_count() >= limits.databases_max {
        return Err(StorageError::QuotaExceeded { what: "databases", max: limits.databases_max });
    }
    check_tag_count(new.tags.len(), limits)?;
    let resource = super::ResourceId::Database(new.name.clone());
    let database =
        Database { name: new.name, kms_key_id: new.kms_key_id, created_ns: now_ns, updated_ns: now_ns };
    let mut changes = vec![Change::PutDatabase(database)];
    changes.extend(new.tags.into_iter().map(|tag| Change::PutTag { resource: resource.clone(), tag }));
    Ok(changes)
}

/// No change when the key is the current one.
pub fn update_database(
    catalog: &Catalog,
    name: &str,
    kms_key_id: String,
    now_ns: TimestampNs,
) -> Result<Vec<Change>> {
    let current = &catalog.database(name)?.database;
    if current.kms_key_id == kms_key_id {
        return Ok(Vec::new());
    }
    let updated = Database { kms_key_id, updated_ns: now_ns, ..Database::clone(current) };
    Ok(vec![Change::PutDatabase(updated)])
}

pub fn delete_database(catalog: &Catalog, name: &str) -> Result<Vec<Change>> {
    if !catalog.database(name)?.tables.is_empty() {
        return Err(StorageError::DatabaseNotEmpty { name: name.to_owned() });
    }
    Ok(vec![Change::DeleteDatabase { name: name.to_owned() }])
}

pub fn create_table(
    catalog: &Catalog,
    new: NewTable,
    now_ns: TimestampNs,
    limits: CatalogLimits,
) -> Result<Vec<Change>> {
    if catalog.database(&new.database)?.tables.contains_key(&new.name) {
        return Err(StorageError::AlreadyExists { what: "table", name: new.name });
    }
    if catalog.table_count() >= limits.tables_max {
        return Err(StorageError::QuotaExceeded { what: "tables", max: limits.tables_max });
    }
    check_tag_count(new.tags.len(), limits)?;
    let id = TableId(catalog.next_table_id);
    let table = Table {
        id,
        database: new.database,
        name: new.name,
        retention: new.retention,
        magnetic_writes: new.magnetic_writes,
        partition_key: new.partition_key,
        created_ns: now_ns,
        updated_ns: now_ns,
        expired: None,
    };
    let mut changes = vec![Change::SetNextTableId(id.0 + 1), Change::PutTable(table)];
    let resource = super::ResourceId::Table(id);
    changes.extend(new.tags.into_iter().map(|tag| Change::PutTag { resource: resource.clone(), tag }));
    Ok(changes)
}

pub fn update_table(
    catalog: &Catalog,
    database: &str,
    table: &str,
    update: TableUpdate,
    now_ns: TimestampNs,
) -> Result<Vec<Change>> {
    let current: &Arc<Table> = &catalog.table(database, table)?.table;
    let mut updated = Table { updated_ns: now_ns, ..Table::clone(current) };
    if let Some(retention) = update.retention {
        updated.retention = retention;
        let before_ns = current.visible_start_ns(now_ns);
        if retention.visible_start_ns(now_ns) < before_ns {
            updated.expired = Some(Expired { before_ns, at_ns: now_ns });
        }
    }
    if let Some(magnetic_writes) = update.magnetic_writes {
        updated.magnetic_writes = magnetic_writes;
    }
    if let Some(partition_key) = update.partition_key {
        if !same_keys(&current.partition_key, &partition_key) {
            return Err(StorageError::PartitionKeyFixed { table: table.to_owned() });
        }
        updated.partition_key = partition_key;
    }
    Ok(vec![Change::PutTable(updated)])
}

/// Notes that no row is stored any more that had expired before the retention was raised. No change when it was raised
/// again meanwhile.
pub fn forget_expired(catalog: &Catalog, id: TableId, removed: Expired) -> Vec<Change> {
    let current = catalog.find_table_by_id(id).filter(|entry| entry.table.expired == Some(removed));
    let forget = |entry: &Arc<super::TableEntry>| {
        Change::PutTable(Table { expired: None, ..Table::clone(&entry.table) })
    };
    current.map(forget).into_iter().collect()
}

pub fn delete_table(catalog: &Catalog, database: &str, table: &str) -> Result<Vec<Change>> {
    let id = catalog.table(database, table)?.table.id;
    Ok(vec![Change::DeleteTable { id }])
}

/// Existing keys get the new value.
pub fn tag(
    catalog: &Catalog,
    resource: Resource<'_>,
    tags: Vec<Tag>,
    limits: CatalogLimits,
) -> Result<Vec<Change>> {
    let (id, current) = catalog.resolve(resource)?;
    let mut keys: Vec<&str> = current.keys().map(String::as_str).collect();
    keys.extend(tags.iter().map(|tag| tag.key.as_str()));
    keys.sort_unstable();
    keys.dedup();
    check_tag_count(keys.len(), limits)?;
    Ok(tags.into_iter().map(|tag| Change::PutTag { resource: id.clone(), tag }).collect())
}

/// Unknown keys are passed over.
pub fn untag(catalog: &Catalog, resource: Resource<'_>, keys: &[String]) -> Result<Vec<Change>> {
    let (id, current) = catalog.resolve(resource)?;
    let known = keys.iter().filter(|key| current.contains_key(*key));
    Ok(known.map(|key| Change::DeleteTag { resource: id.clone(), key: key.clone() }).collect())
}

fn check_tag_count(count: usize, limits: CatalogLimits) -> Result<()> {
    let max = limits.tags_per_resource_max;
    if count > max { Err(StorageError::QuotaExceeded { what: "tags per resource", max }) } else { Ok(()) }
}

/// Whether two partition keys differ at most in enforcement.
fn same_keys(one: &[PartitionKey], other: &[PartitionKey]) -> bool {
    let same = |(one, other): (&PartitionKey, &PartitionKey)| match (one, other) {
        (PartitionKey::Measure, PartitionKey::Measure) => true,
        (PartitionKey::Dimension { name: one, .. }, PartitionKey::Dimension { name: other, .. }) => {
            one == other
        }
        (PartitionKey::Measure, PartitionKey::Dimension { .. })
        | (PartitionKey::Dimension { .. }, PartitionKey::Measure) => false,
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}
