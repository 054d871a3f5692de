//! The aggregation of a SELECT: what stands above it may use its keys and aggregates, nothing else of its input.

use std::collections::HashMap;

use super::Analyzer;
use super::calls::GroupingCall;
use super::error::{Reason, Result};
use super::group::{GroupKeys, Grouping};
use super::scope::{Field, Place};
use super::select::{Available, Selection};
use crate::bound::walk::window_exprs_mut;
use crate::bound::{ColumnDef, ColumnId, CompareOp, Expr, ExprKind, GroupBy, Plan};
use crate::syntax::ast::{self, Select, Span};
use crate::types::Type;
use crate::value::Value;

impl<'a> Analyzer<'a> {
    /// Puts the aggregation above `plan` and rewrites the selection to its columns.
    pub(super) fn aggregate(
        &mut self,
        plan: Plan,
        grouping: Grouping,
        selection: &mut Selection,
        fields: &[Field],
        select: &Select,
    ) -> Result<(Plan, Available)> {
        let Grouping { keys, sets } = grouping;
        let mut set_id = None;
        let mut groupings = HashMap::new();
        for call in std::mem::take(&mut selection.calls.groupings) {
            let id = *set_id.get_or_insert_with(|| self.new_column_id());
            let value = grouping_value(&call, &keys, sets.as_deref(), id)?;
            self.charge(&value)?;
            groupings.insert(call.id, value);
        }
        if sets.is_none() {
            set_id = None;
        }
        let mut regroup = Regroup {
            keys: &keys,
            has_sets: sets.is_some(),
            source: fields.iter().map(|field| (field.column.id, field)).collect(),
            groupings,
            violations: Vec::new(),
        };
        for item in &mut selection.items {
            regroup.rewrite(&mut item.expr);
        }
        selection.having.iter_mut().for_each(|having| regroup.rewrite(having));
        selection.keys.iter_mut().for_each(|key| regroup.rewrite(&mut key.expr));
        for call in &mut selection.calls.windows {
            window_exprs_mut(call).for_each(|expr| regroup.rewrite(expr));
        }
        if !regroup.violations.is_empty() {
            return Err(self.ungrouped(&regroup.violations, select));
        }
        let aggregates = std::mem::take(&mut selection.calls.aggregates);
        let keys = keys.list;
        let mut available: Available = keys.iter().map(|(id, key)| (*id, key.ty.clone())).collect();
        available.extend(aggregates.iter().map(|call| (call.id, call.ty.clone())));
        available.extend(set_id.map(|id| (id, Type::Bigint)));
        let group_by = GroupBy { keys, sets, set_id };
        Ok((Plan::Aggregate { input: Box::new(plan), group_by, aggregates }, available))
    }

    /// `grouping(columns)` becomes a column until the sets are known.
    pub(super) fn grouping_call(
        &mut self,
        arguments: &'a [ast::Expr],
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let Some(calls) = place.calls else {
            let call = span.text(self.text).to_owned();
            return Reason::CallInClause { clause: place.clause.name(), call }.at(span);
        };
        if arguments.is_empty() || arguments.len() > 63 {
            return Reason::ArgumentCount("GROUPING").at(span);
        }
        let inside = Place { scope: place.source, calls: None, ..place };
        let columns = self.expressions(arguments, inside)?;
        let column = self.new_column(Type::Bigint);
        calls.borrow_mut().groupings.push(GroupingCall { id: column.id, columns, span });
        Ok(Expr::column(&column, span))
    }

    /// Names every column that is neither grouped nor aggregated, and the GROUP BY that would mend the query.
    fn ungrouped(&self, violations: &[Violation], select: &Select) -> super::error::Fault {
        let mut named: Vec<(String, Span)> = Vec::new();
        for violation in violations {
            let name = violation.name(self.text);
            if !named.iter().any(|(known, _)| *known == name) {
                named.push((name, violation.span));
            }
        }
        let grouped = match &select.group_by {
            Some(group_by) => group_by.elements.iter().flat_map(|element| element.sets()).collect(),
            None => Vec::new(),
        };
        let simple = select.group_by.iter().flat_map(|group_by| &group_by.elements);
        let simple = simple.into_iter().all(|element| matches!(element, ast::GroupingElement::Set(_)));
        let written = grouped.iter().flat_map(|set| &set.expressions);
        let written = written.map(|expr| expr.span.text(self.text).to_owned());
        let all: Vec<String> = written.chain(named.iter().map(|(name, _)| name.clone())).collect();
        let mend = match (&select.group_by, simple) {
            (None, _) => format!("; add GROUP BY {}", all.join(", ")),
            (Some(_), true) => format!("; write GROUP BY {}", all.join(", ")),
            (Some(_), false) => String::new(),
        };
        let mut named = named.into_iter();
        let (column, span) = named.next().unwrap_or_default();
        let others: Vec<String> =
            named.map(|(name, span)| format!("'{name}' at line {}", span.position(self.text))).collect();
        let others =
            if others.is_empty() { String::new() } else { format!(" (so must {})", others.join(", ")) };
        Reason::Ungrouped { column, others, mend }.fault(span)
    }
}

