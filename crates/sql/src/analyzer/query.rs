//! Queries: WITH, the body, ORDER BY, LIMIT (sql.md 5.1).

use std::sync::Arc;

use super::Analyzer;
use super::clause::Clause;
use super::error::{Reason, Result};
use super::order::{ordinal, sort_key};
use super::scope::{Field, Place, Scope};
use crate::bound::{ColumnDef, Expr, Origin, Plan, SortKey};
use crate::syntax::ast::{self, QueryBody, RowCount, RowCountKind, SortItem};
use crate::value::Value;

/// A query's plan and what it returns, in order.
#[derive(Debug)]
pub(super) struct BoundQuery {
    pub plan: Plan,
    pub columns: Vec<QueryColumn>,
}

#[derive(Debug, Clone)]
pub(super) struct QueryColumn {
    pub column: ColumnDef,
    /// `None` for an expression without an alias.
    pub name: Option<Arc<str>>,
    pub aliased: bool,
    pub origin: Option<Arc<Origin>>,
}

impl QueryColumn {
    pub fn unnamed(column: ColumnDef) -> Self {
        Self { column, name: None, aliased: false, origin: None }
    }

    /// The column as the query around sees it.
    pub fn field(&self) -> Field {
        let origin = self.origin.clone();
        Field { relation: None, name: self.name.clone(), column: self.column.clone(), origin, merged: false }
    }
}

impl<'a> Analyzer<'a> {
    /// Binds a query; `outer` is what its expressions can name of the query around it.
    pub(super) fn query(&mut self, query: &'a ast::Query, outer: Option<&Scope<'_>>) -> Result<BoundQuery> {
        self.nested(query.span, |analyzer| analyzer.bind_query(query, outer))
    }

    fn bind_query(&mut self, query: &'a ast::Query, outer: Option<&Scope<'_>>) -> Result<BoundQuery> {
        let tables_before = self.common_tables.len();
        if let Some(with) = &query.with {
            self.define_common_tables(with)?;
        }
        let mut bound = match &query.body {
            QueryBody::Select(select) => self.select(select, &query.order_by, outer)?,
            body => {
                let bound = self.body(body, outer)?;
                self.order_output(bound, &query.order_by, outer)?
            }
        };
        bound.plan = self.limit(bound.plan, query)?;
        self.forget_common_tables(tables_before)?;
        Ok(bound)
    }

    /// Binds what stands before ORDER BY.
    pub(super) fn body(&mut self, body: &'a QueryBody, outer: Option<&Scope<'_>>) -> Result<BoundQuery> {
        match body {
            QueryBody::Select(select) => self.select(select, &[], outer),
            QueryBody::Values(values) => self.values(values, outer),
            QueryBody::SetOperation(operation) => self.set_operation(operation, outer),
            QueryBody::Query(query) => self.query(query, outer),
            QueryBody::Table(name) => {
                let relation = self.named_relation(name)?;
                let fields = relation.fields.iter().filter(|field| !field.merged);
                let columns = fields.map(|field| QueryColumn {
                    column: field.column.clone(),
                    name: field.name.clone(),
                    aliased: false,
                    origin: field.origin.clone(),
                });
                Ok(BoundQuery { columns: columns.collect(), plan: relation.plan })
            }
        }
    }

    /// Sorts a body that is no SELECT: its output columns are all that ORDER BY can name.
    fn order_output(
        &mut self,
        bound: BoundQuery,
        order_by: &'a [SortItem],
        outer: Option<&Scope<'_>>,
    ) -> Result<BoundQuery> {
        if order_by.is_empty() {
            return Ok(bound);
        }
        let fields: Vec<Field> = bound.columns.iter().map(QueryColumn::field).collect();
        let scope = Scope { fields: &fields, measures: &[], parent: outer, query_boundary: true };
        let place = Place::plain(&scope, Clause::OrderBy);
        let mut keys: Vec<SortKey> = Vec::with_capacity(order_by.len());
        for item in order_by {
            let expr = match ordinal(&item.expr, fields.len(), "ORDER BY")? {
                Some(index) => match bound.columns.get(index) {
                    Some(column) => Expr::column(&column.column, item.expr.span),
                    None => continue,
                },
                None => self.expression(&item.expr, place)?,
            };
            keys.push(sort_key(expr, item)?);
        }
        let plan = Plan::Sort { input: Box::new(bound.plan), keys };
        Ok(BoundQuery { plan, columns: bound.columns })
    }

    fn limit(&mut self, plan: Plan, query: &'a ast::Query) -> Result<Plan> {
        let offset = query.offset.as_ref().map(|offset| self.row_count(offset)).transpose()?;
        let count = query.limit.as_ref().map(|limit| self.row_count(limit)).transpose()?;
        if offset.is_none() && count.is_none() {
            return Ok(plan);
        }
        Ok(Plan::Limit { input: Box::new(plan), offset: offset.unwrap_or(0), count })
    }

    fn row_count(&mut self, count: &'a RowCount) -> Result<u64> {
        match &count.kind {
            RowCountKind::Number(digits) => match digits.parse() {
                Ok(count) => Ok(count),
                Err(_) => Reason::NumberTooLarge(digits.clone()).at(count.span),
            },
            RowCountKind::Parameter(name) => {
                let value = self.parameter_value(name, count.span)?;
                let count_value = match value {
                    Some(Value::Integer(value)) => u64::try_from(value).ok(),
                    Some(Value::Bigint(value)) => u64::try_from(value).ok(),
                    None => Some(0),
                    Some(_) => None,
                };
                match count_value {
                    Some(value) => Ok(value),
                    None => Reason::RowCount(name.clone()).at(count.span),
                }
            }
        }
    }
}
