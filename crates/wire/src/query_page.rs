//! The body of Query's answer round rows that are JSON already (api.md 4.1): the envelope of a page is written here, the
//! rows by whoever has the values.

use crate::encode::encode;
use crate::error::ApiError;
use crate::query::output::{QueryInsightsResponse, QueryStatus};

/// What most pages fit into without growing.
const PAGE_BYTES_EXPECTED: usize = 16 * 1_024;

/// A page under construction: `start`, then rows, then `finish`.
#[derive(Debug)]
pub struct QueryPage {
    body: Vec<u8>,
    rows: usize,
}

impl QueryPage {
    /// Starts a page with the query's id and its columns, a JSON list of `ColumnInfo`.
    ///
    /// # Errors
    /// `InternalServerException` if the id can't be written; none can cause it.
    pub fn start(query_id: &str, column_info: &[u8]) -> Result<Self, ApiError> {
        let mut page = QueryPage { body: Vec::with_capacity(PAGE_BYTES_EXPECTED), rows: 0 };
        page.push(b"{\"QueryId\":");
        page.push(&encode(&query_id)?);
        page.push(b",\"ColumnInfo\":");
        page.push(column_info);
        page.push(b",\"Rows\":[");
        Ok(page)
    }

    /// Adds a row: `{"Data":[...]}`.
    pub fn row(&mut self, row: &[u8]) {
        if self.rows > 0 {
            self.push(b",");
        }
        self.push(row);
        self.rows += 1;
    }

    /// Bytes written so far.
    pub fn len_bytes(&self) -> usize {
        self.body.len()
    }

    /// Rows added so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Ends the page and returns the body of the answer.
    ///
    /// # Errors
    /// `InternalServerException` if the members can't be written; none of them can cause it.
    pub fn finish(
        mut self,
        status: &QueryStatus,
        next_token: Option<&str>,
        insights: Option<&QueryInsightsResponse>,
    ) -> Result<Vec<u8>, ApiError> {
        self.push(b"],\"QueryStatus\":");
        self.push(&encode(status)?);
        if let Some(next_token) = next_token {
            self.push(b",\"NextToken\":");
            self.push(&encode(&next_token)?);
        }
        if let Some(insights) = insights {
            self.push(b",\"QueryInsightsResponse\":");
            self.push(&encode(insights)?);
        }
        self.push(b"}");
        Ok(self.body)
    }

    fn push(&mut self, bytes: &[u8]) {
        self.body.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests;
