//! Resolves names and types: syntax in, `bound` tree out (sql.md 2-6).
//!
//! Knows the catalog only through a [`ReadView`] and nothing of DataFusion. What leaves this module needs no further
//! check: every name is a column id, every function an overload, every implicit conversion a cast, and a scan reads
//! only the columns that are used. Start with `query.rs` and `select.rs`; `expression.rs` dispatches over expressions.

mod aggregate;
mod budget;
mod calls;
mod clause;
mod coerce;
mod error;
mod expression;
mod group;
mod interval;
mod items;
mod join;
mod literal;
mod measure;
mod order;
mod parameter;
mod prune;
mod query;
mod relation;
mod scope;
mod select;
mod set_operation;
mod statement;
mod table_alias;
mod type_name;
mod unload;
mod unnest;
mod values;
mod window;
mod with;

use model::limits::SQL_PREPARE_PASSES_MAX;
use model::scan::{ReadView, TableView};

use self::budget::Spent;
use self::parameter::{InferredParameter, ParameterSource};
use self::with::VisibleTable;
use crate::bound::{ColumnDef, ColumnId, Query};
use crate::functions::operator::LikePattern;
use crate::syntax::ast::{self, Statement, WindowDefinition};
use crate::types::Type;
use crate::value::Value;
pub use error::AnalysisError;
pub use unload::{Unload, UnloadFormat, UnloadOptions};

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

/// The pattern of `SHOW ... LIKE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    pattern: LikePattern,
}

impl NamePattern {
    pub fn matches(&self, name: &str) -> bool {
        self.pattern.matches(name)
    }
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
///
/// # Errors
/// The first fault found, with its place in `text`.
pub fn analyze(
    statement: &Statement,
    text: &str,
    view: &dyn ReadView,
    parameters: &Parameters,
) -> Result<Analyzed, AnalysisError> {
    let mut analyzer = Analyzer::new(text, view, ParameterSource::Values(parameters));
    analyzer.statement(statement).map_err(|fault| fault.locate(text))
}

/// Analyzes a query whose parameters have no values yet, and finds out their types. What one place tells of a parameter
/// holds in the places before it, which another pass finds.
///
/// # Errors
/// As [`analyze`].
pub fn prepare(query: &ast::Query, text: &str, view: &dyn ReadView) -> Result<Prepared, AnalysisError> {
    let mut prepared = prepare_with(&[], query, text, view)?;
    for _ in 0..SQL_PREPARE_PASSES_MAX {
        match prepare_with(&prepared.parameters, query, text, view) {
            Ok(next) if next.parameters == prepared.parameters => return Ok(next),
            Ok(next) => prepared = next,
            // A type that fits one place may fail in one before it, which takes anything.
            Err(_) => break,
        }
    }
    Ok(prepared)
}

fn prepare_with(
    known: &[(String, Type)],
    query: &ast::Query,
    text: &str,
    view: &dyn ReadView,
) -> Result<Prepared, AnalysisError> {
    let mut analyzer = Analyzer::new(text, view, ParameterSource::Inferred(Vec::new()));
    let known = known.iter().map(|(name, ty)| InferredParameter {
        id: analyzer.new_column_id(),
        name: name.clone(),
        ty: ty.clone(),
        start: u32::MAX,
    });
    analyzer.parameters = ParameterSource::Inferred(known.collect());
    let query = analyzer.output_query(query).map_err(|fault| fault.locate(text))?;
    let mut parameters = match analyzer.parameters {
        ParameterSource::Inferred(parameters) => parameters,
        ParameterSource::Values(_) => Vec::new(),
    };
    parameters.sort_by_key(|parameter| parameter.start);
    let parameters = parameters.into_iter().map(|parameter| (parameter.name, parameter.ty)).collect();
    Ok(Prepared { query, parameters })
}

/// The state of one analysis: what can be named, and the ids given out.
struct Analyzer<'a> {
    text: &'a str,
    view: &'a dyn ReadView,
    parameters: ParameterSource<'a>,
    /// The WITH queries in sight, the innermost last.
    common_tables: Vec<VisibleTable<'a>>,
    /// The WINDOW clause of the SELECT at hand.
    named_windows: &'a [WindowDefinition],
    next_column: u32,
    spent: Spent,
}

impl<'a> Analyzer<'a> {
    fn new(text: &'a str, view: &'a dyn ReadView, parameters: ParameterSource<'a>) -> Self {
        Self {
            text,
            view,
            parameters,
            common_tables: Vec::new(),
            named_windows: &[],
            next_column: 0,
            spent: Spent::default(),
        }
    }

    fn new_column_id(&mut self) -> ColumnId {
        let id = ColumnId(self.next_column);
        self.next_column += 1;
        id
    }

    fn new_column(&mut self, ty: Type) -> ColumnDef {
        ColumnDef { id: self.new_column_id(), ty }
    }
}

#[cfg(test)]
mod tests;
