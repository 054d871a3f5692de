//! Subqueries in expressions: scalar, EXISTS, IN, ALL/ANY/SOME. Columns of the query around are `OuterColumn`s.

use super::super::Analyzer;
use super::super::clause::Clause;
use super::super::coerce::common_type;
use super::super::error::{Reason, Result};
use super::super::query::BoundQuery;
use super::super::scope::Place;
use super::compare::{compare_op, symbol, takes};
use crate::bound::{ColumnDef, Expr, ExprKind, Plan};
use crate::syntax::ast::{self, Quantifier, Span};
use crate::types::{RowField, Type};

impl<'a> Analyzer<'a> {
    pub(super) fn with_subquery(&mut self, expr: &'a ast::Expr, place: Place<'_>) -> Result<Expr> {
        match &expr.kind {
            ast::ExprKind::ScalarSubquery(query) => self.scalar_subquery(query, expr.span, place),
            ast::ExprKind::Exists(query) => {
                let query = self.subquery(query, place)?;
                let kind = ExprKind::Exists { plan: Box::new(query.plan), negated: false };
                Ok(Expr::new(kind, Type::Boolean, expr.span))
            }
            ast::ExprKind::InSubquery { operand, query, negated } => {
                self.in_subquery(operand, query, *negated, expr.span, place)
            }
            _ => self.quantified(expr, place),
        }
    }

    fn scalar_subquery(&mut self, query: &'a ast::Query, span: Span, place: Place<'_>) -> Result<Expr> {
        let bound = self.subquery(query, place)?;
        let (plan, column) = single_column(bound, query.span)?;
        Ok(Expr::new(ExprKind::ScalarSubquery(Box::new(plan)), column.ty, span))
    }

    fn in_subquery(
        &mut self,
        operand: &'a ast::Expr,
        query: &'a ast::Query,
        negated: bool,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let operand = self.expression(operand, place)?;
        let (plan, column) = self.comparable_subquery(&operand, query, place)?;
        match self.meet(operand, plan, column)? {
            Ok((expr, plan)) if expr.ty.is_comparable() => {
                let kind = ExprKind::InSubquery { expr: Box::new(expr), plan: Box::new(plan), negated };
                Ok(Expr::new(kind, Type::Boolean, span))
            }
            Ok((expr, _)) => Reason::InSubquery { left: expr.ty.clone(), right: expr.ty }.at(span),
            Err((left, right)) => Reason::InSubquery { left, right }.at(span),
        }
    }

    fn quantified(&mut self, expr: &'a ast::Expr, place: Place<'_>) -> Result<Expr> {
        let ast::ExprKind::QuantifiedComparison { operator, operator_span, quantifier, left, query } =
            &expr.kind
        else {
            return Reason::Unsupported("this subquery").at(expr.span);
        };
        let op = compare_op(*operator);
        let left = self.expression(left, place)?;
        let (plan, column) = self.comparable_subquery(&left, query, place)?;
        match self.meet(left, plan, column)? {
            Ok((left, plan)) if takes(op, &left.ty) => {
                let all = *quantifier == Quantifier::All;
                let kind = ExprKind::Quantified { left: Box::new(left), op, all, plan: Box::new(plan) };
                Ok(Expr::new(kind, Type::Boolean, expr.span))
            }
            Ok((left, _)) => {
                let right = left.ty.clone();
                Reason::Operator { left: left.ty, symbol: symbol(op), right }.at(*operator_span)
            }
            Err((left, right)) => Reason::Operator { left, symbol: symbol(op), right }.at(*operator_span),
        }
    }

    fn subquery(&mut self, query: &'a ast::Query, place: Place<'_>) -> Result<BoundQuery> {
        if place.clause == Clause::Lambda {
            return Reason::SubqueryInLambda.at(query.span);
        }
        self.query(query, Some(place.scope))
    }

    /// A subquery whose rows are compared with `operand`: one column, or one for each field of a row.
    fn comparable_subquery(
        &mut self,
        operand: &Expr,
        query: &'a ast::Query,
        place: Place<'_>,
    ) -> Result<(Plan, ColumnDef)> {
        let mut bound = self.subquery(query, place)?;
        let columns: Vec<ColumnDef> = bound.columns.iter().map(|column| column.column.clone()).collect();
        if let Type::Row(fields) = &operand.ty
            && columns.len() > 1
            && columns.len() == fields.len()
        {
            let types = columns.iter().map(|column| RowField { name: None, ty: column.ty.clone() });
            let row = self.new_column(Type::Row(types.collect()));
            let fields = columns.iter().map(|column| Expr::column(column, query.span)).collect();
            let expr = Expr::new(ExprKind::Row(fields), row.ty.clone(), query.span);
            bound.plan = Plan::Project { input: Box::new(bound.plan), exprs: vec![(row.id, expr)] };
            return Ok((bound.plan, row));
        }
        single_column(bound, query.span)
    }

    /// Converts an operand and the column of a subquery to their common type, or tells the types that have none.
    #[allow(clippy::type_complexity, reason = "the inner error is a pair of types")]
    fn meet(
        &mut self,
        operand: Expr,
        plan: Plan,
        column: ColumnDef,
    ) -> Result<std::result::Result<(Expr, Plan), (Type, Type)>> {
        let right = Expr::column(&column, operand.span);
        let Some(ty) = common_type([&operand, &right].into_iter()) else {
            return Ok(Err((operand.ty, column.ty)));
        };
        let operand = self.coerce(operand, &ty)?;
        if column.ty == ty {
            return Ok(Ok((operand, plan)));
        }
        let converted = self.new_column(ty.clone());
        let exprs = vec![(converted.id, self.coerce(right, &ty)?)];
        Ok(Ok((operand, Plan::Project { input: Box::new(plan), exprs })))
    }
}

/// A query with one column, as a plan that returns nothing else.
fn single_column(query: BoundQuery, span: Span) -> Result<(Plan, ColumnDef)> {
    let [column] = query.columns.as_slice() else {
        return Reason::SubqueryColumns(query.columns.len()).at(span);
    };
    let column = column.column.clone();
    if query.plan.columns().len() == 1 {
        return Ok((query.plan, column));
    }
    let exprs = vec![(column.id, Expr::column(&column, span))];
    Ok((Plan::Project { input: Box::new(query.plan), exprs }, column))
}
