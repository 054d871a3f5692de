//! UNION, INTERSECT, EXCEPT.

use std::sync::Arc;

use datafusion::common::{JoinType, NullEquality};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, Union, WindowFrame, WindowFunctionDefinition,
};

use super::relation::{all_same, distinct, join, named};
use super::{Lowering, Result, column, project};
use crate::bound::{ColumnDef, ColumnId, Plan, SetOp};

impl Lowering {
    /// One side of a set operation, with the columns of its result.
    pub(super) fn set_side(
        &mut self,
        side: &Plan,
        from: &[ColumnId],
        to: &[ColumnDef],
    ) -> Result<LogicalPlan> {
        let side = self.plan(side)?;
        let exprs = from.iter().zip(to).map(|(from, to)| named(column(*from), to.id));
        project(side, exprs.collect())
    }

    pub(super) fn set(
        &mut self,
        op: SetOp,
        all: bool,
        left: LogicalPlan,
        right: LogicalPlan,
        columns: &[ColumnDef],
    ) -> Result<LogicalPlan> {
        let ids: Vec<ColumnId> = columns.iter().map(|column| column.id).collect();
        let join_type = match op {
            SetOp::Union => {
                let both = union(flatten(left, all).chain(flatten(right, all)).collect())?;
                return if all { Ok(both) } else { distinct(both) };
            }
            SetOp::Intersect => JoinType::LeftSemi,
            SetOp::Except => JoinType::LeftAnti,
        };
        let (left, right) = if all { (left, right) } else { (distinct(left)?, right) };
        // With ALL the n-th copy of a row on the left meets the n-th copy on the right.
        let copy = all.then(|| self.fresh());
        let left = number_copies(left, &ids, copy)?;
        let right = number_copies(right, &ids, copy)?;
        let mut pairs = Vec::new();
        let mut renamed = Vec::new();
        for id in ids.iter().copied().chain(copy) {
            let other = self.fresh();
            pairs.push((id, other));
            renamed.push(named(column(id), other));
        }
        let right = project(right, renamed)?;
        let joined = join(left, right, join_type, all_same(&pairs), None, NullEquality::NullEqualsNull)?;
        project(joined, ids.into_iter().map(column).collect())
    }
}

/// UNION ALL of inputs with the same columns.
pub(super) fn union(mut inputs: Vec<Arc<LogicalPlan>>) -> Result<LogicalPlan> {
    match inputs.pop() {
        Some(only) if inputs.is_empty() => Ok(Arc::unwrap_or_clone(only)),
        last => {
            inputs.extend(last);
            Ok(LogicalPlan::Union(Union::try_new(inputs)?))
        }
    }
}

/// The branches of a chain of unions, so that the plan does not become as deep as the chain is long.
fn flatten(plan: LogicalPlan, all: bool) -> impl Iterator<Item = Arc<LogicalPlan>> {
    let branches = match plan {
        LogicalPlan::Union(union) if all => union.inputs,
        plan => vec![Arc::new(plan)],
    };
    branches.into_iter()
}

/// Adds the number of each row among its equals.
fn number_copies(input: LogicalPlan, ids: &[ColumnId], copy: Option<ColumnId>) -> Result<LogicalPlan> {
    let Some(copy) = copy else { return Ok(input) };
    let number = Expr::from(WindowFunction {
        fun: WindowFunctionDefinition::WindowUDF(row_number_udwf()),
        params: WindowFunctionParams {
            args: Vec::new(),
            partition_by: ids.iter().map(|id| column(*id)).collect(),
            order_by: Vec::new(),
            window_frame: WindowFrame::new(None),
            filter: None,
            null_treatment: None,
            distinct: false,
        },
    });
    let name = number.schema_name().to_string();
    let numbered = LogicalPlanBuilder::from(input).window(vec![number])?.build()?;
    let kept = ids.iter().map(|id| column(*id));
    let number = Expr::Column(datafusion::common::Column::new_unqualified(name));
    project(numbered, kept.chain([named(number, copy)]).collect())
}