/// A column of the input above the aggregation.
#[derive(Debug)]
struct Violation {
    span: Span,
    /// The column's name as one would write it.
    column: String,
}

impl Violation {
    /// The name as written; for `*` the column's own.
    fn name(&self, text: &str) -> String {
        let written = self.span.text(text);
        if written.is_empty() || written.ends_with('*') { self.column.clone() } else { written.to_owned() }
    }
}

/// Rewrites expressions over the input of an aggregation to expressions over its output.
struct Regroup<'g> {
    keys: &'g GroupKeys,
    /// Even a constant is NULL in the groups of sets that lack it.
    has_sets: bool,
    source: HashMap<ColumnId, &'g Field>,
    groupings: HashMap<ColumnId, Expr>,
    violations: Vec<Violation>,
}

impl Regroup<'_> {
    fn rewrite(&mut self, expr: &mut Expr) {
        expr.rewrite_with_fingerprints(&mut |part, fingerprint| self.rewrite_part(part, fingerprint));
    }

    /// Returns whether the operands have to be rewritten too.
    fn rewrite_part(&mut self, expr: &mut Expr, fingerprint: u64) -> bool {
        if matches!(expr.kind, ExprKind::Literal(_)) && !self.has_sets {
            return false;
        }
        let key = self.keys.find(expr, fingerprint).and_then(|position| self.keys.list.get(position));
        if let Some((id, _)) = key {
            expr.kind = ExprKind::Column(*id);
            return false;
        }
        if let ExprKind::Column(id) = expr.kind {
            if let Some(value) = self.groupings.get(&id) {
                *expr = value.clone();
            } else if self.source.contains_key(&id) {
                self.violate(id, expr.span);
            }
            return false;
        }
        if let Some(plan) = expr.subquery_mut() {
            plan.for_each_deep_mut(&mut |inner| self.rewrite_outer(inner));
        }
        true
    }

    /// Inside a subquery the input's columns are outer columns; only plain keys can stand for them.
    fn rewrite_outer(&mut self, expr: &mut Expr) {
        let ExprKind::OuterColumn(id) = expr.kind else { return };
        if !self.source.contains_key(&id) {
            return;
        }
        let is_key = |key: &Expr| matches!(key.kind, ExprKind::Column(column) if column == id);
        match self.keys.list.iter().find(|(_, key)| is_key(key)) {
            Some((key, _)) => expr.kind = ExprKind::OuterColumn(*key),
            None => self.violate(id, expr.span),
        }
    }

    fn violate(&mut self, id: ColumnId, span: Span) {
        let name = self
            .source
            .get(&id)
            .and_then(|field| field.name.clone())
            .map_or_else(String::new, |name| name.to_string());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
        let column =
            if name.bytes().all(plain) { name } else { format!("\"{}\"", name.replace('"', "\"\"")) };
        self.violations.push(Violation { span, column });
    }
}

/// The bits of `grouping()`, the last argument lowest: 1 where the row's set lacks the column.
fn grouping_value(
    call: &GroupingCall,
    keys: &GroupKeys,
    sets: Option<&[Vec<usize>]>,
    set_id: ColumnId,
) -> Result<Expr> {
    let mut positions = Vec::with_capacity(call.columns.len());
    for column in &call.columns {
        match keys.find(column, column.fingerprint()) {
            Some(position) => positions.push(position),
            None => return Reason::GroupingArgument.at(column.span),
        }
    }
    let bits = |set: &[usize]| {
        positions.iter().fold(0_i64, |bits, position| bits << 1 | i64::from(!set.contains(position)))
    };
    let span = call.span;
    let Some(sets) = sets else { return Ok(Expr::literal(Value::Bigint(0), span)) };
    let id = ColumnDef { id: set_id, ty: Type::Bigint };
    let branch = |(index, set): (usize, &Vec<usize>)| {
        let number = Expr::literal(Value::Bigint(index as i64), span);
        let condition = Expr::compare(CompareOp::Eq, Expr::column(&id, span), number, span);
        (condition, Expr::literal(Value::Bigint(bits(set)), span))
    };
    let branches = sets.iter().enumerate().map(branch).collect();
    Ok(Expr::new(ExprKind::Case { branches, otherwise: None }, Type::Bigint, span))
}
