//! Every function and operator of the language, by Timestream's names and semantics (sql.md 7).
//!
//! One function is one file with a `static` declaration (signatures, documentation, kernel, source) and one line in
//! its family's list. The declarations and the scalar kernels know Arrow but not DataFusion; only what is behind the
//! feature `engine` does. The reference page and COMPAT.md are generated from the lists.

pub mod aggregate;
pub mod arguments;
pub mod array;
pub mod attempt;
pub mod bitwise;
pub mod cast;
pub mod compare;
pub mod conditional;
pub mod constants;
pub mod datetime;
pub mod lambda;
pub mod map;
pub mod mathematical;
pub(crate) mod nan;
pub mod operator;
pub mod registry;
pub mod regular_expression;
pub mod signature;
pub mod stop;
pub mod string;
pub mod timeseries;
pub mod window;

use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::ArrayRef;
use rand::SeedableRng;

use crate::types::Type;
pub use arguments::{Argument, Arguments, LambdaArgument};
pub use registry::Registry;

/// A scalar function or operator. Operators are called `$add`, `$concat`, `$like`, ...: names no query can write.
#[derive(Debug)]
pub struct ScalarFunction {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub family: Family,
    pub volatility: Volatility,
    pub overloads: &'static [Overload],
    pub documentation: Documentation,
}

/// One signature of a scalar function with the kernel that computes it.
#[derive(Debug)]
pub struct Overload {
    /// For example `bin(timestamp, interval day to second) -> timestamp`; the grammar is in [`signature`].
    pub signature: &'static str,
    pub kernel: Kernel,
}

/// Computes a batch: the result has `call.rows` rows and the Arrow type of `call.return_type`. Arguments have exactly
/// the types of the signature. Each kernel handles NULLs itself; an error fails the query (QueryExecutionException)
/// unless TRY stands around it.
pub type Kernel = fn(&Call<'_>, &Arguments<'_>) -> Result<ArrayRef, RowError>;

/// What a kernel may know of its call.
#[derive(Debug)]
pub struct Call<'a> {
    pub rows: usize,
    pub argument_types: &'a [Type],
    pub return_type: &'a Type,
    pub query: &'a QueryClock,
}

/// The instant of the query's start: `now()`, `ago()`, `current_date` and their like share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct QueryClock {
    pub now_ns: i64,
    /// From the injected entropy; each batch of a volatile function starts its sequence from the next number.
    pub seed: u64,
}

impl QueryClock {
    /// A generator for one batch of a volatile function.
    pub fn rng(&self) -> rand::rngs::StdRng {
        static BATCH: AtomicU64 = AtomicU64::new(0);
        let batch = BATCH.fetch_add(1, Ordering::Relaxed);
        rand::rngs::StdRng::seed_from_u64(self.seed ^ batch.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

#[derive(Debug)]
pub struct AggregateFunction {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub overloads: &'static [AggregateOverload],
    /// Whether the order of input rows can change the result, so ORDER BY inside the call matters.
    pub order_sensitive: bool,
    pub documentation: Documentation,
}

#[derive(Debug)]
pub struct AggregateOverload {
    pub signature: &'static str,
    /// The DataFusion function for these argument types. Where its result type is not that of the signature, the
    /// lowering adds a cast.
    #[cfg(feature = "engine")]
    pub engine: fn(&[Type], &Type) -> std::sync::Arc<datafusion::logical_expr::AggregateUDF>,
}

#[derive(Debug)]
pub struct WindowFunction {
    pub name: &'static str,
    pub overloads: &'static [WindowOverload],
    pub documentation: Documentation,
}

#[derive(Debug)]
pub struct WindowOverload {
    pub signature: &'static str,
    #[cfg(feature = "engine")]
    pub engine: fn(&[Type], &Type) -> std::sync::Arc<datafusion::logical_expr::WindowUDF>,
}

/// For the reference page.
#[derive(Debug, Clone, Copy)]
pub struct Documentation {
    /// One sentence in the third person.
    pub summary: &'static str,
    /// What it returns for NULLs and at the edges, and when it fails.
    pub edges: &'static str,
    /// Queries with their result as text.
    pub examples: &'static [(&'static str, &'static str)],
    /// The page or rule that fixes the behaviour, for example `sql.md 7.8`.
    pub source: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// The same arguments give the same result within a query: calls on constants are folded.
    Stable,
    /// Every evaluation may differ (`rand`).
    Volatile,
}

/// The families of sql.md 7, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Operator,
    Conditional,
    Mathematical,
    Bitwise,
    String,
    Array,
    Lambda,
    RegularExpression,
    DateTime,
    TimeSeries,
}

/// A failure on the data of one row. The text goes to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RowError {
    pub message: String,
}

impl RowError {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    pub fn division_by_zero() -> Self {
        Self::new("Division by zero")
    }
}

impl From<arrow::error::ArrowError> for RowError {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::DivideByZero => Self::division_by_zero(),
            other => Self::new(other.to_string()),
        }
    }
}
