//! UNLOAD: its destination, its options and what columns it can write (sql.md 5.4).

use model::bucket::{Destination, Encryption};
use model::limits;

use super::Analyzer;
use super::error::{Reason, Result};
use crate::bound::{ExprKind as Bound, OutputColumn, Query};
use crate::syntax::ast::{self, Expr, ExprKind, Span};
use crate::types::Type;
use crate::value::Value;

/// `UNLOAD (query) TO destination WITH (options)`.
#[derive(Debug, Clone)]
pub struct Unload {
    pub query: Query,
    pub destination: Destination,
    pub options: UnloadOptions,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UnloadOptions {
    /// How many of the last columns become folders instead of contents; at least one column is left.
    pub partition_columns: usize,
    pub format: UnloadFormat,
    pub is_compressed: bool,
    pub encryption: Encryption,
    pub file_bytes_max: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnloadFormat {
    Csv { delimiter: u8, escape: char, with_header: bool },
    Parquet,
}

impl UnloadFormat {
    /// The name that the option and the manifest have for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Csv { .. } => "CSV",
            Self::Parquet => "PARQUET",
        }
    }
}

const OPTIONS: [&str; 9] = [
    "partitioned_by",
    "format",
    "compression",
    "encryption",
    "kms_key",
    "field_delimiter",
    "escaped_by",
    "include_header",
    "max_file_size",
];

impl<'a> Analyzer<'a> {
    pub(super) fn unload(&mut self, unload: &'a ast::Unload) -> Result<Unload> {
        let destination = Destination::parse(&unload.destination)
            .map_err(|error| Reason::UnloadPlace(error).fault(unload.destination_span))?;
        let given = Given::new(&unload.options)?;
        let query = self.output_query(&unload.query)?;
        let partition_columns = match given.find("partitioned_by") {
            Some((value, span)) => partition_columns(value, &query.output, span)?,
            None => 0,
        };
        let format = given.format()?;
        check_columns(&query.output, partition_columns, &format, unload.query.span)?;
        let (_, folders) = query.output.split_at(query.output.len() - partition_columns);
        check_key_length(&destination, folders, unload.destination_span)?;
        let options = UnloadOptions {
            partition_columns,
            is_compressed: given.choice("compression", &["GZIP", "NONE"])? == 0,
            encryption: given.encryption()?,
            file_bytes_max: given.file_bytes_max()?,
            format,
        };
        Ok(Unload { query, destination, options })
    }
}

/// The options as they are written.
struct Given<'a> {
    options: Vec<(&'static str, &'a Expr)>,
}

impl<'a> Given<'a> {
    fn new(written: &'a [ast::UnloadOption]) -> Result<Self> {
        let mut options: Vec<(&'static str, &Expr)> = Vec::new();
        for option in written {
            let name = &option.name.text;
            let Some(known) = OPTIONS.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
                return Reason::UnloadOption(name.clone()).at(option.name.span);
            };
            if options.iter().any(|(other, _)| other == known) {
                return Reason::UnloadOptionTwice(known).at(option.name.span);
            }
            options.push((known, &option.value));
        }
        Ok(Self { options })
    }

    fn find(&self, name: &'static str) -> Option<(&'a Expr, Span)> {
        let found = self.options.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value, value.span))
    }

    fn text(&self, name: &'static str) -> Result<Option<(String, Span)>> {
        let Some((value, span)) = self.find(name) else { return Ok(None) };
        match constant(value)? {
            Value::Varchar(text) => Ok(Some((text, span))),
            Value::Boolean(value) => Ok(Some((value.to_string(), span))),
            _ => wrong(name, "a text", span),
        }
    }

    /// Which of the allowed texts is given, in any case; the first where there is none.
    fn choice(&self, name: &'static str, allowed: &'static [&'static str]) -> Result<usize> {
        let Some((text, span)) = self.text(name)? else { return Ok(0) };
        match allowed.iter().position(|allowed| allowed.eq_ignore_ascii_case(&text)) {
            Some(index) => Ok(index),
            None => {
                Reason::UnloadValue { option: name, due: format!("'{}'", allowed.join("' or '")) }.at(span)
            }
        }
    }

    /// Options of the other format are checked and have no effect: clients give them always.
    fn format(&self) -> Result<UnloadFormat> {
        let delimiter = match self.text("field_delimiter")? {
            Some((text, span)) => match text.as_bytes() {
                b"\\t" => b'\t',
                [byte] if byte.is_ascii() && *byte != b'"' => *byte,
                _ => return wrong("field_delimiter", "one ASCII character other than the quote", span),
            },
            None => b',',
        };
        let escape = match self.text("escaped_by")? {
            Some((text, span)) => {
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) if character != char::from(delimiter) => character,
                    _ => return wrong("escaped_by", "one character other than the delimiter", span),
                }
            }
            None if delimiter == b'\\' => {
                let span = self.find("field_delimiter").map_or_else(Span::default, |(_, span)| span);
                return wrong("field_delimiter", "another character than escaped_by", span);
            }
            None => '\\',
        };
        let with_header = self.choice("include_header", &["false", "true"])? == 1;
        Ok(match self.choice("format", &["CSV", "PARQUET"])? {
            0 => UnloadFormat::Csv { delimiter, escape, with_header },
            _ => UnloadFormat::Parquet,
        })
    }

    fn encryption(&self) -> Result<Encryption> {
        let is_kms = self.choice("encryption", &["SSE_S3", "SSE_KMS"])? == 1;
        match self.text("kms_key")? {
            Some((_, span)) if !is_kms => wrong("kms_key", "given only with encryption = 'SSE_KMS'", span),
            Some((key, span)) if !is_key(&key) => wrong("kms_key", "a key id, a key ARN or an alias", span),
            Some((key, _)) => Ok(Encryption::Kms { key: Some(key) }),
            None if is_kms => Ok(Encryption::Kms { key: None }),
            None => Ok(Encryption::Service),
        }
    }

    fn file_bytes_max(&self) -> Result<u64> {
        let Some((text, span)) = self.text("max_file_size")? else {
            return Ok(limits::UNLOAD_FILE_BYTES_MAX);
        };
        let allowed = limits::UNLOAD_FILE_BYTES_MIN..=limits::UNLOAD_FILE_BYTES_MAX;
        match parse_size(&text) {
            Some(bytes) if allowed.contains(&bytes) => Ok(bytes),
            _ => wrong("max_file_size", "a size between '16MB' and '78GB'", span),
        }
    }
}

