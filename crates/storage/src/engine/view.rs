//! Read views: the side of the engine that queries see.

use std::sync::Arc;

use model::catalog::TableId;
use model::clock::TimestampNs;
use model::scan::{ReadView, Scan, ScanError, ScanRequest, ScanSource, TableView, TimeRange};

use super::Engine;
use super::catalog::Visible;
use super::publisher::{Pins, Publisher};
use crate::memory::scan;

/// The share of the memory store's memory that views may hold besides: queries that run need some.
const READERS_SHARE: u64 = 2;

#[derive(Debug)]
struct EngineView {
    now_ns: TimestampNs,
    visible: Visible,
    pins: Arc<Pins>,
    publisher: Arc<Publisher>,
}

impl ScanSource for Engine {
    fn read_view(&self, now_ns: TimestampNs) -> Arc<dyn ReadView> {
        let publisher = Arc::clone(&self.shared.publisher);
        let (pins, visible) = publisher.open_view(|| self.shared.definitions.visible());
        Arc::new(EngineView { now_ns, visible, pins, publisher })
    }

    fn views_hold_too_much(&self) -> bool {
        let memory = &self.shared.memory;
        memory.readers_bytes() > memory.memory_bytes_max / READERS_SHARE
    }
}

impl ReadView for EngineView {
    fn databases(&self) -> Vec<String> {
        self.visible.catalog.databases().map(|entry| entry.database.name.clone()).collect()
    }

    fn tables(&self, database: &str) -> Option<Vec<String>> {
        Some(self.visible.catalog.find_database(database)?.tables.keys().cloned().collect())
    }

    fn find_table(&self, database: &str, table: &str) -> Option<TableView> {
        let entry = self.visible.catalog.find_table(database, table)?;
        let snapshot = self.publisher.pin(&self.pins, self.visible.tables.get(&entry.table.id)?);
        Some(TableView { table: Arc::clone(&entry.table), schema: Arc::clone(&snapshot.schema) })
    }

    fn scan(&self, table: TableId, request: &ScanRequest) -> Result<Scan, ScanError> {
        let entry = self.visible.catalog.find_table_by_id(table).ok_or(ScanError::TableGone)?;
        let engine_table = self.visible.tables.get(&table).ok_or(ScanError::TableGone)?;
        let snapshot = self.publisher.pin(&self.pins, engine_table);
        let start_ns = entry.table.visible_start_ns(self.now_ns);
        let visible = TimeRange { start_ns, end_ns: i64::MAX };
        let request = ScanRequest { time_range: request.time_range.intersect(&visible), ..request.clone() };
        scan::plan(&snapshot, entry.table.retention, self.now_ns, &request)
    }
}
