//! Relational nodes.

use std::sync::Arc;

use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::common::{
    Column, DFSchema, DFSchemaRef, JoinConstraint, JoinType, NullEquality, TableReference,
};
use datafusion::logical_expr::{
    Distinct, EmptyRelation, Expr, Extension, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator, Sort,
    SortExpr, TableScanBuilder, Values,
};

use super::error::unsupported;
use super::expression::binary;
use super::input::Input;
use super::unnest::UnnestNode;
use super::{Lowering, Result, column, column_name, constant, extend, project};
use crate::bound::{self, ColumnDef, ColumnId, ExprKind, JoinKind, Plan, SortKey, UnnestItem};
use crate::functions::Volatility;
use crate::scan::table_provider;
use crate::types::Type;
use model::scan::TableView;

/// More rows than any plan has.
const ROWS_MAX: usize = i64::MAX as usize / 2;

impl Lowering {
    /// Lowers a node. The result may have more columns than the node passes on.
    pub(super) fn plan(&mut self, plan: &Plan) -> Result<LogicalPlan> {
        match plan {
            Plan::SingleRow => Ok(single_row()),
            Plan::Values { columns, rows } => self.values(columns, rows),
            Plan::Scan { table, columns } => self.scan(table, columns),
            Plan::Project { input, exprs } => {
                let mut input = Input::new(self.plan(input)?);
                let mut lowered = Vec::with_capacity(exprs.len());
                for (id, expr) in exprs {
                    lowered.push(named(self.expr(expr, &mut input)?, *id));
                    if let ExprKind::Column(from) = expr.kind
                        && self.stored.contains(&from)
                    {
                        self.stored.insert(*id);
                    }
                }
                project(input.into_plan(), lowered)
            }
            Plan::Filter { input, predicate } => self.filter(input, predicate),
            Plan::Aggregate { input, group_by, aggregates } => self.aggregate(input, group_by, aggregates),
            Plan::Window { input, calls } => self.window(input, calls),
            Plan::Join { left, right, kind, on } => self.join(left, right, *kind, on.as_ref()),
            Plan::Unnest { input, items, ordinality, keep_empty } => {
                self.unnest(input, items, *ordinality, *keep_empty)
            }
            Plan::Set { op, all, left, left_columns, right, right_columns, columns } => {
                let left = self.set_side(left, left_columns, columns)?;
                let right = self.set_side(right, right_columns, columns)?;
                self.set(*op, *all, left, right, columns)
            }
            Plan::Distinct { input, columns } => {
                let input = self.plan(input)?;
                distinct(project(input, columns.iter().map(|id| column(*id)).collect())?)
            }
            Plan::Sort { input, keys } => {
                let mut input = Input::new(self.plan(input)?);
                let expr = self.sort_keys(keys, &mut input)?;
                Ok(LogicalPlan::Sort(Sort { expr, input: Arc::new(input.into_plan()), fetch: None }))
            }
            Plan::Limit { input, offset, count } => {
                let input = self.plan(input)?;
                let count = count.map(rows);
                Ok(LogicalPlanBuilder::from(input).limit(rows(*offset), count)?.build()?)
            }
        }
    }

