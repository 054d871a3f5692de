//! Why a statement means nothing: every text the analyzer can answer, in Trino's words where it has some.

use model::bucket::PlaceError;

use crate::syntax::ast::{Position, Span};
use crate::types::Type;

/// The first fault of a statement, as clients see it (sql.md 1, api.md 4.12).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    #[error("line {position}: {message}")]
    Invalid { position: Position, message: String },
    #[error("Requested database '{database}' not found for identifier '{identifier}' at line {position}")]
    DatabaseMissing { position: Position, database: String, identifier: String },
}

/// A fault that does not know its line yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub span: Span,
    pub reason: Box<Reason>,
}

/// The conditions a statement can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    // Names.
    #[error("Requested database '{database}' not found for identifier '{identifier}'")]
    DatabaseMissing { database: String, identifier: String },
    #[error("Table '{0}' does not exist")]
    TableMissing(String),
    #[error("Table '{0}' does not exist; a table is written database.table")]
    TableUnqualified(String),
    #[error("WITH query name '{0}' specified more than once")]
    DuplicateTable(String),
    #[error("Column '{0}' does not exist")]
    ColumnMissing(String),
    #[error("Column '{0}' is ambiguous")]
    Ambiguous(String),
    #[error("Unable to resolve reference {0}")]
    RelationMissing(String),
    #[error("Expression is not of type ROW but {0}")]
    NotARow(Type),
    #[error("Field '{field}' does not exist in {row}")]
    FieldMissing { field: String, row: Type },
    #[error("Row subscript must be between 1 and {0}")]
    RowSubscript(usize),
    #[error("Column alias list has {given} entries but '{relation}' has {available} columns available")]
    ColumnAliases { relation: String, given: usize, available: usize },
    #[error("SELECT * not allowed in queries without FROM clause")]
    StarWithoutFrom,
    #[error("SELECT * not allowed from relation that has no columns")]
    StarWithoutColumns,
    #[error("Parameter '@{0}' has no value")]
    ParameterMissing(String),
    #[error("Parameter '@{0}' must be a number of rows")]
    RowCount(String),

    // Literals and types.
    #[error("'{text}' is not a valid {what} literal")]
    InvalidLiteral { text: String, what: &'static str },
    #[error("Invalid numeric literal: {0}")]
    NumberTooLarge(String),
    #[error("Unknown type: {0}")]
    UnknownType(String),
    #[error("{0}")]
    LikePattern(String),
    #[error("Cannot apply operator: {left} {symbol} {right}")]
    Operator { left: Type, symbol: &'static str, right: Type },
    #[error("Cannot {} {ty}", if *.negative { "negate" } else { "apply a sign to" })]
    Sign { ty: Type, negative: bool },
    #[error("Cannot check if {operand} is BETWEEN {low} and {high}")]
    Between { operand: Type, low: Type, high: Type },
    #[error("IN value and list items must be the same type: {0}")]
    InList(String),
    #[error("Value expression and result of subquery must be of the same type: {left} vs {right}")]
    InSubquery { left: Type, right: Type },
    #[error("{role} LIKE expression must evaluate to a varchar (actual: {actual})")]
    LikeOperand { role: &'static str, actual: Type },
    #[error("Logical expression term must evaluate to a boolean (actual: {0})")]
    LogicalTerm(Type),
    #[error("Value of logical NOT expression must evaluate to a boolean (actual: {0})")]
    NotOperand(Type),
    #[error("CASE WHEN clause must evaluate to a boolean (actual: {0})")]
    CaseCondition(Type),
    #[error("CASE operand type does not match WHEN clause operand type: {left} vs {right}")]
    CaseOperand { left: Type, right: Type },
    #[error("IF condition must evaluate to a boolean (actual: {0})")]
    IfCondition(Type),
    #[error("Types are not comparable with NULLIF: {left} vs {right}")]
    NullIf { left: Type, right: Type },
    #[error("{what} must be the same type: {types}")]
    Mismatch { what: &'static str, types: String },
    #[error("Cannot cast {from} to {to}")]
    Cast { from: Type, to: Type },
    #[error("Cannot use {index} for subscript of {base}")]
    Subscript { base: Type, index: Type },
    #[error("Invalid EXTRACT field: {0}")]
    ExtractField(String),
    #[error("Cannot extract {field} from {ty}")]
    ExtractType { field: String, ty: Type },
    #[error("WHERE clause must evaluate to a boolean: actual type {0}")]
    WhereCondition(Type),
    #[error("HAVING clause must evaluate to a boolean: actual type {0}")]
    HavingCondition(Type),
    #[error("JOIN ON clause must evaluate to a boolean: actual type {0}")]
    JoinCondition(Type),
    #[error("FILTER clause must evaluate to a boolean: actual type {0}")]
    FilterCondition(Type),

    // Calls.
    #[error("Function '{0}' not registered")]
    FunctionMissing(String),
    #[error("Unexpected parameters ({types}) for function {function}. Expected: {expected}")]
    Arguments { types: String, function: String, expected: String },
    #[error(transparent)]
    Constant(crate::functions::RowError),
    #[error("Invalid number of arguments for {0}")]
    ArgumentCount(&'static str),
    #[error("Function '{0}' does not take *")]
    StarArgument(String),
    #[error("{what} is not supported for function '{function}', which is no aggregation")]
    NotAnAggregate { what: &'static str, function: String },
    #[error("Cannot specify null treatment clause for {0} function")]
    NullTreatment(String),
    #[error("{clause} cannot contain aggregations, window functions or grouping operations: [{call}]")]
    CallInClause { clause: &'static str, call: String },
    #[error("Cannot nest aggregations inside aggregation '{outer}': [{inner}]")]
    NestedAggregate { outer: String, inner: String },
    #[error("Cannot nest window functions inside window function: [{0}]")]
    NestedWindow(String),
    #[error("For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments")]
    DistinctAggregateOrder,
    #[error("Lambda expression should always be used inside a function")]
    LambdaOutsideCall,
    #[error("Lambda expression cannot contain subqueries")]
    SubqueryInLambda,
    #[error("Window function {0} requires an OVER clause")]
    WindowWithoutOver(String),
    #[error("Not a window function: {0}")]
    NotAWindowFunction(String),
    #[error("Cannot resolve WINDOW name {0}")]
    WindowMissing(String),
    #[error("WINDOW name '{0}' specified more than once")]
    WindowTwice(String),
    #[error("WINDOW specification with named WINDOW reference cannot specify {0} again")]
    WindowOverride(&'static str),
    #[error("{0}")]
    Frame(&'static str),
    #[error("Window frame of type GROUPS requires ORDER BY")]
    FrameNeedsOrder,
    #[error("Window frame offset value must not be negative")]
    FrameOffsetNegative,
    #[error("Window frame offset value type must be an integer (actual {0})")]
    FrameOffsetType(Type),
    #[error("Window frame of type RANGE with an offset requires single sort item in ORDER BY (actual: {0})")]
    FrameSortKeys(usize),
    #[error("Window frame offset of type {offset} does not fit the sort item of type {key}")]
    FrameRange { key: Type, offset: Type },

    // Relations.
    #[error("Cannot unnest type: {0}")]
    Unnest(Type),
    #[error("UNNEST can follow CROSS JOIN, INNER JOIN, or LEFT JOIN ON TRUE only")]
    UnnestJoin,
    #[error("UNNEST cannot be joined with USING")]
    UnnestUsing,
    #[error("Column '{column}' is missing from {side} side of join")]
    UsingMissing { column: String, side: &'static str },
    #[error("Column '{0}' appears multiple times in USING clause")]
    DuplicateUsing(String),
    #[error("Types of join columns are not comparable: {left} vs {right}")]
    UsingTypes { left: Type, right: Type },
    #[error("Values rows have mismatched types: row({first}) vs row({other})")]
    ValuesTypes { first: String, other: String },
    #[error("{operation} query has different number of fields: {left}, {right}")]
    SetColumns { operation: &'static str, left: usize, right: usize },
    #[error("column {column} in {operation} query has incompatible types: {left}, {right}")]
    SetTypes { operation: &'static str, column: usize, left: Type, right: Type },
    #[error("Multiple columns returned by subquery are not yet supported. Found {0}")]
    SubqueryColumns(usize),

    // Grouping and order.
    #[error("'{column}' must be an aggregate expression or appear in GROUP BY clause{others}{mend}")]
    Ungrouped { column: String, others: String, mend: String },
    #[error(
        "The arguments to GROUPING() must be expressions referenced by the GROUP BY at the associated query level"
    )]
    GroupingArgument,
    #[error("GROUP BY has more than {0} grouping sets")]
    GroupingSets(usize),
    #[error("{0} is not comparable, and therefore cannot be used in GROUP BY")]
    GroupType(Type),
    #[error("{0} is not comparable, and therefore cannot be used in window function PARTITION BY")]
    PartitionType(Type),
    #[error("Type {0} is not orderable, and therefore cannot be used in ORDER BY")]
    OrderType(Type),
    #[error("{clause} position {position} is not in select list")]
    Position { clause: &'static str, position: String },
    #[error("DISTINCT can only be applied to comparable types (actual: {0})")]
    DistinctType(Type),
    #[error("For SELECT DISTINCT, ORDER BY expressions must appear in select list")]
    DistinctOrder,

    // UNLOAD.
    #[error("{0}")]
    UnloadPlace(PlaceError),
    #[error("UNLOAD option '{0}' does not exist")]
    UnloadOption(String),
    #[error("UNLOAD option '{0}' specified more than once")]
    UnloadOptionTwice(&'static str),
    #[error("UNLOAD option '{option}' must be {due}")]
    UnloadValue { option: &'static str, due: String },
    #[error("{} of type {ty} is not supported by UNLOAD: {name}", if *.is_folder { "Partition column" } else { "Column" })]
    UnloadType { name: String, ty: Type, is_folder: bool },
    #[error("Column name '{0}' specified more than once")]
    UnloadColumnTwice(String),
    #[error("Partition column '{0}' is not in the select list")]
    UnloadPartitionMissing(String),
    #[error("Partition columns must be the last columns of the select list and in the same order: [{0}]")]
    UnloadPartitionOrder(String),
    #[error("The select list contains only partition columns")]
    UnloadPartitionAll,
    #[error(
        "UNLOAD result file key when using the S3 prefix [{0}] provided in the destination will exceed the S3 allowed key length. See documentation for more details."
    )]
    UnloadPrefixLength(String),
    #[error(
        "UNLOAD result file key when using partitioned_by [{0}] will exceed the S3 allowed key length. See documentation for more details."
    )]
    UnloadPartitionLength(String),
    #[error(
        "UNLOAD result file key when using the S3 prefix [{prefix}] along with the partitioned_by [{names}] will exceed the S3 allowed key length. See documentation for more details."
    )]
    UnloadKeyLength { prefix: String, names: String },

    // Limits.
    #[error("The query has more than {0} parts when each WITH query is replaced by its text")]
    QueryParts(usize),
    #[error("Queries are nested deeper than {0} levels when each WITH query is replaced by its text")]
    QueryDepth(usize),
    #[error("The query repeats expressions of more than {0} nodes")]
    RepeatedNodes(usize),

    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl Reason {
    pub fn fault(self, span: Span) -> Fault {
        Fault { span, reason: Box::new(self) }
    }

    pub fn at<T>(self, span: Span) -> Result<T> {
        Err(self.fault(span))
    }
}

impl Fault {
    pub fn locate(self, text: &str) -> AnalysisError {
        let position = self.span.position(text);
        match *self.reason {
            Reason::DatabaseMissing { database, identifier } => {
                AnalysisError::DatabaseMissing { position, database, identifier }
            }
            reason => AnalysisError::Invalid { position, message: reason.to_string() },
        }
    }
}

impl AnalysisError {
    pub fn position(&self) -> Position {
        match self {
            Self::Invalid { position, .. } | Self::DatabaseMissing { position, .. } => *position,
        }
    }
}
