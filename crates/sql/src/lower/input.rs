//! The rows an expression is computed over, which subqueries in it extend by joins.

use datafusion::logical_expr::{Expr, LogicalPlan};

use super::relation::{named, single_row};
use super::{Result, column, column_name, extend, project};
use crate::bound::{ColumnDef, ColumnId};

#[derive(Debug)]
pub(super) struct Input {
    plan: LogicalPlan,
    /// The plan before any subquery extended it. What a subquery takes from outside stands here already; taking it from
    /// the extended plan would repeat all subqueries before it, and theirs before them.
    base: LogicalPlan,
    /// What has been made a column of the plan.
    computed: Vec<(Expr, ColumnId)>,
    /// Sort keys that have been made columns of which the engine knows nothing.
    hidden: Vec<(Expr, ColumnId)>,
}

impl Input {
    pub fn new(plan: LogicalPlan) -> Self {
        Self { base: plan.clone(), plan, computed: Vec::new(), hidden: Vec::new() }
    }

    /// One row without columns, for expressions that use none.
    pub fn nothing() -> Self {
        Self::new(single_row())
    }

    pub fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    pub fn into_plan(self) -> LogicalPlan {
        self.plan
    }

    /// Puts a plan in the place of the input that has at least its columns.
    pub fn change(&mut self, change: impl FnOnce(LogicalPlan) -> Result<LogicalPlan>) -> Result<()> {
        let plan = std::mem::replace(&mut self.plan, single_row());
        self.plan = change(plan)?;
        Ok(())
    }

    /// The column that holds an expression already. Equal volatile expressions are different values.
    pub fn computed(&self, expr: &Expr) -> Option<ColumnId> {
        let known = self.computed.iter().find(|(known, _)| known == expr && !expr.is_volatile());
        known.map(|(_, id)| *id)
    }

    /// The column that holds a hidden key already.
    pub fn hidden(&self, key: &Expr) -> Option<ColumnId> {
        let known = self.hidden.iter().find(|(known, _)| known == key && !key.is_volatile());
        known.map(|(_, id)| *id)
    }

    /// Makes a key a column as which it is hidden.
    pub fn hide(&mut self, key: Expr, hidden: Expr, id: ColumnId) -> Result<()> {
        self.hidden.push((key, id));
        self.change(|plan| extend(plan, vec![named(hidden, id)]))
    }

    /// Whether the rows are those of a union, branch by branch.
    pub fn passes_union_on(&self) -> bool {
        passes_union_on(&self.plan)
    }

    /// Makes an expression a column.
    pub fn compute(&mut self, expr: Expr, id: ColumnId) -> Result<()> {
        self.computed.push((expr.clone(), id));
        self.change(|plan| extend(plan, vec![named(expr, id)]))
    }

    /// Whether a subquery has extended it.
    pub fn is_extended(&self) -> bool {
        self.plan != self.base
    }

    /// The columns `from` under the names `to`.
    pub fn renamed(&self, from: &[ColumnDef], to: &[ColumnId]) -> Result<LogicalPlan> {
        let schema = self.base.schema();
        let is_known = |column: &ColumnDef| schema.has_column_with_unqualified_name(&column_name(column.id));
        let source = if from.iter().all(is_known) { &self.base } else { &self.plan };
        let columns = from.iter().zip(to).map(|(from, to)| named(column(from.id), *to));
        project(source.clone(), columns.collect())
    }
}

fn passes_union_on(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Union(_) => true,
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Extension(_) => plan.inputs().into_iter().any(passes_union_on),
        _ => false,
    }
}
