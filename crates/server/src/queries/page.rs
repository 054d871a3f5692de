//! Cuts pages: at most `MaxRows` rows and at most 1 MB of answer, the envelope included.

use model::limits;
use wire::query_page::QueryPage;
use wire::{ApiError, ErrorCode};

use super::source::RenderedRows;

/// Room for what follows the rows: status, NextToken, insights.
const TRAILER_BYTES_MAX: usize = limits::NEXT_TOKEN_CHARS_MAX + 1_024;

#[derive(Debug, Clone, Copy)]
pub struct PageLimits {
    rows_max: usize,
    bytes_max: usize,
}

impl PageLimits {
    /// Without `MaxRows` only the size counts.
    pub fn new(max_rows: Option<usize>) -> Self {
        Self {
            rows_max: max_rows.unwrap_or(usize::MAX),
            bytes_max: limits::QUERY_PAGE_BYTES_MAX - TRAILER_BYTES_MAX,
        }
    }
}

/// Rows that were taken from the source and are not in a page yet.
#[derive(Debug, Default)]
pub struct Pending {
    rows: RenderedRows,
    taken: usize,
}

impl Pending {
    pub fn is_empty(&self) -> bool {
        self.taken >= self.rows.ends.len()
    }

    /// Only for rows that follow those which are pending, when none is.
    pub fn refill(&mut self, rows: RenderedRows) {
        debug_assert!(self.is_empty(), "pending rows would be lost");
        *self = Self { rows, taken: 0 };
    }

    fn peek(&self) -> Option<&[u8]> {
        let start = match self.taken {
            0 => 0,
            taken => *self.rows.ends.get(taken - 1)?,
        };
        self.rows.json.get(start..*self.rows.ends.get(self.taken)?)
    }
}

/// Moves rows into a page until it is full or none is pending; `true` when the page is full.
///
/// # Errors
/// QueryExecutionException when a row alone is larger than a page.
pub fn fill(page: &mut QueryPage, pending: &mut Pending, page_limits: PageLimits) -> Result<bool, ApiError> {
    while let Some(row) = pending.peek() {
        if page.rows() >= page_limits.rows_max {
            return Ok(true);
        }
        if page.len_bytes() + row.len() + 1 > page_limits.bytes_max {
            if page.rows() > 0 {
                return Ok(true);
            }
            let message =
                "Query aborted as max page response size has been exceeded by the output result row";
            return Err(ApiError::new(ErrorCode::QueryExecution, message));
        }
        page.row(row);
        pending.taken += 1;
    }
    Ok(page.rows() >= page_limits.rows_max)
}