    fn values(&mut self, columns: &[ColumnDef], rows: &[Vec<bound::Expr>]) -> Result<LogicalPlan> {
        if let Some(domain) = columns.first().and_then(|first| self.domains.get(&first.id))
            && rows.is_empty()
        {
            return Ok(domain.clone());
        }
        let schema = schema_of(columns)?;
        if rows.is_empty() {
            return Ok(LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema }));
        }
        if rows.iter().flatten().any(has_subquery) {
            return self.values_one_by_one(columns, rows);
        }
        let mut nothing = Input::nothing();
        let rows = rows.iter().map(|row| self.exprs(row, &mut nothing)).collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Values(Values { schema, values: rows }))
    }

    /// Rows with subqueries: each is a projection of its own.
    fn values_one_by_one(&mut self, columns: &[ColumnDef], rows: &[Vec<bound::Expr>]) -> Result<LogicalPlan> {
        let mut inputs = Vec::with_capacity(rows.len());
        for row in rows {
            let mut input = Input::nothing();
            let mut exprs = Vec::with_capacity(row.len());
            for (column, expr) in columns.iter().zip(row) {
                exprs.push(named(self.expr(expr, &mut input)?, column.id));
            }
            inputs.push(Arc::new(project(input.into_plan(), exprs)?));
        }
        super::set::union(inputs)
    }

    fn scan(
        &mut self,
        table: &TableView,
        columns: &[(ColumnDef, model::schema::ColumnId)],
    ) -> Result<LogicalPlan> {
        self.stored.extend(columns.iter().map(|(column, _)| column.id));
        let provider = table_provider(table.clone(), Arc::clone(&self.view), columns);
        let reference = TableReference::bare(format!("t{}", self.fresh().0));
        let source = provider_as_source(provider);
        let scan = TableScanBuilder::new(reference.clone(), source).build()?;
        let columns = columns.iter().map(|(column, _)| {
            let name = column_name(column.id);
            Expr::Column(Column::new(Some(reference.clone()), name.clone())).alias(name)
        });
        project(LogicalPlan::TableScan(scan), columns.collect())
    }

    /// Plain terms filter before those with subqueries join anything.
    fn filter(&mut self, input: &Plan, predicate: &bound::Expr) -> Result<LogicalPlan> {
        let mut input = Input::new(self.plan(input)?);
        let terms = match &predicate.kind {
            ExprKind::And(terms) => terms.as_slice(),
            _ => std::slice::from_ref(predicate),
        };
        let (with_subquery, plain): (Vec<_>, Vec<_>) = terms.iter().cloned().partition(has_subquery);
        if !plain.is_empty() {
            let plain = bound::Expr::new(ExprKind::And(plain), Type::Boolean, predicate.span);
            let predicate = self.condition(&plain, &mut input)?;
            input = Input::new(filter(input.into_plan(), predicate)?);
        }
        let mut rest = Vec::new();
        for term in with_subquery {
            if !self.semi_join(&term, &mut input)? {
                rest.push(term);
            }
        }
        if !rest.is_empty() {
            let predicate = self.and(&rest, &mut input)?;
            return filter(input.into_plan(), predicate);
        }
        Ok(input.into_plan())
    }

    fn join(
        &mut self,
        left: &Plan,
        right: &Plan,
        kind: JoinKind,
        on: Option<&bound::Expr>,
    ) -> Result<LogicalPlan> {
        let (left, right) = (self.plan(left)?, self.plan(right)?);
        if let Some(on) = on
            && has_subquery(on)
            && matches!(kind, JoinKind::Inner | JoinKind::Cross)
        {
            let both = join(left, right, JoinType::Inner, Vec::new(), None, NullEquality::NullEqualsNothing)?;
            let mut both = Input::new(both);
            let predicate = self.expr(on, &mut both)?;
            return filter(both.into_plan(), predicate);
        }
        let join_type = match kind {
            JoinKind::Inner | JoinKind::Cross => JoinType::Inner,
            JoinKind::Left => JoinType::Left,
            JoinKind::Right => JoinType::Right,
            JoinKind::Full => JoinType::Full,
        };
        let condition = match on {
            Some(on) => {
                let mut nothing = Input::nothing();
                let condition = self.condition(on, &mut nothing)?;
                if nothing.is_extended() {
                    // The subquery has become a join, for which an outer join has no place.
                    return unsupported("this subquery in the condition of an outer join", on.span);
                }
                Some(condition)
            }
            None => None,
        };
        join(left, right, join_type, Vec::new(), condition, NullEquality::NullEqualsNothing)
    }

    fn unnest(
        &mut self,
        input: &Plan,
        items: &[UnnestItem],
        ordinality: Option<ColumnId>,
        keep_empty: bool,
    ) -> Result<LogicalPlan> {
        let is_lateral = items.iter().any(|item| uses_row(&item.expr));
        if !is_lateral && !matches!(input, Plan::SingleRow) {
            // The same lists for every row: they are taken apart once.
            let left = self.plan(input)?;
            let right = self.unnest(&Plan::SingleRow, items, ordinality, false)?;
            let join_type = if keep_empty { JoinType::Left } else { JoinType::Inner };
            return join(left, right, join_type, Vec::new(), None, NullEquality::NullEqualsNothing);
        }
        let mut input = Input::new(self.plan(input)?);
        let (mut lists, mut columns) = (Vec::new(), Vec::new());
        let mut computed = Vec::new();
        for item in items {
            let id = self.fresh();
            computed.push(named(self.expr(&item.expr, &mut input)?, id));
            lists.push((column_name(id), item.columns.len()));
            columns.extend(item.columns.iter().cloned());
        }
        columns.extend(ordinality.map(|id| ColumnDef { id, ty: Type::Bigint }));
        let input = input.into_plan();
        let passed = input.schema().columns().into_iter().map(|column| column.name).collect();
        let input = extend(input, computed)?;
        let columns = columns.iter().map(|column| (column_name(column.id), column.ty.data_type())).collect();
        let node = UnnestNode::try_new(input, passed, lists, columns, ordinality.is_some(), keep_empty)?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }

    /// DataFusion moves the sort of a union into its branches. There it drops keys that are constant or equal to others in
    /// that branch, and then refuses its own plan, because the union does not know that of them. Computed keys stay above.
    pub(super) fn hidden_key(&mut self, key: Expr, ty: &Type, input: &mut Input) -> Result<Expr> {
        if !input.passes_union_on() {
            return Ok(key);
        }
        if let Some(id) = input.hidden(&key) {
            return Ok(column(id));
        }
        let id = self.fresh();
        let hidden = self.nullable(key.clone(), ty);
        input.hide(key, hidden, id)?;
        Ok(column(id))
    }

    pub(super) fn sort_keys(&mut self, keys: &[SortKey], input: &mut Input) -> Result<Vec<SortExpr>> {
        let lower = |key: &SortKey| {
            let expr = one_zero(self.expr(&key.expr, input)?, &key.expr.ty);
            let expr = self.hidden_key(expr, &key.expr.ty, input)?;
            Ok(expr.sort(!key.descending, key.nulls_first))
        };
        keys.iter().map(lower).collect()
    }
}

