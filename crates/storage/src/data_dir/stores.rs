//! `DIR/STORES`: which stores beside the directory hold its data, and the name by which they know the directory.
//!
//! A start with other stores would see none of the data and take what it finds for garbage. So the first start writes
//! down what it was given, and every later one compares. A store in turn keeps the directory's id.

use std::fmt;
use std::path::Path;

use model::entropy::Entropy;

use super::DataDir;
use crate::error::{Result, StorageError};
use crate::fs;

/// The version of the file that this release writes, and the newest it reads.
const VERSION: u64 = 1;
const VERSION_PREFIX: &str = "headwater stores, version ";
const ID_DIGITS: usize = 32;

/// What names a data directory to the stores that it uses; unique for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDirId(String);

impl DataDirId {
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(format!("{:016x}{:016x}", entropy.next_u64(), entropy.next_u64()))
    }

    /// Takes the text of an id; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == ID_DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for DataDirId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Places by their names, without secrets and line feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stores {
    /// `local`, or `s3://BUCKET/PREFIX`.
    pub objects: String,
    /// `sqlite`, or `postgres`.
    pub metastore: String,
}

impl Stores {
    /// Everything in the data directory itself.
    pub fn local() -> Self {
        Self { objects: "local".to_owned(), metastore: "sqlite".to_owned() }
    }
}

/// A data directory's hold on its stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub id: DataDirId,
    pub stores: Stores,
    /// Nothing was stored yet, so a store may be empty.
    pub is_fresh: bool,
    #[doc(hidden)]
    pub is_kept: bool,
}

impl DataDir {
    /// Compares the configured stores with those of the earlier starts. Writes nothing: the caller asks the stores first,
    /// so that a mistyped place is not kept.
    ///
    /// # Errors
    /// `OtherStore` when the directory uses another one.
    pub fn claim(&self, configured: Stores, entropy: &dyn Entropy) -> Result<Claim> {
        let is_fresh = self.is_fresh()?;
        let path = self.stores_path();
        let Some(bytes) = fs::find(&*self.fs, &path)? else {
            // Releases before this file knew no other stores.
            if !is_fresh {
                check(&path, &Stores::local(), &configured)?;
            }
            return Ok(Claim { id: DataDirId::new(entropy), stores: configured, is_fresh, is_kept: false });
        };
        let (id, stores) = parse(&path, &bytes)?;
        check(&path, &stores, &configured)?;
        Ok(Claim { id, stores, is_fresh, is_kept: true })
    }

    /// Makes a claim durable.
    pub fn keep(&self, claim: &Claim) -> Result<()> {
        if claim.is_kept {
            return Ok(());
        }
        let Claim { id, stores, .. } = claim;
        let text = format!(
            "{VERSION_PREFIX}{VERSION}\nid {id}\nobjects {}\nmetastore {}\n",
            stores.objects, stores.metastore
        );
        fs::write_durably(&*self.fs, &self.stores_path(), text.as_bytes())
    }

    fn stores_path(&self) -> std::path::PathBuf {
        self.root.join("STORES")
    }

    /// Whether the log was never opened: it is before anything is stored.
    fn is_fresh(&self) -> Result<bool> {
        let wal = self.wal();
        let entries = self.fs.list(&wal).map_err(|source| StorageError::io("list", &wal, source))?;
        Ok(entries.is_empty())
    }
}

fn check(path: &Path, used: &Stores, configured: &Stores) -> Result<()> {
    let refuse = |what: &'static str, used: &str, configured: &str| {
        let (used, configured) = (used.to_owned(), configured.to_owned());
        Err(StorageError::OtherStore { path: path.to_path_buf(), what, used, configured })
    };
    if used.objects != configured.objects {
        return refuse("object store", &used.objects, &configured.objects);
    }
    if used.metastore != configured.metastore {
        return refuse("metastore", &used.metastore, &configured.metastore);
    }
    Ok(())
}

fn parse(path: &Path, bytes: &[u8]) -> Result<(DataDirId, Stores)> {
    let unreadable = || StorageError::DataDirectory {
        path: path.to_path_buf(),
        reason: "the file is not readable".into(),
    };
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
    let mut lines = text.lines();
    let mut value = |key: &str| lines.next().and_then(|line| line.strip_prefix(key)).ok_or_else(unreadable);
    let version: u64 = value(VERSION_PREFIX)?.parse().map_err(|_| unreadable())?;
    if version > VERSION {
        let path = path.to_path_buf();
        return Err(StorageError::NewerVersion {
            path,
            artefact: "stores",
            found: version,
            supported: VERSION,
        });
    }
    let id = DataDirId::parse(value("id ")?).ok_or_else(unreadable)?;
    let stores =
        Stores { objects: value("objects ")?.to_owned(), metastore: value("metastore ")?.to_owned() };
    match (version, lines.next()) {
        (VERSION, None) => Ok((id, stores)),
        _ => Err(unreadable()),
    }
}
