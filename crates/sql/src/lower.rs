//! The bound tree as a DataFusion plan.
//!
//! Every column is called `c<id>`, without a qualifier, and every expression has its final type, so DataFusion resolves
//! no name and coerces nothing. Subqueries become joins here, correlated ones by carrying the outer columns along; only
//! uncorrelated scalar subqueries reach DataFusion as such. Start with `relation.rs`; `operation.rs` is the way from
//! DataFusion to our kernels.

mod aggregate;
mod closure;
mod coalesce;
mod constant;
mod error;
mod expression;
mod fallible;
mod input;
pub(crate) mod known;
mod logic;
mod operation;
mod relation;
mod set;
mod single_value;
mod subquery;
mod unnest;
mod window;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};
use datafusion::physical_expr::PhysicalExpr;
use model::limits::SQL_COPIED_NODES_MAX;
use model::scan::ReadView;

use crate::bound::{ColumnId, Query};
use crate::functions::QueryClock;
use crate::syntax::ast::Span;

pub use error::LowerError;
use error::Result;
pub(crate) use error::{find_row_error, row_error};
pub(crate) use single_value::SEVERAL_ROWS;
pub(crate) use unnest::UnnestPlanner;

/// Ids from here on are made by the lowering; the analyzer counts from 0.
const FRESH_IDS_START: u32 = 1 << 31;

/// Lowers a query. The plan's columns are the query's output columns in order, called `o0`, `o1`, ...
pub fn lower(query: &Query, view: &Arc<dyn ReadView>, clock: QueryClock) -> Result<LogicalPlan> {
    let mut lowering = Lowering {
        view: Arc::clone(view),
        clock,
        next_fresh: FRESH_IDS_START,
        stored: HashSet::new(),
        domains: HashMap::new(),
        copied_nodes: 0,
    };
    let plan = lowering.plan(&query.plan)?;
    let output = query.output.iter().enumerate();
    let output = output.map(|(index, output)| column(output.id).alias(format!("o{index}")));
    project(plan, output.collect())
}

/// The state of one lowering.
struct Lowering {
    view: Arc<dyn ReadView>,
    clock: QueryClock,
    next_fresh: u32,
    /// Columns that come straight from storage, which holds no NaN and no infinity.
    stored: HashSet<ColumnId>,
    /// Plans that stand for a `VALUES` node without rows, found by its first column (see `subquery.rs`).
    domains: HashMap<ColumnId, LogicalPlan>,
    /// Nodes of expressions that stand in a second place.
    copied_nodes: usize,
}

impl Lowering {
    fn fresh(&mut self) -> ColumnId {
        let id = ColumnId(self.next_fresh);
        self.next_fresh += 1;
        id
    }

    /// A copy of an expression for a second place. Copies within copies would grow without bound.
    fn copy(&mut self, expr: &Expr) -> Result<Expr> {
        let mut nodes = 0;
        expr.apply(|_| {
            nodes += 1;
            Ok(TreeNodeRecursion::Continue)
        })?;
        self.copied_nodes += nodes;
        if self.copied_nodes > SQL_COPIED_NODES_MAX {
            return error::unsupported(
                "a query that needs its conditions in so many places",
                Span::default(),
            );
        }
        Ok(expr.clone())
    }
}

fn column_name(id: ColumnId) -> String {
    format!("c{}", id.0)
}

fn column(id: ColumnId) -> Expr {
    Expr::Column(Column::new_unqualified(column_name(id)))
}

fn project(input: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input))?))
}

/// Keeps the input's columns and adds `exprs`.
fn extend(input: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
    if exprs.is_empty() {
        return Ok(input);
    }
    let kept = input.schema().columns().into_iter().map(Expr::Column);
    let exprs = kept.chain(exprs).collect();
    project(input, exprs)
}

fn physical_expr(
    expr: &Expr,
    input: &DFSchema,
    props: &ExecutionProps,
) -> datafusion::common::Result<Arc<dyn PhysicalExpr>> {
    use datafusion::physical_expr::create_physical_expr;
    create_physical_expr(expr, input, props, &Default::default())
}
