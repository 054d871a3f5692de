//! Checkpoints: files for what is only in the log, one metastore transaction that lists them, then the log is cut.

mod draft;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::catalog::TableId;
use tokio::task::JoinError;

use super::saved::EngineTable;
use super::{Maintenance, Shared};
use crate::error::{Result, StorageError};
use crate::memory::run::StoredFile;
use crate::metastore::Change;
use crate::wal::Lsn;
use draft::Draft;

/// Saves tables and cuts the log. Tables deleted meanwhile are left out.
pub(super) async fn checkpoint(shared: &Arc<Shared>, ids: &[TableId]) -> Result<Maintenance> {
    let visible = shared.definitions.visible();
    let tables: Vec<Arc<EngineTable>> = ids.iter().filter_map(|id| visible.tables.get(id).cloned()).collect();
    let writing = Arc::clone(shared);
    let drafts = blocking(move || write_all(&writing, tables)).await?;
    let mut done = Maintenance::default();
    let log_start = commit(shared, &drafts, &mut done).await?;
    let cutting = Arc::clone(shared);
    done.segments_removed = blocking(move || cutting.truncate_log(log_start)).await?;
    Ok(done)
}

/// Runs what blocks away from the threads that serve requests.
pub(super) async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    finished(tokio::task::spawn_blocking(action).await)
}

/// The outcome of a task, which may have panicked.
pub(super) fn finished<T>(outcome: Result<Result<T>, JoinError>) -> Result<T> {
    outcome.unwrap_or_else(|failure| Err(StorageError::Background { reason: failure.to_string().into() }))
}

fn write_all(shared: &Shared, tables: Vec<Arc<EngineTable>>) -> Result<Vec<Draft>> {
    let drafts: Vec<Draft> =
        tables.into_iter().map(|table| Draft::write(shared, table)).collect::<Result<_>>()?;
    if drafts.iter().any(Draft::has_new_names) {
        shared.sync_memory_dir()?;
    }
    Ok(drafts)
}

/// Commits the drafts of tables that still exist. Returns from where recovery has to read the log now.
async fn commit(shared: &Arc<Shared>, drafts: &[Draft], done: &mut Maintenance) -> Result<Lsn> {
    let mut committer = shared.definitions.committer().await;
    let visible = shared.definitions.visible();
    let is_live = |draft: &&Draft| visible.tables.contains_key(&draft.id());
    let drafted: HashSet<TableId> = drafts.iter().map(Draft::id).collect();
    // The position first, the tables after: what becomes visible in between is found in its table.
    let published_lsn = shared.publisher.published_lsn();
    let first_unsaved = visible.tables.iter().filter_map(|(id, table)| {
        let published = table.store.published();
        let first = if drafted.contains(id) { published.first_behind_cut } else { published.first_unsaved };
        first.map(|(lsn, _)| lsn)
    });
    let log_start = first_unsaved.min().unwrap_or(Lsn(published_lsn + 1)).min(Lsn(published_lsn + 1));
    let mut changes: Vec<Change> =
        drafts.iter().filter(is_live).flat_map(|draft| draft.changes().iter().cloned()).collect();
    changes.push(Change::SetLogStart(log_start));
    let trusted_ns = shared.trusted_now_ns();
    changes.push(Change::SetTrustedClock(trusted_ns));
    if let Err(error) = committer.commit(&*shared.parts.metastore, &changes).await {
        if committer.is_in_doubt() {
            // The metastore may list the new files.
            drafts.iter().for_each(Draft::keep_files);
        }
        return Err(error);
    }
    shared.saved_clock_ns.store(trusted_ns, Ordering::Relaxed);
    for draft in drafts.iter().filter(is_live) {
        draft.settle(shared, done);
    }
    Ok(log_start)
}

impl Shared {
    /// Writes a file under a new name and makes its contents durable; its name is durable after `sync_memory_dir`.
    fn write_memory_file(&self, extension: &str, bytes: &[u8]) -> Result<Arc<StoredFile>> {
        let name =
            format!("{:016x}-{:016x}.{extension}", self.parts.clock.now_ns(), self.parts.entropy.next_u64());
        let path: PathBuf = self.memory.dir.join(&name);
        self.leave_free_of_checkpoints(bytes.len() as u64)?;
        let wrap = |call: &'static str| {
            let path = path.clone();
            move |source| StorageError::io(call, &path, source)
        };
        let file = self.memory.fs.create_new(&path).map_err(wrap("create"))?;
        let stored = Arc::new(StoredFile::new(&self.memory, name, bytes.len() as u64, crc32c::crc32c(bytes)));
        stored.mark_removed();
        file.write_at(bytes, 0).map_err(wrap("write"))?;
        file.sync_all().map_err(wrap("fsync"))?;
        Ok(stored)
    }

    fn sync_memory_dir(&self) -> Result<()> {
        let dir = &self.memory.dir;
        self.memory.fs.sync_dir(dir).map_err(|source| StorageError::io("fsync of directory", dir, source))
    }

    fn truncate_log(&self, log_start: Lsn) -> Result<u64> {
        let wal = self.wal.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let removed = wal.as_ref().map(|wal| wal.truncate_before(log_start)).transpose()?;
        Ok(removed.unwrap_or(0) as u64)
    }
}