/// A number of rows, of which the engine may add two.
fn rows(count: u64) -> usize {
    usize::try_from(count).unwrap_or(ROWS_MAX).min(ROWS_MAX)
}

/// DataFusion sorts by the bits of doubles. -0.0 + 0.0 is 0.0, so that both zeros are peers.
pub(super) fn one_zero(expr: Expr, ty: &Type) -> Expr {
    if *ty == Type::Double {
        binary(expr, Operator::Plus, datafusion::logical_expr::lit(0.0_f64))
    } else {
        expr
    }
}

/// The expression under the name of a column.
pub(super) fn named(expr: Expr, id: ColumnId) -> Expr {
    match &expr {
        Expr::Column(column) if column.relation.is_none() && column.name == column_name(id) => expr,
        _ => expr.alias(column_name(id)),
    }
}

pub(super) fn single_row() -> LogicalPlan {
    LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, schema: Arc::new(DFSchema::empty()) })
}

pub(super) fn filter(input: LogicalPlan, predicate: Expr) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?))
}

pub(super) fn distinct(input: LogicalPlan) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(input))))
}

pub(super) fn join(
    left: LogicalPlan,
    right: LogicalPlan,
    join_type: JoinType,
    on: Vec<(Expr, Expr)>,
    condition: Option<Expr>,
    null_equality: NullEquality,
) -> Result<LogicalPlan> {
    let (left, right) = (Arc::new(left), Arc::new(right));
    let constraint = JoinConstraint::On;
    let join = Join::try_new(left, right, on, condition, join_type, constraint, null_equality, false)?;
    Ok(LogicalPlan::Join(join))
}

/// The condition that all pairs are equal, where NULL equals NULL.
pub(super) fn all_same(pairs: &[(ColumnId, ColumnId)]) -> Vec<(Expr, Expr)> {
    pairs.iter().map(|(left, right)| (column(*left), column(*right))).collect()
}

pub(super) fn is_true(id: ColumnId) -> Expr {
    Expr::IsTrue(Box::new(column(id)))
}

pub(super) fn equals(left: Expr, right: Expr) -> Expr {
    binary(left, Operator::Eq, right)
}

pub(super) fn schema_of(columns: &[ColumnDef]) -> Result<DFSchemaRef> {
    use arrow::datatypes::{Field, Schema};
    let fields = columns.iter().map(|column| Field::new(column_name(column.id), column.ty.data_type(), true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    Ok(Arc::new(DFSchema::try_from(schema)?))
}

/// Whether a subquery stands anywhere in the expression.
pub(super) fn has_subquery(expr: &bound::Expr) -> bool {
    expr.subquery().is_some() || expr.children().into_iter().any(has_subquery)
}

/// Whether the expression differs from row to row.
fn uses_row(expr: &bound::Expr) -> bool {
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::OuterColumn(_) => true,
        ExprKind::Call { function, .. } if function.volatility == Volatility::Volatile => true,
        _ => expr.subquery().is_some() || expr.children().into_iter().any(uses_row),
    }
}

/// A column of constant TRUE.
pub(super) fn mark(id: ColumnId) -> Expr {
    constant::boolean(true).alias(column_name(id))
}
