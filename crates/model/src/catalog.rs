//! The definitions a user makes: databases, tables, tags (api.md 2).

use serde::{Deserialize, Serialize};

use crate::clock::TimestampNs;
use crate::limits;
use crate::time::{NS_PER_DAY, NS_PER_HOUR};

/// Identifies a table for ever; a re-created table of the same name gets a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableId(pub u64);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    pub name: String,
    pub kms_key_id: String,
    pub created_ns: TimestampNs,
    pub updated_ns: TimestampNs,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub id: TableId,
    pub database: String,
    pub name: String,
    pub retention: Retention,
    pub magnetic_writes: MagneticWrites,
    pub partition_key: Vec<PartitionKey>,
    pub created_ns: TimestampNs,
    pub updated_ns: TimestampNs,
    /// Set while rows that had expired under a shorter retention may still be stored.
    pub expired: Option<Expired>,
}

impl Table {
    /// The oldest instant a query may still see at `now_ns`.
    pub fn visible_start_ns(&self, now_ns: TimestampNs) -> TimestampNs {
        let start_ns = self.retention.visible_start_ns(now_ns);
        self.expired.map_or(start_ns, |expired| start_ns.max(expired.before_ns(now_ns)))
    }
}

/// What a table's retention had made invisible when it was raised: it stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Rows before this had expired.
    pub before_ns: TimestampNs,
    /// The instant at which they had.
    pub at_ns: TimestampNs,
}

impl Expired {
    /// As [`Expired::before_ns`], as of `now_ns`: less had expired when the clock turns out to have been ahead.
    pub fn before_ns(&self, now_ns: TimestampNs) -> TimestampNs {
        self.before_ns.saturating_sub(self.at_ns.saturating_sub(now_ns).max(0))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    pub memory_hours: i64,
    pub magnetic_days: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            memory_hours: limits::MEMORY_RETENTION_HOURS_DEFAULT,
            magnetic_days: limits::MAGNETIC_RETENTION_DAYS_DEFAULT,
        }
    }
}

impl Retention {
    pub fn memory_ns(self) -> i64 {
        self.memory_hours.saturating_mul(NS_PER_HOUR)
    }

    /// The two periods add up: a record is kept for the memory period and then for the magnetic period.
    pub fn total_ns(self) -> i64 {
        self.memory_ns().saturating_add(self.magnetic_days.saturating_mul(NS_PER_DAY))
    }

    /// The oldest instant a query may still see at `now_ns`.
    pub fn visible_start_ns(self, now_ns: TimestampNs) -> TimestampNs {
        now_ns.saturating_sub(self.total_ns())
    }
}

/// MagneticStoreWriteProperties of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MagneticWrites {
    pub enabled: bool,
    pub rejected_data_location: Option<S3Location>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct S3Location {
    pub bucket_name: Option<String>,
    pub object_key_prefix: Option<String>,
    pub encryption_option: Option<String>,
    pub kms_key_id: Option<String>,
}

/// One element of a table's CompositePartitionKey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartitionKey {
    Measure,
    Dimension { name: String, enforcement: Option<Enforcement> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enforcement {
    Required,
    Optional,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub key: String,
    pub value: String,
}
