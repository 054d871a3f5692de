//! Rows as lines of CSV, compressed or not.
//!
//! A value that holds the delimiter or a line break is put in double quotes; the escape character stands before quotes
//! and escape characters. NULL is nothing between the delimiters, the empty text a pair of quotes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::json::write_value;
use crate::bound::OutputColumn;
use crate::result::json::write_scalar;
use crate::result::values::{Cell, ColumnValues};

/// What an encoder keeps beside its output, about.
const COMPRESSION_BYTES: usize = 320 * 1_024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub escape: char,
    pub with_header: bool,
}

/// One file of CSV.
#[derive(Debug)]
pub struct CsvFile {
    dialect: Dialect,
    output: Output,
    line: Vec<u8>,
    scratch: Vec<u8>,
}

#[derive(Debug)]
enum Output {
    Plain(Vec<u8>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl CsvFile {
    /// Starts a file, with its header if there shall be one.
    pub fn new(dialect: Dialect, is_compressed: bool, columns: &[OutputColumn]) -> std::io::Result<Self> {
        let output = match is_compressed {
            true => Output::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::default()))),
            false => Output::Plain(Vec::new()),
        };
        let mut file = Self { dialect, output, line: Vec::new(), scratch: Vec::new() };
        if dialect.with_header {
            for (index, column) in columns.iter().enumerate() {
                file.separate(index);
                file.write_field(&Cell::Varchar(&column.name));
            }
            file.end_line()?;
        }
        Ok(file)
    }

    pub fn write_row(&mut self, columns: &[ColumnValues<'_>], row: usize) -> std::io::Result<()> {
        for (index, column) in columns.iter().enumerate() {
            self.separate(index);
            self.write_field(&column.cell(row));
        }
        if self.line.is_empty() {
            // Readers skip empty lines.
            self.line.extend_from_slice(b"\"\"");
        }
        self.end_line()
    }

    /// Takes what is ready to be sent.
    pub fn take(&mut self) -> Vec<u8> {
        match &mut self.output {
            Output::Plain(bytes) => std::mem::take(bytes),
            Output::Gzip(encoder) => std::mem::take(encoder.get_mut()),
        }
    }

    pub fn held_bytes(&self) -> usize {
        match &self.output {
            Output::Plain(bytes) => bytes.len(),
            Output::Gzip(encoder) => encoder.get_ref().len() + COMPRESSION_BYTES,
        }
    }

    /// Ends the file and returns the rest of it.
    pub fn finish(self) -> std::io::Result<Vec<u8>> {
        match self.output {
            Output::Plain(bytes) => Ok(bytes),
            Output::Gzip(encoder) => encoder.finish(),
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.line.push(self.dialect.delimiter);
        }
    }

    fn end_line(&mut self) -> std::io::Result<()> {
        self.line.push(b'\n');
        match &mut self.output {
            Output::Plain(bytes) => bytes.extend_from_slice(&self.line),
            Output::Gzip(encoder) => encoder.write_all(&self.line)?,
        }
        self.line.clear();
        Ok(())
    }

    fn write_field(&mut self, cell: &Cell<'_, '_>) {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        let is_quoted = match cell {
            Cell::Null => {
                self.scratch = text;
                return;
            }
            Cell::Varchar(value) => {
                text.extend_from_slice(value.as_bytes());
                value.is_empty()
            }
            Cell::Array { .. } | Cell::Row { .. } | Cell::Timeseries { .. } => {
                write_value(&mut text, cell);
                true
            }
            scalar => {
                write_scalar(&mut text, scalar);
                false
            }
        };
        self.dialect.write_text(&mut self.line, &text, is_quoted);
        self.scratch = text;
    }
}

impl Dialect {
    fn write_text(&self, line: &mut Vec<u8>, text: &[u8], is_quoted: bool) {
        let ends_field = |byte: u8| byte == self.delimiter || byte == b'\n' || byte == b'\r';
        // A doubled quote means a quote only between quotes.
        let needs_quotes = |byte: u8| ends_field(byte) || (self.escape == '"' && byte == b'"');
        let is_quoted = is_quoted || text.iter().any(|byte| needs_quotes(*byte));
        if is_quoted {
            line.push(b'"');
        }
        let mut buffer = [0; 4];
        let escape = self.escape.encode_utf8(&mut buffer).as_bytes();
        // An escape of several bytes can't begin inside another character.
        let first = escape.first().copied().unwrap_or(b'"');
        let mut copied = 0;
        for (at, &byte) in text.iter().enumerate() {
            if byte == b'"' || (byte == first && text[at..].starts_with(escape)) {
                line.extend_from_slice(&text[copied..at]);
                line.extend_from_slice(escape);
                copied = at;
            }
        }
        line.extend_from_slice(&text[copied..]);
        if is_quoted {
            line.push(b'"');
        }
    }
}
