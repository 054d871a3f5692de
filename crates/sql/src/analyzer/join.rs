//! Joins: ON, USING, comma lists, and relations that look to their left (sql.md 5.1).

use std::sync::Arc;

use super::Analyzer;
use super::clause::Clause;
use super::coerce::common_type;
use super::error::{Reason, Result};
use super::scope::{Field, Place, Relation, Scope, prefer_exact, same_name};
use crate::bound::{ColumnDef, ColumnId, CompareOp, Expr, ExprKind, JoinKind, Plan};
use crate::syntax::ast::{self, Identifier, Join, JoinConstraint, Literal, RelationKind, Span};
use crate::types::Type;

impl<'a> Analyzer<'a> {
    pub(super) fn join(&mut self, join: &'a Join, outer: Option<&Scope<'_>>) -> Result<Relation> {
        let left = self.relation(&join.left, outer)?;
        self.join_onto(left, &join.right, join_kind(join.kind), join.constraint.as_ref(), outer)
    }

    /// Joins a relation to what stands left of it. UNNEST reads the columns of its left side row by row.
    pub(super) fn join_onto(
        &mut self,
        left: Relation,
        right: &'a ast::Relation,
        kind: JoinKind,
        constraint: Option<&'a JoinConstraint>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Relation> {
        if let RelationKind::Unnest { .. } = right.kind {
            return self.join_unnest(left, right, kind, constraint, outer);
        }
        if kind == JoinKind::Cross
            && let Some(join) = join_from_unnest(right)
        {
            // a CROSS JOIN (UNNEST(a.x) JOIN b) is (a CROSS JOIN UNNEST(a.x)) JOIN b.
            let left = self.join_onto(left, &join.left, JoinKind::Cross, None, outer)?;
            return self.join_onto(left, &join.right, join_kind(join.kind), join.constraint.as_ref(), outer);
        }
        let right = self.relation(right, outer)?;
        match constraint {
            None => Ok(combine(left, right, kind, None)),
            Some(JoinConstraint::On(condition)) => {
                let mut joined = combine(left, right, kind, None);
                let place = Scope::of_query(&joined, outer);
                let place = Place::plain(&place, Clause::JoinOn);
                let condition = self.condition(condition, place, Reason::JoinCondition)?;
                if let Plan::Join { on, .. } = &mut joined.plan {
                    *on = Some(condition);
                }
                Ok(joined)
            }
            Some(JoinConstraint::Using(names)) => self.join_using(left, right, kind, names),
        }
    }

    fn join_unnest(
        &mut self,
        left: Relation,
        right: &'a ast::Relation,
        kind: JoinKind,
        constraint: Option<&'a JoinConstraint>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Relation> {
        let on_true = match constraint {
            None => true,
            Some(JoinConstraint::On(condition)) => {
                condition.kind == ast::ExprKind::Literal(Literal::Boolean(true))
            }
            Some(JoinConstraint::Using(_)) => return Reason::UnnestUsing.at(right.span),
        };
        match (kind, constraint) {
            (JoinKind::Cross | JoinKind::Inner, _) if on_true => self.unnest_onto(left, right, false, outer),
            (JoinKind::Left, _) if on_true => self.unnest_onto(left, right, true, outer),
            (JoinKind::Inner, Some(JoinConstraint::On(condition))) => {
                let mut joined = self.unnest_onto(left, right, false, outer)?;
                let scope = Scope::of_query(&joined, outer);
                let place = Place::plain(&scope, Clause::JoinOn);
                let predicate = self.condition(condition, place, Reason::JoinCondition)?;
                joined.plan = Plan::Filter { input: Box::new(joined.plan), predicate };
                Ok(joined)
            }
            _ => Reason::UnnestJoin.at(right.span),
        }
    }

