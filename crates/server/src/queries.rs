//! Queries in progress and the pages of their results (api.md 4.1, 4.4, 4.5, 4.8).
//!
//! [`Queries::first_page`] starts a query, [`Queries::next_page`] follows a NextToken, [`Queries::cancel`] ends one.
//! Deciding is pure: what a token may do ([`token`], [`session::decide`]), what a page takes ([`page`]), which queries
//! are forgotten ([`registry`]), when a ClientToken repeats ([`replay`]). Knows nothing of SQL: rows arrive rendered
//! from a [`RowSource`].

mod page;
mod registry;
mod replay;
mod session;
mod source;
#[cfg(test)]
mod tests;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use model::clock::Clock;
use model::entropy::{Entropy, base32_id};
use model::limits;
use prometheus_client::metrics::counter::Counter;
use wire::page_token::TokenKey;
use wire::{ApiError, ErrorCode};

pub use source::{Execution, Progress, RenderedRows, RowSource, Unloaded};

use page::PageLimits;
use registry::Registry;
use replay::{Repeat, Replays};
use session::{PageAnswer, Session};
use token::PageToken;

/// How pages are cut and how long queries are kept.
#[derive(Debug, Clone, Copy)]
pub struct QuerySettings {
    /// An answer without rows is given after this time when the query has none yet.
    pub first_page_wait: Duration,
    pub next_page_wait: Duration,
    pub open_max: usize,
    pub pages_bytes_max: usize,
}

/// What all queries together gave and took.
#[derive(Debug, Clone, Default)]
pub struct QueryCounters {
    pub rows: Counter,
    pub bytes_metered: Counter,
}

/// A Query call.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    pub principal: &'a str,
    pub text: &'a str,
    pub client_token: Option<&'a str>,
    pub max_rows: Option<usize>,
    pub with_insights: bool,
}

/// What CancelQuery found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    Done,
    DoneBefore,
}

/// All queries whose results can still be asked for.
#[derive(Debug)]
pub struct Queries {
    execution: Arc<dyn Execution>,
    settings: QuerySettings,
    counters: QueryCounters,
    token_key: TokenKeyHolder,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    shared: Mutex<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    registry: Registry,
    replays: Replays,
}

/// Keeps the key out of `Debug` texts.
struct TokenKeyHolder(TokenKey);

impl std::fmt::Debug for TokenKeyHolder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenKey")
    }
}

impl Queries {
    /// `clock` is the machine's: waiting and expiry are about real time.
    pub fn new(
        execution: Arc<dyn Execution>,
        settings: QuerySettings,
        counters: QueryCounters,
        token_key: TokenKey,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let shared = Mutex::new(Shared::default());
        Self { execution, settings, counters, token_key: TokenKeyHolder(token_key), clock, entropy, shared }
    }

    /// Starts a query and answers its first page, or repeats the answer when the same call was made shortly before.
    pub async fn first_page(&self, request: PageRequest<'_>) -> Result<Bytes, ApiError> {
        let now_ns = self.clock.monotonic_ns();
        let (session, is_new) = self.open(&request, now_ns)?;
        let answer = self.page(&session, 0, &request, self.settings.first_page_wait).await;
        if answer.is_err() && is_new {
            // A retry of a call that failed runs the query again.
            self.lock().replays.forget(session.id());
        }
        answer
    }

    /// Answers the page that a NextToken leads to.
    pub async fn next_page(&self, request: PageRequest<'_>, next_token: &str) -> Result<Bytes, ApiError> {
        let token = PageToken::open(&self.token_key.0, request.principal, request.text, next_token);
        let token = token.ok_or_else(invalid_token)?;
        let now_ns = self.clock.monotonic_ns();
        if token.is_expired(now_ns) {
            return Err(invalid_token());
        }
        let session = self.lock().registry.find(&token.query_id, now_ns).ok_or_else(invalid_token)?;
        self.page(&session, token.page, &request, self.settings.next_page_wait).await
    }

    /// Ends a running query. Its results can't be asked for any more.
    ///
    /// # Errors
    /// ValidationException for a query that is unknown or has ended.
    pub fn cancel(&self, principal: &str, query_id: &str) -> Result<Cancellation, ApiError> {
        let session = self.lock().registry.find(query_id, self.clock.monotonic_ns());
        let session = session.filter(|session| session.principal() == principal);
        let unknown =
            || ApiError::validation(format!("The query {query_id} does not exist or has already completed."));
        session.and_then(|session| session.cancel()).ok_or_else(unknown)
    }

    /// Ends all queries, so that nobody waits for one when the server stops.
    pub fn close(&self) {
        for session in self.lock().registry.all() {
            session.cancel();
        }
    }

    /// Queries that have not ended.
    pub fn running(&self) -> usize {
        self.lock().registry.running()
    }

    fn open(&self, request: &PageRequest<'_>, now_ns: u64) -> Result<(Arc<Session>, bool), ApiError> {
        let mut shared = self.lock();
        let shared = &mut *shared;
        if let Some(client_token) = request.client_token {
            match shared.replays.find(request, client_token, now_ns) {
                Repeat::New => {}
                Repeat::Same(query_id) => {
                    if let Some(session) = shared.registry.find(&query_id, now_ns) {
                        return Ok((session, false));
                    }
                }
                Repeat::Different => {
                    let message = "The ClientToken was used with other parameters less than 5 minutes ago.";
                    return Err(ApiError::validation(message));
                }
            }
        }
        let query_id =
            format!("{}{}", limits::QUERY_ID_PREFIX, base32_id(&*self.entropy, limits::QUERY_ID_CHARS));
        let rows = self.execution.start(&query_id, request.text)?;
        let session = Arc::new(Session::new(query_id.clone(), request.principal.to_owned(), rows));
        shared.registry.insert(Arc::clone(&session), now_ns, &self.settings);
        if let Some(client_token) = request.client_token {
            shared.replays.remember(request, client_token, &query_id, now_ns);
        }
        Ok((session, true))
    }

    async fn page(
        &self,
        session: &Arc<Session>,
        number: u32,
        request: &PageRequest<'_>,
        wait: Duration,
    ) -> Result<Bytes, ApiError> {
        let limits = PageLimits::new(request.max_rows);
        let now_ns = self.clock.monotonic_ns();
        let seal = |page: u32| {
            let token = PageToken { query_id: session.id().to_owned(), page, issued_ns: now_ns };
            token.seal(&self.token_key.0, request.principal, request.text)
        };
        let answer = session.page(number, limits, wait, request.with_insights, seal).await;
        self.count(&answer);
        let answer = answer.map(|page| page.body);
        let added_bytes = answer.as_ref().map_or(0, Bytes::len);
        self.lock().registry.sweep(added_bytes, self.clock.monotonic_ns(), &self.settings);
        answer
    }

    fn count(&self, answer: &Result<PageAnswer, ApiError>) {
        if let Ok(page) = answer {
            self.counters.rows.inc_by(page.new_rows);
            self.counters.bytes_metered.inc_by(page.new_bytes_metered);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn invalid_token() -> ApiError {
    ApiError::validation("Invalid pagination token")
}

fn cancelled() -> ApiError {
    ApiError::new(ErrorCode::Conflict, "The query was cancelled: its results can't be polled.")
}
