//! One object in every store names the data directory that it belongs to. Two directories on one prefix would remove each
//! other's files as garbage.

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use super::S3Location;
use super::probe::unusable;
use crate::data_dir::stores::{Claim, DataDirId};
use crate::error::{Result, StorageError};

/// Of the object.
pub const NAME: &str = "headwater.owner";
const VERSION_LINE: &str = "headwater object store, version 1";

/// Whose a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    Free,
    Ours,
}

/// Finds out whether a store may be used under a claim. Changes nothing.
///
/// # Errors
/// `ObjectStoreUnusable` when it is another data directory's, or does not have what this one has stored.
pub async fn ownership(
    store: &Arc<dyn ObjectStore>,
    location: &S3Location,
    claim: &Claim,
) -> Result<Ownership> {
    let refuse = |reason: &str| {
        Err(StorageError::ObjectStoreUnusable { location: location.to_string(), reason: reason.into() })
    };
    match find_owner(store).await.map_err(|error| unusable(location, &error))? {
        None if claim.is_fresh => Ok(Ownership::Free),
        None => refuse("it holds nothing of this data directory, which has stored data before"),
        Some(text) => match parse(&text) {
            Some(owner) if owner == claim.id => Ok(Ownership::Ours),
            Some(_) => refuse("it belongs to another data directory: choose another prefix"),
            None => refuse("its object headwater.owner is not readable"),
        },
    }
}

/// Marks a store as this directory's, and makes sure that it never overwrites an object that it was told to create.
pub async fn take(store: &Arc<dyn ObjectStore>, location: &S3Location, claim: &Claim) -> Result<()> {
    let refuse = |reason: &str| {
        Err(StorageError::ObjectStoreUnusable { location: location.to_string(), reason: reason.into() })
    };
    if ownership(store, location, claim).await? == Ownership::Free {
        match create(store, &claim.id).await {
            Ok(()) => {}
            // An answer that was lost, or somebody who was faster: the second look tells them apart.
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                ownership(store, location, claim).await?;
            }
            Err(error) => return Err(unusable(location, &error)),
        }
    }
    match create(store, &claim.id).await {
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(()),
        Err(error) => Err(unusable(location, &error)),
        Ok(()) => refuse("it overwrites objects in spite of If-None-Match, which this server relies on"),
    }
}

async fn find_owner(store: &Arc<dyn ObjectStore>) -> Result<Option<Bytes>, Error> {
    match store.get(&Path::from(NAME)).await {
        Ok(found) => found.bytes().await.map(Some),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn create(store: &Arc<dyn ObjectStore>, id: &DataDirId) -> Result<(), Error> {
    let payload = PutPayload::from(format!("{VERSION_LINE}\nowner {id}\n").into_bytes());
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    store.put_opts(&Path::from(NAME), payload, options).await.map(drop)
}

fn parse(text: &[u8]) -> Option<DataDirId> {
    let rest = std::str::from_utf8(text).ok()?.strip_prefix(VERSION_LINE)?.strip_prefix("\nowner ")?;
    DataDirId::parse(rest.strip_suffix('\n')?)
}

#[cfg(test)]
mod tests {
    use std::path::Path as FsPath;

    use futures::executor::block_on;
    use model::entropy::SeededEntropy;
    use object_store::memory::InMemory;

    use super::*;
    use crate::data_dir::DataDir;
    use crate::data_dir::stores::Stores;
    use crate::fs::sim::SimFs;
    use crate::object::{FaultyObjects, ObjectFault};

    fn claim(seed: u64) -> Claim {
        let data_dir = DataDir::open(Arc::new(SimFs::new()), FsPath::new("/data")).unwrap();
        data_dir.claim(Stores::local(), &SeededEntropy::new(seed)).unwrap()
    }

    fn taken(store: &Arc<dyn ObjectStore>, claim: &Claim) -> Result<(), String> {
        block_on(take(store, &S3Location::bucket("abc"), claim)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_store_belongs_to_one_directory() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let ours = claim(1);
        taken(&store, &ours).unwrap();
        taken(&store, &ours).unwrap();
        assert!(taken(&store, &claim(2)).unwrap_err().contains("belongs to another data directory"));
        let later = Claim { is_fresh: false, ..ours };
        taken(&store, &later).unwrap();
        let empty: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        assert!(taken(&empty, &later).unwrap_err().contains("holds nothing of this data directory"));
        assert!(block_on(find_owner(&empty)).unwrap().is_none());
    }

    #[test]
    fn a_lost_answer_is_found_out() {
        for (call, fault) in
            [(2, ObjectFault::LostAnswer), (2, ObjectFault::Conflict), (1, ObjectFault::Unavailable)]
        {
            let faulty = FaultyObjects::new(Arc::new(InMemory::new()));
            let store: Arc<dyn ObjectStore> = Arc::new(faulty.clone());
            faulty.fail_at(call, fault);
            let ours = claim(1);
            // One fault may end a start; the next one succeeds with the same claim.
            let _ = taken(&store, &ours);
            taken(&store, &ours).unwrap();
        }
    }
}
