//! Why one record of a WriteRecords request was not stored, in the words of AWS (api.md 3.8).

use std::fmt;

use crate::clock::TimestampNs;
use crate::schema::ColumnType;
use crate::time::format_iso_ms;

#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// A stored record of the same version has another value (text A).
    SameVersion,
    /// A stored record has a higher version (text B).
    LowerVersion { version: i64, existing_version: i64 },
    /// Older or newer than the memory store accepts, and magnetic store writes are disabled (text C).
    OutsideMemoryStore { start_ns: TimestampNs, end_ns: TimestampNs },
    /// Older or newer than both stores accept (text D).
    OutsideIngestionWindow { start_ns: TimestampNs, end_ns: TimestampNs },
    /// A multi-measure attribute is stored with another type.
    TypeConflict { name: String, stored: ColumnType, written: ColumnType },
    /// A name is already used by a dimension and can't become an attribute, or the other way round.
    NameConflict { name: String },
    /// A count or size limit; `what` names it and its maximum.
    LimitExceeded { what: &'static str, max: usize },
    /// The table requires this partition key dimension in every record.
    PartitionKeyMissing { name: String },
}

impl Rejection {
    /// The stored version, where the caller needs it to write a higher one.
    pub fn existing_version(&self) -> Option<i64> {
        match self {
            Self::LowerVersion { existing_version, .. } => Some(*existing_version),
            _ => None,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameVersion => f.write_str(
                "A record already exists with the same time, dimensions, measure name, and record version. \
                 A higher record version must be specified in order to update the measure value. \
                 Specifying record version is supported by the latest SDKs.",
            ),
            Self::LowerVersion { version, existing_version } => write!(
                f,
                "The record version {version} is lower than the existing version {existing_version}. \
                 A higher version is required to update the measure value."
            ),
            Self::OutsideMemoryStore { start_ns, end_ns } => write!(
                f,
                "The record timestamp is outside the time range [{}, {}) of the memory store.",
                format_iso_ms(*start_ns),
                format_iso_ms(*end_ns)
            ),
            Self::OutsideIngestionWindow { start_ns, end_ns } => write!(
                f,
                "The record timestamp is outside the time range [{}, {}) of the data ingestion window.",
                format_iso_ms(*start_ns),
                format_iso_ms(*end_ns)
            ),
            Self::TypeConflict { name, stored, written } => write!(
                f,
                "The measure '{name}' is stored with type {} and can't be written with type {}.",
                stored.sql_name(),
                written.sql_name()
            ),
            Self::NameConflict { name } => {
                write!(f, "The name '{name}' can't be both a dimension and a measure of the same table.")
            }
            Self::LimitExceeded { what, max } => write!(f, "The record exceeds the limit of {max} {what}."),
            Self::PartitionKeyMissing { name } => {
                write!(f, "The record must have the dimension '{name}', the partition key of the table.")
            }
        }
    }
}
