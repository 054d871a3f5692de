//! Makes entries visible in the order of the log, and keeps for every open view what it must not see change.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use model::catalog::TableId;
use model::clock::Clock;

use super::saved::EngineTable;
use crate::error::Result;
use crate::memory::snapshot::TableSnapshot;
use crate::memory::writer::Addition;
use crate::wal::Lsn;

/// The snapshots one view holds. Missing ones are taken when first asked for, or just before the table changes.
pub(super) type Pins = Mutex<HashMap<TableId, Arc<TableSnapshot>>>;

/// Shared with the log's thread; does not own the log.
#[derive(Debug)]
pub(super) struct Publisher {
    clock: Arc<dyn Clock>,
    /// Held while anything becomes visible. So a view is one moment, though it takes its snapshots later.
    views: Mutex<Vec<Weak<Pins>>>,
    published_lsn: AtomicU64,
    is_broken: AtomicBool,
}

impl Publisher {
    /// `published_lsn` is the last position that recovery has seen, 0 for none.
    pub(super) fn new(clock: Arc<dyn Clock>, published_lsn: u64) -> Self {
        Self {
            clock,
            views: Mutex::default(),
            published_lsn: AtomicU64::new(published_lsn),
            is_broken: AtomicBool::new(false),
        }
    }

    /// Everything up to this position is visible. To be read before looking at tables.
    pub(super) fn published_lsn(&self) -> u64 {
        self.published_lsn.load(Ordering::Acquire)
    }

    /// Whether a table could not take an addition that is durable.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }

    pub(super) fn publish(&self, table: &EngineTable, addition: &Addition, lsn: Lsn) -> Result<()> {
        let views = self.lock_views();
        pin_for_all(&views, table);
        let published = table.store.publish(addition, lsn, self.clock.monotonic_ns());
        if let Err(error) = &published {
            tracing::error!(%error, table = table.store.id.0, "a durable entry can't be shown");
            self.is_broken.store(true, Ordering::Release);
        }
        self.published_lsn.store(lsn.0, Ordering::Release);
        published
    }

    /// Opens a view of this moment; `look` runs within it.
    pub(super) fn open_view<T>(&self, look: impl FnOnce() -> T) -> (Arc<Pins>, T) {
        let mut views = self.lock_views();
        views.retain(|view| view.strong_count() > 0);
        let pins = Arc::new(Pins::default());
        views.push(Arc::downgrade(&pins));
        (pins, look())
    }

    /// What a view sees of a table.
    pub(super) fn pin(&self, pins: &Pins, table: &EngineTable) -> Arc<TableSnapshot> {
        let _views = self.lock_views();
        let mut pins = pins.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pins.entry(table.store.id).or_insert_with(|| table.store.snapshot()))
    }

    /// Runs `change`, which takes rows away, so that open views do not notice.
    pub(super) fn change_unseen(&self, table: &EngineTable, change: impl FnOnce()) {
        let views = self.lock_views();
        pin_for_all(&views, table);
        change();
    }

    fn lock_views(&self) -> MutexGuard<'_, Vec<Weak<Pins>>> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pin_for_all(views: &[Weak<Pins>], table: &EngineTable) {
    for pins in views.iter().filter_map(Weak::upgrade) {
        let mut pins = pins.lock().unwrap_or_else(PoisonError::into_inner);
        pins.entry(table.store.id).or_insert_with(|| table.store.snapshot());
    }
}
