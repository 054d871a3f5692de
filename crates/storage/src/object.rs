//! Where data files live: any `object_store`, in a folder of this machine by default.
//!
//! [`LocalObjects`] is a durable store on the injected file system (the one that `object_store` ships never syncs).
//! [`DataObjects`] is the only way the magnetic store uses one: create-only puts that survive a lost answer, reads whose
//! size is checked, bounded retries. Knows nothing of what the objects hold. Object names are generated; no user's name
//! becomes part of one.

mod access;
mod buckets;
mod faulty;
mod local;
mod pacing;
mod retry;
pub mod s3;

#[cfg(test)]
mod tests;

pub use access::{DataObjects, Listed, ObjectName, ObjectStats};
pub use buckets::{AllowedBuckets, FolderBuckets, ServiceBuckets};
#[doc(hidden)]
pub use faulty::{FaultyObjects, ObjectFault};
pub use local::LocalObjects;
pub use pacing::{Pacing, TimerPacing};
pub use retry::RetryPolicy;
