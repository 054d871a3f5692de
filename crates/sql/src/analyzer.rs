//! Resolves names and types: syntax in, `bound` tree out (sql.md 2-6).
//!
//! Knows the catalog only through a [`ReadView`] and nothing of DataFusion. What leaves this module needs no further
//! check: every name is a column id, every function an overload, every implicit conversion a cast, and a scan reads
//! only the columns that are used. Start with `query.rs` and `select.rs`; `expression.rs` dispatches over expressions.

mod error;
mod statement;

use model::scan::{ReadView, TableView};

use crate::bound::Query;
use crate::syntax::ast::{Span, Statement};
use crate::types::Type;
use crate::value::Value;
pub use error::AnalysisError;

/// What a statement asks for.
#[derive(Debug, Clone)]
pub enum Analyzed {
    Query(Query),
    /// The databases whose names match.
    ShowDatabases {
        pattern: Option<NamePattern>,
    },
    /// The tables of one database, or of all; the database exists.
    ShowTables {
        database: Option<String>,
        pattern: Option<NamePattern>,
    },
    ShowMeasures {
        table: TableView,
        pattern: Option<NamePattern>,
    },
    Describe {
        table: TableView,
    },
    Explain {
        analyze: bool,
        query: Query,
    },
    Unload(Box<Unload>),
}

/// The pattern of `SHOW ... LIKE`; the escape, if any, is one character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    pub text: String,
    pub escape: Option<char>,
}

/// `UNLOAD (query) TO destination WITH (options)`; what the options mean is not checked here.
#[derive(Debug, Clone)]
pub struct Unload {
    pub query: Query,
    pub destination: String,
    pub destination_span: Span,
    pub options: Vec<UnloadOption>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UnloadOption {
    pub name: String,
    pub values: Vec<Value>,
    pub span: Span,
}

/// The values of a statement's `@name` parameters. Names compare exactly.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    values: Vec<(String, Value)>,
}

impl Parameters {
    pub fn new(values: Vec<(String, Value)>) -> Self {
        Self { values }
    }

    pub fn find(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// What PrepareQuery tells of a query.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub query: Query,
    /// In order of first appearance, without the `@`; `Unknown` where nothing decides the type.
    pub parameters: Vec<(String, Type)>,
}

/// Analyzes a statement that was parsed from `text`.
pub fn analyze(
    statement: &Statement,
    text: &str,
    view: &dyn ReadView,
    parameters: &Parameters,
) -> Result<Analyzed, AnalysisError> {
    statement::analyze(statement, view, parameters).map_err(|fault| fault.locate(text))
}
