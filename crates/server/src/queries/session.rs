//! One query: its source of rows, the page that can be repeated, and how it ended.

use std::pin::pin;
use std::sync::Mutex as StdMutex;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use model::limits;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use wire::ApiError;
use wire::query::output::{QueryInsightsResponse, QueryStatus};
use wire::query_page::QueryPage;

use super::page::{PageLimits, Pending, fill};
use super::source::{Progress, RowSource};
use super::{Cancellation, cancelled, invalid_token};

/// What a call for a page gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The page after the last one.
    Make,
    /// The last page again.
    Repeat,
    /// The first page again, for a repeated call without NextToken.
    RepeatFirst,
    Refuse,
}

/// The pages of a query so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Served {
    /// How many pages were made.
    pub pages: u32,
    /// How often the last one was asked for.
    pub uses: u32,
}

/// Decides what a call for page `number` gets. A token is good for a number of uses, and the use of a newer one ends
/// it; the first page is asked for without token, and so as often as wanted.
pub fn decide(served: Served, number: u32) -> Decision {
    if number == served.pages {
        return Decision::Make;
    }
    if number == 0 {
        return Decision::RepeatFirst;
    }
    if number + 1 == served.pages && served.uses < limits::NEXT_TOKEN_USES_MAX {
        return Decision::Repeat;
    }
    Decision::Refuse
}

/// A page, and what making it added to the totals; nothing for a repeated one.
#[derive(Debug)]
pub struct PageAnswer {
    pub body: Bytes,
    pub new_rows: u64,
    pub new_bytes_metered: u64,
}

impl PageAnswer {
    fn repeated(body: &Bytes) -> Self {
        Self { body: body.clone(), new_rows: 0, new_bytes_metered: 0 }
    }
}

/// A query whose results can be asked for.
#[derive(Debug)]
pub struct Session {
    id: String,
    principal: String,
    cancel: CancellationToken,
    state: Mutex<State>,
    summary: StdMutex<Summary>,
}

/// What can be read while a page is being made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    pub has_ended: bool,
    pub kept_bytes: usize,
}

#[derive(Debug)]
struct State {
    rows: Option<Box<dyn RowSource>>,
    column_info: Option<Bytes>,
    pending: Pending,
    served: Served,
    first: Bytes,
    last: Bytes,
    rows_sent: u64,
    bytes_sent: u64,
    bytes_metered_counted: u64,
    progress: Progress,
    failure: Option<ApiError>,
}