fn wrong<T>(option: &'static str, due: &str, span: Span) -> Result<T> {
    Reason::UnloadValue { option, due: due.to_owned() }.at(span)
}

fn constant(value: &Expr) -> Result<Value> {
    match &value.kind {
        ExprKind::Literal(literal) => match super::literal::literal(literal, value.span)?.kind {
            Bound::Literal(constant) => Ok(constant),
            _ => Reason::Unsupported("an option that is no constant").at(value.span),
        },
        _ => Reason::Unsupported("an option that is no constant").at(value.span),
    }
}

fn is_key(key: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/:".contains(&byte);
    (1..=2_048).contains(&key.len()) && key.bytes().all(is_plain)
}

/// A whole or decimal number of MB or GB.
fn parse_size(text: &str) -> Option<u64> {
    const MEGABYTE: f64 = 1_048_576.0;
    let upper = text.trim().to_ascii_uppercase();
    let (number, unit) = match (upper.strip_suffix("MB"), upper.strip_suffix("GB")) {
        (Some(number), _) => (number, MEGABYTE),
        (None, Some(number)) => (number, MEGABYTE * 1_024.0),
        (None, None) => return None,
    };
    let number = number.trim_end();
    let is_number = number.starts_with(|first: char| first.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = is_number.then(|| number.parse().ok()).flatten()?;
    Some((number * unit) as u64)
}

/// Checks that the named columns are the last ones, and counts them.
fn partition_columns(value: &Expr, output: &[OutputColumn], span: Span) -> Result<usize> {
    let ExprKind::Array(items) = &value.kind else {
        return wrong("partitioned_by", "an ARRAY of column names", span);
    };
    let mut names = Vec::new();
    for item in items {
        match constant(item)? {
            Value::Varchar(name) => names.push((name, item.span)),
            _ => return wrong("partitioned_by", "an ARRAY of column names", item.span),
        }
    }
    let is_column = |column: &OutputColumn, name: &str| column.name.eq_ignore_ascii_case(name);
    for (name, span) in &names {
        if !output.iter().any(|column| is_column(column, name)) {
            return Reason::UnloadPartitionMissing(name.clone()).at(*span);
        }
    }
    let start = output.len().checked_sub(names.len());
    let last = start.and_then(|start| output.get(start..)).unwrap_or_default();
    if last.len() != names.len()
        || !last.iter().zip(&names).all(|(column, (name, _))| is_column(column, name))
    {
        let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        return Reason::UnloadPartitionOrder(names.join(", ")).at(span);
    }
    if start == Some(0) {
        return Reason::UnloadPartitionAll.at(span);
    }
    Ok(names.len())
}

fn check_columns(
    output: &[OutputColumn],
    partition_columns: usize,
    format: &UnloadFormat,
    span: Span,
) -> Result<()> {
    let contents = output.len() - partition_columns;
    for (index, OutputColumn { name, ty, .. }) in output.iter().enumerate() {
        let is_folder = index >= contents;
        let is_nested = matches!(ty, Type::Array(_) | Type::Row(_) | Type::Timeseries(_));
        if !is_written(ty) || (is_folder && is_nested) {
            let (name, ty) = (name.clone(), ty.clone());
            return Reason::UnloadType { name, ty, is_folder }.at(span);
        }
        // A reader finds the columns of Parquet by their names, and folders are named columns to it.
        let earlier = output.iter().take(index);
        if (is_folder || *format == UnloadFormat::Parquet) && earlier.into_iter().any(|it| it.name == *name) {
            return Reason::UnloadColumnTwice(name.clone()).at(span);
        }
    }
    Ok(())
}

fn is_written(ty: &Type) -> bool {
    match ty {
        Type::Unknown | Type::Time | Type::Varbinary => false,
        Type::Array(element) | Type::Timeseries(element) => is_written(element),
        Type::Row(fields) => fields.iter().all(|field| is_written(&field.ty)),
        _ => true,
    }
}

/// Finds out before execution whether any key can be short enough.
fn check_key_length(destination: &Destination, folders: &[OutputColumn], span: Span) -> Result<()> {
    let left = limits::OBJECT_KEY_BYTES_MAX - limits::UNLOAD_RESULT_NAME_BYTES;
    let prefix_bytes = if destination.prefix.is_empty() { 0 } else { destination.prefix.len() + 1 };
    let folder_bytes: usize = folders.iter().map(|column| column.name.len() + "=/".len()).sum();
    let names = || folders.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let prefix = || destination.prefix.clone();
    if prefix_bytes > left {
        return Reason::UnloadPrefixLength(prefix()).at(span);
    }
    if folder_bytes > left {
        return Reason::UnloadPartitionLength(names()).at(span);
    }
    if prefix_bytes + folder_bytes > left {
        return Reason::UnloadKeyLength { prefix: prefix(), names: names() }.at(span);
    }
    Ok(())
}
