//! Expressions.

use super::{Identifier, Query, SortItem, Span, TypeName, WindowSpecification, walk};

/// An expression. Parentheses leave no node; the span is that of the expression inside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
    height: u16,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Literal(Literal),
    /// A column or a lambda parameter.
    Identifier(Identifier),
    /// `base.field`: the qualifier of a column or a field of a row; see [`Expr::name_parts`].
    Dereference {
        base: Box<Expr>,
        field: Identifier,
    },
    /// `@name`, without the `@`.
    Parameter(String),

    /// Two or more terms joined by AND or by OR, in the order of the text.
    Logical {
        operator: LogicalOperator,
        terms: Vec<Expr>,
    },
    Not(Box<Expr>),
    /// `+x` and `-x`.
    Sign {
        negative: bool,
        operand: Box<Expr>,
    },
    /// Operators of one precedence, applied from the left: `first op term op term ...`. Never without a link. Sums stay
    /// in the order of the text, for overflow and rounding depend on it.
    Arithmetic {
        first: Box<Expr>,
        links: Vec<ArithmeticLink>,
    },
    /// Two or more terms of `||`, applied from the left.
    Concat(Vec<Expr>),
    AtTimeZone {
        operand: Box<Expr>,
        zone: Box<Expr>,
    },

    Comparison {
        operator: ComparisonOperator,
        operator_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    QuantifiedComparison {
        operator: ComparisonOperator,
        operator_span: Span,
        quantifier: Quantifier,
        left: Box<Expr>,
        query: Box<Query>,
    },
    IsNull {
        operand: Box<Expr>,
        negated: bool,
    },
    /// `negated` is IS NOT DISTINCT FROM.
    IsDistinctFrom {
        left: Box<Expr>,
        right: Box<Expr>,
        negated: bool,
    },
    Between {
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negated: bool,
    },
    InList {
        operand: Box<Expr>,
        list: Vec<Expr>,
        negated: bool,
    },
    InSubquery {
        operand: Box<Expr>,
        query: Box<Query>,
        negated: bool,
    },
    Like {
        operand: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
        negated: bool,
    },
    Exists(Box<Query>),
    ScalarSubquery(Box<Query>),

    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<CaseBranch>,
        otherwise: Option<Box<Expr>>,
    },
    /// `safe` is TRY_CAST.
    Cast {
        operand: Box<Expr>,
        type_name: TypeName,
        safe: bool,
    },
    Try(Box<Expr>),
    /// `EXTRACT(field FROM operand)`; the field as written.
    Extract {
        field: Identifier,
        operand: Box<Expr>,
    },
    /// `POSITION(needle IN haystack)`.
    Position {
        needle: Box<Expr>,
        haystack: Box<Expr>,
    },
    /// `TRIM([side] [characters] FROM operand)`. `TRIM(x)` is a function call.
    Trim {
        side: TrimSide,
        characters: Option<Box<Expr>>,
        operand: Box<Expr>,
    },
    Function(Box<FunctionCall>),
    /// `x -> body`, `(x, y) -> body`, `() -> body`.
    Lambda {
        parameters: Vec<Identifier>,
        body: Box<Expr>,
    },

    /// `ROW(a, b)`, or `(a, b)` with two or more fields.
    Row {
        fields: Vec<Expr>,
        explicit: bool,
    },
    Array(Vec<Expr>),
    Subscript {
        base: Box<Expr>,
        index: Box<Expr>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Boolean(bool),
    /// Digits as written, without a sign; may exceed 64 bits.
    Integer(String),
    /// Infinity where the text exceeds the range.
    Double(f64),
    /// The decoded text, also of a `U&'...'` string.
    String(String),
    /// `DATE '2022-06-17'`, `DOUBLE '0.0'`: the name as written, the text decoded.
    Typed {
        type_name: Identifier,
        text: String,
    },
    /// `INTERVAL [-] 'text' start [TO end]`; also without quotes round a number.
    Interval {
        negative: bool,
        text: String,
        start: IntervalField,
        end: Option<IntervalField>,
    },
    /// `5m`, `72.5h`: digits with at most one point.
    ShortInterval {
        number: String,
        unit: ShortUnit,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalField {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

/// The units of sql.md 2.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortUnit {
    Nanosecond,
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogicalOperator {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ArithmeticLink {
    pub operator: ArithmeticOperator,
    pub operator_span: Span,
    pub operand: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonOperator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    All,
    /// ANY or SOME.
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrimSide {
    Leading,
    Trailing,
    Both,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CaseBranch {
    pub when: Expr,
    pub then: Expr,
}

/// `name([DISTINCT] arguments [ORDER BY ...]) [FILTER (WHERE ...)] [IGNORE NULLS] [OVER ...]`.
///
/// The words that need no parentheses (`current_date`, `current_time`, `current_timestamp`, `localtime`,
/// `localtimestamp`) are calls without arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    pub name: Identifier,
    pub distinct: bool,
    /// The one argument `*` of `count(*)`; `arguments` is empty then.
    pub star: bool,
    pub arguments: Vec<Expr>,
    pub order_by: Vec<SortItem>,
    pub filter: Option<Expr>,
    pub null_treatment: Option<NullTreatment>,
    pub over: Option<Window>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullTreatment {
    Ignore,
    Respect,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Window {
    Named(Identifier),
    Specification(Box<WindowSpecification>),
}

impl Expr {
    pub fn new(kind: ExprKind, span: Span) -> Self {
        let mut expr = Self { span, kind, height: 0 };
        expr.height = walk::height(&expr);
        expr
    }

    /// The levels of evaluation in and below the node; at least as many as its levels of nodes. See
    /// `model::limits::SQL_EXPRESSION_HEIGHT_MAX`.
    pub fn height(&self) -> u16 {
        self.height
    }

    /// The names of `a`, `a.b` or `a.b.c`; `None` for any other expression.
    pub fn name_parts(&self) -> Option<Vec<&Identifier>> {
        let mut parts = Vec::new();
        let mut expr = self;
        loop {
            match &expr.kind {
                ExprKind::Identifier(name) => {
                    parts.push(name);
                    parts.reverse();
                    return Some(parts);
                }
                ExprKind::Dereference { base, field } => {
                    parts.push(field);
                    expr = base;
                }
                _ => return None,
            }
        }
    }
}