impl Session {
    pub fn new(id: String, principal: String, rows: Box<dyn RowSource>) -> Self {
        let state = State {
            rows: Some(rows),
            column_info: None,
            pending: Pending::default(),
            served: Served::default(),
            first: Bytes::new(),
            last: Bytes::new(),
            rows_sent: 0,
            bytes_sent: 0,
            bytes_metered_counted: 0,
            progress: Progress::default(),
            failure: None,
        };
        let (cancel, summary) = (CancellationToken::new(), StdMutex::new(Summary::default()));
        Self { id, principal, cancel, state: Mutex::new(state), summary }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn principal(&self) -> &str {
        &self.principal
    }

    pub fn summary(&self) -> Summary {
        *self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the query; `None` when it has ended by itself.
    pub fn cancel(&self) -> Option<Cancellation> {
        if self.cancel.is_cancelled() {
            return Some(Cancellation::DoneBefore);
        }
        if self.summary().has_ended {
            return None;
        }
        self.cancel.cancel();
        // Whoever makes a page now sees the cancellation and drops the rows; else they are dropped here.
        if let Ok(mut state) = self.state.try_lock() {
            self.end(&mut state, Some(cancelled()));
        }
        Some(Cancellation::Done)
    }

    /// Answers page `number`. `seal` makes the token of a page.
    pub async fn page(
        &self,
        number: u32,
        page_limits: PageLimits,
        wait: Duration,
        with_insights: bool,
        seal: impl Fn(u32) -> Option<String>,
    ) -> Result<PageAnswer, ApiError> {
        let mut state = self.state.lock().await;
        if self.cancel.is_cancelled() {
            self.end(&mut state, Some(cancelled()));
            return Err(cancelled());
        }
        match (decide(state.served, number), &state.failure) {
            (Decision::Refuse, _) => Err(invalid_token()),
            // The pages before the failure were let go with the rows.
            (_, Some(failure)) => Err(failure.clone()),
            (Decision::RepeatFirst, None) => Ok(PageAnswer::repeated(&state.first)),
            (Decision::Repeat, None) => {
                state.served.uses += 1;
                Ok(PageAnswer::repeated(&state.last))
            }
            (Decision::Make, None) => {
                let made = tokio::select! {
                    biased;
                    () = self.cancel.cancelled() => Err(cancelled()),
                    made = self.make(&mut state, page_limits, wait, with_insights, seal) => made,
                };
                if let Err(failure) = &made {
                    self.end(&mut state, Some(failure.clone()));
                }
                made
            }
        }
    }

    async fn make(
        &self,
        state: &mut State,
        page_limits: PageLimits,
        wait: Duration,
        with_insights: bool,
        seal: impl Fn(u32) -> Option<String>,
    ) -> Result<PageAnswer, ApiError> {
        let column_info = state.column_info().await?;
        let mut page = QueryPage::start(&self.id, &column_info)?;
        let has_more = state.fill(&mut page, page_limits, wait).await?;
        let number = state.served.pages;
        let next_token = match has_more {
            true => Some(seal(number + 1).ok_or_else(ApiError::internal)?),
            false => None,
        };
        let new_rows = page.rows() as u64;
        let new_bytes_metered = state.progress.bytes_metered.saturating_sub(state.bytes_metered_counted);
        state.bytes_metered_counted += new_bytes_metered;
        state.rows_sent += new_rows;
        state.bytes_sent += page.len_bytes() as u64;
        let insights = with_insights.then(|| state.insights());
        let body = Bytes::from(page.finish(&state.status(), next_token.as_deref(), insights.as_ref())?);
        state.served = Served { pages: number + 1, uses: 1 };
        state.last = body.clone();
        if number == 0 {
            state.first = state.last.clone();
        }
        if has_more {
            self.publish(state, false);
        } else {
            self.end(state, None);
        }
        Ok(PageAnswer { body, new_rows, new_bytes_metered })
    }

    /// Lets go of the rows. Without failure the last page can still be repeated.
    fn end(&self, state: &mut State, failure: Option<ApiError>) {
        state.rows = None;
        state.pending = Pending::default();
        if failure.is_some() {
            state.last = Bytes::new();
            state.first = Bytes::new();
        }
        state.failure = failure;
        self.publish(state, true);
    }

    fn publish(&self, state: &State, has_ended: bool) {
        let last_bytes = if state.served.pages > 1 { state.last.len() } else { 0 };
        let summary = Summary { has_ended, kept_bytes: state.first.len() + last_bytes };
        *self.summary.lock().unwrap_or_else(PoisonError::into_inner) = summary;
    }
}

impl State {
    async fn column_info(&mut self) -> Result<Bytes, ApiError> {
        if let Some(column_info) = &self.column_info {
            return Ok(column_info.clone());
        }
        let rows = self.rows.as_mut().ok_or_else(ApiError::internal)?;
        let column_info = rows.column_info().await?;
        self.column_info = Some(column_info.clone());
        Ok(column_info)
    }

    /// Fills a page until it is full, the rows end, or the wait is over. Returns whether there may be more rows.
    async fn fill(
        &mut self,
        page: &mut QueryPage,
        page_limits: PageLimits,
        wait: Duration,
    ) -> Result<bool, ApiError> {
        let mut waited = pin!(tokio::time::sleep(wait));
        loop {
            let is_full = fill(page, &mut self.pending, page_limits)?;
            if is_full && !self.pending.is_empty() {
                break Ok(true);
            }
            let Some(rows) = self.rows.as_mut() else { break Ok(false) };
            // Also a full page asks for more rows, because a last page has no NextToken.
            let next = tokio::select! {
                biased;
                next = rows.next_rows() => Some(next),
                () = &mut waited => None,
            };
            self.progress = rows.progress();
            match next.transpose()? {
                None => break Ok(true),
                Some(None) => break Ok(false),
                Some(Some(next)) => self.pending.refill(next),
            }
        }
    }

    fn status(&self) -> QueryStatus {
        let count = |bytes: u64| Some(i64::try_from(bytes).unwrap_or(i64::MAX));
        QueryStatus {
            progress_percentage: Some(self.progress.percentage),
            cumulative_bytes_scanned: count(self.progress.bytes_scanned),
            cumulative_bytes_metered: count(self.progress.bytes_metered),
        }
    }

    fn insights(&self) -> QueryInsightsResponse {
        let unloaded = self.progress.unloaded;
        let count = |count: u64| Some(i64::try_from(count).unwrap_or(i64::MAX));
        QueryInsightsResponse {
            query_table_count: count(self.progress.tables),
            output_rows: count(self.rows_sent),
            output_bytes: count(self.bytes_sent),
            unload_partition_count: unloaded.and_then(|unloaded| count(unloaded.partitions)),
            unload_written_rows: unloaded.and_then(|unloaded| count(unloaded.rows)),
            unload_written_bytes: unloaded.and_then(|unloaded| count(unloaded.bytes)),
            ..QueryInsightsResponse::default()
        }
    }
}
