//! Writes a page of query results straight into bytes, without a tree of values in between (api.md 4.1-4.3).
//!
//! The caller gives the texts of scalars; this knows nothing of Arrow or SQL types. Commas are placed by looking at
//! the last byte written, so callers never count items. `mark` and `rewind` take back a row that made a page too large.

use crate::encode::encode;
use crate::error::ApiError;
use crate::query::output::{ColumnInfo, QueryInsightsResponse, QueryStatus};

/// A page under construction: `start`, then rows, then `finish`.
///
/// A row is `start_row`, one datum per column, `end_row`. A datum is `scalar`, `null`, or a start and an end with
/// datums between.
#[derive(Debug)]
pub struct PageWriter {
    body: Vec<u8>,
    rows: usize,
}

/// A position to return to.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    bytes: usize,
    rows: usize,
}

impl PageWriter {
    /// Starts a page with the query's id and columns.
    ///
    /// # Errors
    /// `InternalServerException` if the columns can't be written; none of their members can cause it.
    pub fn start(query_id: &str, columns: &[ColumnInfo]) -> Result<Self, ApiError> {
        let mut writer = PageWriter { body: Vec::with_capacity(16 * 1_024), rows: 0 };
        writer.push("{\"QueryId\":");
        write_string(&mut writer.body, query_id);
        writer.push(",\"ColumnInfo\":");
        writer.body.extend_from_slice(&encode(&columns)?);
        writer.push(",\"Rows\":[");
        Ok(writer)
    }

    /// Starts a page like [`PageWriter::start`] with a list of `ColumnInfo` that is JSON already.
    pub fn start_rendered(query_id: &str, column_info: &[u8]) -> Self {
        let mut writer = PageWriter { body: Vec::with_capacity(16 * 1_024), rows: 0 };
        writer.push("{\"QueryId\":");
        write_string(&mut writer.body, query_id);
        writer.push(",\"ColumnInfo\":");
        writer.body.extend_from_slice(column_info);
        writer.push(",\"Rows\":[");
        writer
    }

    /// Adds a row that is JSON already: `{"Data":[...]}`.
    pub fn rendered_row(&mut self, row: &[u8]) {
        self.separate();
        self.body.extend_from_slice(row);
        self.rows += 1;
    }

    /// Bytes written so far.
    pub fn len_bytes(&self) -> usize {
        self.body.len()
    }

    /// Rows ended so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn mark(&self) -> Mark {
        Mark { bytes: self.body.len(), rows: self.rows }
    }

    /// Takes back everything written after a mark of the same page.
    pub fn rewind(&mut self, mark: Mark) {
        self.body.truncate(mark.bytes);
        self.rows = mark.rows;
    }

    pub fn start_row(&mut self) {
        self.separate();
        self.push("{\"Data\":[");
    }

    pub fn end_row(&mut self) {
        self.push("]}");
        self.rows += 1;
    }

    pub fn scalar(&mut self, text: &str) {
        self.separate();
        self.push("{\"ScalarValue\":");
        write_string(&mut self.body, text);
        self.push("}");
    }

    pub fn null(&mut self) {
        self.separate();
        self.push("{\"NullValue\":true}");
    }

    pub fn start_array(&mut self) {
        self.separate();
        self.push("{\"ArrayValue\":[");
    }

    pub fn end_array(&mut self) {
        self.push("]}");
    }

    /// Starts a ROW value; its fields follow as datums.
    pub fn start_row_value(&mut self) {
        self.separate();
        self.push("{\"RowValue\":{\"Data\":[");
    }

    pub fn end_row_value(&mut self) {
        self.push("]}}");
    }

    /// Starts a time series; its points follow in ascending time.
    pub fn start_time_series(&mut self) {
        self.separate();
        self.push("{\"TimeSeriesValue\":[");
    }

    /// Starts a point; exactly one datum follows.
    pub fn start_point(&mut self, time_text: &str) {
        self.separate();
        self.push("{\"Time\":");
        write_string(&mut self.body, time_text);
        self.push(",\"Value\":");
    }

    pub fn end_point(&mut self) {
        self.push("}");
    }

    pub fn end_time_series(&mut self) {
        self.push("]}");
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
        self.push("],\"QueryStatus\":");
        self.body.extend_from_slice(&encode(status)?);
        if let Some(next_token) = next_token {
            self.push(",\"NextToken\":");
            write_string(&mut self.body, next_token);
        }
        if let Some(insights) = insights {
            self.push(",\"QueryInsightsResponse\":");
            self.body.extend_from_slice(&encode(insights)?);
        }
        self.push("}");
        Ok(self.body)
    }

    fn push(&mut self, text: &str) {
        self.body.extend_from_slice(text.as_bytes());
    }

    /// Puts a comma unless this is the first item of a list or the value of a member.
    fn separate(&mut self) {
        if !matches!(self.body.last(), Some(b'[' | b':')) {
            self.body.push(b',');
        }
    }
}

/// Writes a JSON string with its quotes. Only what JSON demands is escaped.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (position, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(bytes.get(written..position).unwrap_or_default());
        write_escape(out, byte);
        written = position + 1;
    }
    out.extend_from_slice(bytes.get(written..).unwrap_or_default());
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests;
