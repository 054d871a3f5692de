//! Removes rows that had expired when a table's retention was raised: they must not be seen again (api.md 3.7).
//!
//! UpdateTable only notes what had expired, in the transaction that raises the retention; readers leave it out from then
//! on. Here it is removed, saved by a checkpoint, and then the note is. A crash in between leaves the note.

use std::sync::Arc;

use futures::future::{Either, select};
use model::catalog::{Expired, TableId};
use model::limits;
use tokio::sync::oneshot;

use super::checkpoint::{blocking, finished};
use super::progress::Progress;
use super::saved::EngineTable;
use super::{Engine, Maintenance, Shared};
use crate::error::Result;
use crate::metastore::decide;

/// Stands for the rows of a table that are to be removed, in whichever partition.
const ALL_PARTITIONS: i64 = i64::MIN;

impl Engine {
    /// Makes room for new rows where rows had expired, if the clock is believed.
    ///
    /// # Errors
    /// `Overloaded` when maintenance does something else for long.
    pub(super) async fn remove_expired_of(&self, id: TableId, expired: Expired) -> Result<()> {
        if expired.at_ns > self.shared.trusted_now_ns() {
            return Ok(());
        }
        let (began, has_begun) = oneshot::channel();
        let removing = Arc::clone(&self.shared);
        // A task of its own: a write may be given up at any time, a transaction may not.
        let removal = tokio::spawn(async move {
            let _turn = removing.maintenance.lock().await;
            match began.send(()) {
                Ok(()) => removing.remove_expired_rows(&[id]).await.map(drop),
                Err(()) => Ok(()),
            }
        });
        match select(has_begun, self.shared.write_deadline()).await {
            Either::Left(_) => finished(removal.await),
            Either::Right(_) => Err(self.shared.shed_write()),
        }
    }
}

impl Shared {
    /// Does so for all tables. For the holder of the maintenance lock.
    pub(super) async fn remove_expired(self: &Arc<Self>) -> Result<Maintenance> {
        let ids: Vec<TableId> = self.definitions.visible().tables.keys().copied().collect();
        self.remove_expired_rows(&ids).await
    }

    async fn remove_expired_rows(self: &Arc<Self>, ids: &[TableId]) -> Result<Maintenance> {
        let trusted_ns = self.trusted_now_ns();
        let monotonic_ns = self.parts.clock.monotonic_ns();
        let visible = self.definitions.visible();
        let is_due = |id: &TableId| {
            let expired = visible.catalog.find_table_by_id(*id)?.table.expired?;
            let table = visible.tables.get(id)?;
            let is_possible =
                expired.at_ns <= trusted_ns && !self.damaged.rests(*id, ALL_PARTITIONS, monotonic_ns);
            is_possible.then(|| (*id, expired, Arc::clone(table)))
        };
        let due: Vec<(TableId, Expired, Arc<EngineTable>)> = ids.iter().filter_map(is_due).collect();
        if due.is_empty() {
            return Ok(Maintenance::default());
        }
        let removing = Arc::clone(self);
        let (mut progress, removed) = blocking(move || {
            let (mut progress, mut removed) = (Progress::default(), Vec::new());
            for (id, expired, table) in due {
                match removing.remove_before(&table, expired) {
                    Ok(dropped) => {
                        progress.done.partitions_dropped += dropped;
                        removed.push((id, expired));
                    }
                    Err(error) => {
                        progress.pass_over(error)?;
                        removing.damaged.rest(id, ALL_PARTITIONS, monotonic_ns);
                    }
                }
            }
            Ok((progress, removed))
        })
        .await?;
        let ids: Vec<TableId> = removed.iter().map(|(id, _)| *id).collect();
        progress.done.add(&self.save(&ids).await?);
        for (id, expired) in removed {
            self.change(|catalog| Ok(decide::forget_expired(catalog, id, expired))).await?;
        }
        progress.finish()
    }

    /// Takes all rows before an instant out of a table. Blocks.
    fn remove_before(&self, table: &EngineTable, expired: Expired) -> Result<u64> {
        let before_ns = expired.before_ns;
        let starts: Vec<i64> = table.store.snapshot().partitions.keys().copied().collect();
        let mut dropped = 0;
        for start_ns in starts.into_iter().filter(|start_ns| *start_ns < before_ns) {
            if start_ns.saturating_add(limits::PARTITION_NS) <= before_ns {
                self.publisher.change_unseen(table, || table.store.drop_partition(start_ns));
                dropped += 1;
                continue;
            }
            let removal = table.store.find_before(start_ns, before_ns)?;
            self.publisher.change_unseen(table, || table.store.delete_found(start_ns, &removal));
        }
        table.note_reshaped(self.parts.clock.monotonic_ns());
        Ok(dropped)
    }
}
