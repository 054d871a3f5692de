//! An object that comes in parts: a temporary file that grows, and takes its name when it is complete.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use object_store::path::Path;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};

use super::{Shared, lock, wrap, wrap_storage};
use crate::engine::pressure::leave_free;
use crate::fs::{self, FsFile};

#[derive(Debug)]
pub(super) struct LocalUpload {
    shared: Arc<Shared>,
    location: Path,
    /// The file until it is complete or given up.
    temporary: Option<(PathBuf, Arc<dyn FsFile>)>,
    /// Where the next part begins: parts are told in their order, and may be written in any.
    next_part_at: u64,
}

impl LocalUpload {
    pub fn start(shared: &Arc<Shared>, location: &Path) -> Result<Self> {
        let path = shared.path(location);
        let dir = path.parent().unwrap_or(&shared.root);
        shared.ensure_dir(dir, &mut lock(&shared.known_dirs)).map_err(wrap_storage)?;
        let temporary = fs::temporary_path(&path);
        let file = shared.fs.create_new(&temporary).map_err(|source| wrap(location, source))?;
        Ok(Self {
            shared: Arc::clone(shared),
            location: location.clone(),
            temporary: Some((temporary, file.into())),
            next_part_at: 0,
        })
    }

    fn give_up(&mut self) -> std::io::Result<()> {
        match self.temporary.take() {
            Some((temporary, _)) => self.shared.fs.remove_file(&temporary),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl MultipartUpload for LocalUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let mut at = self.next_part_at;
        self.next_part_at += data.content_length() as u64;
        let file = self.temporary.as_ref().map(|(_, file)| Arc::clone(file));
        let (shared, location) = (Arc::clone(&self.shared), self.location.clone());
        let write = async move {
            let Some(file) = file else { return Err(super::not_implemented("a part after the end")) };
            let (fs, root, leave_bytes) = (&*shared.fs, &shared.root, shared.leave_bytes);
            leave_free(fs, root, data.content_length() as u64, leave_bytes).map_err(wrap_storage)?;
            for bytes in data.iter() {
                file.write_at(bytes, at).map_err(|source| wrap(&location, source))?;
                at += bytes.len() as u64;
            }
            Ok(())
        };
        write.boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let Some((temporary, file)) = &self.temporary else {
            return Err(super::not_implemented("completing twice"));
        };
        let path = self.shared.path(&self.location);
        let settle = || {
            file.sync_all()?;
            self.shared.fs.rename(temporary, &path)?;
            self.shared.fs.sync_dir(path.parent().unwrap_or(&self.shared.root))
        };
        settle().map_err(|source| wrap(&self.location, source))?;
        self.temporary = None;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        self.give_up().map_err(|source| wrap(&self.location, source))
    }
}

impl Drop for LocalUpload {
    fn drop(&mut self) {
        if let Err(error) = self.give_up() {
            // The next start of the server removes it.
            tracing::warn!(object = %self.location, %error, "a file that is no object stays behind");
        }
    }
}
