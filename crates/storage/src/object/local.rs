//! A durable object store in a folder: an object is a file that appears whole, after its contents are on the disk.
//!
//! A put writes a temporary file, syncs it, renames it and syncs the folder. Create-only is exact within this process,
//! and the lock of the data directory keeps other processes out. Calls block: they are the file system's.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};

use crate::engine::pressure::leave_free;
use crate::error::StorageError;
use crate::fs::{self, Access, Fs};

mod upload;

use upload::LocalUpload;

const STORE: &str = "local";
/// Ends the name of a file that is not an object yet.
const TEMPORARY_SUFFIX: &str = ".tmp";

/// Objects in a folder. Clones are handles to one store.
#[derive(Debug, Clone)]
pub struct LocalObjects {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    fs: Arc<dyn Fs>,
    root: PathBuf,
    /// Left free by every put.
    leave_bytes: u64,
    /// Folders whose names are durable. Also makes puts one at a time, so that create-only can look before it renames.
    known_dirs: Mutex<BTreeSet<PathBuf>>,
}

impl LocalObjects {
    /// Takes a folder to read from; nothing in it is changed.
    pub fn read_only(fs: Arc<dyn Fs>, root: &FsPath) -> Self {
        let known_dirs = Mutex::new(BTreeSet::from([root.to_path_buf()]));
        Self { shared: Arc::new(Shared { fs, root: root.to_path_buf(), leave_bytes: 0, known_dirs }) }
    }

    /// Takes a folder that exists durably, and removes what a crash left half written.
    pub fn open(fs: Arc<dyn Fs>, root: &FsPath) -> crate::error::Result<Self> {
        Self::open_leaving(fs, root, 0)
    }

    /// As [`LocalObjects::open`]; a put that would leave less than this free on the disk is refused.
    pub fn open_leaving(fs: Arc<dyn Fs>, root: &FsPath, leave_bytes: u64) -> crate::error::Result<Self> {
        let known_dirs = Mutex::new(BTreeSet::from([root.to_path_buf()]));
        let store =
            Self { shared: Arc::new(Shared { fs, root: root.to_path_buf(), leave_bytes, known_dirs }) };
        store.shared.remove_temporaries(root)?;
        Ok(store)
    }
}

impl LocalObjects {
    /// Removes folders without objects, which a crash may have left when their last object was deleted.
    pub fn remove_empty_folders(&self) -> crate::error::Result<()> {
        let root = &self.shared.root;
        let entries = self.shared.fs.list(root).map_err(|source| StorageError::io("list", root, source))?;
        for entry in entries.iter().filter(|entry| entry.is_dir) {
            self.shared.remove_dir_if_empty(&root.join(&entry.name));
        }
        Ok(())
    }
}

impl fmt::Display for LocalObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalObjects({})", self.shared.root.display())
    }
}

impl Shared {
    fn path(&self, location: &Path) -> PathBuf {
        location.parts().fold(self.root.clone(), |path, part| path.join(part.as_ref()))
    }

    fn put(&self, location: &Path, payload: &PutPayload, mode: &PutMode) -> Result<()> {
        let path = self.path(location);
        let object_bytes = payload.content_length() as u64;
        leave_free(&*self.fs, &self.root, object_bytes, self.leave_bytes).map_err(wrap_storage)?;
        let mut known_dirs = lock(&self.known_dirs);
        match mode {
            PutMode::Overwrite => {}
            PutMode::Create => {
                if self.find_len(&path).map_err(|source| wrap(location, source))?.is_some() {
                    let source = io::Error::from(io::ErrorKind::AlreadyExists);
                    return Err(Error::AlreadyExists { path: location.to_string(), source: source.into() });
                }
            }
            PutMode::Update(_) => return Err(not_implemented("conditional update")),
        }
        self.ensure_dir(path.parent().unwrap_or(&self.root), &mut known_dirs).map_err(wrap_storage)?;
        let bytes: Vec<u8> = payload.iter().flat_map(|part| part.iter().copied()).collect();
        fs::write_durably(&*self.fs, &path, &bytes).map_err(wrap_storage)
    }

    /// Makes a folder and those above it, down from the root, each durable before the next.
    fn ensure_dir(&self, dir: &FsPath, known_dirs: &mut BTreeSet<PathBuf>) -> crate::error::Result<()> {
        if known_dirs.contains(dir) {
            return Ok(());
        }
        if let Some(parent) = dir.parent().filter(|parent| parent.starts_with(&self.root)) {
            self.ensure_dir(parent, known_dirs)?;
        }
        fs::create_dir_durably(&*self.fs, dir)?;
        known_dirs.insert(dir.to_path_buf());
        Ok(())
    }

    /// The length of an object; `None` when there is none.
    fn find_len(&self, path: &FsPath) -> io::Result<Option<u64>> {
        match self.fs.open(path, Access::Read) {
            Ok(file) => file.len_bytes().map(Some),
            Err(source) if is_missing(&source) => Ok(None),
            Err(source) => Err(source),
        }
    }

