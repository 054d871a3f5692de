//! UNION, INTERSECT, EXCEPT (sql.md 5.1): columns meet by position, names come from the first branch.

use super::Analyzer;
use super::error::{Reason, Result};
use super::query::{BoundQuery, QueryColumn};
use super::scope::Scope;
use crate::bound::{ColumnDef, ColumnId, Expr, Plan, SetOp};
use crate::syntax::ast::{SetOperation, SetOperator, Span};
use crate::types::Type;

impl<'a> Analyzer<'a> {
    /// Branches combine from the left.
    pub(super) fn set_operation(
        &mut self,
        operation: &'a SetOperation,
        outer: Option<&Scope<'_>>,
    ) -> Result<BoundQuery> {
        let mut branches = operation.branches.iter();
        let Some(first) = branches.next() else {
            return Reason::Unsupported("a set operation without branches").at(operation.span);
        };
        let mut combined = self.body(first, outer)?;
        for branch in branches {
            let right = self.body(branch, outer)?;
            combined = self.combine(combined, right, operation)?;
        }
        Ok(combined)
    }

    fn combine(
        &mut self,
        left: BoundQuery,
        right: BoundQuery,
        operation: &SetOperation,
    ) -> Result<BoundQuery> {
        let name = match operation.operator {
            SetOperator::Union => "UNION",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::Except => "EXCEPT",
        };
        let (left_count, right_count) = (left.columns.len(), right.columns.len());
        if left_count != right_count {
            let reason = Reason::SetColumns { operation: name, left: left_count, right: right_count };
            return reason.at(operation.span);
        }
        let mut types = Vec::with_capacity(left_count);
        for (index, (left, right)) in left.columns.iter().zip(&right.columns).enumerate() {
            let (left, right) = (&left.column.ty, &right.column.ty);
            let needs_comparison = operation.operator != SetOperator::Union || !operation.all;
            let ty = Type::common(left, right).filter(|ty| !needs_comparison || ty.is_comparable());
            match ty {
                Some(ty) => types.push(ty),
                None => {
                    let (left, right) = (left.clone(), right.clone());
                    let reason = Reason::SetTypes { operation: name, column: index + 1, left, right };
                    return reason.at(operation.span);
                }
            }
        }
        let (left_plan, left_columns) = self.convert(left.plan, &left.columns, &types, operation.span)?;
        let (right_plan, right_columns) = self.convert(right.plan, &right.columns, &types, operation.span)?;
        let columns: Vec<ColumnDef> = types.into_iter().map(|ty| self.new_column(ty)).collect();
        let output = columns.iter().zip(left.columns).map(|(column, named)| QueryColumn {
            column: column.clone(),
            name: named.name,
            aliased: named.aliased,
            origin: None,
        });
        let plan = Plan::Set {
            op: match operation.operator {
                SetOperator::Union => SetOp::Union,
                SetOperator::Intersect => SetOp::Intersect,
                SetOperator::Except => SetOp::Except,
            },
            all: operation.all,
            left: Box::new(left_plan),
            left_columns,
            right: Box::new(right_plan),
            right_columns,
            columns: columns.clone(),
        };
        Ok(BoundQuery { plan, columns: output.collect() })
    }

    /// Gives the columns of a branch the common types.
    fn convert(
        &mut self,
        plan: Plan,
        columns: &[QueryColumn],
        types: &[Type],
        span: Span,
    ) -> Result<(Plan, Vec<ColumnId>)> {
        if columns.iter().zip(types).all(|(column, ty)| column.column.ty == *ty) {
            return Ok((plan, columns.iter().map(|column| column.column.id).collect()));
        }
        let mut exprs = Vec::with_capacity(columns.len());
        for (column, ty) in columns.iter().zip(types) {
            let expr = self.coerce(Expr::column(&column.column, span), ty)?;
            exprs.push((self.new_column_id(), expr));
        }
        let ids = exprs.iter().map(|(id, _)| *id).collect();
        Ok((Plan::Project { input: Box::new(plan), exprs }, ids))
    }
}