    /// `USING (k)`: one column `k`, then the other columns of both sides.
    fn join_using(
        &mut self,
        mut left: Relation,
        mut right: Relation,
        kind: JoinKind,
        names: &'a [Identifier],
    ) -> Result<Relation> {
        let mut conditions = Vec::with_capacity(names.len());
        let mut merged = Vec::with_capacity(names.len());
        let mut computed: Vec<(ColumnId, Expr)> = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let earlier = names.get(..index).unwrap_or_default();
            if earlier.iter().any(|other| same_name(&other.text, &name.text)) {
                return Reason::DuplicateUsing(name.text.clone()).at(name.span);
            }
            let (left_column, stored_name) = merge(&mut left.fields, name, "left")?;
            let (right_column, _) = merge(&mut right.fields, name, "right")?;
            let (condition, column) =
                self.merged_column(left_column, right_column, kind, name.span, &mut computed)?;
            conditions.push(condition);
            merged.push(Field::unqualified(stored_name, column));
        }
        let on = match conditions.len() {
            1 => conditions.pop(),
            _ => {
                let span = conditions.first().map(|condition| condition.span).unwrap_or_default();
                Some(Expr::new(ExprKind::And(conditions), Type::Boolean, span))
            }
        };
        let mut joined = combine(left, right, kind, on);
        if !computed.is_empty() {
            let pass = joined
                .fields
                .iter()
                .map(|field| (field.column.id, Expr::column(&field.column, Span::default())));
            let exprs = pass.chain(computed).collect();
            joined.plan = Plan::Project { input: Box::new(joined.plan), exprs };
        }
        merged.append(&mut joined.fields);
        joined.fields = merged;
        Ok(joined)
    }

    /// The condition on a pair of columns, and the one column they become. It is one of the two where that has the
    /// value and the type, else a new one in `computed`.
    fn merged_column(
        &mut self,
        left: ColumnDef,
        right: ColumnDef,
        kind: JoinKind,
        span: Span,
        computed: &mut Vec<(ColumnId, Expr)>,
    ) -> Result<(Expr, ColumnDef)> {
        let sides = [Expr::column(&left, span), Expr::column(&right, span)];
        let Some(ty) = common_type(sides.iter()).filter(Type::is_comparable) else {
            return Reason::UsingTypes { left: left.ty, right: right.ty }.at(span);
        };
        let [left_value, right_value] = sides;
        let left_value = self.coerce(left_value, &ty)?;
        let right_value = self.coerce(right_value, &ty)?;
        let condition = Expr::compare(CompareOp::Eq, left_value.clone(), right_value.clone(), span);
        let value = match kind {
            JoinKind::Full => Expr::new(ExprKind::Coalesce(vec![left_value, right_value]), ty.clone(), span),
            JoinKind::Right if right.ty == ty => return Ok((condition, right)),
            JoinKind::Right => right_value,
            _ if left.ty == ty => return Ok((condition, left)),
            _ => left_value,
        };
        let column = self.new_column(ty);
        computed.push((column.id, value));
        Ok((condition, column))
    }
}

fn combine(left: Relation, right: Relation, kind: JoinKind, on: Option<Expr>) -> Relation {
    let mut fields = left.fields;
    fields.extend(right.fields);
    let mut measures = left.measures;
    measures.extend(right.measures);
    let plan = Plan::Join { left: Box::new(left.plan), right: Box::new(right.plan), kind, on };
    Relation { plan, fields, measures }
}

/// Finds the column that USING names on one side; from here on only its relation's name finds it.
fn merge(
    fields: &mut [Field],
    name: &Identifier,
    side: &'static str,
) -> Result<(ColumnDef, Option<Arc<str>>)> {
    let named = |field: &Field| field.name.as_deref().is_some_and(|own| same_name(own, &name.text));
    let matches: Vec<usize> = (0..fields.len())
        .filter(|index| fields.get(*index).is_some_and(|field| !field.merged && named(field)))
        .collect();
    let found = prefer_exact(matches, &name.text, |index| fields.get(*index)?.name.as_deref())
        .map_err(|()| Reason::Ambiguous(name.text.clone()).fault(name.span))?;
    match found.and_then(|index| fields.get_mut(index)) {
        Some(field) => {
            field.merged = true;
            Ok((field.column.clone(), field.name.clone()))
        }
        None => Reason::UsingMissing { column: name.text.clone(), side }.at(name.span),
    }
}

/// A join without alias whose leftmost member is UNNEST, so that it can look to the left of the whole join.
fn join_from_unnest(relation: &ast::Relation) -> Option<&Join> {
    let RelationKind::Join(join) = &relation.kind else { return None };
    if relation.alias.is_some() || matches!(join.kind, ast::JoinKind::Right | ast::JoinKind::Full) {
        return None;
    }
    let starts =
        matches!(join.left.kind, RelationKind::Unnest { .. }) || join_from_unnest(&join.left).is_some();
    starts.then_some(join)
}

fn join_kind(kind: ast::JoinKind) -> JoinKind {
    match kind {
        ast::JoinKind::Inner => JoinKind::Inner,
        ast::JoinKind::Left => JoinKind::Left,
        ast::JoinKind::Right => JoinKind::Right,
        ast::JoinKind::Full => JoinKind::Full,
        ast::JoinKind::Cross => JoinKind::Cross,
    }
}