    /// Reads ranges; what lies behind the end of the object is left out.
    fn read_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let path = self.path(location);
        let read = || {
            let file = self.fs.open(&path, Access::Read)?;
            let len_bytes = file.len_bytes()?;
            ranges
                .iter()
                .map(|range| {
                    let length = range.end.min(len_bytes).saturating_sub(range.start);
                    let mut buffer = vec![0; usize_of(length)?];
                    fs::read_exact_at(&*file, &mut buffer, range.start)?;
                    Ok(Bytes::from(buffer))
                })
                .collect::<io::Result<Vec<Bytes>>>()
        };
        read().map_err(|source| wrap(location, source))
    }

    /// Removes an object durably; a missing one is an error, as it is for other local stores.
    fn delete(&self, location: &Path) -> Result<()> {
        let path = self.path(location);
        let dir = path.parent().unwrap_or(&self.root);
        let remove = || {
            self.fs.remove_file(&path)?;
            self.fs.sync_dir(dir)
        };
        remove().map_err(|source| wrap(location, source))?;
        self.remove_dir_if_empty(dir);
        Ok(())
    }

    /// Removes a folder without objects, and those above it. What can't be removed now stays until its next object goes.
    fn remove_dir_if_empty(&self, dir: &FsPath) {
        // Held, so that no put relies on the folder meanwhile.
        let mut known_dirs = lock(&self.known_dirs);
        for dir in dir.ancestors().take_while(|dir| *dir != self.root && dir.starts_with(&self.root)) {
            if self.fs.remove_dir(dir).is_err() {
                return;
            }
            known_dirs.remove(dir);
        }
    }

    /// All objects below a folder, in the order of their names.
    fn list(&self, dir: &FsPath, prefix: &Path, objects: &mut Vec<ObjectMeta>) -> io::Result<()> {
        let entries = match self.fs.list(dir) {
            Err(source) if is_missing(&source) => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let location = Path::from_iter(prefix.parts().chain([entry.name.as_str().into()]));
            if entry.is_dir {
                self.list(&dir.join(&entry.name), &location, objects)?;
            } else if !entry.name.ends_with(TEMPORARY_SUFFIX) {
                objects.push(meta(location, entry.len_bytes));
            }
        }
        Ok(())
    }

    fn list_below(&self, prefix: Option<&Path>) -> Result<Vec<ObjectMeta>> {
        let prefix = prefix.cloned().unwrap_or_default();
        let mut objects = Vec::new();
        self.list(&self.path(&prefix), &prefix, &mut objects).map_err(|source| wrap(&prefix, source))?;
        Ok(objects)
    }

    fn remove_temporaries(&self, dir: &FsPath) -> crate::error::Result<()> {
        let entries = self.fs.list(dir).map_err(|source| StorageError::io("list", dir, source))?;
        for entry in entries {
            let path = dir.join(&entry.name);
            if entry.is_dir {
                self.remove_temporaries(&path)?;
            } else if entry.name.ends_with(TEMPORARY_SUFFIX) {
                fs::remove_file_if_exists(&*self.fs, &path)?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl ObjectStore for LocalObjects {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.shared.put(location, &payload, &options.mode)?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(LocalUpload::start(&self.shared, location)?))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let path = self.shared.path(location);
        let len_bytes = self.shared.find_len(&path).map_err(|source| wrap(location, source))?;
        let len_bytes = len_bytes.ok_or_else(|| wrap(location, io::ErrorKind::NotFound.into()))?;
        let meta = meta(location.clone(), len_bytes);
        options.check_preconditions(&meta)?;
        let range = match options.range {
            None => 0..len_bytes,
            Some(GetRange::Bounded(range)) => range.start..range.end.min(len_bytes),
            Some(GetRange::Offset(start)) => start..len_bytes,
            Some(GetRange::Suffix(count)) => len_bytes.saturating_sub(count)..len_bytes,
        };
        if range.start > len_bytes {
            return Err(wrap(location, io::ErrorKind::UnexpectedEof.into()));
        }
        let wanted = if options.head { 0..0 } else { range.clone() };
        let parts = self.shared.read_ranges(location, std::slice::from_ref(&wanted))?;
        let payload = GetResultPayload::Stream(stream::iter(parts.into_iter().map(Ok)).boxed());
        Ok(GetResult { payload, meta, range, attributes: Attributes::default() })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.shared.read_ranges(location, ranges)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let shared = Arc::clone(&self.shared);
        let delete = move |location: Result<Path>| {
            let location = location?;
            shared.delete(&location)?;
            Ok(location)
        };
        locations.map(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.shared.list_below(prefix) {
            Ok(objects) => stream::iter(objects.into_iter().map(Ok)).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let depth = prefix.map_or(0, |prefix| prefix.parts().count());
        let mut listed = ListResult { common_prefixes: Vec::new(), objects: Vec::new() };
        for object in self.shared.list_below(prefix)? {
            if object.location.parts().count() == depth + 1 {
                listed.objects.push(object);
                continue;
            }
            let folder = Path::from_iter(object.location.parts().take(depth + 1));
            if listed.common_prefixes.last() != Some(&folder) {
                listed.common_prefixes.push(folder);
            }
        }
        Ok(listed)
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(not_implemented("copy"))
    }
}

fn meta(location: Path, size: u64) -> ObjectMeta {
    // The file system seam has no times: nobody decides by an object's age.
    ObjectMeta { location, last_modified: Default::default(), size, e_tag: None, version: None }
}

fn wrap(location: &Path, source: io::Error) -> Error {
    let path = location.to_string();
    if is_missing(&source) {
        return Error::NotFound { path, source: source.into() };
    }
    wrap_storage(StorageError::io("object store", FsPath::new(&path), source))
}

fn wrap_storage(error: StorageError) -> Error {
    Error::Generic { store: STORE, source: Box::new(error) }
}

fn not_implemented(operation: &str) -> Error {
    Error::NotImplemented { operation: operation.to_owned(), implementer: STORE.to_owned() }
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn usize_of(bytes: u64) -> io::Result<usize> {
    usize::try_from(bytes).map_err(|_| io::ErrorKind::FileTooLarge.into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
