//! The caller's side of a query: its columns, its rows in chunks or pages, its progress, its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::control::Signals;
use crate::bound::OutputColumn;
use crate::error::SqlError;

/// Rows as JSON objects of the Query API, one after the other without anything between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncodedRows {
    pub json: Vec<u8>,
    /// Where each row ends within `json`, ascending.
    pub ends: Vec<usize>,
    pub(super) is_last: bool,
}

/// Some rows, ready to be embedded in a list: JSON objects with commas between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub rows_json: Vec<u8>,
    pub rows: usize,
    /// No rows come after these.
    pub last: bool,
}

/// How far a query is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// From 0 to 100.
    pub percentage: f64,
    pub bytes_scanned: u64,
    /// How many tables it reads; one that is read twice counts twice.
    pub tables: u64,
    /// Set once an UNLOAD has written all it writes.
    pub unloaded: Option<Unloaded>,
}

/// What an UNLOAD wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unloaded {
    /// 0 without partition columns.
    pub partitions: u64,
    pub rows: u64,
    /// Bytes of the files with results.
    pub bytes: u64,
}

/// All rows of a result as text; NULL is `None`.
#[derive(Debug, Clone)]
pub struct TextResult {
    pub columns: Arc<[OutputColumn]>,
    pub rows: Vec<Vec<Option<String>>>,
}

/// A statement at work. Dropping it cancels it.
#[derive(Debug)]
pub struct RunningQuery {
    signals: Arc<Signals>,
    receiver: mpsc::Receiver<EncodedRows>,
    /// What was received and not handed on yet, from row `taken`.
    pending: EncodedRows,
    taken: usize,
    is_complete: bool,
}

impl RunningQuery {
    pub(super) fn new(signals: Arc<Signals>, receiver: mpsc::Receiver<EncodedRows>) -> Self {
        Self { signals, receiver, pending: EncodedRows::default(), taken: 0, is_complete: false }
    }

    /// What the query's work asks whether it may go on.
    #[cfg(test)]
    pub(super) fn sign(&self) -> Arc<crate::functions::stop::StopSign> {
        Arc::clone(&self.signals.sign)
    }

    /// Waits until the query waits for whoever takes its rows.
    #[cfg(test)]
    pub(super) async fn parked(&self) {
        self.signals.parked.subscribe().wait_for(|parked| *parked).await.unwrap();
    }

    /// The columns of the result; known once the statement is analyzed.
    pub async fn columns(&self) -> Result<Arc<[OutputColumn]>, SqlError> {
        self.signals.columns().await
    }

    /// The next rows as they come; `None` after the last. The future may be dropped without losing rows.
    pub async fn next_rows(&mut self) -> Result<Option<EncodedRows>, SqlError> {
        if self.taken < self.pending.ends.len() {
            let start = self.start_of(self.taken);
            let ends = self.pending.ends.drain(..).skip(self.taken).map(|end| end - start).collect();
            let json = self.pending.json.split_off(start);
            (self.pending, self.taken) = (EncodedRows::default(), 0);
            return Ok(Some(EncodedRows { json, ends, is_last: false }));
        }
        Ok(match self.receive().await? {
            true => {
                self.taken = 0;
                Some(std::mem::take(&mut self.pending))
            }
            false => None,
        })
    }

    /// The next page: at most `rows_max` rows and `bytes_max` bytes, but at least one row unless there are none. The
    /// future may be dropped without losing rows.
    pub async fn next_page(&mut self, rows_max: usize, bytes_max: usize) -> Result<Page, SqlError> {
        // Rows stay where they are until the page is complete.
        let mut rows = self.fitting(rows_max, bytes_max);
        while rows == self.pending.ends.len() - self.taken && rows < rows_max && !self.is_complete {
            self.receive_more().await?;
            rows = self.fitting(rows_max, bytes_max);
        }
        if rows == self.pending.ends.len() - self.taken && !self.is_complete {
            // Whether more comes decides whether this page is the last.
            self.receive_more().await?;
        }
        let mut page = Page { rows, ..Page::default() };
        for row in self.taken..self.taken + rows {
            if !page.rows_json.is_empty() {
                page.rows_json.push(b',');
            }
            let (start, end) = (self.start_of(row), self.end_of(row));
            page.rows_json.extend_from_slice(self.pending.json.get(start..end).unwrap_or_default());
        }
        self.taken += rows;
        page.last = self.is_complete && self.taken == self.pending.ends.len();
        Ok(page)
    }

    pub fn progress(&self) -> Progress {
        let meter = &self.signals.meter;
        Progress {
            percentage: if self.is_complete { 100.0 } else { meter.percentage() },
            bytes_scanned: meter.bytes_scanned(),
            tables: self.signals.tables.load(Ordering::Relaxed),
            unloaded: self.signals.unloaded.get().copied(),
        }
    }

    /// Ends the query; whoever waits for its rows gets [`SqlError::Cancelled`].
    pub fn cancel(&self) {
        self.signals.end(SqlError::Cancelled);
    }

    /// How many pending rows fit a page.
    fn fitting(&self, rows_max: usize, bytes_max: usize) -> usize {
        let start = self.start_of(self.taken);
        let ends = self.pending.ends.iter().skip(self.taken).take(rows_max);
        let fitting = ends.enumerate().take_while(|(row, end)| *end - start + row <= bytes_max).count();
        let has_rows = self.taken < self.pending.ends.len() && rows_max > 0;
        fitting.max(usize::from(has_rows))
    }

    fn start_of(&self, row: usize) -> usize {
        row.checked_sub(1).map_or(0, |before| self.end_of(before))
    }

    fn end_of(&self, row: usize) -> usize {
        self.pending.ends.get(row).copied().unwrap_or(self.pending.json.len())
    }

    /// Appends the next chunk to what is pending.
    async fn receive_more(&mut self) -> Result<(), SqlError> {
        let start = self.start_of(self.taken);
        self.pending.json.drain(..start);
        self.pending.ends.drain(..self.taken);
        self.pending.ends.iter_mut().for_each(|end| *end -= start);
        self.taken = 0;
        let kept = std::mem::take(&mut self.pending);
        let received = self.receive().await;
        let more = std::mem::replace(&mut self.pending, kept);
        if received? {
            let shift = self.pending.json.len();
            self.pending.json.extend_from_slice(&more.json);
            self.pending.ends.extend(more.ends.iter().map(|end| end + shift));
        }
        Ok(())
    }

    /// Receives the next chunk in the place of what is pending; `false` when there is none.
    async fn receive(&mut self) -> Result<bool, SqlError> {
        if self.is_complete {
            return Ok(false);
        }
        let received = tokio::select! {
            biased;
            () = self.signals.stopped() => return Err(self.signals.reason()),
            received = self.receiver.recv() => received,
        };
        match received {
            Some(chunk) if chunk.is_last => {
                self.is_complete = true;
                Ok(false)
            }
            Some(chunk) => {
                self.pending = chunk;
                Ok(true)
            }
            None => {
                // The work is gone without a word.
                self.signals.end(SqlError::Internal);
                Err(self.signals.reason())
            }
        }
    }
}

impl Drop for RunningQuery {
    fn drop(&mut self) {
        if !self.is_complete {
            self.signals.end(SqlError::Cancelled);
        }
    }
}
