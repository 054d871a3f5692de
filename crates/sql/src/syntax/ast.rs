//! The abstract syntax of statements, faithful to the text: no name is resolved, no type is known, nothing is folded.
//!
//! [`query`] holds what stands round expressions, [`expression`] the expressions, [`type_name`] the spelled types.

pub mod expression;
pub mod query;
pub mod span;
pub mod type_name;
pub mod walk;

pub use expression::*;
pub use query::*;
pub use span::{Position, Span};
pub use type_name::{RowField, TypeName, TypeNameKind};
pub use walk::Child;

/// One statement of a query text.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    Query(Box<Query>),
    ShowDatabases { pattern: Option<LikePattern> },
    ShowTables { database: Option<Identifier>, pattern: Option<LikePattern> },
    ShowMeasures { table: QualifiedName, pattern: Option<LikePattern> },
    Describe { table: QualifiedName },
    Unload(Box<Unload>),
    Explain { analyze: bool, query: Box<Query> },
}

/// The pattern of `SHOW ... LIKE 'pattern' [ESCAPE 'c']`.
#[derive(Debug, Clone, PartialEq)]
pub struct LikePattern {
    pub span: Span,
    pub text: String,
    pub escape: Option<String>,
}

/// `UNLOAD (query) TO 'destination' [WITH (option = value, ...)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Unload {
    pub query: Query,
    pub destination: String,
    pub destination_span: Span,
    pub options: Vec<UnloadOption>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UnloadOption {
    pub name: Identifier,
    pub value: Expr,
}

/// A name as written. The quotes of a quoted one are gone and its doubled quotes are single.
///
/// `measure_value::double` is one unquoted identifier; blanks round its `::` are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    pub span: Span,
    pub text: String,
    pub quoted: bool,
}

impl Identifier {
    /// Compares without regard to ASCII case, the way keywords and function names compare.
    pub fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

/// One to three names joined by dots; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifiedName {
    pub span: Span,
    pub parts: Vec<Identifier>,
}
